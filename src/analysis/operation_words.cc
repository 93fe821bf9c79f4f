#include "analysis/operation_words.h"

#include <algorithm>
#include <map>

#include "analysis/counting.h"
#include "base/words.h"

namespace detoy::analysis {
namespace {

bool any_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool tells_time(std::string_view name) {
  return any_of(name, {"now", "time", "getTime", "monotonic", "utcnow", "elapsed", "duration_since", "hrtime",
                       "timestamp", "perf_counter"});
}

// Date.now(), or a variable that was given it.
bool is_time(const facts::FileFacts& facts, facts::Index index, int depth = 0) {
  const facts::Value& value = facts.values[index];
  if (value.kind == facts::ValueKind::call) {
    const facts::Path& path = facts.paths[facts.calls[value.ref].path];
    return path.steps > 0 && tells_time(facts.string(facts.steps[path.first_step + path.steps - 1].name));
  }
  if (value.kind != facts::ValueKind::path || depth > 2) return false;
  const facts::Path& path = facts.paths[value.ref];
  if (path.root_kind != facts::RootKind::declaration || path.steps != 0) return false;
  const facts::Index initial = facts.declarations[path.root].initial;
  return initial != 0 && is_time(facts, initial, depth + 1);
}

// now - entry.storedAt
bool is_age(const facts::FileFacts& facts, facts::Index index) {
  const facts::Value& value = facts.values[index];
  if (value.kind != facts::ValueKind::unknown || facts.string(value.text) != "-" || value.first_child == 0)
    return false;
  const facts::Index since = facts.values[value.first_child].next;
  return since != 0 && is_time(facts, value.first_child) && facts.values[since].kind == facts::ValueKind::path &&
         facts.paths[facts.values[since].ref].steps > 0;
}

// Names that values, parameters and members of a function use: enough to tell "expires at" from "name".
bool mentions_expiry(const Context& context, FunctionId function) {
  const Place place = context.program.functions.place(function);
  const facts::FileFacts& facts = context.program.facts(place.file);
  const auto tells = [&](facts::StringId id) {
    const auto words = split_words(facts.string(id));
    return has_phrase(words, "expire") || has_phrase(words, "expired") || has_phrase(words, "expiry") ||
           has_phrase(words, "expiration") || has_phrase(words, "expires") || has_phrase(words, "ttl") ||
           has_phrase(words, "max age") || has_phrase(words, "age") || has_phrase(words, "timedelta") ||
           has_phrase(words, "fresh") || has_phrase(words, "cache duration") || has_phrase(words, "cache seconds") ||
           has_phrase(words, "stale") || has_phrase(words, "until");
  };
  for (const facts::Branch& branch : facts.branches) {
    if (branch.function != place.index || branch.condition == 0) continue;
    // Conditions are short: look at all names in the value tree.
    std::vector<facts::Index> open = {branch.condition};
    for (int budget = 60; !open.empty() && budget > 0; --budget) {
      const facts::Value& value = facts.values[open.back()];
      open.pop_back();
      facts::Index path = 0;
      if (value.kind == facts::ValueKind::path) path = value.ref;
      if (value.kind == facts::ValueKind::call) {
        path = facts.calls[value.ref].path;
        for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next)
          open.push_back(a);
      }
      if (is_age(facts, static_cast<facts::Index>(&value - facts.values.data()))) return true;
      if (path != 0) {
        const facts::Path& record = facts.paths[path];
        if (record.root_kind == facts::RootKind::declaration && tells(facts.declarations[record.root].name))
          return true;
        for (std::uint32_t i = 0; i < record.steps; ++i) {
          if (tells(facts.steps[record.first_step + i].name)) return true;
        }
      }
      for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) open.push_back(child);
    }
  }
  return false;
}

bool is_function_value(const Context& context, FileId file, facts::Index index) {
  if (index == 0) return false;
  const facts::FileFacts& facts = context.program.facts(file);
  const facts::Value& value = facts.values[index];
  if (value.kind == facts::ValueKind::function) return true;
  if (value.kind == facts::ValueKind::path) {
    const facts::Path& path = facts.paths[value.ref];
    if (path.root_kind == facts::RootKind::declaration && path.steps == 0) {
      const facts::Declaration& declaration = facts.declarations[path.root];
      const auto words = split_words(facts.string(declaration.name));
      for (const char* word : {"handler", "listener", "callback", "subscriber", "observer", "hook"}) {
        if (has_phrase(words, word)) return true;
      }
      const auto type = split_words(facts.string(declaration.type_text));
      return has_phrase(type, "handler") || has_phrase(type, "listener") || has_phrase(type, "callback") ||
             has_phrase(type, "callable");
    }
  }
  if (value.kind == facts::ValueKind::object || value.kind == facts::ValueKind::array ||
      value.kind == facts::ValueKind::unknown) {
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
      if (is_function_value(context, file, child)) return true;
    }
  }
  return false;
}

