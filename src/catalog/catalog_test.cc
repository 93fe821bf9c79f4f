#include "catalog/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace detoy::catalog {
namespace {

Catalog built_in() {
  auto catalog = Catalog::built_in();
  EXPECT_TRUE(catalog) << catalog.error().message;
  return catalog ? std::move(*catalog) : Catalog();
}

// The error of a detoy.yaml, "" if it is accepted.
std::string error_of(std::string_view yaml) {
  Catalog catalog = built_in();
  const auto project = catalog.extend(yaml, "detoy.yaml");
  if (project) return {};
  EXPECT_EQ(project.error().category, ErrorCategory::usage);
  return project.error().message;
}

TEST(BuiltInCatalog, HasEveryKindOfTheDesign) {
  const Catalog catalog = built_in();
  const std::set<std::string> expected{
      "rate_limit",   "cache",    "session",     "queue",           "job_status",       "timer",
      "event_bus",    "lock",     "idempotency", "circuit_breaker", "service_registry", "entity_store",
      "config_store", "metering", "audit_log",   "metrics",         "file_store",       "connection",
      "sequence",     "history",  "secret",      "search_index",    "registry",         "lazy_singleton"};
  std::set<std::string> names;
  for (const Kind& kind : catalog.kinds()) names.insert(kind.name);
  EXPECT_EQ(names, expected);
}

TEST(BuiltInCatalog, ToysAreTheKindsThatLoseSomething) {
  const Catalog catalog = built_in();
  std::set<std::string> acceptable;
  for (const Kind& kind : catalog.kinds()) {
    if (!kind.toy_by_default) acceptable.insert(kind.name);
    EXPECT_EQ(kind.toy_by_default, !kind.foundation.empty()) << kind.name;
  }
  EXPECT_EQ(acceptable, (std::set<std::string>{"metrics", "connection", "registry", "lazy_singleton"}));
}

TEST(BuiltInCatalog, KindsSpeakInWholeSentences) {
  const Catalog catalog = built_in();
  for (const Kind& kind : catalog.kinds()) {
    for (const std::string& sentence : {kind.action, kind.on_restart, kind.on_second_instance, kind.why}) {
      EXPECT_TRUE(sentence.ends_with('.')) << kind.name << ": " << sentence;
      EXPECT_EQ(sentence.find(". "), std::string::npos) << kind.name << " has more than one sentence: " << sentence;
    }
    EXPECT_NE(kind.why.find("{name}"), std::string::npos) << kind.name;
    EXPECT_FALSE(kind.name_words.empty()) << kind.name;
    EXPECT_FALSE(kind.operations.empty()) << kind.name;
  }
}

TEST(BuiltInCatalog, EveryLibraryThatKeepsStateSaysItsKindAndWhatMakesItDurable) {
  const Catalog catalog = built_in();
  EXPECT_GT(catalog.libraries().size(), 200u);
  for (const Library& library : catalog.libraries()) {
    EXPECT_FALSE(library.why.empty()) << library.name;
    if (library.effect != Library::Effect::state) continue;
    EXPECT_NE(catalog.kind(library.kind), nullptr) << library.name;
    const bool shared = !library.durable_options.empty() || !library.durable_values.empty();
    EXPECT_TRUE(!shared || !library.durable_by.empty()) << library.name;
  }
}

// Literals and durable values are compared to lower-case text.
TEST(BuiltInCatalog, LiteralsAreLowerCase) {
  const Catalog catalog = built_in();
  const auto has_capital = [](const std::string& text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  };
  for (const Library& library : catalog.libraries()) {
    for (const std::string& literal : library.literals) EXPECT_FALSE(has_capital(literal)) << library.name;
    for (const std::string& value : library.durable_values) EXPECT_FALSE(has_capital(value)) << library.name;
  }
}

TEST(BuiltInCatalog, KnowsLibrariesByLanguage) {
  const Catalog catalog = built_in();
  const auto named = [&](std::string_view name) {
    const auto& all = catalog.libraries();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Library& l) { return l.name == name; });
    return found == all.end() ? Library{} : *found;
  };
  EXPECT_EQ(named("express-rate-limit").kind, "rate_limit");
  EXPECT_EQ(named("express-rate-limit").languages,
            (std::vector<Language>{Language::typescript, Language::tsx, Language::javascript}));
  EXPECT_EQ(named("APScheduler").effect, Library::Effect::timer);
  EXPECT_EQ(named("APScheduler").languages, std::vector<Language>{Language::python});
  EXPECT_EQ(named("moka").languages, std::vector<Language>{Language::rust});
}

