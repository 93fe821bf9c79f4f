// Text of other people's files inside a Markdown document: it must stay text. Everything is made printable first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace detoy::report {

// As running text inside a line, also in a table cell.
std::string escaped(std::string_view text);

// As code, also in a table cell: a code span, or <code> with character references where a span cannot hold it.
std::string code(std::string_view text);

// `path:line` as code and a link to it, relative to the repository's root: [`path:line`](path#Lline).
std::string link(std::string_view path, std::uint32_t line);
// The same with another text, shown as code.
std::string link(std::string_view text, std::string_view path, std::uint32_t line);

}  // namespace detoy::report
