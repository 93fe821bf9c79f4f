// What the builder says of code, whatever the language: paths, calls, values, branches, literals, broken input.
#include "syntax/facts_builder.h"

#include <gtest/gtest.h>

#include "syntax/facts_test_support.h"

namespace detoy::syntax {
namespace {

using facts::BranchKind;
using Strings = std::vector<std::string>;

// --- Access paths

TEST(FactsBuilderPaths, PathIsItsRootAndItsSteps) {
  const FactsOf f = typescript_facts("const config = load();\nconst url = config.redis.url;");
  EXPECT_EQ(f.written_value(f.declared("url").initial), "config@1.redis.url");
  EXPECT_EQ(f.written_value(f.declared("config").initial), "load()");
}

TEST(FactsBuilderPaths, CallsStandAtTheirStepsAndEachHasItsPrefix) {
  const FactsOf f = typescript_facts("const x = db.table('a').where(y).first();");
  EXPECT_EQ(f.calls(), (Strings{"db.table()", "db.table().where()", "db.table().where().first()"}));
  EXPECT_EQ(f.arguments("db.table()"), Strings{"'a'"});
  EXPECT_EQ(f.arguments("db.table().where()"), Strings{"y"});
}

TEST(FactsBuilderPaths, CallOfACallIsAStepWithoutAName) {
  const FactsOf f = typescript_facts("make()(1);");
  EXPECT_EQ(f.calls(), (Strings{"make()", "make()()"}));
}

TEST(FactsBuilderPaths, LiteralKeyNamesTheIndexAndOtherKeysDoNot) {
  const FactsOf f = typescript_facts("const m = {};\nm['a'].b = 1;\nm[k].c = 2;");
  EXPECT_EQ(f.assignments(), (Strings{"m@1[a].b = 1", "m@1[].c = 2"}));
}

TEST(FactsBuilderPaths, ConstructionIsACallThatKnowsWhatItsResultBecomes) {
  const FactsOf f = typescript_facts("const store = new Map<string, number>();");
  const facts::Call& call = f.call_record("new Map");
  EXPECT_NE(call.flags & facts::call_flag::construct, 0u);
  EXPECT_EQ(call.assigned_to, f.declaration("store"));
}

TEST(FactsBuilderPaths, ChainOnAConstructionStartsFromItsValue) {
  const FactsOf f = typescript_facts("new Server(app).listen(3000);");
  EXPECT_EQ(f.calls(), (Strings{"new Server", "(new Server).listen()"}));
  EXPECT_NE(f.call_record("new Server").flags & facts::call_flag::chained, 0u);
}

TEST(FactsBuilderPaths, CallKnowsWhetherItsResultIsDroppedAwaitedReturnedOrUsed) {
  const FactsOf f = typescript_facts("async function run() { work(); await wait(); more().then(x); return done(); }");
  EXPECT_NE(f.call_record("work()").flags & facts::call_flag::dropped, 0u);
  EXPECT_EQ(f.call_record("work()").flags & facts::call_flag::awaited, 0u);
  EXPECT_NE(f.call_record("wait()").flags & facts::call_flag::awaited, 0u);
  EXPECT_NE(f.call_record("more()").flags & facts::call_flag::chained, 0u);
  EXPECT_NE(f.call_record("done()").flags & facts::call_flag::returned, 0u);
}

TEST(FactsBuilderPaths, PythonSubscriptsAndMethodsMakeOnePath) {
  const FactsOf f = python_facts("cache = {}\ncache['a'].append(1)\ndel cache['b']\ncache[k] += 1\n");
  EXPECT_EQ(f.calls(), Strings{"cache@1[a].append()"});
  EXPECT_EQ(f.assignments(), (Strings{"cache@1[b] removed nothing", "cache@1[] += 1"}));
}

TEST(FactsBuilderPaths, RustPathsAndMethodsMakeOnePath) {
  const FactsOf f = rust_facts("fn f(store: Store) { store.items.lock().unwrap().insert(1, 2); }");
  EXPECT_NE(f.call("store@1.items.lock().unwrap().insert()"), 0u);
}

// --- Values

TEST(FactsBuilderValues, ObjectsKeepTheirKeys) {
  const FactsOf f = typescript_facts("const o = { host: 'h', port: 1, nested: { on: true } };");
  EXPECT_EQ(f.written_value(f.declared("o").initial), "{host: 'h', port: 1, nested: {on: true}}");
}

TEST(FactsBuilderValues, ChoicesAreEitherOfTheirParts) {
  const FactsOf f = typescript_facts("const a = x ? 1 : 2;\nconst b = process.env.B ?? 'none';\nconst c = y || 3;");
  EXPECT_EQ(f.written_value(f.declared("a").initial), "either(1, 2)");
  EXPECT_EQ(f.written_value(f.declared("b").initial), "either(process.env.B, 'none')");
  EXPECT_EQ(f.written_value(f.declared("c").initial), "either(y, 3)");
}

TEST(FactsBuilderValues, BothPartsOfAChoiceStandUnderTheirCondition) {
  const FactsOf f = typescript_facts("const store = useRedis ? makeRedis() : makeMap();");
  EXPECT_EQ(f.branches(f.call_record("makeRedis()").branch), Strings{"then(useRedis)"});
  EXPECT_EQ(f.branches(f.call_record("makeMap()").branch), Strings{"otherwise(useRedis)"});
}

TEST(FactsBuilderValues, PythonOrAndIfElseAreChoices) {
  const FactsOf f = python_facts("a = x or 1\nb = 2 if y else 3\n");
  EXPECT_EQ(f.written_value(f.declared("a").initial), "either(x, 1)");
  EXPECT_EQ(f.written_value(f.declared("b").initial), "either(2, 3)");
}

// --- Lazy assignment

TEST(FactsBuilderAssignments, AssignmentIfMissingStandsUnderACondition) {
  for (const char* op : {"?\?=", "||="}) {
    const FactsOf f = typescript_facts(std::string("let client;\nfunction get() { return client ") + op + " make(); }");
    EXPECT_EQ(f.assignments(), Strings{"client@1 = make()"}) << op;
    EXPECT_EQ(f.branches(f.facts.assignments[0].branch), Strings{"otherwise(client@1)"}) << op;
    EXPECT_EQ(f.branches(f.call_record("make()").branch), Strings{"otherwise(client@1)"}) << op;
  }
}

TEST(FactsBuilderAssignments, CountingUpAugmentsAndCountingDownDiminishes) {
  const FactsOf f = typescript_facts("let n = 0;\nfunction up() { n++; n += 2; --n; }");
  ASSERT_EQ(f.facts.assignments.size(), 3u);
  EXPECT_EQ(f.facts.assignments[0].effect, facts::Effect::augment);
  EXPECT_EQ(f.facts.assignments[1].effect, facts::Effect::augment);
  EXPECT_EQ(f.facts.assignments[2].effect, facts::Effect::diminish);
}

TEST(FactsBuilderAssignments, DestructuringAssignsEveryName) {
  const FactsOf f = typescript_facts("let a, b;\nfunction swap() { [a, b] = [b, a]; ({ a, b } = load()); }");
  ASSERT_EQ(f.facts.assignments.size(), 4u);
  EXPECT_TRUE(f.assignments()[0].starts_with("a@1 = "));
  EXPECT_TRUE(f.assignments()[3].starts_with("b@1 = "));
}

TEST(FactsBuilderAssignments, DestructuredDeclarationKnowsItsMember) {
  const FactsOf f = typescript_facts("function f({ host, port: p }) {}");
  EXPECT_EQ(f.text(f.declared("host").element), "host");
  EXPECT_EQ(f.text(f.declared("p").element), "port");
  EXPECT_EQ(f.written_value(f.declared("p").initial), "@1");
}

TEST(FactsBuilderAssignments, TargetIsNoRead) {
  const FactsOf f = typescript_facts("let n = 0;\nfunction set() { n = 1; }");
  EXPECT_EQ(f.reads(), Strings{});
}

TEST(FactsBuilderAssignments, DeletionIsARemoval) {
  const FactsOf f = typescript_facts("const m = {};\nfunction drop(k) { delete m[k]; }");
  EXPECT_EQ(f.assignments(), Strings{"m@1[] removed nothing"});
}

// --- Branches

TEST(FactsBuilderBranches, RestAfterAnEarlyReturnStandsUnderTheOppositeCondition) {
  const FactsOf f = typescript_facts("function f(x) { if (!x) return 1; work(); }\nafter();");
  EXPECT_EQ(f.branches(f.call_record("work()").branch), Strings{"otherwise(unknown(x@1))"});
  EXPECT_EQ(f.call_record("after()").branch, 0u);
}

TEST(FactsBuilderBranches, EarlyRaiseCountsAsLeaving) {
  const FactsOf python = python_facts("def f(x):\n    if not x:\n        raise ValueError()\n    work()\n");
  EXPECT_EQ(python.branches(python.call_record("work()").branch), Strings{"otherwise(unknown(x@1))"});
  const FactsOf script = typescript_facts("function f(x) { if (x) throw new Error(); work(); }");
  EXPECT_EQ(script.branches(script.call_record("work()").branch), Strings{"otherwise(x@1)"});
  const FactsOf rust = rust_facts("fn f(x: bool) { if x { return; } work(); }");
  EXPECT_EQ(rust.branches(rust.call_record("work()").branch), Strings{"otherwise(x@1)"});
}

TEST(FactsBuilderBranches, BranchThatGoesOnChangesNothingAfterIt) {
  const FactsOf f =
      typescript_facts("function f(x) { if (x) { a(); } work(); if (x) { return; } else { b(); } more(); }");
  EXPECT_EQ(f.call_record("work()").branch, 0u);
  EXPECT_EQ(f.call_record("more()").branch, 0u);
  EXPECT_EQ(f.branches(f.call_record("b()").branch), Strings{"otherwise(x@1)"});
}

TEST(FactsBuilderBranches, ThenBranchSaysWhetherItLeaves) {
  const FactsOf f = typescript_facts("function f(x) { if (x) { log(); return; } if (x) { log(); } }");
  std::vector<bool> exits;
  for (const facts::Branch& b : f.facts.branches) {
    if (b.kind == BranchKind::then) exits.push_back(b.exits);
  }
  EXPECT_EQ(exits, (std::vector<bool>{true, false}));
}

TEST(FactsBuilderBranches, ElseIfStandsUnderBothConditions) {
  const FactsOf f = typescript_facts("if (a) { one(); } else if (b) { two(); } else { three(); }");
  EXPECT_EQ(f.branches(f.call_record("one()").branch), Strings{"then(a)"});
  EXPECT_EQ(f.branches(f.call_record("two()").branch), (Strings{"then(b)", "otherwise(a)"}));
  EXPECT_EQ(f.branches(f.call_record("three()").branch), (Strings{"otherwise(b)", "otherwise(a)"}));
}

TEST(FactsBuilderBranches, CasesKnowTheirSubjectAndLabel) {
  const FactsOf f = typescript_facts("switch (mode) { case 'redis': a(); break; default: b(); }");
  const Strings redis = f.branches(f.call_record("a()").branch);
  ASSERT_EQ(redis.size(), 1u);
  EXPECT_TRUE(redis[0].starts_with("case "));
  EXPECT_TRUE(redis[0].ends_with("redis'(mode)") || redis[0].ends_with("redis(mode)")) << redis[0];
  EXPECT_EQ(f.branches(f.call_record("b()").branch), Strings{"case(mode)"});
  const FactsOf rust = rust_facts("fn f(m: Mode) { match m { Mode::Redis => a(), _ => b() } }");
  EXPECT_EQ(rust.branches(rust.call_record("a()").branch), Strings{"case Mode::Redis(m@1)"});
}

TEST(FactsBuilderBranches, HandlersAndFinalBlocksAreBranches) {
  const FactsOf f = typescript_facts("try { a(); } catch (e) { b(); } finally { c(); }");
  EXPECT_EQ(f.call_record("a()").branch, 0u);
  EXPECT_EQ(f.branches(f.call_record("b()").branch), Strings{"handler"});
  EXPECT_EQ(f.branches(f.call_record("c()").branch), Strings{"finally"});
  const FactsOf python = python_facts("try:\n    a()\nexcept E:\n    b()\nfinally:\n    c()\n");
  EXPECT_EQ(python.branches(python.call_record("b()").branch), Strings{"handler"});
  EXPECT_EQ(python.branches(python.call_record("c()").branch), Strings{"finally"});
}

TEST(FactsBuilderBranches, EndlessLoopsAreKnown) {
  const auto endless = [](const FactsOf& f) {
    for (const facts::Branch& b : f.facts.branches) {
      if (b.kind == BranchKind::loop) return b.infinite;
    }
    return false;
  };
  EXPECT_TRUE(endless(typescript_facts("while (true) { work(); }")));
  EXPECT_TRUE(endless(typescript_facts("for (;;) { work(); }")));
  EXPECT_FALSE(endless(typescript_facts("while (more()) { work(); }")));
  EXPECT_TRUE(endless(python_facts("while True:\n    work()\n")));
  EXPECT_TRUE(endless(rust_facts("fn f() { loop { work(); } }")));
}

TEST(FactsBuilderBranches, BranchesOfAFunctionDoNotReachIntoClosures) {
  const FactsOf f = typescript_facts("function f(x) { if (x) { run(() => { inner(); }); } }");
  EXPECT_EQ(f.call_record("inner()").branch, 0u);
  EXPECT_NE(f.facts.functions[f.call_record("inner()").function].branch, 0u);
}

// --- Reads

TEST(FactsBuilderReads, ReadsOfOuterVariablesAndFieldsAreNoted) {
  const FactsOf f = typescript_facts(
      "const hits = new Map();\nclass A { n = 0; m(local) { use(hits, this.n, local); if (this.n) { return; } } }");
  EXPECT_EQ(f.reads(), (Strings{"hits@1", "self.n", "self.n ?"}));
}

// --- Literals

TEST(FactsBuilderLiterals, StatementsAreNotedToTheirEnd) {
  const std::string columns(1500, 'c');
  const std::string sql = "SELECT " + columns + " FROM jobs FOR UPDATE SKIP LOCKED";
  for (const FactsOf& f : {typescript_facts("db.query('" + sql + "');"), typescript_facts("db.query(`" + sql + "`);"),
                           python_facts("db.execute('" + sql + "')\n"), python_facts("db.execute('''" + sql + "''')\n"),
                           rust_facts("fn f() { db.query(\"" + sql + "\"); }")}) {
    ASSERT_EQ(f.facts.literals.size(), 1u);
    EXPECT_TRUE(f.text(f.facts.literals[0].text).ends_with("SKIP LOCKED"));
    EXPECT_LE(f.arguments(f.calls().back())[0].size(), 402u) << "values keep a beginning only";
  }
}

TEST(FactsBuilderLiterals, OnlyTextThatSpeaksOfDataIsNoted) {
  const FactsOf f = typescript_facts(
      "say('hello world');\nsay('insert');\nsay('Lock the door');\nsay('on conflict do nothing');\nsay('job/claim');");
  Strings noted;
  for (const facts::Literal& l : f.facts.literals) noted.push_back(f.text(l.text));
  EXPECT_EQ(noted, (Strings{"insert", "Lock the door", "on conflict do nothing", "job/claim"}));
}

TEST(FactsBuilderLiterals, LiteralKnowsItsFunction) {
  const FactsOf f = typescript_facts("function save() { db.query('INSERT INTO t VALUES (1)'); }");
  ASSERT_EQ(f.facts.literals.size(), 1u);
  EXPECT_EQ(f.facts.literals[0].function, f.function("save"));
}

// --- Input that no one would write

TEST(FactsBuilderInput, NothingHasOnlyTheFileItself) {
  for (const FrontEnd* front :
       {&typescript_front_end, &tsx_front_end, &javascript_front_end, &python_front_end, &rust_front_end}) {
    for (const char* source : {"", "\n", "   ", "\xef\xbb\xbf"}) {
      const FactsOf f(*front, source);
      EXPECT_EQ(f.facts.functions.size(), 1u);
      EXPECT_EQ(f.facts.declarations.size(), 1u);
    }
  }
}

TEST(FactsBuilderInput, DeepNestingIsCutAndSaysSo) {
  const std::size_t depth = 20'000;
  const auto repeated = [&](const char* text) {
    std::string out;
    for (std::size_t i = 0; i < depth; ++i) out += text;
    return out;
  };
  EXPECT_EQ(typescript_facts("x = " + repeated("(") + "1" + repeated(")")).assignments(), Strings{"x = 1"});
  EXPECT_TRUE(typescript_facts("x = " + repeated("[") + repeated("]") + ";").facts.too_deep);
  EXPECT_TRUE(typescript_facts("x = " + repeated("f(") + repeated(")")).facts.too_deep);
  EXPECT_TRUE(typescript_facts(repeated("if (a) { ") + repeated("}")).facts.too_deep);
  EXPECT_TRUE(python_facts("x = " + repeated("[") + repeated("]") + "\n").facts.too_deep);
  EXPECT_TRUE(rust_facts("fn f() { " + repeated("{ ") + repeated("} ") + "}").facts.too_deep);
}

TEST(FactsBuilderInput, LongChainsAreNoProblem) {
  std::string chain = "x";
  for (int i = 0; i < 5'000; ++i) chain += ".a(1)";
  typescript_facts(chain + ";");
  python_facts(chain + "\n");
  rust_facts("fn f() { " + chain + "; }");
}

TEST(FactsBuilderInput, WhatFollowsBrokenCodeIsStillRead) {
  const FactsOf script = typescript_facts("const a = ;;; ) } \nconst m = new Map();\nfunction f() { m.set(1, 2); }\n");
  EXPECT_GT(script.facts.errors, 0u);
  EXPECT_GT(script.facts.first_error_line, 0u);
  EXPECT_NE(script.call("m@2.set()"), 0u);
  const FactsOf python = python_facts("def broken(:\n    pass\n\nm = {}\ndef f():\n    m.update(a=1)\n");
  EXPECT_GT(python.facts.errors, 0u);
  EXPECT_NE(python.call("m@4.update()"), 0u);
  const FactsOf rust = rust_facts("fn broken( { \n}\nfn f() { work(); }\n");
  EXPECT_GT(rust.facts.errors, 0u);
}

TEST(FactsBuilderInput, BytesThatAreNoTextAreRead) {
  std::string bytes;
  for (int i = 1; i < 256; ++i) bytes += static_cast<char>(i);
  for (const FrontEnd* front :
       {&typescript_front_end, &tsx_front_end, &javascript_front_end, &python_front_end, &rust_front_end}) {
    const FactsOf alone(*front, bytes);
    const FactsOf quoted(*front, "x = \"" + bytes + "\"\n");
  }
}

TEST(FactsBuilderInput, EveryPrefixOfAFileIsRead) {
  const std::string source =
      "import { a as b } from './m';\nexport class A extends B { static s = new Map<string, number>();\n"
      "  @D({ x: 1 }) async *m(p = 1, ...r) { this.s ?\?= await f`t${p}`; for (const [k, v] of r) { delete k[v]; }\n"
      "  switch (p) { case 1: return (() => p)(); default: throw new Error('x'); } } }\nexport default A;\n";
  for (std::size_t length = 0; length < source.size(); ++length) typescript_facts(source.substr(0, length));
}

}  // namespace
}  // namespace detoy::syntax
