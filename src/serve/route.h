// What the server can be called for: POST /v1/PRIMITIVE/CALL with a JSON object, answered by a JSON object.
//
// A primitive adds its routes with a file of its own and one line in all_routes(). Documentation (OpenAPI), the scopes
// of API keys, metrics and the tests of every route follow from the table.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "foundation/place.h"
#include "foundation/storage/engine.h"

namespace detoy::serve {

// Lets only so many calls wait for something at a time, so that waiting never takes all threads.
class WaitingRoom;

// Rings when events were published here.
class EventBell;

struct Route;

// The calls that whoever makes a call may make, for a call that is made of others.
class OtherCalls {
 public:
  OtherCalls() = default;
  OtherCalls(const OtherCalls&) = delete;
  OtherCalls& operator=(const OtherCalls&) = delete;
  virtual ~OtherCalls() = default;
  // By a name like "job/enqueue". Category usage: there is no such call, the caller's key is not for it, or it takes no
  // part in units of work.
  virtual Result<const Route*> find(std::string_view name) const = 0;
  virtual foundation::Place place(const Route& route, foundation::Engine& engine) const = 0;
};

struct Call {
  foundation::Engine& engine;  // as the tenant may see it
  foundation::Place place;     // of the primitive that is called
  std::string_view tenant;
  const nlohmann::json& body;
  WaitingRoom& waiting_room;
  EventBell& bell;
  const OtherCalls& others;
  std::string_view if_match = {};  // the header of the request, or empty
  // Not null: nothing is to be done, but the JSON Schema of the body noted (json_fields.h).
  nlohmann::json* schema = nullptr;
};

struct Reply {
  nlohmann::json body = nlohmann::json::object();
  std::vector<std::pair<std::string, std::string>> headers = {};
  // Topics that have new events now: whoever waits for them is told.
  std::vector<std::string> rings = {};
};

// How long a call holds its thread, apart from the time in which its own writes are done.
enum class Pace : std::uint8_t {
  slow,   // it may wait for something, or read much
  quick,  // it reads a few rows by their keys
};

// What a call has to do with units of work.
enum class InUnit : std::uint8_t {
  never,  // it stands alone
  joins,  // it may be one of the calls of a unit: it only writes by the engine, and waits for nothing
  holds,  // it is a unit, of other calls: the key must be for each of these
};

struct Route {
  std::string_view primitive;
  std::string_view call;
  std::string_view summary;  // one sentence
  // Valid JSON, sent and answered as written when the calls of a primitive are made in the order of their routes.
  std::string_view request_example;
  std::string_view reply_example;
  Result<Reply> (*handle)(Call&);
  Pace pace = Pace::slow;
  InUnit in_unit = InUnit::never;

  std::string path() const { return "/v1/" + std::string(primitive) + "/" + std::string(call); }
};

std::vector<Route> rate_limit_routes();
std::vector<Route> cache_routes();
std::vector<Route> lock_routes();
std::vector<Route> idempotency_routes();
std::vector<Route> breaker_routes();
std::vector<Route> job_routes();
std::vector<Route> recurring_job_routes();
std::vector<Route> timer_routes();
std::vector<Route> event_routes();
std::vector<Route> event_group_routes();
std::vector<Route> webhook_routes();
std::vector<Route> entity_routes();
std::vector<Route> unit_routes();

// Of all primitives, in the order of the documentation.
std::vector<Route> all_routes();

}  // namespace detoy::serve
