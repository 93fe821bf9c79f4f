#include "analysis/effects.h"

#include <algorithm>
#include <array>
#include <deque>

#include "analysis/conditional_updates.h"

namespace detoy::analysis {

using catalog::Library;

namespace {

bool mentions(std::string_view text, std::string_view lower_word) {
  const auto same = [](char a, char b) { return static_cast<char>(a | 0x20) == b; };
  return std::search(text.begin(), text.end(), lower_word.begin(), lower_word.end(), same) != text.end();
}

// "not found for update. Skipping" locks nothing.
bool is_no_sentence(std::string_view text) {
  constexpr std::array parts = std::to_array<std::string_view>(
      {"select", "insert", "delete from", "merge into", " set ", "redis.call", "with ("});
  if (std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return mentions(text, part); })) return true;
  // A part of a statement, or the name of a function or mode.
  constexpr std::size_t longest = 40;
  return text.size() <= longest && text.find(". ") == std::string_view::npos &&
         text.find(':') == std::string_view::npos;
}

}  // namespace

std::uint32_t effects_of_sql(std::string_view text) {
  std::uint32_t result = 0;
  const bool updates = mentions(text, "update ") && mentions(text, " set ");
  if (mentions(text, "insert into") || updates) result |= effect::durable_write;
  if (mentions(text, "delete from")) result |= effect::durable_write | effect::deletes;
  if (mentions(text, "select ") && mentions(text, "from ")) result |= effect::durable_read;
  return result;
}

Effects::Effects(const CallGraph& graph, const Libraries& libraries, const catalog::Catalog& catalog)
    : graph_(graph), libraries_(libraries), client_names_(graph.program(), catalog) {
  for (const std::string& word : catalog.words("writing_methods")) write_methods_.insert(word);
  for (const std::string& word : catalog.words("durable_delete_methods")) delete_methods_.insert(word);
  for (const std::string& word : catalog.words("durable_neutral_methods")) neutral_methods_.insert(word);
  for (const std::string& word : catalog.words("new_only_options")) new_only_options_.insert(word);
  for (const std::string& word : catalog.words("asking_methods")) asking_methods_.insert(word);
  for (const std::string& word : catalog.words("sending_methods")) sending_methods_.insert(word);
  const Program& program = graph.program();
  calls_.assign(program.calls.size(), 0);
  direct_.assign(program.functions.size(), 0);
  for (CallId call = 0; call < program.calls.size(); ++call) {
    const Place place = program.calls.place(call);
    if (place.index == 0) continue;
    calls_[call] = effects_of_call(call);
    if ((calls_[call] & effect::durable_write) && only_if_new(call)) calls_[call] |= effect::claim;
  }
  std::vector<bool> writes(calls_.size());
  for (CallId call = 0; call < calls_.size(); ++call) writes[call] = (calls_[call] & effect::durable_write) != 0;
  for (const CallId call : conditional_updates(graph, catalog, writes)) calls_[call] |= effect::claim;
  for (CallId call = 0; call < calls_.size(); ++call) {
    if (calls_[call] != 0) direct_[graph.function_of(call)] |= calls_[call];
  }
  for (FileId file = 0; file < program.files().size(); ++file) {
    const facts::FileFacts& facts = program.facts(file);
    for (const facts::Literal& literal : facts.literals) {
      const FunctionId function = program.functions.id(file, literal.function);
      const std::string_view text = facts.string(literal.text);
      direct_[function] |= effects_of_sql(text);
      if (libraries.of_literal(text, Library::Effect::upsert) != nullptr) direct_[function] |= effect::upsert;
      if (libraries.of_literal(text, Library::Effect::claim) != nullptr && is_no_sentence(text)) {
        direct_[function] |= effect::claim;
        claims_.emplace(function, Claim{file, literal.line, text});
      }
    }
  }
  // Closures act for the function they stand in; what is called acts for the caller.
  reached_ = direct_;
  std::deque<FunctionId> open;
  for (FunctionId id = 0; id < reached_.size(); ++id) {
    if (reached_[id] != 0) open.push_back(id);
  }
  const auto give = [&](FunctionId to, std::uint32_t mask) {
    if ((reached_[to] | mask) == reached_[to]) return;
    reached_[to] |= mask;
    open.push_back(to);
  };
  while (!open.empty()) {
    const FunctionId id = open.front();
    open.pop_front();
    const std::uint32_t mask = reached_[id];
    for (const CallId call : graph.callers(id)) give(graph.function_of(call), mask);
    const Place place = program.functions.place(id);
    if (place.index != 0) {
      const facts::Function& function = program.facts(place.file).functions[place.index];
      if (function.parent != 0 || !graph.symbols().is_method(id)) {
        if (function.parent != 0) give(program.functions.id(place.file, function.parent), mask);
      }
    }
  }
}

