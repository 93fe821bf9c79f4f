#include <tree_sitter/api.h>

#include <array>

#include "syntax/front_end.h"

namespace detoy::syntax {

const FrontEnd* front_end(Language language) {
  static constexpr std::array all = {&typescript_front_end, &tsx_front_end, &javascript_front_end, &python_front_end,
                                     &rust_front_end};
  for (const FrontEnd* candidate : all) {
    if (candidate->language == language) return candidate;
  }
  return nullptr;
}

namespace {

TSTree* parse_text(TSParser* parser, const FrontEnd& front_end, std::string_view source) {
  if (!ts_parser_set_language(parser, front_end.grammar())) return nullptr;
  TSTree* tree = ts_parser_parse_string(parser, nullptr, source.data(), static_cast<std::uint32_t>(source.size()));
  if (tree == nullptr) ts_parser_reset(parser);
  return tree;
}

}  // namespace

Parser::Parser() : parser_(ts_parser_new()) {}
Parser::~Parser() {
  ts_parser_delete(parser_);
}

bool Parser::parse(const FrontEnd& front_end, std::string_view source, Tree& tree) {
  tree.clear();
  TSTree* parsed = parse_text(parser_, front_end, source);
  if (parsed == nullptr) return false;
  front_end.lower(parsed, source, tree);
  ts_tree_delete(parsed);
  return true;
}

bool Parser::parse_only(const FrontEnd& front_end, std::string_view source) {
  TSTree* parsed = parse_text(parser_, front_end, source);
  if (parsed == nullptr) return false;
  ts_tree_delete(parsed);
  return true;
}

}  // namespace detoy::syntax
