// Dead letters that were redriven: what poll() gives out of them, and what commit() settles.
#pragma once

#include <cstdint>
#include <vector>

#include "foundation/answer_room.h"
#include "foundation/event_cursor.h"

namespace detoy::foundation {

// Gives out up to `most` redriven dead letters of the cursor's partition, as there is room, and notes it in the cursor.
Result<void> deliver_letters(Transaction& transaction, const GroupRow& group, CursorRow& cursor, std::int64_t most,
                             AnswerRoom& room, std::vector<EventGroups::Delivery>& deliveries);
// What was given out of them under the cursor's token, up to the position, is done.
Result<void> settle_letters(Transaction& transaction, std::int64_t group, CursorRow& cursor, std::int64_t position);

// An event of the topic becomes a dead letter of the group; cursors stay where they are.
Result<void> bury(Transaction& transaction, const GroupRow& group, const EventGroups::Failure& failure,
                  std::int64_t attempts);

}  // namespace detoy::foundation
