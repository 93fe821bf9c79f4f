#include "catalog/names.h"

#include <algorithm>
#include <array>
#include <utility>

namespace detoy::catalog {

std::optional<Risk> risk_named(std::string_view name) {
  if (name == "low") return Risk::low;
  if (name == "medium") return Risk::medium;
  if (name == "high") return Risk::high;
  if (name == "critical") return Risk::critical;
  return std::nullopt;
}

std::optional<Library::Effect> effect_named(std::string_view name) {
  using enum Library::Effect;
  constexpr std::array<std::pair<std::string_view, Library::Effect>, 18> effects{{{"state", state},
                                                                                  {"durable", durable},
                                                                                  {"claim", claim},
                                                                                  {"upsert", upsert},
                                                                                  {"timer", timer},
                                                                                  {"task", task},
                                                                                  {"event_bus", event_bus},
                                                                                  {"endpoint", endpoint},
                                                                                  {"startup", startup},
                                                                                  {"injectable", injectable},
                                                                                  {"metrics", metrics},
                                                                                  {"external", external},
                                                                                  {"local_file", local_file},
                                                                                  {"ui", ui},
                                                                                  {"test", test},
                                                                                  {"lock", lock},
                                                                                  {"memo", memo},
                                                                                  {"cleanup", cleanup}}};
  for (const auto& [text, effect] : effects) {
    if (text == name) return effect;
  }
  return std::nullopt;
}

std::vector<Language> languages_named(std::string_view name) {
  if (name == "typescript" || name == "javascript") return {Language::typescript, Language::tsx, Language::javascript};
  if (name == "python") return {Language::python};
  if (name == "rust") return {Language::rust};
  return {};
}

bool is_role(std::string_view name) {
  constexpr std::array<std::string_view, 6> roles{"production", "test", "tool", "ui", "generated", "declaration"};
  return std::find(roles.begin(), roles.end(), name) != roles.end();
}

}  // namespace detoy::catalog
