#include <fmt/format.h>

#include "foundation/storage/joined_engine.h"
#include "serve/json_fields.h"
#include "serve/route.h"

namespace detoy::serve {
namespace {

using foundation::Durability;
using foundation::JoinedEngine;
using foundation::Transaction;
using nlohmann::json;

constexpr std::size_t most_calls = 32;

struct Part {
  const Route* route = nullptr;
  json body;
};

Result<std::vector<Part>> parts_of(const Call& call) {
  Fields fields(call.body, call.schema);
  std::vector<Part> parts;
  std::size_t number = 0;
  for (Fields& one : fields.objects("calls", most_calls)) {
    const std::string name = one.text("call");
    json body = one.has("body") ? json::parse(one.object_text("body"), nullptr, false) : json::object();
    fields.join(one);
    const auto route = call.others.find(name);
    if (!route) fields.refuse(fmt::format("calls[{}]", number), route.error().message);
    parts.push_back({route.value_or(nullptr), std::move(body)});
    ++number;
  }
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  return parts;
}

Result<Reply> run(Call& call) {
  const auto parts = parts_of(call);
  if (!parts) return std::unexpected(parts.error());
  return call.engine.write(Durability::machine, [&](Transaction& transaction) -> Result<Reply> {
    JoinedEngine joined(transaction);
    Reply whole{{{"replies", json::array()}}};
    for (std::size_t i = 0; i < parts->size(); ++i) {
      const Part& part = (*parts)[i];
      Call one{joined,     call.others.place(*part.route, joined), call.tenant, part.body, call.waiting_room, call.bell,
               call.others};
      auto reply = part.route->handle(one);
      if (!reply) {
        Error error = reply.error();
        error.message = fmt::format("calls[{}], {}/{}: {}", i, part.route->primitive, part.route->call, error.message);
        return std::unexpected(std::move(error));
      }
      whole.body["replies"].push_back(std::move(reply->body));
      whole.rings.insert(whole.rings.end(), reply->rings.begin(), reply->rings.end());
    }
    return whole;
  });
}

}  // namespace

std::vector<Route> unit_routes() {
  return {
      {"unit", "run", "Makes 1 to 32 calls as one: all of them are done, or none.",
       R"({"calls": [{"call": "entity/create", "body": {"type": "payment", "id": "p-9", "actor": "ann", "body": {"amount": 300, "state": "authorized"}}}, {"call": "event/publish", "body": {"topic": "orders", "events": [{"source": "/shop", "type": "order.paid", "id": "o-9", "partitionkey": "ann"}]}}, {"call": "timer/schedule", "body": {"name": "ticket-9", "queue": "sla", "after_ms": 3600000}}]})",
       R"({"replies": [{"id": "p-9", "version": 1, "body": {"amount": 300, "state": "authorized"}, "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:00.000000Z"}, {"published": [{"position": 3, "fresh": true}]}, {"generation": 2, "next_at": "2026-01-01T01:00:00.000000Z"}]})",
       run, Pace::quick, InUnit::holds},
  };
}

}  // namespace detoy::serve
