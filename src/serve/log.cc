#include "serve/log.h"

#include <chrono>
#include <cstdio>

#include "serve/json_fields.h"

namespace detoy::serve {

Log::Log(Write write) : write_(std::move(write)) {
  if (!write_) write_ = [](std::string_view line) { std::fwrite(line.data(), 1, line.size(), stderr); };
}

void Log::info(std::string_view message, const nlohmann::json& fields) {
  line("info", message, fields);
}

void Log::warn(std::string_view message, const nlohmann::json& fields) {
  line("warn", message, fields);
}

void Log::error(std::string_view message, const nlohmann::json& fields) {
  line("error", message, fields);
}

void Log::line(std::string_view level, std::string_view message, const nlohmann::json& fields) {
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch());
  nlohmann::ordered_json entry = {{"time", time_text(now.count())}, {"level", level}, {"message", message}};
  for (const auto& [name, value] : fields.items()) entry[name] = value;
  const std::string text = entry.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  const std::lock_guard guard(mutex_);
  write_(text);
}

}  // namespace detoy::serve
