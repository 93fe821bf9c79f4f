#include "foundation/event.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <set>
#include <thread>

#include "foundation/conformance_test_support.h"
#include "foundation/job.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;

constexpr Statement age_events = "UPDATE event SET published_at = published_at - $1";
constexpr Statement age_topics = "UPDATE event_topic SET sweep_at = sweep_at - $1 WHERE sweep_at > 0";

NewEvent order(std::string_view id, std::string_view key = {}) {
  return {.source = "/shop", .type = "order.made", .id = id, .key = key};
}

class EventContract : public OnEngine {
 protected:
  Events::Published publish(const NewEvent& event, std::string_view topic = "orders",
                            std::string_view tenant = "acme") {
    const auto published = Events(engine()).publish(tenant, topic, event);
    EXPECT_TRUE(published.has_value()) << (published ? "" : published.error().message);
    return published.value_or(Events::Published{});
  }
  Events::Page read(const Events::Read& read = {}, std::string_view tenant = "acme") {
    auto page = Events(engine()).read(tenant, "orders", read);
    EXPECT_TRUE(page.has_value()) << (page ? "" : page.error().message);
    return page ? std::move(*page) : Events::Page{};
  }
  static std::vector<std::string> ids(const Events::Page& page) {
    std::vector<std::string> all;
    for (const Event& event : page.events) all.push_back(event.id);
    return all;
  }
  void make_older(std::chrono::microseconds by) {
    ASSERT_TRUE(engine().write(Durability::machine, [&](Transaction& transaction) -> Result<void> {
      for (const Statement* statement : {&age_events, &age_topics}) {
        const auto done = transaction.run(*statement, {std::int64_t{by.count()}});
        if (!done) return std::unexpected(done.error());
      }
      return {};
    }));
  }
  Result<std::int64_t> sweep(std::int64_t most) {
    return engine().write(Durability::machine, [&](Transaction& t) { return Events::sweep(t, most); });
  }
};
DETOY_ON_ALL_ENGINES(EventContract);

