// Python's statements and expressions as the plain tree.
#include <gtest/gtest.h>

#include <string>

#include "syntax/python_test_support.h"

namespace detoy::syntax {
namespace {

TEST(PythonAssignments, AnnotatedNamesAreVariables) {
  EXPECT_EQ(python_outline("cache: dict[str, int] = {}\n_limit: Final = 1\nx: int\n"), R"(block
  variable {exported mutable}
    name "cache"
    type "dict[str, int]"
    object
  variable {constant}
    name "_limit"
    type "Final"
    number "1"
  variable {exported mutable}
    name "x"
    type "int"
    empty
)");
}

TEST(PythonAssignments, AnnotatedMembersKeepTheTypeLast) {
  EXPECT_EQ(python_outline("a.b: Dict = {}\na.c: int\n"), R"(block
  assign "="
    member "b"
      name "a"
    object
    type "Dict"
  other
    member "c"
      name "a"
    type "int"
)");
}

TEST(PythonAssignments, ChainsNest) {
  EXPECT_EQ(python_outline("a = b[0] = c\n"), R"(block
  assign "="
    name "a"
    assign "="
      index
        name "b"
        number "0"
      name "c"
)");
}

TEST(PythonAssignments, TuplesAreSplitWhenBothSidesAreWrittenOut) {
  EXPECT_EQ(python_outline("a, self.b = {}, (1)\n(c, *d), e.f = g()\nh, *i = 1, 2\n"), R"(block
  assign "="
    name "a"
    object
  assign "="
    member "b"
      name "self"
    number "1"
  assign "="
    pattern
      binding "c"
      binding "d"
      member "f"
        name "e"
    call
      name "g"
  assign "="
    pattern
      binding "h"
      binding "i"
    array
      number "1"
      number "2"
)");
}

TEST(PythonAssignments, AugmentedWalrusAndDelete) {
  EXPECT_EQ(python_outline("a.b += 1\nif (n := f()) is not None: pass\ndel a[k], b\n"), R"(block
  assign "+="
    member "b"
      name "a"
    number "1"
  branch
    binary "is not"
      assign "="
        name "n"
        call
          name "f"
      null
    block
    empty
  remove
    index
      name "a"
      name "k"
  remove
    name "b"
)");
}

TEST(PythonAssignments, GlobalAndNonlocalNameEachVariable) {
  EXPECT_EQ(python_outline("def f():\n  global a, b\n  nonlocal c\n"), R"(block
  function "f" {exported}
    block
      global "a"
      global "b"
      global "c"
)");
}

TEST(PythonAssignments, AllIsLeftOut) {
  EXPECT_EQ(python_outline("__all__ = ['a']\n__all__ += b\n"), "block\n");
}

TEST(PythonStatements, WithIsABlockOfAssignments) {
  EXPECT_EQ(python_outline("with open(x) as f, lock:\n  f.read()\nasync with pool as (a, b):\n  pass\n"), R"(block
  block
    assign "="
      name "f"
      call
        name "open"
        name "x"
    name "lock"
    call
      member "read"
        name "f"
  block
    assign "="
      pattern
        binding "a"
        binding "b"
      await
        name "pool"
)");
}

TEST(PythonStatements, TryHasHandlersAndAFinally) {
  EXPECT_EQ(python_outline("try:\n  a()\nexcept (A, B) as e:\n  b\nexcept C:\n  c\nexcept:\n  raise\nelse:\n  d\n"
                           "finally:\n  e\n"),
            R"outline(block
  attempt
    block
      call
        name "a"
      block
        name "d"
    block {handler}
      variable {mutable}
        name "e"
        type "(A, B)"
        empty
      name "b"
    block {handler}
      other
        type "C"
      name "c"
    block {handler}
      raise
    block
      name "e"
)outline");
}

TEST(PythonStatements, ElifIsABranchInElse) {
  EXPECT_EQ(python_outline("if a: b\nelif c:\n  pass\nelse: d\nif __name__ == '__main__': main()\n"), R"(block
  branch
    name "a"
    block
      name "b"
    branch
      name "c"
      block
      block
        name "d"
  branch
    binary "=="
      name "__name__"
      string "__main__"
    block
      call
        name "main"
    empty
)");
}

TEST(PythonStatements, LoopsBindTheirVariable) {
  EXPECT_EQ(python_outline("for k, (v, w) in x.items():\n  pass\nfor a.b in c: pass\n"
                           "for a.b, d in c: pass\n"),
            R"(block
  loop
    variable {mutable}
      pattern
        binding "k"
        binding "v"
        binding "w"
      empty
      index
        call
          member "items"
            name "x"
        empty
    block
  loop
    assign "="
      member "b"
        name "a"
      index
        name "c"
        empty
    block
  loop
    assign "="
      pattern
        member "b"
          name "a"
        binding "d"
      index
        name "c"
        empty
    block
)");
}

TEST(PythonStatements, EndlessLoopsAreInfinite) {
  EXPECT_TRUE(has(python_outline("while True: pass\n"), "loop {infinite}"));
  EXPECT_TRUE(has(python_outline("while (1):\n  pass\n"), "loop {infinite}"));
  EXPECT_FALSE(has(python_outline("while x: pass\n"), "infinite"));
}

TEST(PythonStatements, ElseOfALoopFollowsIt) {
  EXPECT_EQ(python_outline("while x:\n  break\nelse:\n  y\n"), R"(block
  loop
    name "x"
    block
  block
    name "y"
)");
}

TEST(PythonStatements, MatchIsAChoice) {
  EXPECT_EQ(python_outline("match m:\n  case {'a': b, **rest} if b:\n    go(b)\n"
                           "  case Foo(x=y, z=[1, *t]) as w: pass\n  case a.b | 1: pass\n  case _: pass\n"),
            R"(block
  choice
    name "m"
    case_ "{'a': b, **rest}"
      name "b"
      variable {mutable}
        pattern
          binding "b"
          binding "rest"
        empty
        empty
      call
        name "go"
        name "b"
    case_ "Foo(x=y, z=[1, *t]) as w"
      empty
      variable {mutable}
        pattern
          binding "y"
          binding "t"
          binding "w"
        empty
        empty
    case_ "a.b | 1"
      empty
    case_
      empty
)");
}

TEST(PythonStatements, SimpleOnes) {
  EXPECT_EQ(python_outline("def f():\n  '''doc'''\n  assert a, b\n  raise A from b\n  return a, b\n  return\n"),
            R"(block
  function "f" {exported}
    block
      other
        name "a"
        name "b"
      raise
        name "A"
      give_back
        array
          name "a"
          name "b"
      give_back
)");
}

TEST(PythonStatements, YieldMakesTheNearestFunctionAGenerator) {
  const std::string written = python_outline("def f():\n  def g():\n    x = yield from y\n");
  EXPECT_TRUE(has(written, "function \"f\" {exported}"));
  EXPECT_TRUE(has(written, "function \"g\" {generator}"));
}

TEST(PythonExpressions, KeywordArgumentsAreOneTrailingObject) {
  EXPECT_EQ(python_outline("f(a, *b, c=1, **d)\nf(x for x in y)\n"), R"(block
  call
    name "f"
    name "a"
    spread
      name "b"
    object
      pair "c"
        number "1"
      spread
        name "d"
  call
    name "f"
    array {comprehension}
      variable {mutable}
        name "x"
        empty
        index
          name "y"
          empty
      name "x"
)");
}

TEST(PythonExpressions, Operators) {
  EXPECT_EQ(python_outline("a < b not in c\nnot a and -b or c\nx if y else z\n"), R"(block
  binary "not in"
    binary "<"
      name "a"
      name "b"
    name "c"
  logical "or"
    logical "and"
      unary "not"
        name "a"
      unary "-"
        name "b"
    name "c"
  conditional
    name "y"
    name "x"
    name "z"
)");
}

TEST(PythonExpressions, SubscriptsAndSlices) {
  EXPECT_EQ(python_outline("a[k]\na[1:n]\na[1, 2, 3]\n"), R"(block
  index
    name "a"
    name "k"
  index
    name "a"
    other
      number "1"
      name "n"
  index
    name "a"
    array
      number "1"
      number "2"
      number "3"
)");
}

TEST(PythonExpressions, LiteralsAndTheirKeys) {
  EXPECT_EQ(python_outline("x = {'a': None, b: True, f'{c}': {1}, **d}\n"), R"(block
  assign "="
    name "x"
    object
      pair "a"
        null
      pair
        boolean "true"
      pair
        array
          number "1"
      spread
        name "d"
)");
}

TEST(PythonExpressions, ComprehensionsDeclareTheirVariables) {
  EXPECT_EQ(python_outline("x = {k: v for k, v in q.items() if v}\n"), R"(block
  assign "="
    name "x"
    object {comprehension}
      variable {mutable}
        pattern
          binding "k"
          binding "v"
        empty
        index
          call
            member "items"
              name "q"
          empty
      name "v"
      pair
        name "v"
)");
}

TEST(PythonStrings, TextIsWithoutPrefixAndQuotes) {
  EXPECT_TRUE(has(python_outline("x = rb'\\d'\n"), "string \"\\d\"\n"));
  EXPECT_TRUE(has(python_outline("x = ''\n"), "string\n"));
  EXPECT_TRUE(has(python_outline("x = \"\"\"SELECT 'a'\nFROM t\"\"\"\n"), "string \"SELECT 'a'\nFROM t\""));
  EXPECT_TRUE(has(python_outline("x = f'{{}}'\n"), "string \"{{}}\"\n"));
}

TEST(PythonStrings, TemplatesHoldTheirExpressions) {
  EXPECT_EQ(python_outline("x = f\"SELECT {a.b!r:>{w}} FROM {t}\"\n"), R"(block
  assign "="
    name "x"
    string_template "SELECT {a.b!r:>{w}} FROM {t}"
      member "b"
        name "a"
      name "w"
      name "t"
)");
}

TEST(PythonStrings, AdjacentLiteralsAreOne) {
  EXPECT_EQ(python_outline("x = 'SELECT a ' 'FROM b'\ny = 'SELECT a ' f'FROM {b}'\n"), R"(block
  assign "="
    name "x"
    string "SELECT a ' 'FROM b"
  assign "="
    name "y"
    string_template "SELECT a ' f'FROM {b}"
      name "b"
)");
}

}  // namespace
}  // namespace detoy::syntax
