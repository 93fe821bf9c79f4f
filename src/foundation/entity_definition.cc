#include "foundation/entity_definition.h"

#include <fmt/format.h>

#include <utility>

#include "foundation/bounds.h"

namespace detoy::foundation {
namespace {

constexpr Statement look =
    "SELECT version, ready, definition FROM entity_type WHERE tenant = $1 AND name = $2 ORDER BY version DESC LIMIT 2";
constexpr Statement add =
    "INSERT INTO entity_type (tenant, name, version, ready, definition, defined_at) VALUES ($1, $2, $3, $4, $5, $6)";
constexpr Statement update =
    "UPDATE entity_type SET ready = $4, definition = $5 WHERE tenant = $1 AND name = $2 AND version = $3";
constexpr Statement drop = "DELETE FROM entity_type WHERE tenant = $1 AND name = $2 AND version = $3 AND ready = 0";

Json to_json(const StoredType& stored) {
  Json fields = Json::array();
  for (std::size_t i = 0; i < stored.type.fields.size(); ++i) {
    const EntityField& field = stored.type.fields[i];
    fields.push_back({{"path", field.path},
                      {"number_kind", field.kind == EntityField::Kind::number},
                      {"unique", field.unique},
                      {"number", stored.numbers[i]}});
  }
  Json json = {{"schema", stored.type.schema},
               {"compiled", stored.schema},
               {"fields", std::move(fields)},
               {"next_number", stored.next_number},
               {"unused", stored.unused}};
  if (stored.type.states) {
    const StateMachine& states = *stored.type.states;
    json["states"] = {{"field", states.field},
                      {"initial", states.initial},
                      {"states", states.states},
                      {"transitions", states.transitions}};
  }
  return json;
}

// May throw, if the database holds something else.
StoredType from_json(const Json& json) {
  StoredType stored;
  stored.type.schema = json.at("schema").get<std::string>();
  stored.schema = json.at("compiled");
  for (const Json& field : json.at("fields")) {
    const bool number = field.at("number_kind").get<bool>();
    stored.type.fields.push_back({.path = field.at("path").get<std::string>(),
                                  .kind = number ? EntityField::Kind::number : EntityField::Kind::text,
                                  .unique = field.at("unique").get<bool>()});
    stored.numbers.push_back(field.at("number").get<std::int64_t>());
  }
  stored.next_number = json.at("next_number").get<std::int64_t>();
  json.at("unused").get_to(stored.unused);
  if (const auto states = json.find("states"); states != json.end()) {
    StateMachine& machine = stored.type.states.emplace();
    states->at("field").get_to(machine.field);
    states->at("initial").get_to(machine.initial);
    states->at("states").get_to(machine.states);
    states->at("transitions").get_to(machine.transitions);
  }
  return stored;
}

}  // namespace

Result<StoredTypes> load_types(Transaction& transaction, std::string_view tenant, std::string_view name) {
  const auto rows = transaction.run(look, {tenant, name});
  if (!rows) return std::unexpected(rows.error());
  StoredTypes types;
  for (std::size_t row = 0; row < rows->size() && !types.current; ++row) {
    try {
      StoredType stored = from_json(Json::parse(rows->text(row, 2)));
      stored.version = rows->number(row, 0);
      (rows->number(row, 1) != 0 ? types.current : types.pending) = std::move(stored);
    } catch (const Json::exception& error) {
      return fail(ErrorCategory::internal,
                  fmt::format("the definition of type {} cannot be read: {}", name, error.what()));
    }
  }
  return types;
}

Result<StoredTypes> need_types(Transaction& transaction, std::string_view tenant, std::string_view name) {
  if (const auto named = check_name("tenant", tenant); !named) return std::unexpected(named.error());
  if (const auto named = check_name("type", name); !named) return std::unexpected(named.error());
  auto types = load_types(transaction, tenant, name);
  if (types && !types->current) return fail(ErrorCategory::usage, fmt::format("the type {} is not defined", name));
  return types;
}

Result<void> add_type(Transaction& transaction, std::string_view tenant, std::string_view name, const StoredType& type,
                      bool ready) {
  const std::string text = to_json(type).dump();
  const auto done = transaction.run(
      add, {tenant, name, type.version, std::int64_t{ready ? 1 : 0}, std::string_view(text), transaction.now()});
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<void> update_type(Transaction& transaction, std::string_view tenant, std::string_view name,
                         const StoredType& type, bool ready) {
  const std::string text = to_json(type).dump();
  const auto done =
      transaction.run(update, {tenant, name, type.version, std::int64_t{ready ? 1 : 0}, std::string_view(text)});
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<void> drop_type(Transaction& transaction, std::string_view tenant, std::string_view name, std::int64_t version) {
  const auto done = transaction.run(drop, {tenant, name, version});
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace detoy::foundation
