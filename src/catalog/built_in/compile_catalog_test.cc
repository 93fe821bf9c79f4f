// The tool of the build, run as the build runs it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace {

namespace fs = std::filesystem;

struct Outcome {
  int status = -1;
  std::string text;  // of both output streams
};

Outcome run(const std::string& command) {
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {};
  Outcome outcome;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) outcome.text.push_back(static_cast<char>(c));
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

// A folder with a catalog of a few files.
class CompileCatalog : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/compile_catalog_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  Outcome compile(const std::map<std::string, std::string>& files) {
    std::string command = fmt::format("'{}' '{}' '{}'", DETOY_COMPILE_CATALOG, output().string(), folder_.string());
    for (const auto& [path, text] : files) {
      fs::create_directories((folder_ / path).parent_path());
      std::ofstream(folder_ / path) << text;
      command += fmt::format(" '{}'", (folder_ / path).string());
    }
    return run(command);
  }

  // What the tool says of `path`, which it names as it was given.
  std::string message(const std::string& path, const std::string& problem) const {
    return (folder_ / path).string() + problem + "\n";
  }
  fs::path output() const { return folder_ / "embedded.cc"; }

 private:
  fs::path folder_;
};

TEST_F(CompileCatalog, WritesASourceThatNamesEachFile) {
  const Outcome outcome = compile({{"policy.yaml", "limit: 1\n"}, {"words.yaml", "operations: [push]\n"}});
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  EXPECT_EQ(outcome.text, "");
  std::ifstream stream(output());
  const std::string source{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  const std::size_t words = source.find("\"words.yaml\"");
  const std::size_t policy = source.find("\"policy.yaml\"");
  EXPECT_NE(words, std::string::npos);
  EXPECT_NE(policy, std::string::npos);
  EXPECT_LT(words, policy);
}

TEST_F(CompileCatalog, FailsWithTheLineOfBrokenYaml) {
  const Outcome outcome = compile({{"words.yaml", "operations: [push]\nopen: 'quote\n"}});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.text, message("words.yaml", ":2: illegal EOF in scalar"));
  EXPECT_FALSE(fs::exists(output()));
}

TEST_F(CompileCatalog, FailsWithTheLineOfAKeyThatNobodyReads) {
  const Outcome outcome = compile({{"domains.yaml", "- name: money\n  words: [pay]\n  colour: green\n"}});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.text,
            message("domains.yaml", ":3: unknown key 'colour' in a domain; known are: name, at_least, words, kinds"));
  EXPECT_FALSE(fs::exists(output()));
}

TEST_F(CompileCatalog, ReportsEachBrokenFile) {
  const Outcome outcome = compile({{"policy.yaml", "limit: many\n"}, {"surprise.yaml", "a: b\n"}});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.text, message("policy.yaml", ":1: policy 'limit' must be a number") +
                              message("surprise.yaml", ":1: the catalog has no such file"));
}

TEST_F(CompileCatalog, NeedsFiles) {
  EXPECT_EQ(compile({}).status, 2);
}

}  // namespace
