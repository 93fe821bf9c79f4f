#include "base/parallel.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>

namespace detoy {
namespace {

TEST(WorkerCount, IsWhatIsAskedForAndNeverNone) {
  EXPECT_EQ(worker_count(7), 7u);
  EXPECT_GE(worker_count(0), 1u);
}

TEST(ParallelFor, VisitsEveryIndexOnce) {
  std::vector<std::atomic<int>> visits(10'000);
  parallel_for(visits.size(), 8, [&] { return [&](std::size_t i) { ++visits[i]; }; });
  for (const auto& count : visits) ASSERT_EQ(count.load(), 1);
}

TEST(ParallelFor, OneThreadGoesInOrder) {
  std::vector<std::size_t> order;
  parallel_for(5, 1, [&] { return [&](std::size_t i) { order.push_back(i); }; });
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
}

TEST(ParallelFor, NothingToDoCallsNoWorker) {
  int calls = 0;
  parallel_for(0, 4, [&] { return [&](std::size_t) { ++calls; }; });
  EXPECT_EQ(calls, 0);
}

TEST(ParallelFor, MakesNoMoreWorkersThanThereIsWork) {
  std::atomic<int> workers = 0;
  parallel_for(3, 64, [&] {
    ++workers;
    return [](std::size_t) {};
  });
  EXPECT_GE(workers.load(), 1);
  EXPECT_LE(workers.load(), 3);
}

TEST(ParallelFor, WorkerBelongsToOneThread) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::atomic<int> foreign = 0;
  parallel_for(2'000, 4, [&] {
    const std::thread::id owner = std::this_thread::get_id();
    const std::lock_guard guard(mutex);
    threads.insert(owner);
    return [&foreign, owner](std::size_t) {
      if (std::this_thread::get_id() != owner) ++foreign;
    };
  });
  EXPECT_EQ(foreign.load(), 0);
  EXPECT_LE(threads.size(), 4u);
}

}  // namespace
}  // namespace detoy
