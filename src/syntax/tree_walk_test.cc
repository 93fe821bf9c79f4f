// The walk against the core's own cursor, over sources that have aliases, fields of hidden nodes, comments in odd
// places and errors.
#include "syntax/tree_walk.h"

#include <gtest/gtest.h>

#include "syntax/front_end.h"

namespace detoy::syntax {
namespace {

constexpr std::string_view typescript = R"(#!/usr/bin/env node
// first
import { a as b, type C } from './a' /* after */
export default class Store<T> extends Base implements X, Y {
  @field() private hits?: Map<string, number[]> = new Map() // kept
  constructor(readonly db: Db, { x, ...rest }: Options = {}) { super() }
  async *get(key: string): Promise<T | undefined> { /* nothing */ }
}
for (const [k, v] of Object.entries(m)) { if (k) m[k] ??= `${v}${a.b?.(c)!}`; else delete m[k] }
const f = async (x) => x ? { x, 'y': 1, [z]: await x } : null
function broken( { return 1 +
)";

constexpr std::string_view python = R"(from a.b import (c as d, e)  # why
@route("/x", methods=["GET"])
async def view(request, *args, key: str = None, **rest) -> Dict[str, int]:
    """text"""
    global hits
    hits[key], other = f"{key!r:>{width}}" 'b', [x for x in y if x]
    # between
    if a and b: pass
    elif c: return {**rest, "k": lambda v: v}
    else:
        with open(p) as f, lock: print >>f, x
    match command:
        case {"a": [1, *_]} if a: ...
class A(Base, metaclass=M):
    x: int = 0
  y = = 3
)";

constexpr std::string_view rust = R"(//! inner
use std::{collections::{HashMap, hash_map as hm}, sync::*};
#[derive(Debug)] pub struct S<'a, T: Clone + 'a>(pub &'a mut T, Vec<u8>) where T: X;
impl<T> Tr for S<'_, T> { async fn go(&mut self, (a, b): (u8, u8)) -> Result<(), E> { self.0.clone()? ; Ok(()) } }
fn main() {
    let Some(x) = map.get(&k).await else { return }; /* c */
    let v = vec![1, 2 /* in */, f(|x| x + 1)];
    match x { A::B { y, .. } if y > 1 => {}, 1..=3 | 5 => break 'outer, _ => unsafe { X = r#"s"# } }
    tokio::select! { _ = a => {}, else => b }
    for i in 0.. { if let Ok(x) = y && z {} }
}
fn broken( -> {
)";

void same(TreeWalk& walk, TSTreeCursor& cursor, int& nodes) {
  const auto compare = [&] {
    const TSNode ours = walk.node();
    const TSNode core = ts_tree_cursor_current_node(&cursor);
    ++nodes;
    EXPECT_TRUE(ts_node_eq(ours, core));
    EXPECT_EQ(walk.symbol(), ts_node_symbol(core));
    EXPECT_EQ(walk.field(), ts_tree_cursor_current_field_id(&cursor));
    EXPECT_STREQ(ts_node_type(ours), ts_node_type(core));
    EXPECT_EQ(ts_node_start_byte(ours), ts_node_start_byte(core));
    EXPECT_EQ(ts_node_end_byte(ours), ts_node_end_byte(core));
    EXPECT_EQ(ts_node_start_point(ours).row, ts_node_start_point(core).row);
    EXPECT_EQ(ts_node_start_point(ours).column, ts_node_start_point(core).column);
    EXPECT_EQ(ts_node_end_point(ours).row, ts_node_end_point(core).row);
  };
  compare();
  const bool entered = ts_tree_cursor_goto_first_child(&cursor);
  ASSERT_EQ(walk.enter(), entered);
  if (!entered) return;
  bool more = true;
  while (more) {
    same(walk, cursor, nodes);
    if (testing::Test::HasFailure()) return;
    more = ts_tree_cursor_goto_next_sibling(&cursor);
    ASSERT_EQ(walk.next(), more);
  }
  compare();  // still on the last one
  ts_tree_cursor_goto_parent(&cursor);
  walk.leave();
  compare();
}

void check(const FrontEnd& front_end, std::string_view source) {
  TSParser* parser = ts_parser_new();
  ASSERT_TRUE(ts_parser_set_language(parser, front_end.grammar()));
  TSTree* tree = ts_parser_parse_string(parser, nullptr, source.data(), static_cast<std::uint32_t>(source.size()));
  ASSERT_NE(tree, nullptr);
  const TSNode root = ts_tree_root_node(tree);
  TreeWalk walk(root);
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  int nodes = 0;
  same(walk, cursor, nodes);
  EXPECT_GT(nodes, 100);
  EXPECT_FALSE(walk.next());
  walk.leave();
  EXPECT_TRUE(ts_node_eq(walk.node(), root));
  ts_tree_cursor_delete(&cursor);
  ts_tree_delete(tree);
  ts_parser_delete(parser);
}

TEST(TreeWalk, SeesWhatTheCursorOfTheCoreSeesInScripts) {
  check(typescript_front_end, typescript);
  check(tsx_front_end, typescript);
  check(javascript_front_end, typescript);
}

TEST(TreeWalk, SeesWhatTheCursorOfTheCoreSeesInPython) {
  check(python_front_end, python);
}

TEST(TreeWalk, SeesWhatTheCursorOfTheCoreSeesInRust) {
  check(rust_front_end, rust);
}

}  // namespace
}  // namespace detoy::syntax
