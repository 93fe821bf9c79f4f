// Runs the same tests on every engine. A suite derives from OnEngine and is instantiated with DETOY_ON_ALL_ENGINES.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/temporary_folder.h"
#include "foundation/storage/migrations.h"
#include "foundation/storage/sqlite_engine.h"

namespace detoy::foundation {

struct EngineKind {
  const char* name;
};

inline std::string name_of_engine(const testing::TestParamInfo<EngineKind>& info) {
  return info.param.name;
}

class OnEngine : public testing::TestWithParam<EngineKind> {
 protected:
  // A new instance of the same store, as a second process would open it.
  std::unique_ptr<Engine> open() {
    auto engine = SqliteEngine::open(folder_.file("detoy.db"));
    EXPECT_TRUE(engine.has_value()) << (engine ? "" : engine.error().message);
    if (!engine) return nullptr;
    const auto migrated = migrate(**engine);
    EXPECT_TRUE(migrated.has_value()) << (migrated ? "" : migrated.error().message);
    return std::move(*engine);
  }
  void SetUp() override {
    engine_ = open();
    ASSERT_NE(engine_, nullptr);
  }
  Engine& engine() { return *engine_; }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace detoy::foundation

#define DETOY_ON_ALL_ENGINES(suite) \
  INSTANTIATE_TEST_SUITE_P(Engines, suite, testing::Values(EngineKind{"sqlite"}), name_of_engine)
