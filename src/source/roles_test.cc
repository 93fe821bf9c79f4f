#include "source/roles.h"

#include <gtest/gtest.h>

#include "source/temporary_tree.h"

namespace detoy::source {
namespace {

using Expected = std::vector<std::pair<std::string, Role>>;

// Puts the files into a tree with the given package.json and compares the roles.
void expect_roles(const Expected& expected, std::string_view package_json = "{\"name\": \"p\"}",
                  const WalkOptions& options = {}) {
  TemporaryTree tree;
  tree.add("package.json", package_json);
  for (const auto& [path, role] : expected) tree.add(path);
  const auto found = roles_of(tree_of(tree.text(), options));
  for (const auto& [path, role] : expected) {
    ASSERT_TRUE(found.contains(path)) << path;
    EXPECT_EQ(to_string(found.at(path)), to_string(role)) << path;
  }
}

TEST(Roles, TestsAreToldByFolderAndName) {
  expect_roles({{"src/a.ts", Role::production},
                {"src/a.spec.ts", Role::test},
                {"src/__tests__/helper.ts", Role::test},
                {"src/test-utils/assert.ts", Role::test},
                {"test/app.e2e-spec.ts", Role::test},
                {"e2e/run.ts", Role::test},
                {"apps/api-e2e/x.ts", Role::test},
                {"src/Button.stories.tsx", Role::test},
                {"setup-jest.ts", Role::test},
                {"app/test_views.py", Role::test},
                {"app/conftest.py", Role::test},
                {"app/views.py", Role::production},
                {"core/src/tests.rs", Role::test},
                {"core/tests/api.rs", Role::test},
                {"core/src/test_case/entity.rs", Role::production},
                {"src/testing/ab_testing.ts", Role::production},
                {"src/latest/contest.ts", Role::production}});
}

TEST(Roles, ToolsAreToldByFolderAndName) {
  expect_roles({{"scripts/deploy.ts", Role::tool},
                {"src/migrations/001.ts", Role::tool},
                {"prisma/seed.ts", Role::tool},
                {"jest.config.js", Role::tool},
                {"src/config/redis.config.ts", Role::production},
                {"bin/cli.js", Role::tool},
                {"setup.py", Role::tool},
                {"manage.py", Role::tool},
                {"alembic/versions/1.py", Role::tool},
                {"crate/build.rs", Role::tool},
                {"crate/src/build.rs", Role::production},
                {"crate/benches/b.rs", Role::tool},
                {"examples/a.rs", Role::tool},
                {".eslintrc.js", Role::tool}});
}

TEST(Roles, WordsOfTheProductInsideSourcesAreNoTools) {
  expect_roles({{"tools/gen.py", Role::tool},
                {"agent/__init__.py", Role::production},
                {"agent/tools/search.py", Role::production},
                {"src/domain/tools/x.py", Role::production},
                {"src/samples/sample.ts", Role::production},
                {"src/modules/scripts/scripts.service.ts", Role::production},
                {"src/modules/scripts/dto.ts", Role::production}});
}

TEST(Roles, BinScriptThatTheServiceStartsFromIsProduction) {
  expect_roles({{"bin/www.js", Role::production}, {"bin/other.js", Role::tool}},
               R"({"name": "p", "scripts": {"start": "node ./bin/www.js"}})");
}

TEST(Roles, ScriptsOfBuildsAndReleasesAreTools) {
  expect_roles({{"check-ee.mjs", Role::tool},
                {"swagger/init.js", Role::tool},
                {"lib/prices.js", Role::production},
                {"main.js", Role::production},
                {"extra/release.js", Role::tool},
                {"push-examples/loop.js", Role::tool},
                {"playground/app.js", Role::tool},
                {"src/extra/charges.ts", Role::production},
                {"src/playground/rooms.ts", Role::production}},
               R"({"name": "p", "scripts": {"build": "node ./check-ee.mjs", "swagger": "node swagger/init.js",
                   "migrate": "node main.js --migrate", "generate": "node lib/prices.js", "worker": "node lib/prices.js"}})");
}

