#include "foundation/event_envelope.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "foundation/bounds.h"

namespace detoy::foundation {
namespace {

constexpr std::size_t longest_data = 1 << 20;
constexpr std::size_t most_extensions = 16;
constexpr std::size_t longest_extension_name = 20;
constexpr Micros year_10000 = 253'402'300'800'000'000;

constexpr std::array<std::string_view, 10> reserved = {
    "data", "datacontenttype", "dataschema", "id", "source", "partitionkey", "specversion", "subject", "time", "type"};

Result<void> check_extensions(std::span<const NewEvent::Extension> extensions) {
  if (extensions.size() > most_extensions)
    return fail(ErrorCategory::usage,
                fmt::format("an event may have {} extensions, and has {}", most_extensions, extensions.size()));
  for (std::size_t i = 0; i < extensions.size(); ++i) {
    const std::string_view name = extensions[i].name;
    const bool plain =
        std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
    if (name.empty() || name.size() > longest_extension_name || !plain)
      return fail(ErrorCategory::usage,
                  fmt::format("the name of an extension must have 1 to {} of a-z and 0-9", longest_extension_name));
    if (std::find(reserved.begin(), reserved.end(), name) != reserved.end())
      return fail(ErrorCategory::usage, fmt::format("an extension must not be named {}", name));
    for (std::size_t j = 0; j < i; ++j) {
      if (extensions[j].name == name)
        return fail(ErrorCategory::usage, fmt::format("an event has the extension {} twice", name));
    }
    if (const auto valid = check_name(fmt::format("extension {}", name), extensions[i].value); !valid) return valid;
  }
  return {};
}

}  // namespace

Result<void> check_event(const NewEvent& event) {
  if (const auto named = check_name("source", event.source); !named) return named;
  if (const auto named = check_name("type", event.type); !named) return named;
  for (const auto& [what, text] : {std::pair{"id", event.id},
                                   {"subject", event.subject},
                                   {"content type", event.content_type},
                                   {"schema", event.schema},
                                   {"key", event.key}}) {
    if (text.empty()) continue;
    if (const auto named = check_name(what, text); !named) return named;
  }
  if (event.data.size() > longest_data)
    return fail(ErrorCategory::usage,
                fmt::format("the data of an event may have {} bytes, and has {}", longest_data, event.data.size()));
  if (const auto valid = check_between("time (microseconds)", event.time, 0, year_10000 - 1); !valid) return valid;
  return check_extensions(event.extensions);
}

std::string extensions_text(const NewEvent& event) {
  std::string text;
  for (const NewEvent::Extension& extension : event.extensions) {
    text += extension.name;
    text += '=';
    text += extension.value;
    text += '\n';
  }
  return text;
}

Event event_of(const Rows& rows, std::size_t row, std::size_t first, std::int64_t seed) {
  Event event;
  event.position = rows.number(row, first);
  event.partition = rows.number(row, first + 1);
  event.id = rows.is_null(row, first + 2) ? made_id(seed, event.position) : rows.text(row, first + 2);
  event.source = rows.text(row, first + 3);
  event.type = rows.text(row, first + 4);
  event.subject = rows.text(row, first + 5);
  event.time = rows.number(row, first + 6);
  event.content_type = rows.text(row, first + 7);
  event.schema = rows.text(row, first + 8);
  event.key = rows.text(row, first + 9);
  std::string_view lines = rows.text(row, first + 10);
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    const std::size_t equals = line.find('=');
    event.extensions.push_back({std::string(line.substr(0, equals)), std::string(line.substr(equals + 1))});
    lines.remove_prefix(end + 1);
  }
  event.published_at = rows.number(row, first + 11);
  event.data = rows.text(row, first + 12);
  return event;
}

std::string made_id(std::int64_t seed, std::int64_t position) {
  return fmt::format("{:016x}-{:x}", static_cast<std::uint64_t>(seed), position);
}

std::optional<std::int64_t> position_of_made_id(std::int64_t seed, std::string_view id) {
  constexpr std::size_t digits_of_seed = 16;
  if (id.size() < digits_of_seed + 2 || id[digits_of_seed] != '-') return std::nullopt;
  const std::string_view digits = id.substr(digits_of_seed + 1);
  std::int64_t position = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), position, 16);
  if (error != std::errc() || made_id(seed, position) != id) return std::nullopt;
  return position;
}

std::int64_t partition_of(std::string_view key_or_id, std::int64_t partitions) {
  const std::uint64_t hash = XXH3_64bits(key_or_id.data(), key_or_id.size());
  return static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(partitions));
}

}  // namespace detoy::foundation
