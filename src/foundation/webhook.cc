#include "foundation/webhook.h"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/bounds.h"
#include "foundation/webhook_cursor.h"
#include "foundation/webhook_row.h"

namespace detoy::foundation {
namespace {

using std::chrono::microseconds;

constexpr std::int64_t most_endpoints = 1'000;
constexpr std::int64_t most_types = 16;
constexpr std::size_t longest_endpoint_name = 200;
constexpr std::size_t longest_url = 2'048;
constexpr microseconds longest_backoff = std::chrono::hours(1);
constexpr microseconds longest_overlap = std::chrono::hours(24 * 30);

constexpr Statement count = "SELECT count(*) FROM webhook WHERE tenant = $1";
constexpr Statement add =
    "INSERT INTO webhook (tenant, name, topic, topic_id, group_id, url, secret, previous_secret, previous_until, "
    "timeout, "
    "backoff, most_attempts, state, problem, created_at, due_at, lease_until, token, failing, attempts, failures, "
    "failing_since, last_at, last_status, last_error, types) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, $8, $9, $10, 0, '', $11, $11, 0, 0, 0, 0, 0, 0, 0, 0, '', $12) "
    "ON CONFLICT (tenant, name) DO NOTHING";
constexpr Statement drop = "DELETE FROM webhook WHERE id = $1";

Result<void> check_endpoint_name(std::string_view name) {
  if (name.size() > longest_endpoint_name)
    return fail(ErrorCategory::usage, fmt::format("the name of an endpoint may have {} bytes, and has {}",
                                                  longest_endpoint_name, name.size()));
  return check_name("the name of an endpoint", name);
}

Result<void> check_named(std::string_view tenant, std::string_view name) {
  if (const auto named = check_name("tenant", tenant); !named) return named;
  return check_endpoint_name(name);
}

Result<void> check_url(std::string_view url) {
  std::string_view rest;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme)) rest = url.substr(scheme.size());
  }
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.empty()) return fail(ErrorCategory::usage, "the URL must begin with http:// or https:// and a host");
  if (authority.find('@') != std::string_view::npos)
    return fail(ErrorCategory::usage, "the URL must have no user and no password");
  if (url.size() > longest_url)
    return fail(ErrorCategory::usage, fmt::format("the URL may have {} bytes, and has {}", longest_url, url.size()));
  if (!std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; }))
    return fail(ErrorCategory::usage, "the URL must be of printable ASCII, without spaces");
  return {};
}

