#include "foundation/entity.h"

#include <array>
#include <atomic>
#include <functional>
#include <thread>

#include "foundation/dump_test_support.h"
#include "foundation/entity_storage.h"
#include "foundation/entity_test_support.h"
#include "foundation/event.h"
#include "foundation/idempotency.h"
#include "foundation/job.h"

namespace detoy::foundation {

// Found by its name, from the namespace of the type.
struct Money {
  std::int64_t amount = 0;
  std::string currency;
};
static void to_json(nlohmann::json& json, const Money& money) {
  json = {{"amount", money.amount}, {"currency", money.currency}};
}
static void from_json(const nlohmann::json& json, Money& money) {
  json.at("amount").get_to(money.amount);
  json.at("currency").get_to(money.currency);
}

namespace {

using namespace std::chrono_literals;
using Operation = Entities::Operation;

class EntityContract : public OnEntities {};
DETOY_ON_ALL_ENGINES(EntityContract);

TEST_P(EntityContract, ARecordIsThereForEveryInstance) {
  define({});
  const Record made = create("p1", {{"amount", 5}, {"note", "ä\n\""}});
  EXPECT_EQ(made.version, 1);
  EXPECT_GT(made.created_at, 0);
  const auto other = open();
  const auto found = Entities(*other).get("acme", "payment", "p1");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(Json::parse((*found)->body), (Json{{"amount", 5}, {"note", "ä\n\""}}));
  EXPECT_EQ((*found)->version, 1);
  EXPECT_EQ((*found)->created_at, made.created_at);
  EXPECT_EQ((*found)->deleted_at, 0);
}

TEST_P(EntityContract, IdsThatAreMadeAreSortable) {
  define({});
  std::vector<std::string> made;
  const auto done = engine().write(Durability::machine, [&](Transaction& transaction) -> Result<void> {
    made.clear();
    for (int i = 0; i < 20; ++i) {
      const auto one = Entities::create(transaction, "acme", "payment", {}, "{}", ann);
      if (!one) return std::unexpected(one.error());
      made.push_back(one->id);
    }
    return {};
  });
  ASSERT_TRUE(done) << done.error().message;
  for (int i = 0; i < 5; ++i) made.push_back(create({}, Json::object()).id);
  for (std::size_t i = 1; i < made.size(); ++i) EXPECT_LT(made[i - 1], made[i]);
  EXPECT_EQ(found({}), made);
}

TEST_P(EntityContract, AnIdStandsForOneRecord) {
  define({});
  create("p1", Json::object());
  expect_error(entities().create("acme", "payment", "p1", "{}", ann), ErrorCategory::conflict,
               "payment p1 exists already");
  ASSERT_TRUE(entities().remove("acme", "payment", "p1", ann));
  expect_error(entities().create("acme", "payment", "p1", "{}", ann), ErrorCategory::conflict, "was removed");
}

TEST_P(EntityContract, AReplacementHasTheNextVersionAndANewBody) {
  define({});
  create("p1", {{"a", 1}, {"b", 2}});
  const auto replaced = entities().replace("acme", "payment", "p1", R"({"a":3})", ann, 1);
  ASSERT_TRUE(replaced) << replaced.error().message;
  EXPECT_EQ(replaced->version, 2);
  EXPECT_EQ(body("p1"), (Json{{"a", 3}}));
}

TEST_P(EntityContract, APatchChangesWhatItNames) {
  define({});
  create("p1", {{"a", 1}, {"b", {{"c", 2}, {"d", 3}}}});
  const auto patched = entities().patch("acme", "payment", "p1", R"({"a":null,"b":{"c":4},"e":[1]})", ann);
  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_EQ(patched->version, 2);
  EXPECT_EQ(body("p1"), (Json{{"b", {{"c", 4}, {"d", 3}}}, {"e", {1}}}));
}

TEST_P(EntityContract, AChangeOfAnotherVersionIsRefusedAndToldTheVersion) {
  define({});
  create("p1", {{"a", 1}});
  ASSERT_TRUE(entities().patch("acme", "payment", "p1", R"({"a":2})", ann, 1));
  const char* told = "payment p1 has version 2, not 1";
  expect_error(entities().patch("acme", "payment", "p1", R"({"a":3})", ann, 1), ErrorCategory::stale, told);
  expect_error(entities().replace("acme", "payment", "p1", R"({"a":3})", ann, 1), ErrorCategory::stale, told);
  expect_error(entities().remove("acme", "payment", "p1", ann, 1), ErrorCategory::stale, told);
  EXPECT_EQ(body("p1"), (Json{{"a", 2}}));
}

TEST_P(EntityContract, ChangesOfManyInstancesAreNotLost) {
  define({});
  create("p1", {{"count", 0}});
  const auto second = open();
  constexpr int each = 20;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      Entities store(i % 2 == 0 ? engine() : *second);
      for (int done = 0; done < each;) {
        const auto now = store.get("acme", "payment", "p1");
        ASSERT_TRUE(now && *now);
        const int count = Json::parse((*now)->body)["count"].get<int>() + 1;
        const auto changed =
            store.replace("acme", "payment", "p1", Json{{"count", count}}.dump(), ann, (*now)->version);
        if (changed) ++done;
        ASSERT_TRUE(changed || changed.error().category == ErrorCategory::stale) << changed.error().message;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(body("p1"), (Json{{"count", 4 * each}}));
}

TEST_P(EntityContract, ARemovedRecordIsNotSeenUntilItIsRestored) {
  define({.fields = {{"/email"}}});
  create("p1", {{"email", "a"}});
  const auto removed = entities().remove("acme", "payment", "p1", ann);
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_GT(removed->deleted_at, 0);
  EXPECT_EQ(body("p1"), Json());
  EXPECT_TRUE(found({}).empty());
  EXPECT_TRUE(found({.order_by = "/email"}).empty());
  EXPECT_EQ(found({.order_by = "/email", .include_deleted = true}), std::vector<std::string>{"p1"});
  EXPECT_TRUE(entities().get("acme", "payment", "p1", true)->has_value());
  expect_error(entities().patch("acme", "payment", "p1", "{}", ann), ErrorCategory::conflict, "was removed");
  expect_error(entities().remove("acme", "payment", "p1", ann), ErrorCategory::conflict, "was removed");
  ASSERT_TRUE(entities().restore("acme", "payment", "p1", ann, 2));
  EXPECT_EQ(body("p1"), (Json{{"email", "a"}}));
  EXPECT_EQ(found({.order_by = "/email"}), std::vector<std::string>{"p1"});
  expect_error(entities().restore("acme", "payment", "p1", ann), ErrorCategory::conflict, "was not removed");
}

TEST_P(EntityContract, ManyAreReadAtOnce) {
  define({});
  for (const char* id : {"a", "b", "c"}) create(id, Json::object());
  ASSERT_TRUE(entities().remove("acme", "payment", "b", ann));
  const auto many = entities().get_many("acme", "payment", std::vector<std::string>{"c", "b", "x", "a"});
  ASSERT_TRUE(many);
  EXPECT_EQ(ids(*many), (std::vector<std::string>{"c", "a"}));
  expect_error(entities().get_many("acme", "payment", std::vector<std::string>(101)), ErrorCategory::usage);
}

TEST_P(EntityContract, BodiesMustMatchTheSchema) {
  define({.schema = R"({"required":["amount"],"properties":{"amount":{"type":"integer","minimum":1}}})"});
  create("p1", {{"amount", 1}});
  expect_error(entities().create("acme", "payment", "p2", R"({"amount":"x"})", ann), ErrorCategory::usage, "/amount: ");
  expect_error(entities().replace("acme", "payment", "p1", "{}", ann), ErrorCategory::usage, "'amount'");
  expect_error(entities().patch("acme", "payment", "p1", R"({"amount":0})", ann), ErrorCategory::usage, "/amount: ");
  EXPECT_EQ(body("p1"), (Json{{"amount", 1}}));
  EXPECT_EQ(body("p2"), Json());
}

TEST_P(EntityContract, StatesChangeAsDeclared) {
  define({.states = states_});
  expect_error(entities().create("acme", "payment", "p1", R"({"state":"captured"})", ann), ErrorCategory::conflict,
               "begins as authorized");
  create("p1", {{"state", "authorized"}});
  expect_error(entities().patch("acme", "payment", "p1", R"({"state":"refunded"})", ann), ErrorCategory::conflict);
  ASSERT_TRUE(entities().patch("acme", "payment", "p1", R"({"state":"captured"})", ann));
  expect_error(entities().patch("acme", "payment", "p1", R"({"state":"captured"})", ann), ErrorCategory::conflict,
               "payment p1 is captured and cannot become captured: allowed from captured: refunded");
  expect_error(entities().replace("acme", "payment", "p1", R"({"state":"authorized"})", ann, 2),
               ErrorCategory::conflict);
  expect_error(entities().patch("acme", "payment", "p1", R"({"state":null})", ann), ErrorCategory::usage, "/state");
  EXPECT_EQ(body("p1"), (Json{{"state", "captured"}}));
}

TEST_P(EntityContract, WhatLeavesTheStateAloneIsNoTransition) {
  define({.states = states_});
  create("p1", {{"state", "authorized"}});
  ASSERT_TRUE(entities().patch("acme", "payment", "p1", R"({"note":"x"})", ann));
  expect_error(entities().replace("acme", "payment", "p1", R"({"state":"authorized"})", ann), ErrorCategory::conflict);
  ASSERT_TRUE(entities().replace("acme", "payment", "p1", R"({"state":"authorized"})", ann, 2));
}

TEST_P(EntityContract, APaymentIsCapturedOnceHoweverManyTry) {
  define({.states = states_});
  const auto second = open();
  for (int round = 0; round < 10; ++round) {
    const std::string id = "p" + std::to_string(round);
    create(id, {{"state", "authorized"}});
    std::atomic<int> captured = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        Entities store(i % 2 == 0 ? engine() : *second);
        const auto done = i < 2 ? store.patch("acme", "payment", id, R"({"state":"captured"})", ann)
                                : store.replace("acme", "payment", id, R"({"state":"captured"})", ann);
        if (done) ++captured;
        EXPECT_TRUE(done || done.error().category == ErrorCategory::conflict) << done.error().message;
      });
    }
    threads.clear();
    EXPECT_EQ(captured, 1);
  }
}

