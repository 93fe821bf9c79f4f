#include "syntax/rust_fragment.h"

#include "syntax/parse_budget.h"
#include "syntax/rust_grammar.h"

namespace detoy::syntax::rust {
namespace {

struct Reading {
  std::string_view text;
  std::uint32_t begin;  // the offset that text[0] claims to have
};

const char* read(void* payload, std::uint32_t offset, TSPoint /*position*/, std::uint32_t* length) {
  const auto* reading = static_cast<const Reading*>(payload);
  const std::uint32_t index = offset - reading->begin;
  if (offset < reading->begin || index >= reading->text.size()) {
    *length = 0;
    return "";
  }
  *length = static_cast<std::uint32_t>(reading->text.size()) - index;
  return reading->text.data() + index;
}

}  // namespace

FragmentParser::~FragmentParser() {
  if (parser_ != nullptr) ts_parser_delete(parser_);
}

TSTree* FragmentParser::parse(const FragmentText& fragment) {
  if (parser_ == nullptr) {
    parser_ = ts_parser_new();
    if (!ts_parser_set_language(parser_, tree_sitter_rust())) return nullptr;
  }
  TSRange range;
  range.start_point = fragment.begin_point;
  range.end_point = fragment.end_point;
  const std::string_view prefix = fragment.prefix;
  std::uint32_t indent = 0;
  if (fragment.begin_point.column >= prefix.size()) {
    range.start_point.column -= static_cast<std::uint32_t>(prefix.size());
  } else {  // no room on the line: the prefix stands on the line above
    if (fragment.begin_point.row == 0) return nullptr;
    indent = fragment.begin_point.column;
    range.start_point = {fragment.begin_point.row - 1, 0};
  }
  buffer_.assign(prefix);
  if (range.start_point.row != fragment.begin_point.row) buffer_.back() = '\n';
  buffer_.append(indent, ' ');
  const auto lead = static_cast<std::uint32_t>(buffer_.size());
  if (fragment.begin < lead || fragment.end < fragment.begin) return nullptr;
  buffer_ += source_.substr(fragment.begin, fragment.end - fragment.begin);
  buffer_ += fragment.suffix;
  for (const auto& [offset, character] : fragment.changes) buffer_[offset - fragment.begin + lead] = character;

  range.start_byte = fragment.begin - lead;
  range.end_byte = fragment.end + static_cast<std::uint32_t>(fragment.suffix.size());
  range.end_point.column += static_cast<std::uint32_t>(fragment.suffix.size());
  if (!ts_parser_set_included_ranges(parser_, &range, 1)) return nullptr;

  Reading reading{buffer_, range.start_byte};
  return parse_within_budget(parser_, TSInput{&reading, read, TSInputEncodingUTF8, nullptr}, buffer_.size());
}

}  // namespace detoy::syntax::rust