Result<void> check_settings(const Webhooks::Settings& settings) {
  const auto milliseconds = [](microseconds time) { return time.count() / 1'000; };
  if (const auto valid = check_between("timeout (milliseconds)", milliseconds(settings.timeout), 100, 30'000); !valid)
    return valid;
  if (const auto valid = check_between("backoff (milliseconds)", milliseconds(settings.backoff), 10, 3'600'000); !valid)
    return valid;
  return check_between("most attempts", settings.most_attempts, 1, 100);
}

Result<void> check_types(std::span<const std::string> types) {
  for (const std::string& type : types) {
    if (const auto named = check_name("type", type); !named) return named;
  }
  return check_between("types", static_cast<std::int64_t>(types.size()), 0, most_types);
}

// Changes one endpoint in a unit of work; false: there is none.
template <typename Edit>
Result<bool> edit(Engine& engine, std::string_view tenant, std::string_view name, const Edit& change) {
  if (const auto named = check_named(tenant, name); !named) return std::unexpected(named.error());
  return engine.write(Durability::machine, [&](Transaction& transaction) -> Result<bool> {
    auto row = find_webhook(transaction, tenant, name);
    if (!row) return std::unexpected(row.error());
    if (!*row) return false;
    change(transaction, **row);
    if (const auto valid = check_settings((*row)->endpoint.settings); !valid) return std::unexpected(valid.error());
    if (const auto done = put_webhook(transaction, **row); !done) return std::unexpected(done.error());
    return true;
  });
}

Result<void> add_endpoint(Transaction& transaction, std::string_view tenant, const Webhooks::NewEndpoint& endpoint) {
  const auto there = transaction.run(count, {tenant});
  if (!there) return std::unexpected(there.error());
  if (there->number(0, 0) >= most_endpoints)
    return fail(ErrorCategory::conflict, fmt::format("a tenant may have {} endpoints", most_endpoints));
  bool fresh = false;
  const std::string name = Webhooks::group_of(endpoint.name);
  const auto group = find_or_create_group(transaction, {tenant, endpoint.topic, name}, endpoint.start, fresh);
  if (!group) return std::unexpected(group.error());
  const Webhooks::Settings& settings = endpoint.settings;
  const std::string types = types_text(endpoint.types);
  const auto added = transaction.run(
      add, {tenant, endpoint.name, endpoint.topic, group->topic.id, group->id, endpoint.url, endpoint.secret,
            std::int64_t{settings.timeout.count()}, std::int64_t{settings.backoff.count()}, settings.most_attempts,
            transaction.now(), std::string_view(types)});
  if (!added) return std::unexpected(added.error());
  if (added->changed() == 0)
    return fail(ErrorCategory::conflict, fmt::format("there is an endpoint called {} already", endpoint.name));
  return {};
}

}  // namespace

std::string Webhooks::group_of(std::string_view name) {
  return fmt::format("webhook:{}", name);
}

microseconds Webhooks::delay(const Settings& settings, std::int64_t attempts, const Outcome& outcome) {
  microseconds wait = settings.backoff;
  for (std::int64_t i = 1; i < attempts && wait < longest_backoff; ++i) wait *= 2;
  wait = std::min(wait, longest_backoff);
  const auto half = wait.count() / 2;
  wait =
      microseconds(half + static_cast<std::int64_t>(static_cast<double>(half) * std::clamp(outcome.jitter, 0.0, 1.0)));
  if (!outcome.retry_after) return wait;
  return std::max(wait, std::min(*outcome.retry_after, longest_backoff));
}

Result<void> Webhooks::create(std::string_view tenant, const NewEndpoint& endpoint) {
  if (const auto named = check_named(tenant, endpoint.name); !named) return named;
  if (const auto named = check_name("topic", endpoint.topic); !named) return named;
  if (const auto valid = check_url(endpoint.url); !valid) return valid;
  if (const auto named = check_name("secret", endpoint.secret); !named) return named;
  if (const auto valid = check_settings(endpoint.settings); !valid) return valid;
  if (const auto valid = check_types(endpoint.types); !valid) return valid;
  return engine_.write(Durability::machine,
                       [&](Transaction& transaction) { return add_endpoint(transaction, tenant, endpoint); });
}

Result<std::optional<Webhooks::Endpoint>> Webhooks::get(std::string_view tenant, std::string_view name) {
  if (const auto named = check_named(tenant, name); !named) return std::unexpected(named.error());
  return engine_.read([&](Transaction& transaction) -> Result<std::optional<Endpoint>> {
    auto row = find_webhook(transaction, tenant, name);
    if (!row) return std::unexpected(row.error());
    if (!*row) return std::nullopt;
    return std::move((*row)->endpoint);
  });
}

Result<std::vector<Webhooks::Endpoint>> Webhooks::list(std::string_view tenant, std::string_view after,
                                                       std::int64_t most) {
  if (const auto named = check_name("tenant", tenant); !named) return std::unexpected(named.error());
  if (!after.empty()) {
    if (const auto named = check_name("after", after); !named) return std::unexpected(named.error());
  }
  if (const auto valid = check_between("endpoints to list", most, 1, 1'000); !valid)
    return std::unexpected(valid.error());
  return engine_.read([&](Transaction& transaction) -> Result<std::vector<Endpoint>> {
    auto rows = list_webhooks(transaction, tenant, after, most);
    if (!rows) return std::unexpected(rows.error());
    std::vector<Endpoint> listed;
    listed.reserve(rows->size());
    for (WebhookRow& row : *rows) listed.push_back(std::move(row.endpoint));
    return listed;
  });
}

Result<bool> Webhooks::update(std::string_view tenant, std::string_view name, const Change& change) {
  if (change.url) {
    if (const auto valid = check_url(*change.url); !valid) return std::unexpected(valid.error());
  }
  if (change.types) {
    if (const auto valid = check_types(*change.types); !valid) return std::unexpected(valid.error());
  }
  return edit(engine_, tenant, name, [&](Transaction& transaction, WebhookRow& row) {
    Endpoint& endpoint = row.endpoint;
    if (change.timeout) endpoint.settings.timeout = *change.timeout;
    if (change.backoff) endpoint.settings.backoff = *change.backoff;
    if (change.most_attempts) endpoint.settings.most_attempts = *change.most_attempts;
    if (change.types) {
      endpoint.types.assign(change.types->begin(), change.types->end());
      // What failed may be of a type that is not wanted any more.
      row.failing = 0;
      endpoint.attempts = 0;
    }
    if (change.url) endpoint.url = *change.url;
    if (!change.url && !change.types) return;
    endpoint.due_at = transaction.now();
    // What is claimed is as it was before: that claim ends, and what comes of it is not waited for.
    ++row.token;
  });
}

Result<bool> Webhooks::pause(std::string_view tenant, std::string_view name) {
  return edit(engine_, tenant, name, [](Transaction&, WebhookRow& row) {
    if (row.endpoint.state == State::active) row.endpoint.state = State::paused;
  });
}

Result<bool> Webhooks::resume(std::string_view tenant, std::string_view name) {
  return edit(engine_, tenant, name, [](Transaction& transaction, WebhookRow& row) {
    if (row.endpoint.state == State::active) return;
    row.endpoint.state = State::active;
    row.endpoint.problem.clear();
    row.endpoint.due_at = transaction.now();
    row.failing_since = 0;
  });
}

Result<bool> Webhooks::rotate_secret(std::string_view tenant, std::string_view name, std::string_view secret,
                                     microseconds keep_previous) {
  if (const auto named = check_name("secret", secret); !named) return std::unexpected(named.error());
  if (const auto valid = check_between("time that the previous secret is valid (microseconds)", keep_previous.count(),
                                       0, longest_overlap.count());
      !valid)
    return std::unexpected(valid.error());
  return edit(engine_, tenant, name, [&](Transaction& transaction, WebhookRow& row) {
    row.previous_secret = std::move(row.secret);
    row.previous_until = transaction.now() + keep_previous.count();
    row.secret = secret;
  });
}

Result<bool> Webhooks::remove(std::string_view tenant, std::string_view name) {
  if (const auto named = check_named(tenant, name); !named) return std::unexpected(named.error());
  return engine_.write(Durability::machine, [&](Transaction& transaction) -> Result<bool> {
    const auto row = find_webhook(transaction, tenant, name);
    if (!row) return std::unexpected(row.error());
    if (!*row) return false;
    if (const auto gone = transaction.run(drop, {(*row)->id}); !gone) return std::unexpected(gone.error());
    if (const auto gone = forget_group(transaction, (*row)->group); !gone) return std::unexpected(gone.error());
    return true;
  });
}

}  // namespace detoy::foundation
