// Leases that exclude others across instances, with fencing tokens. Contract: docs/foundation/lock.md.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "foundation/place.h"
#include "foundation/storage/engine.h"

namespace detoy::foundation {

struct Lease {
  // Greater than that of every lease of this lock before. Whoever is protected by the lock should refuse a token that
  // is smaller than one it has seen: its holder was too slow, and another has the lease now.
  std::int64_t token = 0;
  Micros expires_at = 0;
};

// Thread-safe; holds no state of its own. Names and owners are at most 256 bytes of any text. An owner is one holder at
// a time: give each task its own. Asking again as the holder renews the lease and keeps its token, so that a request
// whose answer was lost can be repeated.
class Lock {
 public:
  struct Request {
    std::string_view tenant;
    std::string_view name;
    std::string_view owner;
    std::chrono::microseconds lease{};  // 1 ms to 1 day
  };
  struct Answer {
    std::optional<Lease> lease = {};  // none: somebody else holds it, or is next
    Micros held_until = 0;            // if not granted: when the holder's lease ends unless it is renewed
    std::int64_t ahead = 0;           // if waiting: how many wait longer
  };

  // `durability` is an engine's; Redis keeps what it is set to keep. While Redis is gone all calls are refused,
  // whatever the place says: else two would hold the same lock.
  explicit Lock(Place place, Durability durability = Durability::machine) : place_(place), durability_(durability) {}

  // Takes the lease if it is free and nobody waits for it.
  Result<Answer> try_acquire(const Request& request);
  // Waits for it behind those who came before, in whatever instance, at most so long.
  Result<Answer> acquire(const Request& request, std::chrono::microseconds at_most);
  // Makes the lease last from now. An error of category conflict if it was lost: expired, released, or taken over.
  Result<Lease> renew(const Request& request, std::int64_t token);
  // Ends the lease. False if it was not held with this token any more, which is no error.
  Result<bool> release(std::string_view tenant, std::string_view name, std::int64_t token);
  // Whether a lease with this token is held: for those who are protected, within their own unit of work. In an engine
  // only: no unit of work sees Redis, and the token itself is what protects.
  static Result<bool> holds(Transaction& transaction, std::string_view tenant, std::string_view name,
                            std::int64_t token);

  // Forgets up to `most` locks whose last lease ended more than a day ago; how many. Tokens of the tenant's new locks
  // are greater than theirs.
  static Result<std::int64_t> sweep(Transaction& transaction, std::int64_t most);

  // One step of acquire() in an engine: takes the lease, or the place in the queue until `patience` has passed without
  // another step.
  static Result<Answer> step(Transaction& transaction, const Request& request,
                             std::optional<std::chrono::microseconds> patience);

 private:
  Result<Answer> one_step(const Request& request, std::optional<std::chrono::microseconds> patience);
  Result<void> leave_queue(const Request& request);

  Place place_;
  Durability durability_;
};

}  // namespace detoy::foundation
