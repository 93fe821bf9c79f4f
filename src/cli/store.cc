#include "cli/store.h"

#include <fmt/core.h>

#include <cstdio>

#include "cli/command_line.h"
#include "foundation/storage/migrations.h"
#include "foundation/storage/open_engine.h"

namespace detoy::cli {

Result<std::unique_ptr<foundation::Engine>> open_store(const std::string& url) {
  auto engine = foundation::open_engine(url);
  if (!engine) return engine;
  if (const auto migrated = foundation::migrate(**engine); !migrated) return std::unexpected(migrated.error());
  return engine;
}

std::string store_for_people(const std::string& url) {
  return url.starts_with("sqlite:") ? url : "PostgreSQL";
}

int complain(const Error& error) {
  fmt::print(stderr, "detoy: {}\n", error.message);
  return error.category == ErrorCategory::usage || error.category == ErrorCategory::conflict ? exit_usage
                                                                                             : exit_no_input;
}

}  // namespace detoy::cli
