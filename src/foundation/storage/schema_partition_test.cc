#include "foundation/storage/schema_partition.h"

#include "foundation/storage/engine_test_support.h"
#include "foundation/storage/migrations.h"

namespace detoy::foundation {
namespace {

constexpr Statement write_change =
    "INSERT INTO entity_change (tenant, type, id, version, at, actor, request, operation) VALUES ($1, 'order', 'o1', "
    "$2, 7, 'clerk', '', 1)";
constexpr Statement write_event =
    "INSERT INTO event (topic, partition, position, source, type, subject, time, content_type, data_schema, key, "
    "extensions, published_at, data) VALUES ($1, 0, $2, '', '', '', 0, '', '', '', '', 0, '')";
constexpr Statement read_changes = "SELECT number, tenant, version FROM entity_change ORDER BY number";
constexpr Statement count_events = "SELECT count(*) FROM event WHERE topic = $1";
constexpr Statement count_parts =
    "SELECT count(*) FROM pg_inherits JOIN pg_class ON pg_class.oid = inhparent "
    "WHERE relnamespace = current_schema()::regnamespace AND relname IN ('entity_change', 'event') AND relkind = 'p'";

class PartedTables : public OnBareEngine {
 protected:
  void SetUp() override {
    OnBareEngine::SetUp();
    if (IsSkipped()) return;
    const auto migrated = migrate(engine(), migrations().first(16));
    ASSERT_TRUE(migrated) << migrated.error().message;
  }
  void write(const Statement& statement, std::initializer_list<Param> values) {
    const auto written = engine().write(Durability::machine,
                                        [&](Transaction& transaction) { return transaction.run(statement, values); });
    ASSERT_TRUE(written) << written.error().message;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, PartedTables, testing::Values(EngineKind{"sqlite"}, EngineKind{"postgres"}),
                         name_of_engine);

TEST_P(PartedTables, WhatWasThereBeforeIsThereAfterwardsAndNumbersGoOn) {
  for (const char* tenant : {"acme", "globex"}) {
    for (std::int64_t version = 1; version <= 3; ++version) write(write_change, {tenant, version});
  }
  for (std::int64_t position = 1; position <= 5; ++position) write(write_event, {std::int64_t{position % 2}, position});

  const auto migrated = migrate(engine());
  ASSERT_TRUE(migrated) << migrated.error().message;
  write(write_change, {"acme", std::int64_t{4}});

  const auto changes = engine().read([](Transaction& transaction) { return transaction.run(read_changes); });
  ASSERT_TRUE(changes) << changes.error().message;
  ASSERT_EQ(changes->size(), 7u);
  for (std::size_t row = 0; row < 7; ++row) EXPECT_EQ(changes->number(row, 0), static_cast<std::int64_t>(row) + 1);
  EXPECT_EQ(changes->text(5, 1), "globex");
  EXPECT_EQ(changes->number(6, 2), 4);
  for (std::int64_t topic = 0; topic < 2; ++topic) {
    const auto events = engine().read([&](Transaction& transaction) { return transaction.run(count_events, {topic}); });
    ASSERT_TRUE(events) << events.error().message;
    EXPECT_EQ(events->number(0, 0), 2 + topic);
  }
}

TEST_P(PartedTables, PostgresHasSixteenPartsOfEach) {
  if (GetParam().name == std::string("sqlite")) GTEST_SKIP() << "SQLite's tables are whole";
  ASSERT_TRUE(migrate(engine()));
  const auto parts = engine().read([](Transaction& transaction) { return transaction.run(count_parts); });
  ASSERT_TRUE(parts) << parts.error().message;
  EXPECT_EQ(parts->number(0, 0), 32);
}

}  // namespace
}  // namespace detoy::foundation
