#include "analysis/setting_values.h"

#include <algorithm>

#include "base/words.h"

namespace detoy::analysis {

using facts::DeclarationKind;
using facts::ValueKind;

namespace {

constexpr int deepest_value = 10;

// Gathers the strings of one value.
class Texts {
 public:
  Texts(const Context& context, const SettingValue& setting)
      : context_(context), setting_(setting), facts_(context.program.facts(setting.file)) {}

  std::vector<SettingText> gather() {
    keys_.push_back(setting_.name);
    visit(setting_.value, Setting{});
    return std::move(texts_);
  }

 private:
  void visit(facts::Index index, const Setting& chosen);
  void visit_variable(facts::Index declaration, const Setting& chosen);
  void visit_attribute(facts::StringId name, const Setting& chosen);
  void visit_call(const facts::Value& value, const Setting& chosen);
  void visit_children(facts::Index first, const Setting& chosen) {
    for (facts::Index child = first; child != 0; child = facts_.values[child].next) visit(child, chosen);
  }
  Setting implied(const facts::Call& call) const;

  const Context& context_;
  const SettingValue& setting_;
  const facts::FileFacts& facts_;
  std::vector<std::string_view> keys_;
  std::vector<SettingText> texts_;
  int depth_ = 0;
};

// Functions that read a variable which they need not be told: dj_database_url.config().
Setting Texts::implied(const facts::Call& call) const {
  const facts::Path& path = facts_.paths[call.path];
  if (path.steps == 0) return {};
  std::string called;
  if (path.root_kind == facts::RootKind::name) called = facts_.string(path.root);
  if (path.root_kind == facts::RootKind::declaration) called = facts_.string(facts_.declarations[path.root].name);
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    const std::string_view step = facts_.string(facts_.steps[path.first_step + i].name);
    if (!step.empty()) called += "." + std::string(step);
  }
  for (const std::string& entry : context_.catalog.words("implied_settings")) {
    const auto sign = entry.find('=');
    if (called == std::string_view(entry).substr(0, sign)) return {entry.substr(sign + 1), {}, false};
  }
  return {};
}

void Texts::visit_call(const facts::Value& value, const Setting& chosen) {
  const facts::Call& call = facts_.calls[value.ref];
  // What stands behind the name of a variable is its default: get("CACHE", "simple"), config("CACHE",
  // default="simple").
  Setting read = context_.settings.of_value(setting_.file, static_cast<facts::Index>(&value - facts_.values.data()));
  if (!read) read = implied(call);
  const facts::Value& first = facts_.values[call.first_argument];
  const bool named = first.kind == ValueKind::string && read && facts_.string(first.text) == read.name;
  for (facts::Index a = call.first_argument; a != 0; a = facts_.values[a].next) {
    const bool key = a == call.first_argument && first.kind == ValueKind::string;
    if (key && named) continue;
    const bool fallback = read && (named || facts_.values[a].kind == ValueKind::object);
    visit(a, fallback ? read : chosen);
  }
  const facts::Path& path = facts_.paths[call.path];
  if (path.root_kind == facts::RootKind::value) visit(path.root, chosen);
}

// Another attribute of the same class.
void Texts::visit_attribute(facts::StringId name, const Setting& chosen) {
  if (setting_.type == 0) return;
  const facts::Index type = context_.program.types.place(setting_.type).index;
  for (facts::Index i = 1; i < facts_.declarations.size(); ++i) {
    const facts::Declaration& attribute = facts_.declarations[i];
    if (attribute.kind == DeclarationKind::field && attribute.type == type && attribute.name == name)
      visit_variable(i, chosen);
  }
  for (const facts::Assignment& assignment : facts_.assignments) {
    const facts::Path& path = facts_.paths[assignment.path];
    if (path.root_kind == facts::RootKind::name && path.root == name && path.steps == 0 && assignment.function == 0)
      visit(assignment.value, chosen);
  }
}

// A variable of the file that holds the value, with all that it may be given.
void Texts::visit_variable(facts::Index declaration, const Setting& chosen) {
  const facts::Declaration& variable = facts_.declarations[declaration];
  if (variable.kind != DeclarationKind::variable && variable.kind != DeclarationKind::field) return;
  visit(variable.initial, chosen);
  for (const facts::Assignment& assignment : facts_.assignments) {
    const facts::Path& path = facts_.paths[assignment.path];
    if (path.root_kind == facts::RootKind::declaration && path.root == declaration && path.steps == 0)
      visit(assignment.value, chosen);
  }
}

void Texts::visit(facts::Index index, const Setting& chosen) {
  if (index == 0 || depth_ > deepest_value) return;
  ++depth_;
  const facts::Value& value = facts_.values[index];
  const bool keyed = value.key != 0;
  if (keyed) keys_.push_back(facts_.string(value.key));
  switch (value.kind) {
    case ValueKind::string:
    case ValueKind::text_template: {
      texts_.push_back({facts_.string(value.text), keys_, value.line, chosen});
      break;
    }
    case ValueKind::call:
    case ValueKind::construct:
      visit_call(value, chosen);
      break;
    case ValueKind::either: {
      const Setting asked = context_.settings.of_value(setting_.file, index);
      visit_children(value.first_child, asked ? asked : chosen);
      break;
    }
    case ValueKind::path: {
      const facts::Path& path = facts_.paths[value.ref];
      if (path.root_kind == facts::RootKind::declaration && path.steps == 0) visit_variable(path.root, chosen);
      if (path.root_kind == facts::RootKind::name && path.steps == 0) visit_attribute(path.root, chosen);
      break;
    }
    case ValueKind::object:
      // Computed keys are keys as well: {CACHE_NAME: {...}}
      for (facts::Index child = value.first_child; child != 0; child = facts_.values[child].next) {
        const bool computed = facts_.values[child].key == 0;
        if (computed) keys_.emplace_back();
        visit(child, chosen);
        if (computed) keys_.pop_back();
      }
      break;
    default:
      visit_children(value.first_child, chosen);
      break;
  }
  if (keyed) keys_.pop_back();
  --depth_;
}

// The innermost function around a line.
facts::Index function_at(const facts::FileFacts& facts, std::uint32_t line) {
  facts::Index best = 0;
  for (facts::Index i = 1; i < facts.functions.size(); ++i) {
    const facts::Function& function = facts.functions[i];
    if (function.line <= line && line <= function.end_line &&
        (best == 0 || function.line >= facts.functions[best].line)) {
      best = i;
    }
  }
  return best;
}

// Gathers the settings of one file.
class FileValues {
 public:
  FileValues(const Context& context, FileId file, const std::unordered_set<std::string_view>& watched,
             std::vector<SettingValue>& found)
      : context_(context), file_(file), facts_(context.program.facts(file)), watched_(watched), found_(found) {}

