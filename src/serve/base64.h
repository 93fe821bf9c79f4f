// Base64 with padding, as RFC 4648 has it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace detoy::serve {

// Nothing if the text is no base64.
std::optional<std::string> base64_decoded(std::string_view text);
std::string base64_encoded(std::string_view bytes);

}  // namespace detoy::serve
