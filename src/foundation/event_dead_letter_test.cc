#include <fmt/format.h>

#include "foundation/event_group_test_support.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

class EventDeadLetterContract : public OnGroup {
 protected:
  // Publishes three events in one partition, and lets the second die. Its position.
  std::int64_t bury_second() {
    make_topic(1);
    for (const char* id : {"1", "2", "3"}) publish(id);
    const Deliveries some = poll();
    EXPECT_TRUE(commit(some[0]));
    EXPECT_EQ(fail(some[1], 1), true);
    EXPECT_TRUE(commit(some[2]));
    return some[1].event.position;
  }
  Result<std::int64_t> redrive(std::int64_t position, const EventGroups::Group& group = mail) {
    return groups().redrive(group, {&position, 1});
  }
};
DETOY_ON_ALL_ENGINES(EventDeadLetterContract);

TEST_P(EventDeadLetterContract, AFailedEventComesAgainBeforeThoseBehindIt) {
  make_topic(1);
  for (const char* id : {"1", "2", "3"}) publish(id);
  const auto first = poll();
  EXPECT_EQ(first[0].attempts, 0);
  ASSERT_TRUE(commit(first[0]));
  EXPECT_EQ(fail(first[1], 3), false);
  // What was behind it in the same delivery must wait for it.
  EXPECT_TRUE(is_conflict(commit(first[2])));
  const auto second = poll();
  EXPECT_EQ(ids(second), (Ids{"2", "3"}));
  EXPECT_EQ(second[0].attempts, 1);
  EXPECT_EQ(second[1].attempts, 0);
  EXPECT_GT(second[0].token, first[0].token);
  ASSERT_TRUE(commit(second[1]));
}

TEST_P(EventDeadLetterContract, AttemptsOutliveTheLease) {
  make_topic(1);
  publish("1");
  EXPECT_EQ(fail(poll()[0], 3), false);
  ASSERT_EQ(poll("m").size(), 1u);
  EXPECT_EQ(groups().release(mail, "m"), 1);
  const auto again = poll("n");
  EXPECT_EQ(again[0].attempts, 1);
  EXPECT_EQ(fail(again[0], 2), true);
}

TEST_P(EventDeadLetterContract, AttemptsAreThoseOfOneEvent) {
  make_topic(1);
  for (const char* id : {"1", "2"}) publish(id);
  EXPECT_EQ(fail(poll()[0], 2), false);
  const auto again = poll();
  ASSERT_TRUE(commit(again[0]));
  EXPECT_EQ(fail(again[1], 2), false);
  EXPECT_EQ(poll()[0].attempts, 1);
}

TEST_P(EventDeadLetterContract, OnlyTheFirstOpenEventFails) {
  make_topic(1);
  for (const char* id : {"1", "2", "3"}) publish(id);
  const auto some = poll("m", 1h, 2);
  EXPECT_TRUE(is_conflict(fail(some[1], 1)));
  ASSERT_TRUE(commit(some[1]));
  EXPECT_TRUE(is_conflict(fail(some[1], 1)));
  auto not_delivered = some[1];
  ++not_delivered.event.position;
  EXPECT_TRUE(is_conflict(fail(not_delivered, 1)));
  EXPECT_TRUE(dead_letters().empty());
}

TEST_P(EventDeadLetterContract, AFailedEventMayWaitAndItsPartitionWithIt) {
  make_topic(1);
  for (const char* id : {"1", "2"}) publish(id);
  EXPECT_EQ(fail(poll()[0], 3, 1h), false);
  EXPECT_TRUE(poll().empty());
  ASSERT_TRUE(groups().seek(mail, 0));
  EXPECT_EQ(fail(poll()[0], 3, 1ms), false);
  EXPECT_EQ(ids(poll_until_some()), (Ids{"1", "2"}));
}

TEST_P(EventDeadLetterContract, AfterItsLastAttemptAnEventIsADeadLetterAndTheRestGoesOn) {
  const std::int64_t position = bury_second();
  EXPECT_TRUE(poll().empty());
  const auto letters = dead_letters();
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].event.id, "2");
  EXPECT_EQ(letters[0].event.position, position);
  EXPECT_EQ(letters[0].attempts, 1);
  EXPECT_EQ(letters[0].error, "no connection");
  EXPECT_GT(letters[0].died_at, 0);
  EXPECT_TRUE(dead_letters(position).empty());
}

TEST_P(EventDeadLetterContract, DeadLettersAreThoseOfOneGroup) {
  const std::int64_t position = bury_second();
  const EventGroups::Group bills{"acme", "orders", "bills"};
  EXPECT_EQ(ids(poll("m", 1h, 100, bills)), (Ids{"1", "2", "3"}));
  EXPECT_TRUE(groups().dead_letters(bills, 0, 10)->empty());
  EXPECT_EQ(redrive(position, bills), 0);
  EXPECT_EQ(groups().discard(bills, {&position, 1}), 0);
  EXPECT_TRUE(is_conflict(redrive(position, {"other", "orders", "mail"})));
}

