// What every engine keeps.
#include "foundation/storage/engine.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include "foundation/storage/engine_test_support.h"
#include "foundation/storage/migrations.h"

namespace detoy::foundation {
namespace {

constexpr Statement make_notes = "CREATE TABLE IF NOT EXISTS notes (id BIGINT PRIMARY KEY, text TEXT)";
constexpr Statement add_note = "INSERT INTO notes (id, text) VALUES ($1, $2)";
constexpr Statement count_notes = "SELECT count(*) FROM notes";
constexpr Statement swapped = "SELECT $2, $1, $2";

class EngineContract : public OnBareEngine {
 protected:
  std::unique_ptr<Engine> open() override {
    auto engine = OnBareEngine::open();
    if (engine == nullptr) return nullptr;
    EXPECT_TRUE(engine->write(Durability::machine, [](Transaction& t) { return t.run(make_notes); }));
    return engine;
  }
  static Result<void> add(Engine& engine, std::int64_t id, std::string_view text,
                          Durability durability = Durability::machine) {
    return engine.write(durability, [&](Transaction& transaction) -> Result<void> {
      const auto done = transaction.run(add_note, {id, text});
      if (!done) return std::unexpected(done.error());
      return {};
    });
  }
  static std::int64_t count(Engine& engine) {
    const auto rows = engine.read([](Transaction& transaction) { return transaction.run(count_notes); });
    EXPECT_TRUE(rows.has_value());
    return rows ? rows->number(0, 0) : -1;
  }
};
DETOY_ON_ALL_ENGINES(EngineContract);

TEST_P(EngineContract, ParametersAreTakenByTheirNumbers) {
  const auto rows =
      engine().read([](Transaction& transaction) { return transaction.run(swapped, {std::int64_t{1}, "two"}); });
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->text(0, 0), "two");
  EXPECT_EQ(rows->number(0, 1), 1);
  EXPECT_EQ(rows->text(0, 2), "two");
}

TEST_P(EngineContract, AFailedUnitLeavesNothingAndItsNeighboursEverything) {
  constexpr int threads = 16;
  constexpr int rounds = 25;
  std::atomic<int> kept = 0;
  std::vector<std::jthread> callers;
  for (int i = 0; i < threads; ++i) {
    callers.emplace_back([&, i] {
      for (int k = 0; k < rounds; ++k) {
        const std::int64_t id = i * rounds + k;
        const bool fails = (i + k) % 3 == 0;
        const auto done = engine().write(Durability::process, [&](Transaction& transaction) -> Result<void> {
          const auto added = transaction.run(add_note, {id, std::string_view("note")});
          if (!added) return std::unexpected(added.error());
          if (fails) return fail(ErrorCategory::conflict, "changed my mind");
          return {};
        });
        EXPECT_EQ(done.has_value(), !fails);
        if (done) ++kept;
      }
    });
  }
  callers.clear();
  EXPECT_EQ(count(engine()), kept);
}

TEST_P(EngineContract, ReadsSeeEverythingThatWasAcknowledged) {
  const auto other = open();
  for (std::int64_t id = 1; id <= 50; ++id) {
    ASSERT_TRUE(add(id % 2 == 0 ? engine() : *other, id, "note", Durability::process));
    EXPECT_EQ(count(engine()), id);
    EXPECT_EQ(count(*other), id);
  }
}

TEST_P(EngineContract, ReadsCannotWrite) {
  const auto tried = engine().read(
      [](Transaction& transaction) { return transaction.run(add_note, {std::int64_t{1}, std::string_view("note")}); });
  EXPECT_FALSE(tried);
  EXPECT_EQ(count(engine()), 0);
}

constexpr Statement make_values = {
    "CREATE TABLE all_types (id BIGINT PRIMARY KEY, text TEXT, bytes BLOB, none BIGINT)",
    "CREATE TABLE all_types (id BIGINT PRIMARY KEY, text TEXT, bytes BYTEA, none BIGINT)"};
constexpr Statement add_values = "INSERT INTO all_types (id, text, bytes, none) VALUES ($1, $2, $3, $4)";
constexpr Statement read_values = "SELECT id, text, bytes, none FROM all_types ORDER BY id";

TEST_P(EngineContract, ValuesComeBackAsTheyWere) {
  const std::string bytes("a\0\xff", 3);
  const auto written = engine().write(Durability::machine, [&](Transaction& transaction) -> Result<void> {
    for (const Statement* statement : {&make_values}) {
      if (const auto made = transaction.run(*statement); !made) return std::unexpected(made.error());
    }
    const std::int64_t least = std::numeric_limits<std::int64_t>::min();
    const auto first = transaction.run(add_values, {least, "\u00fcber", Bytes{bytes}, nullptr});
    if (!first) return std::unexpected(first.error());
    // Null where a value was before, and a value where there was null.
    const auto second = transaction.run(add_values, {std::int64_t{1}, nullptr, Bytes{""}, std::int64_t{-7}});
    if (!second) return std::unexpected(second.error());
    return {};
  });
  ASSERT_TRUE(written) << written.error().message;
  const auto rows = engine().read([](Transaction& transaction) { return transaction.run(read_values); });
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ(rows->number(0, 0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(rows->text(0, 1), "\u00fcber");
  EXPECT_EQ(rows->text(0, 2), bytes);
  EXPECT_TRUE(rows->is_null(0, 3));
  EXPECT_TRUE(rows->is_null(1, 1));
  EXPECT_FALSE(rows->is_null(1, 2));
  EXPECT_EQ(rows->text(1, 2), "");
  EXPECT_EQ(rows->number(1, 3), -7);
}

TEST_P(EngineContract, AStatementThatFailsTellsWhyAndUndoesItsUnit) {
  ASSERT_TRUE(add(engine(), 1, "first"));
  const auto twice = engine().write(Durability::machine, [&](Transaction& transaction) -> Result<void> {
    for (const std::int64_t id : {2, 1}) {
      const auto added = transaction.run(add_note, {id, std::string_view("again")});
      if (!added) return std::unexpected(added.error());
    }
    return {};
  });
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().category, ErrorCategory::conflict);
  EXPECT_NE(twice.error().message.find("notes"), std::string::npos) << twice.error().message;
  EXPECT_EQ(count(engine()), 1);
}

constexpr Statement make_counter = "CREATE TABLE counter (id BIGINT PRIMARY KEY, value BIGINT NOT NULL)";
constexpr Statement read_counter = "SELECT coalesce(max(value), 0) FROM counter WHERE id = 1";
constexpr Statement set_counter =
    "INSERT INTO counter (id, value) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET value = excluded.value";

// Also when the row is not there yet, which no lock of a row would see.
TEST_P(EngineContract, ReadingAndThenWritingLosesNoUpdate) {
  ASSERT_TRUE(engine().write(Durability::machine, [](Transaction& t) { return t.run(make_counter); }));
  const auto other = open();
  constexpr int threads = 6;
  constexpr int rounds = 20;
  std::vector<std::jthread> callers;
  std::atomic<int> done = 0;
  for (int i = 0; i < threads; ++i) {
    callers.emplace_back([&, i] {
      Engine& mine = i % 2 == 0 ? engine() : *other;
      for (int k = 0; k < rounds; ++k) {
        const auto counted = mine.write(Durability::machine, [](Transaction& transaction) -> Result<Rows> {
          const auto value = transaction.run(read_counter);
          if (!value) return value;
          return transaction.run(set_counter, {value->number(0, 0) + 1});
        });
        EXPECT_TRUE(counted) << (counted ? "" : counted.error().message);
        done += counted ? 1 : 0;
      }
    });
  }
  callers.clear();
  const auto value = engine().read([](Transaction& transaction) { return transaction.run(read_counter); });
  ASSERT_TRUE(value);
  EXPECT_EQ(value->number(0, 0), done);
  EXPECT_EQ(done, threads * rounds);
}

class Migrations : public OnBareEngine {};
DETOY_ON_ALL_ENGINES(Migrations);

constexpr std::array first_steps = std::to_array<Statement>({"CREATE TABLE one (id BIGINT PRIMARY KEY)"});
constexpr std::array second_steps = std::to_array<Statement>({"CREATE TABLE two (id BIGINT PRIMARY KEY)"});
constexpr std::array broken_steps =
    std::to_array<Statement>({"CREATE TABLE three (id BIGINT PRIMARY KEY)", "CREATE TABLE nonsense"});
constexpr Statement count_tables = {
    "SELECT count(*) FROM sqlite_master WHERE name IN ('one', 'two', 'three')",
    "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename IN ('one', 'two', 'three')"};

std::int64_t tables(Engine& engine) {
  const auto rows = engine.read([](Transaction& transaction) { return transaction.run(count_tables); });
  return rows ? rows->number(0, 0) : -1;
}

TEST_P(Migrations, MigrationsAreAppliedOnceAndInOrder) {
  const auto known = std::to_array<Migration>({{1, "one", first_steps}, {2, "two", second_steps}});
  ASSERT_TRUE(migrate(engine(), std::span(known).first(1)));
  EXPECT_EQ(tables(engine()), 1);
  ASSERT_TRUE(migrate(engine(), known));
  EXPECT_EQ(tables(engine()), 2);
  ASSERT_TRUE(migrate(engine(), known));
}

TEST_P(Migrations, AnOlderBinaryRefusesANewerSchema) {
  const auto known = std::to_array<Migration>({{1, "one", first_steps}, {2, "two", second_steps}});
  ASSERT_TRUE(migrate(engine(), known));
  const auto older = migrate(engine(), std::span(known).first(1));
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().category, ErrorCategory::conflict);
  EXPECT_EQ(older.error().message,
            "the database has schema 2, and this detoy knows no later one than 1: use a newer detoy");
}

TEST_P(Migrations, AStepThatWasChangedAfterItsReleaseIsRefused) {
  const auto released = std::to_array<Migration>({{1, "one", first_steps}});
  ASSERT_TRUE(migrate(engine(), released));
  const auto changed = std::to_array<Migration>({{1, "one", second_steps}});
  const auto refused = migrate(engine(), changed);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "schema step 1 (one) in the database is not the one that this detoy knows");
}

TEST_P(Migrations, AStepThatFailsLeavesTheSchemaAsItWas) {
  const auto known = std::to_array<Migration>({{1, "one", first_steps}, {2, "broken", broken_steps}});
  EXPECT_FALSE(migrate(engine(), known));
  EXPECT_EQ(tables(engine()), 0);
  ASSERT_TRUE(migrate(engine(), std::span(known).first(1)));
}

TEST_P(Migrations, InstancesThatStartTogetherMigrateOnce) {
  std::vector<std::jthread> instances;
  std::atomic<int> done = 0;
  for (int i = 0; i < 4; ++i) {
    instances.emplace_back([&] {
      const auto engine = open();
      ASSERT_NE(engine, nullptr);
      const auto migrated = migrate(*engine);
      ASSERT_TRUE(migrated) << migrated.error().message;
      ++done;
    });
  }
  instances.clear();
  EXPECT_EQ(done, 4);
}

}  // namespace
}  // namespace detoy::foundation
