// What the Rust grammar calls its nodes, as an enum: node types are compared as numbers, never as strings.
#pragma once

#include <tree_sitter/api.h>

#include <cstdint>
#include <vector>

extern "C" const TSLanguage* tree_sitter_rust(void);

namespace detoy::syntax::rust {

// The named nodes that the front end treats. An enumerator is spelled like its node type.
// clang-format off
#define DETOY_RUST_NODE_TYPES(X) \
  X(source_file) X(line_comment) X(block_comment) X(shebang) X(identifier) X(type_identifier) \
  X(field_identifier) X(shorthand_field_identifier) X(metavariable) X(self) X(super) X(crate) \
  X(scoped_identifier) X(scoped_type_identifier) X(generic_type) X(generic_type_with_turbofish) \
  X(bracketed_type) X(qualified_type) X(reference_type) X(pointer_type) X(dynamic_type) \
  X(higher_ranked_trait_bound) X(primitive_type) X(lifetime) X(attribute_item) X(inner_attribute_item) \
  X(attribute) X(visibility_modifier) X(function_modifiers) X(mutable_specifier) X(label) X(token_tree) \
  X(trait_bounds) X(type_arguments) X(type_parameters) X(macro_definition) X(function_item) X(function_signature_item) \
  X(struct_item) X(union_item) X(enum_item) X(trait_item) X(impl_item) X(mod_item) X(foreign_mod_item) \
  X(const_item) X(static_item) X(use_declaration) X(extern_crate_declaration) X(type_item) X(associated_type) \
  X(empty_statement) X(let_declaration) X(expression_statement) X(declaration_list) X(field_declaration_list) \
  X(ordered_field_declaration_list) X(enum_variant_list) X(field_declaration) X(enum_variant) X(parameters) \
  X(parameter) X(self_parameter) X(closure_parameters) X(use_list) X(scoped_use_list) X(use_as_clause) \
  X(use_wildcard) X(mut_pattern) X(ref_pattern) X(reference_pattern) X(captured_pattern) X(tuple_struct_pattern) \
  X(tuple_pattern) X(slice_pattern) X(struct_pattern) X(field_pattern) X(or_pattern) X(remaining_field_pattern) \
  X(match_pattern) X(unary_expression) X(reference_expression) X(try_expression) X(binary_expression) \
  X(assignment_expression) X(compound_assignment_expr) X(type_cast_expression) X(call_expression) \
  X(return_expression) X(yield_expression) X(generic_function) X(await_expression) X(field_expression) \
  X(array_expression) X(tuple_expression) X(macro_invocation) X(unit_expression) X(break_expression) \
  X(continue_expression) X(index_expression) X(closure_expression) X(parenthesized_expression) \
  X(struct_expression) X(range_expression) X(unsafe_block) X(async_block) X(gen_block) X(try_block) X(block) \
  X(const_block) X(if_expression) X(match_expression) X(while_expression) X(loop_expression) X(for_expression) \
  X(else_clause) X(let_condition) X(let_chain) X(match_block) X(match_arm) X(arguments) \
  X(field_initializer_list) X(field_initializer) X(shorthand_field_initializer) X(base_field_initializer) \
  X(string_literal) X(raw_string_literal) X(char_literal) X(boolean_literal) X(integer_literal) X(float_literal)
// clang-format on

enum class Syntax : std::uint8_t {
  error,    // an ERROR node
  unknown,  // a named node that needs no treatment of its own
#define X(name) name,
  DETOY_RUST_NODE_TYPES(X)
#undef X
      token,  // punctuation and keywords; those below are told apart
  token_async,
  token_if,
  token_semicolon,
  token_comma,
  token_colon,
  token_equal,
  token_arrow,  // =>
  token_percent,
  token_question,
  token_underscore,
};

// From the grammar's symbol and field numbers to names. Built once per process.
class Grammar {
 public:
  static const Grammar& instance();

  Syntax operator()(TSSymbol symbol) const {  // an ERROR node's symbol is the largest number there is
    return symbol < by_symbol_.size() ? by_symbol_[symbol] : Syntax::error;
  }

  TSFieldId alias, alternative, body, condition, field, length, name, path, pattern, return_type, right, trait, type,
      type_arguments, value;

 private:
  Grammar();
  std::vector<Syntax> by_symbol_;
};

constexpr bool is_token(Syntax syntax) {
  return syntax >= Syntax::token;
}
constexpr bool is_comment(Syntax syntax) {
  return syntax == Syntax::line_comment || syntax == Syntax::block_comment;
}

}  // namespace detoy::syntax::rust
