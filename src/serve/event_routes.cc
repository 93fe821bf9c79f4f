#include <array>

#include "foundation/event.h"
#include "foundation/event_group.h"
#include "serve/json_fields.h"
#include "serve/route.h"

namespace detoy::serve {
namespace {

using foundation::Event;
using foundation::EventGroups;
using foundation::Events;
using foundation::NewEvent;
using nlohmann::json;

constexpr std::size_t most_events = 1'000;
constexpr std::size_t most_positions = 256;

// What a new event refers to.
struct Asked {
  std::array<std::string, 8> texts;
  std::string data;

  explicit Asked(Fields& fields)
      : texts({fields.text("source"), fields.text("type"), fields.text_or("id", ""), fields.text_or("subject", ""),
               fields.text_or("datacontenttype", ""), fields.text_or("dataschema", ""),
               fields.text_or("partitionkey", "")}),
        data(fields.bytes_or("data", "")) {}
  NewEvent view() const {
    return {.source = texts[0],
            .type = texts[1],
            .id = texts[2],
            .subject = texts[3],
            .content_type = texts[4],
            .schema = texts[5],
            .key = texts[6],
            .data = data};
  }
};

// The envelope of CloudEvents 1.0, as its JSON format has it, and where it stands.
json of(const Event& event) {
  json told = {{"specversion", "1.0"},          {"id", event.id},
               {"source", event.source},        {"type", event.type},
               {"time", time_text(event.time)}, {"position", event.position},
               {"partition", event.partition}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) told[name] = value;
  };
  add("subject", event.subject);
  add("datacontenttype", event.content_type);
  add("dataschema", event.schema);
  add("partitionkey", event.key);
  for (const Event::Extension& extension : event.extensions) told[extension.name] = extension.value;
  set_bytes(told, "data", event.data);
  return told;
}

Result<Reply> publish(Call& call) {
  Fields fields(call.body);
  const std::string topic = fields.text("topic");
  std::vector<Asked> asked;
  for (Fields& event : fields.objects("events", most_events)) {
    asked.emplace_back(event);
    fields.join(event);
  }
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  std::vector<NewEvent> events;
  events.reserve(asked.size());
  for (const Asked& one : asked) events.push_back(one.view());
  const auto published = Events(call.engine).publish(call.tenant, topic, events);
  if (!published) return std::unexpected(published.error());
  Reply reply{{{"published", json::array()}}};
  for (const Events::Published& one : *published)
    reply.body["published"].push_back({{"position", one.position}, {"fresh", one.fresh}});
  return reply;
}

Result<Reply> read(Call& call) {
  Fields fields(call.body);
  const std::string topic = fields.text("topic");
  const std::string type = fields.text_or("type", "");
  Events::Read read{.type = type};
  read.after = fields.number_or("after", 0, 0, INT64_MAX);
  read.most = fields.number_or("most", read.most, 1, static_cast<std::int64_t>(most_events));
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto page = Events(call.engine).read(call.tenant, topic, read);
  if (!page) return std::unexpected(page.error());
  Reply reply{{{"events", json::array()}, {"next", page->next}}};
  for (const Event& event : page->events) reply.body["events"].push_back(of(event));
  return reply;
}

// Which group a call is about.
struct Named {
  std::string topic;
  std::string name;
  explicit Named(Fields& fields) : topic(fields.text("topic")), name(fields.text("group")) {}
  EventGroups::Group of(std::string_view tenant) const { return {tenant, topic, name}; }
};

Result<Reply> poll(Call& call) {
  Fields fields(call.body);
  const Named group(fields);
  const std::string member = fields.text("member");
  EventGroups::Poll poll{.member = member};
  poll.lease = fields.milliseconds("lease_ms");
  poll.most = fields.number_or("most", poll.most, 1, static_cast<std::int64_t>(most_events));
  if (fields.has("start")) poll.start = static_cast<EventGroups::Start>(fields.choice("start", {"earliest", "latest"}));
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto polled = EventGroups(call.engine).poll(group.of(call.tenant), poll);
  if (!polled) return std::unexpected(polled.error());
  Reply reply{{{"partitions", polled->loans.size()}, {"deliveries", json::array()}}};
  for (const EventGroups::Delivery& delivery : polled->deliveries) {
    reply.body["deliveries"].push_back({{"event", of(delivery.event)},
                                        {"token", delivery.token},
                                        {"attempts", delivery.attempts},
                                        {"redriven", delivery.redriven}});
  }
  return reply;
}

Result<Reply> commit(Call& call) {
  Fields fields(call.body);
  const Named group(fields);
  const std::string member = fields.text("member");
  std::vector<EventGroups::Position> positions;
  for (Fields& position : fields.objects("positions", most_positions)) {
    positions.push_back({position.number("partition", 0, 255), position.number("position", 0, INT64_MAX),
                         position.number("token", 0, INT64_MAX)});
    fields.join(position);
  }
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto done = EventGroups(call.engine).commit(group.of(call.tenant), member, positions);
  if (!done) return std::unexpected(done.error());
  return Reply{};
}

Result<Reply> fail_event(Call& call) {
  Fields fields(call.body);
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
  Fields fields(call.body);
  const Named group(fields);
  const std::string member = fields.text("member");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto released = EventGroups(call.engine).release(group.of(call.tenant), member);
  if (!released) return std::unexpected(released.error());
  return Reply{{{"partitions", *released}}};
}

Result<Reply> seek(Call& call) {
  Fields fields(call.body);
  const Named group(fields);
  const std::int64_t position = fields.number("position", 0, INT64_MAX);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto done = EventGroups(call.engine).seek(group.of(call.tenant), position);
  if (!done) return std::unexpected(done.error());
  return Reply{};
}

}  // namespace

