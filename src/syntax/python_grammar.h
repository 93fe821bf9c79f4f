// What the Python grammar calls its nodes, as an enum: node types are compared as numbers, never as strings.
#pragma once

#include <tree_sitter/api.h>

#include <cstdint>
#include <vector>

extern "C" const TSLanguage* tree_sitter_python(void);

namespace detoy::syntax {

enum class Syntax : std::uint8_t {
  end,      // no node: the sentinel of a walk over children
  token,    // punctuation and keywords
  comment,  // and line continuations
  error,    // an ERROR node
  unknown,  // a named node that needs no treatment of its own

  identifier,
  integer,
  float_,
  true_,
  false_,
  none,
  ellipsis,
  string,
  concatenated_string,
  interpolation,
  format_specifier,
  format_expression,

  attribute,
  subscript,
  slice,
  call,
  argument_list,
  keyword_argument,
  list_splat,
  dictionary_splat,
  parenthesized_expression,
  unary_operator,
  not_operator,
  binary_operator,
  boolean_operator,
  comparison_operator,
  conditional_expression,
  named_expression,
  lambda,
  await,
  yield,
  as_pattern,
  as_pattern_target,
  list,
  tuple,
  set,
  dictionary,
  pair,
  expression_list,
  list_comprehension,
  set_comprehension,
  dictionary_comprehension,
  generator_expression,
  for_in_clause,
  if_clause,

  assignment,
  augmented_assignment,
  pattern_list,
  tuple_pattern,
  list_pattern,
  list_splat_pattern,
  dictionary_splat_pattern,
  type,

  block,
  expression_statement,
  return_statement,
  raise_statement,
  delete_statement,
  assert_statement,
  pass_statement,
  break_statement,
  continue_statement,
  global_statement,
  nonlocal_statement,
  print_statement,
  exec_statement,
  type_alias_statement,
  if_statement,
  elif_clause,
  else_clause,
  for_statement,
  while_statement,
  try_statement,
  except_clause,
  finally_clause,
  with_statement,
  with_clause,
  match_statement,
  case_clause,
  class_pattern,
  keyword_pattern,

  import_statement,
  import_from_statement,
  future_import_statement,
  dotted_name,
  aliased_import,
  wildcard_import,

  function_definition,
  class_definition,
  decorated_definition,
  decorator,
  parameters,
  lambda_parameters,
  typed_parameter,
  default_parameter,
  typed_default_parameter,
};

// From the grammar's symbol numbers to Syntax. Built once per process.
class PythonGrammar {
 public:
  static const PythonGrammar& instance();

  Syntax operator()(TSSymbol symbol) const { return symbol < by_symbol_.size() ? by_symbol_[symbol] : Syntax::error; }

 private:
  PythonGrammar();
  std::vector<Syntax> by_symbol_;  // an ERROR node's symbol is the largest number there is
};

}  // namespace detoy::syntax
