#include "analysis/settings.h"

#include <algorithm>
#include <cctype>

#include "base/words.h"

namespace detoy::analysis {

using facts::RootKind;
using facts::ValueKind;

namespace {

bool all_capitals(std::string_view text) {
  bool letter = false;
  for (const char c : text) {
    if (c >= 'a' && c <= 'z') return false;
    if (c >= 'A' && c <= 'Z') letter = true;
  }
  return letter;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

bool plain(const facts::Value& value) {
  return value.kind == ValueKind::string || value.kind == ValueKind::number || value.kind == ValueKind::boolean;
}

// `default=...` among keyword arguments.
const facts::Value* fallback_in(const facts::FileFacts& facts, facts::Index object) {
  for (facts::Index child = facts.values[object].first_child; child != 0; child = facts.values[child].next) {
    if (plain(facts.values[child]) && facts.string(facts.values[child].key) == "default") return &facts.values[child];
  }
  return nullptr;
}

}  // namespace

Settings::Settings(const CallGraph& graph, const catalog::Catalog& catalog) : graph_(graph), program_(graph.program()) {
  for (const std::string& word : catalog.words("config_holders")) holders_.insert(word);
  for (const std::string& word : catalog.words("config_getters")) getters_.insert(word);
  for (const std::string& word : catalog.words("disk_questions")) questions_.insert(word);
  for (const std::string& word : catalog.words("framework_settings_packages")) frameworks_.insert(word);
  for (FileId file = 0; file < program_.files().size(); ++file) find_framework_settings(file);
}

// A framework's settings are the variables of a module that a string names.
void Settings::find_framework_settings(FileId id) {
  const SourceFile& file = program_.file(id);
  if (file.role != source::Role::production || file.language != Language::python) return;
  if (file.path.find("settings") == std::string::npos) return;
  for (facts::Index i = 1; i < file.facts->declarations.size(); ++i) {
    const facts::Declaration& variable = file.facts->declarations[i];
    if (variable.kind != facts::DeclarationKind::variable || variable.function != 0 || variable.initial == 0) continue;
    if (!all_capitals(file.facts->string(variable.name))) continue;
    framework_settings_.emplace(program_.name(id, variable.name), program_.declarations.id(id, i));
  }
}

// get("NAME"), getenv("NAME", "default"), env.bool("NAME", default=True)
Setting Settings::read_by(FileId file, const facts::Path& path, const facts::Call& call) const {
  const facts::FileFacts& facts = program_.facts(file);
  if (call.first_argument == 0) return {};
  const facts::Value& key = facts.values[call.first_argument];
  if (key.kind != ValueKind::string || key.text == 0) return {};
  Setting setting{std::string(facts.string(key.text)), {}, false};
  const facts::Value* fallback = nullptr;
  for (facts::Index next = key.next; next != 0 && fallback == nullptr; next = facts.values[next].next) {
    const facts::Value& value = facts.values[next];
    if (plain(value) && next == key.next) fallback = &value;
    if (value.kind == ValueKind::object) fallback = fallback_in(facts, next);
  }
  if (fallback == nullptr && path.root_kind == RootKind::declaration)
    fallback = scheme_default(file, path, setting.name);
  if (fallback != nullptr) {
    setting.default_value = facts.string(fallback->text);
    setting.has_default = true;
  }
  return setting;
}

// get_bool_from_env("NAME"): the project's own reader says so in its name.
Setting Settings::read_by_helper(FileId file, const facts::Call& call) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Path& path = facts.paths[call.path];
  const facts::Value& key = facts.values[call.first_argument];
  if (key.kind != ValueKind::string || !all_capitals(facts.string(key.text))) return {};
  std::string_view name;
  if (path.root_kind == RootKind::declaration) name = facts.string(facts.declarations[path.root].name);
  if (path.steps > 0 && facts.steps[path.first_step + path.steps - 1].name != 0)
    name = facts.string(facts.steps[path.first_step + path.steps - 1].name);
  const auto words = split_words(name);
  const bool reads = has_phrase(words, "env") || has_phrase(words, "environ") || has_phrase(words, "setting");
  return reads ? read_by(file, path, call) : Setting{};
}

// env = Env(DEBUG=(bool, False)): the reader knows types and defaults.
const facts::Value* Settings::scheme_default(FileId file, const facts::Path& path, std::string_view name) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& reader = facts.values[facts.declarations[path.root].initial];
  if (reader.kind != ValueKind::call && reader.kind != ValueKind::construct) return nullptr;
  for (facts::Index a = facts.calls[reader.ref].first_argument; a != 0; a = facts.values[a].next) {
    if (facts.values[a].kind != ValueKind::object) continue;
    for (facts::Index k = facts.values[a].first_child; k != 0; k = facts.values[k].next) {
      if (facts.values[k].kind != ValueKind::array || facts.string(facts.values[k].key) != name) continue;
      for (facts::Index part = facts.values[k].first_child; part != 0; part = facts.values[part].next) {
        if (plain(facts.values[part])) return &facts.values[part];
      }
    }
  }
  return nullptr;
}

