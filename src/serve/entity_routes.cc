#include <array>
#include <charconv>

#include "foundation/entity.h"
#include "serve/json_fields.h"
#include "serve/route.h"

namespace detoy::serve {
namespace {

using foundation::Entities;
using foundation::EntityField;
using foundation::EntityType;
using foundation::StateMachine;
using nlohmann::json;

constexpr std::size_t most_fields = 16;
constexpr std::size_t most_states = 64;
constexpr std::size_t most_conditions = 16;

// What was stored was checked to be JSON.
json parsed(const std::string& text) {
  return json::parse(text, nullptr, false);
}

json of(const Entities::Record& record) {
  json told = {{"id", record.id},
               {"version", record.version},
               {"body", parsed(record.body)},
               {"created_at", time_text(record.created_at)},
               {"updated_at", time_text(record.updated_at)}};
  if (record.deleted_at != 0) told["deleted_at"] = time_text(record.deleted_at);
  return told;
}

Reply reply_of(const Entities::Record& record) {
  return {of(record), {{"ETag", "\"" + std::to_string(record.version) + "\""}}};
}

StateMachine states_of(Fields fields, Fields& outer) {
  StateMachine states;
  states.field = fields.text("field");
  states.initial = fields.text("initial");
  states.states = fields.texts_or_none("states", most_states);
  for (Fields& transition : fields.objects("transitions", most_states * most_states)) {
    std::string from = transition.text("from");
    states.transitions.emplace_back(std::move(from), transition.text("to"));
    fields.join(transition);
  }
  outer.join(fields);
  return states;
}

Result<Reply> define(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("type");
  EntityType type;
  if (fields.has("schema")) type.schema = fields.object_text("schema");
  if (fields.has("fields")) {
    for (Fields& field : fields.objects("fields", most_fields)) {
      EntityField one;
      one.path = field.text("path");
      one.kind = field.choice("kind", {"text", "number"}) == 0 ? EntityField::Kind::text : EntityField::Kind::number;
      one.unique = field.flag_or("unique", false);
      fields.join(field);
      type.fields.push_back(std::move(one));
    }
  }
  if (fields.has("states")) type.states = states_of(fields.object("states"), fields);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto version = Entities(call.engine).define(call.tenant, name, type);
  if (!version) return std::unexpected(version.error());
  return Reply{{{"version", *version}}};
}

// RFC 9110, 13.1.1, with the tags that we give: "3". Any version will do for *, since a change needs a record anyway.
Entities::IfVersion version_of(std::string_view if_match, Fields& fields) {
  if (if_match.empty() || if_match == "*") return {};
  std::int64_t version = 0;
  const char* const end = if_match.data() + if_match.size() - 1;
  const auto [behind, error] = if_match.size() < 3 || if_match.front() != '"'
                                   ? std::from_chars_result{nullptr, std::errc::invalid_argument}
                                   : std::from_chars(if_match.data() + 1, end, version);
  if (error == std::errc() && behind == end && *end == '"' && version > 0) return version;
  fields.refuse("If-Match", "must be one ETag of this server, such as \"3\", or *");
  return {};
}

// Which record a change is about, and who makes it.
struct Asked {
  std::string type;
  std::string id;
  std::string actor;
  std::string request;
  Entities::IfVersion if_version;

