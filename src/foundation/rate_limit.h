// Rate limits that all instances share. Contract: docs/foundation/rate_limit.md.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "foundation/place.h"
#include "foundation/rate_rule.h"
#include "foundation/storage/engine.h"

namespace detoy::foundation {

// One rule, applied to one caller.
struct RateCheck {
  std::string_view key;  // the caller: an address, a user, an API key
  const RateRule* rule = nullptr;
};

struct RateAnswer {
  bool allowed = false;
  // In the order of the checks. If any denies, none has taken anything, and `allowed` of the others says that they
  // would have.
  std::vector<RateVerdict> verdicts;
  // The check that decided: the one to wait for longest if denied, else the one with the least part remaining.
  std::size_t decisive = 0;
};

// Thread-safe; holds no state of its own. `tenant` and keys are at most 256 bytes of any text.
class RateLimit {
 public:
  // `durability` is an engine's; Redis keeps what it is set to keep.
  explicit RateLimit(Place place, Durability durability = Durability::process)
      : place_(place), durability_(durability) {}

  // Takes `cost` permits (at least 1) of all checks or of none. While Redis is gone and WhenGone::allow was chosen,
  // each call is answered as if nothing had been taken before.
  Result<RateAnswer> take(std::string_view tenant, std::span<const RateCheck> checks, std::int64_t cost = 1);
  // What take() would answer; takes nothing.
  Result<RateAnswer> peek(std::string_view tenant, std::span<const RateCheck> checks, std::int64_t cost = 1);
  // Gives a caller all permits of all rules back. Refused while Redis is gone.
  Result<void> reset(std::string_view tenant, std::string_view key);

  // The same within a unit of work, together with other writes: in an engine only.
  static Result<RateAnswer> take(Transaction& transaction, std::string_view tenant, std::span<const RateCheck> checks,
                                 std::int64_t cost = 1);
  static Result<void> reset(Transaction& transaction, std::string_view tenant, std::string_view key);
  // Deletes up to `most` states that mean nothing any more; how many there were.
  static Result<std::int64_t> sweep(Transaction& transaction, std::int64_t most);

 private:
  Result<RateAnswer> ask(std::string_view tenant, std::span<const RateCheck> checks, std::int64_t cost, bool take);

  Place place_;
  Durability durability_;
};

}  // namespace detoy::foundation
