#include "serve/http_message.h"

#include <fmt/format.h>

#include <algorithm>

#include "serve/problem.h"

namespace detoy::serve {
namespace {

std::string text_of(beast::string_view text) {
  return {text.data(), text.size()};
}

// Also false for a line that was folded into it.
bool is_host(beast::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != '@'; });
}

}  // namespace

Request request_of(HttpRequest message) {
  return {text_of(message.method_string()),
          text_of(message.target()),
          text_of(message[http::field::authorization]),
          text_of(message[http::field::content_type]),
          text_of(message["traceparent"]),
          std::move(message.body()),
          text_of(message["Last-Event-ID"]),
          text_of(message[http::field::if_match])};
}

std::string text_of(const Response& response, bool head, bool keep_alive) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  std::string text;
  text.reserve(512 + response.body.size());
  const auto add = [&text](auto... parts) { (text.append(std::string_view(parts)), ...); };
  fmt::format_int status(response.status);
  fmt::format_int length(response.body.size());
  add("HTTP/1.1 ", status.c_str(), " ", std::string_view(reason.data(), reason.size()),
      "\r\nServer: detoy\r\nContent-Type: ", std::string_view(response.content_type),
      "\r\nCache-Control: no-store\r\n");
  for (const auto& [name, value] : response.headers) add(std::string_view(name), ": ", std::string_view(value), "\r\n");
  if (!keep_alive) add("Connection: close\r\n");
  add("Content-Length: ", length.c_str(), "\r\n\r\n");
  if (!head) text += response.body;
  return text;
}

std::optional<Response> refusal(const error_code& error) {
  if (error == http::error::body_limit) return problem(413, "the body is too large");
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return problem(431, "the header is too large");
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() == http::make_error_code(http::error::bad_method).category())
    return problem(400, "this is no valid HTTP request");
  return std::nullopt;
}

std::optional<Response> refusal(const HttpRequest::header_type& header) {
  const auto hosts = header.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && header.version() >= 11) || !is_host(header[http::field::host]))
    return problem(400, "there must be one Host header, with a host and perhaps a port");
  const auto encodings = header.count(http::field::transfer_encoding);
  if (encodings == 0) return std::nullopt;
  if (encodings > 1 || header.version() < 11 || header.count(http::field::content_length) > 0 ||
      !beast::iequals(header[http::field::transfer_encoding], "chunked")) {
    return problem(400, "Transfer-Encoding may only be chunked, without Content-Length");
  }
  return std::nullopt;
}

}  // namespace detoy::serve
