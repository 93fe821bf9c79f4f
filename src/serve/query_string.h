// What is behind the question mark of a request's target.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace detoy::serve {

// Names and values, percent-decoded; + is a space. An error of category usage if it is not encoded as it should be, or
// a name comes twice.
Result<std::map<std::string, std::string>> query_of(std::string_view target);

}  // namespace detoy::serve
