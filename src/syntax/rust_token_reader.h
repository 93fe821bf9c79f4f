// Reading the simple arguments of a macro straight from its tokens, without parsing them again.
//
// Most macros hold what takes no grammar: strings, names, paths, field accesses, method calls, comparisons, and the
// maps of json!. Whatever else turns up (closures, blocks, struct literals, patterns), the reader declines the whole
// macro.
#pragma once

#include <tree_sitter/api.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "syntax/rust_grammar.h"
#include "syntax/tree.h"
#include "syntax/tree_walk.h"

namespace detoy::syntax::rust {

class TokenReader {
 public:
  TokenReader(std::string_view source, Tree& tree) : source_(source), tree_(tree), grammar_(Grammar::instance()) {}

  // `cursor` stands on a token tree and is left there. False, and nothing added, if the tokens are not that simple.
  bool read(TreeWalk& cursor, ChildList& out, int depth);

 private:
  struct Token {
    Syntax syntax;
    TSPoint start;
    std::uint32_t end_row;
    std::string_view text;
  };

  bool flatten(TreeWalk& cursor, int depth);

  // Each reads from next_ on; null means declined. While checking_, nodes are not made but stand for themselves.
  bool arguments(NodeId parent, NodeId first);
  NodeId argument();
  NodeId operation(int binds_at_least);
  NodeId operand();
  NodeId primary();
  NodeId path();
  NodeId macro(std::size_t begin, std::string_view name);
  NodeId group();
  NodeId map();
  NodeId suffixes(NodeId value, std::size_t begin);
  NodeId member(NodeId object, std::size_t begin);

  bool at(std::string_view token) const { return next_ < tokens_.size() && tokens_[next_].text == token; }
  bool is_next(std::size_t ahead, std::string_view token) const {
    return next_ + ahead < tokens_.size() && tokens_[next_ + ahead].text == token;
  }
  bool take(std::string_view token);
  NodeId make(std::size_t begin, NodeKind kind, std::string_view text = {}, std::uint32_t flags = 0);
  void close(NodeId node);  // the last token read ends the node
  void adopt(NodeId parent, NodeId child, NodeId second = no_node);

  std::string_view source_;
  Tree& tree_;
  const Grammar& grammar_;
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  bool checking_ = false;
  int depth_ = 0;
};

}  // namespace detoy::syntax::rust
