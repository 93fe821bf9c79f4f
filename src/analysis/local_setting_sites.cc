#include "analysis/local_setting_sites.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>

#include "analysis/type_text.h"
#include "analysis/value_parents.h"
#include "base/words.h"

namespace detoy::analysis {

using catalog::Library;
using facts::Index;
using facts::ValueKind;
using Kind = ValueParents::Parent::Kind;

namespace {

std::string small_letters(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

// Without the quotes that it begins with.
std::string_view unquoted(std::string_view written) {
  while (!written.empty() && (written.front() == '`' || written.front() == '"' || written.front() == '\''))
    written.remove_prefix(1);
  return written;
}

// One literal of the catalog: "sqlite:" begins a value, "dialect=sqlite" is the whole value of an option.
struct Pattern {
  const Library* library = nullptr;
  std::string key;
  std::string value;
};

// A value that the catalog knows, and what stands around it.
struct Found {
  Index value = 0;
  Index holder = 0;                // the variable or field whose value it is
  Index assignment = 0;            // or the assignment
  Index call = 0;                  // the outermost call that it is an argument of
  bool given_to_store = false;     // an argument of a database client
  bool refused = false;            // compared, or meant for development
  bool alternative = false;        // `given or this`
  std::vector<Index> within = {};  // the values around it, innermost first
};

class SettingFinder {
 public:
  explicit SettingFinder(const Context& context) : context_(context), program_(context.program) {
    for (const Library& library : context.catalog.libraries()) {
      if (library.effect != Library::Effect::state || !library.settings.empty()) continue;  // see setting_sites.h
      for (const std::string& literal : library.literals) {
        const auto equals = literal.find('=');
        if (equals == std::string::npos) {
          patterns_.push_back({&library, {}, literal});
        } else {
          patterns_.push_back({&library, literal.substr(0, equals), literal.substr(equals + 1)});
        }
      }
    }
    for (const Pattern& pattern : patterns_) {
      begins_[static_cast<unsigned char>(pattern.value.empty() ? '\0' : pattern.value.front())] = true;
    }
  }
  std::vector<Draft> find();

 private:
  bool speaks(const facts::FileFacts& facts) const;
  void look_at(FileId file);
  const Pattern* match(FileId file, Index value, std::optional<ValueParents>& parents) const;
  std::string_view key_of(FileId file, Index value, const ValueParents& parents) const;
  Found around(FileId file, Index value, const ValueParents& parents) const;
  void climb_call(FileId file, Index call, Found& found) const;
  bool believable(FileId file, const Pattern& pattern, const Found& found) const;
  bool for_development(std::string_view name) const;
  bool made_by_library(FileId file, const Library& library) const;
  std::optional<WiringOf> wiring(FileId file, const Found& found) const;
  std::string_view name_of(FileId file, const Found& found) const;
  void report(FileId file, const Pattern& pattern, const Found& found);

  const Context& context_;
  const Program& program_;
  std::vector<Pattern> patterns_;
  std::array<bool, 256> begins_ = {};        // by the first character of a pattern
  std::unordered_set<const Library*> seen_;  // in the file at hand
  std::vector<Draft> drafts_;
};

std::vector<Draft> SettingFinder::find() {
  for (FileId file = 0; file < program_.files().size(); ++file) {
    const SourceFile& source = program_.file(file);
    if (source.role != source::Role::production || !context_.liveness.serves(source.package)) continue;
    if (!context_.liveness.file(file) && !context_.liveness.offered(file)) continue;
    if (speaks(program_.facts(file))) look_at(file);
  }
  return std::move(drafts_);
}

// Whether one of the file's strings begins like a pattern.
bool SettingFinder::speaks(const facts::FileFacts& facts) const {
  for (facts::StringId string = 1; string < facts.ends.size(); ++string) {
    const std::string_view written = unquoted(facts.string(string));
    if (written.empty() || !begins_[static_cast<unsigned char>(written.front())]) continue;
    const bool known = std::any_of(patterns_.begin(), patterns_.end(),
                                   [&](const Pattern& pattern) { return written.starts_with(pattern.value); });
    if (known) return true;
  }
  return false;
}

// The key of an option or keyword argument, or the name of what the value is assigned to.
std::string_view SettingFinder::key_of(FileId file, Index value, const ValueParents& parents) const {
  const facts::FileFacts& facts = program_.facts(file);
  if (facts.values[value].key != 0) return facts.string(facts.values[value].key);
  const ValueParents::Parent parent = parents.of_value(value);
  if (parent.kind == Kind::declaration) return facts.string(facts.declarations[parent.index].name);
  if (parent.kind != Kind::assignment) return {};
  const facts::Path& path = facts.paths[facts.assignments[parent.index].path];
  if (path.steps > 0) return facts.string(facts.steps[path.first_step + path.steps - 1].name);
  return path.root_kind == facts::RootKind::declaration ? facts.string(facts.declarations[path.root].name)
                                                        : std::string_view();
}

// Nothing is known of the key before something fits: the way back is made for few files.
const Pattern* SettingFinder::match(FileId file, Index index, std::optional<ValueParents>& parents) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& value = facts.values[index];
  const bool text = value.kind == ValueKind::string || value.kind == ValueKind::text_template;
  if (!text || value.text == 0) return nullptr;
  const std::string_view written = unquoted(facts.string(value.text));
  // Sentences are no settings.
  if (value.kind == ValueKind::string && written.find(' ') != std::string_view::npos) return nullptr;
  const Language language = program_.file(file).language;
  for (const Pattern& pattern : patterns_) {
    if (!written.starts_with(pattern.value)) continue;
    const auto& languages = pattern.library->languages;
    const bool spoken =
        std::any_of(languages.begin(), languages.end(), [&](Language other) { return same_family(other, language); });
    if (!languages.empty() && !spoken) continue;
    if (!parents) parents.emplace(facts);
    if (pattern.key.empty() || small_letters(key_of(file, index, *parents)) == pattern.key) return &pattern;
  }
  return nullptr;
}

bool SettingFinder::for_development(std::string_view name) const {
  const auto words = split_words(name);
  const auto& telling = context_.catalog.words("no_customer_words");
  return std::any_of(telling.begin(), telling.end(), [&](const std::string& word) { return has_phrase(words, word); });
}

void SettingFinder::climb_call(FileId file, Index call, Found& found) const {
  const CallId id = program_.calls.id(file, call);
  found.call = call;
  const std::string_view name = context_.graph.called_name(id);
  if (is_one_of(context_.catalog.words("comparing_methods"), name)) found.refused = true;
  const External& external = context_.graph.target(id).external;
  const Language language = program_.file(file).language;
  if (external.package == 0) return;
  for (const Library* library : context_.libraries.of(external, language)) {
    found.given_to_store = found.given_to_store || library->effect == Library::Effect::durable;
    // Its own constructor is a site already.
    if (library->effect == Library::Effect::state && !library->kind.empty()) found.refused = true;
  }
}

Found SettingFinder::around(FileId file, Index value, const ValueParents& parents) const {
  const facts::FileFacts& facts = program_.facts(file);
  Found found;
  found.value = value;
  ValueParents::Parent parent{Kind::value, value};
  for (int depth = 0; depth < 24 && parent.kind != Kind::none; ++depth) {
    switch (parent.kind) {
      case Kind::value: {
        const facts::Value& part = facts.values[parent.index];
        if (part.key != 0 && for_development(facts.string(part.key))) found.refused = true;
        // `url in (...)`, `url == ...`; joining texts is no comparison.
        const std::string_view sign =
            part.kind == ValueKind::unknown && part.text != 0 ? facts.string(part.text) : std::string_view();
        if (!sign.empty() && sign != "+" && sign != "/" && sign != "%") found.refused = true;
        found.alternative = found.alternative || part.kind == ValueKind::either;
        found.within.push_back(parent.index);
        parent = parents.of_value(parent.index);
        break;
      }
      case Kind::call:
        climb_call(file, parent.index, found);
        parent = parents.of_call(parent.index);
        break;
      case Kind::declaration:
        found.holder = parent.index;
        return found;
      case Kind::assignment:
        found.assignment = parent.index;
        return found;
      case Kind::none:
        break;
    }
  }
  return found;
}

// A library's own object in the same file is reported where it is made.
bool SettingFinder::made_by_library(FileId file, const Library& library) const {
  const facts::FileFacts& facts = program_.facts(file);
  if (library.kind != "file_store") return false;
  for (Index i = 1; i < facts.calls.size(); ++i) {
    const External& external = context_.graph.target(program_.calls.id(file, i)).external;
    if (external.package == 0) continue;
    for (const Library* other : context_.libraries.of(external, program_.file(file).language)) {
      if (other->effect == Library::Effect::state && other->kind == library.kind) return true;
    }
  }
  return false;
}

bool SettingFinder::believable(FileId file, const Pattern& pattern, const Found& found) const {
  if (found.refused) return false;
  const facts::FileFacts& facts = program_.facts(file);
  if (found.holder == 0 && found.assignment == 0 && !found.given_to_store) return false;
  bool client = found.given_to_store;
  if (found.holder != 0) {
    const facts::Declaration& holder = facts.declarations[found.holder];
    if (holder.kind != facts::DeclarationKind::variable && holder.kind != facts::DeclarationKind::field) return false;
    const Index type = holder.type;
    if (holder.kind == facts::DeclarationKind::field && type != 0 &&
        for_development(facts.string(facts.types[type].name)))
      return false;
    if (for_development(facts.string(holder.name))) return false;
    if (facts.functions[holder.function].flags & facts::function_flag::test) return false;
    const Object object = context_.symbols.of_declaration(program_.declarations.id(file, found.holder));
    const auto& option_types = context_.catalog.words("database_option_types");
    for (const std::string_view name : type_names(facts.string(holder.type_text)))
      client = client || is_one_of(option_types, name);
    client = client || (object.kind == Object::Kind::external &&
                        context_.libraries.with_effect(object.external, program_.file(file).language,
                                                       Library::Effect::durable) != nullptr);
  }
  // A database in memory that a function makes for itself ends with the function.
  const std::string_view text = facts.string(facts.values[found.value].text);
  const bool local = found.holder != 0 ? facts.declarations[found.holder].function != 0
                                       : found.call != 0 && facts.calls[found.call].function != 0;
  if (local && text.find(":memory:") != std::string_view::npos) return false;
  // A mere scheme, or an option of anybody: only a database's client makes it a setting.
  const bool scheme =
      text.size() <= pattern.value.size() + 2 && (pattern.value.ends_with(':') || pattern.value.ends_with('/'));
  const bool configured = found.holder != 0 && facts.declarations[found.holder].function == 0 &&
                          program_.file(file).language == Language::python;
  return client || (pattern.key.empty() ? !scheme : configured);
}

// The variable, field or setting that has the value.
std::string_view SettingFinder::name_of(FileId file, const Found& found) const {
  const facts::FileFacts& facts = program_.facts(file);
  if (found.holder != 0) return facts.string(facts.declarations[found.holder].name);
  if (found.assignment == 0) return {};
  const facts::Path& path = facts.paths[facts.assignments[found.assignment].path];
  if (path.steps > 0) return facts.string(facts.steps[path.first_step + path.steps - 1].name);
  return path.root_kind == facts::RootKind::declaration ? facts.string(facts.declarations[path.root].name)
                                                        : std::string_view();
}

// Whether a branch is one of several that a condition chooses from.
bool chosen_among(const facts::FileFacts& facts, Index branch) {
  for (; branch != 0; branch = facts.branches[branch].parent) {
    const facts::BranchKind kind = facts.branches[branch].kind;
    if (kind == facts::BranchKind::then || kind == facts::BranchKind::otherwise || kind == facts::BranchKind::case_)
      return true;
  }
  return false;
}

// Which setting names something else. Nothing if the place is for development only.
std::optional<WiringOf> SettingFinder::wiring(FileId file, const Found& found) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& value = facts.values[found.value];
  const std::string written(facts.string(value.text));
  // A declaration does not tell on which branch it first got its value.
  Index branch = 0;
  for (Index i = 1; i < facts.branches.size(); ++i) {
    const facts::Branch& record = facts.branches[i];
    const bool inside = record.line <= value.line && value.line <= record.end_line;
    if (inside && (branch == 0 || record.line >= facts.branches[branch].line)) branch = i;
  }
  WiringOf result{.wired = inventory::Wiring::production, .file = file, .line = value.line};
  Setting setting;
  for (const Index part : found.within) {
    if (!setting) setting = context_.settings.of_value(file, part);
  }
  if (found.holder != 0 && !setting && facts.declarations[found.holder].kind == facts::DeclarationKind::field) {
    // A class of settings reads each field from the environment.
    const facts::Type& type = facts.types[facts.declarations[found.holder].type];
    const auto& bases = context_.catalog.words("settings_bases");
    for (std::uint32_t i = 0; i < type.bases; ++i) {
      if (!is_one_of(bases, facts.string(facts.bases[type.first_base + i].text))) continue;
      setting.name = facts.string(facts.declarations[found.holder].name);
      std::transform(setting.name.begin(), setting.name.end(), setting.name.begin(),
                     [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    }
  }
  if (!setting) {
    Index chosen = 0;
    setting = context_.settings.of_branch(file, branch, &chosen);
    if (setting && for_development(setting.default_value)) return std::nullopt;
    if (setting) result.line = facts.branches[chosen].line;
    // What decides is not followed: the variable itself is what a deployment has to set.
    if (!setting && (found.alternative || chosen_among(facts, branch))) {
      const std::string_view name = name_of(file, found);
      if (!name.empty()) setting = {std::string(name), written, true};
    }
  } else if (!setting.has_default) {
    setting.default_value = written;
    setting.has_default = true;
  }
  if (!setting) return result;
  result.wired = inventory::Wiring::conditional;
  result.setting = std::move(setting);
  return result;
}

void SettingFinder::report(FileId file, const Pattern& pattern, const Found& found) {
  const facts::FileFacts& facts = program_.facts(file);
  const std::optional<WiringOf> wired = wiring(file, found);
  if (!wired) return;
  Draft draft;
  draft.file = file;
  draft.site.path = program_.file(file).path;
  draft.site.language = to_string(program_.file(file).language);
  draft.site.line = facts.values[found.value].line;
  FunctionId function = 0;
  draft.site.name = name_of(file, found);
  if (found.holder != 0) {
    const facts::Declaration& holder = facts.declarations[found.holder];
    draft.site.line = holder.line;
    draft.site.column = holder.column;
    function = program_.functions.id(file, holder.function);
    if (holder.kind == facts::DeclarationKind::field) draft.site.owner = facts.string(facts.types[holder.type].name);
  } else if (found.assignment != 0) {
    const facts::Assignment& assignment = facts.assignments[found.assignment];
    draft.site.line = assignment.line;
    function = program_.functions.id(file, assignment.function);
  } else {
    place_at_call(draft, context_, program_.calls.id(file, found.call));
    function = program_.functions.id(file, facts.calls[found.call].function);
  }
  if (draft.site.name.empty()) draft.site.name = pattern.library->name;
  if (draft.site.owner.empty()) draft.site.owner = owner_of_function(context_, function);
  draft.site.kind = pattern.library->kind;
  draft.site.storage = pattern.library->name;
  draft.site.confidence = inventory::Confidence::medium;
  draft.site.why = pattern.library->why;
  draft.decided = true;
  if (!pattern.library->durable_by.empty())
    draft.site.action = "To make it durable, " + pattern.library->durable_by + ".";
  add_evidence(draft, program_, "declaration", file, draft.site.line, pattern.library->name);
  add_evidence(draft, program_, "default", file, facts.values[found.value].line);
  set_wiring(draft, context_, *wired);
  drafts_.push_back(std::move(draft));
}

void SettingFinder::look_at(FileId file) {
  const SourceFile& source = program_.file(file);
  const auto slash = source.path.rfind('/');
  if (for_development(slash == std::string::npos ? std::string_view(source.path)
                                                 : std::string_view(source.path).substr(slash + 1))) {
    return;
  }
  seen_.clear();
  const facts::FileFacts& facts = program_.facts(file);
  std::optional<ValueParents> parents;
  for (Index i = 1; i < facts.values.size(); ++i) {
    const Pattern* pattern = match(file, i, parents);
    if (pattern == nullptr || seen_.contains(pattern->library)) continue;
    const Found found = around(file, i, *parents);
    if (!believable(file, *pattern, found) || made_by_library(file, *pattern->library)) continue;
    seen_.insert(pattern->library);
    report(file, *pattern, found);
  }
}

}  // namespace

std::vector<Draft> local_setting_sites(const Context& context) {
  return SettingFinder(context).find();
}

}  // namespace detoy::analysis
