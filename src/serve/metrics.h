// What the server counts, for Prometheus. Labels are primitives, calls and statuses: never tenants or keys, which would
// tell of one tenant to whoever may read metrics, and grow without bound.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace prometheus {
class Registry;
class Counter;
class Gauge;
class Histogram;
template <typename T>
class Family;
}  // namespace prometheus

namespace detoy::serve {

// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // What is counted of one call of one primitive. Thread-safe; lives as long as the metrics.
  class Calls {
   public:
    void answered(int status, std::chrono::nanoseconds took);

   private:
    friend class Metrics;
    Calls(Metrics& metrics, std::string_view primitive, std::string_view call);
    prometheus::Counter& answers(int status);

    Metrics& metrics_;
    std::string primitive_;
    std::string call_;
    prometheus::Histogram& seconds_;
    // By status; found once.
    std::array<std::atomic<prometheus::Counter*>, 600> answers_{};
  };
  // `primitive` and `call` of the routes, or "none" for what is no route. The same for the same.
  Calls& calls(std::string_view primitive, std::string_view call);
  void connections(int open);
  void turned_away();
  void handshake_failed();
  void upkeep(std::string_view task, bool done, std::int64_t changed);
  // A call that found Redis gone, and what it did instead: allow, refuse or store.
  void redis_gone(std::string_view primitive, std::string_view did);
  // An attempt to deliver an event to a webhook endpoint; `outcome` is one of a few words.
  void webhook(std::string_view outcome);
  // In Prometheus' text format.
  std::string text() const;

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Gauge& connections_;
  prometheus::Counter& turned_away_;
  prometheus::Counter& failed_handshakes_;
  prometheus::Family<prometheus::Counter>& upkeep_runs_;
  prometheus::Family<prometheus::Counter>& upkeep_changes_;
  prometheus::Family<prometheus::Counter>& redis_gone_;
  prometheus::Family<prometheus::Counter>& webhooks_;
  std::mutex calls_mutex_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Calls>> calls_;
};

}  // namespace detoy::serve
