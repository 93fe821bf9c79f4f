// An HTTP server for tests that keeps what it is sent and answers what it is told.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace detoy::serve {

class Receiver {
 public:
  struct Got {
    std::map<std::string, std::string> headers;  // names in small letters
    std::string body;
  };
  // What is answered to the nth request, counted from 0: a status line and headers, without the empty line.
  using Answer = std::function<std::string(std::size_t nth, const Got& got)>;

  explicit Receiver(Answer answer, std::uint16_t port = 0)
      : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bound_ = ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) == 0 && ::listen(listener_, 16) == 0;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    accepting_ = std::jthread([this] { accept(); });
  }
  ~Receiver() {
    ::shutdown(listener_, SHUT_RDWR);
    accepting_.join();
    {
      const std::lock_guard guard(mutex_);
      for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    serving_.clear();
    for (const int socket : sockets_) ::close(socket);
    ::close(listener_);
  }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  bool bound() const { return bound_; }
  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hooks"; }
  // Waits until there were so many requests, for up to a minute, and gives all.
  std::vector<Got> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, std::chrono::minutes(1), [&] { return got_.size() >= count; });
    return got_;
  }

 private:
  void accept() {
    while (true) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      const std::lock_guard guard(mutex_);
      sockets_.push_back(socket);
      serving_.emplace_back([this, socket] { serve(socket); });
    }
  }

  void serve(int socket) {
    std::string received;
    char buffer[4096];
    while (true) {
      const auto end = received.find("\r\n\r\n");
      Got got = end == std::string::npos ? Got{} : parsed(received.substr(0, end));
      const std::size_t length = got.headers.contains("content-length") ? std::stoul(got.headers["content-length"]) : 0;
      if (end != std::string::npos && received.size() >= end + 4 + length) {
        got.body = received.substr(end + 4, length);
        received.erase(0, end + 4 + length);
        if (!answer(socket, std::move(got))) return;
        continue;
      }
      const ssize_t some = ::recv(socket, buffer, sizeof buffer, 0);
      if (some <= 0) return;
      received.append(buffer, static_cast<std::size_t>(some));
    }
  }

  static Got parsed(const std::string& head) {
    Got got;
    for (std::size_t at = head.find("\r\n"); at != std::string::npos;) {
      const std::size_t next = head.find("\r\n", at + 2);
      const std::string line = head.substr(at + 2, next == std::string::npos ? next : next - at - 2);
      std::string name = line.substr(0, line.find(':'));
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      if (line.size() > name.size() + 2) got.headers[name] = line.substr(name.size() + 2);
      at = next;
    }
    return got;
  }

  bool answer(int socket, Got got) {
    std::size_t nth = 0;
    {
      const std::lock_guard guard(mutex_);
      nth = answered_++;
    }
    const std::string text = answer_(nth, got) + "\r\nContent-Length: 0\r\n\r\n";
    const bool sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
    const std::lock_guard guard(mutex_);
    got_.push_back(std::move(got));
    came_.notify_all();
    return sent;
  }

  Answer answer_;
  int listener_;
  bool bound_ = false;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Got> got_;
  std::size_t answered_ = 0;
  std::vector<int> sockets_;
  std::vector<std::jthread> serving_;
  std::jthread accepting_;
};

}  // namespace detoy::serve
