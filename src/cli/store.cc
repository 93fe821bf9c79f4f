#include "cli/store.h"

#include <fmt/core.h>

#include <cstdio>

#include "cli/command_line.h"
#include "foundation/storage/migrations.h"
#include "foundation/storage/open_engine.h"

namespace detoy::cli {

Result<std::unique_ptr<foundation::Engine>> open_store(const std::string& url) {
  {
    const auto patient = foundation::open_patient_engine(url);
    if (!patient) return std::unexpected(patient.error());
    if (const auto migrated = foundation::migrate(**patient); !migrated) return std::unexpected(migrated.error());
  }
  return foundation::open_engine(url);
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
