#include "report/text_toys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <vector>

#include "report/grouping.h"
#include "report/wording.h"

namespace detoy::report {
namespace {

using inventory::Inventory;
using inventory::Risk;
using inventory::Sharing;
using inventory::Site;
using inventory::Wiring;

constexpr std::size_t body = 10;         // below the path, right of the risk
constexpr std::size_t label_width = 17;  // "second instance: "

std::string in_capitals(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

// What was already said to the reader of this page.
class Said {
 public:
  explicit Said(bool repeat) : repeat_(repeat) {}

  // Whether the sentence about the entry tells anything new.
  bool adds(const std::string& sentence, const Entry& entry) {
    if (sentence.empty()) return false;
    const bool fresh = sentences_.insert(without_name(sentence, entry.first())).second;
    return fresh || repeat_;
  }

 private:
  bool repeat_;
  std::set<std::string> sentences_;
};

void write_header(Page& page, const Entry& entry) {
  const Site& site = entry.first();
  const std::string risk = in_capitals(to_string(site.risk));
  std::string name = full_name(site);
  if (entry.one_work) {
    name = fmt::format("{} ({} places)", site.name, entry.sites.size());
  } else if (entry.is_group()) {
    name = fmt::format("{} ({} {})", site.owner.empty() ? "module level" : site.owner, entry.sites.size(),
                       site.owner.empty() ? "variables" : "members");
  }
  page.spans(0, body,
             {{fmt::format("{:8}", risk), risk_style(site.risk)},
              {location(site.path, site.line), Style::plain},
              {name, Style::bold},
              {"[" + kind_title(site.kind) + "]", Style::plain},
              {site.id, Style::faint}});
}

void write_members(Page& page, const Entry& entry) {
  if (page.options().all) {
    std::vector<std::vector<Span>> rows;
    for (const Site* site : entry.sites) {
      const inventory::Evidence* declared = declaration(*site);
      rows.push_back({{fmt::format(":{}", site->line), Style::faint},
                      {site->name, Style::bold},
                      {site->id, Style::faint},
                      {declared != nullptr ? declared->snippet : site->storage, Style::code}});
    }
    page.table(body, rows);
    return;
  }
  constexpr std::size_t most = 8;
  std::string list;
  for (std::size_t i = 0; i < std::min(most, entry.sites.size()); ++i) {
    list += fmt::format("{}{}:{}", i == 0 ? "" : ", ", entry.sites[i]->name, entry.sites[i]->line);
  }
  if (entry.sites.size() > most) list += fmt::format(" and {} more", entry.sites.size() - most);
  page.paragraph(body, list);
}

// A line a file: the place, and who leaves the work to run there.
void write_places(Page& page, const Entry& entry) {
  constexpr std::size_t most = 8;
  std::vector<std::vector<Span>> rows;
  std::size_t files = 0;
  for (std::size_t i = 0; i < entry.sites.size(); ++i) {
    const Site& site = *entry.sites[i];
    const std::string caller = site.owner.empty() ? "module level" : site.owner;
    if (page.options().all) {
      rows.push_back({{location(site.path, site.line), Style::plain}, {caller, Style::bold}, {site.id, Style::faint}});
      continue;
    }
    const std::string at = fmt::format("{}:{}", caller, site.line);
    if (i != 0 && entry.sites[i - 1]->path == site.path) {
      if (files <= most) rows.back()[1].text += ", " + at;
    } else if (++files <= most) {
      rows.push_back({{site.path, Style::plain}, {at, Style::plain}});
    }
  }
  page.table(body, rows);
  if (files > most) page.paragraph(body, fmt::format("and in {} more files", files - most));
}

void write_entry(Page& page, const Entry& entry, Said& said) {
  const Site& site = entry.first();
  const auto line = [&](std::string_view label, std::string_view text) {
    page.labelled(body, {std::string(label), Style::faint}, label_width, text);
  };
  write_header(page, entry);
  if (entry.one_work) {
    write_places(page, entry);
  } else if (entry.is_group()) {
    write_members(page, entry);
  }
  const inventory::Evidence* declared = declaration(site);
  if (declared != nullptr && !declared->snippet.empty() &&
      !(entry.is_group() && !entry.one_work && page.options().all)) {
    page.clipped(body, declared->snippet, Style::code);
  }
  const std::string why = shared_sentence(entry, &Site::why);
  if (!why.empty()) page.paragraph(body, why);
  said.adds(why, entry);

  if (const std::string settings = settings_of(entry); !settings.empty()) {
    line("selected by:", settings);
  } else if (site.wired == Wiring::conditional) {
    line("selected by:", "a setting");
  } else if (site.sharing == Sharing::partial) {
    line("shared:", sharing_phrase(site.sharing));
  }
  const std::string restart = shared_sentence(entry, &Site::on_restart);
  if (said.adds(restart, entry)) line("restart:", restart);
  const std::string second = shared_sentence(entry, &Site::on_second_instance);
  if (said.adds(second, entry)) line("second instance:", second);
  const std::string action = shared_sentence(entry, &Site::action);
  const std::string way_out =
      replacement(site.primitive, said.adds(action, entry) || site.primitive.empty() ? action : "");
  if (!way_out.empty()) line("replace with:", way_out);
}

}  // namespace

Style risk_style(Risk risk) {
  switch (risk) {
    case Risk::critical:
      return Style::critical;
    case Risk::high:
      return Style::high;
    case Risk::medium:
      return Style::medium;
    case Risk::low:
      return Style::low;
  }
  return Style::plain;
}

void write_live_toys(Page& page, const Inventory& inventory) {
  Said said(page.options().all);
  for (const Entry& entry : group_live_toys(inventory)) {
    page.blank();
    write_entry(page, entry, said);
  }
}

void write_unused_toys(Page& page, const Inventory& inventory) {
  std::vector<std::vector<Span>> rows;
  for (const Site& site : inventory.sites) {
    if (!is_unused_toy(site)) continue;
    rows.push_back({{location(site.path, site.line), Style::plain},
                    {full_name(site), Style::bold},
                    {"[" + kind_title(site.kind) + "]", Style::plain},
                    {site.id, Style::faint}});
  }
  if (rows.empty()) return;
  page.heading("Never run in production", "delete them, or keep them out of production on purpose");
  page.table(2, rows);
}

}  // namespace detoy::report
