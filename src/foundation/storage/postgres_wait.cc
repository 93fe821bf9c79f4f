// How a connection waits for its server: not for ever. libpq's own calls that wait would, while a server's machine is
// stopped or cut off: nothing tells that it is gone.

#include <libpq-fe.h>
#include <poll.h>

#include <cerrno>

#include "foundation/storage/postgres_connection.h"

namespace detoy::foundation {

bool PostgresConnection::wait(bool to_send, std::chrono::steady_clock::time_point until) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd heard{PQsocket(handle_), static_cast<short>(to_send ? POLLIN | POLLOUT : POLLIN), 0};
    const int ready = left <= 0 ? 0 : ::poll(&heard, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

PostgresConnection::OwnedResult PostgresConnection::next_result() {
  const auto until = std::chrono::steady_clock::now() + patience_;
  while (!silent_) {
    const int unsent = PQflush(handle_);
    // An error is told as a result.
    if (unsent < 0 || PQisBusy(handle_) == 0) return OwnedResult(PQgetResult(handle_));
    if (!wait(unsent > 0, until)) {
      silent_ = true;
    } else if (PQconsumeInput(handle_) == 0) {
      return OwnedResult(PQgetResult(handle_));
    }
  }
  return nullptr;
}

PostgresConnection::OwnedResult PostgresConnection::answer(int sent) {
  OwnedResult last;
  if (sent == 0) return last;
  while (OwnedResult next = next_result()) last = std::move(next);
  return silent_ ? nullptr : std::move(last);
}

}  // namespace detoy::foundation
