#include "serve/json_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "serve/base64.h"
#include "serve/rfc3339.h"

namespace detoy::serve {
namespace {

using nlohmann::json;

constexpr int deepest = 64;

// PostgreSQL has no text with a NUL, so it is none here either.
bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

// Before it is parsed, which goes as deep as the text does. Of what is no valid JSON the parser tells.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > deepest) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<json> parse_json(std::string_view text) {
  if (too_deep(text)) return fail(ErrorCategory::usage, fmt::format("the body has more than {} levels", deepest));
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return fail(ErrorCategory::usage, "the body is no valid JSON");
  return value;
}

Fields::Fields(const json& object, json* schema) : Fields(object, {}, schema) {}

Fields::Fields(const json& object, std::string where, json* schema)
    : object_(&object), where_(std::move(where)), schema_(schema) {
  asked_.reserve(8);
  if (schema_ != nullptr) {
    *schema_ = {{"type", "object"}, {"properties", json::object()}, {"additionalProperties", false}};
    return;
  }
  if (!object.is_object()) problem_ = fmt::format("{} must be an object", where_.empty() ? "the body" : where_);
}

bool Fields::describes(std::string_view name, json type, bool required) {
  if (schema_ == nullptr) return false;
  (*schema_)["properties"][std::string(name)] = std::move(type);
  const bool perhaps = std::find(perhaps_.begin(), perhaps_.end(), name) != perhaps_.end();
  if (required && !perhaps) (*schema_)["required"].push_back(name);
  return true;
}

std::string Fields::called(std::string_view name) const {
  return where_.empty() ? std::string(name) : fmt::format("{}.{}", where_, name);
}

void Fields::wrong(std::string_view name, std::string_view what) {
  if (schema_ != nullptr) return;
  if (problem_.empty()) problem_ = fmt::format("{} {}", called(name), what);
}

std::vector<std::pair<std::string, std::string>> Fields::others_as_text(std::size_t most) {
  std::vector<std::pair<std::string, std::string>> others;
  if (schema_ != nullptr) (*schema_)["additionalProperties"] = {{"type", {"string", "integer", "boolean", "null"}}};
  if (!object_->is_object()) return others;
  for (const auto& [name, value] : object_->items()) {
    if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
    // A name that cannot be meant stays unknown, and finish() says so.
    const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
    if (!plain) continue;
    if (others.size() == most) {
      wrong(name.substr(0, 64), fmt::format("is too much: there may be {} further members", most));
      break;
    }
    if (value.is_string()) {
      others.emplace_back(name, value.get<std::string>());
    } else if (value.is_boolean() || value.is_number_integer()) {
      others.emplace_back(name, value.dump());
    } else if (!value.is_null()) {
      wrong(name.substr(0, 64), "must be text, a whole number, true or false");
    }
    asked_.push_back(name);
  }
  return others;
}

bool Fields::has(std::string_view name) const {
  if (schema_ != nullptr) {
    perhaps_.emplace_back(name);
    return true;
  }
  return object_->is_object() && object_->contains(name);
}

const json* Fields::member(std::string_view name, bool required) {
  asked_.emplace_back(name);
  if (!object_->is_object()) return nullptr;
  const auto found = object_->find(name);
  if (found != object_->end()) return &*found;
  if (required) wrong(name, "is missing");
  return nullptr;
}

std::string Fields::characters(std::string_view name) {
  const json* value = member(name, true);
  if (value == nullptr) return {};
  if (!value->is_string()) {
    wrong(name, "must be text");
    return {};
  }
  return value->get<std::string>();
}

std::string Fields::text(std::string_view name) {
  if (describes(name, {{"type", "string"}}, true)) return {};
  std::string text = characters(name);
  if (!has_nul(text)) return text;
  wrong(name, "must not have a NUL character");
  return {};
}

std::string Fields::text_or(std::string_view name, std::string_view otherwise) {
  if (describes(name, {{"type", "string"}}, false)) return std::string(otherwise);
  if (has(name)) return text(name);
  asked_.emplace_back(name);
  return std::string(otherwise);
}

std::string Fields::bytes(std::string_view name) {
  const std::string other = fmt::format("{}_base64", name);
  if (describes(name, {{"type", "string"}}, false)) {
    describes(other, {{"type", "string"}, {"contentEncoding", "base64"}}, false);
    (*schema_)["oneOf"] = {{{"required", {name}}}, {{"required", {other}}}};
    return {};
  }
  if (!has(other)) return characters(name);
  if (has(name)) wrong(name, fmt::format("and {} exclude each other", other));
  asked_.emplace_back(name);
  const std::optional<std::string> bytes = base64_decoded(characters(other));
  if (!bytes) wrong(other, "is no valid base64");
  return bytes.value_or("");
}

std::string Fields::bytes_or(std::string_view name, std::string_view otherwise) {
  if (describes(name, {{"type", "string"}}, false)) {
    describes(fmt::format("{}_base64", name), {{"type", "string"}, {"contentEncoding", "base64"}}, false);
    return std::string(otherwise);
  }
  if (has(name) || has(fmt::format("{}_base64", name))) return bytes(name);
  return std::string(otherwise);
}

std::string Fields::bytes_or_json(std::string_view name, bool& is_json) {
  is_json = false;
  if (describes(name, json::object(), false)) {
    describes(fmt::format("{}_base64", name), {{"type", "string"}, {"contentEncoding", "base64"}}, false);
    return {};
  }
  const json* value = has(name) ? &object_->at(std::string(name)) : nullptr;
  is_json = value != nullptr && !value->is_string() && !value->is_null();
  if (value != nullptr && value->is_null()) asked_.emplace_back(name);
  if (value == nullptr || value->is_string()) return bytes_or(name, "");
  if (!is_json) return {};
  if (has(fmt::format("{}_base64", name))) wrong(name, fmt::format("and {}_base64 exclude each other", name));
  return member(name, true)->dump();
}

namespace {

json whole_number(std::int64_t least, std::int64_t most) {
  json type = {{"type", "integer"}, {"format", "int64"}, {"minimum", least}};
  if (most != INT64_MAX) type["maximum"] = most;
  return type;
}

}  // namespace

std::int64_t Fields::number(std::string_view name, std::int64_t least, std::int64_t most) {
  if (describes(name, whole_number(least, most), true)) return least;
  const json* value = member(name, true);
  if (value == nullptr) return 0;
  const bool fits =
      value->is_number_integer() &&
      !(value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX));
  if (!fits || value->get<std::int64_t>() < least || value->get<std::int64_t>() > most) {
    wrong(name, fmt::format("must be a whole number between {} and {}", least, most));
    return 0;
  }
  return value->get<std::int64_t>();
}

