#include <array>

#include "foundation/webhook.h"
#include "serve/event_bell.h"
#include "serve/json_fields.h"
#include "serve/route.h"
#include "serve/webhook_signature.h"

namespace detoy::serve {
namespace {

using foundation::EventGroups;
using foundation::Webhooks;
using nlohmann::json;

constexpr std::array states = {"active", "paused", "disabled"};
constexpr std::int64_t most_attempts = 100;
constexpr std::size_t most_types = 16;

// Never with the secret.
json of(const Webhooks::Endpoint& endpoint) {
  json told = {{"name", endpoint.name},
               {"topic", endpoint.topic},
               {"group", Webhooks::group_of(endpoint.name)},
               {"url", endpoint.url},
               {"state", states[static_cast<std::size_t>(endpoint.state)]},
               {"timeout_ms", to_milliseconds(endpoint.settings.timeout.count())},
               {"backoff_ms", to_milliseconds(endpoint.settings.backoff.count())},
               {"most_attempts", endpoint.settings.most_attempts},
               {"created_at", time_text(endpoint.created_at)},
               {"failures", endpoint.failures},
               {"attempts", endpoint.attempts}};
  if (!endpoint.types.empty()) told["types"] = endpoint.types;
  if (!endpoint.problem.empty()) told["problem"] = endpoint.problem;
  if (endpoint.attempts > 0) told["due_at"] = time_text(endpoint.due_at);
  if (endpoint.last_at == 0) return told;
  told["last_at"] = time_text(endpoint.last_at);
  if (endpoint.last_status != 0) told["last_status"] = endpoint.last_status;
  if (!endpoint.last_error.empty()) told["last_error"] = endpoint.last_error;
  return told;
}

// The secret that was sent, or a new one.
Result<std::string> secret_of(const std::string& sent) {
  if (sent.empty()) return new_webhook_secret();
  if (const auto valid = check_webhook_secret(sent); !valid) return std::unexpected(valid.error());
  return sent;
}

Result<Reply> create(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  const std::string topic = fields.text("topic");
  const std::string url = fields.text("url");
  const std::string sent = fields.text_or("secret", "");
  const std::vector<std::string> types = fields.texts_or_none("types", most_types);
  Webhooks::NewEndpoint endpoint{.name = name, .topic = topic, .url = url, .secret = {}, .types = types};
  Webhooks::Settings& settings = endpoint.settings;
  settings.timeout = fields.milliseconds_or("timeout_ms", settings.timeout);
  settings.backoff = fields.milliseconds_or("backoff_ms", settings.backoff);
  settings.most_attempts = fields.number_or("most_attempts", settings.most_attempts, 1, most_attempts);
  if (fields.has("start"))
    endpoint.start = static_cast<EventGroups::Start>(fields.choice("start", {"earliest", "latest"}));
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto secret = secret_of(sent);
  if (!secret) return std::unexpected(secret.error());
  endpoint.secret = *secret;
  const auto done = Webhooks(call.engine).create(call.tenant, endpoint);
  if (!done) return std::unexpected(done.error());
  call.bell.ring(call.tenant, topic);
  return Reply{{{"secret", *secret}}};
}

Result<Reply> get(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto endpoint = Webhooks(call.engine).get(call.tenant, name);
  if (!endpoint) return std::unexpected(endpoint.error());
  if (!*endpoint) return Reply{{{"found", false}}};
  const std::string group = Webhooks::group_of(name);
  const auto lags = EventGroups(call.engine).lag({call.tenant, (*endpoint)->topic, group});
  if (!lags) return std::unexpected(lags.error());
  std::int64_t behind = 0;
  for (const EventGroups::Lag& lag : *lags) behind += lag.events;
  Reply reply{{{"found", true}, {"endpoint", of(**endpoint)}}};
  reply.body["endpoint"]["lag"] = behind;
  return reply;
}

Result<Reply> list(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string after = fields.text_or("after", "");
  const std::int64_t most = fields.number_or("most", 100, 1, 1'000);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto endpoints = Webhooks(call.engine).list(call.tenant, after, most);
  if (!endpoints) return std::unexpected(endpoints.error());
  Reply reply{{{"endpoints", json::array()}}};
  for (const Webhooks::Endpoint& endpoint : *endpoints) reply.body["endpoints"].push_back(of(endpoint));
  return reply;
}

Result<Reply> update(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  const std::string url = fields.text_or("url", "");
  const std::vector<std::string> types = fields.texts_or_none("types", most_types);
  Webhooks::Change change;
  if (fields.has("url")) change.url = url;
  if (fields.has("types")) change.types = types;
  if (fields.has("timeout_ms")) change.timeout = fields.milliseconds("timeout_ms");
  if (fields.has("backoff_ms")) change.backoff = fields.milliseconds("backoff_ms");
  change.most_attempts = fields.optional_number("most_attempts", 1, most_attempts);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto done = Webhooks(call.engine).update(call.tenant, name, change);
  if (!done) return std::unexpected(done.error());
  call.bell.ring(call.tenant, name);
  return Reply{{{"done", *done}}};
}

Result<Reply> rotate_secret(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  const std::string sent = fields.text_or("secret", "");
  const auto keep = fields.milliseconds_or("keep_previous_ms", std::chrono::hours(24));
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto secret = secret_of(sent);
  if (!secret) return std::unexpected(secret.error());
  const auto done = Webhooks(call.engine).rotate_secret(call.tenant, name, *secret, keep);
  if (!done) return std::unexpected(done.error());
  Reply reply{{{"done", *done}}};
  if (*done) reply.body["secret"] = *secret;
  return reply;
}

// pause, resume and remove: a name, and whether there was such an endpoint.
template <Result<bool> (Webhooks::*method)(std::string_view, std::string_view)>
Result<Reply> change(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  Webhooks webhooks(call.engine);
  const auto done = (webhooks.*method)(call.tenant, name);
  if (!done) return std::unexpected(done.error());
  call.bell.ring(call.tenant, name);
  return Reply{{{"done", *done}}};
}

}  // namespace

std::vector<Route> webhook_routes() {
  return {
      {"webhook", "create", "Delivers the events of a topic by HTTP POST. The secret is shown only now.",
       R"({"name": "billing", "topic": "invoices", "url": "https://billing.example/hooks", "secret": "whsec_YW4gZXhhbXBsZTogZG8gbm90IHVzZSBpdA==", "start": "latest", "types": ["invoice.sent", "invoice.paid"], "most_attempts": 12})",
       R"({"secret": "whsec_YW4gZXhhbXBsZTogZG8gbm90IHVzZSBpdA=="})", create},
      {"webhook", "get", "One endpoint, how its deliveries went, and how many events it is behind.",
       R"({"name": "billing"})",
       R"({"found": true, "endpoint": {"name": "billing", "topic": "invoices", "group": "webhook:billing", "url": "https://billing.example/hooks", "state": "active", "timeout_ms": 10000, "backoff_ms": 5000, "most_attempts": 12, "types": ["invoice.sent", "invoice.paid"], "created_at": "2026-01-01T00:00:00.000000Z", "failures": 0, "attempts": 0, "lag": 0}})",
       get},
      {"webhook", "update", "Changes the URL, the types of events, and how often and how long it is tried.",
       R"({"name": "billing", "url": "https://billing.example/hooks/2", "types": [], "timeout_ms": 5000})",
       R"({"done": true})", update},
      {"webhook", "rotate_secret", "Signs with a new secret, and for a time with the previous one, too.",
       R"({"name": "billing", "secret": "whsec_YW5vdGhlciBleGFtcGxlLCBhcyB1c2VsZXNz", "keep_previous_ms": 86400000})",
       R"({"done": true, "secret": "whsec_YW5vdGhlciBleGFtcGxlLCBhcyB1c2VsZXNz"})", rotate_secret},
      {"webhook", "pause", "Delivers nothing until it is resumed; nothing is lost within the topic's retention.",
       R"({"name": "billing"})", R"({"done": true})", change<&Webhooks::pause>},
      {"webhook", "list", "Endpoints by name.", R"({"most": 10})",
       R"({"endpoints": [{"name": "billing", "topic": "invoices", "group": "webhook:billing", "url": "https://billing.example/hooks/2", "state": "paused", "timeout_ms": 5000, "backoff_ms": 5000, "most_attempts": 12, "created_at": "2026-01-01T00:00:00.000000Z", "failures": 0, "attempts": 0}]})",
       list},
      {"webhook", "resume", "Goes on, also with what is disabled.", R"({"name": "billing"})", R"({"done": true})",
       change<&Webhooks::resume>},
      {"webhook", "remove", "Forgets the endpoint and its dead letters.", R"({"name": "billing"})", R"({"done": true})",
       change<&Webhooks::remove>},
  };
}

}  // namespace detoy::serve
