// Where an endpoint stands among the events of its topic. It uses the rows of a group, but not as members of groups do:
// it reads in the order of positions, and its cursors go forward together.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/event_cursor.h"

namespace detoy::foundation {

// Changes when somebody else set the cursors.
Result<std::int64_t> fence_of(Transaction& transaction, std::int64_t group);
// Up to `most` dead letters that were redriven; if there are none, up to `most` events of the types (of all, if there
// are none) that come next. When there is nothing, the cursors are set to the end of the topic, or with types to the
// end of the next 10'000 positions, which are all that is looked at.
Result<std::vector<EventGroups::Delivery>> next_of(Transaction& transaction, const GroupRow& group,
                                                   const std::vector<std::string>& types, std::int64_t most);
// It was delivered.
Result<void> pass(Transaction& transaction, std::int64_t group, const EventGroups::Delivery& delivery);
// It was not, and is a dead letter now.
Result<void> give_up(Transaction& transaction, const GroupRow& group, const EventGroups::Delivery& delivery,
                     std::int64_t attempts, std::string_view error);
// A redriven dead letter failed, and is delivered again.
Result<void> note_attempts(Transaction& transaction, std::int64_t group, const EventGroups::Delivery& delivery,
                           std::int64_t attempts);
// Deletes the group, its cursors and its dead letters.
Result<void> forget_group(Transaction& transaction, std::int64_t group);

}  // namespace detoy::foundation
