// Values that can be had again, kept where all instances find them. Contract: docs/foundation/cache.md.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "foundation/place.h"
#include "foundation/storage/engine.h"

namespace detoy::foundation {

// Thread-safe; holds no state of its own but its bounds. Keys and tags are at most 256 bytes of any text.
class Cache {
 public:
  struct Bounds {  // of one tenant
    std::int64_t entries = 100'000;
    std::int64_t bytes = 256 << 20;      // of keys and values
    std::int64_t value_bytes = 4 << 20;  // of one value
  };
  struct Entry {
    std::string value;
    std::int64_t version = 0;  // greater than that of every value that the key had before
    Micros expires_at = 0;
  };
  struct Put {
    std::string_view tenant;
    std::string_view key;
    std::string_view value;
    std::chrono::microseconds keep{};             // 1 ms to 366 days
    std::span<const std::string_view> tags = {};  // up to 16; invalidate() drops by them
    std::optional<std::int64_t> if_version = {};  // only if the key has this version; 0: only if it has no value
  };
  enum class Outcome {
    hit,   // `entry`
    fill,  // nobody fills it: the caller does, and calls fill() with `token`
    wait,  // another caller fills it; its lease ends at `until`
  };
  struct Answer {
    Outcome outcome = Outcome::fill;
    Entry entry = {};
    std::int64_t token = 0;
    Micros until = 0;
  };

  // `durability` is an engine's; Redis keeps what it is set to keep. While Redis is gone and WhenGone::allow was
  // chosen, nothing is found and nothing is kept; what drops values is refused, since they would be there again
  // afterwards. The engine is never asked instead, WhenGone::store refuses: it may have values that were dropped from
  // Redis since.
  explicit Cache(Place place, Bounds bounds, Durability durability = Durability::process)
      : place_(place.refusing(WhenGone::store)), bounds_(bounds), durability_(durability) {}
  explicit Cache(Place place) : Cache(place, Bounds()) {}

  Result<std::optional<Entry>> get(std::string_view tenant, std::string_view key);
  // The version that the value got; none if `if_version` was not met, or Redis is gone. What is over the tenant's
  // bounds goes: first what expires first.
  Result<std::optional<std::int64_t>> set(const Put& put);
  // Whether there was a value. A fill that is under way is not taken any more.
  Result<bool> remove(std::string_view tenant, std::string_view key);
  // Drops all that was put with the tag; how many. Fills of these keys that are under way are not taken any more.
  Result<std::int64_t> invalidate(std::string_view tenant, std::string_view tag);

  // Of all who find the key empty at once, one gets to fill it for the time of the lease; the others wait or do
  // without.
  Result<Answer> get_or_fill(std::string_view tenant, std::string_view key, std::chrono::microseconds lease);
  // Keeps what the holder of the lease found. False if the lease has ended, or the key was removed or set meanwhile:
  // then the value may be out of date already. `if_version` says nothing here.
  Result<bool> fill(const Put& put, std::int64_t token);

  // Deletes up to `most` entries whose time is over; how many there were.
  static Result<std::int64_t> sweep(Transaction& transaction, std::int64_t most);

 private:
  Result<void> check(const Put& put) const;
  Result<std::int64_t> store(Transaction& transaction, const Put& put, std::int64_t version) const;

  Place place_;
  Bounds bounds_;
  Durability durability_;
};

}  // namespace detoy::foundation
