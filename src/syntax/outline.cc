#include <fmt/format.h>

#include <array>
#include <iterator>
#include <utility>

#include "syntax/front_end.h"

namespace detoy::syntax {
namespace {

constexpr std::array<std::string_view, 44> kind_names = {
    "empty",    "other",     "name",    "self",    "member",          "index",       "call",    "construct",
    "string",   "number",    "boolean", "null",    "string_template", "array",       "object",  "pair",
    "spread",   "await",     "unary",   "binary",  "logical",         "conditional", "assign",  "remove",
    "function", "block",     "branch",  "loop",    "choice",          "case_",       "attempt", "give_back",
    "raise",    "variable",  "pattern", "binding", "function_header", "parameter",   "type",    "class_",
    "field",    "decorator", "import",  "imported"};
constexpr std::array<std::string_view, 4> last_kind_names = {"export_", "alias", "module", "global"};

constexpr std::array<std::pair<std::uint32_t, std::string_view>, 28> flag_names = {{
    {flag::async, "async"},
    {flag::generator, "generator"},
    {flag::static_, "static"},
    {flag::constructor, "constructor"},
    {flag::getter, "getter"},
    {flag::setter, "setter"},
    {flag::abstract, "abstract"},
    {flag::exported, "exported"},
    {flag::private_, "private"},
    {flag::test, "test"},
    {flag::constant, "constant"},
    {flag::mutable_, "mutable"},
    {flag::readonly, "readonly"},
    {flag::macro, "macro"},
    {flag::comprehension, "comprehension"},
    {flag::infinite, "infinite"},
    {flag::field_parameter, "field_parameter"},
    {flag::rest, "rest"},
    {flag::interface, "interface"},
    {flag::trait, "trait"},
    {flag::struct_, "struct"},
    {flag::enum_, "enum"},
    {flag::implementation, "implementation"},
    {flag::type_only, "type_only"},
    {flag::immediately, "immediately"},
    {flag::handler, "handler"},
    {flag::scoped, "scoped"},
    {flag::thread_local_, "thread_local"},
}};

std::string_view kind_name(NodeKind kind) {
  const auto i = static_cast<std::size_t>(kind);
  return i < kind_names.size() ? kind_names[i] : last_kind_names[i - kind_names.size()];
}

void write(const Tree& tree, NodeId id, int indent, std::string& out) {
  const Node& node = tree[id];
  auto end = std::back_inserter(out);
  fmt::format_to(end, "{:{}}{}", "", indent, kind_name(node.kind));
  if (!node.text.empty()) fmt::format_to(end, " \"{}\"", node.text);
  if (!node.text2.empty()) fmt::format_to(end, " [{}]", node.text2);
  if ((node.flags & ~flag::no_value) != 0) {
    std::string_view separator = " {";
    for (const auto& [bit, name] : flag_names) {
      if ((node.flags & bit) == 0) continue;
      fmt::format_to(end, "{}{}", separator, name);
      separator = " ";
    }
    out += '}';
  }
  fmt::format_to(end, " @{}\n", node.line);
  for (NodeId child = node.first_child; child != no_node; child = tree[child].next) {
    write(tree, child, indent + 2, out);
  }
}

}  // namespace

std::string outline(const Tree& tree) {
  std::string out;
  if (tree.root != no_node) write(tree, tree.root, 0, out);
  return out;
}

}  // namespace detoy::syntax
