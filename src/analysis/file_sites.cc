// Files on the local disk that are written while serving.

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "analysis/library_sites.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::RootKind;
using facts::ValueKind;

namespace {

// What a written path says of itself.
struct Destination {
  bool temporary = false;
  bool cached = false;
  facts::Index holder = 0;     // the variable or field that names the folder or file
  facts::StringId member = 0;  // or the part of a configuration that does
};

class FileFinder {
 public:
  explicit FileFinder(const Context& context) : context_(context), program_(context.program) {
    for (const std::string& word : context.catalog.words("file_removing_methods")) removing_.insert(word);
    for (const std::string& word : context.catalog.words("path_writing_methods")) path_methods_.insert(word);
  }
  std::vector<Draft> find();

 private:
  void look_at(FileId file, facts::Index index);
  facts::Index parameter_of_helper(FileId file, facts::Index target) const;
  bool report_at_callers(FileId file, facts::Index target, int depth);
  void report(FileId file, facts::Index index, std::string_view callee, Destination destination);
  std::string_view name_of(FileId file, facts::Index call) const;
  void note_removals(FileId file);
  bool of_interest(FileId file, const facts::Call& call) const;
  bool removes_files(TypeId type) const;
  bool left_to_callers(FileId file, const facts::Call& call, facts::Index target) const;
  bool on_path_object(FileId file, const facts::Call& call) const;
  bool through_handle(FileId file, const facts::Call& call) const;
  bool same(FileId file, facts::Index left, facts::Index right, int depth) const;
  bool same_path(FileId file, const facts::Path& left, std::uint32_t left_steps, const facts::Path& right,
                 std::uint32_t right_steps, int depth) const;
  bool made_with(FileId file, facts::Index value, facts::Index local, int depth) const;
  bool in_removed_folder(FileId file, facts::Index removal, facts::Index root, facts::Index target) const;
  bool removed_again(FileId file, facts::Index index, bool on_path) const;
  facts::Index outermost(FileId file, facts::Index function) const;
  void read_destination(FileId file, facts::Index value, Destination& destination, int depth) const;
  void read_path(FileId file, const facts::Path& path, std::uint32_t steps, Destination& destination, int depth) const;

  const Context& context_;
  const Program& program_;
  std::unordered_set<std::string_view> removing_, path_methods_;
  std::vector<facts::Index> removals_;  // calls of the file at hand
  struct Seen {
    std::size_t draft = 0;
    bool named = false;  // by the variable or field that holds the folder
  };
  std::unordered_map<std::string, Seen> seen_;  // by component
  std::vector<Draft> drafts_;
};

std::vector<Draft> FileFinder::find() {
  for (FileId file = 0; file < program_.files().size(); ++file) {
    if (program_.file(file).role != source::Role::production) continue;
    const facts::FileFacts& facts = program_.facts(file);
    bool noted = false;
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      if ((context_.effects.of_call(program_.calls.id(file, i)) & effect::local_file) == 0) continue;
      if (!of_interest(file, facts.calls[i])) continue;
      if (!noted) note_removals(file);
      noted = true;
      look_at(file, i);
    }
  }
  return std::move(drafts_);
}

// What is called: a method, a module's function, or an imported function by itself.
std::string_view FileFinder::name_of(FileId file, facts::Index call) const {
  const std::string_view name = context_.graph.called_name(program_.calls.id(file, call));
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Path& path = facts.paths[facts.calls[call].path];
  const bool function = name.empty() && path.root_kind == RootKind::declaration;
  return function ? facts.string(facts.declarations[path.root].name) : name;
}

void FileFinder::note_removals(FileId file) {
  removals_.clear();
  const facts::FileFacts& facts = program_.facts(file);
  for (facts::Index i = 1; i < facts.calls.size(); ++i) {
    if (removing_.contains(name_of(file, i))) removals_.push_back(i);
  }
}