TEST_P(EventContract, AnEventIsReadWithAllThatItWasPublishedWith) {
  const std::string data("{\"total\":1}\0\xff", 13);
  const std::array extensions = {NewEvent::Extension{"traceparent", "00-ab=cd-01"},
                                 NewEvent::Extension{"region", "eu"}};
  const auto published = publish({.source = "/shop",
                                  .type = "order.made",
                                  .id = "1",
                                  .subject = "order-1",
                                  .time = 1'700'000'000'000'000,
                                  .content_type = "application/json",
                                  .schema = "https://example.org/order",
                                  .key = "customer-1",
                                  .data = data,
                                  .extensions = extensions});
  EXPECT_TRUE(published.fresh);
  const auto other = open();
  const auto page = Events(*other).read("acme", "orders", {});
  ASSERT_TRUE(page && page->events.size() == 1);
  const Event& event = page->events[0];
  EXPECT_EQ(event.position, published.position);
  EXPECT_EQ(event.source, "/shop");
  EXPECT_EQ(event.type, "order.made");
  EXPECT_EQ(event.id, "1");
  EXPECT_EQ(event.subject, "order-1");
  EXPECT_EQ(event.time, 1'700'000'000'000'000);
  EXPECT_EQ(event.content_type, "application/json");
  EXPECT_EQ(event.schema, "https://example.org/order");
  EXPECT_EQ(event.key, "customer-1");
  EXPECT_EQ(event.data, data);
  ASSERT_EQ(event.extensions.size(), 2u);
  EXPECT_EQ(event.extensions[0].name, "traceparent");
  EXPECT_EQ(event.extensions[0].value, "00-ab=cd-01");
  EXPECT_EQ(event.extensions[1].value, "eu");
  EXPECT_EQ(page->next, published.position);
}

TEST_P(EventContract, AnEventWithoutAnIdOrTimeIsGivenThem) {
  publish(order({}));
  publish(order({}));
  publish(order({}), "bills");
  const auto events = read().events;
  ASSERT_EQ(events.size(), 2u);
  EXPECT_FALSE(events[0].id.empty());
  EXPECT_NE(events[0].id, events[1].id);
  EXPECT_EQ(events[0].time, events[0].published_at);
  const auto bills = Events(engine()).read("acme", "bills", {});
  ASSERT_TRUE(bills && bills->events.size() == 1);
  EXPECT_NE(bills->events[0].id, events[0].id);
}

TEST_P(EventContract, PublishingAnEventAgainGivesThePositionOfTheFirst) {
  const auto first = publish(order("1"));
  publish(order("2"));
  const auto again = publish(order("1"));
  EXPECT_FALSE(again.fresh);
  EXPECT_EQ(again.position, first.position);
  EXPECT_EQ(ids(read()), (std::vector<std::string>{"1", "2"}));
}

TEST_P(EventContract, AnEventThatWasGivenAnIdIsKnownByItToo) {
  const auto first = publish(order({}));
  const std::string id = read().events[0].id;
  const auto again = publish(order(id));
  EXPECT_FALSE(again.fresh);
  EXPECT_EQ(again.position, first.position);
  EXPECT_TRUE(publish({.source = "/elsewhere", .type = "order.made", .id = id}).fresh);
}

TEST_P(EventContract, TheSameIdOfAnotherSourceTopicOrTenantIsAnotherEvent) {
  EXPECT_TRUE(publish(order("1")).fresh);
  EXPECT_TRUE(publish({.source = "/elsewhere", .type = "order.made", .id = "1"}).fresh);
  EXPECT_TRUE(publish(order("1"), "bills").fresh);
  EXPECT_TRUE(publish(order("1"), "orders", "other").fresh);
  EXPECT_EQ(read().events.size(), 2u);
  EXPECT_EQ(read({}, "other").events.size(), 1u);
  EXPECT_TRUE(read({}, "third").events.empty());
}

TEST_P(EventContract, ABatchIsAllOrNothing) {
  const std::vector<NewEvent> good = {order("1"), order("2")};
  const auto published = Events(engine()).publish("acme", "orders", good);
  ASSERT_TRUE(published);
  EXPECT_LT((*published)[0].position, (*published)[1].position);
  const std::vector<NewEvent> bad = {order("3"), {.source = "", .type = "order.made"}};
  EXPECT_FALSE(Events(engine()).publish("acme", "orders", bad));
  EXPECT_EQ(ids(read()), (std::vector<std::string>{"1", "2"}));
}

TEST_P(EventContract, ALongBatchTellsWhichOfItsEventsWereThere) {
  std::vector<std::string> names;
  for (int i = 0; i < 45; ++i) names.push_back(std::to_string(i));
  names[30] = "29";  // twice in the batch
  const auto before = publish(order("7"));
  std::vector<NewEvent> events;
  for (const std::string& name : names) events.push_back(order(name));
  const auto published = Events(engine()).publish("acme", "orders", events);
  ASSERT_TRUE(published);
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ((*published)[i].fresh, i != 7 && i != 30) << i;
  EXPECT_EQ((*published)[7].position, before.position);
  EXPECT_EQ((*published)[30].position, (*published)[29].position);
  std::vector<std::string> expected = {"7"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 7 && i != 30) expected.push_back(names[i]);
  }
  EXPECT_EQ(ids(read()), expected);
}

TEST_P(EventContract, AnEventIsThereIfAndOnlyIfItsUnitOfWorkIs) {
  const auto unit = [&](bool fails) {
    return engine().write(Durability::machine, [&](Transaction& transaction) -> Result<void> {
      const auto added = Jobs::enqueue(transaction, "acme", {.queue = "mail", .payload = "order-1"});
      if (!added) return std::unexpected(added.error());
      const auto published = Events::publish(transaction, "acme", "orders", order("1"));
      if (!published) return std::unexpected(published.error());
      if (fails) return detoy::fail(ErrorCategory::internal, "after all");
      return {};
    });
  };
  EXPECT_FALSE(unit(true));
  EXPECT_TRUE(read().events.empty());
  EXPECT_TRUE(unit(false));
  EXPECT_EQ(ids(read()), std::vector<std::string>{"1"});
}

TEST_P(EventContract, AReaderGoesOnWhereItWas) {
  for (const char* id : {"1", "2", "3"}) publish(order(id));
  const auto first = read({.most = 2});
  EXPECT_EQ(ids(first), (std::vector<std::string>{"1", "2"}));
  const auto second = read({.after = first.next, .most = 2});
  EXPECT_EQ(ids(second), std::vector<std::string>{"3"});
  const auto third = read({.after = second.next});
  EXPECT_TRUE(third.events.empty());
  EXPECT_EQ(third.next, second.next);
}

