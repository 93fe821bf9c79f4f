// Delivers events to webhook endpoints (foundation/webhook.h), for as long as it lives. Instances may do it side by
// side: an endpoint is claimed by one at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "foundation/webhook.h"

namespace detoy::serve {

class EventBell;
class Log;
class Metrics;
class WebhookSender;

class WebhookDelivery {
 public:
  struct Options {
    int workers = 16;                      // endpoints that are delivered to at a time, half of them of one tenant
    bool private_addresses = false;        // also deliver to addresses that are not public
    std::chrono::milliseconds every{250};  // how often the store is asked what is due, beside when the bell rings
  };
  // All must outlive it.
  WebhookDelivery(foundation::Engine& engine, EventBell& bell, Metrics& metrics, Log& log, const Options& options);
  ~WebhookDelivery();
  WebhookDelivery(const WebhookDelivery&) = delete;
  WebhookDelivery& operator=(const WebhookDelivery&) = delete;

  // Thread-safe. Ends what is under way within about a second; the destructor waits for that.
  void stop();
  // Thread-safe. Since when the store did not tell what is due.
  std::chrono::milliseconds since_success() const;

 private:
  using Due = foundation::Webhooks::Due;

  void look();
  void find_due();
  void work();
  std::optional<Due> take();
  void put_back(const Due& due, bool again);
  bool deliver(std::int64_t id, WebhookSender& sender);
  void tell(const Error& error);

  foundation::Engine& engine_;
  EventBell& bell_;
  Metrics& metrics_;
  Log& log_;
  Options options_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::chrono::steady_clock::time_point> succeeded_;
  std::mutex mutex_;
  std::condition_variable queued_;
  std::deque<Due> queue_;
  std::set<std::int64_t> known_;           // queued, or delivered to by this instance
  std::map<std::string, int> delivering_;  // workers by tenant
  std::vector<std::jthread> threads_;
};

}  // namespace detoy::serve
