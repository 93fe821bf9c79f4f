#include "foundation/storage/postgres_engine.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <thread>

#include "foundation/storage/engine_test_support.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;

constexpr Statement own_process = "SELECT pg_backend_pid()";
constexpr Statement terminate = {"SELECT 1", "SELECT pg_terminate_backend($1::integer)"};
constexpr Statement sleep_long = {"SELECT 1", "SELECT 1 FROM pg_sleep(60)"};
constexpr Statement one = "SELECT 1";
constexpr Statement commits = {"SELECT 1", "SELECT current_setting('synchronous_commit')"};
constexpr Statement limits = {"SELECT 1",
                              "SELECT current_setting('statement_timeout') || ' ' || current_setting('lock_timeout')"};
constexpr Statement echo = "SELECT CAST($1 AS BIGINT)";
constexpr Statement divide = "SELECT 1 / CAST($1 AS BIGINT)";
constexpr Statement decimal = "SELECT 1.5";

class PostgresEngineTest : public testing::Test {
 protected:
  PostgresEngineTest() : store_(EngineKind{"postgres"}) {}
  void SetUp() override {
    if (store_.url().empty()) GTEST_SKIP() << "DETOY_TEST_POSTGRES is not set";
  }
  // `more` goes behind the options that the URL has.
  std::unique_ptr<PostgresEngine> open(const PostgresEngine::Options& options = {}, const char* more = "") {
    auto engine = PostgresEngine::open(store_.url() + more, options);
    EXPECT_TRUE(engine.has_value()) << (engine ? "" : engine.error().message);
    return engine ? std::move(*engine) : nullptr;
  }
  static Result<Rows> run(Engine& engine, const Statement& statement, std::initializer_list<Param> params = {}) {
    return engine.write(Durability::machine,
                        [&](Transaction& transaction) { return transaction.run(statement, params); });
  }

  const std::string& url() const { return store_.url(); }

 private:
  TemporaryStore store_;
};

TEST_F(PostgresEngineTest, AConnectionThatTheServerEndsIsReplaced) {
  const auto victim = open({.connections = 1});
  const auto killer = open({.connections = 1});
  const auto process = run(*victim, own_process);
  ASSERT_TRUE(process) << process.error().message;
  ASSERT_TRUE(run(*killer, terminate, {process->number(0, 0)}));
  const Result<Rows> next = run(*victim, one);
  ASSERT_TRUE(next) << next.error().message;
}

// A server whose machine is stopped: connections stay as they are, and nothing comes.
TEST_F(PostgresEngineTest, AServerThatHangsIsGone) {
  const auto engine = open({.connections = 1, .connection = {.statement_timeout = 100ms, .silence = 100ms}});
  const auto process = run(*engine, own_process);
  ASSERT_TRUE(process) << process.error().message;
  const auto id = static_cast<pid_t>(process->number(0, 0));
  if (::kill(id, SIGSTOP) != 0) GTEST_SKIP() << "the server runs as another user";
  const auto hung = run(*engine, one);
  EXPECT_EQ(::kill(id, SIGCONT), 0);
  ASSERT_FALSE(hung);
  EXPECT_EQ(hung.error().category, ErrorCategory::unavailable);
  EXPECT_EQ(hung.error().message, "PostgreSQL: cannot run a statement: the server does not answer");
  EXPECT_TRUE(run(*engine, one)) << "by another connection";
}

TEST_F(PostgresEngineTest, APatientEngineMayTakeADayForAStatement) {
  const auto patient = open_patient_engine(url());
  ASSERT_TRUE(patient) << patient.error().message;
  const auto told = run(**patient, limits);
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(told->text(0, 0), "1d 1d");
  EXPECT_EQ(run(*open(), limits)->text(0, 0), "10s 10s");
}

TEST_F(PostgresEngineTest, CommitsAreSyncedWhateverTheRoleIsSetTo) {
  const auto engine = open({.connections = 1}, "%20-csynchronous_commit%3Doff");
  const auto told = run(*engine, commits);
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(told->text(0, 0), "on");
}