std::uint32_t Effects::effects_of_call(CallId call) const {
  const Target& target = graph_.target(call);
  if (target.external.package == 0 && target.external.symbol == 0) return effects_by_name(call);
  const Program& program = graph_.program();
  const Language language = program.file(program.calls.place(call).file).language;
  std::string_view method = graph_.called_name(call);
  if (method.empty()) {
    const std::string_view symbol = program.text(target.external.symbol);  // from sqlalchemy import delete
    method = symbol.substr(symbol.rfind('.') + 1);
  }
  if (target.runs != 0) {
    const facts::FileFacts& facts = program.facts(program.calls.place(call).file);
    const facts::Path& path = facts.paths[facts.values[target.runs].ref];
    if (path.steps > 0) method = facts.string(facts.steps[path.first_step + path.steps - 1].name);
  }
  std::uint32_t result = 0;
  bool known = false;
  for (const Library* library : libraries_.of(target.external, language)) {
    known = known || (library->effect != Library::Effect::endpoint && library->effect != Library::Effect::startup &&
                      library->effect != Library::Effect::injectable && library->effect != Library::Effect::cleanup);
    switch (library->effect) {
      case Library::Effect::durable:
        if (neutral_methods_.contains(method) || (program.call(call).flags & facts::call_flag::construct)) break;
        if (write_methods_.contains(method)) result |= effect::durable_write;
        if (delete_methods_.contains(method)) result |= effect::durable_write | effect::deletes;
        result |= effect::durable_read;
        break;
      case Library::Effect::state:
        // An embedded store: written, but on this machine.
        if ((library->kind == "file_store" || library->kind == "search_index" || library->kind == "entity_store") &&
            write_methods_.contains(method) &&
            program.text(target.external.symbol).find('.') != std::string_view::npos) {
          result |= effect::local_store;
        }
        break;
      case Library::Effect::claim:
        result |= effect::claim;
        break;
      case Library::Effect::upsert:
        result |= effect::upsert;
        break;
      case Library::Effect::external:
        result |= effect::external;
        if (!only_asks(call)) result |= effect::changes_outside;
        break;
      case Library::Effect::local_file:
        result |= effect::local_file;
        break;
      case Library::Effect::metrics:
        result |= effect::metrics;
        break;
      case Library::Effect::timer:
        result |= effect::timer;
        break;
      case Library::Effect::task:
        result |= effect::task;
        break;
      default:
        break;
    }
  }
  return known ? result : result | effects_by_name(call);
}

// A client that hangs on a framework's object has no type that could be followed: its name and the verb tell.
std::uint32_t Effects::effects_by_name(CallId call) const {
  const Program& program = graph_.program();
  if (!graph_.callees(call).empty() && !graph_.target(call).guessed) return 0;
  const facts::Call& record = program.call(call);
  if (record.path == 0 || (record.flags & facts::call_flag::construct)) return 0;
  const FileId file = program.calls.place(call).file;
  const facts::Path& path = program.facts(file).paths[record.path];
  const std::uint32_t result = client_names_.effects(file, path);
  if (result == 0) return 0;
  const Object receiver = graph_.symbols().of_path(file, path, path.steps - 1);
  return receiver.kind == Object::Kind::unknown || receiver.kind == Object::Kind::external ? result : 0;
}

