// Entities::define(): a new version of a definition, and the indexes that it needs.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "foundation/bounds.h"
#include "foundation/entity.h"
#include "foundation/entity_definition.h"
#include "foundation/entity_index.h"
#include "foundation/json_schema.h"

namespace detoy::foundation {
namespace {

constexpr std::int64_t records_in_a_batch = 50;
constexpr std::int64_t entries_in_a_batch = 1'000;

// By the entries of their ids: their order is the same in all engines.
constexpr Statement next_records =
    "SELECT i.id, e.body, e.deleted_at FROM entity_index AS i LEFT JOIN entity AS e "
    "ON e.tenant = $1 AND e.type = $2 AND e.id = i.id "
    "WHERE i.tenant = $1 AND i.type = $2 AND i.field = 0 AND i.value > $3 ORDER BY i.value LIMIT $4";

bool has(const std::vector<std::int64_t>& numbers, std::int64_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

// Of the same field in another definition; 0 if it has none.
std::int64_t number_in(const std::optional<StoredType>& stored, const EntityField& field) {
  if (!stored) return 0;
  for (std::size_t i = 0; i < stored->type.fields.size(); ++i) {
    if (stored->type.fields[i] == field) return stored->numbers[i];
  }
  return 0;
}

void add_unused(StoredType& stored, const std::optional<StoredType>& former) {
  if (!former) return;
  for (const auto* numbers : {&former->unused, &former->numbers}) {
    for (const std::int64_t number : *numbers) {
      if (!has(stored.numbers, number) && !has(stored.unused, number)) stored.unused.push_back(number);
    }
  }
}

struct Begun {
  StoredType stored;
  bool ready = false;  // nothing to build
};

Result<Begun> begin(Transaction& transaction, std::string_view tenant, std::string_view name, const EntityType& type,
                    const Json& schema) {
  const auto types = load_types(transaction, tenant, name);
  if (!types) return std::unexpected(types.error());
  const auto& [current, pending] = *types;
  if (pending && pending->type == type) return Begun{*pending, false};  // it was interrupted, or another call builds it
  if (pending) {
    if (const auto done = drop_type(transaction, tenant, name, pending->version); !done)
      return std::unexpected(done.error());
  }
  if (current && current->type == type) {
    Begun begun{*current, true};
    if (!pending) return begun;
    begun.stored.next_number = pending->next_number;
    add_unused(begun.stored, pending);
    const auto done = update_type(transaction, tenant, name, begun.stored, true);
    if (!done) return std::unexpected(done.error());
    return begun;
  }
  Begun begun;
  StoredType& stored = begun.stored;
  stored.version = std::max(current ? current->version : 0, pending ? pending->version : 0) + 1;
  stored.type = type;
  stored.schema = schema;
  stored.next_number = std::max(current ? current->next_number : 1, pending ? pending->next_number : 1);
  begun.ready = true;
  for (const EntityField& field : type.fields) {
    std::int64_t number = number_in(current, field);
    if (number == 0) {
      number = stored.next_number++;
      // There are no records without a definition.
      if (current) begun.ready = false;
    }
    stored.numbers.push_back(number);
  }
  add_unused(stored, current);
  add_unused(stored, pending);
  if (const auto added = add_type(transaction, tenant, name, stored, begun.ready); !added)
    return std::unexpected(added.error());
  return begun;
}

// The one that is being built, unless another call came in between; and the current one, too. The number of a version
// that was given up is used again, those of its fields are not.
Result<StoredTypes> building(Transaction& transaction, std::string_view tenant, std::string_view name,
                             const StoredType& begun) {
  auto types = load_types(transaction, tenant, name);
  if (!types) return types;
  const auto is_begun = [&](const std::optional<StoredType>& stored) {
    return stored && stored->version == begun.version && stored->numbers == begun.numbers;
  };
  if (is_begun(types->current)) {
    types->pending.reset();  // another call has built it, and this may be the next one
    return types;
  }
  if (!is_begun(types->pending))
    return fail(ErrorCategory::conflict, fmt::format("the type {} was defined otherwise in the meantime", name));
  return types;
}

// Enters a batch of records behind the id, which moves on; false when there are no more.
Result<bool> build(Transaction& transaction, std::string_view tenant, std::string_view name, const StoredType& begun,
                   std::string& last) {
  const auto types = building(transaction, tenant, name, begun);
  if (!types) return std::unexpected(types.error());
  if (!types->pending) return false;
  std::vector<IndexedField> fields = indexed_fields(*types);
  std::erase_if(fields, [&](const IndexedField& one) { return has(types->current->numbers, one.number); });
  const auto rows = transaction.run(next_records, {tenant, name, Bytes{last}, records_in_a_batch});
  if (!rows) return std::unexpected(rows.error());
  for (std::size_t row = 0; row < rows->size(); ++row) {
    const EntityKey key{tenant, name, rows->text(row, 0)};
    const Json body = Json::parse(rows->text(row, 1), nullptr, false);
    const auto done = update_entries(transaction, key, fields, {}, {&body, rows->number(row, 2) != 0});
    if (!done) return fail(done.error().category, fmt::format("{} {}: {}", name, key.id, done.error().message));
  }
  const bool more = static_cast<std::int64_t>(rows->size()) == records_in_a_batch;
  if (more) last = rows->text(rows->size() - 1, 0);
  return more;
}

// Queries use it from now on; or it is given up.
Result<void> finish(Transaction& transaction, std::string_view tenant, std::string_view name, const StoredType& begun,
                    bool built) {
  auto types = building(transaction, tenant, name, begun);
  if (!types) return std::unexpected(types.error());
  if (!types->pending) return {};
  if (built) return update_type(transaction, tenant, name, *types->pending, true);
  StoredType& current = *types->current;
  current.next_number = types->pending->next_number;
  add_unused(current, types->pending);
  if (const auto done = drop_type(transaction, tenant, name, begun.version); !done) return done;
  return update_type(transaction, tenant, name, current, true);
}

// Deletes a batch of entries that no definition uses any more; false when there are no more.
Result<bool> clear(Transaction& transaction, std::string_view tenant, std::string_view name) {
  auto types = load_types(transaction, tenant, name);
  if (!types) return std::unexpected(types.error());
  if (types->pending || !types->current || types->current->unused.empty()) return false;
  StoredType& current = *types->current;
  const auto deleted = delete_entries(transaction, tenant, name, current.unused.back(), entries_in_a_batch);
  if (!deleted) return std::unexpected(deleted.error());
  if (*deleted == entries_in_a_batch) return true;
  current.unused.pop_back();
  if (const auto done = update_type(transaction, tenant, name, current, true); !done)
    return std::unexpected(done.error());
  return !current.unused.empty();
}

}  // namespace

Result<std::int64_t> Entities::define(std::string_view tenant, std::string_view type, const EntityType& definition) {
  if (const auto named = check_name("tenant", tenant); !named) return std::unexpected(named.error());
  if (const auto named = check_name("type", type); !named) return std::unexpected(named.error());
  if (const auto valid = check(definition); !valid) return std::unexpected(valid.error());
  const auto schema = compile_schema(definition.schema);
  if (!schema) return std::unexpected(schema.error());
  const auto begun = engine_.write(
      durability_, [&](Transaction& transaction) { return begin(transaction, tenant, type, definition, *schema); });
  if (!begun) return std::unexpected(begun.error());
  if (!begun->ready) {
    std::string last;
    bool more = true;
    Result<void> built;
    while (more && built) {
      // A unit that is run again must begin where it began.
      std::string moved;
      const auto batch = engine_.write(durability_, [&](Transaction& transaction) {
        moved = last;
        return build(transaction, tenant, type, begun->stored, moved);
      });
      if (!batch) built = std::unexpected(batch.error());
      more = batch.value_or(false);
      last = moved;
    }
    // What may go well the next time is not given up: whoever calls again goes on.
    const bool hopeless =
        !built && (built.error().category == ErrorCategory::conflict || built.error().category == ErrorCategory::usage);
    if (built || hopeless) {
      const auto finished = engine_.write(durability_, [&](Transaction& transaction) {
        return finish(transaction, tenant, type, begun->stored, built.has_value());
      });
      if (built && !finished) return std::unexpected(finished.error());
    }
    if (!built) return std::unexpected(built.error());
  }
  Result<bool> more = true;
  while (more && *more)
    more = engine_.write(durability_, [&](Transaction& transaction) { return clear(transaction, tenant, type); });
  if (!more) return std::unexpected(more.error());
  return begun->stored.version;
}

Result<std::optional<Entities::Definition>> Entities::definition(std::string_view tenant, std::string_view type) {
  return engine_.read([&](Transaction& transaction) -> Result<std::optional<Definition>> {
    auto types = load_types(transaction, tenant, type);
    if (!types) return std::unexpected(types.error());
    std::optional<Definition> found;
    if (types->current) found = Definition{types->current->version, std::move(types->current->type)};
    return found;
  });
}

}  // namespace detoy::foundation
