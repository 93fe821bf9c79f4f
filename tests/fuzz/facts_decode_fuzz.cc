// Any bytes as an entry of the facts cache: refused, or facts that are encoded to the same bytes.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "facts/facts_codec.h"
#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace detoy;
  // The bytes stand behind the header that every entry begins with, so that all runs go past it.
  std::string bytes;
  facts::encode({}, bytes);
  bytes.resize(2 * sizeof(std::uint32_t));
  bytes.append(reinterpret_cast<const char*>(data), size);
  facts::FileFacts facts;
  if (facts::decode(bytes, facts)) {
    std::string again;
    facts::encode(facts, again);
    fuzz::require(bytes == again, "decoded facts are the encoded ones");
  }
  facts::FileFacts raw;
  facts::decode(std::string_view(reinterpret_cast<const char*>(data), size), raw);
  return 0;
}
