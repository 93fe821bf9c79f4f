// Python as the plain tree, where tree.h leaves a choice:
//
// - All keyword arguments of a call are one trailing `object` argument: f(a, b=1, **kw) is
//   call(f, a, object(pair "b" 1, spread kw)), the shape of an options object in JavaScript.
// - Calls are always `call`: that a class is constructed is not visible in the syntax.
// - An annotated assignment to a name is a variable(name, type, init) with the flag mutable_ (or constant for Final).
// To
//   anything else it is assign(target, value, type): the type is an additional, last child. Without a value the latter
//   is other(target, type).
// - `a = b = c` is assign(a, assign(b, c)). `a, b = c, d` is two assignments; other destructuring assigns to a pattern.
//   Members and indexes inside a pattern stand in it as they are (`self.a, b = f()`); nested patterns are flattened.
//   A loop header with such a target is an assign, too, not a variable.
// - `with X as y:` is a block: assign(y, X), then the body. `async with` awaits X.
// - The statements of a `try`'s else clause end its body; those of a loop's else clause are a block after the loop.
//   A handler begins with variable(name, type) for `except T as e:`, other(type) for `except T:`.
// - `a < b < c` is binary(binary(a, b), c). A slice, `assert`, `yield` and `...` as a value are `other`.
// - A comprehension holds a variable for each `for`, its conditions and, last, the element (a pair for a dict).
// - Dict keys have their text only as plain strings; `{name: 1}` computes its key in Python.
// - f-strings are string_template with their raw contents, `{x}` as written; adjacent literals are one string that goes
//   from the first one's contents to the last one's, the quotes between them included.
// - @property and @cached_property are the flag getter, @x.setter is setter. @classmethod is static_ as well, and so
// are
//   __new__, __init_subclass__ and __class_getitem__; the first parameter of these is dropped and is `self` inside.
// - Class bodies: what is inside `if`, `try` and `with` belongs to the class directly. Anything that is neither a
//   definition nor a field stands in a block.
// - The fields of dataclasses, pydantic models, TypedDicts, NamedTuples and enums have no static_; nor have annotations
//   without a value. ClassVar always has it. Final is readonly.
// - Names with a leading underscore (but not __dunder__) of fields and functions are private_.
// - Docstrings, pass, break, continue, `type X = ...`, `__future__` imports and `__all__` are left out.
#include "syntax/front_end.h"
#include "syntax/python_lowering.h"

namespace detoy::syntax {
namespace {

// Visits only the subtrees that hold an error, without recursion.
void count_errors(TSNode root, Tree& tree) {
  if (!ts_node_has_error(root)) return;
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  const auto note = [&tree](TSNode node) {
    if (!ts_node_is_error(node) && !ts_node_is_missing(node)) return;
    if (tree.errors++ == 0) tree.first_error_line = ts_node_start_point(node).row + 1;
  };
  for (bool more = true; more;) {
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    note(node);
    if (ts_node_has_error(node) && ts_tree_cursor_goto_first_child(&cursor)) continue;
    while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
      if (!ts_tree_cursor_goto_parent(&cursor)) {
        more = false;
        break;
      }
    }
  }
  ts_tree_cursor_delete(&cursor);
}

void lower_python(const TSTree* parsed, std::string_view source, Tree& tree) {
  count_errors(ts_tree_root_node(parsed), tree);
  PythonLowering(parsed, source, tree).lower_module();
}

}  // namespace

const FrontEnd python_front_end = {Language::python, tree_sitter_python, lower_python};

}  // namespace detoy::syntax
