#include "report/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "report/grouping.h"
#include "report/markdown_document.h"
#include "report/markdown_escape.h"
#include "report/wording.h"

namespace detoy::report {
namespace {

using inventory::ChecklistItem;
using inventory::Inventory;
using inventory::Risk;
using inventory::Service;
using inventory::Site;
using inventory::Warning;

constexpr Risk worst_first[] = {Risk::critical, Risk::high, Risk::medium, Risk::low};
constexpr std::string_view singleton_kinds[] = {"lazy_singleton", "registry", "connection"};

std::string risk_cell(Risk risk) {
  return risk >= Risk::high ? fmt::format("**{}**", to_string(risk)) : std::string(to_string(risk));
}

std::string place_cell(const Site& site) {
  const inventory::Evidence* declared = declaration(site);
  const std::string where = link(site.path, site.line);
  return declared == nullptr || declared->snippet.empty() ? where : where + "<br>" + code(declared->snippet);
}

std::vector<const Site*> sites_where(const Inventory& inventory, auto&& test) {
  std::vector<const Site*> sites;
  for (const Site& site : inventory.sites) {
    if (test(site)) sites.push_back(&site);
  }
  return sites;
}

// A section with a table of sites, or "None."
void site_section(Document& document, std::string_view title, std::string_view introduction,
                  const std::vector<const Site*>& sites, const std::vector<std::string>& columns, auto&& cells) {
  document.heading(2, title);
  if (sites.empty()) {
    document.paragraph("None.");
    return;
  }
  if (!introduction.empty()) document.paragraph(introduction);
  document.header(columns);
  for (const Site* site : sites) document.row(cells(*site));
  document.end_table();
}

void write_statistics(Document& document, const Inventory& inventory) {
  const auto& summary = inventory.summary;
  document.put("# State inventory\n\n");
  std::string source = "Made by detoy";
  if (!inventory.tool_version.empty()) source += " " + escaped(inventory.tool_version);
  if (!inventory.commit.empty()) source += fmt::format(" from commit {}", code(inventory.commit));
  document.paragraph(source + fmt::format(": {} read, {} of them in production.", count(summary.files, "file", "files"),
                                          summary.production_files));
  document.heading(2, "Summary");
  document.header({"Toys that production runs", "Sites"});
  for (const Risk risk : worst_first) {
    document.row({risk_cell(risk), std::to_string(summary.by_risk[static_cast<std::size_t>(risk)])});
  }
  document.row({"all", std::to_string(summary.toys - summary.unused_toys)});
  document.end_table();
  document.paragraph(fmt::format("Not counted above: {} that production never runs, {} suppressed, {}.",
                                 count(summary.unused_toys, "toy", "toys"), summary.suppressed,
                                 count(summary.acceptable, "acceptable site", "acceptable sites")));

  std::map<std::string_view, std::vector<std::size_t>> kinds;
  for (const Site& site : inventory.sites) {
    if (!is_live_toy(site)) continue;
    auto& numbers = kinds.try_emplace(site.kind, std::size(worst_first), 0).first->second;
    ++numbers[static_cast<std::size_t>(site.risk)];
  }
  if (kinds.empty()) return;
  document.header({"Kind", "Critical", "High", "Medium", "Low"});
  for (const auto& [kind, numbers] : kinds) {
    std::vector<std::string> cells = {escaped(kind_title(kind))};
    for (const Risk risk : worst_first) {
      const std::size_t number = numbers[static_cast<std::size_t>(risk)];
      cells.push_back(number == 0 ? "" : std::to_string(number));
    }
    document.row(cells);
  }
  document.end_table();
}

std::string component_cell(const Entry& entry) {
  const Site& site = entry.first();
  std::string cell;
  if (entry.one_work) {
    cell = code(site.name) + " left to run by";
    for (const Site* place : entry.sites) {
      cell += (place == &site ? " " : ", ") +
              link(place->owner.empty() ? location(place->path, place->line) : place->owner, place->path, place->line);
    }
  } else if (!entry.is_group()) {
    cell = code(full_name(site));
  } else {
    cell = site.owner.empty() ? "module level:" : code(site.owner) + ":";
    for (const Site* member : entry.sites) {
      cell += (member == &site ? " " : ", ") + link(member->name, member->path, member->line);
    }
  }
  return fmt::format("{}<br>{}", cell, escaped(kind_title(site.kind)));
}

void write_toys(Document& document, const Inventory& inventory) {
  document.heading(2, "Toys");
  const std::vector<Entry> entries = group_live_toys(inventory);
  if (entries.empty()) {
    document.paragraph("None found: no state that a restart or a second instance would break.");
    return;
  }
  document.header({"Component", "Why it is a toy", "Where", "Risk", "Production replacement"});
  for (const Entry& entry : entries) {
    const Site& site = entry.first();
    std::string why = escaped(shared_sentence(entry, &Site::why));
    if (const std::string settings = settings_of(entry); !settings.empty()) {
      why += fmt::format(" In production: decided by {}.", escaped(settings));
    } else if (site.wired == inventory::Wiring::conditional) {
      why += fmt::format(" In production: {}.", escaped(wiring_phrase(site)));
    }
    document.row({component_cell(entry), why, place_cell(site), risk_cell(site.risk),
                  escaped(replacement(site.primitive, shared_sentence(entry, &Site::action)))});
  }
  document.end_table();
}

void write_states(Document& document, std::vector<const Site*> sites) {
  // All point into one inventory, so that sites of the same risk keep its order.
  std::sort(sites.begin(), sites.end(),
            [](const Site* a, const Site* b) { return a->risk != b->risk ? a->risk > b->risk : a < b; });
  if (sites.empty()) {
    document.paragraph("No toy.");
    return;
  }
  document.header({"Component", "State", "Storage", "Shared?", "Risk", "Action"});
  for (const Site* site : sites) {
    document.row({fmt::format("{}<br>{}", code(full_name(*site)), link(site->path, site->line)),
                  escaped(kind_title(site->kind)), escaped(site->storage), std::string(sharing_phrase(site->sharing)),
                  risk_cell(site->risk), escaped(site->action)});
  }
  document.end_table();
}

void write_checklist(Document& document, const Service& service) {
  if (service.checklist.empty()) return;
  for (const ChecklistItem& item : service.checklist) {
    document.put(fmt::format("- [{}] {}", item.passed ? "x" : " ", escaped(item.question)));
    if (!item.answer.empty()) document.put(": " + escaped(item.answer));
    document.put("\n");
  }
  document.put("\n");
}

void write_services(Document& document, const Inventory& inventory) {
  document.heading(2, "Services");
  if (inventory.services.empty()) document.paragraph("No service was found.");
  for (const Service& service : inventory.services) {
    document.heading(3, escaped(service.name));
    std::string languages;
    for (const std::string& language : service.languages) {
      languages += (languages.empty() ? "" : ", ") + escaped(language);
    }
    document.paragraph(fmt::format("Readiness: **{}**, {} of {} points. Folder {}{}{}.",
                                   readiness_title(service.readiness), passed_points(service), service.checklist.size(),
                                   code(service.path.empty() ? "." : service.path), languages.empty() ? "" : ", ",
                                   languages));
    write_checklist(document, service);
    write_states(document, sites_where(inventory, [&](const Site& site) {
                   return is_live_toy(site) && is_of_service(site, service.name);
                 }));
  }
  const auto homeless = sites_where(inventory, [&](const Site& site) {
    return is_live_toy(site) && std::none_of(inventory.services.begin(), inventory.services.end(),
                                             [&](const Service& service) { return is_of_service(site, service.name); });
  });
  if (!homeless.empty()) {
    document.heading(3, "Outside every service");
    write_states(document, homeless);
  }
}

std::string verdict_cell(const Site& site) {
  if (is_acceptable(site)) return "acceptable";
  if (is_suppressed(site)) return "suppressed toy";
  return fmt::format("toy, {}", risk_cell(site.risk));
}

void write_special_kinds(Document& document, const Inventory& inventory) {
  const auto cells = [](const Site& site) {
    return std::vector<std::string>{code(full_name(site)), escaped(kind_title(site.kind)),
                                    place_cell(site),      escaped(wiring_phrase(site)),
                                    verdict_cell(site),    escaped(site.why)};
  };
  const std::vector<std::string> columns = {"Component", "Kind", "Where", "In production?", "Verdict", "Why"};
  site_section(document, "Singletons", "",
               sites_where(inventory,
                           [](const Site& site) {
                             return std::find(std::begin(singleton_kinds), std::end(singleton_kinds), site.kind) !=
                                    std::end(singleton_kinds);
                           }),
               columns, cells);
  site_section(document, "Timers", "", sites_where(inventory, [](const Site& site) { return site.kind == "timer"; }),
               {"Component", "Timer", "Where", "In production?", "Verdict", "What a restart does"},
               [](const Site& site) {
                 return std::vector<std::string>{
                     code(full_name(site)), escaped(site.storage),
                     place_cell(site),      escaped(wiring_phrase(site)),
                     verdict_cell(site),    escaped(site.on_restart.empty() ? site.why : site.on_restart)};
               });
}

void write_set_aside(Document& document, const Inventory& inventory) {
  site_section(document, "Toys that production never runs", "", sites_where(inventory, is_unused_toy),
               {"Component", "Kind", "Where", "Risk if it ran"}, [](const Site& site) {
                 return std::vector<std::string>{code(full_name(site)), escaped(kind_title(site.kind)),
                                                 place_cell(site), std::string(to_string(site.risk))};
               });
  site_section(document, "Suppressed toys", "", sites_where(inventory, is_suppressed),
               {"Component", "Kind", "Where", "Risk", "Accepted because"}, [](const Site& site) {
                 return std::vector<std::string>{code(full_name(site)), escaped(kind_title(site.kind)),
                                                 place_cell(site), risk_cell(site.risk),
                                                 escaped(site.accepted_because)};
               });
}

void write_acceptable(Document& document, const Inventory& inventory) {
  document.heading(2, "Acceptable sites");
  const auto sites = sites_where(inventory, is_acceptable);
  if (sites.empty()) {
    document.paragraph("None.");
    return;
  }
  document.put(fmt::format("<details>\n<summary>{} that may die with the process</summary>\n\n",
                           count(sites.size(), "site", "sites")));
  document.header({"Component", "Kind", "Where", "Why it is acceptable"});
  for (const Site* site : sites) {
    document.row(
        {code(full_name(*site)), escaped(kind_title(site->kind)), link(site->path, site->line), escaped(site->why)});
  }
  document.put("\n</details>\n\n");
}

void write_warnings(Document& document, const Inventory& inventory) {
  document.heading(2, "Warnings");
  if (inventory.warnings.empty()) document.paragraph("None: every file was read and understood.");
  for (const Warning& warning : inventory.warnings) {
    const std::string place = warning.path.empty() ? "the whole run: " : link(warning.path, warning.line) + ": ";
    document.put(fmt::format("- {}{}\n", place, escaped(warning.message)));
  }
  document.put("\n");
}

void write_method(Document& document) {
  document.heading(2, "Method");
  document.paragraph(
      "detoy reads the code, it does not run it. A site is reported when its data outlives a request, something other "
      "than start-up changes it, and no shared store holds the same data. It is a toy when losing it on a restart, or "
      "having one copy for each instance, changes what users or the business notice. Names help to tell the kind of "
      "state; what the code does decides the verdict, and each site lists the places that were decisive "
      "(`detoy scan PATH --explain ID`).");
  document.paragraph(
      "Limits: calls through reflection, generated code and values that only a running system knows cannot be "
      "followed; "
      "sites that depend on them have a lower confidence, and files that could not be read are among the warnings. "
      "State inside dependencies is known only for the libraries of the catalog. Lines and links hold for the commit "
      "above and are relative to the root of the scan.");
}

}  // namespace

std::string to_markdown(const Inventory& inventory) {
  Document document;
  write_statistics(document, inventory);
  write_toys(document, inventory);
  write_services(document, inventory);
  write_special_kinds(document, inventory);
  write_set_aside(document, inventory);
  write_acceptable(document, inventory);
  write_warnings(document, inventory);
  write_method(document);
  return document.take();
}

}  // namespace detoy::report
