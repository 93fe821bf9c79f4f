#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "report/grouping.h"
#include "report/text_toys.h"
#include "report/wording.h"

namespace detoy::report {
namespace {

using inventory::ChecklistItem;
using inventory::Inventory;
using inventory::Readiness;
using inventory::Risk;
using inventory::Service;
using inventory::Site;
using inventory::Warning;

Style readiness_style(Readiness readiness) {
  switch (readiness) {
    case Readiness::ready:
      return Style::good;
    case Readiness::needs_work:
      return Style::high;
    case Readiness::stateful:
      return Style::bad;
  }
  return Style::plain;
}

std::string risk_counts(const Inventory& inventory) {
  std::string list;
  for (const Risk risk : {Risk::critical, Risk::high, Risk::medium, Risk::low}) {
    const auto number = inventory.summary.by_risk[static_cast<std::size_t>(risk)];
    if (number > 0) list += fmt::format("{}{} {}", list.empty() ? "" : ", ", number, to_string(risk));
  }
  return list;
}

std::string headline(const Inventory& inventory) {
  const auto& summary = inventory.summary;
  if (summary.files == 0 && inventory.sites.empty()) return "No file in a language that detoy reads.";
  const auto live = summary.toys - summary.unused_toys;
  if (live == 0) return "No toys found: no state that a restart or a second instance would break.";
  return fmt::format("{} ({}) in {}", count(live, "toy", "toys"), risk_counts(inventory),
                     count(inventory.services.size(), "service", "services"));
}

// What is not shown as a toy, and how much was read.
std::string remainder(const Inventory& inventory, bool all) {
  const auto& summary = inventory.summary;
  std::string line;
  const auto add = [&](std::string_view part) { line += fmt::format("{}{}", line.empty() ? "" : "; ", part); };
  if (summary.unused_toys > 0) add(count(summary.unused_toys, "more never runs", "more never run") + " in production");
  if (summary.acceptable > 0) add(count(summary.acceptable, "acceptable site", "acceptable sites"));
  if (summary.suppressed > 0) add(fmt::format("{} suppressed", summary.suppressed));
  if (!all && summary.acceptable + summary.suppressed > 0) line += " (shown with --all)";
  return line;
}

void write_service_lines(Page& page, const Inventory& inventory) {
  constexpr std::size_t most = 12;
  const bool only_failing = inventory.services.size() > most && !page.options().all;
  std::vector<std::vector<Span>> rows;
  std::size_t left_out = 0;
  for (const Service& service : inventory.services) {
    if (only_failing && service.readiness == Readiness::ready) {
      ++left_out;
      continue;
    }
    std::string points;
    if (!service.checklist.empty()) {
      points = fmt::format("{} of {} points", passed_points(service), service.checklist.size());
    }
    const auto toys =
        static_cast<std::size_t>(std::count_if(inventory.sites.begin(), inventory.sites.end(), [&](const Site& site) {
          return is_live_toy(site) && is_of_service(site, service.name);
        }));
    if (toys > 0) points += fmt::format("{}{}", points.empty() ? "" : ", ", count(toys, "toy", "toys"));
    rows.push_back({{service.name, Style::plain},
                    {std::string(readiness_title(service.readiness)), readiness_style(service.readiness)},
                    {points, Style::faint}});
  }
  if (!rows.empty()) page.blank();
  page.table(2, rows);
  if (left_out > 0) page.paragraph(2, fmt::format("{} more are ready", left_out), Style::faint);
}

void write_summary(Page& page, const Inventory& inventory) {
  const auto& summary = inventory.summary;
  page.paragraph(0, headline(inventory), Style::bold);
  const std::string rest = remainder(inventory, page.options().all);
  if (!rest.empty()) page.paragraph(0, rest);
  if (summary.files > 0) {
    page.paragraph(0,
                   fmt::format("{} read, {} of them in production", count(summary.files, "file", "files"),
                               summary.production_files),
                   Style::faint);
  }
  write_service_lines(page, inventory);
}

void write_checklists(Page& page, const Inventory& inventory) {
  const auto fails = [](const Service& service) {
    return std::any_of(service.checklist.begin(), service.checklist.end(),
                       [](const auto& item) { return !item.passed; });
  };
  for (const Service& service : inventory.services) {
    if (!fails(service)) continue;
    page.heading(service.name, fmt::format("{}, {} of {} points pass", readiness_title(service.readiness),
                                           passed_points(service), service.checklist.size()));
    std::vector<std::vector<Span>> rows;
    for (const ChecklistItem& item : service.checklist) {
      if (!item.passed) rows.push_back({{"✗", Style::bad}, {item.question, Style::plain}, {item.answer, Style::faint}});
    }
    page.table(2, rows);
  }
}

void write_suppressed(Page& page, const Inventory& inventory) {
  std::vector<std::vector<Span>> rows;
  for (const Site& site : inventory.sites) {
    if (!is_suppressed(site)) continue;
    rows.push_back({{location(site.path, site.line), Style::plain},
                    {full_name(site), Style::bold},
                    {site.accepted_because, Style::plain}});
  }
  if (rows.empty()) return;
  page.heading("Suppressed", "toys that somebody accepted");
  page.table(2, rows);
}

void write_acceptable(Page& page, const Inventory& inventory) {
  std::vector<std::vector<Span>> rows;
  for (const Site& site : inventory.sites) {
    if (!is_acceptable(site)) continue;
    rows.push_back(
        {{location(site.path, site.line), Style::plain}, {full_name(site), Style::bold}, {site.why, Style::plain}});
  }
  if (rows.empty()) return;
  page.heading("Acceptable", "state that may die with its process");
  page.table(2, rows);
}

void write_warnings(Page& page, const Inventory& inventory) {
  constexpr std::size_t most = 10;
  if (inventory.warnings.empty()) return;
  page.heading("Warnings");
  for (std::size_t i = 0; i < std::min(most, inventory.warnings.size()); ++i) {
    const Warning& warning = inventory.warnings[i];
    const std::string place = location(warning.path, warning.line);
    page.paragraph(2, place.empty() ? warning.message : fmt::format("{}: {}", place, warning.message));
  }
  if (inventory.warnings.size() > most) {
    page.paragraph(2, fmt::format("and {} more; --format json lists all", inventory.warnings.size() - most),
                   Style::faint);
  }
}

// Quoted when a shell would take it apart.
std::string shell_word(const std::string& text) {
  const auto harmless = [](char c) {
    return std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+:@%,").contains(c);
  };
  if (!text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), harmless)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

void write_next_step(Page& page, const Inventory& inventory) {
  const std::vector<Entry> toys = group_live_toys(inventory);
  if (toys.empty()) return;
  page.blank();
  const std::string root = inventory.root.empty() ? "." : inventory.root;
  page.paragraph(0, fmt::format("Next: detoy scan {} --explain {}", shell_word(root), toys.front().first().id));
}

}  // namespace

std::string to_text(const Inventory& inventory, const TextOptions& options) {
  Page page(options);
  write_summary(page, inventory);
  write_live_toys(page, inventory);
  write_unused_toys(page, inventory);
  if (options.all) write_suppressed(page, inventory);
  write_checklists(page, inventory);
  if (options.all) write_acceptable(page, inventory);
  write_warnings(page, inventory);
  write_next_step(page, inventory);
  return page.take();
}

}  // namespace detoy::report