  Asked(Call& call, Fields& fields, bool fresh)
      : type(fields.text("type")),
        id(fresh ? fields.text_or("id", "") : fields.text("id")),
        actor(fields.text("actor")),
        request(fields.text_or("request", "")) {
    if (fresh) return;
    if_version = fields.optional_number("if_version", 1, INT64_MAX);
    const Entities::IfVersion header = version_of(call.if_match, fields);
    if (if_version && header && *if_version != *header)
      fields.refuse("if_version", "says something else than If-Match");
    if (header) if_version = header;
  }
  Entities::Author author() const { return {actor, request}; }
};

Result<Reply> told(const Result<Entities::Record>& record) {
  if (!record) return std::unexpected(record.error());
  return reply_of(*record);
}

Result<Reply> create(Call& call) {
  Fields fields(call.body, call.schema);
  const Asked asked(call, fields, true);
  const std::string body = fields.object_text("body");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  return told(Entities(call.engine).create(call.tenant, asked.type, asked.id, body, asked.author()));
}

Result<Reply> replace(Call& call) {
  Fields fields(call.body, call.schema);
  const Asked asked(call, fields, false);
  const std::string body = fields.object_text("body");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  return told(Entities(call.engine).replace(call.tenant, asked.type, asked.id, body, asked.author(), asked.if_version));
}

Result<Reply> patch(Call& call) {
  Fields fields(call.body, call.schema);
  const Asked asked(call, fields, false);
  const std::string changes = fields.object_text("changes");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  return told(
      Entities(call.engine).patch(call.tenant, asked.type, asked.id, changes, asked.author(), asked.if_version));
}

Result<Reply> remove(Call& call) {
  Fields fields(call.body, call.schema);
  const Asked asked(call, fields, false);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  return told(Entities(call.engine).remove(call.tenant, asked.type, asked.id, asked.author(), asked.if_version));
}

Result<Reply> restore(Call& call) {
  Fields fields(call.body, call.schema);
  const Asked asked(call, fields, false);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  return told(Entities(call.engine).restore(call.tenant, asked.type, asked.id, asked.author(), asked.if_version));
}

Result<Reply> get(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string type = fields.text("type");
  const std::string id = fields.text("id");
  const bool deleted = fields.flag_or("include_deleted", false);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto record = Entities(call.engine).get(call.tenant, type, id, deleted);
  if (!record) return std::unexpected(record.error());
  Reply reply{{{"found", record->has_value()}}};
  if (*record) reply.body["record"] = of(**record);
  return reply;
}

Result<Reply> get_many(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string type = fields.text("type");
  const std::vector<std::string> ids = fields.texts_or_none("ids", 100);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto records = Entities(call.engine).get_many(call.tenant, type, ids);
  if (!records) return std::unexpected(records.error());
  Reply reply{{{"records", json::array()}}};
  for (const Entities::Record& record : *records) reply.body["records"].push_back(of(record));
  return reply;
}

// Owns what the conditions of a query refer to.
struct Conditions {
  std::vector<std::string> fields;
  std::vector<std::string> texts;
  std::vector<Entities::Condition> list;

