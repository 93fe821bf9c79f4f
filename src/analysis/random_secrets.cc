#include "analysis/random_secrets.h"

#include <algorithm>
#include <cctype>
#include <unordered_set>

#include "base/words.h"

namespace detoy::analysis {

using facts::Index;
using facts::ValueKind;
using inventory::Risk;

namespace {

class SecretFinder {
 public:
  explicit SecretFinder(const Context& context) : context_(context), program_(context.program) {
    for (const std::string& source : context.catalog.words("secret_generators")) sources_.insert(source);
  }

  std::vector<Draft> find() {
    for (FileId file = 0; file < program_.files().size(); ++file) {
      if (program_.file(file).role != source::Role::production || !context_.liveness.file(file)) continue;
      if (names_source(program_.facts(file))) look_at(file);
    }
    return std::move(drafts_);
  }

 private:
  // Most files name none, and need no second look.
  bool names_source(const facts::FileFacts& facts) const {
    for (facts::StringId string = 1; string < facts.ends.size(); ++string) {
      if (sources_.contains(facts.string(string))) return true;
    }
    return false;
  }

  // randomBytes(32).toString("hex"), secrets.token_urlsafe(32), Field(default_factory=lambda: token_hex())
  bool by_chance(FileId file, Index index, int depth) const {
    constexpr int depth_limit = 4;
    if (index == 0 || depth > depth_limit) return false;
    const facts::FileFacts& facts = program_.facts(file);
    const facts::Value& value = facts.values[index];
    if (value.kind == ValueKind::function) {
      const auto calls = context_.graph.calls_in(program_.functions.id(file, value.ref));
      return std::any_of(calls.begin(), calls.end(),
                         [&](CallId call) { return sources_.contains(context_.graph.called_name(call)); });
    }
    Index path_index = 0;
    if (value.kind == ValueKind::path) path_index = value.ref;
    if (value.kind == ValueKind::call) {
      path_index = facts.calls[value.ref].path;
      // Field(default_factory=..), hex.encode(randomBytes(32)): what is handed on, not what a key is looked up by.
      for (Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
        if (facts.values[a].kind != ValueKind::path && by_chance(file, a, depth + 1)) return true;
      }
    }
    if (path_index != 0) {
      const facts::Path& path = facts.paths[path_index];
      if (path.root_kind == facts::RootKind::value && by_chance(file, path.root, depth + 1)) return true;
      if (path.root_kind == facts::RootKind::declaration && path.steps > 0 && facts.steps[path.first_step].name == 0) {
        const facts::Declaration& root = facts.declarations[path.root];
        const facts::StringId name = root.kind == facts::DeclarationKind::import ? root.imported : root.name;
        if (sources_.contains(facts.string(name))) return true;
      }
      for (std::uint32_t i = 0; i < path.steps; ++i) {
        const facts::Step& step = facts.steps[path.first_step + i];
        if (step.call != 0 && sources_.contains(facts.string(step.name))) return true;
      }
    }
    if (value.kind != ValueKind::either && value.kind != ValueKind::object) return false;
    for (Index child = value.first_child; child != 0; child = facts.values[child].next) {
      if (by_chance(file, child, depth + 1)) return true;
    }
    return false;
  }

  bool is_secret(std::string_view name) const {
    const auto words = split_words(name);
    const auto& telling = context_.catalog.words("secret_names");
    return std::any_of(telling.begin(), telling.end(),
                       [&](const std::string& word) { return has_phrase(words, word); });
  }

  // Only what is made once, with the process.
  bool at_start(FileId file, Index function) const {
    return function == 0 || context_.liveness.phases(program_.functions.id(file, function)) == phase::startup;
  }

  void look_at(FileId file) {
    const facts::FileFacts& facts = program_.facts(file);
    for (Index i = 1; i < facts.declarations.size(); ++i) {
      const facts::Declaration& declaration = facts.declarations[i];
      const bool field = declaration.kind == facts::DeclarationKind::field;
      if (!field && declaration.kind != facts::DeclarationKind::variable) continue;
      // What a function has in a variable goes somewhere, most often into a file or row that others read.
      if (declaration.function != 0 || !is_secret(facts.string(declaration.name))) continue;
      if (facts.values[declaration.initial].kind == ValueKind::function) continue;
      if (!by_chance(file, declaration.initial, 0)) continue;
      if (field && !settings_field(facts, i) && !of_process(file, i)) continue;
      report(file, facts.string(declaration.name), declaration.line, declaration.column, declaration.initial,
             field ? facts.string(facts.types[declaration.type].name) : std::string_view(), 0,
             field ? settings_field(facts, i) : Setting());
    }
    for (const facts::Assignment& assignment : facts.assignments) {
      if (assignment.path == 0 || assignment.value == 0 || !at_start(file, assignment.function)) continue;
      const facts::Path& path = facts.paths[assignment.path];
      if (path.steps == 0 && path.root_kind == facts::RootKind::declaration &&
          facts.declarations[path.root].function != 0)
        continue;
      if (facts.values[assignment.value].kind == ValueKind::function) continue;
      const std::string_view name = assigned_name(facts, path);
      if (!is_secret(name) || !by_chance(file, assignment.value, 0)) continue;
      report(file, name, assignment.line, 1, assignment.value, {}, assignment.branch, {});
    }
    for (Index i = 1; i < facts.values.size(); ++i) {
      // { secret: randomBytes(32) }, handed to what signs by it while the process starts
      const facts::Value& value = facts.values[i];
      if (value.key == 0 || value.kind != ValueKind::call || !is_secret(facts.string(value.key))) continue;
      if (!at_start(file, facts.calls[value.ref].function) || !by_chance(file, i, 0)) continue;
      report(file, facts.string(value.key), value.line, 1, i, {}, 0, {});
    }
  }

