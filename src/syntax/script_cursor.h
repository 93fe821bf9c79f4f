// A walk over a parsed script in terms of script_symbols.h.
#pragma once

#include <tree_sitter/api.h>

#include "syntax/script_symbols.h"

namespace detoy::syntax::script {

// A tree-sitter cursor: the only way through the tree whose steps take constant time.
class Cursor {
 public:
  Cursor(const SymbolTable& symbols, TSNode root) : symbols_(symbols), cursor_(ts_tree_cursor_new(root)) {}
  ~Cursor() { ts_tree_cursor_delete(&cursor_); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  TSNode node() const { return ts_tree_cursor_current_node(&cursor_); }
  Symbol symbol() const { return symbols_[ts_node_symbol(node())]; }
  TSFieldId field() const { return ts_tree_cursor_current_field_id(&cursor_); }

  bool enter() { return ts_tree_cursor_goto_first_child(&cursor_); }
  bool next() { return ts_tree_cursor_goto_next_sibling(&cursor_); }
  void leave() { ts_tree_cursor_goto_parent(&cursor_); }

  // Goes down to the first child that is neither a token nor a comment. Stays where it is if there is none.
  bool enter_operand() {
    if (!enter()) return false;
    if (find_operand()) return true;
    leave();
    return false;
  }
  // Goes on to the next such sibling. False if there is none; the cursor then stands on the last sibling.
  bool next_operand() { return next() && find_operand(); }

  // Calls visit(symbol) with the cursor on each child. `visit` must leave the cursor where it was.
  template <class Visit>
  void each_child(Visit&& visit) {
    if (!enter()) return;
    do {
      visit(symbol());
    } while (next());
    leave();
  }

 private:
  bool find_operand() {
    do {
      if (is_operand(symbol())) return true;
    } while (next());
    return false;
  }

  const SymbolTable& symbols_;
  TSTreeCursor cursor_;
};

}  // namespace detoy::syntax::script
