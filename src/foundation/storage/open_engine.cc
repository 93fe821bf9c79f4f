#include "foundation/storage/open_engine.h"

#include "foundation/storage/postgres_engine.h"
#include "foundation/storage/sqlite_engine.h"

namespace detoy::foundation {
namespace {

template <typename Kind>
Result<std::unique_ptr<Engine>> opened(const std::string& where) {
  auto engine = Kind::open(where);
  if (!engine) return std::unexpected(engine.error());
  return std::unique_ptr<Engine>(std::move(*engine));
}

}  // namespace

Result<std::unique_ptr<Engine>> open_engine(const std::string& url) {
  const std::string scheme = url.substr(0, url.find(':'));
  if (scheme == "sqlite" && url.size() > scheme.size() + 1) return opened<SqliteEngine>(url.substr(scheme.size() + 1));
  if (scheme == "postgres" || scheme == "postgresql") return opened<PostgresEngine>(url);
  return fail(ErrorCategory::usage, "an engine is given as sqlite:PATH or postgres://USER@HOST/DATABASE");
}

}  // namespace detoy::foundation
