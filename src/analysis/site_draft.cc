#include "analysis/site_draft.h"

#include <algorithm>

namespace detoy::analysis {

void add_evidence(Draft& draft, const Program& program, std::string role, FileId file, std::uint32_t line,
                  std::string note) {
  if (file == no_file) return;
  for (const inventory::Evidence& known : draft.site.evidence) {
    if (known.role == role && known.line == line && known.path == program.file(file).path) return;
  }
  draft.site.evidence.push_back({std::move(role), program.file(file).path, line, {}, std::move(note)});
}

std::string owner_of_function(const Context& context, FunctionId function) {
  if (context.program.is_top_level(function)) return {};
  const TypeId type = context.symbols.owner(function);
  if (type != 0) return std::string(context.program.name_of_type(type));
  // Closures without a name belong to the function around them.
  const Place place = context.program.functions.place(function);
  const facts::FileFacts& facts = context.program.facts(place.file);
  facts::Index index = place.index;
  while (index != 0 && facts.functions[index].name == 0) index = facts.functions[index].parent;
  return index == 0 ? std::string() : std::string(facts.string(facts.functions[index].name));
}

namespace {

// A value that a constructor puts into a field: reported where the field is declared.
void place_at_field(Draft& draft, const Context& context, CallId call, facts::Index local) {
  const Place place = context.program.calls.place(call);
  const facts::FileFacts& facts = context.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  const auto is_it = [&](const facts::Value& value, auto& self, int depth) -> bool {
    if (depth > 4) return false;
    if ((value.kind == facts::ValueKind::call || value.kind == facts::ValueKind::construct) && value.ref == place.index)
      return true;
    if (value.kind == facts::ValueKind::path && local != 0) {
      const facts::Path& path = facts.paths[value.ref];
      return path.root_kind == facts::RootKind::declaration && path.root == local && path.steps == 0;
    }
    if (value.kind == facts::ValueKind::call) {
      for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
        if (self(facts.values[a], self, depth + 1)) return true;
      }
    }
    return false;
  };
  for (const CallId other : context.graph.calls_in(context.graph.function_of(call))) {
    const facts::Call& literal = facts.calls[context.program.calls.place(other).index];
    if ((literal.flags & facts::call_flag::construct) == 0 || literal.path == 0) continue;
    TypeId type = context.graph.target(other).constructed;
    if (facts.paths[literal.path].root_kind == facts::RootKind::self)
      type = context.symbols.owner(context.graph.function_of(call));
    if (type == 0) {
      const Object object =
          context.symbols.of_path(place.file, facts.paths[literal.path], facts.paths[literal.path].steps);
      type = object.type;
    }
    if (type == 0) continue;
    for (facts::Index a = literal.first_argument; a != 0; a = facts.values[a].next) {
      if (facts.values[a].kind != facts::ValueKind::object) continue;
      for (facts::Index pair = facts.values[a].first_child; pair != 0; pair = facts.values[pair].next) {
        if (!is_it(facts.values[pair], is_it, 0)) continue;
        const DeclarationId field =
            context.symbols.field(type, context.program.name(place.file, facts.values[pair].key));
        if (field == 0 || context.program.declarations.place(field).file != place.file) continue;
        const facts::Declaration& declaration = context.program.declaration(field);
        draft.site.name = facts.string(declaration.name);
        draft.site.line = declaration.line;
        draft.site.column = declaration.column;
        draft.site.owner = context.program.name_of_type(type);
        return;
      }
    }
  }
  static_cast<void>(record);
}

}  // namespace

void place_at_call(Draft& draft, const Context& context, CallId call) {
  const Place place = context.program.calls.place(call);
  const facts::FileFacts& facts = context.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  draft.file = place.file;
  draft.site.path = context.program.file(place.file).path;
  draft.site.language = to_string(context.program.file(place.file).language);
  draft.site.line = record.line;
  draft.site.column = record.column;
  draft.site.owner = owner_of_function(context, context.graph.function_of(call));
  facts::Index receiver = record.assigned_to;
  if (receiver == 0) {
    for (const facts::Assignment& assignment : facts.assignments) {
      const facts::Value& value = facts.values[assignment.value];
      if ((value.kind != facts::ValueKind::call && value.kind != facts::ValueKind::construct) ||
          value.ref != place.index) {
        continue;
      }
      const facts::Path& path = facts.paths[assignment.path];
      if (path.steps > 0) {
        draft.site.name = facts.string(facts.steps[path.first_step + path.steps - 1].name);
      } else if (path.root_kind == facts::RootKind::declaration) {
        draft.site.name = facts.string(facts.declarations[path.root].name);
      }
    }
  } else {
    const facts::Declaration& declaration = facts.declarations[receiver];
    draft.site.name = facts.string(declaration.name);
    if (declaration.kind == facts::DeclarationKind::field) {
      draft.site.owner = context.program.name_of_type(
          context.symbols.canonical(context.program.types.id(place.file, declaration.type)));
    }
  }
  place_at_field(draft, context, call, receiver);
  if (draft.site.name.empty()) draft.site.name = context.graph.called_name(call);
  if (draft.site.name.empty()) {
    const facts::Path& path = facts.paths[record.path];
    if (path.root_kind == facts::RootKind::name) draft.site.name = facts.string(path.root);
    if (path.root_kind == facts::RootKind::declaration)
      draft.site.name = facts.string(facts.declarations[path.root].name);
  }
}

void set_wiring(Draft& draft, const Context& context, const WiringOf& wiring) {
  draft.site.wired = wiring.wired;
  if (wiring.wired != inventory::Wiring::conditional) return;
  std::string text = wiring.setting.name;
  text += wiring.setting.has_default ? ", default '" + wiring.setting.default_value + "'" : ", no default in the code";
  // What deployment files say: REDIS_URL matches itself, storage.backend matches APP__STORAGE__BACKEND.
  std::string wanted;
  for (const char c : wiring.setting.name) {
    if (c == '.') {
      wanted += "_";
    } else {
      wanted += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    }
  }
  for (const source::DeploymentSetting& setting : context.liveness.tree().settings) {
    std::string name;
    for (std::size_t i = 0; i < setting.name.size(); ++i) {
      if (setting.name[i] == '_' && !name.empty() && name.back() == '_') continue;
      name += setting.name[i];
    }
    const bool same =
        name == wanted || (wiring.setting.name.find('.') != std::string::npos && name.ends_with("_" + wanted));
    if (!same) continue;
    text += ", " + setting.path + " sets " + (setting.value.empty() ? "it" : "'" + setting.value.substr(0, 60) + "'");
    break;
  }
  draft.site.setting = std::move(text);
  add_evidence(draft, context.program, "selection", wiring.file, wiring.line, "chosen by " + wiring.setting.name);
}

}  // namespace detoy::analysis
