#include "analysis/optional_stores.h"

#include "base/words.h"

namespace detoy::analysis {
namespace {

using facts::ValueKind;
using inventory::Wiring;

class StoreOption {
 public:
  StoreOption(const Context& context, const catalog::Library& library) : context_(context), library_(library) {}

  std::optional<WiringOf> in_arguments(FileId file, const facts::Call& call) const {
    for (facts::Index a = call.first_argument; a != 0; a = context_.program.facts(file).values[a].next) {
      if (auto found = in_options(file, a, 0)) return found;
    }
    return std::nullopt;
  }

 private:
  static constexpr int deepest = 4;

  // An options object, a part of it that is spread in, or the variable that has it.
  std::optional<WiringOf> in_options(FileId file, facts::Index index, int depth) const {
    if (index == 0 || depth > deepest) return std::nullopt;
    const facts::FileFacts& facts = context_.program.facts(file);
    const facts::Value& value = facts.values[index];
    if (is_option(file, value)) return of_option(file, index, 0);
    if (value.kind == ValueKind::either) return spread(file, value);
    if (value.kind == ValueKind::path) {
      const facts::Path& path = facts.paths[value.ref];
      if (path.root_kind != facts::RootKind::declaration || path.steps != 0) return std::nullopt;
      if (auto found = assigned_later(file, path.root, true)) return found;
      return in_options(file, facts.declarations[path.root].initial, depth + 1);
    }
    if (value.kind == ValueKind::call || value.kind == ValueKind::construct) return std::nullopt;
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
      if (auto found = in_options(file, child, depth + 1)) return found;
    }
    return std::nullopt;
  }

  bool is_option(FileId file, const facts::Value& value) const {
    return value.key != 0 && is_one_of(library_.durable_options, context_.program.text(file, value.key));
  }

  // ...(redis ? { store: new RedisStore(..) } : {})
  std::optional<WiringOf> spread(FileId file, const facts::Value& value) const {
    const facts::FileFacts& facts = context_.program.facts(file);
    facts::Index made = 0;
    bool empty = false;
    for (facts::Index part = value.first_child; part != 0; part = facts.values[part].next) {
      bool has = false;
      for (facts::Index child = facts.values[part].first_child; child != 0; child = facts.values[child].next)
        has = has || is_option(file, facts.values[child]);
      if (has) made = part;
      empty = empty || !has;
    }
    return made != 0 && empty ? decided_at(file, call_in(file, made, 0)) : std::nullopt;
  }

  std::optional<WiringOf> of_option(FileId file, facts::Index index, int depth) const {
    if (index == 0 || depth > deepest) return std::nullopt;
    const facts::FileFacts& facts = context_.program.facts(file);
    const facts::Value& value = facts.values[index];
    if (value.kind == ValueKind::either) {
      facts::Index made = 0;
      bool nothing = false;
      for (facts::Index part = value.first_child; part != 0; part = facts.values[part].next) {
        nothing = nothing || is_nothing(file, part);
        if (made == 0) made = call_in(file, part, 0);
      }
      return nothing ? decided_at(file, made) : std::nullopt;
    }
    if (value.kind == ValueKind::path) {
      const facts::Path& path = facts.paths[value.ref];
      if (path.root_kind != facts::RootKind::declaration || path.steps != 0) return std::nullopt;
      const facts::Index initial = facts.declarations[path.root].initial;
      if (facts.declarations[path.root].kind != facts::DeclarationKind::variable) return std::nullopt;
      if (initial == 0 || is_nothing(file, initial)) return assigned_later(file, path.root, false);
      return of_option(file, initial, depth + 1);
    }
    if (value.kind == ValueKind::call) return given_back(context_.program.calls.id(file, value.ref));
    return std::nullopt;
  }

  // store: makeStore(), where makeStore returns nothing unless a setting is there.
  std::optional<WiringOf> given_back(CallId call) const {
    const auto callees = context_.graph.callees(call);
    if (callees.size() != 1) return std::nullopt;
    const Place place = context_.program.functions.place(callees.front());
    const facts::FileFacts& facts = context_.program.facts(place.file);
    facts::Index branch = 0;
    bool nothing = false;
    bool something = false;
    for (const facts::Return& result : facts.returns) {
      if (result.function != place.index) continue;
      if (result.value != 0 && facts.values[result.value].kind == ValueKind::either)
        return of_option(place.file, result.value, 1);
      const bool none = result.value == 0 || is_nothing(place.file, result.value);
      (none ? nothing : something) = true;
      if (branch == 0) branch = result.branch;
    }
    return nothing && something ? decided_by(place.file, branch, 0) : std::nullopt;
  }

  // let store; if (url) store = new RedisStore(..)  With `member`: options.store = ..
  std::optional<WiringOf> assigned_later(FileId file, facts::Index variable, bool member) const {
    const facts::FileFacts& facts = context_.program.facts(file);
    for (const facts::Assignment& assignment : facts.assignments) {
      const facts::Path& path = facts.paths[assignment.path];
      if (path.root_kind != facts::RootKind::declaration || path.root != variable || path.steps != (member ? 1u : 0u))
        continue;
      if (member && !is_one_of(library_.durable_options, facts.string(facts.steps[path.first_step].name))) continue;
      if (auto found = decided_by(file, assignment.branch, assignment.line)) return found;
    }
    return std::nullopt;
  }

  bool is_nothing(FileId file, facts::Index index) const {
    const facts::FileFacts& facts = context_.program.facts(file);
    const facts::Value& value = facts.values[index];
    if (value.kind == ValueKind::null) return true;
    if (value.kind != ValueKind::path) return false;
    const facts::Path& path = facts.paths[value.ref];
    return path.root_kind == facts::RootKind::name && path.steps == 0 && facts.string(path.root) == "undefined";
  }

  // The first call in an expression: it knows on which branch it stands.
  facts::Index call_in(FileId file, facts::Index index, int depth) const {
    if (index == 0 || depth > deepest) return 0;
    const facts::FileFacts& facts = context_.program.facts(file);
    const facts::Value& value = facts.values[index];
    if (value.kind == ValueKind::call || value.kind == ValueKind::construct) return value.ref;
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
      const facts::Index found = call_in(file, child, depth + 1);
      if (found != 0) return found;
    }
    return 0;
  }

  std::optional<WiringOf> decided_at(FileId file, facts::Index call) const {
    if (call == 0) return std::nullopt;
    const facts::Call& record = context_.program.facts(file).calls[call];
    return decided_by(file, record.branch, record.line);
  }

  std::optional<WiringOf> decided_by(FileId file, facts::Index branch, std::uint32_t line) const {
    if (branch == 0) return std::nullopt;
    facts::Index found = 0;
    const Setting setting = context_.settings.of_branch(file, branch, &found);
    if (!setting) return std::nullopt;
    if (line == 0) line = context_.program.facts(file).branches[found].line;
    return WiringOf{Wiring::conditional, setting, file, line, true};
  }

  const Context& context_;
  const catalog::Library& library_;
};

}  // namespace

std::optional<WiringOf> memory_unless_set(const Context& context, FileId file, const facts::Call& call,
                                          const catalog::Library& library) {
  if (library.durable_options.empty()) return std::nullopt;
  return StoreOption(context, library).in_arguments(file, call);
}

}  // namespace detoy::analysis
