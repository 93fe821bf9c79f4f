// Facts: what one file says, in a model that knows no language. The analysis reads nothing else of a file.
//
// All records are plain and refer to each other by index within the file, so that a file's facts are a handful of
// arrays that can be kept in the cache as they are (facts_codec.h). Index 0 of every table means "none", except
// functions, where function 0 is the file's own top-level code.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/language.h"

namespace detoy::facts {

using Index = std::uint32_t;
using StringId = std::uint32_t;  // 0 is the empty string

// A declared name.
enum class DeclarationKind : std::uint8_t {
  none,
  variable,
  parameter,
  field,
  import,
  function,
  type,
  module,
  alias,     // another name for a type: type_text
  attached,  // a member that code puts on an object from elsewhere: app.state.jobs = {}, server.decorate("jobs", [])
};

namespace declared {
enum : std::uint32_t {
  constant = 1u << 0,  // cannot be reassigned: const, final, Rust's let, a static without mut
  exported = 1u << 1,
  static_ = 1u << 2,  // one per type, not per object; or a static item
  readonly = 1u << 3,
  private_ = 1u << 4,
  captured = 1u << 5,  // used by an inner function
  test = 1u << 6,      // exists in test builds only
  type_only = 1u << 7,
  from_parameter = 1u << 8,  // a field declared by a constructor parameter
  implicit = 1u << 9,        // a field known only from an assignment to self
  loop_variable = 1u << 10,
  namespace_import = 1u << 11,  // stands for the whole module
  thread_local_ = 1u << 12,
  rest = 1u << 13,
};
}  // namespace declared

struct Declaration {
  StringId name = 0;
  DeclarationKind kind = DeclarationKind::none;
  std::uint32_t flags = 0;
  Index function = 0;  // the function whose body or parameters declare it; 0: top level
  Index type = 0;      // field: the type that has it; type: its own record
  Index target = 0;    // function: its record; attached: the declaration that holds it, if there is one
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  StringId type_text = 0;  // the type as written
  Index initial = 0;       // value that it is declared with
  StringId element = 0;    // destructured: the member of `initial` that it takes
  StringId module = 0;     // import: the module as written; attached: the member or method it was put on with
  StringId imported = 0;   // import: the name there; "*" all, "" the module itself; alias: its parameters, "<T>"
  Index branch = 0;
};

namespace function_flag {
enum : std::uint32_t {
  async = 1u << 0,
  generator = 1u << 1,
  static_ = 1u << 2,
  constructor = 1u << 3,
  getter = 1u << 4,
  setter = 1u << 5,
  abstract = 1u << 6,
  exported = 1u << 7,
  private_ = 1u << 8,
  test = 1u << 9,
  immediate = 1u << 10,      // runs where it stands
  field_initial = 1u << 11,  // the pseudo-function of a field's initial value
};
}  // namespace function_flag

// How a closure's value is used.
enum class ClosureUse : std::uint8_t { none, argument, returned, assigned, property, immediate };

struct Function {
  StringId name = 0;
  std::uint32_t flags = 0;
  Index type = 0;    // the type whose method it is
  Index parent = 0;  // the function that contains it
  Index declaration = 0;
  Index first_parameter = 0;  // declarations, consecutive
  std::uint32_t parameters = 0;
  StringId return_type = 0;
  std::uint32_t line = 0;
  std::uint32_t end_line = 0;
  ClosureUse use = ClosureUse::none;
  Index use_call = 0;              // argument: the call
  std::uint32_t use_argument = 0;  // argument: its position
  StringId use_key = 0;            // property: the key it stands under
  Index branch = 0;                // where it stands
};

enum class TypeKind : std::uint8_t { none, class_, interface, trait, struct_, enum_, implementation };

struct Type {
  StringId name = 0;
  TypeKind kind = TypeKind::none;
  bool abstract = false;
  bool exported = false;
  bool test = false;
  Index function = 0;  // the function that contains it
  Index declaration = 0;
  std::uint32_t line = 0;
  std::uint32_t end_line = 0;
  Index first_base = 0;  // in FileFacts::bases
  std::uint32_t bases = 0;
};

// What a path or a value starts from.
enum class RootKind : std::uint8_t {
  none,
  declaration,  // root: declaration
  self,         // the object of the enclosing method; root: its type
  name,         // root: string; a name that the file does not declare
  value,        // root: value; an expression such as a literal or `new X()`
};

// One step of an access path: .name, .name(...), [key] or (...).
struct Step {
  StringId name = 0;  // "" for a plain call and for an index
  Index call = 0;     // the call, if the step calls
  Index key = 0;      // an index: the value that it asks for
  bool index = false;
};

// root.step.step: what an expression refers to.
struct Path {
  RootKind root_kind = RootKind::none;
  Index root = 0;
  Index first_step = 0;
  std::uint32_t steps = 0;
};

enum class ValueKind : std::uint8_t {
  none,
  unknown,
  path,
  call,
  construct,
  string,
  text_template,
  number,
  boolean,
  null,
  object,
  array,
  function,
  either,
  element,  // one element of a collection: child 0
};

struct Value {
  ValueKind kind = ValueKind::none;
  StringId text = 0;      // string: contents; number, boolean: as written
  StringId key = 0;       // in an object: the key
  Index ref = 0;          // path, call, construct: index of the path or call; function: the function
  Index first_child = 0;  // object, array, either, unknown: parts
  Index next = 0;         // next sibling
  std::uint32_t line = 0;
};

namespace call_flag {
enum : std::uint32_t {
  construct = 1u << 0,  // `new X()` or a struct literal
  awaited = 1u << 1,
  dropped = 1u << 2,  // its result is not used
  returned = 1u << 3,
  macro = 1u << 4,
  decorator = 1u << 5,
  without_call = 1u << 6,  // a decorator written without parentheses
  chained = 1u << 7,       // something is done with the result right away
};
}  // namespace call_flag

struct Call {
  Index path = 0;  // what is called, including the called step
  std::uint32_t flags = 0;
  Index function = 0;  // where it stands
  Index branch = 0;
  Index first_argument = 0;  // value; arguments are siblings
  std::uint32_t arguments = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  Index assigned_to = 0;  // declaration that receives the result directly
};

enum class Effect : std::uint8_t { assign, augment, diminish, remove };

// A change of what a path names, other than by calling a method on it.
struct Assignment {
  Index path = 0;
  Effect effect = Effect::assign;
  Index value = 0;
  Index function = 0;
  Index branch = 0;
  std::uint32_t line = 0;
};

// A place that reads a field of self or a captured or top-level variable; one per function, path start and branch.
struct Read {
  Index path = 0;
  Index function = 0;
  Index branch = 0;
  std::uint32_t line = 0;
  bool condition = false;  // in the condition of a branch or loop
};

enum class BranchKind : std::uint8_t { none, then, otherwise, case_, loop, handler, finally };

// A condition under which code runs.
struct Branch {
  BranchKind kind = BranchKind::none;
  bool infinite = false;  // loop without an end condition
  bool exits = false;     // then: its block ends by leaving the function
  Index parent = 0;
  Index condition = 0;  // value: condition of `then`/`otherwise`/`loop`, subject of `case_`
  StringId label = 0;   // case_: as written
  Index function = 0;
  std::uint32_t line = 0;
  std::uint32_t end_line = 0;
};

struct Return {
  Index function = 0;
  Index value = 0;
  Index branch = 0;
  std::uint32_t line = 0;
};

// What a decorator or attribute stands on.
enum class DecoratedKind : std::uint8_t { none, type, function, declaration };
struct Decorator {
  Index call = 0;
  DecoratedKind on = DecoratedKind::none;
  Index target = 0;
};

struct Export {
  StringId name = 0;    // "*" for all of a module
  StringId local = 0;   // name in this file, or in `module`
  StringId module = 0;  // re-export
  Index value = 0;      // an exported expression
};

// A string literal that speaks SQL or names a lock: evidence for sharing.
struct Literal {
  StringId text = 0;
  Index function = 0;
  std::uint32_t line = 0;
};

struct Base {
  StringId text = 0;
};

struct FileFacts {
  Language language = Language::none;
  std::uint32_t lines = 0;
  std::uint32_t errors = 0;  // places the parser could not read
  std::uint32_t first_error_line = 0;
  bool too_deep = false;
  bool jsx = false;

  std::string characters;           // all strings, one after the other
  std::vector<std::uint32_t> ends;  // of string i; string 0 is ""

  std::vector<Declaration> declarations;
  std::vector<Function> functions;  // 0: top-level code
  std::vector<Type> types;
  std::vector<Base> bases;
  std::vector<Step> steps;
  std::vector<Path> paths;
  std::vector<Value> values;
  std::vector<Call> calls;
  std::vector<Assignment> assignments;
  std::vector<Read> reads;
  std::vector<Branch> branches;
  std::vector<Return> returns;
  std::vector<Decorator> decorators;
  std::vector<Export> exports;
  std::vector<Literal> literals;

  std::string_view string(StringId id) const {
    const std::uint32_t begin = id == 0 ? 0 : ends[id - 1];
    return std::string_view(characters).substr(begin, ends[id] - begin);
  }
};

}  // namespace detoy::facts
