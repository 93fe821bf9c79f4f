// How timer_sites.h looks at timers and detached tasks. Private to their analysis.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/site_draft.h"

namespace detoy::analysis {

// What a callback comes to, over all that it calls.
struct Work {
  std::uint32_t effects = 0;
  bool loops = false;        // it has an endless or sleeping loop
  bool own_state = false;    // it changes state of this process
  bool cleans = false;       // it or what it calls is named after cleaning up
  bool beats = false;        // it tells others that this instance lives, or keeps its lease
  bool flushes = false;      // it or what it calls writes out a buffer
  bool counts_only = false;  // it only feeds metrics
  std::string name;
};

class Scheduler {
 public:
  explicit Scheduler(const Context& context) : context_(context) {}
  std::vector<Draft> find();

 private:
  void look_at(CallId call);
  void look_at_decorator(FileId file, const facts::Decorator& decorator);
  Work work_of(const std::vector<FunctionId>& callbacks) const;
  bool loops(FunctionId function) const;
  void judge(Draft& draft, const Work& work, const std::vector<FunctionId>& callbacks,
             const catalog::Library& library) const;
  void task(CallId call, const catalog::Library* library, const std::vector<FunctionId>& callbacks);
  void timer(CallId call, const catalog::Library& library, const std::vector<FunctionId>& callbacks);
  void unawaited(CallId call);
  bool scheduled(FunctionId function) const;
  bool delay_of_promise(CallId call) const;
  bool cleared_here(CallId call) const;
  std::vector<FunctionId> callbacks_of(CallId call) const;
  void add_decorated(CallId call, const facts::Path& path, std::vector<FunctionId>& found) const;
  void finish(Draft draft, CallId call);

  const Context& context_;
  std::vector<Draft> drafts_;
};

// Whether a pause under this branch paces a loop; one in an error branch only backs off.
bool paces(const facts::FileFacts& facts, facts::Index branch);

}  // namespace detoy::analysis
