// A redis-server of a test's own, which it may kill, on a socket in a temporary folder. Nothing of it stays.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/temporary_folder.h"
#include "foundation/storage/redis_connection.h"

namespace detoy::foundation {

class RedisServer {
 public:
  explicit RedisServer(std::vector<std::string> settings = {}) : settings_(std::move(settings)) { start(); }
  ~RedisServer() { kill(); }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  std::string url() const { return "unix:" + socket(); }
  // False: there is no redis-server on this machine.
  bool running() const { return process_ > 0; }

  // Returns when it answers.
  void start() {
    std::vector<std::string> words = {"redis-server",     "--port", "0",     "--unixsocket",          socket(),
                                      "--save",           "",       "--dir", folder_.path().string(), "--logfile",
                                      folder_.file("log")};
    words.insert(words.end(), settings_.begin(), settings_.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (::posix_spawnp(&process_, "redis-server", nullptr, nullptr, arguments.data(), environ) != 0) process_ = 0;
    while (running() && !answers()) {
      if (::waitpid(process_, nullptr, WNOHANG) == process_) process_ = 0;
      std::this_thread::yield();
    }
  }
  // Without a chance to write anything.
  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }
  // It takes connections and commands, and does not answer until it goes on.
  void pause() { ::kill(process_, SIGSTOP); }
  void go_on() { ::kill(process_, SIGCONT); }

 private:
  std::string socket() const { return folder_.file("s"); }
  bool answers() const {
    const auto connection = RedisConnection::open({.socket = socket()}, {});
    if (!connection) return false;
    const Param ping[] = {Param(std::string_view("PING"))};
    const auto told = (*connection)->run(ping);
    return told || told.error().message.find("NOAUTH") != std::string::npos;
  }

  TemporaryFolder folder_;
  std::vector<std::string> settings_;
  pid_t process_ = 0;
};

}  // namespace detoy::foundation
