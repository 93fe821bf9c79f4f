#include "analysis/setting_sites.h"

#include <algorithm>

#include "analysis/setting_values.h"
#include "base/words.h"

namespace detoy::analysis {

using catalog::Library;
using inventory::Wiring;

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

// "django.core.cache.backends.locmem" and "sqlite://" tell by themselves; "simple" only if it is the whole value.
bool names(const Library& library, std::string_view text) {
  const std::string small = lower(text);
  return std::any_of(library.literals.begin(), library.literals.end(), [&](const std::string& literal) {
    if (literal.find_first_of(".:") == std::string::npos) return small == literal;
    return small.find(literal) != std::string::npos;
  });
}

bool has_one_of(const std::vector<std::string>& wanted, std::string_view identifier) {
  const auto words = split_words(identifier);
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& word) { return has_phrase(words, word); });
}

std::string_view folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view file_name_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

class SettingFinder {
 public:
  explicit SettingFinder(const Context& context) : context_(context), values_(setting_values(context)) {
    for (const Library& library : context.catalog.libraries()) {
      if (library.effect == Library::Effect::state && !library.settings.empty()) libraries_.push_back(&library);
    }
  }
  std::vector<Draft> find();

 private:
  void look_at(const SettingValue& value);
  void look_at_uploads();
  bool for_development(const SettingValue& value) const;
  bool replaced(const SettingValue& value, const Library& library) const;
  WiringOf wiring_of(const SettingValue& value, const SettingText& text) const;
  bool asks_for_tests(FileId file, facts::Index index, int depth) const;
  bool in_tests(FileId file, std::uint32_t line) const;
  std::string kind_of(const Library& library, const SettingText& text) const;
  bool saves_uploads() const;
  Draft draft_of(const SettingValue& value, std::uint32_t line) const;
  const Library* speaks(const SettingText& text) const;
  bool has_production_sibling(const SettingValue& value) const;

  const Context& context_;
  std::vector<SettingValue> values_;
  std::vector<const Library*> libraries_;
  std::vector<Draft> drafts_;
};

const Library* SettingFinder::speaks(const SettingText& text) const {
  for (const Library* library : libraries_) {
    const bool watched = std::any_of(text.keys.begin(), text.keys.end(),
                                     [&](std::string_view key) { return is_one_of(library->settings, key); });
    if (watched && names(*library, text.text)) return library;
  }
  return nullptr;
}

bool SettingFinder::has_production_sibling(const SettingValue& value) const {
  const auto& production = context_.catalog.words("production_words");
  const facts::FileFacts& facts = context_.program.facts(value.file);
  if (value.type != 0) {
    return std::any_of(facts.types.begin(), facts.types.end(),
                       [&](const facts::Type& type) { return has_one_of(production, facts.string(type.name)); });
  }
  const std::string& path = context_.program.file(value.file).path;
  return std::any_of(context_.program.files().begin(), context_.program.files().end(), [&](const SourceFile& file) {
    return file.path != path && folder_of(file.path) == folder_of(path) &&
           has_one_of(production, file_name_of(file.path));
  });
}

// Classes and files that configure a developer's machine, where production has its own beside them; and tests.
bool SettingFinder::for_development(const SettingValue& value) const {
  const std::string_view named = value.type != 0 ? context_.program.name_of_type(value.type)
                                                 : file_name_of(context_.program.file(value.file).path);
  if (has_one_of(context_.catalog.words("test_setting_words"), named)) return true;
  return has_one_of(context_.catalog.words("development_words"), named) && has_production_sibling(value);
}

// Production's own configuration gives the setting another value.
bool SettingFinder::replaced(const SettingValue& value, const Library& library) const {
  const auto& production = context_.catalog.words("production_words");
  const auto is_production = [&](const SettingValue& one) {
    return one.type != 0 ? has_one_of(production, context_.program.name_of_type(one.type))
                         : has_one_of(production, file_name_of(context_.program.file(one.file).path));
  };
  if (is_production(value)) return false;
  const std::string_view folder = folder_of(context_.program.file(value.file).path);
  return std::any_of(values_.begin(), values_.end(), [&](const SettingValue& other) {
    if (other.name != value.name || !is_production(other)) return false;
    if (folder_of(context_.program.file(other.file).path) != folder) return false;
    const auto texts = texts_of(context_, other);
    return std::none_of(texts.begin(), texts.end(), [&](const SettingText& text) { return names(library, text.text); });
  });
}

