#include "foundation/storage/sqlite_engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/temporary_folder.h"
#include "foundation/storage/vacuum.h"

namespace detoy::foundation {
namespace {

constexpr Statement make_notes = "CREATE TABLE IF NOT EXISTS notes (id BIGINT PRIMARY KEY, text TEXT)";
constexpr Statement add_note = "INSERT INTO notes (id, text) VALUES ($1, $2)";
constexpr Statement read_note = "SELECT text FROM notes WHERE id = $1";
constexpr Statement remove_notes = "DELETE FROM notes";
constexpr Statement count_pages = "SELECT page_count FROM pragma_page_count";
constexpr Statement count_notes = "SELECT count(*) FROM notes";

class SqliteEngineTest : public testing::Test {
 protected:
  std::string path(const std::string& name = "detoy.db") const { return folder_.file(name); }
  std::unique_ptr<SqliteEngine> open() {
    auto engine = SqliteEngine::open(path());
    EXPECT_TRUE(engine.has_value()) << (engine ? "" : engine.error().message);
    if (!engine) return nullptr;
    EXPECT_TRUE((*engine)->write(Durability::machine, [](Transaction& t) { return t.run(make_notes); }));
    return std::move(*engine);
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

 private:
  TemporaryFolder folder_;
};

TEST_F(SqliteEngineTest, KeepsWhatWasWrittenWhenItIsOpenedAgain) {
  const std::string text("a\0b", 3);
  {
    const auto engine = open();
    ASSERT_TRUE(add(*engine, 1, text, Durability::process));
    ASSERT_TRUE(add(*engine, 2, ""));
  }
  const auto engine = open();
  const auto rows =
      engine->read([](Transaction& transaction) { return transaction.run(read_note, {std::int64_t{1}}); });
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->text(0, 0), text);
  const auto empty =
      engine->read([](Transaction& transaction) { return transaction.run(read_note, {std::int64_t{2}}); });
  EXPECT_FALSE(empty->is_null(0, 0));
}

TEST_F(SqliteEngineTest, AStatementThatFailsTellsWhyAndUndoesItsUnit) {
  const auto engine = open();
  ASSERT_TRUE(add(*engine, 1, "first"));
  const auto twice = engine->write(Durability::machine, [&](Transaction& transaction) -> Result<void> {
    for (const std::int64_t id : {2, 1}) {
      const auto added = transaction.run(add_note, {id, std::string_view("again")});
      if (!added) return std::unexpected(added.error());
    }
    return {};
  });
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().category, ErrorCategory::conflict);
  EXPECT_EQ(twice.error().message, path() + ": cannot run a statement: UNIQUE constraint failed: notes.id");
  EXPECT_EQ(count(*engine), 1);
}

TEST_F(SqliteEngineTest, MoreReadersThanConnectionsWaitTheirTurn) {
  auto opened = SqliteEngine::open(path(), {.readers = 2});
  ASSERT_TRUE(opened);
  ASSERT_TRUE((*opened)->write(Durability::machine, [](Transaction& t) { return t.run(make_notes); }));
  std::atomic<int> reads = 0;
  std::vector<std::jthread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int k = 0; k < 50; ++k) reads += count(**opened) == 0 ? 1 : 0;
    });
  }
  callers.clear();
  EXPECT_EQ(reads, 400);
}

TEST_F(SqliteEngineTest, TimeDoesNotGoBackWithTheClock) {
  std::atomic<Micros> clock = 100;
  const auto engine = SqliteEngine::open(path(), {.clock = [&] { return clock.load(); }});
  ASSERT_TRUE(engine) << engine.error().message;
  const auto now = [&] {
    return (*engine)->read([](Transaction& transaction) -> Result<Micros> { return transaction.now(); });
  };
  EXPECT_EQ(now(), 100);
  clock = 50;
  EXPECT_EQ(now(), 100);
  clock = 101;
  EXPECT_EQ(now(), 101);
}

TEST_F(SqliteEngineTest, TheFilesAreTheOwnersAlone) {
  const auto engine = open();
  ASSERT_TRUE(add(*engine, 1, "secret"));
  for (const std::string& file : {path(), path() + "-wal", path() + "-shm"}) {
    const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
    EXPECT_EQ(std::filesystem::status(file).permissions() & others, std::filesystem::perms::none) << file;
  }
}

TEST_F(SqliteEngineTest, SpaceThatIsFreeGoesBackToTheDisk) {
  const auto engine = open();
  for (std::int64_t id = 0; id < 64; ++id) ASSERT_TRUE(add(*engine, id, std::string(100'000, 'x')));
  const auto give_back = [&] {
    return engine->write(Durability::machine, [](Transaction& t) { return give_back_pages(t, 1'000); });
  };
  EXPECT_EQ(give_back(), 0);
  ASSERT_TRUE(engine->write(Durability::machine, [](Transaction& t) { return t.run(remove_notes); }));
  std::int64_t given_back = 0;
  for (auto some = give_back(); some && *some > 0; some = give_back()) given_back += *some;
  EXPECT_GT(given_back, 1'000);
  const auto pages = engine->read([](Transaction& t) { return t.run(count_pages); });
  ASSERT_TRUE(pages);
  EXPECT_LT(pages->number(0, 0), 600);
  ASSERT_TRUE(add(*engine, 1, "goes on"));
}

TEST_F(SqliteEngineTest, FilesThatAreNoDatabaseAreNamed) {
  std::ofstream(path("text.db")) << "this is no database, however long it may be read as one by anybody who tries";
  const auto engine = SqliteEngine::open(path("text.db"));
  ASSERT_FALSE(engine);
  EXPECT_NE(engine.error().message.find(path("text.db")), std::string::npos);
  EXPECT_NE(engine.error().message.find("not a database"), std::string::npos) << engine.error().message;
  EXPECT_FALSE(SqliteEngine::open(path("no/such/folder.db")));
}

}  // namespace
}  // namespace detoy::foundation
