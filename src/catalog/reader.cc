#include "catalog/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "catalog/names.h"

namespace detoy::catalog {
namespace {

// Words come before the kinds that are checked against them, kinds before what names them.
std::size_t reading_order(std::string_view path) {
  constexpr std::array<std::string_view, 2> first{"words.yaml", "kinds/"};
  const auto found = std::find_if(first.begin(), first.end(), [&](auto start) { return path.starts_with(start); });
  return static_cast<std::size_t>(found - first.begin());
}

}  // namespace

bool reads_before(std::string_view a, std::string_view b) {
  return std::pair(reading_order(a), a) < std::pair(reading_order(b), b);
}

void Reader::need_kind(const Node& node, const std::string& name) {
  if (catalog_.kind(name) == nullptr) problems_.add(node.line, fmt::format("unknown kind '{}'", name));
}

void Reader::read_file(std::string_view path, const Node& root) {
  constexpr std::string_view kinds = "kinds/";
  constexpr std::string_view libraries = "libraries/";
  constexpr std::string_view suffix = ".yaml";
  if (path == "words.yaml") return read_words(root, Mode::built_in);
  if (path == "policy.yaml") return read_policy(root, Mode::built_in);
  if (path == "domains.yaml") return read_domains(root, Mode::built_in);
  if (path.starts_with(kinds)) {
    path.remove_prefix(kinds.size());
    path.remove_suffix(suffix.size());
    return read_kind(path, root, Mode::built_in);
  }
  if (path.starts_with(libraries)) {
    Fields fields(root, "a file of libraries", problems_);
    std::vector<Language> languages;
    read_languages(fields, languages);
    if (const Node* list = fields.need("libraries")) read_libraries(*list, languages, Mode::built_in);
    return;
  }
  problems_.add(1, "the catalog has no such file");
}

void Reader::read_domains(const Node& list, Mode mode) {
  if (list.kind != Node::Kind::list) return problems_.add(list.line, "domains must be a list");
  for (const Node& node : list.children) {
    Domain domain;
    Fields fields(node, "a domain", problems_);
    if (fields.need("name") != nullptr) fields.text("name", domain.name);
    if (const Node* risk = fields.find("at_least")) {
      const auto value = risk_named(risk->text);
      if (value) domain.at_least = *value;
      if (!value) problems_.add(risk->line, "'at_least' must be low, medium, high or critical");
    }
    if (fields.need("words") != nullptr) fields.texts("words", domain.words);
    if (const Node* kinds = fields.find("kinds")) {
      domain.kinds = read_texts(*kinds, {"", "kinds"}, problems_);
      for (const std::string& kind : domain.kinds) need_kind(*kinds, kind);
    }
    auto& domains = catalog_.domains_;
    const auto same =
        std::find_if(domains.begin(), domains.end(), [&](const Domain& d) { return d.name == domain.name; });
    if (same == domains.end()) {
      domains.push_back(std::move(domain));
    } else if (mode == Mode::project) {
      *same = std::move(domain);
    } else {
      problems_.add(node.line, fmt::format("domain '{}' is given twice", domain.name));
    }
  }
}

void Reader::read_words(const Node& map, Mode mode) {
  if (map.kind != Node::Kind::map) return problems_.add(map.line, "words must be a map of lists");
  for (const Node& node : map.children) {
    const auto known = catalog_.words_.find(node.key);
    if (mode == Mode::project && known == catalog_.words_.end()) {
      problems_.add(node.line, fmt::format("unknown list of words '{}'", node.key));
      continue;
    }
    auto& list = known != catalog_.words_.end() ? known->second : catalog_.words_[std::string(node.key)];
    std::vector<std::string> words = read_texts(node, {"", node.key}, problems_);
    list.reserve(list.size() + words.size());  // so that the views of its words last
    std::unordered_set<std::string_view> listed(list.begin(), list.end());
    for (std::string& word : words) {
      if (!listed.contains(word)) {
        listed.insert(list.emplace_back(std::move(word)));
      } else if (mode == Mode::built_in) {
        problems_.add(node.line, fmt::format("'{}' stands twice in '{}'", word, node.key));
      }
    }
  }
}

void Reader::read_policy(const Node& map, Mode mode) {
  if (map.kind != Node::Kind::map) return problems_.add(map.line, "policy must be a map of numbers");
  for (const Node& node : map.children) {
    if (mode == Mode::project && !catalog_.policy_.contains(node.key)) {
      problems_.add(node.line, fmt::format("unknown policy '{}'", node.key));
      continue;
    }
    const auto number = read_number(node, {"policy ", node.key}, problems_);
    if (number) catalog_.policy_[std::string(node.key)] = *number;
  }
}

}  // namespace detoy::catalog
