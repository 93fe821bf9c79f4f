#include "analysis/type_text.h"

#include <gtest/gtest.h>

namespace detoy::analysis {
namespace {

using Views = std::vector<std::string_view>;

std::string written(std::string_view text) {
  const TypeText type = read_type(text);
  std::string out;
  if (!type.qualifier.empty()) out += std::string(type.qualifier) + " | ";
  out += type.head;
  for (const std::string_view argument : type.arguments) out += ", " + std::string(argument);
  return out;
}

TEST(TypeText, NameAlone) {
  EXPECT_EQ(written("Store"), "Store");
  EXPECT_EQ(written("  string "), "string");
  EXPECT_EQ(written(""), "");
}

TEST(TypeText, ArgumentsInAnyBrackets) {
  EXPECT_EQ(written("Map<string, Foo[]>"), "Map, string, Foo[]");
  EXPECT_EQ(written("dict[str, list[int]]"), "dict, str, list[int]");
  EXPECT_EQ(written("HashMap<String, Vec<(u8, u8)>>"), "HashMap, String, Vec<(u8, u8)>");
  EXPECT_EQ(written("Map<string, (a: A) => Promise<B>>"), "Map, string, (a: A) => Promise<B>");
}

TEST(TypeText, ArraysOfAllLanguages) {
  EXPECT_EQ(written("Foo[]"), "Array, Foo");
  EXPECT_EQ(written("readonly Foo[]"), "Array, Foo");
  EXPECT_EQ(written("Foo<Bar>[]"), "Array, Foo<Bar>");
  EXPECT_EQ(written("[u8; 32]"), "Array, u8");
}

TEST(TypeText, WhatMayBeMissingIsPassedOver) {
  EXPECT_EQ(written("Store | null"), "Store");
  EXPECT_EQ(written("null | Store"), "Store");
  EXPECT_EQ(written("undefined | Map<string, A | B>"), "Map, string, A | B");
  EXPECT_EQ(written("dict[str, int] | None"), "dict, str, int");
}

TEST(TypeText, RustReferencesLifetimesAndBounds) {
  EXPECT_EQ(written("&'a mut Arc<dyn Store>"), "Arc, dyn Store");
  EXPECT_EQ(written("&str"), "str");
  EXPECT_EQ(written("dyn Store + Send + 'static"), "Store");
  EXPECT_EQ(written("impl Store"), "Store");
  EXPECT_EQ(written("Cow<'a, str>"), "Cow, str");
  EXPECT_EQ(written("*mut Node"), "Node");
}

TEST(TypeText, QualifiedNames) {
  EXPECT_EQ(written("sqlx::PgPool"), "sqlx | PgPool");
  EXPECT_EQ(written("std::collections::HashMap<K, V>"), "std::collections | HashMap, K, V");
  EXPECT_EQ(written("t.List[int]"), "t | List, int");
  EXPECT_EQ(written("NodeJS.Timeout"), "NodeJS | Timeout");
}

TEST(TypeText, QuotedPythonNamesAreNames) {
  EXPECT_EQ(written("\"Store\""), "Store");
  EXPECT_EQ(written("'Store'"), "Store");
}

TEST(TypeText, TextThatWasCutOffStillTellsItsBeginning) {
  EXPECT_EQ(written("Map<string, Foo<Ba"), "Map, string, Foo<Ba");
  EXPECT_EQ(written("Map<"), "Map");
}

TEST(TypeText, AnythingIsReadWithoutHarm) {
  for (const char* text : {"<",
                           ">",
                           "[]",
                           "[",
                           "]",
                           "()",
                           "(",
                           "&",
                           "'",
                           "''",
                           "\"",
                           "|",
                           "||",
                           "+",
                           ".",
                           "::",
                           "a::",
                           "<>",
                           "=>",
                           "((((((((((",
                           "''''''''",
                           "&&&&&&&&&&&&&&&&&&&&&",
                           "A<B>>>>",
                           "->",
                           "keyof typeof x"}) {
    read_type(text);
    unwrap_type(text, {"A"});
    type_names(text);
  }
}

TEST(TypeText, WrappersAreRemovedWhileTheyWrapSomething) {
  const std::vector<std::string> wrappers = {"Arc", "Mutex", "Promise", "Optional"};
  EXPECT_EQ(unwrap_type("Arc<Mutex<HashMap<K, V>>>", wrappers).head, "HashMap");
  EXPECT_EQ(unwrap_type("Promise<Store | null>", wrappers).head, "Store");
  EXPECT_EQ(unwrap_type("Optional[Store]", wrappers).head, "Store");
  EXPECT_EQ(unwrap_type("Mutex", wrappers).head, "Mutex");
  EXPECT_EQ(unwrap_type("Arc<dyn Store>", wrappers).head, "Store");
}

TEST(TypeText, NamesAreAllIdentifiersInOrder) {
  EXPECT_EQ(type_names("Map<string, Foo[]> | null"), (Views{"Map", "string", "Foo", "null"}));
  EXPECT_EQ(type_names("[u8; 32]"), (Views{"u8"}));
  EXPECT_EQ(type_names("$a_1"), (Views{"$a_1"}));
  EXPECT_EQ(type_names(""), Views{});
}

}  // namespace
}  // namespace detoy::analysis
