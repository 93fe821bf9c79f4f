// Reading a whole file below an open folder.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace detoy::source {

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return value_; }
  bool valid() const { return value_ >= 0; }
  int release() {
    const int value = value_;
    value_ = -1;
    return value;
  }

 private:
  int value_;
};

// What errno says, for people.
std::string system_message(int error);

// The bytes of the regular file `path`, which is relative to the open folder. Fails above `max_size` bytes.
Result<std::string> read_file_at(int folder, const std::string& path, std::uint64_t max_size = UINT64_MAX);

// The same for a path that the working directory resolves.
Result<std::string> read_file(const std::string& path, std::uint64_t max_size = UINT64_MAX);

}  // namespace detoy::source
