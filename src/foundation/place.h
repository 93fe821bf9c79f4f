// Where a primitive keeps its state: in the engine, or in Redis beside it, and then what is done while Redis is gone.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "foundation/storage/engine.h"
#include "foundation/storage/redis_store.h"

namespace detoy::foundation {

// What a call does that finds Redis gone. docs/foundation/engines.md has it for each primitive.
enum class WhenGone : std::uint8_t {
  refuse,  // an error of category unavailable
  allow,   // goes on as if nothing were kept: nobody is limited, nothing is cached, breakers are closed
  store,   // works in the engine, which knows nothing of what Redis has
};

// The primitives that may be kept in Redis.
struct HotPrimitive {
  std::string_view name;
  WhenGone usual;
  bool may_allow;
  bool may_store;
  constexpr bool may(WhenGone what) const {
    return what == WhenGone::refuse || (what == WhenGone::allow ? may_allow : may_store);
  }
};
// Two would hold a lock, or do the same work, if these two did not refuse. An engine's cache would answer with what was
// invalidated in Redis since it was used last.
inline constexpr std::array hot_primitives = std::to_array<HotPrimitive>({
    {"rate_limit", WhenGone::store, true, true},
    {"cache", WhenGone::allow, true, false},
    {"lock", WhenGone::refuse, false, false},
    {"idempotency", WhenGone::refuse, false, false},
    {"breaker", WhenGone::allow, true, true},
});

// By the clock of this machine, for answers while Redis, whose clock it would be, is gone.
inline Micros system_now() {
  using std::chrono::system_clock;
  return micros(std::chrono::duration_cast<std::chrono::microseconds>(system_clock::now().time_since_epoch()));
}

// A value: copies are of the same place. What it names must outlive it.
class Place {
 public:
  // Is told of each call that found Redis gone, and what it did instead. Called by many threads at once.
  using Observer = std::function<void(WhenGone did)>;

  // NOLINTNEXTLINE(google-explicit-constructor): an engine is a place
  Place(Engine& engine) : engine_(&engine) {}
  Place(Engine& engine, RedisStore* redis, WhenGone when_gone, const Observer* observer = nullptr)
      : engine_(&engine), redis_(redis), when_gone_(when_gone), observer_(observer) {}

  // The same place, which refuses where this one does `what`.
  Place refusing(WhenGone what) const {
    Place same = *this;
    if (same.when_gone_ == what) same.when_gone_ = WhenGone::refuse;
    return same;
  }

  Engine& engine() const { return *engine_; }
  // Null: the state is in the engine.
  RedisStore* redis() const { return redis_; }

  // One call, by the place. `in_engine`: function without parameters; `in_redis`: function of RedisStore&; `without`:
  // function without parameters, what the call comes to if nothing were kept. All return the same Result.
  template <typename InEngine, typename InRedis, typename Without>
  auto call(InEngine&& in_engine, InRedis&& in_redis, Without&& without) const -> std::invoke_result_t<InEngine> {
    if (redis_ == nullptr) return in_engine();
    auto answer = in_redis(*redis_);
    if (!gone(answer)) return answer;
    tell(when_gone_);
    if (when_gone_ == WhenGone::allow) return without();
    if (when_gone_ == WhenGone::store) return in_engine();
    return answer;
  }
  // The same for what must not be lost: refused while Redis is gone, whatever was chosen.
  template <typename InEngine, typename InRedis>
  auto call_or_refuse(InEngine&& in_engine, InRedis&& in_redis) const -> std::invoke_result_t<InEngine> {
    if (redis_ == nullptr) return in_engine();
    auto answer = in_redis(*redis_);
    if (gone(answer)) tell(WhenGone::refuse);
    return answer;
  }

 private:
  template <typename Answer>
  static bool gone(const Answer& answer) {
    return !answer && answer.error().category == ErrorCategory::unavailable;
  }
  void tell(WhenGone did) const {
    if (observer_ != nullptr) (*observer_)(did);
  }

  Engine* engine_;
  RedisStore* redis_ = nullptr;
  WhenGone when_gone_ = WhenGone::refuse;
  const Observer* observer_ = nullptr;
};

}  // namespace detoy::foundation
