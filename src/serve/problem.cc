#include "serve/problem.h"

#include <nlohmann/json.hpp>

namespace detoy::serve {
namespace {

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

Response problem(int status, std::string_view detail) {
  // It may name what was sent, of any length.
  constexpr std::size_t most = 500;
  const std::string shown = std::string(detail.substr(0, most)) + (detail.size() > most ? "..." : "");
  const nlohmann::json body = {
      {"type", "about:blank"}, {"title", title_of(status)}, {"status", status}, {"detail", shown}};
  Response response{
      status, "application/problem+json", {}, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

Response problem(const Error& error) {
  switch (error.category) {
    case ErrorCategory::usage:
    case ErrorCategory::input:
      return problem(400, error.message);
    case ErrorCategory::conflict:
    case ErrorCategory::stale:
      return problem(409, error.message);
    case ErrorCategory::unavailable:
      return problem(503, "the store is too busy or cannot be reached: try again");
    case ErrorCategory::io:
    case ErrorCategory::internal:
      break;
  }
  return problem(500, "this is the server's fault; its log says more");
}

}  // namespace detoy::serve
