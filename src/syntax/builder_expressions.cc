#include "syntax/builder.h"

namespace detoy::syntax {

using facts::Index;
using facts::ValueKind;

namespace {

constexpr std::size_t longest_text = 400;
constexpr std::size_t longest_statement = 4000;  // SQL says at its end whether it locks

bool starts_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  std::size_t k = 0;
  while (k < lower.size() && static_cast<char>(text[k] | 0x20) == lower[k]) ++k;
  return k == lower.size();
}

// Whether a literal may tell how data is shared: SQL, and the names of locks and claims. Two letters tell which word it
// may be, so that one pass finds all.
bool speaks(std::string_view text) {
  if (text.size() < 6) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string_view word;
    switch (text[i] | 0x20) {
      case 'l':
        word = "lock";
        break;
      case 's':
        word = "select";
        break;
      case 'u':
        word = "update";
        break;
      case 'i':
        word = "insert";
        break;
      case 'd':
        word = "delete";
        break;
      case 'c':
        word = i + 1 < text.size() && (text[i + 1] | 0x20) == 'l' ? "claim" : "conflict";
        break;
      default:
        continue;
    }
    if (starts_ignoring_case(text.substr(i), word)) return true;
  }
  return false;
}

}  // namespace

Index Builder::add_value(ValueKind kind, NodeId node) {
  facts::Value value;
  value.kind = kind;
  value.line = at(node).line;
  facts_.values.push_back(value);
  return static_cast<Index>(facts_.values.size() - 1);
}

void Builder::note_literal(std::string_view text, NodeId node) {
  text = text.substr(0, longest_statement);
  if (speaks(text)) facts_.literals.push_back({intern(text), context_.function, at(node).line});
}

Index Builder::text_value(ValueKind kind, NodeId node) {
  const std::string_view text = at(node).text.substr(0, longest_text);
  const facts::StringId id = intern(text);
  if (kind == ValueKind::string || kind == ValueKind::text_template) note_literal(at(node).text, node);
  const Index value = add_value(kind, node);
  facts_.values[value].text = id;
  return value;
}

void Builder::mark_captured(Index declaration) {
  facts::Declaration& record = facts_.declarations[declaration];
  if (record.function != context_.function && record.function != 0) record.flags |= facts::declared::captured;
}

// Lowers children as siblings below a new value.
Index Builder::combined(ValueKind kind, NodeId node, NodeId first) {
  Index head = 0;
  Index last = 0;
  for (NodeId part = first; part != no_node; part = at(part).next) {
    const Index value = expression(part);
    if (value == 0) continue;
    if (facts_.values[value].next != 0 || value == last) continue;
    if (last == 0) {
      head = value;
    } else {
      facts_.values[last].next = value;
    }
    last = value;
  }
  const Index result = add_value(kind, node);
  facts_.values[result].first_child = head;
  return result;
}

void Builder::expressions_below(NodeId node) {
  for (NodeId part = at(node).first_child; part != no_node; part = at(part).next) statement(part);
}