std::vector<Route> event_routes() {
  return {
      {"event", "publish", "Publishes 1 to 1000 events, all or none.",
       R"({"topic": "orders", "events": [{"source": "/shop", "type": "order.placed", "id": "o-1", "partitionkey": "ann", "data": "{\"total\": 7}", "datacontenttype": "application/json"}, {"source": "/shop", "type": "order.paid", "id": "o-2", "partitionkey": "ann"}]})",
       R"({"published": [{"position": 1, "fresh": true}, {"position": 2, "fresh": true}]})", publish},
      {"event", "read", "Events behind a position, in order, for whoever keeps count.",
       R"({"topic": "orders", "after": 0, "most": 1})",
       R"({"events": [{"specversion": "1.0", "id": "o-1", "source": "/shop", "type": "order.placed", "time": "2026-01-01T00:00:00.000000Z", "partitionkey": "ann", "datacontenttype": "application/json", "data": "{\"total\": 7}", "position": 1, "partition": 8}], "next": 1})",
       read},
      {"event", "poll", "Lends partitions to a member of a group, and gives their next events.",
       R"({"topic": "orders", "group": "mailer", "member": "m-1", "lease_ms": 30000, "most": 2})",
       R"({"partitions": 16, "deliveries": [{"event": {"specversion": "1.0", "id": "o-1", "source": "/shop", "type": "order.placed", "time": "2026-01-01T00:00:00.000000Z", "partitionkey": "ann", "datacontenttype": "application/json", "data": "{\"total\": 7}", "position": 1, "partition": 8}, "token": 1, "attempts": 0, "redriven": false}, {"event": {"specversion": "1.0", "id": "o-2", "source": "/shop", "type": "order.paid", "time": "2026-01-01T00:00:01.000000Z", "partitionkey": "ann", "data": "", "position": 2, "partition": 8}, "token": 1, "attempts": 0, "redriven": false}]})",
       poll},
      {"event", "commit", "Says that events were dealt with, up to a position of each partition.",
       R"({"topic": "orders", "group": "mailer", "member": "m-1", "positions": [{"partition": 8, "position": 1, "token": 1}]})",
       "{}", commit},
      {"event", "fail", "Says that an event could not be dealt with: it is delivered again, or is dead.",
       R"({"topic": "orders", "group": "mailer", "partition": 8, "position": 2, "token": 1, "error": "no connection", "delay_ms": 1000})",
       R"({"dead": false})", fail_event},
      {"event", "seek", "Lets a group go on behind a position.",
       R"({"topic": "orders", "group": "mailer", "position": 0})", "{}", seek},
      {"event", "release", "Gives a member's partitions back.",
       R"({"topic": "orders", "group": "mailer", "member": "m-1"})", R"({"partitions": 0})", release},
  };
}

}  // namespace detoy::serve
