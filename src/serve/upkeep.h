// What must be done although nobody asks for it: forgetting what is over, firing what is due.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "foundation/storage/engine.h"
#include "serve/metrics.h"

namespace detoy::serve {

class Log;

// One thread, from construction to destruction. Instances may do it side by side: each task is a unit of work.
class Upkeep {
 public:
  Upkeep(foundation::Engine& engine, Metrics& metrics, Log& log, std::chrono::milliseconds every);
  ~Upkeep();
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;

  // Thread-safe. Since when no whole round succeeded.
  std::chrono::milliseconds since_success() const;
  // Thread-safe. The last rounds all failed, so others' writes most likely fail as well.
  bool failing() const { return failed_rounds_ >= 2; }

 private:
  void run(const std::stop_token& stop);
  bool round();

  foundation::Engine& engine_;
  Metrics& metrics_;
  Log& log_;
  std::chrono::milliseconds every_;
  std::atomic<std::chrono::steady_clock::time_point> succeeded_;
  std::atomic<int> failed_rounds_ = 0;
  std::mutex mutex_;
  std::condition_variable_any wakes_;
  std::jthread thread_;
};

}  // namespace detoy::serve
