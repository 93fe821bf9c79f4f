#include "syntax/python_grammar.h"

#include <array>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace detoy::syntax {
namespace {

constexpr auto names = std::to_array<std::pair<std::string_view, Syntax>>({
    {"comment", Syntax::comment},
    {"line_continuation", Syntax::comment},
    {"identifier", Syntax::identifier},
    {"integer", Syntax::integer},
    {"float", Syntax::float_},
    {"true", Syntax::true_},
    {"false", Syntax::false_},
    {"none", Syntax::none},
    {"ellipsis", Syntax::ellipsis},
    {"string", Syntax::string},
    {"concatenated_string", Syntax::concatenated_string},
    {"interpolation", Syntax::interpolation},
    {"format_specifier", Syntax::format_specifier},
    {"format_expression", Syntax::format_expression},
    {"attribute", Syntax::attribute},
    {"subscript", Syntax::subscript},
    {"slice", Syntax::slice},
    {"call", Syntax::call},
    {"argument_list", Syntax::argument_list},
    {"keyword_argument", Syntax::keyword_argument},
    {"list_splat", Syntax::list_splat},
    {"dictionary_splat", Syntax::dictionary_splat},
    {"parenthesized_expression", Syntax::parenthesized_expression},
    {"unary_operator", Syntax::unary_operator},
    {"not_operator", Syntax::not_operator},
    {"binary_operator", Syntax::binary_operator},
    {"boolean_operator", Syntax::boolean_operator},
    {"comparison_operator", Syntax::comparison_operator},
    {"conditional_expression", Syntax::conditional_expression},
    {"named_expression", Syntax::named_expression},
    {"lambda", Syntax::lambda},
    {"await", Syntax::await},
    {"yield", Syntax::yield},
    {"as_pattern", Syntax::as_pattern},
    {"as_pattern_target", Syntax::as_pattern_target},
    {"list", Syntax::list},
    {"tuple", Syntax::tuple},
    {"set", Syntax::set},
    {"dictionary", Syntax::dictionary},
    {"pair", Syntax::pair},
    {"expression_list", Syntax::expression_list},
    {"list_comprehension", Syntax::list_comprehension},
    {"set_comprehension", Syntax::set_comprehension},
    {"dictionary_comprehension", Syntax::dictionary_comprehension},
    {"generator_expression", Syntax::generator_expression},
    {"for_in_clause", Syntax::for_in_clause},
    {"if_clause", Syntax::if_clause},
    {"assignment", Syntax::assignment},
    {"augmented_assignment", Syntax::augmented_assignment},
    {"pattern_list", Syntax::pattern_list},
    {"tuple_pattern", Syntax::tuple_pattern},
    {"list_pattern", Syntax::list_pattern},
    {"list_splat_pattern", Syntax::list_splat_pattern},
    {"dictionary_splat_pattern", Syntax::dictionary_splat_pattern},
    {"type", Syntax::type},
    {"block", Syntax::block},
    {"expression_statement", Syntax::expression_statement},
    {"return_statement", Syntax::return_statement},
    {"raise_statement", Syntax::raise_statement},
    {"delete_statement", Syntax::delete_statement},
    {"assert_statement", Syntax::assert_statement},
    {"pass_statement", Syntax::pass_statement},
    {"break_statement", Syntax::break_statement},
    {"continue_statement", Syntax::continue_statement},
    {"global_statement", Syntax::global_statement},
    {"nonlocal_statement", Syntax::nonlocal_statement},
    {"print_statement", Syntax::print_statement},
    {"exec_statement", Syntax::exec_statement},
    {"type_alias_statement", Syntax::type_alias_statement},
    {"if_statement", Syntax::if_statement},
    {"elif_clause", Syntax::elif_clause},
    {"else_clause", Syntax::else_clause},
    {"for_statement", Syntax::for_statement},
    {"while_statement", Syntax::while_statement},
    {"try_statement", Syntax::try_statement},
    {"except_clause", Syntax::except_clause},
    {"finally_clause", Syntax::finally_clause},
    {"with_statement", Syntax::with_statement},
    {"with_clause", Syntax::with_clause},
    {"match_statement", Syntax::match_statement},
    {"case_clause", Syntax::case_clause},
    {"class_pattern", Syntax::class_pattern},
    {"keyword_pattern", Syntax::keyword_pattern},
    {"import_statement", Syntax::import_statement},
    {"import_from_statement", Syntax::import_from_statement},
    {"future_import_statement", Syntax::future_import_statement},
    {"dotted_name", Syntax::dotted_name},
    {"aliased_import", Syntax::aliased_import},
    {"wildcard_import", Syntax::wildcard_import},
    {"function_definition", Syntax::function_definition},
    {"class_definition", Syntax::class_definition},
    {"decorated_definition", Syntax::decorated_definition},
    {"decorator", Syntax::decorator},
    {"parameters", Syntax::parameters},
    {"lambda_parameters", Syntax::lambda_parameters},
    {"typed_parameter", Syntax::typed_parameter},
    {"default_parameter", Syntax::default_parameter},
    {"typed_default_parameter", Syntax::typed_default_parameter},
});

}  // namespace

PythonGrammar::PythonGrammar() {
  const TSLanguage* language = tree_sitter_python();
  const std::unordered_map<std::string_view, Syntax> by_name(names.begin(), names.end());
  by_symbol_.resize(ts_language_symbol_count(language), Syntax::token);
  for (std::size_t i = 0; i < by_symbol_.size(); ++i) {
    const auto symbol = static_cast<TSSymbol>(i);
    if (ts_language_symbol_type(language, symbol) != TSSymbolTypeRegular) continue;
    const auto found = by_name.find(ts_language_symbol_name(language, symbol));
    by_symbol_[symbol] = found == by_name.end() ? Syntax::unknown : found->second;
  }
}

const PythonGrammar& PythonGrammar::instance() {
  static const PythonGrammar grammar;
  return grammar;
}

}  // namespace detoy::syntax
