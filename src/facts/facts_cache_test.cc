#include "facts/facts_cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "facts/sample_facts.h"

namespace detoy::facts {
namespace {

namespace fs = std::filesystem;

ContentKey key(std::uint32_t n) {
  return content_key("file " + std::to_string(n), Language::python);
}

class FactsCacheTest : public testing::Test {
 protected:
  FactsCacheTest() {
    std::string name = (fs::temp_directory_path() / "detoy-cache-XXXXXX").string();
    top_ = ::mkdtemp(name.data());
    folder_ = (top_ / "cache").string();
  }
  ~FactsCacheTest() override {
    std::error_code ignored;
    fs::remove_all(top_, ignored);
  }
  FactsCacheTest(const FactsCacheTest&) = delete;
  FactsCacheTest& operator=(const FactsCacheTest&) = delete;

  // Saves samples [0, count).
  void fill(std::uint32_t count) const {
    FactsCache cache(folder_, "/root");
    for (std::uint32_t i = 0; i < count; ++i) cache.put(key(i), sample_facts(i));
    ASSERT_TRUE(cache.save());
  }
  bool holds(std::uint32_t n) const {
    const FactsCache cache(folder_, "/root");
    FileFacts facts;
    return cache.find(key(n), facts) && facts.lines == sample_facts(n).lines &&
           facts.string(3) == "name" + std::to_string(n) && facts.literals.size() == 1;
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_)) found.push_back(entry.path());
    return found;
  }
  fs::path file() const {
    const auto found = files();
    EXPECT_EQ(found.size(), 1u);
    return found.empty() ? fs::path() : found.front();
  }
  std::string bytes() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& bytes) const { std::ofstream(file(), std::ios::binary | std::ios::trunc) << bytes; }

  fs::path top_;
  std::string folder_;
};

TEST(ContentKey, TellsTextsAndLanguagesApart) {
  EXPECT_EQ(content_key("a", Language::python), content_key("a", Language::python));
  EXPECT_FALSE(content_key("a", Language::python) == content_key("b", Language::python));
  EXPECT_FALSE(content_key("a", Language::typescript) == content_key("a", Language::tsx));
}

TEST_F(FactsCacheTest, NextRunFindsWhatWasSaved) {
  fill(3);
  EXPECT_TRUE(holds(0));
  EXPECT_TRUE(holds(2));
  EXPECT_FALSE(holds(3));
}

TEST_F(FactsCacheTest, WhatWasPutIsFoundInTheNextRunOnly) {
  FactsCache cache(folder_, "/root");
  cache.put(key(1), sample_facts(1));
  FileFacts facts;
  EXPECT_FALSE(cache.find(key(1), facts));
}

TEST_F(FactsCacheTest, EveryRootHasItsOwnFile) {
  fill(1);
  FactsCache other(folder_, "/other");
  FileFacts facts;
  EXPECT_FALSE(other.find(key(0), facts));
  other.put(key(9), sample_facts(9));
  ASSERT_TRUE(other.save());
  EXPECT_EQ(files().size(), 2u);
  EXPECT_TRUE(holds(0));
}