// redis.set(key, owner, "PX", 60000, "NX"), client.set(key, owner, nx=True): one instance succeeds.
bool Effects::only_if_new(CallId call) const {
  const Program& program = graph_.program();
  const facts::FileFacts& facts = program.facts(program.calls.place(call).file);
  const auto says = [&](const facts::Value& value) {
    if (value.kind == facts::ValueKind::string) return new_only_options_.contains(facts.string(value.text));
    const bool off = value.kind == facts::ValueKind::null ||
                     (value.kind == facts::ValueKind::boolean && mentions(facts.string(value.text), "false"));
    return value.key != 0 && !off && new_only_options_.contains(facts.string(value.key));
  };
  for (facts::Index a = program.call(call).first_argument; a != 0; a = facts.values[a].next) {
    if (says(facts.values[a])) return true;
    if (facts.values[a].kind != facts::ValueKind::object) continue;
    for (facts::Index child = facts.values[a].first_child; child != 0; child = facts.values[child].next) {
      if (says(facts.values[child])) return true;
    }
  }
  return false;
}

// GET requests, and what builds clients and requests.
bool Effects::only_asks(CallId call) const {
  const Program& program = graph_.program();
  const Place place = program.calls.place(call);
  const facts::FileFacts& facts = program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  if (record.flags & facts::call_flag::construct) return true;
  const External& external = graph_.target(call).external;
  const std::string_view symbol = program.text(external.symbol);
  const std::string_view last = symbol.substr(symbol.rfind('.') + 1);
  bool asks = !last.empty() && last.front() >= 'A' && last.front() <= 'Z';  // Python: an object is made
  asks = asks || (symbol == "default" && mentions(program.text(external.package), "fetch"));
  for (std::string_view rest = symbol; !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find('.'));
    if (sending_methods_.contains(name)) return false;
    asks = asks || asking_methods_.contains(name);
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
  }
  return asks && !method_option(facts, record);
}

// fetch(url, { method: 'POST' }); options that are made elsewhere may say so, too.
bool Effects::method_option(const facts::FileFacts& facts, const facts::Call& call) {
  const bool plain = facts.paths[call.path].steps <= 1;  // fetch(url, options), not client.get(url, options)
  for (facts::Index a = call.first_argument; a != 0; a = facts.values[a].next) {
    if (plain && a != call.first_argument && facts.values[a].kind == facts::ValueKind::path) return true;
    for (facts::Index child = facts.values[a].first_child; child != 0; child = facts.values[child].next) {
      if (facts.string(facts.values[child].key) != "method") continue;
      const std::string_view method = facts.string(facts.values[child].text);
      if (method != "GET" && method != "get" && method != "HEAD") return true;
    }
  }
  return false;
}

CallId Effects::witness(FunctionId function, std::uint32_t mask) const {
  for (const CallId call : graph_.calls_in(function)) {
    if (calls_[call] & mask) return call;
  }
  for (const CallId call : graph_.calls_in(function)) {
    for (const FunctionId callee : graph_.callees(call)) {
      if (direct_[callee] & mask) return call;
    }
  }
  for (const CallId call : graph_.calls_in(function)) {
    for (const FunctionId callee : graph_.callees(call)) {
      if (reached_[callee] & mask) return call;
    }
  }
  return 0;
}

Effects::Claim Effects::claim(FunctionId function) const {
  std::deque<std::pair<FunctionId, int>> open = {{function, 0}};
  std::unordered_set<FunctionId> seen = {function};
  while (!open.empty()) {
    const auto [id, depth] = open.front();
    open.pop_front();
    const auto found = claims_.find(id);
    if (found != claims_.end()) return found->second;
    for (const CallId call : graph_.calls_in(id)) {
      if (calls_[call] & effect::claim) {
        const Place place = graph_.program().calls.place(call);
        return {place.file, graph_.program().call(call).line, graph_.called_name(call)};
      }
    }
    if (depth >= 5) continue;
    const auto visit = [&](FunctionId next) {
      if (seen.insert(next).second) open.emplace_back(next, depth + 1);
    };
    for (const FunctionId closure : graph_.closures_in(id)) visit(closure);
    for (const CallId call : graph_.calls_in(id)) {
      for (const FunctionId callee : graph_.callees(call)) visit(callee);
    }
  }
  return {};
}

}  // namespace detoy::analysis
