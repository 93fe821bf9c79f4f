#include "analysis/memo_sites.h"

#include <algorithm>

#include "analysis/operation_words.h"
#include "base/words.h"

namespace detoy::analysis {

using catalog::Library;
using facts::ValueKind;
using inventory::Risk;
using inventory::Verdict;

namespace {

// def client(host): return Client(host)
bool gives_client(const Context& context, FileId file, facts::Index function) {
  const facts::FileFacts& facts = context.program.facts(file);
  bool gives = false;
  for (const facts::Return& result : facts.returns) {
    if (result.function != function || result.value == 0) continue;
    if (!makes_client(context, file, result.value)) return false;
    gives = true;
  }
  return gives;
}

// @cached(ttl=600), @cached(TTLCache(100, 60)), @ttl_cache
bool expires(const Context& context, FileId file, facts::Index decorator, std::string_view name) {
  const facts::FileFacts& facts = context.program.facts(file);
  const auto& telling = context.catalog.words("expiry_words");
  const auto tells = [&](std::string_view text) {
    const auto words = split_words(text);
    return std::any_of(telling.begin(), telling.end(),
                       [&](const std::string& word) { return has_phrase(words, word); });
  };
  if (tells(name)) return true;
  for (facts::Index a = facts.calls[decorator].first_argument; a != 0; a = facts.values[a].next) {
    const facts::Value& value = facts.values[a];
    // Rust's attributes come as they are written.
    if (tells(facts.string(value.key)) || (value.kind == ValueKind::string && tells(facts.string(value.text))))
      return true;
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
      const facts::Value& part = facts.values[child];
      if (tells(facts.string(part.key)) || tells(facts.string(part.text))) return true;
      if (part.kind == ValueKind::path && facts.paths[part.ref].root_kind == facts::RootKind::name &&
          tells(facts.string(facts.paths[part.ref].root)))
        return true;
    }
    if (value.kind == ValueKind::path && facts.paths[value.ref].root_kind == facts::RootKind::name &&
        tells(facts.string(facts.paths[value.ref].root)))
      return true;
    if (value.kind != ValueKind::call && value.kind != ValueKind::construct) continue;
    const facts::Path& made = facts.paths[facts.calls[value.ref].path];
    if (made.root_kind == facts::RootKind::declaration && tells(facts.string(facts.declarations[made.root].name)))
      return true;
  }
  return false;
}

}  // namespace

std::optional<Draft> memo_site(const Context& context, FileId file, const facts::Decorator& decorator) {
  const Program& program = context.program;
  const CallId call = program.calls.id(file, decorator.call);
  const facts::FileFacts& facts = program.facts(file);
  const Language language = program.file(file).language;
  const FunctionId function = program.functions.id(file, decorator.target);
  const facts::Path& path = facts.paths[facts.calls[decorator.call].path];
  std::string name;
  if (path.root_kind == facts::RootKind::declaration) name = facts.string(facts.declarations[path.root].name);
  if (path.root_kind == facts::RootKind::name) name = facts.string(path.root);
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    if (facts.steps[path.first_step + i].name != 0)
      name += "." + std::string(facts.string(facts.steps[path.first_step + i].name));
  }
  const Library* memo =
      context.libraries.with_effect(context.graph.target(call).external, language, Library::Effect::memo);
  if (memo == nullptr && context.graph.target(call).external.package == 0) {
    for (const Library* candidate : context.libraries.of_decorator(name, language)) {
      if (candidate->effect == Library::Effect::memo) memo = candidate;
    }
  }
  if (memo == nullptr) return std::nullopt;
  const facts::Function& record = facts.functions[decorator.target];
  Draft draft;
  place_at_call(draft, context, call);
  draft.site.name = facts.string(record.name);
  draft.site.line = record.line;
  draft.site.owner =
      context.symbols.is_method(function) ? std::string(program.name_of_type(context.symbols.owner(function))) : "";
  draft.site.storage = memo->name;
  draft.decided = draft.has_verdict = true;
  draft.site.verdict = Verdict::acceptable;
  draft.site.risk = Risk::low;
  add_evidence(draft, program, "declaration", file, facts.calls[decorator.call].line, memo->name);
  const std::uint32_t effects = context.effects.reached(function);
  if (record.parameters == 0 || gives_client(context, file, decorator.target)) {
    draft.site.kind = "lazy_singleton";
    draft.site.why = draft.site.name + "() is computed once per process and can be computed again.";
    if (record.parameters != 0)
      draft.site.why = draft.site.name + "() keeps the clients that it made; they can be made again.";
  } else if ((effects & (effect::durable_read | effect::external)) != 0 &&
             expires(context, file, decorator.call, name)) {
    draft.site.kind = "cache";
    draft.site.why =
        "Results of " + draft.site.name + "() are remembered per process for a while, and asked for again.";
  } else if (effects & (effect::durable_read | effect::external)) {
    draft.site.kind = "cache";
    draft.site.verdict = Verdict::toy;
    draft.site.risk = Risk::medium;
    draft.site.confidence = inventory::Confidence::medium;
    draft.site.why =
        draft.site.name +
        "() remembers what the shared store said, with no expiry: each instance goes on serving what it read first.";
  } else {
    draft.site.kind = "cache";
    draft.site.why = "Results of " + draft.site.name + "() are remembered per process and can be computed again.";
  }
  const TypeId owner = context.symbols.is_method(function) ? context.symbols.owner(function) : 0;
  set_wiring(draft, context, owner != 0 ? context.wiring.of_type(owner) : context.wiring.of_function(function));
  return draft;
}

}  // namespace detoy::analysis
