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

// The identifiers of the text, one after the other, without a list of them.
class TypeNames {
 public:
  explicit TypeNames(std::string_view text) : text_(text) {}
  // Empty at the end.
  std::string_view next() {
    while (at_ < text_.size() && (!is_name_character(text_[at_]) || (text_[at_] >= '0' && text_[at_] <= '9'))) ++at_;
    const std::size_t start = at_;
    while (at_ < text_.size() && is_name_character(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }
  static constexpr bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// "K, Vec<V>": what stands between the commas that are in no brackets.
std::vector<std::string_view> split_type_list(std::string_view text);

// All of them.
std::vector<std::string_view> type_names(std::string_view text);

}  // namespace detoy::analysis
