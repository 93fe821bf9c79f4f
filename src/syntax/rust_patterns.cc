// What the patterns of Rust bind.
#include "syntax/rust_lowering.h"

namespace detoy::syntax::rust {
namespace {

// By convention only constants and variants begin with a capital: `None` and `MAX` bind nothing.
bool names_a_binding(std::string_view name) {
  return !name.empty() && name != "_" && !(name[0] >= 'A' && name[0] <= 'Z');
}

}  // namespace

Pattern Lowering::pattern() {
  bindings_.clear();
  pattern_mutable_ = false;
  pattern_split_ = false;
  Pattern result;
  if (syntax() == Syntax::tuple_struct_pattern) {
    in_first_named_child([&](Syntax) {
      const std::string_view variant = text();
      result.failure = variant == "Err" || variant.ends_with("::Err");
    });
  }
  collect_bindings({}, true);
  result.is_mutable = pattern_mutable_;
  if (bindings_.empty()) return result;
  result.single = bindings_.size() == 1 && !pattern_split_;
  if (result.single) {
    Node only = bindings_.front();
    only.kind = NodeKind::name;
    result.target = tree_.add(only);
    return result;
  }
  result.target = make(NodeKind::pattern);
  ChildList out(tree_, result.target);
  for (const Node& binding : bindings_) out.add(tree_.add(binding));
  return result;
}

void Lowering::collect_bindings(std::string_view key, bool outermost) {
  if (!go_deeper()) return;
  const Syntax here = syntax();
  switch (here) {
    case Syntax::identifier:
    case Syntax::shorthand_field_identifier: {
      const std::string_view name = text();
      if (!names_a_binding(name)) break;
      const TSPoint start = ts_node_start_point(node());
      Node binding;
      binding.kind = NodeKind::binding;
      binding.line = start.row + 1;
      binding.column = start.column + 1;
      binding.end_line = binding.line;
      binding.text = name;
      binding.text2 = key;
      bindings_.push_back(binding);
      break;
    }
    case Syntax::mut_pattern:
      pattern_mutable_ = true;
      [[fallthrough]];
    case Syntax::ref_pattern:
    case Syntax::reference_pattern:
    case Syntax::captured_pattern:
      named_children([&](Syntax) { collect_bindings(key, outermost); });
      break;
    case Syntax::or_pattern:  // every alternative binds the same names
      in_first_named_child([&](Syntax) { collect_bindings(key, outermost); });
      break;
    case Syntax::tuple_struct_pattern:
    case Syntax::tuple_pattern:
    case Syntax::slice_pattern: {
      const std::size_t first = bindings_.size();
      int parts = 0;
      children([&](Syntax child) {
        if (is_token(child) && child != Syntax::token_underscore) return;
        if (field() == grammar_.type) return;
        ++parts;
        // State(Shop { db, .. }): what a wrapper holds stands for the wrapper.
        if (!is_token(child)) collect_bindings(key, outermost && here == Syntax::tuple_struct_pattern);
      });
      if (parts == 1 && here == Syntax::tuple_struct_pattern) break;  // Some(x): x is what is taken
      pattern_split_ = true;
      for (std::size_t i = first; i < bindings_.size(); ++i) bindings_[i].text2 = {};
      break;
    }
    case Syntax::struct_pattern:
      pattern_split_ = true;
      named_children([&](Syntax child) {
        if (child != Syntax::field_pattern) return;
        std::string_view member;
        named_children([&](Syntax part) {
          const TSFieldId role = field();
          if (part == Syntax::mutable_specifier) pattern_mutable_ = true;
          if (role == grammar_.name) member = text();
          // Deeper members are no members of the subject.
          const std::string_view taken = outermost ? member : std::string_view{};
          if (role == grammar_.pattern || part == Syntax::shorthand_field_identifier) collect_bindings(taken, false);
        });
      });
      break;
    default:
      break;
  }
  --depth_;
}

}  // namespace detoy::syntax::rust
