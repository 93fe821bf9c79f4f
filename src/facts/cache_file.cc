#include "facts/cache_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

namespace detoy::facts {
namespace {

constexpr std::uint64_t largest_file = 1u << 30;

bool write_whole(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file, bytes.data(), bytes.size());
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

// Small pieces together, so that there are few calls.
bool write_all(int file, const std::vector<std::string_view>& pieces) {
  constexpr std::size_t enough = std::size_t{256} << 10;
  std::string together;
  for (const std::string_view piece : pieces) {
    if (together.size() + piece.size() > enough) {
      if (!write_whole(file, together)) return false;
      together.clear();
    }
    if (piece.size() > enough) {
      if (!write_whole(file, piece)) return false;
    } else {
      together += piece;
    }
  }
  return write_whole(file, together);
}

}  // namespace

bool read_cache_file(const std::string& path, std::string& out) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return false;
  struct stat info{};
  bool good =
      ::fstat(file, &info) == 0 && S_ISREG(info.st_mode) && static_cast<std::uint64_t>(info.st_size) <= largest_file;
  if (good) {
    const auto size = static_cast<std::size_t>(info.st_size);
    // Not zeroed first: it may be many megabytes.
    out.resize_and_overwrite(size, [file](char* to, std::size_t wanted) {
      std::size_t done = 0;
      while (done < wanted) {
        const ssize_t got = ::read(file, to + done, wanted - done);
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
      }
      return done;
    });
    good = out.size() == size;
  }
  ::close(file);
  return good;
}

std::optional<std::uint64_t> checksum(const std::vector<std::string_view>& pieces) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), XXH3_freeState);
  if (state == nullptr || XXH3_64bits_reset(state.get()) != XXH_OK) return std::nullopt;
  for (const std::string_view piece : pieces) {
    if (XXH3_64bits_update(state.get(), piece.data(), piece.size()) != XXH_OK) return std::nullopt;
  }
  return XXH3_64bits_digest(state.get());
}

bool write_cache_file(const std::string& path, const std::vector<std::string_view>& pieces) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  std::string temporary = path + ".XXXXXX";
  const int file = ::mkstemp(temporary.data());
  if (file < 0) return false;
  const bool written = write_all(file, pieces);
  const bool closed = ::close(file) == 0;
  if (!written || !closed || ::rename(temporary.c_str(), path.c_str()) != 0) {
    ::unlink(temporary.c_str());
    return false;
  }
  return true;
}

}  // namespace detoy::facts
