#include <array>

#include "foundation/cache.h"
#include "serve/json_fields.h"
#include "serve/route.h"

namespace detoy::serve {
namespace {

using foundation::Cache;
using nlohmann::json;

constexpr std::size_t most_tags = 16;

struct Asked {
  std::string key;
  std::string value;
  std::chrono::microseconds keep{};
  std::vector<std::string> tags;
  std::vector<std::string_view> tag_views;
  std::optional<std::int64_t> if_version;

  explicit Asked(Fields& fields)
      : key(fields.text("key")),
        value(fields.bytes("value")),
        keep(fields.milliseconds("keep_ms")),
        tags(fields.texts_or_none("tags", most_tags)),
        tag_views(tags.begin(), tags.end()),
        if_version(fields.optional_number("if_version", 0, INT64_MAX)) {}
  Cache::Put put(std::string_view tenant) const { return {tenant, key, value, keep, tag_views, if_version}; }
};

void set_entry(json& body, const Cache::Entry& entry) {
  set_bytes(body, "value", entry.value);
  body["version"] = entry.version;
  body["expires_at"] = time_text(entry.expires_at);
}

Result<Reply> set(Call& call) {
  Fields fields(call.body, call.schema);
  const Asked asked(fields);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto version = Cache(call.place).set(asked.put(call.tenant));
  if (!version) return std::unexpected(version.error());
  Reply reply{{{"stored", version->has_value()}}};
  if (*version) reply.body["version"] = **version;
  return reply;
}

Result<Reply> get(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string key = fields.text("key");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto entry = Cache(call.place).get(call.tenant, key);
  if (!entry) return std::unexpected(entry.error());
  Reply reply{{{"found", entry->has_value()}}};
  if (*entry) set_entry(reply.body, **entry);
  return reply;
}

Result<Reply> get_or_fill(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string key = fields.text("key");
  const auto lease = fields.milliseconds("lease_ms");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto answer = Cache(call.place).get_or_fill(call.tenant, key, lease);
  if (!answer) return std::unexpected(answer.error());
  constexpr std::array names = {"hit", "fill", "wait"};
  Reply reply{{{"outcome", names[static_cast<std::size_t>(answer->outcome)]}}};
  if (answer->outcome == Cache::Outcome::hit) {
    set_entry(reply.body, answer->entry);
  } else {
    reply.body["until"] = time_text(answer->until);
  }
  if (answer->outcome == Cache::Outcome::fill) reply.body["token"] = answer->token;
  return reply;
}

Result<Reply> fill(Call& call) {
  Fields fields(call.body, call.schema);
  const Asked asked(fields);
  const std::int64_t token = fields.number("token", 0, INT64_MAX);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto stored = Cache(call.place).fill(asked.put(call.tenant), token);
  if (!stored) return std::unexpected(stored.error());
  return Reply{{{"stored", *stored}}};
}

Result<Reply> invalidate(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string tag = fields.text("tag");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto dropped = Cache(call.place).invalidate(call.tenant, tag);
  if (!dropped) return std::unexpected(dropped.error());
  return Reply{{{"dropped", *dropped}}};
}

Result<Reply> remove(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string key = fields.text("key");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto removed = Cache(call.place).remove(call.tenant, key);
  if (!removed) return std::unexpected(removed.error());
  return Reply{{{"removed", *removed}}};
}

}  // namespace

std::vector<Route> cache_routes() {
  return {
      {"cache", "set", "Keeps a value for a while.",
       R"({"key": "user-7", "value": "Ann", "keep_ms": 60000, "tags": ["users"]})", R"({"stored": true, "version": 1})",
       set, Pace::quick},
      {"cache", "get", "The value of a key.", R"({"key": "user-7"})",
       R"({"found": true, "value": "Ann", "version": 1, "expires_at": "2026-01-01T00:01:00.000000Z"})", get,
       Pace::quick},
      {"cache", "get_or_fill", "The value of a key, or the task to fill it, which one of all who ask gets.",
       R"({"key": "user-8", "lease_ms": 5000})",
       R"({"outcome": "fill", "token": 2, "until": "2026-01-01T00:00:05.000000Z"})", get_or_fill},
      {"cache", "fill", "Keeps what the one who had the task found.",
       R"({"key": "user-8", "value": "Bob", "keep_ms": 60000, "token": 2})", R"({"stored": true})", fill, Pace::quick},
      {"cache", "invalidate", "Drops all values with a tag.", R"({"tag": "users"})", R"({"dropped": 1})", invalidate},
      {"cache", "remove", "Drops the value of a key.", R"({"key": "user-8"})", R"({"removed": true})", remove,
       Pace::quick},
  };
}

}  // namespace detoy::serve
