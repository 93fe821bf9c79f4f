#include "serve/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace detoy::serve {

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      requests_(prometheus::BuildCounter()
                    .Name("detoy_requests_total")
                    .Help("Calls that were answered, by primitive, call and HTTP status")
                    .Register(*registry_)),
      seconds_(prometheus::BuildHistogram()
                   .Name("detoy_request_seconds")
                   .Help("Time from the whole request to the whole answer")
                   .Register(*registry_)),
      connections_(prometheus::BuildGauge()
                       .Name("detoy_connections")
                       .Help("Connections that are open")
                       .Register(*registry_)
                       .Add({})),
      turned_away_(prometheus::BuildCounter()
                       .Name("detoy_turned_away_total")
                       .Help("Connections that were refused because there were too many")
                       .Register(*registry_)
                       .Add({})),
      failed_handshakes_(prometheus::BuildCounter()
                             .Name("detoy_failed_handshakes_total")
                             .Help("Connections that ended before TLS was agreed on")
                             .Register(*registry_)
                             .Add({})),
      upkeep_runs_(prometheus::BuildCounter()
                       .Name("detoy_upkeep_runs_total")
                       .Help("Runs of background tasks, by task and outcome")
                       .Register(*registry_)),
      upkeep_changes_(prometheus::BuildCounter()
                          .Name("detoy_upkeep_changes_total")
                          .Help("Rows that background tasks changed")
                          .Register(*registry_)),
      redis_gone_(prometheus::BuildCounter()
                      .Name("detoy_redis_gone_total")
                      .Help("Calls that found Redis gone, by primitive and what they did instead")
                      .Register(*registry_)),
      webhooks_(prometheus::BuildCounter()
                    .Name("detoy_webhook_deliveries_total")
                    .Help("Attempts to deliver events to webhook endpoints, by outcome")
                    .Register(*registry_)) {}

Metrics::~Metrics() = default;

Metrics::Calls::Calls(Metrics& metrics, std::string_view primitive, std::string_view call)
    : metrics_(metrics),
      primitive_(primitive),
      call_(call),
      seconds_(metrics.seconds_.Add(
          {{"primitive", primitive_}},
          prometheus::Histogram::BucketBoundaries{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5})) {}

prometheus::Counter& Metrics::Calls::answers(int status) {
  std::atomic<prometheus::Counter*>& known = answers_.at(static_cast<std::size_t>(status));
  prometheus::Counter* counter = known.load();
  if (counter == nullptr) {
    counter = &metrics_.requests_.Add({{"primitive", primitive_}, {"call", call_}, {"status", std::to_string(status)}});
    known = counter;
  }
  return *counter;
}

void Metrics::Calls::answered(int status, std::chrono::nanoseconds took) {
  answers(status).Increment();
  seconds_.Observe(std::chrono::duration<double>(took).count());
}

Metrics::Calls& Metrics::calls(std::string_view primitive, std::string_view call) {
  const std::lock_guard guard(calls_mutex_);
  auto& known = calls_[{std::string(primitive), std::string(call)}];
  if (!known) known.reset(new Calls(*this, primitive, call));
  return *known;
}

void Metrics::connections(int open) {
  connections_.Set(open);
}

void Metrics::turned_away() {
  turned_away_.Increment();
}

void Metrics::handshake_failed() {
  failed_handshakes_.Increment();
}

void Metrics::upkeep(std::string_view task, bool done, std::int64_t changed) {
  upkeep_runs_.Add({{"task", std::string(task)}, {"outcome", done ? "done" : "failed"}}).Increment();
  if (changed > 0) upkeep_changes_.Add({{"task", std::string(task)}}).Increment(static_cast<double>(changed));
}

void Metrics::redis_gone(std::string_view primitive, std::string_view did) {
  redis_gone_.Add({{"primitive", std::string(primitive)}, {"did", std::string(did)}}).Increment();
}

void Metrics::webhook(std::string_view outcome) {
  webhooks_.Add({{"outcome", std::string(outcome)}}).Increment();
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

}  // namespace detoy::serve