  // settings.session_secret, app.config["SECRET_KEY"]
  static std::string_view assigned_name(const facts::FileFacts& facts, const facts::Path& path) {
    if (path.steps == 0)
      return path.root_kind == facts::RootKind::declaration ? facts.string(facts.declarations[path.root].name)
                                                            : std::string_view();
    const facts::Step& last = facts.steps[path.first_step + path.steps - 1];
    if (last.name != 0) return facts.string(last.name);
    return last.call == 0 ? std::string_view() : text_of(facts, facts.calls[last.call].first_argument);
  }
  static std::string_view text_of(const facts::FileFacts& facts, Index value) {
    return facts.values[value].kind == ValueKind::string ? facts.string(facts.values[value].text) : std::string_view();
  }

  // Not of rows or messages, each of which has a secret of its own.
  bool of_process(FileId file, Index index) const {
    const facts::FileFacts& facts = program_.facts(file);
    const facts::Declaration& field = facts.declarations[index];
    const TypeId type = context_.symbols.canonical(program_.types.id(file, field.type));
    if (context_.lifetimes.is_row(type)) return false;
    if (program_.file(file).language == Language::python) {
      // SECRET = token_hex(32) in a class body, but not Column(default=..)
      const facts::Value& value = facts.values[field.initial];
      return value.kind == ValueKind::call && is_one_of(context_.catalog.words("secret_generators"),
                                                        context_.graph.called_name(program_.calls.id(file, value.ref)));
    }
    return (field.flags & facts::declared::static_) != 0 || context_.lifetimes.of_type(type).life == Life::process;
  }

  // A class of settings reads each field from the environment.
  Setting settings_field(const facts::FileFacts& facts, Index index) const {
    const facts::Declaration& field = facts.declarations[index];
    const facts::Type& type = facts.types[field.type];
    const auto& bases = context_.catalog.words("settings_bases");
    Setting setting;
    for (std::uint32_t i = 0; i < type.bases; ++i) {
      if (!is_one_of(bases, facts.string(facts.bases[type.first_base + i].text))) continue;
      setting.name = facts.string(field.name);
      for (char& c : setting.name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return setting;
  }

  void report(FileId file, std::string_view name, std::uint32_t line, std::uint32_t column, Index value,
              std::string_view owner, Index branch, Setting setting) {
    const bool known = std::any_of(drafts_.begin(), drafts_.end(),
                                   [&](const Draft& draft) { return draft.file == file && draft.site.line == line; });
    if (known) return;
    if (!setting) setting = context_.settings.of_value(file, value);
    if (!setting && branch != 0) setting = context_.settings.of_branch(file, branch);
    Draft draft;
    draft.file = file;
    draft.site.path = program_.file(file).path;
    draft.site.language = to_string(program_.file(file).language);
    draft.site.line = line;
    draft.site.column = column;
    draft.site.name = name;
    draft.site.owner = owner;
    draft.site.kind = "secret";
    draft.site.storage = "random bytes";
    draft.decided = draft.has_verdict = true;
    draft.site.verdict = inventory::Verdict::toy;
    draft.site.risk = setting ? Risk::high : Risk::critical;
    draft.site.why = draft.site.name +
                     " is random in each process: what one signs or encrypts, no other instance can check or "
                     "read, nor can this one after a restart.";
    draft.site.on_restart =
        "What was signed or encrypted before cannot be verified or read any more: sessions end, links "
        "and tokens are refused.";
    draft.site.on_second_instance = "Each instance has another secret, and refuses what the others have signed.";
    draft.site.action =
        "Give " + draft.site.name + " to every instance from a secrets manager, and refuse to start without it.";
    add_evidence(draft, program_, "declaration", file, line, "random");
    if (setting) setting.default_value = "random";
    if (setting) setting.has_default = true;
    const bool chosen = static_cast<bool>(setting);
    set_wiring(draft, context_,
               {.wired = chosen ? inventory::Wiring::conditional : inventory::Wiring::production,
                .setting = std::move(setting),
                .file = chosen ? file : no_file,
                .line = line});
    drafts_.push_back(std::move(draft));
  }

  const Context& context_;
  const Program& program_;
  std::unordered_set<std::string_view> sources_;
  std::vector<Draft> drafts_;
};

}  // namespace

std::vector<Draft> random_secret_sites(const Context& context) {
  return SecretFinder(context).find();
}

}  // namespace detoy::analysis