std::int64_t Fields::number_or(std::string_view name, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
  return optional_number(name, least, most).value_or(otherwise);
}

std::optional<std::int64_t> Fields::optional_number(std::string_view name, std::int64_t least, std::int64_t most) {
  if (describes(name, whole_number(least, most), false)) return std::nullopt;
  if (has(name)) return number(name, least, most);
  asked_.emplace_back(name);
  return std::nullopt;
}

bool Fields::flag(std::string_view name) {
  if (describes(name, {{"type", "boolean"}}, true)) return false;
  const json* value = member(name, true);
  if (value == nullptr) return false;
  if (!value->is_boolean()) {
    wrong(name, "must be true or false");
    return false;
  }
  return value->get<bool>();
}

bool Fields::flag_or(std::string_view name, bool otherwise) {
  if (describes(name, {{"type", "boolean"}, {"default", otherwise}}, false)) return otherwise;
  if (has(name)) return flag(name);
  asked_.emplace_back(name);
  return otherwise;
}

std::chrono::microseconds Fields::milliseconds(std::string_view name) {
  constexpr std::int64_t year = std::int64_t{366} * 24 * 3600 * 1000;
  return std::chrono::milliseconds(number(name, 0, year));
}

std::chrono::microseconds Fields::milliseconds_or(std::string_view name, std::chrono::microseconds otherwise) {
  if (schema_ != nullptr) perhaps_.emplace_back(name);
  if (has(name)) return milliseconds(name);
  asked_.emplace_back(name);
  return otherwise;
}

std::size_t Fields::choice(std::string_view name, std::initializer_list<std::string_view> choices) {
  if (describes(name, {{"type", "string"}, {"enum", choices}}, true)) return 0;
  const std::string value = text(name);
  const auto* found = std::find(choices.begin(), choices.end(), value);
  if (found == choices.end()) wrong(name, fmt::format("must be one of {}", fmt::join(choices, ", ")));
  return found == choices.end() ? 0 : static_cast<std::size_t>(found - choices.begin());
}

std::int64_t Fields::time(std::string_view name) {
  if (describes(name, {{"type", "string"}, {"format", "date-time"}}, true)) return 0;
  const std::string told = text(name);
  const auto time = parse_time(told);
  if (!time) wrong(name, "must be a time like 2026-01-31T12:00:00Z");
  return time.value_or(0);
}

std::int64_t Fields::time_or(std::string_view name, std::int64_t otherwise) {
  if (schema_ != nullptr) perhaps_.emplace_back(name);
  if (has(name)) return time(name);
  asked_.emplace_back(name);
  return otherwise;
}

std::vector<std::string> Fields::texts_or_none(std::string_view name, std::size_t most) {
  std::vector<std::string> texts;
  if (describes(name, {{"type", "array"}, {"maxItems", most}, {"items", {{"type", "string"}}}}, false)) return texts;
  const json* value = member(name, false);
  if (value == nullptr) return texts;
  const auto is_text = [](const json& item) {
    return item.is_string() && !has_nul(item.get_ref<const std::string&>());
  };
  if (!value->is_array() || value->size() > most || !std::all_of(value->begin(), value->end(), is_text)) {
    wrong(name, fmt::format("must be an array of up to {} texts", most));
    return texts;
  }
  for (const json& item : *value) texts.push_back(item.get<std::string>());
  return texts;
}