TEST_F(FactsCacheTest, WithoutAFolderNothingIsKept) {
  FactsCache cache("", "/root");
  cache.put(key(1), sample_facts(1));
  EXPECT_TRUE(cache.save());
  FactsCache none;
  EXPECT_TRUE(none.save());
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(FactsCacheTest, FileIsForItsOwnerOnly) {
  fill(1);
  EXPECT_EQ(fs::status(file()).permissions() & (fs::perms::group_all | fs::perms::others_all), fs::perms::none);
}

TEST_F(FactsCacheTest, DamageAnywhereCountsAsAbsent) {
  fill(2);
  const std::string good = bytes();
  for (std::size_t at = 0; at < good.size(); at += at < 128 ? 1 : 23) {
    for (const char mask : {'\x01', '\x80'}) {
      std::string damaged = good;
      damaged[at] = static_cast<char>(damaged[at] ^ mask);
      write(damaged);
      const FactsCache cache(folder_, "/root");
      FileFacts facts;
      ASSERT_FALSE(cache.find(key(0), facts)) << "byte " << at;
      ASSERT_FALSE(cache.find(key(1), facts)) << "byte " << at;
    }
  }
  write(good);
  EXPECT_TRUE(holds(0));
}

TEST_F(FactsCacheTest, FileCutAnywhereCountsAsAbsent) {
  fill(2);
  const std::string good = bytes();
  for (std::size_t length = 0; length < good.size(); length += length < 128 ? 1 : 53) {
    write(good.substr(0, length));
    ASSERT_FALSE(holds(0)) << "cut to " << length;
  }
}

TEST_F(FactsCacheTest, OtherVersionCountsAsAbsentAndIsReplaced) {
  fill(1);
  std::string other = bytes();
  ++other[sizeof(std::uint64_t)];  // the version follows the magic number
  write(other);
  EXPECT_FALSE(holds(0));
  fill(1);
  EXPECT_TRUE(holds(0));
}

TEST_F(FactsCacheTest, DamagedFileIsReplacedBySaving) {
  fill(1);
  write("no cache");
  fill(1);
  EXPECT_TRUE(holds(0));
}

TEST_F(FactsCacheTest, FolderThatCannotBeMadeIsNoErrorButSaysSo) {
  std::ofstream(top_ / "plain") << "a file";
  FactsCache cache((top_ / "plain" / "cache").string(), "/root");
  cache.put(key(1), sample_facts(1));
  EXPECT_FALSE(cache.save());
}

TEST_F(FactsCacheTest, LinkInPlaceOfTheFileIsNeitherReadNorWrittenThrough) {
  fill(1);
  const fs::path link = file();
  const fs::path elsewhere = top_ / "elsewhere";
  fs::rename(link, elsewhere);
  fs::create_symlink(elsewhere, link);
  EXPECT_FALSE(holds(0));
  const auto size = fs::file_size(elsewhere);
  fill(2);
  EXPECT_TRUE(holds(1));
  EXPECT_FALSE(fs::is_symlink(link));
  EXPECT_EQ(fs::file_size(elsewhere), size);
}

TEST_F(FactsCacheTest, FolderInPlaceOfTheFileCountsAsAbsent) {
  fill(1);
  const fs::path place = file();
  fs::remove(place);
  fs::create_directory(place);
  FactsCache cache(folder_, "/root");
  FileFacts facts;
  EXPECT_FALSE(cache.find(key(0), facts));
  cache.put(key(0), sample_facts(0));
  EXPECT_FALSE(cache.save());
  EXPECT_EQ(files().size(), 1u) << "the temporary file is gone";
}

TEST_F(FactsCacheTest, RunThatChangesNothingWritesNothing) {
  fill(2);
  const auto before = fs::last_write_time(file());
  fs::last_write_time(file(), before - std::chrono::hours(1));
  FactsCache cache(folder_, "/root");
  FileFacts facts;
  EXPECT_TRUE(cache.find(key(0), facts));
  EXPECT_TRUE(cache.find(key(1), facts));
  ASSERT_TRUE(cache.save());
  EXPECT_LT(fs::last_write_time(file()), before);
}

TEST_F(FactsCacheTest, FewUnusedEntriesAreKeptForTheNextBranch) {
  fill(4);
  FactsCache cache(folder_, "/root");
  FileFacts facts;
  for (const std::uint32_t used : {0u, 1u, 2u}) ASSERT_TRUE(cache.find(key(used), facts));
  cache.put(key(10), sample_facts(10));
  ASSERT_TRUE(cache.save());
  EXPECT_TRUE(holds(0));
  EXPECT_TRUE(holds(3)) << "unused";
  EXPECT_TRUE(holds(10));
}

TEST_F(FactsCacheTest, ManyUnusedEntriesAreDropped) {
  fill(20);
  FactsCache cache(folder_, "/root");
  FileFacts facts;
  ASSERT_TRUE(cache.find(key(5), facts));
  cache.put(key(100), sample_facts(100));
  ASSERT_TRUE(cache.save());
  EXPECT_TRUE(holds(5));
  EXPECT_TRUE(holds(100));
  EXPECT_FALSE(holds(6));
}

TEST_F(FactsCacheTest, UnusedEntriesAreDroppedEvenIfNothingIsNew) {
  fill(20);
  {
    FactsCache cache(folder_, "/root");
    FileFacts facts;
    ASSERT_TRUE(cache.find(key(5), facts));
    ASSERT_TRUE(cache.save());
  }
  EXPECT_TRUE(holds(5));
  EXPECT_FALSE(holds(6));
}

TEST_F(FactsCacheTest, ThreadsFindAndPutAtOnce) {
  fill(50);
  FactsCache cache(folder_, "/root");
  std::atomic<int> found = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        FileFacts facts;
        for (std::uint32_t i = 0; i < 50; ++i) {
          if (cache.find(key(i), facts)) ++found;
          cache.put(key(1000 + 50 * t + i), sample_facts(i));
        }
      });
    }
  }
  EXPECT_EQ(found.load(), 200);
  ASSERT_TRUE(cache.save());
  FactsCache next(folder_, "/root");
  FileFacts facts;
  for (std::uint32_t i = 0; i < 200; ++i) ASSERT_TRUE(next.find(key(1000 + i), facts));
}

// Whoever comes last wins, whole: there is never a mixture, and nothing is left behind.
TEST_F(FactsCacheTest, CachesSavedAtOnceByThreadsLeaveOneOfThem) {
  for (int round = 0; round < 10; ++round) {
    std::atomic<int> failures = 0;
    {
      std::vector<std::jthread> threads;
      for (std::uint32_t t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
          FactsCache cache(folder_, "/root");
          for (std::uint32_t i = 0; i < 20; ++i) cache.put(key(100 * t + i), sample_facts(100 * t + i));
          if (!cache.save()) ++failures;
        });
      }
    }
    ASSERT_EQ(failures.load(), 0);
    ASSERT_EQ(files().size(), 1u);
    int whole = 0;
    for (std::uint32_t t = 0; t < 4; ++t) {
      int found = 0;
      for (std::uint32_t i = 0; i < 20; ++i) found += holds(100 * t + i) ? 1 : 0;
      ASSERT_TRUE(found == 0 || found == 20) << found;
      whole += found == 20 ? 1 : 0;
    }
    ASSERT_GE(whole, 1);
  }
}

TEST_F(FactsCacheTest, CachesSavedAtOnceByProcessesLeaveOneOfThem) {
  std::vector<pid_t> children;
  for (std::uint32_t p = 0; p < 4; ++p) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      bool good = true;
      for (int round = 0; round < 20; ++round) {
        FactsCache cache(folder_, "/root");
        for (std::uint32_t i = 0; i < 20; ++i) cache.put(key(100 * p + i), sample_facts(100 * p + i));
        good = cache.save() && good;
      }
      ::_exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  EXPECT_EQ(files().size(), 1u);
  int whole = 0;
  for (std::uint32_t p = 0; p < 4; ++p) {
    int found = 0;
    for (std::uint32_t i = 0; i < 20; ++i) found += holds(100 * p + i) ? 1 : 0;
    EXPECT_TRUE(found == 0 || found == 20) << found;
    whole += found == 20 ? 1 : 0;
  }
  EXPECT_GE(whole, 1);
}

}  // namespace
}  // namespace detoy::facts
