// The settings of `detoy serve`. Flags, environment variables, the configuration file, --check and the table in
// docs/serve.md all follow from one table. A new setting is a member here, with its default, and a row of that table.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace detoy::cli {

struct ServeOptions {
  std::string store = "sqlite:detoy.db";
  std::string redis;            // empty: none
  std::string redis_keeps;      // names of primitives, with commas; empty: all that may be in Redis
  std::string when_redis_gone;  // PRIMITIVE=WHAT, with commas
  std::string address = "127.0.0.1";
  int port = 7420;
  std::string tls_certificate;
  std::string tls_key;
  int threads = 64;
  int connections = 1024;
  int waiting_seats = 0;
  int streams = 256;
  int header_bytes = 16 << 10;
  int body_bytes = 8 << 20;
  std::chrono::milliseconds request_time{30'000};
  std::chrono::milliseconds drain_time{10'000};
  std::chrono::milliseconds upkeep_every{1'000};
  std::chrono::milliseconds upkeep_late{60'000};
  std::string webhooks_to_private_addresses = "no";
};

struct Setting {
  // In the file; the flag and the variable follow from it: request_time_ms, --request-time-ms, DETOY_REQUEST_TIME_MS.
  std::string_view key;
  std::string_view meaning;
  std::variant<std::string ServeOptions::*, int ServeOptions::*, std::chrono::milliseconds ServeOptions::*> field;
  // Of a number.
  std::int64_t least = 0;
  std::int64_t most = 0;
  // Of a text: what it is, for people, and whether it is that. Without a function any text is.
  std::string_view form = {};
  bool (*fits)(const std::string&) = nullptr;
  bool secret = false;  // may hold a password: never shown, but for what is surely none

  std::string flag() const;
  std::string variable() const;
};

std::span<const Setting> serve_settings();

// What a command line says of settings, still as text.
struct GivenSettings {
  std::string config;                                          // the file, or empty
  std::map<std::string, std::string, std::less<>> flags = {};  // by key
};

struct EffectiveSettings {
  ServeOptions options;
  // By key: the flag, variable or "file:line" that decided. What has its default is not there.
  std::map<std::string_view, std::string> origins = {};
};

// A variable's value, or null. One that is empty counts as not set.
using Environment = std::function<const char*(const char* variable)>;

// A flag decides before the environment, the environment before the file, the file before the default. What is
// overruled must be valid too. Errors (category usage) are "flag, variable or file:line: what is wrong".
Result<EffectiveSettings> effective_settings(const GivenSettings& given, const Environment& environment);

// For people, and a valid configuration file unless there are secrets, which are not shown.
std::string to_yaml(const EffectiveSettings& settings);
// The table of docs/serve.md.
std::string settings_table();

}  // namespace detoy::cli
