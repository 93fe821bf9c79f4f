#include "serve/event_bell.h"

#include <functional>

namespace detoy::serve {

std::size_t EventBell::index_of(std::string_view tenant, std::string_view topic) {
  const std::hash<std::string_view> hash;
  return (hash(tenant) * 31 + hash(topic)) % std::tuple_size_v<decltype(places_)>;
}

void EventBell::ring(std::string_view tenant, std::string_view topic) {
  for (Place* place : {&places_[index_of(tenant, topic)], &all_}) {
    {
      const std::lock_guard guard(place->mutex);
      ++place->count;
    }
    place->rung.notify_all();
  }
}

std::uint64_t EventBell::count(std::string_view tenant, std::string_view topic) const {
  const Place& place = places_[index_of(tenant, topic)];
  const std::lock_guard guard(place.mutex);
  return place.count;
}

std::uint64_t EventBell::count() const {
  const std::lock_guard guard(all_.mutex);
  return all_.count;
}

void EventBell::wait(Place& place, std::uint64_t count, std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(place.mutex);
  place.rung.wait_until(lock, until, [&] { return place.count != count || closed_; });
}

void EventBell::wait(std::string_view tenant, std::string_view topic, std::uint64_t count,
                     std::chrono::steady_clock::time_point until) {
  wait(places_[index_of(tenant, topic)], count, until);
}

void EventBell::wait(std::uint64_t count, std::chrono::steady_clock::time_point until) {
  wait(all_, count, until);
}

void EventBell::close() {
  closed_ = true;
  const auto end = [](Place& place) {
    // Whoever has just looked at closed_ waits before this goes on.
    {
      const std::lock_guard guard(place.mutex);
    }
    place.rung.notify_all();
  };
  for (Place& place : places_) end(place);
  end(all_);
}

}  // namespace detoy::serve
