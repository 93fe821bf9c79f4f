#include "foundation/storage/faulty_disk_test_support.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <new>
#include <random>

namespace detoy::foundation {
namespace {

// SQLite allocates it, with the machine's own file behind it.
struct File {
  sqlite3_file base;
  FaultyDisk* disk;
  std::string* path;
  sqlite3_file* real;
};

File& of(sqlite3_file* file) {
  return *reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
  return of(file).real;
}

int status_of(FaultyDisk::Fault fault) {
  switch (fault) {
    case FaultyDisk::Fault::none:
      return SQLITE_OK;
    case FaultyDisk::Fault::full:
      return SQLITE_FULL;
    case FaultyDisk::Fault::sync_error:
      return SQLITE_IOERR_FSYNC;
    default:
      return SQLITE_IOERR_WRITE;
  }
}

int close_file(sqlite3_file* file) {
  const int status = real(file)->pMethods->xClose(real(file));
  delete of(file).path;
  return status;
}
int read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), to, size, offset);
}
int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  File& self = of(file);
  const auto fault = self.disk->meets(false);
  if (fault != FaultyDisk::Fault::none) return status_of(fault);
  const int status = self.real->pMethods->xWrite(self.real, from, size, offset);
  if (status == SQLITE_OK)
    self.disk->note(*self.path, {offset, std::string(static_cast<const char*>(from), static_cast<std::size_t>(size))});
  return status;
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  File& self = of(file);
  const auto fault = self.disk->meets(false);
  if (fault != FaultyDisk::Fault::none) return status_of(fault);
  const int status = self.real->pMethods->xTruncate(self.real, size);
  if (status == SQLITE_OK) self.disk->note(*self.path, {size, {}, true});
  return status;
}
// Nothing is really synced: the machine stays on, and the test is quicker.
int sync(sqlite3_file* file, int) {
  File& self = of(file);
  const auto fault = self.disk->meets(true);
  if (fault != FaultyDisk::Fault::none) return status_of(fault);
  self.disk->note_sync(*self.path);
  return SQLITE_OK;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int lock(sqlite3_file* file, int level) {
  return real(file)->pMethods->xLock(real(file), level);
}
int unlock(sqlite3_file* file, int level) {
  return real(file)->pMethods->xUnlock(real(file), level);
}
int check_reserved(sqlite3_file* file, int* answer) {
  return real(file)->pMethods->xCheckReservedLock(real(file), answer);
}
int control(sqlite3_file* file, int operation, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file) {
  return real(file)->pMethods->xSectorSize(real(file));
}
int characteristics(sqlite3_file* file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, to);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void barrier(sqlite3_file* file) {
  real(file)->pMethods->xShmBarrier(real(file));
}
int unmap_shared(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

// Version 2: shared memory, but no memory-mapped reading, which would go around xWrite.
constexpr sqlite3_io_methods file_methods = {
    2,
    close_file,
    read,
    write,
    truncate,
    sync,
    file_size,
    lock,
    unlock,
    check_reserved,
    control,
    sector_size,
    characteristics,
    map_shared,
    lock_shared,
    barrier,
    unmap_shared,
    nullptr,
    nullptr,
};

struct Vfs {
  sqlite3_vfs base{};
  sqlite3_vfs* real = nullptr;
  FaultyDisk* disk = nullptr;
};

Vfs& of(sqlite3_vfs* vfs) {
  return *reinterpret_cast<Vfs*>(vfs);
}

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  auto* self = new (file) File{{nullptr}, of(vfs).disk, nullptr, nullptr};
  self->real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(File));
  const int status = of(vfs).real->xOpen(of(vfs).real, path, self->real, flags, out_flags);
  if (status != SQLITE_OK) return status;
  self->path = new std::string(path == nullptr ? "" : path);
  self->base.pMethods = &file_methods;
  return SQLITE_OK;
}
int delete_file(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  const auto fault = of(vfs).disk->meets(false);
  if (fault != FaultyDisk::Fault::none) return status_of(fault);
  const int status = of(vfs).real->xDelete(of(vfs).real, path, sync_folder);
  if (status == SQLITE_OK) of(vfs).disk->note_delete(path);
  return status;
}

}  // namespace