bool FileFinder::of_interest(FileId file, const facts::Call& call) const {
  const facts::FileFacts& facts = program_.facts(file);
  if (call.function == 0 || (facts.functions[call.function].flags & facts::function_flag::test)) return false;
  // new Workbook(): what is built in memory is written by a later call.
  const bool script = same_family(program_.file(file).language, Language::typescript);
  if (script && (call.flags & facts::call_flag::construct)) return false;
  const FunctionId function = program_.functions.id(file, call.function);
  if (context_.liveness.only_at_startup(function)) return false;
  const TypeId holder = context_.symbols.owner(function);
  // A spool of one request takes its files along. A controller or storage that is made anew each time does not.
  const bool passing = holder != 0 && context_.symbols.is_method(function) && !context_.liveness.handler(function) &&
                       context_.lifetimes.of_type(holder).life == Life::request;
  if (passing && removes_files(holder)) return false;
  return context_.liveness.serves(program_.file(file).package);  // a command that writes files does its job
}

bool FileFinder::removes_files(TypeId type) const {
  const auto methods = context_.symbols.methods(type);
  return std::any_of(methods.begin(), methods.end(), [&](FunctionId method) {
    const auto calls = context_.graph.calls_in(method);
    return std::any_of(calls.begin(), calls.end(), [&](CallId call) {
      const Place place = program_.calls.place(call);
      return removing_.contains(name_of(place.file, place.index));
    });
  });
}

// target.write_bytes(data): the receiver is the path itself, not an open file.
bool FileFinder::on_path_object(FileId file, const facts::Call& call) const {
  const facts::Path& path = program_.facts(file).paths[call.path];
  if (path.steps == 0 || program_.file(file).language != Language::python) return false;
  const facts::Step& last = program_.facts(file).steps[path.first_step + path.steps - 1];
  if (!path_methods_.contains(program_.text(file, last.name))) return false;
  const Object receiver = context_.symbols.of_path(file, path, path.steps - 1);
  if (receiver.kind != Object::Kind::external) return false;
  // Path.parent.joinpath is still a path; Path.read_text is not.
  std::string_view symbol = program_.text(receiver.external.symbol);
  if (symbol.starts_with("pathlib.")) symbol.remove_prefix(std::string_view("pathlib.").size());
  if (symbol.substr(0, symbol.find('.')) != "Path") return false;
  const auto& keeping = context_.catalog.words("path_members");
  for (auto dot = symbol.find('.'); dot != std::string_view::npos; dot = symbol.find('.')) {
    symbol.remove_prefix(dot + 1);
    if (!is_one_of(keeping, symbol.substr(0, symbol.find('.')))) return false;
  }
  return true;
}

// What is done through an open handle belongs to the call that opened it.
bool FileFinder::through_handle(FileId file, const facts::Call& call) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Path& path = facts.paths[call.path];
  if (path.root_kind == RootKind::self || path.root_kind == RootKind::value) return true;
  if (path.root_kind == RootKind::declaration && facts.declarations[path.root].kind != facts::DeclarationKind::import) {
    return true;
  }
  for (std::uint32_t s = 0; s + 1 < path.steps; ++s) {
    if (facts.steps[path.first_step + s].call != 0) return true;
  }
  return false;
}

bool FileFinder::same_path(FileId file, const facts::Path& left, std::uint32_t left_steps, const facts::Path& right,
                           std::uint32_t right_steps, int depth) const {
  const facts::FileFacts& facts = program_.facts(file);
  if (left.root_kind != right.root_kind || left_steps != right_steps) return false;
  if (left.root_kind == RootKind::value ? !same(file, left.root, right.root, depth + 1) : left.root != right.root)
    return false;
  for (std::uint32_t i = 0; i < left_steps; ++i) {
    const facts::Step& a = facts.steps[left.first_step + i];
    const facts::Step& b = facts.steps[right.first_step + i];
    if (a.name != b.name || a.index != b.index || (a.call == 0) != (b.call == 0)) return false;
    if (a.call == 0) continue;
    facts::Index one = facts.calls[a.call].first_argument;
    facts::Index other = facts.calls[b.call].first_argument;
    for (; one != 0 && other != 0; one = facts.values[one].next, other = facts.values[other].next) {
      if (!same(file, one, other, depth + 1)) return false;
    }
    if (one != other) return false;
  }
  return true;
}

