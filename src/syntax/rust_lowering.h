// The walk behind rust_front_end: from the Rust grammar's tree to the plain tree. Private to the Rust front end.
//
// One cursor walks the parsed file; every method below lowers the node that the cursor stands on and leaves the cursor
// there. The contents of macros, which the grammar leaves as tokens, are parsed a second time (rust_fragment.h) and
// then walked in the same way.
#pragma once

#include <tree_sitter/api.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "syntax/front_end.h"
#include "syntax/rust_fragment.h"
#include "syntax/rust_grammar.h"
#include "syntax/rust_token_reader.h"
#include "syntax/tree.h"
#include "syntax/tree_walk.h"

namespace detoy::syntax::rust {

// Nodes that wait for their parent.
struct Chain {
  NodeId first = no_node;
  NodeId last = no_node;
};

// The attributes in front of an item.
struct Attributes {
  Chain decorators;
  bool test = false;  // #[test], #[cfg(test)]
};

// What a pattern binds.
struct Pattern {
  NodeId target = no_node;  // a name or pattern node; null if nothing is bound
  bool single = false;      // one name that stands for the whole subject: x, Some(x), &mut x
  bool is_mutable = false;
  bool failure = false;  // Err(e)
};

// A condition: what is tested, and the variables that `let` binds where it holds.
struct Condition {
  NodeId expression = no_node;
  Chain variables;
};

// A list of a `use` declaration: what it imports comes from one module.
struct Uses {
  ChildList& out;
  std::string_view module;
  bool exported = false;
  NodeId import = no_node;  // made when the list turns out to import from the module itself
  Chain names = {};
};

class Lowering {
 public:
  Lowering(TSNode root, std::string_view source, Tree& tree);
  Lowering(const Lowering&) = delete;
  Lowering& operator=(const Lowering&) = delete;

  void file();

 private:
  enum class Body : std::uint8_t { plain, function };  // a function's tail expression is given back
  enum class Place : std::uint8_t { free, associated, foreign };

  // The cursor
  TSNode node() const { return cursor_.node(); }
  Syntax syntax() const { return grammar_(cursor_.symbol()); }
  TSFieldId field() const { return cursor_.field(); }
  std::string_view text() const { return text(node()); }
  std::string_view text(TSNode node) const;
  // Visits the children but comments, with the cursor on each: all of them, or the named ones.
  template <typename Visit>
  void children(Visit&& visit);
  template <typename Visit>
  void named_children(Visit&& visit);
  template <typename Visit>
  void in_first_named_child(Visit&& visit);
  bool go_deeper();  // false, and Tree::too_deep, at the limit; else pair with --depth_

  // Nodes
  NodeId make(NodeKind kind, std::string_view text = {}, std::uint32_t flags = 0);
  NodeId make_like(NodeId model, NodeKind kind, std::string_view text = {}, std::uint32_t flags = 0);
  NodeId wrap(NodeId inner, NodeKind kind);
  NodeId empty_like(NodeId model) { return make_like(model, NodeKind::empty); }
  void append(Chain& chain, NodeId node);
  void add_chain(Chain& chain, Chain more);
  void add_all(ChildList& list, Chain chain);
  NodeId copy(NodeId original, int& budget);
  bool is_path(NodeId node) const;

  // rust_front_end.cc: files and statements
  // Whether the last one is an expression that the whole comes to.
  bool statements(ChildList& out, Body body, Place place, Attributes* inner = nullptr);
  bool declaration(Syntax syntax, const Attributes& attributes, Place place, ChildList& out);
  void let_declaration(ChildList& out);
  NodeId block(Body body, Chain prelude = {});
  void count_errors(TSNode root);

  // rust_items.cc: functions, types and their parts
  NodeId function(const Attributes& attributes, Place place);
  NodeId parameter(bool& is_self);
  NodeId structure(const Attributes& attributes, std::uint32_t flags);
  NodeId trait(const Attributes& attributes);
  NodeId implementation(const Attributes& attributes);
  NodeId module(const Attributes& attributes);
  NodeId type_alias(Place place);
  NodeId constant(const Attributes& attributes, Place place, std::uint32_t flags);
  void fields(ChildList& out);
  void tuple_fields(ChildList& out);
  void variants(ChildList& out);
  NodeId type();
  std::string_view bare_type_name();
  std::string_view at_most(std::string_view text, std::size_t limit) const;

