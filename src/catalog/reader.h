// Fills a catalog from YAML trees. One object reads one file into one catalog; problems are collected, not thrown.
//
// Files of catalog/, by path: words.yaml (first: kinds are checked against its list of operations), kinds/<name>.yaml,
// libraries/<theme>.yaml, domains.yaml, policy.yaml. A project's detoy.yaml may hold all of these as keys beside its
// own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/fields.h"
#include "catalog/node.h"

namespace detoy::catalog {

// Whether the file of catalog/ with path `a` is read before `b`.
bool reads_before(std::string_view a, std::string_view b);

class Reader {
 public:
  Reader(Catalog& catalog, Problems& problems) : catalog_(catalog), problems_(problems) {}

  // A file of catalog/; `path` is relative to it. An unknown path is a problem.
  void read_file(std::string_view path, const Node& root);
  // detoy.yaml: what it says of the project, and what it adds to the catalog.
  Project read_project(const Node& root);

 private:
  enum class Mode { built_in, project };

  void read_kind(std::string_view name, const Node& node, Mode mode);
  void read_kind_words(Fields& fields, std::string_view key, std::vector<Kind::Word>& words);
  void check_operations(const Node& node, const Kind& kind);
  void check_texts(const Node& node, const Kind& kind);

  void read_libraries(const Node& list, const std::vector<Language>& default_languages, Mode mode);
  Library read_library(const Node& node, const std::vector<Language>& default_languages);
  void check_library(const Node& node, const Library& library);
  void read_languages(Fields& fields, std::vector<Language>& languages);

  void read_domains(const Node& list, Mode mode);
  void read_words(const Node& map, Mode mode);
  void read_policy(const Node& map, Mode mode);

  void read_roles(const Node& node, Project& project);
  void read_suppressions(const Node& list, Project& project);

  // A problem for each name that is no kind.
  void need_kind(const Node& node, const std::string& name);

  Catalog& catalog_;
  Problems& problems_;
};

}  // namespace detoy::catalog
