#include "foundation/cache.h"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "foundation/place_test_support.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;
using Outcome = Cache::Outcome;

class CacheContract : public OnPlace {
 protected:
  static Cache::Put put(std::string_view key, std::string_view value, std::chrono::microseconds keep = 1h) {
    return {.tenant = "acme", .key = key, .value = value, .keep = keep};
  }
  std::int64_t set(const Cache::Put& what) {
    const auto version = Cache(place()).set(what);
    EXPECT_TRUE(version.has_value()) << (version ? "" : version.error().message);
    return version ? version->value_or(0) : -1;
  }
  std::string get(std::string_view key) {
    const auto entry = Cache(place()).get("acme", key);
    EXPECT_TRUE(entry.has_value()) << (entry ? "" : entry.error().message);
    return entry && *entry ? (*entry)->value : "(none)";
  }
};
DETOY_ON_ALL_PLACES(CacheContract);

// What only engines have.
class CacheInEngine : public CacheContract {};
DETOY_ON_ALL_ENGINES(CacheInEngine);

TEST_P(CacheContract, GivesBackWhatWasPutOnEveryInstance) {
  const std::string value("a\0b\xff", 4);
  const std::int64_t version = set(put("page", value));
  const auto other = open_instance();
  const auto entry = Cache(other.place()).get("acme", "page");
  ASSERT_TRUE(entry && *entry);
  EXPECT_EQ((*entry)->value, value);
  EXPECT_EQ((*entry)->version, version);
  EXPECT_EQ(get("other"), "(none)");
}

TEST_P(CacheContract, ValuesExpire) {
  set(put("brief", "value", 1ms));
  while (get("brief") != "(none)") std::this_thread::yield();
  EXPECT_EQ(Cache(place()).remove("acme", "brief"), false);
}

TEST_P(CacheContract, TenantsDoNotShareKeys) {
  set(put("page", "ours"));
  const auto theirs = Cache(place()).get("other", "page");
  ASSERT_TRUE(theirs);
  EXPECT_FALSE(*theirs);
}

TEST_P(CacheContract, VersionsGoUpAlsoAfterTheValueWasRemoved) {
  std::int64_t last = set(put("page", "1"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Cache(place()).remove("acme", "page"), true);
    const std::int64_t next = set(put("page", "2"));
    EXPECT_GT(next, last);
    last = next;
  }
}

TEST_P(CacheContract, SetsOnlyIfTheVersionIsTheExpectedOne) {
  Cache::Put first = put("page", "first");
  first.if_version = 0;
  const std::int64_t version = set(first);
  EXPECT_GT(version, 0);
  EXPECT_EQ(set(first), 0);
  Cache::Put second = put("page", "second");
  second.if_version = version;
  EXPECT_GT(set(second), version);
  EXPECT_EQ(set(second), 0);
  EXPECT_EQ(get("page"), "second");
}

TEST_P(CacheContract, ATagDropsAllThatWasPutWithIt) {
  const std::array<std::string_view, 2> red_and_blue = {"red", "blue"};
  const std::array<std::string_view, 1> blue = {"blue"};
  Cache::Put both = put("both", "1");
  both.tags = red_and_blue;
  set(both);
  Cache::Put one = put("one", "2");
  one.tags = blue;
  set(one);
  set(put("none", "3"));
  EXPECT_EQ(Cache(place()).invalidate("acme", "red"), 1);
  EXPECT_EQ(get("both"), "(none)");
  EXPECT_EQ(Cache(place()).invalidate("other", "blue"), 0);
  EXPECT_EQ(Cache(place()).invalidate("acme", "blue"), 1);
  EXPECT_EQ(get("none"), "3");
}

TEST_P(CacheContract, AValueThatIsPutAnewHasItsNewTagsOnly) {
  const std::array<std::string_view, 1> old_tag = {"old"};
  const std::array<std::string_view, 1> new_tag = {"new"};
  Cache::Put what = put("page", "1");
  what.tags = old_tag;
  set(what);
  what.tags = new_tag;
  set(what);
  EXPECT_EQ(Cache(place()).invalidate("acme", "old"), 0);
  EXPECT_EQ(Cache(place()).invalidate("acme", "new"), 1);
}

TEST_P(CacheContract, OfManyWhoFindItEmptyOneFills) {
  const auto other = open_instance();
  std::atomic<int> fills = 0;
  std::vector<std::jthread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&, i] {
      Cache cache(i % 2 == 0 ? place() : other.place());
      while (true) {
        const auto answer = cache.get_or_fill("acme", "page", 1min);
        ASSERT_TRUE(answer) << answer.error().message;
        if (answer->outcome == Outcome::hit) {
          EXPECT_EQ(answer->entry.value, "filled");
          return;
        }
        if (answer->outcome == Outcome::wait) {
          std::this_thread::yield();
          continue;
        }
        ++fills;
        EXPECT_EQ(cache.fill(put("page", "filled"), answer->token), true);
      }
    });
  }
  callers.clear();
  EXPECT_EQ(fills, 1);
}

