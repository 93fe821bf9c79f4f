#include "syntax/tree_walk.h"

#include <language.h>
#include <subtree.h>

namespace detoy::syntax {
namespace {

Subtree subtree_at(const void* place) {
  return *static_cast<const Subtree*>(place);
}

}  // namespace

TreeWalk::TreeWalk(TSNode root) : language_(ts_tree_language(root.tree)) {
  constexpr std::size_t usual_depth = 64;
  levels_.reserve(usual_depth);
  stand_on(root);
}

// `context` holds the start, as byte, row and column, and the alias.
void TreeWalk::stand_on(TSNode node) {
  node_ = node;
  const auto alias = static_cast<TSSymbol>(node.context[3]);
  const TSSymbol own = alias != 0 ? alias : ts_subtree_symbol(subtree_at(node.id));
  symbol_ = own == ts_builtin_sym_error ? own : language_->public_symbol_map[own];
}

bool TreeWalk::enter() {
  const std::size_t outer = depth_;
  if (!open(node_.id, node_.context[0], {node_.context[1], node_.context[2]}, false)) return false;
  if (advance(outer)) return true;
  depth_ = outer;
  return false;
}

bool TreeWalk::next() {
  if (depth_ == 0) return false;
  const std::size_t before = depth_;
  std::size_t visible = before - 1;
  while (levels_[visible].hidden) --visible;
  if (advance(visible)) return true;
  depth_ = before;  // the levels are still there: no step that failed opens any
  return false;
}

void TreeWalk::leave() {
  if (depth_ == 0) return;
  while (levels_[--depth_].hidden) {
  }
  stand_on(levels_[depth_].visible_parent);
}

bool TreeWalk::open(const void* subtree, std::uint32_t byte, TSPoint point, bool hidden) {
  const Subtree parent = subtree_at(subtree);
  const std::uint32_t count = ts_subtree_child_count(parent);
  if (count == 0) return false;
  const TSSymbol* aliases = ts_language_alias_sequence(language_, parent.ptr->production_id);
  const Level level{subtree, aliases, node_, 0, count, byte, point, 0, 0, false, hidden};
  if (depth_ == levels_.size()) {
    levels_.push_back(level);
  } else {
    levels_[depth_] = level;
  }
  ++depth_;
  return true;
}

// Goes on to the next visible child from the innermost level on, up to the level `bottom`.
bool TreeWalk::advance(std::size_t bottom) {
  while (depth_ > bottom) {
    Level& level = levels_[depth_ - 1];
    const Subtree* children = ts_subtree_children(subtree_at(level.subtree));
    bool opened = false;
    while (!opened && level.next < level.count) {
      const Subtree* child = &children[level.next];
      const std::uint32_t byte = level.byte;
      const TSPoint point = level.point;
      const std::uint32_t structure = level.structure;
      const bool is_extra = ts_subtree_extra(*child);
      TSSymbol alias = 0;
      if (!is_extra) {
        if (level.aliases != nullptr) alias = level.aliases[structure];
        ++level.structure;
      }
      if (++level.next < level.count) {
        const Length start{byte, point};
        const Length after =
            length_add(length_add(start, ts_subtree_size(*child)), ts_subtree_padding(children[level.next]));
        level.byte = after.bytes;
        level.point = after.extent;
      }
      const bool is_visible = alias != 0 || ts_subtree_visible(*child);
      if (!is_visible && ts_subtree_visible_child_count(*child) == 0) continue;
      level.at_structure = structure;
      level.at_extra = is_extra;
      if (is_visible) {
        stand_on({{byte, point.row, point.column, alias}, child, node_.tree});
        return true;
      }
      opened = open(child, byte, point, true);
    }
    if (!opened) --depth_;
  }
  return false;
}

// Fields may be given to a hidden node: they hold for what stands in its place.
TSFieldId TreeWalk::field() const {
  for (std::size_t i = depth_; i > 0; --i) {
    const Level& level = levels_[i - 1];
    if (level.at_extra) break;
    const TSFieldMapEntry* entry = nullptr;
    const TSFieldMapEntry* end = nullptr;
    ts_language_field_map(language_, subtree_at(level.subtree).ptr->production_id, &entry, &end);
    for (; entry < end; ++entry) {
      if (!entry->inherited && entry->child_index == level.at_structure) return entry->field_id;
    }
    if (!level.hidden) break;
  }
  return 0;
}

}  // namespace detoy::syntax
