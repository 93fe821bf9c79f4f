// How much one call answers at most, so that it takes neither the memory of the server nor the time of other callers:
// 8 MiB, and what the last row is beyond that.
#pragma once

#include <cstddef>
#include <cstdint>

#include "foundation/storage/engine.h"

namespace detoy::foundation {

// Used within one unit of work.
class AnswerRoom {
 public:
  // How many of the next `most` rows there is room for: at least one, however great it is. `sizes` gives the bytes of
  // each of them in its first column, in their order.
  Result<std::int64_t> rows(Transaction& transaction, const Statement& sizes, std::initializer_list<Param> params,
                            std::int64_t most) const {
    // So few are not worth a look: each has a bound of its own.
    constexpr std::int64_t few = 8;
    if (most <= few) return most;
    const auto found = transaction.run(sizes, params);
    if (!found) return std::unexpected(found.error());
    std::int64_t count = 0;
    std::int64_t bytes = 0;
    while (count < static_cast<std::int64_t>(found->size())) {
      bytes += found->number(static_cast<std::size_t>(count), 0);
      if (bytes > left_ && count > 0) return count;
      ++count;
    }
    return most;
  }
  void take(std::size_t bytes) { left_ -= static_cast<std::int64_t>(bytes); }
  bool full() const { return left_ <= 0; }

 private:
  std::int64_t left_ = std::int64_t{8} << 20;
};

}  // namespace detoy::foundation
