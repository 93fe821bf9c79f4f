#include "inventory/annotate.h"

#include <map>
#include <memory>
#include <vector>

namespace detoy::inventory {
namespace {

constexpr std::size_t longest_snippet = 160;

class Lines {
 public:
  explicit Lines(std::string text) : text_(std::move(text)) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '\n') starts_.push_back(i + 1);
    }
  }
  std::string_view at(std::uint32_t line) const {  // 1-based; empty beyond the end
    if (line == 0 || line > starts_.size()) return {};
    const std::size_t begin = starts_[line - 1];
    std::size_t end = line < starts_.size() ? starts_[line] - 1 : text_.size();
    if (end > begin && text_[end - 1] == '\r') --end;
    return std::string_view(text_).substr(begin, end - begin);
  }

 private:
  std::string text_;
  std::vector<std::size_t> starts_;
};

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The line without indentation, cut at a character's boundary.
std::string snippet_of(std::string_view line) {
  std::string_view text = trim(line);
  if (text.size() > longest_snippet) {
    std::size_t end = longest_snippet;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text = text.substr(0, end);
  }
  return std::string(text);
}

struct Acceptance {
  std::string kind;
  std::string reason;
};

std::optional<Acceptance> acceptance_in(std::string_view line) {
  constexpr std::string_view marker = "detoy: accept ";
  const auto at = line.find(marker);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view before = line.substr(0, at);
  if (before.find("//") == std::string_view::npos && before.find('#') == std::string_view::npos &&
      before.find("/*") == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view rest = trim(line.substr(at + marker.size()));
  const auto dashes = rest.find("--");
  Acceptance result;
  result.kind = trim(rest.substr(0, dashes));
  if (dashes != std::string_view::npos) {
    std::string_view reason = trim(rest.substr(dashes + 2));
    if (reason.ends_with("*/")) reason = trim(reason.substr(0, reason.size() - 2));
    result.reason = reason;
  }
  return result;
}

bool comment_only(std::string_view line) {
  const std::string_view text = trim(line);
  return text.starts_with("//") || text.starts_with("#") || text.starts_with("/*") || text.starts_with("*");
}

}  // namespace

void annotate(Inventory& inventory, const ReadText& read) {
  std::map<std::string, std::unique_ptr<Lines>, std::less<>> files;
  const auto lines_of = [&](const std::string& path) -> const Lines* {
    auto found = files.find(path);
    if (found == files.end()) {
      std::optional<std::string> text = read(path);
      found = files.emplace(path, text.has_value() ? std::make_unique<Lines>(std::move(*text)) : nullptr).first;
    }
    return found->second.get();
  };
  for (Site& site : inventory.sites) {
    for (Evidence& evidence : site.evidence) {
      const Lines* lines = lines_of(evidence.path);
      if (lines != nullptr) evidence.snippet = snippet_of(lines->at(evidence.line));
    }
    if (site.verdict != Verdict::toy || !site.accepted_because.empty()) continue;
    const Lines* lines = lines_of(site.path);
    if (lines == nullptr) continue;
    std::uint32_t line = site.line;
    std::optional<Acceptance> accepted = acceptance_in(lines->at(line));
    if (!accepted && line > 1 && comment_only(lines->at(line - 1))) accepted = acceptance_in(lines->at(--line));
    if (!accepted) continue;
    if (accepted->reason.empty()) {
      inventory.warnings.push_back(
          {site.path, line, "`detoy: accept` needs a reason: `detoy: accept <kind> -- <reason>`"});
    } else if (accepted->kind == site.kind) {
      site.accepted_because = accepted->reason;
    } else {
      inventory.warnings.push_back(
          {site.path, line, "`detoy: accept " + accepted->kind + "` does not match: the site is of kind " + site.kind});
    }
  }
}

}  // namespace detoy::inventory
