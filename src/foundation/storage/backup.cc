#include "foundation/storage/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "foundation/storage/migrations.h"
#include "foundation/storage/sqlite_engine.h"

namespace detoy::foundation {
namespace {

namespace fs = std::filesystem;

// Gone, with what SQLite keeps beside it, when the object is.
class ScratchFile {
 public:
  explicit ScratchFile(std::string path) : path_(std::move(path)) { remove(); }
  ~ScratchFile() { remove(); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  void remove() const {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) fs::remove(path_ + suffix, ignored);
  }
  std::string path_;
};

std::unexpected<Error> cannot(const std::string& path, const char* what) {
  return fail(ErrorCategory::io, fmt::format("{}: cannot {}: {}", path, what, std::strerror(errno)));
}

Result<void> sync(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return cannot(path, "open");
  const bool synced = ::fsync(file) == 0;
  ::close(file);
  if (!synced) return cannot(path, "sync");
  return {};
}

std::string folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

// All in the file itself, so that it can be copied alone.
Result<CopiedStore> write_file(Engine& store, const std::string& path) {
  auto file = SqliteEngine::open(path);
  if (!file) return std::unexpected(file.error());
  if (const auto made = migrate(**file); !made) return std::unexpected(made.error());
  return copy_store(store, **file);
}

// SQLite's own look at the pages, before anything is believed.
Result<void> check(Engine& file, const std::string& path) {
  static constexpr Statement look = "PRAGMA integrity_check(1)";
  static constexpr Statement schema = "SELECT count(*) FROM sqlite_schema WHERE name = 'detoy_schema'";
  const auto looked = file.read([](Transaction& transaction) { return transaction.run(look); });
  const auto known = file.read([](Transaction& transaction) { return transaction.run(schema); });
  if (!looked || !known || looked->text(0, 0) != "ok")
    return fail(ErrorCategory::input, fmt::format("{}: is no backup, or damaged", path));
  if (known->number(0, 0) != 1) return fail(ErrorCategory::input, fmt::format("{}: is no backup of detoy", path));
  return {};
}

bool begins_like_sqlite(const std::string& path) {
  constexpr std::string_view magic = "SQLite format 3";
  std::string begin(magic.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  return file.read(begin.data(), static_cast<std::streamsize>(begin.size())) && begin == magic;
}

}  // namespace

Result<CopiedStore> back_up(Engine& store, const std::string& path) {
  std::error_code none;
  if (fs::exists(fs::symlink_status(path, none)))
    return fail(ErrorCategory::io, fmt::format("{}: is there already", path));
  // In the same folder: it is given its name in one step.
  const ScratchFile part(fmt::format("{}.{}.part", path, ::getpid()));
  auto copied = write_file(store, part.path());
  if (!copied) return copied;
  if (const auto synced = sync(part.path()); !synced) return std::unexpected(synced.error());
  // Unlike rename(), link() never replaces what came there meanwhile.
  if (::link(part.path().c_str(), path.c_str()) != 0) return cannot(path, "be given its name");
  if (const auto synced = sync(folder_of(path)); !synced) return std::unexpected(synced.error());
  return copied;
}

Result<CopiedStore> restore(const std::string& path, Engine& store) {
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    return fail(ErrorCategory::input, fmt::format("{}: {}", path, error ? error.message() : "is no file"));
  if (!begins_like_sqlite(path)) return fail(ErrorCategory::input, fmt::format("{}: is no backup", path));
  // Of a copy, since opening it changes it: SQLite writes, and an older one is brought up to date.
  std::string folder = (fs::temp_directory_path(error) / "detoy-restore-XXXXXX").string();
  if (error || ::mkdtemp(folder.data()) == nullptr) return cannot(folder, "make a temporary folder");
  struct Folder {
    std::string path;
    ~Folder() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  } const temporary{folder};
  const std::string copy = folder + "/backup.db";
  if (!fs::copy_file(path, copy, error))
    return fail(ErrorCategory::io, fmt::format("{}: cannot copy it: {}", path, error.message()));
  auto file = SqliteEngine::open(copy);
  if (!file) return fail(ErrorCategory::input, fmt::format("{}: is no backup, or damaged", path));
  if (const auto checked = check(**file, path); !checked) return std::unexpected(checked.error());
  if (const auto migrated = migrate(**file); !migrated) {
    return fail(migrated.error().category, fmt::format("{}: {}", path, migrated.error().message));
  }
  return copy_store(**file, store);
}

}  // namespace detoy::foundation
