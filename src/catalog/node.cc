#include "catalog/node.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <istream>
#include <optional>
#include <set>
#include <streambuf>
#include <utility>

namespace detoy::catalog {
namespace {

// Leaves yaml-cpp's parser early. Caught in parse_yaml.
struct Refusal {
  std::uint32_t line;
  std::string message;
};

std::uint32_t line_of(const YAML::Mark& mark) {
  return mark.line < 0 ? 1 : static_cast<std::uint32_t>(mark.line) + 1;
}

// Builds the tree from the parser's events. yaml-cpp's own nodes are not used: they follow aliases, and they are built
// before their depth could be judged.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Tree& tree) : tree_(tree) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    if (expects_key()) throw Refusal{line_of(mark), "a key is missing"};
    add(mark, Node::Kind::null);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refusal{line_of(mark), "anchors and aliases are not supported"};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (expects_key()) {
      if (open_.back().keys.contains(value))
        throw Refusal{line_of(mark), fmt::format("key '{}' is given twice", value)};
      key_ = Key{keep(value), line_of(mark)};
      open_.back().keys.insert(key_->text);
      return;
    }
    Node& node = add(mark, Node::Kind::scalar);
    node.text = keep(value);
    node.quoted = tag == "!";
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::list);
  }
  void OnSequenceEnd() override { open_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::map);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  struct Key {
    std::string_view text;
    std::uint32_t line;
  };
  struct Open {
    Node* node;
    std::set<std::string_view> keys;
  };

  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) throw Refusal{line_of(mark), "anchors and aliases are not supported"};
  }

  // "?" marks a plain scalar or collection without a tag, "!" a quoted scalar.
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") throw Refusal{line_of(mark), "tags are not supported"};
  }

  bool expects_key() const { return !open_.empty() && open_.back().node->kind == Node::Kind::map && !key_; }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (expects_key()) throw Refusal{line_of(mark), "a key must be plain text"};
    if (open_.size() >= max_yaml_depth) {
      throw Refusal{line_of(mark), fmt::format("nested deeper than {} levels", max_yaml_depth)};
    }
    // A pointer into `children` stays valid while it is open: its siblings are only added after it is closed.
    open_.push_back(Open{&add(mark, kind), {}});
  }

  Node& add(const YAML::Mark& mark, Node::Kind kind) {
    if (++count_ > max_yaml_nodes) {
      throw Refusal{line_of(mark), fmt::format("more than {} values", max_yaml_nodes)};
    }
    Node& node = open_.empty() ? tree_.root : open_.back().node->children.emplace_back();
    node.kind = kind;
    node.line = line_of(mark);
    if (key_) {
      node.key = key_->text;
      node.line = key_->line;
      key_.reset();
    }
    return node;
  }

  std::string_view keep(const std::string& text) { return tree_.texts.emplace_back(text); }

  Tree& tree_;
  std::vector<Open> open_;
  std::optional<Key> key_;
  std::size_t count_ = 0;
};

// The length of the UTF-8 character at the start of `text`, 0 if it is none that a text file holds.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return lead >= 0x20 || lead == '\t' || lead == '\n' || lead == '\r' ? 1 : 0;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool beyond = (lead == 0xED && byte(1) > 0x9F) || (lead == 0xF4 && byte(1) > 0x8F);
  return overlong || beyond ? 0 : length;
}

// What must be known before the parser sees the text: its scanner keeps every open bracket of a line in memory.
std::optional<Refusal> refuse_text(std::string_view text) {
  if (text.size() > max_yaml_bytes) return Refusal{1, fmt::format("larger than {} bytes", max_yaml_bytes)};
  std::uint32_t line = 1;
  std::size_t brackets =
      0;  // opened and not closed; those in strings and comments count too, which only makes it stricter
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text.substr(i));
    if (length == 0) return Refusal{line, "not a text file in UTF-8"};
    const char c = text[i];
    if (c == '\n') ++line;
    if (c == '[' || c == '{') ++brackets;
    if ((c == ']' || c == '}') && brackets > 0) --brackets;
    if (brackets > 1000) return Refusal{line, fmt::format("nested deeper than {} levels", max_yaml_depth)};
    i += length;
  }
  return std::nullopt;
}

// Lets the parser read the caller's text in place.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // a get area is never written to
    setg(begin, begin, begin + text.size());
  }
};

}  // namespace

Result<Tree> parse_yaml(std::string_view text, const std::string& path, ErrorCategory category) {
  const auto refused = [&](std::uint32_t line, std::string_view message) {
    return fail(category, fmt::format("{}:{}: {}", path, line, message));
  };
  if (const auto refusal = refuse_text(text)) return refused(refusal->line, refusal->message);
  // yaml-cpp notices a quote that is never closed only if the text does not end with a line break.
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  try {
    Tree tree;
    TreeBuilder builder(tree);
    ViewBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    Tree second;
    TreeBuilder rest(second);
    if (parser.HandleNextDocument(rest))
      return refused(second.root.line, "one document is expected, here begins another");
    return tree;
  } catch (const Refusal& refusal) {
    return refused(refusal.line, refusal.message);
  } catch (const YAML::Exception& error) {
    return refused(line_of(error.mark), error.msg);
  } catch (const std::exception& error) {
    return refused(1, error.what());
  }
}

}  // namespace detoy::catalog
