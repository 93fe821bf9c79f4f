// Gives equal strings one number. Numbers count up from 1 in order of first appearance; 0 is the empty string.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace detoy {

class StringTable {
 public:
  StringTable() : slots_(64) {}

  std::uint32_t intern(std::string_view text) {
    if (text.empty()) return 0;
    if ((ends_.size() + 1) * 2 > slots_.size()) grow();
    const std::uint32_t wanted = hash(text);
    std::size_t slot = wanted & (slots_.size() - 1);
    while (slots_[slot].id != 0) {
      if (slots_[slot].hash == wanted && at(slots_[slot].id) == text) return slots_[slot].id;
      slot = (slot + 1) & (slots_.size() - 1);
    }
    characters_.append(text);
    ends_.push_back(static_cast<std::uint32_t>(characters_.size()));
    const auto id = static_cast<std::uint32_t>(ends_.size() - 1);
    slots_[slot] = {wanted, id};
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
  // The hash is kept, so that growing and most comparisons need not look at the characters.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t id = 0;
  };

  static std::uint64_t word(const char* at, std::size_t size) {
    std::uint64_t value = 0;
    std::memcpy(&value, at, size);
    return value;
  }
  static std::uint64_t mixed(std::uint64_t h, std::uint64_t value) {
    h = (h ^ value) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 29);
  }
  // Eight characters at a time; the last eight may overlap those before.
  static std::uint32_t hash(std::string_view text) {
    constexpr std::size_t wide = sizeof(std::uint64_t);
    const char* at = text.data();
    std::size_t left = text.size();
    std::uint64_t h = left * 0xff51afd7ed558ccdu;
    if (left < wide) {
      // Two overlapping reads of a fixed size, since a copy of unknown size is a call.
      if (left >= 4) {
        h = mixed(h, word(at, 4) << 32 | word(at + left - 4, 4));
      } else {
        const auto byte = [&](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])); };
        h = mixed(h, byte(0) | byte(left / 2) << 8 | byte(left - 1) << 16);
      }
    } else {
      for (; left > wide; left -= wide, at += wide) h = mixed(h, word(at, wide));
      h = mixed(h, word(at + left - wide, wide));
    }
    h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93u;
    return static_cast<std::uint32_t>(h >> 32);
  }
  void grow() {
    std::vector<Slot> larger(slots_.size() * 2);
    for (const Slot& old : slots_) {
      if (old.id == 0) continue;
      std::size_t slot = old.hash & (larger.size() - 1);
      while (larger[slot].id != 0) slot = (slot + 1) & (larger.size() - 1);
      larger[slot] = old;
    }
    slots_ = std::move(larger);
  }

  std::string characters_;
  std::vector<std::uint32_t> ends_ = {0};
  std::vector<Slot> slots_;
};

}  // namespace detoy
