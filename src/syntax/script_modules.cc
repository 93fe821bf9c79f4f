// Imports and exports of ECMAScript and TypeScript.
#include "syntax/front_end.h"
#include "syntax/script_lowering.h"

namespace detoy::syntax::script {

NodeId Lowering::string_node(TSNode string) {
  return add(NodeKind::string, string, string_contents(string));
}

NodeId Lowering::add_imported(TSNode at, std::string_view local, std::string_view name) {
  const NodeId id = add(NodeKind::imported, at, local);
  tree_[id].text2 = name;
  return id;
}

NodeId Lowering::add_export(TSNode at, std::string_view name, std::string_view local, NodeId child) {
  const NodeId id = add(NodeKind::export_, at, name);
  tree_[id].text2 = local;
  ChildList(tree_, id).add(child);
  return id;
}

NodeId Lowering::import_statement() {
  const NodeId id = add_here(NodeKind::import);
  ChildList children(tree_, id);
  cursor_.each_child([&](Symbol symbol) {
    switch (symbol) {
      case Symbol::token_type:
        set_flag(id, flag::type_only);
        break;
      case Symbol::string:
        tree_[id].text = string_contents(cursor_.node());
        break;
      case Symbol::import_clause:
        import_clause(children);
        break;
      case Symbol::import_require_clause:  // import x = require("y")
        cursor_.each_child([&](Symbol child) {
          const TSNode node = cursor_.node();
          if (child == Symbol::identifier) children.add(add_imported(node, text(node), "*"));
          if (child == Symbol::string) tree_[id].text = string_contents(node);
        });
        break;
      default:
        break;
    }
  });
  return id;
}

void Lowering::import_clause(ChildList& out) {
  cursor_.each_child([&](Symbol symbol) {
    const TSNode node = cursor_.node();
    if (symbol == Symbol::identifier) out.add(add_imported(node, text(node), "default"));
    if (symbol == Symbol::namespace_import && cursor_.enter_operand()) {
      out.add(add_imported(node, text(cursor_.node()), "*"));
      cursor_.leave();
    }
    if (symbol == Symbol::named_imports) {
      cursor_.each_child([&](Symbol child) {
        if (child == Symbol::import_specifier) out.add(import_specifier());
      });
    }
  });
}

// `a`, `a as b`, `type a as b`: the last name is the local one.
NodeId Lowering::import_specifier() {
  const NodeId id = add_here(NodeKind::imported);
  cursor_.each_child([&](Symbol symbol) {
    Node& node = tree_[id];
    if (symbol == Symbol::token_type) return set_flag(id, flag::type_only);
    const bool is_name = symbol == Symbol::identifier || symbol == Symbol::token_default;
    if (!is_name && symbol != Symbol::string) return;
    const std::string_view name = is_name ? text(cursor_.node()) : string_contents(cursor_.node());
    if (node.text2.empty()) node.text2 = name;
    node.text = name;
  });
  return id;
}

void Lowering::export_statement(ChildList& out) {
  const TSNode whole = cursor_.node();
  Decorators decorators;
  std::vector<NodeId> exports;  // those that may be from another module
  bool is_default = false;
  bool is_type = false;
  cursor_.each_child([&](Symbol symbol) {
    switch (symbol) {
      case Symbol::decorator:
        return decorators.push_back(decorator());
      case Symbol::token_type:
        is_type = true;
        return;
      case Symbol::token_default:
      case Symbol::token_equals:
        is_default = true;
        return;  // `export = x` is what `module.exports = x` is
      case Symbol::token_star:
        return exports.push_back(add_export(whole, {}, "*"));
      case Symbol::namespace_export:
        if (!cursor_.enter_operand()) return;
        exports.push_back(add_export(whole, property_name(cursor_.symbol()), "*"));
        return cursor_.leave();
      case Symbol::export_clause:
        return export_clause(exports);
      case Symbol::string:
        if (is_default) break;
        for (const NodeId each : exports) ChildList(tree_, each).add(string_node(cursor_.node()));
        return;
      case Symbol::error:
        return out.add(unread());
      default:
        break;
    }
    export_declaration(symbol, out, is_default, decorators);
  });
  for (const NodeId each : exports) {
    if (is_type) set_flag(each, flag::type_only);
    out.add(each);
  }
}

void Lowering::export_declaration(Symbol symbol, ChildList& out, bool is_default, const Decorators& decorators) {
  const TSNode node = cursor_.node();
  if (is_statement(symbol)) {
    const std::string_view name = declaration(symbol, out, flag::exported, decorators);
    if (is_default && !name.empty()) out.add(add_export(node, "default", name));
  } else if (is_default && (symbol == Symbol::function_expression || symbol == Symbol::class_expression)) {
    // The grammar takes a declaration without a name for an expression.
    const NodeId id = symbol == Symbol::class_expression ? class_(flag::exported, decorators, "default")
                                                         : function(flag::exported, decorators, "default");
    out.add(id);
    out.add(add_export(node, "default", tree_[id].text));
  } else if (is_default && is_expression(symbol)) {
    const NodeId value = expression();
    if (value == no_node) return;
    const std::string_view local = tree_[value].kind == NodeKind::name ? tree_[value].text : std::string_view();
    out.add(add_export(node, "default", local, value));
  }
}

// `a`, `a as b`: the last name is the exported one.
void Lowering::export_clause(std::vector<NodeId>& exports) {
  cursor_.each_child([&](Symbol symbol) {
    if (symbol != Symbol::export_specifier) return;
    const NodeId id = add_export(cursor_.node(), {}, {});
    exports.push_back(id);
    cursor_.each_child([&](Symbol child) {
      Node& node = tree_[id];
      if (child == Symbol::token_type) return set_flag(id, flag::type_only);
      const bool is_name = child == Symbol::identifier || child == Symbol::token_default;
      if (!is_name && child != Symbol::string) return;
      const std::string_view name = is_name ? text(cursor_.node()) : string_contents(cursor_.node());
      if (node.text2.empty()) node.text2 = name;
      node.text = name;
    });
  });
}

}  // namespace detoy::syntax::script