TEST(Roles, CommandsAreTools) {
  expect_roles({{"src/copy.ts", Role::tool}}, R"({"name": "@acme/cli", "bin": {"acme": "dist/index.js"}})");
  expect_roles({{"src/copy.ts", Role::tool}},
               R"({"name": "acme", "bin": "dist/index.js", "dependencies": {"inquirer": "1", "ws": "1"},
                   "scripts": {"start": "node dist/index.js"}})");
  expect_roles({{"src/generator.ts", Role::tool}}, R"({"name": "automation", "generators": "./generators.json"})");
}

TEST(Roles, CommandsThatStartServersAreProduction) {
  expect_roles({{"src/serve.ts", Role::production}},
               R"({"name": "acme-cli", "bin": "dist/index.js", "dependencies": {"express": "1", "ora": "1"}})");
  expect_roles({{"src/serve.ts", Role::production}},
               R"({"name": "acme-cli", "bin": "x.js", "dependencies": {"@modelcontextprotocol/sdk": "1"}})");
  expect_roles({{"src/serve.ts", Role::production}}, R"({"name": "acme", "bin": "dist/index.js"})");
  expect_roles({{"src/serve.ts", Role::production}, {"server/index.ts", Role::production}},
               R"({"name": "acme-cli", "bin": "dist/index.js"})");
}

// The roles in a tree of several packages: manifests are those files that have a text.
void expect_roles_in(const std::vector<std::pair<std::string, std::string>>& manifests, const Expected& expected) {
  TemporaryTree tree;
  for (const auto& [path, text] : manifests) tree.add(path, text);
  for (const auto& [path, role] : expected) tree.add(path);
  const auto found = roles_of(tree_of(tree.text()));
  for (const auto& [path, role] : expected) {
    ASSERT_TRUE(found.contains(path)) << path;
    EXPECT_EQ(to_string(found.at(path)), to_string(role)) << path;
  }
}

TEST(Roles, CommandThatStartsAServerOfTheRepositoryIsProduction) {
  const std::string engine = "[package]\nname = 'engine'\n[dependencies]\naxum = '1'\n";
  expect_roles_in(
      {{"engine/Cargo.toml", engine},
       {"cli/Cargo.toml", "[package]\nname = 'acme-cli'\n[dependencies]\nengine = { path = '../engine' }\n"},
       {"ctl/Cargo.toml", "[package]\nname = 'ctl'\n[dependencies]\ndialoguer = '1'\nclap = '1'\n"},
       {"srv/Cargo.toml", "[package]\nname = 'srv'\n[dependencies]\nclap = '1'\n"}},
      {{"engine/src/lib.rs", Role::production},
       {"cli/src/main.rs", Role::production},
       {"ctl/src/main.rs", Role::tool},
       {"srv/src/main.rs", Role::production}});
}

TEST(Roles, BinaryNamedAfterAToolIsATool) {
  expect_roles_in({{"Cargo.toml", "[package]\nname = 'gc'\n[dependencies]\ntonic = '1'\n"}},
                  {{"src/main.rs", Role::production},
                   {"src/search_tool.rs", Role::production},
                   {"src/bin/collector.rs", Role::production},
                   {"src/bin/collector_tool.rs", Role::tool},
                   {"src/bin/migrate.rs", Role::tool},
                   {"operator_codegen.rs", Role::tool}});
}

TEST(Roles, DeployedCommandIsProduction) {
  expect_roles_in({{"Cargo.toml", "[package]\nname = 'feed-cli'\n"}, {"Dockerfile", "FROM x\nCMD feed-cli\n"}},
                  {{"src/main.rs", Role::production}});
}

