// One POST to a stranger's server, with libcurl.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace detoy::serve {

struct WebhookPost {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds timeout{};  // from the name of the host to the end of the answer
};

struct WebhookAnswer {
  int status = 0;  // 0: there was none, and `error` says why, without telling of the network here
  std::string error = {};
  std::optional<std::chrono::seconds> retry_after = {};
  bool refused = false;  // the host's address is not public
  bool stopped = false;  // by `stop`; nobody knows whether it arrived
};

// Keeps connections. For one thread at a time. Redirects are not followed, proxies of the environment are not asked, of
// the answer only status and Retry-After are looked at.
class WebhookSender {
 public:
  // With `private_addresses` it connects to any address, else only to public ones (public_address.h): what counts is
  // the address that is really connected to.
  explicit WebhookSender(bool private_addresses);
  ~WebhookSender();
  WebhookSender(const WebhookSender&) = delete;
  WebhookSender& operator=(const WebhookSender&) = delete;

  // Blocks. Ends within about a second after `stop` has become true.
  WebhookAnswer post(const WebhookPost& post, const std::atomic<bool>& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace detoy::serve
