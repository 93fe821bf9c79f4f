#include <algorithm>
#include <atomic>
#include <thread>

#include "foundation/entity_test_support.h"

namespace detoy::foundation {
namespace {

using Condition = Entities::Condition;
using Is = Condition::Is;
using Texts = std::vector<std::string>;

const EntityField name_field{"/name"};
const EntityField age_field{"/age", EntityField::Kind::number};

class EntityQueryContract : public OnEntities {
 protected:
  // Pages of this size, one after the other.
  Texts in_pages(Entities::Query query) {
    Texts all;
    std::string cursor;
    do {
      query.cursor = cursor;
      const auto page = entities().query("acme", "payment", query);
      EXPECT_TRUE(page.has_value()) << (page ? "" : page.error().message);
      if (!page) break;
      EXPECT_LE(page->records.size(), static_cast<std::size_t>(query.limit));
      for (const Record& record : page->records) all.push_back(record.id);
      cursor = page->cursor;
    } while (!cursor.empty());
    return all;
  }
  Texts where(std::vector<Condition> conditions, std::string_view order_by = {}, bool descending = false) {
    return found({.where = conditions, .order_by = order_by, .descending = descending});
  }
  // A number in one definition may be text in the next one.
  static EntityType indexing(std::vector<EntityField> fields) { return {.fields = std::move(fields)}; }
};
DETOY_ON_ALL_ENGINES(EntityQueryContract);

TEST_P(EntityQueryContract, FindsByEqualityAndRange) {
  define(indexing({name_field, age_field}));
  create("a", {{"name", "x"}, {"age", 1}});
  create("b", {{"name", "x"}, {"age", 2.5}});
  create("c", {{"name", "y"}, {"age", 3}});
  create("d", {{"name", ""}, {"age", -4}});
  create("e", {{"name", nullptr}});
  EXPECT_EQ(where({{"/name", Is::equal, "x"}}), (Texts{"a", "b"}));
  EXPECT_EQ(where({{"/name", Is::equal, ""}}), (Texts{"d"}));
  EXPECT_EQ(where({{"/name", Is::greater, ""}}), (Texts{"a", "b", "c"}));
  EXPECT_EQ(where({{"/age", Is::equal, 1.0}}), (Texts{"a"}));
  EXPECT_EQ(where({{"/age", Is::greater, std::int64_t{1}}}), (Texts{"b", "c"}));
  EXPECT_EQ(where({{"/age", Is::at_least, std::int64_t{1}}}), (Texts{"a", "b", "c"}));
  EXPECT_EQ(where({{"/age", Is::less, 2.5}}), (Texts{"d", "a"}));
  EXPECT_EQ(where({{"/age", Is::at_most, 2.5}}), (Texts{"d", "a", "b"}));
  EXPECT_EQ(where({{"/age", Is::greater, std::int64_t{-4}}, {"/age", Is::less, std::int64_t{3}}}), (Texts{"a", "b"}));
  EXPECT_EQ(where({{"/age", Is::greater, std::int64_t{3}}, {"/age", Is::less, std::int64_t{1}}}), Texts());
  EXPECT_EQ(where({}), (Texts{"a", "b", "c", "d", "e"}));
}

TEST_P(EntityQueryContract, OrdersByAnIndexedFieldThenById) {
  define(indexing({name_field, age_field}));
  create("c", {{"age", 2}});
  create("b", {{"age", 10}});
  create("a", {{"age", 2}});
  create("d", {{"age", -1.5}});
  create("none", Json::object());
  EXPECT_EQ(found({.order_by = "/age"}), (Texts{"d", "a", "c", "b"}));
  EXPECT_EQ(found({.order_by = "/age", .descending = true}), (Texts{"b", "c", "a", "d"}));
  EXPECT_EQ(found({.descending = true}), (Texts{"none", "d", "c", "b", "a"}));
}

TEST_P(EntityQueryContract, SeveralFieldsNarrowItDown) {
  define(indexing({name_field, age_field, {"/city"}, {"/zip"}, {"/x"}}));
  for (int i = 0; i < 30; ++i) {
    create("r" + std::to_string(10 + i), {{"name", i % 2 == 0 ? "even" : "odd"},
                                          {"age", i % 5},
                                          {"city", i % 3 == 0 ? "Ulm" : "Bonn"},
                                          {"zip", std::to_string(100 - i)}});
  }
  const std::vector<Condition> conditions = {
      {"/name", Is::equal, "even"}, {"/age", Is::at_least, std::int64_t{3}}, {"/city", Is::equal, "Ulm"}};
  EXPECT_EQ(where(conditions), (Texts{"r28", "r34"}));
  EXPECT_EQ(where(conditions, "/zip"), (Texts{"r34", "r28"}));
  EXPECT_EQ(where(conditions, "/zip", true), (Texts{"r28", "r34"}));
  EXPECT_EQ(in_pages({.where = conditions, .order_by = "/zip", .limit = 1}), (Texts{"r34", "r28"}));
  std::vector<Condition> many = conditions;
  many.push_back({"/x", Is::equal, ""});
  expect_error(entities().query("acme", "payment", {.where = many, .order_by = "/zip"}), ErrorCategory::usage);
}

TEST_P(EntityQueryContract, PagesHaveEachRecordOnceInOrder) {
  define(indexing({age_field}));
  Texts expected;
  for (int i = 0; i < 23; ++i) {
    expected.push_back("r" + std::to_string(10 + i));
    create(expected.back(), {{"age", i / 5}});
  }
  for (const std::int64_t limit : {1, 4, 22, 23, 24}) {
    EXPECT_EQ(in_pages({.order_by = "/age", .limit = limit}), expected);
    EXPECT_EQ(in_pages({.limit = limit}), expected);
    Texts reversed = expected;
    std::reverse(reversed.begin(), reversed.end());
    EXPECT_EQ(in_pages({.order_by = "/age", .descending = true, .limit = limit}), reversed);
  }
  const auto exact = entities().query("acme", "payment", {.limit = 23});
  ASSERT_TRUE(exact);
  EXPECT_TRUE(exact->cursor.empty());
}

TEST_P(EntityQueryContract, CursorsStayInPlaceWhileRecordsComeAndGo) {
  define(indexing({age_field}));
  for (const char* id : {"b", "d", "f", "h"}) create(id, {{"age", 1}});
  const auto first = entities().query("acme", "payment", {.order_by = "/age", .limit = 2});
  ASSERT_TRUE(first);
  EXPECT_EQ(ids(first->records), (Texts{"b", "d"}));
  create("a", {{"age", 1}});
  create("e", {{"age", 1}});
  create("z", {{"age", 0}});
  ASSERT_TRUE(entities().remove("acme", "payment", "d", ann));
  EXPECT_EQ(found({.order_by = "/age", .cursor = first->cursor}), (Texts{"e", "f", "h"}));
}

TEST_P(EntityQueryContract, ACursorIsOfOneQuery) {
  define(indexing({age_field}));
  for (const char* id : {"a", "b", "c"}) create(id, {{"age", 1}});
  const auto page = entities().query("acme", "payment", {.order_by = "/age", .limit = 1});
  ASSERT_TRUE(page);
  const std::string_view cursor = page->cursor;
  const auto refused = [&](const Entities::Query& query) {
    expect_error(entities().query("acme", "payment", query), ErrorCategory::usage, "cursor");
  };
  refused({.cursor = cursor});
  refused({.order_by = "/age", .descending = true, .cursor = cursor});
  refused({.order_by = "/age", .cursor = cursor, .include_deleted = true});
  refused({.order_by = "/age", .cursor = cursor.substr(0, cursor.size() - 2 * 1)});
  refused({.order_by = "/age", .cursor = "x"});
  refused({.order_by = "/age", .cursor = cursor.substr(1)});
  EXPECT_EQ(found({.order_by = "/age", .limit = 7, .cursor = cursor}), (Texts{"b", "c"}));
}

TEST_P(EntityQueryContract, EntriesFollowTheChangesOfTheirRecord) {
  define(indexing({name_field, age_field}));
  create("a", {{"name", "x"}, {"age", 1}});
  ASSERT_TRUE(entities().patch("acme", "payment", "a", R"({"name":"y"})", ann));
  EXPECT_EQ(where({{"/name", Is::equal, "x"}}), Texts());
  EXPECT_EQ(where({{"/name", Is::equal, "y"}}), (Texts{"a"}));
  EXPECT_EQ(where({{"/age", Is::equal, std::int64_t{1}}}), (Texts{"a"}));
  ASSERT_TRUE(entities().replace("acme", "payment", "a", R"({"age":2})", ann));
  EXPECT_EQ(where({{"/name", Is::equal, "y"}}), Texts());
  EXPECT_EQ(where({{"/age", Is::equal, std::int64_t{2}}}), (Texts{"a"}));
}

TEST_P(EntityQueryContract, AQueryEndsAfterSomeTimeAndGoesOnFromItsCursor) {
  define(indexing({name_field, age_field}));
  constexpr int count = 5'100;
  const auto made = engine().write(Durability::process, [&](Transaction& transaction) -> Result<void> {
    for (int i = 0; i < count; ++i) {
      const Json body{{"name", i == count - 1 ? "needle" : "hay"}, {"age", i}};
      const auto one = Entities::create(transaction, "acme", "payment", std::to_string(i), body.dump(), ann);
      if (!one) return std::unexpected(one.error());
    }
    return {};
  });
  ASSERT_TRUE(made) << made.error().message;
  const std::vector<Condition> needle = {{"/name", Is::equal, "needle"}};
  const auto first = entities().query("acme", "payment", {.where = needle, .order_by = "/age"});
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->records.empty());
  ASSERT_FALSE(first->cursor.empty());
  EXPECT_EQ(found({.where = needle, .order_by = "/age", .cursor = first->cursor}), (Texts{std::to_string(count - 1)}));
  EXPECT_EQ(where(needle), (Texts{std::to_string(count - 1)}));
}

TEST_P(EntityQueryContract, APageEndsBeforeItIsTooLarge) {
  define({});
  const Json body{{"a", std::string(1'000'000, 'x')}};
  for (int i = 0; i < 20; ++i) create("r" + std::to_string(10 + i), body);
  const auto page = entities().query("acme", "payment", {});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->records.size(), 16u);
  EXPECT_EQ(found({.cursor = page->cursor}).size(), 4u);
}

