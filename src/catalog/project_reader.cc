// Reading a project's detoy.yaml.
#include <fmt/format.h>

#include "catalog/names.h"
#include "catalog/reader.h"

namespace detoy::catalog {

void Reader::read_roles(const Node& node, Project& project) {
  const auto read_map = [&](const Node& map) {
    for (const Node& role : map.children) {
      const std::string name = read_text(role, {"a role"}, problems_);
      if (!name.empty() && !is_role(name)) {
        problems_.add(role.line, fmt::format("unknown role '{}'; known are: production, test, tool, ui, generated, "
                                             "declaration",
                                             name));
      }
      project.roles.emplace_back(role.key, name);
    }
  };
  if (node.kind == Node::Kind::map) return read_map(node);
  if (node.kind != Node::Kind::list) return problems_.add(node.line, "'roles' must map patterns to roles");
  for (const Node& item : node.children) {
    if (item.kind == Node::Kind::map) {
      read_map(item);
    } else {
      problems_.add(item.line, "an item of 'roles' must map a pattern to a role");
    }
  }
}

void Reader::read_suppressions(const Node& list, Project& project) {
  if (list.kind != Node::Kind::list) return problems_.add(list.line, "'suppressions' must be a list");
  for (const Node& node : list.children) {
    Suppression suppression;
    Fields fields(node, "a suppression", problems_);
    fields.text("path", suppression.path);
    fields.text("name", suppression.name);
    if (const Node* kind = fields.find("kind")) {
      suppression.kind = read_text(*kind, {"", "kind"}, problems_);
      need_kind(*kind, suppression.kind);
    }
    if (fields.need("reason") != nullptr) fields.text("reason", suppression.reason);
    const bool unlimited = suppression.path.empty() && suppression.name.empty() && suppression.kind.empty();
    if (unlimited && node.kind == Node::Kind::map) {
      problems_.add(node.line, "a suppression needs 'path', 'name' or 'kind': this one would hide everything");
    }
    project.suppressions.push_back(std::move(suppression));
  }
}

Project Reader::read_project(const Node& root) {
  Project project;
  if (root.kind == Node::Kind::null) return project;
  Fields fields(root, "detoy.yaml", problems_);
  if (const Node* paths = fields.find("paths")) {
    Fields inner(*paths, "'paths'", problems_);
    inner.texts("exclude", project.exclude);
    inner.texts("include", project.include);
  }
  if (const Node* roles = fields.find("roles")) read_roles(*roles, project);
  if (const Node* words = fields.find("words")) read_words(*words, Mode::project);
  // Kinds before everything that may name one.
  if (const Node* kinds = fields.find("kinds")) {
    if (kinds->kind != Node::Kind::map) problems_.add(kinds->line, "'kinds' must map names to kinds");
    for (const Node& kind : kinds->children) {
      if (kinds->kind == Node::Kind::map) read_kind(kind.key, kind, Mode::project);
    }
  }
  if (const Node* libraries = fields.find("libraries")) read_libraries(*libraries, {}, Mode::project);
  if (const Node* domains = fields.find("domains")) read_domains(*domains, Mode::project);
  if (const Node* policy = fields.find("policy")) read_policy(*policy, Mode::project);
  if (const Node* suppressions = fields.find("suppressions")) read_suppressions(*suppressions, project);
  return project;
}

}  // namespace detoy::catalog
