// Tells those of this process who wait for events of a topic that there are new ones. Events that another process
// published are not heard of here: whoever waits also asks the store now and then.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace detoy::serve {

// Thread-safe.
class EventBell {
 public:
  void ring(std::string_view tenant, std::string_view topic);
  // How often it rang; may count other topics, too. Take the number before looking for events, and nothing is missed.
  std::uint64_t count(std::string_view tenant, std::string_view topic) const;
  // Until it has rung since `count` was that, the time has come, or close() was called.
  void wait(std::string_view tenant, std::string_view topic, std::uint64_t count,
            std::chrono::steady_clock::time_point until);
  // The same for all topics.
  std::uint64_t count() const;
  void wait(std::uint64_t count, std::chrono::steady_clock::time_point until);
  // Nobody waits any more.
  void close();
  bool closed() const { return closed_; }

 private:
  struct Place {
    mutable std::mutex mutex;
    std::condition_variable rung;
    std::uint64_t count = 0;
  };
  static std::size_t index_of(std::string_view tenant, std::string_view topic);
  void wait(Place& place, std::uint64_t count, std::chrono::steady_clock::time_point until);

  std::array<Place, 64> places_;
  Place all_;
  std::atomic<bool> closed_ = false;
};

}  // namespace detoy::serve
