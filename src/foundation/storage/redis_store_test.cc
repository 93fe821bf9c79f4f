#include "foundation/storage/redis_store.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>

#include "foundation/storage/redis_server_test_support.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;

// What it was given: the arguments after the time, then how many keys there were.
constexpr RedisScript echo{"return {ARGV[2], ARGV[3], #KEYS}", "c16e2173280eabdb129fb94f243698dd7946dc30"};
constexpr RedisScript wrong{"return redis.call('GET')", "0000000000000000000000000000000000000000"};

class RedisStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!server_.running()) GTEST_SKIP() << "redis-server is not installed";
  }
  RedisServer& server() { return server_; }
  std::unique_ptr<RedisStore> store(const RedisStore::Options& options = {}) {
    auto made = RedisStore::make(server_.url(), options);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return made ? std::move(*made) : nullptr;
  }
  static Result<Rows> ping(RedisStore& store) { return store.command({std::string_view("PING")}); }

 private:
  RedisServer server_;
};

TEST_F(RedisStoreTest, BytesNumbersAndNothingGoInAndOut) {
  const auto redis = store();
  const std::string bytes("a\0\r\n\xff", 5);
  const auto reply = redis->run(echo, {"k"}, {Bytes{bytes}, std::int64_t{-7}});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->text(0, 0), bytes);
  EXPECT_EQ(reply->text(0, 1), "-7");
  EXPECT_EQ(reply->number(0, 2), 1);
  const auto none = redis->command({std::string_view("GET"), std::string_view("none")});
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->is_null(0, 0));
}

TEST_F(RedisStoreTest, AScriptThatRedisDoesNotKnowAnyMoreIsSentAgain) {
  const auto redis = store();
  ASSERT_TRUE(redis->run(echo, {}, {std::string_view("1"), std::string_view("2")}));
  ASSERT_TRUE(redis->command({std::string_view("SCRIPT"), std::string_view("FLUSH")}));
  const auto reply = redis->run(echo, {}, {std::string_view("1"), std::string_view("2")});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->text(0, 1), "2");
}

TEST_F(RedisStoreTest, AScriptThatFailsIsADefectAndNotAnOutage) {
  const auto redis = store();
  const auto reply = redis->run(wrong, {}, {});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().category, ErrorCategory::internal);
  EXPECT_TRUE(ping(*redis));
}

TEST_F(RedisStoreTest, AfterARestartCallsGoOn) {
  const auto redis = store({.probe_every = 0ms});
  ASSERT_TRUE(ping(*redis));
  server().kill();
  const auto gone = ping(*redis);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().category, ErrorCategory::unavailable);
  server().start();
  const auto back = ping(*redis);
  EXPECT_TRUE(back) << back.error().message;
}

TEST_F(RedisStoreTest, WhileItIsGoneNobodyTriesUntilTheNextProbe) {
  const auto redis = store({.probe_every = 1h});
  server().kill();
  ASSERT_FALSE(ping(*redis));
  server().start();
  const auto next = ping(*redis);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().category, ErrorCategory::unavailable);
}

TEST_F(RedisStoreTest, AServerThatHangsIsGone) {
  const auto redis = store({.probe_every = 1h, .connection = {.connect_timeout = 100ms, .command_timeout = 100ms}});
  ASSERT_TRUE(ping(*redis));
  server().pause();
  const auto slow = ping(*redis);
  server().go_on();
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().category, ErrorCategory::unavailable);
  EXPECT_EQ(slow.error().message, "Redis: no answer: it does not answer in time");
  EXPECT_FALSE(ping(*redis));
}

// The answer to the first command must not be taken for that to the second.
TEST_F(RedisStoreTest, AnAnswerThatCameTooLateIsForNobody) {
  const auto redis = store({.connections = 1, .probe_every = 0ms, .connection = {.command_timeout = 100ms}});
  server().pause();
  ASSERT_FALSE(redis->command({std::string_view("ECHO"), std::string_view("first")}));
  server().go_on();
  const auto second = redis->command({std::string_view("ECHO"), std::string_view("second")});
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->text(0, 0), "second");
}

