// What a call takes, as JSON Schema: told by its handler itself, so that the two cannot differ.
#pragma once

#include <nlohmann/json.hpp>

#include "serve/route.h"

namespace detoy::serve {

nlohmann::json request_schema(const Route& route);

}  // namespace detoy::serve
