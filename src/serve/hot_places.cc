#include "serve/hot_places.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "serve/log.h"
#include "serve/metrics.h"

namespace detoy::serve {
namespace {

using foundation::hot_primitives;
using foundation::HotPrimitive;
using foundation::Place;
using foundation::WhenGone;

struct Named {
  std::string_view name;
  WhenGone what;
};
constexpr std::array choices =
    std::to_array<Named>({{"allow", WhenGone::allow}, {"refuse", WhenGone::refuse}, {"store", WhenGone::store}});

std::string_view name_of(WhenGone what) {
  return std::find_if(choices.begin(), choices.end(), [&](const Named& one) { return one.what == what; })->name;
}

Result<const HotPrimitive*> hot_primitive(std::string_view name) {
  const auto* const found = std::find_if(hot_primitives.begin(), hot_primitives.end(),
                                         [&](const HotPrimitive& one) { return one.name == name; });
  if (found != hot_primitives.end()) return found;
  std::vector<std::string_view> names;
  for (const HotPrimitive& one : hot_primitives) names.push_back(one.name);
  return fail(ErrorCategory::usage,
              fmt::format("{}: Redis may keep {}", name.empty() ? "(empty)" : name, fmt::join(names, ", ")));
}

}  // namespace

Result<RedisUse> RedisUse::read(const std::vector<std::string>& kept, const std::vector<std::string>& when_gone) {
  RedisUse use;
  for (const std::string& name : kept) {
    const auto primitive = hot_primitive(name);
    if (!primitive) return std::unexpected(primitive.error());
    use.primitives.emplace(name, (*primitive)->usual);
  }
  if (kept.empty()) {
    for (const HotPrimitive& one : hot_primitives) use.primitives.emplace(one.name, one.usual);
  }
  for (const std::string& text : when_gone) {
    const std::size_t sign = text.find('=');
    const std::string_view name = std::string_view(text).substr(0, sign);
    const std::string_view wanted = sign == std::string::npos ? "" : std::string_view(text).substr(sign + 1);
    const auto primitive = hot_primitive(name);
    if (!primitive) return std::unexpected(primitive.error());
    const auto entry = use.primitives.find(name);
    if (entry == use.primitives.end())
      return fail(ErrorCategory::usage, fmt::format("{}: {} is not kept in Redis", text, name));
    std::vector<std::string_view> possible;
    for (const Named& choice : choices) {
      if ((*primitive)->may(choice.what)) possible.push_back(choice.name);
      if ((*primitive)->may(choice.what) && choice.name == wanted) entry->second = choice.what;
    }
    if (std::find(possible.begin(), possible.end(), wanted) == possible.end())
      return fail(ErrorCategory::usage,
                  fmt::format("{}: when Redis is gone, {} can {}", text, name, fmt::join(possible, " or ")));
  }
  return use;
}

void log_settings(const RedisUse& use, Log& log) {
  const auto settings = use.store->settings();
  if (!settings) {
    log.warning("Redis cannot be reached", {{"error", settings.error().message}});
    return;
  }
  std::vector<std::string_view> precious;
  for (const std::string_view name : {"lock", "idempotency"}) {
    if (use.primitives.contains(name)) precious.push_back(name);
  }
  if (precious.empty()) return;
  const std::string kept = fmt::format("{}", fmt::join(precious, ", "));
  if (settings->eviction && *settings->eviction != "noeviction") {
    log.warning("Redis may evict what must not be lost: set maxmemory-policy to noeviction",
                {{"primitives", kept}, {"maxmemory_policy", *settings->eviction}});
  }
  if (settings->append_only == false)
    log.warning("Redis forgets when it is restarted what must not be lost: set appendonly to yes",
                {{"primitives", kept}});
  if (settings->append_only == true && settings->append_sync && *settings->append_sync != "always") {
    log.warning("Redis may lose the last second of what must not be lost: set appendfsync to always",
                {{"primitives", kept}, {"appendfsync", *settings->append_sync}});
  }
}

HotPlaces::HotPlaces(const RedisUse& use, Metrics& metrics, Log& log) : use_(use), metrics_(metrics), log_(log) {
  for (const auto& [name, chosen] : use_.primitives)
    observers_.emplace(name, [this, name](WhenGone did) { tell(name, did); });
}

// All are counted, but one of many is logged.
void HotPlaces::tell(std::string_view primitive, WhenGone did) {
  constexpr auto pause = std::chrono::seconds(10);
  metrics_.redis_gone(primitive, name_of(did));
  const auto now = std::chrono::steady_clock::now();
  auto quiet_until = quiet_until_.load();
  if (now < quiet_until || !quiet_until_.compare_exchange_strong(quiet_until, now + pause)) return;
  log_.warning("Redis is gone", {{"primitive", primitive}, {"did", name_of(did)}});
}

Place HotPlaces::of(std::string_view primitive, foundation::Engine& engine) const {
  if (!in_redis(primitive)) return engine;
  return {engine, use_.store, use_.primitives.find(primitive)->second, &observers_.find(primitive)->second};
}

std::string HotPlaces::refusing() const {
  std::vector<std::string_view> names;
  for (const auto& [name, chosen] : use_.primitives) {
    if (use_.store != nullptr && chosen == WhenGone::refuse) names.push_back(name);
  }
  if (names.empty() || use_.store->command({std::string_view("PING")})) return {};
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace detoy::serve
