#include "analysis/rows.h"

#include <algorithm>

#include "base/words.h"

namespace detoy::analysis {

using facts::ValueKind;

Rows::Rows(const Symbols& symbols, const catalog::Catalog& catalog)
    : symbols_(symbols), catalog_(catalog), known_(symbols.program().types.size(), 0) {}

bool Rows::has(TypeId type) const {
  if (type == 0) return false;
  if (known_[type] == 0) known_[type] = find(type) ? 2 : 1;
  return known_[type] == 2;
}

bool Rows::find(TypeId type) const {
  return symbols_.extends_one_of(type, catalog_.words("request_scoped_bases")) || declares_columns(type) ||
         uses_row_members(type);
}

// Whatever its base is called: a class whose attributes are columns is a table.
bool Rows::declares_columns(TypeId type) const {
  const auto& columns = catalog_.words("row_columns");
  const auto& endings = catalog_.words("row_column_endings");
  for (const DeclarationId field : symbols_.fields(type)) {
    const Place place = symbols_.program().declarations.place(field);
    const facts::FileFacts& facts = symbols_.program().facts(place.file);
    const facts::Value& value = facts.values[facts.declarations[place.index].initial];
    if (value.kind != ValueKind::call || symbols_.program().file(place.file).language != Language::python) continue;
    const facts::Call& call = facts.calls[value.ref];
    if (facts.declarations[place.index].flags & facts::declared::implicit) continue;  // set in a method
    const facts::Path& path = facts.paths[call.path];
    std::string_view name;
    if (path.root_kind == facts::RootKind::declaration) name = facts.string(facts.declarations[path.root].name);
    if (path.root_kind == facts::RootKind::name) name = facts.string(path.root);
    for (std::uint32_t i = 0; i < path.steps; ++i) {
      const facts::Step& step = facts.steps[path.first_step + i];
      if (step.name != 0) name = facts.string(step.name);
    }
    if (is_one_of(columns, name)) return true;
    const auto ends = [&](const std::string& ending) { return name.ends_with(ending) && name.size() > ending.size(); };
    if (std::any_of(endings.begin(), endings.end(), ends)) return true;
  }
  return false;
}

// A mixin that asks its object for what only a row has.
bool Rows::uses_row_members(TypeId type) const {
  const Place place = symbols_.program().types.place(type);
  if (symbols_.program().file(place.file).language != Language::python) return false;
  const facts::FileFacts& facts = symbols_.program().facts(place.file);
  const auto& members = catalog_.words("row_members");
  return std::any_of(facts.reads.begin(), facts.reads.end(), [&](const facts::Read& read) {
    const facts::Path& path = facts.paths[read.path];
    return path.root_kind == facts::RootKind::self && path.root == place.index && path.steps > 0 &&
           is_one_of(members, facts.string(facts.steps[path.first_step].name));
  });
}

}  // namespace detoy::analysis
