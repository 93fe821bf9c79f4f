#include "inventory/annotate.h"

#include <gtest/gtest.h>

#include <map>

namespace detoy::inventory {
namespace {

// One toy of kind `cache` at the line of "a.ts" that starts the site.
Inventory one_site(std::uint32_t line) {
  Inventory inventory;
  Site site;
  site.path = "a.ts";
  site.line = line;
  site.kind = "cache";
  site.verdict = Verdict::toy;
  site.evidence.push_back({"declaration", "a.ts", line, "", ""});
  inventory.sites.push_back(site);
  return inventory;
}

Inventory annotated(const std::string& text, std::uint32_t line) {
  Inventory inventory = one_site(line);
  annotate(inventory, [&](std::string_view path) -> std::optional<std::string> {
    return path == "a.ts" ? std::optional(text) : std::nullopt;
  });
  return inventory;
}

std::string snippet(const std::string& text, std::uint32_t line) {
  return annotated(text, line).sites[0].evidence[0].snippet;
}

std::string accepted(const std::string& text, std::uint32_t line) {
  return annotated(text, line).sites[0].accepted_because;
}

std::string warning(const std::string& text, std::uint32_t line) {
  const Inventory inventory = annotated(text, line);
  EXPECT_EQ(inventory.sites[0].accepted_because, "");
  if (inventory.warnings.size() != 1) return std::to_string(inventory.warnings.size()) + " warnings";
  return inventory.warnings[0].path + ":" + std::to_string(inventory.warnings[0].line) + ": " +
         inventory.warnings[0].message;
}

// --- Snippets

TEST(AnnotateSnippets, SnippetIsTheLineWithoutIndentation) {
  EXPECT_EQ(snippet("one\n\t  const m = new Map();  \nthree", 2), "const m = new Map();");
  EXPECT_EQ(snippet("first", 1), "first");
  EXPECT_EQ(snippet("a\r\nb\r\n", 2), "b");
}

TEST(AnnotateSnippets, LineBeyondTheEndHasNoSnippet) {
  EXPECT_EQ(snippet("one\n", 2), "");
  EXPECT_EQ(snippet("one", 7), "");
  EXPECT_EQ(snippet("one", 0), "");
  EXPECT_EQ(snippet("", 1), "");
}

TEST(AnnotateSnippets, LongLineIsCut) {
  EXPECT_EQ(snippet(std::string(160, 'x'), 1), std::string(160, 'x'));
  EXPECT_EQ(snippet(std::string(161, 'x'), 1), std::string(160, 'x'));
}

TEST(AnnotateSnippets, LongLineIsCutBetweenCharacters) {
  const std::string euro = "\xe2\x82\xac";
  const std::string smile = "\xf0\x9f\x98\x80";
  for (std::size_t before = 156; before <= 160; ++before) {
    const std::string plain(before, 'x');
    EXPECT_EQ(snippet(plain + euro + "tail tail", 1),
              before <= 157 ? (plain + euro + "tail tail").substr(0, 160) : plain)
        << before;
    EXPECT_EQ(snippet(plain + smile + "tail tail", 1), before <= 156 ? plain + smile : plain) << before;
  }
}

TEST(AnnotateSnippets, BytesThatAreNoTextAreCutAllTheSame) {
  EXPECT_LE(snippet(std::string(500, '\x80'), 1).size(), 160u);
  EXPECT_EQ(snippet(std::string(500, '\xff'), 1).size(), 160u);
}

TEST(AnnotateSnippets, EveryPlaceOfEvidenceGetsItsOwn) {
  Inventory inventory = one_site(1);
  inventory.sites[0].evidence.push_back({"mutation", "b.ts", 2, "", ""});
  inventory.sites[0].evidence.push_back({"mutation", "gone.ts", 1, "kept", ""});
  std::map<std::string, int, std::less<>> reads;
  annotate(inventory, [&](std::string_view path) -> std::optional<std::string> {
    ++reads[std::string(path)];
    if (path == "a.ts") return "const m = {};";
    if (path == "b.ts") return "\n  m[k] = 1;";
    return std::nullopt;
  });
  EXPECT_EQ(inventory.sites[0].evidence[0].snippet, "const m = {};");
  EXPECT_EQ(inventory.sites[0].evidence[1].snippet, "m[k] = 1;");
  EXPECT_EQ(inventory.sites[0].evidence[2].snippet, "kept");
  for (const auto& [path, count] : reads) EXPECT_EQ(count, 1) << path;
}

// --- Suppressions

TEST(AnnotateSuppressions, CommentOnTheLineOrAloneAboveIt) {
  EXPECT_EQ(accepted("const m = {}; // detoy: accept cache -- filled again at once", 1), "filled again at once");
  EXPECT_EQ(accepted("// detoy: accept cache -- filled again\nconst m = {};", 2), "filled again");
  EXPECT_EQ(accepted("  # detoy: accept cache -- python too\nm = {}", 2), "python too");
  EXPECT_EQ(accepted("const m = {}; /* detoy: accept cache -- in a block */", 1), "in a block");
}

TEST(AnnotateSuppressions, LineEndingsAndSpacesDoNotMatter) {
  EXPECT_EQ(accepted("//detoy: accept   cache   --   why not  \r\nconst m = {};\r\n", 2), "why not");
}

TEST(AnnotateSuppressions, CommentElsewhereDoesNotCount) {
  EXPECT_EQ(accepted("// detoy: accept cache -- too far\n\nconst m = {};", 3), "");
  EXPECT_EQ(accepted("const m = {};\n// detoy: accept cache -- below", 1), "");
  EXPECT_EQ(accepted("const other = {}; // detoy: accept cache -- of another line\nconst m = {};", 2), "");
}

TEST(AnnotateSuppressions, TextThatIsNoCommentDoesNotCount) {
  EXPECT_EQ(accepted("const m = 'detoy: accept cache -- in a string';", 1), "");
  EXPECT_TRUE(annotated("const m = 'detoy: accept cache -- in a string';", 1).warnings.empty());
}

TEST(AnnotateSuppressions, OtherKindIsAWarning) {
  EXPECT_EQ(warning("const m = {}; // detoy: accept queue -- I thought so", 1),
            "a.ts:1: `detoy: accept queue` does not match: the site is of kind cache");
}

TEST(AnnotateSuppressions, MissingReasonIsAWarning) {
  for (const char* comment :
       {"detoy: accept cache", "detoy: accept cache --", "detoy: accept cache --   ", "detoy: accept cache - why"}) {
    EXPECT_EQ(warning(std::string("// ") + comment + "\nconst m = {};", 2),
              "a.ts:1: `detoy: accept` needs a reason: `detoy: accept <kind> -- <reason>`")
        << comment;
  }
  EXPECT_EQ(warning("const m = {}; /* detoy: accept cache -- */", 1),
            "a.ts:1: `detoy: accept` needs a reason: `detoy: accept <kind> -- <reason>`");
}

TEST(AnnotateSuppressions, SiteThatIsAcceptedAlreadyStaysAsItIs) {
  Inventory inventory = one_site(1);
  inventory.sites[0].accepted_because = "by the project";
  annotate(inventory,
           [](std::string_view) { return std::optional<std::string>("x // detoy: accept cache -- by comment"); });
  EXPECT_EQ(inventory.sites[0].accepted_because, "by the project");

  Inventory acceptable = one_site(1);
  acceptable.sites[0].verdict = Verdict::acceptable;
  annotate(acceptable, [](std::string_view) { return std::optional<std::string>("x // detoy: accept queue"); });
  EXPECT_EQ(acceptable.sites[0].accepted_because, "");
  EXPECT_TRUE(acceptable.warnings.empty());
}

TEST(AnnotateSuppressions, FileThatIsGoneChangesNothing) {
  Inventory inventory = one_site(1);
  annotate(inventory, [](std::string_view) { return std::nullopt; });
  EXPECT_EQ(inventory.sites[0].accepted_because, "");
  EXPECT_EQ(inventory.sites[0].evidence[0].snippet, "");
  EXPECT_TRUE(inventory.warnings.empty());
}

}  // namespace
}  // namespace detoy::inventory
