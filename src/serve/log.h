// What operators read: one JSON object per line on standard error.
#pragma once

#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace detoy::serve {

// Thread-safe. Nothing that a caller sent in a body or as a key is ever handed to it.
class Log {
 public:
  using Write = std::function<void(std::string_view line)>;
  // To standard error, or to `write`, for tests.
  explicit Log(Write write = {});

  void info(std::string_view message, const nlohmann::json& fields = nlohmann::json::object());
  void warn(std::string_view message, const nlohmann::json& fields = nlohmann::json::object());
  void error(std::string_view message, const nlohmann::json& fields = nlohmann::json::object());

 private:
  void line(std::string_view level, std::string_view message, const nlohmann::json& fields);
  std::mutex mutex_;
  Write write_;
};

}  // namespace detoy::serve
