// Parsing a part of a file on its own: the contents of a macro, which the grammar leaves as tokens.
#pragma once

#include <tree_sitter/api.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace detoy::syntax::rust {

// A range of the source, and how to read it differently so that the grammar understands it. The parsed nodes keep the
// positions of the source, so texts are taken from there, never from the changed reading.
struct FragmentText {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  TSPoint begin_point = {0, 0};
  TSPoint end_point = {0, 0};
  std::string_view prefix;  // read before the range, in place of what stands there; its last character is a blank
  std::string_view suffix;  // read after the range
  std::vector<std::pair<std::uint32_t, char>> changes;  // offset in the source, the character to read there
};

class FragmentParser {
 public:
  explicit FragmentParser(std::string_view source) : source_(source) {}
  ~FragmentParser();
  FragmentParser(const FragmentParser&) = delete;
  FragmentParser& operator=(const FragmentParser&) = delete;

  // Null if the parser gave up. The caller owns the tree.
  TSTree* parse(const FragmentText& fragment);

 private:
  std::string_view source_;
  TSParser* parser_ = nullptr;  // made at the first use: most files need none
  std::string buffer_;
};

}  // namespace detoy::syntax::rust
