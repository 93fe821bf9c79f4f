#include "source/aliases.h"

#include <gtest/gtest.h>

#include "source/temporary_tree.h"

namespace detoy::source {
namespace {

// "scope: pattern -> targets"
std::vector<std::string> aliases_of(const TemporaryTree& tree) {
  std::vector<std::string> lines;
  for (const auto& alias : tree_of(tree.text()).aliases) {
    auto line = alias.scope + ": " + alias.pattern + " ->";
    for (const auto& target : alias.targets) line += " " + target;
    lines.push_back(line);
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(Aliases, CommentsAndTrailingCommasAreAllowed) {
  TemporaryTree tree;
  tree.add("api/tsconfig.json", R"(// ours
    { /* all */ "compilerOptions": { "baseUrl": ".", "paths": { "@app/*": ["src/*", "./gen/*",], "@//x": ["y,]"], }, },
    })");
  EXPECT_EQ(aliases_of(tree), (Lines{"api: * -> api/*", "api: @//x -> api/y,]", "api: @app/* -> api/src/* api/gen/*"}));
}

TEST(Aliases, BaseUrlMakesImportsFromTheRootResolvable) {
  TemporaryTree tree;
  tree.add("tsconfig.json", R"({"compilerOptions": {"baseUrl": "./"}})");
  EXPECT_EQ(aliases_of(tree), Lines{": * -> *"});
}

TEST(Aliases, PathsWithoutBaseUrlAreRelativeToTheirFile) {
  TemporaryTree tree;
  tree.add("a/jsconfig.json",
           R"({"compilerOptions": {"paths": {"~/*": ["./lib/*"], "up": ["../b/x"], "out": ["../../c"]}}})");
  EXPECT_EQ(aliases_of(tree), (Lines{"a: up -> b/x", "a: ~/* -> a/lib/*"}));
}

TEST(Aliases, ExtendedConfigurationIsInheritedOncePerScope) {
  TemporaryTree tree;
  tree.add("tsconfig.base.json", R"({"compilerOptions": {"baseUrl": ".", "paths": {"@lib/a": ["libs/a/index.ts"]}}})");
  tree.add("apps/x/tsconfig.json", R"({"extends": "../../tsconfig.base"})");
  tree.add("apps/y/tsconfig.json",
           R"({"extends": "../../tsconfig.base.json", "compilerOptions": {"paths": {"@y/*": ["apps/y/src/*"]}}})");
  EXPECT_EQ(aliases_of(tree), (Lines{": * -> *", ": @lib/a -> libs/a/index.ts", "apps/y: @y/* -> apps/y/src/*"}));
}

TEST(Aliases, ExtendsReadsFilesWithOtherNamesAndPackages) {
  TemporaryTree tree;
  tree.add("config/shared.json", R"({"compilerOptions": {"paths": {"#/*": ["../src/*"]}}})");
  tree.add("packages/ts/package.json", R"({"name": "@acme/ts"})");
  tree.add("packages/ts/base.json", R"({"compilerOptions": {"paths": {"%/*": ["./code/*"]}}})");
  tree.add("a/tsconfig.json", R"({"extends": "../config/shared.json"})");
  tree.add("b/tsconfig.json", R"({"extends": ["@acme/ts/base.json"]})");
  EXPECT_EQ(aliases_of(tree), (Lines{"a: #/* -> src/*", "b: %/* -> packages/ts/code/*"}));
}

TEST(Aliases, CircularExtendsEnd) {
  TemporaryTree tree;
  tree.add("tsconfig.json", R"({"extends": "./tsconfig.a.json", "compilerOptions": {"baseUrl": "src"}})");
  tree.add("tsconfig.a.json", R"({"extends": "./tsconfig.json"})");
  EXPECT_EQ(aliases_of(tree), Lines{": * -> src/*"});
}

}  // namespace
}  // namespace detoy::source
