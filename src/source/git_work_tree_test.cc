#include "source/git_work_tree.h"

#include <gtest/gtest.h>

#include "source/temporary_tree.h"

namespace detoy::source {
namespace {

const std::string kHash(40, 'a');
const std::string kOther(40, 'b');

TEST(GitWorkTree, CommitOfABranchComesFromItsFile) {
  TemporaryTree tree;
  tree.add(".git/HEAD", "ref: refs/heads/main\n").add(".git/refs/heads/main", kHash + "\n").add("a.ts");
  EXPECT_EQ(tree_of(tree.text()).commit, kHash);
}

TEST(GitWorkTree, CommitOfAPackedBranchComesFromPackedRefs) {
  TemporaryTree tree;
  tree.add(".git/HEAD", "ref: refs/heads/main\n");
  tree.add(".git/packed-refs", "# pack-refs with: peeled\n" + kOther + " refs/heads/mainly\n" + kHash +
                                   " refs/heads/main\n^" + kOther + "\n");
  EXPECT_EQ(tree_of(tree.text()).commit, kHash);
}

TEST(GitWorkTree, DetachedHeadHoldsTheCommitItself) {
  TemporaryTree tree;
  tree.add(".git/HEAD", kHash + "\n");
  EXPECT_EQ(tree_of(tree.text()).commit, kHash);
}

TEST(GitWorkTree, NoCommitOutsideGitOrBeforeTheFirst) {
  TemporaryTree tree;
  tree.add("a.ts");
  EXPECT_EQ(tree_of(tree.text()).commit, "");
  tree.add(".git/HEAD", "ref: refs/heads/main\n");
  EXPECT_EQ(tree_of(tree.text()).commit, "");
}

TEST(GitWorkTree, LinkedWorkTreeReadsTheRepositoryItBelongsTo) {
  TemporaryTree tree;
  tree.add("main/.git/HEAD", kOther + "\n").add("main/.git/refs/heads/side", kHash + "\n");
  tree.add("main/.git/worktrees/side/HEAD", "ref: refs/heads/side\n")
      .add("main/.git/worktrees/side/commondir", "../..\n");
  tree.add("main/.git/info/exclude", "hidden.ts\n");
  tree.add("side/.git", "gitdir: ../main/.git/worktrees/side\n").add("side/hidden.ts").add("side/a.ts");
  const auto found = tree_of(tree.text() + "/side");
  EXPECT_EQ(found.commit, kHash);
  EXPECT_EQ(paths_of(found), std::vector<std::string>{"a.ts"});
}

TEST(GitWorkTree, CircularReferencesEnd) {
  TemporaryTree tree;
  tree.add(".git/HEAD", "ref: refs/heads/a\n").add(".git/refs/heads/a", "ref: refs/heads/a\n");
  EXPECT_EQ(tree_of(tree.text()).commit, "");
}

TEST(GitWorkTree, RulesOfTheFoldersAboveHoldForASubFolder) {
  TemporaryTree tree;
  tree.add(".git/HEAD", kHash)
      .add(".git/info/exclude", "excluded.ts\n")
      .add(".gitignore", "/sub/anchored.ts\n*.gen.ts\n");
  tree.add("sub/.gitignore", "own.ts\n!kept.gen.ts\n");
  tree.add("sub/a.ts").add("sub/anchored.ts").add("sub/x.gen.ts").add("sub/kept.gen.ts").add("sub/own.ts");
  tree.add("sub/excluded.ts").add("sub/deep/anchored.ts");
  EXPECT_EQ(paths_of(tree_of(tree.text() + "/sub")),
            (std::vector<std::string>{"a.ts", "deep/anchored.ts", "kept.gen.ts"}));
}

TEST(GitWorkTree, IgnoredRootThatIsNamedIsReadAllTheSame) {
  TemporaryTree tree;
  tree.add(".git/HEAD", kHash).add(".gitignore", "/tmp/*\n").add("tmp/work/a.ts");
  EXPECT_EQ(paths_of(tree_of(tree.text() + "/tmp/work")), std::vector<std::string>{"a.ts"});
}

}  // namespace
}  // namespace detoy::source