  void read(Fields& outer) {
    if (!outer.has("where")) return;
    std::vector<Fields> all = outer.objects("where", most_conditions);
    fields.reserve(all.size());
    texts.reserve(all.size());
    for (Fields& one : all) {
      Entities::Condition condition;
      fields.push_back(one.text("field"));
      condition.field = fields.back();
      condition.is =
          static_cast<Entities::Condition::Is>(one.choice("is", {"equal", "less", "at_most", "greater", "at_least"}));
      const json value = one.scalar("value");
      if (value.is_string()) {
        texts.push_back(value.get<std::string>());
        condition.value = std::string_view(texts.back());
      } else if (value.is_number_integer()) {
        condition.value = value.get<std::int64_t>();
      } else if (value.is_number()) {
        condition.value = value.get<double>();
      }
      outer.join(one);
      list.push_back(condition);
    }
  }
};

Result<Reply> query(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string type = fields.text("type");
  Conditions where;
  where.read(fields);
  const std::string order_by = fields.text_or("order_by", "");
  const std::string cursor = fields.text_or("cursor", "");
  Entities::Query query{.where = where.list, .order_by = order_by, .cursor = cursor};
  query.descending = fields.flag_or("descending", false);
  query.limit = fields.number_or("limit", query.limit, 1, 1'000);
  query.include_deleted = fields.flag_or("include_deleted", false);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto page = Entities(call.engine).query(call.tenant, type, query);
  if (!page) return std::unexpected(page.error());
  Reply reply{{{"records", json::array()}, {"cursor", page->cursor}}};
  for (const Entities::Record& record : page->records) reply.body["records"].push_back(of(record));
  return reply;
}

Reply trail_of(const Entities::Trail& trail) {
  constexpr std::array operations = {"create", "replace", "patch", "remove", "restore"};
  Reply reply{{{"changes", json::array()}, {"cursor", trail.cursor}}};
  for (const Entities::Change& change : trail.changes) {
    json one = {{"type", change.type},       {"id", change.id},
                {"version", change.version}, {"changed_at", time_text(change.at)},
                {"actor", change.actor},     {"operation", operations[static_cast<std::size_t>(change.operation)]}};
    if (!change.request.empty()) one["request"] = change.request;
    if (change.before) one["before"] = parsed(*change.before);
    if (change.after) one["after"] = parsed(*change.after);
    reply.body["changes"].push_back(std::move(one));
  }
  return reply;
}

Result<Reply> history(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string type = fields.text("type");
  const std::string id = fields.text("id");
  const std::string cursor = fields.text_or("cursor", "");
  const std::int64_t limit = fields.number_or("limit", 100, 1, 1'000);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto trail = Entities(call.engine).history(call.tenant, type, id, cursor, limit);
  if (!trail) return std::unexpected(trail.error());
  return trail_of(*trail);
}

Result<Reply> audit(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string type = fields.text_or("type", "");
  const std::string actor = fields.text_or("actor", "");
  const std::string cursor = fields.text_or("cursor", "");
  Entities::AuditQuery query{.type = type, .actor = actor, .cursor = cursor};
  query.limit = fields.number_or("limit", query.limit, 1, 1'000);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto trail = Entities(call.engine).audit(call.tenant, query);
  if (!trail) return std::unexpected(trail.error());
  return trail_of(*trail);
}

}  // namespace

std::vector<Route> entity_routes() {
  return {
      {"entity", "define", "Declares a type of records: schema, indexed fields, states.",
       R"({"type": "payment", "schema": {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "integer", "minimum": 1}}}, "fields": [{"path": "/customer", "kind": "text"}, {"path": "/amount", "kind": "number"}], "states": {"field": "/state", "initial": "authorized", "states": ["authorized", "captured"], "transitions": [{"from": "authorized", "to": "captured"}]}})",
       R"({"version": 1})", define},
      {"entity", "create", "Makes a record.",
       R"({"type": "payment", "id": "p-1", "actor": "ann", "body": {"amount": 700, "customer": "c-1", "state": "authorized"}})",
       R"({"id": "p-1", "version": 1, "body": {"amount": 700, "customer": "c-1", "state": "authorized"}, "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:00.000000Z"})",
       create, Pace::slow, InUnit::joins},
      {"entity", "patch", "Changes members of a record, as a JSON Merge Patch.",
       R"({"type": "payment", "id": "p-1", "actor": "ann", "request": "r-7", "changes": {"state": "captured"}, "if_version": 1})",
       R"({"id": "p-1", "version": 2, "body": {"amount": 700, "customer": "c-1", "state": "captured"}, "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:10.000000Z"})",
       patch, Pace::slow, InUnit::joins},
      {"entity", "replace", "Gives a record another body.",
       R"({"type": "payment", "id": "p-1", "actor": "bob", "body": {"amount": 500, "customer": "c-1", "state": "captured"}, "if_version": 2})",
       R"({"id": "p-1", "version": 3, "body": {"amount": 500, "customer": "c-1", "state": "captured"}, "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:20.000000Z"})",
       replace, Pace::slow, InUnit::joins},
      {"entity", "query", "Records by indexed fields, page by page.",
       R"({"type": "payment", "where": [{"field": "/customer", "is": "equal", "value": "c-1"}, {"field": "/amount", "is": "at_least", "value": 100}], "limit": 10})",
       R"({"records": [{"id": "p-1", "version": 3, "body": {"amount": 500, "customer": "c-1", "state": "captured"}, "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:20.000000Z"}], "cursor": ""})",
       query},
      {"entity", "remove", "Hides a record; it can be restored.", R"({"type": "payment", "id": "p-1", "actor": "bob"})",
       R"({"id": "p-1", "version": 4, "body": {"amount": 500, "customer": "c-1", "state": "captured"}, "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:30.000000Z", "deleted_at": "2026-01-01T00:00:30.000000Z"})",
       remove, Pace::slow, InUnit::joins},
      {"entity", "get", "One record.", R"({"type": "payment", "id": "p-1"})", R"({"found": false})", get, Pace::slow,
       InUnit::joins},
      {"entity", "get_many", "Those of 1 to 100 ids that are there.", R"({"type": "payment", "ids": ["p-1", "p-2"]})",
       R"({"records": []})", get_many},
      {"entity", "restore", "Brings a removed record back.", R"({"type": "payment", "id": "p-1", "actor": "bob"})",
       R"({"id": "p-1", "version": 5, "body": {"amount": 500, "customer": "c-1", "state": "captured"}, "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:40.000000Z"})",
       restore, Pace::slow, InUnit::joins},
      {"entity", "history", "What became of a record, the latest change first.",
       R"({"type": "payment", "id": "p-1", "limit": 1})",
       R"({"changes": [{"type": "payment", "id": "p-1", "version": 5, "changed_at": "2026-01-01T00:00:40.000000Z", "actor": "bob", "operation": "restore", "after": {"amount": 500, "customer": "c-1", "state": "captured"}}], "cursor": "4"})",
       history},
      {"entity", "audit", "What was changed by whom, the latest change first.", R"({"actor": "ann", "limit": 1})",
       R"({"changes": [{"type": "payment", "id": "p-1", "version": 2, "changed_at": "2026-01-01T00:00:10.000000Z", "actor": "ann", "request": "r-7", "operation": "patch", "before": {"amount": 700, "customer": "c-1", "state": "authorized"}, "after": {"amount": 700, "customer": "c-1", "state": "captured"}}], "cursor": "2"})",
       audit},
  };
}

}  // namespace detoy::serve
