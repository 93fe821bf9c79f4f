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

bool same_word(std::string_view word, std::string_view wanted) {
  if (word == wanted) return true;
  if (word.size() == wanted.size() + 1 && word.back() == 's') return word.starts_with(wanted);
  if (word.size() == wanted.size() + 2 && word.ends_with("es")) return word.starts_with(wanted);
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
  std::vector<std::string_view> wanted;
  for (std::string_view rest = phrase; !rest.empty();) {
    const auto space = rest.find(' ');
    if (space != 0) wanted.push_back(rest.substr(0, space));
    rest = space == std::string_view::npos ? std::string_view{} : rest.substr(space + 1);
  }
  if (wanted.empty() || wanted.size() > words.size()) return false;
  for (std::size_t start = 0; start + wanted.size() <= words.size(); ++start) {
    std::size_t i = 0;
    while (i < wanted.size() && same_word(words[start + i], wanted[i])) ++i;
    if (i == wanted.size()) return true;
  }
  return false;
}

}  // namespace detoy
