// Strict reading of a map's fields: each is asked for by name and type, and what nobody asked for is an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/node.h"

namespace detoy::catalog {

// The problems of one file. The one nearest to the top of the file is kept: the first that a person would meet.
class Problems {
 public:
  Problems(std::string path, ErrorCategory category) : path_(std::move(path)), category_(category) {}

  void add(std::uint32_t line, std::string_view message);
  // "path:line: message"; nothing when the file is fine.
  const std::optional<Error>& first() const { return first_; }

 private:
  std::string path_;
  ErrorCategory category_;
  std::uint32_t line_ = 0;
  std::optional<Error> first_;
};

// What a message calls a value: "'kind'", "policy 'max_evidence'". It is put together only when there is a message,
// which is never for nearly every value that is read.
struct Label {
  std::string_view words;
  std::optional<std::string_view> name = std::nullopt;  // in quotes, after the words

  std::string text() const;
};

// The scalar's text; "" and a problem when the node is no scalar or empty.
std::string read_text(const Node& node, const Label& what, Problems& problems);
std::optional<double> read_number(const Node& node, const Label& what, Problems& problems);
// A list of texts. One text alone is a list of one.
std::vector<std::string> read_texts(const Node& node, const Label& what, Problems& problems);

// The fields of one map. The readers leave `out` as it is when the field is absent.
class Fields {
 public:
  // `what` names the map in messages: "a library". A node that is no map is a problem and has no fields.
  Fields(const Node& node, std::string_view what, Problems& problems);
  // Reports the keys that were not asked for.
  ~Fields();
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  const Node* find(std::string_view key);
  // As find, and a problem when absent.
  const Node* need(std::string_view key);

  bool text(std::string_view key, std::string& out);
  bool texts(std::string_view key, std::vector<std::string>& out);
  bool boolean(std::string_view key, bool& out);

  Problems& problems() { return problems_; }
  std::uint32_t line() const { return node_.line; }

 private:
  const Node& node_;
  std::string what_;
  Problems& problems_;
  std::vector<std::string_view> asked_;
};

}  // namespace detoy::catalog
