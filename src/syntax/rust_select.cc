// `select!`: arms of the form `pattern = future, if guard => body`, each read as `let pattern = future; guard; body;`.
#include "syntax/rust_lowering.h"

namespace detoy::syntax::rust {

void Lowering::select_arms(ChildList& out) {
  enum class Part : std::uint8_t { none, head, body_start, body };
  Part part = Part::none;
  FragmentText arm;
  bool binds = false;
  bool after_comma = false;

  const auto finish = [&] {
    if (part == Part::body) {
      if (binds) arm.prefix = "let ";
      arm.suffix = ";";
      awaited_ = binds;
      select_arm(out, arm);
      awaited_ = false;
    }
    part = Part::none;
  };
  const auto begin = [&](TSNode at) {
    arm = FragmentText{};
    arm.begin = ts_node_start_byte(at);
    arm.begin_point = ts_node_start_point(at);
    binds = false;
    part = Part::head;
  };

  children([&](Syntax) {
    const TSNode at = node();
    const std::string_view token = text();
    const std::uint32_t offset = ts_node_start_byte(at);
    const bool is_delimiter = token.size() == 1 && std::string_view("(){}[]").find(token[0]) != std::string_view::npos;
    if (is_delimiter) return;
    switch (part) {
      case Part::none:
        if (token != "," && token != ";") begin(at);
        break;
      case Part::head:
        if (token == ";") {  // `biased;`
          part = Part::none;
        } else if (token == "=") {
          binds = true;
        } else if (token == "if" && after_comma) {
          arm.changes.emplace_back(offset, ' ');
          arm.changes.emplace_back(offset + 1, ' ');
        } else if (token == ",") {
          arm.changes.emplace_back(offset, ';');
        } else if (token == "=>" && binds) {
          arm.changes.emplace_back(offset, ' ');
          arm.changes.emplace_back(offset + 1, ';');
          part = Part::body_start;
        } else if (token == "=>") {  // `else =>`, `default =>`
          part = Part::body_start;
        }
        after_comma = token == ",";
        break;
      case Part::body_start:
        if (!binds) begin(at);
        part = Part::body;
        arm.end = ts_node_end_byte(at);
        arm.end_point = ts_node_end_point(at);
        if (token.starts_with("{")) finish();
        break;
      case Part::body:
        if (token == ",") {
          finish();
        } else {
          arm.end = ts_node_end_byte(at);
          arm.end_point = ts_node_end_point(at);
        }
        break;
    }
  });
  finish();
}

void Lowering::select_arm(ChildList& out, const FragmentText& arm) {
  in_fragment(arm, [&] {
    const NodeId id = make(NodeKind::block);
    ChildList inner(tree_, id);
    statements(inner, Body::plain, Place::free);
    out.add(id);
  });
}

}  // namespace detoy::syntax::rust
