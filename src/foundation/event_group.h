// Groups of consumers that share the events of a topic (event.h): each event goes to one member of each group, and the
// events of a partition in their order. Contract: docs/foundation/event.md.
//
// A group has a cursor for each partition of the topic: all events up to it are committed. A member that polls is lent
// partitions, its share of them among the members that polled lately, and gets events behind the cursors. A partition
// is lent to one member at a time. Each loan has a token, greater than all before, without which nothing is committed:
// a member that was too slow is told, and can't move a cursor under another's hands.
//
// What was delivered from a partition holds the rest of it back until it is committed, failed, or the lease ends. After
// that it is delivered again, also to the same member: at least once.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/event.h"

namespace detoy::foundation {

// Thread-safe; holds no state of its own. Groups and members are 1 to 256 bytes of any text. All but create() and
// poll() give an error of category conflict if there is no such group.
class EventGroups {
 public:
  struct Group {
    std::string_view tenant;
    std::string_view topic;
    std::string_view name;
  };
  enum class Start {
    earliest,  // with the oldest event that is kept
    latest,    // with what is published from now on
  };
  struct Poll {
    // One that starts anew takes a new name, or calls release() first: as the old one it would wait for its leases.
    std::string_view member;
    std::chrono::microseconds lease{};  // 1 ms to 1 day, from this poll on
    std::int64_t most = 100;            // 1 to 1'000 events
    Start start = Start::earliest;      // if it is the group's first poll, and it was not created
  };
  struct Loan {
    std::int64_t partition = 0;
    std::int64_t token = 0;
    Micros until = 0;
  };
  struct Delivery {
    Event event;
    std::int64_t token = 0;
    std::int64_t attempts = 0;  // how often it failed
    bool redriven = false;      // it was a dead letter; older than what was committed
  };
  struct Polled {
    std::vector<Loan> loans;           // all partitions that the member has
    std::vector<Delivery> deliveries;  // those of a partition are together, in their order
  };
  struct Position {
    std::int64_t partition = 0;
    std::int64_t position = 0;
    std::int64_t token = 0;
  };
  struct Failure {
    std::int64_t partition = 0;
    std::int64_t position = 0;
    std::int64_t token = 0;
    std::string_view error = {};        // the first 64 KiB are kept
    std::int64_t most_attempts = 20;    // 1 to 1'000
    std::chrono::microseconds delay{};  // before it is delivered again: up to 1 day
  };
  struct DeadLetter {
    Event event;
    std::int64_t attempts = 0;
    std::string error;
    Micros died_at = 0;
  };
  struct Lag {
    std::int64_t partition = 0;
    std::int64_t committed = 0;  // the cursor
    std::int64_t events = 0;     // behind it; 10'000 if there are more
    std::string member;          // that it is lent to; empty: to none
  };

  explicit EventGroups(Engine& engine, Durability durability = Durability::machine)
      : engine_(engine), durability_(durability) {}

  // False if there is one; its cursors stay where they are.
  Result<bool> create(const Group& group, Start start);
  // Gives the member its share of the partitions and up to `most` events of them. Partitions beyond its share are given
  // up, once nothing that was delivered from them is open. Also tells the group that the member lives, until the lease
  // ends. A partition of which something is open keeps its lease as it is: see heartbeat().
  Result<Polled> poll(const Group& group, const Poll& poll);

  // Whether poll() could give the member anything now. Only reads, so it may be asked often by who waits; a member that
  // has its share of the partitions may be told of events that others are about to get.
  Result<bool> has_events(const Group& group, std::string_view member);

  // These need the loans' tokens; an error of category conflict tells that one was lost, and nothing is changed.
  //
  // All that was delivered of the partition up to the position is done. Cursors only go forward. 1 to 256 positions.
  Result<void> commit(const Group& group, std::string_view member, std::span<const Position> positions);
  // Until when the leases are. 1 to 256 partitions; their positions are not looked at.
  Result<Micros> heartbeat(const Group& group, std::string_view member, std::span<const Position> positions,
                           std::chrono::microseconds lease);
  // The first event that is not committed could not be done. It is delivered again, and all behind it, with a new
  // token. After its last attempt (then true is given) it becomes a dead letter of the group and counts as committed.
  Result<bool> fail(const Group& group, const Failure& failure);

  // Gives all partitions of the member back; how many. What it did not commit is delivered again.
  Result<std::int64_t> release(const Group& group, std::string_view member);

  // In the order of positions, behind `after`; 1 to 1'000. They stay until they are redriven or discarded.
  Result<std::vector<DeadLetter>> dead_letters(const Group& group, std::int64_t after, std::int64_t most);
  // Delivers dead letters to the group again, as if they had never failed, before new events of their partitions. They
  // are committed as other events are, by partition and position. 1 to 1'000 positions; how many were dead letters.
  Result<std::int64_t> redrive(const Group& group, std::span<const std::int64_t> positions);
  Result<std::int64_t> discard(const Group& group, std::span<const std::int64_t> positions);

  // Sets the cursors, forward or back: the next event is the first behind the position, or the first that was published
  // at the time or later. All loans end.
  Result<void> seek(const Group& group, std::int64_t position);
  Result<void> seek_to_time(const Group& group, Micros time);
  // Of each partition, in order.
  Result<std::vector<Lag>> lag(const Group& group);

  // Within a unit of work: what the events brought about in the store is there if and only if they are committed.
  static Result<void> commit(Transaction& transaction, const Group& group, std::string_view member,
                             std::span<const Position> positions);

 private:
  Engine& engine_;
  Durability durability_;
};

}  // namespace detoy::foundation
