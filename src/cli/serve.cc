#include "cli/serve.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "cli/command_line.h"
#include "cli/settings_flags.h"
#include "cli/store.h"
#include "foundation/storage/tenant_engine.h"
#include "serve/application.h"
#include "serve/http_server.h"
#include "serve/tls_identity.h"

namespace detoy::cli {
namespace {

// Whoever starts it for the first time shall be able to call it.
Result<void> offer_first_key(serve::ApiKeys& keys, const std::string& at) {
  const auto listed = keys.list();
  if (!listed) return std::unexpected(listed.error());
  if (!listed->empty()) return {};
  const auto key = keys.create("first", {"default", {}});
  // Another instance was quicker, and has told it.
  if (!key && key.error().category == ErrorCategory::conflict) return {};
  if (!key) return std::unexpected(key.error());
  fmt::print(
      "There was no API key yet. This one is for tenant \"default\" and all primitives; it is shown only now:\n\n"
      "  {0}\n\n"
      "Try it:\n\n"
      "  curl {1}/v1/rate_limit/take -H 'Authorization: Bearer {0}' -H 'Content-Type: application/json' \\\n"
      "    -d '{{\"checks\": [{{\"key\": \"user-7\", \"rule\": {{\"name\": \"login\", \"algorithm\": \"token_bucket\", "
      "\"limit\": 5, \"period_ms\": 60000}}}}]}}'\n\n",
      *key, at);
  return {};
}

// As a list in a setting is written: with commas.
std::vector<std::string> items_of(const std::string& list) {
  std::vector<std::string> items;
  std::size_t begin = 0;
  while (begin < list.size()) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    items.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return items;
}

// Redis as the settings have it; null: there is none. It need not be there yet.
Result<std::unique_ptr<foundation::RedisStore>> open_redis(const ServeOptions& options, serve::RedisUse& use) {
  if (options.redis.empty()) {
    if (options.redis_keeps.empty() && options.when_redis_gone.empty()) return nullptr;
    return fail(ErrorCategory::usage, "redis_keeps and when_redis_gone need redis");
  }
  auto chosen = serve::RedisUse::read(items_of(options.redis_keeps), items_of(options.when_redis_gone));
  if (!chosen) return std::unexpected(chosen.error());
  auto store = foundation::RedisStore::make(options.redis);
  if (!store) return store;
  use = std::move(*chosen);
  use.store = store->get();
  return store;
}

// Null: plain HTTP.
Result<std::shared_ptr<serve::TlsIdentity>> load_identity(const ServeOptions& options) {
  if (options.tls_certificate.empty()) return nullptr;
  return serve::TlsIdentity::load(options.tls_certificate, options.tls_key);
}

bool is_loopback(const std::string& address) {
  in6_addr v6{};
  return address.starts_with("127.") ||
         (inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6) != 0);
}

serve::HttpServer::Options http_options(const ServeOptions& options, std::shared_ptr<serve::TlsIdentity> identity) {
  serve::HttpServer::Options http;
  http.address = options.address;
  http.port = static_cast<std::uint16_t>(options.port);
  http.threads = options.threads;
  http.connections = options.connections;
  http.header_bytes = static_cast<std::uint32_t>(options.header_bytes);
  http.body_bytes = static_cast<std::uint64_t>(options.body_bytes);
  http.request_time = options.request_time;
  http.drain_time = options.drain_time;
  http.tls = std::move(identity);
  return http;
}

// SIGHUP is left to its default, which ends the process, where there is nothing to read again.
sigset_t block_signals(bool with_hangup) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  if (with_hangup) sigaddset(&signals, SIGHUP);
  // Threads inherit this: only the one that waits for them gets signals.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void reload(serve::TlsIdentity& identity, serve::Log& log) {
  if (const auto reloaded = identity.reload(); !reloaded) {
    log.error("the certificate was not replaced", {{"error", reloaded.error().message}});
  } else {
    log.info("the certificate was read again");
  }
}

// Reads the certificate again at SIGHUP; stops the server at SIGINT or SIGTERM.
void heed_signals(const std::stop_token& stop, const sigset_t& signals, serve::Application& application,
                  serve::HttpServer& server, serve::TlsIdentity* identity, serve::Log& log) {
  constexpr timespec moment{0, 100'000'000};
  while (!stop.stop_requested()) {
    const int came = sigtimedwait(&signals, nullptr, &moment);
    if (came == SIGHUP && identity != nullptr) {
      reload(*identity, log);
    } else if (came > 0) {
      application.drain();
      server.stop();
      return;
    }
  }
}

