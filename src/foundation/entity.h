// JSON records of declared types, with versions, indexes, states and an audit trail. Contract:
// docs/foundation/entity.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "foundation/entity_type.h"
#include "foundation/storage/engine.h"

namespace detoy::foundation {

// Thread-safe; holds no state of its own. Types, ids, actors and requests are at most 256 bytes of any text. Bodies are
// JSON objects of up to 1 MiB, no deeper than 64.
//
// Errors: category usage if a body does not match the schema (the JSON pointer is named) or an argument is out of
// bounds; conflict if what is stored does not allow it: another version, a state, a value that must be unique, a record
// that is missing or there already.
class Entities {
 public:
  struct Record {
    std::string id;
    std::int64_t version = 0;  // 1, 2, ... with each change; serves as ETag
    std::string body;
    Micros created_at = 0;
    Micros updated_at = 0;
    Micros deleted_at = 0;  // 0: it is not
  };
  // Whom the audit trail names.
  struct Author {
    std::string_view actor;
    std::string_view request = {};  // the id of the request that led to the change, if there is one
  };
  using IfVersion = std::optional<std::int64_t>;

  // Conditions name indexed fields: of one field, they narrow each other down to a range; up to 4 different fields.
  using Value = std::variant<std::string_view, std::int64_t, double>;
  struct Condition {
    enum class Is { equal, less, at_most, greater, at_least };

    std::string_view field;
    Is is = Is::equal;
    Value value = {};
  };
  struct Query {
    std::span<const Condition> where = {};
    // An indexed field; records without it are left out. Empty: the field of the first condition, or else the id.
    // Records with the same value are in the order of their ids.
    std::string_view order_by = {};
    bool descending = false;
    std::int64_t limit = 100;  // 1 to 1'000
    std::string_view cursor = {};
    bool include_deleted = false;
  };
  struct Page {
    std::vector<Record> records;
    // For the rest; empty at the end. A page may have fewer records than the limit, even none, and yet a cursor: after
    // 16 MiB of records, or 5'000 entries of the index that is walked.
    std::string cursor;
  };

  enum class Operation : std::int64_t { create = 0, replace = 1, patch = 2, remove = 3, restore = 4 };
  struct Change {
    std::string type;
    std::string id;
    std::int64_t version = 0;  // that it led to
    Micros at = 0;
    std::string actor;
    std::string request;
    Operation operation = Operation::create;
    std::optional<std::string> before;  // the whole body; nothing for a new or restored record
    std::optional<std::string> after;   // nothing for a removed one
  };
  struct AuditQuery {
    std::string_view type = {};        // empty: all
    std::string_view actor = {};       // empty: all
    std::optional<Micros> from = {};   // inclusive
    std::optional<Micros> until = {};  // exclusive
    std::int64_t limit = 100;          // 1 to 1'000
    std::string_view cursor = {};
  };
  struct Trail {
    std::vector<Change> changes;  // the latest first
    std::string cursor;           // for older ones; empty at the end. A page ends after 16 MiB, too.
  };
  struct Definition {
    std::int64_t version = 0;
    EntityType type;
  };

  explicit Entities(Engine& engine, Durability durability = Durability::machine)
      : engine_(engine), durability_(durability) {}

  // The version of the definition; the one that is there if nothing is new. New indexes are built in batches while
  // readers and writers go on; queries see the new definition when all is built. It is refused, with an error that
  // names a record, if records that are there break a new index. If it is interrupted, call it again.
  Result<std::int64_t> define(std::string_view tenant, std::string_view type, const EntityType& definition);
  Result<std::optional<Definition>> definition(std::string_view tenant, std::string_view type);

  // Without an id it gets one that is greater than those made before (it tells the time; it is no secret).
  Result<Record> create(std::string_view tenant, std::string_view type, std::string_view id, std::string_view body,
                        const Author& author);
  Result<Record> replace(std::string_view tenant, std::string_view type, std::string_view id, std::string_view body,
                         const Author& author, IfVersion if_version = {});
  // JSON Merge Patch, RFC 7396.
  Result<Record> patch(std::string_view tenant, std::string_view type, std::string_view id, std::string_view changes,
                       const Author& author, IfVersion if_version = {});
  // The record stays, without being seen, and its id is not given to another one.
  Result<Record> remove(std::string_view tenant, std::string_view type, std::string_view id, const Author& author,
                        IfVersion if_version = {});
  Result<Record> restore(std::string_view tenant, std::string_view type, std::string_view id, const Author& author,
                         IfVersion if_version = {});

  Result<std::optional<Record>> get(std::string_view tenant, std::string_view type, std::string_view id,
                                    bool include_deleted = false);
  // Those of 1 to 100 ids that are there, in the order of the ids.
  Result<std::vector<Record>> get_many(std::string_view tenant, std::string_view type,
                                       std::span<const std::string> ids);
  Result<Page> query(std::string_view tenant, std::string_view type, const Query& query);

  // The audit trail: written with each change, in its unit of work; nothing changes it or deletes from it.
  Result<Trail> history(std::string_view tenant, std::string_view type, std::string_view id,
                        std::string_view cursor = {}, std::int64_t limit = 100);
  Result<Trail> audit(std::string_view tenant, const AuditQuery& query);

  // Within a unit of work: the change is made if and only if the rest is.
  static Result<Record> create(Transaction& transaction, std::string_view tenant, std::string_view type,
                               std::string_view id, std::string_view body, const Author& author);
  static Result<Record> replace(Transaction& transaction, std::string_view tenant, std::string_view type,
                                std::string_view id, std::string_view body, const Author& author,
                                IfVersion if_version = {});
  static Result<Record> patch(Transaction& transaction, std::string_view tenant, std::string_view type,
                              std::string_view id, std::string_view changes, const Author& author,
                              IfVersion if_version = {});
  static Result<Record> remove(Transaction& transaction, std::string_view tenant, std::string_view type,
                               std::string_view id, const Author& author, IfVersion if_version = {});
  static Result<Record> restore(Transaction& transaction, std::string_view tenant, std::string_view type,
                                std::string_view id, const Author& author, IfVersion if_version = {});
  static Result<std::optional<Record>> get(Transaction& transaction, std::string_view tenant, std::string_view type,
                                           std::string_view id, bool include_deleted = false);

 private:
  Engine& engine_;
  Durability durability_;
};

}  // namespace detoy::foundation
