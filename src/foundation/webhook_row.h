// The row of an endpoint.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/webhook.h"

namespace detoy::foundation {

struct WebhookRow {
  std::int64_t id = 0;
  std::string tenant;
  Webhooks::Endpoint endpoint;
  std::int64_t group = 0;
  std::string secret;
  std::string previous_secret;
  Micros previous_until = 0;
  Micros lease_until = 0;
  std::int64_t token = 0;
  std::int64_t failing = 0;  // the position of the event that the attempts are of
  Micros failing_since = 0;  // 0: the last delivery succeeded
};

Result<std::optional<WebhookRow>> find_webhook(Transaction& transaction, std::string_view tenant,
                                               std::string_view name);
Result<std::optional<WebhookRow>> find_webhook(Transaction& transaction, std::int64_t id);
Result<std::vector<WebhookRow>> list_webhooks(Transaction& transaction, std::string_view tenant, std::string_view after,
                                              std::int64_t most);
// Types as they are stored: each on a line of its own, with a line break before the first.
std::string types_text(std::span<const std::string> types);
// All that may change of it.
Result<void> put_webhook(Transaction& transaction, const WebhookRow& row);

}  // namespace detoy::foundation
