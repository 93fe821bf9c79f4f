// Backups of all primitives, made and restored on every engine.
#include "foundation/storage/backup.h"

#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/temporary_folder.h"
#include "foundation/all_primitives_test_support.h"
#include "foundation/conformance_test_support.h"
#include "foundation/dump_test_support.h"
#include "foundation/event_group.h"
#include "foundation/job.h"
#include "foundation/timer.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;

class Backup : public OnEngine {
 protected:
  std::string file(const std::string& name = "backup.db") { return folder_.file(name); }
  std::string in_folder() {
    std::string names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      names += entry.path().filename().string() + " ";
    return names;
  }

 private:
  TemporaryFolder folder_;
};
DETOY_ON_ALL_ENGINES(Backup);

TEST_P(Backup, IsRestoredIntoEveryEngine) {
  fill(engine());
  const auto saved = back_up(engine(), file());
  ASSERT_TRUE(saved) << saved.error().message;
  EXPECT_EQ(in_folder(), "backup.db ");
  const Dump before = dump(engine());
  ASSERT_GT(before.size(), 165u);
  EXPECT_EQ(saved->rows, static_cast<std::int64_t>(before.size()));
  for (const char* kind : {"sqlite", "postgres"}) {
    const TemporaryStore other(EngineKind{kind});
    if (other.url().empty()) continue;
    const auto target = open_engine(other.url());
    ASSERT_TRUE(target && migrate(**target));
    const auto restored = restore(file(), **target);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(restored->rows, saved->rows);
    EXPECT_EQ(dump(**target), before) << kind;

    // It goes on where the other was.
    const auto next = Jobs(**target).enqueue("acme", {.queue = "mail"});
    ASSERT_TRUE(next);
    EXPECT_EQ(next->id, 152) << kind;
    const auto timer = Timers(**target).schedule("acme", {.name = "other", .queue = "mail"});
    ASSERT_TRUE(timer);
    EXPECT_EQ(timer->generation, 2) << kind;
    const auto other_topic = Events(**target).publish("acme", "refunds", {.source = "/shop", .type = "t"});
    ASSERT_TRUE(other_topic) << kind << ": " << other_topic.error().message;
    const auto polled =
        EventGroups(**target).poll({"acme", "orders", "mail"}, {.member = "m", .lease = 1h, .most = 10});
    ASSERT_TRUE(polled);
    EXPECT_EQ(polled->deliveries.size(), 2u) << kind;
  }
}

TEST_P(Backup, IsOfOneMomentWhileOthersWrite) {
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::jthread writer([&] {
    while (!stop) {
      const auto both = engine().write(Durability::process, [&](Transaction& transaction) -> Result<void> {
        const auto job = Jobs::enqueue(transaction, "acme", {.queue = "mail"});
        if (!job) return std::unexpected(job.error());
        const std::string name = fmt::format("timer {}", job->id);
        const auto timer = Timers::schedule(transaction, "acme", {.name = name, .queue = "mail"});
        if (!timer) return std::unexpected(timer.error());
        return {};
      });
      ASSERT_TRUE(both) << both.error().message;
      ++written;
    }
  });
  for (int i = 0; i < 3; ++i) {
    const int seen = written;
    while (written < seen + 20) std::this_thread::yield();
    const std::string path = file(fmt::format("backup{}.db", i));
    const auto saved = back_up(engine(), path);
    ASSERT_TRUE(saved) << saved.error().message;
    const auto copy = open_engine("sqlite:" + path);
    ASSERT_TRUE(copy);
    static constexpr Statement count = "SELECT (SELECT count(*) FROM job), (SELECT count(*) FROM timer)";
    const auto counts = (*copy)->read([](Transaction& transaction) { return transaction.run(count); });
    ASSERT_TRUE(counts);
    EXPECT_GT(counts->number(0, 0), seen);
    EXPECT_EQ(counts->number(0, 0), counts->number(0, 1));
  }
  stop = true;
}

TEST_P(Backup, IsNotRestoredOverSomething) {
  fill(engine());
  ASSERT_TRUE(back_up(engine(), file()));
  const Dump before = dump(engine());
  const auto refused = restore(file(), engine());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().category, ErrorCategory::conflict);
  EXPECT_EQ(dump(engine()), before);
}

TEST_P(Backup, NeverReplacesAFile) {
  std::ofstream(file()) << "something else";
  const auto refused = back_up(engine(), file());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find(file()), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(file()), 14u);
}

TEST_P(Backup, RefusesWhatIsNone) {
  const auto refused = [&](const std::string& path) {
    const auto restored = restore(path, engine());
    EXPECT_FALSE(restored.has_value()) << path;
    EXPECT_TRUE(restored || restored.error().message.find(path) != std::string::npos) << restored.error().message;
    return restored ? ErrorCategory::internal : restored.error().category;
  };
  EXPECT_EQ(refused(file("missing.db")), ErrorCategory::input);
  EXPECT_EQ(refused(std::filesystem::path(file()).parent_path().string()), ErrorCategory::input);
  std::ofstream(file("text.db")) << "no database";
  EXPECT_EQ(refused(file("text.db")), ErrorCategory::input);
  std::ofstream(file("empty.db")).close();
  EXPECT_EQ(refused(file("empty.db")), ErrorCategory::input);

  fill(engine());
  ASSERT_TRUE(back_up(engine(), file()));
  const auto size = std::filesystem::file_size(file());
  std::filesystem::copy_file(file(), file("short.db"));
  std::filesystem::resize_file(file("short.db"), size / 2);
  EXPECT_EQ(refused(file("short.db")), ErrorCategory::input);
  std::filesystem::copy_file(file(), file("damaged.db"));
  std::fstream damaged(file("damaged.db"), std::ios::binary | std::ios::in | std::ios::out);
  for (std::uintmax_t at = 8192; at < size; at += 4096) {
    damaged.seekp(static_cast<std::streamoff>(at));
    damaged << "damaged damaged damaged";
  }
  damaged.close();
  EXPECT_EQ(refused(file("damaged.db")), ErrorCategory::input);
  const auto other = open_engine("sqlite:" + file("other.db"));
  static constexpr Statement make = "CREATE TABLE notes (id INTEGER)";
  ASSERT_TRUE(other && (*other)->write(Durability::machine, [](Transaction& t) { return t.run(make); }));
  EXPECT_EQ(refused(file("other.db")), ErrorCategory::input);
}

}  // namespace
}  // namespace detoy::foundation
