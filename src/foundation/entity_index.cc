#include "foundation/entity_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace detoy::foundation {
namespace {

constexpr Statement put =
    "INSERT INTO entity_index (tenant, type, field, value, id, deleted) VALUES ($1, $2, $3, $4, $5, $6) "
    "ON CONFLICT (tenant, type, field, value, id) DO UPDATE SET deleted = excluded.deleted";
constexpr Statement drop =
    "DELETE FROM entity_index WHERE tenant = $1 AND type = $2 AND field = $3 AND value = $4 AND id = $5";
// SQLite would walk the primary key, over all deleted records with the value.
constexpr Statement same = {
    "SELECT id FROM entity_index INDEXED BY entity_index_live "
    "WHERE tenant = $1 AND type = $2 AND field = $3 AND value = $4 AND id <> $5 AND deleted = 0 LIMIT 1",
    "SELECT id FROM entity_index "
    "WHERE tenant = $1 AND type = $2 AND field = $3 AND value = $4 AND id <> $5 AND deleted = 0 LIMIT 1"};
constexpr Statement drop_field =
    "DELETE FROM entity_index WHERE tenant = $1 AND type = $2 AND field = $3 AND (value, id) IN "
    "(SELECT value, id FROM entity_index WHERE tenant = $1 AND type = $2 AND field = $3 LIMIT $4)";

struct Entry {
  std::optional<std::string> value;
  bool deleted = false;

  bool operator==(const Entry&) const = default;
};

Result<Entry> entry_of(const EntityField& field, const IndexedRecord& record) {
  if (record.body == nullptr) return Entry{};
  auto value = index_key(field, *record.body);
  if (!value) {
    // A deleted one may be as it was; it is checked when it is restored.
    if (record.deleted) return Entry{};
    return std::unexpected(value.error());
  }
  return Entry{std::move(*value), record.deleted};
}

Result<void> check_unique(Transaction& transaction, const EntityKey& key, const IndexedField& indexed,
                          const std::string& value) {
  const auto other = transaction.run(same, {key.tenant, key.type, indexed.number, Bytes{value}, key.id});
  if (!other) return std::unexpected(other.error());
  if (other->empty()) return {};
  return fail(ErrorCategory::conflict, fmt::format("{} of {} {} must be unique, and {} {} has the same value",
                                                   indexed.field->path, key.type, key.id, key.type, other->text(0, 0)));
}

Result<void> change(Transaction& transaction, const EntityKey& key, std::int64_t number, const Entry& before,
                    const Entry& after) {
  if (before == after) return {};
  if (before.value && before.value != after.value) {
    const auto done = transaction.run(drop, {key.tenant, key.type, number, Bytes{*before.value}, key.id});
    if (!done) return std::unexpected(done.error());
  }
  if (after.value) {
    const auto done = transaction.run(
        put, {key.tenant, key.type, number, Bytes{*after.value}, key.id, std::int64_t{after.deleted ? 1 : 0}});
    if (!done) return std::unexpected(done.error());
  }
  return {};
}

}  // namespace

std::vector<IndexedField> indexed_fields(const StoredTypes& types) {
  std::vector<IndexedField> all;
  for (const std::optional<StoredType>* stored : {&types.current, &types.pending}) {
    if (!*stored) continue;
    for (std::size_t i = 0; i < (*stored)->numbers.size(); ++i) {
      const std::int64_t number = (*stored)->numbers[i];
      const bool known =
          std::any_of(all.begin(), all.end(), [&](const IndexedField& one) { return one.number == number; });
      if (!known) all.push_back({number, &(*stored)->type.fields[i]});
    }
  }
  return all;
}

Result<void> update_entries(Transaction& transaction, const EntityKey& key, const std::vector<IndexedField>& fields,
                            const IndexedRecord& before, const IndexedRecord& after) {
  const auto by_id = [&](const IndexedRecord& record) {
    return record.body == nullptr ? Entry{} : Entry{std::string(key.id), record.deleted};
  };
  if (const auto done = change(transaction, key, id_field, by_id(before), by_id(after)); !done) return done;
  for (const IndexedField& indexed : fields) {
    // What was stored under an older definition may not be of the kind: then it has no entry.
    const auto old = entry_of(*indexed.field, before);
    const auto made = entry_of(*indexed.field, after);
    if (!made) return std::unexpected(made.error());
    if (indexed.field->unique && made->value && !made->deleted) {
      if (const auto unique = check_unique(transaction, key, indexed, *made->value); !unique) return unique;
    }
    if (const auto done = change(transaction, key, indexed.number, old ? *old : Entry{}, *made); !done) return done;
  }
  return {};
}

Result<std::int64_t> delete_entries(Transaction& transaction, std::string_view tenant, std::string_view type,
                                    std::int64_t number, std::int64_t most) {
  const auto done = transaction.run(drop_field, {tenant, type, number, most});
  if (!done) return std::unexpected(done.error());
  return done->changed();
}

}  // namespace detoy::foundation
