#include "facts/facts_cache.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <cstdlib>
#include <cstring>
#include <optional>

#include "facts/cache_file.h"
#include "facts/facts_codec.h"

namespace detoy::facts {
namespace {

constexpr std::uint64_t magic = 0x31534341'46594f54;

struct Header {
  std::uint64_t magic = 0;
  std::uint64_t version = 0;
  std::uint64_t checksum = 0;  // of all that follows the header
  std::uint64_t count = 0;
};
struct Record {
  ContentKey key;
  std::uint64_t offset = 0;  // from the end of the table
  std::uint64_t size = 0;
};

}  // namespace

ContentKey content_key(std::string_view text, Language language) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(text.data(), text.size(), static_cast<std::uint64_t>(language) + 1);
  return {hash.low64, hash.high64};
}

std::string default_cache_folder() {
  // Read once, before threads are started, by whoever asks.
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg != nullptr && xdg[0] == '/')
    return std::string(xdg) + "/detoy";
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/')
    return std::string(home) + "/.cache/detoy";
  return {};
}

FactsCache::FactsCache(const std::string& folder, std::string_view root) {
  if (folder.empty()) return;
  path_ = fmt::format("{}/{:016x}.facts", folder, XXH3_64bits(root.data(), root.size()));
  load();
}

void FactsCache::load() {
  if (!read_cache_file(path_, bytes_) || bytes_.size() < sizeof(Header)) {
    bytes_.clear();
    return;
  }
  Header header;
  std::memcpy(&header, bytes_.data(), sizeof header);
  const std::string_view rest = std::string_view(bytes_).substr(sizeof header);
  if (header.magic != magic || header.version != layout_version || header.count > rest.size() / sizeof(Record) ||
      header.checksum != XXH3_64bits(rest.data(), rest.size())) {
    bytes_.clear();
    return;
  }
  const std::size_t blob = sizeof header + header.count * sizeof(Record);
  for (std::uint64_t i = 0; i < header.count; ++i) {
    Record record;
    std::memcpy(&record, bytes_.data() + sizeof header + i * sizeof record, sizeof record);
    if (record.size > bytes_.size() - blob || record.offset > bytes_.size() - blob - record.size) continue;
    entries_.emplace(record.key, Entry{blob + record.offset, record.size});
  }
}

bool FactsCache::find(const ContentKey& key, FileFacts& facts) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return false;
  if (!decode(std::string_view(bytes_).substr(found->second.offset, found->second.size), facts)) return false;
  const std::lock_guard guard(mutex_);
  used_[key] = true;
  return true;
}

void FactsCache::put(const ContentKey& key, const FileFacts& facts) {
  if (path_.empty()) return;
  std::string bytes;
  encode(facts, bytes);
  const std::lock_guard guard(mutex_);
  added_[key] = std::move(bytes);
}

bool FactsCache::save() {
  if (path_.empty()) return true;
  // Old entries are kept while they are few: switching between branches should not read everything again.
  if (added_.empty() && used_.size() * 2 >= entries_.size()) return true;
  // What is written lies in many pieces, and is as large as all else together: it is not copied into one.
  std::vector<Record> records;
  std::vector<std::string_view> pieces;
  std::uint64_t offset = 0;
  const auto add = [&](const ContentKey& key, std::string_view bytes) {
    records.push_back({key, offset, bytes.size()});
    pieces.push_back(bytes);
    offset += bytes.size();
  };
  const bool keep_unused = entries_.size() <= 2 * (used_.size() + added_.size());
  for (const auto& [key, entry] : entries_) {
    if (added_.contains(key)) continue;  // read anew: the entry was of no use
    if (keep_unused || used_.contains(key)) add(key, std::string_view(bytes_).substr(entry.offset, entry.size));
  }
  for (const auto& [key, bytes] : added_) add(key, bytes);
  pieces.insert(pieces.begin(), {reinterpret_cast<const char*>(records.data()), records.size() * sizeof(Record)});
  const std::optional<std::uint64_t> sum = checksum(pieces);
  if (!sum) return false;
  const Header header{magic, layout_version, *sum, records.size()};
  pieces.insert(pieces.begin(), {reinterpret_cast<const char*>(&header), sizeof header});
  return write_cache_file(path_, pieces);
}

}  // namespace detoy::facts
