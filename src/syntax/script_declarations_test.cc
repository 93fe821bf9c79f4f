#include <gtest/gtest.h>

#include "syntax/script_test.h"

namespace detoy::syntax::script {
namespace {

TEST(ScriptDeclarations, ConstantsAndVariablesDifferByFlag) {
  EXPECT_EQ(lowered("const a = 1"), "variable {constant}(name a, empty, number 1)");
  EXPECT_EQ(lowered("let b"), "variable {mutable}(name b, empty, empty)");
  EXPECT_EQ(lowered("var c: T = 2, d"),
            "variable {mutable}(name c, type T, number 2); variable {mutable}(name d, empty, empty)");
  EXPECT_EQ(lowered_js("using r = open()"), "variable {constant}(name r, empty, call(name open))");
}

TEST(ScriptDeclarations, TypesAreTextWithoutTheColon) {
  EXPECT_EQ(lowered("let a: Map<string, number[]>"), "variable {mutable}(name a, type Map<string, number[]>, empty)");
  EXPECT_EQ(lowered("let a :  string | null = null"), "variable {mutable}(name a, type string | null, null)");
  EXPECT_EQ(lowered("let f: (x: A) => B"), "variable {mutable}(name f, type (x: A) => B, empty)");
}

TEST(ScriptDeclarations, ObjectPatternsBindByKey) {
  EXPECT_EQ(lowered("const { a, b: c, 'd': e, [f]: g, ...rest } = o"),
            "variable {constant}(pattern(binding a [a], binding c [b], binding e [d], binding g, binding "
            "rest), empty, name o)");
  EXPECT_EQ(lowered("const { a: { b, c: [d] }, e: { f } = {} } = o"),
            "variable {constant}(pattern(binding b [a], binding d [a], binding f [e], other(object)), "
            "empty, name o)");
}

TEST(ScriptDeclarations, ArrayPatternsBindByPosition) {
  EXPECT_EQ(lowered("const [a, , b, ...c] = xs"),
            "variable {constant}(pattern(binding a, binding b, binding c), empty, name xs)");
  EXPECT_EQ(lowered("const [{ a }, [b]] = xs"), "variable {constant}(pattern(binding a, binding b), empty, name xs)");
}

TEST(ScriptDeclarations, DefaultsInPatternsAreKept) {
  EXPECT_EQ(lowered("const { a = f(), b: c = new Map(), d: [e] = g } = o"),
            "variable {constant}(pattern(binding a [a](call(name f)), binding c [b](construct(name Map)), "
            "binding e [d], other(name g)), empty, name o)");
  EXPECT_EQ(lowered("const [a = 1] = xs"), "variable {constant}(pattern(binding a(number 1)), empty, name xs)");
}

TEST(ScriptDeclarations, AssignmentsToPatternsMayHaveAnyTarget) {
  EXPECT_EQ(lowered("[this.a, b[0], c] = d"),
            "assign =(pattern(member a(self), index(name b, number 0), binding c), name d)");
  EXPECT_EQ(lowered("({ a: this.x, b } = f())"), "assign =(pattern(member x(self), binding b [b]), call(name f))");
}

TEST(ScriptDeclarations, NamespacesAreModules) {
  EXPECT_EQ(lowered("namespace A.B { f(); export const x = 1 }"),
            "module A.B(call(name f), variable {exported constant}(name x, empty, number 1))");
  EXPECT_EQ(lowered("module M { }"), "module M");
}

TEST(ScriptDeclarations, AmbientDeclarationsAreDropped) {
  EXPECT_EQ(lowered("declare const a: number"), "");
  EXPECT_EQ(lowered("declare function f(): void"), "");
  EXPECT_EQ(lowered("declare module 'x' { export const y: 1 }"), "");
  EXPECT_EQ(lowered("declare global { var z: 1 }"), "");
  EXPECT_EQ(lowered("export declare class C { a: 1 }"), "");
}

}  // namespace
}  // namespace detoy::syntax::script
