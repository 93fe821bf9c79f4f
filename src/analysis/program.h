// All files' facts under one numbering, with names that compare as numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/flat_map.h"
#include "base/string_table.h"
#include "facts/facts.h"
#include "source/source.h"

namespace detoy::analysis {

using FileId = std::uint32_t;
// Ids of records across all files. 0 is none; every file's record 0 has an id as well and is only used for functions
// (a file's top-level code).
using DeclarationId = std::uint32_t;
using FunctionId = std::uint32_t;
using TypeId = std::uint32_t;
using CallId = std::uint32_t;
using NameId = std::uint32_t;

inline constexpr FileId no_file = 0xffffffff;

struct SourceFile {
  std::string path;
  Language language = Language::none;
  source::Role role = source::Role::production;
  std::uint32_t package = source::File::no_package;
  std::unique_ptr<facts::FileFacts> facts;
};

// Where a record lies.
struct Place {
  FileId file = no_file;
  facts::Index index = 0;
};

// Numbers one table across files.
class Numbering {
 public:
  void add(std::size_t count, FileId file) {
    bases_.push_back(static_cast<std::uint32_t>(files_.size()));
    files_.insert(files_.end(), count, file);
  }
  // Makes id 0 nobody's, for tables whose records begin at 0.
  void skip_none() { files_.push_back(0); }
  std::uint32_t id(FileId file, facts::Index index) const { return bases_[file] + index; }
  Place place(std::uint32_t id) const { return {files_[id], id - bases_[files_[id]]}; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(files_.size()); }

 private:
  std::vector<std::uint32_t> bases_;
  std::vector<FileId> files_;
};

class Program {
 public:
  explicit Program(std::vector<SourceFile> files);

  const std::vector<SourceFile>& files() const { return files_; }
  const SourceFile& file(FileId id) const { return files_[id]; }
  const facts::FileFacts& facts(FileId id) const { return *files_[id].facts; }

  Numbering declarations, functions, types, calls;

  const facts::Declaration& declaration(DeclarationId id) const {
    const Place p = declarations.place(id);
    return facts(p.file).declarations[p.index];
  }
  const facts::Function& function(FunctionId id) const {
    const Place p = functions.place(id);
    return facts(p.file).functions[p.index];
  }
  const facts::Type& type(TypeId id) const {
    const Place p = types.place(id);
    return facts(p.file).types[p.index];
  }
  const facts::Call& call(CallId id) const {
    const Place p = calls.place(id);
    return facts(p.file).calls[p.index];
  }

  std::string_view text(FileId file, facts::StringId string) const { return facts(file).string(string); }
  // A file's string as a number that is equal for equal strings of all files.
  NameId name(FileId file, facts::StringId string) const;
  NameId name(std::string_view text) const { return names_->intern(text); }
  std::string_view text(NameId name) const { return names_->at(name); }
  // "first.second"
  NameId joined(NameId first, NameId second) const;

  std::string_view name_of_declaration(DeclarationId id) const {
    const Place p = declarations.place(id);
    return text(p.file, facts(p.file).declarations[p.index].name);
  }
  std::string_view name_of_function(FunctionId id) const {
    const Place p = functions.place(id);
    return text(p.file, facts(p.file).functions[p.index].name);
  }
  std::string_view name_of_type(TypeId id) const {
    const Place p = types.place(id);
    return text(p.file, facts(p.file).types[p.index].name);
  }

  FunctionId top_level(FileId file) const { return functions.id(file, 0); }
  // The method that a function is, or that a closure stands in; the top-level code for code of none.
  bool is_top_level(FunctionId id) const { return functions.place(id).index == 0; }

  FileId find(std::string_view path) const;  // no_file if there is none

 private:
  std::vector<SourceFile> files_;
  std::unique_ptr<StringTable> names_;
  mutable std::vector<std::vector<NameId>> local_names_;
  mutable FlatMap<std::uint64_t, NameId> joined_;
};

}  // namespace detoy::analysis
