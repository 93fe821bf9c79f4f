#include "base/words.h"

namespace detoy {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// addresses, boxes, batches: but states are no stats.
bool takes_es(std::string_view word) {
  return word.ends_with('s') || word.ends_with('x') || word.ends_with('z') || word.ends_with('o') ||
         word.ends_with("ch") || word.ends_with("sh");
}

bool same_word(std::string_view word, std::string_view wanted) {
  if (word == wanted) return true;
  if (word.size() == wanted.size() + 1 && word.back() == 's') return word.starts_with(wanted);
  if (word.size() == wanted.size() + 2 && word.ends_with("es") && takes_es(wanted)) return word.starts_with(wanted);
  if (word.size() == wanted.size() + 2 && word.ends_with("ies") && wanted.ends_with('y')) {
    return word.substr(0, word.size() - 3) == wanted.substr(0, wanted.size() - 1);
  }
  return false;
}

}  // namespace

std::vector<std::string> split_words(std::string_view identifier) {
  std::vector<std::string> words;
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t i = 0; i < identifier.size(); ++i) {
    const char c = identifier[i];
    if (!is_upper(c) && !is_lower(c) && !is_digit(c)) {
      finish();
      continue;
    }
    if (is_upper(c)) {
      const bool after_lower = i > 0 && (is_lower(identifier[i - 1]) || is_digit(identifier[i - 1]));
      const bool ends_capitals =
          i > 0 && is_upper(identifier[i - 1]) && i + 1 < identifier.size() && is_lower(identifier[i + 1]);
      if (after_lower || ends_capitals) finish();
    }
    word += is_upper(c) ? static_cast<char>(c + 32) : c;
  }
  finish();
  return words;
}

bool has_phrase(const std::vector<std::string>& words, std::string_view phrase) {
  // Asked for every word of the catalog: nothing is copied.
  const auto next = [](std::string_view& rest) {
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    return word;
  };
  std::string_view behind_first = phrase;
  const std::string_view first = next(behind_first);
  if (first.empty()) return false;
  for (std::size_t start = 0; start < words.size(); ++start) {
    if (!same_word(words[start], first)) continue;
    std::string_view rest = behind_first;
    std::string_view wanted = next(rest);
    std::size_t i = start + 1;
    while (!wanted.empty() && i < words.size() && same_word(words[i], wanted)) {
      wanted = next(rest);
      ++i;
    }
    if (wanted.empty()) return true;
  }
  return false;
}

}  // namespace detoy