TEST_P(EntityContract, AUniqueValueBelongsToOneRecord) {
  define({.fields = {{.path = "/email", .unique = true}}});
  create("p1", {{"email", "a"}});
  create("p2", Json::object());
  create("p3", Json::object());
  const char* told = "/email of payment p2 must be unique, and payment p1 has the same value";
  expect_error(entities().patch("acme", "payment", "p2", R"({"email":"a"})", ann), ErrorCategory::conflict, told);
  ASSERT_TRUE(entities().remove("acme", "payment", "p1", ann));
  ASSERT_TRUE(entities().patch("acme", "payment", "p2", R"({"email":"a"})", ann));
  expect_error(entities().restore("acme", "payment", "p1", ann), ErrorCategory::conflict, "payment p2");
  ASSERT_TRUE(entities().patch("acme", "payment", "p2", R"({"email":"b"})", ann));
  ASSERT_TRUE(entities().restore("acme", "payment", "p1", ann));
}

TEST_P(EntityContract, TheTrailTellsWhoDidWhatAndWhatWasBefore) {
  define({});
  create("p1", {{"a", 1}});
  ASSERT_TRUE(entities().patch("acme", "payment", "p1", R"({"a":2})", {"bob"}));
  ASSERT_TRUE(entities().remove("acme", "payment", "p1", ann));
  ASSERT_TRUE(entities().restore("acme", "payment", "p1", ann));
  expect_error(entities().replace("acme", "payment", "p1", "{}", ann, 1), ErrorCategory::stale);
  const auto trail = entities().history("acme", "payment", "p1");
  ASSERT_TRUE(trail) << trail.error().message;
  ASSERT_EQ(trail->changes.size(), 4u);
  EXPECT_TRUE(trail->cursor.empty());
  const auto& [restored, removed, patched, created] =
      std::tie(trail->changes[0], trail->changes[1], trail->changes[2], trail->changes[3]);
  EXPECT_EQ(created.operation, Operation::create);
  EXPECT_EQ(created.actor, "ann");
  EXPECT_EQ(created.request, "r-1");
  EXPECT_EQ(created.before, std::nullopt);
  EXPECT_EQ(created.after, R"({"a":1})");
  EXPECT_GT(created.at, 0);
  EXPECT_EQ(patched.operation, Operation::patch);
  EXPECT_EQ(patched.version, 2);
  EXPECT_EQ(patched.actor, "bob");
  EXPECT_EQ(patched.request, "");
  EXPECT_EQ(patched.before, R"({"a":1})");
  EXPECT_EQ(patched.after, R"({"a":2})");
  EXPECT_EQ(removed.operation, Operation::remove);
  EXPECT_EQ(removed.before, R"({"a":2})");
  EXPECT_EQ(removed.after, std::nullopt);
  EXPECT_EQ(restored.operation, Operation::restore);
  EXPECT_EQ(restored.before, std::nullopt);
  EXPECT_EQ(restored.after, R"({"a":2})");
}

