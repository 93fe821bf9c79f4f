#include "foundation/entity.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "foundation/bounds.h"
#include "foundation/entity_definition.h"
#include "foundation/entity_document.h"
#include "foundation/entity_index.h"
#include "foundation/entity_record.h"
#include "foundation/json_schema.h"

namespace detoy::foundation {
namespace {

using Record = Entities::Record;
using Operation = Entities::Operation;

constexpr std::int64_t most_ids = 100;

constexpr Statement look =
    "SELECT id, version, body, created_at, updated_at, deleted_at FROM entity "
    "WHERE tenant = $1 AND type = $2 AND id = $3";
constexpr Statement add =
    "INSERT INTO entity (tenant, type, id, version, body, created_at, updated_at, deleted_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $6, 0) ON CONFLICT DO NOTHING";
constexpr Statement update =
    "UPDATE entity SET version = $4, body = $5, updated_at = $6, deleted_at = $7 "
    "WHERE tenant = $1 AND type = $2 AND id = $3";
constexpr Statement note =
    "INSERT INTO entity_change (tenant, type, id, version, at, actor, request, operation, body) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
constexpr Statement last_id =
    "SELECT id FROM entity_index WHERE tenant = $1 AND type = $2 AND field = 0 AND value >= $3 AND value < $4 "
    "ORDER BY value DESC LIMIT 1";

Result<void> check_author(const Entities::Author& author) {
  if (const auto named = check_name("actor", author.actor); !named) return named;
  return author.request.empty() ? Result<void>() : check_name("request", author.request);
}

std::string subject_of(const EntityKey& key) {
  return fmt::format("{} {}", key.type, key.id);
}

Result<void> conflict(const EntityKey& key, std::string_view reason) {
  return fail(ErrorCategory::conflict, fmt::format("{} {}", subject_of(key), reason));
}

Result<std::optional<Record>> find(Transaction& transaction, const EntityKey& key) {
  const auto rows = transaction.run(look, {key.tenant, key.type, key.id});
  if (!rows) return std::unexpected(rows.error());
  std::optional<Record> found;
  if (!rows->empty()) found = record_of(*rows, 0);
  return found;
}

// The record that a change is made to.
Result<Record> find_for(Transaction& transaction, const EntityKey& key, Entities::IfVersion if_version,
                        bool deleted = false) {
  auto found = find(transaction, key);
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::unexpected(conflict(key, "does not exist").error());
  if (if_version && *if_version != (*found)->version) {
    return fail(ErrorCategory::stale,
                fmt::format("{} has version {}, not {}", subject_of(key), (*found)->version, *if_version));
  }
  const bool is_deleted = (*found)->deleted_at != 0;
  if (is_deleted != deleted)
    return std::unexpected(conflict(key, is_deleted ? "was removed" : "was not removed").error());
  return std::move(**found);
}

std::string_view state_of(const StateMachine& states, const Json& document) {
  const Json* state = find_member(document, states.field);
  if (state == nullptr || !state->is_string()) return {};
  return state->get_ref<const std::string&>();
}

// `renamed`: see check_transition().
Result<void> check_body(const StoredType& stored, const EntityKey& key, const Json* before, const Json& after,
                        bool renamed) {
  if (const auto matches = check_document(stored.schema, after); !matches) return matches;
  if (!stored.type.states) return {};
  const StateMachine& states = *stored.type.states;
  const std::string_view from = before == nullptr ? std::string_view() : state_of(states, *before);
  return check_transition(states, subject_of(key), from, state_of(states, after), renamed);
}

Result<void> write_trail(Transaction& transaction, const EntityKey& key, const Record& record, Operation operation,
                         const Entities::Author& author) {
  const Param body = operation == Operation::remove ? Param(nullptr) : Param(Bytes{record.body});
  const auto done = transaction.run(note, {key.tenant, key.type, key.id, record.version, transaction.now(),
                                           author.actor, author.request, static_cast<std::int64_t>(operation), body});
  if (!done) return std::unexpected(done.error());
  return {};
}

// Stores a change of a record that is there: its entries, itself and the trail.
Result<Record> store(Transaction& transaction, const EntityKey& key, const StoredTypes& types, Record record,
                     const IndexedRecord& before, const IndexedRecord& after, Operation operation,
                     const Entities::Author& author) {
  if (const auto done = update_entries(transaction, key, indexed_fields(types), before, after); !done)
    return std::unexpected(done.error());
  record.version += 1;
  record.updated_at = transaction.now();
  record.deleted_at = after.deleted ? transaction.now() : 0;
  const auto done = transaction.run(
      update, {key.tenant, key.type, key.id, record.version, Bytes{record.body}, record.updated_at, record.deleted_at});
  if (!done) return std::unexpected(done.error());
  if (const auto noted = write_trail(transaction, key, record, operation, author); !noted)
    return std::unexpected(noted.error());
  return record;
}

Result<void> take_body(Record& record, const Json& body) {
  record.body = body.dump();
  if (record.body.size() <= largest_document) return {};
  return fail(ErrorCategory::usage,
              fmt::format("a body may have {} bytes, and has {}", largest_document, record.body.size()));
}

Json parse_stored(const Record& record) {
  return Json::parse(record.body, nullptr, false);
}

// The time in hexadecimal digits, and a number for those of the same microsecond.
Result<std::string> new_id(Transaction& transaction, std::string_view tenant, std::string_view type) {
  constexpr std::size_t digits = 5;
  constexpr unsigned most = (1u << (4 * digits)) - 1;
  const std::string prefix = fmt::format("{:014x}", static_cast<std::uint64_t>(transaction.now()));
  const std::string end = prefix + "g";
  const auto rows = transaction.run(last_id, {tenant, type, Bytes{prefix}, Bytes{end}});
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty()) return prefix + std::string(digits, '0');
  const std::string& last = rows->text(0, 0);
  unsigned number = most;
  if (last.size() == prefix.size() + digits)
    std::from_chars(last.data() + prefix.size(), last.data() + last.size(), number, 16);
  if (number == most) return fail(ErrorCategory::unavailable, "there are too many records of this microsecond");
  return prefix + fmt::format("{:05x}", number + 1);
}

}  // namespace

