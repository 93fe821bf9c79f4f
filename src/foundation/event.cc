#include "foundation/event.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "foundation/answer_room.h"
#include "foundation/bounds.h"
#include "foundation/event_envelope.h"
#include "foundation/event_topic.h"

namespace detoy::foundation {
namespace {

constexpr std::int64_t most_in_a_batch = 1'000;
constexpr std::int64_t topics_in_a_sweep = 100;

// Events that one statement inserts: fewer statements are fewer round trips to a server.
constexpr std::size_t chunk = 20;

// Built when compiled, since engines know a statement by the address of its text.
template <std::size_t capacity>
class Text {
 public:
  constexpr void add(std::string_view text) {
    for (const char c : text) characters_[size_++] = c;
  }
  constexpr void add_number(std::size_t number) {
    if (number >= 10) add_number(number / 10);
    characters_[size_++] = static_cast<char>('0' + number % 10);
  }
  constexpr const char* data() const { return characters_.data(); }

 private:
  std::array<char, capacity> characters_{};  // what is not used ends the text
  std::size_t size_ = 0;
};

// $1 is the topic, then come the columns of each event.
template <std::size_t events>
constexpr auto add_text() {
  Text<400 + events * event_columns * 6> text;
  text.add("INSERT INTO event (topic, " DETOY_EVENT_COLUMNS ") VALUES ");
  std::size_t parameter = 2;
  for (std::size_t i = 0; i < events; ++i) {
    text.add(i == 0 ? "($1" : ", ($1");
    for (std::size_t column = 0; column < event_columns; ++column) {
      text.add(", $");
      text.add_number(parameter++);
    }
    text.add(")");
  }
  text.add(" ON CONFLICT (topic, id, source) WHERE id IS NOT NULL DO NOTHING");
  return text;
}

constexpr auto add_one_text = add_text<1>();
constexpr auto add_chunk_text = add_text<chunk>();
constexpr Statement add_one = add_one_text.data();
constexpr Statement add_chunk = add_chunk_text.data();

constexpr Statement same_id = "SELECT position FROM event WHERE topic = $1 AND id = $2 AND source = $3";
constexpr Statement same_position =
    "SELECT position FROM event WHERE topic = $1 AND position = $2 AND id IS NULL AND source = $3";
constexpr Statement sizes_of_all =
    "SELECT length(data) FROM event WHERE topic = $1 AND position > $2 ORDER BY position LIMIT $3";
constexpr Statement sizes_of_type =
    "SELECT length(data) FROM event WHERE topic = $1 AND position > $2 AND position <= $4 AND type = $5 "
    "ORDER BY position LIMIT $3";
constexpr Statement read_all =
    "SELECT " DETOY_EVENT_COLUMNS " FROM event WHERE topic = $1 AND position > $2 ORDER BY position LIMIT $3";
constexpr Statement read_type =
    "SELECT " DETOY_EVENT_COLUMNS
    " FROM event WHERE topic = $1 AND position > $2 AND position <= $4 AND type = $5 ORDER BY position LIMIT $3";
constexpr Statement due = {
    "SELECT id, retention FROM event_topic WHERE sweep_at > 0 AND sweep_at <= $1 ORDER BY sweep_at LIMIT $2",
    "SELECT id, retention FROM event_topic WHERE sweep_at > 0 AND sweep_at <= $1 ORDER BY sweep_at LIMIT $2 "
    "FOR UPDATE SKIP LOCKED"};
constexpr Statement oldest = "SELECT position, published_at FROM event WHERE topic = $1 ORDER BY position LIMIT $2";
constexpr Statement drop = "DELETE FROM event WHERE topic = $1 AND position <= $2";
constexpr Statement sweep_again = "UPDATE event_topic SET sweep_at = $2 WHERE id = $1";

// One that is about to be inserted.
struct Row {
  std::size_t index = 0;  // among the events of the call
  std::string extensions;
};

void bind(const TopicRow& topic, const NewEvent& event, const Row& row, std::int64_t position,
          std::vector<Param>& params) {
  const std::string_view spread = event.key.empty() ? event.id : event.key;
  // What has neither a key nor an id goes round.
  const std::int64_t partition = spread.empty() ? position % topic.partitions : partition_of(spread, topic.partitions);
  params.insert(params.end(),
                {position, partition, event.id.empty() ? Param(nullptr) : Param(event.id), event.source, event.type,
                 event.subject, event.time == 0 ? topic.last_at : event.time, event.content_type, event.schema,
                 event.key, std::string_view(row.extensions), topic.last_at, Bytes{event.data}});
}

// Whether an event with this id, given or made, is there already.
Result<std::optional<std::int64_t>> find_same(Transaction& transaction, const TopicRow& topic, const NewEvent& event) {
  const auto there = transaction.run(same_id, {topic.id, event.id, event.source});
  if (!there) return std::unexpected(there.error());
  if (there->empty()) return std::nullopt;
  return there->number(0, 0);
}

// An event that was read and is published again has the id that was made for it.
Result<std::optional<std::int64_t>> find_made(Transaction& transaction, const TopicRow& topic, const NewEvent& event) {
  const auto position = position_of_made_id(topic.seed, event.id);
  if (!position) return std::nullopt;
  const auto there = transaction.run(same_position, {topic.id, *position, event.source});
  if (!there) return std::unexpected(there.error());
  if (there->empty()) return std::nullopt;
  return *position;
}

// Inserts some events, whose positions were set.
Result<void> insert(Transaction& transaction, const TopicRow& topic, std::span<const NewEvent> events,
                    std::span<const Row> rows, std::vector<Events::Published>& published) {
  std::vector<Param> params;
  params.reserve(1 + rows.size() * event_columns);
  params.emplace_back(topic.id);
  for (const Row& row : rows) bind(topic, events[row.index], row, published[row.index].position, params);
  const auto added = transaction.run(rows.size() == chunk ? add_chunk : add_one, params);
  if (!added) return std::unexpected(added.error());
  if (added->changed() == static_cast<std::int64_t>(rows.size())) return {};
  for (const Row& row : rows) {
    if (events[row.index].id.empty()) continue;
    const auto there = find_same(transaction, topic, events[row.index]);
    if (!there) return std::unexpected(there.error());
    Events::Published& one = published[row.index];
    if (*there && **there != one.position) one = {**there, false};
  }
  return {};
}

// How many of the topic's events were deleted.
Result<std::int64_t> sweep_topic(Transaction& transaction, std::int64_t topic, Micros retention, std::int64_t most) {
  const auto rows = transaction.run(oldest, {topic, most});
  if (!rows) return std::unexpected(rows.error());
  const auto expired = [&](std::size_t row) { return rows->number(row, 1) + retention <= transaction.now(); };
  std::size_t count = 0;
  while (count < rows->size() && expired(count)) ++count;
  if (count > 0) {
    const auto dropped = transaction.run(drop, {topic, rows->number(count - 1, 0)});
    if (!dropped) return std::unexpected(dropped.error());
  }
  // If all that were looked at are gone, there may be more: it stays due.
  const bool all = static_cast<std::int64_t>(rows->size()) < most && count == rows->size();
  const Micros again = all ? 0 : rows->number(std::min(count, rows->size() - 1), 1) + retention;
  const auto noted = transaction.run(sweep_again, {topic, again});
  if (!noted) return std::unexpected(noted.error());
  return static_cast<std::int64_t>(count);
}

Result<Events::Page> page_of(Transaction& transaction, const TopicRow& topic, const Events::Read& read) {
  std::int64_t after = read.after;
  if (read.time > 0) {
    const auto before = position_before(transaction, topic, read.time);
    if (!before) return std::unexpected(before.error());
    after = std::max(after, *before);
  }
  Events::Page page{.events = {}, .next = after};
  std::int64_t end = 0;
  Result<Rows> rows;
  std::int64_t most = read.most;
  if (read.type.empty()) {
    const auto fitting = AnswerRoom().rows(transaction, sizes_of_all, {topic.id, after, most}, most);
    if (!fitting) return std::unexpected(fitting.error());
    most = *fitting;
    rows = transaction.run(read_all, {topic.id, after, most});
  } else {
    const auto last = end_of_look(transaction, topic, after);
    if (!last) return std::unexpected(last.error());
    end = *last;
    const auto fitting = AnswerRoom().rows(transaction, sizes_of_type, {topic.id, after, most, end, read.type}, most);
    if (!fitting) return std::unexpected(fitting.error());
    most = *fitting;
    rows = transaction.run(read_type, {topic.id, after, most, end, read.type});
  }
  if (!rows) return std::unexpected(rows.error());
  for (std::size_t i = 0; i < rows->size(); ++i) page.events.push_back(event_of(*rows, i, 0, topic.seed));
  if (!page.events.empty()) page.next = page.events.back().position;
  if (static_cast<std::int64_t>(page.events.size()) < most) page.next = std::max(page.next, end);
  return page;
}

}  // namespace

Result<bool> Events::create_topic(std::string_view tenant, std::string_view topic, const Topic& options) {
  using std::chrono::microseconds;
  if (const auto named = check_topic(tenant, topic); !named) return std::unexpected(named.error());
  if (const auto valid = check_between("partitions", options.partitions, 1, 256); !valid)
    return std::unexpected(valid.error());
  if (options.retention != microseconds::zero()) {
    const auto valid = check_between("retention (microseconds)", options.retention.count(),
                                     microseconds(std::chrono::minutes(1)).count(),
                                     microseconds(std::chrono::hours(24 * 366)).count());
    if (!valid) return std::unexpected(valid.error());
  }
  return engine_.write(durability_,
                       [&](Transaction& transaction) { return put_topic(transaction, tenant, topic, options); });
}

Result<std::vector<Events::Published>> Events::publish(Transaction& transaction, std::string_view tenant,
                                                       std::string_view topic, std::span<const NewEvent> events) {
  const auto count = static_cast<std::int64_t>(events.size());
  if (const auto valid = check_between("events in a batch", count, 1, most_in_a_batch); !valid)
    return std::unexpected(valid.error());
  if (const auto named = check_topic(tenant, topic); !named) return std::unexpected(named.error());
  for (const NewEvent& event : events) {
    if (const auto valid = check_event(event); !valid) return std::unexpected(valid.error());
  }
  const auto row = take_positions(transaction, tenant, topic, count);
  if (!row) return std::unexpected(row.error());
  std::vector<Published> published(events.size());
  std::vector<Row> rows;
  rows.reserve(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    published[i].position = row->last_position - count + static_cast<std::int64_t>(i) + 1;
    const auto there = find_made(transaction, *row, events[i]);
    if (!there) return std::unexpected(there.error());
    if (*there) {
      published[i] = {**there, false};
    } else {
      rows.push_back({i, extensions_text(events[i])});
    }
  }
  for (std::span<const Row> left = rows; !left.empty();) {
    const std::size_t next = left.size() >= chunk ? chunk : 1;
    if (const auto done = insert(transaction, *row, events, left.first(next), published); !done)
      return std::unexpected(done.error());
    left = left.subspan(next);
  }
  return published;
}

Result<Events::Published> Events::publish(Transaction& transaction, std::string_view tenant, std::string_view topic,
                                          const NewEvent& event) {
  const auto published = publish(transaction, tenant, topic, {&event, 1});
  if (!published) return std::unexpected(published.error());
  return published->front();
}

Result<Events::Published> Events::publish(std::string_view tenant, std::string_view topic, const NewEvent& event) {
  return engine_.write(durability_,
                       [&](Transaction& transaction) { return publish(transaction, tenant, topic, event); });
}

Result<std::vector<Events::Published>> Events::publish(std::string_view tenant, std::string_view topic,
                                                       std::span<const NewEvent> events) {
  return engine_.write(durability_,
                       [&](Transaction& transaction) { return publish(transaction, tenant, topic, events); });
}

Result<Events::Page> Events::read(std::string_view tenant, std::string_view topic, const Read& read) {
  if (const auto named = check_topic(tenant, topic); !named) return std::unexpected(named.error());
  if (!read.type.empty()) {
    if (const auto named = check_name("type", read.type); !named) return std::unexpected(named.error());
  }
  if (const auto valid = check_between("events to read", read.most, 1, most_in_a_batch); !valid)
    return std::unexpected(valid.error());
  if (const auto valid = check_between("position", read.after, 0, INT64_MAX); !valid)
    return std::unexpected(valid.error());
  return engine_.read([&](Transaction& transaction) -> Result<Page> {
    const auto row = find_topic(transaction, tenant, topic);
    if (!row) return std::unexpected(row.error());
    if (!*row) return Page{.events = {}, .next = read.after};
    return page_of(transaction, **row, read);
  });
}

Result<std::int64_t> Events::last_position(std::string_view tenant, std::string_view topic) {
  if (const auto named = check_topic(tenant, topic); !named) return std::unexpected(named.error());
  return engine_.read([&](Transaction& transaction) -> Result<std::int64_t> {
    const auto row = find_topic(transaction, tenant, topic);
    if (!row) return std::unexpected(row.error());
    return *row ? (*row)->last_position : 0;
  });
}

Result<std::int64_t> Events::sweep(Transaction& transaction, std::int64_t most) {
  const auto topics = transaction.run(due, {transaction.now(), topics_in_a_sweep});
  if (!topics) return std::unexpected(topics.error());
  std::int64_t swept = 0;
  for (std::size_t i = 0; i < topics->size() && swept < most; ++i) {
    const auto some = sweep_topic(transaction, topics->number(i, 0), topics->number(i, 1), most - swept);
    if (!some) return std::unexpected(some.error());
    swept += *some;
  }
  return swept;
}

}  // namespace detoy::foundation
