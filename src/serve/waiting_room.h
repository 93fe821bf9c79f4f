// Lets only so many wait at a time.
#pragma once

#include <atomic>

namespace detoy::serve {

// Thread-safe.
class WaitingRoom {
 public:
  explicit WaitingRoom(int seats) : free_(seats) {}

  // A seat for as long as it lives; converts to false if there was none.
  class Seat {
   public:
    explicit Seat(WaitingRoom& room) : room_(room), taken_(room.free_.fetch_sub(1) > 0) {
      if (!taken_) ++room_.free_;
    }
    ~Seat() {
      if (taken_) ++room_.free_;
    }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    explicit operator bool() const { return taken_; }

   private:
    WaitingRoom& room_;
    bool taken_;
  };

 private:
  std::atomic<int> free_;
};

}  // namespace detoy::serve
