#include "analysis/symbols.h"

#include <gtest/gtest.h>

#include "analysis/program_test_support.h"

namespace detoy::analysis {
namespace {

// --- What names denote

TEST(Symbols, ConstructionsAndTypesTellWhatAVariableIs) {
  const TestProgram p =
      program_of({{"a.ts",
                   "class Store {}\nconst made = new Store();\nlet typed: Store | null = null;\nconst map = new "
                   "Map<string, Store>();\n"
                   "const list: Store[] = [];\nconst n = 1;\nfunction f() {}\n"}});
  EXPECT_EQ(p.object("a.ts", "made"), "instance Store");
  EXPECT_EQ(p.object("a.ts", "typed"), "instance Store");
  EXPECT_EQ(p.object("a.ts", "map"), "collection");
  EXPECT_EQ(p.object("a.ts", "list"), "collection");
  EXPECT_EQ(p.object("a.ts", "n"), "plain");
  EXPECT_EQ(p.object("a.ts", "f"), "function f");
  EXPECT_EQ(p.object("a.ts", "Store"), "type Store");
}

TEST(Symbols, ImportsAreFollowedToTheirFile) {
  const TestProgram p = program_of(
      {{"store.ts",
        "export class Store {}\nexport const store = new Store();\nexport function make() {}\nexport default store;\n"},
       {"a.ts", "import whole, { Store as S, store, make } from './store';\nimport * as all from './store';\n"}});
  EXPECT_EQ(p.object("a.ts", "S"), "type Store");
  EXPECT_EQ(p.object("a.ts", "store"), "instance Store");
  EXPECT_EQ(p.object("a.ts", "make"), "function make");
  EXPECT_EQ(p.object("a.ts", "all"), "module store.ts");
  EXPECT_EQ(p.object("a.ts", "whole"), "instance Store");
  EXPECT_EQ(p.symbols.imported_variable(p.declaration("a.ts", "store")), p.declaration("store.ts", "store"));
  EXPECT_EQ(p.symbols.imported_variable(p.declaration("a.ts", "make")), 0u);
}

TEST(Symbols, ReExportsAreFollowed) {
  const TestProgram p =
      program_of({{"store.ts", "export class Store {}\nexport const store = new Store();\n"},
                  {"index.ts", "export { store as shared, Store } from './store';\nexport * as ns from './store';\n"},
                  {"a.ts", "import { shared, Store, ns } from './index';\n"}});
  EXPECT_EQ(p.object("a.ts", "shared"), "instance Store");
  EXPECT_EQ(p.object("a.ts", "Store"), "type Store");
  EXPECT_EQ(p.object("a.ts", "ns"), "module store.ts");
  EXPECT_EQ(p.symbols.imported_variable(p.declaration("a.ts", "shared")), p.declaration("store.ts", "store"));
}

TEST(Symbols, AliasesAreGivenTheirArguments) {
  const TestProgram p = program_of(
      {{"src/error.rs", "pub struct Error;\npub type Result<T, E = Error> = std::result::Result<T, E>;\n"},
       {"src/lib.rs",
        "mod error;\nmod store;\npub use error::Result;\nstatic A: Result<Shop> = x();\nstruct Shop;\nstatic B: "
        "std::result::Result<Shop, u8> = x();\nstatic C: crate::error::Result<Shop> = x();\n"},
       {"src/store.rs",
        "use anyhow::Result;\nstruct Store;\ntype Shared<K, V> = Arc<Mutex<HashMap<K, V>>>;\nstatic D: Result<Store> = "
        "x();\nstatic E: Shared<u8, Store> = x();\n"}});
  EXPECT_EQ(p.object("src/lib.rs", "A"), "instance Shop");
  EXPECT_EQ(p.object("src/lib.rs", "B"), "instance Shop");
  EXPECT_EQ(p.object("src/lib.rs", "C"), "instance Shop");
  EXPECT_EQ(p.object("src/store.rs", "D"), "instance Store");
  EXPECT_EQ(p.object("src/store.rs", "E"), "collection");
}

TEST(Symbols, ExportedMembersOfAnObjectAreFollowed) {
  const TestProgram p = program_of(
      {{"rules.ts", "class Rules { allow = (x) => x; }\nconst rules = new Rules();\nexport const { allow } = rules;\n"},
       {"a.ts", "import { allow } from './rules';\nallow(1);\n"}});
  EXPECT_EQ(p.object("a.ts", "allow"), "function allow");
}

TEST(Symbols, ExportsOfAWholeModuleAreFollowed) {
  const TestProgram p = program_of({{"orders/store.ts", "export class Store {}\nexport const store = new Store();\n"},
                                    {"orders/types.ts", "export interface Order { id: string }\n"},
                                    {"orders/index.ts", "export * from './types';\nexport * from './store';\n"},
                                    {"index.ts", "export * from './orders';\n"},
                                    {"a.ts", "import { Store, store } from './index';\n"}});
  EXPECT_EQ(p.object("a.ts", "Store"), "type Store");
  EXPECT_EQ(p.object("a.ts", "store"), "instance Store");
  EXPECT_EQ(p.symbols.imported_variable(p.declaration("a.ts", "store")), p.declaration("orders/store.ts", "store"));
}

TEST(Symbols, ReExportsInACircleEnd) {
  const TestProgram p = program_of({{"a.ts", "export * from './b';\nexport { x } from './b';\n"},
                                    {"b.ts", "export * from './a';\nexport { x } from './a';\n"},
                                    {"c.ts", "import { x, y } from './a';\n"}});
  EXPECT_EQ(p.object("c.ts", "x"), "");
  EXPECT_EQ(p.object("c.ts", "y"), "");
}

TEST(Symbols, NamesFromOutsideKeepTheirPackage) {
  const TestProgram p = program_of(
      {{"a.ts",
        "import Redis, { Cluster } from 'ioredis';\nimport * as fs from 'node:fs';\nconst client = new Redis(url);\n"
        "const cluster: Cluster = load();\nconst writer = fs.promises;\n"}});
  EXPECT_EQ(p.object("a.ts", "Redis"), "external ioredis default");
  EXPECT_EQ(p.object("a.ts", "client"), "external ioredis default");
  EXPECT_EQ(p.object("a.ts", "cluster"), "external ioredis Cluster");
  EXPECT_EQ(p.object("a.ts", "fs"), "external node:fs ");
  EXPECT_EQ(p.object("a.ts", "writer"), "external node:fs promises");
}

TEST(Symbols, CommonJsIsFollowedToo) {
  const TestProgram p = program_of(
      {{"store.js", "class Store {}\nconst store = new Store();\nmodule.exports = { store, Store };\n"},
       {"only.js", "class Only {}\nmodule.exports = Only;\n"},
       {"a.js", "const { store } = require('./store');\nconst Only = require('./only');\nconst only = new Only();\n"}});
  EXPECT_EQ(p.object("a.js", "store"), "instance Store");
  EXPECT_EQ(p.object("a.js", "only"), "instance Only");
}

TEST(Symbols, PythonImportsOfModulesAndNames) {
  const TestProgram p = program_of(
      {{"app/__init__.py", ""},
       {"app/store.py", "class Store:\n    pass\n\nstore = Store()\n\ndef make() -> Store:\n    return Store()\n"},
       {"main.py",
        "from app.store import Store, store as shared, make\nfrom app import store\nimport redis\nmade = "
        "make()\nclient = redis.Redis()\n"}});
  EXPECT_EQ(p.object("main.py", "Store"), "type Store");
  EXPECT_EQ(p.object("main.py", "shared"), "instance Store");
  EXPECT_EQ(p.object("main.py", "store"), "module app/store.py");
  EXPECT_EQ(p.object("main.py", "made"), "instance Store");
  EXPECT_EQ(p.object("main.py", "client"), "external redis Redis");
}

TEST(Symbols, RustPathsImplsAndWrappers) {
  const TestProgram p = program_of(
      {{"src/main.rs",
        "mod store;\nuse crate::store::Store;\nuse std::sync::{Arc, Mutex};\nuse std::collections::HashMap;\n"
        "fn main() {\n let a = Store::new();\n let b = Arc::new(Store::new());\n let c = store::make();\n"
        " let d = Arc::new(Mutex::new(HashMap::new()));\n let e: Arc<Store> = load();\n}\n"},
       {"src/store.rs",
        "pub struct Store { n: u8 }\nimpl Store { pub fn new() -> Self { Store { n: 0 } } }\npub fn make() -> Store { "
        "Store::new() }\n"}});
  for (const char* name : {"a", "b", "c", "e"}) EXPECT_EQ(p.object("src/main.rs", name), "instance Store") << name;
  EXPECT_EQ(p.object("src/main.rs", "d"), "collection");
}

TEST(Symbols, ValueThatRefersToItselfEnds) {
  const TestProgram p = program_of(
      {{"a.ts",
        "const a = b;\nconst b = a;\nfunction f() { return g(); }\nfunction g() { return f(); }\nconst c = f();\n"},
       {"b.py", "x = y\ny = x\n"}});
  EXPECT_EQ(p.object("a.ts", "a"), "");
  EXPECT_EQ(p.object("a.ts", "c"), "");
  EXPECT_EQ(p.object("b.py", "x"), "");
}

// --- Members

TEST(Symbols, MembersAreInherited) {
  const TestProgram p = program_of({{"base.ts", "export class Base { shared = new Map(); get() {} }\n"},
                                    {"a.ts", "import { Base } from './base';\nclass Sub extends Base { own = 1; }\n"}});
  const TypeId sub = p.type("Sub");
  EXPECT_EQ(p.symbols.field(sub, p.program.name("shared")), p.declaration("base.ts", "shared"));
  EXPECT_EQ(p.symbols.field(sub, p.program.name("own")), p.declaration("a.ts", "own"));
  EXPECT_EQ(p.symbols.method(sub, p.program.name("get")), p.function("base.ts", "get"));
  EXPECT_EQ(p.symbols.field(sub, p.program.name("none")), 0u);
  ASSERT_EQ(p.symbols.supertypes(sub).size(), 1u);
  EXPECT_EQ(p.symbols.supertypes(sub)[0], p.type("Base"));
  EXPECT_EQ(p.symbols.subtypes(p.type("Base")).size(), 1u);
}

TEST(Symbols, InterfaceIsOverriddenByWhatImplementsIt) {
  const TestProgram p = program_of(
      {{"a.ts",
        "interface Store { get(k: string): string }\nclass Memory implements Store { get(k) { return ''; } }\n"
        "class Durable implements Store { get(k) { return ''; } }\n"}});
  EXPECT_EQ(p.symbols.overrides(p.type("Store"), p.program.name("get")).size(), 2u);
}

TEST(Symbols, ClassesThatExtendEachOtherEnd) {
  const TestProgram p = program_of({{"a.ts", "class A extends B {}\nclass B extends A {}\n"}});
  EXPECT_EQ(p.symbols.field(p.type("A"), p.program.name("x")), 0u);
  EXPECT_EQ(p.symbols.method(p.type("B"), p.program.name("x")), 0u);
}

TEST(Symbols, RustImplBlocksBelongToTheirStruct) {
  const TestProgram p =
      program_of({{"src/lib.rs",
                   "pub trait Cache { fn get(&self); }\npub struct Memory { n: u8 }\nimpl Memory { pub fn new() "
                   "-> Self { Memory { n: 0 } } }\n"
                   "impl Cache for Memory { fn get(&self) {} }\n"}});
  const TypeId memory = p.type("Memory");
  EXPECT_EQ(p.symbols.methods(memory).size(), 2u);
  EXPECT_EQ(p.symbols.fields(memory).size(), 1u);
  ASSERT_EQ(p.symbols.supertypes(memory).size(), 1u);
  EXPECT_EQ(p.symbols.supertypes(memory)[0], p.type("Cache"));
}

TEST(Symbols, BasesFromOutsideAreKnown) {
  const TestProgram p = program_of({{"a.py", "from django.views import View\nclass Mine(View):\n    pass\n"}});
  const auto& bases = p.symbols.external_bases(p.type("Mine"));
  ASSERT_EQ(bases.size(), 1u);
  EXPECT_EQ(p.written(bases[0]), "django.views View");
}

TEST(Symbols, NearestTypeOfTheNameIsMeant) {
  source::Tree tree;
  tree.packages = {test_package("one", "one", source::PackageKind::npm),
                   test_package("two", "two", source::PackageKind::npm)};
  const TestProgram p = program_of({{"one/store.ts", "export class Store { a = 1; }\n"},
                                    {"one/use.ts", "let x: Store;\n"},
                                    {"two/store.ts", "export class Store { b = 1; }\n"},
                                    {"two/use.ts", "let x: Store;\n"}},
                                   tree);
  const auto home = [&](const char* path) {
    return p.program.file(p.program.types.place(p.symbols.type_named(p.file(path), "Store")).file).path;
  };
  EXPECT_EQ(home("one/use.ts"), "one/store.ts");
  EXPECT_EQ(home("two/use.ts"), "two/store.ts");
  EXPECT_EQ(p.symbols.type_named(p.file("one/use.ts"), "None"), 0u);
}

TEST(Symbols, FieldsTypesReachThroughPaths) {
  const TestProgram p = program_of(
      {{"a.ts",
        "class Inner { items = new Map<string, Leaf>(); }\nclass Leaf {}\nclass Outer { constructor(private inner: "
        "Inner) {}\n"
        " m() { const a = this.inner; const b = this.inner.items; const c = this.inner.items.get('k'); } }\n"}});
  EXPECT_EQ(p.object("a.ts", "a"), "instance Inner");
  EXPECT_EQ(p.object("a.ts", "b"), "collection");
  EXPECT_EQ(p.symbols.owner(p.function("a.ts", "m")), p.type("Outer"));
}

TEST(Symbols, ElementOfATypedContainerIsOfItsLastArgument) {
  const TestProgram p = program_of(
      {{"a.ts", "class Leaf {}\nclass A { items: Map<string, Leaf>; m() { const c = this.items.get('k'); } }\n"}});
  EXPECT_EQ(p.object("a.ts", "c"), "instance Leaf");
}

}  // namespace
}  // namespace detoy::analysis
