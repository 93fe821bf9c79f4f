#include <gtest/gtest.h>

#include "syntax/rust_test_outline.h"

namespace detoy::syntax::rust {
namespace {

TEST(RustItems, FunctionsKeepTheirModifiersAndDropSelf) {
  EXPECT_EQ(
      lowered("pub async fn f<T>(&mut self, mut a: A, (b, _): (B, C)) -> R where T: X { }"),
      R"_(function "f" {async exported}(parameter "a" {mutable}(type "A", empty), parameter(type "(B, C)", empty, )_"
      R"(pattern(binding "b")), type "R", block))");
  EXPECT_EQ(lowered("pub(crate) const unsafe extern \"C\" fn f() {}"), R"(function "f" {exported}(block))");
  EXPECT_EQ(lowered("fn f(self: Arc<Self>, _: u8) {}"), R"(function "f"(parameter "_"(type "u8", empty), block))");
}

TEST(RustItems, ForeignFunctionsAndStaticsAreDeclared) {
  EXPECT_EQ(lowered("extern \"C\" { fn c(x: i32); static mut G: u8; }"),
            R"(function "c" {abstract}(parameter "x"(type "i32", empty)), )"
            R"(variable {static mutable}(name "G", type "u8", empty))");
}

TEST(RustItems, StructsHoldFields) {
  EXPECT_EQ(lowered("pub struct S<T> { pub a: Vec<T>, b: u8 }"),
            R"(class_ "S" {exported struct}(field "a"(type "Vec<T>", empty), field "b" {private}(type "u8", empty)))");
  EXPECT_EQ(lowered("struct P(pub u8, String);"),
            R"(class_ "P" {struct}(field "0"(type "u8", empty), field "1" {private}(type "String", empty)))");
  EXPECT_EQ(lowered("struct U;"), R"(class_ "U" {struct})");
}

TEST(RustItems, TupleFieldsPastTheNinthKeepTheirNumber) {
  EXPECT_NE(lowered("struct P(A,A,A,A,A,A,A,A,A,A,A);").find(R"(field "10" {private})"), std::string::npos);
}

TEST(RustItems, EnumsHoldVariantsAsStaticFields) {
  EXPECT_EQ(lowered("pub enum E { A, B(u8), C = 3 }"),
            R"_(class_ "E" {exported enum}(field "A" {static}(empty, empty), field "B" {static}(type "(u8)", empty), )_"
            R"(field "C" {static}(empty, number "3")))");
}

TEST(RustItems, TraitMethodsWithoutABodyAreAbstract) {
  EXPECT_EQ(lowered("pub trait T: A + B<C> { const N: u8; fn a(&self); fn b() {} type X; }"),
            R"(class_ "T" {exported trait}(type "A", type "B<C>", field "N" {static readonly}(type "u8", empty), )"
            R"(function "a" {abstract}, function "b" {static}(block)))");
}

TEST(RustItems, ImplementationsAreNamedByTheBareType) {
  EXPECT_EQ(lowered("impl<T> a::Repo<T> for b::Store<T> where T: X { fn new() -> Self { Self::default() } }"),
            R"(class_ "Store" {implementation}(type "a::Repo<T>", function "new" {static}(type "Self", )"
            R"(block(give_back(call(member "default" {scoped}(name "Self")))))))");
  EXPECT_EQ(lowered("impl X for &mut dyn a::Y {}"), R"(class_ "Y" {implementation}(type "X"))");
  EXPECT_EQ(lowered("impl S { const MAX: usize = 1; }"),
            R"(class_ "S" {implementation}(field "MAX" {static readonly}(type "usize", number "1")))");
}

TEST(RustItems, ConstantsAndStaticsAreVariables) {
  EXPECT_EQ(lowered("pub const A: u8 = 1; static B: T = f(); static mut C: u8 = 0;"),
            R"(variable {exported constant}(name "A", type "u8", number "1"), )"
            R"(variable {static}(name "B", type "T", call(name "f")), )"
            R"(variable {static mutable}(name "C", type "u8", number "0"))");
}

TEST(RustItems, TypesAreCutAtTwoHundredBytesBetweenCharacters) {
  const std::string source = "static A: [\"" + std::string(197, 'a') + "\u00e9\"] = 1;";
  Parser parser;
  Tree tree;
  const std::string text = "static A: X<" + std::string(187, 'a') + "\u00e9> = 1;";
  ASSERT_TRUE(parser.parse(rust_front_end, text, tree));
  const NodeId variable = tree[tree.root].first_child;
  const NodeId type = tree[tree[variable].first_child].next;
  EXPECT_EQ(tree[type].text, "X<" + std::string(187, 'a') + "\u00e9>");
  const std::string longer = "static A: X<" + std::string(197, 'a') + "\u00e9> = 1;";
  ASSERT_TRUE(parser.parse(rust_front_end, longer, tree));
  EXPECT_EQ(tree[tree[tree[tree[tree.root].first_child].first_child].next].text, "X<" + std::string(197, 'a'));
}

TEST(RustItems, ModulesAreInlineOrImported) {
  EXPECT_EQ(lowered("pub mod a; mod b { fn f() {} }"), R"(import "mod a" {exported}, module "b"(function "f"(block)))");
}

TEST(RustAttributes, BecomeDecoratorsOfTheNextItem) {
  EXPECT_EQ(lowered("#[derive(Clone, Debug)] /* c */ #[x] struct S { #[serde(default = \"d\")] a: u8 }"),
            R"(class_ "S" {struct}(decorator(call(name "derive", string "Clone, Debug")), decorator(name "x"), )"
            R"(field "a" {private}(type "u8", empty, decorator(call(name "serde", string "default = "d"")))))");
  EXPECT_EQ(lowered("#[tokio::main] async fn main() {}"),
            R"(function "main" {async}(decorator(member "main" {scoped}(name "tokio")), block))");
  EXPECT_EQ(lowered("#[path = \"x.rs\"] fn f() {}"),
            R"(function "f"(decorator(call(name "path", string "x.rs")), block))");
}

TEST(RustExpressions, AVariableCalledRawMayBeBorrowed) {
  Parser parser;
  Tree tree;
  const auto errors = [&](std::string_view text) {
    EXPECT_TRUE(parser.parse(rust_front_end, text, tree));
    return tree.errors;
  };
  EXPECT_EQ(errors("fn f(raw: Vec<u8>) { g(&raw); h(&raw[1..]); k(&raw.len()); }"), 0u);
  EXPECT_EQ(errors("fn f() { let p = &raw const x; let q = &raw mut y; g(&rawest, a && raw, a &&raw); }"), 0u);
  EXPECT_EQ(lowered("g(&raw)"), lowered("g(raw)"));
}

TEST(RustAttributes, MarkTests) {
  EXPECT_EQ(lowered("#[tokio::test] async fn t() {}"),
            R"(function "t" {async test}(decorator(member "test" {scoped}(name "tokio")), block))");
  const auto is_test = [](std::string_view attribute) {
    return lowered(std::string(attribute) + " mod m {}").find("{test}") != std::string::npos;
  };
  EXPECT_TRUE(is_test("#[cfg(test)]"));
  EXPECT_TRUE(is_test("#[cfg(all(test, unix))]"));
  EXPECT_FALSE(is_test("#[cfg(not(test))]"));
  EXPECT_FALSE(is_test("#[cfg(feature = \"test\")]"));
  EXPECT_FALSE(is_test("#[cfg(feature = \"test-util\")]"));
  EXPECT_FALSE(is_test("#[cfg(latest)]"));
  EXPECT_NE(lowered("mod m { #![cfg(test)] }").find("{test}"), std::string::npos);
}

TEST(RustUses, OneImportPerModulePath) {
  EXPECT_EQ(lowered("use a::b::{self, C, d::E as F, g::*};"),
            R"(import "a::b"(imported "b", imported "C" [C]), import "a::b::d"(imported "F" [E]), )"
            R"(import "a::b::g"(imported "*" [*]))");
  EXPECT_EQ(lowered("use a; use a::b; use a::b as c; use crate::x::*; use ::e::f;"),
            R"(import "a"(imported "a"), import "a"(imported "b" [b]), import "a"(imported "c" [b]), )"
            R"(import "crate::x"(imported "*" [*]), import "::e"(imported "f" [f]))");
  EXPECT_EQ(lowered("use {a::b, c::{d::{e, f}}};"),
            R"(import "a"(imported "b" [b]), import "c::d"(imported "e" [e], imported "f" [f]))");
  EXPECT_EQ(lowered("extern crate a;"), "");
}

TEST(RustUses, PublicOnesAreExportedAgain) {
  EXPECT_EQ(lowered("pub use a::{B, c::*};"),
            R"(import "a"(imported "B" [B]), export_ "B" [B](string "a"), import "a::c"(imported "*" [*]), )"
            R"(export_ "*" [*](string "a::c"))");
}

TEST(RustStatements, TailExpressionsOfFunctionsAreGivenBack) {
  EXPECT_EQ(lowered("fn f() { g(); { 1 } }"), R"(function "f"(block(call(name "g"), give_back(block(number "1")))))");
  EXPECT_EQ(lowered("fn f() { if a { 1 } else { 2 } }"),
            R"(function "f"(block(give_back(branch(name "a", block(number "1"), block(number "2"))))))");
  EXPECT_EQ(lowered("fn f() { loop {} }"), R"(function "f"(block(loop {infinite}(block))))");
  EXPECT_EQ(lowered("fn f() { return 1 }"), R"(function "f"(block(give_back(number "1"))))");
}

TEST(RustStatements, LetBindsNamesAndPatterns) {
  EXPECT_EQ(lowered_statement("let a: u8 = 1;"), R"(variable {constant}(name "a", type "u8", number "1"))");
  EXPECT_EQ(lowered_statement("let mut a;"), R"(variable {mutable}(name "a", empty, empty))");
  EXPECT_EQ(lowered_statement("let _ = f();"), R"(variable {constant}(name "_", empty, call(name "f")))");
  EXPECT_EQ(lowered_statement("let (a, mut b, None) = c;"),
            R"(variable {mutable}(pattern(binding "a", binding "b"), empty, name "c"))");
  EXPECT_EQ(lowered_statement("let X { a, ref b, c: Y(d), e: Z { f }, .. } = g;"),
            R"(variable {constant}(pattern(binding "a" [a], binding "b" [b], binding "d" [c], binding "f"), )"
            R"(empty, name "g"))");
}

TEST(RustStatements, LetElseBranchesAfterTheVariable) {
  EXPECT_EQ(lowered_statement("let Some(x) = f() else { return; };"),
            R"(variable {constant}(name "x", empty, call(name "f")), branch(empty, block(give_back), empty))");
}

TEST(RustControl, IfLetBindsItsNameToTheSubject) {
  EXPECT_EQ(
      lowered_statement("if let Some(x) = self.a.get(k) { x } else if b { }"),
      R"(branch(call(member "get"(member "a"(self "self")), name "k"), block(variable {constant}(name "x", )"
      R"(empty, call(member "get"(member "a"(self "self")), name "k")), name "x"), branch(name "b", block, empty)))");
  EXPECT_EQ(lowered_statement("if let Err(e) = f() { }"),
            R"(branch(call(name "f"), block(variable {constant}(name "e", empty, empty)), empty))");
}

TEST(RustControl, ChainedConditionsBindEachName) {
  EXPECT_EQ(lowered_statement("if let Some(x) = a && x.b && let Ok(y) = c { }"),
            R"(branch(logical "and"(logical "and"(name "a", member "b"(name "x")), name "c"), )"
            R"(block(variable {constant}(name "x", empty, name "a"), variable {constant}(name "y", empty, name "c")), )"
            R"(empty))");
}

TEST(RustControl, MatchArmsBindNamesAndKeepGuards) {
  EXPECT_EQ(lowered_statement("match self.a { Some(x) if x > 1 => x.f(), E::B { c, .. } => {}, _ => () }"),
            R"(choice(member "a"(self "self"), )"
            R"_(case_ "Some(x)"(binary ">"(name "x", number "1"), )_"
            R"(variable {constant}(name "x", empty, member "a"(self "self")), call(member "f"(name "x"))), )"
            R"(case_ "E::B { c, .. }"(empty, variable {constant}(pattern(binding "c" [c]), empty, )"
            R"(member "a"(self "self")), block), case_(empty, null)))");
}

TEST(RustControl, MatchRepeatsACallInOneArmOnly) {
  EXPECT_EQ(lowered_statement("match f() { Ok(x) => x, Err(e) => e, y => y }"),
            R"_(choice(call(name "f"), case_ "Ok(x)"(empty, variable {constant}(name "x", empty, call(name "f")), )_"
            R"_(name "x"), case_ "Err(e)"(empty, variable {constant}(name "e", empty, empty), name "e"), )_"
            R"(case_ "y"(empty, variable {constant}(name "y", empty, empty), name "y")))");
}

TEST(RustControl, LoopsBindTheirVariables) {
  EXPECT_EQ(
      lowered_statement("for (k, v) in m.iter() { }"),
      R"(loop(variable {constant}(pattern(binding "k", binding "v"), empty, index(call(member "iter"(name "m")), )"
      R"(empty)), block))");
  EXPECT_EQ(
      lowered_statement("while let Some(x) = q.pop() { }"),
      R"(loop(call(member "pop"(name "q")), block(variable {constant}(name "x", empty, call(member "pop"(name "q"))))))");
  EXPECT_EQ(lowered_statement("'a: loop { break 'a x; }"), R"(loop {infinite}(block(other(name "x"))))");
  EXPECT_EQ(lowered_statement("while true { continue; }"), R"(loop {infinite}(boolean "true", block(other)))");
}

TEST(RustExpressions, ReferencesCastsAndQuestionMarksAreTransparent) {
  EXPECT_EQ(lowered_statement("*guard = v;"), R"(assign "="(name "guard", name "v"))");
  EXPECT_EQ(lowered_statement("f(&mut self.x, (*a).b as u8)?;"),
            R"(call(name "f", member "x"(self "self"), member "b"(name "a")))");
  EXPECT_EQ(lowered_statement("-a + !b && c || d;"),
            R"(logical "or"(logical "and"(binary "+"(unary "-"(name "a"), unary "!"(name "b")), name "c"), name "d"))");
}

TEST(RustExpressions, PathsAreScopedMembers) {
  EXPECT_EQ(lowered_statement("a::b::C::new();"),
            R"(call(member "new" {scoped}(member "C" {scoped}(member "b" {scoped}(name "a")))))");
  EXPECT_EQ(lowered_statement("InMemory::<Model>::new();"), R"(call(member "new" {scoped}(name "InMemory" [Model])))");
  EXPECT_EQ(lowered_statement("v.iter().collect::<Vec<_>>();"),
            R"(call(member "collect"(call(member "iter"(name "v")))))");
  EXPECT_EQ(lowered_statement("<T as X>::f();"), R"(call(member "f" {scoped}(name "T")))");
}

TEST(RustExpressions, AssignmentsKeepTheirOperator) {
  EXPECT_EQ(lowered_statement("self.n += 1;"), R"(assign "+="(member "n"(self "self"), number "1"))");
  EXPECT_EQ(lowered_statement("a[k] = v.0;"), R"(assign "="(index(name "a", name "k"), member "0"(name "v")))");
  EXPECT_EQ(lowered_statement("_ = f();"), R"(other(call(name "f")))");
}

TEST(RustExpressions, StructLiteralsAreConstructions) {
  EXPECT_EQ(lowered_statement("Self { a, b: 1, ..c };"),
            R"(construct(name "Self", object(pair "a"(name "a"), pair "b"(number "1"), spread(name "c"))))");
  EXPECT_EQ(lowered_statement("m::X { 0: a };"),
            R"(construct(member "X" {scoped}(name "m"), object(pair "0"(name "a"))))");
}

TEST(RustExpressions, ClosuresGiveTheirBodyBack) {
  EXPECT_EQ(lowered_statement("|&x, _, (a, b): P| x;"),
            R"(function(parameter "x"(empty, empty), parameter "_"(empty, empty), parameter(type "P", empty, )"
            R"(pattern(binding "a", binding "b")), block(give_back(name "x"))))");
  EXPECT_EQ(lowered_statement("move || -> u8 { f(); 1 };"),
            R"(function(type "u8", block(call(name "f"), give_back(number "1"))))");
}

TEST(RustExpressions, AsyncBlocksAreFunctionsThatRunLater) {
  EXPECT_EQ(lowered_statement("spawn(async move { t().await });"),
            R"(call(name "spawn", function {async}(block(give_back(await(call(name "t")))))))");
  EXPECT_EQ(lowered_statement("async { 1 }.await;"),
            R"(await(function {async immediately}(block(give_back(number "1")))))");
}

TEST(RustExpressions, LiteralsLoseTheirQuotes) {
  EXPECT_EQ(lowered_statement("[\"a\\n\", b\"b\", r#\"c\"d\"#, 'e', 1.5, true, None, ()];"),
            R"(array(string "a\n", string "b", string "c"d", string "e", number "1.5", boolean "true", null, null))");
  EXPECT_EQ(lowered_statement("([0; n], 1);"), R"(array(array(number "0"), number "1"))");
  EXPECT_EQ(lowered_statement("a..=b;"), R"(other(name "a", name "b"))");
}

TEST(RustErrors, AreCountedAndTheRestIsKept) {
  Parser parser;
  Tree tree;
  ASSERT_TRUE(parser.parse(rust_front_end, "fn a() {}\nlet x = = 2;\nstatic B: u8 = 1;\n", tree));
  EXPECT_EQ(tree.errors, 1u);
  EXPECT_EQ(tree.first_error_line, 2u);
  const std::string kept = on_one_line(tree);
  EXPECT_NE(kept.find("function \"a\""), std::string::npos);
  EXPECT_NE(kept.find("name \"B\""), std::string::npos);
  ASSERT_TRUE(parser.parse(rust_front_end, "fn a() {}", tree));
  EXPECT_EQ(tree.errors, 0u);
}

TEST(RustErrors, FunctionsOfAnUnclosedImplementationAreKept) {
  EXPECT_NE(lowered("impl S { fn a(&self) { self.b.c(); } ").find("member \"c\"(member \"b\"(self \"self\"))"),
            std::string::npos);
}

TEST(RustPositions, EveryNodeHasItsLine) {
  Parser parser;
  Tree tree;
  ASSERT_TRUE(parser.parse(rust_front_end, "\n  fn f() {\n    a(\n      b);\n  }\n", tree));
  const Node& function = tree[tree[tree.root].first_child];
  EXPECT_EQ(function.line, 2u);
  EXPECT_EQ(function.column, 3u);
  EXPECT_EQ(function.end_line, 5u);
  const Node& call = tree[tree[function.first_child].first_child];
  EXPECT_EQ(call.line, 3u);
  EXPECT_EQ(call.end_line, 4u);
  EXPECT_EQ(tree[tree[call.first_child].next].line, 4u);
}

std::string repeated(std::string_view part, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += part;
  return result;
}

TEST(RustDepth, NestingPastTheLimitIsLeftOut) {
  Parser parser;
  Tree tree;
  const auto is_too_deep = [&](const std::string& source) {
    EXPECT_TRUE(parser.parse(rust_front_end, source, tree));
    return tree.too_deep;
  };
  EXPECT_TRUE(is_too_deep("fn f() { " + repeated("(", 100'000) + "1" + repeated(")", 100'000) + "; }"));
  EXPECT_TRUE(is_too_deep("fn f() { x = 1" + repeated(" + 1", 20'000) + "; }"));
  EXPECT_TRUE(is_too_deep("fn f() { a" + repeated(".b()", 20'000) + "; }"));
  EXPECT_TRUE(is_too_deep("fn f() { " + repeated("format!(", 5'000) + "1" + repeated(")", 5'000) + "; }"));
  EXPECT_TRUE(is_too_deep("fn f() { " + repeated("m!(|x| ", 200) + "1" + repeated(")", 200) + "; }"));
  EXPECT_TRUE(is_too_deep("fn f() { m!(" + repeated("[", 1'000) + "1" + repeated("]", 1'000) + "); }"));
  EXPECT_TRUE(is_too_deep("fn f() { let " + repeated("(", 5'000) + "a" + repeated(")", 5'000) + " = b; }"));
  EXPECT_TRUE(is_too_deep("use " + repeated("a::{", 5'000) + "b" + repeated("}", 5'000) + ";"));
  EXPECT_FALSE(is_too_deep("fn f() { a" + repeated(".b()", 100) + "; }"));
}

}  // namespace
}  // namespace detoy::syntax::rust
