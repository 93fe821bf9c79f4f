// What the embedded engine promises about machines and disks that fail.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "base/temporary_folder.h"
#include "foundation/storage/faulty_disk_test_support.h"
#include "foundation/storage/sqlite_engine.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;
using Fault = FaultyDisk::Fault;

constexpr Statement make_pairs = "CREATE TABLE IF NOT EXISTS pairs (id BIGINT, half BIGINT, text TEXT)";
constexpr Statement add_half = "INSERT INTO pairs (id, half, text) VALUES ($1, $2, $3)";
constexpr Statement halves = "SELECT id, count(*) FROM pairs GROUP BY id";
constexpr Statement check_file = "PRAGMA integrity_check";
// Of the connection that writes: every few commits the log is copied to the database, and begun anew over what it had.
// The 4000 pages of SqliteConnection would take megabytes.
constexpr Statement keep_log_short = "PRAGMA wal_autocheckpoint=6";

Result<void> add_pair(Engine& engine, std::int64_t id, Durability durability = Durability::machine) {
  static const std::string text(700, 'x');  // a few pages
  return engine.write(durability, [&](Transaction& transaction) -> Result<void> {
    for (const std::int64_t half : {0, 1}) {
      const auto added = transaction.run(add_half, {id, half, std::string_view(text)});
      if (!added) return std::unexpected(added.error());
    }
    return {};
  });
}

Result<void> prepare(Engine& engine) {
  const auto made = engine.write(Durability::machine, [](Transaction& t) -> Result<Rows> {
    if (auto kept = t.run(keep_log_short); !kept) return kept;
    return t.run(make_pairs);
  });
  if (!made) return std::unexpected(made.error());
  return {};
}

// How often the log was begun anew, as its header tells: the fourth number, its first byte first.
std::uint32_t logs_before_this(const std::string& path) {
  std::ifstream log(path + "-wal", std::ios::binary);
  log.seekg(12);
  std::uint32_t number = 0;
  for (int i = 0; i < 4; ++i) number = number << 8 | static_cast<std::uint32_t>(log.get() & 0xff);
  return log ? number : 0;
}

constexpr int pairs = 12;

struct Work {
  std::set<std::int64_t> acknowledged;  // and synced
  std::uint32_t logs = 0;               // that were begun anew while the file was open
};

// Writes pairs until there are enough. The file is opened twice, as by two instances, and closed, which copies the log
// as well. Some pairs are not synced before a later one is.
Work work(FaultyDisk& disk, const std::string& path) {
  Work done;
  std::int64_t id = 0;
  for (int instance = 0; instance < 2; ++instance) {
    const auto engine = SqliteEngine::open(path, {.busy_timeout = 50, .sync_within = 24h, .vfs = disk.name()});
    if (!engine || !prepare(**engine)) continue;
    std::set<std::int64_t> unsynced;
    for (int i = 0; i < pairs; ++i, ++id) {
      const Durability durability = i % 4 == 2 ? Durability::process : Durability::machine;
      if (!add_pair(**engine, id, durability)) continue;
      unsynced.insert(id);
      if (durability == Durability::machine) done.acknowledged.merge(unsynced);
    }
    done.logs += logs_before_this(path);
  }
  return done;
}

// Everything that was acknowledged is there, whole, and nothing is there by half.
void expect_kept(const std::string& path, const std::set<std::int64_t>& acknowledged) {
  FaultyDisk without_faults;  // and without real syncs
  const auto engine = SqliteEngine::open(path, {.vfs = without_faults.name()});
  ASSERT_TRUE(engine) << engine.error().message;
  const auto sound = (*engine)->read([](Transaction& transaction) { return transaction.run(check_file); });
  ASSERT_TRUE(sound) << sound.error().message;
  EXPECT_EQ(sound->text(0, 0), "ok");
  ASSERT_TRUE(prepare(**engine));
  const auto rows = (*engine)->read([](Transaction& transaction) { return transaction.run(halves); });
  ASSERT_TRUE(rows) << rows.error().message;
  std::set<std::int64_t> there;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    EXPECT_EQ(rows->number(row, 1), 2) << "pair " << rows->number(row, 0) << " is there by half";
    there.insert(rows->number(row, 0));
  }
  for (const std::int64_t id : acknowledged) EXPECT_TRUE(there.contains(id)) << "pair " << id << " is lost";
}

int operations_of_the_work() {
  FaultyDisk disk;
  const TemporaryFolder folder;
  const Work done = work(disk, folder.file("detoy.db"));
  EXPECT_EQ(done.acknowledged.size(), 2u * pairs);
  EXPECT_GE(done.logs, 4u);
  return disk.operations();
}

