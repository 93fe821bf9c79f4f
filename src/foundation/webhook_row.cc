#include "foundation/webhook_row.h"

#include <algorithm>

namespace detoy::foundation {
namespace {

#define WEBHOOK_COLUMNS                                                                                  \
  "id, tenant, name, topic, group_id, url, secret, previous_secret, previous_until, timeout, backoff, "  \
  "most_attempts, state, problem, created_at, due_at, lease_until, token, failing, attempts, failures, " \
  "failing_since, last_at, last_status, last_error, types"

constexpr Statement by_name = "SELECT " WEBHOOK_COLUMNS " FROM webhook WHERE tenant = $1 AND name = $2";
constexpr Statement by_id = "SELECT " WEBHOOK_COLUMNS " FROM webhook WHERE id = $1";
constexpr Statement all =
    "SELECT " WEBHOOK_COLUMNS " FROM webhook WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3";
constexpr Statement put =
    "UPDATE webhook SET url = $2, secret = $3, previous_secret = $4, previous_until = $5, timeout = $6, backoff = $7, "
    "most_attempts = $8, state = $9, problem = $10, due_at = $11, lease_until = $12, token = $13, failing = $14, "
    "attempts = $15, failures = $16, failing_since = $17, last_at = $18, last_status = $19, last_error = $20, "
    "types = $21 "
    "WHERE id = $1";

#undef WEBHOOK_COLUMNS

std::vector<std::string> types_in(std::string_view text) {
  std::vector<std::string> types;
  while (text.size() > 1) {
    const std::size_t end = text.find('\n', 1);
    types.emplace_back(text.substr(1, end - 1));
    text.remove_prefix(std::min(end, text.size()));
  }
  return types;
}

WebhookRow row_in(const Rows& rows, std::size_t row) {
  using std::chrono::microseconds;
  WebhookRow found;
  found.id = rows.number(row, 0);
  found.tenant = rows.text(row, 1);
  found.endpoint = {.name = rows.text(row, 2),
                    .topic = rows.text(row, 3),
                    .url = rows.text(row, 5),
                    .settings = {.timeout = microseconds(rows.number(row, 9)),
                                 .backoff = microseconds(rows.number(row, 10)),
                                 .most_attempts = rows.number(row, 11)},
                    .types = types_in(rows.text(row, 25)),
                    .state = static_cast<Webhooks::State>(rows.number(row, 12)),
                    .problem = rows.text(row, 13),
                    .created_at = rows.number(row, 14),
                    .due_at = rows.number(row, 15),
                    .attempts = rows.number(row, 19),
                    .failures = rows.number(row, 20),
                    .last_at = rows.number(row, 22),
                    .last_status = rows.number(row, 23),
                    .last_error = rows.text(row, 24)};
  found.group = rows.number(row, 4);
  found.secret = rows.text(row, 6);
  found.previous_secret = rows.text(row, 7);
  found.previous_until = rows.number(row, 8);
  found.lease_until = rows.number(row, 16);
  found.token = rows.number(row, 17);
  found.failing = rows.number(row, 18);
  found.failing_since = rows.number(row, 21);
  return found;
}

Result<std::optional<WebhookRow>> first_of(const Result<Rows>& rows) {
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty()) return std::nullopt;
  return row_in(*rows, 0);
}

}  // namespace

Result<std::optional<WebhookRow>> find_webhook(Transaction& transaction, std::string_view tenant,
                                               std::string_view name) {
  return first_of(transaction.run(by_name, {tenant, name}));
}

Result<std::optional<WebhookRow>> find_webhook(Transaction& transaction, std::int64_t id) {
  return first_of(transaction.run(by_id, {id}));
}

Result<std::vector<WebhookRow>> list_webhooks(Transaction& transaction, std::string_view tenant, std::string_view after,
                                              std::int64_t most) {
  const auto rows = transaction.run(all, {tenant, after, most});
  if (!rows) return std::unexpected(rows.error());
  std::vector<WebhookRow> found;
  found.reserve(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i) found.push_back(row_in(*rows, i));
  return found;
}

std::string types_text(std::span<const std::string> types) {
  std::string text;
  for (const std::string& type : types) text += "\n" + type;
  if (!text.empty()) text += '\n';
  return text;
}

Result<void> put_webhook(Transaction& transaction, const WebhookRow& row) {
  const Webhooks::Endpoint& endpoint = row.endpoint;
  const std::string types = types_text(endpoint.types);
  const auto done = transaction.run(put, {row.id,
                                          std::string_view(endpoint.url),
                                          std::string_view(row.secret),
                                          std::string_view(row.previous_secret),
                                          row.previous_until,
                                          std::int64_t{endpoint.settings.timeout.count()},
                                          std::int64_t{endpoint.settings.backoff.count()},
                                          endpoint.settings.most_attempts,
                                          static_cast<std::int64_t>(endpoint.state),
                                          std::string_view(endpoint.problem),
                                          endpoint.due_at,
                                          row.lease_until,
                                          row.token,
                                          row.failing,
                                          endpoint.attempts,
                                          endpoint.failures,
                                          row.failing_since,
                                          endpoint.last_at,
                                          endpoint.last_status,
                                          std::string_view(endpoint.last_error),
                                          std::string_view(types)});
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace detoy::foundation
