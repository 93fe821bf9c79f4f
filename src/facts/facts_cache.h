// Facts of an earlier run, by the content they were read from.
//
// One file per scanned root in the user's cache folder. It is written to a temporary name and renamed, so that
// concurrent runs see the old or the new one; it carries a checksum, so that a damaged one counts as absent. Nothing
// that goes wrong with the cache is an error of the scan.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "facts/facts.h"

namespace detoy::facts {

// What facts depend on: the text and the language that it was read as.
struct ContentKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const ContentKey&) const = default;
};
ContentKey content_key(std::string_view text, Language language);

// $XDG_CACHE_HOME/detoy, ~/.cache/detoy, or "" if neither is known.
std::string default_cache_folder();

class FactsCache {
 public:
  // Without a folder the cache is empty and is not saved.
  FactsCache() = default;
  FactsCache(const std::string& folder, std::string_view root);
  FactsCache(const FactsCache&) = delete;
  FactsCache& operator=(const FactsCache&) = delete;

  // Thread-safe.
  bool find(const ContentKey& key, FileFacts& facts) const;
  // Thread-safe. Keeps the encoded facts until save().
  void put(const ContentKey& key, const FileFacts& facts);
  // Writes what was found or put in this run, if anything changed. False if it could not be written.
  bool save();

 private:
  struct Hash {
    std::size_t operator()(const ContentKey& key) const { return static_cast<std::size_t>(key.low ^ (key.high * 31)); }
  };
  struct Entry {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  void load();

  std::string path_;
  std::string bytes_;
  std::unordered_map<ContentKey, Entry, Hash> entries_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<ContentKey, bool, Hash> used_;
  std::unordered_map<ContentKey, std::string, Hash> added_;
};

}  // namespace detoy::facts
