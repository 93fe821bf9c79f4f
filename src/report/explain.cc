#include "report/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "report/printable.h"
#include "report/text_toys.h"
#include "report/wording.h"

namespace detoy::report {
namespace {

using inventory::Evidence;
using inventory::Inventory;
using inventory::Site;
using inventory::Verdict;

constexpr std::size_t body = 2;
constexpr std::size_t label_width = 17;

// The chapters of the story, in its order. Evidence of other roles is told under "Also seen".
struct Chapter {
  std::string_view role;
  std::string_view title;
};
constexpr Chapter chapters[] = {
    {"declaration", "Declared"},      {"mutation", "Who changes it"},
    {"callback", "What runs it"},     {"construction", "What makes it live"},
    {"selection", "What selects it"}, {"durable_write", "What shares it"},
    {"bound", "What bounds it"},      {"guard", "What guards it"},
};

bool has_chapter(std::string_view role) {
  return std::any_of(std::begin(chapters), std::end(chapters), [&](const Chapter& c) { return c.role == role; });
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// Why several sites match, or none: on one line, with candidates.
std::string candidates(const std::vector<const Site*>& sites) {
  constexpr std::size_t most = 5;
  std::string list;
  for (std::size_t i = 0; i < std::min(most, sites.size()); ++i) {
    const Site& site = *sites[i];
    list += fmt::format("{}{} ({} {})", i == 0 ? "" : ", ", site.id, full_name(site), location(site.path, site.line));
  }
  if (sites.size() > most) list += fmt::format(" and {} more", sites.size() - most);
  return list;
}

std::vector<const Site*> closest(const Inventory& inventory, const std::string& wanted) {
  std::vector<const Site*> named;
  if (!wanted.empty()) {
    for (const Site& site : inventory.sites) {
      if (lower(full_name(site)).find(wanted) != std::string::npos) named.push_back(&site);
    }
  }
  if (!named.empty()) return named;
  const auto common = [&](const Site& site) {
    const auto [a, b] = std::mismatch(site.id.begin(), site.id.end(), wanted.begin(), wanted.end());
    return a - site.id.begin();
  };
  std::vector<const Site*> near;
  for (const Site& site : inventory.sites) near.push_back(&site);
  std::sort(near.begin(), near.end(),
            [&](const Site* a, const Site* b) { return common(*a) != common(*b) ? common(*a) > common(*b) : a < b; });
  near.resize(std::min<std::size_t>(near.size(), 5));
  return near;
}

Result<const Site*> find(const Inventory& inventory, std::string_view id_prefix) {
  const std::string wanted = lower(id_prefix);
  std::vector<const Site*> matches;
  for (const Site& site : inventory.sites) {
    if (site.id == wanted) return &site;
    if (!wanted.empty() && site.id.starts_with(wanted)) matches.push_back(&site);
  }
  if (matches.size() == 1) return matches.front();
  const std::string shown = clip(printable(id_prefix), 40);
  std::string message;
  if (inventory.sites.empty()) {
    message = "there is no site to explain";
  } else if (wanted.empty()) {
    message = "the id of a site, or its beginning, is missing; candidates: " + candidates(closest(inventory, wanted));
  } else if (matches.empty()) {
    message = fmt::format("no site has an id that begins with \"{}\"; candidates: {}", shown,
                          candidates(closest(inventory, wanted)));
  } else {
    message = fmt::format("\"{}\" is the beginning of {} ids: {}", shown, matches.size(), candidates(matches));
  }
  return fail(ErrorCategory::usage, printable(message));
}

std::string lifetime_phrase(const Site& site) {
  switch (site.lifetime) {
    case inventory::Lifetime::process:
      return "as long as the process";
    case inventory::Lifetime::request:
      return "as long as a request";
    case inventory::Lifetime::startup:
      return "filled while starting, only read later";
    case inventory::Lifetime::constant:
      return "never changes";
  }
  return "";
}

void write_place(Page& page, const Evidence& place) {
  const std::string where = location(place.path, place.line);
  const std::size_t width = page.options().width;
  const bool fits = width == 0 || body + columns(where) + 2 + columns(printable(place.note)) <= width;
  page.spans(body, body, {{where, Style::bold}, {fits ? place.note : "", Style::plain}});
  if (!fits) page.paragraph(body + 4, place.note);
  if (!place.snippet.empty()) page.clipped(body + 4, place.snippet, Style::code);
}

void write_evidence(Page& page, const Site& site) {
  for (const Chapter& chapter : chapters) {
    bool titled = false;
    for (const Evidence& place : site.evidence) {
      if (place.role != chapter.role) continue;
      if (!titled) page.heading(chapter.title);
      titled = true;
      write_place(page, place);
    }
  }
  bool titled = false;
  for (Evidence place : site.evidence) {
    if (has_chapter(place.role)) continue;
    if (!titled) page.heading("Also seen");
    titled = true;
    if (place.role != "note") {
      place.note = place.note.empty() ? kind_title(place.role) : kind_title(place.role) + ": " + place.note;
    }
    write_place(page, place);
  }
}

void write_facts(Page& page, const Site& site) {
  const auto fact = [&](std::string_view label, std::string_view text) {
    if (!text.empty()) page.labelled(body, {std::string(label), Style::faint}, label_width, text);
  };
  page.heading("What it is");
  fact("kind:", kind_title(site.kind));
  fact("held in:", site.storage);
  fact("lives:", lifetime_phrase(site));
  fact("production:", wiring_phrase(site));
  fact("shared:", sharing_phrase(site.sharing));
  fact("service:", site.service.empty() ? "none uses it" : site.service);
}

void write_verdict(Page& page, const Site& site) {
  const bool toy = site.verdict == Verdict::toy;
  page.heading("Verdict");
  std::vector<Span> verdict = {{toy ? "toy" : "acceptable", Style::bold}};
  if (toy) verdict.push_back({fmt::format("{} risk", to_string(site.risk)), risk_style(site.risk)});
  verdict.push_back({fmt::format("{} confidence", to_string(site.confidence)), Style::faint});
  page.spans(body, body, verdict);
  if (!site.why.empty()) page.paragraph(body, site.why);
  if (is_suppressed(site)) page.paragraph(body, "Suppressed: " + site.accepted_because);
  if (is_unused_toy(site)) page.paragraph(body, "Production never runs it, so it costs nothing today.");
}

void write_cost_and_way_out(Page& page, const Site& site) {
  if (!site.on_restart.empty() || !site.on_second_instance.empty()) {
    page.heading("What it costs");
    if (!site.on_restart.empty()) page.labelled(body, {"restart:", Style::faint}, label_width, site.on_restart);
    if (!site.on_second_instance.empty()) {
      page.labelled(body, {"second instance:", Style::faint}, label_width, site.on_second_instance);
    }
  }
  if (site.verdict == Verdict::toy && !(site.primitive.empty() && site.action.empty())) {
    page.heading("The way out");
    if (!site.primitive.empty()) page.labelled(body, {"replace with:", Style::faint}, label_width, site.primitive);
    if (!site.action.empty()) page.labelled(body, {"how:", Style::faint}, label_width, site.action);
  }
}

}  // namespace

Result<std::string> explain(const Inventory& inventory, std::string_view id_prefix, const TextOptions& options) {
  const Result<const Site*> found = find(inventory, id_prefix);
  if (!found) return std::unexpected(found.error());
  const Site& site = **found;
  Page page(options);
  page.spans(0, 2,
             {{full_name(site), Style::bold},
              {"[" + kind_title(site.kind) + "]", Style::plain},
              {location(site.path, site.line), Style::plain},
              {site.id, Style::faint}});
  write_facts(page, site);
  write_evidence(page, site);
  write_verdict(page, site);
  if (site.verdict == Verdict::toy) write_cost_and_way_out(page, site);
  return page.take();
}

}  // namespace detoy::report
