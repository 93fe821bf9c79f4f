#include "serve/webhook_signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>

#include "serve/base64.h"

namespace detoy::serve {
namespace {

constexpr std::string_view prefix = "whsec_";
constexpr std::size_t least_bytes = 24;
constexpr std::size_t most_bytes = 64;

}  // namespace

Result<std::string> new_webhook_secret() {
  std::array<unsigned char, least_bytes> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
    return fail(ErrorCategory::internal, "this machine gives no random numbers");
  return fmt::format("{}{}", prefix, base64_encoded({reinterpret_cast<const char*>(random.data()), random.size()}));
}

Result<void> check_webhook_secret(std::string_view secret) {
  if (secret.starts_with(prefix)) {
    const auto bytes = base64_decoded(secret.substr(prefix.size()));
    if (bytes && bytes->size() >= least_bytes && bytes->size() <= most_bytes) return {};
  }
  return fail(ErrorCategory::usage,
              fmt::format("the secret must be {} and {} to {} bytes in base64", prefix, least_bytes, most_bytes));
}

std::string webhook_signature(std::span<const std::string> secrets, std::string_view id, std::int64_t unix_seconds,
                              std::string_view body) {
  const std::string text = fmt::format("{}.{}.{}", id, unix_seconds, body);
  std::string signatures;
  for (const std::string& secret : secrets) {
    const std::string key = base64_decoded(std::string_view(secret).substr(prefix.size())).value_or("");
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), digest.data(), &size);
    if (!signatures.empty()) signatures += ' ';
    signatures += "v1,";
    signatures += base64_encoded({reinterpret_cast<const char*>(digest.data()), size});
  }
  return signatures;
}

}  // namespace detoy::serve
