// A small inventory that has something in every section, for the tests of what shows inventories.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "inventory/inventory.h"

namespace detoy::inventory {

// A toy with everything that a report needs; tests change what they are about.
inline Site sample_site(std::string id, std::string path, std::uint32_t line, std::string owner, std::string name) {
  Site site;
  site.id = std::move(id);
  site.path = std::move(path);
  site.line = line;
  site.column = 3;
  site.name = std::move(name);
  site.owner = std::move(owner);
  site.service = "payments";
  site.language = "typescript";
  site.kind = "entity_store";
  site.storage = "Map";
  site.wired = Wiring::production;
  site.risk = Risk::critical;
  site.confidence = Confidence::high;
  site.why = site.name + " holds business records that requests write and nothing persists.";
  site.on_restart = "Every record in " + site.name + " since the last start is gone.";
  site.on_second_instance = "A record created on one instance does not exist on the other.";
  site.primitive = "PostgreSQL";
  site.action = "Move " + site.name + " to a table and keep the map's methods as its repository.";
  site.evidence.push_back(
      {"declaration", site.path, line, "private " + site.name + " = new Map<string, Payment>();", ""});
  site.evidence.push_back({"mutation", site.path, line + 20, "this." + site.name + ".set(payment.id, payment);",
                           "reached from POST /payments"});
  return site;
}

inline std::vector<ChecklistItem> sample_checklist() {
  return {
      {"no_in_memory_caches", "No in-memory caches that matter", true, "No cache whose loss is noticed.", {}},
      {"no_in_memory_queues", "No in-memory queues", true, "No queue found.", {}},
      {"no_local_files", "No local files", true, "Nothing is written to the local disk.", {}},
      {"no_sticky_sessions", "No sticky sessions", true, "No session state found.", {}},
      {"breaker_state_shared", "Breaker state is shared", true, "No circuit breaker found.", {}},
      {"rate_limit_state_shared", "Rate limits are shared", true, "No rate limit found.", {}},
      {"killable", "Can be killed at any time", true, "Nothing is lost by a restart.", {}},
      {"any_instance", "Any instance can serve any request", true, "All instances see the same state.", {}},
      {"honest_health_check", "The health check is honest", true, "GET /health asks the database.", {}},
  };
}

inline Inventory sample_inventory() {
  Inventory inventory;
  inventory.root = "shop";
  inventory.commit = "0123456789abcdef0123456789abcdef01234567";
  inventory.tool_version = "0.1.0";
  inventory.summary.files = 212;
  inventory.summary.production_files = 148;

  Site limiter = sample_site("5a0000000001", "services/gateway/src/limit.ts", 7, "createLimiter", "hits");
  limiter.service = "gateway";
  limiter.kind = "rate_limit";
  limiter.risk = Risk::high;
  limiter.wired = Wiring::conditional;
  limiter.sharing = Sharing::partial;
  limiter.setting = "REDIS_URL, unset by default";
  limiter.why = "hits counts requests per caller in a map that one instance owns.";
  limiter.on_restart = "All counters start again at zero.";
  limiter.on_second_instance = "The limit is multiplied by the number of instances.";
  limiter.primitive = "shared atomic counter (Redis)";
  limiter.action = "Count in Redis with INCR and a TTL.";
  limiter.evidence[0].snippet = "const hits = new Map<string, number>();";
  limiter.evidence.push_back({"selection", "services/gateway/src/main.ts", 31,
                              "const limit = process.env.REDIS_URL ? redisLimiter() : createLimiter();",
                              "memory when REDIS_URL is unset"});
  limiter.evidence.push_back(
      {"bound", "services/gateway/src/limit.ts", 15, "if (hits.size > 10_000) hits.clear();", ""});

  Site templates = sample_site("5a0000000002", "services/gateway/src/templates.ts", 4, "", "compiled");
  templates.service = "gateway";
  templates.kind = "cache";
  templates.verdict = Verdict::acceptable;
  templates.risk = Risk::low;
  templates.why = "compiled keeps templates that are compiled again on the first use after a restart.";

  Site client = sample_site("5a0000000003", "services/gateway/src/upstream.ts", 9, "", "client");
  client.service = "gateway";
  client.kind = "lazy_singleton";
  client.storage = "variable";
  client.verdict = Verdict::acceptable;
  client.risk = Risk::low;
  client.why = "client is a connection that every process opens for itself.";

  Site reminder = sample_site("5a0000000004", "services/payments/src/dunning.py", 52, "Dunning", "_timer");
  reminder.kind = "timer";
  reminder.language = "python";
  reminder.storage = "threading.Timer";
  reminder.risk = Risk::high;
  reminder.why = "_timer is the only memory of the reminder for an unpaid invoice.";
  reminder.on_restart = "Reminders that were due later are never sent.";
  reminder.on_second_instance = "Every instance sends the reminders that it scheduled itself.";
  reminder.primitive = "durable scheduler";
  reminder.action = "Store the due time in a row and let a scheduler claim it.";
  reminder.evidence[0].snippet = "self._timer = threading.Timer(86400, self.remind)";

  const std::string store = "services/payments/src/store.ts";
  Site payments = sample_site("5a0000000005", store, 12, "MemoryStore", "payments");
  payments.evidence.push_back(
      {"construction", "services/payments/src/main.ts", 8, "const store = new MemoryStore();", "at module level"});
  Site refunds = sample_site("5a0000000006", store, 13, "MemoryStore", "refunds");
  Site invoices = sample_site("5a0000000007", store, 14, "MemoryStore", "invoices");

  Site legacy = sample_site("5a0000000008", "services/payments/src/legacy/queue.ts", 3, "LegacyQueue", "pending");
  legacy.kind = "queue";
  legacy.wired = Wiring::unused;
  legacy.service = "";
  legacy.why = "pending is work that only this process knows of.";

  Site accepted = sample_site("5a0000000009", "services/payments/src/fx.ts", 21, "", "rates");
  accepted.kind = "cache";
  accepted.risk = Risk::medium;
  accepted.accepted_because = "ECB rates change once a day and are loaded at start";

  inventory.sites = {limiter, templates, client, reminder, legacy, accepted, payments, refunds, invoices};

  Service gateway{"gateway", "services/gateway", {"typescript"}, Readiness::needs_work, sample_checklist()};
  gateway.checklist[5].passed = false;
  gateway.checklist[5].answer = "hits is counted per instance unless REDIS_URL is set.";
  gateway.checklist[5].sites = {"5a0000000001"};
  Service paying{"payments", "services/payments", {"python", "typescript"}, Readiness::stateful, sample_checklist()};
  paying.checklist[6].passed = false;
  paying.checklist[6].answer = "A restart loses payments, refunds, invoices and reminders.";
  paying.checklist[6].sites = {"5a0000000004", "5a0000000005", "5a0000000006", "5a0000000007"};
  paying.checklist[7].passed = false;
  paying.checklist[7].answer = "Only the instance that took a payment can show it.";
  paying.checklist[7].sites = {"5a0000000005"};
  Service mailer{"mailer", "services/mailer", {"rust"}, Readiness::ready, sample_checklist()};
  inventory.services = {gateway, mailer, paying};

  inventory.warnings = {{"services/payments/src/broken.ts", 40, "syntax error; the rest of the file was read"},
                        {"vendor/huge.js", 0, "larger than 2 MiB; not read"}};
  summarise(inventory);
  return inventory;
}

}  // namespace detoy::inventory
