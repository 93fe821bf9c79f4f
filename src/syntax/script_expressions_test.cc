#include <gtest/gtest.h>

#include "syntax/script_test.h"

namespace detoy::syntax::script {
namespace {

TEST(ScriptExpressions, CallsHaveCalleeAndArguments) {
  EXPECT_EQ(lowered("f(a, ...b)"), "call(name f, name a, spread(name b))");
  EXPECT_EQ(lowered("a.b(c)"), "call(member b(name a), name c)");
  EXPECT_EQ(lowered("f<T>(a)"), "call(name f, name a)");
  EXPECT_EQ(lowered("super.f()"), "call(member f(name super))");
  EXPECT_EQ(lowered("class A extends B { constructor() { super(1) } }"),
            "class_ A(type B, function constructor {constructor}(block(call(name super, number 1))))");
}

TEST(ScriptExpressions, OptionalChainsAreChains) {
  EXPECT_EQ(lowered("a?.b?.()"), "call(member b(name a))");
  EXPECT_EQ(lowered("a?.[b]?.c"), "member c(index(name a, name b))");
  EXPECT_EQ(lowered("a?.b(c)"), "call(member b(name a), name c)");
  EXPECT_EQ(lowered_js("a?.b?.(c)"), "call(member b(name a), name c)");
}

TEST(ScriptExpressions, NewConstructs) {
  EXPECT_EQ(lowered("new A(1, b)"), "construct(name A, number 1, name b)");
  EXPECT_EQ(lowered("new A"), "construct(name A)");
  EXPECT_EQ(lowered("new a.B<C>()"), "construct a.B<C>(member B(name a))");
  EXPECT_EQ(lowered("new (f())()"), "construct(call(name f))");
}

TEST(ScriptExpressions, MembersAndIndexes) {
  EXPECT_EQ(lowered("a.b.c"), "member c(member b(name a))");
  EXPECT_EQ(lowered("this.#x"), "member #x(self)");
  EXPECT_EQ(lowered("a[b]"), "index(name a, name b)");
  EXPECT_EQ(lowered("a['b']"), "index(name a, string b)");
  EXPECT_EQ(lowered("#x in a"), "binary in(name #x, name a)");
}

TEST(ScriptExpressions, AssignmentsCarryTheirOperator) {
  EXPECT_EQ(lowered("a = b"), "assign =(name a, name b)");
  EXPECT_EQ(lowered("a += 1"), "assign +=(name a, number 1)");
  EXPECT_EQ(lowered("a ?\?= b"), "assign ?\?=(name a, name b)");
  EXPECT_EQ(lowered("a ||= b"), "assign ||=(name a, name b)");
  EXPECT_EQ(lowered("a &&= b"), "assign &&=(name a, name b)");
  EXPECT_EQ(lowered("a.b = c = d"), "assign =(member b(name a), assign =(name c, name d))");
  EXPECT_EQ(lowered("(a as any).b = 1"), "assign =(member b(name a), number 1)");
  EXPECT_EQ(lowered("(a) = 1"), "assign =(name a, number 1)");
}

TEST(ScriptExpressions, UpdatesAssignOne) {
  EXPECT_EQ(lowered("i++"), "assign +=(name i, number 1)");
  EXPECT_EQ(lowered("--a.b"), "assign -=(member b(name a), number 1)");
  EXPECT_EQ(lowered("x[i]--"), "assign -=(index(name x, name i), number 1)");
}

TEST(ScriptExpressions, DeleteRemoves) {
  EXPECT_EQ(lowered("delete a.b"), "remove(member b(name a))");
  EXPECT_EQ(lowered("delete a[k]"), "remove(index(name a, name k))");
}

TEST(ScriptExpressions, TemplatesHoldTheirExpressions) {
  EXPECT_EQ(lowered("`plain`"), "string_template plain");
  EXPECT_EQ(lowered("`k:${a.b}:${f()}!`"), "string_template k:${}:${}!(member b(name a), call(name f))");
  EXPECT_EQ(lowered("tag`x${y}`"), "call(name tag, string_template x${}(name y))");
  EXPECT_EQ(lowered("``"), "string_template");
  EXPECT_EQ(lowered("`${a}`"), "string_template ${}(name a)");
  EXPECT_EQ(lowered("`a${`b${c}`}`"), "string_template a${}(string_template b${}(name c))");
}

TEST(ScriptExpressions, TaggedTemplatesMayHaveTypeArguments) {
  EXPECT_EQ(lowered("await a.b<C[]>`x${y}`"), "await(call(member b(name a), string_template x${}(name y))) !");
  EXPECT_EQ(lowered("tag<C>`x`"), "call(name tag, string_template x)");
  EXPECT_EQ(lowered("(await a)`x`"), "call(await(name a), string_template x)");
}

TEST(ScriptExpressions, AwaitYieldAndSequence) {
  EXPECT_EQ(lowered("await f()"), "await(call(name f))");
  EXPECT_EQ(lowered("function* g() { yield a; yield* b; yield }"),
            "function g {generator}(block(other(name a); other(name b); other))");
  EXPECT_EQ(lowered("a, b, c"), "other(name a, name b, name c)");
}

TEST(ScriptExpressions, OperatorsAreUnaryBinaryOrLogical) {
  EXPECT_EQ(lowered("!a"), "unary !(name a)");
  EXPECT_EQ(lowered("typeof a"), "unary typeof(name a)");
  EXPECT_EQ(lowered("-1"), "unary -(number 1)");
  EXPECT_EQ(lowered("void f()"), "other(call(name f))");
  EXPECT_EQ(lowered("a + b"), "binary +(name a, name b)");
  EXPECT_EQ(lowered("a instanceof B"), "binary instanceof(name a, name B)");
  EXPECT_EQ(lowered("'k' in a"), "binary in(string k, name a)");
  EXPECT_EQ(lowered("a === b"), "binary ===(name a, name b)");
  EXPECT_EQ(lowered("a && b || c"), "logical or(logical and(name a, name b), name c)");
  EXPECT_EQ(lowered("a ?\? b"), "logical ?\?(name a, name b)");
  EXPECT_EQ(lowered("a + b * c"), "binary +(name a, binary *(name b, name c))");
}

TEST(ScriptExpressions, ConditionalsHaveThreeParts) {
  EXPECT_EQ(lowered("a ? b : c"), "conditional(name a, name b, name c)");
}

TEST(ScriptExpressions, ObjectsHavePairs) {
  EXPECT_EQ(
      lowered("x = { a: 1, 'b-c': 2, 3: d, [e]: f, g, ...h, i() {}, get j() { return 1 }, async *k() {}, [l]() {} }"),
      "assign =(name x, object(pair a(number 1), pair b-c(number 2), pair 3(name d), pair(name f), "
      "pair g(name g), spread(name h), pair i(function i(block)), pair j(function j "
      "{getter}(block(give_back(number 1)))), pair k(function k {async generator}(block)), "
      "pair(function [l](block))))");
}

TEST(ScriptExpressions, ArraysHaveElements) {
  EXPECT_EQ(lowered("[1, 'a', ...b]"), "array(number 1, string a, spread(name b))");
  EXPECT_EQ(lowered("[]"), "array");
}

TEST(ScriptExpressions, LiteralsOfEveryKind) {
  EXPECT_EQ(lowered(R"('it\'s')"), R"(string it\'s)");
  EXPECT_EQ(lowered(R"("")"), "string");
  EXPECT_EQ(lowered("/a[/]b/gi"), "string a[/]b");
  EXPECT_EQ(lowered("null"), "null");
  EXPECT_EQ(lowered("undefined"), "null");
  EXPECT_EQ(lowered("true"), "boolean true");
  EXPECT_EQ(lowered("0xff"), "number 0xff");
  EXPECT_EQ(lowered("this"), "self");
}

TEST(ScriptExpressions, TypesAroundValuesAreTransparent) {
  EXPECT_EQ(lowered("a as B"), "name a");
  EXPECT_EQ(lowered("a as const"), "name a");
  EXPECT_EQ(lowered("a satisfies B"), "name a");
  EXPECT_EQ(lowered("a!"), "name a");
  EXPECT_EQ(lowered("(a)"), "name a");
  EXPECT_EQ(lowered("((a as B)!.c)"), "member c(name a)");
  EXPECT_EQ(lowered("<B>a"), "name a");
  EXPECT_EQ(lowered("f<B>"), "name f");
}

TEST(ScriptExpressions, MetaPropertiesAreMembers) {
  EXPECT_EQ(lowered("import.meta.url"), "member url(member meta(name import))");
  EXPECT_EQ(lowered_js("import.meta.env"), "member env(member meta(name import))");
  EXPECT_EQ(lowered("function f() { new.target }"), "function f(block(member target(name new)))");
}

}  // namespace
}  // namespace detoy::syntax::script