  void gather() {
    if (!any_watched()) return;
    for (facts::Index i = 1; i < facts_.declarations.size(); ++i) declaration(facts_.declarations[i]);
    for (const facts::Assignment& assignment : facts_.assignments) assigned(assignment);
    for (facts::Index i = 1; i < facts_.calls.size(); ++i) given_to_its_library(i);
    for (facts::Index i = 1; i < facts_.values.size(); ++i) keyed(i);
  }

 private:
  // Most files give no value to any of them.
  bool any_watched() const {
    for (facts::StringId id = 1; id < facts_.ends.size(); ++id) {
      if (watched_.contains(facts_.string(id))) return true;
    }
    return false;
  }

  void declaration(const facts::Declaration& declaration) {
    const bool attribute = declaration.kind == DeclarationKind::field;
    const bool variable = declaration.kind == DeclarationKind::variable && declaration.function == 0;
    if ((!attribute && !variable) || declaration.initial == 0) return;
    if (!watched_.contains(facts_.string(declaration.name))) return;
    SettingValue setting;
    setting.name = facts_.string(declaration.name);
    if (attribute) setting.type = context_.program.types.id(file_, declaration.type);
    add(setting, declaration.initial, declaration.line, declaration.column);
  }

  void assigned(const facts::Assignment& assignment) {
    const facts::Path& path = facts_.paths[assignment.path];
    // DATABASES["default"] = ... gives DATABASES a value.
    std::string_view name;
    if (path.root_kind == facts::RootKind::declaration) name = facts_.string(facts_.declarations[path.root].name);
    SettingValue setting;
    if (watched_.contains(name)) setting.name = name;
    for (std::uint32_t i = 0; i < path.steps && setting.name.empty(); ++i) {
      const facts::Step& step = facts_.steps[path.first_step + i];
      if (step.call == 0 && watched_.contains(facts_.string(step.name))) setting.name = facts_.string(step.name);
    }
    if (setting.name.empty() || assignment.value == 0) return;
    setting.function = assignment.function;
    add(setting, assignment.value, assignment.line, 0);
  }

