#include "facts/facts_codec.h"

#include <cstring>
#include <type_traits>

namespace detoy::facts {
namespace {

constexpr std::uint32_t magic = 0x44544631;  // "DTF1"

template <typename T>
void put(std::string& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename T>
void put_table(std::string& out, const std::vector<T>& table) {
  static_assert(std::is_trivially_copyable_v<T>);
  put(out, static_cast<std::uint32_t>(sizeof(T)));
  put(out, static_cast<std::uint32_t>(table.size()));
  out.append(reinterpret_cast<const char*>(table.data()), table.size() * sizeof(T));
}

class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  bool take(T& value) {
    if (bytes_.size() < sizeof value) return false;
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return true;
  }

  template <typename T>
  bool take_table(std::vector<T>& table) {
    std::uint32_t size = 0;
    std::uint32_t count = 0;
    if (!take(size) || !take(count) || size != sizeof(T)) return false;
    if (bytes_.size() / sizeof(T) < count) return false;
    table.resize(count);
    if (count > 0) std::memcpy(table.data(), bytes_.data(), count * sizeof(T));
    bytes_.remove_prefix(count * sizeof(T));
    return true;
  }

  bool take_text(std::string& text) {
    std::uint32_t count = 0;
    if (!take(count) || bytes_.size() < count) return false;
    text.assign(bytes_.substr(0, count));
    bytes_.remove_prefix(count);
    return true;
  }

  bool done() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

// The tables in their order in the file, for both directions.
template <typename Facts, typename Visit>
bool each_table(Facts& facts, Visit visit) {
  return visit(facts.ends) && visit(facts.declarations) && visit(facts.functions) && visit(facts.types) &&
         visit(facts.bases) && visit(facts.steps) && visit(facts.paths) && visit(facts.values) && visit(facts.calls) &&
         visit(facts.assignments) && visit(facts.reads) && visit(facts.branches) && visit(facts.returns) &&
         visit(facts.decorators) && visit(facts.exports) && visit(facts.literals);
}

}  // namespace

void encode(const FileFacts& facts, std::string& out) {
  constexpr std::size_t fixed = 64;  // more than all that is no table and no text
  std::size_t size = fixed + facts.characters.size();
  each_table(facts, [&](const auto& table) {
    size += 2 * sizeof(std::uint32_t) + table.size() * sizeof(table[0]);
    return true;
  });
  out.reserve(out.size() + size);
  put(out, magic);
  put(out, layout_version);
  put(out, facts.language);
  put(out, facts.lines);
  put(out, facts.errors);
  put(out, facts.first_error_line);
  put(out, facts.too_deep);
  put(out, facts.jsx);
  put(out, static_cast<std::uint32_t>(facts.characters.size()));
  out.append(facts.characters);
  each_table(facts, [&](const auto& table) {
    put_table(out, table);
    return true;
  });
}

bool decode(std::string_view bytes, FileFacts& facts) {
  Input input(bytes);
  std::uint32_t found_magic = 0;
  std::uint32_t version = 0;
  if (!input.take(found_magic) || found_magic != magic || !input.take(version) || version != layout_version) {
    return false;
  }
  if (!input.take(facts.language) || !input.take(facts.lines) || !input.take(facts.errors) ||
      !input.take(facts.first_error_line) || !input.take(facts.too_deep) || !input.take(facts.jsx) ||
      !input.take_text(facts.characters)) {
    return false;
  }
  return each_table(facts, [&](auto& table) { return input.take_table(table); }) && input.done();
}

}  // namespace detoy::facts
