// Requests and responses as Beast has them, and as the handler does.
#pragma once

#include <optional>
#include <string>

#include "serve/beast.h"
#include "serve/message.h"

namespace detoy::serve {

using HttpRequest = http::request<http::string_body>;

Request request_of(HttpRequest message);
// As it is sent. The answer to a HEAD tells the length of a body that does not come.
std::string text_of(const Response& response, bool head, bool keep_alive);

// What is said of a request that cannot be read; nothing if nobody is there to hear it.
std::optional<Response> refusal(const error_code& error);
// What is wrong with a header that can be read: above all whatever a proxy in front could understand otherwise, and so
// take a part of one request for another.
std::optional<Response> refusal(const HttpRequest::header_type& header);

}  // namespace detoy::serve
