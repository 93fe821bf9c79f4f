// Events as the JSON format of CloudEvents 1.0 has them: extensions are members beside the attributes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "foundation/event.h"
#include "serve/json_fields.h"

namespace detoy::serve {

// What a caller sent to be published. Owns what view() refers to, and stays where it is while a view is used.
class SentEvent {
 public:
  explicit SentEvent(Fields& fields);
  // With the extensions in `extensions`, which the view refers to.
  foundation::NewEvent view(std::vector<foundation::NewEvent::Extension>& extensions) const;

 private:
  std::string source_;
  std::string type_;
  std::string id_;
  std::string subject_;
  std::int64_t time_ = 0;
  std::string content_type_;
  std::string schema_;
  std::string key_;
  bool json_data_ = false;
  std::string data_;
  std::vector<std::pair<std::string, std::string>> extensions_;
};

// For whoever calls: with the event's position and partition. Data is JSON itself if its content type says so and it
// is; else text, or base64 if it is none.
nlohmann::json told_event(const foundation::Event& event);

// For whoever knows CloudEvents: a text of application/cloudevents+json. Data that is JSON is told byte for byte.
std::string cloud_event_text(const foundation::Event& event);

}  // namespace detoy::serve