// A class or function that is put somewhere to be found: `_types[cls.name] = cls`.
bool is_code(const Context& context, FileId file, facts::Index index) {
  if (index == 0) return false;
  const facts::FileFacts& facts = context.program.facts(file);
  const facts::Value& value = facts.values[index];
  if (value.kind != facts::ValueKind::path) return false;
  const facts::Path& path = facts.paths[value.ref];
  const Object object = context.symbols.of_path(file, path, path.steps);
  if (object.kind == Object::Kind::type || object.kind == Object::Kind::function) return true;
  if (path.root_kind != facts::RootKind::declaration || path.steps != 0) return false;
  const facts::Declaration& declaration = facts.declarations[path.root];
  if (declaration.kind != facts::DeclarationKind::parameter) return false;
  const std::string_view name = facts.string(declaration.name);
  const std::string_view type = facts.string(declaration.type_text);
  return any_of(name, {"cls", "klass", "ctor", "func", "fn"}) || type.starts_with("Type[") ||
         type.starts_with("type[") || type.starts_with("Callable");
}

// The value itself, or what the variable that it names was given first.
const facts::Value& made_value(const facts::FileFacts& facts, facts::Index index) {
  const facts::Value& value = facts.values[index];
  if (value.kind != facts::ValueKind::path) return value;
  const facts::Path& path = facts.paths[value.ref];
  if (path.root_kind != facts::RootKind::declaration || path.steps != 0) return value;
  return facts.values[facts.declarations[path.root].initial];
}

// Chain.instances.set(name, new Chain(name)), also through a variable.
bool makes_one_of(const Context& context, FileId file, facts::Index index, TypeId type) {
  if (index == 0 || type == 0) return false;
  const facts::FileFacts& facts = context.program.facts(file);
  const facts::Value& value = made_value(facts, index);
  if (value.kind != facts::ValueKind::construct && value.kind != facts::ValueKind::call) return false;
  const TypeId made = context.graph.target(context.program.calls.id(file, value.ref)).constructed;
  return made != 0 && context.symbols.canonical(made) == type;
}

// keys.cache = {}: what puts a member on an object from elsewhere is its declaration, and empties nothing.
bool declares(const Context& context, const State& state, const Operation& operation) {
  const facts::Declaration& declaration = context.program.declaration(state.declaration);
  return declaration.kind == facts::DeclarationKind::attached && declaration.line == operation.line &&
         context.program.declarations.place(state.declaration).file == operation.file;
}

// The two ends of a promise: what waits for them is a caller, not work.
bool is_waiter(const Context& context, FileId file, facts::Index index) {
  if (index == 0) return false;
  const facts::FileFacts& facts = context.program.facts(file);
  const facts::Value& value = facts.values[index];
  const auto tells = [](std::string_view name) { return name == "resolve" || name == "reject"; };
  if (value.key != 0 && tells(facts.string(value.key))) return true;
  // queue.push(async () => resolve(await work())): the work of a caller that waits for it.
  if (value.kind == facts::ValueKind::function) {
    const auto calls = context.graph.calls_in(context.program.functions.id(file, value.ref));
    return std::any_of(calls.begin(), calls.end(), [&](CallId call) {
      const facts::Path& path = facts.paths[facts.calls[context.program.calls.place(call).index].path];
      return path.root_kind == facts::RootKind::declaration && tells(facts.string(facts.declarations[path.root].name));
    });
  }
  if (value.kind == facts::ValueKind::path) {
    const facts::Path& path = facts.paths[value.ref];
    if (path.root_kind == facts::RootKind::declaration && path.steps == 0) {
      const facts::Declaration& declaration = facts.declarations[path.root];
      if (tells(facts.string(declaration.name))) return true;
      const facts::Value& initial = facts.values[declaration.initial];
      return initial.kind == facts::ValueKind::object && is_waiter(context, file, declaration.initial);
    }
  }
  if (value.kind == facts::ValueKind::object || value.kind == facts::ValueKind::array) {
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
      if (is_waiter(context, file, child)) return true;
    }
  }
  return false;
}

}  // namespace

// `new Client(..)` of a library: an object that can be made again.
bool makes_client(const Context& context, FileId file, facts::Index index) {
  const facts::FileFacts& facts = context.program.facts(file);
  const facts::Value& value = made_value(facts, index);
  if (value.kind != facts::ValueKind::construct && value.kind != facts::ValueKind::call) return false;
  const External& external = context.graph.target(context.program.calls.id(file, value.ref)).external;
  if (external.package == 0) return false;
  if (value.kind == facts::ValueKind::construct) return context.program.file(file).language != Language::rust;
  std::string_view symbol = context.program.text(external.symbol);
  symbol = symbol.substr(symbol.rfind('.') == std::string_view::npos ? 0 : symbol.rfind('.') + 1);
  return context.program.file(file).language == Language::python && !symbol.empty() && symbol.front() >= 'A' &&
         symbol.front() <= 'Z';
}

