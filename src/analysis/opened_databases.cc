#include "analysis/opened_databases.h"

#include <algorithm>

namespace detoy::analysis {

using facts::ValueKind;

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

}  // namespace

// Whether this file, or one that uses it, changes rows; a database that is only read comes with the code.
bool OpenedDatabases::written(FileId id) {
  if (writing_files_.empty()) find_writing_files();
  return writing_files_[id];
}

void OpenedDatabases::find_writing_files() {
  const Program& program = context_.program;
  writing_files_.assign(program.files().size(), false);
  for (FileId file = 0; file < program.files().size(); ++file) {
    const SourceFile& source = program.file(file);
    if (source.role != source::Role::production || source.language != Language::python) continue;
    const auto& literals = source.facts->literals;
    const bool writes = std::any_of(literals.begin(), literals.end(), [&](const facts::Literal& literal) {
      const std::string text = lower(source.facts->string(literal.text));
      return text.find("insert into") != std::string::npos || text.find("insert or ") != std::string::npos ||
             text.find("update ") != std::string::npos || text.find("delete from") != std::string::npos;
    });
    if (!writes) continue;
    writing_files_[file] = true;
    for (const facts::Declaration& declaration : source.facts->declarations) {
      if (declaration.kind != facts::DeclarationKind::import) continue;
      const FileId used = context_.symbols.modules().resolve(file, source.facts->string(declaration.module));
      if (used != no_file) writing_files_[used] = true;
    }
  }
}

// What tells one database from another: the path in the code, or the name of what holds it.
std::string OpenedDatabases::database_of(CallId call) const {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const std::string path = path_in(place.file, facts.calls[place.index].first_argument, 0);
  return path.empty() ? context_.program.file(place.file).path : path;
}

std::string OpenedDatabases::path_in(FileId file, facts::Index index, int depth) const {
  if (index == 0 || depth > 8) return {};
  const facts::FileFacts& facts = context_.program.facts(file);
  const facts::Value& value = facts.values[index];
  if (value.kind == ValueKind::string || value.kind == ValueKind::text_template)
    return std::string(facts.string(value.text));
  facts::Index first = value.first_child;
  if (value.kind == ValueKind::call || value.kind == ValueKind::construct)
    first = facts.calls[value.ref].first_argument;  // str(path), Path(..), join(folder, "a.db")
  std::string found;
  for (facts::Index part = first; part != 0; part = facts.values[part].next) {
    const std::string one = path_in(file, part, depth + 1);
    if (!one.empty()) found = one;
  }
  if (value.kind != ValueKind::path) return found;
  const facts::Path& path = facts.paths[value.ref];
  DeclarationId holder = 0;
  if (path.root_kind == facts::RootKind::declaration && path.steps == 0) {
    holder = context_.program.declarations.id(file, path.root);
    if (facts.declarations[path.root].kind == facts::DeclarationKind::import)
      holder = context_.symbols.imported_variable(holder);
  }
  if (path.root_kind == facts::RootKind::self && path.steps == 1) {
    holder = context_.symbols.field(context_.symbols.canonical(context_.program.types.id(file, path.root)),
                                    context_.program.name(file, facts.steps[path.first_step].name));
  }
  if (holder != 0) {
    std::string held = path_in(context_.program.declarations.place(holder).file,
                               context_.program.declaration(holder).initial, depth + 1);
    if (!held.empty()) return held;
    const facts::Declaration& variable = context_.program.declaration(holder);
    if (variable.kind != facts::DeclarationKind::variable || variable.function != 0) return {};
    return std::string(context_.program.name_of_declaration(holder));
  }
  if (path.steps == 0) return {};
  return std::string(facts.string(facts.steps[path.first_step + path.steps - 1].name));
}

// One site for each database, where it is opened first.
bool OpenedDatabases::another(CallId call, bool kept) {
  const Place place = context_.program.calls.place(call);
  if (!kept && !written(place.file)) return false;
  if (context_.program.call(call).first_argument == 0) return kept;  // in memory, and gone with its object
  const std::string database = database_of(call);
  if (database.find(":memory:") != std::string::npos) return kept;
  return seen_.insert(database).second;
}

}  // namespace detoy::analysis
