#include "foundation/event.h"
#include "serve/cloud_event.h"
#include "serve/event_bell.h"
#include "serve/json_fields.h"
#include "serve/route.h"

namespace detoy::serve {
namespace {

using foundation::Event;
using foundation::Events;
using foundation::NewEvent;
using nlohmann::json;

constexpr std::size_t most_events = 1'000;

Result<Reply> create_topic(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string topic = fields.text("topic");
  Events::Topic options;
  options.partitions = fields.number_or("partitions", options.partitions, 1, 256);
  options.retention = fields.milliseconds_or("retention_ms", options.retention);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto fresh = Events(call.engine).create_topic(call.tenant, topic, options);
  if (!fresh) return std::unexpected(fresh.error());
  return Reply{{{"fresh", *fresh}}};
}

Result<Reply> publish(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string topic = fields.text("topic");
  std::vector<SentEvent> sent;
  for (Fields& event : fields.objects("events", most_events)) {
    sent.emplace_back(event);
    fields.join(event);
  }
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  std::vector<std::vector<NewEvent::Extension>> extensions(sent.size());
  std::vector<NewEvent> events;
  events.reserve(sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) events.push_back(sent[i].view(extensions[i]));
  const auto published = Events(call.engine).publish(call.tenant, topic, events);
  if (!published) return std::unexpected(published.error());
  Reply reply{{{"published", json::array()}}};
  reply.rings.push_back(topic);
  for (const Events::Published& one : *published)
    reply.body["published"].push_back({{"position", one.position}, {"fresh", one.fresh}});
  return reply;
}

Result<Reply> read(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string topic = fields.text("topic");
  const std::string type = fields.text_or("type", "");
  Events::Read read{.type = type};
  read.after = fields.number_or("after", 0, 0, INT64_MAX);
  read.time = fields.time_or("time", 0);
  read.most = fields.number_or("most", read.most, 1, static_cast<std::int64_t>(most_events));
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto page = Events(call.engine).read(call.tenant, topic, read);
  if (!page) return std::unexpected(page.error());
  Reply reply{{{"events", json::array()}, {"next", page->next}}};
  for (const Event& event : page->events) reply.body["events"].push_back(told_event(event));
  return reply;
}

}  // namespace

std::vector<Route> event_routes() {
  return {
      {"event", "create_topic", "Makes a topic, or changes how long it keeps events.",
       R"({"topic": "orders", "partitions": 2, "retention_ms": 86400000})", R"({"fresh": true})", create_topic},
      {"event", "publish", "Publishes 1 to 1000 events, all or none.",
       R"({"topic": "orders", "events": [{"specversion": "1.0", "source": "/shop", "type": "order.placed", "id": "o-1", "time": "2026-01-01T00:00:00Z", "partitionkey": "ann", "region": "eu", "data": {"total": 7}, "datacontenttype": "application/json"}, {"source": "/shop", "type": "order.paid", "id": "o-2", "partitionkey": "ann"}]})",
       R"({"published": [{"position": 1, "fresh": true}, {"position": 2, "fresh": true}]})", publish, Pace::quick,
       InUnit::joins},
      {"event", "read", "Events behind a position or from a time on, in order, for whoever keeps count.",
       R"({"topic": "orders", "time": "2026-01-01T00:00:00Z", "most": 1})",
       R"({"events": [{"specversion": "1.0", "id": "o-1", "source": "/shop", "type": "order.placed", "time": "2026-01-01T00:00:00.000000Z", "partitionkey": "ann", "region": "eu", "datacontenttype": "application/json", "data": {"total": 7}, "position": 1, "partition": 0}], "next": 1})",
       read},
  };
}

}  // namespace detoy::serve
