#include <tree_sitter/api.h>

#include <array>

#include "syntax/front_end.h"
#include "syntax/parse_budget.h"

namespace detoy::syntax {

const FrontEnd* front_end(Language language) {
  static constexpr std::array all = {&typescript_front_end, &tsx_front_end, &javascript_front_end, &python_front_end,
                                     &rust_front_end};
  for (const FrontEnd* candidate : all) {
    if (candidate->language == language) return candidate;
  }
  return nullptr;
}

namespace {

const char* read(void* payload, std::uint32_t offset, TSPoint /*position*/, std::uint32_t* length) {
  const auto* source = static_cast<const std::string_view*>(payload);
  if (offset >= source->size()) {
    *length = 0;
    return "";
  }
  *length = static_cast<std::uint32_t>(source->size()) - offset;
  return source->data() + offset;
}

TSTree* parse_text(TSParser* parser, const FrontEnd& front_end, std::string_view source) {
  if (!ts_parser_set_language(parser, front_end.grammar())) return nullptr;
  const std::string mended = front_end.mend == nullptr ? std::string() : front_end.mend(source);
  if (!mended.empty()) source = mended;
  return parse_within_budget(parser, TSInput{&source, read, TSInputEncodingUTF8, nullptr}, source.size());
}

}  // namespace

Parser::Parser() : parser_(ts_parser_new()) {}
Parser::~Parser() {
  ts_parser_delete(parser_);
}

bool Parser::parse(const FrontEnd& front_end, std::string_view source, Tree& tree) {
  tree.clear();
  TSTree* parsed = parse_text(parser_, front_end, source);
  if (parsed == nullptr) return false;
  front_end.lower(parsed, source, tree);
  ts_tree_delete(parsed);
  return true;
}

bool Parser::parse_only(const FrontEnd& front_end, std::string_view source) {
  TSTree* parsed = parse_text(parser_, front_end, source);
  if (parsed == nullptr) return false;
  ts_tree_delete(parsed);
  return true;
}

}  // namespace detoy::syntax
