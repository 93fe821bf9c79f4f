#include "cli/serve.h"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <ctime>
#include <thread>

#include "cli/command_line.h"
#include "foundation/storage/migrations.h"
#include "foundation/storage/open_engine.h"
#include "serve/application.h"
#include "serve/http_server.h"

namespace detoy::cli {
namespace {

using foundation::Engine;

int complain(const Error& error) {
  fmt::print(stderr, "detoy: {}\n", error.message);
  return error.category == ErrorCategory::usage || error.category == ErrorCategory::conflict ? exit_usage
                                                                                             : exit_no_input;
}

// With its schema up to date.
Result<std::unique_ptr<Engine>> open_store(const std::string& url) {
  auto engine = foundation::open_engine(url);
  if (!engine) return engine;
  if (const auto migrated = foundation::migrate(**engine); !migrated) return std::unexpected(migrated.error());
  return engine;
}

// Without what may be a password.
std::string store_for_people(const std::string& url) {
  return url.starts_with("sqlite:") ? url : "PostgreSQL";
}

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

// Waits for SIGINT or SIGTERM, which must be blocked in all threads, and then stops the server.
void stop_on_signal(const std::stop_token& stop, const sigset_t& signals, serve::Application& application,
                    serve::HttpServer& server) {
  constexpr timespec moment{0, 100'000'000};
  while (!stop.stop_requested()) {
    if (sigtimedwait(&signals, nullptr, &moment) > 0) {
      application.drain();
      server.stop();
      return;
    }
  }
}

}  // namespace

CLI::App* add_serve(CLI::App& app, ServeOptions& options) {
  CLI::App* serve = app.add_subcommand("serve", "Serve durable primitives over HTTP");
  serve->add_option("--store", options.store, "sqlite:PATH or postgres://USER@HOST/DATABASE")
      ->envname("DETOY_STORE")
      ->capture_default_str();
  serve->add_option("--address", options.address, "address to listen on")
      ->envname("DETOY_ADDRESS")
      ->capture_default_str();
  serve->add_option("--port", options.port, "port to listen on; 0: any free one")
      ->envname("DETOY_PORT")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  serve->add_option("--threads", options.threads, "requests that are handled at a time")
      ->envname("DETOY_THREADS")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  serve->add_option("--connections", options.connections, "connections that are open at a time")
      ->envname("DETOY_CONNECTIONS")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  serve
      ->add_flag("--webhooks-to-private-addresses", options.webhooks_to_private_addresses,
                 "also deliver to loopback, private and link-local addresses")
      ->envname("DETOY_WEBHOOKS_TO_PRIVATE_ADDRESSES");
  return serve;
}

CLI::App* add_keys(CLI::App& app, KeysOptions& options) {
  CLI::App* keys = app.add_subcommand("keys", "Make, list and remove the API keys of detoy serve");
  keys->add_option("--store", options.store, "as of detoy serve")->envname("DETOY_STORE")->capture_default_str();
  keys->require_subcommand(1);
  CLI::App* add = keys->add_subcommand("add", "Make a key and print it, once");
  add->add_option("NAME", options.name, "what people call it")->required();
  add->add_option("--tenant", options.tenant, "whose data it is for")->capture_default_str();
  add->add_option("--primitive", options.primitives, "only these, for example lock; without it all");
  keys->add_subcommand("list", "Names, tenants and primitives of all keys");
  CLI::App* remove = keys->add_subcommand("remove", "Remove a key; instances believe in it for five more seconds");
  remove->add_option("NAME", options.name, "what people call it")->required();
  return keys;
}

int run_serve(const ServeOptions& options) {
  // Threads inherit this: only the one that waits for them gets signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto engine = open_store(options.store);
  if (!engine) return complain(engine.error());
  serve::Log log;
  serve::Application::Options served{.waiting_seats = std::max(1, options.threads / 2)};
  served.webhooks.emplace().private_addresses = options.webhooks_to_private_addresses;
  serve::Application application(**engine, log, served);
  serve::HttpServer::Options http;
  http.address = options.address;
  http.port = options.port;
  http.threads = options.threads;
  http.connections = options.connections;
  auto server = serve::HttpServer::listen(
      http, [&](const serve::Request& request) { return application.handle(request); }, application.metrics(), log);
  if (!server) return complain(server.error());
  const bool v6 = options.address.find(':') != std::string::npos;
  const std::string at =
      fmt::format("http://{}:{}", v6 ? "[" + options.address + "]" : options.address, (*server)->port());
  fmt::print("detoy serve: {}, store {}\n", at, store_for_people(options.store));
  if (const auto offered = offer_first_key(application.keys(), at); !offered) return complain(offered.error());
  std::fflush(stdout);

  log.info("serving", {{"at", at}});
  const std::jthread waiting(
      [&](const std::stop_token& stop) { stop_on_signal(stop, signals, application, **server); });
  (*server)->run();
  log.info("stopped");
  return exit_done;
}

int run_keys(const CLI::App& keys, const KeysOptions& options) {
  auto engine = open_store(options.store);
  if (!engine) return complain(engine.error());
  serve::ApiKeys store(**engine);
  if (keys.get_subcommand("add")->parsed()) {
    for (const std::string& primitive : options.primitives) {
      const auto routes = serve::all_routes();
      const bool known = std::any_of(routes.begin(), routes.end(),
                                     [&](const serve::Route& route) { return route.primitive == primitive; });
      if (!known) return complain({ErrorCategory::usage, fmt::format("{}: is no primitive", primitive)});
    }
    const auto key = store.create(options.name, {options.tenant, options.primitives});
    if (!key) return complain(key.error());
    fmt::print("{}\n", *key);
    return exit_done;
  }
  if (keys.get_subcommand("remove")->parsed()) {
    const auto removed = store.remove(options.name);
    if (!removed) return complain(removed.error());
    if (!*removed) return complain({ErrorCategory::usage, fmt::format("there is no key called {}", options.name)});
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
