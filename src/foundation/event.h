// Events that are kept for a while and read by whoever wants them, in the order in which they were committed: an outbox
// and a stream in one. Groups that share the reading are in event_group.h. Contract: docs/foundation/event.md.
//
// Each topic counts its events: that number is an event's position. The counter is one row, which a publishing
// transaction holds until it commits. So no position becomes visible before all smaller ones are there, or were given
// up, and a reader that goes on behind the last position it saw misses nothing. The price is that publishers of one
// topic take turns: a unit of work publishes last, and many events are cheaper as a batch. Positions grow, but are not
// dense.
//
// The events of a key are in one of the topic's partitions; what has no key is spread over all. Positions of different
// partitions can be compared: they are of one counter.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/storage/engine.h"

namespace detoy::foundation {

// An envelope of CloudEvents 1.0. All text except data is 1 to 256 bytes of UTF-8 without control characters.
struct NewEvent {
  struct Extension {
    std::string_view name;  // 1 to 20 of a-z and 0-9, no name of the envelope itself, each once
    std::string_view value;
  };

  std::string_view source;
  std::string_view type;
  // Unique with its source: while that event is kept, publishing it again does nothing. Empty: one is made.
  std::string_view id = {};
  std::string_view subject = {};
  Micros time = 0;  // when it happened, up to the year 9999; 0: when it is published
  std::string_view content_type = {};
  std::string_view schema = {};
  std::string_view key = {};                   // events of one key stay in order in every group (`partitionkey`)
  std::string_view data = {};                  // up to 1 MiB
  std::span<const Extension> extensions = {};  // up to 16
};

struct Event {
  struct Extension {
    std::string name;
    std::string value;
  };

  std::int64_t position = 0;  // greater than that of every event of the topic that was committed before
  std::int64_t partition = 0;
  std::string source;
  std::string type;
  std::string id;
  std::string subject;
  Micros time = 0;
  std::string content_type;
  std::string schema;
  std::string key;
  std::string data;
  std::vector<Extension> extensions;
  Micros published_at = 0;  // never less than that of an event before
};

// Thread-safe; holds no state of its own. Tenants and topics are 1 to 256 bytes of any text.
class Events {
 public:
  struct Topic {
    std::int64_t partitions = 16;                                      // 1 to 256; they stay as they are
    std::chrono::microseconds retention = std::chrono::hours(24 * 7);  // 1 minute to 366 days; 0: for ever
  };
  struct Published {
    std::int64_t position = 0;
    bool fresh = true;  // false: it was there, at this position
  };
  struct Read {
    std::int64_t after = 0;      // the position behind which to begin; 0: with the oldest that is kept
    Micros time = 0;             // begin with what was published then or later; the later of both counts
    std::int64_t most = 100;     // 1 to 1'000 events
    std::string_view type = {};  // only of this type; empty: of all
  };
  struct Page {
    std::vector<Event> events;
    // Read on behind this. With a type, a call looks at no more than the next 10'000 positions: a page without events
    // that goes further than `after` is not the end.
    std::int64_t next = 0;
  };

  explicit Events(Engine& engine, Durability durability = Durability::machine)
      : engine_(engine), durability_(durability) {}

  // A topic is also made by its first event, or by the first group that reads it. If it is there, it takes the
  // retention, and false is given; an error of category conflict if it has another number of partitions.
  Result<bool> create_topic(std::string_view tenant, std::string_view topic, const Topic& options);
  Result<Published> publish(std::string_view tenant, std::string_view topic, const NewEvent& event);
  // All or none; 1 to 1'000.
  Result<std::vector<Published>> publish(std::string_view tenant, std::string_view topic,
                                         std::span<const NewEvent> events);
  // In the order of positions, over all partitions.
  Result<Page> read(std::string_view tenant, std::string_view topic, const Read& read);

  // No event that is there has a greater one; 0: there is no such topic.
  Result<std::int64_t> last_position(std::string_view tenant, std::string_view topic);

  // Within a unit of work: the events are there if and only if the rest is.
  static Result<Published> publish(Transaction& transaction, std::string_view tenant, std::string_view topic,
                                   const NewEvent& event);
  static Result<std::vector<Published>> publish(Transaction& transaction, std::string_view tenant,
                                                std::string_view topic, std::span<const NewEvent> events);
  // Deletes up to `most` events that are older than the retention of their topics; how many there were.
  static Result<std::int64_t> sweep(Transaction& transaction, std::int64_t most);

 private:
  Engine& engine_;
  Durability durability_;
};

}  // namespace detoy::foundation
