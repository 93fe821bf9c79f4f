// A walk over a parsed script in terms of script_symbols.h.
#pragma once

#include <tree_sitter/api.h>

#include "syntax/script_symbols.h"
#include "syntax/tree_walk.h"

namespace detoy::syntax::script {

class Cursor {
 public:
  Cursor(const SymbolTable& symbols, TSNode root) : symbols_(symbols), walk_(root) {}

  TSNode node() const { return walk_.node(); }
  Symbol symbol() const { return symbols_[walk_.symbol()]; }
  TSFieldId field() const { return walk_.field(); }

  bool enter() { return walk_.enter(); }
  bool next() { return walk_.next(); }
  void leave() { walk_.leave(); }

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
  TreeWalk walk_;
};

}  // namespace detoy::syntax::script
