#include "foundation/entity_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <set>

#include "foundation/bounds.h"
#include "foundation/entity_document.h"
#include "foundation/json_schema.h"

namespace detoy::foundation {
namespace {

constexpr std::int64_t most_fields = 16;
constexpr std::int64_t most_states = 64;

bool declares(const StateMachine& states, std::string_view state) {
  return std::find(states.states.begin(), states.states.end(), state) != states.states.end();
}

Result<void> check_declared(const StateMachine& states, std::string_view state) {
  if (declares(states, state)) return {};
  return fail(ErrorCategory::usage, fmt::format("the state {} is not declared", shown(state)));
}

Result<void> check(const StateMachine& states) {
  if (const auto valid = check_pointer(states.field); !valid) return valid;
  if (const auto valid = check_between("states", static_cast<std::int64_t>(states.states.size()), 1, most_states);
      !valid)
    return valid;
  std::set<std::string_view> seen;
  for (const std::string& state : states.states) {
    if (const auto named = check_name("state", state); !named) return named;
    if (!seen.insert(state).second)
      return fail(ErrorCategory::usage, fmt::format("the state {} is declared twice", shown(state)));
  }
  if (const auto valid = check_declared(states, states.initial); !valid) return valid;
  if (const auto valid = check_between("transitions", static_cast<std::int64_t>(states.transitions.size()), 0,
                                       most_states * most_states);
      !valid)
    return valid;
  for (const auto& [from, to] : states.transitions) {
    if (const auto valid = check_declared(states, from); !valid) return valid;
    if (const auto valid = check_declared(states, to); !valid) return valid;
  }
  return {};
}

}  // namespace

Result<void> check(const EntityType& type) {
  if (const auto valid = check_between("indexed fields", static_cast<std::int64_t>(type.fields.size()), 0, most_fields);
      !valid)
    return valid;
  std::set<std::string_view> paths;
  for (const EntityField& field : type.fields) {
    if (const auto valid = check_pointer(field.path); !valid) return valid;
    if (!paths.insert(field.path).second)
      return fail(ErrorCategory::usage, fmt::format("the field {} is indexed twice", shown(field.path)));
  }
  if (type.states) {
    if (const auto valid = check(*type.states); !valid) return valid;
  }
  const auto compiled = compile_schema(type.schema);
  if (!compiled) return std::unexpected(compiled.error());
  return {};
}

Result<void> check_transition(const StateMachine& states, std::string_view subject, std::string_view from,
                              std::string_view to, bool renamed) {
  if (!declares(states, to)) {
    return fail(ErrorCategory::usage, fmt::format("{} of {} must be one of {}, not {}", states.field, subject,
                                                  fmt::join(states.states, ", "), to.empty() ? "absent" : shown(to)));
  }
  if (from.empty()) {
    if (to == states.initial) return {};
    return fail(ErrorCategory::conflict,
                fmt::format("{} cannot begin as {}: it begins as {}", subject, to, states.initial));
  }
  if (from == to && !renamed) return {};
  std::vector<std::string_view> allowed;
  for (const auto& [source, target] : states.transitions) {
    if (source != from) continue;
    if (target == to) return {};
    allowed.push_back(target);
  }
  // A newer definition does not know the state any more: there must be a way out.
  if (!declares(states, from)) {
    if (to == states.initial) return {};
    allowed.push_back(states.initial);
  }
  return fail(ErrorCategory::conflict,
              fmt::format("{} is {} and cannot become {}: allowed from {}: {}", subject, shown(from), to, shown(from),
                          allowed.empty() ? "nothing" : fmt::format("{}", fmt::join(allowed, ", "))));
}

}  // namespace detoy::foundation
