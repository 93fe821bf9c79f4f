#include "syntax/script_symbols.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace detoy::syntax::script {
namespace {

using Entry = std::pair<std::string_view, Symbol>;

constexpr std::array named = std::to_array<Entry>({
    {"program", Symbol::program},
    {"statement_block", Symbol::statement_block},
    {"expression_statement", Symbol::expression_statement},
    {"lexical_declaration", Symbol::variable_declaration},
    {"variable_declaration", Symbol::variable_declaration},
    {"using_declaration", Symbol::variable_declaration},
    {"function_declaration", Symbol::function_declaration},
    {"generator_function_declaration", Symbol::function_declaration},
    {"function_signature", Symbol::function_signature},
    {"class_declaration", Symbol::class_declaration},
    {"abstract_class_declaration", Symbol::class_declaration},
    {"interface_declaration", Symbol::interface_declaration},
    {"type_alias_declaration", Symbol::type_alias_declaration},
    {"enum_declaration", Symbol::enum_declaration},
    {"ambient_declaration", Symbol::ambient_declaration},
    {"module", Symbol::namespace_declaration},
    {"internal_module", Symbol::namespace_declaration},
    {"import_alias", Symbol::import_alias},
    {"import_statement", Symbol::import_statement},
    {"export_statement", Symbol::export_statement},
    {"if_statement", Symbol::if_statement},
    {"for_statement", Symbol::for_statement},
    {"for_in_statement", Symbol::for_in_statement},
    {"while_statement", Symbol::while_statement},
    {"do_statement", Symbol::do_statement},
    {"switch_statement", Symbol::switch_statement},
    {"try_statement", Symbol::try_statement},
    {"return_statement", Symbol::return_statement},
    {"throw_statement", Symbol::throw_statement},
    {"labeled_statement", Symbol::labeled_statement},
    {"with_statement", Symbol::with_statement},

    {"identifier", Symbol::identifier},
    {"this", Symbol::this_},
    {"super", Symbol::super},
    {"import", Symbol::import},
    {"string", Symbol::string},
    {"number", Symbol::number},
    {"true", Symbol::boolean},
    {"false", Symbol::boolean},
    {"null", Symbol::null},
    {"undefined", Symbol::null},
    {"regex", Symbol::regex},
    {"template_string", Symbol::template_string},
    {"array", Symbol::array},
    {"object", Symbol::object},
    {"function_expression", Symbol::function_expression},
    {"generator_function", Symbol::function_expression},
    {"arrow_function", Symbol::arrow_function},
    {"class", Symbol::class_expression},
    {"call_expression", Symbol::call_expression},
    {"new_expression", Symbol::new_expression},
    {"member_expression", Symbol::member_expression},
    {"subscript_expression", Symbol::subscript_expression},
    {"assignment_expression", Symbol::assignment_expression},
    {"augmented_assignment_expression", Symbol::augmented_assignment_expression},
    {"update_expression", Symbol::update_expression},
    {"unary_expression", Symbol::unary_expression},
    {"binary_expression", Symbol::binary_expression},
    {"ternary_expression", Symbol::ternary_expression},
    {"await_expression", Symbol::await_expression},
    {"sequence_expression", Symbol::grouping},
    {"yield_expression", Symbol::grouping},
    {"spread_element", Symbol::spread_element},
    {"meta_property", Symbol::meta_property},
    {"jsx_element", Symbol::jsx_element},
    {"jsx_self_closing_element", Symbol::jsx_element},
    {"object_pattern", Symbol::object_pattern},
    {"array_pattern", Symbol::array_pattern},
    {"parenthesized_expression", Symbol::transparent},
    {"as_expression", Symbol::transparent},
    {"satisfies_expression", Symbol::transparent},
    {"non_null_expression", Symbol::transparent},
    {"type_assertion", Symbol::transparent},
    {"instantiation_expression", Symbol::transparent},

    {"property_identifier", Symbol::property_identifier},
    {"private_property_identifier", Symbol::private_property_identifier},
    {"shorthand_property_identifier", Symbol::shorthand_property_identifier},
    {"shorthand_property_identifier_pattern", Symbol::shorthand_property_identifier_pattern},
    {"type_identifier", Symbol::type_identifier},
    {"nested_identifier", Symbol::member_expression},
    {"computed_property_name", Symbol::computed_property_name},

    {"variable_declarator", Symbol::variable_declarator},
    {"formal_parameters", Symbol::formal_parameters},
    {"required_parameter", Symbol::parameter},
    {"optional_parameter", Symbol::parameter},
    {"rest_pattern", Symbol::rest_pattern},
    {"assignment_pattern", Symbol::assignment_pattern},
    {"object_assignment_pattern", Symbol::assignment_pattern},
    {"pair_pattern", Symbol::pair_pattern},
    {"pair", Symbol::pair},
    {"arguments", Symbol::arguments},
    {"decorator", Symbol::decorator},
    {"type_annotation", Symbol::type_annotation},
    {"asserts_annotation", Symbol::type_annotation},
    {"type_predicate_annotation", Symbol::type_annotation},
    {"type_arguments", Symbol::type_arguments},
    {"accessibility_modifier", Symbol::accessibility_modifier},
    {"override_modifier", Symbol::override_modifier},
    {"method_definition", Symbol::method_definition},
    {"method_signature", Symbol::method_signature},
    {"abstract_method_signature", Symbol::method_signature},
    {"public_field_definition", Symbol::field_definition},
    {"field_definition", Symbol::field_definition},
    {"property_signature", Symbol::field_definition},
    {"class_static_block", Symbol::class_static_block},
    {"class_body", Symbol::class_body},
    {"class_heritage", Symbol::class_heritage},
    {"extends_clause", Symbol::extends_clause},
    {"implements_clause", Symbol::implements_clause},
    {"extends_type_clause", Symbol::implements_clause},
    {"interface_body", Symbol::object_type},
    {"object_type", Symbol::object_type},
    {"enum_body", Symbol::enum_body},
    {"enum_assignment", Symbol::enum_assignment},
    {"else_clause", Symbol::else_clause},
    {"catch_clause", Symbol::catch_clause},
    {"finally_clause", Symbol::finally_clause},
    {"switch_body", Symbol::switch_body},
    {"switch_case", Symbol::switch_case},
    {"switch_default", Symbol::switch_default},
    {"import_clause", Symbol::import_clause},
    {"import_require_clause", Symbol::import_require_clause},
    {"import_specifier", Symbol::import_specifier},
    {"named_imports", Symbol::named_imports},
    {"namespace_import", Symbol::namespace_import},
    {"export_clause", Symbol::export_clause},
    {"export_specifier", Symbol::export_specifier},
    {"namespace_export", Symbol::namespace_export},
    {"template_substitution", Symbol::template_substitution},
    {"regex_pattern", Symbol::regex_pattern},
    {"jsx_opening_element", Symbol::jsx_opening_element},
    {"jsx_attribute", Symbol::jsx_attribute},
    {"jsx_expression", Symbol::jsx_expression},
});

constexpr std::array anonymous = std::to_array<Entry>({
    {"abstract", Symbol::token_abstract},
    {"=>", Symbol::token_arrow},
    {"async", Symbol::token_async},
    {"class", Symbol::token_class},
    {"const", Symbol::token_const},
    {"default", Symbol::token_default},
    {"=", Symbol::token_equals},
    {"get", Symbol::token_get},
    {"let", Symbol::token_let},
    {"readonly", Symbol::token_readonly},
    {"set", Symbol::token_set},
    {"*", Symbol::token_star},
    {"static", Symbol::token_static},
    {"static get", Symbol::token_static_get},
    {"type", Symbol::token_type},
    {"typeof", Symbol::token_type},
    {"using", Symbol::token_using},
    {"var", Symbol::token_var},
});

template <std::size_t n>
Symbol find(const std::array<Entry, n>& entries, std::string_view name) {
  const auto found = std::ranges::find(entries, name, &Entry::first);
  return found == entries.end() ? Symbol::ignored : found->second;
}

TSFieldId field(const TSLanguage* grammar, std::string_view name) {
  return ts_language_field_id_for_name(grammar, name.data(), static_cast<std::uint32_t>(name.size()));
}

}  // namespace

// Goes over all ids rather than asking for one id per name: a grammar may have several symbols of one name.
SymbolTable::SymbolTable(const TSLanguage* grammar)
    : symbols_(ts_language_symbol_count(grammar), Symbol::ignored),
      fields_{.alternative = field(grammar, "alternative"),
              .body = field(grammar, "body"),
              .condition = field(grammar, "condition"),
              .increment = field(grammar, "increment"),
              .initializer = field(grammar, "initializer"),
              .left = field(grammar, "left"),
              .right = field(grammar, "right"),
              .value = field(grammar, "value")} {
  for (std::size_t i = 0; i < symbols_.size(); ++i) {
    const auto id = static_cast<TSSymbol>(i);
    const std::string_view name = ts_language_symbol_name(grammar, id);
    const TSSymbolType type = ts_language_symbol_type(grammar, id);
    if (type == TSSymbolTypeRegular) symbols_[i] = find(named, name);
    if (type == TSSymbolTypeAnonymous) symbols_[i] = find(anonymous, name);
  }
}

}  // namespace detoy::syntax::script
