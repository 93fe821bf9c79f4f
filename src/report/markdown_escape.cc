#include "report/markdown_escape.h"

#include <fmt/format.h>

#include <cctype>
#include <iterator>

#include "report/printable.h"
#include "report/wording.h"

namespace detoy::report {
namespace {

bool is_letter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// Underscores inside a word are text in every Markdown; outside they emphasise.
bool inside_word(std::string_view text, std::size_t at) {
  return at > 0 && at + 1 < text.size() && is_letter(text[at - 1]) && is_letter(text[at + 1]);
}

}  // namespace

std::string escaped(std::string_view raw) {
  const std::string text = printable(raw);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '_':
        out += inside_word(text, i) ? "_" : "\\_";
        break;
      case ':':
        // "scheme://" alone makes a link of what somebody named a variable.
        out += std::string_view(text).substr(i).starts_with("://") ? "&#58;" : ":";
        break;
      case '\\':
      case '`':
      case '*':
      case '[':
      case ']':
      case '|':
      case '~':
      case '$':
      case '!':
      case '#':
        out += '\\';
        out += c;
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string code(std::string_view raw) {
  const std::string text = printable(raw);
  if (text.empty()) return "";
  const bool plain = text.find_first_of("`|\\") == std::string::npos && text.front() != ' ' && text.back() != ' ';
  if (plain) return "`" + text + "`";
  std::string out = "<code>";
  for (const char c : text) {
    if (std::ispunct(static_cast<unsigned char>(c)) != 0) {
      fmt::format_to(std::back_inserter(out), "&#{};", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  return out + "</code>";
}

std::string link(std::string_view text, std::string_view path, std::uint32_t line) {
  std::string target;
  if (path.starts_with('/')) target = ".";
  for (const char c : path) {
    if (is_letter(c) || std::string_view("-._~/").contains(c)) {
      target += c;
    } else {
      fmt::format_to(std::back_inserter(target), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  if (line > 0) fmt::format_to(std::back_inserter(target), "#L{}", line);
  return fmt::format("[{}]({})", code(text), target);
}

std::string link(std::string_view path, std::uint32_t line) {
  return link(location(path, line), path, line);
}

}  // namespace detoy::report