TEST(Roles, PythonCommandsAreTools) {
  const std::string scripts = "[project.scripts]\nacme = 'acme.main:run'\n";
  expect_roles_in(
      {{"a/pyproject.toml", "[project]\nname = 'acme-cli'\ndependencies = ['click']\n" + scripts},
       {"b/pyproject.toml", "[project]\nname = 'b'\ndependencies = ['questionary', 'FastAPI']\n" + scripts},
       {"c/pyproject.toml", "[project]\nname = 'c'\ndependencies = ['click']\n" + scripts}},
      {{"a/acme/main.py", Role::tool}, {"b/acme/main.py", Role::production}, {"c/acme/main.py", Role::production}});
}

TEST(Roles, ProgramsOfDevicesAndTheirLibrariesAreUi) {
  const auto crate = [](const std::string& name, const std::string& dependencies) {
    return "[package]\nname = '" + name + "'\n[dependencies]\n" + dependencies;
  };
  expect_roles_in({{"app/Cargo.toml", crate("app", "tauri = '2'\ncore = { path = '../core' }\naxum = '1'\n")},
                   {"playground/Cargo.toml", crate("play", "core = { path = '../core' }\n")},
                   {"core/Cargo.toml", crate("core", "tauri = { version = '2', optional = true }\nshared = '1'\n")},
                   {"api/Cargo.toml", crate("api", "axum = '1'\nshared = '1'\n")},
                   {"shared/Cargo.toml", crate("shared", "")},
                   {"desk/src-tauri/Cargo.toml", crate("desk", "")},
                   {"sdk/Cargo.toml", "[package]\nname = 'sdk'\ndescription = 'x'\nlicense = 'MIT'\n"}},
                  {{"app/src/main.rs", Role::ui},
                   {"playground/src/main.rs", Role::tool},
                   {"core/src/lib.rs", Role::ui},
                   {"api/src/main.rs", Role::production},
                   {"shared/src/lib.rs", Role::production},
                   {"desk/src-tauri/src/main.rs", Role::ui},
                   {"sdk/src/lib.rs", Role::production}});
}

TEST(Roles, DesktopProgramsOfNpmAreUi) {
  expect_roles({{"src/store.ts", Role::ui}},
               R"({"name": "p", "scripts": {"dev": "electron ."}, "devDependencies": {"electron": "1"}})");
  expect_roles({{"src/store.ts", Role::production}}, R"({"name": "p", "devDependencies": {"electron": "1"}})");
  expect_roles({{"src/store.ts", Role::ui}}, R"({"name": "p", "dependencies": {"@tauri-apps/api": "1"}})");
  // One environment among several.
  expect_roles({{"src/store.ts", Role::production}},
               R"({"name": "p", "peerDependencies": {"@tauri-apps/api": "1"},
                   "peerDependenciesMeta": {"@tauri-apps/api": {"optional": true}}})");
}

TEST(Roles, DeclarationsAndGeneratedFilesAreToldByName) {
  expect_roles({{"src/a.d.ts", Role::declaration},
                {"stubs/a.pyi", Role::declaration},
                {"lib/x.min.js", Role::generated},
                {"api/v1_pb2.py", Role::generated},
                {"src/generated/client.ts", Role::generated},
                {"src/a.ts", Role::production},
                {"src/a.js", Role::generated},
                {"src/b.js", Role::production}});
}

TEST(Roles, PackageOfAUiFrameworkIsUi) {
  expect_roles({{"src/store.ts", Role::ui},
                {"src/api/client.ts", Role::ui},
                {"src/a.test.ts", Role::test},
                {"vite.config.ts", Role::tool},
                {"server/index.ts", Role::production},
                {"tool.py", Role::production}},
               R"({"name": "p", "dependencies": {"react": "1", "react-dom": "1"}})");
}

TEST(Roles, PackageThatIsNamedUiIsUi) {
  expect_roles({{"src/client.ts", Role::ui}}, R"({"name": "@acme/ui-sdk", "dependencies": {"zod": "1"}})");
  expect_roles({{"src/client.ts", Role::production}},
               R"({"name": "@acme/ui-gateway", "dependencies": {"express": "1"}})");
}

