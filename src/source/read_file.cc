#include "source/read_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace detoy::source {

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

std::string system_message(int error) {
  return std::generic_category().message(error);
}

Result<std::string> read_file_at(int folder, const std::string& path, std::uint64_t max_size) {
  // O_NONBLOCK: a named pipe must not hold us up.
  const Descriptor file(::openat(folder, path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.valid()) return fail(ErrorCategory::io, fmt::format("cannot be opened: {}", system_message(errno)));
  struct stat info = {};
  if (::fstat(file.get(), &info) != 0) {
    return fail(ErrorCategory::io, fmt::format("cannot be examined: {}", system_message(errno)));
  }
  if (!S_ISREG(info.st_mode)) return fail(ErrorCategory::io, "is not a regular file");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > max_size) {
    return fail(ErrorCategory::io, fmt::format("is larger than {} bytes", max_size));
  }
  std::string text;
  text.resize(static_cast<std::size_t>(size));
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto count = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorCategory::io, fmt::format("cannot be read: {}", system_message(errno)));
    if (count == 0) break;  // it shrank meanwhile
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  return text;
}

Result<std::string> read_file(const std::string& path, std::uint64_t max_size) {
  return read_file_at(AT_FDCWD, path, max_size);
}

}  // namespace detoy::source
