// The row of a topic: its number of partitions, and the counter that gives its events their positions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "foundation/event.h"

namespace detoy::foundation {

struct TopicRow {
  std::int64_t id = 0;
  std::int64_t partitions = 0;
  std::int64_t last_position = 0;
  std::int64_t seed = 0;  // of the ids that are made
  Micros last_at = 0;     // when its last event was published
};

Result<void> check_topic(std::string_view tenant, std::string_view topic);
Result<std::optional<TopicRow>> find_topic(Transaction& transaction, std::string_view tenant, std::string_view topic);
Result<TopicRow> find_or_create_topic(Transaction& transaction, std::string_view tenant, std::string_view topic);
// Takes the next `count` positions, up to last_position of what is given, and holds the row until the transaction ends.
Result<TopicRow> take_positions(Transaction& transaction, std::string_view tenant, std::string_view topic,
                                std::int64_t count);
// Up to where events of some types are looked for in one call: 10'000 positions from the next event on.
Result<std::int64_t> end_of_look(Transaction& transaction, const TopicRow& topic, std::int64_t after);
// The greatest position that was published before the time; 0: none was.
Result<std::int64_t> position_before(Transaction& transaction, const TopicRow& topic, Micros time);
// False: it was there, and has the retention now.
Result<bool> put_topic(Transaction& transaction, std::string_view tenant, std::string_view topic,
                       const Events::Topic& options);

}  // namespace detoy::foundation
