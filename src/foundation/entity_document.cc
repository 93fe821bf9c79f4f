#include "foundation/entity_document.h"

#include <fmt/format.h>

#include <bit>
#include <limits>

#include "foundation/bounds.h"

namespace detoy::foundation {
namespace {

constexpr std::size_t longest_shown = 200;

// Before the parser sees it: what it makes of deep documents must be taken down again, level by level.
Result<void> scan(std::string_view what, std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '"') quoted = false;
      if (c != '\\') continue;
      if (text.substr(i + 1, 5) == "u0000")
        return fail(ErrorCategory::usage, fmt::format("{} must not contain the character U+0000", what));
      ++i;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '}' || c == ']') --depth;
    if ((c == '{' || c == '[') && ++depth > deepest_document)
      return fail(ErrorCategory::usage, fmt::format("{} must not be deeper than {}", what, deepest_document));
  }
  return {};
}

bool numbers_fit(const Json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max();
  if (!value.is_structured()) return true;
  for (const Json& part : value) {
    if (!numbers_fit(part)) return false;
  }
  return true;
}

// The next name of a pointer, without its escapes.
std::string take_name(std::string_view& pointer) {
  pointer.remove_prefix(1);
  const std::string_view escaped = pointer.substr(0, pointer.find('/'));
  pointer.remove_prefix(escaped.size());
  std::string name;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] == '~' && i + 1 < escaped.size()) {
      ++i;
      name += escaped[i] == '1' ? '/' : '~';
    } else {
      name += escaped[i];
    }
  }
  return name;
}

std::string ordered(double rounded, std::int64_t rest) {
  // The bits of positive numbers are in their order already; those of negative ones in the opposite order.
  const auto bits = std::bit_cast<std::uint64_t>(rounded == 0 ? 0.0 : rounded);
  constexpr std::uint64_t sign = 1ull << 63;
  const std::uint64_t order = (bits & sign) != 0 ? ~bits : bits | sign;
  const auto tie = static_cast<std::uint64_t>(rest + 0x8000);
  std::string key;
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>((order >> shift) & 0xffu);
  for (int shift = 8; shift >= 0; shift -= 8) key += static_cast<char>((tie >> shift) & 0xffu);
  return key;
}

}  // namespace

Result<Json> parse_document(std::string_view what, std::string_view text, std::size_t largest) {
  if (text.size() > largest)
    return fail(ErrorCategory::usage, fmt::format("{} may have {} bytes, and has {}", what, largest, text.size()));
  if (const auto scanned = scan(what, text); !scanned) return std::unexpected(scanned.error());
  Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) return fail(ErrorCategory::usage, fmt::format("{} is not JSON", what));
  if (!document.is_object()) return fail(ErrorCategory::usage, fmt::format("{} must be a JSON object", what));
  if (!numbers_fit(document))
    return fail(ErrorCategory::usage, fmt::format("{} has a whole number that is greater than 2^63 - 1", what));
  return document;
}

Result<void> check_pointer(std::string_view pointer) {
  if (const auto named = check_name("JSON pointer", pointer); !named) return named;
  if (pointer[0] != '/')
    return fail(ErrorCategory::usage, fmt::format("the JSON pointer {} must begin with /", shown(pointer)));
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] != '~') continue;
    if (i + 1 == pointer.size() || (pointer[i + 1] != '0' && pointer[i + 1] != '1'))
      return fail(ErrorCategory::usage, fmt::format("~ must be ~0 in the JSON pointer {}", shown(pointer)));
  }
  return {};
}

const Json* find_member(const Json& document, std::string_view pointer) {
  const Json* at = &document;
  while (!pointer.empty()) {
    if (!at->is_object()) return nullptr;
    const auto member = at->find(take_name(pointer));
    if (member == at->end()) return nullptr;
    at = &*member;
  }
  return at;
}

std::string index_key(std::int64_t number) {
  const auto rounded = static_cast<double>(number);
  // The double may be 2^63, which only fits into an unsigned number; the difference is small in any case.
  const std::uint64_t back = rounded < 0 ? static_cast<std::uint64_t>(static_cast<std::int64_t>(rounded))
                                         : static_cast<std::uint64_t>(rounded);
  return ordered(rounded, static_cast<std::int64_t>(static_cast<std::uint64_t>(number) - back));
}

std::string index_key(double number) {
  return ordered(number, 0);
}

Result<std::optional<std::string>> index_key(const EntityField& field, const Json& document) {
  const Json* value = find_member(document, field.path);
  if (value == nullptr || value->is_null()) return std::optional<std::string>();
  if (field.kind == EntityField::Kind::text) {
    if (!value->is_string())
      return fail(ErrorCategory::usage,
                  fmt::format("{} is indexed as text, and is {}", field.path, value->type_name()));
    const auto& text = value->get_ref<const std::string&>();
    if (text.size() > longest_indexed) {
      return fail(ErrorCategory::usage, fmt::format("{} is indexed and may have {} bytes, and has {}", field.path,
                                                    longest_indexed, text.size()));
    }
    return std::optional<std::string>(text);
  }
  if (value->is_number_integer()) return std::optional<std::string>(index_key(value->get<std::int64_t>()));
  if (value->is_number_float()) return std::optional<std::string>(index_key(value->get<double>()));
  return fail(ErrorCategory::usage,
              fmt::format("{} is indexed as a number, and is {}", field.path, value->type_name()));
}

std::string shown(std::string_view text) {
  std::string line(text.substr(0, longest_shown));
  if (text.size() > longest_shown) {
    // Not in the middle of a character.
    while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xc0u) == 0x80u) line.pop_back();
    if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0x80u) line.pop_back();
    line += "...";
  }
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return line;
}

}  // namespace detoy::foundation
