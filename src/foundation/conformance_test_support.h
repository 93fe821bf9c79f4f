// Runs the same tests on every engine. A suite derives from OnEngine and is instantiated with DETOY_ON_ALL_ENGINES.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "foundation/storage/engine_test_support.h"
#include "foundation/storage/migrations.h"

namespace detoy::foundation {

// Each test on a store with the foundation's schema.
class OnEngine : public OnBareEngine {
 protected:
  std::unique_ptr<Engine> open() override {
    auto engine = OnBareEngine::open();
    if (engine == nullptr) return nullptr;
    const auto migrated = migrate(*engine);
    EXPECT_TRUE(migrated.has_value()) << (migrated ? "" : migrated.error().message);
    return engine;
  }
};

}  // namespace detoy::foundation
