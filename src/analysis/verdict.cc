#include "analysis/verdict.h"

#include <algorithm>

#include "analysis/borrowed_meaning.h"
#include "analysis/kind_verdicts.h"
#include "analysis/kinds.h"
#include "analysis/type_text.h"
#include "base/words.h"

namespace detoy::analysis {

using inventory::Confidence;
using inventory::Risk;
using inventory::Sharing;
using inventory::Verdict;

namespace {

std::string filled(std::string text, const Draft& draft) {
  const auto replace = [&](std::string_view hole, const std::string& value) {
    for (auto at = text.find(hole); at != std::string::npos; at = text.find(hole, at + value.size())) {
      text.replace(at, hole.size(), value);
    }
  };
  replace("{name}", draft.site.name);
  replace("{owner}", draft.site.owner.empty() ? draft.site.name : draft.site.owner);
  return text;
}

std::vector<std::string> context_words(const Draft& draft, const Context& context) {
  std::vector<std::string> words;
  const auto add = [&](std::string_view text) {
    for (std::string& word : split_words(text)) words.push_back(std::move(word));
    words.emplace_back("|");
  };
  add(draft.site.name);
  add(draft.site.owner);
  const auto slash = draft.site.path.rfind('/');
  std::string_view path = draft.site.path;
  add(slash == std::string::npos ? path : path.substr(slash + 1));
  if (slash != std::string::npos) {
    std::string_view folder = path.substr(0, slash);
    const auto before = folder.rfind('/');
    add(before == std::string_view::npos ? folder : folder.substr(before + 1));
  }
  add(draft.type_text);
  for (const FunctionId writer : draft.writers) add(context.program.name_of_function(writer));
  if (draft.site.kind != "idempotency") return words;
  // What would be done twice.
  for (const FunctionId writer : draft.writers) {
    for (const CallId call : context.graph.calls_in(writer)) {
      const bool guarded = context.effects.of_call(call) & (effect::durable_write | effect::external);
      for (const FunctionId callee : context.graph.callees(call)) {
        if (guarded || (context.effects.reached(callee) & (effect::durable_write | effect::external)) != 0)
          add(context.program.name_of_function(callee));
      }
    }
  }
  return words;
}

// A kind for what the words leave open, by what the thing is.
const char* kind_by_shape(const Draft& draft) {
  const auto has = [&](const char* word) { return draft.operations.contains(word); };
  switch (draft.shape) {
    case Shape::queue:
      return has("numbers") ? "history" : "queue";
    case Shape::set:
      return has("has_add") ? "idempotency" : "entity_store";
    case Shape::list:
      return has("shift") && !has("numbers") ? "queue"
             : has("subscribe")              ? "event_bus"
             : has("append_only")            ? "history"
                                             : "entity_store";
    case Shape::map:
    case Shape::record:
      if (has("subscribe")) return "event_bus";
      if (has("crud")) return "entity_store";
      // A time alone says when something was done, or may be done again.
      if (has("numbers") && has("expiry") && has("timestamp")) return "idempotency";
      return has("get_or_create") || has("expiry") ? "cache" : "entity_store";
    case Shape::counter:
      return "metrics";
    case Shape::flag:
      return "config_store";
    case Shape::time:
      return "metrics";
    case Shape::text:
      return "config_store";
    case Shape::handle:
    case Shape::object:
    case Shape::external:
    case Shape::unknown:
      break;
  }
  return has("client") ? "lazy_singleton" : "cache";
}

// Set by functions that are given nothing: from the environment, a file, the clock. It can be had again at any time.
bool set_from_nothing(const Draft& draft, const Context& context) {
  return !draft.writers.empty() && std::all_of(draft.writers.begin(), draft.writers.end(), [&](FunctionId writer) {
    return context.program.function(writer).parameters == 0 &&
           (context.effects.reached(writer) & (effect::durable_read | effect::external)) == 0 &&
           !context.liveness.handler(writer);
  });
}

// Filled by functions that are given nothing and read a store, a file or a service: a copy that a reload brings back.
bool loaded_whole(const Draft& draft, const Context& context) {
  constexpr std::uint32_t sources = effect::durable_read | effect::external;
  return !draft.writers.empty() && draft.operations.contains("replace") &&
         std::all_of(draft.writers.begin(), draft.writers.end(), [&](FunctionId writer) {
           return context.program.function(writer).parameters == 0 &&
                  (context.effects.reached(writer) & sources) != 0 && !context.liveness.handler(writer);
         });
}

// track(session: Session), with the type from a database client: the sessions are the client's, not the users'.
bool of_database_client(const Draft& draft, const Context& context) {
  return std::any_of(draft.writers.begin(), draft.writers.end(), [&](FunctionId writer) {
    const Place place = context.program.functions.place(writer);
    const facts::FileFacts& facts = context.program.facts(place.file);
    const facts::Function& function = facts.functions[place.index];
    for (std::uint32_t i = 0; i < function.parameters; ++i) {
      const facts::Declaration& parameter = facts.declarations[function.first_parameter + i];
      if (!has_phrase(split_words(facts.string(parameter.name)), "session")) continue;
      const Object type = context.symbols.of_type_text(place.file, facts.string(parameter.type_text));
      if (type.kind != Object::Kind::external || type.external.package == 0) continue;
      if (context.libraries.with_effect(type.external, context.program.file(place.file).language,
                                        catalog::Library::Effect::durable) != nullptr) {
        return true;
      }
    }
    return false;
  });
}

// A table of peers, of each of which it is known how often it failed one after another: { consecutive_errors, .. }
bool remembers_failures(const Draft& draft, const Context& context) {
  const bool limits = draft.site.kind == "rate_limit";
  if (draft.shape != Shape::map || (!limits && !is_one_of(context.catalog.words("kinds_of_records"), draft.site.kind)))
    return false;
  // Those who tried to log in too often are callers, no peers.
  const auto about = split_words(draft.site.name + " " + draft.site.owner);
  const auto& callers = context.catalog.words("login_words");
  if (std::any_of(callers.begin(), callers.end(), [&](const std::string& word) { return has_phrase(about, word); }))
    return false;
  for (const std::string_view part : type_names(draft.type_text)) {
    const TypeId type = context.symbols.is_built_in(part) ? 0 : context.symbols.type_named(draft.file, part);
    if (type == 0) continue;
    for (const DeclarationId field : context.symbols.fields(type)) {
      const auto words = split_words(context.program.name_of_declaration(field));
      if (has_phrase(words, "consecutive error") || has_phrase(words, "consecutive failure")) return true;
    }
  }
  return false;
}

void choose_kind(Draft& draft, const Context& context) {
  if (draft.decided) return;
  KindScore best = classify(draft, context);
  // A table of intervals and schedules is none of timers.
  if (best.kind != nullptr && best.kind->name == "timer" && !draft.operations.contains("handles")) {
    const std::vector<KindScore> scores = rank_kinds(draft, context);
    best = scores.size() > 1 && scores[1].score >= context.catalog.policy("kind_min_score") ? scores[1] : KindScore{};
  }
  if (best.kind != nullptr) {
    draft.site.kind = best.kind->name;
    const bool sure = best.score >= context.catalog.policy("kind_sure_score") &&
                      best.margin >= context.catalog.policy("kind_sure_margin");
    draft.site.confidence = sure ? Confidence::high : Confidence::medium;
  } else {
    draft.site.kind = kind_by_shape(draft);
    draft.site.confidence = Confidence::low;
    if (draft.shape == Shape::text && !draft.operations.contains("given")) {
      draft.site.kind = "cache";
      draft.has_verdict = true;
      draft.site.verdict = Verdict::acceptable;
      draft.site.risk = Risk::low;
      draft.site.why = draft.site.name + " is worked out by this process as it goes; nobody sets it.";
    }
  }
  if (draft.site.kind == "cache" || draft.site.confidence == Confidence::low) {
    const std::string used_as = kind_by_users(draft, context);
    if (!used_as.empty()) draft.site.kind = used_as;
  }
  if (remembers_failures(draft, context)) draft.site.kind = "circuit_breaker";
  // waiting.set(id, resolve): whatever the answers are of, callers wait for them.
  if (draft.operations.contains("waiters") && is_one_of(context.catalog.words("kinds_of_waiters"), draft.site.kind))
    draft.site.kind = "queue";
  if (draft.site.kind == "session" && of_database_client(draft, context)) draft.site.kind = "connection";
  if (draft.operations.contains("statistic")) draft.site.kind = "metrics";
  // missing[name] += 1; if missing[name] > 3: mark(name)
  const bool counts_by_key = draft.shape == Shape::map || draft.shape == Shape::record;
  if (counts_by_key && draft.operations.contains("acts_on_count") &&
      is_one_of(context.catalog.words("kinds_of_counts"), draft.site.kind)) {
    draft.site.kind = "history";
  }
  // One value that is replaced as a whole has no past.
  const bool replaced = (draft.shape == Shape::record || draft.shape == Shape::map) &&
                        draft.operations.contains("replace") && !draft.operations.contains("set") &&
                        !draft.operations.contains("push");
  const bool one_value = holds_one_value(draft.shape) || draft.shape == Shape::counter || replaced;
  if (one_value && draft.site.kind == "history") draft.site.kind = "cache";
  if (draft.site.kind == "config_store" && set_from_nothing(draft, context)) draft.site.kind = "cache";
  if ((draft.site.kind == "entity_store" || draft.site.kind == "config_store" || draft.site.kind == "event_bus" ||
       (draft.site.kind == "cache" && !one_value)) &&
      loaded_whole(draft, context)) {
    draft.site.kind = "cache";
    draft.has_verdict = true;
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::medium;
    draft.site.why =
        draft.site.name + " is loaded as a whole from where it is kept, and can be loaded again on any instance.";
  }
  if (draft.site.kind == "event_bus" && draft.operations.contains("compiles") &&
      draft.operations.contains("get_or_create")) {
    draft.site.kind = "cache";
  }
  if (draft.operations.contains("memoizes") && draft.operations.contains("get_or_create")) draft.site.kind = "cache";
  const auto& fetched_as = context.catalog.words("kinds_when_fetched");
  if (draft.operations.contains("fetched") && is_one_of(fetched_as, draft.site.kind)) draft.site.kind = "cache";
  if (draft.operations.contains("client") && draft.operations.contains("get_or_create") && draft.shape == Shape::map &&
      !decides_access(draft, context)) {
    draft.site.kind = "lazy_singleton";
  }
  if (draft.site.kind == "timer" || draft.operations.contains("handles")) {
    // Timers are reported where they are started; this only keeps their handles.
    draft.site.kind = "registry";
    draft.has_verdict = true;
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = draft.site.name + " keeps handles of what runs in this process, to stop it.";
  }
  const auto& kept_records = context.catalog.words("kinds_of_records");
  if (draft.operations.contains("connections") && is_one_of(kept_records, draft.site.kind))
    draft.site.kind = "connection";
  // const waiting: Request[]: those who wait are still there, and go with the process that they wait for.
  if (draft.operations.contains("live_ends") && draft.site.kind == "queue") draft.site.kind = "connection";
  if (draft.operations.contains("own_instances") && (draft.shape == Shape::map || draft.shape == Shape::record)) {
    draft.site.kind = "lazy_singleton";
    draft.has_verdict = true;
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = draft.site.name + " has one " + draft.site.owner +
                     " for each name, made when it is first asked for; what those hold is judged by itself.";
  }
  if (draft.operations.contains("code") && draft.site.kind != "event_bus") {
    draft.site.kind = "registry";
    draft.has_verdict = true;
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = draft.site.name + " holds classes or functions of the code, the same on every instance.";
  }
  const auto words = split_words(draft.site.name);
  const bool stamps = draft.shape == Shape::map && draft.operations.contains("timestamp") && has_phrase(words, "last");
  if (draft.shape == Shape::time || stamps) {
    for (const std::string& word : context.catalog.words("cleanup_words")) {
      if (!has_phrase(words, word)) continue;
      draft.has_verdict = true;
      draft.site.verdict = Verdict::acceptable;
      draft.site.risk = Risk::low;
      draft.site.why = draft.site.name + " only tells when this process last tidied up.";
      break;
    }
  }
}

// Whether the call runs on one branch of its function only. Guards that leave early do not count.
bool conditional(const Context& context, CallId call) {
  const Place place = context.program.calls.place(call);
  const facts::FileFacts& facts = context.program.facts(place.file);
  for (facts::Index i = facts.calls[place.index].branch; i != 0; i = facts.branches[i].parent) {
    const facts::BranchKind kind = facts.branches[i].kind;
    if (kind == facts::BranchKind::then || kind == facts::BranchKind::case_ || kind == facts::BranchKind::handler)
      return true;
  }
  return false;
}

// Who else keeps what is written here: durable writes in the same functions.
void find_sharing(Draft& draft, const Context& context) {
  if (draft.site.sharing != Sharing::none || draft.writers.empty()) return;
  const std::string& kind = draft.site.kind;
  if (draft.operations.contains("drain") &&
      (kind == "queue" || kind == "metering" || kind == "audit_log" || kind == "history")) {
    draft.site.sharing = Sharing::partial;  // a buffer before a store: what was flushed is safe
    return;
  }
  const bool copies_data = kind == "cache" || kind == "session" || kind == "entity_store" || kind == "config_store" ||
                           kind == "metering" || kind == "audit_log" || kind == "history" || kind == "job_status" ||
                           kind == "secret" || kind == "idempotency" || kind == "search_index" ||
                           kind == "file_store" || kind == "service_registry";
  const bool holds_data = draft.shape == Shape::map || draft.shape == Shape::set || draft.shape == Shape::list ||
                          draft.shape == Shape::queue || draft.shape == Shape::record;
  // A breaker or limiter that is read from the store before each decision, and written there after each change.
  const bool loaded = kind == "circuit_breaker" || kind == "rate_limit";
  if (!loaded && (!copies_data || !holds_data)) return;
  // What was seen already is a fact of its own: the effect that it guards does not keep it.
  if (kind == "idempotency" && draft.operations.contains("beside_write")) return;
  bool always = true;
  std::size_t writing = 0;
  std::size_t refreshing = 0;
  CallId witness = 0;
  for (const FunctionId writer : draft.writers) {
    bool writes = false;
    bool unconditional = false;
    for (const CallId call : context.graph.calls_in(writer)) {
      bool here = (context.effects.of_call(call) & effect::durable_write) != 0;
      for (const FunctionId callee : context.graph.callees(call)) {
        here = here || (context.effects.direct(callee) & effect::durable_write) != 0;
      }
      if (!here) continue;
      writes = true;
      unconditional = unconditional || !conditional(context, call);
    }
    if (!writes && (context.effects.direct(writer) & effect::durable_write)) writes = unconditional = true;
    // Read back whole from the store: refreshes the copy.
    if (!writes && draft.operations.contains("replace") && (context.effects.direct(writer) & effect::durable_read)) {
      ++refreshing;
      continue;
    }
    if (!writes) continue;
    always = always && unconditional;
    ++writing;
    if (witness == 0) witness = context.effects.witness(writer, effect::durable_write);
  }
  if (writing == 0 || (loaded && refreshing == 0)) return;
  draft.site.sharing = writing + refreshing == draft.writers.size() && always ? Sharing::durable : Sharing::partial;
  if (witness != 0) {
    const Place place = context.program.calls.place(witness);
    add_evidence(draft, context.program, "durable_write", place.file, context.program.call(witness).line,
                 "the same function writes a shared store");
  }
}

// this.items.set(id, item); this.save(): a copy of the file that is reported by itself.
bool copied_to_file(const Draft& draft, const Context& context) {
  constexpr std::uint32_t files = effect::local_file | effect::local_store;
  const bool holds_data = draft.shape == Shape::map || draft.shape == Shape::set || draft.shape == Shape::list ||
                          draft.shape == Shape::record;
  if (!holds_data || draft.site.kind == "queue" || draft.writers.empty()) return false;
  return std::all_of(draft.writers.begin(), draft.writers.end(), [&](FunctionId writer) {
    if (context.effects.direct(writer) & files) return true;
    for (const CallId call : context.graph.calls_in(writer)) {
      if (conditional(context, call)) continue;
      for (const FunctionId callee : context.graph.callees(call)) {
        if (context.effects.direct(callee) & files) return true;
      }
    }
    return false;
  });
}

// What losing it costs, from the kind and the business words around it.
void weigh_risk(Draft& draft, const Context& context, const catalog::Kind& kind) {
  Risk risk = std::max(draft.site.risk == Risk::medium ? static_cast<Risk>(kind.risk) : draft.site.risk,
                       static_cast<Risk>(kind.risk));
  if (draft.site.sharing == Sharing::partial && risk > Risk::low) {
    risk = static_cast<Risk>(static_cast<int>(risk) - 1);  // only what was not written yet is lost
  }
  const std::vector<std::string> words = context_words(draft, context);
  for (const catalog::Domain& domain : context.catalog.domains()) {
    if (!domain.kinds.empty() &&
        std::find(domain.kinds.begin(), domain.kinds.end(), draft.site.kind) == domain.kinds.end()) {
      continue;
    }
    const bool speaks = std::any_of(domain.words.begin(), domain.words.end(),
                                    [&](const std::string& word) { return has_phrase(words, word); });
    if (speaks) risk = std::max(risk, static_cast<Risk>(domain.at_least));
  }
  draft.site.risk = risk;
}

}  // namespace

bool decide(Draft& draft, const Context& context) {
  choose_kind(draft, context);
  const catalog::Kind* kind = context.catalog.kind(draft.site.kind);
  if (kind == nullptr) return false;
  inventory::Site& site = draft.site;
  find_sharing(draft, context);
  if (!draft.has_verdict) {
    site.verdict = kind->toy_by_default ? Verdict::toy : Verdict::acceptable;
    if (!kind->toy_by_default) {
      site.risk = Risk::low;
    } else if (!judge_by_kind(draft, context) && site.sharing == Sharing::durable) {
      site.verdict = Verdict::acceptable;
      site.risk = Risk::low;
      site.why = site.name + " is a copy: every change is written to a shared store as well.";
    } else if (site.verdict == Verdict::toy && copied_to_file(draft, context)) {
      site.verdict = Verdict::acceptable;
      site.risk = Risk::medium;
      site.why =
          site.name + " is a copy of what the same code writes to this machine's disk: it is the file that matters.";
    }
    if (site.verdict == Verdict::toy) weigh_risk(draft, context, *kind);
  }
  if (site.why.empty()) site.why = filled(kind->why, draft);
  if (site.verdict == Verdict::acceptable && kind->toy_by_default) {
    if (site.on_restart.empty()) site.on_restart = "Nothing that matters is lost.";
    if (site.on_second_instance.empty()) site.on_second_instance = "Each instance has its own, which does no harm.";
  }
  if (site.on_restart.empty()) site.on_restart = filled(kind->on_restart, draft);
  if (site.on_second_instance.empty()) site.on_second_instance = filled(kind->on_second_instance, draft);
  site.primitive = kind->primitive;
  if (site.action.empty())
    site.action = site.verdict == Verdict::acceptable ? "Leave it as it is." : filled(kind->action, draft);
  return true;
}

}  // namespace detoy::analysis
