#include "foundation/storage/migrations.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <string>

#include "foundation/storage/schema.h"

namespace detoy::foundation {
namespace {

constexpr Statement make_table =
    "CREATE TABLE IF NOT EXISTS detoy_schema (number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, "
    "applied_at BIGINT NOT NULL)";
// Two instances must not apply the same step. SQLite has one writer anyway. Stores in other schemas of the same
// database need not wait.
constexpr Statement take_turns = {"SELECT 1",
                                  "SELECT pg_advisory_xact_lock(7305804402566754 # hashtext(current_schema()))"};
constexpr Statement applied = "SELECT number, name, checksum FROM detoy_schema ORDER BY number";
constexpr Statement note = "INSERT INTO detoy_schema (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";

std::string checksum(const Migration& migration) {
  std::string text;
  for (const Statement& step : migration.steps) {
    text += step.sqlite;
    text += '\n';
    text += step.postgres;
    text += '\n';
  }
  return fmt::format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

Result<void> apply(Transaction& transaction, const Migration& migration) {
  for (const Statement& step : migration.steps) {
    const auto done = transaction.run(step);
    if (!done) return std::unexpected(done.error());
  }
  const auto noted = transaction.run(
      note, {std::int64_t{migration.number}, migration.name, std::string_view(checksum(migration)), transaction.now()});
  if (!noted) return std::unexpected(noted.error());
  return {};
}

Result<void> bring_up(Transaction& transaction, std::span<const Migration> known) {
  for (const Statement* statement : {&take_turns, &make_table}) {
    const auto done = transaction.run(*statement);
    if (!done) return std::unexpected(done.error());
  }
  const auto there = transaction.run(applied);
  if (!there) return std::unexpected(there.error());
  if (there->size() > known.size()) {
    return fail(ErrorCategory::conflict,
                fmt::format("the database has schema {}, and this detoy knows no later one than {}: use a newer detoy",
                            there->number(there->size() - 1, 0), known.size()));
  }
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (i >= there->size()) {
      const auto done = apply(transaction, known[i]);
      if (!done) return done;
      continue;
    }
    if (there->number(i, 0) != known[i].number || there->text(i, 2) != checksum(known[i])) {
      return fail(ErrorCategory::conflict,
                  fmt::format("schema step {} ({}) in the database is not the one that this detoy knows",
                              there->number(i, 0), there->text(i, 1)));
    }
  }
  return {};
}

}  // namespace

std::span<const Migration> migrations() {
  return schema::all;
}

Result<void> migrate(Engine& engine, std::span<const Migration> known) {
  return engine.write(Durability::machine, [&](Transaction& transaction) { return bring_up(transaction, known); });
}

}  // namespace detoy::foundation