Result<Record> Entities::create(Transaction& transaction, std::string_view tenant, std::string_view type,
                                std::string_view id, std::string_view body, const Author& author) {
  if (const auto valid = check_author(author); !valid) return std::unexpected(valid.error());
  if (!id.empty()) {
    if (const auto named = check_name("id", id); !named) return std::unexpected(named.error());
  }
  const auto parsed = parse_document("the body", body);
  if (!parsed) return std::unexpected(parsed.error());
  const auto types = need_types(transaction, tenant, type);
  if (!types) return std::unexpected(types.error());
  Record record;
  record.id = id;
  if (id.empty()) {
    auto made = new_id(transaction, tenant, type);
    if (!made) return std::unexpected(made.error());
    record.id = std::move(*made);
  }
  const EntityKey key{tenant, type, record.id};
  const auto there = find(transaction, key);
  if (!there) return std::unexpected(there.error());
  if (*there) {
    return std::unexpected(
        conflict(key, (*there)->deleted_at != 0 ? "exists already, and was removed" : "exists already").error());
  }
  if (const auto valid = check_body(*types->current, key, nullptr, *parsed, true); !valid)
    return std::unexpected(valid.error());
  if (const auto taken = take_body(record, *parsed); !taken) return std::unexpected(taken.error());
  if (const auto done = update_entries(transaction, key, indexed_fields(*types), {}, {&*parsed, false}); !done)
    return std::unexpected(done.error());
  record.version = 1;
  record.created_at = record.updated_at = transaction.now();
  const auto added =
      transaction.run(add, {tenant, type, key.id, record.version, Bytes{record.body}, record.created_at});
  if (!added) return std::unexpected(added.error());
  if (added->changed() == 0) return std::unexpected(conflict(key, "exists already").error());
  if (const auto noted = write_trail(transaction, key, record, Operation::create, author); !noted)
    return std::unexpected(noted.error());
  return record;
}

Result<Record> Entities::replace(Transaction& transaction, std::string_view tenant, std::string_view type,
                                 std::string_view id, std::string_view body, const Author& author,
                                 IfVersion if_version) {
  if (const auto valid = check_author(author); !valid) return std::unexpected(valid.error());
  const auto parsed = parse_document("the body", body);
  if (!parsed) return std::unexpected(parsed.error());
  const auto types = need_types(transaction, tenant, type);
  if (!types) return std::unexpected(types.error());
  const EntityKey key{tenant, type, id};
  auto record = find_for(transaction, key, if_version);
  if (!record) return record;
  const Json before = parse_stored(*record);
  if (const auto valid = check_body(*types->current, key, &before, *parsed, !if_version); !valid)
    return std::unexpected(valid.error());
  if (const auto taken = take_body(*record, *parsed); !taken) return std::unexpected(taken.error());
  return store(transaction, key, *types, std::move(*record), {&before, false}, {&*parsed, false}, Operation::replace,
               author);
}

