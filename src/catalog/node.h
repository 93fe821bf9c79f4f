// A YAML text as a plain tree with line numbers.
//
// detoy.yaml comes from the repository that is scanned, so the text is not trusted: what could cost unbounded time or
// memory (size, nesting, aliases) is refused, and every refusal names the line. The subset is what configuration needs:
// one document of maps, lists and scalars, without anchors, aliases and tags.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace detoy::catalog {

inline constexpr std::size_t max_yaml_bytes = 1u << 20;
inline constexpr std::size_t max_yaml_depth = 32;
inline constexpr std::size_t max_yaml_nodes = 100'000;

struct Node {
  enum class Kind : std::uint8_t { null, scalar, list, map };
  Kind kind = Kind::null;
  bool quoted = false;         // scalar: written in quotes, so never a number or a boolean
  std::string_view text;       // scalar
  std::string_view key;        // the key that it stands under in a map
  std::uint32_t line = 1;      // where the value begins; of its key when it is in a map
  std::vector<Node> children;  // of a list or a map, in the order of the text

  bool operator==(const Node&) const = default;
};

// A document and the texts that its nodes name. Moving it leaves the texts where they are; a copy would not take the
// nodes along.
struct Tree {
  Node root;
  std::deque<std::string> texts;

  Tree() = default;
  Tree(Tree&&) = default;
  Tree& operator=(Tree&&) = default;
};

// The text's single document; an empty text is a null node. The error's message is "path:line: what is wrong".
Result<Tree> parse_yaml(std::string_view text, const std::string& path, ErrorCategory category);

}  // namespace detoy::catalog
