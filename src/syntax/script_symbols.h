// Node types of the TypeScript, TSX and JavaScript grammars under one set of names.
//
// The three grammars number their symbols differently. A SymbolTable is made once for each of them; after that,
// lowering compares small integers and never looks at a node type's name.
#pragma once

#include <tree_sitter/api.h>

#include <cstdint>
#include <vector>

namespace detoy::syntax::script {

enum class Symbol : std::uint8_t {
  ignored,  // punctuation, comments, types, and all else that has no part in the plain tree
  error,
  program,

  // Statements
  first_statement,
  statement_block = first_statement,
  expression_statement,
  variable_declaration,  // var, let, const and using
  function_declaration,
  function_signature,
  class_declaration,
  interface_declaration,
  type_alias_declaration,
  enum_declaration,
  ambient_declaration,
  namespace_declaration,
  import_alias,
  import_statement,
  export_statement,
  if_statement,
  for_statement,
  for_in_statement,
  while_statement,
  do_statement,
  switch_statement,
  try_statement,
  return_statement,
  throw_statement,
  labeled_statement,
  with_statement,
  last_statement = with_statement,

  // Expressions
  first_expression,
  identifier = first_expression,
  this_,
  super,
  import,  // the callee of import()
  string,
  number,
  boolean,
  null,
  regex,
  template_string,
  array,
  object,
  function_expression,
  arrow_function,
  class_expression,
  call_expression,
  new_expression,
  member_expression,
  subscript_expression,
  assignment_expression,
  augmented_assignment_expression,
  update_expression,
  unary_expression,
  binary_expression,
  ternary_expression,
  await_expression,
  grouping,  // sequence and yield: only their parts matter
  spread_element,
  meta_property,
  jsx_element,
  object_pattern,
  array_pattern,
  transparent,  // parentheses, `as`, `satisfies`, `!`, type assertions: stand for what they hold
  last_expression = transparent,

  // Names in special places
  property_identifier,
  private_property_identifier,
  shorthand_property_identifier,
  shorthand_property_identifier_pattern,
  type_identifier,
  computed_property_name,

  // Parts
  variable_declarator,
  formal_parameters,
  parameter,
  rest_pattern,
  assignment_pattern,  // in arrays, parameters and objects
  pair_pattern,
  pair,
  arguments,
  decorator,
  type_annotation,
  type_arguments,
  accessibility_modifier,
  override_modifier,
  method_definition,
  method_signature,  // abstract ones too
  field_definition,  // of classes and interfaces
  class_static_block,
  class_body,
  class_heritage,
  extends_clause,
  implements_clause,
  object_type,  // an interface's body too
  enum_body,
  enum_assignment,
  else_clause,
  catch_clause,
  finally_clause,
  switch_body,
  switch_case,
  switch_default,
  import_clause,
  import_require_clause,
  import_specifier,
  named_imports,
  namespace_import,
  export_clause,
  export_specifier,
  namespace_export,
  template_substitution,
  regex_pattern,
  jsx_opening_element,
  jsx_attribute,
  jsx_expression,

  // Keywords and operators that change the meaning of what they stand in
  first_token,
  token_abstract = first_token,
  token_arrow,
  token_async,
  token_class,
  token_const,
  token_default,
  token_equals,
  token_get,
  token_let,
  token_readonly,
  token_set,
  token_star,
  token_static,
  token_static_get,
  token_type,
  token_using,
  token_var,
};

constexpr bool is_statement(Symbol symbol) {
  return symbol >= Symbol::first_statement && symbol <= Symbol::last_statement;
}
constexpr bool is_expression(Symbol symbol) {
  return symbol >= Symbol::first_expression && symbol <= Symbol::last_expression;
}

// What is neither punctuation nor a keyword.
constexpr bool is_operand(Symbol symbol) {
  return symbol != Symbol::ignored && symbol < Symbol::first_token;
}

// The fields that tell apart children of the same type.
struct Fields {
  TSFieldId alternative, body, condition, increment, initializer, left, right, value;
};

// One grammar's symbols and fields.
class SymbolTable {
 public:
  explicit SymbolTable(const TSLanguage* grammar);
  Symbol operator[](TSSymbol id) const { return id < symbols_.size() ? symbols_[id] : Symbol::error; }
  const Fields& fields() const { return fields_; }

 private:
  std::vector<Symbol> symbols_;
  Fields fields_;
};

}  // namespace detoy::syntax::script
