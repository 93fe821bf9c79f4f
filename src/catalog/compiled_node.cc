#include "catalog/compiled_node.h"

#include <cstddef>
#include <cstdint>

namespace detoy::catalog {
namespace {

constexpr unsigned kind_bits = 0x3;
constexpr unsigned quoted_bit = 0x4;
constexpr unsigned key_bit = 0x8;
constexpr unsigned all_bits = kind_bits | quoted_bit | key_bit;

// The least that a node takes: its flags and a line.
constexpr std::size_t min_node_bytes = 2;

void write_number(std::uint32_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(0x80 | (value & 0x7F)));
  out.push_back(static_cast<char>(value));
}

void write_text(std::string_view text, std::string& out) {
  write_number(static_cast<std::uint32_t>(text.size()), out);  // below max_yaml_bytes
  out.append(text);
}

void write_node(const Node& node, std::string& out) {
  const unsigned flags =
      static_cast<unsigned>(node.kind) | (node.quoted ? quoted_bit : 0) | (node.key.empty() ? 0 : key_bit);
  out.push_back(static_cast<char>(flags));
  write_number(node.line, out);
  if (!node.key.empty()) write_text(node.key, out);
  if (node.kind == Node::Kind::null) return;
  if (node.kind == Node::Kind::scalar) return write_text(node.text, out);
  write_number(static_cast<std::uint32_t>(node.children.size()), out);  // at most max_yaml_nodes
  for (const Node& child : node.children) write_node(child, out);
}

// Reads from the front of the bytes. Each step answers whether it was possible.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }

  bool node(Node& out, std::size_t depth) {
    if (depth > max_yaml_depth || rest_.empty()) return false;
    const unsigned flags = take();
    if (flags > all_bits) return false;
    out.kind = static_cast<Node::Kind>(flags & kind_bits);
    out.quoted = (flags & quoted_bit) != 0;
    if (!number(out.line) || ((flags & key_bit) != 0 && !text(out.key))) return false;
    switch (out.kind) {
      case Node::Kind::null:
        return true;
      case Node::Kind::scalar:
        return text(out.text);
      case Node::Kind::list:
      case Node::Kind::map:
        return children(out.children, depth + 1);
    }
    return false;
  }

 private:
  unsigned take() {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }

  bool number(std::uint32_t& out) {
    out = 0;
    for (unsigned shift = 0; shift < 32 && !rest_.empty(); shift += 7) {
      const unsigned byte = take();
      out |= static_cast<std::uint32_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  bool text(std::string_view& out) {
    std::uint32_t length = 0;
    if (!number(length) || length > rest_.size()) return false;
    out = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return true;
  }

  bool children(std::vector<Node>& out, std::size_t depth) {
    std::uint32_t count = 0;
    if (!number(count) || count > rest_.size() / min_node_bytes) return false;
    out.resize(count);
    for (Node& child : out) {
      if (!node(child, depth)) return false;
    }
    return true;
  }

  std::string_view rest_;
};

}  // namespace

std::string compile_node(const Node& root) {
  std::string bytes;
  write_node(root, bytes);
  return bytes;
}

std::optional<Node> read_compiled_node(std::string_view bytes) {
  Bytes reader(bytes);
  Node root;
  if (!reader.node(root, 0) || !reader.empty()) return std::nullopt;
  return root;
}

}  // namespace detoy::catalog
