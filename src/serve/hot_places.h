// Where each primitive keeps its state: in the engine, or some of them in Redis.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/place.h"

namespace detoy::serve {

class Log;
class Metrics;

// What the operator chose.
struct RedisUse {
  foundation::RedisStore* store = nullptr;  // null: all state is in the engine
  // The primitives that it has, and what each does when it is gone.
  std::map<std::string, foundation::WhenGone, std::less<>> primitives;

  // `kept`: names of primitives; none: all that may be kept in Redis. `when_gone`: PRIMITIVE=allow|refuse|store, where
  // it is not what the primitive usually does. Errors of category usage name what is wrong.
  static Result<RedisUse> read(const std::vector<std::string>& kept, const std::vector<std::string>& when_gone);
};

// Tells operators what the settings of Redis mean for what is kept in it.
void log_settings(const RedisUse& use, Log& log);

// Thread-safe.
class HotPlaces {
 public:
  // All must outlive this.
  HotPlaces(const RedisUse& use, Metrics& metrics, Log& log);

  // In `engine`, the store as a tenant may see it, unless it is in Redis.
  foundation::Place of(std::string_view primitive, foundation::Engine& engine) const;
  bool in_redis(std::string_view primitive) const {
    return use_.store != nullptr && use_.primitives.contains(primitive);
  }
  // Asks Redis whether it is there. The primitives that refuse because it is not, as a list for people; empty: none.
  std::string refusing() const;

 private:
  void tell(std::string_view primitive, foundation::WhenGone did);

  RedisUse use_;
  Metrics& metrics_;
  Log& log_;
  std::atomic<std::chrono::steady_clock::time_point> quiet_until_{};
  std::map<std::string, foundation::Place::Observer, std::less<>> observers_;
};

}  // namespace detoy::serve
