// Work that makes more work, shared by several threads.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace detoy::source {

// Workers take from it until every task is finished, not merely until it is empty: an unfinished one may bring more.
template <typename Task>
class WorkQueue {
 public:
  void push(std::vector<Task> tasks) {
    {
      const std::lock_guard lock(mutex_);
      unfinished_ += tasks.size();
      std::move(tasks.begin(), tasks.end(), std::back_inserter(tasks_));
    }
    changed_.notify_all();
  }

  bool pop(Task& task) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !tasks_.empty() || unfinished_ == 0; });
    if (tasks_.empty()) return false;
    task = std::move(tasks_.front());
    tasks_.pop_front();
    return true;
  }

  // To be called after the tasks that came of it were pushed.
  void finish() {
    bool all = false;
    {
      const std::lock_guard lock(mutex_);
      all = --unfinished_ == 0;
    }
    if (all) changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  std::size_t unfinished_ = 0;
};

}  // namespace detoy::source
