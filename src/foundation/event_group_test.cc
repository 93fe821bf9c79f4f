#include "foundation/event_group.h"

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>

#include "foundation/event_group_test_support.h"
#include "foundation/job.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;
using Ids = std::vector<std::string>;
using Start = EventGroups::Start;

class EventGroupContract : public OnGroup {};
DETOY_ON_ALL_ENGINES(EventGroupContract);

TEST_P(EventGroupContract, AMemberGetsEventsInOrderAndGoesOnBehindWhatItCommitted) {
  make_topic(1);
  for (const char* id : {"1", "2", "3"}) publish(id);
  const auto first = poll("m", 1h, 2);
  EXPECT_EQ(ids(first), (Ids{"1", "2"}));
  ASSERT_TRUE(commit(first[1]));
  EXPECT_EQ(ids(poll()), Ids{"3"});
}

TEST_P(EventGroupContract, EachPartitionHasItsOwnOrder) {
  for (int i = 0; i < 40; ++i) publish(fmt::format("{}", i), fmt::format("{}", i % 5));
  std::map<std::string, int> last;
  const auto deliveries = poll();
  EXPECT_EQ(deliveries.size(), 40u);
  for (const auto& delivery : deliveries) {
    const auto [there, fresh] = last.try_emplace(delivery.event.key, -1);
    EXPECT_LT(there->second, std::stoi(delivery.event.id));
    there->second = std::stoi(delivery.event.id);
  }
}

TEST_P(EventGroupContract, AMemberThatAsksForFewGetsAsManyAsItAskedFor) {
  for (int i = 0; i < 40; ++i) publish(fmt::format("{}", i), "one key");
  publish("other", "another key");
  std::set<std::string> got;
  while (got.size() < 41) {
    const auto some = poll("m", 1h, 10);
    ASSERT_FALSE(some.empty());
    EXPECT_LE(some.size(), 10u);
    EXPECT_GE(some.size(), 1u);
    for (const auto& delivery : some) EXPECT_TRUE(got.insert(delivery.event.id).second);
    for (const auto& delivery : some) ASSERT_TRUE(commit(delivery));
  }
  EXPECT_TRUE(poll().empty());
}

TEST_P(EventGroupContract, GreatEventsAreDeliveredAFewAtATime) {
  make_topic(2);
  const std::string data(1 << 20, 'x');
  for (int i = 0; i < 24; ++i) {
    ASSERT_TRUE(Events(engine()).publish("acme", "orders", {.source = "/shop", .type = "t", .data = data}));
  }
  std::size_t delivered = 0;
  for (int round = 0; round < 24 && delivered < 24; ++round) {
    const auto some = poll("m", std::chrono::hours(1), 1'000);
    // A part of each partition: what is left for the second may be one event too many.
    EXPECT_LE(some.size(), 9u);
    EXPECT_FALSE(some.empty());
    for (const auto& delivery : some) ASSERT_TRUE(commit(delivery));
    delivered += some.size();
  }
  EXPECT_EQ(delivered, 24u);
}

TEST_P(EventGroupContract, EachGroupGetsAllEvents) {
  publish("1");
  const EventGroups::Group bills{"acme", "orders", "bills"};
  EXPECT_EQ(ids(poll()), Ids{"1"});
  EXPECT_EQ(ids(poll("m", 1h, 100, bills)), Ids{"1"});
}

TEST_P(EventGroupContract, ANewGroupBeginsWithTheOldestEventOrWithTheNext) {
  make_topic(1);
  publish("1");
  const EventGroups::Group late{"acme", "orders", "late"};
  EXPECT_EQ(groups().create(late, Start::latest), true);
  EXPECT_EQ(groups().create(late, Start::earliest), false);
  publish("2");
  EXPECT_EQ(ids(poll("m", 1h, 100, late)), Ids{"2"});
  EXPECT_EQ(ids(poll()), (Ids{"1", "2"}));
  const EventGroups::Group later{"acme", "orders", "later"};
  const auto none = groups().poll(later, {.member = "m", .lease = 1h, .start = Start::latest});
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->deliveries.empty());
}

