// Timers that only keep connections of their own process.

#include "analysis/connections.h"
#include "analysis/scheduler.h"
#include "base/words.h"

namespace detoy::analysis {

// client.reconnect(), socket.ping(): done to a connection, and to keep it or to let it go.
bool Scheduler::is_upkeep(CallId call) const {
  const auto words = split_words(context_.graph.called_name(call));
  if (words.empty() || !is_one_of(context_.catalog.words("connection_upkeep"), words.front())) return false;
  const auto callees = context_.graph.callees(call);
  if (context_.graph.target(call).guessed || callees.empty()) return words.size() == 1;
  return std::all_of(callees.begin(), callees.end(), [&](FunctionId callee) {
    return context_.symbols.is_method(callee) && is_connection(context_, context_.symbols.owner(callee));
  });
}

// Whether all that the work does to the world outside is the upkeep of connections.
bool Scheduler::only_keeps_connections(const std::vector<FunctionId>& callbacks) const {
  constexpr int depth_limit = 3;
  constexpr std::uint32_t acts =
      effect::durable_write | effect::external | effect::publishes | effect::local_file | effect::local_store;
  std::vector<std::pair<FunctionId, int>> open;
  std::unordered_set<FunctionId> seen;
  const auto visit = [&](FunctionId id, int depth) {
    if (seen.insert(id).second) open.emplace_back(id, depth);
  };
  for (const FunctionId callback : callbacks) visit(callback, 0);
  bool keeps = false;
  while (!open.empty()) {
    const auto [id, depth] = open.back();
    open.pop_back();
    for (const FunctionId closure : context_.graph.closures_in(id)) visit(closure, depth);
    for (const CallId call : context_.graph.calls_in(id)) {
      if (is_upkeep(call)) {
        keeps = true;
        continue;
      }
      if (context_.effects.of_call(call) & acts) return false;
      for (const FunctionId callee : context_.graph.callees(call)) {
        if ((context_.effects.reached(callee) & acts) == 0) continue;
        if (depth >= depth_limit) return false;
        visit(callee, depth + 1);
      }
    }
  }
  return keeps;
}

}  // namespace detoy::analysis