bool SettingFinder::asks_for_tests(FileId file, facts::Index index, int depth) const {
  if (index == 0 || depth > 5) return false;
  const auto& tests = context_.catalog.words("test_setting_words");
  const facts::FileFacts& facts = context_.program.facts(file);
  const facts::Value& value = facts.values[index];
  if (value.kind == facts::ValueKind::string && has_one_of(tests, facts.string(value.text))) return true;
  facts::Index path = value.kind == facts::ValueKind::path ? value.ref : 0;
  if (value.kind == facts::ValueKind::call) {
    path = facts.calls[value.ref].path;
    for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
      if (asks_for_tests(file, a, depth + 1)) return true;
    }
  }
  if (path != 0) {
    const facts::Path& record = facts.paths[path];
    if (record.root_kind == facts::RootKind::declaration &&
        has_one_of(tests, facts.string(facts.declarations[record.root].name))) {
      return true;
    }
    if (record.root_kind == facts::RootKind::name && has_one_of(tests, facts.string(record.root))) return true;
    for (std::uint32_t i = 0; i < record.steps; ++i) {
      if (has_one_of(tests, facts.string(facts.steps[record.first_step + i].name))) return true;
    }
  }
  for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
    if (asks_for_tests(file, child, depth + 1)) return true;
  }
  return false;
}

// if "test" in sys.argv: ...
bool SettingFinder::in_tests(FileId file, std::uint32_t line) const {
  const facts::FileFacts& facts = context_.program.facts(file);
  return std::any_of(facts.branches.begin(), facts.branches.end(), [&](const facts::Branch& branch) {
    return branch.kind == facts::BranchKind::then && branch.line <= line && line <= branch.end_line &&
           asks_for_tests(file, branch.condition, 0);
  });
}

WiringOf SettingFinder::wiring_of(const SettingValue& value, const SettingText& text) const {
  if (context_.liveness.offered(value.file)) return {.wired = Wiring::unknown};
  const facts::FileFacts& facts = context_.program.facts(value.file);
  if (text.chosen) {
    WiringOf wiring{Wiring::conditional, text.chosen, value.file, text.line, true};
    wiring.setting.default_value = text.text.substr(0, 60);
    wiring.setting.has_default = true;
    return wiring;
  }
  // The innermost condition around the line that asks for a setting.
  facts::Index best = 0;
  Setting asked;
  for (facts::Index i = 1; i < facts.branches.size(); ++i) {
    const facts::Branch& branch = facts.branches[i];
    if (branch.condition == 0 || branch.kind == facts::BranchKind::loop || branch.line > text.line ||
        text.line > branch.end_line || (best != 0 && branch.line < facts.branches[best].line)) {
      continue;
    }
    const Setting setting = context_.settings.of_value(value.file, branch.condition);
    if (!setting) continue;
    best = i;
    asked = setting;
  }
  if (best != 0) {
    return {Wiring::conditional, asked, value.file, facts.branches[best].line,
            facts.branches[best].kind == facts::BranchKind::otherwise};
  }
  // A later line of the same file replaces it where another setting is given.
  for (const SettingValue& later : values_) {
    if (later.file != value.file || later.type != value.type || later.name != value.name || later.line <= text.line ||
        later.value == value.value) {
      continue;
    }
    for (facts::Index i = 1; i < facts.branches.size(); ++i) {
      const facts::Branch& branch = facts.branches[i];
      if (branch.condition == 0 || branch.line > later.line || later.line > branch.end_line) continue;
      const Setting setting = context_.settings.of_value(value.file, branch.condition);
      if (setting) return {Wiring::conditional, setting, value.file, branch.line, true};
    }
  }
  if (value.type != 0) {
    // Attributes of such a class are read from variables of the same name.
    for (const External& base : context_.symbols.external_bases(value.type)) {
      if (is_one_of(context_.catalog.words("settings_class_packages"), context_.program.text(base.package)))
        return {Wiring::conditional,
                {std::string(value.name), std::string(text.text.substr(0, 60)), true},
                value.file,
                value.line,
                true};
    }
    return {.wired = Wiring::production};  // frameworks find configuration classes by their name in a string
  }
  return {.wired = context_.liveness.file(value.file) ? Wiring::production : Wiring::unused};
}

