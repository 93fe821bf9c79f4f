#include "cli/serve_settings.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <sstream>
#include <vector>

#include "catalog/node.h"
#include "foundation/storage/open_engine.h"
#include "foundation/storage/redis_url.h"

namespace detoy::cli {
namespace {

using std::chrono::milliseconds;

bool is_address(const std::string& text) {
  in6_addr ignored{};
  const std::string unscoped = text.substr(0, text.find('%'));
  return inet_pton(AF_INET, text.c_str(), &ignored) == 1 || inet_pton(AF_INET6, unscoped.c_str(), &ignored) == 1;
}

bool is_redis_url(const std::string& text) {
  return text.empty() || foundation::RedisUrl::parse(text).has_value();
}

bool is_yes_or_no(const std::string& text) {
  return text == "yes" || text == "no";
}

constexpr std::int64_t hour = 3'600'000;

constexpr std::array table = std::to_array<Setting>({
    {"store", "where everything is kept", &ServeOptions::store, 0, 0, foundation::engine_url_form,
     foundation::is_engine_url, true},
    {"redis", "a Redis 7 for the primitives that are asked for most", &ServeOptions::redis, 0, 0,
     "redis://USER:PASSWORD@HOST:PORT/DATABASE or unix:PATH", is_redis_url, true},
    {"redis_keeps", "only these are kept in Redis, of rate_limit, cache, lock, idempotency and breaker",
     &ServeOptions::redis_keeps, 0, 0, "names with commas"},
    {"when_redis_gone", "what calls do while Redis cannot be reached: allow, refuse or store",
     &ServeOptions::when_redis_gone, 0, 0, "PRIMITIVE=WHAT with commas"},
    {"address", "address to listen on", &ServeOptions::address, 0, 0, "an IPv4 or IPv6 address", is_address},
    {"port", "port to listen on; 0 takes any free one and prints it", &ServeOptions::port, 0, 65'535},
    {"tls_certificate", "certificate and those of its issuers, in PEM; with it only TLS is spoken",
     &ServeOptions::tls_certificate, 0, 0, "a file"},
    {"tls_key", "private key of the certificate, in PEM, without a passphrase", &ServeOptions::tls_key, 0, 0, "a file"},
    {"threads", "calls that may hold a thread at a time; quick ones on the embedded engine hold none",
     &ServeOptions::threads, 1, 1'024},
    {"connections", "connections that are open at a time; more are answered 503, with TLS only closed",
     &ServeOptions::connections, 1, 65'536},
    {"waiting_seats", "calls that may wait for a lock at a time, more are answered 503; 0: half of the threads",
     &ServeOptions::waiting_seats, 0, 1'024},
    {"streams", "server-sent events: streams that are open at a time, more are answered 503", &ServeOptions::streams, 0,
     65'536},
    {"header_bytes", "largest header of a request; larger is answered 431", &ServeOptions::header_bytes, 1'024,
     1 << 20},
    {"body_bytes", "largest body of a request; larger is answered 413", &ServeOptions::body_bytes, 1'024, 1 << 30},
    {"request_time_ms", "time for a whole request to come and for its answer to be taken", &ServeOptions::request_time,
     100, hour},
    {"drain_time_ms", "time for requests under way when the server is stopped", &ServeOptions::drain_time, 0, hour},
    {"upkeep_every_ms", "pause between rounds of the upkeep, which fires timers", &ServeOptions::upkeep_every, 10,
     hour},
    {"upkeep_late_ms", "not ready when no round of the upkeep succeeded for so long", &ServeOptions::upkeep_late, 1'000,
     24 * hour},
    {"webhooks_to_private_addresses", "whether webhooks may lead to loopback, private and link-local addresses",
     &ServeOptions::webhooks_to_private_addresses, 0, 0, "yes or no", is_yes_or_no},
});

// In one line, and not longer than people read.
std::string in_quotes(std::string_view text) {
  constexpr std::size_t most = 64;
  std::string shown(text.substr(0, most));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  return "'" + shown + (text.size() > most ? "...'" : "'");
}

std::string value_form(const Setting& setting) {
  if (std::holds_alternative<std::string ServeOptions::*>(setting.field)) return std::string(setting.form);
  const bool time = std::holds_alternative<milliseconds ServeOptions::*>(setting.field);
  return fmt::format("{} to {}{}", setting.least, setting.most, time ? " ms" : "");
}

// Its error says what the value must be.
Result<void> set(ServeOptions& options, const Setting& setting, const std::string& value) {
  const std::string instead = setting.secret ? "; what is there is not shown" : ", not " + in_quotes(value);
  if (const auto* text = std::get_if<std::string ServeOptions::*>(&setting.field)) {
    if (setting.fits != nullptr && !setting.fits(value))
      return fail(ErrorCategory::usage, fmt::format("{} must be {}{}", setting.key, setting.form, instead));
    options.*(*text) = value;
    return {};
  }
  std::int64_t number = 0;
  const char* end = value.data() + value.size();
  const auto [read, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || read != end || number < setting.least || number > setting.most) {
    return fail(ErrorCategory::usage, fmt::format("{} must be a whole number between {} and {}{}", setting.key,
                                                  setting.least, setting.most, instead));
  }
  if (const auto* time = std::get_if<milliseconds ServeOptions::*>(&setting.field)) {
    options.*(*time) = milliseconds(number);
  } else {
    options.*(std::get<int ServeOptions::*>(setting.field)) = static_cast<int>(number);
  }
  return {};
}

// How many characters must be put, taken or changed.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t k = 0; k < b.size(); ++k) {
      const std::size_t changed = diagonal + (a[i] == b[k] ? 0 : 1);
      diagonal = std::exchange(row[k + 1], std::min({changed, row[k] + 1, row[k + 1] + 1}));
    }
  }
  return row.back();
}

std::string_view nearest_key(std::string_view unknown) {
  constexpr std::size_t enough = 64;
  const std::string_view begin = unknown.substr(0, enough);
  return std::min_element(
             table.begin(), table.end(),
             [&](const Setting& a, const Setting& b) { return distance(begin, a.key) < distance(begin, b.key); })
      ->key;
}

const Setting* find_setting(std::string_view key) {
  const auto* found = std::find_if(table.begin(), table.end(), [&](const Setting& s) { return s.key == key; });
  return found == table.end() ? nullptr : found;
}

Result<void> apply(EffectiveSettings& settings, const Setting& setting, const std::string& value, std::string origin) {
  const auto done = set(settings.options, setting, value);
  if (!done) return fail(done.error().category, fmt::format("{}: {}", origin, done.error().message));
  settings.origins[setting.key] = std::move(origin);
  return {};
}

Result<void> apply_file(EffectiveSettings& settings, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // An empty file has nothing to hand over, which is no failure.
  if (file && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (!file.is_open() || file.bad() || text.fail())
    return fail(ErrorCategory::usage, fmt::format("{}: cannot be read", path));
  const auto tree = catalog::parse_yaml(text.str(), path, ErrorCategory::usage);
  if (!tree) return std::unexpected(tree.error());
  using Kind = catalog::Node::Kind;
  const catalog::Node& root = tree->root;
  if (root.kind == Kind::null) return {};
  if (root.kind != Kind::map)
    return fail(ErrorCategory::usage, fmt::format("{}:{}: must have settings as key: value", path, root.line));
  for (const catalog::Node& node : root.children) {
    std::string at = fmt::format("{}:{}", path, node.line);
    const Setting* setting = find_setting(node.key);
    if (setting == nullptr) {
      return fail(ErrorCategory::usage, fmt::format("{}: there is no setting {}; the nearest is {}", at,
                                                    in_quotes(node.key), nearest_key(node.key)));
    }
    if (node.kind != Kind::scalar)
      return fail(ErrorCategory::usage, fmt::format("{}: {} must be one value", at, setting->key));
    if (const auto done = apply(settings, *setting, std::string(node.text), std::move(at)); !done) return done;
  }
  return {};
}

// What holds for several settings.
Result<void> check_together(const EffectiveSettings& settings) {
  const ServeOptions& options = settings.options;
  const auto wrong = [&](std::string_view key, std::string_view what) {
    return fail(ErrorCategory::usage, fmt::format("{}: {} {}", settings.origins.at(key), key, what));
  };
  if (!options.tls_certificate.empty() && options.tls_key.empty()) return wrong("tls_certificate", "needs tls_key");
  if (options.tls_certificate.empty() && !options.tls_key.empty()) return wrong("tls_key", "needs tls_certificate");
  // Otherwise nobody would be answered while calls wait.
  if (options.waiting_seats > 0 && options.waiting_seats >= options.threads)
    return wrong("waiting_seats", fmt::format("must be less than threads, which is {}", options.threads));
  return {};
}

// As it would be written in a file. A path says nothing that is secret; what else names a store may.
std::string shown(const ServeOptions& options, const Setting& setting) {
  if (const auto* text = std::get_if<std::string ServeOptions::*>(&setting.field)) {
    const std::string& value = options.*(*text);
    const bool hidden = setting.secret && !value.empty() && !value.starts_with("sqlite:");
    return nlohmann::json(hidden ? value.substr(0, value.find(':')) + ":(not shown)" : value)
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  if (const auto* time = std::get_if<milliseconds ServeOptions::*>(&setting.field))
    return std::to_string((options.*(*time)).count());
  return std::to_string(options.*(std::get<int ServeOptions::*>(setting.field)));
}

}  // namespace

std::string Setting::flag() const {
  std::string text = "--" + std::string(key);
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

std::string Setting::variable() const {
  std::string text = "DETOY_" + std::string(key);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

std::span<const Setting> serve_settings() {
  return table;
}

Result<EffectiveSettings> effective_settings(const GivenSettings& given, const Environment& environment) {
  const auto variable = [&](const std::string& name) {
    const char* value = environment(name.c_str());
    return std::string(value == nullptr ? "" : value);
  };
  EffectiveSettings settings;
  const std::string file = given.config.empty() ? variable("DETOY_CONFIG") : given.config;
  if (!file.empty()) {
    if (const auto done = apply_file(settings, file); !done) return std::unexpected(done.error());
  }
  for (const Setting& setting : table) {
    const std::string value = variable(setting.variable());
    if (value.empty()) continue;
    const auto done = apply(settings, setting, value, setting.variable());
    if (!done) return std::unexpected(done.error());
  }
  for (const Setting& setting : table) {
    const auto found = given.flags.find(setting.key);
    if (found == given.flags.end()) continue;
    const auto done = apply(settings, setting, found->second, setting.flag());
    if (!done) return std::unexpected(done.error());
  }
  if (const auto fitting = check_together(settings); !fitting) return std::unexpected(fitting.error());
  return settings;
}

std::string to_yaml(const EffectiveSettings& settings) {
  std::string text;
  for (const Setting& setting : table) {
    const auto origin = settings.origins.find(setting.key);
    text += fmt::format("{}: {}  # {}\n", setting.key, shown(settings.options, setting),
                        origin == settings.origins.end() ? "default" : origin->second);
  }
  return text;
}

std::string settings_table() {
  const ServeOptions defaults;
  std::string text =
      "| key | flag | environment | value | default | meaning |\n| --- | --- | --- | --- | --- | --- |\n";
  for (const Setting& setting : table) {
    std::string otherwise = shown(defaults, setting);
    std::erase(otherwise, '"');
    text += fmt::format("| `{}` | `{}` | `{}` | {} | {} | {} |\n", setting.key, setting.flag(), setting.variable(),
                        value_form(setting), otherwise.empty() ? "none" : otherwise, setting.meaning);
  }
  return text;
}

}  // namespace detoy::cli
