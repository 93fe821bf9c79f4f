#include "serve/application.h"

#include "foundation/storage/tenant_engine.h"
#include "serve/event_stream.h"
#include "serve/json_fields.h"
#include "serve/open_api.h"
#include "serve/problem.h"
#include "serve/trace_context.h"

namespace detoy::serve {
namespace {

using foundation::Transaction;
using nlohmann::json;

constexpr foundation::Statement ask_store = "SELECT count(*) FROM detoy_schema";

constexpr std::string_view stream_path = "/v1/event/stream";

constexpr std::string_view key_is_needed = "an API key is needed: Authorization: Bearer KEY";
constexpr std::string_view key_is_for_others = "the key is not for this primitive";
constexpr std::string_view must_be_json = "the body must be application/json";

// More takes a while to read.
constexpr std::size_t most_quick_bytes = 64 << 10;

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

bool is_json(std::string_view content_type) {
  constexpr std::string_view wanted = "application/json";
  if (content_type.size() < wanted.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const char c = content_type[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != wanted[i]) return false;
  }
  const std::string_view rest = content_type.substr(wanted.size());
  return rest.empty() || rest.front() == ';' || rest.front() == ' ';
}

std::string_view key_of(std::string_view authorization) {
  constexpr std::string_view scheme = "Bearer ";
  return authorization.starts_with(scheme) ? authorization.substr(scheme.size()) : std::string_view{};
}

// What the caller did, or somebody before it.
bool is_callers(ErrorCategory category) {
  return category == ErrorCategory::usage || category == ErrorCategory::conflict || category == ErrorCategory::stale;
}

Response method_not_allowed(std::string_view allowed) {
  Response response = problem(405, "this is called with " + std::string(allowed));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace

// What a key may be used for in a unit of work.
class Application::CallsOfKey final : public OtherCalls {
 public:
  CallsOfKey(const Application& application, const Scope& scope) : application_(application), scope_(scope) {}

  Result<const Route*> find(std::string_view name) const override {
    const auto found = application_.by_path_.find("/v1/" + std::string(name));
    if (found == application_.by_path_.end()) return fail(ErrorCategory::usage, "there is no such call");
    const Route& route = *found->second.route;
    if (!scope_.covers(route.primitive)) return fail(ErrorCategory::usage, "the key is not for this primitive");
    if (route.in_unit != InUnit::joins) return fail(ErrorCategory::usage, "this call takes no part in a unit of work");
    if (application_.places_.in_redis(route.primitive))
      return fail(ErrorCategory::usage, "the primitive is kept in Redis, which takes no part in a unit of work");
    return &route;
  }
  foundation::Place place(const Route& route, foundation::Engine& engine) const override {
    return application_.places_.of(route.primitive, engine);
  }

 private:
  const Application& application_;
  const Scope& scope_;
};

Application::Application(foundation::Engine& engine, Log& log, const Options& options)
    : engine_(engine),
      log_(log),
      options_(options),
      routes_(all_routes()),
      open_api_(open_api(routes_).dump(2)),
      keys_(engine),
      places_(options.redis, metrics_, log),
      waiting_room_(options.waiting_seats),
      streams_(options.streams),
      upkeep_(engine, metrics_, log, options.upkeep_every) {
  for (const Route& route : routes_)
    by_path_.emplace(route.path(), Served{&route, &metrics_.calls(route.primitive, route.call)});
  if (options.webhooks) webhooks_.emplace(engine, bell_, metrics_, log, *options.webhooks);
}

void Application::drain() {
  draining_ = true;
  bell_.close();
  if (webhooks_) webhooks_->stop();
}

bool Application::quick(const Request& request) const {
  const auto found = by_path_.find(std::string(path_of(request.target)));
  if (found == by_path_.end()) return path_of(request.target) == "/livez";
  const Route& route = *found->second.route;
  return route.pace == Pace::quick && engine_.writes_apart() && request.body.size() <= most_quick_bytes &&
         !places_.in_redis(route.primitive);
}

Response Application::handle(const Request& request, foundation::Pause* pause) {
  const auto begun = std::chrono::steady_clock::now();
  const std::string path(path_of(request.target));
  const auto found = by_path_.find(path);
  Response response;
  if (found == by_path_.end()) {
    response = other(path, request);
  } else if (request.method == "POST") {
    response = call(*found->second.route, request, pause);
  } else {
    response = method_not_allowed("POST");
  }
  const bool streamed = path == stream_path;
  Metrics::Calls& calls = found != by_path_.end() ? *found->second.calls
                          : streamed              ? metrics_.calls("event", "stream")
                                                  : metrics_.calls("none", "none");
  calls.answered(response.status, std::chrono::steady_clock::now() - begun);
  return response;
}

std::optional<Response> Application::refuse(const Request& header) {
  const auto found = by_path_.find(std::string(path_of(header.target)));
  // Only calls have a body that anybody reads.
  if (found == by_path_.end() || header.method != "POST") return handle(header);
  const Route& route = *found->second.route;
  const auto scope = keys_.find(key_of(header.authorization));
  if (!scope) return problem(scope.error());
  if (!*scope) return problem(401, key_is_needed);
  if (route.in_unit != InUnit::holds && !(*scope)->covers(route.primitive)) return problem(403, key_is_for_others);
  if (!is_json(header.content_type)) return problem(415, must_be_json);
  return std::nullopt;
}

Response Application::other(std::string_view path, const Request& request) {
  if (path == stream_path) return request.method == "GET" ? stream(request) : method_not_allowed("GET");
  if (path != "/livez" && path != "/readyz" && path != "/metrics" && path != "/openapi.json")
    return problem(404, "there is no such call: GET /openapi.json lists them");
  if (request.method != "GET" && request.method != "HEAD") return method_not_allowed("GET, HEAD");
  if (path == "/readyz") return readiness();
  if (path == "/metrics") return {200, "text/plain; version=0.0.4", {}, metrics_.text()};
  Response response;
  response.body = path == "/livez" ? R"({"alive": true})" : open_api_;
  return response;
}

Response Application::call(const Route& route, const Request& request, foundation::Pause* pause) {
  const TraceContext trace = TraceContext::of(request.traceparent, random_);
  const auto finished = [&](Response response) {
    response.headers.emplace_back("traceparent", trace.text());
    return response;
  };
  const auto told = [&](const Error& error) {
    if (!is_callers(error.category)) {
      log_.error("a call failed", {{"primitive", route.primitive},
                                   {"call", route.call},
                                   {"error", error.message},
                                   {"trace_id", trace.trace_id()}});
    }
    // RFC 9110, 13.1.1: the condition is the header's, and not one of the body.
    if (error.category == ErrorCategory::stale && !request.if_match.empty())
      return finished(problem(412, error.message));
    return finished(problem(error));
  };
  const auto scope = keys_.find(key_of(request.authorization));
  if (!scope) return told(scope.error());
  if (!*scope) return finished(problem(401, key_is_needed));
  if (route.in_unit != InUnit::holds && !(*scope)->covers(route.primitive))
    return finished(problem(403, key_is_for_others));
  if (!is_json(request.content_type)) return finished(problem(415, must_be_json));
  const auto body = parse_json(request.body);
  if (!body) return told(body.error());
  std::optional<foundation::PausingEngine> pausing;
  if (pause != nullptr) pausing.emplace(engine_, *pause);
  foundation::TenantEngine confined(pausing ? static_cast<foundation::Engine&>(*pausing) : engine_, (*scope)->tenant);
  const CallsOfKey others(*this, **scope);
  Call call{
      confined,        places_.of(route.primitive, confined), (*scope)->tenant, *body, waiting_room_, bell_, others,
      request.if_match};
  auto reply = route.handle(call);
  if (!reply) return told(reply.error());
  for (const std::string& topic : reply->rings) bell_.ring((*scope)->tenant, topic);
  Response response;
  response.headers = std::move(reply->headers);
  response.body = reply->body.dump(-1, ' ', false, json::error_handler_t::replace);
  return finished(std::move(response));
}

Response Application::stream(const Request& request) {
  const std::string key(key_of(request.authorization));
  const auto told = [&](const Error& error) {
    if (error.category != ErrorCategory::usage) log_.error("a stream failed", {{"error", error.message}});
    return problem(error);
  };
  const auto scope = keys_.find(key);
  if (!scope) return told(scope.error());
  if (!*scope) return problem(401, key_is_needed);
  if (!(*scope)->covers("event")) return problem(403, key_is_for_others);
  auto from = stream_from(engine_, (*scope)->tenant, request);
  if (!from) return told(from.error());
  const auto allowed = [this, key] {
    const auto found = keys_.find(key);
    return found && *found && (*found)->covers("event");
  };
  auto events = std::make_shared<EventStream>(engine_, bell_, streams_, std::move(*from), allowed);
  if (!events->seated()) return problem(503, "too many streams are open already");
  Response response;
  response.content_type = "text/event-stream";
  response.stream = std::move(events);
  return response;
}

// The truth: whether the store answers now, and whether what must be done in the background is done.
Response Application::readiness() {
  json reasons = json::array();
  if (draining_) reasons.push_back("shutting down");
  const auto asked = engine_.read([](Transaction& transaction) { return transaction.run(ask_store); });
  if (!asked) {
    reasons.push_back("the store does not answer");
    log_.error("not ready", {{"error", asked.error().message}});
  }
  if (upkeep_.since_success() > options_.upkeep_late) {
    reasons.push_back("upkeep is late");
  } else if (upkeep_.failing()) {
    reasons.push_back("the store cannot be written");
  }
  if (webhooks_ && webhooks_->since_success() > options_.upkeep_late) reasons.push_back("webhook delivery is late");
  if (const std::string refusing = places_.refusing(); !refusing.empty())
    reasons.push_back("Redis cannot be reached, so these refuse: " + refusing);
  const bool ready = reasons.empty();
  const json body = {{"ready", ready}, {"reasons", reasons}};
  return {ready ? 200 : 503, "application/json", {}, body.dump()};
}

}  // namespace detoy::serve
