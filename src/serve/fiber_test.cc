#include "serve/fiber.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <thread>

namespace detoy::serve {
namespace {

using Task = std::function<void()>;

// The fiber's thread: the test's own, which runs what was posted when it is told to.
class FiberTest : public testing::Test {
 protected:
  Fiber::Post post() {
    return [this](Task task) { posted_.push_back(std::move(task)); };
  }
  void run_posted() {
    while (!posted_.empty()) {
      const Task task = std::move(posted_.front());
      posted_.pop_front();
      task();
    }
  }
  StackPool stacks_;
  std::deque<Task> posted_;
  std::string story_;
};

TEST_F(FiberTest, ABodyThatDoesNotPauseHasEndedWhenRunReturns) {
  Fiber fiber(stacks_, post());
  EXPECT_TRUE(fiber.run([&] { story_ += "body "; }, [&] { story_ += "ended "; }));
  EXPECT_EQ(story_, "body ");
}

TEST_F(FiberTest, APauseLeavesTheThreadToOthersUntilItsEnd) {
  Fiber fiber(stacks_, post());
  Task end;
  EXPECT_FALSE(fiber.run(
      [&] {
        story_ += "first ";
        fiber.until([&](Task told) { end = std::move(told); });
        story_ += "second ";
      },
      [&] { story_ += "ended "; }));
  run_posted();
  EXPECT_EQ(story_, "first ");
  end();
  EXPECT_EQ(story_, "first ");  // only its own thread goes on
  run_posted();
  EXPECT_EQ(story_, "first second ended ");
}

TEST_F(FiberTest, APauseMayEndBeforeItHasBegun) {
  Fiber fiber(stacks_, post());
  const auto at_once = [](const Task& end) { end(); };
  EXPECT_FALSE(fiber.run(
      [&] {
        for (int i = 0; i < 3; ++i) fiber.until(at_once);
        story_ += "done ";
      },
      [&] { story_ += "ended "; }));
  run_posted();
  EXPECT_EQ(story_, "done ended ");
}

TEST_F(FiberTest, ManyPauseAtATimeAndEachKeepsItsOwnStack) {
  constexpr int count = 50;
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::vector<Task> ends(count);
  int right = 0;
  for (int i = 0; i < count; ++i) {
    fibers.push_back(std::make_unique<Fiber>(stacks_, post()));
    Fiber& fiber = *fibers.back();
    EXPECT_FALSE(fiber.run(
        [&, i] {
          const std::string own(1000, static_cast<char>('a' + i % 26));
          for (int pause = 0; pause < 2; ++pause) fiber.until([&](Task end) { ends[i] = std::move(end); });
          right += own == std::string(1000, static_cast<char>('a' + i % 26));
        },
        [] {}));
  }
  for (int pause = 0; pause < 2; ++pause) {
    for (int i = count; i-- > 0;) ends[i]();
    run_posted();
  }
  EXPECT_EQ(right, count);
}

TEST_F(FiberTest, AnExceptionThatTheBodyCatchesDoesNoHarm) {
  Fiber fiber(stacks_, post());
  const auto at_once = [](const Task& end) { end(); };
  EXPECT_FALSE(fiber.run(
      [&] {
        try {
          fiber.until(at_once);
          throw std::runtime_error("thrown");
        } catch (const std::runtime_error& error) {
          story_ += error.what();
        }
        fiber.until(at_once);
      },
      [&] { story_ += " ended"; }));
  run_posted();
  EXPECT_EQ(story_, "thrown ended");
}

TEST_F(FiberTest, AnotherThreadMayEndThePause) {
  Fiber fiber(stacks_, post());
  std::jthread other;
  EXPECT_FALSE(
      fiber.run([&] { fiber.until([&](const Task& end) { other = std::jthread(end); }); }, [&] { story_ = "ended"; }));
  other.join();
  run_posted();
  EXPECT_EQ(story_, "ended");
}

}  // namespace
}  // namespace detoy::serve
