// Who delivers for an endpoint, and what comes of it.
#include <algorithm>

#include "foundation/webhook.h"
#include "foundation/webhook_cursor.h"
#include "foundation/webhook_row.h"

namespace detoy::foundation {
namespace {

constexpr Micros patience =
    micros(std::chrono::hours(24 * 5));  // with an endpoint of which nothing is heard but failures
constexpr std::int64_t gone = 410;

// Some of each tenant before more of one: nobody's endpoints keep others from being found. Cursors go forward together,
// so one tells for all.
constexpr Statement find_due =
    "SELECT id, tenant FROM (SELECT webhook.id AS id, webhook.tenant AS tenant, "
    "row_number() OVER (PARTITION BY webhook.tenant ORDER BY webhook.due_at, webhook.id) AS turn "
    "FROM webhook JOIN event_topic ON event_topic.id = webhook.topic_id "
    "JOIN event_cursor ON event_cursor.group_id = webhook.group_id AND event_cursor.partition = 0 "
    "WHERE webhook.state = 0 AND webhook.due_at <= $1 AND webhook.lease_until <= $1 "
    "AND (event_topic.last_position > event_cursor.committed OR EXISTS (SELECT 1 FROM event_dead_letter "
    "WHERE event_dead_letter.group_id = webhook.group_id AND event_dead_letter.redriven = 1))) AS found "
    "WHERE turn <= 64 ORDER BY turn, id LIMIT $2";

Micros lease_of(const Webhooks::Settings& settings, std::chrono::microseconds margin) {
  return settings.timeout.count() + margin.count();
}

// No row: it was removed, or somebody else claimed it.
Result<std::optional<WebhookRow>> claimed(Transaction& transaction, const Webhooks::Claim& claim) {
  auto row = find_webhook(transaction, claim.id);
  if (row && *row && (*row)->token != claim.token) return std::nullopt;
  return row;
}

Result<GroupRow> group_of_row(Transaction& transaction, const WebhookRow& row) {
  const std::string name = Webhooks::group_of(row.endpoint.name);
  return need_group(transaction, {row.tenant, row.endpoint.topic, name});
}

std::string reason(const Webhooks::Outcome& outcome) {
  return outcome.status == 0 ? outcome.error : "status " + std::to_string(outcome.status);
}

void disable(WebhookRow& row, std::string_view problem) {
  row.endpoint.state = Webhooks::State::disabled;
  row.endpoint.problem = problem;
}

// One event whose outcome is told, within its unit of work.
class Settlement {
 public:
  Settlement(Transaction& transaction, WebhookRow& row, const GroupRow& group, const EventGroups::Delivery& delivery,
             const Webhooks::Outcome& outcome)
      : transaction_(transaction), row_(row), group_(group), delivery_(delivery), outcome_(outcome) {}

  Result<Webhooks::Settled::What> run() {
    Webhooks::Endpoint& endpoint = row_.endpoint;
    endpoint.last_at = transaction_.now();
    endpoint.last_status = outcome_.status;
    endpoint.last_error = outcome_.status == 0 ? outcome_.error : "";
    const bool done = outcome_.status >= 200 && outcome_.status < 300;
    return done ? succeed() : fail();
  }

 private:
  using What = Webhooks::Settled::What;

  Result<What> succeed() {
    row_.endpoint.failures = 0;
    row_.failing_since = 0;
    forget_attempts();
    if (const auto passed = pass(transaction_, row_.group, delivery_); !passed) return std::unexpected(passed.error());
    return What::delivered;
  }

  Result<What> fail() {
    Webhooks::Endpoint& endpoint = row_.endpoint;
    ++endpoint.failures;
    if (row_.failing_since == 0) row_.failing_since = transaction_.now();
    if (outcome_.status == gone) {
      disable(row_, "the receiver answered 410 Gone");
      return What::disabled;
    }
    const std::int64_t before = delivery_.redriven                         ? delivery_.attempts
                                : row_.failing == delivery_.event.position ? endpoint.attempts
                                                                           : 0;
    if (before + 1 >= endpoint.settings.most_attempts) {
      forget_attempts();
      const auto buried = give_up(transaction_, group_, delivery_, before + 1, reason(outcome_));
      if (!buried) return std::unexpected(buried.error());
      return with_patience(What::dead);
    }
    row_.failing = delivery_.event.position;
    endpoint.attempts = before + 1;
    endpoint.due_at = transaction_.now() + Webhooks::delay(endpoint.settings, endpoint.attempts, outcome_).count();
    const auto noted = note_attempts(transaction_, row_.group, delivery_, endpoint.attempts);
    if (!noted) return std::unexpected(noted.error());
    return with_patience(What::failed);
  }

