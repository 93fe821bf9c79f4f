// CommonJS: require, module.exports and exports.
#include <algorithm>

#include "syntax/script_lowering.h"

namespace detoy::syntax::script {
namespace {

constexpr std::string_view default_export = "default";

TSNode last_child(TSNode node) {
  const std::uint32_t count = ts_node_child_count(node);
  return count == 0 ? TSNode{} : ts_node_child(node, count - 1);
}

bool is_export_target(std::string_view text) {
  return text.starts_with("exports") || text.starts_with("module.exports");
}

// What `text`, the left side of an assignment, exports: "default" for all of module.exports, "" for nothing by itself
// (`exports` alone is a variable), null for any other target.
std::optional<std::string_view> name_of_target(std::string_view text) {
  if (text == "module.exports") return default_export;
  if (text == "exports") return "";
  if (text.starts_with("module.")) text.remove_prefix(7);
  if (!text.starts_with("exports.")) return std::nullopt;
  text.remove_prefix(8);
  const bool is_name = !text.empty() && std::ranges::all_of(text, [](char c) {
    return c == '_' || c == '$' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
  });
  if (!is_name) return std::nullopt;
  return text;
}

}  // namespace

// Looks at nodes directly: the cursor is still needed where it stands. `require` is rare enough for that.
std::optional<Lowering::Required> Lowering::required(TSNode node) const {
  const std::string_view whole = text(node);
  if (!whole.starts_with("require") && !whole.starts_with("await") && !whole.starts_with("(await")) return std::nullopt;
  Required found;
  if (symbols_[ts_node_symbol(node)] == Symbol::member_expression) {
    const TSNode property = last_child(node);
    if (symbols_[ts_node_symbol(property)] != Symbol::property_identifier) return std::nullopt;
    found.member = text(property);
    node = ts_node_child(node, 0);
  }
  std::string_view loader = "require";
  if (text(node).starts_with('(') && ts_node_named_child_count(node) == 1) node = ts_node_named_child(node, 0);
  if (symbols_[ts_node_symbol(node)] == Symbol::await_expression) {
    node = last_child(node);
    loader = "import";
  }
  if (symbols_[ts_node_symbol(node)] != Symbol::call_expression) return std::nullopt;
  if (text(ts_node_child(node, 0)) != loader) return std::nullopt;
  const TSNode arguments = last_child(node);
  if (symbols_[ts_node_symbol(arguments)] != Symbol::arguments || ts_node_named_child_count(arguments) != 1) {
    return std::nullopt;
  }
  found.module = ts_node_named_child(arguments, 0);
  if (symbols_[ts_node_symbol(found.module)] != Symbol::string) return std::nullopt;
  return found;
}

std::optional<Lowering::Required> Lowering::required_by_declarator(TSNode declarator) const {
  const TSNode value = last_child(declarator);
  if (ts_node_is_null(value)) return std::nullopt;
  auto found = required(value);
  if (!found) return std::nullopt;
  const Symbol target = symbols_[ts_node_symbol(ts_node_child(declarator, 0))];
  if (target != Symbol::identifier && (target != Symbol::object_pattern || !found->member.empty())) return std::nullopt;
  return found;
}

// With the cursor on the declarator.
void Lowering::import_required(ChildList& out, const Required& module) {
  const NodeId id = add(NodeKind::import, cursor_.node(), string_contents(module.module));
  ChildList children(tree_, id);
  if (cursor_.enter_operand()) {
    const NodeId bound = target();
    cursor_.leave();
    if (tree_[bound].kind == NodeKind::name) {
      children.add(add_imported(cursor_.node(), tree_[bound].text, module.member.empty() ? "*" : module.member));
    }
    NodeId part = tree_[bound].kind == NodeKind::pattern ? tree_[bound].first_child : no_node;
    while (part != no_node) {
      const NodeId next = tree_[part].next;
      if (tree_[part].kind == NodeKind::binding) {
        Node imported = tree_[part];
        imported.kind = NodeKind::imported;
        imported.next = imported.first_child = no_node;
        if (imported.text2.empty()) imported.text2 = "*";
        children.add(tree_.add(imported));
      }
      part = next;
    }
  }
  out.add(id);
}

// `require("y");`, for what loading it does
bool Lowering::required_statement(ChildList& out) {
  const TSNode statement = cursor_.node();
  if (!text(statement).starts_with("require")) return false;
  const auto module = required(ts_node_child(statement, 0));
  if (!module || !module->member.empty()) return false;
  out.add(add(NodeKind::import, statement, string_contents(module->module)));
  return true;
}

// With the cursor on an assignment: collects what it and the assignments to its right export, and goes to the value in
// the end. Returns how many levels down that is; 0 if this exports nothing, with the cursor where it was.
int Lowering::follow_exports(std::vector<std::string_view>& names) {
  int levels = 0;
  bool any = false;
  std::vector<std::string_view> found;
  while (cursor_.symbol() == Symbol::assignment_expression) {
    const auto name = name_of_target(text(ts_node_child(cursor_.node(), 0)));
    if (!name || !cursor_.enter_operand()) break;
    ++levels;
    any = any || !name->empty();
    if (!name->empty() && std::ranges::find(found, *name) == found.end()) found.push_back(*name);
    if (!cursor_.next_operand()) break;
  }
  if (!any) {
    for (; levels > 0; --levels) cursor_.leave();
    return 0;
  }
  names = std::move(found);
  return levels;
}

bool Lowering::exports_statement(ChildList& out) {
  if (!at_module_level() || !is_export_target(text(cursor_.node()))) return false;
  const TSNode statement = cursor_.node();
  if (!cursor_.enter_operand()) return false;
  std::vector<std::string_view> names;
  const int levels = follow_exports(names);
  if (levels > 0) {
    if (const auto module = required(cursor_.node())) {
      const std::string_view source = module->member.empty() ? "*" : module->member;
      for (const std::string_view name : names) {
        if (name == default_export && module->member.empty()) {
          out.add(add_export(statement, {}, source, string_node(module->module)));
        }
        out.add(add_export(statement, name, source, string_node(module->module)));
      }
    } else {
      NodeId value = expression();
      const bool is_name = value != no_node && tree_[value].kind == NodeKind::name;
      const std::string_view local = is_name ? tree_[value].text : std::string_view();
      const bool whole_module = std::ranges::find(names, default_export) != names.end();
      const NodeId object = whole_module && value != no_node && tree_[value].kind == NodeKind::object ? value : no_node;
      for (const std::string_view name : names) {
        out.add(add_export(statement, name, local, value));
        value = no_node;  // it can stand in one place only
      }
      if (object != no_node) export_object(out, object);
    }
    for (int i = 0; i < levels; ++i) cursor_.leave();
  }
  cursor_.leave();
  return levels > 0;
}

// `module.exports = { a, b: c, ...require("y") }` exports each name as well.
void Lowering::export_object(ChildList& out, NodeId object) {
  for (NodeId part = tree_[object].first_child; part != no_node; part = tree_[part].next) {
    const Node node = tree_[part];
    const Node value = tree_[node.first_child];
    Node made = node;
    made.kind = NodeKind::export_;
    made.text = made.text2 = {};
    made.first_child = made.next = no_node;
    if (node.kind == NodeKind::pair && !node.text.empty()) {
      made.text = node.text;
      if (value.kind == NodeKind::name) made.text2 = value.text;
      out.add(tree_.add(made));
    } else if (node.kind == NodeKind::spread && value.kind == NodeKind::call) {
      const Node& callee = tree_[value.first_child];
      const Node argument = tree_[callee.next];
      if (callee.kind != NodeKind::name || callee.text != "require" || argument.kind != NodeKind::string) continue;
      made.text2 = "*";
      const NodeId id = tree_.add(made);
      Node module = argument;
      module.next = no_node;
      ChildList(tree_, id).add(tree_.add(module));
      out.add(id);
    }
  }
}

}  // namespace detoy::syntax::script
