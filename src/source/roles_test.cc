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
