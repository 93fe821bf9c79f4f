#include "catalog/fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace detoy::catalog {
namespace {

bool is_text(const Node& node) {
  return node.kind == Node::Kind::scalar && !node.text.empty();
}

// What the largest of the maps that people write is asked for.
constexpr std::size_t usual_fields = 20;

}  // namespace

void Problems::add(std::uint32_t line, std::string_view message) {
  if (first_ && line_ <= line) return;
  line_ = line;
  first_ = Error{category_, fmt::format("{}:{}: {}", path_, line, message)};
}

std::string Label::text() const {
  return name ? fmt::format("{}'{}'", words, *name) : std::string(words);
}

std::string read_text(const Node& node, const Label& what, Problems& problems) {
  if (is_text(node)) return std::string(node.text);
  problems.add(node.line, fmt::format("{} must be a text", what.text()));
  return {};
}

std::optional<double> read_number(const Node& node, const Label& what, Problems& problems) {
  if (node.kind == Node::Kind::scalar && !node.quoted) {
    double value = 0;
    const char* end = node.text.data() + node.text.size();
    const auto [stop, error] = std::from_chars(node.text.data(), end, value);
    if (error == std::errc() && stop == end && std::isfinite(value)) return value;
  }
  problems.add(node.line, fmt::format("{} must be a number", what.text()));
  return std::nullopt;
}

std::vector<std::string> read_texts(const Node& node, const Label& what, Problems& problems) {
  if (node.kind == Node::Kind::scalar) return {read_text(node, what, problems)};
  std::vector<std::string> texts;
  if (node.kind != Node::Kind::list) {
    problems.add(node.line, fmt::format("{} must be a list of texts", what.text()));
    return texts;
  }
  texts.reserve(node.children.size());
  for (const Node& child : node.children) {
    if (!is_text(child)) problems.add(child.line, fmt::format("an item of {} must be a text", what.text()));
    texts.emplace_back(is_text(child) ? child.text : std::string_view());
  }
  return texts;
}

Fields::Fields(const Node& node, std::string_view what, Problems& problems)
    : node_(node), what_(what), problems_(problems) {
  if (node.kind != Node::Kind::map) problems_.add(node.line, fmt::format("{} must be a map", what));
}

Fields::~Fields() {
  if (node_.kind != Node::Kind::map) return;
  for (const Node& child : node_.children) {
    if (std::find(asked_.begin(), asked_.end(), child.key) != asked_.end()) continue;
    problems_.add(child.line,
                  fmt::format("unknown key '{}' in {}; known are: {}", child.key, what_, fmt::join(asked_, ", ")));
  }
}

const Node* Fields::find(std::string_view key) {
  if (asked_.empty()) asked_.reserve(usual_fields);
  if (asked_.empty() || asked_.back() != key) asked_.push_back(key);  // need() is followed by a typed read
  if (node_.kind != Node::Kind::map) return nullptr;
  for (const Node& child : node_.children) {
    if (child.key == key) return &child;
  }
  return nullptr;
}

const Node* Fields::need(std::string_view key) {
  const Node* node = find(key);
  if (node == nullptr && node_.kind == Node::Kind::map) {
    problems_.add(node_.line, fmt::format("{} needs '{}'", what_, key));
  }
  return node;
}

bool Fields::text(std::string_view key, std::string& out) {
  const Node* node = find(key);
  if (node == nullptr) return false;
  out = read_text(*node, {"", key}, problems_);
  return true;
}

bool Fields::texts(std::string_view key, std::vector<std::string>& out) {
  const Node* node = find(key);
  if (node == nullptr) return false;
  out = read_texts(*node, {"", key}, problems_);
  return true;
}

bool Fields::boolean(std::string_view key, bool& out) {
  const Node* node = find(key);
  if (node == nullptr) return false;
  const bool is_boolean =
      node->kind == Node::Kind::scalar && !node->quoted && (node->text == "true" || node->text == "false");
  if (!is_boolean) {
    problems_.add(node->line, fmt::format("'{}' must be true or false", key));
    return false;
  }
  out = node->text == "true";
  return true;
}

}  // namespace detoy::catalog
