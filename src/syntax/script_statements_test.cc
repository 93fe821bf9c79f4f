#include <gtest/gtest.h>

#include "syntax/script_test.h"

namespace detoy::syntax::script {
namespace {

TEST(ScriptStatements, IfBranchesAreBlocks) {
  EXPECT_EQ(lowered("if (a) b(); else if (c) { d() } else e()"),
            "branch(name a, block(call(name b)), branch(name c, block(call(name d)), block(call(name e))))");
  EXPECT_EQ(lowered("if (a) {}"), "branch(name a, block, empty)");
  EXPECT_EQ(lowered("if (a) ; else b()"), "branch(name a, empty, block(call(name b)))");
}

TEST(ScriptStatements, ForHeadersComeInOrderBeforeTheBody) {
  EXPECT_EQ(lowered("for (let i = 0, n = 3; i < n; i++) f(i)"),
            "loop(variable {mutable}(name i, empty, number 0), variable {mutable}(name n, empty, number 3), "
            "binary <(name i, name n), assign +=(name i, number 1), block(call(name f, name i)))");
  EXPECT_EQ(lowered("for (i = 0; ; ) {}"), "loop {infinite}(assign =(name i, number 0), block)");
  EXPECT_EQ(lowered("for (; a; b()) {}"), "loop(name a, call(name b), block)");
}

TEST(ScriptStatements, LoopsWithoutEndAreInfinite) {
  EXPECT_EQ(lowered("for (;;) {}"), "loop {infinite}(block)");
  EXPECT_EQ(lowered("while (true) {}"), "loop {infinite}(boolean true, block)");
  EXPECT_EQ(lowered("while (1) {}"), "loop {infinite}(number 1, block)");
  EXPECT_EQ(lowered("do { f() } while (true)"), "loop {infinite}(boolean true, block(call(name f)))");
  EXPECT_EQ(lowered("for (; true; ) {}"), "loop {infinite}(boolean true, block)");
  EXPECT_EQ(lowered("while (a) {}"), "loop(name a, block)");
  EXPECT_EQ(lowered("do f(); while (a)"), "loop(name a, block(call(name f)))");
}

TEST(ScriptStatements, ForEachBindsItsVariable) {
  EXPECT_EQ(lowered("for (const x of xs) f(x)"),
            "loop(variable {constant}(name x, empty, index(name xs, empty)), block(call(name f, name x)))");
  EXPECT_EQ(lowered("for (let [k, v] of map) {}"),
            "loop(variable {mutable}(pattern(binding k, binding v), empty, index(name map, empty)), block)");
  EXPECT_EQ(lowered("for (var k in o) {}"), "loop(variable {mutable}(name k, empty, index(name o, empty)), block)");
  EXPECT_EQ(lowered("for await (const { a } of s) {}"),
            "loop(variable {constant}(pattern(binding a [a]), empty, index(name s, empty)), block)");
  EXPECT_EQ(lowered("for (x of xs) {}"), "loop(assign =(name x, index(name xs, empty)), block)");
  EXPECT_EQ(lowered("for (this.x of xs) {}"), "loop(assign =(member x(self), index(name xs, empty)), block)");
}

TEST(ScriptStatements, SwitchCasesCarryTheirLabels) {
  EXPECT_EQ(lowered("switch (a) { case 'x': case 1: f(); g(); break; default: h() }"),
            "choice(name a, case_ 'x'(empty), case_ 1(empty, call(name f), call(name g)), case_(empty, "
            "call(name h)))");
  EXPECT_EQ(lowered("switch (f()) {}"), "choice(call(name f))");
}

TEST(ScriptStatements, TryHasHandlerAndFinallyAsBlocks) {
  EXPECT_EQ(lowered("try { f() } catch (e) { g(e) } finally { h() }"),
            "attempt(block(call(name f)), block {handler}(variable {mutable}(name e, empty, empty); "
            "call(name g, name e)), block(call(name h)))");
  EXPECT_EQ(lowered("try { f() } catch { g() }"), "attempt(block(call(name f)), block {handler}(call(name g)))");
  EXPECT_EQ(lowered("try { f() } finally { h() }"), "attempt(block(call(name f)), block(call(name h)))");
  EXPECT_EQ(lowered("try {} catch ({ code }: any) {}"),
            "attempt(block, block {handler}(variable {mutable}(pattern(binding code [code]), type any, empty)))");
}

TEST(ScriptStatements, ReturnAndThrowMayHaveAValue) {
  EXPECT_EQ(lowered("function f() { return }"), "function f(block(give_back))");
  EXPECT_EQ(lowered("function f() { return a, b }"), "function f(block(give_back(other(name a, name b))))");
  EXPECT_EQ(lowered("throw new E(1)"), "raise(construct(name E, number 1))");
}

TEST(ScriptStatements, LabelsAndEmptyStatementsLeaveNoTrace) {
  EXPECT_EQ(lowered("again: for (;;) { continue again }"), "loop {infinite}(block)");
  EXPECT_EQ(lowered("; ; debugger"), "");
  EXPECT_EQ(lowered("{ f() }"), "block(call(name f))");
  EXPECT_EQ(lowered("/* c */ // d"), "");
}

TEST(ScriptStatements, WithHoldsItsParts) {
  EXPECT_EQ(lowered_js("with (a) { b() }"), "other(name a, block(call(name b)))");
}

TEST(ScriptStatements, HashBangAndDirectivesAreNoTrouble) {
  EXPECT_EQ(lowered_js("#!/usr/bin/env node\n'use strict'; f()"), "string use strict; call(name f)");
}

}  // namespace
}  // namespace detoy::syntax::script
