// Files, statements and blocks of Rust, and the small tools of the walk.
#include <algorithm>

#include "syntax/front_end.h"
#include "syntax/rust_lowering.h"

namespace detoy::syntax {
namespace {

void lower(const TSTree* parsed, std::string_view source, Tree& tree) {
  rust::Lowering(ts_tree_root_node(parsed), source, tree).file();
}

// The grammar takes `&raw` for the beginning of `&raw const x` even where a variable is called raw. Without the '&'
// that variable is read.
std::string without_borrows_of_raw(std::string_view source) {
  constexpr std::string_view borrow = "&raw";
  std::string mended;
  for (auto at = source.find(borrow); at != std::string_view::npos; at = source.find(borrow, at + borrow.size())) {
    const std::string_view rest = source.substr(at + borrow.size());
    const auto letter = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    const std::string_view word = rest.substr(std::min(rest.find_first_not_of(" \t\n"), rest.size()));
    const bool pointer = word.size() < rest.size() && (word.starts_with("const ") || word.starts_with("mut "));
    const bool logical = at > 0 && source[at - 1] == '&';
    if (pointer || logical || (!rest.empty() && letter(rest.front()))) continue;
    if (mended.empty()) mended = source;
    mended[at] = ' ';
  }
  return mended;
}

}  // namespace

const FrontEnd rust_front_end = {Language::rust, tree_sitter_rust, lower, without_borrows_of_raw};

namespace rust {

Lowering::Lowering(TSNode root, std::string_view source, Tree& tree)
    : source_(source),
      tree_(tree),
      grammar_(Grammar::instance()),
      cursor_(root),
      fragments_(source),
      tokens_(source, tree) {}

void Lowering::file() {
  count_errors(node());
  const NodeId block = make(NodeKind::block);
  tree_.root = block;
  tree_[block].line = 1;
  tree_[block].column = 1;
  ChildList out(tree_, block);
  Attributes inner;
  statements(out, Body::plain, Place::free, &inner);
  if (inner.test) tree_[block].flags |= flag::test;
}

void Lowering::count_errors(TSNode root) {
  if (!ts_node_has_error(root)) return;
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  for (bool more = true; more;) {
    const TSNode at = ts_tree_cursor_current_node(&cursor);
    if (ts_node_is_error(at) || ts_node_is_missing(at)) {
      if (tree_.errors++ == 0) tree_.first_error_line = ts_node_start_point(at).row + 1;
    }
    if (ts_node_has_error(at) && ts_tree_cursor_goto_first_child(&cursor)) continue;
    while (more && !ts_tree_cursor_goto_next_sibling(&cursor)) more = ts_tree_cursor_goto_parent(&cursor);
  }
  ts_tree_cursor_delete(&cursor);
}

bool Lowering::statements(ChildList& out, Body body, Place place, Attributes* inner) {
  if (!go_deeper()) return true;
  Attributes attributes;
  NodeId last = no_node;  // held back, for it may be the tail
  bool is_tail = false;
  const auto expression_here = [&](Syntax at) { return at == Syntax::macro_invocation ? macro(&out) : expression(); };
  named_children([&](Syntax child) {
    out.add(last);
    last = no_node;
    switch (child) {
      case Syntax::attribute_item:
        attribute(attributes);
        return;
      case Syntax::inner_attribute_item:
        if (inner != nullptr) attribute(*inner);
        return;
      case Syntax::expression_statement:
        is_tail = true;
        children([&](Syntax part) {
          if (part == Syntax::token_semicolon) is_tail = false;
          if (!is_token(part)) last = expression_here(part);
        });
        break;
      case Syntax::error:
        (void)statements(out, Body::plain, place);
        break;
      default:
        if (declaration(child, attributes, place, out)) break;
        is_tail = true;
        last = expression_here(child);
        break;
    }
    if (place == Place::associated) last = no_node;  // a macro that makes members: they are not to be seen
    attributes = {};
  });
  if (last != no_node && is_tail && body == Body::function) {
    const NodeKind kind = tree_[last].kind;
    if (kind != NodeKind::loop && kind != NodeKind::give_back) last = wrap(last, NodeKind::give_back);
  }
  out.add(last);
  --depth_;
  return is_tail;
}

bool Lowering::declaration(Syntax syntax, const Attributes& attributes, Place place, ChildList& out) {
  switch (syntax) {
    case Syntax::function_item:
    case Syntax::function_signature_item:
      out.add(function(attributes, place));
      return true;
    case Syntax::struct_item:
    case Syntax::union_item:
      out.add(structure(attributes, flag::struct_));
      return true;
    case Syntax::enum_item:
      out.add(structure(attributes, flag::enum_));
      return true;
    case Syntax::trait_item:
      out.add(trait(attributes));
      return true;
    case Syntax::impl_item:
      out.add(implementation(attributes));
      return true;
    case Syntax::mod_item:
      out.add(module(attributes));
      return true;
    case Syntax::const_item:
      out.add(constant(attributes, place, flag::constant));
      return true;
    case Syntax::static_item:
      out.add(constant(attributes, place, flag::static_ | static_flags_));
      return true;
    case Syntax::use_declaration:
      use_declaration(out);
      return true;
    case Syntax::let_declaration:
      let_declaration(out);
      return true;
    case Syntax::foreign_mod_item:
      named_children([&](Syntax child) {
        if (child == Syntax::declaration_list) statements(out, Body::plain, Place::foreign);
      });
      return true;
    case Syntax::type_item:
      out.add(type_alias(place));
      return true;
    case Syntax::extern_crate_declaration:
    case Syntax::associated_type:
    case Syntax::macro_definition:
    case Syntax::empty_statement:
      return true;
    default:
      return false;
  }
}

void Lowering::let_declaration(ChildList& out) {
  const bool is_awaited = std::exchange(awaited_, false);
  Pattern bound;
  NodeId type_node = no_node;
  NodeId init = no_node;
  NodeId otherwise = no_node;
  bool is_mutable = false;
  children([&](Syntax child) {
    const TSFieldId role = field();
    if (child == Syntax::mutable_specifier) is_mutable = true;
    if (role == grammar_.pattern) bound = pattern();
    if (role == grammar_.type) type_node = type();
    if (role == grammar_.value) init = value();
    if (role == grammar_.alternative) otherwise = block(Body::plain);
  });
  if (is_awaited && init != no_node) init = wrap(init, NodeKind::await);
  bound.is_mutable |= is_mutable;
  out.add(bind(bound, type_node, init));
  if (otherwise == no_node) return;
  // `let .. else`: a branch whose test is the pattern itself.
  const NodeId branch = make(NodeKind::branch);
  ChildList parts(tree_, branch);
  parts.add(empty_like(branch));
  parts.add(otherwise);
  parts.add(empty_like(branch));
  out.add(branch);
}

NodeId Lowering::block(Body body, Chain prelude) {
  const NodeId id = make(NodeKind::block);
  ChildList out(tree_, id);
  add_all(out, prelude);
  if (!statements(out, body, Place::free)) tree_[id].flags |= flag::no_value;
  return id;
}

std::string_view Lowering::text(TSNode node) const {
  const std::uint32_t begin = ts_node_start_byte(node);
  const std::uint32_t end = ts_node_end_byte(node);
  // What a fragment reads behind its range stands nowhere in the source.
  if (begin > source_.size() || end < begin) return {};
  return source_.substr(begin, end - begin);
}

bool Lowering::go_deeper() {
  if (depth_ >= max_depth) {
    tree_.too_deep = true;
    return false;
  }
  ++depth_;
  return true;
}

NodeId Lowering::make(NodeKind kind, std::string_view text, std::uint32_t flags) {
  const TSNode at = node();
  const TSPoint start = ts_node_start_point(at);
  Node made;
  made.kind = kind;
  made.flags = flags;
  made.line = start.row + 1;
  made.column = start.column + 1;
  made.end_line = ts_node_end_point(at).row + 1;
  made.text = text;
  return tree_.add(made);
}

NodeId Lowering::make_like(NodeId model, NodeKind kind, std::string_view text, std::uint32_t flags) {
  Node made = tree_[model];
  made.kind = kind;
  made.flags = flags;
  made.first_child = no_node;
  made.next = no_node;
  made.text = text;
  made.text2 = {};
  return tree_.add(made);
}

NodeId Lowering::wrap(NodeId inner, NodeKind kind) {
  const NodeId id = make_like(inner, kind);
  tree_[id].first_child = inner;
  return id;
}

void Lowering::append(Chain& chain, NodeId node) {
  if (node == no_node) return;
  (chain.first == no_node ? chain.first : tree_[chain.last].next) = node;
  chain.last = node;
}

void Lowering::add_chain(Chain& chain, Chain more) {
  if (more.first == no_node) return;
  (chain.first == no_node ? chain.first : tree_[chain.last].next) = more.first;
  chain.last = more.last;
}

void Lowering::add_all(ChildList& list, Chain chain) {
  for (NodeId id = chain.first; id != no_node;) {
    const NodeId next = tree_[id].next;
    tree_[id].next = no_node;
    list.add(id);
    id = next;
  }
}

}  // namespace rust
}  // namespace detoy::syntax