// Whether two expressions of one file are written alike and name the same things.
bool FileFinder::same(FileId file, facts::Index left, facts::Index right, int depth) const {
  constexpr int deepest = 8;
  if (left == 0 || right == 0 || depth > deepest) return false;
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& a = facts.values[left];
  const facts::Value& b = facts.values[right];
  if (a.kind != b.kind || a.text != b.text) return false;
  switch (a.kind) {
    case ValueKind::path:
      return same_path(file, facts.paths[a.ref], facts.paths[a.ref].steps, facts.paths[b.ref], facts.paths[b.ref].steps,
                       depth);
    case ValueKind::call:
    case ValueKind::construct: {
      const facts::Path& one = facts.paths[facts.calls[a.ref].path];
      const facts::Path& other = facts.paths[facts.calls[b.ref].path];
      return same_path(file, one, one.steps, other, other.steps, depth);
    }
    case ValueKind::string:
      return true;
    default: {
      facts::Index one = a.first_child;
      facts::Index other = b.first_child;
      if (one == 0) return false;  // nothing to compare
      for (; one != 0 && other != 0; one = facts.values[one].next, other = facts.values[other].next) {
        if (!same(file, one, other, depth + 1)) return false;
      }
      return one == other;
    }
  }
}

facts::Index FileFinder::outermost(FileId file, facts::Index function) const {
  const facts::FileFacts& facts = program_.facts(file);
  while (facts.functions[function].parent != 0) function = facts.functions[function].parent;
  return function;
}

// Whether a value is made with a local variable: join(dir, name) is made with dir.
bool FileFinder::made_with(FileId file, facts::Index index, facts::Index local, int depth) const {
  if (index == 0 || depth > 4) return false;
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& value = facts.values[index];
  const bool call = value.kind == ValueKind::call || value.kind == ValueKind::construct;
  const facts::Index path = value.kind == ValueKind::path ? value.ref : call ? facts.calls[value.ref].path : 0;
  if (path != 0 && facts.paths[path].root_kind == RootKind::declaration) {
    const facts::Index root = facts.paths[path].root;
    if (root == local) return true;
    const facts::Declaration& declaration = facts.declarations[root];
    const bool own = declaration.function != 0 && declaration.kind == facts::DeclarationKind::variable;
    if (own && made_with(file, declaration.initial, local, depth + 1)) return true;
  }
  facts::Index part = call ? facts.calls[value.ref].first_argument : value.first_child;
  for (; part != 0; part = facts.values[part].next) {
    if (made_with(file, part, local, depth + 1)) return true;
  }
  return false;
}

// A folder that is removed as a whole takes the file along. `root` is the variable that holds the written path itself.
bool FileFinder::in_removed_folder(FileId file, facts::Index removal, facts::Index root, facts::Index target) const {
  const facts::FileFacts& facts = program_.facts(file);
  const std::string_view name = name_of(file, removal);
  if (!is_one_of(context_.catalog.words("folder_removing_methods"), name)) return false;
  const facts::Index removed = facts.calls[removal].first_argument;
  if (removed == 0 || facts.values[removed].kind != ValueKind::path) return false;
  const facts::Path& gone = facts.paths[facts.values[removed].ref];
  if (gone.root_kind != RootKind::declaration || gone.steps != 0 || facts.declarations[gone.root].function == 0)
    return false;
  if (root != 0) return made_with(file, facts.declarations[root].initial, gone.root, 0);
  return made_with(file, target, gone.root, 0);
}

namespace {

bool only_on_error(const facts::FileFacts& facts, facts::Index branch) {
  for (; branch != 0; branch = facts.branches[branch].parent) {
    if (facts.branches[branch].kind == facts::BranchKind::handler) return true;
  }
  return false;
}

}  // namespace