TEST_P(EntityContract, TheTrailIsReadInPages) {
  define({});
  create("p1", {{"a", 0}});
  for (int i = 1; i < 120; ++i) ASSERT_TRUE(entities().patch("acme", "payment", "p1", Json{{"a", i}}.dump(), ann));
  std::string cursor;
  std::vector<std::int64_t> versions;
  do {
    const auto page = entities().history("acme", "payment", "p1", cursor, 40);
    ASSERT_TRUE(page) << page.error().message;
    for (const auto& change : page->changes) versions.push_back(change.version);
    cursor = page->cursor;
  } while (!cursor.empty());
  ASSERT_EQ(versions.size(), 120u);
  for (std::size_t i = 0; i < versions.size(); ++i) EXPECT_EQ(versions[i], static_cast<std::int64_t>(120 - i));
  expect_error(entities().history("acme", "payment", "p1", "x"), ErrorCategory::usage);
}

TEST_P(EntityContract, TheTrailOfATenantIsFoundByTypeActorAndTime) {
  define({});
  define({}, "customer");
  create("p1", Json::object());
  create("c1", Json::object(), "customer");
  ASSERT_TRUE(entities().patch("acme", "payment", "p1", "{}", {"bob"}));
  ASSERT_TRUE(entities().patch("acme", "customer", "c1", "{}", {"bob"}));
  const auto versions = [&](const Entities::AuditQuery& query) {
    const auto trail = entities().audit("acme", query);
    EXPECT_TRUE(trail.has_value()) << (trail ? "" : trail.error().message);
    std::vector<std::string> all;
    for (const auto& change : trail->changes) all.push_back(change.id + "/" + std::to_string(change.version));
    return all;
  };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(versions({}), (Texts{"c1/2", "p1/2", "c1/1", "p1/1"}));
  EXPECT_EQ(versions({.type = "payment"}), (Texts{"p1/2", "p1/1"}));
  EXPECT_EQ(versions({.actor = "bob"}), (Texts{"c1/2", "p1/2"}));
  EXPECT_EQ(versions({.type = "payment", .actor = "bob"}), (Texts{"p1/2"}));
  const auto all = entities().audit("acme", {});
  ASSERT_TRUE(all);
  const Micros last = all->changes[0].at;
  const Micros first = all->changes[3].at;
  EXPECT_EQ(versions({.from = last + 1}), Texts());
  EXPECT_EQ(versions({.until = first}), Texts());
  EXPECT_EQ(versions({.from = first, .until = last + 1}).size(), 4u);
  const auto page = entities().audit("acme", {.limit = 3});
  ASSERT_TRUE(page && page->changes.size() == 3);
  EXPECT_EQ(versions({.cursor = page->cursor}), (Texts{"p1/1"}));
}

