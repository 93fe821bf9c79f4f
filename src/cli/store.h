// The store that a verb works on.
#pragma once

#include <memory>
#include <string>

#include "foundation/storage/engine.h"

namespace detoy::cli {

// With its schema up to date.
Result<std::unique_ptr<foundation::Engine>> open_store(const std::string& url);

// Without what may be a password.
std::string store_for_people(const std::string& url);

// Prints the error; the exit status that it ends a verb with.
int complain(const Error& error);

}  // namespace detoy::cli
