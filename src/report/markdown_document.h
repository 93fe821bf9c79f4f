// A Markdown document while it is written. What goes in is Markdown already: see markdown_escape.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace detoy::report {

class Document {
 public:
  void heading(int level, std::string_view text);
  void paragraph(std::string_view text);
  void header(const std::vector<std::string>& titles);
  void row(const std::vector<std::string>& cells);
  void end_table() { out_ += "\n"; }
  void put(std::string_view text) { out_ += text; }

  // Never two empty lines in a row, and one newline at the end.
  std::string take() const;

 private:
  std::string out_;
};

}  // namespace detoy::report