template <typename T>
Result<void> only_whether(const Result<T>& result) {
  if (!result) return std::unexpected(result.error());
  return {};
}

TEST_P(EntityContract, ARecordAJobAnEventAndAResponseAreWrittenTogetherOrNotAtAll) {
  define({});
  const Idempotency::Request request{"acme", "order-1", "POST /orders", 1h, 24h};
  const auto begun = Idempotency(engine()).begin(request);
  ASSERT_TRUE(begun && begun->outcome == Idempotency::Outcome::begun);
  const auto complete = [&](Transaction& t, std::int64_t token) {
    return Idempotency::complete(t, request, token, "created");
  };
  const auto steps = std::to_array<std::function<Result<void>(Transaction&)>>({
      [](Transaction& t) { return only_whether(Entities::create(t, "acme", "payment", "p1", R"({"a":1})", ann)); },
      [](Transaction& t) { return only_whether(Entities::patch(t, "acme", "payment", "p1", R"({"a":2})", ann, 1)); },
      [](Transaction& t) { return only_whether(Jobs::enqueue(t, "acme", {.queue = "mail", .payload = "receipt"})); },
      [](Transaction& t) {
        return only_whether(Events::publish(t, "acme", "orders", {.source = "/shop", .type = "paid", .id = "e1"}));
      },
      [&](Transaction& t) { return complete(t, begun->token); },
  });
  const auto unit = [&](std::size_t count, const std::function<Result<void>(Transaction&)>& last) {
    return engine().write(Durability::machine, [&](Transaction& transaction) -> Result<void> {
      for (std::size_t i = 0; i < count; ++i) {
        if (const auto done = steps.at(i)(transaction); !done) return done;
      }
      return last(transaction);
    });
  };

  const auto other = open();
  const Dump before = dump(*other);
  for (std::size_t count = 1; count <= steps.size(); ++count) {
    expect_error(unit(count, [](Transaction&) { return detoy::fail(ErrorCategory::internal, "after all"); }),
                 ErrorCategory::internal, "after all");
    EXPECT_EQ(dump(*other), before) << "after " << count << " steps";
  }
  // The last one refuses by itself.
  expect_error(unit(4, [&](Transaction& t) { return complete(t, begun->token + 1); }), ErrorCategory::conflict);
  EXPECT_EQ(dump(*other), before);
  EXPECT_EQ(Entities(*other).get("acme", "payment", "p1")->has_value(), false);
  EXPECT_TRUE(Entities(*other).history("acme", "payment", "p1")->changes.empty());
  EXPECT_TRUE(Events(*other).read("acme", "orders", {})->events.empty());
  EXPECT_TRUE(Jobs(*other).claim({.queue = "mail", .worker = "w", .lease = 1h})->empty());
  EXPECT_EQ(Idempotency(*other).begin(request)->outcome, Idempotency::Outcome::in_progress);

  ASSERT_TRUE(unit(4, steps.back()));
  EXPECT_EQ(Entities(*other).get("acme", "payment", "p1")->value().body, R"({"a":2})");
  EXPECT_EQ(Entities(*other).history("acme", "payment", "p1")->changes.size(), 2u);
  const auto events = Events(*other).read("acme", "orders", {});
  ASSERT_TRUE(events && events->events.size() == 1);
  EXPECT_EQ(events->events[0].id, "e1");
  const auto jobs = Jobs(*other).claim({.queue = "mail", .worker = "w", .lease = 1h, .most = 10});
  ASSERT_TRUE(jobs && jobs->size() == 1);
  EXPECT_EQ(jobs->front().payload, "receipt");
  const auto again = Idempotency(*other).begin(request);
  ASSERT_TRUE(again && again->outcome == Idempotency::Outcome::replay);
  EXPECT_EQ(again->response, "created");
}

