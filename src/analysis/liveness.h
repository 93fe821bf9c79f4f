// What production runs, and when: which files are loaded, which functions and types are reached from an entry point,
// and whether a function runs while the process starts, while it serves, or both.
#pragma once

#include <vector>

#include "analysis/call_graph.h"
#include "analysis/libraries.h"
#include "analysis/serving_loops.h"

namespace detoy::analysis {

namespace phase {
enum : std::uint8_t { startup = 1, runtime = 2 };
}

class Liveness {
 public:
  Liveness(const CallGraph& graph, const Libraries& libraries, const catalog::Catalog& catalog,
           const source::Tree& tree);

  bool file(FileId id) const { return files_[id]; }
  bool entry(FileId id) const { return entries_[id]; }
  bool function(FunctionId id) const { return functions_[id]; }
  bool type(TypeId id) const { return types_[id]; }
  // When the function runs, by what is known of its callers; 0 if nothing in the repository calls it.
  // Whether a Rust static of a file that production loads has an object of the type: `static ORDERS: OnceLock<Orders>`.
  bool is_static(TypeId id) const { return statics_[id]; }
  std::uint8_t phases(FunctionId id) const { return phases_[id]; }
  bool runs_while_serving(FunctionId id) const { return (phases_[id] & phase::runtime) != 0; }
  bool only_at_startup(FunctionId id) const { return phases_[id] == phase::startup; }
  // Whether code of a function that runs at start-up stands in a loop that waits for connections or messages.
  bool in_serving_loop(FileId file, facts::Index branch) const { return loops_.covers(file, branch); }
  const ServingLoops& loops() const { return loops_; }
  // A function that a framework calls: a route handler, a scheduled or subscribed method.
  bool handler(FunctionId id) const { return handlers_[id]; }
  // Whether the call gives a framework a class to make one object of, which it asks about each request.
  bool registers_middleware(CallId call) const;
  // False when the repository has no entry point in any language.
  bool has_entries() const { return has_entries_; }
  // True when the file's language has no entry point: then all of it counts as live, and its wiring is unknown.
  bool offered(FileId id) const { return offered_[id]; }
  // Whether code of the package handles requests, messages or schedules, rather than being run and done.
  bool serves(std::uint32_t package) const;
  const source::Tree& tree() const { return tree_; }

 private:
  bool depends_on(std::string_view path, std::string_view framework) const;
  void find_entries();
  bool starts_a_server(FileId id) const;
  bool makes_application(CallId call) const;
  void load_files();
  void note_taken_unseen(FileId id);
  std::vector<FileId> crates_in(FileId id) const;
  void find_statics();
  void find_handlers();
  void find_serving();
  void reach();
  void spread_phases();
  void find_what_runs_apart();
  bool goes_round(FunctionId function) const;
  bool waits_in_variable(FunctionId block) const;
  bool registers_setup(CallId call) const;
  bool sets_up(FunctionId function) const;
  bool hands_over_hook(CallId call) const;
  bool takes_application(FunctionId function) const;
  bool production(FileId id) const;

  const CallGraph& graph_;
  const Program& program_;
  const Libraries& libraries_;
  const catalog::Catalog& catalog_;
  const source::Tree& tree_;
  ServingLoops loops_;
  std::vector<bool> files_, entries_, functions_, types_, statics_, handlers_;
  std::vector<bool> started_;  // handlers that a framework calls once, before it serves
  std::vector<std::uint8_t> phases_;
  std::vector<bool> offered_;
  std::vector<bool> by_place_;    // files that a framework finds by their place
  std::vector<bool> runs_apart_;  // by call
  // What modules offer that are loaded by a call, so that nobody sees what is taken from them.
  std::vector<FunctionId> taken_unseen_;
  std::vector<TypeId> types_taken_unseen_;
  bool has_entries_ = false;
  std::vector<bool> serving_;  // by package; the last is for files of none
};

}  // namespace detoy::analysis
