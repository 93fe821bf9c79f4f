// Who may call the server: keys, each for one tenant and all or some primitives. The store has their hashes only.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "foundation/storage/engine.h"

namespace detoy::serve {

struct Scope {
  std::string tenant;
  std::vector<std::string> primitives;  // empty: all
  bool covers(std::string_view primitive) const;
};

// A key is 160 random bits, so its hash (SHA-256) needs no salt: there is nothing to guess. Thread-safe.
class ApiKeys {
 public:
  // What was found is believed for a while, so that a call need not ask the store: a key that is removed works in other
  // instances for so long.
  static constexpr std::chrono::seconds believed_for{5};

  explicit ApiKeys(foundation::Engine& engine) : engine_(engine) {}

  // Makes a key and tells it, once. `name` is for people, and no two keys have the same: else category conflict.
  Result<std::string> create(std::string_view name, const Scope& scope);
  // False if there is none of that name.
  Result<bool> remove(std::string_view name);
  struct Listed {
    std::string name;
    Scope scope;
    foundation::Micros created_at = 0;
  };
  Result<std::vector<Listed>> list();
  // What the key allows; none if it is no key.
  Result<std::optional<Scope>> find(std::string_view key);

 private:
  struct Believed {
    std::optional<Scope> scope;
    std::chrono::steady_clock::time_point until;
  };
  foundation::Engine& engine_;
  std::mutex mutex_;
  std::unordered_map<std::string, Believed> believed_;  // by hash; bounded
};

}  // namespace detoy::serve
