// How partitions are lent to the members of a group, and what a member gets of them.
#include <algorithm>

#include "foundation/answer_room.h"
#include "foundation/bounds.h"
#include "foundation/event_cursor.h"
#include "foundation/event_dead_letter.h"
#include "foundation/event_envelope.h"
#include "foundation/event_group.h"

namespace detoy::foundation {
namespace {

constexpr std::int64_t most_in_a_poll = 1'000;

constexpr Statement members = "SELECT member, seen_until FROM event_member WHERE group_id = $1";
constexpr Statement forget_members = "DELETE FROM event_member WHERE group_id = $1 AND seen_until <= $2";
// Where something is open, only heartbeat() may prolong it: whoever polls need not be who got it.
constexpr Statement prolong =
    "UPDATE event_cursor SET lease_until = $4 WHERE group_id = $1 AND member = $2 AND lease_until > $3 "
    "AND delivered = committed AND redelivered = 0";
constexpr Statement behind =
    "SELECT " DETOY_EVENT_COLUMNS
    " FROM event WHERE topic = $1 AND partition = $2 AND position > $3 ORDER BY position LIMIT $4";
constexpr Statement sizes_behind =
    "SELECT length(data) FROM event WHERE topic = $1 AND partition = $2 AND position > $3 ORDER BY position LIMIT $4";
constexpr Statement anything =
    "SELECT 1 FROM event_cursor WHERE group_id = $1 AND wait_until <= $4 AND (member = '' OR lease_until <= $4 "
    "OR (member = $3 AND delivered = committed AND redelivered = 0)) "
    "AND (redriven = 1 OR EXISTS (SELECT 1 FROM event WHERE event.topic = $2 "
    "AND event.partition = event_cursor.partition AND event.position > event_cursor.committed)) LIMIT 1";

// One poll of one member, within its unit of work.
class Round {
 public:
  Round(Transaction& transaction, const GroupRow& group, const EventGroups::Poll& poll)
      : transaction_(transaction), group_(group), poll_(poll), until_(transaction.now() + poll.lease.count()) {}

  Result<EventGroups::Polled> run() {
    if (const auto done = find_share(); !done) return std::unexpected(done.error());
    auto cursors = cursors_of(transaction_, group_.id);
    if (!cursors) return std::unexpected(cursors.error());
    cursors_ = std::move(*cursors);
    if (const auto done = give_up(); !done) return std::unexpected(done.error());
    const auto prolonged = transaction_.run(prolong, {group_.id, poll_.member, transaction_.now(), until_});
    if (!prolonged) return std::unexpected(prolonged.error());
    take();
    if (const auto done = deliver(); !done) return std::unexpected(done.error());
    return std::move(polled_);
  }

 private:
  struct Held {
    CursorRow* cursor = nullptr;
    bool changed = false;
    bool more = false;  // there may be more events than were taken
  };

  // Partitions are shared among the members that polled lately; the first ones by name get what is left over.
  Result<void> find_share() {
    if (const auto noted = note_member(transaction_, group_.id, poll_.member, until_); !noted) return noted;
    const auto rows = transaction_.run(members, {group_.id});
    if (!rows) return std::unexpected(rows.error());
    std::int64_t alive = 0;
    std::int64_t before = 0;
    for (std::size_t i = 0; i < rows->size(); ++i) {
      if (rows->number(i, 1) <= transaction_.now()) continue;
      ++alive;
      if (rows->text(i, 0) < poll_.member) ++before;
    }
    share_ = group_.topic.partitions / alive + (before < group_.topic.partitions % alive ? 1 : 0);
    if (alive == static_cast<std::int64_t>(rows->size())) return {};
    const auto forgotten = transaction_.run(forget_members, {group_.id, transaction_.now()});
    if (!forgotten) return std::unexpected(forgotten.error());
    return {};
  }

  bool lent(const CursorRow& cursor) const { return !cursor.member.empty() && cursor.lease_until > transaction_.now(); }

  Result<void> give_up() {
    std::int64_t own = std::count_if(cursors_.begin(), cursors_.end(), [&](const CursorRow& cursor) {
      return lent(cursor) && cursor.member == poll_.member;
    });
    for (CursorRow& cursor : cursors_) {
      if (!lent(cursor) || cursor.member != poll_.member) continue;
      if (own > share_ && !cursor.open()) {
        cursor.member.clear();
        cursor.lease_until = 0;
        if (const auto done = put_cursor(transaction_, group_.id, cursor); !done) return done;
        --own;
        continue;
      }
      if (!cursor.open()) cursor.lease_until = until_;
      held_.push_back({.cursor = &cursor});
    }
    return {};
  }

  void take() {
    for (CursorRow& cursor : cursors_) {
      if (static_cast<std::int64_t>(held_.size()) >= share_) return;
      if (lent(cursor)) continue;
      ++cursor.token;
      cursor.member = poll_.member;
      cursor.lease_until = until_;
      cursor.delivered = cursor.committed;
      cursor.redelivered = 0;
      held_.push_back({.cursor = &cursor, .changed = true});
    }
  }

