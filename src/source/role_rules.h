// The names that tell a file's role.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/language.h"
#include "source/source.h"

namespace detoy::source {

// Where a name counts. Inside a source folder ("src", a Python package...) most words are those of the product: an
// agent's "tools", a marketplace's "samples".
enum class Place : std::uint8_t { anywhere, outside_source };

enum class Speaks : std::uint8_t { any, script, javascript, python, rust };

struct FolderRule {
  std::string_view pattern;  // '*' stands for anything
  Role role;
  Place place = Place::anywhere;
  Speaks language = Speaks::any;
};

struct NameRule {
  std::string_view pattern;  // '*' stands for anything
  Role role;
  Place place = Place::anywhere;
  Speaks language = Speaks::any;
};

// In both tables the first rule that holds decides among those of one role; roles are asked in the order declaration,
// generated, test, tool, ui.
inline constexpr auto kFolderRules = std::to_array<FolderRule>({
    {"generated", Role::generated},
    {"__generated__", Role::generated},
    {".prisma", Role::generated},

    {"test", Role::test},
    {"tests", Role::test},
    {"__tests__", Role::test},
    {"__test__", Role::test},
    {"e2e", Role::test},
    {"*-e2e", Role::test},
    {"fixtures", Role::test},
    {"__fixtures__", Role::test},
    {"mocks", Role::test},
    {"__mocks__", Role::test},
    {"__snapshots__", Role::test},
    {"testdata", Role::test},
    {"test-data", Role::test},
    {"test_data", Role::test},
    {"test-utils", Role::test},
    {"test_utils", Role::test},
    {"testutils", Role::test},
    {"test-helpers", Role::test},
    {"test_helpers", Role::test},
    {"test-support", Role::test},
    {"test_support", Role::test},
    {"*-test-utils", Role::test},
    {"*_test_utils", Role::test},
    {"*-test-support", Role::test},
    {"*_test_support", Role::test},
    {"integration-tests", Role::test},
    {"integration_tests", Role::test},
    {"unit-tests", Role::test},
    {"unit_tests", Role::test},
    {"e2e-tests", Role::test},
    {"acceptance-tests", Role::test},
    {"acceptance_tests", Role::test},
    {"acceptance", Role::test, Place::outside_source},
    {"cypress", Role::test},
    {"playwright", Role::test},
    {"spec", Role::test, Place::outside_source},
    {"specs", Role::test, Place::outside_source},
    {"testing", Role::test, Place::outside_source},

    {"scripts", Role::tool},
    {"migrations", Role::tool},
    {"migration", Role::tool},
    {"alembic", Role::tool},
    {"seeds", Role::tool},
    {"seeders", Role::tool},
    {"codegen", Role::tool},
    {".*", Role::tool},  // .github, .storybook
    {"script", Role::tool, Place::outside_source},
    {"tools", Role::tool, Place::outside_source},
    {"tool", Role::tool, Place::outside_source},
    {"tooling", Role::tool, Place::outside_source},
    {"examples", Role::tool, Place::outside_source},
    {"example", Role::tool, Place::outside_source},
    {"demo", Role::tool, Place::outside_source},
    {"demos", Role::tool, Place::outside_source},
    {"samples", Role::tool, Place::outside_source},
    {"sample", Role::tool, Place::outside_source},
    {"bench", Role::tool, Place::outside_source},
    {"benches", Role::tool, Place::outside_source},
    {"benchmark", Role::tool, Place::outside_source},
    {"benchmarks", Role::tool, Place::outside_source},
    {"docs", Role::tool, Place::outside_source},
    {"doc", Role::tool, Place::outside_source},
    {"notebooks", Role::tool, Place::outside_source},
    {"generators", Role::tool, Place::outside_source},
    {"code-generation", Role::tool},
    {"contrib", Role::tool, Place::outside_source},
    {"dev", Role::tool, Place::outside_source},
    {"*-examples", Role::tool, Place::outside_source},
    {"playground", Role::tool, Place::outside_source},
    {"playgrounds", Role::tool, Place::outside_source},
    {"*-playground", Role::tool, Place::outside_source},
    {"extra", Role::tool, Place::outside_source},
    {"extras", Role::tool, Place::outside_source},

    {"public", Role::ui, Place::anywhere, Speaks::javascript},
    {"static", Role::ui, Place::anywhere, Speaks::javascript},
    {"assets", Role::ui, Place::anywhere, Speaks::javascript},
    {"public", Role::ui, Place::outside_source, Speaks::script},
    {"static", Role::ui, Place::outside_source, Speaks::script},
    {"assets", Role::ui, Place::outside_source, Speaks::script},
    {"src-tauri", Role::ui},
    {"desktop", Role::ui, Place::outside_source},
    {"*-desktop", Role::ui, Place::outside_source},
    {"frontend", Role::ui, Place::outside_source, Speaks::script},
    {"*-frontend", Role::ui, Place::outside_source, Speaks::script},
    {"web-ui", Role::ui, Place::outside_source, Speaks::script},
    {"webui", Role::ui, Place::outside_source, Speaks::script},
    {"webapp", Role::ui, Place::outside_source, Speaks::script},
    {"ios", Role::ui, Place::outside_source, Speaks::script},
    {"android", Role::ui, Place::outside_source, Speaks::script},
    {"mobile", Role::ui, Place::outside_source, Speaks::script},
    {"src-tauri", Role::ui},
});

inline constexpr auto kNameRules = std::to_array<NameRule>({
    {"*.d.ts", Role::declaration},
    {"*.d.mts", Role::declaration},
    {"*.d.cts", Role::declaration},
    {"*.pyi", Role::declaration},

    {"*.min.js", Role::generated},
    {"*.min.mjs", Role::generated},
    {"*.bundle.js", Role::generated},
    {"*.generated.*", Role::generated},
    {"*.gen.ts", Role::generated},
    {"*_pb2.py", Role::generated},
    {"*_pb2_grpc.py", Role::generated},
    {"*_pb.ts", Role::generated},
    {"*_pb.js", Role::generated},
    {"*.pb.ts", Role::generated},

    {"*.test.*", Role::test, Place::anywhere, Speaks::script},
    {"*.spec.*", Role::test, Place::anywhere, Speaks::script},
    {"*.tests.*", Role::test, Place::anywhere, Speaks::script},
    {"*.e2e-spec.*", Role::test, Place::anywhere, Speaks::script},
    {"*.e2e.*", Role::test, Place::anywhere, Speaks::script},
    {"*.cy.*", Role::test, Place::anywhere, Speaks::script},
    {"*.stories.*", Role::test, Place::anywhere, Speaks::script},
    {"*.feature.ts", Role::test, Place::anywhere, Speaks::script},
    {"*.steps.ts", Role::test, Place::anywhere, Speaks::script},
    {"*.mock.*", Role::test, Place::anywhere, Speaks::script},
    {"*.mocks.*", Role::test, Place::anywhere, Speaks::script},
    {"*.fixture.*", Role::test, Place::anywhere, Speaks::script},
    {"*.fixtures.*", Role::test, Place::anywhere, Speaks::script},
    {"jest.setup.*", Role::test, Place::anywhere, Speaks::script},
    {"jest-setup.*", Role::test, Place::anywhere, Speaks::script},
    {"setup-jest.*", Role::test, Place::anywhere, Speaks::script},
    {"setupJest.*", Role::test, Place::anywhere, Speaks::script},
    {"setupTests.*", Role::test, Place::anywhere, Speaks::script},
    {"test-setup.*", Role::test, Place::anywhere, Speaks::script},
    {"setup-tests.*", Role::test, Place::anywhere, Speaks::script},
    {"vitest.*", Role::test, Place::anywhere, Speaks::script},
    {"vitest-setup.*", Role::test, Place::anywhere, Speaks::script},
    {"test-utils.*", Role::test, Place::anywhere, Speaks::script},
    {"testUtils.*", Role::test, Place::anywhere, Speaks::script},
    {"test-helpers.*", Role::test, Place::anywhere, Speaks::script},
    {"testHelpers.*", Role::test, Place::anywhere, Speaks::script},
    {"test_*.py", Role::test},
    {"*_test.py", Role::test},
    {"*_tests.py", Role::test},
    {"tests.py", Role::test},
    {"conftest.py", Role::test},
    {"locustfile.py", Role::test},
    {"tests.rs", Role::test},
    {"*_test.rs", Role::test},
    {"*_tests.rs", Role::test},
    {"test_utils.rs", Role::test},
    {"test_helpers.rs", Role::test},

    {"*.config.*", Role::tool, Place::outside_source, Speaks::script},
    {"*.conf.js", Role::tool, Place::outside_source, Speaks::script},
    {"webpack.*", Role::tool, Place::outside_source, Speaks::script},
    {"rollup.*", Role::tool, Place::outside_source, Speaks::script},
    {"check-*.mjs", Role::tool, Place::outside_source, Speaks::script},
    {"gulpfile.*", Role::tool, Place::anywhere, Speaks::script},
    {"Gruntfile.*", Role::tool, Place::anywhere, Speaks::script},
    {".*", Role::tool, Place::anywhere, Speaks::script},  // .eslintrc.js
    {"seed.ts", Role::tool, Place::outside_source},       // prisma/seed.ts
    {"seed.js", Role::tool, Place::outside_source},
    {"seed-*", Role::tool, Place::outside_source, Speaks::script},
    {"setup.py", Role::tool, Place::outside_source},
    {"build.rs", Role::tool, Place::outside_source},
    {"manage.py", Role::tool},
    {"noxfile.py", Role::tool},
    {"*_codegen.rs", Role::tool, Place::outside_source},  // what build.rs includes
    {"fabfile.py", Role::tool},

    {"*.tsx", Role::ui},
    {"*.jsx", Role::ui},
});

// Further binaries of a crate, by the last word of their name, that are no servers.
inline constexpr auto kToolBinaries = std::to_array<std::string_view>(
    {"tool", "tools", "cli", "ctl", "bench", "benchmark", "seed", "migrate", "codegen", "generate", "dump", "inspect"});

// Below these a repository keeps its product's code.
inline constexpr auto kSourceFolders = std::to_array<std::string_view>(
    {"src", "lib", "app", "source", "server", "internal", "domain", "application", "infrastructure", "modules"});

// In a package of a full-stack framework these parts of a path, and these names, run on the server...
inline constexpr auto kServerParts =
    std::to_array<std::string_view>({"api", "lib", "server", "actions", "services", "jobs", "workers", "db"});
inline constexpr auto kServerNames =
    std::to_array<std::string_view>({"route.*", "*.server.*", "+server.*", "+*.server.*", "middleware.*",
                                     "instrumentation.*", "actions.*", "hooks.server.*", "proxy.*"});

// ... and these in the browser, unless one of the above says otherwise.
inline constexpr auto kBrowserParts =
    std::to_array<std::string_view>({"app", "pages", "components", "hooks", "composables", "layouts", "contexts",
                                     "context", "providers", "styles", "ui", "routes", "views", "theme"});

// Parts of a browser package that run on a server all the same; directly in the package's folder.
inline constexpr auto kServerFolders = std::to_array<std::string_view>(
    {"server", "backend", "api", "functions", "netlify", "supabase", "lambda", "lambdas"});

}  // namespace detoy::source