  // rust_attributes.cc, rust_uses.cc
  void attribute(Attributes& attributes);
  void use_declaration(ChildList& out);
  void use_clause(Uses& uses);
  void use_path(Uses& uses, std::string_view alias);
  void imported(Uses& uses, std::string_view local, std::string_view name);
  std::string_view join_path(std::string_view module, std::string_view path);

  // rust_expressions.cc, rust_values.cc: null if the node is no expression
  NodeId expression();
  NodeId known_expression(Syntax syntax);
  NodeId value();  // an expression; an `empty` node if there is none
  NodeId parts(NodeKind kind, std::string_view text = {});
  NodeId inner_value();
  NodeId path(Syntax syntax);
  NodeId member();
  NodeId call();
  NodeId operation();
  NodeId assignment();
  NodeId construct();
  NodeId closure();
  NodeId async_block(std::uint32_t flags);
  NodeId await();
  NodeId string();

  // rust_control.cc: branches, loops, and the variables that their patterns bind
  NodeId if_expression();
  NodeId match_expression();
  NodeId match_arm(NodeId subject, bool& taken);
  NodeId for_expression();
  NodeId while_expression();
  NodeId loop_expression();
  Condition condition();
  NodeId bind(const Pattern& pattern, NodeId type, NodeId init);
  NodeId alias_of(const Pattern& pattern, NodeId subject);

  // rust_patterns.cc
  Pattern pattern();
  void collect_bindings(std::string_view key, bool outermost);

  // rust_macros.cc, rust_select.cc
  NodeId macro(ChildList* declarations = nullptr);
  void macro_declarations(ChildList& out);
  void macro_arguments(ChildList& out);
  void argument_list(ChildList& out);
  void argument(ChildList& out);
  void collect_changes(FragmentText& fragment, bool opens_value);
  bool starts_map();
  void select_arms(ChildList& out);
  void select_arm(ChildList& out, const FragmentText& arm);
  FragmentText fragment_here() const;
  template <typename Visit>
  void in_fragment(const FragmentText& fragment, Visit&& visit);

  std::string_view source_;
  Tree& tree_;
  const Grammar& grammar_;
  TreeWalk cursor_;
  FragmentParser fragments_;
  TokenReader tokens_;
  std::vector<Node> bindings_;  // of the pattern in hand
  bool pattern_mutable_ = false;
  bool pattern_split_ = false;  // the pattern in hand takes its subject apart
  bool awaited_ = false;        // the next `let` is the head of a select! arm
  int depth_ = 0;
  int macro_depth_ = 0;
  bool macro_guard_ = false;        // in the arguments of matches!, `if` follows a pattern
  std::uint32_t static_flags_ = 0;  // what `static` means here: thread_local! adds its flag
};

template <typename Visit>
void Lowering::children(Visit&& visit) {
  if (!cursor_.enter()) return;
  do {
    const Syntax child = syntax();
    if (!is_comment(child)) visit(child);
  } while (cursor_.next());
  cursor_.leave();
}

template <typename Visit>
void Lowering::named_children(Visit&& visit) {
  children([&](Syntax child) {
    if (!is_token(child)) visit(child);
  });
}

template <typename Visit>
void Lowering::in_first_named_child(Visit&& visit) {
  bool found = false;
  named_children([&](Syntax child) {
    if (!found) visit(child);
    found = true;
  });
}

// Visits the fragment's tree with the cursor on its root. Fragments within fragments end at a depth that no written
// code reaches: each level is parsed once more.
template <typename Visit>
void Lowering::in_fragment(const FragmentText& fragment, Visit&& visit) {
  constexpr int deepest = 8;
  if (macro_depth_ >= deepest) {
    tree_.too_deep = true;
    return;
  }
  TSTree* parsed = fragments_.parse(fragment);
  if (parsed == nullptr) return;
  TreeWalk outer(ts_tree_root_node(parsed));
  std::swap(cursor_, outer);
  ++macro_depth_;
  visit();
  --macro_depth_;
  std::swap(cursor_, outer);
  ts_tree_delete(parsed);
}

}  // namespace detoy::syntax::rust