TEST(PowerLoss, AtAnyWriteOrSyncNothingAcknowledgedIsLostAndNothingIsHalfDone) {
  const int operations = operations_of_the_work();
  ASSERT_GT(operations, 50);
  std::size_t kept = 0;
  for (int at = 0; at < operations; ++at) {
    FaultyDisk disk;
    const TemporaryFolder folder;
    disk.fail_at(at, Fault::power_loss);
    const auto acknowledged = work(disk, folder.file("detoy.db")).acknowledged;
    kept += acknowledged.size();
    for (const unsigned seed : {1u, 2u, 3u}) {
      const TemporaryFolder other;
      disk.leave_to(other.path(), seed + 10 * static_cast<unsigned>(at));
      expect_kept(other.file("detoy.db"), acknowledged);
    }
    if (HasFailure()) FAIL() << "with power lost at operation " << at << " of " << operations;
  }
  EXPECT_GT(kept, static_cast<std::size_t>(operations));
}

class FailingDisk : public testing::TestWithParam<Fault> {};

TEST_P(FailingDisk, OneFailureIsToldAndLosesNothing) {
  const int operations = operations_of_the_work();
  int told = 0;
  for (int at = 0; at < operations; ++at) {
    FaultyDisk disk;
    const TemporaryFolder folder;
    disk.fail_at(at, GetParam());
    const auto acknowledged = work(disk, folder.file("detoy.db")).acknowledged;
    if (acknowledged.size() < 2u * pairs) ++told;
    const TemporaryFolder other;
    disk.leave_to(other.path(), static_cast<unsigned>(at));
    expect_kept(other.file("detoy.db"), acknowledged);
    expect_kept(folder.file("detoy.db"), acknowledged);
    if (HasFailure()) FAIL() << "with a failure at operation " << at << " of " << operations;
  }
  EXPECT_GT(told, operations / 4);
}

INSTANTIATE_TEST_SUITE_P(Faults, FailingDisk, testing::Values(Fault::write_error, Fault::full, Fault::sync_error),
                         [](const auto& fault) {
                           return fault.param == Fault::full          ? "disk_full"
                                  : fault.param == Fault::write_error ? "write_error"
                                                                      : "sync_error";
                         });

TEST(Durabilities, MachineIsSyncedBeforeItIsAcknowledgedAndProcessSoonAfter) {
  FaultyDisk disk;
  const TemporaryFolder folder;
  const auto engine = SqliteEngine::open(folder.file("detoy.db"), {.sync_within = 300ms, .vfs = disk.name()});
  ASSERT_TRUE(engine && prepare(**engine));
  const auto there_after_power_loss = [&] {
    const TemporaryFolder other;
    disk.leave_to(other.path(), 5);
    const auto found = SqliteEngine::open(other.file("detoy.db"));
    const auto rows = (*found)->read([](Transaction& transaction) { return transaction.run(halves); });
    return rows ? rows->size() : 0;
  };
  ASSERT_TRUE(add_pair(**engine, 1, Durability::machine));
  EXPECT_EQ(there_after_power_loss(), 1u);
  const auto before = std::chrono::steady_clock::now();
  const int synced = disk.syncs();
  ASSERT_TRUE(add_pair(**engine, 2, Durability::process));
  // Unless this machine was so slow that the time is over already.
  if (std::chrono::steady_clock::now() - before < 250ms) {
    EXPECT_EQ(disk.syncs(), synced);
  }
  // Nobody writes any more, and it is synced all the same.
  while (disk.syncs() == synced) std::this_thread::yield();
  EXPECT_EQ(there_after_power_loss(), 2u);
  EXPECT_EQ(disk.syncs(), synced + 1);
}

TEST(Durabilities, AUnitThatWritesNothingDoesNotStandForTheSyncOfThoseBefore) {
  const auto writes_nothing = [](Transaction&) -> Result<void> { return {}; };
  const auto fails = [](Transaction&) -> Result<void> { return fail(ErrorCategory::conflict, "after all"); };
  for (const auto& [unit, succeeds] : std::initializer_list<std::pair<std::function<Result<void>(Transaction&)>, bool>>{
           {writes_nothing, true}, {fails, false}}) {
    FaultyDisk disk;
    const TemporaryFolder folder;
    const std::string path = folder.file("detoy.db");
    // While it has the file open, closing another copies nothing to the database.
    const auto other = SqliteEngine::open(path, {.vfs = disk.name()});
    ASSERT_TRUE(other && prepare(**other));
    auto engine = SqliteEngine::open(path, {.sync_within = 24h, .vfs = disk.name()});
    ASSERT_TRUE(engine && add_pair(**engine, 1, Durability::process));
    EXPECT_EQ((*engine)->write(Durability::machine, unit).has_value(), succeeds);
    // What is not synced yet is so when the engine is closed.
    engine->reset();
    const TemporaryFolder left;
    disk.leave_synced_to(left.path());
    expect_kept(left.file("detoy.db"), {1});
  }
}

}  // namespace
}  // namespace detoy::foundation
