// The engine that a URL names.
#pragma once

#include <memory>
#include <string>

#include "foundation/storage/engine.h"

namespace detoy::foundation {

// sqlite:PATH or postgres://... (also postgresql://). Errors of category usage name what may stand there, and never
// show the URL, which may hold a password.
Result<std::unique_ptr<Engine>> open_engine(const std::string& url);

}  // namespace detoy::foundation
