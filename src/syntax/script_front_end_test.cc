#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "syntax/script_test.h"

namespace detoy::syntax::script {
namespace {

constexpr std::array front_ends = {&typescript_front_end, &tsx_front_end, &javascript_front_end};

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// A tree with the text that it refers to.
struct Parsed {
  explicit Parsed(std::string text, const FrontEnd& front_end = typescript_front_end) : source(std::move(text)) {
    EXPECT_TRUE(Parser().parse(front_end, source, tree));
  }
  std::string source;
  Tree tree;
};

// The first node of a kind.
const Node& first(const Tree& tree, NodeKind kind) {
  for (NodeId id = 1; id < tree.size(); ++id) {
    if (tree[id].kind == kind) return tree[id];
  }
  return tree[no_node];
}

int depth_of(const Tree& tree, NodeId id) {
  int deepest = 0;
  for (NodeId child = tree[id].first_child; child != no_node; child = tree[child].next) {
    deepest = std::max(deepest, depth_of(tree, child));
  }
  return deepest + 1;
}

TEST(ScriptFrontEnd, AllGrammarsGiveTheSameTree) {
  constexpr std::string_view source = R"(
    import a, { b as c } from 'm';
    export class A extends B { #x = 1; static y = new Map(); async get(k = 2, ...rest) { return this.#x?.[k] ?? `v${k}` } }
    export default async function* f({ a, b: [c] }) { for (const x of xs) yield x; try { await g() } catch (e) { throw e } }
    module.exports = { a, f() {}, ...c };
    if (typeof a === 'b' && !c) { a.b = c, delete d[0] } else while (true) { i++ }
    switch (a) { case 1: label: for (;;) break label; default: void (() => 1)() }
  )";
  const std::string expected = lowered(source);
  EXPECT_FALSE(expected.ends_with('!'));
  for (const FrontEnd* each : front_ends) EXPECT_EQ(lowered(source, *each), expected);
}

TEST(ScriptFrontEnd, EveryNodeHasItsPosition) {
  const std::string source = "f(a);\n  const x: T = {\n    a: `b${c}`,\n  };\nclass A {\n  static b = 1;\n}\n";
  const Parsed parsed(source);
  const Tree& tree = parsed.tree;
  for (NodeId id = 1; id < tree.size(); ++id) {
    EXPECT_GT(tree[id].line, 0u);
    EXPECT_GT(tree[id].column, 0u);
    EXPECT_GE(tree[id].end_line, tree[id].line);
  }
  const Node& variable = first(tree, NodeKind::variable);
  EXPECT_EQ(variable.line, 2u);
  EXPECT_EQ(variable.column, 9u);
  EXPECT_EQ(variable.end_line, 4u);
  const Node& field = first(tree, NodeKind::field);
  EXPECT_EQ(field.line, 6u);
  EXPECT_EQ(field.column, 10u);
}

TEST(ScriptFrontEnd, DecoratorsDoNotMoveWhatTheyStandBefore) {
  for (const FrontEnd* each : {&typescript_front_end, &javascript_front_end}) {
    const Parsed parsed("@A()\n@B\nclass C {\n  @D()\n  @E() f = 1;\n  @G()\n  async\n  h() {\n  }\n}", *each);
    const Tree& tree = parsed.tree;
    EXPECT_EQ(first(tree, NodeKind::class_).line, 3u);
    EXPECT_EQ(first(tree, NodeKind::class_).end_line, 10u);
    EXPECT_EQ(first(tree, NodeKind::decorator).line, 1u);
    EXPECT_EQ(first(tree, NodeKind::field).line, 5u);
    EXPECT_EQ(first(tree, NodeKind::field).column, 8u);
    EXPECT_EQ(first(tree, NodeKind::function).line, 8u);
    EXPECT_EQ(first(tree, NodeKind::function).end_line, 9u);
  }
  EXPECT_EQ(first(Parsed("@A()\nexport abstract class C {}").tree, NodeKind::class_).line, 2u);
}

TEST(ScriptFrontEnd, LongTypesAndLabelsAreCutBetweenCharacters) {
  const Parsed typed("let a: " + std::string(199, 'A') + "\u00e9" + std::string(50, 'B'));
  EXPECT_EQ(first(typed.tree, NodeKind::type).text, std::string(199, 'A'));
  const Parsed labelled("switch (a) { case " + std::string(90, 'b') + ": }");
  EXPECT_EQ(first(labelled.tree, NodeKind::case_).text, std::string(60, 'b'));
}

TEST(ScriptFrontEnd, CleanFilesHaveNoErrors) {
  const Parsed parsed("const a = 1;");
  const Tree& tree = parsed.tree;
  EXPECT_EQ(tree.errors, 0u);
  EXPECT_EQ(tree.first_error_line, 0u);
  EXPECT_FALSE(tree.too_deep);
}

TEST(ScriptFrontEnd, ErrorsAreCountedAndWhatIsReadableStays) {
  const Parsed parsed("const a = 1;\nclass { @@ f( ;\nconst b = new Map();\n");
  const Tree& tree = parsed.tree;
  EXPECT_GE(tree.errors, 1u);
  EXPECT_EQ(tree.first_error_line, 2u);
  const std::string text = outline(tree);
  EXPECT_NE(text.find("name \"a\""), std::string::npos) << text;
  EXPECT_NE(text.find("construct"), std::string::npos) << text;
}

TEST(ScriptFrontEnd, MissingTokensAreErrorsToo) {
  const Parsed parsed("f();\nconst a = { b: 1 ;\n");
  const Tree& tree = parsed.tree;
  EXPECT_EQ(tree.errors, 1u);
  EXPECT_EQ(tree.first_error_line, 2u);
  EXPECT_NE(outline(tree).find("number \"1\""), std::string::npos);
}

TEST(ScriptFrontEnd, ATreeThatIsUsedAgainForgetsTheFileBefore) {
  Parser parser;
  Tree tree;
  ASSERT_TRUE(parser.parse(typescript_front_end, "let let let (", tree));
  EXPECT_GE(tree.errors, 1u);
  ASSERT_TRUE(parser.parse(javascript_front_end, "`${a}`", tree));
  EXPECT_EQ(tree.errors, 0u);
  EXPECT_EQ(outline(tree), "block @1\n  string_template \"${}\" @1\n    name \"a\" @1\n");
}

TEST(ScriptFrontEnd, EmptyFilesAndRubbishAreRead) {
  for (const FrontEnd* each : front_ends) {
    EXPECT_EQ(lowered("", *each), "");
    EXPECT_EQ(lowered("\n// nothing\n", *each), "");
    for (const std::string_view source : {"}}}}", "'unterminated", "`a${", "class", "export", "\xff\xfe\x00", "@", "<",
                                          "import {", "function (", "a?.", "case 1:", "for (", "...", "#", "x = <a"}) {
      Parsed(std::string(source), *each);
    }
  }
}

TEST(ScriptFrontEnd, ParenthesesMayNestWithoutEnd) {
  constexpr int levels = 100'000;
  for (const FrontEnd* each : front_ends) {
    const std::string source = "x = " + repeated("(", levels) + "f()" + repeated(")", levels);
    const Parsed parsed(source, *each);
    const Tree& tree = parsed.tree;
    EXPECT_FALSE(tree.too_deep);
    EXPECT_EQ(first(tree, NodeKind::call).line, 1u);
  }
}

TEST(ScriptFrontEnd, WhatNestsTooDeepIsLeftOut) {
  constexpr int few = 20'000;
  constexpr int many = 100'000;
  const std::array sources = {
      "x = " + repeated("[", many) + repeated("]", many),
      "x = a" + repeated(" + a", few),
      "x = a" + repeated(".b(c)", few),
      "x = " + repeated("{ a: ", few) + "1" + repeated("}", few),
      "x = " + repeated("() => ", few) + "1",
      "x = " + repeated("!", few) + "1",
      "x = " + repeated("a ? b : ", few) + "c",
      "const " + repeated("[", few) + "a" + repeated("]", few) + " = b",
      repeated("{", few) + repeated("}", few),
      repeated("if (a) {} else ", few) + "{}",
      repeated("function f() {", few) + repeated("}", few),
      repeated("class A { a() {", few) + repeated("}}", few),
      repeated("a: ", few) + "b()",
      repeated("f(", few),
      repeated("(", few) + repeated("[", few) + repeated("{", few),
  };
  for (const std::string& source : sources) {
    for (const FrontEnd* each : front_ends) {
      const Parsed parsed(source, *each);
      const Tree& tree = parsed.tree;
      EXPECT_TRUE(tree.too_deep || tree.errors > 0) << source.substr(0, 20);
      EXPECT_LT(depth_of(tree, tree.root), 5 * max_depth) << source.substr(0, 20);
    }
  }
}

TEST(ScriptFrontEnd, ElementsNestedTooDeepAreLeftOut) {
  const Parsed parsed("x = " + repeated("<a>", 5'000) + "{f()}" + repeated("</a>", 5'000), tsx_front_end);
  const Tree& tree = parsed.tree;
  EXPECT_TRUE(tree.too_deep);
}

TEST(ScriptFrontEnd, TheOuterPartOfALongChainIsKept) {
  const Parsed parsed("x = a" + repeated(".b(c)", 20'000) + ".last(d)");
  const Tree& tree = parsed.tree;
  EXPECT_TRUE(tree.too_deep);
  EXPECT_EQ(first(tree, NodeKind::member).text, "last");
}

}  // namespace
}  // namespace detoy::syntax::script
