// Reading state kinds: catalog/kinds/<name>.yaml, and `kinds` of detoy.yaml.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "catalog/names.h"
#include "catalog/reader.h"

namespace detoy::catalog {
namespace {

constexpr double max_weight = 6;

// What identifiers are split into: lower-case words and numbers, one space between them.
bool is_phrase(std::string_view text) {
  const auto word_character = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  char previous = ' ';
  for (const char c : text) {
    if (!word_character(c) && (c != ' ' || previous == ' ')) return false;
    previous = c;
  }
  return previous != ' ';
}

// The first placeholder of a template that is neither {name} nor {owner}.
std::string_view unknown_placeholder(std::string_view text) {
  for (std::size_t begin = text.find('{'); begin != std::string_view::npos; begin = text.find('{', begin + 1)) {
    const std::size_t end = text.find('}', begin);
    const std::string_view placeholder = text.substr(begin, end == std::string_view::npos ? end : end - begin + 1);
    if (placeholder != "{name}" && placeholder != "{owner}") return placeholder;
  }
  return {};
}

}  // namespace

void Reader::read_kind_words(Fields& fields, std::string_view key, std::vector<Kind::Word>& words) {
  const Node* map = fields.find(key);
  if (map == nullptr) return;
  if (map->kind != Node::Kind::map) return problems_.add(map->line, fmt::format("'{}' must map words to weights", key));
  const bool is_name = key == "operations";  // these are the analysis's own names, not words of identifiers
  // Only a word of before can be there already: a map names no key twice.
  const auto before = static_cast<std::ptrdiff_t>(words.size());
  words.reserve(words.size() + map->children.size());
  for (const Node& node : map->children) {
    if (!is_name && !is_phrase(node.key)) {
      problems_.add(node.line, fmt::format("'{}' must be lower-case words with one space between them", node.key));
    }
    const auto weight = read_number(node, {"the weight of ", node.key}, problems_);
    if (!weight) continue;
    if (std::fabs(*weight) > max_weight) {
      problems_.add(node.line,
                    fmt::format("the weight of '{}' must be between -{} and {}", node.key, max_weight, max_weight));
    }
    const auto end = words.begin() + before;
    const auto same = std::find_if(words.begin(), end, [&](const Kind::Word& w) { return w.phrase == node.key; });
    if (same != end) {
      same->weight = *weight;
    } else {
      words.push_back({std::string(node.key), *weight});
    }
  }
}

void Reader::check_operations(const Node& node, const Kind& kind) {
  const auto& known = catalog_.words("operations");
  for (const Kind::Word& word : kind.operations) {
    if (std::find(known.begin(), known.end(), word.phrase) != known.end()) continue;
    problems_.add(node.line, fmt::format("unknown operation '{}'", word.phrase));
  }
}

void Reader::check_texts(const Node& node, const Kind& kind) {
  const std::pair<std::string_view, const std::string&> texts[] = {{"title", kind.title},
                                                                   {"what", kind.what},
                                                                   {"primitive", kind.primitive},
                                                                   {"action", kind.action},
                                                                   {"on_restart", kind.on_restart},
                                                                   {"on_second_instance", kind.on_second_instance},
                                                                   {"why", kind.why}};
  for (const auto& [key, text] : texts) {
    if (text.empty()) problems_.add(node.line, fmt::format("kind '{}' needs '{}'", kind.name, key));
    const auto placeholder = unknown_placeholder(text);
    if (placeholder.empty()) continue;
    problems_.add(node.line, fmt::format("'{}' of kind '{}' holds {}; known are {{name}} and {{owner}}", key, kind.name,
                                         placeholder));
  }
}

void Reader::read_kind(std::string_view name, const Node& node, Mode mode) {
  auto& kinds = catalog_.kinds_;
  const auto known = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& k) { return k.name == name; });
  Kind kind;
  if (known != kinds.end()) kind = *known;
  kind.name = name;
  {
    Fields fields(node, fmt::format("kind '{}'", name), problems_);
    fields.text("title", kind.title);
    fields.text("what", kind.what);
    fields.boolean("toy_by_default", kind.toy_by_default);
    if (const Node* risk = fields.find("risk")) {
      const auto value = risk_named(risk->text);
      if (value) kind.risk = *value;
      if (!value) problems_.add(risk->line, "'risk' must be low, medium, high or critical");
    }
    fields.text("primitive", kind.primitive);
    fields.text("action", kind.action);
    fields.text("on_restart", kind.on_restart);
    fields.text("on_second_instance", kind.on_second_instance);
    fields.text("why", kind.why);
    fields.texts("foundation", kind.foundation);
    read_kind_words(fields, "name_words", kind.name_words);
    read_kind_words(fields, "owner_words", kind.owner_words);
    read_kind_words(fields, "type_words", kind.type_words);
    read_kind_words(fields, "method_words", kind.method_words);
    read_kind_words(fields, "operations", kind.operations);
  }
  check_texts(node, kind);
  check_operations(node, kind);
  if (known == kinds.end()) {
    kinds.push_back(std::move(kind));
  } else if (mode == Mode::project) {
    *known = std::move(kind);
  } else {
    problems_.add(node.line, fmt::format("kind '{}' is given twice", name));
  }
}

}  // namespace detoy::catalog
