// Reading libraries: catalog/libraries/<theme>.yaml, and `libraries` of detoy.yaml.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "catalog/names.h"
#include "catalog/reader.h"

namespace detoy::catalog {

void Reader::read_languages(Fields& fields, std::vector<Language>& languages) {
  const Node* node = fields.find("languages");
  if (node == nullptr) return;
  languages.clear();
  for (const std::string& name : read_texts(*node, {"", "languages"}, problems_)) {
    const auto family = languages_named(name);
    if (family.empty()) problems_.add(node->line, fmt::format("unknown language '{}'", name));
    for (const Language language : family) {
      if (std::find(languages.begin(), languages.end(), language) == languages.end()) languages.push_back(language);
    }
  }
}

Library Reader::read_library(const Node& node, const std::vector<Language>& default_languages) {
  Library library;
  library.languages = default_languages;
  Fields fields(node, "a library", problems_);
  if (fields.need("name") != nullptr) fields.text("name", library.name);
  if (const Node* effect = fields.need("effect")) {
    const auto value = effect_named(effect->text);
    if (value) library.effect = *value;
    if (!value) problems_.add(effect->line, fmt::format("unknown effect '{}'", effect->text));
  }
  read_languages(fields, library.languages);
  if (fields.texts("packages", library.packages)) {
    for (const std::string& package : library.packages) {
      if (package.find('*') >= package.size() - 1) continue;
      problems_.add(fields.line(), fmt::format("'*' may only stand at the end of package '{}'", package));
    }
  }
  fields.texts("symbols", library.symbols);
  fields.texts("decorators", library.decorators);
  fields.texts("literals", library.literals);
  fields.texts("settings", library.settings);
  fields.texts("types", library.types);
  fields.texts("globals", library.globals);
  if (const Node* kind = fields.find("kind")) {
    library.kind = read_text(*kind, {"", "kind"}, problems_);
    need_kind(*kind, library.kind);
  }
  fields.boolean("on_disk", library.on_disk);
  fields.texts("durable_options", library.durable_options);
  fields.texts("durable_values", library.durable_values);
  fields.texts("needed_options", library.needed_options);
  fields.texts("fallback_options", library.fallback_options);
  fields.texts("durable_packages", library.durable_packages);
  fields.texts("overridden_by", library.overridden_by);
  fields.texts("used_through", library.used_through);
  if (bool toy = false; fields.boolean("toy", toy)) library.toy = toy;
  if (const Node* risk = fields.find("risk")) {
    library.risk = risk_named(risk->text);
    if (!library.risk) problems_.add(risk->line, "'risk' must be low, medium, high or critical");
  }
  fields.text("durable_by", library.durable_by);
  fields.text("why", library.why);
  return library;
}

void Reader::check_library(const Node& node, const Library& library) {
  if (library.packages.empty() && library.symbols.empty() && library.decorators.empty() && library.literals.empty() &&
      library.types.empty() && library.globals.empty()) {
    problems_.add(node.line, fmt::format("library '{}' says nothing by which it is recognised", library.name));
  }
  if (library.effect == Library::Effect::state && library.kind.empty()) {
    problems_.add(node.line, fmt::format("library '{}' keeps state and needs 'kind'", library.name));
  }
}

void Reader::read_libraries(const Node& list, const std::vector<Language>& default_languages, Mode mode) {
  if (list.kind != Node::Kind::list) return problems_.add(list.line, "libraries must be a list");
  std::vector<Library> read;
  read.reserve(list.children.size());
  for (const Node& node : list.children) {
    read.push_back(read_library(node, default_languages));
    if (node.kind == Node::Kind::map) check_library(node, read.back());
  }
  auto& libraries = catalog_.libraries_;
  // A project's entries come first, so that they win where the first match decides.
  libraries.insert(mode == Mode::project ? libraries.begin() : libraries.end(), std::make_move_iterator(read.begin()),
                   std::make_move_iterator(read.end()));
}

}  // namespace detoy::catalog
