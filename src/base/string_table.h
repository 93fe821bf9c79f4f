// Gives equal strings one number. Numbers count up from 1 in order of first appearance; 0 is the empty string. What
// at() gives stays valid while the table grows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace detoy {

class StringTable {
 public:
  StringTable() : slots_(64) {}

  std::uint32_t intern(std::string_view text) {
    if (text.empty()) return 0;
    if ((views_.size() + 1) * 2 > slots_.size()) grow();
    const std::uint32_t wanted = hash(text);
    std::size_t slot = wanted & (slots_.size() - 1);
    while (slots_[slot].id != 0) {
      if (slots_[slot].hash == wanted && views_[slots_[slot].id] == text) return slots_[slot].id;
      slot = (slot + 1) & (slots_.size() - 1);
    }
    const auto id = static_cast<std::uint32_t>(views_.size());
    views_.push_back(stored(text));
    slots_[slot] = {wanted, id};
    return id;
  }

  std::string_view at(std::uint32_t id) const { return views_[id]; }
  std::size_t size() const { return views_.size(); }

  // Hands over the characters of all strings, one after the other, and the end of each; the table is empty afterwards.
  void release(std::string& characters, std::vector<std::uint32_t>& ends) {
    characters.clear();
    characters.reserve(stored_);
    ends.clear();
    ends.reserve(views_.size());
    for (const std::string_view text : views_) {
      characters.append(text);
      ends.push_back(static_cast<std::uint32_t>(characters.size()));
    }
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

  // Copies the text into a block that stays where it is. Blocks grow with the table: most tables are one file's.
  std::string_view stored(std::string_view text) {
    constexpr std::size_t first_block = 4096;
    constexpr std::size_t largest_block = std::size_t{1} << 20;
    if (left_ < text.size()) {
      left_ = std::max(text.size(), std::clamp(stored_, first_block, largest_block));
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
      free_ = blocks_.back().get();
    }
    std::memcpy(free_, text.data(), text.size());
    const std::string_view copy(free_, text.size());
    free_ += text.size();
    left_ -= text.size();
    stored_ += text.size();
    return copy;
  }

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;  // in the last block
  std::size_t left_ = 0;  // characters that fit behind it
  std::size_t stored_ = 0;
  std::vector<std::string_view> views_ = {{}};
  std::vector<Slot> slots_;
};

}  // namespace detoy
