// What functions do to the world outside: durable writes, claims, messages, files; by themselves and through what they
// call.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/call_graph.h"
#include "analysis/client_names.h"
#include "analysis/libraries.h"

namespace detoy::analysis {

namespace effect {
enum : std::uint32_t {
  durable_read = 1u << 0,
  durable_write = 1u << 1,
  claim = 1u << 2,     // mutual exclusion across instances
  external = 1u << 3,  // HTTP, mail, messages
  local_file = 1u << 4,
  metrics = 1u << 5,
  deletes = 1u << 6,  // durable deletes only: clean-up of rows
  timer = 1u << 7,
  task = 1u << 8,
  publishes = 1u << 9,
  local_store = 1u << 10,      // writes of an embedded database or index: durable, but on this machine
  changes_outside = 1u << 11,  // an external effect that does more than ask
  upsert = 1u << 12,           // a write that leaves the same when it is done again
};
}  // namespace effect

// What a string says that is sent to a database.
std::uint32_t effects_of_sql(std::string_view text);

class Effects {
 public:
  Effects(const CallGraph& graph, const Libraries& libraries, const catalog::Catalog& catalog);

  // Of the function's own code and its closures that run with it.
  std::uint32_t direct(FunctionId function) const { return direct_[function]; }
  // Including all that it calls.
  std::uint32_t reached(FunctionId function) const { return reached_[function]; }
  // A call whose durable effect explains `mask` best: in the function itself or in what it calls directly; 0 if none.
  CallId witness(FunctionId function, std::uint32_t mask) const;
  std::uint32_t of_call(CallId call) const { return calls_[call]; }
  // The literal that claims work across instances, if the function or its direct callees have one.
  struct Claim {
    FileId file = no_file;
    std::uint32_t line = 0;
    std::string_view text;
  };
  Claim claim(FunctionId function) const;

 private:
  std::uint32_t effects_of_call(CallId call) const;
  std::uint32_t effects_by_name(CallId call) const;
  bool only_asks(CallId call) const;
  bool only_if_new(CallId call) const;
  static bool method_option(const facts::FileFacts& facts, const facts::Call& call);

  const CallGraph& graph_;
  const Libraries& libraries_;
  std::unordered_set<std::string_view> write_methods_;
  std::unordered_set<std::string_view> delete_methods_;
  std::unordered_set<std::string_view> neutral_methods_;
  std::unordered_set<std::string_view> new_only_options_;
  std::unordered_set<std::string_view> asking_methods_;
  std::unordered_set<std::string_view> sending_methods_;
  ClientNames client_names_;
  std::vector<std::uint32_t> calls_;
  std::vector<std::uint32_t> direct_;
  std::vector<std::uint32_t> reached_;
  std::unordered_map<FunctionId, Claim> claims_;
};

}  // namespace detoy::analysis