// The attribute that a class of settings declares with a default.
void Settings::declared_default(FileId file, const facts::Path& path, Setting& setting, int depth) const {
  if (path.steps == 0 || depth > 4) return;
  const facts::Step& last = program_.facts(file).steps[path.first_step + path.steps - 1];
  if (last.call != 0 || last.name == 0) return;
  const Object holder = graph_.symbols().of_path(file, path, path.steps - 1);
  const NameId name = program_.name(file, last.name);
  if (holder.kind == Object::Kind::external) {
    const auto found = framework_settings_.find(name);
    if (found == framework_settings_.end() || !frameworks_.contains(program_.text(holder.external.package))) return;
    const Place place = program_.declarations.place(found->second);
    return take_default(place.file, program_.declaration(found->second).initial, setting, depth);
  }
  if (holder.kind != Object::Kind::instance && holder.kind != Object::Kind::type) return;
  const DeclarationId field = graph_.symbols().field(holder.type, name);
  if (field == 0) return;
  const Place place = program_.declarations.place(field);
  take_default(place.file, program_.declaration(field).initial, setting, depth);
}

void Settings::take_default(FileId file, facts::Index initial, Setting& setting, int depth) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value* value = &facts.values[initial];
  if (value->kind == ValueKind::call || value->kind == ValueKind::either) {
    const Setting read = of_value(file, initial, depth + 1);
    if (read) {
      setting = read;
      return;
    }
  }
  if (value->kind == ValueKind::call) {
    // Field("..."), Field(default="...")
    const facts::Call& call = facts.calls[value->ref];
    value = &facts.values[call.first_argument];
    if (value->kind == ValueKind::object) value = fallback_in(facts, call.first_argument);
  }
  if (value == nullptr || !plain(*value)) return;
  setting.default_value = facts.string(value->text);
  setting.has_default = true;
}

Setting Settings::of_path(FileId file, const facts::Path& path, int depth) const {
  const facts::FileFacts& facts = program_.facts(file);
  // Walk the names; from the first that holds configuration on, the rest names the setting.
  bool holding = false;
  std::string name;
  std::string_view root;
  if (path.root_kind == RootKind::name) root = facts.string(path.root);
  if (path.root_kind == RootKind::declaration) root = facts.string(facts.declarations[path.root].name);
  if (path.root_kind == RootKind::value && depth < 8) {
    const Setting setting = of_value(file, path.root, depth + 1);
    if (setting) return setting;
  }
  holding = holders_.contains(lower(root)) || root == "process" || root == "os" || root == "env" || root == "std";
  const bool strong_root = holding && root != "process" && root != "os" && root != "std";
  bool strong = strong_root;
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    const facts::Step& step = facts.steps[path.first_step + i];
    const std::string_view text = facts.string(step.name);
    if (step.call != 0) {
      // config("NAME", default="..."): the reader itself is called.
      if (i == 0 && text.empty() && !step.index && holding && root != "process" && root != "os" && root != "std") {
        Setting setting = read_by(file, path, facts.calls[step.call]);
        if (setting) return setting;
      }
      if (getters_.contains(text) && (holding || strong)) {
        Setting setting = read_by(file, path, facts.calls[step.call]);
        if (setting) return setting;
      }
      if (!name.empty()) break;
      continue;
    }
    if (text.empty()) continue;
    if (holders_.contains(lower(text)) || text == "env" || text == "environ") {
      strong = true;
      holding = true;
      name.clear();
      continue;
    }
    if (strong) name += (name.empty() ? "" : ".") + std::string(text);
  }
  if (strong && !name.empty()) {
    Setting setting{name, {}, false};
    declared_default(file, path, setting, depth);
    return setting;
  }
  if (path.root_kind == RootKind::declaration && path.steps == 0 && depth < 8) {
    const facts::Declaration& declaration = facts.declarations[path.root];
    if (declaration.kind == facts::DeclarationKind::variable && declaration.initial != 0) {
      const Setting setting = of_value(file, declaration.initial, depth + 1);
      if (setting) return setting;
    }
    // if (redis), by itself: what is compared with something else is a value, not a switch.
    if (declaration.kind == facts::DeclarationKind::import && depth <= 1) {
      const DeclarationId id = graph_.symbols().imported_variable(program_.declarations.id(file, path.root));
      const Place place = program_.declarations.place(id);
      if (id != 0 && program_.declaration(id).initial != 0) {
        const Setting setting = of_value(place.file, program_.declaration(id).initial, depth + 2);
        if (setting) return setting;
      }
    }
    if (declaration.kind == facts::DeclarationKind::import && all_capitals(root)) return {std::string(root), {}, false};
  }
  return {};
}

