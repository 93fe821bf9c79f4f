// The description of the routes, as OpenAPI 3.1.
#pragma once

#include <nlohmann/json.hpp>
#include <span>

#include "serve/route.h"

namespace detoy::serve {

nlohmann::json open_api(std::span<const Route> routes);

}  // namespace detoy::serve