TEST_P(EventContract, GreatEventsAreReadAFewAtATime) {
  const std::string data(1 << 20, 'x');
  for (int i = 0; i < 20; ++i) {
    const char* type = i % 2 == 0 ? "even" : "odd";
    ASSERT_TRUE(Events(engine()).publish("acme", "orders", {.source = "/shop", .type = type, .data = data}));
  }
  const auto first = Events(engine()).read("acme", "orders", {.most = 1'000});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->events.size(), 8u);
  EXPECT_EQ(first->next, 8);
  EXPECT_EQ(Events(engine()).read("acme", "orders", {.after = 16, .most = 1'000})->events.size(), 4u);
  // Of the ten odd ones eight; the page does not pretend to have looked further.
  EXPECT_EQ(Events(engine()).read("acme", "orders", {.most = 1'000, .type = "odd"})->next, 16);
}

TEST_P(EventContract, AReaderBeginsWithWhatWasPublishedAtATime) {
  for (const char* id : {"1", "2", "3", "4"}) publish(order(id));
  ASSERT_TRUE(engine().write(Durability::machine, [](Transaction& transaction) {
    static constexpr Statement set_times = "UPDATE event SET published_at = 1000 * ((position + 1) / 2)";
    return transaction.run(set_times);
  }));
  EXPECT_EQ(ids(read({.time = 1000})).size(), 4u);
  EXPECT_EQ(ids(read({.time = 1001})), (std::vector<std::string>{"3", "4"}));
  EXPECT_EQ(ids(read({.time = 2000, .type = "order.made"})), (std::vector<std::string>{"3", "4"}));
  // Whoever goes on with `next` may leave the time as it is.
  const auto page = read({.time = 1001, .most = 1});
  EXPECT_EQ(ids(read({.after = page.next, .time = 1001})), std::vector<std::string>{"4"});
  // Nothing was published then: what will be comes next.
  const auto none = read({.time = 2001});
  EXPECT_TRUE(none.events.empty());
  EXPECT_EQ(none.next, read().next);
}

TEST_P(EventContract, EventsOfAKeyAreInOnePartitionAndOthersAreSpread) {
  std::set<std::int64_t> keyed;
  std::set<std::int64_t> spread;
  for (int i = 0; i < 64; ++i) {
    const std::string id = std::to_string(i);
    publish(order(i % 2 == 0 ? id : "", i < 32 ? "customer-1" : ""));
  }
  for (const Event& event : read().events) (event.key.empty() ? spread : keyed).insert(event.partition);
  // Written down, since what is stored must be found in the same partition by every later version.
  EXPECT_EQ(keyed, std::set<std::int64_t>{12});
  EXPECT_GT(spread.size(), 8u);
}

TEST_P(EventContract, ATopicHasThePartitionsThatItWasMadeWith) {
  Events events(engine());
  EXPECT_EQ(events.create_topic("acme", "orders", {.partitions = 1}), true);
  for (const char* id : {"1", "2", "3"}) publish(order(id));
  for (const Event& event : read().events) EXPECT_EQ(event.partition, 0);
  EXPECT_EQ(events.create_topic("acme", "orders", {.partitions = 1, .retention = 1h}), false);
  const auto other = events.create_topic("acme", "orders", {.partitions = 2});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().category, ErrorCategory::conflict);
  EXPECT_EQ(events.create_topic("other", "orders", {.partitions = 2}), true);
}

TEST_P(EventContract, APageOfOneTypeTellsHowFarItLooked) {
  std::vector<NewEvent> batch(1'000, order({}));
  publish({.source = "/shop", .type = "order.paid", .id = "first"});
  for (int i = 0; i < 11; ++i) ASSERT_TRUE(Events(engine()).publish("acme", "orders", batch));
  const auto last = publish({.source = "/shop", .type = "order.paid", .id = "last"});
  const auto first = read({.type = "order.paid"});
  EXPECT_EQ(ids(first), std::vector<std::string>{"first"});
  EXPECT_LT(first.next, last.position);
  const auto second = read({.after = first.next, .type = "order.paid"});
  EXPECT_EQ(ids(second), std::vector<std::string>{"last"});
  EXPECT_EQ(second.next, last.position);
  EXPECT_EQ(ids(read({.most = 1, .type = "order.paid"})), std::vector<std::string>{"first"});
}

TEST_P(EventContract, ReadersMissNothingWhileOthersPublish) {
  constexpr int writers = 4;
  constexpr int batches = 25;
  constexpr int size = 8;
  const auto second = open();
  std::vector<std::jthread> threads;
  for (int writer = 0; writer < writers; ++writer) {
    threads.emplace_back([&, writer] {
      Events events(writer % 2 == 0 ? engine() : *second);
      const std::string key = fmt::format("writer-{}", writer);
      for (int batch = 0; batch < batches; ++batch) {
        std::vector<std::string> names;
        for (int i = 0; i < size; ++i) names.push_back(fmt::format("{}-{}", writer, batch * size + i));
        std::vector<NewEvent> some;
        for (const std::string& name : names) some.push_back(order(name, key));
        const auto published = events.publish("acme", "orders", some);
        ASSERT_TRUE(published) << published.error().message;
      }
    });
  }
  std::map<std::string, int> seen;
  std::int64_t after = 0;
  for (int total = 0; total < writers * batches * size;) {
    const auto page = read({.after = after, .most = 50});
    for (const Event& event : page.events) {
      EXPECT_GT(event.position, after);
      after = event.position;
      EXPECT_EQ(event.id, fmt::format("{}-{}", event.key.back(), seen[event.key]++));
      ++total;
    }
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(writers));
}

TEST_P(EventContract, SweepDeletesWhatIsOlderThanTheRetention) {
  ASSERT_TRUE(Events(engine()).create_topic("acme", "orders", {.retention = 1h}));
  for (const char* id : {"1", "2", "3"}) publish(order(id));
  publish(order("kept"), "bills");
  EXPECT_EQ(sweep(10), 0);
  make_older(30min);
  publish(order("4"));
  make_older(31min);
  EXPECT_EQ(sweep(2), 2);
  EXPECT_EQ(ids(read()), (std::vector<std::string>{"3", "4"}));
  EXPECT_EQ(sweep(10), 1);
  EXPECT_EQ(sweep(10), 0);
  EXPECT_EQ(ids(read()), std::vector<std::string>{"4"});
  make_older(1h);
  EXPECT_EQ(sweep(10), 1);
  // What was forgotten may come again, behind all that was there.
  const auto again = publish(order("1"));
  EXPECT_TRUE(again.fresh);
  EXPECT_GT(again.position, 4);
  make_older(2h);
  EXPECT_EQ(sweep(10), 1);
}

TEST_P(EventContract, ATopicMayKeepItsEventsForEverAndChangeItsMind) {
  Events events(engine());
  ASSERT_TRUE(events.create_topic("acme", "orders", {.retention = 0us}));
  publish(order("1"));
  make_older(24h * 400);
  EXPECT_EQ(sweep(10), 0);
  ASSERT_TRUE(events.create_topic("acme", "orders", {.retention = 1h}));
  EXPECT_EQ(sweep(10), 1);
}

TEST_P(EventContract, RefusesWhatIsOutOfBounds) {
  Events events(engine());
  const std::string large((1 << 20) + 1, 'x');
  const std::string long_name(257, 'x');
  const std::array bad_name = {NewEvent::Extension{"traceParent", "x"}};
  const std::array taken = {NewEvent::Extension{"source", "x"}};
  const std::array twice = {NewEvent::Extension{"a", "x"}, NewEvent::Extension{"a", "y"}};
  const std::array line = {NewEvent::Extension{"a", "x\ny"}};
  const std::vector<NewEvent::Extension> many(17, NewEvent::Extension{"a", "x"});
  for (const NewEvent& event :
       {NewEvent{.source = "", .type = "t"}, NewEvent{.source = "s", .type = ""},
        NewEvent{.source = "s", .type = "t", .id = long_name}, NewEvent{.source = "s", .type = "t", .time = -1},
        NewEvent{.source = "s", .type = "t", .key = "a\n"}, NewEvent{.source = "s", .type = "t", .data = large},
        NewEvent{.source = "s", .type = "t", .extensions = bad_name},
        NewEvent{.source = "s", .type = "t", .extensions = taken},
        NewEvent{.source = "s", .type = "t", .extensions = twice},
        NewEvent{.source = "s", .type = "t", .extensions = line},
        NewEvent{.source = "s", .type = "t", .extensions = many}}) {
    const auto published = events.publish("acme", "orders", event);
    ASSERT_FALSE(published);
    EXPECT_EQ(published.error().category, ErrorCategory::usage);
  }
  EXPECT_FALSE(events.publish("", "orders", order("1")));
  EXPECT_FALSE(events.publish("acme", "", order("1")));
  EXPECT_FALSE(events.publish("acme", "orders", std::vector<NewEvent>()));
  EXPECT_FALSE(events.publish("acme", "orders", std::vector<NewEvent>(1'001, order({}))));
  EXPECT_FALSE(events.create_topic("acme", "orders", {.partitions = 0}));
  EXPECT_FALSE(events.create_topic("acme", "orders", {.partitions = 257}));
  EXPECT_FALSE(events.create_topic("acme", "orders", {.retention = 59s}));
  EXPECT_FALSE(events.create_topic("acme", "orders", {.retention = 24h * 367}));
  EXPECT_FALSE(events.read("acme", "orders", {.most = 0}));
  EXPECT_FALSE(events.read("acme", "orders", {.most = 1'001}));
  EXPECT_FALSE(events.read("acme", "orders", {.after = -1}));
}

}  // namespace
}  // namespace detoy::foundation
