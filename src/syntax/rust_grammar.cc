#include "syntax/rust_grammar.h"

#include <string_view>
#include <unordered_map>

namespace detoy::syntax::rust {

Grammar::Grammar() {
  const TSLanguage* language = tree_sitter_rust();
  const std::unordered_map<std::string_view, Syntax> named = {
#define X(name) {#name, Syntax::name},
      DETOY_RUST_NODE_TYPES(X)
#undef X
  };
  const std::unordered_map<std::string_view, Syntax> tokens = {
      {"async", Syntax::token_async},  {"if", Syntax::token_if},     {";", Syntax::token_semicolon},
      {",", Syntax::token_comma},      {":", Syntax::token_colon},   {"=", Syntax::token_equal},
      {"=>", Syntax::token_arrow},     {"%", Syntax::token_percent}, {"?", Syntax::token_question},
      {"_", Syntax::token_underscore},
  };
  by_symbol_.assign(ts_language_symbol_count(language), Syntax::unknown);
  for (std::size_t symbol = 0; symbol < by_symbol_.size(); ++symbol) {
    const auto id = static_cast<TSSymbol>(symbol);
    const bool is_named = ts_language_symbol_type(language, id) == TSSymbolTypeRegular;
    const auto& table = is_named ? named : tokens;
    const auto found = table.find(ts_language_symbol_name(language, id));
    by_symbol_[symbol] = found != table.end() ? found->second : is_named ? Syntax::unknown : Syntax::token;
  }

  const auto field_id = [&](std::string_view text) {
    return ts_language_field_id_for_name(language, text.data(), static_cast<std::uint32_t>(text.size()));
  };
  alias = field_id("alias");
  alternative = field_id("alternative");
  body = field_id("body");
  condition = field_id("condition");
  field = field_id("field");
  length = field_id("length");
  name = field_id("name");
  path = field_id("path");
  pattern = field_id("pattern");
  return_type = field_id("return_type");
  right = field_id("right");
  trait = field_id("trait");
  type = field_id("type");
  type_arguments = field_id("type_arguments");
  value = field_id("value");
}

const Grammar& Grammar::instance() {
  static const Grammar grammar;
  return grammar;
}

}  // namespace detoy::syntax::rust
