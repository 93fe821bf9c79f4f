// Signatures as the Standard Webhooks specification has them: HMAC-SHA256 over id, time and body.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace detoy::serve {

// whsec_ and 24 random bytes in base64.
Result<std::string> new_webhook_secret();
// An error of category usage unless it is whsec_ and 24 to 64 bytes in base64.
Result<void> check_webhook_secret(std::string_view secret);

// The value of webhook-signature: "v1,BASE64" for each secret, separated by spaces. Secrets must have passed the check.
std::string webhook_signature(std::span<const std::string> secrets, std::string_view id, std::int64_t unix_seconds,
                              std::string_view body);

}  // namespace detoy::serve
