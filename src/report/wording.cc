#include "report/wording.h"

#include <fmt/format.h>

#include <algorithm>

namespace detoy::report {

using inventory::Evidence;
using inventory::Readiness;
using inventory::Service;
using inventory::Sharing;
using inventory::Site;
using inventory::Verdict;
using inventory::Wiring;

std::string kind_title(std::string_view kind) {
  std::string title(kind);
  std::replace(title.begin(), title.end(), '_', ' ');
  return title;
}

std::string_view readiness_title(Readiness readiness) {
  return readiness == Readiness::needs_work ? "needs work" : to_string(readiness);
}

std::string full_name(const Site& site) {
  return site.owner.empty() ? site.name : site.owner + "." + site.name;
}

std::string location(std::string_view path, std::uint32_t line) {
  return line == 0 ? std::string(path) : fmt::format("{}:{}", path, line);
}

std::string count(std::size_t number, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", number, number == 1 ? singular : plural);
}

const Evidence* declaration(const Site& site) {
  for (const Evidence& evidence : site.evidence) {
    if (evidence.role == "declaration") return &evidence;
  }
  return nullptr;
}

bool is_acceptable(const Site& site) {
  return site.verdict == Verdict::acceptable;
}

bool is_suppressed(const Site& site) {
  return site.verdict == Verdict::toy && !site.accepted_because.empty();
}

bool is_unused_toy(const Site& site) {
  return site.verdict == Verdict::toy && site.accepted_because.empty() && site.wired == Wiring::unused;
}

bool is_of_service(const Site& site, std::string_view service) {
  std::string_view rest = site.service;
  while (!rest.empty()) {
    const auto comma = rest.find(", ");
    if (rest.substr(0, comma) == service) return true;
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 2);
  }
  return false;
}

bool is_live_toy(const Site& site) {
  return site.verdict == Verdict::toy && site.accepted_because.empty() && site.wired != Wiring::unused;
}

std::string replacement(std::string_view primitive, std::string_view action) {
  if (primitive.empty()) return std::string(action);
  if (action.empty()) return std::string(primitive);
  return fmt::format("{} — {}", primitive, action);
}

std::string wiring_phrase(const Site& site) {
  switch (site.wired) {
    case Wiring::production:
      return "yes";
    case Wiring::conditional:
      return site.setting.empty() ? "a setting decides" : "decided by " + site.setting;
    case Wiring::unused:
      return "never";
    case Wiring::unknown:
      break;
  }
  return "not known";
}

std::string_view sharing_phrase(Sharing sharing) {
  switch (sharing) {
    case Sharing::none:
      return "no";
    case Sharing::partial:
      return "partly: falls back to memory";
    case Sharing::durable:
      return "yes: memory is a copy";
  }
  return "no";
}

std::size_t passed_points(const Service& service) {
  return static_cast<std::size_t>(
      std::count_if(service.checklist.begin(), service.checklist.end(), [](const auto& item) { return item.passed; }));
}

}  // namespace detoy::report
