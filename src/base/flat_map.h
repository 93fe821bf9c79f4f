// A map from numbers to small values that only grows. Its entries lie in one array: no allocation for each of them.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace detoy {

template <typename Key, typename Value>
class FlatMap {
 public:
  // What the key has, or null. Holds until the next insertion.
  const Value* find(Key key) const {
    if (entries_.empty()) return nullptr;
    const Entry& entry = entries_[slot(key)];
    return entry.used ? &entry.value : nullptr;
  }
  bool contains(Key key) const { return find(key) != nullptr; }

  // The value that the key has now, and whether it is new. A value that was there stays.
  std::pair<Value*, bool> insert(Key key, Value value) {
    if ((size_ + 1) * 2 > entries_.size()) reserve(size_ + 1);
    Entry& entry = entries_[slot(key)];
    const bool fresh = !entry.used;
    if (fresh) {
      entry = {key, value, true};
      ++size_;
    }
    return {&entry.value, fresh};
  }
  void set(Key key, Value value) { *insert(key, value).first = value; }

  // Makes room for so many entries in all.
  void reserve(std::size_t count) {
    const std::size_t wanted = std::bit_ceil(count * 2 < 8 ? std::size_t{8} : count * 2);
    if (wanted <= entries_.size()) return;
    std::vector<Entry> old(wanted);
    old.swap(entries_);
    for (const Entry& entry : old) {
      if (entry.used) entries_[slot(entry.key)] = entry;
    }
  }
  std::size_t size() const { return size_; }

 private:
  struct Entry {
    Key key = {};
    Value value = {};
    bool used = false;
  };

  // Where the key stands, or would stand.
  std::size_t slot(Key key) const {
    constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;
    std::uint64_t hash = (static_cast<std::uint64_t>(key) ^ (static_cast<std::uint64_t>(key) >> 32)) * golden;
    hash ^= hash >> 32;
    std::size_t at = hash & (entries_.size() - 1);
    while (entries_[at].used && entries_[at].key != key) at = (at + 1) & (entries_.size() - 1);
    return at;
  }

  std::vector<Entry> entries_;
  std::size_t size_ = 0;
};

}  // namespace detoy
