// The names that YAML files use for the catalog's enumerations.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/language.h"
#include "catalog/catalog.h"

namespace detoy::catalog {

std::optional<Risk> risk_named(std::string_view name);
std::optional<Library::Effect> effect_named(std::string_view name);
// "typescript" and "javascript" both name the family: a library is imported from either alike. Empty: unknown.
std::vector<Language> languages_named(std::string_view name);
bool is_role(std::string_view name);

}  // namespace detoy::catalog
