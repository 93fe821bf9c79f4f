// Work spread over threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace detoy {

inline unsigned worker_count(unsigned wanted) {
  if (wanted > 0) return wanted;
  const unsigned cores = std::thread::hardware_concurrency();
  return cores == 0 ? 1 : cores;
}

// Calls make_worker() once per thread, and what it returns for every index in [0, count). The calls must not throw.
template <typename MakeWorker>
void parallel_for(std::size_t count, unsigned threads, MakeWorker make_worker) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    auto worker = make_worker();
    for (std::size_t i = next++; i < count; i = next++) worker(i);
  };
  std::vector<std::jthread> others;
  const unsigned wanted = worker_count(threads);
  for (unsigned i = 1; i < wanted && i < count; ++i) others.emplace_back(run);
  run();
}

}  // namespace detoy
