// Requests that are done once, however often they are sent. Contract: docs/foundation/idempotency.md.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "foundation/place.h"
#include "foundation/storage/engine.h"

namespace detoy::foundation {

// Thread-safe; holds no state of its own. Keys are at most 256 bytes of any text.
class Idempotency {
 public:
  struct Request {
    std::string_view tenant;
    std::string_view key;
    // Tells whether it is the same request: a digest of method, path and body, at most 256 bytes. The key must not come
    // with another one before it is forgotten.
    std::string_view fingerprint;
    std::chrono::microseconds lease{};  // how long the work may take: 1 ms to 1 day
    std::chrono::microseconds keep{};   // how long the response is kept, from complete() on: 1 s to 366 days
  };
  enum class Outcome {
    begun,        // the caller does the work, then calls complete() with the token
    in_progress,  // another does it; its lease ends at `until`
    replay,       // it was done: `response` is what complete() was given
    mismatch,     // the key was used for a different request
  };
  struct Answer {
    Outcome outcome = Outcome::begun;
    std::int64_t token = 0;
    Micros until = 0;
    std::string response = {};
  };

  // `durability` is an engine's; Redis keeps what it is set to keep. While Redis is gone all calls are refused,
  // whatever the place says: else the same work would be done twice.
  explicit Idempotency(Place place, Durability durability = Durability::machine)
      : place_(place), durability_(durability) {}

  // Work whose lease has ended without complete() is given to the next who asks: what it did in the store was undone
  // with its unit of work if it completes in there; what it did elsewhere may be done again.
  Result<Answer> begin(const Request& request);
  // Keeps the response. An error of category conflict if the lease was lost to another meanwhile: then its work counts.
  Result<void> complete(const Request& request, std::int64_t token, std::string_view response);
  // Gives the key back, for instance after an error that trying again may mend. False if it was not held any more.
  Result<bool> abandon(const Request& request, std::int64_t token);

  // The same within a unit of work, so that the response is kept if and only if the work is done: in an engine only.
  static Result<Answer> begin(Transaction& transaction, const Request& request);
  static Result<void> complete(Transaction& transaction, const Request& request, std::int64_t token,
                               std::string_view response);
  // Deletes up to `most` keys whose time is over; how many there were.
  static Result<std::int64_t> sweep(Transaction& transaction, std::int64_t most);

 private:
  Place place_;
  Durability durability_;
};

}  // namespace detoy::foundation