// A cache that holds sessions, or the counts of a throttle, is more than a cache.
std::string SettingFinder::kind_of(const Library& library, const SettingText& text) const {
  // Of several caches it is the default one that others use without asking for a name.
  if (has_one_of(context_.catalog.words("limiter_words"), text.chosen.name)) return "rate_limit";
  const bool named = text.keys.size() > 2;
  if (named && !is_one_of(context_.catalog.words("default_cache_names"), text.keys[1])) return library.kind;
  const auto& framework = context_.catalog.words("framework_cache_packages");
  const bool general = std::any_of(library.packages.begin(), library.packages.end(), [&](const std::string& package) {
    return std::any_of(framework.begin(), framework.end(),
                       [&](const std::string& one) { return package.starts_with(one); });
  });
  if (!general) return library.kind;
  const auto& engines = context_.catalog.words("cached_session_engines");
  for (const SettingValue& value : values_) {
    if (!is_one_of(context_.catalog.words("session_settings"), value.name)) continue;
    for (const SettingText& engine : texts_of(context_, value)) {
      if (is_one_of(engines, engine.text)) return "session";
    }
  }
  const auto& limiters = context_.catalog.words("cache_backed_limiters");
  const auto& limits = context_.catalog.words("limiter_words");
  for (FileId file = 0; file < context_.program.files().size(); ++file) {
    const SourceFile& source = context_.program.file(file);
    if (source.role != source::Role::production || source.language != Language::python) continue;
    const facts::FileFacts& facts = *source.facts;
    for (const facts::Declaration& declaration : facts.declarations) {
      if (declaration.kind == facts::DeclarationKind::import && is_one_of(limiters, facts.string(declaration.module))) {
        return "rate_limit";
      }
    }
    for (facts::StringId id = 1; id < facts.ends.size(); ++id) {
      const std::string_view dotted = facts.string(id);
      const auto dot = dotted.rfind('.');
      if (dot != std::string_view::npos && is_one_of(limiters, dotted.substr(0, dot))) return "rate_limit";
    }
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      const CallId call = context_.program.calls.id(file, i);
      if (!is_one_of(framework, context_.program.text(context_.graph.target(call).external.package))) continue;
      const FunctionId function = context_.graph.function_of(call);
      if (has_one_of(limits, context_.program.name_of_function(function)) ||
          has_one_of(limits, owner_of_function(context_, function))) {
        return "rate_limit";
      }
    }
  }
  return library.kind;
}

Draft SettingFinder::draft_of(const SettingValue& value, std::uint32_t line) const {
  const SourceFile& file = context_.program.file(value.file);
  Draft draft;
  draft.file = value.file;
  draft.site.path = file.path;
  draft.site.language = to_string(file.language);
  draft.site.line = line;
  draft.site.column = value.line == line ? value.column : 0;
  draft.site.name = value.name;
  if (value.type != 0) draft.site.owner = context_.program.name_of_type(value.type);
  if (value.type == 0 && value.function != 0)
    draft.site.owner = owner_of_function(context_, context_.program.functions.id(value.file, value.function));
  draft.site.confidence = inventory::Confidence::medium;
  draft.decided = true;
  return draft;
}

