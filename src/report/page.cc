#include "report/page.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "report/printable.h"

namespace detoy::report {
namespace {

constexpr std::size_t narrowest = 24;  // text is never squeezed below this, however deep it is indented
constexpr std::size_t gap = 2;

std::string_view escape_sequence(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::bold:
      return "\x1b[1m";
    case Style::faint:
      return "\x1b[2m";
    case Style::code:
      return "\x1b[36m";
    case Style::heading:
      return "\x1b[1;4m";
    case Style::good:
      return "\x1b[32m";
    case Style::bad:
      return "\x1b[31m";
    case Style::critical:
      return "\x1b[1;31m";
    case Style::high:
      return "\x1b[1;33m";
    case Style::medium:
      return "\x1b[1;34m";
    case Style::low:
      return "\x1b[1;2m";
  }
  return "";
}

// Widths of all columns but the last. Where the rows have no room, the widest cells stop counting: they overflow alone
// instead of pushing every row to the right.
std::vector<std::size_t> column_widths(const std::vector<std::vector<Span>>& rows, std::size_t room) {
  std::vector<std::vector<std::size_t>> lengths;  // of each column's cells
  std::size_t last = 0;                           // the longest last cell
  for (const std::vector<Span>& row : rows) {
    if (lengths.size() + 1 < row.size()) lengths.resize(row.size() - 1);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::size_t length = columns(printable(row[i].text));
      if (i + 1 < row.size()) {
        lengths[i].push_back(length);
      } else {
        last = std::max(last, length);
      }
    }
  }
  for (auto& column : lengths) std::sort(column.begin(), column.end());
  const auto needed = [&] {
    std::size_t sum = std::min(last, narrowest);
    for (const auto& column : lengths) sum += (column.empty() ? 0 : column.back()) + gap;
    return sum;
  };
  while (needed() > room) {
    const auto widest = std::max_element(lengths.begin(), lengths.end(), [](const auto& a, const auto& b) {
      return (a.empty() ? 0 : a.back()) < (b.empty() ? 0 : b.back());
    });
    if (widest == lengths.end() || widest->empty()) break;
    widest->pop_back();
  }
  std::vector<std::size_t> widths;
  for (const auto& column : lengths) widths.push_back(column.empty() ? 0 : column.back());
  return widths;
}

}  // namespace

std::vector<std::string> wrap(std::string_view text, std::size_t first_width, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  std::size_t used = 0;
  std::size_t limit = first_width;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t start = text.find_first_not_of(' ', at);
    if (start == std::string_view::npos) break;
    const std::size_t end = std::min(text.find(' ', start), text.size());
    const std::string_view word = text.substr(start, end - start);
    const std::size_t length = columns(word);
    if (used > 0 && used + 1 + length > limit) {
      lines.push_back(std::exchange(line, {}));
      used = 0;
      limit = width;
    }
    if (used > 0) {
      line += ' ';
      ++used;
    }
    line += word;
    used += length;
    at = end;
  }
  if (used > 0 || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

std::size_t Page::room(std::size_t indent) const {
  if (options_.width == 0) return std::numeric_limits<std::size_t>::max();
  return options_.width > indent + narrowest ? options_.width - indent : narrowest;
}

void Page::put(std::string_view text, Style style) {
  const std::string_view sequence = options_.colour && !text.empty() ? escape_sequence(style) : "";
  out_ += sequence;
  out_ += text;
  if (!sequence.empty()) out_ += "\x1b[0m";
}

void Page::end_line() {
  while (!out_.empty() && out_.back() == ' ') out_.pop_back();
  out_ += '\n';
}

void Page::blank() {
  if (!out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
}

void Page::heading(std::string_view text, std::string_view aside) {
  blank();
  spans(0, 2, {{std::string(text), Style::heading}, {std::string(aside), Style::faint}});
}

void Page::paragraph(std::size_t indent, std::string_view text, Style style) {
  for (const std::string& line : wrap(printable(text), room(indent), room(indent))) {
    pad(indent);
    put(line, style);
    end_line();
  }
}

void Page::clipped(std::size_t indent, std::string_view text, Style style) {
  pad(indent);
  put(clip(printable(text), room(indent)), style);
  end_line();
}

void Page::labelled(std::size_t indent, const Span& label, std::size_t label_width, std::string_view text) {
  const std::string shown = printable(label.text);
  const std::size_t width = std::max(label_width, columns(shown) + 1);
  const std::vector<std::string> lines = wrap(printable(text), room(indent + width), room(indent + width));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    pad(indent);
    if (i == 0) {
      put(shown, label.style);
      pad(width - columns(shown));
    } else {
      pad(width);
    }
    put(lines[i], Style::plain);
    end_line();
  }
}

void Page::spans(std::size_t indent, std::size_t hanging, const std::vector<Span>& spans) {
  pad(indent);
  std::size_t used = 0;
  std::size_t limit = room(indent);
  for (const Span& span : spans) {
    const std::string text = printable(span.text);
    if (text.empty()) continue;
    const std::size_t length = columns(text);
    if (used > 0 && used + gap + length > limit) {
      end_line();
      pad(hanging);
      used = 0;
      limit = room(hanging);
    } else if (used > 0) {
      pad(gap);
      used += gap;
    }
    put(text, span.style);
    used += length;
  }
  end_line();
}

void Page::table(std::size_t indent, const std::vector<std::vector<Span>>& rows) {
  const std::vector<std::size_t> widths = column_widths(rows, room(indent));
  for (const std::vector<Span>& row : rows) {
    std::size_t target = indent;  // where the cell begins
    std::size_t at = 0;           // where the line has come to
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (at > target) {
        end_line();
        at = 0;
      }
      pad(target - at);
      const std::string text = printable(row[i].text);
      if (i + 1 < row.size()) {
        put(text, row[i].style);
        pad(gap);
        at = target + columns(text) + gap;
        target += widths[i] + gap;
        continue;
      }
      const std::vector<std::string> lines = wrap(text, room(target), room(target));
      for (std::size_t line = 0; line < lines.size(); ++line) {
        if (line > 0) {
          end_line();
          pad(target);
        }
        put(lines[line], row[i].style);
      }
    }
    end_line();
  }
}

}  // namespace detoy::report
