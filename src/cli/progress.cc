#include "cli/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace detoy::cli {

using namespace std::chrono_literals;

Progress::Progress(std::string what, const std::atomic<std::size_t>& done, std::size_t total)
    : what_(std::move(what)), done_(done), total_(total) {
  if (::isatty(STDERR_FILENO) == 1) thread_ = std::thread([this] { run(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void Progress::run() {
  std::unique_lock lock(mutex_);
  if (stop_.wait_for(lock, 1s, [this] { return stopping_; })) return;
  do {
    fmt::print(stderr, "\r\033[K{} {}/{}", what_, done_.load(), total_);
    std::fflush(stderr);
  } while (!stop_.wait_for(lock, 100ms, [this] { return stopping_; }));
  fmt::print(stderr, "\r\033[K");
}

}  // namespace detoy::cli
