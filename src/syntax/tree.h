// The plain tree: what every front end turns its language's syntax tree into.
//
// It keeps what the analysis of state needs (declarations, types, functions, calls, assignments, branches) under one
// set of node kinds, and drops the rest. A front end only maps node kinds; scopes, captures, mutation and access paths
// are worked out once, for all languages, by facts_builder.h.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace detoy::syntax {

using NodeId = std::uint32_t;
inline constexpr NodeId no_node = 0;

// The comment behind each kind gives its text and its children, in order. "x?" may be absent (then nothing stands in
// its place unless noted), "x..." is any number. Where a child must keep its place and is missing in the source, an
// `empty` node stands there.
enum class NodeKind : std::uint8_t {
  empty,  // nothing: a placeholder for a missing child
  other,  // an expression or statement that has no kind of its own. children...: its parts, in source order

  // Expressions
  name,       // text: identifier
  self,       // `this`, `self`, `cls`, `Self` used as a value
  member,     // text: member name. object.   a.b, a?.b, and paths: Rust a::b, `Type::method`
  index,      // object, key      a[k]
  call,       // callee, argument...     flags: macro for Rust macros (callee: name "tokio::select" etc.)
  construct,  // text: the type if it has arguments, "X<Y>". callee, argument...     `new X(..)`; a Rust struct literal
              // `X { a, b }` is construct(name X, object)
  string,     // text: contents without quotes (not unescaped)
  number,     // text: as written
  boolean,    // text: "true" or "false"
  null,       // null, undefined, None
  string_template,  // text: raw contents, embedded expressions written as ${}. child...: the embedded expressions
  array,            // element...       lists, tuples, sets; flags: comprehension (child: the parts)
  object,           // pair or spread... object and dict literals; flags: comprehension
  pair,             // text: key if it is a plain name or string, else empty. value.   (a computed key is dropped)
  spread,           // value
  await,            // value
  unary,            // text: operator. value
  binary,           // text: operator. left, right      comparison and arithmetic, `in`, `is`, `instanceof`
  logical,          // text: "and", "or" or "??". left, right
  conditional,      // condition, then, else         a ? b : c; Python b if a else c
  assign,           // text: "=" or the operator of an augmented one ("+=", "??=", "||="...). target, value.
                    //   `x++` is assign "+=" with a number value. Target may be name, member, index or pattern.
  remove,           // target                        `delete a[k]`, `del a[k]`
  function,         // see below; as an expression it is a closure (arrow function, lambda, async block)

  // Statements
  block,   // statement...
  branch,  // condition, then, else-or-empty      if/elif/unless; `if let P = e` has condition e
  loop,    // header..., body (last)         for/while/loop. flags: infinite for `while True`, `loop`, `for(;;)`.
         //   A for-each binds its variable: the header is variable(pattern or name, type-empty, index(iterable, empty))
  choice,     // subject, case_...              switch, match
  case_,      // text: label as written, at most 60 chars; "" for default. guard-or-empty, body statement...
  attempt,    // body, handler..., finally      try. handler and finally are blocks; flags on a handler block: handler
  give_back,  // value?                         return; a Rust tail expression is wrapped in one by the front end
  raise,      // value?

  // Declarations
  variable,  // target, type-or-empty, init-or-empty.  target is name or pattern
             //   flags: constant (const, final, Rust let without mut), mutable_ (let, var, let mut), static_, exported
             //   Python's first assignment is assign, not variable: the builder declares it.
  pattern,   // binding...                     destructuring
  binding,   // text: local name. -            key in text2: the member or index taken ("" for rest or position)
  function_header,  // reserved
  parameter,        // text: name ("" for a pattern). type-or-empty, default-or-empty, decorator...
                    //   flags: field_parameter (TypeScript `constructor(private x: X)`), readonly, rest
  //   `self`/`&self`/`cls` are not parameters. Destructured parameters: children also hold a pattern, last.
  type,       // text: the type as written, at most 200 chars
  class_,     // text: name. base: type..., decorator..., member (field, function, class_, block for static blocks)...
              //   flags: interface, trait, struct_, enum_, implementation (Rust impl: text is the type's bare name,
              //   one base type if `impl Trait for T`), abstract, exported, test
  field,      // text: name. type-or-empty, init-or-empty, decorator...
              //   flags: static_, readonly, private_.  Python class-level assignments and dataclass fields are fields
              //   with static_ (dataclass and pydantic fields without static_).
  decorator,  // call or name or member         @x(...), #[x(...)] (a Rust attribute's arguments: one string as written)
  import,     // text: module as written ("./a", "a.b", "..x", "crate::a::b"). imported...   flags: type_only
  imported,   // text: local name. text2: name in the module; "*" for a namespace or glob; "default" for a default
              //   import; "" when the local name stands for the module itself (Python `import a.b` binds "a": text "a",
              //   text2 "" and module "a.b")
  export_,    // text: exported name, text2: local name or, with module text in a child string, the name there ("*" for
              //   all). Re-export: child string(module).  `export default expr` / `module.exports = expr`: text
              //   "default", child: the expression. A declaration's own `export` is the flag exported on it (default
              //   exports of a named declaration add an export_ "default" -> name).
  alias,      // text: name. text2: "<T>". type  Rust `type X<T> = Y`
  module,     // text: name. statement...       Rust `mod x { }`, TypeScript namespace. flags: test
  global,     // text: name                     Python `global x` / `nonlocal x`
};