FaultyDisk::FaultyDisk() : name_(fmt::format("faulty-disk-{}", static_cast<void*>(this))) {
  auto vfs = std::make_unique<Vfs>();
  vfs->real = sqlite3_vfs_find(nullptr);
  vfs->disk = this;
  vfs->base = *vfs->real;
  // The machine's own functions that are not replaced get this one's address, and look at nothing that it lacks.
  vfs->base.szOsFile = static_cast<int>(sizeof(File)) + vfs->real->szOsFile;
  vfs->base.zName = name_.c_str();
  vfs->base.pNext = nullptr;
  vfs->base.xOpen = open_file;
  vfs->base.xDelete = delete_file;
  sqlite3_vfs_register(&vfs->base, 0);
  vfs_ = vfs.release();
}

FaultyDisk::~FaultyDisk() {
  const std::unique_ptr<Vfs> vfs(static_cast<Vfs*>(vfs_));
  sqlite3_vfs_unregister(&vfs->base);
}

int FaultyDisk::operations() {
  const std::lock_guard guard(mutex_);
  return operations_;
}

int FaultyDisk::syncs() {
  const std::lock_guard guard(mutex_);
  return syncs_;
}

void FaultyDisk::fail_at(int operation, Fault fault) {
  const std::lock_guard guard(mutex_);
  fails_at_ = operation;
  fault_ = fault;
  failed_ = false;
}

bool FaultyDisk::failed() {
  const std::lock_guard guard(mutex_);
  return failed_;
}

FaultyDisk::Fault FaultyDisk::meets(bool sync) {
  const std::lock_guard guard(mutex_);
  const int number = operations_++;
  if (sync) ++syncs_;
  if (fault_ == Fault::none || number < fails_at_) return Fault::none;
  if (fault_ != Fault::power_loss && (failed_ || sync != (fault_ == Fault::sync_error))) return Fault::none;
  failed_ = true;
  return fault_;
}

void FaultyDisk::note(const std::string& path, Change change) {
  const std::lock_guard guard(mutex_);
  files_[path].unsafe.push_back(std::move(change));
}

void FaultyDisk::note_sync(const std::string& path) {
  const std::lock_guard guard(mutex_);
  File& file = files_[path];
  for (const Change& change : file.unsafe) apply(change, file.safe);
  file.unsafe.clear();
  file.synced = true;
}

void FaultyDisk::note_delete(const std::string& path) {
  const std::lock_guard guard(mutex_);
  files_.erase(path);
}

void FaultyDisk::apply(const Change& change, std::string& bytes) {
  const auto offset = static_cast<std::size_t>(change.offset);
  if (change.truncates) {
    bytes.resize(offset);
    return;
  }
  if (bytes.size() < offset + change.bytes.size()) bytes.resize(offset + change.bytes.size());
  std::memcpy(bytes.data() + offset, change.bytes.data(), change.bytes.size());
}

void FaultyDisk::leave_to(const std::filesystem::path& folder, unsigned seed) {
  const std::lock_guard guard(mutex_);
  std::mt19937 random(seed);
  for (const auto& [path, file] : files_) {
    std::string bytes = file.safe;
    bool there = file.synced;
    for (Change change : file.unsafe) {
      const auto fate = random() % 4;
      if (fate == 0) continue;
      if (fate == 1) change.bytes.resize(change.bytes.size() / 2);
      apply(change, bytes);
      there = true;
    }
    if (there) leave(folder, path, bytes);
  }
}

void FaultyDisk::leave_synced_to(const std::filesystem::path& folder) {
  const std::lock_guard guard(mutex_);
  for (const auto& [path, file] : files_) {
    if (file.synced) leave(folder, path, file.safe);
  }
}

void FaultyDisk::leave(const std::filesystem::path& folder, const std::string& path, const std::string& bytes) {
  std::ofstream(folder / std::filesystem::path(path).filename(), std::ios::binary) << bytes;
}

}  // namespace detoy::foundation
