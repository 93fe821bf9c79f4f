#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/temporary_tree.h"

namespace detoy::source {
namespace {

using Paths = std::vector<std::string>;

TEST(Walk, FindsFilesByExtensionOrderedByPath) {
  TemporaryTree tree;
  tree.add("z.rs").add("a/b.ts").add("a/c.tsx").add("a.mjs").add("b.pyi").add("readme.md").add("c.jsx").add("d.cts");
  const auto found = tree_of(tree.text());
  EXPECT_EQ(paths_of(found), (Paths{"a.mjs", "a/b.ts", "a/c.tsx", "b.pyi", "c.jsx", "d.cts", "z.rs"}));
  EXPECT_EQ(found.files[0].language, Language::javascript);
  EXPECT_EQ(found.files[1].language, Language::typescript);
  EXPECT_EQ(found.files[2].language, Language::tsx);
  EXPECT_EQ(found.files[3].language, Language::python);
  EXPECT_EQ(found.files[6].language, Language::rust);
}

TEST(Walk, HonoursNestedGitignoreWithoutGit) {
  TemporaryTree tree;
  tree.add(".gitignore", "*.gen.js\n/private/\nlogs/*\n!logs/keep.ts\n");
  tree.add("a/.gitignore", "!b.gen.js\nsecret.ts\n");
  tree.add("a/b.gen.js").add("c.gen.js").add("a/secret.ts").add("secret.ts");
  tree.add("private/x.ts").add("a/private/x.ts").add("logs/keep.ts").add("logs/drop.ts");
  EXPECT_EQ(paths_of(tree_of(tree.text())), (Paths{"a/b.gen.js", "a/private/x.ts", "logs/keep.ts", "secret.ts"}));
}

TEST(Walk, FileBelowIgnoredFolderCannotComeBack) {
  TemporaryTree tree;
  tree.add(".gitignore", "gone/\n!gone/back.ts\n").add("gone/.gitignore", "!back.ts\n").add("gone/back.ts").add("a.ts");
  EXPECT_EQ(paths_of(tree_of(tree.text())), Paths{"a.ts"});
}

TEST(Walk, LeavesOutDependenciesAndBuildOutputs) {
  TemporaryTree tree;
  for (const auto* folder : {"node_modules/x", "pkg/node_modules/x", "vendor", "third_party", "dist", "build", "out",
                             ".next", "__pycache__", ".venv/lib", "site-packages", "storybook-static", ".git"}) {
    tree.add(std::string(folder) + "/a.js");
  }
  tree.add("env/pyvenv.cfg").add("env/lib/a.py").add("coverage/lcov-report/a.js");
  tree.add("crate/Cargo.toml", "[package]\nname='c'\n").add("crate/target/a.rs").add("crate/src/lib.rs");
  EXPECT_EQ(paths_of(tree_of(tree.text())), Paths{"crate/src/lib.rs"});
}

TEST(Walk, KeepsHandWrittenFoldersWithSuchNames) {
  TemporaryTree tree;
  tree.add("src/build/a.ts").add("src/vendor/a.ts").add("src/out/deep/dist/a.ts").add("src/coverage/policy.ts");
  tree.add("target/a.ts").add("lib/a.ts").add("env/a.ts");
  tree.add("modules/vendor/vendor.service.ts").add("app/__init__.py").add("app/vendor/__init__.py");
  tree.add("packages/build/package.json", "{}").add("packages/build/src/a.ts");
  EXPECT_EQ(tree_of(tree.text()).files.size(), 11u);
}

TEST(Walk, IncludeBringsBackWhatDefaultsLeaveOut) {
  TemporaryTree tree;
  tree.add("vendor/ours/a.ts").add("vendor/theirs/b.ts").add("third_party/c.ts").add(".gitignore", "third_party\n");
  WalkOptions options;
  options.include = {"vendor/ours/", "third_party/"};
  EXPECT_EQ(paths_of(tree_of(tree.text(), options)), Paths{"vendor/ours/a.ts"});
  options.include = {"vendor/**/b.ts"};
  EXPECT_EQ(paths_of(tree_of(tree.text(), options)), Paths{"vendor/theirs/b.ts"});
}

TEST(Walk, IncludedFolderComesBackWithAllBelow) {
  TemporaryTree tree;
  tree.add("build/a.ts").add("build/x/dist/b.ts").add("deep/build/c.ts").add("dist/d.ts");
  tree.add("build/node_modules/e/f.ts");
  WalkOptions options;
  options.include = {"build/"};
  EXPECT_EQ(paths_of(tree_of(tree.text(), options)), (Paths{"build/a.ts", "build/x/dist/b.ts", "deep/build/c.ts"}));
  options.include = {"/build/"};
  EXPECT_EQ(paths_of(tree_of(tree.text(), options)), (Paths{"build/a.ts", "build/x/dist/b.ts"}));
  options.include = {"build/x/"};
  EXPECT_EQ(paths_of(tree_of(tree.text(), options)), Paths{"build/x/dist/b.ts"});
}

TEST(Walk, ExcludeAddsPatternsToTheRepositorys) {
  TemporaryTree tree;
  tree.add("a.ts").add("legacy/b.ts").add("x/legacy/c.ts");
  WalkOptions options;
  options.exclude = {"/legacy/", "a.*"};
  EXPECT_EQ(paths_of(tree_of(tree.text(), options)), Paths{"x/legacy/c.ts"});
}

TEST(Walk, DoesNotFollowSymbolicLinks) {
  TemporaryTree tree;
  tree.add("real/a.ts");
  std::filesystem::create_directory_symlink(tree.path() / "real", tree.path() / "link");
  std::filesystem::create_directory_symlink(tree.path(), tree.path() / "real/circle");
  std::filesystem::create_symlink(tree.path() / "real/a.ts", tree.path() / "b.ts");
  EXPECT_EQ(paths_of(tree_of(tree.text())), Paths{"real/a.ts"});
}

TEST(Walk, LinkedWorkTreesBelowTheRootAreLeftOut) {
  TemporaryTree tree;
  tree.add("a.ts").add("copies/x/.git", "gitdir: /r/.git/worktrees/x\n").add("copies/x/a.ts");
  tree.add("module/.git", "gitdir: ../.git/modules/module\n").add("module/b.ts");
  EXPECT_EQ(paths_of(tree_of(tree.text())), (Paths{"a.ts", "module/b.ts"}));
}

TEST(Walk, UnreadableFolderIsAWarningThatNamesIt) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  TemporaryTree tree;
  tree.add("a.ts").add("closed/b.ts");
  ::chmod((tree.path() / "closed").c_str(), 0);
  const auto found = tree_of(tree.text());
  ::chmod((tree.path() / "closed").c_str(), 0700);
  EXPECT_EQ(paths_of(found), Paths{"a.ts"});
  ASSERT_EQ(found.warnings.size(), 1u);
  EXPECT_EQ(found.warnings[0].path, "closed");
}

TEST(Walk, UnprintableNamesAreLeftOutWithAWarning) {
  TemporaryTree tree;
  tree.add("a.ts").add("line\nbreak.ts").add("bad\xff.py").add("gr\xc3\xbc\xc3\x9f.ts");
  const auto found = tree_of(tree.text());
  EXPECT_EQ(paths_of(found), (Paths{"a.ts", "gr\xc3\xbc\xc3\x9f.ts"}));
  ASSERT_EQ(found.warnings.size(), 2u);
  EXPECT_EQ(found.warnings[0].path, "bad\\xff.py");
  EXPECT_EQ(found.warnings[1].path, "line\\x0abreak.ts");
}

TEST(Walk, LargeSourceFilesAreLeftOutWithAWarning) {
  TemporaryTree tree;
  tree.add("small.ts", "1").add("large.ts", std::string(100, 'x')).add("large.min.js", std::string(100, 'x'));
  WalkOptions options;
  options.max_file_size = 50;
  const auto found = tree_of(tree.text(), options);
  EXPECT_EQ(paths_of(found), Paths{"small.ts"});
  EXPECT_EQ(found.files[0].size, 1u);
  ASSERT_EQ(found.warnings.size(), 1u);
  EXPECT_EQ(found.warnings[0].path, "large.ts");
}

TEST(Walk, EveryNumberOfThreadsGivesTheSameTree) {
  TemporaryTree tree;
  for (int i = 0; i < 200; ++i) {
    tree.add("p" + std::to_string(i % 17) + "/q" + std::to_string(i % 5) + "/f" + std::to_string(i) + ".ts");
  }
  WalkOptions options;
  options.threads = 1;
  const auto expected = paths_of(tree_of(tree.text(), options));
  EXPECT_EQ(expected.size(), 200u);
  for (const unsigned threads : {2u, 7u, 32u}) {
    options.threads = threads;
    EXPECT_EQ(paths_of(tree_of(tree.text(), options)), expected);
  }
}

TEST(OpenFolder, MissingRootIsAnInputErrorThatNamesIt) {
  const auto source = open_folder("/nonexistent/detoy", {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().category, ErrorCategory::input);
  EXPECT_NE(source.error().message.find("/nonexistent/detoy"), std::string::npos);
}

TEST(OpenFolder, RootWithoutSourcesIsNoError) {
  TemporaryTree tree;
  const auto source = open_folder(tree.text(), {});
  ASSERT_TRUE(source);
  EXPECT_TRUE(source->tree.files.empty());
  EXPECT_TRUE(source->tree.packages.empty());
}

TEST(OpenFolder, RootThatIsAFileIsATreeOfThatFile) {
  TemporaryTree tree;
  tree.add("a.py", "x = 1\n").add("b.py");
  const auto source = open_folder(tree.text() + "/a.py", {});
  ASSERT_TRUE(source);
  EXPECT_EQ(paths_of(source->tree), Paths{"a.py"});
  EXPECT_EQ(source->store->read("a.py").value_or(""), "x = 1\n");
}

TEST(OpenFolder, RootIsNormalised) {
  TemporaryTree tree;
  tree.add("a/b.ts");
  const auto source = open_folder(tree.text() + "/./a/../", {});
  ASSERT_TRUE(source);
  EXPECT_EQ(source->tree.root, tree.text());
}

TEST(Store, ReadsBelowTheRootOnly) {
  TemporaryTree tree;
  tree.add("root/a.ts", "text").add("outside.ts", "secret");
  const auto source = open_folder(tree.text() + "/root", {});
  ASSERT_TRUE(source);
  EXPECT_EQ(source->store->read("a.ts").value_or(""), "text");
  EXPECT_FALSE(source->store->read("../outside.ts"));
  EXPECT_FALSE(source->store->read("/etc/passwd"));
  EXPECT_FALSE(source->store->read("missing.ts"));
}

}  // namespace
}  // namespace detoy::source
