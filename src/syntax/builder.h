// The walk behind facts_builder.h. Private to syntax/.
#pragma once

#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/flat_map.h"
#include "base/string_table.h"
#include "facts/facts.h"
#include "syntax/tree.h"

namespace detoy::syntax {

// Kinds of which access paths are made.
constexpr bool is_chain(NodeKind kind) {
  return kind == NodeKind::name || kind == NodeKind::self || kind == NodeKind::member || kind == NodeKind::index ||
         kind == NodeKind::call || kind == NodeKind::construct || kind == NodeKind::await;
}

class Builder {
 public:
  Builder(const Tree& tree, Language language);
  facts::FileFacts build();

 private:
  using Index = facts::Index;

  // Where the walk stands.
  struct Context {
    Index function = 0;
    Index type = 0;
    Index branch = 0;
    bool test = false;  // exists in test builds only
    // The variable whose initial value is the object literal at hand, and that literal: what `this` is in its methods.
    Index object = 0;
    NodeId literal = no_node;
  };

  // builder_scopes.cc: which declaration a name means
  void declare_block(NodeId block);          // hoists what the statements of a block declare
  void declare_function_names(NodeId node);  // Python: every name that the function assigns
  void declare_target(NodeId target, NodeId variable);
  bool shadows(NodeId variable) const;
  void declare_import(NodeId node);
  void bind(facts::StringId name, Index declaration);
  std::size_t open_scope() const { return undo_.size(); }
  void close_scope(std::size_t mark);
  Index resolve(facts::StringId name) const;
  Index resolve_scoped(facts::StringId name) const;
  Index add_declaration(facts::DeclarationKind kind, NodeId at, std::string_view name);
  Index declaration_of(NodeId node) const;

  // builder_statements.cc
  void statements(NodeId block);  // the children of a block, in the current scope
  void block(NodeId block);       // in a scope of its own
  void statement(NodeId node);
  // What the arms of a branch or choice come to, where that is asked for.
  struct Arms {
    std::uint32_t call_flags = 0;
    Index first = 0;
    Index last = 0;
  };
  void arm(NodeId node, Arms* arms);
  Index value_of(NodeId node, std::uint32_t call_flags);
  void branch_statement(NodeId node, Arms* arms = nullptr);
  void loop_statement(NodeId node);
  void choice_statement(NodeId node, Arms* arms = nullptr);
  void attempt_statement(NodeId node);
  void return_statement(NodeId node);
  void variable_statement(NodeId node);
  Index open_branch(facts::BranchKind kind, Index condition, NodeId at);
  bool leaves(NodeId node) const;  // ends by leaving the function or the loop

  // builder_declarations.cc
  Index function(NodeId node, Index declaration);
  void function_parameters(NodeId node, Index function);
  void class_declaration(NodeId node);
  void field(NodeId node, Index type);
  void export_statement(NodeId node);
  void decorate(NodeId owner, facts::DecoratedKind kind, Index target);
  void implicit_field(Index path, Index value, NodeId at);
  std::string_view type_text(NodeId node) const;
  bool constructs_generic(NodeId node) const;

  // builder_attached.cc
  facts::StringId undeclared(facts::Index variable) const;
  void attach_assigned(Index path, Index value, NodeId at);
  void attach_given(Index call, NodeId at);
  bool starts_empty(Index value) const;
  void add_attached(facts::StringId name, facts::StringId holder, Index owner, Index value, NodeId at);

  // builder_expressions.cc, builder_paths.cc, builder_assignments.cc
  Index expression(NodeId node, std::uint32_t call_flags = 0);
  Index chain(NodeId node, std::uint32_t call_flags);
  Index path_of_target(NodeId node);
  Index assignment(NodeId node);
  void assign(NodeId target, NodeId at, facts::Effect effect, Index value);
  void expressions_below(NodeId node);
  Index combined(facts::ValueKind kind, NodeId node, NodeId first);
  Index conditional_part(NodeId node, facts::BranchKind kind, Index condition);
  Index closure(NodeId node);
  Index block_value(NodeId id);
  Index object(NodeId node);
  Index add_value(facts::ValueKind kind, NodeId at);
  Index text_value(facts::ValueKind kind, NodeId node);
  void note_read(Index path, NodeId at);
  void note_literal(std::string_view text, NodeId at);
  void mark_captured(Index declaration);

  facts::StringId intern(std::string_view text) { return strings_.intern(text); }
  const Node& at(NodeId id) const { return tree_[id]; }
  NodeId child(NodeId id, unsigned n) const;
  bool python() const { return language_ == Language::python; }

  const Tree& tree_;
  Language language_;
  facts::FileFacts facts_;
  StringTable strings_;
  Context context_;
  std::vector<Index> binding_;                           // by string: the declaration that the name means here
  std::vector<std::pair<facts::StringId, Index>> undo_;  // what scopes replaced
  FlatMap<NodeId, Index> declarations_;                  // of declaring nodes
  FlatMap<std::uint64_t, Index> fields_;                 // (type, name) -> declaration
  FlatMap<std::uint64_t, bool> seen_reads_;
  std::unordered_set<facts::StringId> outer_names_;  // Python: `global` and `nonlocal` names of this function
  bool in_condition_ = false;
  // Stacks of chain(): each chain uses what lies above its start, and leaves nothing.
  std::vector<NodeId> links_;
  std::vector<facts::Step> steps_;
  std::vector<std::pair<Index, std::uint32_t>> called_;  // call, number of steps up to it
};

}  // namespace detoy::syntax
