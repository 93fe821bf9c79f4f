// The settings that code gives values to, and the string literals among these values.
#pragma once

#include <vector>

#include "analysis/context.h"

namespace detoy::analysis {

// One place that gives a setting its value: CACHES = {...}, app.config["CACHE_TYPE"] = ..., CACHE_TYPE in a class.
struct SettingValue {
  std::string_view name;
  TypeId type = 0;  // the configuration class whose attribute it is
  FileId file = no_file;
  facts::Index function = 0;
  facts::Index value = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// A string in a setting's value.
struct SettingText {
  std::string_view text;
  std::vector<std::string_view> keys;  // the setting's name and the keys above the string
  std::uint32_t line = 0;
  Setting chosen;  // the setting of which the string is the default
};

// Names that some library of the catalog watches.
std::unordered_set<std::string_view> watched_settings(const catalog::Catalog& catalog);

std::vector<SettingValue> setting_values(const Context& context);
// Names of the settings that get a value somewhere.
std::unordered_set<std::string_view> settings_given(const Context& context);
std::vector<SettingText> texts_of(const Context& context, const SettingValue& value);

}  // namespace detoy::analysis
