// What the tests of entities share.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/conformance_test_support.h"
#include "foundation/entity.h"

namespace detoy::foundation {

class OnEntities : public OnEngine {
 protected:
  using Json = nlohmann::json;
  using Record = Entities::Record;

  static constexpr Entities::Author ann{.actor = "ann", .request = "r-1"};

  Entities entities() { return Entities(engine()); }
  void define(const EntityType& type, std::string_view name = "payment", std::string_view tenant = "acme") {
    const auto defined = entities().define(tenant, name, type);
    ASSERT_TRUE(defined.has_value()) << (defined ? "" : defined.error().message);
  }
  Record create(std::string_view id, const Json& body, std::string_view type = "payment",
                std::string_view tenant = "acme") {
    const auto made = entities().create(tenant, type, id, body.dump(), ann);
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
    return made ? *made : Record();
  }
  // Null: there is none.
  Json body(std::string_view id, std::string_view type = "payment", std::string_view tenant = "acme") {
    const auto found = entities().get(tenant, type, id);
    EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().message);
    return found && *found ? Json::parse((*found)->body) : Json();
  }
  template <typename T>
  static void expect_error(const Result<T>& result, ErrorCategory category, std::string_view part = {}) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().category, category) << result.error().message;
    EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error().message;
  }
  static std::vector<std::string> ids(const std::vector<Record>& records) {
    std::vector<std::string> all;
    for (const Record& record : records) all.push_back(record.id);
    return all;
  }
  std::vector<std::string> found(const Entities::Query& query, std::string_view type = "payment",
                                 std::string_view tenant = "acme") {
    const auto page = entities().query(tenant, type, query);
    EXPECT_TRUE(page.has_value()) << (page ? "" : page.error().message);
    return page ? ids(page->records) : std::vector<std::string>();
  }

  const StateMachine states_{.field = "/state",
                             .initial = "authorized",
                             .states = {"authorized", "captured", "refunded"},
                             .transitions = {{"authorized", "captured"}, {"captured", "refunded"}}};
};

}  // namespace detoy::foundation
