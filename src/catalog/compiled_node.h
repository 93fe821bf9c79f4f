// A tree of nodes as bytes. catalog/ is parsed once, when detoy is built; what detoy reads at every start is this form,
// which takes a small part of the time that YAML takes.
//
// A node is: one byte of flags; its line; the length of its key and the key, if it has one; then of a scalar the length
// of the text and the text, of a list or a map the number of children and the children. Numbers are base-128 varints,
// lowest group first. The form has no version: the binary that reads it holds it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/node.h"

namespace detoy::catalog {

std::string compile_node(const Node& root);

// The nodes' texts are views of the bytes. Nothing if these are not what compile_node wrote.
std::optional<Node> read_compiled_node(std::string_view bytes);

}  // namespace detoy::catalog
