#include "analysis/liveness.h"

#include <gtest/gtest.h>

#include "analysis/program_test_support.h"

namespace detoy::analysis {
namespace {

constexpr const char* express = "import express from 'express';\nconst app = express();\n";

// --- Entry points and loaded files

TEST(Liveness, FilesThatAnEntryPointLoadsAreLive) {
  const TestProgram p = program_of(
      {{"server.ts",
        std::string(express) +
            "import './routes';\nexport * from './shared';\nconst lazy = () => import('./lazy');\napp.listen(3000);\n"},
       {"routes.ts", "import { store } from './store';\n"},
       {"store.ts", "export const store = new Map();\n"},
       {"shared.ts", "export const x = 1;\n"},
       {"lazy.ts", "export const y = 1;\n"},
       {"orphan.ts", "export const z = 1;\n"},
       {"routes.test.ts", "import './orphan';\n", source::Role::test}});
  EXPECT_TRUE(p.liveness.has_entries());
  EXPECT_TRUE(p.liveness.entry(p.file("server.ts")));
  EXPECT_FALSE(p.liveness.entry(p.file("store.ts")));
  for (const char* path : {"server.ts", "routes.ts", "store.ts", "shared.ts", "lazy.ts"})
    EXPECT_TRUE(p.liveness.file(p.file(path))) << path;
  for (const char* path : {"orphan.ts", "routes.test.ts"}) EXPECT_FALSE(p.liveness.file(p.file(path))) << path;
}

TEST(Liveness, PythonApplicationLoadsPackagesOnTheWay) {
  const TestProgram p =
      program_of({{"main.py", "from fastapi import FastAPI\nfrom app.api import routes\napp = FastAPI()\n"},
                  {"app/__init__.py", ""},
                  {"app/api/__init__.py", ""},
                  {"app/api/routes.py", ""},
                  {"app/old.py", ""}});
  for (const char* path : {"main.py", "app/__init__.py", "app/api/__init__.py", "app/api/routes.py"}) {
    EXPECT_TRUE(p.liveness.file(p.file(path))) << path;
  }
  EXPECT_FALSE(p.liveness.file(p.file("app/old.py")));
}

TEST(Liveness, RustMainLoadsItsModules) {
  const TestProgram p = program_of({{"src/main.rs", "mod store;\nfn main() { store::open(); }\n"},
                                    {"src/store.rs", "pub fn open() {}\npub fn unused() {}\n"},
                                    {"src/forgotten.rs", "pub fn x() {}\n"}});
  EXPECT_TRUE(p.liveness.entry(p.file("src/main.rs")));
  EXPECT_TRUE(p.liveness.file(p.file("src/store.rs")));
  EXPECT_FALSE(p.liveness.file(p.file("src/forgotten.rs")));
  EXPECT_TRUE(p.liveness.function(p.function("src/store.rs", "open")));
  EXPECT_FALSE(p.liveness.function(p.function("src/store.rs", "unused")));
}

TEST(Liveness, StartedPackageRunsItsEntryPoint) {
  source::Tree tree;
  tree.packages = {test_package("", "svc", source::PackageKind::npm, {"src/worker.ts"})};
  tree.packages[0].has_start_script = true;
  const TestProgram p =
      program_of({{"src/worker.ts", "import './jobs';\n"}, {"src/jobs.ts", ""}, {"src/other.ts", ""}}, tree);
  EXPECT_TRUE(p.liveness.entry(p.file("src/worker.ts")));
  EXPECT_TRUE(p.liveness.file(p.file("src/jobs.ts")));
  EXPECT_FALSE(p.liveness.file(p.file("src/other.ts")));
}

TEST(Liveness, WithoutAnyEntryPointEverythingCounts) {
  const TestProgram p = program_of({{"a.ts", "export function f() {}\n"}, {"b.ts", "export class B { m() {} }\n"}});
  EXPECT_FALSE(p.liveness.has_entries());
  EXPECT_TRUE(p.liveness.file(p.file("a.ts")));
  EXPECT_TRUE(p.liveness.function(p.function("b.ts", "m")));
}

// --- Functions and types

TEST(Liveness, OnlyWhatIsCalledIsReached) {
  const TestProgram p = program_of(
      {{"server.ts", std::string(express) + "class Used { go() { helper(); } idle() {} }\nclass Unused { go() {} "
                                            "}\nfunction helper() {}\nfunction dead() { new Unused().go(); }\n"
                                            "const used = new Used();\nused.go();\napp.listen(3000);\n"}});
  EXPECT_TRUE(p.liveness.type(p.type("Used")));
  EXPECT_FALSE(p.liveness.type(p.type("Unused")));
  EXPECT_TRUE(p.liveness.function(p.function("server.ts", "helper")));
  EXPECT_FALSE(p.liveness.function(p.function("server.ts", "dead")));
}

TEST(Liveness, InterfaceCallReachesOnlyTypesThatAreMade) {
  const TestProgram p = program_of(
      {{"server.ts",
        std::string(express) +
            "interface Store { fetchAll(): void }\nclass Memory implements Store { fetchAll() { memory(); } }\n"
            "class Durable implements Store { fetchAll() { durable(); } }\nfunction memory() {}\nfunction durable() "
            "{}\n"
            "const store: Store = new Durable();\napp.get('/', () => store.fetchAll());\napp.listen(3000);\n"}});
  EXPECT_TRUE(p.liveness.function(p.function("server.ts", "durable")));
  EXPECT_FALSE(p.liveness.function(p.function("server.ts", "memory")));
}

TEST(Liveness, TestCodeIsNeverReached) {
  const TestProgram p =
      program_of({{"src/main.rs", "fn main() {}\n#[cfg(test)]\nfn helper() {}\n#[test]\nfn check() { helper(); }\n"}});
  EXPECT_FALSE(p.liveness.function(p.function("src/main.rs", "helper")));
}

// --- When functions run

TEST(Liveness, HandlersRunWhileServingAndTopLevelCodeAtStartUp) {
  const TestProgram p = program_of(
      {{"server.ts", std::string(express) + "function load() { shared(); }\nfunction handle() { shared(); inner(); "
                                            "}\nfunction shared() {}\nfunction inner() {}\nfunction uncalled() {}\n"
                                            "load();\napp.get('/', (req) => handle());\napp.listen(3000);\n"}});
  const auto phases = [&](const char* name) { return p.liveness.phases(p.function("server.ts", name)); };
  EXPECT_EQ(phases("load"), phase::startup);
  EXPECT_EQ(phases("handle"), phase::runtime);
  EXPECT_EQ(phases("shared"), phase::startup | phase::runtime);
  EXPECT_EQ(phases("inner"), phase::runtime);
  EXPECT_EQ(phases("uncalled"), 0);
  EXPECT_TRUE(p.liveness.only_at_startup(p.function("server.ts", "load")));
  EXPECT_TRUE(p.liveness.runs_while_serving(p.function("server.ts", "shared")));
}

TEST(Liveness, NamedFunctionThatIsHandedOnRunsWhileServing) {
  const TestProgram p =
      program_of({{"server.ts",
                   std::string(express) + "function handle(req, res) {}\napp.get('/', handle);\napp.listen(3000);\n"}});
  EXPECT_TRUE(p.liveness.runs_while_serving(p.function("server.ts", "handle")));
}

TEST(Liveness, ClosureOfAnArrayMethodRunsWithItsFunction) {
  const TestProgram p = program_of(
      {{"server.ts", std::string(express) +
                         "function load(xs) { xs.forEach(function each(x) {}); }\nload([1]);\napp.listen(3000);\n"}});
  EXPECT_EQ(p.liveness.phases(p.function("server.ts", "each")), phase::startup);
}

TEST(Liveness, DecoratedHandlersAreHandlers) {
  const TestProgram p = program_of({{"main.py",
                                     "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/x')\nasync def "
                                     "read():\n    work()\ndef work():\n    pass\ndef plain():\n    pass\n"}});
  EXPECT_TRUE(p.liveness.handler(p.function("main.py", "read")));
  EXPECT_FALSE(p.liveness.handler(p.function("main.py", "plain")));
  EXPECT_EQ(p.liveness.phases(p.function("main.py", "work")), phase::runtime);
}

TEST(Liveness, MainFunctionsRunAtStartUp) {
  const TestProgram p =
      program_of({{"src/main.rs", "fn main() { prepare(); }\nfn prepare() {}\n"},
                  {"boot.ts", std::string(express) + "async function bootstrap() { connectAll(); app.listen(3000); "
                                                     "}\nfunction connectAll() {}\nbootstrap();\n"}});
  EXPECT_EQ(p.liveness.phases(p.function("src/main.rs", "prepare")), phase::startup);
  EXPECT_EQ(p.liveness.phases(p.function("boot.ts", "connectAll")), phase::startup);
}

}  // namespace
}  // namespace detoy::analysis
