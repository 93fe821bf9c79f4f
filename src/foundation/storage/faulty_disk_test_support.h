// A disk for tests that counts, fails and loses power as it is told: an SQLite VFS around the machine's own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace detoy::foundation {

// Thread-safe. Files are really written, so that locks and shared memory work among connections; beside them the disk
// keeps what a sync has made safe. Outlives the connections that use it.
class FaultyDisk {
 public:
  enum class Fault {
    none,
    write_error,
    full,
    sync_error,
    power_loss,  // from then on nothing is written, and whoever tries is told that it failed
  };
  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  // For SqliteEngine::Options::vfs.
  const std::string& name() const { return name_; }
  // Writes, truncations and syncs that were asked for until now.
  int operations();
  int syncs();
  // The operation with this number (see operations(); the next one has the present count) meets a fault. A write_error,
  // full or sync_error is met once, by the first operation of its sort from there on.
  void fail_at(int operation, Fault fault);
  // Whether the fault was met.
  bool failed();
  // What another machine would find on the disk if power was lost now: all that was synced, and of the rest what
  // chance (`seed`) decides: each write wholly, by half, or not at all.
  void leave_to(const std::filesystem::path& folder, unsigned seed);
  // The same with the worst luck: nothing but what was synced.
  void leave_synced_to(const std::filesystem::path& folder);

  // For the VFS.
  struct Change {
    std::int64_t offset = 0;
    std::string bytes;
    bool truncates = false;  // to `offset`
  };
  Fault meets(bool sync);
  void note(const std::string& path, Change change);
  void note_sync(const std::string& path);
  void note_delete(const std::string& path);

 private:
  struct File {
    bool synced = false;  // ever
    std::string safe;
    std::vector<Change> unsafe;
  };
  static void apply(const Change& change, std::string& bytes);
  static void leave(const std::filesystem::path& folder, const std::string& path, const std::string& bytes);

  std::string name_;
  void* vfs_ = nullptr;
  std::mutex mutex_;
  int operations_ = 0;
  int syncs_ = 0;
  int fails_at_ = -1;
  Fault fault_ = Fault::none;
  bool failed_ = false;
  std::map<std::string, File> files_;
};

}  // namespace detoy::foundation
