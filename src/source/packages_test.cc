#include "source/packages.h"

#include <gtest/gtest.h>

#include "source/temporary_tree.h"

namespace detoy::source {
namespace {

using Names = std::vector<std::string>;

std::string owner(const Tree& tree, std::string_view path) {
  for (const auto& file : tree.files) {
    if (file.path == path) return file.package == File::no_package ? "" : tree.packages[file.package].name;
  }
  return "?";
}

TEST(NpmPackage, DeclaresEntriesDependenciesAndStart) {
  TemporaryTree tree;
  tree.add("package.json", R"({"name": "@acme/api", "main": "dist/index.js",
    "exports": {".": {"types": "./dist/index.d.ts", "import": "./dist/index.mjs"}, "./x": "./dist/x.js"},
    "bin": {"acme": "./cli.js"},
    "scripts": {"build": "tsc", "start:prod": "NODE_ENV=production node dist/main", "test": "jest"},
    "dependencies": {"express": "1"}, "peerDependencies": {"pg": "1"}, "devDependencies": {"jest": "1"}})");
  tree.add("src/index.ts").add("src/main.ts").add("src/x.ts").add("cli.js");
  const auto package = package_of(tree_of(tree.text()), "@acme/api");
  EXPECT_EQ(package.kind, PackageKind::npm);
  EXPECT_EQ(package.entry_points, (Names{"src/index.ts", "cli.js", "src/x.ts", "src/main.ts"}));
  EXPECT_EQ(package.dependencies, (Names{"express", "pg"}));
  EXPECT_TRUE(package.has_start_script);
  EXPECT_FALSE(package.has_container);
}

TEST(NpmPackage, BuildingInWatchModeIsNoStart) {
  TemporaryTree tree;
  tree.add("package.json", R"({"name": "lib", "scripts": {"dev": "tsc --watch", "start": "pnpm -r dev"}})").add("a.ts");
  EXPECT_FALSE(package_of(tree_of(tree.text()), "lib").has_start_script);
}

TEST(NpmPackage, WorkspaceRootOnlyGroupsOthers) {
  TemporaryTree tree;
  tree.add("package.json", R"({"name": "root", "private": true})")
      .add("pnpm-workspace.yaml", "packages:\n  - 'packages/*'\n");
  tree.add("packages/a/package.json", R"({"name": "a"})").add("packages/a/index.ts").add("packages/b/c.ts");
  const auto found = tree_of(tree.text());
  EXPECT_TRUE(package_of(found, "root").is_workspace_root);
  EXPECT_FALSE(package_of(found, "a").is_workspace_root);
  EXPECT_EQ(owner(found, "packages/a/index.ts"), "a");
  EXPECT_EQ(owner(found, "packages/b/c.ts"), "root");
}

TEST(NpmPackage, WorkspaceRootWithCodeOfItsOwnIsAPackageBesides) {
  TemporaryTree tree;
  tree.add("package.json", R"({"name": "root", "workspaces": ["p/*"], "main": "src/index.ts"})").add("src/index.ts");
  EXPECT_FALSE(package_of(tree_of(tree.text()), "root").is_workspace_root);
}

TEST(NpmPackage, NxProjectIsAPackage) {
  TemporaryTree tree;
  tree.add("nx.json", "{}")
      .add("package.json", R"({"name": "root", "dependencies": {"@nestjs/core": "1", "react": "1"}})");
  tree.add("apps/api/project.json", R"({"name": "api", "projectType": "application", "targets": {
    "build": {"executor": "@nx/webpack:webpack", "options": {"main": "apps/api/src/main.ts"}},
    "serve": {"executor": "@nx/js:node"}}})");
  tree.add("apps/api/src/main.ts")
      .add("apps/shop/project.json", R"({"targets": {"build": {"executor": "@nx/react:x"}}})");
  tree.add("apps/shop/src/state.ts");
  const auto found = tree_of(tree.text());
  EXPECT_EQ(package_of(found, "api").entry_points, Names{"apps/api/src/main.ts"});
  EXPECT_TRUE(package_of(found, "api").has_start_script);
  EXPECT_EQ(roles_of(found).at("apps/shop/src/state.ts"), Role::ui);
  EXPECT_TRUE(package_of(found, "root").is_workspace_root);
}

TEST(CargoPackage, WorkspaceAndCratesWithBinaries) {
  TemporaryTree tree;
  tree.add("Cargo.toml", "[workspace]\nmembers = ['crates/*']\n");
  tree.add("crates/gw/Cargo.toml",
           "[package]\nname = 'gateway'\n[dependencies]\naxum = '1'\nredis = { version = '1' }\n"
           "[dev-dependencies]\nmockall = '1'\n[target.'cfg(unix)'.dependencies]\nnix = '1'\n"
           "[[bin]]\nname = 'admin'\npath = 'src/admin.rs'\n");
  tree.add("crates/gw/src/main.rs")
      .add("crates/gw/src/lib.rs")
      .add("crates/gw/src/bin/job.rs")
      .add("crates/gw/src/admin.rs");
  const auto found = tree_of(tree.text());
  const auto package = package_of(found, "gateway");
  EXPECT_EQ(package.kind, PackageKind::cargo);
  EXPECT_EQ(package.entry_points, (Names{"crates/gw/src/main.rs", "crates/gw/src/lib.rs", "crates/gw/src/admin.rs",
                                         "crates/gw/src/bin/job.rs"}));
  EXPECT_EQ(package.dependencies, (Names{"axum", "redis", "nix"}));
  ASSERT_EQ(found.packages.size(), 2u);
  EXPECT_TRUE(found.packages[0].is_workspace_root);
}

TEST(PythonPackage, PyprojectDeclaresScriptsAndDependencies) {
  TemporaryTree tree;
  tree.add("pyproject.toml",
           "[project]\nname = 'agent'\ndependencies = ['fastapi[standard]>=0.1', 'redis']\n"
           "[project.optional-dependencies]\ndev = ['pytest']\nkafka = ['aiokafka']\n"
           "[project.scripts]\nagent = 'agent.cli:app'\nother = 'agent.missing:run'\n");
  tree.add("src/agent/cli.py");
  const auto package = package_of(tree_of(tree.text()), "agent");
  EXPECT_EQ(package.kind, PackageKind::python);
  EXPECT_EQ(package.entry_points, (Names{"src/agent/cli.py", "agent/missing.py"}));
  EXPECT_EQ(package.dependencies, (Names{"fastapi", "redis", "aiokafka"}));
}

TEST(PythonPackage, PoetryPipfileSetupAndRequirements) {
  TemporaryTree tree;
  tree.add("a/pyproject.toml",
           "[tool.poetry]\nname = 'poet'\n[tool.poetry.dependencies]\npython = '^3'\nflask = '*'\n");
  tree.add("a/x.py");
  tree.add("b/setup.py",
           "setup(\n  name='setuper', install_requires=['django>=4', \"celery\"],\n"
           "  entry_points={'console_scripts': ['run = pkg.main:go']})\n");
  tree.add("b/pkg/main.py");
  tree.add("c/setup.cfg",
           "[metadata]\nname = configured\n[options]\ninstall_requires =\n    requests==2\n    numpy\n"
           "zip_safe = no\n[options.entry_points]\nconsole_scripts =\n    go = conf.run:main\n");
  tree.add("c/conf/run.py");
  tree.add("d/requirements/base.txt", "# all\nuvicorn==1 # server\n-r other.txt\ngit+https://x/y\n");
  tree.add("d/requirements/dev.txt", "pytest\n").add("d/main.py");
  tree.add("e/Pipfile", "[packages]\nsanic = '*'\n[dev-packages]\nblack = '*'\n").add("e/main.py");
  const auto found = tree_of(tree.text());
  EXPECT_EQ(package_of(found, "poet").dependencies, Names{"flask"});
  EXPECT_EQ(package_of(found, "setuper").dependencies, (Names{"django", "celery"}));
  EXPECT_EQ(package_of(found, "setuper").entry_points, Names{"b/pkg/main.py"});
  EXPECT_EQ(package_of(found, "configured").dependencies, (Names{"requests", "numpy"}));
  EXPECT_EQ(package_of(found, "configured").entry_points, Names{"c/conf/run.py"});
  EXPECT_EQ(package_of(found, "d").dependencies, Names{"uvicorn"});
  EXPECT_EQ(package_of(found, "e").dependencies, Names{"sanic"});
  EXPECT_EQ(owner(found, "d/main.py"), "d");
}

TEST(PythonPackage, LinterSettingsAndRequirementsOfDocumentsMakeNone) {
  TemporaryTree tree;
  tree.add("pyproject.toml", "[tool.black]\nline-length = 100\n").add("docs/requirements.txt", "sphinx\n").add("a.js");
  const auto found = tree_of(tree.text());
  ASSERT_EQ(found.packages.size(), 1u);
  EXPECT_EQ(found.packages[0].kind, PackageKind::npm);
}

TEST(Packages, RepositoryWithoutManifestIsOnePackage) {
  TemporaryTree tree;
  tree.add("shop/app.py").add("shop/pkg/b.py").add("shop/c.js");
  const auto found = tree_of(tree.text() + "/shop");
  ASSERT_EQ(found.packages.size(), 1u);
  EXPECT_EQ(found.packages[0].name, "shop");
  EXPECT_EQ(found.packages[0].path, "");
  EXPECT_EQ(found.packages[0].kind, PackageKind::python);
  for (const auto& file : found.files) EXPECT_EQ(file.package, 0u);
}

TEST(Packages, FileBelongsToTheInnermostPackageOfItsEcosystem) {
  TemporaryTree tree;
  tree.add("package.json", R"({"name": "web"})").add("svc/pyproject.toml", "[project]\nname = 'svc'\n");
  tree.add("svc/a.py").add("svc/b.ts").add("svc/c.rs");
  const auto found = tree_of(tree.text());
  EXPECT_EQ(owner(found, "svc/a.py"), "svc");
  EXPECT_EQ(owner(found, "svc/b.ts"), "web");
  EXPECT_EQ(owner(found, "svc/c.rs"), "svc");
}

TEST(Packages, ManifestsOfTestFixturesDeclareNone) {
  TemporaryTree tree;
  tree.add("package.json", R"({"name": "real"})").add("a.ts").add("tests/fixtures/x/package.json", "{ broken");
  const auto found = tree_of(tree.text());
  EXPECT_EQ(found.packages.size(), 1u);
  EXPECT_TRUE(found.warnings.empty());
}

TEST(Packages, BrokenManifestsAreWarningsWithTheLine) {
  TemporaryTree tree;
  tree.add("a/package.json", "{\n \"name\": oops\n}").add("b/Cargo.toml", "[package]\nname = \n").add("c.ts");
  tree.add("d/docker-compose.yml", "services:\n  a: [\n")
      .add("e/pyproject.toml", "x\n")
      .add("pnpm-workspace.yaml", "a: [");
  tree.add("f/tsconfig.json", "{");
  const auto found = tree_of(tree.text());
  Names paths;
  for (const auto& warning : found.warnings) {
    paths.push_back(warning.path);
    EXPECT_GT(warning.line, 0u) << warning.path;
  }
  EXPECT_EQ(paths, (Names{"a/package.json", "b/Cargo.toml", "d/docker-compose.yml", "e/pyproject.toml",
                          "f/tsconfig.json", "pnpm-workspace.yaml"}));
  EXPECT_EQ(found.warnings[0].line, 2u);
}

TEST(Packages, HugeManifestIsPassedOverWithAWarning) {
  TemporaryTree tree;
  tree.add("package.json", "{\"name\": \"" + std::string(5u << 20, 'x') + "\"}").add("a.ts");
  const auto found = tree_of(tree.text());
  ASSERT_EQ(found.warnings.size(), 1u);
  EXPECT_EQ(found.warnings[0].path, "package.json");
  EXPECT_EQ(found.packages.size(), 1u);
}

}  // namespace
}  // namespace detoy::source
