// Any bytes as source code of one language: they are read without a crash, the facts are consistent, and the cache
// gives back what it was given.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "facts/consistency.h"
#include "facts/facts_codec.h"
#include "require.h"
#include "syntax/facts_builder.h"
#include "syntax/front_end.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace detoy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const syntax::FrontEnd* front_end = syntax::front_end(Language::DETOY_FUZZED_LANGUAGE);
  syntax::Parser parser;
  syntax::Tree tree;
  if (!parser.parse(*front_end, text, tree)) return 0;
  const facts::FileFacts facts = syntax::build_facts(tree, front_end->language);
  fuzz::require(facts::Consistency::problem(facts).empty(), facts::Consistency::problem(facts));

  std::string bytes;
  facts::encode(facts, bytes);
  facts::FileFacts again;
  fuzz::require(facts::decode(bytes, again), "encoded facts can be decoded");
  std::string bytes_again;
  facts::encode(again, bytes_again);
  fuzz::require(bytes == bytes_again, "decoded facts are the encoded ones");
  return 0;
}
