// What goes into a statement and what comes out of it: the few types that every engine has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace detoy::foundation {

// Bytes of a caller, as opposed to text: stored as BLOB or bytea.
struct Bytes {
  std::string_view data;
};

// One parameter of a statement. Text and bytes are borrowed until the statement has run.
using Param = std::variant<std::nullptr_t, std::int64_t, std::string_view, Bytes>;

template <typename T>
Param param(const std::optional<T>& value) {
  return value ? Param(*value) : Param(nullptr);
}

// What a statement gave: rows of equal width. Text and bytes are owned by the rows.
class Rows {
 public:
  using Cell = std::variant<std::nullptr_t, std::int64_t, std::string>;

  Rows() = default;
  explicit Rows(std::size_t columns) : columns_(columns) {}

  bool empty() const { return cells_.empty(); }
  std::size_t size() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
  // Rows that an INSERT, UPDATE or DELETE touched.
  std::int64_t changed() const { return changed_; }

  bool is_null(std::size_t row, std::size_t column) const {
    return std::holds_alternative<std::nullptr_t>(cell(row, column));
  }
  bool is_number(std::size_t row, std::size_t column) const {
    return std::holds_alternative<std::int64_t>(cell(row, column));
  }
  // 0 for null and for text: statements name the types of what they ask for.
  std::int64_t number(std::size_t row, std::size_t column) const {
    const auto* value = std::get_if<std::int64_t>(&cell(row, column));
    return value == nullptr ? 0 : *value;
  }
  // Empty for null and for numbers.
  const std::string& text(std::size_t row, std::size_t column) const {
    static const std::string none;
    const auto* value = std::get_if<std::string>(&cell(row, column));
    return value == nullptr ? none : *value;
  }

  // For engines.
  void add(Cell cell) { cells_.push_back(std::move(cell)); }
  void set_changed(std::int64_t count) { changed_ = count; }

 private:
  const Cell& cell(std::size_t row, std::size_t column) const { return cells_[row * columns_ + column]; }

  std::size_t columns_ = 0;
  std::vector<Cell> cells_;
  std::int64_t changed_ = 0;
};

}  // namespace detoy::foundation
