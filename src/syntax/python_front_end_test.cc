// Modules, functions, classes, imports, and what a front end owes every file: positions, errors, bounded depth.
#include <gtest/gtest.h>

#include <string>

#include "syntax/python_test_support.h"

namespace detoy::syntax {
namespace {

TEST(PythonFunctions, KeepParametersTypesAndDefaults) {
  EXPECT_EQ(python_outline("def f(a, /, b: int, *args: str, c=1, d: str = 'x', **kw) -> dict[str, int]:\n  return a\n"),
            R"(block
  function "f" {exported}
    parameter "a"
      empty
      empty
    parameter "b"
      type "int"
      empty
    parameter "args" {rest}
      type "str"
      empty
    parameter "c"
      empty
      number "1"
    parameter "d"
      type "str"
      string "x"
    parameter "kw" {rest}
      empty
      empty
    type "dict[str, int]"
    block
      give_back
        name "a"
)");
}

TEST(PythonFunctions, AreAsyncGeneratorsNestedAndDecorated) {
  EXPECT_EQ(python_outline("@app.get('/x', tags=[1])\n@plain\nasync def _f():\n  def g():\n    yield 1\n  await g()\n"),
            R"(block
  function "_f" {async private}
    decorator
      call
        member "get"
          name "app"
        string "/x"
        object
          pair "tags"
            array
              number "1"
    decorator
      name "plain"
    block
      function "g" {generator}
        block
          other
            number "1"
      await
        call
          name "g"
)");
}

TEST(PythonFunctions, LambdasGiveBackTheirValue) {
  EXPECT_EQ(python_outline("f = lambda a, *b, c=1: a\n"), R"(block
  assign "="
    name "f"
    function
      parameter "a"
        empty
        empty
      parameter "b" {rest}
        empty
        empty
      parameter "c"
        empty
        number "1"
      block
        give_back
          name "a"
)");
}

TEST(PythonFunctions, OnlyPublicModuleLevelNamesAreExported) {
  EXPECT_TRUE(has(python_outline("def a(): pass\n"), "\"a\" {exported}"));
  EXPECT_TRUE(has(python_outline("if x:\n  class A: pass\n"), "\"A\" {exported}"));
  EXPECT_TRUE(has(python_outline("class A:\n  def m(self): pass\n"), "function \"m\"\n"));
  EXPECT_FALSE(has(python_outline("def _a():\n  def b(): pass\n"), "exported"));
}

TEST(PythonMethods, DropTheFirstParameterAndTurnItsUsesIntoSelf) {
  EXPECT_EQ(python_outline("class A:\n  def __init__(this, x):\n    this.x = x\n"), R"(block
  class_ "A" {exported}
    function "__init__" {constructor}
      parameter "x"
        empty
        empty
      block
        assign "="
          member "x"
            self
          name "x"
)");
}

TEST(PythonMethods, ClosuresLambdasAndComprehensionsSeeSelf) {
  const std::string written = python_outline(
      "class A:\n  def m(self):\n    def f(): self.a\n    g = lambda: self.b\n    h = [self.c for x in self.d]\n");
  EXPECT_FALSE(has(written, "name \"self\""));
  for (const char* member : {"a", "b", "c", "d"}) EXPECT_TRUE(has(written, std::string("member \"") + member));
}

TEST(PythonMethods, InnerParametersAndLoopVariablesHideSelf) {
  for (const char* body : {"def f(self): self.a", "f = lambda self: self.a", "def f(*self): self.a",
                           "f = [self.a for self in x]", "f = [self.a for b, self in x]"}) {
    const std::string written = python_outline(std::string("class A:\n  def m(self):\n    ") + body + "\n");
    EXPECT_FALSE(has(written, " self\n")) << body;
    EXPECT_TRUE(has(written, "name \"self\"")) << body;
  }
}

TEST(PythonMethods, AFunctionOutsideAClassHasNoSelf) {
  EXPECT_TRUE(has(python_outline("def f(self): return self\n"), "parameter \"self\""));
  EXPECT_TRUE(has(python_outline("class A:\n  @staticmethod\n  def f(self): return self\n"),
                  "give_back\n          name \"self\""));
}

TEST(PythonMethods, DecoratorsBecomeFlags) {
  EXPECT_TRUE(has(python_outline("class A:\n  @staticmethod\n  def f(): pass\n"), "\"f\" {static}"));
  EXPECT_TRUE(has(python_outline("class A:\n  @classmethod\n  def f(cls): return cls\n"), "\"f\" {static}"));
  EXPECT_TRUE(has(python_outline("class A:\n  @classmethod\n  def f(cls): return cls\n"), "give_back\n          self"));
  EXPECT_TRUE(has(python_outline("class A:\n  def __new__(cls): return cls\n"), "\"__new__\" {static}"));
  EXPECT_TRUE(has(python_outline("class A:\n  @property\n  def f(self): pass\n"), "\"f\" {getter}"));
  EXPECT_TRUE(has(python_outline("class A:\n  @functools.cached_property\n  def f(self): pass\n"), "\"f\" {getter}"));
  EXPECT_TRUE(has(python_outline("class A:\n  @f.setter\n  def f(self, v): pass\n"), "\"f\" {setter}"));
  EXPECT_TRUE(has(python_outline("class A:\n  @abc.abstractmethod\n  def f(self): ...\n"), "\"f\" {abstract}"));
}

TEST(PythonMethods, AbstractAndProtocolMethodsWithoutStatementsHaveNoBody) {
  EXPECT_FALSE(
      has(python_outline("class A:\n  @abstractmethod\n  def f(self):\n    '''doc'''\n    pass\n"), "    block"));
  EXPECT_FALSE(has(python_outline("class A(Protocol):\n  def f(self): ...\n"), "    block"));
  EXPECT_TRUE(has(python_outline("class A(Protocol):\n  def f(self): return 1\n"), "    block"));
}

TEST(PythonClasses, KeepBasesDecoratorsFieldsAndMethods) {
  EXPECT_EQ(
      python_outline("@d\nclass A(Base, Generic[T], metaclass=Meta):\n"
                     "  '''doc'''\n  items = []\n  count: int = 0\n  name: 'Name'\n  _a = b = {}\n  register(1)\n"),
      R"(block
  class_ "A" {exported}
    type "Base"
    type "Generic[T]"
    decorator
      name "d"
    field "items" {static}
      empty
      array
    field "count" {static}
      type "int"
      number "0"
    field "name"
      type "Name"
      empty
    field "b" {static}
      empty
      object
    field "_a" {static private}
      empty
      name "b"
    block
      call
        name "register"
        number "1"
)");
}

TEST(PythonClasses, InstanceFieldsOfRecordsAreNotStatic) {
  for (const char* base : {"BaseModel", "pydantic.BaseModel", "TypedDict", "NamedTuple", "enum.Enum"}) {
    EXPECT_TRUE(has(python_outline(std::string("class A(") + base + "):\n  x: dict = {}\n"), "field \"x\"\n"));
  }
  EXPECT_TRUE(has(python_outline("@dataclass(frozen=True)\nclass A:\n  x: int = 0\n"), "field \"x\"\n"));
  EXPECT_TRUE(has(python_outline("@dataclass\nclass A:\n  x = {}\n"), "field \"x\" {static}"));
  EXPECT_TRUE(has(python_outline("@dataclass\nclass A:\n  x: ClassVar[int] = 0\n"), "field \"x\" {static}"));
  EXPECT_TRUE(has(python_outline("class A(BaseModel): pass\nclass B(A):\n  x: int = 1\n"), "field \"x\"\n"));
}

TEST(PythonClasses, BasesBecomeFlags) {
  EXPECT_TRUE(has(python_outline("class A(Protocol[T]): pass\n"), "\"A\" {exported interface}"));
  EXPECT_TRUE(has(python_outline("class A(abc.ABC): pass\n"), "\"A\" {abstract exported}"));
  EXPECT_TRUE(has(python_outline("class A(metaclass=abc.ABCMeta): pass\n"), "\"A\" {abstract exported}"));
  EXPECT_TRUE(has(python_outline("class A(StrEnum): pass\n"), "\"A\" {exported enum}"));
}

TEST(PythonClasses, MembersInsideBranchesBelongToTheClass) {
  const std::string written = python_outline(
      "class A:\n  if x:\n    def f(self): self.a\n  else:\n    y = 1\n  try:\n    z = 2\n  except E:\n    w = 3\n");
  EXPECT_TRUE(has(written, "\n    function \"f\"\n"));
  EXPECT_TRUE(has(written, "\n    field \"y\" {static}\n"));
  EXPECT_TRUE(has(written, "\n    field \"z\" {static}\n"));
  EXPECT_TRUE(has(written, "\n    field \"w\" {static}\n"));
}

TEST(PythonImports, BindLocalNames) {
  EXPECT_EQ(python_outline("import os, a.b as c, d.e\nfrom .x import (y as z, w)\nfrom .. import q\nfrom m import *\n"
                           "from __future__ import annotations\n"),
            R"(block
  import "os"
    imported "os"
  import "a.b"
    imported "c"
  import "d.e"
    imported "d"
  import ".x"
    imported "z" [y]
    imported "w" [w]
  import ".."
    imported "q" [q]
  import "m"
    imported [*]
)");
}

TEST(PythonImports, UnderTypeCheckingAreTypeOnly) {
  const std::string written =
      python_outline("if typing.TYPE_CHECKING:\n  from t import U\nelif x:\n  import V\nelse:\n  import W\n");
  EXPECT_TRUE(has(written, "import \"t\" {type_only}"));
  EXPECT_TRUE(has(written, "import \"V\"\n"));
  EXPECT_TRUE(has(written, "import \"W\"\n"));
}

TEST(PythonTree, NodesHavePositions) {
  Tree tree;
  const std::string source = "# comment\n\nclass A:\n\n  def f(self):\n    return 1\n\n\nx = 1\n";
  python_tree(source, tree);
  const Node& module = tree[tree.root];
  EXPECT_EQ(module.line, 1u);
  const Node& a = tree[module.first_child];
  EXPECT_EQ(a.line, 3u);
  EXPECT_EQ(a.column, 1u);
  EXPECT_EQ(a.end_line, 6u);
  const Node& f = tree[a.first_child];
  EXPECT_EQ(f.line, 5u);
  EXPECT_EQ(f.column, 3u);
  for (NodeId id = 1; id < tree.size(); ++id) {
    EXPECT_GT(tree[id].line, 0u);
    EXPECT_GT(tree[id].column, 0u);
    EXPECT_GE(tree[id].end_line, tree[id].line);
  }
}

TEST(PythonTree, ErrorsAreCountedAndTheRestIsRead) {
  Tree tree;
  const std::string source = "x = 1\ndef f():\n  y = = {}\n  z()\n\nclass A:\n  items = []\n";
  python_tree(source, tree);
  EXPECT_EQ(tree.errors, 1u);
  EXPECT_EQ(tree.first_error_line, 3u);
  const std::string written = outline_without_lines(tree);
  EXPECT_TRUE(has(written, "name \"z\""));
  EXPECT_TRUE(has(written, "field \"items\" {static}"));
}

TEST(PythonTree, ContentsOfErrorsAreRead) {
  Tree tree;
  const std::string source = "f(a, b\nclass A:\n  x = {}\n";
  python_tree(source, tree);
  EXPECT_GT(tree.errors, 0u);
  EXPECT_EQ(tree.first_error_line, 1u);
  EXPECT_TRUE(has(outline_without_lines(tree), "other\n    name \"f\"\n    name \"a\""));
}

TEST(PythonTree, LongAnnotationsAreCutBetweenCharacters) {
  Tree tree;
  const std::string source = "x: A[" + std::string(194, 'a') + "\u00e9\u00e9] = 1\n";
  python_tree(source, tree);
  const Node& variable = tree[tree[tree.root].first_child];
  const Node& type = tree[tree[variable.first_child].next];
  EXPECT_EQ(type.kind, NodeKind::type);
  EXPECT_EQ(type.text, "A[" + std::string(194, 'a') + "\u00e9\u00e9");
}

TEST(PythonTree, EmptyAndBlankFilesAreEmptyBlocks) {
  EXPECT_EQ(python_outline(""), "block\n");
  EXPECT_EQ(python_outline("\n\n# only this\n"), "block\n");
}

std::string repeated(const std::string& piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += piece;
  return out;
}

TEST(PythonTree, NestingBeyondTheLimitIsLeftOut) {
  std::string suites;
  std::string members;
  for (int i = 0; i < 1000; ++i) {
    suites += std::string(static_cast<std::size_t>(i), ' ') + "if x:\n";
    members += std::string(static_cast<std::size_t>(i), ' ') + "class A:\n";
  }
  const std::string sources[] = {
      "x = " + repeated("(", 100'000) + "1" + repeated(")", 100'000) + "\n",
      "x = " + repeated("[", 100'000) + "1" + repeated("]", 100'000) + "\n",
      repeated("(", 20'000) + "x" + repeated(",)", 20'000) + " = 1\n",
      "for " + repeated("[", 20'000) + "x" + repeated("]", 20'000) + " in y: pass\n",
      "x = 1" + repeated("+1", 20'000) + "\n",
      "x = 1" + repeated("<1", 20'000) + "\n",
      "x = 1" + repeated(" and 1", 20'000) + "\n",
      "x" + repeated("()", 20'000) + "\n",
      "x" + repeated(".y", 20'000) + " = 1\n",
      repeated("x = ", 20'000) + "1\n",
      "class A:\n  " + repeated("x = ", 20'000) + "1\n",
      "x = " + repeated("lambda: ", 20'000) + "1\n",
      "x = " + repeated("not ", 20'000) + "1\n",
      "x = " + repeated("1 if 1 else ", 20'000) + "1\n",
      "if x:\n  pass\n" + repeated("elif x:\n  pass\n", 20'000) + "else:\n  pass\n",
      suites + std::string(1000, ' ') + "pass\n",
      members + std::string(1000, ' ') + "pass\n",
  };
  for (const std::string& source : sources) {
    Tree tree;
    python_tree(source, tree);
    EXPECT_TRUE(tree.too_deep) << source.substr(0, 40);
    EXPECT_LT(deepest_level(tree), 3 * max_depth) << source.substr(0, 40);
  }
}

TEST(PythonTree, UnclosedNestingIsReadWithoutOverflow) {
  for (const char* open : {"(", "[", "{", "f(", "lambda: ", "x["}) {
    Tree tree;
    const std::string source = "x = " + repeated(open, 20'000);
    python_tree(source, tree);
    EXPECT_GT(tree.errors, 0u) << open;
  }
}

TEST(PythonTree, WideFilesAreNotTooDeep) {
  Tree tree;
  const std::string source = "x = [" + repeated("1, ", 50'000) + "]\n" + repeated("f(x)\n", 20'000);
  python_tree(source, tree);
  EXPECT_FALSE(tree.too_deep);
  EXPECT_EQ(tree.errors, 0u);
}

}  // namespace
}  // namespace detoy::syntax
