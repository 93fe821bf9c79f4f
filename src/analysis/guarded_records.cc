#include "analysis/guarded_records.h"

#include <algorithm>
#include <vector>

#include "analysis/type_text.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::DeclarationKind;

TypeId type_under_lock(const Symbols& symbols, const catalog::Catalog& catalog, FileId file, std::string_view text) {
  // Most types have no arguments.
  if (text.find('<') == std::string_view::npos) return 0;
  const auto& cells = catalog.words("cell_types");
  const auto& locks = catalog.words("lock_types");
  bool inside = false;
  TypeNames names(text);
  for (std::string_view name = names.next(); !name.empty(); name = names.next()) {
    if (inside) {
      if (is_one_of(cells, name)) continue;
      return symbols.type_named(file, name);
    }
    inside = is_one_of(locks, name);
  }
  return 0;
}

GuardedRecords::GuardedRecords(const Symbols& symbols, const catalog::Catalog& catalog,
                               const std::function<bool(DeclarationId)>& is_collection) {
  const Program& program = symbols.program();
  std::unordered_map<TypeId, std::vector<DeclarationId>> held;
  for (FileId file = 0; file < program.files().size(); ++file) {
    if (program.file(file).language != Language::rust) continue;
    const facts::FileFacts& facts = program.facts(file);
    for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
      const facts::Declaration& declaration = facts.declarations[i];
      const bool keeps = declaration.kind == DeclarationKind::field ||
                         (declaration.kind == DeclarationKind::variable && declaration.function == 0);
      if (!keeps || declaration.type_text == 0) continue;
      const TypeId type =
          type_under_lock(symbols, catalog, file, symbols.expanded(file, facts.string(declaration.type_text)));
      if (type == 0) continue;
      const Place place = program.types.place(type);
      if (program.facts(place.file).types[place.index].kind != facts::TypeKind::struct_) continue;
      // What another crate calls the same is another type.
      if (program.file(place.file).package != program.file(file).package) continue;
      if (declaration.type != 0 && symbols.canonical(program.types.id(file, declaration.type)) == type) continue;
      held[type].push_back(program.declarations.id(file, i));
    }
  }
  for (const auto& [type, holders] : held) {
    if (holders.size() != 1) continue;
    const Place place = program.types.place(type);
    const facts::FileFacts& facts = program.facts(place.file);
    std::vector<DeclarationId> fields;
    for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
      const facts::Declaration& field = facts.declarations[i];
      if (field.kind == DeclarationKind::field && field.type == place.index)
        fields.push_back(program.declarations.id(place.file, i));
    }
    if (std::any_of(fields.begin(), fields.end(), is_collection)) continue;
    for (const DeclarationId field : fields) holders_.emplace(field, holders.front());
  }
}

DeclarationId GuardedRecords::holder(DeclarationId field) const {
  const auto found = holders_.find(field);
  return found == holders_.end() ? DeclarationId{0} : found->second;
}

}  // namespace detoy::analysis
