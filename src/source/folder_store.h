// The store over a folder on disk.
#pragma once

#include <memory>
#include <string>

#include "source/source.h"

namespace detoy::source {

// Fails when the folder cannot be opened.
Result<std::unique_ptr<Store>> open_folder_store(const std::string& folder);

}  // namespace detoy::source
