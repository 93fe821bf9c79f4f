// Python's functions, parameters and decorators.
#include "syntax/python_lowering.h"

namespace detoy::syntax {
namespace {

// Methods that get the class, not an instance, without being marked so.
bool is_implicitly_static(std::string_view name) {
  return name == "__new__" || name == "__init_subclass__" || name == "__class_getitem__";
}

}  // namespace

NodeId PythonLowering::lower_function(const Part& part, const Decorators& decorators) {
  const bool method = scope_.kind == Scope::Kind::class_;
  const bool interface = scope_.interface;
  const NodeId id = add(NodeKind::function, part, {}, decorators.flags);
  if (text(part).starts_with("async")) tree_[id].flags |= flag::async;

  ParameterList parameters;
  NodeId type = no_node;
  NodeId body = no_node;
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    switch (inner.syntax) {
      case Syntax::identifier: {
        const std::string_view name = text(inner);
        tree_[id].text = name;
        if (is_public_module_name(name)) tree_[id].flags |= flag::exported;
        if (is_private(name)) tree_[id].flags |= flag::private_;
        if (method && name == "__init__") tree_[id].flags |= flag::constructor;
        if (method && is_implicitly_static(name)) tree_[id].flags |= flag::static_;
        break;
      }
      case Syntax::parameters:
        lower_parameters(parameters, method && !decorators.static_method);
        break;
      case Syntax::type:
        type = add(NodeKind::type, inner, type_text(inner));
        break;
      case Syntax::block: {
        const Scope outer = scope_;
        scope_ = {.kind = Scope::Kind::function, .self_name = outer.self_name};
        if (parameters.hides_self) scope_.self_name = {};
        if (!parameters.receiver.empty()) scope_.self_name = parameters.receiver;
        body = lower_suite(inner);
        if (scope_.generator) tree_[id].flags |= flag::generator;
        scope_ = outer;
        break;
      }
      default:
        break;
    }
  }
  if (method && interface && body != no_node && tree_[body].first_child == no_node) tree_[id].flags |= flag::abstract;

  ChildList children(tree_, id);
  for (const NodeId parameter : parameters.nodes) children.add(parameter);
  for (const NodeId decorator : decorators.nodes) children.add(decorator);
  children.add(type);
  const bool left_open =
      (tree_[id].flags & flag::abstract) != 0 && body != no_node && tree_[body].first_child == no_node;
  if (!left_open) children.add(or_empty(body, part));
  return id;
}

NodeId PythonLowering::lower_lambda(const Part& part) {
  const NodeId id = add(NodeKind::function, part);
  const NodeId body = add(NodeKind::block, part);
  ParameterList parameters;
  const Scope outer = scope_;
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    if (inner.syntax == Syntax::lambda_parameters) {
      lower_parameters(parameters, false);
      continue;
    }
    scope_ = {.kind = Scope::Kind::function, .self_name = outer.self_name};
    if (parameters.hides_self) scope_.self_name = {};
    const NodeId value = lower_expression(inner);
    tree_[body].first_child = single(NodeKind::give_back, inner, {}, value);
    if (scope_.generator) tree_[id].flags |= flag::generator;
    scope_ = outer;
  }
  ChildList children(tree_, id);
  for (const NodeId parameter : parameters.nodes) children.add(parameter);
  children.add(body);
  return id;
}

void PythonLowering::lower_parameters(ParameterList& out, bool method) {
  bool first = true;
  for (Part part = first_operand(); part; part = next_operand()) {
    const NodeId parameter = lower_parameter(part, out);
    if (parameter == no_node) continue;
    const Node& node = tree_[parameter];
    if (first && method && (node.flags & flag::rest) == 0 && !node.text.empty()) {
      out.receiver = node.text;
    } else {
      out.nodes.push_back(parameter);
    }
    first = false;
  }
}

NodeId PythonLowering::lower_parameter(const Part& part, ParameterList& names) {
  const NodeId id = add(NodeKind::parameter, part);
  NodeId type = no_node;
  NodeId value = no_node;
  NodeId pattern = no_node;
  const auto take_name = [&](const Part& name) {
    tree_[id].text = text(name);
    if (!scope_.self_name.empty() && tree_[id].text == scope_.self_name) names.hides_self = true;
  };
  const auto take_target = [&](const Part& target) {
    switch (target.syntax) {
      case Syntax::identifier:
        take_name(target);
        return true;
      case Syntax::list_splat_pattern:
      case Syntax::dictionary_splat_pattern:
        tree_[id].flags |= flag::rest;
        for (Part name = first_operand(); name; name = next_operand()) take_name(name);
        return true;
      case Syntax::tuple_pattern:
        pattern = lower_target(target);
        return true;
      default:
        return false;
    }
  };
  switch (part.syntax) {
    case Syntax::typed_parameter:
    case Syntax::default_parameter:
    case Syntax::typed_default_parameter: {
      bool named = false;
      for (Part inner = first_operand(); inner; inner = next_operand()) {
        if (!named) {
          named = true;
          take_target(inner);
        } else if (inner.syntax == Syntax::type) {
          type = add(NodeKind::type, inner, type_text(inner));
        } else {
          value = lower_expression(inner);
        }
      }
      break;
    }
    default:
      if (!take_target(part)) return no_node;  // the separators `*` and `/`
  }
  ChildList children(tree_, id);
  children.add(or_empty(type, part));
  children.add(or_empty(value, part));
  children.add(pattern);
  return id;
}

NodeId PythonLowering::lower_decorated(const Part&) {
  Decorators decorators;
  NodeId definition = no_node;
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    if (inner.syntax == Syntax::decorator) {
      lower_decorator(inner, decorators);
    } else if (inner.syntax == Syntax::class_definition) {
      definition = lower_class(inner, decorators);
    } else {
      definition = lower_function(inner, decorators);
    }
  }
  return definition;
}

void PythonLowering::lower_decorator(const Part& part, Decorators& out) {
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    const std::string_view written = text(inner);
    const std::string_view name = bare_name(written);
    if (name == "staticmethod") {
      out.flags |= flag::static_;
      out.static_method = true;
    } else if (name == "classmethod") {
      out.flags |= flag::static_;
    } else if (name == "property" || name == "cached_property") {
      out.flags |= flag::getter;
    } else if (name == "setter" && written.ends_with(".setter")) {
      out.flags |= flag::setter;
    } else if (name.starts_with("abstract")) {  // abstractmethod, abstractproperty, ...
      out.flags |= flag::abstract;
    } else if (name == "dataclass" || name == "define" || name == "frozen" || name == "attrs" || written == "attr.s") {
      out.dataclass = true;
    }
    const NodeId id = add(NodeKind::decorator, part);
    tree_[id].first_child = lower_expression(inner);
    out.nodes.push_back(id);
  }
}

}  // namespace detoy::syntax
