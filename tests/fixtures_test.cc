// Scans every program of tests/fixtures/<language>/<kind>/<case>/ and compares with its expected.yaml.
//
// tests/known_gaps.txt lists the cases that the scan does not get right yet, one `<language>/<kind>/<case>` a line,
// with the reason after a `#`. A listed case must still fail: the list cannot go stale.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "cli/scan_pipeline.h"
#include "fixture_expectation.h"

namespace detoy::tests {
namespace {

namespace fs = std::filesystem;

const char* const fixtures_folder = DETOY_TESTS "/fixtures";

std::vector<std::string> cases() {
  std::vector<std::string> list;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(fixtures_folder, ignored)) {
    if (entry.path().filename() != "expected.yaml") continue;
    list.push_back(fs::relative(entry.path().parent_path(), fixtures_folder, ignored).generic_string());
  }
  std::sort(list.begin(), list.end());
  return list;
}

// Case -> why it is not right yet.
std::map<std::string, std::string> known_gaps() {
  std::map<std::string, std::string> gaps;
  std::ifstream file(DETOY_TESTS "/known_gaps.txt");
  for (std::string line; std::getline(file, line);) {
    const auto hash = line.find('#');
    std::string name = line.substr(0, hash);
    name.erase(name.find_last_not_of(" \t") + 1);
    if (!name.empty()) gaps[name] = hash == std::string::npos ? "" : line.substr(hash + 1);
  }
  return gaps;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

class Fixtures : public testing::TestWithParam<std::string> {};

TEST_P(Fixtures, AreJudgedAsAnExpertWould) {
  const std::string folder = fmt::format("{}/{}", fixtures_folder, GetParam());
  const auto expected = read_expectation(folder + "/expected.yaml");
  ASSERT_TRUE(expected.has_value()) << expected.error().message;
  cli::PipelineOptions options;
  options.path = folder;
  options.threads = 1;
  const auto found = cli::scan_folder(options);
  ASSERT_TRUE(found.has_value()) << found.error().message;

  const std::vector<std::string> list = differences(*expected, *found);
  if (known_gaps().contains(GetParam())) {
    EXPECT_FALSE(list.empty()) << GetParam() << " is right now: remove it from tests/known_gaps.txt";
  } else {
    EXPECT_TRUE(list.empty()) << "tests/fixtures/" << GetParam() << ":\n  "
                              << fmt::format("{}", fmt::join(list, "\n  "));
  }
}

INSTANTIATE_TEST_SUITE_P(All, Fixtures, testing::ValuesIn(cases()), test_name);

TEST(KnownGaps, NameFixturesThatExist) {
  const std::vector<std::string> all = cases();
  for (const auto& [name, reason] : known_gaps()) {
    EXPECT_TRUE(std::binary_search(all.begin(), all.end(), name)) << name;
    EXPECT_FALSE(reason.empty()) << name << " has no reason";
  }
}

}  // namespace
}  // namespace detoy::tests
