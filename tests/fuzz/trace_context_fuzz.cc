// Any bytes as a traceparent header: what goes on is well-formed, and the trace of a well-formed one.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "require.h"
#include "serve/trace_context.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using detoy::fuzz::require;
  using detoy::serve::TraceContext;
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  detoy::serve::RandomBytes random;
  const TraceContext context = TraceContext::of(header, random);
  const std::string text = context.text();
  require(text.size() == 55 && text.find_first_not_of("0123456789abcdef-") == std::string::npos, "it is well-formed");
  require(TraceContext::of(text, random).trace_id() == context.trace_id(), "what it says is read as it is meant");
  if (header.find(context.trace_id()) == 3) require(text.ends_with(header.substr(52)), "flags go on with the trace");
  return 0;
}
