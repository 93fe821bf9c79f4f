// Entities of one type as values of one C++ type. E has, for nlohmann's JSON and found by the names of its namespace:
//
//   void to_json(nlohmann::json&, const E&);
//   void from_json(const nlohmann::json&, E&);   // may throw: that is an error of category usage then
#pragma once

#include <cstdint>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/entity.h"

namespace detoy::foundation {

// Thread-safe, as long as to_json and from_json are.
template <typename E>
class Storage {
 public:
  struct Stored {
    std::string id;
    std::int64_t version = 0;
    E value;
  };
  struct Page {
    std::vector<Stored> records;
    std::string cursor;
  };
  using Author = Entities::Author;
  using IfVersion = Entities::IfVersion;

  Storage(Engine& engine, std::string type, Durability durability = Durability::machine)
      : entities_(engine, durability), type_(std::move(type)) {}

  Result<std::int64_t> define(std::string_view tenant, const EntityType& definition) {
    return entities_.define(tenant, type_, definition);
  }
  Result<Stored> create(std::string_view tenant, std::string_view id, const E& value, const Author& author) {
    const auto body = write(value);
    if (!body) return std::unexpected(body.error());
    return read(entities_.create(tenant, type_, id, *body, author));
  }
  Result<Stored> replace(std::string_view tenant, std::string_view id, const E& value, const Author& author,
                         IfVersion if_version = {}) {
    const auto body = write(value);
    if (!body) return std::unexpected(body.error());
    return read(entities_.replace(tenant, type_, id, *body, author, if_version));
  }
  Result<Stored> remove(std::string_view tenant, std::string_view id, const Author& author, IfVersion if_version = {}) {
    return read(entities_.remove(tenant, type_, id, author, if_version));
  }
  Result<Stored> restore(std::string_view tenant, std::string_view id, const Author& author,
                         IfVersion if_version = {}) {
    return read(entities_.restore(tenant, type_, id, author, if_version));
  }
  Result<std::optional<Stored>> get(std::string_view tenant, std::string_view id) {
    auto record = entities_.get(tenant, type_, id);
    if (!record) return std::unexpected(std::move(record.error()));
    if (!*record) return std::optional<Stored>();
    auto stored = read(std::move(**record));
    if (!stored) return std::unexpected(std::move(stored.error()));
    return std::optional<Stored>(std::move(*stored));
  }
  Result<Page> query(std::string_view tenant, const Entities::Query& query) {
    auto found = entities_.query(tenant, type_, query);
    if (!found) return std::unexpected(std::move(found.error()));
    Page page{{}, std::move(found->cursor)};
    for (Entities::Record& record : found->records) {
      auto stored = read(std::move(record));
      if (!stored) return std::unexpected(std::move(stored.error()));
      page.records.push_back(std::move(*stored));
    }
    return page;
  }
  // For patches, deleted records and the audit trail.
  Entities& entities() { return entities_; }

  // For units of work: Entities::create(transaction, tenant, type, id, body, author).
  static Result<std::string> write(const E& value) {
    try {
      return nlohmann::json(value).dump();
    } catch (const std::exception& error) {
      return fail(ErrorCategory::usage, std::string("a value cannot be written as JSON: ") + error.what());
    }
  }
  static Result<Stored> read(Result<Entities::Record> record) {
    if (!record) return std::unexpected(std::move(record.error()));
    try {
      E value = nlohmann::json::parse(record->body).template get<E>();
      return Stored{std::move(record->id), record->version, std::move(value)};
    } catch (const std::exception& error) {
      return fail(ErrorCategory::usage, "the record " + record->id + " cannot be read: " + error.what());
    }
  }

 private:
  Entities entities_;
  std::string type_;
};

}  // namespace detoy::foundation