TEST_F(PostgresEngineTest, StatementsThatAreSentTogetherGiveWhatEachOfThemGives) {
  const auto engine = open({.connections = 1});
  const auto sums = engine->write(Durability::machine, [&](Transaction& transaction) -> Result<std::vector<Rows>> {
    const std::vector<std::vector<Param>> numbers = {{std::int64_t{1}}, {std::int64_t{2}}, {nullptr}};
    return transaction.run_many(echo, numbers);
  });
  ASSERT_TRUE(sums) << sums.error().message;
  ASSERT_EQ(sums->size(), 3u);
  EXPECT_EQ((*sums)[0].number(0, 0), 1);
  EXPECT_EQ((*sums)[1].number(0, 0), 2);
  EXPECT_TRUE((*sums)[2].is_null(0, 0));
}

TEST_F(PostgresEngineTest, OneOfThemThatFailsIsToldAndTheConnectionGoesOn) {
  const auto engine = open({.connections = 1});
  const auto failed = engine->write(Durability::machine, [&](Transaction& transaction) -> Result<std::vector<Rows>> {
    const std::vector<std::vector<Param>> numbers = {{std::int64_t{1}}, {std::int64_t{0}}, {std::int64_t{2}}};
    return transaction.run_many(divide, numbers);
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "PostgreSQL: cannot run a statement: division by zero");
  EXPECT_TRUE(run(*engine, one));
}

TEST_F(PostgresEngineTest, AStatementThatTakesTooLongIsEnded) {
  const auto engine = open({.connection = {.statement_timeout = 50ms}});
  const auto slept = run(*engine, sleep_long);
  ASSERT_FALSE(slept);
  EXPECT_EQ(slept.error().category, ErrorCategory::unavailable);
  EXPECT_NE(slept.error().message.find("timeout"), std::string::npos) << slept.error().message;
  EXPECT_TRUE(run(*engine, one));
}

TEST_F(PostgresEngineTest, WhenAllConnectionsAreInUseAUnitFailsAfterItsPatience) {
  const auto engine = open({.connections = 1, .patience = 20ms});
  std::atomic<bool> holds = false;
  std::atomic<bool> enough = false;
  std::jthread holder([&] {
    const auto held = engine->read([&](Transaction& transaction) {
      holds = true;
      holds.notify_all();
      enough.wait(false);
      return transaction.run(one);
    });
    EXPECT_TRUE(held);
  });
  holds.wait(false);
  const auto second = run(*engine, one);
  enough = true;
  enough.notify_all();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().category, ErrorCategory::unavailable);
}

TEST_F(PostgresEngineTest, TypesThatEnginesDoNotShareAreRefused) {
  const auto engine = open();
  const auto told = run(*engine, decimal);
  ASSERT_FALSE(told);
  EXPECT_NE(told.error().message.find("cast it"), std::string::npos) << told.error().message;
}

TEST(PostgresUrl, AWrongOneIsToldWithoutItsPassword) {
  const auto engine = PostgresEngine::open("postgres://ann:secret-word@/shop?host=/no/such/folder");
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().category, ErrorCategory::unavailable);
  EXPECT_NE(engine.error().message.find("/no/such/folder"), std::string::npos) << engine.error().message;
  EXPECT_EQ(engine.error().message.find("secret-word"), std::string::npos) << engine.error().message;
  EXPECT_EQ(engine.error().message.find('\n'), std::string::npos);
}

TEST(PostgresUrl, NeitherSqliteNorPostgresIsTold) {
  for (const char* url : {"", "detoy.db", "mysql://host/shop", "sqlite:"}) {
    const auto engine = open_engine(url);
    ASSERT_FALSE(engine) << url;
    EXPECT_EQ(engine.error().category, ErrorCategory::usage) << url;
  }
}

}  // namespace
}  // namespace detoy::foundation
