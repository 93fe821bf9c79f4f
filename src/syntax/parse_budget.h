// Parsing that ends. Error recovery of a generalised LR parser can take exponentially long on input that is broken in
// the right way; a few hundred bytes are enough.
#pragma once

#include <tree_sitter/api.h>

#include <cstdint>

namespace detoy::syntax {

// Parses `input` of `size` bytes with a number of parser steps that grows with the size only, so that the same text is
// given up on every machine or on none. Null if the budget ran out (the parser is reset) or no language is set.
TSTree* parse_within_budget(TSParser* parser, TSInput input, std::size_t size);

}  // namespace detoy::syntax
