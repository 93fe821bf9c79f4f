#include "cli/result_cache.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <cstring>
#include <memory>
#include <set>

#include "facts/cache_file.h"
#include "inventory/inventory_codec.h"

namespace detoy::cli {
namespace {

constexpr std::uint64_t magic = 0x31534552'594f5444;

struct Header {
  std::uint64_t magic = 0;
  facts::ContentKey input;
  std::uint64_t checksum = 0;  // of all that follows the header
};

// A hash of values, each with its length, so that no two sequences of them run into the same bytes.
class Hash {
 public:
  Hash() : state_(XXH3_createState(), XXH3_freeState) {
    good_ = state_ != nullptr && XXH3_128bits_reset(state_.get()) == XXH_OK;
  }
  void add(std::uint64_t number) { update(&number, sizeof number); }
  void add(std::string_view text) {
    add(static_cast<std::uint64_t>(text.size()));
    update(text.data(), text.size());
  }
  void add_all(const std::vector<std::string>& texts) {
    add(static_cast<std::uint64_t>(texts.size()));
    for (const std::string& text : texts) add(text);
  }
  void add_all(const std::vector<source::Warning>& warnings) {
    add(static_cast<std::uint64_t>(warnings.size()));
    for (const source::Warning& warning : warnings) {
      add(warning.path);
      add(std::uint64_t{warning.line});
      add(warning.message);
    }
  }
  std::optional<facts::ContentKey> digest() const {
    if (!good_) return std::nullopt;
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return facts::ContentKey{hash.low64, hash.high64};
  }

 private:
  void update(const void* data, std::size_t size) {
    good_ = good_ && XXH3_128bits_update(state_.get(), data, size) == XXH_OK;
  }
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
  bool good_ = false;
};

void add_tree(Hash& hash, const source::Tree& tree) {
  hash.add(tree.root);
  hash.add(tree.commit);
  hash.add(std::uint64_t{tree.packages.size()});
  for (const source::Package& package : tree.packages) {
    hash.add(package.name);
    hash.add(package.path);
    hash.add(static_cast<std::uint64_t>(package.kind));
    hash.add_all(package.entry_points);
    hash.add_all(package.dependencies);
    hash.add(std::uint64_t{package.has_start_script} | std::uint64_t{package.has_container} << 1 |
             std::uint64_t{package.is_workspace_root} << 2);
  }
  hash.add(std::uint64_t{tree.aliases.size()});
  for (const source::PathAlias& alias : tree.aliases) {
    hash.add(alias.pattern);
    hash.add_all(alias.targets);
    hash.add(alias.scope);
  }
  hash.add(std::uint64_t{tree.settings.size()});
  for (const source::DeploymentSetting& setting : tree.settings) {
    hash.add(setting.name);
    hash.add(setting.value);
    hash.add(setting.path);
    hash.add(std::uint64_t{setting.line});
  }
  hash.add_all(tree.warnings);
}

}  // namespace

std::optional<facts::ContentKey> input_key(const source::Source& source,
                                           const std::vector<syntax::ExtractedFile>& extracted,
                                           std::string_view configuration) {
  // Another build may see other things in the same code, whatever its version says.
  struct stat program{};
  if (::stat("/proc/self/exe", &program) != 0) return std::nullopt;
  Hash hash;
  hash.add(static_cast<std::uint64_t>(program.st_ino));
  hash.add(static_cast<std::uint64_t>(program.st_size));
  hash.add(static_cast<std::uint64_t>(program.st_mtim.tv_sec));
  hash.add(static_cast<std::uint64_t>(program.st_mtim.tv_nsec));
  hash.add(configuration);
  add_tree(hash, source.tree);
  for (std::size_t i = 0; i < extracted.size(); ++i) {
    const source::File& file = source.tree.files[i];
    hash.add(file.path);
    hash.add(static_cast<std::uint64_t>(file.language));
    hash.add(std::uint64_t{file.package});
    hash.add(static_cast<std::uint64_t>(extracted[i].role));
    hash.add(std::uint64_t{extracted[i].readable});
    hash.add(extracted[i].content.low);
    hash.add(extracted[i].content.high);
    hash.add_all(extracted[i].warnings);
  }
  // Lines of these are shown as evidence.
  std::set<std::string_view> deployment;
  for (const source::DeploymentSetting& setting : source.tree.settings) deployment.insert(setting.path);
  for (const std::string_view path : deployment) hash.add(source.store->read(path).value_or(""));
  return hash.digest();
}

ResultCache::ResultCache(const std::string& folder, std::string_view root) {
  if (!folder.empty()) path_ = fmt::format("{}/{:016x}.result", folder, XXH3_64bits(root.data(), root.size()));
}

std::optional<inventory::Inventory> ResultCache::find(const facts::ContentKey& input) const {
  std::string bytes;
  if (path_.empty() || !facts::read_cache_file(path_, bytes) || bytes.size() < sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::string_view rest = std::string_view(bytes).substr(sizeof header);
  if (header.magic != magic || header.input != input || header.checksum != XXH3_64bits(rest.data(), rest.size()))
    return std::nullopt;
  inventory::Inventory inventory;
  if (!inventory::decode(rest, inventory)) return std::nullopt;
  return inventory;
}

bool ResultCache::put(const facts::ContentKey& input, const inventory::Inventory& inventory) const {
  if (path_.empty()) return true;
  std::string bytes;
  inventory::encode(inventory, bytes);
  const Header header{magic, input, XXH3_64bits(bytes.data(), bytes.size())};
  return facts::write_cache_file(path_, {{reinterpret_cast<const char*>(&header), sizeof header}, bytes});
}

}  // namespace detoy::cli