Index Builder::expression(NodeId id, std::uint32_t call_flags) {
  if (id == no_node) return 0;
  const Node& node = at(id);
  switch (node.kind) {
    case NodeKind::empty:
    case NodeKind::type:
      return 0;
    case NodeKind::name:
    case NodeKind::self:
    case NodeKind::member:
    case NodeKind::index:
    case NodeKind::call:
    case NodeKind::construct:
    case NodeKind::await:
      return chain(id, call_flags);
    case NodeKind::string:
      return text_value(ValueKind::string, id);
    case NodeKind::number:
      return text_value(ValueKind::number, id);
    case NodeKind::boolean:
      return text_value(ValueKind::boolean, id);
    case NodeKind::null:
      return add_value(ValueKind::null, id);
    case NodeKind::string_template: {
      const Index parts = combined(ValueKind::text_template, id, node.first_child);
      const std::string_view text = node.text.substr(0, longest_text);
      facts_.values[parts].text = intern(text);
      note_literal(node.text, id);
      return parts;
    }
    case NodeKind::array:
      return combined(ValueKind::array, id, node.first_child);
    case NodeKind::object:
      return object(id);
    case NodeKind::function:
      return closure(id);
    case NodeKind::assign:
      return assignment(id);
    case NodeKind::remove: {
      if (node.first_child != no_node) assign(node.first_child, id, facts::Effect::remove, 0);
      return 0;
    }
    case NodeKind::conditional: {
      const bool outer = in_condition_;
      in_condition_ = true;
      const Index condition = expression(child(id, 0));
      in_condition_ = outer;
      const Index first = conditional_part(child(id, 1), facts::BranchKind::then, condition);
      const Index second = conditional_part(child(id, 2), facts::BranchKind::otherwise, condition);
      const Index value = add_value(ValueKind::either, id);
      facts_.values[value].first_child = first != 0 ? first : second;
      if (first != 0 && first != second) facts_.values[first].next = second;
      return value;
    }
    case NodeKind::logical: {
      const Index first = expression(child(id, 0));
      const bool choice = node.text != "and";
      const Index second =
          conditional_part(child(id, 1), choice ? facts::BranchKind::otherwise : facts::BranchKind::then, first);
      const Index value = add_value(choice ? ValueKind::either : ValueKind::unknown, id);
      facts_.values[value].first_child = first != 0 ? first : second;
      if (first != 0 && first != second) facts_.values[first].next = second;
      return value;
    }
    case NodeKind::class_: {
      class_declaration(id);
      return add_value(ValueKind::unknown, id);
    }
    case NodeKind::binary:
    case NodeKind::unary: {
      const Index value = combined(ValueKind::unknown, id, node.first_child);
      facts_.values[value].text = intern(node.text);
      return value;
    }
    case NodeKind::block:
      return block_value(id);
    case NodeKind::branch:  // statements as values: Rust
    case NodeKind::choice:
      return value_of(id, call_flags);
    case NodeKind::loop:
    case NodeKind::attempt:
    case NodeKind::variable:
    case NodeKind::give_back:
    case NodeKind::raise: {
      statement(id);
      return add_value(ValueKind::unknown, id);
    }
    default:
      return combined(ValueKind::unknown, id, node.first_child);
  }
}

Index Builder::conditional_part(NodeId node, facts::BranchKind kind, Index condition) {
  if (node == no_node) return 0;
  const Index outer = context_.branch;
  context_.branch = open_branch(kind, condition, node);
  const Index value = expression(node);
  context_.branch = outer;
  return value;
}

Index Builder::object(NodeId id) {
  Index head = 0;
  Index last = 0;
  const Index outer = context_.object;
  if (context_.literal != id) context_.object = 0;  // of another object, nothing names what `this` is
  for (NodeId part = at(id).first_child; part != no_node; part = at(part).next) {
    const NodeId inner = at(part).first_child;
    Index value = inner == no_node ? 0 : expression(inner);
    if (at(part).kind == NodeKind::pair) {
      if (value == 0 || facts_.values[value].key != 0) value = add_value(ValueKind::unknown, part);
      facts_.values[value].key = intern(at(part).text);
      if (facts_.values[value].kind == ValueKind::function) {
        facts::Function& function = facts_.functions[facts_.values[value].ref];
        function.use = facts::ClosureUse::property;
        function.use_key = facts_.values[value].key;
        if (function.name == 0) function.name = facts_.values[value].key;
      }
    }
    if (value == 0 || value == last) continue;
    if (last == 0) {
      head = value;
    } else {
      facts_.values[last].next = value;
    }
    last = value;
  }
  context_.object = outer;
  const Index result = add_value(ValueKind::object, id);
  facts_.values[result].first_child = head;
  return result;
}

// Rust: a block is worth its last expression.
Index Builder::block_value(NodeId id) {
  const std::size_t mark = open_scope();
  declare_block(id);
  Index value = 0;
  for (NodeId part = at(id).first_child; part != no_node; part = at(part).next) {
    const NodeKind kind = at(part).kind;
    const bool closure = kind == NodeKind::function && at(part).text.empty();
    if (at(part).next == no_node && (is_chain(kind) || closure || kind == NodeKind::block || kind == NodeKind::branch ||
                                     kind == NodeKind::choice)) {
      value = expression(part);
    } else {
      statement(part);
    }
  }
  if (!python()) close_scope(mark);
  return value != 0 ? value : add_value(ValueKind::unknown, id);
}

Index Builder::closure(NodeId id) {
  const Index function_index = function(id, 0);
  const Index value = add_value(ValueKind::function, id);
  facts_.values[value].ref = function_index;
  return value;
}

}  // namespace detoy::syntax
