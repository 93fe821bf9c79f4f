#include "foundation/storage/redis_url.h"

#include <gtest/gtest.h>

namespace detoy::foundation {
namespace {

TEST(RedisUrl, HasDefaults) {
  const auto url = RedisUrl::parse("redis://cache.example");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "cache.example");
  EXPECT_EQ(url->port, 6379);
  EXPECT_EQ(url->database, 0);
  EXPECT_EQ(url->user + url->password + url->socket, "");
}

TEST(RedisUrl, HasAllItsParts) {
  const auto url = RedisUrl::parse("redis://shop:p%40ss%3A%25@10.0.0.1:7000/3");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->user, "shop");
  EXPECT_EQ(url->password, "p@ss:%");
  EXPECT_EQ(url->host, "10.0.0.1");
  EXPECT_EQ(url->port, 7000);
  EXPECT_EQ(url->database, 3);
  EXPECT_EQ(RedisUrl::parse("redis://:only@h")->password, "only");
  EXPECT_EQ(RedisUrl::parse("redis://:a@b@h")->password, "a@b");
  EXPECT_EQ(RedisUrl::parse("redis://[::1]:7000")->host, "::1");
  EXPECT_EQ(RedisUrl::parse("redis://[::1]")->port, 6379);
  EXPECT_EQ(RedisUrl::parse("unix:/run/redis/s")->socket, "/run/redis/s");
}

TEST(RedisUrl, WhatIsNoneIsRefusedWithoutShowingIt) {
  for (const char* wrong : {"",
                            "redis:",
                            "redis://",
                            "http://secret",
                            "rediss://:secret@h",
                            "unix:",
                            "redis://secret@h",
                            "redis://u:@secret",
                            "redis://:secret@",
                            "redis://:secret@h:0",
                            "redis://:secret@h:65536",
                            "redis://:secret@h:7x",
                            "redis://:secret@h/x",
                            "redis://:secret@h/-1",
                            "redis://:secret%@h",
                            "redis://:secret%4@h",
                            "redis://:secret%zz@h",
                            "redis://:secret@[::1",
                            "redis://:secret@[::1]7",
                            "redis://:secret@:7000"}) {
    const auto url = RedisUrl::parse(wrong);
    ASSERT_FALSE(url) << wrong;
    EXPECT_EQ(url.error().category, ErrorCategory::usage);
    EXPECT_EQ(url.error().message.find("secret"), std::string::npos) << url.error().message;
  }
}

}  // namespace
}  // namespace detoy::foundation