TEST_P(EventGroupContract, AGroupMayBeThereBeforeItsTopic) {
  const auto none = groups().poll(mail, {.member = "m", .lease = 1h, .start = Start::latest});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->loans.size(), 16u);
  publish("1");
  EXPECT_EQ(ids(poll()), Ids{"1"});
}

TEST_P(EventGroupContract, WhatIsOpenHoldsTheRestOfItsPartitionBack) {
  make_topic(1);
  for (const char* id : {"1", "2", "3"}) publish(id);
  const auto first = poll("m", 1h, 2);
  EXPECT_TRUE(poll().empty());
  ASSERT_TRUE(commit(first[0]));
  EXPECT_TRUE(poll().empty());
  ASSERT_TRUE(commit(first[1]));
  EXPECT_EQ(ids(poll()), Ids{"3"});
}

TEST_P(EventGroupContract, WhatIsNotCommittedComesAgainAfterTheLeaseAndTheFirstIsTold) {
  make_topic(1);
  for (const char* id : {"1", "2"}) publish(id);
  const auto first = poll("m", 1ms);
  ASSERT_EQ(ids(first), (Ids{"1", "2"}));
  const auto second = poll_until_some("n");
  EXPECT_EQ(ids(second), (Ids{"1", "2"}));
  EXPECT_GT(second[0].token, first[0].token);
  EXPECT_TRUE(is_conflict(commit(first[1], "m")));
  EXPECT_TRUE(is_conflict(fail(first[0], 1)));
  ASSERT_TRUE(commit(second[0], "n"));
}

TEST_P(EventGroupContract, PollingAgainDoesNotProlongTheLeaseOfWhatIsOpen) {
  make_topic(1);
  publish("1");
  const auto first = poll_all("m", 1h);
  EXPECT_EQ(poll_all("m", 2h).loans[0].until, first.loans[0].until);
  EXPECT_EQ(poll_all("m", 2h).loans[0].until, first.loans[0].until);
  ASSERT_TRUE(commit(first.deliveries[0]));
  EXPECT_GT(poll_all("m", 2h).loans[0].until, first.loans[0].until);
}

TEST_P(EventGroupContract, WhatAMemberForgotComesAgainToItAfterTheLease) {
  make_topic(1);
  publish("1");
  const auto first = poll("m", 1ms);
  const auto second = poll_until_some("m");
  EXPECT_EQ(ids(second), Ids{"1"});
  EXPECT_GT(second[0].token, first[0].token);
}

TEST_P(EventGroupContract, CursorsOnlyGoForward) {
  make_topic(1);
  for (const char* id : {"1", "2", "3"}) publish(id);
  const auto some = poll("m", 1h, 2);
  ASSERT_TRUE(commit(some[1]));
  ASSERT_TRUE(commit(some[0]));
  EXPECT_EQ(ids(poll()), Ids{"3"});
}

TEST_P(EventGroupContract, OnlyWhatWasDeliveredIsCommitted) {
  make_topic(1);
  for (const char* id : {"1", "2"}) publish(id);
  auto delivery = poll("m", 1h, 1)[0];
  EXPECT_TRUE(is_conflict(commit(delivery, "n")));
  ++delivery.event.position;
  EXPECT_TRUE(is_conflict(commit(delivery)));
  ++delivery.event.partition;
  EXPECT_TRUE(is_conflict(commit(delivery)));
}

TEST_P(EventGroupContract, ACommitWithOneLostLoanMovesNothing) {
  make_topic(2);
  for (int i = 0; i < 8; ++i) publish(fmt::format("{}", i));
  const auto some = poll();
  ASSERT_EQ(some.size(), 8u);
  ASSERT_NE(some.front().event.partition, some.back().event.partition);
  std::vector positions = {position_of(some.front()), position_of(some.back())};
  --positions[1].token;
  EXPECT_TRUE(is_conflict(groups().commit(mail, "m", positions)));
  for (const auto& one : lag()) EXPECT_EQ(one.committed, 0);
  ++positions[1].token;
  EXPECT_TRUE(groups().commit(mail, "m", positions));
  for (const auto& one : lag()) EXPECT_GT(one.committed, 0);
}

