#include "source/glob.h"

#include <cctype>
#include <cstddef>
#include <optional>

namespace detoy::source {
namespace {

bool in_class(std::string_view name, unsigned char c) {
  if (name == "alpha") return std::isalpha(c) != 0;
  if (name == "digit") return std::isdigit(c) != 0;
  if (name == "alnum") return std::isalnum(c) != 0;
  if (name == "upper") return std::isupper(c) != 0;
  if (name == "lower") return std::islower(c) != 0;
  if (name == "space") return std::isspace(c) != 0;
  if (name == "punct") return std::ispunct(c) != 0;
  if (name == "xdigit") return std::isxdigit(c) != 0;
  if (name == "blank") return c == ' ' || c == '\t';
  if (name == "cntrl") return std::iscntrl(c) != 0;
  if (name == "graph") return std::isgraph(c) != 0;
  if (name == "print") return std::isprint(c) != 0;
  return false;
}

struct Bracket {
  bool matches;
  std::size_t end;  // index after the closing ']'
};

// The byte at `at`, or the one that a backslash there protects; moves behind it.
std::optional<unsigned char> read_literal(std::string_view pattern, std::size_t& at) {
  if (pattern[at] == '\\') ++at;
  if (at >= pattern.size()) return std::nullopt;
  return static_cast<unsigned char>(pattern[at++]);
}

// Reads the bracket expression whose '[' stands at `at`; nothing when it is not closed.
std::optional<Bracket> read_bracket(std::string_view pattern, std::size_t at, unsigned char c) {
  std::size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size(); first = false) {
    if (pattern[i] == ']' && !first) return Bracket{found != negated && c != '/', i + 1};
    if (pattern.substr(i).starts_with("[:")) {
      const auto close = pattern.find(":]", i + 2);
      if (close == std::string_view::npos) return std::nullopt;
      found = found || in_class(pattern.substr(i + 2, close - i - 2), c);
      i = close + 2;
      continue;
    }
    const auto low = read_literal(pattern, i);
    auto high = low;
    if (low && i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      ++i;
      high = read_literal(pattern, i);
    }
    if (!low || !high) return std::nullopt;
    found = found || (*low <= c && c <= *high);
  }
  return std::nullopt;
}

// Where matching goes on when what follows a star did not match: at pattern[pattern_at] with one more byte taken.
struct Retry {
  std::size_t pattern_at = std::string_view::npos;
  std::size_t text_at = 0;
  bool possible() const { return pattern_at != std::string_view::npos; }
};

// A "**" that is a whole part of the pattern.
bool is_double_star(std::string_view pattern, std::size_t p) {
  return pattern[p] == '*' && p + 1 < pattern.size() && pattern[p + 1] == '*' && (p == 0 || pattern[p - 1] == '/') &&
         (p + 2 == pattern.size() || pattern[p + 2] == '/');
}

bool is_special(char c) {
  return c == '*' || c == '?' || c == '[' || c == '\\';
}

// Most patterns differ from most names in the first or last byte: tells so without running the matcher.
bool cannot_match(std::string_view glob, std::string_view text) {
  const char first = glob.front();
  if (!is_special(first) && first != text.front()) return true;
  // A last byte that a backslash or bracket could change is left to the matcher.
  const char last = glob.back();
  if (is_special(last) || last == ']') return false;
  if (glob.size() > 1 && glob[glob.size() - 2] == '\\') return false;
  return last != text.back();
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  if (!pattern.empty() && !text.empty() && cannot_match(pattern, text)) return false;
  std::size_t p = 0;
  std::size_t t = 0;
  Retry star;   // the last '*': may take more bytes of the same part
  Retry parts;  // the last "**": may take more parts
  while (true) {
    if (p == pattern.size() && t == text.size()) return true;
    bool matched = false;
    if (p < pattern.size()) {
      if (is_double_star(pattern, p)) {
        if (p + 2 == pattern.size()) return t < text.size();
        p += 3;
        parts = {p, t};
        star = {};
        continue;
      }
      if (pattern[p] == '*') {
        while (p < pattern.size() && pattern[p] == '*') ++p;
        star = {p, t};
        continue;
      }
      if (t < text.size()) {
        if (pattern[p] == '[') {
          const auto bracket = read_bracket(pattern, p, static_cast<unsigned char>(text[t]));
          if (!bracket) return false;
          matched = bracket->matches;
          if (matched) p = bracket->end;
        } else if (pattern[p] == '\\') {
          if (p + 1 == pattern.size()) return false;
          matched = pattern[p + 1] == text[t];
          if (matched) p += 2;
        } else {
          matched = pattern[p] == '?' ? text[t] != '/' : pattern[p] == text[t];
          if (matched) ++p;
        }
        if (matched) ++t;
      }
    }
    if (matched) continue;
    if (star.possible() && star.text_at < text.size() && text[star.text_at] != '/') {
      p = star.pattern_at;
      t = ++star.text_at;
      continue;
    }
    const auto slash = parts.possible() ? text.find('/', parts.text_at) : std::string_view::npos;
    if (slash == std::string_view::npos) return false;
    parts.text_at = slash + 1;
    p = parts.pattern_at;
    t = parts.text_at;
    star = {};
  }
}

}  // namespace detoy::source
