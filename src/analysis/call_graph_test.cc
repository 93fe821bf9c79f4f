#include "analysis/call_graph.h"

#include <gtest/gtest.h>

#include "analysis/program_test_support.h"

namespace detoy::analysis {
namespace {

using Strings = std::vector<std::string>;

TEST(CallGraph, FunctionsMethodsAndConstructorsAreCalled) {
  const TestProgram p = program_of(
      {{"a.ts",
        "import { Store, make } from './store';\nfunction local() {}\nlocal();\nmake();\nconst store = new "
        "Store();\nstore.add(1);\n"},
       {"store.ts",
        "export class Store { constructor() { this.reset(); } add(x) {} reset() {} }\nexport function make() {}\n"}});
  EXPECT_EQ(p.callees(p.call("a.ts", "local")), Strings{"local"});
  EXPECT_EQ(p.callees(p.call("a.ts", "make")), Strings{"make"});
  EXPECT_EQ(p.constructed(p.call("a.ts", "Store")), "Store");
  EXPECT_EQ(p.callees(p.call("a.ts", "Store")), Strings{"Store.constructor"});
  EXPECT_EQ(p.callees(p.call("a.ts", "add")), Strings{"Store.add"});
  EXPECT_EQ(p.callees(p.call("store.ts", "reset")), Strings{"Store.reset"});
  const FunctionId add = p.function("store.ts", "add");
  ASSERT_EQ(p.graph.callers(add).size(), 1u);
  EXPECT_EQ(p.graph.callers(add)[0], p.call("a.ts", "add"));
  EXPECT_EQ(p.graph.constructions(p.type("Store")).size(), 1u);
}

TEST(CallGraph, CallOnAnInterfaceMayRunEveryImplementation) {
  const TestProgram p =
      program_of({{"a.ts",
                   "interface Store { put(k: string): void }\nclass Memory implements Store { put(k) {} }\nclass "
                   "Durable implements Store { put(k) {} }\n"
                   "class User { constructor(private store: Store) {} m() { this.store.put('k'); } }\n"}});
  EXPECT_EQ(p.callees(p.call("a.ts", "put")), (Strings{"Durable.put", "Memory.put"}));
}

TEST(CallGraph, CallsFromOutsideNameTheirPackage) {
  const TestProgram p = program_of({{"a.ts",
                                     "import Redis from 'ioredis';\nconst client = new Redis();\nclient.set('k', "
                                     "'v');\nsetInterval(tick, 5);\nfunction tick() {}\n"},
                                    {"b.py", "import redis\nclient = redis.Redis()\nclient.set('k', 'v')\n"}});
  EXPECT_EQ(p.written(p.graph.target(p.call("a.ts", "Redis")).external), "ioredis default");
  EXPECT_EQ(p.written(p.graph.target(p.call("a.ts", "set")).external), "ioredis default.set");
  EXPECT_EQ(p.written(p.graph.target(p.call("a.ts", "setInterval")).external), " setInterval");
  EXPECT_EQ(p.written(p.graph.target(p.call("b.py", "Redis")).external), "redis Redis");
  EXPECT_EQ(p.written(p.graph.target(p.call("b.py", "set")).external), "redis Redis.set");
}

TEST(CallGraph, PythonConstructionIsACallOfTheClass) {
  const TestProgram p =
      program_of({{"a.py",
                   "class Store:\n    def __init__(self):\n        pass\n    @classmethod\n    def make(cls):\n   "
                   "     return cls()\n\nstore = Store()\nother = Store.make()\n"}});
  EXPECT_EQ(p.constructed(p.call("a.py", "Store")), "Store");
  EXPECT_EQ(p.callees(p.call("a.py", "Store")), Strings{"Store.__init__"});
  EXPECT_EQ(p.callees(p.call("a.py", "make")), Strings{"Store.make"});
}

TEST(CallGraph, RustFactoryIsAConstructionForItsCaller) {
  const TestProgram p =
      program_of({{"src/main.rs",
                   "struct Store { n: u8 }\nimpl Store { fn new() -> Self { Self { n: 0 } } fn open(path: &str) "
                   "-> Result<Self, E> { Ok(Self::new()) } fn put(&self) {} }\n"
                   "fn main() { let a = Store::new(); let b = Store::open(\"p\"); a.put(); }\n"}});
  EXPECT_EQ(p.constructed(p.call("src/main.rs", "new", 1)), "Store");
  EXPECT_EQ(p.callees(p.call("src/main.rs", "put")), Strings{"Store.put"});
  for (const CallId call : p.graph.constructions(p.type("Store"))) {
    EXPECT_EQ(p.graph.function_of(call), p.function("src/main.rs", "main"));
  }
}

TEST(CallGraph, FunctionsAndTypesHandedOnAreKnown) {
  const TestProgram p =
      program_of({{"a.ts",
                   "function auth() {}\nclass Guard {}\napp.use(auth);\nModule({ providers: [Guard, { provide: T, "
                   "useClass: Guard }] });\n"}});
  const auto functions = p.graph.functions_passed(p.call("a.ts", "use"));
  ASSERT_EQ(functions.size(), 1u);
  EXPECT_EQ(functions[0], p.function("a.ts", "auth"));
  const auto types = p.graph.types_passed(p.call("a.ts", "Module"));
  ASSERT_EQ(types.size(), 1u);
  EXPECT_EQ(types[0], p.type("Guard"));
  EXPECT_EQ(p.graph.passed_in(p.type("Guard")).size(), 1u);
}

TEST(CallGraph, ClosuresBelongToTheirFunction) {
  const TestProgram p =
      program_of({{"a.ts",
                   "function f() { items.forEach(function now() {}); setTimeout(function later() {}, 5); "
                   "(function at() {})(); }\n"}});
  const FunctionId f = p.function("a.ts", "f");
  EXPECT_EQ(p.graph.closures_in(f).size(), 3u);
  EXPECT_TRUE(p.graph.runs_at_once(p.function("a.ts", "now")));
  EXPECT_FALSE(p.graph.runs_at_once(p.function("a.ts", "later")));
  EXPECT_TRUE(p.graph.runs_at_once(p.function("a.ts", "at")));
  EXPECT_FALSE(p.graph.runs_at_once(f));
}

TEST(CallGraph, RareMethodNameTellsWhatIsCalled) {
  const TestProgram p = program_of(
      {{"a.ts", "class Ledger { settleInvoices() {} get() {} }\nfunction f(x) { x.settleInvoices(); x.get(); }\n"}});
  EXPECT_EQ(p.callees(p.call("a.ts", "settleInvoices")), Strings{"Ledger.settleInvoices"});
  EXPECT_TRUE(p.graph.target(p.call("a.ts", "settleInvoices")).guessed);
  EXPECT_EQ(p.callees(p.call("a.ts", "get")), Strings{}) << "too many types have one";
}

TEST(CallGraph, GuessesStayInTheLanguageAndInProduction) {
  const TestProgram p = program_of({{"a.ts", "function f(x) { x.settleInvoices(); }\n"},
                                    {"b.py", "class Ledger:\n    def settleInvoices(self):\n        pass\n"},
                                    {"c.test.ts", "class Fake { settleInvoices() {} }\n", source::Role::test}});
  EXPECT_EQ(p.callees(p.call("a.ts", "settleInvoices")), Strings{});
}

TEST(CallGraph, CalledNameIsThatOfTheLastStep) {
  const TestProgram p = program_of({{"a.ts", "a.b.c(1);\nplain();\nx['k']();\n"}});
  EXPECT_EQ(p.graph.called_name(p.call("a.ts", "c")), "c");
  EXPECT_EQ(p.graph.called_name(p.call("a.ts", "plain")), "");
  EXPECT_EQ(p.graph.calls_in(p.program.top_level(p.file("a.ts"))).size(), 3u);
}

TEST(CallGraph, FieldThatHoldsAFunctionIsCalled) {
  const TestProgram p = program_of({{"a.ts", "class A { handle = (x) => 1; m() { this.handle(1); } }\n"}});
  EXPECT_EQ(p.callees(p.call("a.ts", "handle")), Strings{"A.handle"});
}

}  // namespace
}  // namespace detoy::analysis
