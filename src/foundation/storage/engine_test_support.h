// Stores for tests, on every engine.
//
// PostgreSQL's tests need a server: DETOY_TEST_POSTGRES is its URL (./test starts one). Without it they are skipped.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/temporary_folder.h"
#include "foundation/storage/open_engine.h"
#include "foundation/storage/postgres_connection.h"

namespace detoy::foundation {

struct EngineKind {
  const char* name;
};

inline std::string name_of_engine(const testing::TestParamInfo<EngineKind>& info) {
  return info.param.name;
}

// A store of its own for one test, whatever the engine; a file for what is no engine's name.
class TemporaryStore {
 public:
  explicit TemporaryStore(const EngineKind& kind) {
    if (kind.name != std::string("postgres")) {
      url_ = "sqlite:" + folder_.file("detoy.db");
      return;
    }
    const char* server = std::getenv("DETOY_TEST_POSTGRES");
    if (server == nullptr) return;
    // A schema of the database, named after the folder that is this test's alone.
    schema_ = folder_.path().filename().string();
    for (char& c : schema_) c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    schema_ += "_" + std::to_string(::getpid());
    server_ = server;
    if (!execute("CREATE SCHEMA " + schema_)) std::abort();
    url_ = server_ + (server_.find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" + schema_;
  }
  ~TemporaryStore() {
    if (!schema_.empty()) (void)execute("DROP SCHEMA " + schema_ + " CASCADE");
  }
  TemporaryStore(const TemporaryStore&) = delete;
  TemporaryStore& operator=(const TemporaryStore&) = delete;

  // Empty: there is no server.
  const std::string& url() const { return url_; }

 private:
  bool execute(const std::string& text) const {
    const auto connection = PostgresConnection::open(server_, {});
    return connection && (*connection)->execute(text.c_str());
  }
  TemporaryFolder folder_;
  std::string server_;
  std::string schema_;
  std::string url_;
};

// A suite that is run on each engine, each test on an empty store.
class OnBareEngine : public testing::TestWithParam<EngineKind> {
 protected:
  OnBareEngine() : store_(GetParam()) {}
  // A new instance of the same store, as a second process would open it.
  virtual std::unique_ptr<Engine> open() {
    auto engine = open_engine(store_.url());
    EXPECT_TRUE(engine.has_value()) << (engine ? "" : engine.error().message);
    return engine ? std::move(*engine) : nullptr;
  }
  void SetUp() override {
    if (store_.url().empty()) GTEST_SKIP() << "DETOY_TEST_POSTGRES is not set";
    engine_ = open();
    ASSERT_NE(engine_, nullptr);
  }
  Engine& engine() { return *engine_; }
  const std::string& url() const { return store_.url(); }

 private:
  TemporaryStore store_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace detoy::foundation

#define DETOY_ON_ALL_ENGINES(suite)                                                                        \
  INSTANTIATE_TEST_SUITE_P(                                                                                \
      Engines, suite,                                                                                      \
      testing::Values(detoy::foundation::EngineKind{"sqlite"}, detoy::foundation::EngineKind{"postgres"}), \
      detoy::foundation::name_of_engine)
