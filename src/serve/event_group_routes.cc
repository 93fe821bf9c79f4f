// Groups that share the events of a topic: event_group.h.
#include <algorithm>

#include "foundation/event_group.h"
#include "serve/cloud_event.h"
#include "serve/event_bell.h"
#include "serve/json_fields.h"
#include "serve/route.h"
#include "serve/waiting_room.h"

namespace detoy::serve {
namespace {

using foundation::EventGroups;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_events = 1'000;
constexpr std::size_t most_positions = 256;
constexpr std::chrono::microseconds longest_wait = std::chrono::seconds(30);

// Which group a call is about.
struct Named {
  std::string topic;
  std::string name;
  explicit Named(Fields& fields) : topic(fields.text("topic")), name(fields.text("group")) {}
  EventGroups::Group of(std::string_view tenant) const { return {tenant, topic, name}; }
};

// Asks the store at short intervals, since another process may have published, whether another poll is worth it.
Result<void> wait_for_events(Call& call, const EventGroups::Group& group, std::string_view member, std::uint64_t rung,
                             Clock::time_point until) {
  constexpr auto interval = std::chrono::milliseconds(100);
  while (Clock::now() < until && !call.bell.closed()) {
    call.bell.wait(group.tenant, group.topic, rung, std::min(until, Clock::now() + interval));
    rung = call.bell.count(group.tenant, group.topic);
    const auto some = EventGroups(call.engine).has_events(group, member);
    if (!some) return std::unexpected(some.error());
    if (*some) return {};
  }
  return {};
}

Result<EventGroups::Polled> poll_for(Call& call, const EventGroups::Group& group, const EventGroups::Poll& poll,
                                     std::chrono::microseconds wait) {
  // A member that waits still counts as one of the group, and gives up what is beyond its share.
  const auto again = std::min<std::chrono::microseconds>(std::chrono::seconds(1), poll.lease / 2);
  const auto until = Clock::now() + wait;
  while (true) {
    const std::uint64_t rung = call.bell.count(group.tenant, group.topic);
    auto polled = EventGroups(call.engine).poll(group, poll);
    if (!polled || !polled->deliveries.empty() || Clock::now() >= until || call.bell.closed()) return polled;
    const auto waited = wait_for_events(call, group, poll.member, rung, std::min(until, Clock::now() + again));
    if (!waited) return std::unexpected(waited.error());
  }
}

Result<Reply> poll(Call& call) {
  Fields fields(call.body, call.schema);
  const Named group(fields);
  const std::string member = fields.text("member");
  EventGroups::Poll poll{.member = member};
  poll.lease = fields.milliseconds("lease_ms");
  poll.most = fields.number_or("most", poll.most, 1, static_cast<std::int64_t>(most_events));
  if (fields.has("start")) poll.start = static_cast<EventGroups::Start>(fields.choice("start", {"earliest", "latest"}));
  const auto wait = fields.milliseconds_or("wait_ms", {});
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  if (wait > longest_wait) return fail(ErrorCategory::usage, "wait_ms must be between 0 and 30000");
  Result<EventGroups::Polled> polled;
  if (wait.count() == 0) {
    polled = EventGroups(call.engine).poll(group.of(call.tenant), poll);
  } else {
    const WaitingRoom::Seat seat(call.waiting_room);
    if (!seat) return fail(ErrorCategory::unavailable, "too many calls wait already");
    polled = poll_for(call, group.of(call.tenant), poll, wait);
  }
  if (!polled) return std::unexpected(polled.error());
  Reply reply{{{"partitions", polled->loans.size()}, {"deliveries", json::array()}}};
  for (const EventGroups::Delivery& delivery : polled->deliveries) {
    reply.body["deliveries"].push_back({{"event", told_event(delivery.event)},
                                        {"token", delivery.token},
                                        {"attempts", delivery.attempts},
                                        {"redriven", delivery.redriven}});
  }
  return reply;
}

std::vector<EventGroups::Position> positions_in(Fields& fields) {
  std::vector<EventGroups::Position> positions;
  for (Fields& position : fields.objects("positions", most_positions)) {
    positions.push_back({position.number("partition", 0, 255), position.number("position", 0, INT64_MAX),
                         position.number("token", 0, INT64_MAX)});
    fields.join(position);
  }
  return positions;
}

Result<Reply> heartbeat(Call& call) {
  Fields fields(call.body, call.schema);
  const Named group(fields);
  const std::string member = fields.text("member");
  const auto lease = fields.milliseconds("lease_ms");
  const auto positions = positions_in(fields);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto until = EventGroups(call.engine).heartbeat(group.of(call.tenant), member, positions, lease);
  if (!until) return std::unexpected(until.error());
  return Reply{{{"expires_at", time_text(*until)}}};
}

Result<Reply> commit(Call& call) {
  Fields fields(call.body, call.schema);
  const Named group(fields);
  const std::string member = fields.text("member");
  const auto positions = positions_in(fields);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto done = EventGroups(call.engine).commit(group.of(call.tenant), member, positions);
  if (!done) return std::unexpected(done.error());
  return Reply{};
}

Result<Reply> fail_event(Call& call) {
  Fields fields(call.body, call.schema);
  const Named group(fields);
  EventGroups::Failure failure;
  failure.partition = fields.number("partition", 0, 255);
  failure.position = fields.number("position", 0, INT64_MAX);
  failure.token = fields.number("token", 0, INT64_MAX);
  const std::string error = fields.text("error");
  failure.error = error;
  failure.most_attempts = fields.number_or("most_attempts", failure.most_attempts, 1, 1'000);
  failure.delay = fields.milliseconds_or("delay_ms", failure.delay);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto dead = EventGroups(call.engine).fail(group.of(call.tenant), failure);
  if (!dead) return std::unexpected(dead.error());
  return Reply{{{"dead", *dead}}};
}

Result<Reply> release(Call& call) {
  Fields fields(call.body, call.schema);
  const Named group(fields);
  const std::string member = fields.text("member");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto released = EventGroups(call.engine).release(group.of(call.tenant), member);
  if (!released) return std::unexpected(released.error());
  return Reply{{{"partitions", *released}}};
}

Result<Reply> dead_letters(Call& call) {
  Fields fields(call.body, call.schema);
  const Named group(fields);
  const std::int64_t after = fields.number_or("after", 0, 0, INT64_MAX);
  const std::int64_t most = fields.number_or("most", 100, 1, static_cast<std::int64_t>(most_events));
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto letters = EventGroups(call.engine).dead_letters(group.of(call.tenant), after, most);
  if (!letters) return std::unexpected(letters.error());
  Reply reply{{{"dead_letters", json::array()}}};
  for (const EventGroups::DeadLetter& letter : *letters) {
    json told = {
        {"event", told_event(letter.event)}, {"attempts", letter.attempts}, {"died_at", time_text(letter.died_at)}};
    set_bytes(told, "error", letter.error);
    reply.body["dead_letters"].push_back(std::move(told));
  }
  return reply;
}

using OfLetters = Result<std::int64_t> (EventGroups::*)(const EventGroups::Group&, std::span<const std::int64_t>);

// redrive and discard: some positions, and of how many of them it was done.
template <OfLetters method>
Result<Reply> change_letters(Call& call) {
  Fields fields(call.body, call.schema);
  const Named group(fields);
  const std::vector<std::int64_t> positions = fields.whole_numbers("positions", most_events);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  EventGroups groups(call.engine);
  const auto done = (groups.*method)(group.of(call.tenant), positions);
  if (!done) return std::unexpected(done.error());
  return Reply{.body = {{"done", *done}}, .rings = {group.topic}};
}

Result<Reply> seek(Call& call) {
  Fields fields(call.body, call.schema);
  const Named group(fields);
  const bool to_time = fields.has("time");
  const std::int64_t time = fields.time_or("time", 0);
  const std::int64_t position = to_time ? 0 : fields.number("position", 0, INT64_MAX);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  EventGroups groups(call.engine);
  const auto done =
      to_time ? groups.seek_to_time(group.of(call.tenant), time) : groups.seek(group.of(call.tenant), position);
  if (!done) return std::unexpected(done.error());
  return Reply{.rings = {group.topic}};
}

Result<Reply> lag(Call& call) {
  Fields fields(call.body, call.schema);
  const Named group(fields);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto lags = EventGroups(call.engine).lag(group.of(call.tenant));
  if (!lags) return std::unexpected(lags.error());
  std::int64_t events = 0;
  json partitions = json::array();
  for (const EventGroups::Lag& lag : *lags) {
    events += lag.events;
    partitions.push_back(
        {{"partition", lag.partition}, {"committed", lag.committed}, {"events", lag.events}, {"member", lag.member}});
  }
  return Reply{{{"events", events}, {"partitions", std::move(partitions)}}};
}

}  // namespace

std::vector<Route> event_group_routes() {
  return {
      {"event", "poll", "Lends partitions to a member of a group, and gives their next events, or waits for some.",
       R"({"topic": "orders", "group": "mailer", "member": "m-1", "lease_ms": 30000, "most": 2, "wait_ms": 1000})",
       R"({"partitions": 2, "deliveries": [{"event": {"specversion": "1.0", "id": "o-1", "source": "/shop", "type": "order.placed", "time": "2026-01-01T00:00:00.000000Z", "partitionkey": "ann", "region": "eu", "datacontenttype": "application/json", "data": {"total": 7}, "position": 1, "partition": 0}, "token": 1, "attempts": 0, "redriven": false}, {"event": {"specversion": "1.0", "id": "o-2", "source": "/shop", "type": "order.paid", "time": "2026-01-01T00:00:01.000000Z", "partitionkey": "ann", "data": "", "position": 2, "partition": 0}, "token": 1, "attempts": 0, "redriven": false}]})",
       poll},
      {"event", "heartbeat", "Keeps what is open from being delivered again.",
       R"({"topic": "orders", "group": "mailer", "member": "m-1", "lease_ms": 30000, "positions": [{"partition": 0, "position": 1, "token": 1}]})",
       R"({"expires_at": "2026-01-01T00:00:30.000000Z"})", heartbeat},
      {"event", "commit", "Says that events were dealt with, up to a position of each partition.",
       R"({"topic": "orders", "group": "mailer", "member": "m-1", "positions": [{"partition": 0, "position": 1, "token": 1}]})",
       "{}", commit, Pace::slow, InUnit::joins},
      {"event", "fail", "Says that an event could not be dealt with: it is delivered again, or is dead.",
       R"({"topic": "orders", "group": "mailer", "partition": 0, "position": 2, "token": 1, "error": "no connection", "most_attempts": 1})",
       R"({"dead": true})", fail_event},
      {"event", "dead_letters", "What a group could not deal with, in order.",
       R"({"topic": "orders", "group": "mailer", "after": 0, "most": 10})",
       R"({"dead_letters": [{"event": {"specversion": "1.0", "id": "o-2", "source": "/shop", "type": "order.paid", "time": "2026-01-01T00:00:01.000000Z", "partitionkey": "ann", "data": "", "position": 2, "partition": 0}, "attempts": 1, "error": "no connection", "died_at": "2026-01-01T00:00:02.000000Z"}]})",
       dead_letters},
      {"event", "redrive", "Delivers dead letters to their group again; of how many it was done.",
       R"({"topic": "orders", "group": "mailer", "positions": [2]})", R"({"done": 1})",
       change_letters<&EventGroups::redrive>},
      {"event", "discard", "Forgets dead letters; of how many it was done.",
       R"({"topic": "orders", "group": "mailer", "positions": [2]})", R"({"done": 0})",
       change_letters<&EventGroups::discard>},
      {"event", "seek", "Lets a group go on behind a position, or with what was published at a time or later.",
       R"({"topic": "orders", "group": "mailer", "time": "2026-01-01T00:00:00Z"})", "{}", seek},
      {"event", "lag", "How far each partition of a group is behind, up to 10000 events, and who has it.",
       R"({"topic": "orders", "group": "mailer"})",
       R"({"events": 2, "partitions": [{"partition": 0, "committed": 0, "events": 2, "member": ""}, {"partition": 1, "committed": 0, "events": 0, "member": ""}]})",
       lag},
      {"event", "release", "Gives a member's partitions back.",
       R"({"topic": "orders", "group": "mailer", "member": "m-1"})", R"({"partitions": 0})", release},
  };
}

}  // namespace detoy::serve
