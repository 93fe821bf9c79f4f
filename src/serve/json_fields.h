// Reads the members of a JSON object that a stranger sent: types, bounds, nothing unknown.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace detoy::serve {

// Parses text that may have been made to harm: at most 64 levels deep, one value, valid UTF-8. Category usage.
Result<nlohmann::json> parse_json(std::string_view text);

// The first thing that is wrong is kept, and finish() tells it: a handler asks for all it needs and looks once. Until
// then what is missing or wrong reads as empty or 0. Messages name the member: "checks[0].rule.limit must be ...".
class Fields {
 public:
  // The object must outlive this. With a `schema`, nothing is read: what is asked for is noted there as JSON Schema,
  // all that is asked reads as if it were there, and finish() is an error, so that a handler does nothing.
  explicit Fields(const nlohmann::json& object, nlohmann::json* schema = nullptr);

  // Without NUL characters: not every engine can hold them in text.
  std::string text(std::string_view name);
  std::string text_or(std::string_view name, std::string_view otherwise);
  // Bytes of any kind: `name` as text, or `name`_base64.
  std::string bytes(std::string_view name);
  std::string bytes_or(std::string_view name, std::string_view otherwise);
  std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most);
  std::int64_t number_or(std::string_view name, std::int64_t otherwise, std::int64_t least, std::int64_t most);
  std::optional<std::int64_t> optional_number(std::string_view name, std::int64_t least, std::int64_t most);
  bool flag(std::string_view name);
  bool flag_or(std::string_view name, bool otherwise);
  // A number of milliseconds; primitives check its bounds themselves.
  std::chrono::microseconds milliseconds(std::string_view name);
  std::chrono::microseconds milliseconds_or(std::string_view name, std::chrono::microseconds otherwise);
  // Microseconds since 1970 of a time as time_text() gives it.
  std::int64_t time(std::string_view name);
  std::int64_t time_or(std::string_view name, std::int64_t otherwise);
  // The index of the text among `choices`.
  std::size_t choice(std::string_view name, std::initializer_list<std::string_view> choices);
  std::vector<std::string> texts_or_none(std::string_view name, std::size_t most);
  // Whole numbers of milliseconds, for instance: none of them negative or longer than eleven years.
  std::vector<std::int64_t> numbers_or_none(std::string_view name, std::size_t most);
  // 1 to `most` whole numbers, none of them negative.
  std::vector<std::int64_t> whole_numbers(std::string_view name, std::size_t most);
  // Bytes as bytes_or() reads them, or any other JSON value as its text: then `is_json` is set.
  std::string bytes_or_json(std::string_view name, bool& is_json);
  // An object as JSON text, for whoever reads it as such.
  std::string object_text(std::string_view name);
  // A text or a number.
  nlohmann::json scalar(std::string_view name);
  // Members that nobody asked for so far, as text: those with names of a-z and 0-9, up to `most`. Null counts as not
  // there.
  std::vector<std::pair<std::string, std::string>> others_as_text(std::size_t most);
  bool has(std::string_view name) const;
  // An object, and the objects of an array of 1 to `most`.
  Fields object(std::string_view name);
  std::vector<Fields> objects(std::string_view name, std::size_t most);
  // Notes what the caller of this finds wrong with a member.
  void refuse(std::string_view name, std::string_view what) { wrong(name, what); }
  // Takes over what was wrong within.
  void join(Fields& inner);

  // Also an error: members that nobody asked for.
  Result<void> finish();

 private:
  // `where` begins the names in messages.
  Fields(const nlohmann::json& object, std::string where, nlohmann::json* schema);
  // Whether a schema is wanted; then the member is in it.
  bool describes(std::string_view name, nlohmann::json type, bool required);
  const nlohmann::json* member(std::string_view name, bool required);
  std::string characters(std::string_view name);
  void wrong(std::string_view name, std::string_view what);
  std::string called(std::string_view name) const;

  const nlohmann::json* object_;
  std::string where_;
  std::string problem_;
  std::vector<std::string> asked_;
  nlohmann::json* schema_ = nullptr;
  mutable std::vector<std::string> perhaps_;  // members of which it was asked whether they are there
};

// Adds `name` as text, or as `name`_base64 if the bytes are no text that JSON could hold.
void set_bytes(nlohmann::json& object, std::string_view name, std::string_view bytes);
// 2026-11-21T15:04:05.000006Z
std::string time_text(std::int64_t micros);
std::int64_t to_milliseconds(std::int64_t micros);  // rounded up

}  // namespace detoy::serve