TEST_P(EventGroupContract, PartitionsAreSharedAmongTheMembersThatPoll) {
  EXPECT_EQ(poll_all("a").loans.size(), 16u);
  EXPECT_EQ(poll_all("b").loans.size(), 0u);
  EXPECT_EQ(poll_all("a").loans.size(), 8u);
  EXPECT_EQ(poll_all("b").loans.size(), 8u);
  poll_all("c");
  const auto a = poll_all("a").loans;
  const auto b = poll_all("b").loans;
  const auto c = poll_all("c").loans;
  EXPECT_EQ(a.size(), 6u);
  EXPECT_EQ(b.size(), 5u);
  EXPECT_EQ(c.size(), 5u);
  std::set<std::int64_t> all;
  for (const auto* loans : {&a, &b, &c}) {
    for (const auto& loan : *loans) all.insert(loan.partition);
  }
  EXPECT_EQ(all.size(), 16u);
}

TEST_P(EventGroupContract, AMemberBeyondItsShareFinishesWhatIsOpenFirst) {
  make_topic(2);
  for (int i = 0; i < 8; ++i) publish(fmt::format("{}", i));
  const auto open_ones = poll("a");
  ASSERT_EQ(open_ones.size(), 8u);
  EXPECT_TRUE(poll("b").empty());
  EXPECT_EQ(poll_all("a").loans.size(), 2u);
  EXPECT_TRUE(poll("b").empty());
  ASSERT_TRUE(commit(open_ones.back(), "a"));
  EXPECT_EQ(poll_all("a").loans.size(), 1u);
  EXPECT_EQ(poll_all("b").loans.size(), 1u);
  EXPECT_TRUE(is_conflict(commit(open_ones.back(), "a")));
}

TEST_P(EventGroupContract, ADeadMembersPartitionsGoToTheOthers) {
  EXPECT_EQ(poll_all("a", 1ms).loans.size(), 16u);
  while (poll_all("b").loans.size() < 16) std::this_thread::yield();
}

TEST_P(EventGroupContract, AHeartbeatKeepsWhatIsOpen) {
  make_topic(1);
  publish("1");
  const auto polled = poll_all("m", 1min);
  const auto position = position_of(polled.deliveries[0]);
  const auto until = groups().heartbeat(mail, "m", {&position, 1}, 2h);
  ASSERT_TRUE(until);
  EXPECT_GT(*until, polled.loans[0].until);
  EXPECT_EQ(poll_all("m", 1min).loans[0].until, *until);
  EXPECT_TRUE(is_conflict(groups().heartbeat(mail, "n", {&position, 1}, 2h)));
}

TEST_P(EventGroupContract, WhatAMemberReleasesGoesToAnotherAtOnce) {
  publish("1");
  const auto first = poll("a");
  EXPECT_EQ(groups().release(mail, "a"), 16);
  EXPECT_EQ(groups().release(mail, "a"), 0);
  EXPECT_TRUE(is_conflict(commit(first[0], "a")));
  const auto polled = poll_all("b");
  EXPECT_EQ(polled.loans.size(), 16u);
  EXPECT_EQ(ids(polled.deliveries), Ids{"1"});
}

TEST_P(EventGroupContract, SeekGoesBackAndForwardAndEndsLoans) {
  make_topic(1);
  const std::int64_t first = publish("1");
  for (const char* id : {"2", "3"}) publish(id);
  const auto before = poll();
  ASSERT_TRUE(groups().seek(mail, first));
  EXPECT_TRUE(is_conflict(commit(before[2])));
  const auto again = poll();
  EXPECT_EQ(ids(again), (Ids{"2", "3"}));
  ASSERT_TRUE(commit(again[1]));
  ASSERT_TRUE(groups().seek(mail, 0));
  EXPECT_EQ(ids(poll()), (Ids{"1", "2", "3"}));
  // Beyond the last one is behind the last one: what comes next is not skipped.
  ASSERT_TRUE(groups().seek(mail, INT64_MAX));
  EXPECT_TRUE(poll().empty());
  publish("4");
  EXPECT_EQ(ids(poll()), Ids{"4"});
}