std::vector<std::int64_t> Fields::numbers_or_none(std::string_view name, std::size_t most) {
  constexpr std::int64_t greatest = std::int64_t{11} * 366 * 24 * 3600 * 1000;
  std::vector<std::int64_t> numbers;
  if (describes(name, {{"type", "array"}, {"maxItems", most}, {"items", whole_number(0, greatest)}}, false))
    return numbers;
  const json* value = member(name, false);
  if (value == nullptr) return numbers;
  const auto fits = [&](const json& item) {
    return item.is_number_unsigned() && item.get<std::uint64_t>() <= static_cast<std::uint64_t>(greatest);
  };
  if (!value->is_array() || value->size() > most || !std::all_of(value->begin(), value->end(), fits)) {
    wrong(name, fmt::format("must be an array of up to {} whole numbers between 0 and {}", most, greatest));
    return numbers;
  }
  for (const json& item : *value) numbers.push_back(item.get<std::int64_t>());
  return numbers;
}

std::vector<std::int64_t> Fields::whole_numbers(std::string_view name, std::size_t most) {
  std::vector<std::int64_t> numbers;
  const json items = whole_number(0, INT64_MAX);
  if (describes(name, {{"type", "array"}, {"minItems", 1}, {"maxItems", most}, {"items", items}}, true)) return numbers;
  const json* value = member(name, true);
  if (value == nullptr) return numbers;
  const auto fits = [](const json& item) {
    return item.is_number_unsigned() && item.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX);
  };
  if (!value->is_array() || value->empty() || value->size() > most ||
      !std::all_of(value->begin(), value->end(), fits)) {
    wrong(name, fmt::format("must be an array of 1 to {} whole numbers that are not negative", most));
    return numbers;
  }
  for (const json& item : *value) numbers.push_back(item.get<std::int64_t>());
  return numbers;
}

std::string Fields::object_text(std::string_view name) {
  if (describes(name, {{"type", "object"}}, true)) return "{}";
  const json* value = member(name, true);
  if (value == nullptr) return {};
  if (!value->is_object()) {
    wrong(name, "must be an object");
    return {};
  }
  return value->dump(-1, ' ', false, json::error_handler_t::replace);
}

json Fields::scalar(std::string_view name) {
  if (describes(name, {{"type", {"string", "number"}}}, true)) return nullptr;
  const json* value = member(name, true);
  if (value == nullptr) return nullptr;
  const bool too_great =
      value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  if ((!value->is_string() && !value->is_number()) || too_great) {
    wrong(name, "must be text or a number");
    return nullptr;
  }
  return *value;
}

Fields Fields::object(std::string_view name) {
  static const json none = json::object();
  if (describes(name, json::object(), true))
    return Fields(none, called(name), &(*schema_)["properties"][std::string(name)]);
  const json* value = member(name, true);
  return Fields(value == nullptr ? none : *value, called(name), nullptr);
}

std::vector<Fields> Fields::objects(std::string_view name, std::size_t most) {
  std::vector<Fields> all;
  if (describes(name, {{"type", "array"}, {"minItems", 1}, {"maxItems", most}, {"items", json::object()}}, true)) {
    all.push_back(Fields(*object_, {}, &(*schema_)["properties"][std::string(name)]["items"]));
    return all;
  }
  const json* value = member(name, true);
  if (value == nullptr) return all;
  if (!value->is_array() || value->empty() || value->size() > most) {
    wrong(name, fmt::format("must be an array of 1 to {} objects", most));
    return all;
  }
  for (std::size_t i = 0; i < value->size(); ++i)
    all.push_back(Fields((*value)[i], fmt::format("{}[{}]", called(name), i), nullptr));
  return all;
}

void Fields::join(Fields& inner) {
  const auto done = inner.finish();
  if (!done && problem_.empty()) problem_ = done.error().message;
}

Result<void> Fields::finish() {
  if (schema_ != nullptr) return fail(ErrorCategory::usage, "only described");
  if (problem_.empty() && object_->is_object()) {
    for (const auto& [name, value] : object_->items()) {
      if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
      // A name of a stranger: bounded before it goes into a message.
      wrong(name.substr(0, 64), "is not known here");
      break;
    }
  }
  if (problem_.empty()) return {};
  return fail(ErrorCategory::usage, problem_);
}

void set_bytes(json& object, std::string_view name, std::string_view bytes) {
  // What JSON cannot hold as text is found by trying.
  json text = std::string(bytes);
  try {
    (void)text.dump();
    object[std::string(name)] = std::move(text);
  } catch (const json::exception&) {
    object[fmt::format("{}_base64", name)] = base64_encoded(bytes);
  }
}

std::string time_text(std::int64_t micros) {
  constexpr std::int64_t second = 1'000'000;
  const std::time_t whole = static_cast<std::time_t>(micros / second);
  std::tm parts{};
  if (gmtime_r(&whole, &parts) == nullptr) return {};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, micros % second);
}

std::int64_t to_milliseconds(std::int64_t micros) {
  constexpr std::int64_t in_one = 1'000;
  return (micros + in_one - 1) / in_one;
}

}  // namespace detoy::serve
