// Errors as answers: RFC 9457 problem details.
#pragma once

#include <string_view>

#include "base/result.h"
#include "serve/message.h"

namespace detoy::serve {

// `detail` is for people; it is shown to whoever asked, without what is beyond 500 characters.
Response problem(int status, std::string_view detail);
// Messages of internal errors and of those of the store are not shown: they may name what is none of the caller's
// business.
Response problem(const Error& error);

}  // namespace detoy::serve
