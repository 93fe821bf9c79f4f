// What the builder says of names: which declaration one means, who captures it, what types, closures and exports are.
#include <gtest/gtest.h>

#include "syntax/facts_test_support.h"

namespace detoy::syntax {
namespace {

using facts::ClosureUse;
using facts::DeclarationKind;
using Strings = std::vector<std::string>;

ClosureUse use_of(const FactsOf& f, std::string_view function) {
  return f.function_record(function).use;
}

// --- Hoisting and shadowing

TEST(FactsBuilderScopes, NamesAreKnownBeforeTheirDeclaration) {
  const FactsOf f =
      typescript_facts("use(late); run();\nfunction run() { helper(late); }\nfunction helper(x) {}\nconst late = 1;");
  EXPECT_EQ(f.calls(), (Strings{"use()", "run@2()", "helper@3()"}));
  EXPECT_EQ(f.arguments("helper@3()"), Strings{"late@4"});
}

TEST(FactsBuilderScopes, InnerDeclarationHidesTheOuterUntilItsBlockEnds) {
  const FactsOf f = typescript_facts(
      "const m = 1;\nfunction f() {\n  one(m);\n  {\n    const m = 2;\n    two(m);\n  }\n  three(m);\n}");
  EXPECT_EQ(f.arguments("one()"), Strings{"m@1"});
  EXPECT_EQ(f.arguments("two()"), Strings{"m@5"});
  EXPECT_EQ(f.arguments("three()"), Strings{"m@1"});
}

TEST(FactsBuilderScopes, ParameterHidesTheModulesVariable) {
  for (const FactsOf& f :
       {typescript_facts("const m = 1;\nfunction f(m) { use(m); }"), python_facts("m = 1\ndef f(m): use(m)\n"),
        rust_facts("static m: u8 = 1;\nfn f(m: u8) { r#use(m); }")}) {
    EXPECT_EQ(f.written_value(f.facts.calls.back().first_argument), "m@2");
  }
}

TEST(FactsBuilderScopes, LoopVariableIsGoneAfterItsLoop) {
  const FactsOf f = typescript_facts("for (const x of xs) { use(x); }\nafter(x);");
  EXPECT_EQ(f.arguments("use()"), Strings{"x@1"});
  EXPECT_EQ(f.arguments("after()"), Strings{"x"});
  EXPECT_TRUE(f.has_flag("x", facts::declared::loop_variable));
}

TEST(FactsBuilderScopes, LaterLetInRustHidesTheEarlier) {
  const FactsOf f = rust_facts("fn f() {\n let a = 1;\n one(a);\n { let a = 2;\n two(a); }\n}");
  EXPECT_EQ(f.arguments("one()"), Strings{"a@2"});
  EXPECT_EQ(f.arguments("two()"), Strings{"a@4"});
}

TEST(FactsBuilderScopes, PythonFunctionOwnsWhatItAssigns) {
  const FactsOf f =
      python_facts("n = 0\ndef f():\n    n = 1\n    use(n)\ndef g():\n    global n\n    n = 2\n    more(n)\n");
  EXPECT_EQ(f.arguments("use()"), Strings{"n@3"});
  EXPECT_EQ(f.arguments("more()"), Strings{"n@1"});
  EXPECT_EQ(f.assignments(), Strings{"n@1 = 2"});
}

TEST(FactsBuilderScopes, PythonNonlocalMeansTheEnclosingFunctions) {
  const FactsOf f =
      python_facts("def f():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n    return up\n");
  EXPECT_EQ(f.assignments(), Strings{"n@2 += 1"});
  EXPECT_TRUE(f.has_flag("n", facts::declared::captured));
}

TEST(FactsBuilderScopes, PythonBlocksAreNoScopes) {
  const FactsOf f = python_facts(
      "if FLAG:\n    store = {}\ntry:\n    import redis\nexcept ImportError:\n    redis = None\nuse(store, redis)\n");
  const Strings arguments = f.arguments("use()");
  ASSERT_EQ(arguments.size(), 2u);
  EXPECT_EQ(arguments[0], "store@2");
  EXPECT_TRUE(arguments[1].starts_with("redis@"));
}

// --- Captures

TEST(FactsBuilderCaptures, LocalsUsedByInnerFunctionsAreCaptured) {
  const FactsOf f = typescript_facts(
      "const top = 1;\nfunction limiter() { const hits = new Map(); let own = 0; own++;\n"
      "  return (req) => hits.set(req, top); }");
  EXPECT_TRUE(f.has_flag("hits", facts::declared::captured));
  EXPECT_FALSE(f.has_flag("own", facts::declared::captured));
  EXPECT_FALSE(f.has_flag("top", facts::declared::captured)) << "the whole module sees it anyway";
  EXPECT_FALSE(f.has_flag("req", facts::declared::captured));
}

TEST(FactsBuilderCaptures, ParametersAndAssignmentsCountToo) {
  const FactsOf f = typescript_facts("function f(store) { let n = 0; return () => { n = store.next(); }; }");
  EXPECT_TRUE(f.has_flag("store", facts::declared::captured));
  EXPECT_TRUE(f.has_flag("n", facts::declared::captured));
}

TEST(FactsBuilderCaptures, PythonAndRustClosuresCapture) {
  const FactsOf python =
      python_facts("def f():\n    hits = {}\n    def inner(k):\n        hits[k] = 1\n    return inner\n");
  EXPECT_TRUE(python.has_flag("hits", facts::declared::captured));
  const FactsOf rust = rust_facts("fn f() { let hits = Map::new(); spawn(async move { hits.insert(1, 2); }); }");
  EXPECT_TRUE(rust.has_flag("hits", facts::declared::captured));
}

// --- Rust paths

TEST(FactsBuilderRust, FirstSegmentOfAPathIsNeverALocal) {
  const FactsOf f = rust_facts(
      "use crate::store;\nfn f(store: Store, cache: u8) {\n store::load();\n store.get();\n cache::load();\n}");
  EXPECT_EQ(f.calls(), (Strings{"store@1.load()", "store@2.get()", "cache.load()"}));
}

TEST(FactsBuilderRust, SelfTypeIsTheImplementedType) {
  const FactsOf f =
      rust_facts("struct S { n: u8 }\nimpl S { fn new() -> Self { Self { n: 1 } } fn make() -> Self { Self::new() } }");
  EXPECT_EQ(f.calls(), (Strings{"new self", "self.new()"}));
}

TEST(FactsBuilderRust, ModuleDeclarationNamesItsFile) {
  const FactsOf f = rust_facts("mod store;\nfn f() { store::load(); }");
  EXPECT_EQ(f.text(f.declared("store").module), "mod store");
  EXPECT_EQ(f.calls(), Strings{"store@1.load()"});
}

TEST(FactsBuilderRust, NothingThatTestModulesDeclareIsKept) {
  const FactsOf f = rust_facts(
      "struct Real { n: u8 }\n#[cfg(test)]\nmod tests {\n struct Fake { m: u8 }\n impl Fake { fn go(&self) { let inner "
      "= 1; } }\n mod deeper { fn helper() {} }\n}\nfn after() {}\n#[cfg(not(test))]\nmod live { fn run() {} }\n");
  for (const char* name : {"Fake", "m", "go", "inner", "helper"}) EXPECT_FALSE(f.has(name)) << name;
  for (const char* name : {"Real", "n", "after", "run"}) EXPECT_TRUE(f.has(name)) << name;
}

TEST(FactsBuilderRust, TestFunctionsAndTypesAreMarked) {
  const FactsOf f = rust_facts(
      "struct Real { n: u8 }\n#[cfg(test)]\nstruct Fake { m: u8 }\n#[cfg(test)]\nimpl Fake { fn go(&self) { let inner "
      "= 1; } }\n#[cfg(test)]\nstatic HITS: u8 = 1;\nfn after() {}\n#[test]\nfn check() { let local = 1; }\n");
  for (const char* name : {"Fake", "m", "go", "inner", "HITS", "check", "local"}) {
    EXPECT_TRUE(f.has_flag(name, facts::declared::test)) << name;
  }
  for (const char* name : {"Real", "n", "after"}) EXPECT_FALSE(f.has_flag(name, facts::declared::test)) << name;
  EXPECT_TRUE(f.facts.types[f.type("Fake")].test);
  EXPECT_NE(f.function_record("go").flags & facts::function_flag::test, 0u);
  EXPECT_EQ(f.function_record("after").flags & facts::function_flag::test, 0u);
}

// --- Types and fields

TEST(FactsBuilderTypes, ScriptConstructorGivesFieldsTheirFirstValue) {
  const FactsOf f = typescript_facts(
      "class A {\n  items: Map<string, number>;\n  private n = 0;\n  static all = [];\n"
      "  constructor(private repo: Repo) { this.items = new Map(); this.extra = {}; }\n  m() { this.late = 1; }\n}");
  EXPECT_EQ(f.written_value(f.facts.declarations[f.field("A", "items")].initial), "new Map");
  EXPECT_EQ(f.text(f.facts.declarations[f.field("A", "items")].type_text), "Map<string, number>");
  EXPECT_EQ(f.call_record("new Map").assigned_to, f.field("A", "items"));
  const auto flags = [&](const char* name) { return f.facts.declarations[f.field("A", name)].flags; };
  EXPECT_NE(flags("n") & facts::declared::private_, 0u);
  EXPECT_NE(flags("all") & facts::declared::static_, 0u);
  EXPECT_NE(flags("repo") & facts::declared::from_parameter, 0u);
  EXPECT_NE(flags("extra") & facts::declared::implicit, 0u);
  EXPECT_NE(flags("late") & facts::declared::implicit, 0u);
  EXPECT_EQ(f.facts.declarations[f.field("A", "late")].initial, 0u) << "only the constructor gives a first value";
}

TEST(FactsBuilderTypes, JavaScriptConstructorDeclaresFields) {
  const FactsOf f = javascript_facts("class A { constructor(repo) { this.repo = repo; this.hits = new Map(); } }");
  EXPECT_EQ(f.written_value(f.facts.declarations[f.field("A", "repo")].initial), "repo@1");
  EXPECT_EQ(f.written_value(f.facts.declarations[f.field("A", "hits")].initial), "new Map");
}

TEST(FactsBuilderTypes, PythonConstructorDeclaresFields) {
  const FactsOf f = python_facts(
      "class A(Base, metaclass=M):\n    shared = {}\n    def __init__(self, repo):\n        self.repo = repo\n"
      "        self.items: dict[str, int] = {}\n    def late(self):\n        self.n = 1\n");
  EXPECT_EQ(f.written_value(f.facts.declarations[f.field("A", "repo")].initial), "repo@3");
  EXPECT_EQ(f.text(f.facts.declarations[f.field("A", "items")].type_text), "dict[str, int]");
  EXPECT_NE(f.facts.declarations[f.field("A", "shared")].flags & facts::declared::static_, 0u);
  EXPECT_NE(f.field("A", "n"), 0u);
  const facts::Type& type = f.facts.types[f.type("A")];
  ASSERT_GE(type.bases, 1u);
  EXPECT_EQ(f.text(f.facts.bases[type.first_base].text), "Base");
}

TEST(FactsBuilderTypes, AliasOfTheObjectIsAVariable) {
  const FactsOf f = javascript_facts("class A { m() { const self = this; self.n = 1; } }");
  EXPECT_EQ(f.assignments(), Strings{"self@1.n = 1"});
  EXPECT_EQ(f.written_value(f.declared("self").initial), "self");
}

TEST(FactsBuilderTypes, ArrowInAFieldIsAMethod) {
  const FactsOf f = typescript_facts("class A { handle = (req) => this.n; }");
  const facts::Index handle = f.function("handle");
  ASSERT_NE(handle, 0u);
  EXPECT_EQ(f.facts.functions[handle].type, f.type("A"));
  EXPECT_EQ(f.facts.declarations[f.field("A", "handle")].target, handle);
}

TEST(FactsBuilderTypes, DecoratorsKnowWhatTheyStandOn) {
  const FactsOf f =
      typescript_facts("@Injectable() class P { @Inject(TOKEN) x; @Get('/a') get(@Body() b) {} @Plain run() {} }");
  Strings found;
  for (const facts::Decorator& d : f.facts.decorators) {
    const facts::Call& call = f.facts.calls[d.call];
    EXPECT_NE(call.flags & facts::call_flag::decorator, 0u);
    std::string on = d.on == facts::DecoratedKind::type       ? f.text(f.facts.types[d.target].name)
                     : d.on == facts::DecoratedKind::function ? f.text(f.facts.functions[d.target].name)
                                                              : f.text(f.facts.declarations[d.target].name);
    found.push_back(f.written(f.facts.paths[call.path]) + " " + on);
  }
  EXPECT_EQ(found, (Strings{"Injectable() P", "Inject() x", "Get() get", "Body() b", "Plain run"}));
  EXPECT_NE(f.call_record("Plain").flags & facts::call_flag::without_call, 0u);
  EXPECT_EQ(f.arguments("Get()"), Strings{"'/a'"});
}

TEST(FactsBuilderTypes, PythonAndRustDecoratorsAreTheSame) {
  const FactsOf python = python_facts("@app.get('/x')\nasync def handle(): pass\n@dataclass\nclass A: pass\n");
  ASSERT_EQ(python.facts.decorators.size(), 2u);
  EXPECT_EQ(python.facts.decorators[0].on, facts::DecoratedKind::function);
  EXPECT_EQ(python.arguments("app.get()"), Strings{"'/x'"});
  EXPECT_EQ(python.facts.decorators[1].on, facts::DecoratedKind::type);
  const FactsOf rust = rust_facts("#[tokio::main]\nasync fn main() {}\n");
  ASSERT_EQ(rust.facts.decorators.size(), 1u);
  EXPECT_EQ(rust.written(rust.facts.paths[rust.facts.calls[rust.facts.decorators[0].call].path]), "tokio.main");
}

// --- Closures

TEST(FactsBuilderClosures, ClosureKnowsHowItIsUsed) {
  const FactsOf f = typescript_facts(
      "const assigned = () => 1;\nlet later; later = function named() {};\nsetInterval(function tick() {}, 5);\n"
      "const o = { on: () => 1, go() {} };\nfunction make() { return function made() {}; }\n(function now() {})();");
  EXPECT_EQ(use_of(f, "assigned"), ClosureUse::assigned);
  EXPECT_EQ(use_of(f, "named"), ClosureUse::assigned);
  EXPECT_EQ(use_of(f, "tick"), ClosureUse::argument);
  EXPECT_EQ(use_of(f, "on"), ClosureUse::property);
  EXPECT_EQ(use_of(f, "go"), ClosureUse::property);
  EXPECT_EQ(use_of(f, "made"), ClosureUse::returned);
  EXPECT_EQ(use_of(f, "now"), ClosureUse::immediate);
  EXPECT_EQ(use_of(f, "make"), ClosureUse::none);
}

TEST(FactsBuilderClosures, ArgumentKnowsItsCallAndPosition) {
  const FactsOf f = typescript_facts("app.get('/x', auth, (req) => 1);");
  const facts::Function& closure = f.facts.functions[1];
  EXPECT_EQ(closure.use, ClosureUse::argument);
  EXPECT_EQ(closure.use_call, f.call("app.get()"));
  EXPECT_EQ(closure.use_argument, 2u);
}

TEST(FactsBuilderClosures, ClosureGivenToAConstructionKnowsIt) {
  const FactsOf f = typescript_facts("const p = new Promise(function run(resolve) { resolve(1); });");
  EXPECT_EQ(use_of(f, "run"), ClosureUse::argument);
  EXPECT_EQ(f.function_record("run").use_call, f.call("new Promise"));
}

TEST(FactsBuilderClosures, PropertyKnowsItsKey) {
  const FactsOf f = typescript_facts("provide({ provide: T, useFactory: () => new Map() });");
  EXPECT_EQ(f.text(f.function_record("useFactory").use_key), "useFactory");
}

TEST(FactsBuilderClosures, RustAsyncBlocksAndClosuresAreFunctions) {
  const FactsOf f = rust_facts("fn f() { tokio::spawn(async move { work(); }); let c = |x| x + 1; }");
  EXPECT_EQ(f.facts.functions[f.call_record("work()").function].use, ClosureUse::argument);
  EXPECT_EQ(use_of(f, "c"), ClosureUse::assigned);
}

// --- Imports and exports

TEST(FactsBuilderModules, ImportsKnowModuleAndName) {
  const FactsOf f =
      typescript_facts("import def, { a as b, type T } from './m';\nimport * as all from 'pkg';\nimport './effect';");
  const auto import = [&](const char* name) {
    const facts::Declaration& d = f.declared(name);
    EXPECT_EQ(d.kind, DeclarationKind::import) << name;
    return f.text(d.module) + " " + f.text(d.imported);
  };
  EXPECT_EQ(import("def"), "./m default");
  EXPECT_EQ(import("b"), "./m a");
  EXPECT_EQ(import("all"), "pkg *");
  EXPECT_TRUE(f.has_flag("T", facts::declared::type_only));
  EXPECT_TRUE(f.has_flag("all", facts::declared::namespace_import));
  EXPECT_EQ(f.text(f.facts.declarations[5].module), "./effect");
}

TEST(FactsBuilderModules, PythonImportsKnowModuleAndName) {
  const FactsOf f =
      python_facts("import os, a.b.c\nimport numpy as np\nfrom .mod import x as y\nfrom app.core import cache\n");
  const auto import = [&](const char* name) {
    return f.text(f.declared(name).module) + " " + f.text(f.declared(name).imported);
  };
  EXPECT_EQ(import("os"), "os ");
  EXPECT_EQ(import("a"), "a.b.c ");
  EXPECT_EQ(import("np"), "numpy ");
  EXPECT_EQ(import("y"), ".mod x");
  EXPECT_EQ(import("cache"), "app.core cache");
}

TEST(FactsBuilderModules, ImportWithinAFunctionStaysThere) {
  const FactsOf f = python_facts("def f():\n    import redis\n    redis.get(1)\nredis.get(2)\n");
  EXPECT_EQ(f.calls(), (Strings{"redis@2.get()", "redis.get()"}));
}

TEST(FactsBuilderModules, ExportsKnowWhatTheyName) {
  const FactsOf f = typescript_facts(
      "export const late = 1;\nexport { late as early };\nexport { x, y as z } from './other';\nexport * as ns from "
      "'./ns';\n"
      "export default class Foo {}");
  Strings found;
  for (const facts::Export& e : f.facts.exports)
    found.push_back(f.text(e.name) + " " + f.text(e.local) + " " + f.text(e.module));
  EXPECT_EQ(found, (Strings{"early late ", "x x ./other", "z y ./other", "ns * ./ns", "default Foo "}));
  EXPECT_TRUE(f.has_flag("late", facts::declared::exported));
  EXPECT_TRUE(f.has_flag("Foo", facts::declared::exported));
}

TEST(FactsBuilderModules, ExportedExpressionIsAValue) {
  const FactsOf f = typescript_facts("export default createApp();");
  ASSERT_EQ(f.facts.exports.size(), 1u);
  EXPECT_EQ(f.written_value(f.facts.exports[0].value), "createApp()");
}

TEST(FactsBuilderModules, UnnamedDefaultExportHasAName) {
  const FactsOf f = typescript_facts("export default class { n = 1; }");
  EXPECT_EQ(f.declared("default").kind, DeclarationKind::type);
}

TEST(FactsBuilderModules, RustPublicUseIsAReExport) {
  const FactsOf f = rust_facts("pub use inner::Thing;\npub use other::*;\n");
  Strings found;
  for (const facts::Export& e : f.facts.exports)
    found.push_back(f.text(e.name) + " " + f.text(e.local) + " " + f.text(e.module));
  EXPECT_EQ(found, (Strings{"Thing Thing inner", "* * other"}));
}

}  // namespace
}  // namespace detoy::syntax
