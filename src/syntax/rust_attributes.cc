// Attributes of Rust: decorators, and what marks tests.
#include "syntax/rust_lowering.h"

namespace detoy::syntax::rust {
namespace {

bool is_word(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Whether the arguments of `cfg` name `test` other than to exclude it: `all(test, unix)`, but not `not(test)` or
// `feature = "test"`.
bool configures_test(std::string_view arguments) {
  constexpr std::string_view word = "test";
  for (auto at = arguments.find(word); at != std::string_view::npos; at = arguments.find(word, at + 1)) {
    std::string_view before = arguments.substr(0, at);
    const std::string_view after = arguments.substr(at + word.size());
    if (!after.empty() && (is_word(after.front()) || after.front() == '"' || after.front() == '-')) continue;
    if (!before.empty() && (is_word(before.back()) || before.back() == '"' || before.back() == '-')) continue;
    while (!before.empty() && before.back() == ' ') before.remove_suffix(1);
    if (before.ends_with("not(")) continue;
    return true;
  }
  return false;
}

// The last segment names it: `#[tokio::test]`, `#[sqlx::test]`.
bool marks_test(std::string_view path) {
  const auto colon = path.rfind(':');
  const std::string_view last = colon == std::string_view::npos ? path : path.substr(colon + 1);
  return last == "test" || last == "rstest" || last == "test_case" || last == "bench";
}

}  // namespace

void Lowering::attribute(Attributes& attributes) {
  in_first_named_child([&](Syntax child) {
    if (child != Syntax::attribute) return;
    const NodeId id = make(NodeKind::decorator);
    NodeId callee = no_node;
    NodeId argument = no_node;
    std::string_view callee_text;
    named_children([&](Syntax part) {
      if (callee == no_node) {
        callee_text = text();
        callee = path(part);
        return;
      }
      std::string_view written = text();
      if (part == Syntax::token_tree && written.size() >= 2) written = written.substr(1, written.size() - 2);
      argument = part == Syntax::string_literal || part == Syntax::raw_string_literal ? string()
                                                                                      : make(NodeKind::string, written);
    });
    NodeId inner = callee;
    if (argument != no_node) {
      inner = make(NodeKind::call);
      ChildList parts(tree_, inner);
      parts.add(callee);
      parts.add(argument);
    }
    tree_[id].first_child = inner;
    append(attributes.decorators, id);
    const bool is_cfg_test = callee_text == "cfg" && argument != no_node && configures_test(tree_[argument].text);
    if (is_cfg_test || marks_test(callee_text)) attributes.test = true;
  });
}

}  // namespace detoy::syntax::rust
