#include "syntax/rust_token_reader.h"

#include "syntax/front_end.h"

namespace detoy::syntax::rust {
namespace {

constexpr std::size_t most_tokens = 4096;
constexpr NodeId checked = 1;  // stands for a node while checking

bool is_literal(Syntax syntax) {
  return syntax >= Syntax::string_literal && syntax <= Syntax::float_literal;
}

int precedence(std::string_view sign) {
  if (sign == "||") return 1;
  if (sign == "&&") return 2;
  if (sign == "==" || sign == "!=" || sign == "<" || sign == ">" || sign == "<=" || sign == ">=") return 3;
  if (sign == "|") return 4;
  if (sign == "^") return 5;
  if (sign == "&") return 6;
  if (sign == "<<" || sign == ">>") return 7;
  if (sign == "+" || sign == "-") return 8;
  if (sign == "*" || sign == "/" || sign == "%") return 9;
  return 0;
}

std::string_view without_quotes(std::string_view written, char quote) {
  const auto first = written.find(quote);
  const auto last = written.rfind(quote);
  return first != std::string_view::npos && last > first ? written.substr(first + 1, last - first - 1) : written;
}

}  // namespace

bool TokenReader::read(TreeWalk& cursor, ChildList& out, int depth) {
  tokens_.clear();
  if (!flatten(cursor, depth) || tokens_.size() < 2) return false;
  // Maps and blocks look alike from outside; vec! and json! open with the bracket that belongs to the macro.
  const bool is_map = tokens_.front().text == "{";
  depth_ = depth;
  for (const bool only_checks : {true, false}) {
    checking_ = only_checks;
    next_ = is_map ? 0 : 1;
    if (is_map) {
      const NodeId entries = map();
      if (entries == no_node || next_ != tokens_.size()) return false;
      if (!checking_) out.add(entries);
      continue;
    }
    while (next_ + 1 < tokens_.size()) {
      const NodeId found = argument();
      if (found == no_node || (!take(",") && next_ + 1 != tokens_.size())) return false;
      if (!checking_) out.add(found);
    }
  }
  return true;
}

bool TokenReader::flatten(TreeWalk& cursor, int depth) {
  if (depth >= max_depth) tree_.too_deep = true;
  if (depth >= max_depth || !cursor.enter()) return false;
  bool is_simple = true;
  do {
    const Syntax syntax = grammar_(cursor.symbol());
    if (is_comment(syntax)) continue;
    if (syntax == Syntax::token_tree) {
      is_simple = flatten(cursor, depth + 1);
      continue;
    }
    const TSNode node = cursor.node();
    const std::uint32_t begin = ts_node_start_byte(node);
    const std::uint32_t end = ts_node_end_byte(node);
    is_simple = syntax != Syntax::error && begin <= source_.size() && tokens_.size() < most_tokens;
    if (is_simple) {
      tokens_.push_back(
          {syntax, ts_node_start_point(node), ts_node_end_point(node).row, source_.substr(begin, end - begin)});
    }
  } while (is_simple && cursor.next());
  cursor.leave();
  return is_simple;
}

NodeId TokenReader::argument() {
  // `name = value` and the marks of tracing, `%value` and `?value`.
  if (next_ < tokens_.size() && tokens_[next_].syntax == Syntax::identifier) {
    std::size_t after = 1;
    while (is_next(after, ".") && next_ + after + 1 < tokens_.size()) after += 2;  // `user.id = ..`
    if (is_next(after, "=")) next_ += after + 1;
  }
  if (at("%") || at("?")) ++next_;
  return operation(1);
}

NodeId TokenReader::operation(int binds_at_least) {
  if (depth_ >= max_depth) return no_node;
  ++depth_;
  const std::size_t begin = next_;
  NodeId left = operand();
  while (left != no_node && next_ < tokens_.size()) {
    const std::string_view sign = tokens_[next_].text;
    const int binds = precedence(sign);
    if (binds < binds_at_least || binds == 0) break;
    ++next_;
    const NodeId right = operation(binds + 1);
    if (right == no_node) {
      left = no_node;
      break;
    }
    const bool is_logical = binds <= 2;
    const NodeId both = make(begin, is_logical ? NodeKind::logical : NodeKind::binary,
                             !is_logical  ? sign
                             : binds == 1 ? "or"
                                          : "and");
    adopt(both, left, right);
    left = both;
  }
  --depth_;
  return left;
}

NodeId TokenReader::operand() {
  const std::size_t begin = next_;
  std::size_t negation = 0;  // one sign is all that people write
  while (at("&") || at("&&") || at("*") || at("mut") || at("!") || at("-")) {
    if (at("!") || at("-")) {
      if (negation != 0) return no_node;
      negation = next_ + 1;
    }
    ++next_;
  }
  const std::size_t inner = next_;
  const NodeId value = suffixes(primary(), inner);
  if (value == no_node || negation == 0) return value;
  const NodeId id = make(begin, NodeKind::unary, tokens_[negation - 1].text);
  adopt(id, value);
  return id;
}

NodeId TokenReader::primary() {
  if (next_ >= tokens_.size()) return no_node;
  const Token& token = tokens_[next_];
  const std::size_t begin = next_;
  if (is_literal(token.syntax)) {
    ++next_;
    switch (token.syntax) {
      case Syntax::char_literal:
        return make(begin, NodeKind::string, without_quotes(token.text, '\''));
      case Syntax::boolean_literal:
        return make(begin, NodeKind::boolean, token.text);
      case Syntax::integer_literal:
      case Syntax::float_literal:
        return make(begin, NodeKind::number, token.text);
      default:
        return make(begin, NodeKind::string, without_quotes(token.text, '"'));
    }
  }
  switch (token.syntax) {
    case Syntax::identifier:
    case Syntax::crate:
    case Syntax::super:
      return path();
    case Syntax::self:
      if (is_next(1, "::")) return path();
      ++next_;
      return make(begin, NodeKind::self, token.text);
    default:
      break;
  }
  if (at("{")) return map();
  if (take("_")) return make(begin, NodeKind::name, "_");
  return at("(") || at("[") ? group() : no_node;
}

NodeId TokenReader::path() {
  const std::size_t begin = next_;
  std::string_view name = tokens_[next_++].text;
  const bool is_none = name == "None" && !at("::");
  NodeId id = make(begin, is_none ? NodeKind::null : NodeKind::name, is_none ? std::string_view{} : name);
  while (take("::")) {
    if (next_ >= tokens_.size() || tokens_[next_].syntax != Syntax::identifier) return no_node;
    name = tokens_[next_++].text;
    const NodeId longer = make(begin, NodeKind::member, name, flag::scoped);
    adopt(longer, id);
    id = longer;
  }
  if (at("!") && (is_next(1, "(") || is_next(1, "[") || is_next(1, "{"))) return macro(begin, name);
  return at("{") ? no_node : id;  // a struct literal, or a block behind a keyword
}

NodeId TokenReader::macro(std::size_t begin, std::string_view name) {
  if (name.starts_with("select") || name.starts_with("quote") || name == "parse_quote") return no_node;
  const std::string_view last = tokens_[next_ - 1].text;
  const char* const start = tokens_[begin].text.data();
  const std::string_view written(start, static_cast<std::size_t>(last.data() + last.size() - start));
  ++next_;
  const bool is_list = name == "vec" || name == "smallvec";
  const NodeId id = is_list ? make(begin, NodeKind::array) : make(begin, NodeKind::call, {}, flag::macro);
  const NodeId callee = is_list ? no_node : make(begin, NodeKind::name, written);
  if (at("{")) {
    const NodeId entries = map();
    if (entries == no_node) return no_node;
    adopt(id, callee, entries);
    close(id);
    return id;
  }
  ++next_;
  return arguments(id, callee) ? id : no_node;
}

// The elements from next_ up to the closing bracket: they become the children of `parent`, after `first`.
bool TokenReader::arguments(NodeId parent, NodeId first) {
  NodeId last = no_node;
  const auto append = [&](NodeId child) {
    if (checking_ || child == no_node) return;
    (last == no_node ? tree_[parent].first_child : tree_[last].next) = child;
    last = child;
  };
  append(first);
  while (!at(")") && !at("]")) {
    const NodeId found = argument();
    if (found == no_node || (!take(",") && !at(")") && !at("]"))) return false;
    append(found);
  }
  ++next_;
  close(parent);
  return true;
}

// `(a)`, `(a, b)`, `[a, b]`, `()`
NodeId TokenReader::group() {
  const std::size_t begin = next_;
  const bool is_round = take("(");
  if (!is_round) ++next_;
  if (is_round && take(")")) return make(begin, NodeKind::null);
  NodeId first = no_node;
  if (is_round) {
    first = operation(1);
    if (first == no_node || take(")")) return first;
    if (!take(",")) return no_node;
  }
  const NodeId id = make(begin, NodeKind::array);
  return arguments(id, first) ? id : no_node;
}

// `{ "key": value, .. }` and `{ key => value, .. }`
NodeId TokenReader::map() {
  const std::size_t begin = next_++;
  const NodeId id = make(begin, NodeKind::object);
  NodeId last = no_node;
  while (!at("}")) {
    if (next_ >= tokens_.size()) return no_node;
    const Token& key = tokens_[next_];
    const std::size_t start = next_;
    const bool is_string = key.syntax == Syntax::string_literal || key.syntax == Syntax::raw_string_literal;
    if (!is_string && key.syntax != Syntax::identifier) return no_node;
    ++next_;
    if (!take(":") && !take("=>")) return no_node;
    const NodeId pair = make(start, NodeKind::pair, is_string ? without_quotes(key.text, '"') : std::string_view{});
    const NodeId value = operation(1);
    if (value == no_node || (!take(",") && !at("}"))) return no_node;
    adopt(pair, value);
    if (checking_) continue;
    (last == no_node ? tree_[id].first_child : tree_[last].next) = pair;
    last = pair;
  }
  ++next_;
  close(id);
  return id;
}

NodeId TokenReader::suffixes(NodeId value, std::size_t begin) {
  const int outer = depth_;
  while (value != no_node && next_ < tokens_.size()) {
    if (++depth_ >= max_depth) {
      value = no_node;
    } else if (take("?")) {
      continue;
    } else if (take("as")) {
      if (next_ >= tokens_.size() || tokens_[next_].syntax != Syntax::primitive_type) value = no_node;
      ++next_;
    } else if (take("(")) {
      const NodeId called = make(begin, NodeKind::call);
      value = arguments(called, value) ? called : no_node;
    } else if (take("[")) {
      const NodeId key = operation(1);
      if (key == no_node || !take("]")) {
        value = no_node;
      } else {
        const NodeId indexed = make(begin, NodeKind::index);
        adopt(indexed, value, key);
        value = indexed;
      }
    } else if (take(".")) {
      value = member(value, begin);
    } else {
      break;
    }
  }
  depth_ = outer;
  return value;
}

// What follows the dot at next_ - 1.
NodeId TokenReader::member(NodeId object, std::size_t begin) {
  if (next_ >= tokens_.size()) return no_node;
  const Token& name = tokens_[next_++];
  const bool is_await = name.text == "await";
  if (!is_await && name.syntax != Syntax::identifier && name.syntax != Syntax::integer_literal) return no_node;
  const NodeId id = is_await ? make(begin, NodeKind::await) : make(begin, NodeKind::member, name.text);
  adopt(id, object);
  return id;
}

bool TokenReader::take(std::string_view token) {
  if (!at(token)) return false;
  ++next_;
  return true;
}

NodeId TokenReader::make(std::size_t begin, NodeKind kind, std::string_view text, std::uint32_t flags) {
  if (checking_) return checked;
  Node made;
  made.kind = kind;
  made.flags = flags;
  made.line = tokens_[begin].start.row + 1;
  made.column = tokens_[begin].start.column + 1;
  made.text = text;
  const NodeId id = tree_.add(made);
  close(id);
  return id;
}

void TokenReader::close(NodeId node) {
  if (checking_) return;
  tree_[node].end_line = tokens_[next_ == 0 ? 0 : next_ - 1].end_row + 1;
}

void TokenReader::adopt(NodeId parent, NodeId child, NodeId second) {
  if (checking_) return;
  if (child == no_node) {
    tree_[parent].first_child = second;
    return;
  }
  tree_[parent].first_child = child;
  tree_[child].next = second;
}

}  // namespace detoy::syntax::rust
