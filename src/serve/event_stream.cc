#include "serve/event_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "serve/cloud_event.h"
#include "serve/event_bell.h"
#include "serve/query_string.h"

namespace detoy::serve {
namespace {

using foundation::Event;
using foundation::Events;
using namespace std::chrono_literals;

constexpr auto heartbeat = 15s;
constexpr auto ask_store = 250ms;  // other processes may publish
constexpr auto check_key = 1s;
constexpr std::size_t wanted_bytes = 256 << 10;
constexpr std::int64_t most_at_once = 100;

void add_event(std::string& text, const Event& event) {
  std::string json = cloud_event_text(event);
  // Only between tokens: within texts they are escaped.
  std::replace_if(json.begin(), json.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  text += fmt::format("id: {}\ndata: {}\n\n", event.position, json);
}

}  // namespace

EventStream::EventStream(foundation::Engine& engine, EventBell& bell, WaitingRoom& room, From from,
                         std::function<bool()> allowed)
    : engine_(engine, from.tenant),
      bell_(bell),
      seat_(room),
      from_(std::move(from)),
      allowed_(std::move(allowed)),
      checked_(Clock::now()),
      sent_(checked_) {}

bool EventStream::worth_asking() {
  const std::uint64_t rung = bell_.count(from_.tenant, from_.topic);
  const bool worth = more_ || rung != rung_ || Clock::now() - asked_ >= ask_store;
  rung_ = rung;
  return worth;
}

// False: the store failed.
bool EventStream::read(std::string& text) {
  const auto page = Events(engine_).read(from_.tenant, from_.topic, {.after = from_.after, .most = most_});
  asked_ = Clock::now();
  if (!page) return false;
  std::size_t bytes = 0;
  for (const Event& event : page->events) {
    bytes += event.data.size() + 1;
    if (!from_.key || event.key == *from_.key) add_event(text, event);
  }
  from_.after = page->next;
  const std::size_t count = page->events.size();
  more_ = count == static_cast<std::size_t>(most_);
  if (count > 0)
    most_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(wanted_bytes / (bytes / count)), 1, most_at_once);
  return true;
}

std::optional<std::string> EventStream::next() {
  if (bell_.closed()) return std::nullopt;
  const auto now = Clock::now();
  if (now - checked_ >= check_key) {
    if (!allowed_()) return std::nullopt;
    checked_ = now;
  }
  std::string text;
  if (!begun_) {
    // A block without data is no event, but its id is kept by whoever comes again.
    text = fmt::format("retry: 1000\nid: {}\n\n", from_.after);
    begun_ = true;
  } else {
    // What is of other keys is passed over quickly, but not for long: other connections are on this thread, too.
    for (int i = 0; i < 10 && text.empty() && worth_asking(); ++i) {
      if (!read(text)) return std::nullopt;
    }
  }
  if (text.empty() && now - sent_ >= heartbeat) text = fmt::format(":\nid: {}\n\n", from_.after);
  if (!text.empty()) sent_ = now;
  return text;
}

Result<EventStream::From> stream_from(foundation::Engine& engine, std::string_view tenant, const Request& request) {
  auto query = query_of(request.target);
  if (!query) return std::unexpected(query.error());
  EventStream::From from{.tenant = std::string(tenant), .topic = {}, .key = {}};
  std::string after = request.last_event_id;
  for (auto& [name, value] : *query) {
    if (name == "topic") {
      from.topic = std::move(value);
    } else if (name == "key") {
      from.key = std::move(value);
    } else if (name != "after") {
      return fail(ErrorCategory::usage, fmt::format("{} is not known here", name.substr(0, 64)));
    } else if (after.empty()) {
      after = std::move(value);
    }
  }
  const auto end = Events(engine).last_position(tenant, from.topic);
  if (!end) return std::unexpected(end.error());
  from.after = *end;
  if (after.empty()) return from;
  const auto [rest, error] = std::from_chars(after.data(), after.data() + after.size(), from.after);
  if (error != std::errc() || rest != after.data() + after.size() || from.after < 0)
    return fail(ErrorCategory::usage, "after, or Last-Event-ID, must be a position");
  // What is behind the end is of another store: it would wait for positions that are long to come.
  from.after = std::min(from.after, *end);
  return from;
}

}  // namespace detoy::serve
