// Identifiers as words: rateLimitStore, RATE_LIMIT_STORE and rate-limit-store are "rate limit store".
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace detoy {

// Lower-case words of an identifier, path or type text, in order. Digits stay with the word before them.
std::vector<std::string> split_words(std::string_view identifier);

// Whether `text` is one of `words`, letter by letter.
inline bool is_one_of(const std::vector<std::string>& words, std::string_view text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Whether `phrase` (lower-case words separated by spaces) occurs in `words` as consecutive words. A word also matches
// its plural in -s, -es or -ies.
bool has_phrase(const std::vector<std::string>& words, std::string_view phrase);

}  // namespace detoy
