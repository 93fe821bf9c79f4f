// A request and its response, without the protocol that carries them.
#pragma once

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
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

}  // namespace detoy::serve