TEST_P(EventGroupContract, SeekFindsWhatWasPublishedAtATime) {
  make_topic(1);
  for (int i = 0; i < 9; ++i) publish(fmt::format("{}", i));
  ASSERT_TRUE(engine().write(Durability::machine, [](Transaction& transaction) {
    static constexpr Statement set_times = "UPDATE event SET published_at = 1000 * ((position + 1) / 2)";
    return transaction.run(set_times);
  }));
  EXPECT_EQ(poll().size(), 9u);
  // Two events each at 1000, 2000, ..., the last one alone at 5000.
  for (const auto& [time, first] : {std::pair{0, "0"}, {1000, "0"}, {1001, "2"}, {4000, "6"}, {5000, "8"}}) {
    ASSERT_TRUE(groups().seek_to_time(mail, time));
    EXPECT_EQ(ids(poll()).at(0), first) << time;
  }
  ASSERT_TRUE(groups().seek_to_time(mail, 5001));
  EXPECT_TRUE(poll().empty());
}

TEST_P(EventGroupContract, LagTellsWhatIsNotCommittedAndWhoHasIt) {
  make_topic(2);
  for (int i = 0; i < 6; ++i) publish(fmt::format("{}", i), "a key");
  EXPECT_TRUE(is_conflict(groups().lag(mail)));
  const auto some = poll("m", 1h, 2);
  const auto partition = static_cast<std::size_t>(some[0].event.partition);
  ASSERT_TRUE(commit(some[0]));
  const auto lags = lag();
  ASSERT_EQ(lags.size(), 2u);
  EXPECT_EQ(lags[partition].events, 5);
  EXPECT_EQ(lags[partition].committed, some[0].event.position);
  EXPECT_EQ(lags[partition].member, "m");
  EXPECT_EQ(lags[1 - partition].events, 0);
  EXPECT_EQ(groups().release(mail, "m"), 2);
  EXPECT_EQ(lag()[partition].member, "");
}

TEST_P(EventGroupContract, ACommitIsThereIfAndOnlyIfItsUnitOfWorkIs) {
  publish("1");
  const auto position = position_of(poll()[0]);
  const auto unit = [&](bool fails) {
    return engine().write(Durability::machine, [&](Transaction& transaction) -> Result<void> {
      const auto added = Jobs::enqueue(transaction, "acme", {.queue = "mail", .payload = "1"});
      if (!added) return std::unexpected(added.error());
      const auto committed = EventGroups::commit(transaction, mail, "m", {&position, 1});
      if (!committed) return committed;
      if (fails) return detoy::fail(ErrorCategory::internal, "after all");
      return {};
    });
  };
  const auto committed = [&] { return lag()[static_cast<std::size_t>(position.partition)].committed; };
  EXPECT_FALSE(unit(true));
  EXPECT_EQ(committed(), 0);
  EXPECT_TRUE(unit(false));
  EXPECT_EQ(committed(), position.position);
}

TEST_P(EventGroupContract, ManyMembersOfTwoInstancesGetEachEventInTheOrderOfItsKey) {
  constexpr int count = 600;
  const auto second = open();
  ASSERT_EQ(groups().create(mail, Start::earliest), true);
  std::atomic<int> done = 0;
  std::mutex mutex;
  std::map<std::string, std::vector<int>> got;
  std::vector<std::jthread> threads;
  threads.emplace_back([&] {
    for (int i = 0; i < count; ++i) publish(fmt::format("{}", i), fmt::format("key-{}", i % 20));
  });
  for (int member = 0; member < 4; ++member) {
    threads.emplace_back([&, member] {
      EventGroups groups(member % 2 == 0 ? engine() : *second);
      const std::string name = fmt::format("m{}", member);
      while (done < count) {
        const auto polled = groups.poll(mail, {.member = name, .lease = 1h, .most = 5 + member});
        ASSERT_TRUE(polled) << polled.error().message;
        if (polled->deliveries.empty()) std::this_thread::yield();
        for (const auto& delivery : polled->deliveries) {
          {
            const std::lock_guard guard(mutex);
            got[delivery.event.key].push_back(std::stoi(delivery.event.id));
          }
          const auto position = position_of(delivery);
          const auto committed = groups.commit(mail, name, {&position, 1});
          ASSERT_TRUE(committed) << committed.error().message;
          ++done;
        }
      }
    });
  }
  threads.clear();
  ASSERT_EQ(got.size(), 20u);
  for (int key = 0; key < 20; ++key) {
    std::vector<int> expected;
    for (int i = key; i < count; i += 20) expected.push_back(i);
    EXPECT_EQ(got[fmt::format("key-{}", key)], expected);
  }
}

