// What the records of a type must be like: a JSON Schema, the fields that queries use, and the states that they go
// through. Contract: docs/foundation/entity.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace detoy::foundation {

// Queries find records by it. Records where it is absent or null are not in the index; other values must be of the
// kind.
struct EntityField {
  enum class Kind { text, number };

  std::string path;  // a JSON pointer to a member: "/customer/email"
  Kind kind = Kind::text;
  bool unique = false;  // no two records of the type have the same value, except deleted ones

  bool operator==(const EntityField&) const = default;
};

// A record begins in the initial state, and only goes from one state to another where a transition is declared. A patch
// that names the state that the record is in is a transition, too, and so is a replacement that does not say which
// version it replaces: a payment that is captured cannot be captured again, unless captured -> captured is declared.
struct StateMachine {
  std::string field;  // a JSON pointer to the member that holds the state
  std::string initial;
  std::vector<std::string> states;                               // 1 to 64
  std::vector<std::pair<std::string, std::string>> transitions;  // from, to

  bool operator==(const StateMachine&) const = default;
};

struct EntityType {
  // JSON Schema, draft 7, up to 64 KiB. Empty: any object will do. Refused, since anybody may define a type: `pattern`
  // and `patternProperties` (matching can take exponential time), references to other documents (nothing is ever
  // fetched), references that lead back to themselves without going down, keywords that are not known. `format` is not
  // checked.
  std::string schema = {};
  std::vector<EntityField> fields = {};  // up to 16
  std::optional<StateMachine> states = {};

  bool operator==(const EntityType&) const = default;
};

// An error of category usage tells what is wrong with a definition.
Result<void> check(const EntityType& type);

// Whether a record that is in state `from` may be in state `to` now; `from` is empty for a new one. `renamed`: naming
// the state that it is in counts as a transition. `subject` names the record in the error, of category conflict:
// "payment p1".
Result<void> check_transition(const StateMachine& states, std::string_view subject, std::string_view from,
                              std::string_view to, bool renamed);

}  // namespace detoy::foundation
