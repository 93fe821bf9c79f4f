#include "analysis/connections.h"

#include <algorithm>

#include "base/words.h"

namespace detoy::analysis {

bool is_connection(const Context& context, TypeId type) {
  if (type == 0) return false;
  const auto has = [&](const char* list) {
    const auto methods = context.symbols.methods(type);
    return std::any_of(methods.begin(), methods.end(), [&](FunctionId method) {
      return is_one_of(context.catalog.words(list), context.program.name_of_function(method));
    });
  };
  return has("connecting_methods") && has("disconnecting_methods");
}

}  // namespace detoy::analysis
