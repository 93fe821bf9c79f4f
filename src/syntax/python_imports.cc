// Python's imports.
#include "syntax/python_lowering.h"

namespace detoy::syntax {

// `import a.b, c as d`: a node for each module. Without a new name the first part of the module's is bound.
void PythonLowering::lower_import(const Part& part, ChildList& out) {
  const std::uint32_t flags = type_checking_ ? flag::type_only : flag::none;
  for (Part item = first_operand(); item; item = next_operand()) {
    std::string_view module = text(item);
    std::string_view local = module.substr(0, module.find('.'));
    if (item.syntax == Syntax::aliased_import) {
      for (Part side = first_operand(); side; side = next_operand()) {
        (side.syntax == Syntax::dotted_name ? module : local) = text(side);
      }
    }
    const NodeId id = add(NodeKind::import, part, module, flags);
    tree_[id].first_child = add(NodeKind::imported, item, local);
    out.add(id);
  }
}

NodeId PythonLowering::lower_import_from(const Part& part) {
  const NodeId id = add(NodeKind::import, part, {}, type_checking_ ? flag::type_only : flag::none);
  ChildList names(tree_, id);
  bool module_read = false;
  for (Part item = first_operand(); item; item = next_operand()) {
    if (!module_read) {
      tree_[id].text = text(item);
      module_read = true;
      continue;
    }
    std::string_view name = item.syntax == Syntax::wildcard_import ? "*" : text(item);
    std::string_view local = item.syntax == Syntax::wildcard_import ? "" : name;
    if (item.syntax == Syntax::aliased_import) {
      for (Part side = first_operand(); side; side = next_operand()) {
        (side.syntax == Syntax::dotted_name ? name : local) = text(side);
      }
    }
    const NodeId imported = add(NodeKind::imported, item, local);
    tree_[imported].text2 = name;
    names.add(imported);
  }
  return id;
}

}  // namespace detoy::syntax
