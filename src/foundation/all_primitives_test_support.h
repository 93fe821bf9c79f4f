// A store with something of every primitive, for tests of what concerns all tables.
#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "foundation/breaker.h"
#include "foundation/cache.h"
#include "foundation/entity.h"
#include "foundation/event_group.h"
#include "foundation/idempotency.h"
#include "foundation/job.h"
#include "foundation/lock.h"
#include "foundation/rate_limit.h"
#include "foundation/recurring_job.h"
#include "foundation/timer.h"

namespace detoy::foundation {

// All of it is tenant acme's. The last job is gone: its number must not be given out again.
inline void fill(Engine& engine) {
  using namespace std::chrono_literals;
  const RateRule per_hour{"per hour", RateRule::Algorithm::token_bucket, 10, Micros{3'600'000'000}, 0};
  const RateCheck check{"alice", &per_hour};
  ASSERT_TRUE(RateLimit(engine).take("acme", {&check, 1}, 3));
  const std::string_view tags[] = {"colour"};
  ASSERT_TRUE(Cache(engine).set(
      {.tenant = "acme", .key = "k", .value = std::string_view("\0\xff", 2), .keep = 1h, .tags = tags}));
  ASSERT_TRUE(Lock(engine).try_acquire({"acme", "door", "me", 1h}));
  const Idempotency::Request request{"acme", "order-1", "POST /orders", 1h, 24h};
  const auto begun = Idempotency(engine).begin(request);
  ASSERT_TRUE(begun);
  ASSERT_TRUE(Idempotency(engine).complete(request, begun->token, "created"));
  ASSERT_TRUE(Breaker(engine).force("acme", "bank", BreakerForce::open));
  for (int i = 0; i < 150; ++i)
    ASSERT_TRUE(Jobs(engine).enqueue("acme", {.queue = "mail", .payload = "job", .delay = 1h}));
  ASSERT_TRUE(Jobs(engine).enqueue("acme", {.queue = "short", .keep = 0s}));
  const auto claimed = Jobs(engine).claim({.queue = "short", .worker = "w", .lease = 1h, .tenant = "acme"});
  ASSERT_TRUE(claimed && claimed->size() == 1);
  ASSERT_TRUE(Jobs(engine).complete("acme", claimed->front().id, claimed->front().token));
  const auto swept = engine.write(Durability::machine, [](Transaction& t) { return Jobs::sweep(t, 100); });
  ASSERT_EQ(swept, 1);
  ASSERT_TRUE(RecurringJobs(engine).set("acme", "nightly", {.cron = "0 3 * * *", .queue = "mail"}));
  ASSERT_TRUE(Timers(engine).schedule("acme", {.name = "sla", .queue = "mail", .payload = "late", .after = 1h}));
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(Events(engine).publish("acme", "orders", {.source = "/shop", .type = "t", .data = "\x01\x02"}));
  const EventGroups::Group group{"acme", "orders", "mail"};
  const auto polled = EventGroups(engine).poll(group, {.member = "m", .lease = 1h, .most = 1});
  ASSERT_TRUE(polled && polled->deliveries.size() == 1);
  const auto& delivery = polled->deliveries[0];
  const EventGroups::Position position{delivery.event.partition, delivery.event.position, delivery.token};
  ASSERT_TRUE(EventGroups(engine).commit(group, "m", {&position, 1}));
  ASSERT_TRUE(Entities(engine).define("acme", "note", EntityType{.fields = {{.path = "/text"}}}));
  ASSERT_TRUE(Entities(engine).create("acme", "note", "n1", R"({"text": "Grüße"})", {.actor = "ann"}));
}

}  // namespace detoy::foundation
