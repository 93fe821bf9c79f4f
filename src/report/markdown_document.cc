#include "report/markdown_document.h"

#include <fmt/format.h>

#include <iterator>

namespace detoy::report {

void Document::heading(int level, std::string_view text) {
  fmt::format_to(std::back_inserter(out_), "\n{:#>{}} {}\n\n", "", level, text);
}

void Document::paragraph(std::string_view text) {
  fmt::format_to(std::back_inserter(out_), "{}\n\n", text);
}

void Document::row(const std::vector<std::string>& cells) {
  out_ += "|";
  for (const std::string& cell : cells) fmt::format_to(std::back_inserter(out_), " {} |", cell);
  out_ += "\n";
}

void Document::header(const std::vector<std::string>& titles) {
  row(titles);
  row(std::vector<std::string>(titles.size(), "---"));
}

std::string Document::take() const {
  std::string tidy;
  for (const char c : out_) {
    if (c != '\n' || !tidy.ends_with("\n\n")) tidy += c;
  }
  while (tidy.ends_with("\n\n")) tidy.pop_back();
  return tidy;
}

}  // namespace detoy::report
