#include "foundation/storage/open_engine.h"

#include <fmt/format.h>

#include <chrono>

#include "foundation/storage/postgres_engine.h"
#include "foundation/storage/sqlite_engine.h"

namespace detoy::foundation {
namespace {

bool is_file(const std::string& url) {
  return url.starts_with("sqlite:") && url.size() > std::string_view("sqlite:").size();
}

bool is_server(const std::string& url) {
  return url.starts_with("postgres:") || url.starts_with("postgresql:");
}

template <typename Kind, typename... Options>
Result<std::unique_ptr<Engine>> opened(const std::string& where, const Options&... options) {
  auto engine = Kind::open(where, options...);
  if (!engine) return std::unexpected(engine.error());
  return std::unique_ptr<Engine>(std::move(*engine));
}

}  // namespace

bool is_engine_url(const std::string& text) {
  return is_file(text) || is_server(text);
}

Result<std::unique_ptr<Engine>> open_engine(const std::string& url) {
  if (is_file(url)) return opened<SqliteEngine>(url.substr(url.find(':') + 1));
  if (is_server(url)) return opened<PostgresEngine>(url);
  return fail(ErrorCategory::usage, fmt::format("an engine is given as {}", engine_url_form));
}

Result<std::unique_ptr<Engine>> open_patient_engine(const std::string& url) {
  if (!is_server(url)) return open_engine(url);
  PostgresEngine::Options options;
  options.connections = 1;
  options.connection.statement_timeout = std::chrono::days(1);
  return opened<PostgresEngine>(url, options);
}

}  // namespace detoy::foundation
