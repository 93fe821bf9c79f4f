// From a request to its response: who asks, for what, and what comes of it. Knows nothing of sockets.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "foundation/storage/engine.h"
#include "foundation/storage/pausing_engine.h"
#include "serve/api_keys.h"
#include "serve/event_bell.h"
#include "serve/hot_places.h"
#include "serve/log.h"
#include "serve/message.h"
#include "serve/metrics.h"
#include "serve/random_bytes.h"
#include "serve/route.h"
#include "serve/upkeep.h"
#include "serve/waiting_room.h"
#include "serve/webhook_delivery.h"

namespace detoy::serve {

class Application {
 public:
  struct Options {
    RedisUse redis = {};     // its store must outlive this
    int waiting_seats = 16;  // calls that may wait for a lock at a time
    int streams = 256;       // of server-sent events, at a time
    std::chrono::milliseconds upkeep_every{1000};
    // Not ready when the upkeep did not succeed for so long.
    std::chrono::milliseconds upkeep_late{60'000};
    // Without them webhooks are kept, but this instance delivers nothing.
    std::optional<WebhookDelivery::Options> webhooks = {};
  };
  // The engine must have the schema, and outlive this.
  Application(foundation::Engine& engine, Log& log, const Options& options);

  // Thread-safe. Returns when the work is done; with a pause, the thread is left to others while the store writes.
  Response handle(const Request& request, foundation::Pause* pause = nullptr);
  // Thread-safe. What handle() would answer to a request with this header whatever its body is; nothing if that
  // matters.
  std::optional<Response> refuse(const Request& header);
  // Whether handle() would hold a thread for moments only, if it is given a pause.
  bool quick(const Request& request) const;

  ApiKeys& keys() { return keys_; }
  Metrics& metrics() { return metrics_; }
  // From now on /readyz says no, so that no new work is sent here, nobody waits for events, and no webhook is
  // delivered.
  void drain();

 private:
  class CallsOfKey;
  Response call(const Route& route, const Request& request, foundation::Pause* pause);
  Response stream(const Request& request);
  // What is no route.
  Response other(std::string_view path, const Request& request);
  Response readiness();

  foundation::Engine& engine_;
  Log& log_;
  Options options_;
  std::vector<Route> routes_;
  struct Served {
    const Route* route = nullptr;
    Metrics::Calls* calls = nullptr;
  };
  std::unordered_map<std::string, Served> by_path_;
  std::string open_api_;
  ApiKeys keys_;
  Metrics metrics_;
  RandomBytes random_;
  HotPlaces places_;
  WaitingRoom waiting_room_;
  EventBell bell_;
  WaitingRoom streams_;
  std::atomic<bool> draining_ = false;
  Upkeep upkeep_;
  std::optional<WebhookDelivery> webhooks_;
};

}  // namespace detoy::serve
