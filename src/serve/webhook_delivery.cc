#include "serve/webhook_delivery.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <random>

#include "foundation/event_envelope.h"
#include "serve/cloud_event.h"
#include "serve/event_bell.h"
#include "serve/log.h"
#include "serve/metrics.h"
#include "serve/webhook_sender.h"
#include "serve/webhook_signature.h"

namespace detoy::serve {
namespace {

using foundation::EventGroups;
using foundation::Webhooks;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using What = Webhooks::Settled::What;

constexpr std::int64_t most_due = 1'024;
constexpr std::int64_t most_of_a_claim = 8;  // each may have a megabyte
// A lease lasts for so much longer than an attempt. Nothing is sent later than half of it after the claim or the last
// answer was settled: then the lease holds until the attempt is over.
constexpr milliseconds margin{5'000};
constexpr milliseconds shortest_pause{20};  // between two looks at what is due, however often the bell rings

// The same for the same event of a topic, however often it is sent. Ids of publishers may be no text for a header.
std::string message_id(const Webhooks::Claim& claim, const EventGroups::Delivery& delivery) {
  return "msg_" + foundation::made_id(claim.seed, delivery.event.position);
}

WebhookPost post_of(const Webhooks::Claim& claim, const EventGroups::Delivery& delivery) {
  WebhookPost post;
  post.url = claim.url;
  post.body = cloud_event_text(delivery.event);
  post.timeout = std::chrono::duration_cast<milliseconds>(claim.settings.timeout);
  const std::string id = message_id(claim, delivery);
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  post.headers = {{"Content-Type", "application/cloudevents+json; charset=utf-8"},
                  {"webhook-id", id},
                  {"webhook-timestamp", std::to_string(now.count())},
                  {"webhook-signature", webhook_signature(claim.secrets, id, now.count(), post.body)}};
  return post;
}

Webhooks::Outcome outcome_of(const WebhookAnswer& answer) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return {.status = answer.status,
          .error = answer.error,
          .retry_after = answer.retry_after,
          .jitter = std::uniform_real_distribution<double>(0, 1)(random)};
}

std::string_view outcome_name(What what, bool refused) {
  switch (what) {
    case What::delivered:
      return "delivered";
    case What::failed:
      return refused ? "refused" : "failed";
    case What::dead:
      return "dead";
    case What::disabled:
      return "disabled";
    case What::lost:
      break;
  }
  return "lost";
}

}  // namespace

WebhookDelivery::WebhookDelivery(foundation::Engine& engine, EventBell& bell, Metrics& metrics, Log& log,
                                 const Options& options)
    : engine_(engine), bell_(bell), metrics_(metrics), log_(log), options_(options), succeeded_(Clock::now()) {
  threads_.emplace_back([this] { look(); });
  for (int i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { work(); });
}

WebhookDelivery::~WebhookDelivery() {
  stop();
}

void WebhookDelivery::stop() {
  {
    const std::lock_guard guard(mutex_);
    stopped_ = true;
  }
  queued_.notify_all();
}

milliseconds WebhookDelivery::since_success() const {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - succeeded_.load());
}

void WebhookDelivery::tell(const Error& error) {
  log_.error("webhook delivery failed", {{"error", error.message}});
}

void WebhookDelivery::look() {
  while (!stopped_) {
    const std::uint64_t rung = bell_.count();
    const auto begun = Clock::now();
    find_due();
    bell_.wait(rung, begun + options_.every);
    std::unique_lock lock(mutex_);
    queued_.wait_until(lock, begun + (bell_.closed() ? options_.every : shortest_pause),
                       [this] { return stopped_.load(); });
  }
}

void WebhookDelivery::find_due() {
  const auto due = Webhooks(engine_).due(most_due);
  if (!due) return tell(due.error());
  succeeded_ = Clock::now();
  const std::lock_guard guard(mutex_);
  for (const Due& one : *due) {
    if (known_.insert(one.id).second) queue_.push_back(one);
  }
  if (!queue_.empty()) queued_.notify_all();
}

// The first in line whose tenant does not have its share of the workers already. Nothing: it is stopped.
std::optional<WebhookDelivery::Due> WebhookDelivery::take() {
  const int share = std::max(1, options_.workers / 2);
  std::unique_lock lock(mutex_);
  std::optional<Due> taken;
  queued_.wait(lock, [&] {
    if (stopped_) return true;
    const auto first = std::find_if(queue_.begin(), queue_.end(), [&](const Due& due) {
      const auto busy = delivering_.find(due.tenant);
      return busy == delivering_.end() || busy->second < share;
    });
    if (first == queue_.end()) return false;
    taken = std::move(*first);
    queue_.erase(first);
    ++delivering_[taken->tenant];
    return true;
  });
  return taken;
}

void WebhookDelivery::put_back(const Due& due, bool again) {
  const std::lock_guard guard(mutex_);
  if (--delivering_[due.tenant] == 0) delivering_.erase(due.tenant);
  if (again) {
    queue_.push_back(due);
  } else {
    known_.erase(due.id);
  }
  queued_.notify_all();
}

void WebhookDelivery::work() {
  // OpenSSL writes to sockets that the other side may have closed.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  WebhookSender sender(options_.private_addresses);
  while (const auto due = take()) put_back(*due, deliver(due->id, sender));
}

// Whether there may be more.
bool WebhookDelivery::deliver(std::int64_t id, WebhookSender& sender) {
  Webhooks webhooks(engine_);
  // From before the call: the lease is not shorter than this clock says.
  auto leased = Clock::now();
  const auto claim = webhooks.claim(id, margin, most_of_a_claim);
  if (!claim) {
    tell(claim.error());
    return false;
  }
  if (!*claim) return false;
  for (const EventGroups::Delivery& delivery : (*claim)->deliveries) {
    const WebhookPost post = post_of(**claim, delivery);
    if (stopped_ || Clock::now() - leased > margin / 2) break;
    const WebhookAnswer answer = sender.post(post, stopped_);
    if (answer.stopped) break;
    leased = Clock::now();
    const auto settled = webhooks.settle(**claim, delivery, outcome_of(answer), margin);
    if (!settled) {
      tell(settled.error());
      break;
    }
    metrics_.webhook(outcome_name(settled->what, answer.refused));
    if (settled->what == What::disabled) log_.info("a webhook endpoint was disabled", {{"endpoint", id}});
    // It ended the lease, too.
    if (!settled->go_on) return settled->what == What::lost;
  }
  if (const auto done = webhooks.give_back(**claim); !done) tell(done.error());
  return !stopped_;
}

}  // namespace detoy::serve
