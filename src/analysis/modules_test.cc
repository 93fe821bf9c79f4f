#include "analysis/modules.h"

#include <gtest/gtest.h>

#include "analysis/program_test_support.h"

namespace detoy::analysis {
namespace {

using source::PackageKind;

TestProgram files(const std::vector<std::string>& paths, source::Tree tree = {}) {
  std::vector<TestFile> made;
  for (const std::string& path : paths) made.push_back({path, ""});
  return TestProgram(std::move(made), std::move(tree));
}

// --- TypeScript and JavaScript

TEST(ScriptModules, RelativeImportsFindFilesAndIndexes) {
  const TestProgram p = files({"src/a.ts", "src/b.ts", "src/c.tsx", "src/d.js", "src/e/index.ts", "top.mjs"});
  EXPECT_EQ(p.resolved("src/a.ts", "./b"), "src/b.ts");
  EXPECT_EQ(p.resolved("src/a.ts", "./b.ts"), "src/b.ts");
  EXPECT_EQ(p.resolved("src/a.ts", "./c"), "src/c.tsx");
  EXPECT_EQ(p.resolved("src/a.ts", "./d"), "src/d.js");
  EXPECT_EQ(p.resolved("src/a.ts", "./e"), "src/e/index.ts");
  EXPECT_EQ(p.resolved("src/a.ts", "../top"), "top.mjs");
  EXPECT_EQ(p.resolved("src/e/index.ts", ".."), "");
  EXPECT_EQ(p.resolved("src/e/index.ts", "./../a"), "src/a.ts");
}

TEST(ScriptModules, JsEndingStandsForTypeScript) {
  const TestProgram p = files({"a.ts", "b.ts", "c.tsx", "d.mts"});
  EXPECT_EQ(p.resolved("a.ts", "./b.js"), "b.ts");
  EXPECT_EQ(p.resolved("a.ts", "./c.js"), "c.tsx");
  EXPECT_EQ(p.resolved("a.ts", "./d.mjs"), "d.mts");
}

TEST(ScriptModules, RealJsFileComesBeforeTypeScriptOfTheName) {
  const TestProgram p = files({"a.ts", "b.js", "b.ts"});
  EXPECT_EQ(p.resolved("a.ts", "./b.js"), "b.js");
}

TEST(ScriptModules, NothingIsFoundOutsideTheRoot) {
  const TestProgram p = files({"a.ts", "b.ts"});
  EXPECT_EQ(p.resolved("a.ts", "../b"), "");
  EXPECT_EQ(p.resolved("a.ts", "../../../etc/passwd"), "");
}

TEST(ScriptModules, PackagesFromOutsideAreNotFound) {
  const TestProgram p = files({"a.ts", "express.ts"});
  EXPECT_EQ(p.resolved("a.ts", "express"), "");
  EXPECT_EQ(p.resolved("a.ts", "node:fs"), "");
  EXPECT_EQ(p.resolved("a.ts", ""), "");
}

TEST(ScriptModules, AliasesHoldBelowTheirConfiguration) {
  source::Tree tree;
  tree.aliases = {
      {"@app/*", {"apps/api/src/*"}, "apps/api"}, {"@core", {"libs/core/index.ts"}, ""}, {"*.model", {"models/*"}, ""}};
  const TestProgram p = files(
      {"apps/api/src/a.ts", "apps/api/src/deep/b.ts", "apps/web/c.ts", "libs/core/index.ts", "models/user.ts"}, tree);
  EXPECT_EQ(p.resolved("apps/api/src/a.ts", "@app/deep/b"), "apps/api/src/deep/b.ts");
  EXPECT_EQ(p.resolved("apps/web/c.ts", "@app/deep/b"), "");
  EXPECT_EQ(p.resolved("apps/web/c.ts", "@core"), "libs/core/index.ts");
  EXPECT_EQ(p.resolved("apps/web/c.ts", "@core/deeper"), "");
  EXPECT_EQ(p.resolved("apps/web/c.ts", "user.model"), "models/user.ts");
}

TEST(ScriptModules, WorkspacePackagesAreFoundByName) {
  source::Tree tree;
  tree.packages = {test_package("packages/api", "@acme/api", PackageKind::npm),
                   test_package("packages/core", "@acme/core", PackageKind::npm, {"packages/core/lib/main.ts"}),
                   test_package("packages/util", "util-kit", PackageKind::npm)};
  const TestProgram p = files({"packages/api/src/a.ts", "packages/core/lib/main.ts", "packages/core/src/store.ts",
                               "packages/util/src/index.ts", "packages/util/time.ts"},
                              tree);
  EXPECT_EQ(p.resolved("packages/api/src/a.ts", "@acme/core"), "packages/core/lib/main.ts");
  EXPECT_EQ(p.resolved("packages/api/src/a.ts", "@acme/core/store"), "packages/core/src/store.ts");
  EXPECT_EQ(p.resolved("packages/api/src/a.ts", "@acme/core/src/store"), "packages/core/src/store.ts");
  EXPECT_EQ(p.resolved("packages/api/src/a.ts", "util-kit"), "packages/util/src/index.ts");
  EXPECT_EQ(p.resolved("packages/api/src/a.ts", "util-kit/time"), "packages/util/time.ts");
  EXPECT_EQ(p.resolved("packages/api/src/a.ts", "util-kit/none"), "");
  EXPECT_EQ(p.resolved("packages/api/src/a.ts", "@other/core"), "");
}

// --- Python

TEST(PythonModules, AbsoluteImportsFindModulesAndPackages) {
  const TestProgram p = files({"main.py", "app/__init__.py", "app/core.py", "app/db/__init__.py", "app/db/session.py"});
  EXPECT_EQ(p.resolved("main.py", "app"), "app/__init__.py");
  EXPECT_EQ(p.resolved("main.py", "app.core"), "app/core.py");
  EXPECT_EQ(p.resolved("main.py", "app.db"), "app/db/__init__.py");
  EXPECT_EQ(p.resolved("app/core.py", "app.db.session"), "app/db/session.py");
  EXPECT_EQ(p.resolved("main.py", "app.none"), "");
}

TEST(PythonModules, RelativeImportsCountTheirDots) {
  const TestProgram p =
      files({"app/__init__.py", "app/core.py", "app/api/__init__.py", "app/api/routes.py", "app/api/deps.py"});
  EXPECT_EQ(p.resolved("app/api/routes.py", ".deps"), "app/api/deps.py");
  EXPECT_EQ(p.resolved("app/api/routes.py", "."), "app/api/__init__.py");
  EXPECT_EQ(p.resolved("app/api/routes.py", "..core"), "app/core.py");
  EXPECT_EQ(p.resolved("app/api/routes.py", ".."), "app/__init__.py");
  EXPECT_EQ(p.resolved("app/api/__init__.py", ".routes"), "app/api/routes.py");
  EXPECT_EQ(p.resolved("app/api/routes.py", ".....x"), "");
}

TEST(PythonModules, SourceFoldersAreRoots) {
  source::Tree tree;
  tree.packages = {test_package("services/api", "api", PackageKind::python)};
  const TestProgram p = files(
      {"services/api/src/billing/__init__.py", "services/api/src/billing/store.py", "services/api/main.py"}, tree);
  EXPECT_EQ(p.resolved("services/api/main.py", "billing"), "services/api/src/billing/__init__.py");
  EXPECT_EQ(p.resolved("services/api/main.py", "billing.store"), "services/api/src/billing/store.py");
}

TEST(PythonModules, StandardModuleIsNotTakenForADeepFileOfTheName) {
  const TestProgram p = files({"main.py", "app/helpers/json.py", "app/a.py", "app/b.py"});
  EXPECT_EQ(p.resolved("main.py", "json"), "");
  EXPECT_EQ(p.resolved("app/a.py", "b"), "app/b.py") << "scripts import what lies beside them";
}

TEST(PythonModules, NearestOfSeveralModulesOfTheNameIsMeant) {
  const TestProgram p = files({"one/app/core.py", "one/main.py", "two/app/core.py", "two/main.py"});
  EXPECT_EQ(p.resolved("one/main.py", "app.core"), "one/app/core.py");
  EXPECT_EQ(p.resolved("two/main.py", "app.core"), "two/app/core.py");
}

TEST(PythonModules, SubmoduleIsFoundThroughItsPackage) {
  const TestProgram p = files({"app/__init__.py", "app/core.py", "app/api/routes.py", "main.py"});
  const auto submodule = [&](const char* from, const char* module, const char* name) {
    const FileId found = p.modules.submodule(p.file(from), module, name);
    return found == no_file ? std::string() : p.program.file(found).path;
  };
  EXPECT_EQ(submodule("main.py", "app", "core"), "app/core.py");
  EXPECT_EQ(submodule("app/api/routes.py", "..", "core"), "app/core.py");
  EXPECT_EQ(submodule("main.py", "app", "none"), "");
}

// --- Rust

source::Tree crates() {
  source::Tree tree;
  tree.packages = {test_package("crates/api", "acme-api", PackageKind::cargo),
                   test_package("crates/core", "acme-core", PackageKind::cargo)};
  return tree;
}

TestProgram rust_files() {
  return files({"crates/api/src/main.rs", "crates/api/src/routes/mod.rs", "crates/api/src/routes/users.rs",
                "crates/api/src/state.rs", "crates/api/src/state/store.rs", "crates/core/src/lib.rs",
                "crates/core/src/cache.rs"},
               crates());
}

TEST(RustModules, CratePathsStartAtTheCratesRoot) {
  const TestProgram p = rust_files();
  EXPECT_EQ(p.resolved("crates/api/src/routes/users.rs", "crate::state"), "crates/api/src/state.rs");
  EXPECT_EQ(p.resolved("crates/api/src/routes/users.rs", "crate::state::store"), "crates/api/src/state/store.rs");
  EXPECT_EQ(p.resolved("crates/api/src/routes/users.rs", "crate::state::AppState"), "crates/api/src/state.rs");
  EXPECT_EQ(p.resolved("crates/api/src/routes/users.rs", "crate"), "crates/api/src/main.rs");
}

TEST(RustModules, SuperAndSelfStartAtTheFilesModule) {
  const TestProgram p = rust_files();
  EXPECT_EQ(p.resolved("crates/api/src/routes/users.rs", "super"), "crates/api/src/routes/mod.rs");
  EXPECT_EQ(p.resolved("crates/api/src/routes/users.rs", "super::super::state"), "crates/api/src/state.rs");
  EXPECT_EQ(p.resolved("crates/api/src/routes/mod.rs", "self::users"), "crates/api/src/routes/users.rs");
  EXPECT_EQ(p.resolved("crates/api/src/state.rs", "self::store"), "crates/api/src/state/store.rs");
}

TEST(RustModules, DeclaredModulesAreFilesBelowOrBeside) {
  const TestProgram p = rust_files();
  EXPECT_EQ(p.resolved("crates/api/src/main.rs", "mod routes"), "crates/api/src/routes/mod.rs");
  EXPECT_EQ(p.resolved("crates/api/src/main.rs", "mod state"), "crates/api/src/state.rs");
  EXPECT_EQ(p.resolved("crates/api/src/state.rs", "mod store"), "crates/api/src/state/store.rs");
  EXPECT_EQ(p.resolved("crates/api/src/routes/mod.rs", "mod users"), "crates/api/src/routes/users.rs");
  EXPECT_EQ(p.resolved("crates/api/src/main.rs", "mod none"), "");
}

TEST(RustModules, ChildModulesNeedNoPrefix) {
  const TestProgram p = rust_files();
  EXPECT_EQ(p.resolved("crates/api/src/routes/mod.rs", "users"), "crates/api/src/routes/users.rs");
  EXPECT_EQ(p.resolved("crates/api/src/main.rs", "state::store"), "crates/api/src/state/store.rs");
}

TEST(RustModules, OtherCratesOfTheWorkspaceAreFoundByName) {
  const TestProgram p = rust_files();
  EXPECT_EQ(p.resolved("crates/api/src/main.rs", "acme_core"), "crates/core/src/lib.rs");
  EXPECT_EQ(p.resolved("crates/api/src/main.rs", "acme_core::cache"), "crates/core/src/cache.rs");
  EXPECT_EQ(p.resolved("crates/api/src/main.rs", "acme_core::cache::Cache"), "crates/core/src/cache.rs");
  EXPECT_EQ(p.resolved("crates/api/src/main.rs", "std::collections"), "");
  EXPECT_EQ(p.resolved("crates/api/src/main.rs", "tokio"), "");
}

TEST(RustModules, LibraryIsTheCratesRootBesideAMain) {
  const TestProgram p = files({"crates/api/src/lib.rs", "crates/api/src/main.rs", "crates/api/src/x.rs"}, crates());
  EXPECT_EQ(p.resolved("crates/api/src/x.rs", "crate"), "crates/api/src/lib.rs");
}

}  // namespace
}  // namespace detoy::analysis
