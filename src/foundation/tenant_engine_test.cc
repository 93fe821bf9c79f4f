// Row-level security: what a statement sees that forgets to name the tenant. On PostgreSQL, as an ordinary user.
#include "foundation/storage/tenant_engine.h"

#include <fmt/format.h>

#include "foundation/all_primitives_test_support.h"
#include "foundation/conformance_test_support.h"
#include "foundation/storage/schema_tables.h"

namespace detoy::foundation {
namespace {

class TenantsOnPostgres : public OnEngine {
 protected:
  void SetUp() override {
    OnEngine::SetUp();
    if (IsSkipped()) return;
    ASSERT_EQ(separates_tenants(engine()), true) << "DETOY_TEST_POSTGRES must not be a superuser's";
  }
  // Tables of which the tenant sees any row, asked for all.
  std::vector<std::string> visible(const std::string& tenant) {
    TenantEngine confined(engine(), tenant);
    std::vector<std::string> names;
    const auto tables = schema_tables();
    EXPECT_TRUE(tables.has_value());
    for (const Table& table : *tables) {
      const auto rows = confined.read([&](Transaction& transaction) {
        return transaction.run_once(fmt::format("SELECT 1 FROM {} LIMIT 1", table.name), {});
      });
      EXPECT_TRUE(rows.has_value()) << (rows ? "" : rows.error().message);
      if (rows && !rows->empty()) names.push_back(table.name);
    }
    return names;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, TenantsOnPostgres, testing::Values(EngineKind{"postgres"}), name_of_engine);

TEST_P(TenantsOnPostgres, EveryTableIsSecured) {
  static constexpr Statement open_tables =
      "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') "
      "AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY relname";
  const auto rows = engine().read([](Transaction& transaction) { return transaction.run(open_tables); });
  ASSERT_TRUE(rows) << rows.error().message;
  std::vector<std::string> names;
  for (std::size_t row = 0; row < rows->size(); ++row) names.push_back(rows->text(row, 0));
  // These two are of the store itself.
  EXPECT_EQ(names, (std::vector<std::string>{"detoy_schema", "detoy_turn"}));
}

TEST_P(TenantsOnPostgres, AStatementThatForgetsTheTenantSeesItsOwnOnly) {
  TenantEngine confined(engine(), "acme");
  fill(confined);
  EXPECT_EQ(visible("other"), std::vector<std::string>());
  EXPECT_GT(visible("acme").size(), 14u);
}

TEST_P(TenantsOnPostgres, WhatWasWrittenForAllTenantsIsSeenByItsOwner) {
  fill(engine());
  EXPECT_EQ(visible("other"), std::vector<std::string>());
  EXPECT_GT(visible("acme").size(), 14u);
}

TEST_P(TenantsOnPostgres, AStatementThatNamesAnotherTenantWritesNothing) {
  fill(engine());
  TenantEngine confined(engine(), "other");
  const auto refused = Jobs(confined).enqueue("acme", {.queue = "mail"});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("row-level security"), std::string::npos) << refused.error().message;
  EXPECT_EQ(Jobs(confined).cancel("acme", 1), false);
  EXPECT_EQ(Jobs(engine()).cancel("acme", 1), true);
}

TEST_P(TenantsOnPostgres, AnyNameOfATenantIsJustAName) {
  for (const char* name : {"it's", "a\\'; DROP TABLE job; --", "Zoë \"x\"", "\\x41"}) {
    TenantEngine confined(engine(), name);
    ASSERT_TRUE(Jobs(confined).enqueue(name, {.queue = "mail"})) << name;
    const auto claimed =
        Jobs(confined).claim({.queue = "mail", .worker = "w", .lease = std::chrono::hours(1), .tenant = name});
    ASSERT_TRUE(claimed) << claimed.error().message;
    ASSERT_EQ(claimed->size(), 1u);
    EXPECT_EQ(claimed->front().tenant, name);
  }
}

TEST_P(TenantsOnPostgres, OneTransactionsTenantIsNotTheNextOnes) {
  {
    TenantEngine confined(engine(), "acme");
    ASSERT_TRUE(Jobs(confined).enqueue("acme", {.queue = "mail"}));
  }
  ASSERT_TRUE(Jobs(engine()).enqueue("other", {.queue = "mail"}));
}

TEST_P(TenantsOnPostgres, ASuperuserIsToldApart) {
  const auto superuser = open_engine(url() + "&user=detoy");
  if (!superuser) GTEST_SKIP() << "the server was not started by ./test";
  EXPECT_EQ(separates_tenants(**superuser), false);
}

}  // namespace
}  // namespace detoy::foundation