Result<Record> Entities::patch(Transaction& transaction, std::string_view tenant, std::string_view type,
                               std::string_view id, std::string_view changes, const Author& author,
                               IfVersion if_version) {
  if (const auto valid = check_author(author); !valid) return std::unexpected(valid.error());
  const auto parsed = parse_document("the patch", changes);
  if (!parsed) return std::unexpected(parsed.error());
  const auto types = need_types(transaction, tenant, type);
  if (!types) return std::unexpected(types.error());
  const EntityKey key{tenant, type, id};
  auto record = find_for(transaction, key, if_version);
  if (!record) return record;
  const Json before = parse_stored(*record);
  Json after = before;
  after.merge_patch(*parsed);
  const auto& states = types->current->type.states;
  const bool renamed = states && find_member(*parsed, states->field) != nullptr;
  if (const auto valid = check_body(*types->current, key, &before, after, renamed); !valid)
    return std::unexpected(valid.error());
  if (const auto taken = take_body(*record, after); !taken) return std::unexpected(taken.error());
  return store(transaction, key, *types, std::move(*record), {&before, false}, {&after, false}, Operation::patch,
               author);
}

Result<Record> Entities::remove(Transaction& transaction, std::string_view tenant, std::string_view type,
                                std::string_view id, const Author& author, IfVersion if_version) {
  if (const auto valid = check_author(author); !valid) return std::unexpected(valid.error());
  const auto types = need_types(transaction, tenant, type);
  if (!types) return std::unexpected(types.error());
  const EntityKey key{tenant, type, id};
  auto record = find_for(transaction, key, if_version);
  if (!record) return record;
  const Json body = parse_stored(*record);
  return store(transaction, key, *types, std::move(*record), {&body, false}, {&body, true}, Operation::remove, author);
}

Result<Record> Entities::restore(Transaction& transaction, std::string_view tenant, std::string_view type,
                                 std::string_view id, const Author& author, IfVersion if_version) {
  if (const auto valid = check_author(author); !valid) return std::unexpected(valid.error());
  const auto types = need_types(transaction, tenant, type);
  if (!types) return std::unexpected(types.error());
  const EntityKey key{tenant, type, id};
  auto record = find_for(transaction, key, if_version, true);
  if (!record) return record;
  const Json body = parse_stored(*record);
  return store(transaction, key, *types, std::move(*record), {&body, true}, {&body, false}, Operation::restore, author);
}

Result<std::optional<Record>> Entities::get(Transaction& transaction, std::string_view tenant, std::string_view type,
                                            std::string_view id, bool include_deleted) {
  auto found = find(transaction, {tenant, type, id});
  if (found && *found && (*found)->deleted_at != 0 && !include_deleted) found->reset();
  return found;
}

Result<Record> Entities::create(std::string_view tenant, std::string_view type, std::string_view id,
                                std::string_view body, const Author& author) {
  return engine_.write(durability_,
                       [&](Transaction& transaction) { return create(transaction, tenant, type, id, body, author); });
}

Result<Record> Entities::replace(std::string_view tenant, std::string_view type, std::string_view id,
                                 std::string_view body, const Author& author, IfVersion if_version) {
  return engine_.write(durability_, [&](Transaction& transaction) {
    return replace(transaction, tenant, type, id, body, author, if_version);
  });
}

Result<Record> Entities::patch(std::string_view tenant, std::string_view type, std::string_view id,
                               std::string_view changes, const Author& author, IfVersion if_version) {
  return engine_.write(durability_, [&](Transaction& transaction) {
    return patch(transaction, tenant, type, id, changes, author, if_version);
  });
}

Result<Record> Entities::remove(std::string_view tenant, std::string_view type, std::string_view id,
                                const Author& author, IfVersion if_version) {
  return engine_.write(
      durability_, [&](Transaction& transaction) { return remove(transaction, tenant, type, id, author, if_version); });
}

Result<Record> Entities::restore(std::string_view tenant, std::string_view type, std::string_view id,
                                 const Author& author, IfVersion if_version) {
  return engine_.write(durability_, [&](Transaction& transaction) {
    return restore(transaction, tenant, type, id, author, if_version);
  });
}

Result<std::optional<Record>> Entities::get(std::string_view tenant, std::string_view type, std::string_view id,
                                            bool include_deleted) {
  return engine_.read([&](Transaction& transaction) { return get(transaction, tenant, type, id, include_deleted); });
}

Result<std::vector<Record>> Entities::get_many(std::string_view tenant, std::string_view type,
                                               std::span<const std::string> ids) {
  if (const auto valid = check_between("ids", static_cast<std::int64_t>(ids.size()), 1, most_ids); !valid)
    return std::unexpected(valid.error());
  return engine_.read([&](Transaction& transaction) -> Result<std::vector<Record>> {
    std::vector<Record> all;
    for (const std::string& id : ids) {
      auto one = get(transaction, tenant, type, id);
      if (!one) return std::unexpected(one.error());
      if (*one) all.push_back(std::move(**one));
    }
    return all;
  });
}

}  // namespace detoy::foundation
