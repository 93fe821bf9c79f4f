// An HTTP client for tests that sends exactly what it is told.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace detoy::serve {

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    timeval patience{30, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t put = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (put <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }
  // One response: header and body. Empty: the server closed the connection.
  std::string response() {
    while (true) {
      const auto end = received_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const auto at = received_.find("Content-Length: ");
        const std::size_t length = at < end ? std::stoul(received_.substr(at + 16)) : 0;
        if (received_.size() >= end + 4 + length) {
          const std::string whole = received_.substr(0, end + 4 + length);
          received_.erase(0, whole.size());
          return whole;
        }
      }
      if (!receive()) return {};
    }
  }
  // Reads on until the text has come; false: the server closed before.
  bool until(std::string_view text) {
    while (received_.find(text) == std::string::npos) {
      if (!receive()) return false;
    }
    return true;
  }
  const std::string& received() const { return received_; }
  // All until the server closes.
  std::string rest() {
    while (receive()) {
    }
    return received_;
  }

 private:
  bool receive() {
    char buffer[4096];
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    received_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }
  int socket_;
  bool connected_ = false;
  std::string received_;
};

}  // namespace detoy::serve
