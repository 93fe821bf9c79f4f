// Reading types as they are written: TypeScript, Python and Rust differ in brackets, not in what they say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace detoy::analysis {

// The outermost name of a type and its arguments, all views into the text.
//   "Map<string, Foo[]>"        head "Map",   arguments "string", "Foo[]"
//   "Foo[]", "readonly Foo[]"   head "Array", arguments "Foo"
//   "A | null", "Optional[A]"   the part that is not null: head "A"
//   "&'a mut Arc<dyn Store>"    head "Arc",   arguments "dyn Store"
//   "dyn Store + Send"          head "Store"
//   "sqlx::PgPool", "t.List"    head "PgPool", qualifier "sqlx"
struct TypeText {
  std::string_view head;
  std::string_view qualifier;
  std::vector<std::string_view> arguments;
};

TypeText read_type(std::string_view text);

// Removes wrappers such as Arc<..>, Promise<..>, Optional[..] as long as the head is one of `wrappers`.
TypeText unwrap_type(std::string_view text, const std::vector<std::string>& wrappers);

// All identifiers of the text, in order.
std::vector<std::string_view> type_names(std::string_view text);

}  // namespace detoy::analysis
