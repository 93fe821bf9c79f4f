// Endpoints that get the events of a topic (event.h) by HTTP POST: who they are, what is due, and what an answer means.
// Sending is the caller's business. Contract: docs/foundation/webhook.md.
//
// An endpoint is a group of its topic, called `webhook:` and its name: its lag, its dead letters and seek() are those
// of event_group.h. It gets one event at a time, in the order of positions over all partitions; an event that fails
// holds back all behind it, until it is delivered or dead.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/event_group.h"

namespace detoy::foundation {

// Thread-safe; holds no state of its own. Names are 1 to 200 bytes of any text, a tenant has up to 1'000 endpoints.
class Webhooks {
 public:
  struct Settings {
    std::chrono::microseconds timeout = std::chrono::seconds(10);  // for one attempt: 100 ms to 30 s
    std::chrono::microseconds backoff = std::chrono::seconds(5);  // before the second attempt: 10 ms to 1 h; it doubles
    std::int64_t most_attempts = 12;                              // 1 to 100; then the event is a dead letter
  };
  struct NewEndpoint {
    std::string_view name;
    std::string_view topic;
    std::string_view url;     // http or https, without user and password; up to 2'048 bytes
    std::string_view secret;  // as the caller signs with it; 1 to 256 bytes
    Settings settings = {};
    EventGroups::Start start = EventGroups::Start::latest;
    std::span<const std::string> types = {};  // only events of these, up to 16; none: of all
  };
  struct Change {
    std::optional<std::string_view> url = {};
    std::optional<std::chrono::microseconds> timeout = {};
    std::optional<std::chrono::microseconds> backoff = {};
    std::optional<std::int64_t> most_attempts = {};
    std::optional<std::span<const std::string>> types = {};
  };
  enum class State {
    active,
    paused,    // by pause()
    disabled,  // the receiver answered 410, or nothing succeeded for five days
  };
  // Without the secret, which nothing but a claim gives.
  struct Endpoint {
    std::string name;
    std::string topic;
    std::string url;
    Settings settings;
    std::vector<std::string> types;
    State state = State::active;
    std::string problem;  // why it is disabled
    Micros created_at = 0;
    Micros due_at = 0;             // not before: it failed
    std::int64_t attempts = 0;     // of the event that failed last and is delivered again
    std::int64_t failures = 0;     // in a row
    Micros last_at = 0;            // 0: nothing was sent yet
    std::int64_t last_status = 0;  // 0: there was no answer
    std::string last_error;        // why there was none
  };

  // What one instance may deliver, until the lease ends. Nobody else may then.
  struct Claim {
    std::int64_t id = 0;
    std::int64_t token = 0;
    std::int64_t fence = 0;  // the cursors are as they were
    std::int64_t seed = 0;   // tells the topic from all others, also of other stores
    std::string url = {};
    std::vector<std::string> secrets = {};  // one, or two while the previous one is valid
    Settings settings = {};
    std::vector<EventGroups::Delivery> deliveries = {};  // in their order
  };
  struct Outcome {
    std::int64_t status = 0;  // of HTTP; 0: there was no answer, and `error` says why
    std::string error = {};
    std::optional<std::chrono::microseconds> retry_after = {};
    double jitter = 0;  // random, from 0 to 1
  };
  struct Settled {
    enum class What {
      delivered,
      failed,    // it is tried again later
      dead,      // it is a dead letter
      disabled,  // and so is the endpoint
      lost,      // the claim was lost, and nothing is changed
    };
    What what = What::lost;
    bool go_on = false;  // with the next one of the claim
  };
  struct Due {
    std::int64_t id = 0;
    std::string tenant;
  };

  explicit Webhooks(Engine& engine) : engine_(engine) {}

  // An error of category conflict if there is one of this name.
  Result<void> create(std::string_view tenant, const NewEndpoint& endpoint);
  Result<std::optional<Endpoint>> get(std::string_view tenant, std::string_view name);
  // By name, behind `after`; 1 to 1'000.
  Result<std::vector<Endpoint>> list(std::string_view tenant, std::string_view after, std::int64_t most);
  // These tell whether there is such an endpoint. A new URL is tried, and new types count, at once, or when the lease
  // of a claim has ended.
  Result<bool> update(std::string_view tenant, std::string_view name, const Change& change);
  Result<bool> pause(std::string_view tenant, std::string_view name);
  // Also what is disabled goes on, at once.
  Result<bool> resume(std::string_view tenant, std::string_view name);
  // Until then, up to 30 days, claims give both secrets.
  Result<bool> rotate_secret(std::string_view tenant, std::string_view name, std::string_view secret,
                             std::chrono::microseconds keep_previous);
  // With its group and its dead letters.
  Result<bool> remove(std::string_view tenant, std::string_view name);

  // Endpoints that have something to deliver and are not claimed: some of each tenant, up to `most`. Only reads.
  Result<std::vector<Due>> due(std::int64_t most);
  // Up to `most` events, if the endpoint is still due. The lease lasts for the endpoint's timeout and `margin`.
  Result<std::optional<Claim>> claim(std::int64_t id, std::chrono::microseconds margin, std::int64_t most);
  // What came of one of the claim's events; they must be settled in their order. The lease is made anew if it goes on.
  Result<Settled> settle(const Claim& claim, const EventGroups::Delivery& delivery, const Outcome& outcome,
                         std::chrono::microseconds margin);
  // Ends the lease.
  Result<void> give_back(const Claim& claim);

  // How long to wait before the next attempt, after `attempts` of them: the backoff doubled each time, up to an hour,
  // of which jitter decides about the half. What the receiver asks for counts if it is more, up to an hour.
  static std::chrono::microseconds delay(const Settings& settings, std::int64_t attempts, const Outcome& outcome);
  // Its group.
  static std::string group_of(std::string_view name);

 private:
  Engine& engine_;
};

}  // namespace detoy::foundation
