// `use` declarations of Rust.
#include "syntax/rust_lowering.h"

namespace detoy::syntax::rust {
namespace {

std::string_view last_segment(std::string_view path) {
  const auto colon = path.rfind(':');
  return colon == std::string_view::npos ? path : path.substr(colon + 1);
}

}  // namespace

void Lowering::use_declaration(ChildList& out) {
  Uses uses{.out = out, .module = {}};
  named_children([&](Syntax child) {
    if (child == Syntax::visibility_modifier) {
      uses.exported = true;
    } else {
      use_clause(uses);
    }
  });
}

void Lowering::use_clause(Uses& uses) {
  if (!go_deeper()) return;
  switch (syntax()) {
    case Syntax::use_list:
      named_children([&](Syntax) { use_clause(uses); });
      break;
    case Syntax::scoped_use_list: {
      Uses inner{.out = uses.out, .module = uses.module, .exported = uses.exported};
      named_children([&](Syntax) {
        const TSFieldId role = field();
        if (role == grammar_.path) {
          inner.module = join_path(uses.module, text());
        } else {
          use_clause(inner);
        }
      });
      break;
    }
    case Syntax::use_wildcard: {
      Uses inner{.out = uses.out, .module = uses.module, .exported = uses.exported};
      bool of_itself = true;
      named_children([&](Syntax) {
        inner.module = join_path(uses.module, text());
        of_itself = false;
      });
      imported(of_itself ? uses : inner, "*", "*");
      break;
    }
    case Syntax::use_as_clause: {
      std::string_view alias;
      named_children([&](Syntax) {
        if (field() == grammar_.alias) alias = text();
      });
      named_children([&](Syntax) {
        if (field() == grammar_.path) use_path(uses, alias);
      });
      break;
    }
    default:
      use_path(uses, {});
      break;
  }
  --depth_;
}

// One path of a `use`, renamed if there is an alias.
void Lowering::use_path(Uses& uses, std::string_view alias) {
  const std::string_view written = text();
  if (syntax() == Syntax::scoped_identifier) {
    Uses inner{.out = uses.out, .module = uses.module, .exported = uses.exported};
    std::string_view name;
    named_children([&](Syntax) {
      if (field() == grammar_.path) inner.module = join_path(uses.module, text());
      if (field() == grammar_.name) name = text();
    });
    if (inner.module.empty()) {  // `use ::a`
      inner.module = written;
      imported(inner, alias.empty() ? name : alias, {});
    } else if (inner.module == uses.module) {  // no written code says `a::{::b}`
      imported(uses, alias.empty() ? name : alias, name);
    } else {
      imported(inner, alias.empty() ? name : alias, name);
    }
  } else if (uses.module.empty()) {
    Uses inner{.out = uses.out, .module = written, .exported = uses.exported};
    imported(inner, alias.empty() ? written : alias, {});
  } else if (syntax() == Syntax::self) {
    imported(uses, alias.empty() ? last_segment(uses.module) : alias, {});
  } else {
    imported(uses, alias.empty() ? written : alias, written);
  }
}

void Lowering::imported(Uses& uses, std::string_view local, std::string_view name) {
  if (uses.import == no_node) {
    uses.import = make(NodeKind::import, uses.module);
    uses.out.add(uses.import);
  }
  const NodeId id = make(NodeKind::imported, local);
  tree_[id].text2 = name;
  append(uses.names, id);
  tree_[uses.import].first_child = uses.names.first;
  if (!uses.exported) return;
  const NodeId exported = make(NodeKind::export_, local);
  tree_[exported].text2 = name;
  tree_[exported].first_child = make(NodeKind::string, uses.module);
  uses.out.add(exported);
}

std::string_view Lowering::join_path(std::string_view module, std::string_view path) {
  if (module.empty() || path.empty()) return module.empty() ? path : module;
  std::string joined(module);
  if (!path.starts_with("::")) joined += "::";
  joined += path;
  return tree_.keep(std::move(joined));
}

}  // namespace detoy::syntax::rust