void SettingFinder::look_at(const SettingValue& value) {
  if (for_development(value)) return;
  for (const SettingText& text : texts_of(context_, value)) {
    const Library* library = speaks(text);
    if (library == nullptr || in_tests(value.file, text.line) || replaced(value, *library)) continue;
    Draft draft = draft_of(value, text.line);
    draft.site.kind = kind_of(*library, text);
    draft.site.storage = library->name;
    draft.site.why = library->why;
    if (library->toy.has_value() && draft.site.kind == library->kind) {
      draft.has_verdict = true;
      draft.site.verdict = *library->toy ? inventory::Verdict::toy : inventory::Verdict::acceptable;
      draft.site.risk = *library->toy ? inventory::Risk::high : inventory::Risk::low;
    }
    if (library->risk.has_value()) draft.site.risk = static_cast<inventory::Risk>(*library->risk);
    if (!library->durable_by.empty()) draft.site.action = "To make it durable, " + library->durable_by + ".";
    const bool known = std::any_of(drafts_.begin(), drafts_.end(), [&](const Draft& other) {
      return other.file == draft.file && other.site.line == draft.site.line && other.site.name == draft.site.name;
    });
    if (known) continue;
    add_evidence(draft, context_.program, "declaration", value.file, text.line, library->name);
    set_wiring(draft, context_, wiring_of(value, text));
    drafts_.push_back(std::move(draft));
  }
}

// Whether the program hands files to the framework's storage: default_storage.save(), models with a FileField.
bool SettingFinder::saves_uploads() const {
  const auto& packages = context_.catalog.words("upload_storage_packages");
  const auto& fields = context_.catalog.words("upload_fields");
  for (CallId call = 1; call < context_.program.calls.size(); ++call) {
    const Place place = context_.program.calls.place(call);
    if (place.index == 0) continue;
    const External& external = context_.graph.target(call).external;
    if (external.package == 0) continue;
    if (context_.program.file(place.file).role != source::Role::production) continue;
    const std::string_view package = context_.program.text(external.package);
    const std::string_view symbol = context_.program.text(external.symbol);
    if (is_one_of(packages, package) && symbol.ends_with(".save")) return true;
    const auto dot = symbol.rfind('.');
    const std::string_view last = dot == std::string_view::npos ? symbol : symbol.substr(dot + 1);
    if (package.starts_with("django.db") && is_one_of(fields, last)) return true;
  }
  return false;
}

// Without another storage, uploads go to the local folder that a setting names.
void SettingFinder::look_at_uploads() {
  const auto& folders = context_.catalog.words("upload_folder_settings");
  const auto& storages = context_.catalog.words("upload_storage_settings");
  const auto& local = context_.catalog.words("local_storage_classes");
  const SettingValue* folder = nullptr;
  const SettingValue* storage = nullptr;
  for (const SettingValue& value : values_) {
    if (for_development(value)) continue;
    if (folder == nullptr && value.function == 0 && is_one_of(folders, value.name)) folder = &value;
    if (!is_one_of(storages, value.name)) continue;
    for (const SettingText& text : texts_of(context_, value)) {
      const bool asset = std::any_of(text.keys.begin(), text.keys.end(), [](std::string_view key) {
        return lower(key).find("static") != std::string::npos;
      });
      const bool path = text.text.find('.') != std::string_view::npos;
      if (!asset && path && !is_one_of(local, text.text)) storage = &value;
    }
  }
  if (folder == nullptr || !saves_uploads()) return;
  WiringOf wiring = {.wired = context_.liveness.file(folder->file) ? Wiring::production : Wiring::unused};
  if (storage != nullptr) {
    wiring = wiring_of(*storage, SettingText{{}, {}, storage->line, {}});
    if (wiring.wired != Wiring::conditional) return;
  }
  Draft draft = draft_of(*folder, folder->line);
  draft.site.kind = "file_store";
  draft.site.storage = "local disk";
  draft.site.why = draft.site.name +
                   " leads to a folder on this machine's disk, where uploaded files are kept: another "
                   "instance does not see them, and a new container starts without them.";
  add_evidence(draft, context_.program, "declaration", folder->file, folder->line);
  set_wiring(draft, context_, wiring);
  drafts_.push_back(std::move(draft));
}

std::vector<Draft> SettingFinder::find() {
  for (const SettingValue& value : values_) look_at(value);
  if (!values_.empty()) look_at_uploads();
  return std::move(drafts_);
}

}  // namespace

std::vector<Draft> setting_sites(const Context& context) {
  return SettingFinder(context).find();
}

}  // namespace detoy::analysis