  What with_patience(What otherwise) {
    if (transaction_.now() - row_.failing_since < patience) return otherwise;
    disable(row_, "nothing was delivered for five days");
    return What::disabled;
  }

  void forget_attempts() {
    row_.failing = 0;
    row_.endpoint.attempts = 0;
  }

  Transaction& transaction_;
  WebhookRow& row_;
  const GroupRow& group_;
  const EventGroups::Delivery& delivery_;
  const Webhooks::Outcome& outcome_;
};

}  // namespace

Result<std::vector<Webhooks::Due>> Webhooks::due(std::int64_t most) {
  return engine_.read([&](Transaction& transaction) -> Result<std::vector<Due>> {
    const auto rows = transaction.run(find_due, {transaction.now(), most});
    if (!rows) return std::unexpected(rows.error());
    std::vector<Due> found;
    for (std::size_t i = 0; i < rows->size(); ++i) found.push_back({rows->number(i, 0), rows->text(i, 1)});
    return found;
  });
}

Result<std::optional<Webhooks::Claim>> Webhooks::claim(std::int64_t id, std::chrono::microseconds margin,
                                                       std::int64_t most) {
  return engine_.write(Durability::machine, [&](Transaction& transaction) -> Result<std::optional<Claim>> {
    auto row = find_webhook(transaction, id);
    if (!row) return std::unexpected(row.error());
    const Micros now = transaction.now();
    if (!*row || (*row)->endpoint.state != State::active || (*row)->endpoint.due_at > now || (*row)->lease_until > now)
      return std::nullopt;
    const auto group = group_of_row(transaction, **row);
    if (!group) return std::unexpected(group.error());
    Claim claim{.id = id, .token = (*row)->token + 1, .seed = group->topic.seed};
    const auto fence = fence_of(transaction, group->id);
    if (!fence) return std::unexpected(fence.error());
    claim.fence = *fence;
    auto next = next_of(transaction, *group, (*row)->endpoint.types, most);
    if (!next) return std::unexpected(next.error());
    if (next->empty()) return std::nullopt;
    claim.deliveries = std::move(*next);
    claim.url = (*row)->endpoint.url;
    claim.secrets.push_back((*row)->secret);
    if ((*row)->previous_until > now) claim.secrets.push_back((*row)->previous_secret);
    claim.settings = (*row)->endpoint.settings;
    (*row)->token = claim.token;
    (*row)->lease_until = now + lease_of(claim.settings, margin);
    if (const auto done = put_webhook(transaction, **row); !done) return std::unexpected(done.error());
    return claim;
  });
}

Result<Webhooks::Settled> Webhooks::settle(const Claim& claim, const EventGroups::Delivery& delivery,
                                           const Outcome& outcome, std::chrono::microseconds margin) {
  return engine_.write(Durability::machine, [&](Transaction& transaction) -> Result<Settled> {
    auto row = claimed(transaction, claim);
    if (!row) return std::unexpected(row.error());
    if (!*row) return Settled{};
    const auto group = group_of_row(transaction, **row);
    if (!group) return std::unexpected(group.error());
    const auto fence = fence_of(transaction, group->id);
    if (!fence) return std::unexpected(fence.error());
    Settled settled;
    if (*fence == claim.fence) {
      const auto what = Settlement(transaction, **row, *group, delivery, outcome).run();
      if (!what) return std::unexpected(what.error());
      settled.what = *what;
      settled.go_on = (*row)->endpoint.state == State::active && *what != Settled::What::failed;
    }
    (*row)->lease_until = settled.go_on ? transaction.now() + lease_of(claim.settings, margin) : 0;
    if (const auto done = put_webhook(transaction, **row); !done) return std::unexpected(done.error());
    return settled;
  });
}

Result<void> Webhooks::give_back(const Claim& claim) {
  return engine_.write(Durability::machine, [&](Transaction& transaction) -> Result<void> {
    auto row = claimed(transaction, claim);
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    (*row)->lease_until = 0;
    // Behind those that are due already.
    (*row)->endpoint.due_at = std::max((*row)->endpoint.due_at, transaction.now());
    return put_webhook(transaction, **row);
  });
}

}  // namespace detoy::foundation
