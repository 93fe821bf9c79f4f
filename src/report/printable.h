// Text out of other people's files, made safe and measurable for reports.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace detoy::report {

// The text on one line, without anything that could steer a terminal, reorder what is shown or hide: tabs and line
// breaks become one space; other control characters, bidirectional controls and invisible characters become a visible
// escape such as \x1b or \u202e; bytes that are not UTF-8 become U+FFFD.
std::string printable(std::string_view text);

// Code points in valid UTF-8 text. Wide characters count once.
std::size_t columns(std::string_view text);

// The text, or its beginning and "…", in at most `width` code points.
std::string clip(std::string_view text, std::size_t width);

}  // namespace detoy::report
