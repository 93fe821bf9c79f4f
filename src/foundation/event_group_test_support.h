// What the tests of groups have in common.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "foundation/conformance_test_support.h"
#include "foundation/event_group.h"

namespace detoy::foundation {

class OnGroup : public OnEngine {
 protected:
  using Deliveries = std::vector<EventGroups::Delivery>;
  static constexpr EventGroups::Group mail{"acme", "orders", "mail"};

  EventGroups groups() { return EventGroups(engine()); }
  void make_topic(std::int64_t partitions) {
    EXPECT_EQ(Events(engine()).create_topic("acme", "orders", {.partitions = partitions}), true);
  }
  std::int64_t publish(std::string_view id, std::string_view key = {}) {
    const auto published =
        Events(engine()).publish("acme", "orders", {.source = "/shop", .type = "t", .id = id, .key = key});
    EXPECT_TRUE(published.has_value()) << (published ? "" : published.error().message);
    return published ? published->position : 0;
  }
  EventGroups::Polled poll_all(std::string_view member = "m", std::chrono::microseconds lease = std::chrono::hours(1),
                               std::int64_t most = 100, const EventGroups::Group& group = mail) {
    auto polled = groups().poll(group, {.member = member, .lease = lease, .most = most});
    EXPECT_TRUE(polled.has_value()) << (polled ? "" : polled.error().message);
    return polled ? std::move(*polled) : EventGroups::Polled{};
  }
  Deliveries poll(std::string_view member = "m", std::chrono::microseconds lease = std::chrono::hours(1),
                  std::int64_t most = 100, const EventGroups::Group& group = mail) {
    return poll_all(member, lease, most, group).deliveries;
  }
  // Leases of a millisecond end by themselves; only asking again tells when.
  Deliveries poll_until_some(std::string_view member = "m") {
    while (true) {
      Deliveries some = poll(member);
      if (!some.empty()) return some;
      std::this_thread::yield();
    }
  }
  Result<void> commit(const EventGroups::Delivery& delivery, std::string_view member = "m",
                      const EventGroups::Group& group = mail) {
    const auto position = position_of(delivery);
    return groups().commit(group, member, {&position, 1});
  }
  static EventGroups::Position position_of(const EventGroups::Delivery& delivery) {
    return {delivery.event.partition, delivery.event.position, delivery.token};
  }
  Result<bool> fail(const EventGroups::Delivery& delivery, std::int64_t most_attempts,
                    std::chrono::microseconds delay = {}) {
    return groups().fail(mail, {.partition = delivery.event.partition,
                                .position = delivery.event.position,
                                .token = delivery.token,
                                .error = "no connection",
                                .most_attempts = most_attempts,
                                .delay = delay});
  }
  std::vector<EventGroups::DeadLetter> dead_letters(std::int64_t after = 0, std::int64_t most = 100) {
    auto letters = groups().dead_letters(mail, after, most);
    EXPECT_TRUE(letters.has_value()) << (letters ? "" : letters.error().message);
    return letters ? std::move(*letters) : std::vector<EventGroups::DeadLetter>();
  }
  std::vector<EventGroups::Lag> lag() {
    auto lags = groups().lag(mail);
    EXPECT_TRUE(lags.has_value()) << (lags ? "" : lags.error().message);
    return lags ? std::move(*lags) : std::vector<EventGroups::Lag>();
  }
  static std::vector<std::string> ids(const Deliveries& deliveries) {
    std::vector<std::string> all;
    for (const auto& delivery : deliveries) all.push_back(delivery.event.id);
    return all;
  }
};

template <typename T>
bool is_conflict(const Result<T>& result) {
  return !result && result.error().category == ErrorCategory::conflict;
}

}  // namespace detoy::foundation
