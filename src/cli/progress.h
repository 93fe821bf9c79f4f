// A line on standard error that tells how far a long run is. Shown on a terminal only, from the second second on.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace detoy::cli {

class Progress {
 public:
  // Shows "<what> <done>/<total>" until destroyed. `done` is read from another thread.
  Progress(std::string what, const std::atomic<std::size_t>& done, std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void run();

  std::string what_;
  const std::atomic<std::size_t>& done_;
  std::size_t total_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace detoy::cli
