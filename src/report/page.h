// A page of terminal text: wrapped paragraphs, labelled lines and aligned columns, in colour or without.
// Everything that goes in is made printable, so no file's content can steer the terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace detoy::report {

struct TextOptions {
  bool colour = false;
  unsigned width = 80;  // code points to a line; 0: lines are never wrapped
  bool all = false;     // also what is acceptable or suppressed, and every member of a group
};

enum class Style : std::uint8_t { plain, bold, faint, code, heading, good, bad, critical, high, medium, low };

struct Span {
  std::string text;
  Style style = Style::plain;
};

// Breaks at spaces so that no line is longer than `width`, the first one than `first_width`. A word that is longer
// stays whole: a cut path could not be copied.
std::vector<std::string> wrap(std::string_view text, std::size_t first_width, std::size_t width);

class Page {
 public:
  explicit Page(const TextOptions& options) : options_(options) {}

  // An empty line, never two in a row nor at the top.
  void blank();
  void heading(std::string_view text, std::string_view aside = "");
  void paragraph(std::size_t indent, std::string_view text, Style style = Style::plain);
  // One line, cut at the width: code is easier to recognise cut than wrapped.
  void clipped(std::size_t indent, std::string_view text, Style style);
  // "label  text", the text's later lines below its first. The label takes `label_width`, at least its own length and
  // a space.
  void labelled(std::size_t indent, const Span& label, std::size_t label_width, std::string_view text);
  // Spans with two spaces between them, broken between spans only.
  void spans(std::size_t indent, std::size_t hanging, const std::vector<Span>& spans);
  // Rows of cells below each other; the last cell of a row wraps in its own column. A cell that is too wide for its
  // column sends the rest of its row to the next line.
  void table(std::size_t indent, const std::vector<std::vector<Span>>& rows);

  const TextOptions& options() const { return options_; }
  std::string take() { return std::move(out_); }

 private:
  std::size_t room(std::size_t indent) const;
  void put(std::string_view text, Style style);
  void pad(std::size_t count) { out_.append(count, ' '); }
  void end_line();

  TextOptions options_;
  std::string out_;
};

}  // namespace detoy::report
