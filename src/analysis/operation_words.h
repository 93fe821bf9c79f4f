// What is done to a state, in the vocabulary that kinds weigh (`operations` in catalog/words.yaml).
#pragma once

#include <set>
#include <string>

#include "analysis/context.h"

namespace detoy::analysis {

std::set<std::string, std::less<>> operation_words(const Context& context, const State& state);

// Whether the value is a new object of a library: it can be made again.
bool makes_client(const Context& context, FileId file, facts::Index value);

// Whether the function asks for the time.
bool asks_for_time(const Context& context, FunctionId function);

}  // namespace detoy::analysis