TEST_P(EntityContract, TenantsDoNotSeeEachOthersRecords) {
  define({});
  create("p1", Json::object());
  expect_error(entities().create("other", "payment", "p1", "{}", ann), ErrorCategory::usage, "not defined");
  define({.fields = {{.path = "/email", .unique = true}}}, "payment", "other");
  EXPECT_EQ(body("p1", "payment", "other"), Json());
  EXPECT_TRUE(found({}, "payment", "other").empty());
  expect_error(entities().remove("other", "payment", "p1", ann), ErrorCategory::conflict, "does not exist");
  EXPECT_TRUE(entities().history("other", "payment", "p1")->changes.empty());
  EXPECT_TRUE(entities().audit("other", {})->changes.empty());
  create("p1", {{"email", "a"}}, "payment", "other");
  EXPECT_EQ(body("p1"), Json::object());
}

TEST_P(EntityContract, RefusesWhatIsOutOfBounds) {
  define({.fields = {{"/t"}, {"/n", EntityField::Kind::number}}});
  create("p1", Json::object());
  const std::string large = Json{{"a", std::string(700'000, 'x')}}.dump();
  for (const std::string& text : std::vector<std::string>{"", "[]", "{", R"({"a":"\u0000"})", R"({"t":1})",
                                                          R"({"n":"1"})", Json{{"t", std::string(1'025, 'x')}}.dump(),
                                                          Json{{"a", std::string(1 << 20, 'x')}}.dump()}) {
    expect_error(entities().create("acme", "payment", "x", text, ann), ErrorCategory::usage);
    expect_error(entities().replace("acme", "payment", "p1", text, ann), ErrorCategory::usage);
    expect_error(entities().patch("acme", "payment", "p1", text, ann), ErrorCategory::usage);
  }
  ASSERT_TRUE(entities().replace("acme", "payment", "p1", large, ann));
  expect_error(entities().patch("acme", "payment", "p1", Json{{"b", std::string(700'000, 'x')}}.dump(), ann),
               ErrorCategory::usage, "may have 1048576 bytes");
  expect_error(entities().create("acme", "payment", "x", "{}", {""}), ErrorCategory::usage, "actor");
  expect_error(entities().create("acme", "payment", "x", "{}", {"ann", "a\n"}), ErrorCategory::usage, "request");
  expect_error(entities().create("acme", "payment", "a\n", "{}", ann), ErrorCategory::usage, "id");
  expect_error(entities().create("", "payment", "x", "{}", ann), ErrorCategory::usage, "tenant");
  expect_error(entities().define("acme", "", {}), ErrorCategory::usage, "type");
  expect_error(entities().history("acme", "payment", "p1", {}, 0), ErrorCategory::usage);
  expect_error(entities().audit("acme", {.limit = 1'001}), ErrorCategory::usage);
}

TEST_P(EntityContract, StorageKeepsValuesOfAType) {
  Storage<Money> storage(engine(), "money");
  ASSERT_TRUE(storage.define("acme", {.fields = {{"/amount", EntityField::Kind::number}}}));
  const auto made = storage.create("acme", "m1", {.amount = 5, .currency = "EUR"}, ann);
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(storage.replace("acme", "m1", {.amount = 6, .currency = "EUR"}, ann, made->version));
  const auto found = storage.get("acme", "m1");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->version, 2);
  EXPECT_EQ((*found)->value.amount, 6);
  const Entities::Condition six{.field = "/amount", .value = std::int64_t{6}};
  const auto page = storage.query("acme", {.where = {&six, 1}});
  ASSERT_TRUE(page && page->records.size() == 1);
  EXPECT_EQ(page->records[0].value.currency, "EUR");
  expect_error(storage.create("acme", "m2", {.amount = 1, .currency = "\xff"}, ann), ErrorCategory::usage);
  ASSERT_TRUE(storage.entities().create("acme", "money", "m3", R"({"amount":1})", ann));
  expect_error(storage.get("acme", "m3"), ErrorCategory::usage, "m3");
  ASSERT_TRUE(storage.remove("acme", "m1", ann));
  EXPECT_EQ(storage.get("acme", "m1")->has_value(), false);
  EXPECT_EQ(storage.restore("acme", "m1", ann)->value.amount, 6);
}

}  // namespace
}  // namespace detoy::foundation