TEST(Roles, ServerWithAUiFrameworkKeepsItsServerCode) {
  expect_roles({{"src/app.ts", Role::production},
                {"src/ui/ui.controller.ts", Role::production},
                {"client/store.ts", Role::ui},
                {"src/mail.tsx", Role::ui},
                {"public/app.js", Role::ui},
                {"src/assets/assets.service.ts", Role::production}},
               R"({"name": "p", "dependencies": {"express": "1", "react": "1"}})");
}

TEST(Roles, NextPackageRunsRoutesOnTheServer) {
  expect_roles({{"app/page.tsx", Role::ui},
                {"app/orders/hooks/useOrders.ts", Role::ui},
                {"app/api/orders/route.ts", Role::production},
                {"app/feed/route.ts", Role::production},
                {"src/pages/api/pay.ts", Role::production},
                {"src/pages/helpers.ts", Role::ui},
                {"middleware.ts", Role::production},
                {"lib/cache.ts", Role::production},
                {"src/server/db.ts", Role::production},
                {"components/format.ts", Role::ui},
                {"next.config.js", Role::tool}},
               R"({"name": "p", "dependencies": {"next": "1", "react": "1"}})");
}

TEST(Roles, UiFoldersHoldNoPythonOrRust) {
  expect_roles(
      {{"frontend/app.py", Role::production}, {"frontend/app.ts", Role::ui}, {"src/cli/ui/mod.rs", Role::production}});
}

TEST(Roles, NameOfTheRootItselfSaysNothing) {
  TemporaryTree tree;
  tree.add("tests/examples/src/a.ts").add("tests/examples/tests/b.ts");
  const auto found = roles_of(tree_of(tree.text() + "/tests/examples"));
  EXPECT_EQ(found.at("src/a.ts"), Role::production);
  EXPECT_EQ(found.at("tests/b.ts"), Role::test);
}

TEST(Roles, ChosenRolesComeFirst) {
  WalkOptions options;
  options.roles = {{"tests/support/", Role::production}, {"*.gen.ts", Role::production}, {"legacy", Role::tool}};
  expect_roles({{"tests/support/deep/a.ts", Role::production},
                {"tests/b.ts", Role::test},
                {"src/c.gen.ts", Role::production},
                {"src/legacy/d.ts", Role::tool}},
               "{\"name\": \"p\"}", options);
}

TEST(RoleFromContent, MarkersCountInCommentsOfTheHeaderOnly) {
  const auto role = [](std::string_view text) { return role_from_content(text, Role::production); };
  EXPECT_EQ(role("/**\n * @generated by a tool\n */\nexport {}\n"), Role::generated);
  EXPECT_EQ(role("# Code generated by x. DO NOT EDIT.\nx = 1\n"), Role::generated);
  EXPECT_EQ(role("// This file is automatically generated. Do not edit it.\n"), Role::generated);
  EXPECT_EQ(role("const marker = '@generated';\nconst text = 'DO NOT EDIT';\n"), Role::production);
  EXPECT_EQ(role("// written by bot@generated.example\n"), Role::production);
  EXPECT_EQ(role("// Please do not edit this list without asking.\n"), Role::production);
  EXPECT_EQ(role(std::string(3000, '\n') + "// @generated\n"), Role::production);
  EXPECT_EQ(role_from_content("let a = 1;\n", Role::test), Role::test);
  EXPECT_EQ(role(""), Role::production);
}

TEST(RoleFromContent, MinifiedTextAndSourceMapsAreGenerated) {
  EXPECT_EQ(role_from_content(std::string(6000, 'x'), Role::production), Role::generated);
  EXPECT_EQ(role_from_content(std::string(6000, 'x') + "\n" + std::string(100, '\n'), Role::production),
            Role::production);
  EXPECT_EQ(role_from_content("var a;\n//# sourceMappingURL=a.js.map\n", Role::production), Role::generated);
  EXPECT_EQ(role_from_content("const a = `\n//# sourceMappingURL=x`;\nrun(a);\n", Role::production), Role::production);
}

}  // namespace
}  // namespace detoy::source
