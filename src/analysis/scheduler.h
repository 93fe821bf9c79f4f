// How timer_sites.h looks at timers and detached tasks. Private to their analysis.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "analysis/site_draft.h"

namespace detoy::analysis {

// What a callback comes to, over all that it calls.
struct Work {
  std::uint32_t effects = 0;
  bool loops = false;             // it has an endless or sleeping loop
  bool own_state = false;         // it changes state of this process
  bool cleans = false;            // it or what it calls is named after cleaning up
  bool beats = false;             // it tells others that this instance lives, or keeps its lease
  bool flushes = false;           // it or what it calls writes out a buffer
  bool counts_only = false;       // it only feeds metrics
  bool calls_registered = false;  // it calls functions that were registered, and nobody sees which
  bool acts_unseen = false;       // it saves or deletes by objects of which nobody sees what they are
  std::string name;
  bool only_deletes = true;  // of shared records, it changes none but those that it deletes
};

// How a call's result goes on: f(x).then(..).catch(..).
struct Chain {
  bool handled = false;  // then, catch or finally stand at its end
  bool dropped = false;  // nobody uses what comes out
  bool waited = false;   // it is awaited or returned
  std::vector<CallId> handlers;
};

class Scheduler {
 public:
  explicit Scheduler(const Context& context) : context_(context) {}
  std::vector<Draft> find();

