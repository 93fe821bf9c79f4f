#include "inventory/inventory_codec.h"

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace detoy::inventory {
namespace {

template <typename T>
concept Plain = std::is_trivially_copyable_v<T>;

class Output {
 public:
  explicit Output(std::string& out) : out_(out) {}

  bool value(const Plain auto& plain) {
    out_.append(reinterpret_cast<const char*>(&plain), sizeof plain);
    return true;
  }
  bool value(const std::string& text) {
    value(static_cast<std::uint64_t>(text.size()));
    out_ += text;
    return true;
  }
  template <typename T>
  bool list(const std::vector<T>& items, auto each) {
    value(static_cast<std::uint64_t>(items.size()));
    for (const T& item : items) each(item);
    return true;
  }

 private:
  std::string& out_;
};

class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}

  bool value(Plain auto& plain) {
    if (bytes_.size() < sizeof plain) return false;
    std::memcpy(&plain, bytes_.data(), sizeof plain);
    bytes_.remove_prefix(sizeof plain);
    return true;
  }
  bool value(std::string& text) {
    std::uint64_t size = 0;
    if (!value(size) || bytes_.size() < size) return false;
    text.assign(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return true;
  }
  template <typename T>
  bool list(std::vector<T>& items, auto each) {
    std::uint64_t size = 0;
    // An item takes a byte at least.
    if (!value(size) || size > bytes_.size()) return false;
    items.resize(size);
    for (T& item : items) {
      if (!each(item)) return false;
    }
    return true;
  }
  bool done() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

// The members in their order, for both directions.
bool each_member(auto& stream, auto& inventory) {
  const auto text = [&](auto& one) { return stream.value(one); };
  const auto evidence = [&](auto& place) {
    return stream.value(place.role) && stream.value(place.path) && stream.value(place.line) &&
           stream.value(place.snippet) && stream.value(place.note);
  };
  const auto site = [&](auto& one) {
    return stream.value(one.id) && stream.value(one.path) && stream.value(one.line) && stream.value(one.column) &&
           stream.value(one.name) && stream.value(one.owner) && stream.value(one.service) &&
           stream.value(one.language) && stream.value(one.kind) && stream.value(one.storage) &&
           stream.value(one.lifetime) && stream.value(one.sharing) && stream.value(one.wired) &&
           stream.value(one.setting) && stream.value(one.verdict) && stream.value(one.risk) &&
           stream.value(one.confidence) && stream.value(one.why) && stream.value(one.on_restart) &&
           stream.value(one.on_second_instance) && stream.value(one.primitive) && stream.value(one.action) &&
           stream.value(one.accepted_because) && stream.list(one.evidence, evidence);
  };
  const auto item = [&](auto& point) {
    return stream.value(point.id) && stream.value(point.question) && stream.value(point.passed) &&
           stream.value(point.answer) && stream.list(point.sites, text);
  };
  const auto service = [&](auto& one) {
    return stream.value(one.name) && stream.value(one.path) && stream.list(one.languages, text) &&
           stream.value(one.readiness) && stream.list(one.checklist, item);
  };
  const auto warning = [&](auto& one) {
    return stream.value(one.path) && stream.value(one.line) && stream.value(one.message);
  };
  return stream.value(inventory.root) && stream.value(inventory.commit) && stream.value(inventory.tool_version) &&
         stream.list(inventory.sites, site) && stream.list(inventory.services, service) &&
         stream.list(inventory.warnings, warning) && stream.value(inventory.summary);
}

}  // namespace

void encode(const Inventory& inventory, std::string& out) {
  Output output(out);
  each_member(output, inventory);
}

bool decode(std::string_view bytes, Inventory& inventory) {
  Input input(bytes);
  return each_member(input, inventory) && input.done();
}

}  // namespace detoy::inventory