// A probe or a scratch file: the same function removes what it wrote. Removing another file keeps this one.
bool FileFinder::removed_again(FileId file, facts::Index index, bool on_path) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Call& call = facts.calls[index];
  const facts::Path& written = facts.paths[call.path];
  const facts::Index home = outermost(file, call.function);
  // Copies and renames make their second argument.
  facts::Index target = call.first_argument;
  const std::string_view name = name_of(file, index);
  if (target != 0 && facts.values[target].next != 0 && is_one_of(context_.catalog.words("file_moving_methods"), name))
    target = facts.values[target].next;
  for (const facts::Index removal : removals_) {
    const facts::Call& other = facts.calls[removal];
    if (outermost(file, other.function) != home) continue;
    // Half of a file that could not be written is removed; the one that could is kept.
    if (only_on_error(facts, other.branch) && !only_on_error(facts, call.branch)) continue;
    const facts::Path& path = facts.paths[other.path];
    const auto receives = [&](const facts::Path& receiver, std::uint32_t steps) {
      return path.steps > 0 && same_path(file, receiver, steps, path, path.steps - 1, 0);
    };
    if (on_path && written.steps > 0) {
      if (receives(written, written.steps - 1)) return true;
    } else if (target != 0 && facts.values[target].kind == ValueKind::path) {
      const facts::Path& named = facts.paths[facts.values[target].ref];
      if (receives(named, named.steps)) return true;
    }
    const facts::Index removed = other.first_argument;
    if (same(file, target, removed, 0)) return true;
    if (in_removed_folder(file, removal, on_path && written.root_kind == RootKind::declaration ? written.root : 0,
                          target))
      return true;
  }
  return false;
}

bool tells_of_cache(const std::vector<std::string>& words) {
  return has_phrase(words, "cache") || has_phrase(words, "cached");
}

void tell(std::string_view text, Destination& destination, const catalog::Catalog& catalog) {
  const auto words = split_words(text);
  destination.cached = destination.cached || tells_of_cache(words);
  const auto& telling = catalog.words("temporary_file_words");
  destination.temporary =
      destination.temporary || text.ends_with(".log") ||
      std::any_of(telling.begin(), telling.end(), [&](const std::string& word) { return has_phrase(words, word); });
}

void FileFinder::read_path(FileId file, const facts::Path& path, std::uint32_t steps, Destination& destination,
                           int depth) const {
  const facts::FileFacts& facts = program_.facts(file);
  if (path.root_kind == RootKind::declaration) {
    const facts::Declaration& root = facts.declarations[path.root];
    tell(facts.string(root.name), destination, context_.catalog);
    const bool local = root.kind == facts::DeclarationKind::variable && root.function != 0;
    if ((steps == 0 || local) && root.initial != 0) read_destination(file, root.initial, destination, depth + 1);
    if (root.function == 0 && root.kind == facts::DeclarationKind::variable) destination.holder = path.root;
  }
  for (std::uint32_t s = 0; s < steps; ++s) {
    const facts::Step& step = facts.steps[path.first_step + s];
    tell(facts.string(step.name), destination, context_.catalog);
    // Path(target).open("wb")
    if (step.call != 0 && depth < 4)
      read_destination(file, facts.calls[step.call].first_argument, destination, depth + 1);
  }
  // this.config.logFile: not all of the configuration leads there, but this part of it.
  const facts::Step& last = facts.steps[path.first_step + (steps == 0 ? 0 : steps - 1)];
  if (path.root_kind == RootKind::self && steps > 1 && last.call == 0 && !last.index &&
      !is_one_of(context_.catalog.words("path_members"), facts.string(last.name))) {
    destination.member = last.name;
    return;
  }
  if (path.root_kind == RootKind::self && steps > 0 && path.root != 0) {
    const DeclarationId field = context_.symbols.field(context_.symbols.canonical(program_.types.id(file, path.root)),
                                                       program_.name(file, facts.steps[path.first_step].name));
    if (field != 0 && program_.declarations.place(field).file == file)
      destination.holder = program_.declarations.place(field).index;
  }
}