TEST(BuiltInCatalog, AnswersForUnknownNames) {
  const Catalog catalog = built_in();
  EXPECT_EQ(catalog.kind("no_such_kind"), nullptr);
  EXPECT_TRUE(catalog.words("no_such_list").empty());
  EXPECT_EQ(catalog.policy("no_such_policy"), 0);
  EXPECT_EQ(catalog.policy("kind_type_factor"), 0.8);
  EXPECT_FALSE(catalog.words("adding_methods").empty());
}

TEST(Extend, ReadsPathsRolesAndSuppressions) {
  Catalog catalog = built_in();
  const auto project = catalog.extend(R"(
paths:
  exclude: [legacy/**, vendor]
  include: "build/keep.ts"
roles:
  - tools/**: tool
  - "*.story.ts": ui
suppressions:
  - path: src/limits.ts
    name: hits
    kind: rate_limit
    reason: one instance by contract
)",
                                      "detoy.yaml");
  ASSERT_TRUE(project) << project.error().message;
  EXPECT_EQ(project->exclude, (std::vector<std::string>{"legacy/**", "vendor"}));
  EXPECT_EQ(project->include, std::vector<std::string>{"build/keep.ts"});
  ASSERT_EQ(project->roles.size(), 2u);
  EXPECT_EQ(project->roles[0], (std::pair<std::string, std::string>{"tools/**", "tool"}));
  EXPECT_EQ(project->roles[1], (std::pair<std::string, std::string>{"*.story.ts", "ui"}));
  ASSERT_EQ(project->suppressions.size(), 1u);
  EXPECT_EQ(project->suppressions[0].reason, "one instance by contract");
  EXPECT_EQ(project->suppressions[0].kind, "rate_limit");
}

TEST(Extend, RolesMayBeOneMapInOrder) {
  Catalog catalog = built_in();
  const auto project = catalog.extend("roles: {z/**: test, a/**: production}", "detoy.yaml");
  ASSERT_TRUE(project) << project.error().message;
  ASSERT_EQ(project->roles.size(), 2u);
  EXPECT_EQ(project->roles[0].first, "z/**");
  EXPECT_EQ(project->roles[1].first, "a/**");
}

TEST(Extend, AnEmptyFileChangesNothing) {
  EXPECT_EQ(error_of(""), "");
  EXPECT_EQ(error_of("# nothing yet\n"), "");
  EXPECT_EQ(error_of("---\n"), "");
}

TEST(Extend, OverridesOnlyTheFieldsOfAKindThatAreGiven) {
  Catalog catalog = built_in();
  const std::string title = catalog.kind("cache")->title;
  const std::size_t words = catalog.kind("cache")->name_words.size();
  ASSERT_TRUE(catalog.extend("kinds: {cache: {risk: low, name_words: {cache: 1, hotset: 2}}}", "detoy.yaml"));
  const Kind& cache = *catalog.kind("cache");
  EXPECT_EQ(cache.risk, Risk::low);
  EXPECT_EQ(cache.title, title);
  EXPECT_EQ(cache.name_words.size(), words + 1);
  const auto weight = [&](std::string_view phrase) {
    for (const Kind::Word& word : cache.name_words) {
      if (word.phrase == phrase) return word.weight;
    }
    return 0.0;
  };
  EXPECT_EQ(weight("cache"), 1);
  EXPECT_EQ(weight("hotset"), 2);
}

TEST(Extend, AddsKindsThatLibrariesAndDomainsOfTheSameFileName) {
  Catalog catalog = built_in();
  const auto project = catalog.extend(R"(
libraries:
  - {name: acme-ledger, effect: state, kind: ledger, packages: ["@acme/ledger"], languages: [typescript]}
domains:
  - {name: money, words: [ledger], kinds: [ledger]}
kinds:
  ledger:
    title: Ledger
    what: bookings
    primitive: PostgreSQL
    action: Book {name} in a table.
    on_restart: Bookings are lost.
    on_second_instance: Bookings differ.
    why: "{name} of {owner} is in memory."
words: {test_doubles: [pretend]}
policy: {max_evidence: 3}
)",
                                      "detoy.yaml");
  ASSERT_TRUE(project) << project.error().message;
  EXPECT_EQ(catalog.kind("ledger")->title, "Ledger");
  EXPECT_EQ(catalog.libraries().front().name, "acme-ledger") << "a project's libraries win over the built-in ones";
  EXPECT_EQ(catalog.policy("max_evidence"), 3);
  EXPECT_EQ(catalog.words("test_doubles").back(), "pretend");
  const auto money = std::find_if(catalog.domains().begin(), catalog.domains().end(),
                                  [](const Domain& domain) { return domain.name == "money"; });
  EXPECT_EQ(money->words, std::vector<std::string>{"ledger"}) << "a domain of the same name replaces the built-in one";
}

TEST(Extend, AFileWithAnErrorChangesNothing) {
  Catalog catalog = built_in();
  ASSERT_FALSE(catalog.extend("policy: {max_evidence: 3}\nwrong: 1\n", "detoy.yaml"));
  EXPECT_NE(catalog.policy("max_evidence"), 3);
}

struct Case {
  const char* yaml;
  const char* message;
};

class ExtendError : public testing::TestWithParam<Case> {};

TEST_P(ExtendError, NamesTheFileAndTheLine) {
  EXPECT_EQ(error_of(GetParam().yaml), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, ExtendError,
    testing::Values(
        Case{"- a\n- b\n", "detoy.yaml:1: detoy.yaml must be a map"},
        Case{"just text\n", "detoy.yaml:1: detoy.yaml must be a map"},
        Case{"policy: {}\npaths: [a]\n", "detoy.yaml:2: 'paths' must be a map"},
        Case{"paths:\n  exclude: {a: b}\n", "detoy.yaml:2: 'exclude' must be a list of texts"},
        Case{"paths:\n  exclude:\n    - [a]\n", "detoy.yaml:3: an item of 'exclude' must be a text"},
        Case{"paths:\n  ignore: [a]\n", "detoy.yaml:2: unknown key 'ignore' in 'paths'; known are: exclude, include"},
        Case{"roles: {a: prod}\n",
             "detoy.yaml:1: unknown role 'prod'; known are: production, test, tool, ui, generated, declaration"},
        Case{"roles:\n  - a\n", "detoy.yaml:2: an item of 'roles' must map a pattern to a role"},
        Case{"roles: 5\n", "detoy.yaml:1: 'roles' must map patterns to roles"},
        Case{"suppressions:\n  - path: a\n", "detoy.yaml:2: a suppression needs 'reason'"},
        Case{"suppressions:\n  - {path: a, reason: ''}\n", "detoy.yaml:2: 'reason' must be a text"},
        Case{"suppressions:\n  - reason: quiet\n",
             "detoy.yaml:2: a suppression needs 'path', 'name' or 'kind': this one would hide everything"},
        Case{"suppressions: {path: a}\n", "detoy.yaml:1: 'suppressions' must be a list"},
        Case{"suppressions:\n  - {kind: cash, reason: r}\n", "detoy.yaml:2: unknown kind 'cash'"},
        Case{"kinds: [cache]\n", "detoy.yaml:1: 'kinds' must map names to kinds"},
        Case{"kinds: {cache: {risk: huge}}\n", "detoy.yaml:1: 'risk' must be low, medium, high or critical"},
        Case{"kinds:\n  cache:\n    toy_by_default: perhaps\n", "detoy.yaml:3: 'toy_by_default' must be true or false"},
        Case{"kinds:\n  cache:\n    name_words: {lru: much}\n", "detoy.yaml:3: the weight of 'lru' must be a number"},
        Case{"kinds:\n  cache:\n    name_words: {lru: '3'}\n", "detoy.yaml:3: the weight of 'lru' must be a number"},
        Case{"kinds:\n  cache:\n    name_words: {lru: 100}\n",
             "detoy.yaml:3: the weight of 'lru' must be between -6 and 6"},
        Case{"kinds:\n  cache:\n    name_words: {LruCache: 1}\n",
             "detoy.yaml:3: 'LruCache' must be lower-case words with one space between them"},
        Case{"kinds:\n  cache:\n    name_words: [lru]\n", "detoy.yaml:3: 'name_words' must map words to weights"},
        Case{"kinds:\n  cache:\n    operations: {fly: 1}\n", "detoy.yaml:2: unknown operation 'fly'"},
        Case{"kinds:\n  cache:\n    why: '{who} lost'\n",
             "detoy.yaml:2: 'why' of kind 'cache' holds {who}; known are {name} and {owner}"},
        Case{"kinds:\n  ledger:\n    title: Ledger\n", "detoy.yaml:2: kind 'ledger' needs 'what'"},
        Case{"libraries: {}\n", "detoy.yaml:1: libraries must be a list"},
        Case{"libraries:\n  - {effect: durable, packages: [a]}\n", "detoy.yaml:2: a library needs 'name'"},
        Case{"libraries:\n  - {name: a, packages: [a]}\n", "detoy.yaml:2: a library needs 'effect'"},
        Case{"libraries:\n  - {name: a, effect: magic, packages: [a]}\n", "detoy.yaml:2: unknown effect 'magic'"},
        Case{"libraries:\n  - {name: a, effect: durable}\n",
             "detoy.yaml:2: library 'a' says nothing by which it is recognised"},
        Case{"libraries:\n  - {name: a, effect: state, packages: [a]}\n",
             "detoy.yaml:2: library 'a' keeps state and needs 'kind'"},
        Case{"libraries:\n  - {name: a, effect: state, packages: [a], kind: cash}\n",
             "detoy.yaml:2: unknown kind 'cash'"},
        Case{"libraries:\n  - {name: a, effect: durable, packages: ['a*b']}\n",
             "detoy.yaml:2: '*' may only stand at the end of package 'a*b'"},
        Case{"libraries:\n  - {name: a, effect: durable, packages: [a], languages: [cobol]}\n",
             "detoy.yaml:2: unknown language 'cobol'"},
        Case{"libraries:\n  - name: a\n    effect: durable\n    pakages: [a]\n    literals: [b]\n",
             "detoy.yaml:4: unknown key 'pakages' in a library; known are: name, effect, languages, packages, symbols, "
             "decorators, literals, settings, types, globals, kind, on_disk, durable_options, durable_values, "
             "needed_options, fallback_options, durable_packages, overridden_by, used_through, toy, risk, durable_by, "
             "why"},
        Case{"domains:\n  - {name: a}\n", "detoy.yaml:2: a domain needs 'words'"},
        Case{"domains:\n  - {name: a, words: [b], at_least: big}\n",
             "detoy.yaml:2: 'at_least' must be low, medium, high or critical"},
        Case{"words: {no_such_list: [a]}\n", "detoy.yaml:1: unknown list of words 'no_such_list'"},
        Case{"policy: {no_such_number: 1}\n", "detoy.yaml:1: unknown policy 'no_such_number'"},
        Case{"policy:\n  max_evidence: many\n", "detoy.yaml:2: policy 'max_evidence' must be a number"},
        Case{"policy:\n  max_evidence: .inf\n", "detoy.yaml:2: policy 'max_evidence' must be a number"}));

TEST(Extend, ReportsTheProblemNearestToTheTop) {
  const std::string message = error_of("suppressions:\n  - path: a\npolicy: {max_evidence: x}\npaths: []\nfirst: 1\n");
  EXPECT_EQ(message, "detoy.yaml:2: a suppression needs 'reason'");
}

}  // namespace
}  // namespace detoy::catalog
