#include "serve/api_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "base/hexadecimal.h"
#include "foundation/bounds.h"

namespace detoy::serve {
namespace {

using foundation::Durability;
using foundation::Statement;
using foundation::Transaction;

constexpr std::string_view prefix = "detoy_";
constexpr std::size_t most_believed = 10'000;

constexpr Statement add =
    "INSERT INTO api_key (hash, name, tenant, primitives, created_at) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT DO NOTHING";
constexpr Statement drop = "DELETE FROM api_key WHERE name = $1";
constexpr Statement all = "SELECT name, tenant, primitives, created_at FROM api_key ORDER BY name";
constexpr Statement by_hash = "SELECT tenant, primitives FROM api_key WHERE hash = $1";

Result<std::string> hash_of(std::string_view key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  // Found once: OpenSSL looks for it in all of its providers.
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  // Without it all keys would have the same hash.
  if (sha256 == nullptr || EVP_Digest(key.data(), key.size(), digest.data(), &size, sha256, nullptr) != 1)
    return fail(ErrorCategory::internal, "this machine's OpenSSL has no SHA-256, which API keys need");
  return hexadecimal({digest.data(), size});
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return parts;
}

}  // namespace

bool Scope::covers(std::string_view primitive) const {
  return primitives.empty() || std::find(primitives.begin(), primitives.end(), primitive) != primitives.end();
}

Result<std::string> ApiKeys::create(std::string_view name, const Scope& scope) {
  if (const auto valid = foundation::check_name("the name of a key", name); !valid)
    return std::unexpected(valid.error());
  if (const auto valid = foundation::check_name("tenant", scope.tenant); !valid) return std::unexpected(valid.error());
  std::array<unsigned char, 20> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
    return fail(ErrorCategory::internal, "this machine gives no random numbers");
  std::string key = std::string(prefix) + hexadecimal(random);
  const auto hash = hash_of(key);
  if (!hash) return std::unexpected(hash.error());
  const std::string primitives = fmt::format("{}", fmt::join(scope.primitives, ","));
  const auto added = engine_.write(Durability::machine, [&](Transaction& transaction) {
    return transaction.run(add, {*hash, name, scope.tenant, primitives, transaction.now()});
  });
  if (!added) return std::unexpected(added.error());
  if (added->changed() == 0)
    return fail(ErrorCategory::conflict, fmt::format("there is a key called {} already", name));
  return key;
}

Result<bool> ApiKeys::remove(std::string_view name) {
  const auto removed =
      engine_.write(Durability::machine, [&](Transaction& transaction) { return transaction.run(drop, {name}); });
  if (!removed) return std::unexpected(removed.error());
  const std::lock_guard guard(mutex_);
  believed_.clear();
  return removed->changed() > 0;
}

Result<std::vector<ApiKeys::Listed>> ApiKeys::list() {
  const auto rows = engine_.read([](Transaction& transaction) { return transaction.run(all); });
  if (!rows) return std::unexpected(rows.error());
  std::vector<Listed> listed;
  for (std::size_t i = 0; i < rows->size(); ++i)
    listed.push_back({rows->text(i, 0), {rows->text(i, 1), split(rows->text(i, 2))}, rows->number(i, 3)});
  return listed;
}

Result<std::optional<Scope>> ApiKeys::find(std::string_view key) {
  std::optional<Scope> scope;
  if (!key.starts_with(prefix) || key.size() > 64) return scope;
  const auto hash = hash_of(key);
  if (!hash) return std::unexpected(hash.error());
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard guard(mutex_);
    const auto known = believed_.find(*hash);
    if (known != believed_.end() && known->second.until > now) return known->second.scope;
  }
  const auto rows = engine_.read([&](Transaction& transaction) { return transaction.run(by_hash, {*hash}); });
  if (!rows) return std::unexpected(rows.error());
  // Keys that are none are not remembered: a stranger could fill the memory with them.
  if (rows->empty()) return scope;
  scope = Scope{rows->text(0, 0), split(rows->text(0, 1))};
  const std::lock_guard guard(mutex_);
  if (believed_.size() >= most_believed) believed_.clear();
  believed_[*hash] = {scope, now + believed_for};
  return scope;
}

}  // namespace detoy::serve
