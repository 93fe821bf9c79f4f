// Any bytes as the body of a call, read in every way that handlers read: refused with a message, or values within the
// bounds that were asked for.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "require.h"
#include "serve/json_fields.h"

namespace {

using detoy::fuzz::require;
using detoy::serve::Fields;
using nlohmann::json;

void require_good_message(const std::string& message) {
  require(!message.empty() && message.size() < 1000, "a message is short");
}

// Members of `fields` by the names that the seeds and the dictionary have.
void read_all(Fields& fields, int depth) {
  (void)fields.text_or("text", "");
  (void)fields.bytes_or("bytes", "");
  require(fields.number_or("number", 7, -5, 1'000) <= 1'000, "a number is within its bounds");
  const auto optional = fields.optional_number("optional", INT64_MIN, INT64_MAX);
  require(!optional || fields.has("optional"), "what is not there is not read");
  (void)fields.flag_or("flag", false);
  require(fields.milliseconds_or("time_ms", {}).count() >= 0, "a time is not negative");
  require(fields.texts_or_none("texts", 3).size() <= 3, "texts are within their bounds");
  require(fields.numbers_or_none("numbers", 3).size() <= 3, "numbers are within their bounds");
  if (fields.has("choice")) require(fields.choice("choice", {"a", "b"}) < 2, "a choice is one of them");
  if (fields.has("scalar")) (void)fields.scalar("scalar").dump(-1, ' ', false, json::error_handler_t::replace);
  if (fields.has("text_of_object")) {
    const std::string text = fields.object_text("text_of_object");
    require(text.empty() || json::accept(text), "an object's text is JSON");
  }
  if (depth == 0) return;
  if (fields.has("object")) {
    Fields inner = fields.object("object");
    read_all(inner, depth - 1);
    fields.join(inner);
  }
  if (fields.has("objects")) {
    for (Fields& inner : fields.objects("objects", 3)) {
      read_all(inner, depth - 1);
      fields.join(inner);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto body = detoy::serve::parse_json(text);
  if (!body) {
    require_good_message(body.error().message);
    return 0;
  }
  Fields fields(*body);
  read_all(fields, 3);
  if (const auto finished = fields.finish(); !finished) require_good_message(finished.error().message);

  // Bytes come back as they went.
  json holder = json::object();
  detoy::serve::set_bytes(holder, "bytes", text);
  Fields reader(holder);
  require(reader.bytes("bytes") == text && reader.finish().has_value(), "bytes survive");
  return 0;
}
