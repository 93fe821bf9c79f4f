#include "facts/facts_codec.h"

#include <gtest/gtest.h>

#include "facts/consistency.h"
#include "facts/sample_facts.h"

namespace detoy::facts {
namespace {

std::string encoded(const FileFacts& facts) {
  std::string bytes;
  encode(facts, bytes);
  return bytes;
}

TEST(FactsCodec, SampleItselfIsConsistent) {
  EXPECT_EQ(Consistency::problem(sample_facts()), "");
}

TEST(FactsCodec, GivesBackWhatItWasGiven) {
  const FileFacts facts = sample_facts(3);
  FileFacts again;
  ASSERT_TRUE(decode(encoded(facts), again));
  EXPECT_EQ(again.language, Language::python);
  EXPECT_EQ(again.lines, 103u);
  EXPECT_EQ(again.errors, 2u);
  EXPECT_EQ(again.first_error_line, 17u);
  EXPECT_TRUE(again.too_deep);
  EXPECT_TRUE(again.jsx);
  EXPECT_EQ(again.string(3), "name3");
  ASSERT_EQ(again.declarations.size(), 2u);
  EXPECT_EQ(again.string(again.declarations[1].name), "orders");
  EXPECT_EQ(again.string(again.declarations[1].type_text), "dict[str, Order]");
  EXPECT_EQ(again.declarations[1].flags, static_cast<std::uint32_t>(declared::exported));
  EXPECT_EQ(again.functions[1].use, ClosureUse::argument);
  EXPECT_TRUE(again.types[1].abstract);
  EXPECT_TRUE(again.steps[1].index);
  EXPECT_EQ(again.paths[1].root_kind, RootKind::declaration);
  EXPECT_EQ(again.values[1].kind, ValueKind::object);
  EXPECT_EQ(again.calls[1].line, 6u);
  EXPECT_EQ(again.assignments[0].effect, Effect::augment);
  EXPECT_TRUE(again.reads[0].condition);
  EXPECT_TRUE(again.branches[1].infinite);
  EXPECT_EQ(again.returns[0].line, 11u);
  EXPECT_EQ(again.decorators[0].on, DecoratedKind::function);
  EXPECT_EQ(again.exports[0].name, 1u);
  EXPECT_EQ(again.literals[0].line, 12u);
  EXPECT_EQ(encoded(again), encoded(facts));
}

TEST(FactsCodec, EmptyFactsComeBackEmpty) {
  FileFacts again = sample_facts();
  ASSERT_TRUE(decode(encoded({}), again));
  EXPECT_TRUE(again.declarations.empty());
  EXPECT_TRUE(again.characters.empty());
}

TEST(FactsCodec, AppendsToWhatIsThere) {
  const FileFacts facts = sample_facts();
  std::string bytes = "before";
  encode(facts, bytes);
  EXPECT_EQ(bytes, "before" + encoded(facts));
}

TEST(FactsCodec, BytesCutAtAnyLengthAreRefused) {
  const std::string bytes = encoded(sample_facts());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    FileFacts facts;
    ASSERT_FALSE(decode(std::string_view(bytes).substr(0, length), facts)) << "cut to " << length;
  }
}

TEST(FactsCodec, BytesBehindTheEndAreRefused) {
  FileFacts facts;
  EXPECT_FALSE(decode(encoded(sample_facts()) + '\0', facts));
}

TEST(FactsCodec, OtherVersionIsRefused) {
  std::string bytes = encoded(sample_facts());
  FileFacts facts;
  ++bytes[sizeof(std::uint32_t)];  // the version follows the magic number
  EXPECT_FALSE(decode(bytes, facts));
}

TEST(FactsCodec, OtherFileIsRefused) {
  std::string bytes = encoded(sample_facts());
  FileFacts facts;
  ++bytes[0];
  EXPECT_FALSE(decode(bytes, facts));
  EXPECT_FALSE(decode("not facts at all, but long enough to hold a header", facts));
}

// A length that lies must not make it allocate what the bytes cannot hold.
TEST(FactsCodec, LengthsBeyondTheBytesAreRefused) {
  const std::string bytes = encoded(sample_facts());
  for (std::size_t at = 2 * sizeof(std::uint32_t); at + sizeof(std::uint32_t) <= bytes.size(); ++at) {
    std::string changed = bytes;
    changed.replace(at, sizeof(std::uint32_t), sizeof(std::uint32_t), '\xff');
    FileFacts facts;
    if (decode(changed, facts)) {
      EXPECT_LE(facts.declarations.size() * sizeof(Declaration), bytes.size());
    }
  }
}

}  // namespace
}  // namespace detoy::facts
