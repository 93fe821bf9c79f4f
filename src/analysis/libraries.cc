#include "analysis/libraries.h"

#include <algorithm>

namespace detoy::analysis {
namespace {

// One separator for all languages: "tokio::sync" and "@scope/pkg/sub" become segments joined by '.'.
std::string dotted(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ':' || text[i] == '/') {
      if (!result.empty() && result.back() != '.') result += '.';
    } else {
      result += text[i];
    }
  }
  return result;
}

// Whether `part` occurs in `text` as whole segments.
bool has_segments(std::string_view text, std::string_view part) {
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    const bool starts = at == 0 || text[at - 1] == '.';
    const bool ends = at + part.size() == text.size() || text[at + part.size()] == '.';
    if (starts && ends) return true;
  }
  return false;
}

bool for_language(const catalog::Library& library, Language language) {
  if (library.languages.empty()) return true;
  return std::any_of(library.languages.begin(), library.languages.end(),
                     [&](Language l) { return same_family(l, language); });
}

std::string_view first_segment(std::string_view dotted) {
  return dotted.substr(0, dotted.find('.'));
}

}  // namespace

Libraries::Libraries(const Program& program, const catalog::Catalog& catalog) : program_(program), catalog_(catalog) {
  symbols_.reserve(catalog.libraries().size());
  for (const catalog::Library& library : catalog.libraries()) {
    std::vector<std::string>& symbols = symbols_.emplace_back();
    for (const std::string& symbol : library.symbols) symbols.push_back(dotted(symbol));
    // Parts of a framework that are known by their decorators or types: the rest of the package is something else.
    const bool part = library.effect == catalog::Library::Effect::endpoint ||
                      library.effect == catalog::Library::Effect::startup ||
                      library.effect == catalog::Library::Effect::injectable;
    if (part && library.symbols.empty()) {
      for (const std::string& name : library.decorators) symbols.push_back(dotted(name));
      for (const std::string& name : library.types) symbols.push_back(dotted(name));
    }
    const auto add = [&](const std::string& written, bool global) {
      Pattern pattern{&library, dotted(written), false, global, &symbols};
      if (pattern.name.ends_with('*')) {
        pattern.name.pop_back();
        pattern.prefix = true;
      }
      const bool open = pattern.prefix && pattern.name.find('.') == std::string::npos;
      if (open) {
        open_.push_back(std::move(pattern));
      } else {
        by_first_[std::string(first_segment(pattern.name))].push_back(std::move(pattern));
      }
    };
    for (const std::string& package : library.packages) add(package, false);
    for (const std::string& global : library.globals) add(global, true);
  }
}

LibraryList Libraries::match(std::string_view package, std::string_view symbol, Language language) const {
  std::string full = dotted(package);
  if (full.starts_with("node.")) full = full.substr(5);
  if (!symbol.empty()) full += (full.empty() ? "" : ".") + dotted(symbol);
  LibraryList list;
  const auto speaks_of = [&](const Pattern& pattern) {
    if (pattern.global) {
      if (pattern.library->effect == catalog::Library::Effect::local_file) return full == pattern.name;
      return full == pattern.name || (full.starts_with(pattern.name) && full[pattern.name.size()] == '.');
    }
    if (package.empty() || !full.starts_with(pattern.name)) return false;
    std::string_view rest = std::string_view(full).substr(pattern.name.size());
    if (pattern.prefix) {
      const auto dot = rest.find('.');
      rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    } else if (!rest.empty()) {
      if (rest.front() != '.') return false;
      rest.remove_prefix(1);
    }
    if (pattern.symbols->empty()) return true;
    for (const std::string& wanted : *pattern.symbols) {
      if (wanted == "default" && (rest.empty() || rest == "default" || rest.starts_with("default."))) return true;
      // What writes a file is the function itself; other symbols also speak for what they return.
      if (pattern.library->effect == catalog::Library::Effect::local_file) {
        if (rest == wanted || (rest.ends_with(wanted) && rest[rest.size() - wanted.size() - 1] == '.')) return true;
        continue;
      }
      if (has_segments(rest, wanted)) return true;
    }
    return false;
  };
  const auto look = [&](const std::vector<Pattern>& patterns) {
    for (const Pattern& pattern : patterns) {
      if (!for_language(*pattern.library, language) || !speaks_of(pattern)) continue;
      if (std::find(list.begin(), list.end(), pattern.library) == list.end()) list.push_back(pattern.library);
    }
  };
  const auto found = by_first_.find(std::string(first_segment(full)));
  if (found != by_first_.end()) look(found->second);
  look(open_);
  // In the order of the catalog: pointers into one array.
  std::sort(list.begin(), list.end());
  return list;
}

const LibraryList& Libraries::of(const External& external, Language language) const {
  const std::uint64_t key = (static_cast<std::uint64_t>(external.package) << 34) ^
                            (static_cast<std::uint64_t>(external.symbol) << 3) ^
                            (same_family(language, Language::typescript) ? 1u : static_cast<unsigned>(language));
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  LibraryList list = match(program_.text(external.package), program_.text(external.symbol), language);
  return known_.emplace(key, std::move(list)).first->second;
}

const catalog::Library* Libraries::with_effect(const External& external, Language language,
                                               catalog::Library::Effect effect) const {
  if (external.package == 0 && external.symbol == 0) return nullptr;
  for (const catalog::Library* library : of(external, language)) {
    if (library->effect == effect) return library;
  }
  return nullptr;
}

const LibraryList& Libraries::of_decorator(std::string_view name, Language language) const {
  const std::string key = std::string(name) + "|" + std::string(to_string(language));
  const auto found = decorators_.find(key);
  if (found != decorators_.end()) return found->second;
  LibraryList list;
  const std::string full = dotted(name);
  const auto last = full.rfind('.');
  const std::string tail = last == std::string::npos ? full : full.substr(last + 1);
  for (const catalog::Library& library : catalog_.libraries()) {
    if (!for_language(library, language)) continue;
    for (const std::string& decorator : library.decorators) {
      const std::string wanted = dotted(decorator);
      // "app.get" wants the whole, "Cron" matches the last segment, "*.route" any holder.
      const bool same = wanted.starts_with("*.")                ? tail == wanted.substr(2) && full != tail
                        : wanted.find('.') == std::string::npos ? tail == wanted
                                                                : full == wanted || full.ends_with("." + wanted);
      if (same) {
        list.push_back(&library);
        break;
      }
    }
  }
  return decorators_.emplace(key, std::move(list)).first->second;
}

const catalog::Library* Libraries::of_literal(std::string_view text, catalog::Library::Effect effect) const {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  for (const catalog::Library& library : catalog_.libraries()) {
    if (library.effect != effect) continue;
    for (const std::string& literal : library.literals) {
      if (lower.find(literal) != std::string::npos) return &library;
    }
  }
  return nullptr;
}

}  // namespace detoy::analysis
