// A front end: the syntax of one language, turned into the plain tree (tree.h).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/language.h"
#include "syntax/tree.h"

typedef struct TSLanguage TSLanguage;
typedef struct TSParser TSParser;
typedef struct TSTree TSTree;

namespace detoy::syntax {

// Parts nested deeper than this are left out of the plain tree (Tree::too_deep says so).
inline constexpr int max_depth = 400;

struct FrontEnd {
  Language language;
  const TSLanguage* (*grammar)();
  // Fills `tree` from the parsed file. Never fails: what the grammar could not read (ERROR and MISSING nodes) is passed
  // over with as much of its content as makes sense, and counted in Tree::errors.
  void (*lower)(const TSTree* parsed, std::string_view source, Tree& tree);
  // What the grammar is given instead of a source that it is known to misread, with every place where it was; null, or
  // an empty text: the source itself.
  std::string (*mend)(std::string_view source) = nullptr;
};

// The front end of a language, or null for one without.
const FrontEnd* front_end(Language language);

// The front ends, one per file.
extern const FrontEnd typescript_front_end;
extern const FrontEnd tsx_front_end;
extern const FrontEnd javascript_front_end;
extern const FrontEnd python_front_end;
extern const FrontEnd rust_front_end;

// A tree-sitter parser that is kept for many files. Not safe to use from two threads at once.
class Parser {
 public:
  Parser();
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // Parses and lowers. False if the parser gave up (time or memory); the tree is then empty.
  bool parse(const FrontEnd& front_end, std::string_view source, Tree& tree);
  // Parses only: what the benchmark takes as the floor.
  bool parse_only(const FrontEnd& front_end, std::string_view source);

 private:
  TSParser* parser_;
};

// A readable outline of the tree, one node a line: for tests.
//   kind "text" [text2] {flags} @line
std::string outline(const Tree& tree);

}  // namespace detoy::syntax
