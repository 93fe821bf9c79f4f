#include "foundation/storage/redis_url.h"

#include <charconv>
#include <optional>
#include <string_view>

namespace detoy::foundation {
namespace {

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorCategory::usage, "Redis: " + std::string(what) +
                                        ": it is given as redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE] or "
                                        "unix:PATH");
}

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    if (i + 2 >= text.size() || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) return std::nullopt;
    result += static_cast<char>(byte);
    i += 2;
  }
  return result;
}

}  // namespace

Result<RedisUrl> RedisUrl::parse(const std::string& url) {
  RedisUrl result;
  std::string_view rest = url;
  if (rest.starts_with("unix:")) {
    rest.remove_prefix(5);
    if (rest.empty()) return wrong("the path of the socket is missing");
    result.socket = rest;
    return result;
  }
  if (rest.starts_with("rediss://")) return wrong("TLS is not there yet");
  constexpr std::string_view scheme = "redis://";
  if (!rest.starts_with(scheme)) return wrong("this is no URL of a Redis");
  rest.remove_prefix(scheme.size());

  // The last one, since a password may have an unescaped @.
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view who = rest.substr(0, at);
    const std::size_t colon = who.find(':');
    if (colon == std::string_view::npos) return wrong("a user comes with a password");
    auto user = decoded(who.substr(0, colon));
    auto password = decoded(who.substr(colon + 1));
    if (!user || !password) return wrong("user and password may have % only as %XX");
    if (password->empty()) return wrong("the password is empty");
    result.user = std::move(*user);
    result.password = std::move(*password);
    rest.remove_prefix(at + 1);
  }
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    const std::string_view database = rest.substr(slash + 1);
    const auto number = database.empty() ? 0 : number_of<int>(database);
    if (!number || *number < 0) return wrong("the database must be a number");
    result.database = *number;
    rest = rest.substr(0, slash);
  }
  std::string_view host = rest;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return wrong("a ] is missing");
    host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  } else {
    host = rest.substr(0, rest.find(':'));
    rest.remove_prefix(host.size());
  }
  if (!rest.empty()) {
    const auto port = rest.front() == ':' ? number_of<std::uint16_t>(rest.substr(1)) : std::nullopt;
    if (!port || *port == 0) return wrong("the port must be a number between 1 and 65535");
    result.port = *port;
  }
  if (host.empty()) return wrong("the host is missing");
  result.host = host;
  return result;
}

}  // namespace detoy::foundation