  // In an object that belongs to no such variable: app.config.update(CACHE_TYPE="simple"), a function's result.
  void keyed(facts::Index index) {
    const facts::Value& value = facts_.values[index];
    if (value.key == 0 || !watched_.contains(facts_.string(value.key)) || seen_.contains(index)) return;
    SettingValue setting;
    setting.name = facts_.string(value.key);
    setting.function = function_at(facts_, value.line);
    add(setting, index, value.line, 0);
  }

  // Cache(config={"CACHE_TYPE": "simple"}): the site is the object that is made with it.
  void given_to_its_library(facts::Index index) {
    const facts::Call& call = facts_.calls[index];
    if (call.first_argument == 0) return;
    const External& external = context_.graph.target(context_.program.calls.id(file_, index)).external;
    if (external.package == 0) return;
    for (const catalog::Library* library : context_.libraries.of(external, Language::python)) {
      if (library->settings.empty()) continue;
      for (facts::Index a = call.first_argument; a != 0; a = facts_.values[a].next) mark(a, 0);
    }
  }

  void add(SettingValue& setting, facts::Index value, std::uint32_t line, std::uint32_t column) {
    setting.file = file_;
    setting.value = value;
    setting.line = line;
    setting.column = column;
    found_.push_back(setting);
    mark(value, 0);
  }

  void mark(facts::Index index, int depth) {
    if (index == 0 || depth > deepest_value || !seen_.insert(index).second) return;
    const facts::Value& value = facts_.values[index];
    for (facts::Index child = value.first_child; child != 0; child = facts_.values[child].next) mark(child, depth + 1);
    if (value.kind != ValueKind::call && value.kind != ValueKind::construct) return;
    for (facts::Index a = facts_.calls[value.ref].first_argument; a != 0; a = facts_.values[a].next) mark(a, depth + 1);
  }

  const Context& context_;
  FileId file_;
  const facts::FileFacts& facts_;
  const std::unordered_set<std::string_view>& watched_;
  std::vector<SettingValue>& found_;
  std::unordered_set<facts::Index> seen_;
};

}  // namespace

std::unordered_set<std::string_view> watched_settings(const catalog::Catalog& catalog) {
  std::unordered_set<std::string_view> names;
  for (const catalog::Library& library : catalog.libraries()) {
    names.insert(library.settings.begin(), library.settings.end());
  }
  for (const char* list : {"upload_folder_settings", "upload_storage_settings", "session_settings"}) {
    for (const std::string& name : catalog.words(list)) names.insert(name);
  }
  return names;
}

std::vector<SettingValue> setting_values(const Context& context) {
  std::vector<SettingValue> found;
  const std::unordered_set<std::string_view> watched = watched_settings(context.catalog);
  for (FileId file = 0; file < context.program.files().size(); ++file) {
    const SourceFile& source = context.program.file(file);
    if (source.role != source::Role::production || source.language != Language::python) continue;
    FileValues(context, file, watched, found).gather();
  }
  return found;
}

std::unordered_set<std::string_view> settings_given(const Context& context) {
  std::unordered_set<std::string_view> names;
  for (const SettingValue& value : setting_values(context)) names.insert(value.name);
  return names;
}

std::vector<SettingText> texts_of(const Context& context, const SettingValue& value) {
  return Texts(context, value).gather();
}

}  // namespace detoy::analysis
