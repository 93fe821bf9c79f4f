#include <gtest/gtest.h>

#include "syntax/script_test.h"

namespace detoy::syntax::script {
namespace {

TEST(ScriptCommonJs, RequireIsAnImport) {
  EXPECT_EQ(lowered_js("const fs = require('fs')"), "import fs(imported fs [*])");
  EXPECT_EQ(lowered_js("var a = require('./a'), b = 1"),
            "import ./a(imported a [*]); variable {mutable}(name b, empty, number 1)");
  EXPECT_EQ(lowered_js("const { a, b: c, ...rest } = require('./x')"),
            "import ./x(imported a [a], imported c [b], imported rest [*])");
  EXPECT_EQ(lowered_js("const join = require('path').join"), "import path(imported join [join])");
  EXPECT_EQ(lowered_js("const { promises: { readFile } } = require('fs')"), "import fs(imported readFile [promises])");
  EXPECT_EQ(lowered("const fs = require('fs')"), "import fs(imported fs [*])");
}

TEST(ScriptCommonJs, RequireInAFunctionIsAnImportToo) {
  EXPECT_EQ(lowered_js("function f() { const os = require('os'); return os }"),
            "function f(block(import os(imported os [*]); give_back(name os)))");
}

TEST(ScriptCommonJs, RequireForItsEffectHasNoNames) {
  EXPECT_EQ(lowered_js("require('./register')"), "import ./register");
}

TEST(ScriptCommonJs, WhatIsMadeOfARequiredModuleIsAVariable) {
  EXPECT_EQ(lowered_js("const log = require('debug')('app')"),
            "variable {constant}(name log, empty, call(call(name require, string debug), string app))");
  EXPECT_EQ(lowered_js("const x = new (require('./x'))()"),
            "variable {constant}(name x, empty, construct(call(name require, string ./x)))");
  EXPECT_EQ(lowered_js("const y = require(name)"), "variable {constant}(name y, empty, call(name require, name name))");
  EXPECT_EQ(lowered_js("const [a] = require('x')"),
            "variable {constant}(pattern(binding a), empty, call(name require, string x))");
}

TEST(ScriptCommonJs, ModuleExportsIsTheDefaultExport) {
  EXPECT_EQ(lowered_js("module.exports = create()"), "export_ default(call(name create))");
  EXPECT_EQ(lowered_js("module.exports = App"), "export_ default [App](name App)");
  EXPECT_EQ(lowered_js("module.exports = class App {}"), "export_ default(class_ App)");
  EXPECT_EQ(lowered_js("exports = module.exports = create"), "export_ default [create](name create)");
  EXPECT_EQ(lowered_js("module.exports = exports = create"), "export_ default [create](name create)");
}

TEST(ScriptCommonJs, ObjectOfNamesExportsEachOfThem) {
  EXPECT_EQ(lowered_js("module.exports = { a, b: c, d: 1, e() {}, [f]: g, ...require('./more'), ...others }"),
            "export_ default(object(pair a(name a), pair b(name c), pair d(number 1), pair e(function "
            "e(block)), pair(name g), spread(call(name require, string ./more)), spread(name others))); "
            "export_ a [a]; export_ b [c]; export_ d; export_ e; export_ [*](string ./more)");
}

TEST(ScriptCommonJs, AssignmentsToExportsKeepTheirValue) {
  EXPECT_EQ(lowered_js("exports.a = function () { return 1 }"), "export_ a(function(block(give_back(number 1))))");
  EXPECT_EQ(lowered_js("module.exports.b = b"), "export_ b [b](name b)");
  EXPECT_EQ(lowered_js("exports.a = exports.b = void 0"), "export_ a(other(number 0)); export_ b");
  EXPECT_EQ(lowered_js("exports.default = a"), "export_ default [a](name a)");
  EXPECT_EQ(lowered("exports.a = 1"), "export_ a(number 1)");
}

TEST(ScriptCommonJs, ExportedRequireIsAReExport) {
  EXPECT_EQ(lowered_js("module.exports = require('./lib')"),
            "export_ [*](string ./lib); export_ default [*](string ./lib)");
  EXPECT_EQ(lowered_js("exports.a = require('./a')"), "export_ a [*](string ./a)");
  EXPECT_EQ(lowered_js("exports.b = require('./b').c"), "export_ b [c](string ./b)");
  EXPECT_EQ(lowered_js("module.exports = require('./b').c"), "export_ default [c](string ./b)");
}

TEST(ScriptCommonJs, DeclarationMayExportItsVariable) {
  EXPECT_EQ(lowered_js("const app = module.exports = create()"),
            "variable {constant}(name app, empty, call(name create)); export_ default [app]");
  EXPECT_EQ(lowered_js("var app = exports = module.exports = {}"),
            "variable {mutable}(name app, empty, object); export_ default [app]");
}

TEST(ScriptCommonJs, FunctionsThatRunLaterAssignToExports) {
  EXPECT_EQ(lowered_js("function set() { exports.a = 1 }"),
            "function set(block(assign =(member a(name exports), number 1)))");
  EXPECT_EQ(lowered_js("(function () { exports.a = 1 })()"),
            "call(function {immediately}(block(export_ a(number 1))))");
  EXPECT_EQ(lowered_js("(function () { exports.a = 1 }).call(this)"),
            "call(member call(function {immediately}(block(export_ a(number 1)))), self)");
  EXPECT_EQ(lowered_js("if (x) { module.exports = a }"), "branch(name x, block(export_ default [a](name a)), empty)");
}

TEST(ScriptCommonJs, OtherTargetsAreNoExports) {
  EXPECT_EQ(lowered_js("exports.a.b = 1"), "assign =(member b(member a(name exports)), number 1)");
  EXPECT_EQ(lowered_js("exports = 1"), "assign =(name exports, number 1)");
  EXPECT_EQ(lowered_js("exportsCount = 1"), "assign =(name exportsCount, number 1)");
  EXPECT_EQ(lowered_js("module.children = 1"), "assign =(member children(name module), number 1)");
}

}  // namespace
}  // namespace detoy::syntax::script
