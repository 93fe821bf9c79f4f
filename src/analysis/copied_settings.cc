// Variables that hold nothing but copies of settings.

#include "analysis/variable_finder.h"

namespace detoy::analysis {

using facts::ValueKind;

namespace {

bool is_literal(const facts::Value& value) {
  return value.kind == ValueKind::string || value.kind == ValueKind::number || value.kind == ValueKind::boolean;
}

}  // namespace

// NAME, env.NAME, getenv("NAME"); what is worked out from a setting, such as an answer of its address, is more than it.
bool VariableFinder::names_setting(FileId file, facts::Index index) const {
  const facts::FileFacts& facts = context_.program.facts(file);
  const facts::Value& value = facts.values[index];
  const auto plain = [&](facts::Index call) {
    for (facts::Index a = facts.calls[call].first_argument; a != 0; a = facts.values[a].next) {
      if (!is_literal(facts.values[a])) return false;
    }
    return true;
  };
  if (value.kind != ValueKind::path && value.kind != ValueKind::call) return false;
  if (value.kind == ValueKind::call && !plain(value.ref)) return false;
  const facts::Path& path = facts.paths[value.kind == ValueKind::call ? facts.calls[value.ref].path : value.ref];
  if (path.root_kind == facts::RootKind::value) return false;
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    const facts::Step& step = facts.steps[path.first_step + i];
    if (step.call != 0 && !plain(step.call)) return false;
  }
  return context_.settings.of_value(file, index) && !made_of_parameters(file, index, 0);
}

bool VariableFinder::made_of_settings(FileId file, facts::Index index) const {
  const facts::FileFacts& facts = context_.program.facts(file);
  const facts::Value& value = facts.values[index];
  if (value.kind == ValueKind::path) {
    const facts::Path& path = facts.paths[value.ref];
    const bool local = path.root_kind == facts::RootKind::declaration && path.steps == 0 &&
                       facts.declarations[path.root].kind == facts::DeclarationKind::variable;
    if (local && facts.declarations[path.root].initial != 0 && facts.declarations[path.root].function != 0)
      return made_of_settings(file, facts.declarations[path.root].initial);
  }
  if (value.kind == ValueKind::either) {
    bool setting = false;  // the rest are defaults
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
      if (is_literal(facts.values[child])) continue;
      if (!made_of_settings(file, child)) return false;
      setting = true;
    }
    return setting;
  }
  if (value.kind != ValueKind::object) return names_setting(file, index);
  for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
    if (!made_of_settings(file, child)) return false;
  }
  return value.first_child != 0;
}

// used = { user: settings.mailUser, password: settings.mailPassword }, and null before and between: every instance has
// the same, and a restart brings it back.
bool VariableFinder::copies_settings() const {
  bool copies = false;
  for (const Operation& operation : state_.operations) {
    if (!operation.mutates()) continue;
    if (operation.kind != Operation::Kind::replace) return false;
    if (null_value(operation)) continue;
    if (!made_of_settings(operation.file, operation.value)) return false;
    copies = true;
  }
  return copies;
}

}  // namespace detoy::analysis