 private:
  void find_timed_work();
  void look_at(CallId call);
  void look_at_decorator(FileId file, const facts::Decorator& decorator);
  Work work_of(const std::vector<FunctionId>& callbacks) const;
  void find_registered_calls();
  bool loops(FunctionId function) const;
  bool reports_on_itself(const Draft& draft, const Work& work) const;
  bool goes_on_at_start(const std::vector<FunctionId>& callbacks) const;
  bool reaches_end_of_process(const std::vector<FunctionId>& callbacks) const;
  bool only_upserts(const Work& work, const std::vector<FunctionId>& callbacks) const;
  // `once`: a delay, which nobody repeats after a restart.
  void judge(Draft& draft, const Work& work, const std::vector<FunctionId>& callbacks, bool once = false) const;
  void task(CallId call, const std::vector<FunctionId>& callbacks);
  void timer(CallId call, std::vector<FunctionId> callbacks);
  void timer_of_unknown_work(CallId call, std::string_view name);
  bool named_like_a_timer(const External& external, Language language) const;
  FunctionId delayed_work(const std::vector<FunctionId>& callbacks) const;
  bool does_nothing(const std::vector<FunctionId>& callbacks) const;
  std::vector<FunctionId> functions_under(FileId file, std::string_view key) const;
  facts::Index unknown_callback(CallId call, std::string_view name) const;
  std::string names_in_arguments(CallId call) const;
  bool of_local_interval(CallId call) const;
  bool tells_of_life(const std::vector<std::string>& words, FunctionId function) const;
  inventory::Risk risk_of_timer(const Draft& draft, const Work& work, const std::vector<FunctionId>& callbacks) const;
  void place_at_loop(Draft& draft, FunctionId work, FileId started) const;
  void background_loop(CallId call, const Work& work, const std::vector<FunctionId>& callbacks);
  bool sends_to_channel(CallId call) const;
  bool is_best_effort(const Draft& draft, const std::vector<FunctionId>& callbacks) const;
  bool ends_the_process(const std::vector<FunctionId>& callbacks) const;
  bool detaches_by_name(CallId call) const;
  void library_work(CallId call);
  void report_task(CallId call, const Work& work, const std::vector<FunctionId>& callbacks);
  std::string_view name_of_work(FunctionId closure, int depth) const;
  // connection_upkeep.cc
  bool is_upkeep(CallId call) const;
  // Whether the words of a name in the function say what is asked for.
  using Saying = std::function<bool(const std::vector<std::string>& words, FunctionId function)>;
  bool amounts_to(const std::vector<FunctionId>& callbacks, const Saying& says_so) const;
  bool is_cleanup(const std::vector<FunctionId>& callbacks) const;
  bool only_keeps_connections(const std::vector<FunctionId>& callbacks) const;
  // unawaited.cc: promises that nobody waits for.
  void unawaited(CallId call);
  bool records_history(FunctionId function) const;
  bool tells_of_what_is_saved(CallId call, std::string_view name) const;
  void unawaited_write(CallId call, const Chain& chain);
  // Whether the function, its closures or what it calls directly write a store.
  bool saves_itself(FunctionId function) const;
  bool runs_for_somebody(CallId call) const;
  Chain chain_of(CallId call) const;
  bool handed_on(CallId call, const Chain& chain) const;
  bool settles(FileId file, const facts::Value& handler) const;
  bool acknowledges(const std::vector<FunctionId>& callbacks) const;
  bool waits_for_response(CallId listening) const;
  std::vector<FunctionId> started_by(CallId call) const;
  std::string_view nearest_name(FunctionId function) const;
  bool inside_timer(FunctionId function) const;
  bool is_listener(FunctionId function) const;
  // detaching_helpers.cc
  bool follows_stream(const std::vector<FunctionId>& callbacks) const;
  bool cancelled_here(const facts::FileFacts& facts, facts::Index call) const;
  bool pauses(CallId call) const;
  bool waits_between_rounds(FunctionId function) const;
  bool acts_unseen(CallId call) const;
  bool waits_for(const facts::FileFacts& facts, facts::Index variable) const;
  void find_detaching_helpers();
  void note_detached_parameter(FileId file, const facts::Path& path);
  void note_detached_argument(FileId file, const facts::Value& argument, int depth);
  bool is_future(const facts::Path& path, const facts::FileFacts& facts) const;
  // Positions of parameters by the function that has them.
  using Parameters = std::unordered_map<FunctionId, std::set<std::uint32_t>>;
  void note_parameter(FileId file, facts::Index parameter, Parameters& found) const;
  std::vector<FunctionId> handed_to_helper(CallId call, const Parameters& helpers) const;
  bool makes_future(CallId call) const;
  // timing_helpers.cc
  void find_timing_helpers();
  bool repeats_forever(CallId call) const;
  bool repeats(CallId call) const;
  facts::Index work_argument(CallId call) const;
  bool inside_timing_helper(FunctionId function) const;
  // work_channels.cc
  void work_channel(CallId call);
  std::vector<FunctionId> consumers(const std::vector<FunctionId>& receivers) const;
  DeclarationId keeper(const std::vector<DeclarationId>& holders) const;
  void work_in(FileId file, facts::Index value, std::vector<FunctionId>& found, int depth) const;
  // task_risk.cc
  std::vector<std::string> words_of_work(const std::vector<FunctionId>& callbacks) const;
  bool only_enqueues(const std::vector<FunctionId>& callbacks) const;
  bool writes_before(CallId call) const;
  bool notifies(std::string_view name) const;
  inventory::Risk risk_of_task(CallId call, const Work& work, std::string_view name,
                               const std::vector<FunctionId>& callbacks) const;
  void merge_tasks();
  bool scheduled(FunctionId function) const;
  bool delay_of_promise(CallId call) const;
  bool cleared_here(CallId call) const;
  std::vector<FunctionId> callbacks_of(CallId call) const;
  void add_decorated(CallId call, const facts::Path& path, std::vector<FunctionId>& found) const;
  void finish(Draft draft, CallId call);
  void wire(Draft& draft, CallId call) const;

  const Context& context_;
  bool says(const std::vector<std::string>& words, std::string_view list) const;

  std::vector<Draft> drafts_;
  // Functions that call what was put into a list or table, and what is seen to be put there.
  std::unordered_map<FunctionId, std::vector<FunctionId>> registered_;
  // Positions of the parameters that a function starts and does not wait for.
  Parameters detached_parameters_;
  // Positions of the parameters that a function runs again and again.
  Parameters timed_parameters_;
  // Delays by what they run: one that sets itself again is one site.
  std::map<std::pair<FileId, FunctionId>, std::size_t> delays_;
  // What timers run, and what that calls: part of the timer's work wherever else it is called.
  std::unordered_set<FunctionId> timed_;
};

// Whether a pause under this branch paces a loop; one in an error branch only backs off.
bool paces(const facts::FileFacts& facts, facts::Index branch);

}  // namespace detoy::analysis