// function: text: name ("" for closures). Children in order: parameter..., decorator..., type (the return type)?, block
// (its body, last; an arrow function's expression body is a block with give_back; absent for abstract methods and
// interface members). flags: async, generator, static_, constructor, getter, setter, abstract, exported, private_,
// test, property
//        immediately (an IIFE or an async block that is awaited in place)

namespace flag {
enum : std::uint32_t {
  none = 0,
  async = 1u << 0,
  generator = 1u << 1,
  static_ = 1u << 2,
  constructor = 1u << 3,
  getter = 1u << 4,
  setter = 1u << 5,
  abstract = 1u << 6,
  exported = 1u << 7,
  private_ = 1u << 8,
  test = 1u << 9,  // #[test], #[cfg(test)], if TYPE_CHECKING has none of this
  constant = 1u << 10,
  mutable_ = 1u << 11,
  readonly = 1u << 12,
  macro = 1u << 13,
  comprehension = 1u << 14,
  infinite = 1u << 15,
  field_parameter = 1u << 16,
  rest = 1u << 17,
  interface = 1u << 18,
  trait = 1u << 19,
  struct_ = 1u << 20,
  enum_ = 1u << 21,
  implementation = 1u << 22,
  type_only = 1u << 23,
  immediately = 1u << 24,
  handler = 1u << 25,   // block: an exception handler
  scoped = 1u << 26,    // member written with `::`
  no_value = 1u << 28,  // Rust's block: it comes to nothing, since its last statement ends with a semicolon
  thread_local_ = 1u << 27,
};
}  // namespace flag

struct Node {
  NodeKind kind = NodeKind::empty;
  std::uint32_t flags = 0;
  std::uint32_t line = 0;    // 1-based
  std::uint32_t column = 0;  // 1-based, in bytes
  std::uint32_t end_line = 0;
  NodeId first_child = no_node;
  NodeId next = no_node;  // next sibling
  std::string_view text;  // into the source text, static, or kept by the tree
  std::string_view text2;
};

// The tree of one file. Nodes refer to the source text by view: the text must outlive the tree.
class Tree {
 public:
  Tree() { nodes_.emplace_back(); }  // node 0 is no node

  NodeId add(Node node) {
    nodes_.push_back(node);
    return static_cast<NodeId>(nodes_.size() - 1);
  }
  Node& operator[](NodeId id) { return nodes_[id]; }
  const Node& operator[](NodeId id) const { return nodes_[id]; }
  std::size_t size() const { return nodes_.size(); }
  // Holds a text that the source does not have in this form, as long as the tree lives.
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }
  void clear() {
    nodes_.resize(1);
    kept_.clear();
    root = no_node;
    errors = 0;
    too_deep = false;
    first_error_line = 0;
  }

  NodeId root = no_node;     // a block: the file's statements
  std::uint32_t errors = 0;  // places that the parser could not read
  std::uint32_t first_error_line = 0;
  bool too_deep = false;  // parts nested deeper than the limit were left out

 private:
  std::vector<Node> nodes_;
  std::deque<std::string> kept_;  // never moves its elements
};

// Appends children to a parent in O(1) each. Null ids are passed over.
class ChildList {
 public:
  explicit ChildList(Tree& tree, NodeId parent) : tree_(tree), parent_(parent) {}
  void add(NodeId child) {
    if (child == no_node) return;
    if (last_ == no_node) {
      tree_[parent_].first_child = child;
    } else {
      tree_[last_].next = child;
    }
    last_ = child;
  }

 private:
  Tree& tree_;
  NodeId parent_;
  NodeId last_ = no_node;
};

}  // namespace detoy::syntax
