#include "serve/fiber.h"

#include <boost/context/protected_fixedsize_stack.hpp>
#include <utility>

// GCC has the one, clang the other.
#if defined(__SANITIZE_ADDRESS__)
#define DETOY_TELLS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DETOY_TELLS_SANITIZER
#endif
#endif
#ifdef DETOY_TELLS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

namespace detoy::serve {
namespace {

namespace context = boost::context;

constexpr std::size_t most_kept = 256;

// As Boost wants it.
struct TakenStack {
  StackPool* pool;
  context::stack_context stack;
  context::stack_context allocate() const { return stack; }
  void deallocate(context::stack_context& used) const { pool->give_back(used); }
};

// AddressSanitizer must know on which stack the thread is. https://github.com/google/sanitizers/issues/189
void leave_for([[maybe_unused]] void** fake_stack, [[maybe_unused]] const void* bottom,
               [[maybe_unused]] std::size_t bytes) {
#ifdef DETOY_TELLS_SANITIZER
  __sanitizer_start_switch_fiber(fake_stack, bottom, bytes);
#endif
}
void arrived([[maybe_unused]] void* fake_stack, [[maybe_unused]] const void** from_bottom,
             [[maybe_unused]] std::size_t* from_bytes) {
#ifdef DETOY_TELLS_SANITIZER
  __sanitizer_finish_switch_fiber(fake_stack, from_bottom, from_bytes);
#endif
}

}  // namespace

StackPool::~StackPool() {
  for (context::stack_context& stack : free_) context::protected_fixedsize_stack().deallocate(stack);
}

context::stack_context StackPool::take() {
  {
    const std::lock_guard guard(mutex_);
    if (!free_.empty()) {
      const context::stack_context stack = free_.back();
      free_.pop_back();
      return stack;
    }
  }
  return context::protected_fixedsize_stack(stack_bytes).allocate();
}

void StackPool::give_back(context::stack_context stack) {
  {
    const std::lock_guard guard(mutex_);
    if (free_.size() < most_kept) {
      free_.push_back(stack);
      return;
    }
  }
  context::protected_fixedsize_stack().deallocate(stack);
}

bool Fiber::run(std::function<void()> body, std::function<void()> ended) {
  body_ = std::move(body);
  ended_ = std::move(ended);
  over_ = false;
  stack_ = stacks_.take();
  inside_ = context::fiber(std::allocator_arg, TakenStack{&stacks_, stack_}, [this](context::fiber&& outside) {
    arrived(nullptr, &outside_bottom_, &outside_bytes_);
    outside_ = std::move(outside);
    body_();
    over_ = true;
    leave_for(nullptr, outside_bottom_, outside_bytes_);
    return std::move(outside_);
  });
  enter();
  return over_;
}

// Until it pauses or is over.
void Fiber::enter() {
  void* fake_stack = nullptr;
  leave_for(&fake_stack, static_cast<char*>(stack_.sp) - stack_.size, stack_.size);
  inside_ = std::move(inside_).resume();
  arrived(fake_stack, nullptr, nullptr);
  if (over_) return;
  // Only now, when it can be entered again.
  const auto* begin = std::exchange(begin_, nullptr);
  (*begin)([this] {
    post_([this] {
      enter();
      if (!over_) return;
      // It may destroy this.
      const auto ended = std::move(ended_);
      ended();
    });
  });
}

void Fiber::until(const std::function<void(std::function<void()> end)>& begin) {
  begin_ = &begin;
  leave_for(&inside_fake_stack_, outside_bottom_, outside_bytes_);
  outside_ = std::move(outside_).resume();
  arrived(inside_fake_stack_, &outside_bottom_, &outside_bytes_);
}

}  // namespace detoy::serve
