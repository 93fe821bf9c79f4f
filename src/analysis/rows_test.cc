#include "analysis/rows.h"

#include <gtest/gtest.h>

#include "analysis/program_test_support.h"

namespace detoy::analysis {
namespace {

bool is_row(const std::string& path, const std::string& text, const char* type) {
  const TestProgram p = program_of({{path, text}});
  return Rows(p.symbols, built_in_catalog()).has(p.type(type));
}

TEST(Rows, BasesAreFollowedToTheFramework) {
  const std::string views =
      "class Base(Zone, ModelViewSet):\n    pass\nclass Loans(Base):\n    pass\nclass Desk:\n    pass\n";
  EXPECT_TRUE(is_row("a.py", views, "Loans"));
  EXPECT_FALSE(is_row("a.py", views, "Desk"));
  // A class of the project that shares a name with a framework's says nothing of those that extend it.
  EXPECT_FALSE(is_row(
      "a.py", "class Component:\n    pass\nclass Part(Component):\n    pass\nclass Pool(Part):\n    pass\n", "Pool"));
  EXPECT_TRUE(is_row("a.ts", "class Row extends BaseEntity {}\nclass Load extends Row {}\n", "Load"));
}

TEST(Rows, AttributesThatAreColumns) {
  EXPECT_TRUE(is_row("a.py", "class Loan(Anything):\n    title = db.Column(Text)\n", "Loan"));
  EXPECT_TRUE(is_row("a.py", "class Loan(Anything):\n    title = CharField()\n", "Loan"));
  EXPECT_FALSE(is_row("a.py", "class Loan:\n    def __init__(self):\n        self.title = CharField()\n", "Loan"));
}

TEST(Rows, MixinsThatAskForWhatARowHas) {
  EXPECT_TRUE(is_row("a.py", "class Tracked:\n    def keep(self):\n        return self._meta.fields\n", "Tracked"));
}

}  // namespace
}  // namespace detoy::analysis
