#include "serve/cloud_event.h"

#include <array>

namespace detoy::serve {
namespace {

using foundation::Event;
using foundation::NewEvent;
using nlohmann::json;

constexpr std::size_t most_extensions = 16;
// Answers have these beside the extensions.
constexpr std::array taken = {"position", "partition"};

json attributes(const Event& event) {
  json told = json::object();
  for (const Event::Extension& extension : event.extensions) told[extension.name] = extension.value;
  told["specversion"] = "1.0";
  told["id"] = event.id;
  told["source"] = event.source;
  told["type"] = event.type;
  told["time"] = time_text(event.time);
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) told[name] = value;
  };
  add("subject", event.subject);
  add("datacontenttype", event.content_type);
  add("dataschema", event.schema);
  add("partitionkey", event.key);
  return told;
}

// application/json, text/json, application/anything+json; what follows a semicolon does not count.
bool says_json(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return type.ends_with("/json") || type.ends_with("+json");
}

// A byte order mark is no part of JSON.
bool is_json(const Event& event) {
  return says_json(event.content_type) && !event.data.starts_with("\xEF\xBB\xBF") && json::accept(event.data);
}

}  // namespace

SentEvent::SentEvent(Fields& fields)
    : source_(fields.text("source")),
      type_(fields.text("type")),
      id_(fields.text_or("id", "")),
      subject_(fields.text_or("subject", "")),
      time_(fields.time_or("time", 0)),
      content_type_(fields.text_or("datacontenttype", "")),
      schema_(fields.text_or("dataschema", "")),
      key_(fields.text_or("partitionkey", "")),
      data_(fields.bytes_or_json("data", json_data_)) {
  if (json_data_ && content_type_.empty()) content_type_ = "application/json";
  if (json_data_ && !says_json(content_type_)) fields.refuse("data", "must be text: datacontenttype is not JSON");
  if (fields.has("specversion")) (void)fields.choice("specversion", {"1.0"});
  for (const char* name : taken) {
    if (fields.has(name)) fields.refuse(name, "is told in answers: no extension is named so");
  }
  extensions_ = fields.others_as_text(most_extensions);
}

NewEvent SentEvent::view(std::vector<NewEvent::Extension>& extensions) const {
  extensions.clear();
  for (const auto& [name, value] : extensions_) extensions.push_back({name, value});
  return {.source = source_,
          .type = type_,
          .id = id_,
          .subject = subject_,
          .time = time_,
          .content_type = content_type_,
          .schema = schema_,
          .key = key_,
          .data = data_,
          .extensions = extensions};
}

json told_event(const Event& event) {
  json told = attributes(event);
  told["position"] = event.position;
  told["partition"] = event.partition;
  json data = is_json(event) ? json::parse(event.data, nullptr, false) : json();
  if (!data.is_null() && !data.is_discarded()) {
    told["data"] = std::move(data);
  } else {
    set_bytes(told, "data", event.data);
  }
  return told;
}

std::string cloud_event_text(const Event& event) {
  json told = attributes(event);
  const bool as_it_is = is_json(event);
  if (!as_it_is && !event.data.empty()) set_bytes(told, "data", event.data);
  std::string text = told.dump(-1, ' ', false, json::error_handler_t::replace);
  if (!as_it_is) return text;
  // Reading and writing it anew would change great numbers.
  text.pop_back();
  return text.append(",\"data\":").append(event.data).append("}");
}

}  // namespace detoy::serve
