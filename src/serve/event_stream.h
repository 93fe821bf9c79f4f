// Events of a topic as server-sent events, from a position on, for as long as somebody listens.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "foundation/event.h"
#include "foundation/storage/tenant_engine.h"
#include "serve/message.h"
#include "serve/waiting_room.h"

namespace detoy::serve {

class EventBell;

class EventStream : public ResponseStream {
 public:
  struct From {
    std::string tenant;
    std::string topic;
    std::optional<std::string> key;  // only events of this key
    std::int64_t after = 0;          // the position behind which to begin
  };
  // `allowed` is asked now and then whether whoever listens still may. The engine, the bell and the room must outlive
  // it. It has a seat of the room for as long as it lives.
  EventStream(foundation::Engine& engine, EventBell& bell, WaitingRoom& room, From from, std::function<bool()> allowed);
  // False: there was no seat.
  bool seated() const { return static_cast<bool>(seat_); }

  // One block for each event: its position as id, its JSON as data. Else a comment now and then. The end comes when the
  // server is drained, the store fails or whoever listens may no longer: clients come again with the last id.
  std::optional<std::string> next() override;

 private:
  using Clock = std::chrono::steady_clock;

  bool worth_asking();
  bool read(std::string& text);

  foundation::TenantEngine engine_;
  EventBell& bell_;
  WaitingRoom::Seat seat_;
  From from_;
  std::function<bool()> allowed_;
  std::int64_t most_ = 1;  // events to read at a time: few if they are large
  bool begun_ = false;
  bool more_ = true;  // there may be some that are not read yet
  std::uint64_t rung_ = 0;
  Clock::time_point asked_;
  Clock::time_point checked_;
  Clock::time_point sent_;
};

// What a request asks for: GET ...?topic=T[&key=K][&after=POSITION], and Last-Event-ID, which counts more than `after`.
// Without both it begins with what is published from now on.
Result<EventStream::From> stream_from(foundation::Engine& engine, std::string_view tenant, const Request& request);

}  // namespace detoy::serve
