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

}  // namespace

Libraries::Libraries(const Program& program, const catalog::Catalog& catalog) : program_(program), catalog_(catalog) {}

bool Libraries::matches(const catalog::Library& library, std::string_view package, std::string_view symbol) const {
  std::string full = dotted(package);
  if (full.starts_with("node.")) full = full.substr(5);
  if (!symbol.empty()) full += (full.empty() ? "" : ".") + dotted(symbol);
  if (package.empty() || !library.globals.empty()) {
    for (const std::string& global : library.globals) {
      const std::string name = dotted(global);
      if (full == name || (full.starts_with(name) && full[name.size()] == '.')) return true;
    }
    if (package.empty()) return false;
  }
  for (const std::string& pattern : library.packages) {
    std::string name = dotted(pattern);
    std::string_view rest;
    if (name.ends_with('*')) {
      name.pop_back();
      if (!full.starts_with(name)) continue;
      rest = std::string_view(full).substr(name.size());
      const auto dot = rest.find('.');
      rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    } else {
      if (full == name) {
        rest = {};
      } else if (full.starts_with(name) && full[name.size()] == '.') {
        rest = std::string_view(full).substr(name.size() + 1);
      } else {
        continue;
      }
    }
    if (library.symbols.empty()) return true;
    for (const std::string& wanted : library.symbols) {
      if (wanted == "default" && (rest.empty() || rest == "default" || rest.starts_with("default."))) return true;
      if (has_segments(rest, dotted(wanted))) return true;
    }
  }
  return false;
}

const LibraryList& Libraries::of(const External& external, Language language) const {
  const std::uint64_t key = (static_cast<std::uint64_t>(external.package) << 34) ^
                            (static_cast<std::uint64_t>(external.symbol) << 3) ^
                            (same_family(language, Language::typescript) ? 1u : static_cast<unsigned>(language));
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  LibraryList list;
  for (const catalog::Library& library : catalog_.libraries()) {
    if (!for_language(library, language)) continue;
    if (matches(library, program_.text(external.package), program_.text(external.symbol))) list.push_back(&library);
  }
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
      const bool same = wanted.starts_with("*.") ? tail == wanted.substr(2) && full != tail
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
