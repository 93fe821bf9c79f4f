// A request and its response, without the protocol that carries them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace detoy::serve {

struct Request {
  std::string method;
  std::string target;         // path, and query if there is one
  std::string authorization;  // the header, or empty
  std::string content_type;
  std::string traceparent;
  std::string body;
  std::string last_event_id = {};
  std::string if_match = {};  // the header, or empty
};

// A body that comes piece by piece.
class ResponseStream {
 public:
  ResponseStream() = default;
  ResponseStream(const ResponseStream&) = delete;
  ResponseStream& operator=(const ResponseStream&) = delete;
  virtual ~ResponseStream() = default;
  // What is to be sent next: empty if there is nothing yet, none if it is over. Asked again and again, by one thread at
  // a time; does not wait for anything but the store.
  virtual std::optional<std::string> next() = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::shared_ptr<ResponseStream> stream = {};  // instead of the body, with status 200
};

}  // namespace detoy::serve
