// Rust: what types are called elsewhere. `type Shared<T> = Arc<Mutex<T>>`, `use tokio::sync::Mutex as AsyncMutex`.

#include <algorithm>

#include "analysis/symbols.h"
#include "analysis/type_text.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::DeclarationKind;

namespace {

bool is_lifetime(std::string_view text) {
  return text.starts_with('\'');
}

// "<T, E = Error>" or "<Order, 'static>": what stands between the commas, without lifetimes.
std::vector<std::string_view> list_of(std::string_view brackets) {
  if (brackets.size() < 2) return {};
  std::vector<std::string_view> items = split_type_list(brackets.substr(1, brackets.size() - 2));
  std::erase_if(items, is_lifetime);
  return items;
}

// The brackets that begin right at `at`: "<..>", or nothing.
std::string_view brackets_at(std::string_view text, std::size_t at) {
  if (at >= text.size() || text[at] != '<') return {};
  int depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    if (text[i] == '<') ++depth;
    if (text[i] == '>' && text[i - 1] != '-' && --depth == 0) return text.substr(at, i + 1 - at);
  }
  return {};
}

// The alias' text with what it is given in place of its parameters.
std::string with_arguments(std::string_view definition, std::string_view parameters, std::string_view arguments) {
  const std::vector<std::string_view> given = list_of(arguments);
  std::vector<std::pair<std::string_view, std::string_view>> meanings;
  for (std::size_t i = 0; const std::string_view parameter : list_of(parameters)) {
    const std::string_view name = TypeNames(parameter).next();
    const auto equals = parameter.find('=');
    std::string_view meaning;
    if (i < given.size()) {
      meaning = given[i];
    } else if (equals != std::string_view::npos) {
      meaning = parameter.substr(equals + 1);
    }
    ++i;
    if (!meaning.empty()) meanings.emplace_back(name, meaning);
  }
  std::string text;
  std::size_t copied = 0;
  for (const std::string_view name : type_names(definition)) {
    const auto meant =
        std::find_if(meanings.begin(), meanings.end(), [&](const auto& entry) { return entry.first == name; });
    if (meant == meanings.end()) continue;
    const auto at = static_cast<std::size_t>(name.data() - definition.data());
    text.append(definition, copied, at - copied);
    text += meant->second;
    copied = at + name.size();
  }
  return text.append(definition, copied);
}

// Where the path that ends with the name at `at` begins: crate::error::Result.
std::size_t path_start(std::string_view text, std::size_t at) {
  while (at >= 2 && text[at - 1] == ':' && text[at - 2] == ':') {
    at -= 2;
    while (at > 0 && TypeNames::is_name_character(text[at - 1])) --at;
  }
  return at;
}

}  // namespace

// The alias that a name means in a file: one of the file's own, or one that it imports or names with its module.
const DeclarationId* Symbols::alias(FileId file, std::string_view qualifier, std::string_view name) const {
  const auto [first, last] = aliases_.equal_range(name);
  if (first == last) return nullptr;
  const auto in = [&](FileId home) -> const DeclarationId* {
    for (auto found = first; found != last; ++found) {
      if (program_.declarations.place(found->second).file == home) return &found->second;
    }
    return nullptr;
  };
  if (!qualifier.empty()) {
    const FileId module = modules_.resolve(file, qualifier);
    return module == no_file ? nullptr : in(module);
  }
  if (const DeclarationId* own = in(file)) return own;
  const DeclarationId* local = top_level_[file].find(program_.name(name));
  if (local == nullptr) {
    for (const FileId module : globs_[file]) {
      if (const DeclarationId* taken = in(module)) return taken;
    }
    return nullptr;
  }
  const facts::Declaration& import = program_.declaration(*local);
  if (import.kind != DeclarationKind::import) return nullptr;
  const FileId module = modules_.resolve(file, program_.text(file, import.module));
  if (module == no_file) return nullptr;
  if (const DeclarationId* there = in(module)) return there;
  // Handed on by the module: pub use error::Result.
  return std::next(first) == last ? &first->second : nullptr;
}

// The type with containers and locks called as they are elsewhere: TokioMutex as Mutex.
std::string Symbols::renamed(FileId file, std::string_view type) const {
  std::string text;
  std::size_t copied = 0;
  for (const std::string_view name : type_names(type)) {
    const auto& renames = renames_[file];
    const auto found =
        std::find_if(renames.begin(), renames.end(), [&](const auto& rename) { return rename.first == name; });
    if (found == renames.end()) continue;
    const auto at = static_cast<std::size_t>(name.data() - type.data());
    text.append(type, copied, at - copied);
    text += found->second;
    copied = at + name.size();
  }
  return text.append(type, copied);
}

std::string_view Symbols::expanded(FileId file, std::string_view type) const {
  if (program_.file(file).language != Language::rust || (aliases_.empty() && renames_[file].empty())) return type;
  const auto other = [&](std::string_view name) {
    return aliases_.contains(name) || std::any_of(renames_[file].begin(), renames_[file].end(),
                                                  [&](const auto& rename) { return rename.first == name; });
  };
  TypeNames names(type);
  std::string_view called = names.next();
  while (!called.empty() && !other(called)) called = names.next();
  if (called.empty()) return type;
  const std::string key = std::to_string(file) + ":" + std::string(type);
  if (const auto kept = expansions_.find(key); kept != expansions_.end()) return kept->second;
  constexpr int most = 4;  // aliases of aliases
  constexpr std::size_t longest = 400;
  std::string text = renamed(file, type);
  for (int round = 0; round < most && text.size() < longest; ++round) {
    std::string next;
    std::size_t copied = 0;
    for (const std::string_view name : type_names(text)) {
      const auto at = static_cast<std::size_t>(name.data() - text.data());
      if (at < copied) continue;  // an argument of the last one
      const std::size_t start = path_start(text, at);
      const std::string_view qualifier = std::string_view(text).substr(start, at < start + 2 ? 0 : at - start - 2);
      const DeclarationId* meant = alias(file, qualifier, name);
      if (meant == nullptr) continue;
      const facts::Declaration& definition = program_.declaration(*meant);
      const FileId home = program_.declarations.place(*meant).file;
      const std::string_view arguments = brackets_at(text, at + name.size());
      next.append(text, copied, start - copied);
      next += with_arguments(renamed(home, program_.text(home, definition.type_text)),
                             program_.text(home, definition.imported), arguments);
      copied = at + name.size() + arguments.size();
    }
    if (copied == 0) break;
    next.append(text, copied);
    text = std::move(next);
  }
  return expansions_.emplace(key, std::move(text)).first->second;
}

}  // namespace detoy::analysis
