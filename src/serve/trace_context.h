// W3C Trace Context, version 00: which trace a request belongs to.
#pragma once

#include <string>
#include <string_view>

#include "serve/random_bytes.h"

namespace detoy::serve {

class TraceContext {
 public:
  // Goes on with the trace of the header, under a span of our own; begins one if the header is missing or not valid.
  static TraceContext of(std::string_view traceparent, RandomBytes& random);

  const std::string& trace_id() const { return trace_id_; }  // 32 hexadecimal digits
  std::string text() const { return "00-" + trace_id_ + "-" + span_id_ + "-" + flags_; }

 private:
  std::string trace_id_;
  std::string span_id_;
  std::string flags_;
};

}  // namespace detoy::serve