bool asks_for_time(const Context& context, FunctionId function) {
  for (const CallId call : context.graph.calls_in(function)) {
    const std::string_view name = context.graph.called_name(call);
    if (tells_time(name)) return true;
    if (name.empty() || (context.program.call(call).flags & facts::call_flag::construct)) {
      const Place place = context.program.calls.place(call);
      const facts::FileFacts& facts = context.program.facts(place.file);
      const facts::Path& path = facts.paths[facts.calls[place.index].path];
      if (path.root_kind == facts::RootKind::name && facts.string(path.root) == "Date") return true;
    }
  }
  return false;
}

std::set<std::string, std::less<>> operation_words(const Context& context, const State& state) {
  std::set<std::string, std::less<>> words;
  const catalog::Catalog& catalog = context.catalog;
  const auto& appending = catalog.words("appending_methods");
  const auto& incrementing = catalog.words("incrementing_methods");
  const auto& membership = catalog.words("membership_methods");
  const auto& passing = catalog.words("transparent_methods");
  std::set<std::pair<FunctionId, std::uint32_t>> changed;
  for (const Operation& operation : state.operations) {
    if (operation.mutates()) changed.emplace(operation.function, operation.line);
  }
  bool pushed = false;
  bool taken = false;
  bool set_true = false;
  bool set_false = false;
  struct Seen {
    bool reads = false, asks = false, adds = false, takes = false, sizes = false, empties = false, conditions = false,
         augments = false, sets = false, modifies = false;
  };
  std::map<FunctionId, Seen> by_function;
  std::set<std::string> groups;
  for (const Operation& operation : state.operations) {
    const facts::FileFacts& facts = context.program.facts(operation.file);
    Seen& seen = by_function[operation.function];
    if (any_of(operation.word, {"size", "length", "len", "count"})) seen.sizes = true;
    switch (operation.kind) {
      case Operation::Kind::add: {
        seen.adds = true;
        if (is_one_of(appending, operation.word)) {
          words.insert("push");
          pushed = true;
        } else {
          words.insert("set");
        }
        if (operation.nested) words.insert("nested_map");
        const Place call = context.program.calls.place(operation.call);
        const facts::Call& record = facts.calls[call.index];
        for (facts::Index a = record.first_argument; a != 0; a = facts.values[a].next) {
          if (is_waiter(context, operation.file, a)) words.insert("waiters");
          if (makes_client(context, operation.file, a)) words.insert("client");
          // or_insert_with(Order::new) is given how to make an entry, not the entry.
          const bool makes = operation.word.ends_with("_with") || operation.word.starts_with("get_or_");
          if (!makes && is_code(context, operation.file, a)) words.insert("code");
          if (makes_one_of(context, operation.file, a, state.type)) words.insert("own_instances");
          if (!makes && is_function_value(context, operation.file, a)) {
            words.insert("subscribe");
            words.insert("callback");
          }
        }
        break;
      }
      case Operation::Kind::store:
        seen.adds = true;
        // *self.bids.entry(lot).or_insert(0) = amount: an entry that may be there already is given a new value.
        if (operation.nested && context.program.file(operation.file).language == Language::rust) seen.modifies = true;
        words.insert("set");
        if (operation.value != 0 && is_function_value(context, operation.file, operation.value))
          words.insert("subscribe");
        if (is_code(context, operation.file, operation.value)) words.insert("code");
        if (makes_one_of(context, operation.file, operation.value, state.type)) words.insert("own_instances");
        break;
      case Operation::Kind::take:
        // What nothing calls drops nothing.
        if (any_of(operation.word, {"clear", "drain", "splice"})) seen.empties = true;
        if (context.liveness.phases(operation.function) == 0) break;
        seen.takes = true;
        taken = true;
        if (any_of(operation.word, {"shift", "popleft", "pop_front", "dequeue", "poll", "recv", "get_nowait", "heappop",
                                    "pop_first"})) {
          words.insert("shift");
        } else if (operation.word == "pop" || operation.word == "pop_back" || operation.word == "popitem") {
          words.insert(state.shape == Shape::list || state.shape == Shape::queue ? "pop" : "delete");
        } else if (any_of(operation.word, {"clear", "reset", "flush", "drain", "purge", "invalidate_all"})) {
          words.insert("clear");
        } else {
          words.insert("delete");
        }
        break;
      case Operation::Kind::augment:
        seen.augments = true;
        words.insert("increment");
        break;
      case Operation::Kind::replace: {
        if (declares(context, state, operation)) break;
        seen.sets = true;
        words.insert("replace");
        if (operation.value == 0) break;
        const facts::Value& value = facts.values[operation.value];
        if (value.kind == facts::ValueKind::boolean) {
          const std::string_view text = facts.string(value.text);
          (text == "true" || text == "True" ? set_true : set_false) = true;
        }
        if ((value.kind == facts::ValueKind::array || value.kind == facts::ValueKind::object) &&
            value.first_child == 0) {
          words.insert("clear");
          seen.empties = true;
          taken = true;
        }
        break;
      }
      case Operation::Kind::call: {
        // What answers is asked, not told: return handler(command).
        const facts::Call& asked = context.program.call(operation.call);
        const bool answers = asked.assigned_to != 0 || (asked.flags & facts::call_flag::returned) != 0;
        words.insert(answers ? "callback" : "emit");
        break;
      }
      case Operation::Kind::read:
        // map.lock().unwrap().insert(..): on the way to what is done, not a look inside.
        if (is_one_of(passing, operation.word) && changed.contains({operation.function, operation.line})) break;
        seen.reads = true;
        if (operation.condition) seen.conditions = true;
        if (is_one_of(membership, operation.word)) seen.asks = true;
        if (is_one_of(incrementing, operation.word)) words.insert("increment");
        if (any_of(operation.word,
                   {"values", "entries", "items", "forEach", "iter", "keys", "filter", "map", "for_each"}))
          words.insert("iterate");
        break;
    }
    // Which parts of create, read, list, update, delete the functions around it are, by their names.
    FunctionId named = operation.function;
    const auto verbs = split_words(context.program.name_of_function(named));
    if (!verbs.empty()) {
      const std::string& verb = verbs.front();
      if (any_of(verb, {"create", "add", "save", "insert", "put", "store", "set"})) groups.insert("create");
      if (any_of(verb, {"get", "find", "fetch", "read", "load", "lookup"})) groups.insert("get");
      if (any_of(verb, {"list", "all", "query", "search"})) groups.insert("list");
      if (any_of(verb, {"update", "modify", "patch", "edit", "rename"})) groups.insert("update");
      if (any_of(verb, {"delete", "remove", "destroy", "revoke"})) groups.insert("delete");
      if (any_of(verb, {"emit", "publish", "dispatch", "notify", "broadcast", "fire", "trigger"})) words.insert("emit");
      // onMessage() is called when there is one; on() is told what to call.
      if (any_of(verb, {"subscribe", "listen"}) || (verb == "on" && verbs.size() == 1)) words.insert("subscribe");
    }
  }
  constexpr std::uint32_t acts =
      effect::durable_write | effect::external | effect::local_file | effect::local_store | effect::publishes;
  for (const auto& [function, seen] : by_function) {
    if (seen.empties && seen.reads && (context.effects.reached(function) & acts) != 0) words.insert("drain");
    if (seen.asks && seen.adds) words.insert("has_add");
    if (seen.sizes && seen.takes) words.insert("bounded");
    bool counts = false;
    if (seen.adds || seen.augments || seen.sets) {
      const Counting counting = counting_in(context, state, function);
      counts = counting.counts;
      if (counting.counts && counting.asks) words.insert("increment");
      if (counting.counts && counting.acts) words.insert("acts_on_count");
      if ((seen.augments || counting.counts) && counting.decides) words.insert("increments_then_compares");
    }
    if (seen.reads && seen.adds && !seen.modifies && !counts) words.insert("get_or_create");
    if (seen.conditions && seen.sets && state.shape == Shape::flag) words.insert("guard");
    if (seen.adds || seen.augments || seen.reads || seen.sets) {
      const bool time = asks_for_time(context, function);
      if (time && (seen.adds || seen.augments)) words.insert("timestamp");
      if (time && mentions_expiry(context, function)) words.insert("expiry");
    }
    if (seen.adds) {
      for (const CallId call : context.graph.calls_in(function)) {
        const std::string_view name = context.graph.called_name(call);
        if (any_of(name, {"randomUUID", "uuid4", "new_v4", "nanoid", "token_hex", "token_urlsafe", "randomBytes",
                          "uuidv4", "now_v7", "v4"})) {
          words.insert("random_id");
        }
      }
    }
  }
  if (pushed && !taken) words.insert("append_only");
  if (set_true && set_false) words.insert("toggle");
  if (groups.size() >= 3) words.insert("crud");
  if (state.shape == Shape::map || state.shape == Shape::record) words.insert("keyed");
  return words;
}

}  // namespace detoy::analysis
