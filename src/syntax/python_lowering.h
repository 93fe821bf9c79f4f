// The Python front end's walk over one file's syntax tree. Its parts are in python_statements.cc, python_branches.cc,
// python_assignments.cc, python_expressions.cc, python_collections.cc, python_strings.cc, python_functions.cc,
// python_classes.cc and python_imports.cc. What Python is turned into where tree.h leaves a choice is said in
// python_front_end.cc.
//
// One cursor walks the whole tree. Every `lower_x(part)` expects the cursor on `part` and leaves it there.
#pragma once

#include <tree_sitter/api.h>

#include <array>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "syntax/front_end.h"
#include "syntax/python_grammar.h"
#include "syntax/tree_walk.h"

namespace detoy::syntax {

class PythonLowering {
 public:
  PythonLowering(const TSTree* parsed, std::string_view source, Tree& tree);

  void lower_module();

 private:
  struct Part {
    TSNode node;
    Syntax syntax;
    explicit operator bool() const { return syntax != Syntax::end; }
  };

  // Where a statement stands. Saved and restored around functions and classes.
  struct Scope {
    enum class Kind { module, class_, function };
    Kind kind = Kind::module;
    std::string_view self_name;  // the enclosing method's first parameter; empty where a parameter hides it
    bool generator = false;      // a `yield` was seen
    bool interface = false;      // the body of a Protocol
    bool static_fields = true;   // class: its fields belong to the class, not to its instances
    bool dataclass = false;      // class: only annotated names are fields of the instances
  };

  // Decorators of a definition, lowered, and what they say about it.
  struct Decorators {
    std::vector<NodeId> nodes;
    std::uint32_t flags = flag::none;  // static_, getter, setter, abstract
    bool static_method = false;        // has no self and no cls
    bool dataclass = false;
  };

  struct ParameterList {
    std::vector<NodeId> nodes;
    std::string_view receiver;  // the dropped first parameter of a method
    bool hides_self = false;    // one has the name of the enclosing method's self
  };

  // Counts a level of nesting. False: too deep, leave the part out.
  class Level {
   public:
    explicit Level(PythonLowering& lowering) : lowering_(lowering) {
      if (++lowering_.depth_ > max_depth) lowering_.tree_.too_deep = true;
    }
    ~Level() { --lowering_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    explicit operator bool() const { return lowering_.depth_ <= max_depth; }

   private:
    PythonLowering& lowering_;
  };

  // Walking. first_* moves to a child, next_* to the sibling; at the end they move back to the parent and give `end`.
  // After leaving a loop early, leave() does the latter. Parts are named nodes without comments; ERROR nodes are parts.
  Part at_cursor() const;
  Part first_child();
  Part next_child();
  Part first_part();
  Part next_part();
  // Like the parts, without ERROR nodes: for constructs in which a place has a meaning.
  Part first_operand();
  Part next_operand();
  void leave() { cursor_.leave(); }

  // Making nodes
  std::string_view text(const Part& part) const;
  std::string_view text_between(std::uint32_t start, std::uint32_t end) const;
  std::string_view type_text(const Part& part) const;
  static std::string_view truncated(std::string_view long_text, std::size_t limit);  // whole characters only
  static std::string_view bare_name(std::string_view written);                       // `a.b.C[T]`, `a.b.C(x)`: C
  static bool is_private(std::string_view name);
  NodeId add(NodeKind kind, const Part& at, std::string_view node_text = {}, std::uint32_t flags = flag::none);
  NodeId or_empty(NodeId node, const Part& at);
  NodeId single(NodeKind kind, const Part& at, std::string_view node_text, NodeId child);
  template <std::size_t n>
  std::array<NodeId, n> operands() {
    std::array<NodeId, n> lowered{};
    std::size_t count = 0;
    for (Part part = first_operand(); part; part = next_operand()) {
      lowered[count++] = lower_expression(part);
      if (count == n) {
        leave();
        break;
      }
    }
    return lowered;
  }