Setting Settings::of_value(FileId file, facts::Index index, int depth) const {
  if (index == 0 || depth > 8) return {};
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& value = facts.values[index];
  switch (value.kind) {
    case ValueKind::path:
      return of_path(file, facts.paths[value.ref], depth);
    case ValueKind::call: {
      const facts::Call& call = facts.calls[value.ref];
      const facts::Path& path = facts.paths[call.path];
      Setting direct = of_path(file, path, depth);
      if (direct) return direct;
      if (const Setting read = read_by_helper(file, call)) return read;
      // Whether a path exists is a question to the disk, not to the setting that names it.
      for (std::uint32_t i = 0; i < path.steps; ++i) {
        if (questions_.contains(facts.string(facts.steps[path.first_step + i].name))) return {};
      }
      // Backend::from_str(&config.backend).unwrap_or(..): the arguments of every call in the chain.
      for (std::uint32_t i = 0; i < path.steps; ++i) {
        const facts::Index step_call = facts.steps[path.first_step + i].call;
        if (step_call == 0) continue;
        for (facts::Index a = facts.calls[step_call].first_argument; a != 0; a = facts.values[a].next) {
          const Setting setting = of_value(file, a, depth + 1);
          if (setting) return setting;
        }
      }
      return {};
    }
    case ValueKind::either:
    case ValueKind::unknown: {
      Setting found;
      for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
        if (!found) {
          found = of_value(file, child, depth + 1);
        } else if (value.kind == ValueKind::either && !found.has_default &&
                   (facts.values[child].kind == ValueKind::string || facts.values[child].kind == ValueKind::number ||
                    facts.values[child].kind == ValueKind::boolean)) {
          found.default_value = facts.string(facts.values[child].text);
          found.has_default = true;
        }
      }
      // url ? new Redis(url) : null: there or not, as the condition has it.
      for (facts::Index child = value.first_child; child != 0 && !found && value.kind == ValueKind::either;
           child = facts.values[child].next) {
        const ValueKind kind = facts.values[child].kind;
        if (kind != ValueKind::construct && kind != ValueKind::call) continue;
        const facts::Index branch = facts.calls[facts.values[child].ref].branch;
        if (branch != 0 && depth < 5) found = of_value(file, facts.branches[branch].condition, depth + 1);
      }
      return found;
    }
    default:
      return {};
  }
}

Setting Settings::of_branch(FileId file, facts::Index branch, facts::Index* found) const {
  const facts::FileFacts& facts = program_.facts(file);
  for (facts::Index i = branch; i != 0; i = facts.branches[i].parent) {
    const facts::Branch& record = facts.branches[i];
    if (record.kind == facts::BranchKind::loop || record.condition == 0) continue;
    const Setting setting = of_value(file, record.condition);
    if (!setting) continue;
    if (found != nullptr) *found = i;
    return setting;
  }
  return {};
}

}  // namespace detoy::analysis