TEST_F(RedisStoreTest, AConnectionThatBreaksIsAnErrorAndNotASignal) {
  const auto connection = RedisConnection::open(*RedisUrl::parse(server().url()), {});
  ASSERT_TRUE(connection);
  server().kill();
  const std::array ping_command = {Param(std::string_view("PING"))};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE((*connection)->run(ping_command));
  EXPECT_FALSE((*connection)->usable());
}

TEST_F(RedisStoreTest, TellsWhatRedisIsSetTo) {
  const auto found = store()->settings();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->append_only, false);
  EXPECT_EQ(found->eviction, "noeviction");
}

TEST(RedisPassword, IsAskedForAndNeverShown) {
  const RedisServer server({"--requirepass", "secret"});
  if (!server.running()) GTEST_SKIP() << "redis-server is not installed";
  RedisUrl url = *RedisUrl::parse(server.url());
  const std::array ping_command = {Param(std::string_view("PING"))};
  const auto nobody = RedisConnection::open(url, {});
  ASSERT_TRUE(nobody);
  EXPECT_EQ((*nobody)->run(ping_command).error().category, ErrorCategory::unavailable);
  url.password = "wrong-guess";
  const auto stranger = RedisConnection::open(url, {});
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().category, ErrorCategory::unavailable);
  EXPECT_EQ(stranger.error().message, "Redis: refuses the user or the password");
  url.password = "secret";
  const auto friends = RedisConnection::open(url, {});
  ASSERT_TRUE(friends);
  EXPECT_TRUE((*friends)->run(ping_command));
  url.user = "default";
  EXPECT_TRUE(RedisConnection::open(url, {}));
}

// Answers whoever connects with the same text.
class WrongServer {
 public:
  explicit WrongServer(std::string_view answer) : listening_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    folder_.file("s").copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listening_, 1) != 0) {
      std::abort();
    }
    thread_ = std::jthread([this, answer] {
      const int client = ::accept(listening_, nullptr, nullptr);
      (void)::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(client);
    });
  }
  ~WrongServer() {
    thread_.join();
    ::close(listening_);
  }
  WrongServer(const WrongServer&) = delete;
  WrongServer& operator=(const WrongServer&) = delete;
  std::string url() const { return "unix:" + folder_.file("s"); }

 private:
  TemporaryFolder folder_;
  int listening_;
  std::jthread thread_;
};

TEST(RedisAnswers, WhatIsNoneOfRedisIsAnError) {
  for (const char* answer : {"HTTP/1.1 400 Bad Request\r\n\r\n", "$99999999999999999999\r\n",
                             "*3\r\n*1\r\n:1\r\n:2\r\n:3\r\n", "-MOVED 1 10.0.0.1:6379\r\n", "$5\r\nab", ""}) {
    const WrongServer server(answer);
    const auto redis = RedisStore::make(server.url());
    ASSERT_TRUE(redis);
    const auto told = (*redis)->command({std::string_view("PING")});
    ASSERT_FALSE(told) << answer;
    EXPECT_TRUE(told.error().message.starts_with("Redis: ")) << told.error().message;
  }
}

TEST(RedisKeys, NamesThatDifferMakeKeysThatDiffer) {
  const auto redis = *RedisStore::make("redis://h");
  EXPECT_EQ(redis->key("lock", {"acme", "invoices"}), "detoy:lock:{acme:invoices}");
  EXPECT_EQ(redis->key("lock", {"acme", "invoices"}, ":line"), "detoy:lock:{acme:invoices}:line");
  EXPECT_EQ(redis->key("lock", {"a:b", "c"}), "detoy:lock:{a%3Ab:c}");
  EXPECT_NE(redis->key("lock", {"a:b", "c"}), redis->key("lock", {"a", "b:c"}));
  EXPECT_NE(redis->key("lock", {"a%3Ab", "c"}), redis->key("lock", {"a:b", "c"}));
  EXPECT_NE(redis->key("lock", {"a", "b}:line"}), redis->key("lock", {"a", "b"}, ":line"));
}

}  // namespace
}  // namespace detoy::foundation
