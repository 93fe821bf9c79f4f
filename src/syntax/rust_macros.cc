// Macro invocations of Rust. The grammar leaves their contents as tokens; most contents are expressions between commas,
// simple ones (rust_token_reader.h) or such as read as a tuple, an array or a block once their delimiters are parsed
// too.
#include "syntax/rust_lowering.h"

namespace detoy::syntax::rust {
namespace {

constexpr std::uint32_t longest_arguments = 32 * 1024;  // what is longer is a table of data

std::string_view last_segment(std::string_view path) {
  const auto colon = path.rfind(':');
  return colon == std::string_view::npos ? path : path.substr(colon + 1);
}

// Declares its statics the way ordinary code does.
bool declares_statics(std::string_view name) {
  return name == "thread_local" || name == "lazy_static" || name == "task_local";
}

// Takes source text to generate from, not expressions to evaluate.
bool quotes_code(std::string_view name) {
  return name == "quote" || name == "quote_spanned" || name == "parse_quote";
}

}  // namespace

// Null if the macro declares items: they are in `declarations` then.
NodeId Lowering::macro(ChildList* declarations) {
  std::string_view path;
  std::string_view name;
  named_children([&](Syntax child) {
    if (child == Syntax::token_tree) return;
    path = text();
    name = last_segment(path);
  });
  const auto in_tokens = [&](auto&& visit) {
    named_children([&](Syntax child) {
      if (child == Syntax::token_tree) visit();
    });
  };
  if (declarations != nullptr && declares_statics(name)) {
    const std::uint32_t outer_flags = static_flags_;
    if (name != "lazy_static") static_flags_ |= flag::thread_local_;
    in_tokens([&] { macro_declarations(*declarations); });
    static_flags_ = outer_flags;
    return no_node;
  }

  const bool is_list = name == "vec" || name == "smallvec";
  const NodeId id = is_list ? make(NodeKind::array) : make(NodeKind::call, {}, flag::macro);
  ChildList out(tree_, id);
  if (!is_list) out.add(make_like(id, NodeKind::name, path));
  if (quotes_code(name)) return id;
  in_tokens([&] {
    if (name == "select" || name == "select_biased") {
      select_arms(out);
    } else {
      macro_guard_ = name.ends_with("matches");
      macro_arguments(out);
    }
  });
  return id;
}

// The range of the node that the cursor stands on.
FragmentText Lowering::fragment_here() const {
  FragmentText fragment;
  const TSNode at = node();
  fragment.begin = ts_node_start_byte(at);
  fragment.end = ts_node_end_byte(at);
  fragment.begin_point = ts_node_start_point(at);
  fragment.end_point = ts_node_end_point(at);
  fragment.suffix = ";";
  return fragment;
}

void Lowering::macro_declarations(ChildList& out) {
  FragmentText fragment = fragment_here();
  if (fragment.end - fragment.begin < 2) return;
  ++fragment.begin;
  ++fragment.begin_point.column;
  --fragment.end;
  --fragment.end_point.column;
  in_fragment(fragment, [&] { statements(out, Body::plain, Place::free); });
}

void Lowering::macro_arguments(ChildList& out) {
  FragmentText fragment = fragment_here();
  const std::uint32_t length = fragment.end - fragment.begin;
  if (length <= 2 || tokens_.read(cursor_, out, depth_) || length > longest_arguments) return;
  collect_changes(fragment, true);
  macro_guard_ = false;
  in_fragment(fragment, [&] { argument_list(out); });
}

// From the fragment's root down to the arguments.
void Lowering::argument_list(ChildList& out) {
  if (!go_deeper()) return;
  named_children([&](Syntax child) {
    switch (child) {
      case Syntax::error:
      case Syntax::expression_statement:
        argument_list(out);
        break;
      case Syntax::parenthesized_expression:
      case Syntax::tuple_expression:
      case Syntax::array_expression:
        named_children([&](Syntax) {
          if (field() != grammar_.length) argument(out);
        });
        break;
      default:
        argument(out);
        break;
    }
  });
  --depth_;
}

// `name = value` names an argument; it assigns nothing.
void Lowering::argument(ChildList& out) {
  if (syntax() != Syntax::assignment_expression) {
    out.add(expression());
    return;
  }
  named_children([&](Syntax) {
    if (field() == grammar_.right) out.add(expression());
  });
}

// What the tokens of a macro need in order to read as expressions. `opens_value`: the tokens begin where a value may.
//   info!(%a, b = ?c)       the marks of tracing are dropped
//   json!({"a": b})         maps become lists of their keys and values
//   matches!(a, B if c)     the guard becomes part of a condition
void Lowering::collect_changes(FragmentText& fragment, bool opens_value) {
  if (!go_deeper()) return;
  const bool is_map = opens_value && starts_map();
  const auto change = [&](char character, std::uint32_t at = 0) {
    fragment.changes.emplace_back(ts_node_start_byte(node()) + at, character);
  };
  bool after_value = false;
  children([&](Syntax child) {
    if (child == Syntax::token_tree) {
      collect_changes(fragment, !after_value);
      after_value = true;
      return;
    }
    if (!is_token(child)) {
      after_value = child != Syntax::mutable_specifier;
      return;
    }
    const std::string_view token = text();
    if (token == "%" || token == "?") {
      if (!after_value) change(' ');
      return;
    }
    if (is_map && token == "{") change('[');
    if (is_map && token == "}") change(']');
    if (is_map && token == ":") change(',');
    if (is_map && token == "=>") {
      change(',');
      change(' ', 1);
    }
    if (token == "if" && after_value && macro_guard_) {
      change('&');
      change('&', 1);
    }
    after_value = false;
  });
  --depth_;
}

// `{ "a": ..` and `{ a => ..`: the cursor stands on the tokens between braces.
bool Lowering::starts_map() {
  int position = 0;
  bool is_map = false;
  children([&](Syntax child) {
    if (position == 0) is_map = text() == "{";
    if (position == 1) is_map &= !is_token(child);
    if (position == 2 && is_map) {
      const std::string_view token = text();
      is_map = token == ":" || token == "=>";
    }
    ++position;
  });
  return is_map && position > 2;
}

}  // namespace detoy::syntax::rust
