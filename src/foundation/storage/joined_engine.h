// A unit of work that is open already, as an engine: what is written through it is written with the rest of the unit,
// or not at all.
#pragma once

#include "foundation/storage/engine.h"

namespace detoy::foundation {

// Used within the unit, by its thread. Durability is that of the unit. After an error the unit must end with it.
class JoinedEngine final : public Engine {
 public:
  explicit JoinedEngine(Transaction& transaction) : transaction_(transaction) {}

 protected:
  Result<void> write_unit(Durability /*durability*/, const Unit& unit) override { return unit(transaction_); }
  Result<void> read_unit(const Unit& unit) override { return unit(transaction_); }

 private:
  Transaction& transaction_;
};

}  // namespace detoy::foundation