void FileFinder::read_destination(FileId file, facts::Index index, Destination& destination, int depth) const {
  if (index == 0 || depth > 4) return;
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& part = facts.values[index];
  const bool call = part.kind == ValueKind::call || part.kind == ValueKind::construct;
  const facts::Index inner = part.kind == ValueKind::path ? part.ref : call ? facts.calls[part.ref].path : 0;
  if (part.kind == ValueKind::string) tell(facts.string(part.text), destination, context_.catalog);
  if (inner != 0) read_path(file, facts.paths[inner], facts.paths[inner].steps, destination, depth);
  if (call) {
    for (facts::Index b = facts.calls[part.ref].first_argument; b != 0; b = facts.values[b].next)
      read_destination(file, b, destination, depth + 1);
  }
  for (facts::Index child = part.first_child; child != 0; child = facts.values[child].next)
    read_destination(file, child, destination, depth + 1);
}

// to_file(data, path), which nothing calls: where it writes is up to callers that there are not.
bool FileFinder::left_to_callers(FileId file, const facts::Call& call, facts::Index target) const {
  const facts::FileFacts& facts = program_.facts(file);
  if (target == 0 || facts.values[target].kind != ValueKind::path) return false;
  const facts::Path& path = facts.paths[facts.values[target].ref];
  if (path.root_kind != RootKind::declaration || path.steps != 0) return false;
  if (facts.declarations[path.root].kind != facts::DeclarationKind::parameter) return false;
  const FunctionId function = program_.functions.id(file, call.function);
  return context_.liveness.phases(function) == 0 && context_.graph.callers(function).empty() &&
         !context_.graph.handed_on(function) && !context_.liveness.offered(file);
}

void FileFinder::look_at(FileId file, facts::Index index) {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Call& record = facts.calls[index];
  const facts::Path& path = facts.paths[record.path];
  const bool on_path = on_path_object(file, record);
  if (!on_path && through_handle(file, record)) return;
  std::string_view callee = name_of(file, index);
  if (callee.empty() && path.root_kind == RootKind::name) callee = facts.string(path.root);
  // open(path) without a mode reads.
  bool writes = callee != "open";
  for (facts::Index a = record.first_argument; a != 0; a = facts.values[a].next) {
    const facts::Value& value = facts.values[a];
    if (callee != "open" || value.kind != ValueKind::string || (a == record.first_argument && !on_path)) continue;
    writes = writes || facts.string(value.text).find_first_of("wax+") != std::string_view::npos;
  }
  // copyfile(from, to): what comes to be is the second.
  const facts::Index second = record.first_argument == 0 ? 0 : facts.values[record.first_argument].next;
  const bool moves = second != 0 && is_one_of(context_.catalog.words("file_moving_methods"), callee);
  Destination destination;
  if (on_path) {
    read_path(file, path, path.steps - 1, destination, 0);
  } else {
    read_destination(file, moves ? second : record.first_argument, destination, 0);
  }
  if (!writes || destination.temporary || removed_again(file, index, on_path)) return;
  const facts::Index target = moves ? second : record.first_argument;
  if (left_to_callers(file, record, target)) return;
  if (!on_path && report_at_callers(file, target, 0)) return;
  report(file, index, callee, destination);
}

// The parameter of a function, not a method, that a value is and whose callers say what it is; 0 if it is none.
facts::Index FileFinder::parameter_of_helper(FileId file, facts::Index target) const {
  const facts::FileFacts& facts = program_.facts(file);
  if (target == 0 || facts.values[target].kind != ValueKind::path) return 0;
  const facts::Path& path = facts.paths[facts.values[target].ref];
  if (path.root_kind != RootKind::declaration || path.steps != 0) return 0;
  const facts::Declaration& parameter = facts.declarations[path.root];
  if (parameter.kind != facts::DeclarationKind::parameter || parameter.function == 0) return 0;
  const FunctionId helper = program_.functions.id(file, parameter.function);
  if (context_.symbols.is_method(helper) || context_.liveness.handler(helper)) return 0;
  // saveInvoice(path, invoice) says what it keeps, writeFileAtomically(path, data) does not.
  const auto words = split_words(program_.name_of_function(helper));
  const auto& plain = context_.catalog.words("file_helper_words");
  const bool general = !words.empty() && std::all_of(words.begin(), words.end(),
                                                     [&](const std::string& word) { return is_one_of(plain, word); });
  return general ? path.root : facts::Index{0};
}

