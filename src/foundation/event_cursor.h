// The rows of a group: where it stands in each partition of its topic, and to whom the partition is lent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/event_group.h"
#include "foundation/event_topic.h"

namespace detoy::foundation {

struct GroupRow {
  TopicRow topic;
  std::int64_t id = 0;
};

struct CursorRow {
  std::int64_t partition = 0;
  std::int64_t committed = 0;
  std::int64_t delivered = 0;  // the last position that was given out under the token
  std::int64_t token = 0;
  std::string member;  // empty: it is not lent
  Micros lease_until = 0;
  std::int64_t failing = 0;  // the position that failed
  std::int64_t attempts = 0;
  Micros wait_until = 0;         // nothing is delivered before
  std::int64_t redriven = 0;     // 1: there may be redriven dead letters
  std::int64_t redelivered = 0;  // the last dead letter that was given out under the token; 0: none is open

  // Dead letters and new events are never open at once: then a commit means the one or the other.
  bool open() const { return delivered > committed || redelivered > 0; }
};

Result<void> check_group(const EventGroups::Group& group);
Result<std::optional<GroupRow>> find_group(Transaction& transaction, const EventGroups::Group& group);
// An error of category conflict if there is none.
Result<GroupRow> need_group(Transaction& transaction, const EventGroups::Group& group);
// Creates the topic, too, if there is none.
Result<GroupRow> find_or_create_group(Transaction& transaction, const EventGroups::Group& group,
                                      EventGroups::Start start, bool& fresh);

// In the order of partitions; held until the transaction ends.
Result<std::vector<CursorRow>> cursors_of(Transaction& transaction, std::int64_t group);
Result<std::optional<CursorRow>> cursor_of(Transaction& transaction, std::int64_t group, std::int64_t partition);
Result<void> put_cursor(Transaction& transaction, std::int64_t group, const CursorRow& cursor);

// The member counts as one of the group until then.
Result<void> note_member(Transaction& transaction, std::int64_t group, std::string_view member, Micros until);

std::unexpected<Error> lost_loan(const EventGroups::Group& group, std::int64_t partition);

}  // namespace detoy::foundation
