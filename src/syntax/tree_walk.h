// A walk through a whole parsed file: what TSTreeCursor gives, for a fraction of the time.
//
// The core's cursor looks the parent's tables up anew at each step and counts descendants that nobody asks for. This
// walk keeps a level of its own for each parent. It reads the core's private node layout: tree_walk_test.cc holds it
// against the core's cursor.
#pragma once

#include <tree_sitter/api.h>

#include <cstdint>
#include <vector>

namespace detoy::syntax {

class TreeWalk {
 public:
  explicit TreeWalk(TSNode root);

  TSNode node() const { return node_; }
  TSSymbol symbol() const { return symbol_; }  // as ts_node_symbol()
  TSFieldId field() const;

  bool enter();  // to the first child; stays where it is if there is none
  bool next();   // to the next sibling; stays on the last one
  void leave();  // to the parent; stays on the root

 private:
  // A parent whose children are walked: a visible node, or a hidden one that stands in for its children.
  struct Level {
    const void* subtree;         // the parent
    const TSSymbol* aliases;     // of its children, or null
    TSNode visible_parent;       // where leave() goes, unless hidden
    std::uint32_t next;          // the child to look at
    std::uint32_t count;         // of children
    std::uint32_t byte;          // where that child begins
    TSPoint point;               // the same
    std::uint32_t structure;     // that child's place among those that are no extras
    std::uint32_t at_structure;  // the same of the child that the walk is in
    bool at_extra;               // that child is an extra (a comment)
    bool hidden;
  };

  bool open(const void* subtree, std::uint32_t byte, TSPoint point, bool hidden);
  bool advance(std::size_t bottom);
  void stand_on(TSNode node);

  const TSLanguage* language_;
  TSNode node_;
  TSSymbol symbol_ = 0;
  std::vector<Level> levels_;  // those from depth_ on are left over
  std::size_t depth_ = 0;
};

}  // namespace detoy::syntax
