#include "report/grouping.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <span>
#include <tuple>

#include "report/wording.h"

namespace detoy::report {
namespace {

using inventory::Inventory;
using inventory::Site;

constexpr std::string_view members = "each of these";

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Replaces `name` where it stands as a word of its own.
std::string replace_name(std::string_view sentence, std::string_view name, std::string_view by) {
  std::string out;
  std::size_t at = 0;
  while (!name.empty()) {
    const std::size_t found = sentence.find(name, at);
    if (found == std::string_view::npos) break;
    const std::size_t end = found + name.size();
    const bool whole =
        (found == 0 || !is_word(sentence[found - 1])) && (end == sentence.size() || !is_word(sentence[end]));
    out += sentence.substr(at, found - at);
    out += whole ? by : name;
    at = end;
  }
  out += sentence.substr(at);
  return out;
}

// Sites with equal ones are one entry.
using Alike = std::tuple<std::string_view, std::uint32_t, std::string_view, std::string_view, inventory::Risk,
                         inventory::Wiring, std::string_view, inventory::Sharing>;

Alike same_owner(const Site& site) {
  return {site.path, 0, site.owner, site.kind, site.risk, site.wired, site.setting, site.sharing};
}

// The function that the site leaves to run; nullptr when it is none, or one that is written in place.
const inventory::Evidence* left_work(const Site& site) {
  const auto found = std::find_if(site.evidence.begin(), site.evidence.end(),
                                  [](const inventory::Evidence& evidence) { return evidence.role == "callback"; });
  return found == site.evidence.end() ? nullptr : &*found;
}

// Which setting leads to a caller is not part of it: the work is the same.
Alike same_work(const Site& site) {
  const inventory::Evidence& work = *left_work(site);
  return {work.path, work.line, site.name, site.kind, site.risk, {}, site.storage, site.sharing};
}

}  // namespace

std::string without_name(std::string_view sentence, const Site& site) {
  std::string text(sentence);
  if (!site.owner.empty()) text = replace_name(text, full_name(site), members);
  text = replace_name(text, site.name, members);
  if (text.starts_with(members)) text.front() = 'E';
  return text;
}

std::string shared_sentence(const Entry& entry, std::string Site::* sentence) {
  const std::string& own = entry.first().*sentence;
  const auto all = [&](auto&& test) { return std::all_of(entry.sites.begin(), entry.sites.end(), test); };
  if (all([&](const Site* site) { return site->*sentence == own; })) return own;
  std::string common = without_name(own, entry.first());
  if (all([&](const Site* site) { return without_name(site->*sentence, *site) == common; })) return common;
  return own;
}

std::string settings_of(const Entry& entry) {
  constexpr std::size_t most = 3;
  std::vector<std::string_view> settings;
  for (const Site* site : entry.sites) {
    if (site->wired != inventory::Wiring::conditional || site->setting.empty()) continue;
    if (std::find(settings.begin(), settings.end(), site->setting) == settings.end()) settings.push_back(site->setting);
  }
  const std::size_t named = std::min(most, settings.size());
  std::string text = fmt::format("{}", fmt::join(std::span(settings).first(named), "; "));
  if (settings.size() > named) text += fmt::format("; and {} more", settings.size() - named);
  return text;
}

std::vector<Entry> group_live_toys(const Inventory& inventory) {
  std::map<Alike, std::vector<const Site*>> alike;
  for (const Site& site : inventory.sites) {
    if (is_live_toy(site) && left_work(site) != nullptr) alike[same_work(site)].push_back(&site);
  }
  std::map<Alike, Entry> entries;
  for (const Site& site : inventory.sites) {
    if (!is_live_toy(site)) continue;
    const bool one_work = left_work(site) != nullptr && alike[same_work(site)].size() > 1;
    Entry& entry = entries[one_work ? same_work(site) : same_owner(site)];
    entry.one_work = one_work;
    entry.sites.push_back(&site);
  }
  const auto place = [](const Site& s) { return std::tie(s.path, s.line, s.column, s.name, s.id); };
  std::vector<Entry> order;
  for (auto& [key, entry] : entries) {
    std::sort(entry.sites.begin(), entry.sites.end(),
              [&](const Site* a, const Site* b) { return place(*a) < place(*b); });
    order.push_back(std::move(entry));
  }
  std::sort(order.begin(), order.end(), [&](const Entry& a, const Entry& b) {
    if (a.first().risk != b.first().risk) return a.first().risk > b.first().risk;
    return place(a.first()) < place(b.first());
  });
  return order;
}

}  // namespace detoy::report