  std::int64_t left() const { return poll_.most - static_cast<std::int64_t>(polled_.deliveries.size()); }

  // Every partition that has something gets a part of what is asked for. It begins with another one each time, so that
  // one with many events does not keep the others from a member that asks for few.
  Result<void> deliver() {
    const auto count = static_cast<std::int64_t>(held_.size());
    for (std::int64_t i = 0; i < count && left() > 0 && !room_.full(); ++i) {
      Held& held = held_[static_cast<std::size_t>((transaction_.now() + i) % count)];
      const CursorRow& cursor = *held.cursor;
      if (cursor.open() || cursor.wait_until > transaction_.now()) continue;
      const std::int64_t part = std::max<std::int64_t>(1, left() / (count - i));
      if (const auto done = deliver_of(held, part); !done) return done;
    }
    if (const auto done = fill_up(); !done) return done;
    for (const Held& held : held_) {
      if (held.changed) {
        if (const auto done = put_cursor(transaction_, group_.id, *held.cursor); !done) return done;
      }
      polled_.loans.push_back({held.cursor->partition, held.cursor->token, held.cursor->lease_until});
    }
    return {};
  }

  Result<void> deliver_of(Held& held, std::int64_t most) {
    CursorRow& cursor = *held.cursor;
    if (cursor.redriven != 0) {
      held.changed = true;
      const auto done = deliver_letters(transaction_, group_, cursor, most, room_, polled_.deliveries);
      if (!done || cursor.redelivered > 0) return done;
    }
    return deliver_events(held, most);
  }

  Result<void> deliver_events(Held& held, std::int64_t most) {
    CursorRow& cursor = *held.cursor;
    const auto fitting =
        room_.rows(transaction_, sizes_behind, {group_.topic.id, cursor.partition, cursor.delivered, most}, most);
    if (!fitting) return std::unexpected(fitting.error());
    const auto rows = transaction_.run(behind, {group_.topic.id, cursor.partition, cursor.delivered, *fitting});
    if (!rows) return std::unexpected(rows.error());
    for (std::size_t i = 0; i < rows->size(); ++i) {
      Event event = event_of(*rows, i, 0, group_.topic.seed);
      room_.take(event.data.size());
      cursor.delivered = event.position;
      const std::int64_t attempts = cursor.failing == event.position ? cursor.attempts : 0;
      polled_.deliveries.push_back({.event = std::move(event), .token = cursor.token, .attempts = attempts});
      held.changed = true;
    }
    held.more = static_cast<std::int64_t>(rows->size()) == most;
    return {};
  }

  // What partitions with few events left over goes to those that have more.
  Result<void> fill_up() {
    bool added = false;
    for (Held& held : held_) {
      if (left() <= 0 || room_.full()) break;
      if (!held.more) continue;
      if (const auto done = deliver_events(held, left()); !done) return done;
      added = true;
    }
    if (added) {
      std::stable_sort(polled_.deliveries.begin(), polled_.deliveries.end(),
                       [](const EventGroups::Delivery& a, const EventGroups::Delivery& b) {
                         return a.event.partition < b.event.partition;
                       });
    }
    return {};
  }

  Transaction& transaction_;
  const GroupRow& group_;
  const EventGroups::Poll& poll_;
  Micros until_;
  AnswerRoom room_;
  std::int64_t share_ = 0;
  std::vector<CursorRow> cursors_;
  std::vector<Held> held_;
  EventGroups::Polled polled_;
};

}  // namespace

Result<EventGroups::Polled> EventGroups::poll(const Group& group, const Poll& poll) {
  if (const auto named = check_group(group); !named) return std::unexpected(named.error());
  if (const auto named = check_name("member", poll.member); !named) return std::unexpected(named.error());
  if (const auto valid = check_lease(poll.lease); !valid) return std::unexpected(valid.error());
  if (const auto valid = check_between("events in a poll", poll.most, 1, most_in_a_poll); !valid)
    return std::unexpected(valid.error());
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<Polled> {
    bool fresh = false;
    const auto row = find_or_create_group(transaction, group, poll.start, fresh);
    if (!row) return std::unexpected(row.error());
    return Round(transaction, *row, poll).run();
  });
}

Result<bool> EventGroups::has_events(const Group& group, std::string_view member) {
  if (const auto named = check_group(group); !named) return std::unexpected(named.error());
  if (const auto named = check_name("member", member); !named) return std::unexpected(named.error());
  return engine_.read([&](Transaction& transaction) -> Result<bool> {
    const auto row = need_group(transaction, group);
    if (!row) return std::unexpected(row.error());
    const auto found = transaction.run(anything, {row->id, row->topic.id, member, transaction.now()});
    if (!found) return std::unexpected(found.error());
    return !found->empty();
  });
}

}  // namespace detoy::foundation