TEST_P(EntityQueryContract, RefusesWhatIsNotIndexedOrOfAnotherKind) {
  define(indexing({name_field, age_field}));
  const auto refused = [&](const Entities::Query& query, std::string_view part = {}) {
    expect_error(entities().query("acme", "payment", query), ErrorCategory::usage, part);
  };
  const std::vector<Condition> wrong = {{"/other", Is::equal, "x"},
                                        {"/name", Is::equal, std::int64_t{1}},
                                        {"/age", Is::equal, "1"},
                                        {"/age", Is::equal, std::numeric_limits<double>::quiet_NaN()}};
  for (const Condition& condition : wrong) refused({.where = {&condition, 1}});
  refused({.order_by = "/other"}, "/other is not an indexed field");
  refused({.limit = 0});
  refused({.limit = 1'001});
  expect_error(entities().query("acme", "nothing", {}), ErrorCategory::usage, "not defined");
}

TEST_P(EntityQueryContract, ADefinitionIsTheSameUntilSomethingIsNew) {
  const auto version = [&](const EntityType& type) { return entities().define("acme", "payment", type); };
  EXPECT_EQ(version(indexing({name_field})), 1);
  EXPECT_EQ(version(indexing({name_field})), 1);
  EXPECT_EQ(version({.schema = R"({"type":"object"})", .fields = {name_field}, .states = states_}), 2);
  const auto known = entities().definition("acme", "payment");
  ASSERT_TRUE(known && *known);
  EXPECT_EQ((*known)->version, 2);
  EXPECT_EQ((*known)->type.schema, R"({"type":"object"})");
  EXPECT_EQ((*known)->type.fields, std::vector<EntityField>{name_field});
  EXPECT_EQ((*known)->type.states, states_);
  EXPECT_EQ(entities().definition("other", "payment")->has_value(), false);
}

TEST_P(EntityQueryContract, ANewIndexHasTheRecordsThatAreThere) {
  define(indexing({name_field}));
  for (int i = 0; i < 120; ++i) create("r" + std::to_string(100 + i), {{"name", "x"}, {"age", i}});
  ASSERT_TRUE(entities().remove("acme", "payment", "r219", ann));
  define(indexing({age_field}));
  EXPECT_EQ(where({{"/age", Is::at_least, std::int64_t{117}}}), (Texts{"r217", "r218"}));
  expect_error(entities().query("acme", "payment", {.order_by = "/name"}), ErrorCategory::usage);
  ASSERT_TRUE(entities().restore("acme", "payment", "r219", ann));
  ASSERT_TRUE(entities().patch("acme", "payment", "r218", R"({"name":"y"})", ann));
  define(indexing({age_field, name_field}));
  EXPECT_EQ(where({{"/name", Is::equal, "y"}}), (Texts{"r218"}));
  EXPECT_EQ(where({{"/name", Is::equal, "x"}}).size(), 100u);
  EXPECT_EQ(where({{"/age", Is::at_least, std::int64_t{118}}}), (Texts{"r218", "r219"}));
}

TEST_P(EntityQueryContract, ADefinitionThatRecordsBreakIsRefusedAndTheOldOneStays) {
  define(indexing({name_field}));
  for (int i = 0; i < 60; ++i) create("r" + std::to_string(10 + i), {{"name", std::to_string(i)}});
  create("same", {{"name", "7"}});
  expect_error(entities().define("acme", "payment", indexing({{.path = "/name", .unique = true}})),
               ErrorCategory::conflict, "/name of payment same must be unique, and payment r17 has the same value");
  expect_error(entities().define("acme", "payment", indexing({{"/name", EntityField::Kind::number}})),
               ErrorCategory::usage, "payment r10: /name is indexed as a number");
  EXPECT_EQ((*entities().definition("acme", "payment"))->version, 1);
  EXPECT_EQ(where({{"/name", Is::equal, "7"}}), (Texts{"r17", "same"}));
  create("more", {{"name", "8"}});  // the unique index is gone
  for (const char* id : {"same", "more"}) ASSERT_TRUE(entities().remove("acme", "payment", id, ann));
  define(indexing({{.path = "/name", .unique = true}}));
  expect_error(entities().create("acme", "payment", "x", R"({"name":"8"})", ann), ErrorCategory::conflict);
  EXPECT_EQ(where({{"/name", Is::equal, "7"}}), (Texts{"r17"}));
}

TEST_P(EntityQueryContract, EntriesThatNobodyUsesAreDeleted) {
  define(indexing({name_field, age_field}));
  for (int i = 0; i < 30; ++i) create({}, {{"name", "x"}, {"age", i}});
  define(indexing({age_field}));
  static constexpr Statement count = "SELECT COUNT(*) FROM entity_index WHERE tenant = 'acme'";
  const auto left = engine().read([](Transaction& transaction) -> Result<std::int64_t> {
    const auto rows = transaction.run(count);
    if (!rows) return std::unexpected(rows.error());
    return rows->number(0, 0);
  });
  EXPECT_EQ(left, 60);
}

TEST_P(EntityQueryContract, WritersGoOnWhileAnIndexIsBuiltAndMissNothing) {
  define(indexing({}));
  for (int i = 0; i < 300; ++i) create("r" + std::to_string(1'000 + i), {{"age", i}});
  const auto second = open();
  std::atomic<bool> built = false;
  std::jthread writer([&] {
    Entities store(*second);
    for (int i = 0; !built; ++i) {
      const std::string changed = "r" + std::to_string(1'000 + i % 300);
      const auto patched = store.patch("acme", "payment", changed, Json{{"age", 10'000 + i}}.dump(), ann);
      ASSERT_TRUE(patched) << patched.error().message;
      const auto made = store.create("acme", "payment", {}, Json{{"age", -i}}.dump(), ann);
      ASSERT_TRUE(made) << made.error().message;
    }
  });
  define(indexing({age_field}));
  built = true;
  writer.join();
  const Texts all = in_pages({.limit = 1'000});
  Texts by_age = in_pages({.order_by = "/age", .limit = 1'000});
  const auto first = entities().query("acme", "payment", {.order_by = "/age", .limit = 1'000});
  ASSERT_TRUE(first);
  for (std::size_t i = 1; i < first->records.size(); ++i)
    EXPECT_LE(Json::parse(first->records[i - 1].body)["age"], Json::parse(first->records[i].body)["age"]);
  std::sort(by_age.begin(), by_age.end());
  Texts sorted = all;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(by_age, sorted);
}

}  // namespace
}  // namespace detoy::foundation