Result<void> serve_until_stopped(const ServeOptions& options, std::shared_ptr<serve::TlsIdentity> identity) {
  const sigset_t signals = block_signals(identity != nullptr);
  auto engine = open_store(options.store);
  if (!engine) return std::unexpected(engine.error());
  serve::RedisUse redis;
  const auto redis_store = open_redis(options, redis);
  if (!redis_store) return std::unexpected(redis_store.error());
  serve::Log log;
  const auto separated = foundation::separates_tenants(**engine);
  if (!separated) return std::unexpected(separated.error());
  if (!*separated && !options.store.starts_with("sqlite:")) {
    log.warning("row-level security does not keep tenants apart: the store's user is a superuser or has BYPASSRLS");
  }
  if (redis.store != nullptr) serve::log_settings(redis, log);
  const int seats = options.waiting_seats > 0 ? options.waiting_seats : std::max(1, options.threads / 2);
  serve::Application::Options served{.redis = redis,
                                     .waiting_seats = seats,
                                     .streams = options.streams,
                                     .upkeep_every = options.upkeep_every,
                                     .upkeep_late = options.upkeep_late};
  served.webhooks.emplace().private_addresses = options.webhooks_to_private_addresses == "yes";
  serve::Application application(**engine, log, served);
  auto server =
      serve::HttpServer::listen(http_options(options, identity),
                                {.answer = [&](const serve::Request& request,
                                               foundation::Pause* pause) { return application.handle(request, pause); },
                                 .quick = [&](const serve::Request& request) { return application.quick(request); },
                                 .refuse = [&](const serve::Request& request) { return application.refuse(request); }},
                                application.metrics(), log);
  if (!server) return std::unexpected(server.error());
  const bool v6 = options.address.find(':') != std::string::npos;
  const std::string at = fmt::format("{}://{}:{}", identity == nullptr ? "http" : "https",
                                     v6 ? "[" + options.address + "]" : options.address, (*server)->port());
  fmt::print("detoy serve: {}, store {}{}\n", at, store_for_people(options.store),
             redis.store == nullptr ? "" : ", Redis");
  if (const auto offered = offer_first_key(application.keys(), at); !offered) return std::unexpected(offered.error());
  std::fflush(stdout);

  log.info("serving", {{"at", at}});
  if (identity == nullptr && !is_loopback(options.address))
    log.warning("keys and data are sent as plain text: this address needs TLS, here or in a proxy", {{"at", at}});
  const std::jthread waiting(
      [&](const std::stop_token& stop) { heed_signals(stop, signals, application, **server, identity.get(), log); });
  (*server)->run();
  log.info("stopped");
  return {};
}

}  // namespace

CLI::App* add_serve(CLI::App& app, ServeCommand& command) {
  CLI::App* serve = app.add_subcommand("serve", "Serve durable primitives over HTTP");
  add_settings(*serve, serve_settings(), command.given);
  serve->add_flag("--check", command.check, "only check the settings and print them");
  return serve;
}

CLI::App* add_keys(CLI::App& app, KeysCommand& command) {
  CLI::App* keys = app.add_subcommand("keys", "Make, list and remove the API keys of detoy serve");
  add_settings(*keys, store_settings(), command.given);
  keys->require_subcommand(1);
  // `fallthrough`: the store may be named behind these as well.
  CLI::App* add = keys->add_subcommand("add", "Make a key and print it, once")->fallthrough();
  add->add_option("NAME", command.name, "what people call it")->required();
  add->add_option("--tenant", command.tenant, "whose data it is for")->capture_default_str();
  add->add_option("--primitive", command.primitives, "only these, for example lock; without it all");
  keys->add_subcommand("list", "Names, tenants and primitives of all keys")->fallthrough();
  CLI::App* remove = keys->add_subcommand("remove", "Remove a key; instances believe in it for five more seconds");
  remove->fallthrough();
  remove->add_option("NAME", command.name, "what people call it")->required();
  return keys;
}

int run_serve(const ServeCommand& command) {
  const auto settings = effective_settings(command.given, [](const char* name) { return std::getenv(name); });
  if (!settings) return complain(settings.error());
  auto identity = load_identity(settings->options);
  if (!identity) return complain(identity.error());
  if (command.check) {
    fmt::print("{}", to_yaml(*settings));
    return exit_done;
  }
  const auto served = serve_until_stopped(settings->options, std::move(*identity));
  return served ? exit_done : complain(served.error());
}

int run_keys(const CLI::App& keys, const KeysCommand& command) {
  const auto settings = effective_settings(command.given, [](const char* name) { return std::getenv(name); });
  if (!settings) return complain(settings.error());
  auto engine = open_store(settings->options.store);
  if (!engine) return complain(engine.error());
  serve::ApiKeys store(**engine);
  if (keys.get_subcommand("add")->parsed()) {
    for (const std::string& primitive : command.primitives) {
      const auto routes = serve::all_routes();
      const bool known = std::any_of(routes.begin(), routes.end(),
                                     [&](const serve::Route& route) { return route.primitive == primitive; });
      if (!known) return complain({ErrorCategory::usage, fmt::format("{}: is no primitive", primitive)});
    }
    const auto key = store.create(command.name, {command.tenant, command.primitives});
    if (!key) return complain(key.error());
    fmt::print("{}\n", *key);
    return exit_done;
  }
  if (keys.get_subcommand("remove")->parsed()) {
    const auto removed = store.remove(command.name);
    if (!removed) return complain(removed.error());
    if (!*removed) return complain({ErrorCategory::usage, fmt::format("there is no key called {}", command.name)});
    return exit_done;
  }
  const auto listed = store.list();
  if (!listed) return complain(listed.error());
  for (const serve::ApiKeys::Listed& key : *listed) {
    fmt::print("{}  tenant {}  {}\n", key.name, key.scope.tenant,
               key.scope.primitives.empty() ? std::string("all primitives")
                                            : fmt::format("{}", fmt::join(key.scope.primitives, ", ")));
  }
  return exit_done;
}

}  // namespace detoy::cli