  // Statements
  void lower_statement(const Part& part, ChildList& out);
  void lower_statement_kind(const Part& part, ChildList& out);
  void lower_statements(ChildList& out);  // all children of the cursor's node
  void lower_expression_statement(ChildList& out);
  NodeId lower_suite(const Part& part, std::uint32_t flags = flag::none);
  NodeId lower_clause_suite();  // the block of an else or finally clause
  NodeId lower_loose(const Part& part);
  void lower_with(const Part& part, ChildList& out);
  void lower_names(NodeKind kind, ChildList& out);
  void lower_delete(ChildList& out);
  NodeId lower_print(const Part& part, std::string_view function);

  // Branches and loops
  NodeId lower_if(const Part& part);
  NodeId lower_loop(const Part& part, ChildList& out);
  NodeId lower_try(const Part& part);
  NodeId lower_except(const Part& part);
  NodeId lower_match(const Part& part);
  NodeId lower_case(const Part& part);
  void collect_captures(const Part& part, ChildList& out);
  bool is_type_checking(const Part& condition) const;

  // Assignments
  void lower_assignment_statement(const Part& part, ChildList& out);
  bool lower_parallel_assignment(ChildList& out);
  std::size_t count_plain_elements();
  NodeId lower_assignment(const Part& part);
  NodeId lower_augmented(const Part& part);
  NodeId lower_target(const Part& part);
  void lower_pattern_parts(ChildList& out);
  NodeId lower_loop_variable(const Part& part, NodeId target, NodeId iterable);
  bool is_public_module_name(std::string_view name) const;

  // Expressions
  NodeId lower_expression(const Part& part);
  NodeId lower_expression_kind(const Part& part);
  NodeId lower_name(const Part& part);
  NodeId lower_member(const Part& part);
  NodeId lower_subscript(const Part& part);
  NodeId lower_call(const Part& part);
  void lower_arguments(ChildList& out);
  NodeId lower_keyword(const Part& part);
  NodeId lower_binary(const Part& part, NodeKind kind);
  NodeId lower_unary(const Part& part);
  NodeId lower_comparison(const Part& part);
  NodeId lower_conditional(const Part& part);
  NodeId lower_walrus(const Part& part);
  NodeId lower_as(const Part& part);
  NodeId lower_collection(const Part& part, NodeKind kind);
  NodeId lower_pair(const Part& part);
  NodeId lower_comprehension(const Part& part, NodeKind kind);
  NodeId lower_comprehension_clause(const Part& part);
  bool binds(const Part& target, std::string_view name);

  // Strings
  struct Quoted {
    std::uint32_t start;  // of the contents, in bytes
    std::uint32_t end;
    bool interpolated;
  };
  Quoted quoted(const Part& part) const;
  NodeId lower_string(const Part& part);
  NodeId lower_concatenated(const Part& part);
  void lower_interpolations(ChildList& out);

  // Functions
  NodeId lower_function(const Part& part, const Decorators& decorators);
  NodeId lower_lambda(const Part& part);
  void lower_parameters(ParameterList& out, bool method);
  NodeId lower_parameter(const Part& part, ParameterList& names);
  NodeId lower_decorated(const Part& part);
  void lower_decorator(const Part& part, Decorators& out);

  // Classes
  NodeId lower_class(const Part& part, const Decorators& decorators);
  std::uint32_t lower_bases(Scope& body, std::string_view name, ChildList& out);
  void lower_members(ChildList& out);
  void lower_member_statement(const Part& part, ChildList& out);
  std::string_view lower_field_statement(const Part& part, ChildList& out);  // gives the field's name
  NodeId lower_field(const Part& at, std::string_view name, NodeId type, NodeId init, bool is_static);

  // Imports
  void lower_import(const Part& part, ChildList& out);
  NodeId lower_import_from(const Part& part);

  const PythonGrammar& grammar_;
  std::string_view source_;
  Tree& tree_;
  TreeWalk cursor_;
  Scope scope_;
  int depth_ = 0;
  bool type_checking_ = false;                                   // inside `if TYPE_CHECKING:`
  std::unordered_set<std::string_view> instance_field_classes_;  // this file's classes whose subclasses have them too
};

}  // namespace detoy::syntax
