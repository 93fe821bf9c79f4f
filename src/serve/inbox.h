// What other threads want done by the thread of a loop.
#pragma once

#include <boost/asio/post.hpp>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "serve/beast.h"

namespace detoy::serve {

// A commit ends many pauses at once: the loop is woken for all of them together. Thread-safe.
class Inbox {
 public:
  // The loop must run until all that was put in is done.
  explicit Inbox(Loop& loop) : loop_(loop) {}

  void put(std::function<void()> task) {
    bool first = false;
    {
      const std::lock_guard guard(mutex_);
      first = tasks_.empty();
      tasks_.push_back(std::move(task));
    }
    if (first) asio::post(loop_, [this] { run_all(); });
  }

 private:
  void run_all() {
    std::vector<std::function<void()>> tasks;
    {
      const std::lock_guard guard(mutex_);
      tasks.swap(tasks_);
    }
    for (const std::function<void()>& task : tasks) task();
  }

  Loop& loop_;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
};

}  // namespace detoy::serve
