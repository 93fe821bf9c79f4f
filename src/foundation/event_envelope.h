// How an event's envelope is checked, stored and read back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/event.h"

namespace detoy::foundation {

// What an event has in the tables that hold events, in the order in which event_of() reads it.
#define DETOY_EVENT_COLUMNS                                                                            \
  "position, partition, id, source, type, subject, time, content_type, data_schema, key, extensions, " \
  "published_at, data"
inline constexpr std::size_t event_columns = 13;

Result<void> check_event(const NewEvent& event);

// One line for each: names have no '=', values no line breaks.
std::string extensions_text(const NewEvent& event);

// `seed` is that of the topic, `first` the first of the event's columns.
Event event_of(const Rows& rows, std::size_t row, std::size_t first, std::int64_t seed);

// Ids that we make: no other topic, here or elsewhere, has the same seed.
std::string made_id(std::int64_t seed, std::int64_t position);
// The position in an id that made_id() gave for this topic.
std::optional<std::int64_t> position_of_made_id(std::int64_t seed, std::string_view id);

// Stable for ever: what was stored before must be found in the same partition.
std::int64_t partition_of(std::string_view key_or_id, std::int64_t partitions);

}  // namespace detoy::foundation
