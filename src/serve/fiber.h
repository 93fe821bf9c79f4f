// A function that may pause, on a stack of its own, while its thread does other things.
//
// So a call that waits for the store holds no thread, although the primitives are written as if it did.
#pragma once

#include <boost/context/fiber.hpp>
#include <boost/context/stack_context.hpp>
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

#include "foundation/storage/pausing_engine.h"

namespace detoy::serve {

// Stacks that are used again and again. Thread-safe.
class StackPool {
 public:
  // Much more than the 8 KB that one call of each quick route (route.h) touched in preset dev; only what is touched
  // takes memory. Behind its end is a page that cannot be written.
  static constexpr std::size_t stack_bytes = 256 << 10;

  StackPool() = default;
  ~StackPool();
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;

  boost::context::stack_context take();
  void give_back(boost::context::stack_context stack);

 private:
  std::mutex mutex_;
  std::vector<boost::context::stack_context> free_;
};

// Used by one thread only; only the end of a pause may come from another. Must not be destroyed while it pauses.
class Fiber final : public foundation::Pause {
 public:
  // Runs a function on the fiber's thread, later. Thread-safe.
  using Post = std::function<void(std::function<void()>)>;

  // The pool must outlive it.
  Fiber(StackPool& stacks, Post post) : stacks_(stacks), post_(std::move(post)) {}

  // Begins `body`, which must not throw. True: it has ended. False: it pauses, and `ended`, which may destroy the
  // fiber, will be called in the fiber's thread.
  bool run(std::function<void()> body, std::function<void()> ended);
  // In `body` only, and not in a handler of exceptions: those are kept by thread.
  void until(const std::function<void(std::function<void()> end)>& begin) override;

 private:
  void enter();

  StackPool& stacks_;
  Post post_;
  std::function<void()> body_;
  std::function<void()> ended_;
  boost::context::fiber inside_;   // where it goes on; empty while it runs
  boost::context::fiber outside_;  // where its thread goes on; empty while it pauses
  const std::function<void(std::function<void()>)>* begin_ = nullptr;
  bool over_ = false;
  boost::context::stack_context stack_;
  void* inside_fake_stack_ = nullptr;  // AddressSanitizer's
  const void* outside_bottom_ = nullptr;
  std::size_t outside_bytes_ = 0;
};

}  // namespace detoy::serve
