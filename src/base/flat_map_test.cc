#include "base/flat_map.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace detoy {
namespace {

TEST(FlatMap, FindsNothingWhileEmpty) {
  const FlatMap<std::uint32_t, std::uint32_t> map;
  EXPECT_EQ(map.find(0), nullptr);
  EXPECT_EQ(map.size(), 0u);
}

TEST(FlatMap, KeepsTheFirstValueUnlessItIsSet) {
  FlatMap<std::uint32_t, std::uint32_t> map;
  EXPECT_TRUE(map.insert(0, 1).second);
  const auto [value, fresh] = map.insert(0, 2);
  EXPECT_FALSE(fresh);
  EXPECT_EQ(*value, 1u);
  map.set(0, 3);
  ASSERT_NE(map.find(0), nullptr);
  EXPECT_EQ(*map.find(0), 3u);
  EXPECT_EQ(map.size(), 1u);
}

TEST(FlatMap, KeepsAllWhileItGrows) {
  FlatMap<std::uint64_t, std::uint32_t> map;
  for (std::uint64_t key = 0; key < 5000; ++key) map.insert(key << 32 | (key & 7u), static_cast<std::uint32_t>(key));
  EXPECT_EQ(map.size(), 5000u);
  for (std::uint64_t key = 0; key < 5000; ++key) {
    ASSERT_TRUE(map.contains(key << 32 | (key & 7u)));
    EXPECT_EQ(*map.find(key << 32 | (key & 7u)), key);
  }
  EXPECT_FALSE(map.contains(5000));
}

}  // namespace
}  // namespace detoy
