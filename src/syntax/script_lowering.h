// From the syntax tree of a TypeScript, TSX or JavaScript file to the plain tree.
//
// Where tree.h leaves a choice:
// - A statement where a block is expected (`if (a) b()`) becomes a block of one.
// - The default of a destructured binding is the child of its `binding`; that of a nested pattern stands in the pattern
//   in an `other`. Bindings of nested patterns are in the outer pattern, with the outermost key. Targets that declare
//   nothing (`[this.a, b[0]] = x`) stand in the pattern as they are.
// - `const x = require("y")` is an import wherever it stands. Assignments to `module.exports` and `exports` are exports
//   unless a function that is called later makes them: there they are assignments.
// - `module.exports = require("y")` re-exports: "" and "default", both of "*".
// - Members with a computed name have it as written, in brackets.
// - The arguments of the call that stands for JSX begin with the element's component, if it is one (`<App/>`, not
// `<p>`).
// - Parts of what the parser could not read that look like statements or expressions are in an `other`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "syntax/script_cursor.h"
#include "syntax/tree.h"

namespace detoy::syntax::script {

// Lowers one file. Every function below leaves the cursor on the node where it found it, unless it says otherwise.
class Lowering {
 public:
  Lowering(const SymbolTable& symbols, TSNode root, std::string_view source, Tree& tree);
  void run();

 private:
  using Decorators = std::vector<NodeId>;  // lowered, on their way to what they decorate

  // script_front_end.cc: nodes and texts
  NodeId add(NodeKind kind, TSNode at, std::string_view text = {}, std::uint32_t flags = flag::none);
  NodeId add_here(NodeKind kind) { return add(kind, cursor_.node()); }
  NodeId add_empty() { return add_here(NodeKind::empty); }
  NodeId or_empty(NodeId id) { return id == no_node ? add_empty() : id; }
  NodeId cut();  // stands for what is nested too deep
  void set_position(NodeId id, TSNode at);
  void set_flag(NodeId id, std::uint32_t flags) { tree_[id].flags |= flags; }
  std::string_view text(TSNode node) const { return text(node, node); }
  std::string_view text(TSNode first, TSNode last) const;
  std::string_view string_contents(TSNode string) const;
  NodeId type_node(TSNode first, TSNode last);

  // script_statements.cc
  void statement(ChildList& out);
  void statements(ChildList& out);  // the children
  NodeId block(std::uint32_t flags = flag::none);
  void part(ChildList& out);   // something in a place where the grammar has no rule for it
  void parts(ChildList& out);  // the children, likewise
  NodeId unread();             // an ERROR node
  NodeId if_statement();
  NodeId switch_statement();
  NodeId switch_case();
  NodeId try_statement();
  NodeId handler();

  // script_loops.cc
  NodeId for_statement();
  NodeId for_in_statement();
  NodeId while_statement();

  // script_declarations.cc
  // Lowers a declaration and returns the name that it declares, if it is one.
  std::string_view declaration(Symbol symbol, ChildList& out, std::uint32_t flags, const Decorators& decorators);
  void variables(ChildList& out, std::uint32_t flags);
  void declarator(ChildList& out, std::uint32_t flags);
  NodeId target(std::uint32_t* flags = nullptr);  // name, pattern, or expression that is assigned to
  NodeId pattern();
  void bindings(ChildList& out, std::string_view key, bool nested);
  void binding_target(ChildList& out, std::string_view key);
  void binding_with_default(ChildList& out, std::string_view key);
  NodeId import_alias(std::uint32_t flags);
  NodeId namespace_declaration(std::uint32_t flags);

  // script_functions.cc
  NodeId function(std::uint32_t flags, const Decorators& decorators, std::string_view default_name = {});
  void parameters(ChildList& out);
  void parameter(ChildList& out);
  struct ParameterParts;
  void parameter_part(ParameterParts& parts);
  void arrow_body(ChildList& out);
  NodeId decorator();

  // script_classes.cc
  NodeId class_(std::uint32_t flags, const Decorators& decorators, std::string_view default_name = {});
  void class_body(ChildList& out);
  void object_type(ChildList& out);
  void heritage(ChildList& out);
  void implemented_types(ChildList& out);
  NodeId method(const Decorators& decorators);
  NodeId field();
  NodeId interface(std::uint32_t flags);
  NodeId type_alias(std::uint32_t flags);
  NodeId enumeration(std::uint32_t flags);
  NodeId add_empty_field();
  std::string_view property_name(Symbol symbol) const;  // as written if it is computed

  // script_modules.cc
  NodeId import_statement();
  void import_clause(ChildList& out);
  NodeId import_specifier();
  void export_statement(ChildList& out);
  void export_clause(std::vector<NodeId>& exports);
  void export_declaration(Symbol symbol, ChildList& out, bool is_default, const Decorators& decorators);
  NodeId add_export(TSNode at, std::string_view name, std::string_view local, NodeId child = no_node);
  NodeId add_imported(TSNode at, std::string_view local, std::string_view name);
  NodeId string_node(TSNode string);

  // script_common_js.cc
  struct Required {           // `require("module")` or `await import("module")`, or a member of it
    TSNode module{};          // the string
    std::string_view member;  // "" for the whole module
  };
  std::optional<Required> required(TSNode node) const;
  std::optional<Required> required_by_declarator(TSNode declarator) const;
  void import_required(ChildList& out, const Required& module);
  bool required_statement(ChildList& out);
  int follow_exports(std::vector<std::string_view>& names);
  bool exports_statement(ChildList& out);
  void export_object(ChildList& out, NodeId object);
  bool at_module_level() const { return later_functions_ == 0; }

  // script_expressions.cc
  // `called`: the expression is called on the spot. Null for what is no expression.
  NodeId expression(bool called = false);
  NodeId bare_expression(Symbol symbol, bool called);
  NodeId operands(NodeKind kind, unsigned count);  // a node with the operands as children, missing ones as `empty`
  NodeId grouping();
  NodeId call();
  bool awaits_tagged_template(NodeId call) const;
  NodeId await_outside(NodeId call);
  NodeId new_expression();
  void arguments(ChildList& out);  // children that are expressions
  NodeId member(bool called);
  NodeId meta_property();
  NodeId assignment();
  NodeId update();
  NodeId unary();
  NodeId binary();
  std::string_view operator_text();  // the first token among the children

  // script_literals.cc
  NodeId template_string();
  NodeId regex();
  NodeId object();
  NodeId pair();
  NodeId jsx();
  void jsx_parts(ChildList& out);
  void jsx_attribute(ChildList& out);
  void jsx_inside(ChildList& out);

  const SymbolTable& symbols_;
  Cursor cursor_;
  std::string_view source_;
  Tree& tree_;
  int depth_ = 0;
  int later_functions_ = 0;  // functions around the cursor that do not run on the spot
};

// Counts a level of nesting as long as it lives.
class Nesting {
 public:
  explicit Nesting(int& depth) : depth_(depth) { ++depth_; }
  ~Nesting() { --depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  int& depth_;
};

// The beginning of a text that takes at most `size` bytes and ends between characters.
std::string_view shortened(std::string_view text, std::size_t size);

}  // namespace detoy::syntax::script
