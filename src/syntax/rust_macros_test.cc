#include <gtest/gtest.h>

#include <algorithm>

#include "syntax/rust_test_outline.h"

namespace detoy::syntax::rust {
namespace {

TEST(RustMacros, ArgumentsAreExpressions) {
  EXPECT_EQ(lowered_statement("println!(\"{}\", self.cache.insert(k, v)?);"),
            R"(call {macro}(name "println", string "{}", call(member "insert"(member "cache"(self "self")), )"
            R"(name "k", name "v")))");
  EXPECT_EQ(
      lowered_statement("assert!(a.b == C::D && !f(&x[1]).await, \"m\",);"),
      R"(call {macro}(name "assert", logical "and"(binary "=="(member "b"(name "a"), )"
      R"(member "D" {scoped}(name "C")), unary "!"(await(call(name "f", index(name "x", number "1"))))), string "m"))");
  EXPECT_EQ(lowered_statement("a::b!();"), R"(call {macro}(name "a::b"))");
}

TEST(RustMacros, OperatorsKeepTheirPrecedence) {
  EXPECT_EQ(lowered_statement("m!(a - b - c * d < 1 || e);"),
            R"(call {macro}(name "m", logical "or"(binary "<"(binary "-"(binary "-"(name "a", name "b"), )"
            R"(binary "*"(name "c", name "d")), number "1"), name "e")))");
}

TEST(RustMacros, NamedArgumentsAndTracingMarksAreNoAssignments) {
  EXPECT_EQ(lowered_statement("info!(%a, user.id = ?b.c(), \"m\");"),
            R"(call {macro}(name "info", name "a", call(member "c"(name "b")), string "m"))");
  EXPECT_EQ(lowered_statement("info!(%a, id = ?b, c = |x| x);"),
            R"(call {macro}(name "info", name "a", name "b", function(parameter "x"(empty, empty), )"
            R"(block(give_back(name "x")))))");
}

TEST(RustMacros, ListsAreArrays) {
  EXPECT_EQ(lowered_statement("vec![a, (b, 1)];"), R"(array(name "a", array(name "b", number "1")))");
  EXPECT_EQ(lowered_statement("vec![X::new(); n];"), R"(array(call(member "new" {scoped}(name "X"))))");
  EXPECT_EQ(lowered_statement("vec![X { a: 1 }];"), R"(array(construct(name "X", object(pair "a"(number "1")))))");
}

TEST(RustMacros, JsonMapsAreObjects) {
  EXPECT_EQ(lowered_statement("json!({ \"a\": f(x), \"b\": [1, { \"c\": null }] });"),
            R"(call {macro}(name "json", object(pair "a"(call(name "f", name "x")), pair "b"(array(number "1", )"
            R"(object(pair "c"(name "null")))))))");
}

TEST(RustMacros, CallsInMapsThatAreNotSimpleAreSeen) {
  EXPECT_EQ(lowered_statement("json!({ \"a\": xs.map(|x| x.f()) });"),
            R"(call {macro}(name "json", array(string "a", call(member "map"(name "xs"), )"
            R"(function(parameter "x"(empty, empty), block(give_back(call(member "f"(name "x")))))))))");
  EXPECT_EQ(lowered_statement("hashmap! { a => b.c::<D>() };"),
            R"(call {macro}(name "hashmap", name "a", call(member "c"(name "b"))))");
}

TEST(RustMacros, PatternsOfMatchesReadAsConditions) {
  EXPECT_EQ(lowered_statement("assert!(matches!(a.b(), Some(_) | None if c));"),
            R"(call {macro}(name "assert", call {macro}(name "matches", call(member "b"(name "a")), )"
            R"(logical "and"(binary "|"(call(name "Some", name "_"), null), name "c"))))");
}

TEST(RustMacros, ClosuresAndBlocksInArgumentsAreSeen) {
  EXPECT_EQ(lowered_statement("join!(async { a().await }, b());"),
            R"(call {macro}(name "join", function {async}(block(give_back(await(call(name "a"))))), call(name "b")))");
}

TEST(RustMacros, SelectArmsAreBlocks) {
  EXPECT_EQ(lowered_statement(R"(tokio::select! {
        biased;
        Some(x) = rx.recv(), if ready => { f(x).await }
        _ = sleep(d) => break,
        else => g(),
      })"),
            R"(call {macro}(name "tokio::select", )"
            R"(block(variable {constant}(name "x", empty, await(call(member "recv"(name "rx")))), name "ready", )"
            R"(block(await(call(name "f", name "x")))), )"
            R"(block(variable {constant}(name "_", empty, await(call(name "sleep", name "d"))), other), )"
            R"(block(call(name "g"))))");
}

TEST(RustMacros, SelectNests) {
  EXPECT_EQ(lowered_statement("select! { a = b() => { select! { c = d() => e(c) } } }"),
            R"(call {macro}(name "select", block(variable {constant}(name "a", empty, await(call(name "b"))), )"
            R"(block(call {macro}(name "select", block(variable {constant}(name "c", empty, await(call(name "d"))), )"
            R"(call(name "e", name "c")))))))");
}

TEST(RustMacros, LazyAndThreadLocalStaticsAreVariables) {
  EXPECT_EQ(lowered("lazy_static! { pub static ref A: Mutex<B> = Mutex::new(B::new()); static ref C: D = d(); }"),
            R"(variable {static exported}(name "A", type "Mutex<B>", call(member "new" {scoped}(name "Mutex"), )"
            R"(call(member "new" {scoped}(name "B")))), variable {static}(name "C", type "D", call(name "d")))");
  EXPECT_EQ(lowered("thread_local!(static A: Cell<u8> = const { Cell::new(1) });"),
            R"(variable {static thread_local}(name "A", type "Cell<u8>", call(member "new" {scoped}(name "Cell"), )"
            R"(number "1")))");
  EXPECT_EQ(lowered("fn f() { thread_local! { static A: B = b() } }"),
            R"(function "f"(block(variable {static thread_local}(name "A", type "B", call(name "b")))))");
}

TEST(RustMacros, GeneratedCodeIsNotRead) {
  EXPECT_EQ(lowered_statement("quote! { a.b() };"), R"(call {macro}(name "quote"))");
  EXPECT_EQ(lowered("macro_rules! m { ($a:expr) => { $a.b() }; }"), "");
}

TEST(RustMacros, UnreadableContentsAreNoErrorsOfTheFile) {
  Parser parser;
  Tree tree;
  ASSERT_TRUE(parser.parse(rust_front_end, "fn f() { m!(a b => , => c.d() struct); }", tree));
  EXPECT_EQ(tree.errors, 0u);
}

TEST(RustMacros, LongTablesAreNotRead) {
  std::string source = "fn f() { vec![|x| x";
  for (int i = 0; i < 20'000; ++i) source += ", 1";
  EXPECT_EQ(lowered(source + "]; }"), R"(function "f"(block(array)))");
}

TEST(RustMacros, ContentsKeepTheirPositionsAndTheirText) {
  const std::string source = "fn f() {\n  m!(a,\n    b(|x|\n  x));\n select! {\nabc = d() =>\n {\n  e() }\n }\n}\n";
  Parser parser;
  Tree tree;
  ASSERT_TRUE(parser.parse(rust_front_end, source, tree));
  for (NodeId id = 1; id < tree.size(); ++id) {
    const Node& node = tree[id];
    const bool is_written = node.kind == NodeKind::name || node.kind == NodeKind::member;
    if (!is_written || node.kind == NodeKind::member) continue;
    const auto offset = static_cast<std::size_t>(node.text.data() - source.data());
    ASSERT_LE(offset + node.text.size(), source.size()) << node.text;
    const std::string before = source.substr(0, offset);
    const auto line_start = before.rfind('\n') + 1;
    EXPECT_EQ(node.line, static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1) << node.text;
    EXPECT_EQ(node.column, offset - line_start + 1) << node.text;
  }
}

}  // namespace
}  // namespace detoy::syntax::rust