TEST_P(EventGroupContract, TenantsDoNotSeeEachOthersGroups) {
  publish("1");
  const auto mine = poll();
  const EventGroups::Group theirs{"other", "orders", "mail"};
  EXPECT_TRUE(is_conflict(commit(mine[0], "m", theirs)));
  EXPECT_TRUE(is_conflict(groups().lag(theirs)));
  EXPECT_TRUE(poll("m", 1h, 100, theirs).empty());
  EXPECT_TRUE(is_conflict(groups().release({"acme", "bills", "mail"}, "m")));
}

TEST_P(EventGroupContract, RefusesWhatIsOutOfBounds) {
  publish("1");
  const auto position = position_of(poll()[0]);
  const auto usage = [](const auto& result) { return !result && result.error().category == ErrorCategory::usage; };
  EXPECT_TRUE(usage(groups().poll({"acme", "orders", ""}, {.member = "m", .lease = 1h})));
  EXPECT_TRUE(usage(groups().poll(mail, {.member = "", .lease = 1h})));
  EXPECT_TRUE(usage(groups().poll(mail, {.member = "m", .lease = 0us})));
  EXPECT_TRUE(usage(groups().poll(mail, {.member = "m", .lease = 25h})));
  EXPECT_TRUE(usage(groups().poll(mail, {.member = "m", .lease = 1h, .most = 0})));
  EXPECT_TRUE(usage(groups().poll(mail, {.member = "m", .lease = 1h, .most = 1'001})));
  EXPECT_TRUE(usage(groups().commit(mail, "m", {})));
  EXPECT_TRUE(usage(groups().commit(mail, "m", std::vector(257, position))));
  EXPECT_TRUE(usage(groups().heartbeat(mail, "m", {&position, 1}, 0us)));
  EXPECT_TRUE(usage(groups().fail(mail, {.token = 1, .most_attempts = 0})));
  EXPECT_TRUE(usage(groups().fail(mail, {.token = 1, .delay = -1us})));
  EXPECT_TRUE(usage(groups().seek(mail, -1)));
  EXPECT_TRUE(usage(groups().dead_letters(mail, 0, 0)));
  EXPECT_TRUE(usage(groups().redrive(mail, {})));
  EXPECT_TRUE(usage(groups().discard(mail, std::vector<std::int64_t>(1'001, 1))));
}

TEST_P(EventGroupContract, WhoWaitsIsToldWhetherThereIsAnything) {
  make_topic(1);
  EXPECT_TRUE(is_conflict(groups().has_events(mail, "m")));
  EXPECT_TRUE(poll().empty());
  EXPECT_EQ(groups().has_events(mail, "m"), false);
  publish("1");
  EXPECT_EQ(groups().has_events(mail, "m"), true);
  EXPECT_EQ(groups().has_events(mail, "other"), false);
  const auto first = poll();
  // What is open is nobody's to get, until it fails.
  EXPECT_EQ(groups().has_events(mail, "m"), false);
  EXPECT_EQ(fail(first[0], 20, 1h), false);
  EXPECT_EQ(groups().has_events(mail, "m"), false);
  ASSERT_TRUE(groups().seek(mail, 0));
  EXPECT_EQ(groups().has_events(mail, "m"), true);
  EXPECT_EQ(groups().has_events(mail, "other"), true);
  EXPECT_EQ(fail(poll()[0], 1), true);
  EXPECT_EQ(groups().has_events(mail, "m"), false);
  const std::int64_t position = first[0].event.position;
  EXPECT_EQ(groups().redrive(mail, {&position, 1}), 1);
  EXPECT_EQ(groups().has_events(mail, "m"), true);
}

}  // namespace
}  // namespace detoy::foundation