// writeAtomically(path, data) { .. rename(temporary, path) }: what is kept, and by whom, is up to those who call it.
bool FileFinder::report_at_callers(FileId file, facts::Index target, int depth) {
  constexpr int depth_limit = 3;
  const facts::Index parameter = depth > depth_limit ? facts::Index{0} : parameter_of_helper(file, target);
  if (parameter == 0) return false;
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Index home = facts.declarations[parameter].function;
  const facts::Function& helper = facts.functions[home];
  bool found = false;
  for (const CallId caller : context_.graph.callers(program_.functions.id(file, home))) {
    const Place place = program_.calls.place(caller);
    if (program_.file(place.file).role != source::Role::production || context_.graph.target(caller).guessed) continue;
    found = true;
    const facts::FileFacts& there = program_.facts(place.file);
    if (!of_interest(place.file, there.calls[place.index])) continue;
    facts::Index argument = there.calls[place.index].first_argument;
    for (facts::Index i = helper.first_parameter; i < parameter && argument != 0; ++i)
      argument = there.values[argument].next;
    if (report_at_callers(place.file, argument, depth + 1)) continue;
    Destination destination;
    read_destination(place.file, argument, destination, 0);
    if (!destination.temporary) report(place.file, place.index, name_of(place.file, place.index), destination);
  }
  return found;
}

void FileFinder::report(FileId file, facts::Index index, std::string_view callee, Destination destination) {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Call& record = facts.calls[index];
  const CallId call = program_.calls.id(file, index);
  Draft draft;
  place_at_call(draft, context_, call);
  draft.site.name = callee == "new" || callee == "options" ? "open" : callee;  // OpenOptions::new().open(path)
  destination.cached = destination.cached || tells_of_cache(split_words(draft.site.owner));
  if (destination.member != 0) draft.site.name = facts.string(destination.member);
  if (destination.holder != 0) {
    const facts::Declaration& holder = facts.declarations[destination.holder];
    draft.site.name = facts.string(holder.name);
    draft.site.line = holder.line;
    draft.site.column = holder.column;
  }
  const std::string key = draft.site.path + "|" + (draft.site.owner.empty() ? std::string("-") : draft.site.owner);
  // One place per component: the folder that it names, or where it first writes.
  const auto [known, fresh] = seen_.try_emplace(key, Seen{drafts_.size(), destination.holder != 0});
  if (!fresh && (known->second.named || destination.holder == 0)) return;
  draft.site.kind = "file_store";
  if (destination.cached) {
    draft.site.kind = "cache";
    draft.has_verdict = true;
    draft.site.verdict = inventory::Verdict::acceptable;
    draft.site.risk = inventory::Risk::low;
  }
  draft.site.storage = "local disk";
  draft.decided = true;
  const FunctionId function = context_.graph.function_of(call);
  draft.writers.push_back(function);
  draft.site.why =
      destination.cached
          ? draft.site.name + " leads to files on this machine's disk that can be fetched or computed again."
          : draft.site.name +
                " leads to files on this machine's disk, written while serving: another instance does not see them, "
                "and a new container starts without them.";
  add_evidence(draft, program_, "declaration", file, draft.site.line);
  add_evidence(draft, program_, "mutation", file, record.line, std::string(callee));
  const TypeId owner = context_.symbols.owner(function);
  set_wiring(draft, context_,
             owner != 0 && context_.symbols.is_method(function) ? context_.wiring.of_type(owner)
                                                                : context_.wiring.of_call(call));
  if (fresh) {
    drafts_.push_back(std::move(draft));
  } else {
    known->second.named = true;
    drafts_[known->second.draft] = std::move(draft);
  }
}

}  // namespace

std::vector<Draft> file_sites(const Context& context) {
  return FileFinder(context).find();
}

}  // namespace detoy::analysis
