// Gives equal strings one number. Numbers count up from 1 in order of first appearance; 0 is the empty string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace detoy {

class StringTable {
 public:
  StringTable() : slots_(64, 0) {}

  std::uint32_t intern(std::string_view text) {
    if (text.empty()) return 0;
    if ((ends_.size() + 1) * 2 > slots_.size()) grow();
    std::size_t slot = hash(text) & (slots_.size() - 1);
    while (slots_[slot] != 0) {
      if (at(slots_[slot]) == text) return slots_[slot];
      slot = (slot + 1) & (slots_.size() - 1);
    }
    characters_.append(text);
    ends_.push_back(static_cast<std::uint32_t>(characters_.size()));
    const auto id = static_cast<std::uint32_t>(ends_.size() - 1);
    slots_[slot] = id;
    return id;
  }

  std::string_view at(std::uint32_t id) const {
    if (id == 0) return {};
    return std::string_view(characters_).substr(ends_[id - 1], ends_[id] - ends_[id - 1]);
  }
  std::size_t size() const { return ends_.size(); }

  // Hands the characters and the end of each string over; the table is empty afterwards.
  void release(std::string& characters, std::vector<std::uint32_t>& ends) {
    characters = std::move(characters_);
    ends = std::move(ends_);
    *this = StringTable();
  }

 private:
  static std::size_t hash(std::string_view text) {
    std::uint64_t h = 1469598103934665603u;  // FNV-1a
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return static_cast<std::size_t>(h ^ (h >> 32));
  }
  void grow() {
    std::vector<std::uint32_t> larger(slots_.size() * 2, 0);
    for (std::uint32_t id = 1; id < ends_.size(); ++id) {
      std::size_t slot = hash(at(id)) & (larger.size() - 1);
      while (larger[slot] != 0) slot = (slot + 1) & (larger.size() - 1);
      larger[slot] = id;
    }
    slots_ = std::move(larger);
  }

  std::string characters_;
  std::vector<std::uint32_t> ends_ = {0};
  std::vector<std::uint32_t> slots_;
};

}  // namespace detoy
