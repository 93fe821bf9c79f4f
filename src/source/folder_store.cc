#include "source/folder_store.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

#include "source/read_file.h"
#include "source/relative_path.h"

namespace detoy::source {
namespace {

// Holds the folder open, so that a rename of one of its parents does not matter and lookups are short.
class FolderStore final : public Store {
 public:
  explicit FolderStore(Descriptor folder) : folder_(std::move(folder)) {}

  Result<std::string> read(std::string_view path) const override {
    const auto resolved = resolve_path("", path);
    if (!resolved || resolved->empty()) return fail(ErrorCategory::input, "is not a path below the root");
    return read_file_at(folder_.get(), *resolved);
  }

 private:
  Descriptor folder_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_folder_store(const std::string& folder) {
  Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.valid()) {
    return fail(ErrorCategory::input, fmt::format("{}: cannot be opened: {}", folder, system_message(errno)));
  }
  return std::make_unique<FolderStore>(std::move(descriptor));
}

}  // namespace detoy::source
