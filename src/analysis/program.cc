#include "analysis/program.h"

#include <algorithm>

namespace detoy::analysis {

Program::Program(std::vector<SourceFile> files)
    : files_(std::move(files)), names_(std::make_unique<StringTable>()), local_names_(files_.size()) {
  functions.skip_none();
  for (FileId id = 0; id < files_.size(); ++id) {
    const facts::FileFacts& file = *files_[id].facts;
    declarations.add(file.declarations.size(), id);
    functions.add(file.functions.size(), id);
    types.add(file.types.size(), id);
    calls.add(file.calls.size(), id);
    local_names_[id].assign(file.ends.size(), 0);
  }
}

NameId Program::name(FileId file, facts::StringId string) const {
  if (string == 0) return 0;
  NameId& known = local_names_[file][string];
  if (known == 0) known = names_->intern(text(file, string));
  return known;
}

NameId Program::joined(NameId first, NameId second) const {
  const std::uint64_t key = static_cast<std::uint64_t>(first) << 32 | second;
  if (const NameId* known = joined_.find(key)) return *known;
  std::string whole(text(first));
  whole += '.';
  whole += text(second);
  const NameId name = names_->intern(whole);
  joined_.insert(key, name);
  return name;
}

FileId Program::find(std::string_view path) const {
  const auto found = std::lower_bound(files_.begin(), files_.end(), path,
                                      [](const SourceFile& file, std::string_view p) { return file.path < p; });
  return found != files_.end() && found->path == path ? static_cast<FileId>(found - files_.begin()) : no_file;
}

}  // namespace detoy::analysis
