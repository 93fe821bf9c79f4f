// Until when something may take, for instance a request to come.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "serve/beast.h"

namespace detoy::serve {

// Moving it costs nothing: its timer looks where it is when it runs out. Used by the thread of its loop only.
class Deadline {
 public:
  // `passed` may be called until this is destroyed, once for each time that it was set.
  Deadline(const Executor& executor, std::function<void()> passed)
      : watch_(std::make_shared<Watch>(executor, std::move(passed))) {}
  ~Deadline() {
    watch_->passed = nullptr;
    watch_->timer.cancel();
  }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void after(std::chrono::milliseconds time) {
    watch_->at = Clock::now() + time;
    // Else the timer is set already, and early enough.
    if (watch_->at < watch_->timer_at) set(watch_);
  }
  void never() { watch_->at = Clock::time_point::max(); }

 private:
  using Clock = std::chrono::steady_clock;
  // What the timer's handler needs, which may be called when this is gone.
  struct Watch {
    Watch(const Executor& executor, std::function<void()> call) : timer(executor), passed(std::move(call)) {}
    Timer timer;
    std::function<void()> passed;
    Clock::time_point at = Clock::time_point::max();
    Clock::time_point timer_at = Clock::time_point::max();
  };

  static void set(const std::shared_ptr<Watch>& watch) {
    watch->timer_at = watch->at;
    watch->timer.expires_at(watch->at);
    watch->timer.async_wait([watch](error_code error) {
      if (error || !watch->passed) return;
      watch->timer_at = Clock::time_point::max();
      if (watch->at == Clock::time_point::max()) return;
      if (Clock::now() < watch->at) {
        set(watch);
      } else {
        watch->at = Clock::time_point::max();
        watch->passed();
      }
    });
  }

  std::shared_ptr<Watch> watch_;
};

}  // namespace detoy::serve