TEST_P(CacheContract, AFillWhoseLeaseEndedIsNotTaken) {
  const auto slow = Cache(place()).get_or_fill("acme", "page", 1ms);
  ASSERT_EQ(slow->outcome, Outcome::fill);
  Result<Cache::Answer> next = Cache(place()).get_or_fill("acme", "page", 1min);
  while (next && next->outcome == Outcome::wait) next = Cache(place()).get_or_fill("acme", "page", 1min);
  ASSERT_EQ(next->outcome, Outcome::fill);
  EXPECT_EQ(Cache(place()).fill(put("page", "slow"), slow->token), false);
  EXPECT_EQ(Cache(place()).fill(put("page", "right"), next->token), true);
  EXPECT_EQ(get("page"), "right");
}

TEST_P(CacheContract, AFillIsNotTakenIfTheKeyWasRemovedOrSetMeanwhile) {
  auto begun = Cache(place()).get_or_fill("acme", "page", 1min);
  ASSERT_TRUE(Cache(place()).remove("acme", "page"));
  EXPECT_EQ(Cache(place()).fill(put("page", "stale"), begun->token), false);
  begun = Cache(place()).get_or_fill("acme", "page", 1min);
  set(put("page", "newer"));
  EXPECT_EQ(Cache(place()).fill(put("page", "stale"), begun->token), false);
  EXPECT_EQ(get("page"), "newer");
}

TEST_P(CacheContract, WhatIsOnlyBeingFilledIsNoValue) {
  Cache cache(place(), {.entries = 2, .bytes = 1000, .value_bytes = 1000});
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(cache.get_or_fill("acme", "page", 1min));
    EXPECT_EQ(cache.remove("acme", "page"), false);
  }
  // Nor does it count for the bounds.
  for (const auto& [key, keep] : {std::pair{"a", 1h}, {"b", 2h}, {"c", 3h}})
    ASSERT_TRUE(cache.set(put(key, "value", keep)));
  EXPECT_EQ(get("a"), "(none)");
  EXPECT_EQ(get("b"), "value");
}

TEST_P(CacheContract, AFillIsNotTakenIfItsTagWasInvalidatedMeanwhile) {
  const auto begun = Cache(place()).get_or_fill("acme", "page", 1min);
  EXPECT_EQ(Cache(place()).invalidate("acme", "prices"), 0);
  const std::array<std::string_view, 1> tags = {"prices"};
  Cache::Put stale = put("page", "stale");
  stale.tags = tags;
  EXPECT_EQ(Cache(place()).fill(stale, begun->token), false);
  EXPECT_EQ(get("page"), "(none)");
}

TEST_P(CacheContract, ATenantOverItsBoundsLosesWhatExpiresFirst) {
  Cache cache(place(), {.entries = 3, .bytes = 1000, .value_bytes = 1000});
  for (const auto& [key, keep] : {std::pair{"b", 2h}, {"a", 1h}, {"c", 3h}, {"d", 4h}})
    ASSERT_TRUE(cache.set(put(key, "value", keep)));
  EXPECT_EQ(get("a"), "(none)");
  EXPECT_EQ(get("b"), "value");
  ASSERT_TRUE(cache.set(put("large", std::string(990, 'x'), 1min)));
  EXPECT_EQ(get("large"), std::string(990, 'x'));
  EXPECT_EQ(get("d"), "(none)");
  Cache::Put elsewhere = put("b", "theirs");
  elsewhere.tenant = "other";
  ASSERT_TRUE(cache.set(elsewhere));
  EXPECT_EQ(get("large"), std::string(990, 'x'));
}

TEST_P(CacheInEngine, SweepDropsWhatHasExpired) {
  set(put("brief", "value", 1ms));
  set(put("long", "value"));
  Result<std::int64_t> dropped = 0;
  while (dropped && *dropped == 0) {
    dropped =
        engine().write(Durability::process, [](Transaction& transaction) { return Cache::sweep(transaction, 10); });
  }
  EXPECT_EQ(dropped, 1);
  EXPECT_EQ(get("long"), "value");
}

TEST_P(CacheContract, RefusesWhatIsOutOfBounds) {
  Cache cache(place());
  EXPECT_EQ(cache.set(put("", "value")).error().category, ErrorCategory::usage);
  EXPECT_EQ(cache.set(put("key", "value", 0us)).error().category, ErrorCategory::usage);
  EXPECT_EQ(cache.get_or_fill("acme", "key", 0us).error().category, ErrorCategory::usage);
  EXPECT_EQ(cache.set(put("key", std::string((4 << 20) + 1, 'x'))).error().category, ErrorCategory::usage);
  const std::vector<std::string_view> tags(17, "tag");
  Cache::Put tagged = put("key", "value");
  tagged.tags = tags;
  EXPECT_EQ(cache.set(tagged).error().category, ErrorCategory::usage);
}

}  // namespace
}  // namespace detoy::foundation
