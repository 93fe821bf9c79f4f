#include <gtest/gtest.h>

#include "syntax/script_test.h"

namespace detoy::syntax::script {
namespace {

TEST(ScriptModules, ImportsSayWhatEachNameMeansInTheModule) {
  EXPECT_EQ(lowered("import D, { a, b as c } from './m'"),
            "import ./m(imported D [default], imported a [a], imported c [b])");
  EXPECT_EQ(lowered("import * as ns from 'ns'"), "import ns(imported ns [*])");
  EXPECT_EQ(lowered("import D, * as ns from 'ns'"), "import ns(imported D [default], imported ns [*])");
  EXPECT_EQ(lowered("import { default as x } from 'm'"), "import m(imported x [default])");
  EXPECT_EQ(lowered_js("import { default as x, 'a-b' as y } from 'm'"),
            "import m(imported x [default], imported y [a-b])");
  EXPECT_EQ(lowered("import {} from 'm'"), "import m");
}

TEST(ScriptModules, ImportForItsEffectHasNoNames) {
  EXPECT_EQ(lowered("import './register'"), "import ./register");
}

TEST(ScriptModules, TypeOnlyImportsAreFlagged) {
  EXPECT_EQ(lowered("import type { A } from 'a'"), "import a {type_only}(imported A [A])");
  EXPECT_EQ(lowered("import type D from 'a'"), "import a {type_only}(imported D [default])");
  EXPECT_EQ(lowered("import { type A, B } from 'a'"), "import a(imported A [A] {type_only}, imported B [B])");
}

TEST(ScriptModules, ImportAssignmentOfRequireIsAnImport) {
  EXPECT_EQ(lowered("import x = require('y')"), "import y(imported x [*])");
}

TEST(ScriptModules, ImportAliasIsAConstant) {
  EXPECT_EQ(lowered("import x = a.b.c"), "variable {constant}(name x, empty, member c(member b(name a)))");
  EXPECT_EQ(lowered("export import y = a.b"), "variable {exported constant}(name y, empty, member b(name a))");
}

TEST(ScriptModules, AwaitedDynamicImportBindsLikeRequire) {
  EXPECT_EQ(lowered("const m = await import('./m')"), "import ./m(imported m [*])");
  EXPECT_EQ(lowered("async function f() { const { a, b: c } = await import('./m'); a() }"),
            "function f {async}(block(import ./m(imported a [a], imported c [b]); call(name a)))");
  EXPECT_EQ(lowered("const f = (await import('./m')).f"), "import ./m(imported f [f])");
}

TEST(ScriptModules, OtherDynamicImportIsACallOfImport) {
  EXPECT_EQ(lowered("import('./m').then(f)"), "call(member then(call(name import, string ./m)), name f)");
}

TEST(ScriptModules, ExportListsNameTheLocalOrTheModule) {
  EXPECT_EQ(lowered("export { a, b as c }"), "export_ a [a]; export_ c [b]");
  EXPECT_EQ(lowered("export { a, default as b } from './x'"),
            "export_ a [a](string ./x); export_ b [default](string ./x)");
  EXPECT_EQ(lowered("export type { T } from './t'"), "export_ T [T] {type_only}(string ./t)");
  EXPECT_EQ(lowered("export { type T, v }"), "export_ T [T] {type_only}; export_ v [v]");
  EXPECT_EQ(lowered_js("export { a as default }"), "export_ default [a]");
}

TEST(ScriptModules, ExportAllStandsForEveryName) {
  EXPECT_EQ(lowered("export * from './all'"), "export_ [*](string ./all)");
  EXPECT_EQ(lowered("export * as ns from './all'"), "export_ ns [*](string ./all)");
}

TEST(ScriptModules, DeclarationsCarryTheirExportAsAFlag) {
  EXPECT_EQ(lowered("export const a = 1, b = 2"),
            "variable {exported constant}(name a, empty, number 1); variable {exported constant}(name b, "
            "empty, number 2)");
  EXPECT_EQ(lowered("export function f() {}"), "function f {exported}(block)");
  EXPECT_EQ(lowered("export class A {}"), "class_ A {exported}");
  EXPECT_EQ(lowered("export enum E { A }"), "class_ E {exported enum}(field A {static readonly}(empty, empty))");
  EXPECT_EQ(lowered("export interface I {}"), "class_ I {exported interface}");
  EXPECT_EQ(lowered("export namespace N { export let x = 1 }"),
            "module N {exported}(variable {exported mutable}(name x, empty, number 1))");
}

TEST(ScriptModules, DefaultExportOfAnExpressionHoldsIt) {
  EXPECT_EQ(lowered("export default create()"), "export_ default(call(name create))");
  EXPECT_EQ(lowered("export default config"), "export_ default [config](name config)");
  EXPECT_EQ(lowered("export default { a: 1 }"), "export_ default(object(pair a(number 1)))");
  EXPECT_EQ(lowered("export default () => 1"), "export_ default(function(block(give_back(number 1))))");
  EXPECT_EQ(lowered("export default 'text'"), "export_ default(string text)");
  EXPECT_EQ(lowered("export = config"), "export_ default [config](name config)");
}

TEST(ScriptModules, DefaultExportOfADeclarationNamesIt) {
  EXPECT_EQ(lowered("export default function f() {}"), "function f {exported}(block); export_ default [f]");
  EXPECT_EQ(lowered("export default class A {}"), "class_ A {exported}; export_ default [A]");
  EXPECT_EQ(lowered("export default abstract class A {}"), "class_ A {abstract exported}; export_ default [A]");
}

TEST(ScriptModules, AnonymousDefaultDeclarationsAreNamedDefault) {
  EXPECT_EQ(lowered("export default function () {}"), "function default {exported}(block); export_ default [default]");
  EXPECT_EQ(lowered("export default async function* () {}"),
            "function default {async generator exported}(block); export_ default [default]");
  EXPECT_EQ(lowered("export default class {}"), "class_ default {exported}; export_ default [default]");
  EXPECT_EQ(lowered_js("export default class extends Base {}"),
            "class_ default {exported}(type Base); export_ default [default]");
}

TEST(ScriptModules, DecoratorsBeforeExportBelongToTheClass) {
  EXPECT_EQ(lowered("@Injectable() export class A {}"), "class_ A {exported}(decorator(call(name Injectable)))");
  EXPECT_EQ(lowered("@a @b.c export default class {}"),
            "class_ default {exported}(decorator(name a), decorator(member c(name b))); export_ default [default]");
  EXPECT_EQ(lowered("export @a class A {}"), "class_ A {exported}(decorator(name a))");
}

}  // namespace
}  // namespace detoy::syntax::script
