#include <gtest/gtest.h>

#include "syntax/script_test.h"

namespace detoy::syntax::script {
namespace {

TEST(ScriptFunctions, FunctionsOfEveryForm) {
  EXPECT_EQ(lowered("function f() {}"), "function f(block)");
  EXPECT_EQ(lowered("async function f() {}"), "function f {async}(block)");
  EXPECT_EQ(lowered("function* f() {}"), "function f {generator}(block)");
  EXPECT_EQ(lowered("async function* f() {}"), "function f {async generator}(block)");
  EXPECT_EQ(lowered("x = function () {}"), "assign =(name x, function(block))");
  EXPECT_EQ(lowered("x = function f() {}"), "assign =(name x, function f(block))");
  EXPECT_EQ(lowered("x = async function* () {}"), "assign =(name x, function {async generator}(block))");
}

TEST(ScriptFunctions, ArrowsReturnTheirExpression) {
  EXPECT_EQ(lowered("x = a => a"), "assign =(name x, function(parameter a(empty, empty), block(give_back(name a))))");
  EXPECT_EQ(lowered("x = async (a, b) => { f() }"),
            "assign =(name x, function {async}(parameter a(empty, empty), parameter b(empty, empty), "
            "block(call(name f))))");
  EXPECT_EQ(lowered("x = () => ({ a })"), "assign =(name x, function(block(give_back(object(pair a(name a))))))");
  EXPECT_EQ(lowered("x = (a: A): B => a"),
            "assign =(name x, function(parameter a(type A, empty), type B, block(give_back(name a))))");
  EXPECT_EQ(lowered("x = () => () => 1"),
            "assign =(name x, function(block(give_back(function(block(give_back(number 1)))))))");
  EXPECT_EQ(lowered_js("x = async a => a"),
            "assign =(name x, function {async}(parameter a(empty, empty), block(give_back(name a))))");
}

TEST(ScriptFunctions, OverloadsAreAbstract) {
  EXPECT_EQ(lowered("function f(a: string): void; function f(a: any) { g() }"),
            "function f {abstract}(parameter a(type string, empty), type void); function f(parameter a(type "
            "any, empty), block(call(name g)))");
}

TEST(ScriptFunctions, ParametersHaveTypesAndDefaults) {
  EXPECT_EQ(lowered("function f(a: A, b = 1, c?: C, d: D = 2, ...e: E[]) {}"),
            "function f(parameter a(type A, empty), parameter b(empty, number 1), parameter c(type C, "
            "empty), parameter d(type D, number 2), parameter e {rest}(type E[], empty), block)");
  EXPECT_EQ(lowered_js("function f(a, b = 1, ...c) {}"),
            "function f(parameter a(empty, empty), parameter b(empty, number 1), parameter c {rest}(empty, "
            "empty), block)");
}

TEST(ScriptFunctions, DestructuredParametersHoldTheirPatternLast) {
  EXPECT_EQ(lowered("function f({ a, b: c = 1 }: O = {}, [d]) {}"),
            "function f(parameter(type O, object, pattern(binding a [a], binding c [b](number 1))), "
            "parameter(empty, empty, pattern(binding d)), block)");
  EXPECT_EQ(lowered_js("function f({ a } = {}, [b], ...[c]) {}"),
            "function f(parameter(empty, object, pattern(binding a [a])), parameter(empty, empty, "
            "pattern(binding b)), parameter {rest}(empty, empty, pattern(binding c)), block)");
  EXPECT_EQ(lowered("x = ({ a }) => a"),
            "assign =(name x, function(parameter(empty, empty, pattern(binding a [a])), "
            "block(give_back(name a))))");
}

TEST(ScriptFunctions, ThisIsNoParameter) {
  EXPECT_EQ(lowered("function f(this: Window, a: A) {}"), "function f(parameter a(type A, empty), block)");
}

TEST(ScriptFunctions, ConstructorParametersMayBeFields) {
  EXPECT_EQ(lowered("class A { constructor(private a: A, public readonly b = 1, protected c, readonly d, e) {} }"),
            "class_ A(function constructor {constructor}(parameter a {private field_parameter}(type A, "
            "empty), parameter b {readonly field_parameter}(empty, number 1), parameter c "
            "{field_parameter}(empty, empty), parameter d {readonly field_parameter}(empty, empty), "
            "parameter e(empty, empty), block))");
}

TEST(ScriptFunctions, ParametersMayBeDecorated) {
  EXPECT_EQ(lowered("class A { f(@Param('id') id: string, @Req req) {} }"),
            "class_ A(function f(parameter id(type string, empty, decorator(call(name Param, string id))), "
            "parameter req(empty, empty, decorator(name Req)), block))");
}

TEST(ScriptFunctions, CalledFunctionsRunImmediately) {
  EXPECT_EQ(lowered("(() => { f() })()"), "call(function {immediately}(block(call(name f))))");
  EXPECT_EQ(lowered("(function () {})()"), "call(function {immediately}(block))");
  EXPECT_EQ(lowered("!function () {}()"), "unary !(call(function {immediately}(block)))");
  EXPECT_EQ(lowered("await (async () => {})()"), "await(call(function {async immediately}(block)))");
  EXPECT_EQ(lowered("(function () {}).call(this)"), "call(member call(function {immediately}(block)), self)");
  EXPECT_EQ(lowered("f(() => {})"), "call(name f, function(block))");
}

TEST(ScriptFunctions, TypePredicatesAreReturnTypes) {
  EXPECT_EQ(lowered("function f(x): x is A {}"), "function f(parameter x(empty, empty), type x is A, block)");
  EXPECT_EQ(lowered("function f(x): asserts x {}"), "function f(parameter x(empty, empty), type asserts x, block)");
}

}  // namespace
}  // namespace detoy::syntax::script
