#include <gtest/gtest.h>

#include "syntax/script_test.h"

namespace detoy::syntax::script {
namespace {

TEST(ScriptClasses, BaseTypesAreAsWritten) {
  EXPECT_EQ(lowered("class A extends B<C> implements D, E<F> {}"), "class_ A(type B<C>, type D, type E<F>)");
  EXPECT_EQ(lowered("class A extends mixin(B, C) {}"), "class_ A(type mixin(B, C))");
  EXPECT_EQ(lowered_js("class A extends B.C {}"), "class_ A(type B.C)");
  EXPECT_EQ(lowered("interface I extends J, K<L> {}"), "class_ I {interface}(type J, type K<L>)");
}

TEST(ScriptClasses, FieldsHaveTypeInitialValueAndFlags) {
  EXPECT_EQ(lowered("class A { a; b = 1; c: C; d: D = 2; static e = 3; readonly f; private g; #h = 4; static "
                    "readonly i: I = 5; 'j' = 6; [k] = 7; declare l: L }"),
            "class_ A(field a(empty, empty), field b(empty, number 1), field c(type C, empty), field d(type "
            "D, number 2), field e {static}(empty, number 3), field f {readonly}(empty, empty), field g "
            "{private}(empty, empty), field #h {private}(empty, number 4), field i {static readonly}(type "
            "I, number 5), field j(empty, number 6), field [k](empty, number 7), field l(type L, empty))");
  EXPECT_EQ(lowered_js("class A { a; static b = 1; #c = 2; static #d }"),
            "class_ A(field a(empty, empty), field b {static}(empty, number 1), field #c {private}(empty, "
            "number 2), field #d {static private}(empty, empty))");
}

TEST(ScriptClasses, MethodsOfEveryForm) {
  EXPECT_EQ(lowered("class A { constructor() {} a() {} static b() {} async c() {} *d() {} get e() {} set e(v) {} "
                    "private f() {} #g() {} async *h() {} [i]() {} 'j'() {} }"),
            "class_ A(function constructor {constructor}(block), function a(block), function b "
            "{static}(block), function c {async}(block), function d {generator}(block), function e "
            "{getter}(block), function e {setter}(parameter v(empty, empty), block), function f "
            "{private}(block), function #g {private}(block), function h {async generator}(block), function "
            "[i](block), function j(block))");
  EXPECT_EQ(lowered_js("class A { constructor() {} static async a() {} get b() {} static get c() {} #d() {} *e() {} "
                       "static constructor() {} }"),
            "class_ A(function constructor {constructor}(block), function a {async static}(block), function "
            "b {getter}(block), function c {static getter}(block), function #d {private}(block), function e "
            "{generator}(block), function constructor {static}(block))");
}

TEST(ScriptClasses, AbstractMembersHaveNoBody) {
  EXPECT_EQ(lowered("abstract class A { abstract a(): void; abstract b: B; c(x: 1): void; c(x: any) {} }"),
            "class_ A {abstract}(function a {abstract}(type void), field b {abstract}(type B, empty), "
            "function c {abstract}(parameter x(type 1, empty), type void), function c(parameter x(type any, "
            "empty), block))");
}

TEST(ScriptClasses, DecoratorsBelongToWhatTheyStandBefore) {
  EXPECT_EQ(lowered("@A class B { @C() c; @D d() {} @E.f() static g() {} @H() @I(1) j: J = 1 }"),
            "class_ B(decorator(name A), field c(empty, empty, decorator(call(name C))), function "
            "d(decorator(name D), block), function g {static}(decorator(call(member f(name E))), block), "
            "field j(type J, number 1, decorator(call(name H)), decorator(call(name I, number 1))))");
  EXPECT_EQ(lowered_js("@A class B { @C c = 1; @D() d() {} }"),
            "class_ B(decorator(name A), field c(empty, number 1, decorator(name C)), function "
            "d(decorator(call(name D)), block))");
}

TEST(ScriptClasses, StaticBlocksAreBlocks) {
  EXPECT_EQ(lowered("class A { static { f() } }"), "class_ A(block {static}(call(name f)))");
  EXPECT_EQ(lowered_js("class A { static { f() } }"), "class_ A(block {static}(call(name f)))");
}

TEST(ScriptClasses, ClassesMayBeExpressions) {
  EXPECT_EQ(lowered("x = class { a = 1 }"), "assign =(name x, class_(field a(empty, number 1)))");
  EXPECT_EQ(lowered("x = class A extends B {}"), "assign =(name x, class_ A(type B))");
}

TEST(ScriptClasses, InterfacesHaveFieldsAndAbstractMethods) {
  EXPECT_EQ(
      lowered("interface I { a: A; readonly b?: B; c(d: D): E; (f: F): G; new (): H; [k: string]: I; get j(): J }"),
      "class_ I {interface}(field a(type A, empty), field b {readonly}(type B, empty), function c "
      "{abstract}(parameter d(type D, empty), type E), function j {getter abstract}(type J))");
}

TEST(ScriptClasses, AliasesOfObjectTypesAreInterfaces) {
  EXPECT_EQ(lowered("type T<U> = { a: A; b(): void }"),
            "class_ T {interface}(field a(type A, empty), function b {abstract}(type void))");
  EXPECT_EQ(lowered("type T = A | B"), "");
  EXPECT_EQ(lowered("type T = () => void"), "");
}

TEST(ScriptClasses, EnumsHaveTheirMembersAsFields) {
  EXPECT_EQ(lowered("enum E { A, B = 2, 'c' = f() }"),
            "class_ E {enum}(field A {static readonly}(empty, empty), field B {static readonly}(empty, "
            "number 2), field c {static readonly}(empty, call(name f)))");
  EXPECT_EQ(lowered("const enum E { A }"), "class_ E {enum}(field A {static readonly}(empty, empty))");
}

TEST(ScriptClasses, IndexSignaturesAreDropped) {
  EXPECT_EQ(lowered("class A { [k: string]: any; a = 1 }"), "class_ A(field a(empty, number 1))");
}

}  // namespace
}  // namespace detoy::syntax::script
