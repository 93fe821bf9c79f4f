#include "syntax/parse_budget.h"

namespace detoy::syntax {
namespace {

// The parser reports every hundred steps. The densest files of some twenty repositories took two steps for a byte.
constexpr std::uint64_t steps_per_report = 100;
constexpr std::uint64_t steps_per_byte = 8;
// Where nothing fits the grammar, one step can take a tenth of a millisecond: few of them are given for nothing.
constexpr std::uint64_t least_steps = 5'000;

struct Budget {
  std::uint64_t reports = 0;
  std::uint64_t most = 0;
};

bool exhausted(TSParseState* state) {
  auto* budget = static_cast<Budget*>(state->payload);
  return ++budget->reports > budget->most;
}

}  // namespace

TSTree* parse_within_budget(TSParser* parser, TSInput input, std::size_t size) {
  Budget budget{.most = (least_steps + steps_per_byte * size) / steps_per_report};
  TSTree* tree = ts_parser_parse_with_options(parser, nullptr, input, TSParseOptions{&budget, exhausted});
  if (tree == nullptr) ts_parser_reset(parser);
  return tree;
}

}  // namespace detoy::syntax