TEST_P(EventDeadLetterContract, ARedrivenLetterComesBeforeNewEventsOfItsPartition) {
  const std::int64_t position = bury_second();
  publish("4");
  EXPECT_EQ(redrive(position), 1);
  EXPECT_EQ(redrive(position), 0);
  EXPECT_TRUE(dead_letters().empty());
  const auto again = poll();
  ASSERT_EQ(ids(again), Ids{"2"});
  EXPECT_TRUE(again[0].redriven);
  EXPECT_EQ(again[0].attempts, 0);
  EXPECT_TRUE(poll().empty());
  ASSERT_TRUE(commit(again[0]));
  const auto next = poll();
  EXPECT_EQ(ids(next), Ids{"4"});
  EXPECT_FALSE(next[0].redriven);
  ASSERT_TRUE(commit(next[0]));
  EXPECT_TRUE(poll().empty());
}

TEST_P(EventDeadLetterContract, ARedrivenLetterWaitsForWhatIsOpen) {
  const std::int64_t position = bury_second();
  publish("4");
  const auto open_one = poll();
  ASSERT_EQ(ids(open_one), Ids{"4"});
  EXPECT_EQ(redrive(position), 1);
  EXPECT_TRUE(poll().empty());
  ASSERT_TRUE(commit(open_one[0]));
  EXPECT_EQ(ids(poll()), Ids{"2"});
}

TEST_P(EventDeadLetterContract, ARedrivenLetterThatIsNotCommittedComesAgain) {
  EXPECT_EQ(redrive(bury_second()), 1);
  const auto first = poll();
  ASSERT_EQ(ids(first), Ids{"2"});
  EXPECT_EQ(groups().release(mail, "m"), 1);
  const auto second = poll("n");
  ASSERT_EQ(ids(second), Ids{"2"});
  EXPECT_TRUE(is_conflict(commit(first[0], "m")));
  ASSERT_TRUE(commit(second[0], "n"));
  EXPECT_EQ(groups().release(mail, "n"), 1);
  EXPECT_TRUE(poll().empty());
}

TEST_P(EventDeadLetterContract, ARedrivenLetterMayFailAndDieAgain) {
  const std::int64_t position = bury_second();
  EXPECT_EQ(redrive(position), 1);
  EXPECT_EQ(fail(poll()[0], 2), false);
  const auto again = poll();
  ASSERT_EQ(ids(again), Ids{"2"});
  EXPECT_EQ(again[0].attempts, 1);
  EXPECT_EQ(fail(again[0], 2), true);
  EXPECT_TRUE(poll().empty());
  ASSERT_EQ(dead_letters().size(), 1u);
  EXPECT_EQ(dead_letters()[0].attempts, 2);
  publish("4");
  EXPECT_EQ(ids(poll()), Ids{"4"});
}

TEST_P(EventDeadLetterContract, SeveralLettersAreSettledOneByOne) {
  make_topic(1);
  std::vector<std::int64_t> positions;
  for (const char* id : {"1", "2", "3"}) positions.push_back(publish(id));
  for (const auto& delivery : poll()) EXPECT_EQ(fail(delivery, 1), true);
  EXPECT_EQ(groups().redrive(mail, positions), 3);
  const auto again = poll();
  ASSERT_EQ(ids(again), (Ids{"1", "2", "3"}));
  ASSERT_TRUE(commit(again[0]));
  EXPECT_EQ(fail(again[1], 2), false);
  EXPECT_TRUE(is_conflict(commit(again[2])));
  const auto rest = poll();
  EXPECT_EQ(ids(rest), (Ids{"2", "3"}));
  auto beyond = rest[1];
  ++beyond.event.position;
  EXPECT_TRUE(is_conflict(commit(beyond)));
  ASSERT_TRUE(commit(rest[1]));
  EXPECT_TRUE(poll().empty());
  EXPECT_TRUE(dead_letters().empty());
}

TEST_P(EventDeadLetterContract, ADiscardedLetterIsGone) {
  const std::int64_t position = bury_second();
  EXPECT_EQ(groups().discard(mail, {&position, 1}), 1);
  EXPECT_EQ(groups().discard(mail, {&position, 1}), 0);
  EXPECT_TRUE(dead_letters().empty());
  EXPECT_EQ(redrive(position), 0);
}

TEST_P(EventDeadLetterContract, ADeadLetterOutlivesTheRetention) {
  const std::int64_t position = bury_second();
  ASSERT_TRUE(engine().write(Durability::machine, [](Transaction& transaction) -> Result<void> {
    static constexpr Statement age = "UPDATE event SET published_at = 0";
    static constexpr Statement make_due = "UPDATE event_topic SET sweep_at = 1";
    for (const Statement* statement : {&age, &make_due}) {
      const auto done = transaction.run(*statement);
      if (!done) return std::unexpected(done.error());
    }
    return {};
  }));
  EXPECT_EQ(engine().write(Durability::machine, [](Transaction& t) { return Events::sweep(t, 10); }), 3);
  EXPECT_EQ(dead_letters()[0].event.id, "2");
  EXPECT_EQ(redrive(position), 1);
  EXPECT_EQ(ids(poll()), Ids{"2"});
}

TEST_P(EventDeadLetterContract, AnEventThatComesAgainAfterASeekMayDieAgain) {
  const std::int64_t position = bury_second();
  ASSERT_TRUE(groups().seek(mail, position - 1));
  EXPECT_EQ(fail(poll()[0], 1), true);
  EXPECT_EQ(dead_letters().size(), 1u);
}

}  // namespace
}  // namespace detoy::foundation
