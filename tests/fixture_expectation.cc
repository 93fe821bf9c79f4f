#include "fixture_expectation.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

namespace detoy::tests {
namespace {

using inventory::Site;
using inventory::Verdict;

std::vector<std::string> texts(const YAML::Node& node) {
  if (!node) return {};
  if (node.IsScalar()) return {node.as<std::string>()};
  return node.as<std::vector<std::string>>();
}

ExpectedSite read_site(const YAML::Node& node, Verdict verdict) {
  ExpectedSite site;
  site.verdict = verdict;
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    const YAML::Node& value = entry.second;
    if (key == "kind") {
      site.kinds = texts(value);
    } else if (key == "setting") {
      site.setting = texts(value);
    } else if (key == "line") {
      site.line = value.as<std::uint32_t>();
    } else if (key == "optional" && verdict == Verdict::acceptable) {
      site.optional = value.as<bool>();
    } else {
      std::string* const text = key == "path"      ? &site.path
                                : key == "name"    ? &site.name
                                : key == "owner"   ? &site.owner
                                : key == "wired"   ? &site.wired
                                : key == "sharing" ? &site.sharing
                                : key == "risk"    ? &site.risk
                                                   : nullptr;
      if (text == nullptr) throw YAML::Exception(entry.first.Mark(), "unknown key " + key);
      *text = value.as<std::string>();
    }
  }
  if (site.path.empty() || site.kinds.empty() || (site.name.empty() && site.line == 0)) {
    throw YAML::Exception(node.Mark(), "a site needs path, kind, and name or line");
  }
  return site;
}

std::string describe(const Site& site) {
  return fmt::format("{}:{} {}{}{} {} {} (wired {}, sharing {}, risk {}{}{})", site.path, site.line, site.owner,
                     site.owner.empty() ? "" : ".", site.name, inventory::to_string(site.verdict), site.kind,
                     inventory::to_string(site.wired), inventory::to_string(site.sharing),
                     inventory::to_string(site.risk), site.setting.empty() ? "" : ", setting ", site.setting);
}

std::string describe(const ExpectedSite& site) {
  const std::string place = site.line == 0 ? site.path : fmt::format("{}:{}", site.path, site.line);
  return fmt::format("{} {}{}{} {} {}", place, site.owner, site.owner.empty() ? "" : ".", site.name,
                     inventory::to_string(site.verdict), fmt::join(site.kinds, " or "));
}

bool same_place(const ExpectedSite& expected, const Site& site) {
  return site.path == expected.path && (expected.name.empty() || site.name == expected.name) &&
         (expected.owner.empty() || site.owner == expected.owner) && (expected.line == 0 || site.line == expected.line);
}

// What is wrong with a site that stands where it should.
std::vector<std::string> wrongs(const ExpectedSite& expected, const Site& site) {
  std::vector<std::string> list;
  const auto compare = [&](std::string_view what, std::string_view wanted, std::string_view is) {
    if (!wanted.empty() && wanted != is) list.push_back(fmt::format("{} {} instead of {}", what, is, wanted));
  };
  compare("verdict", inventory::to_string(expected.verdict), inventory::to_string(site.verdict));
  if (std::find(expected.kinds.begin(), expected.kinds.end(), site.kind) == expected.kinds.end()) {
    list.push_back(fmt::format("kind {} instead of {}", site.kind, fmt::join(expected.kinds, " or ")));
  }
  compare("wired", expected.wired, inventory::to_string(site.wired));
  compare("sharing", expected.sharing, inventory::to_string(site.sharing));
  compare("risk", expected.risk, inventory::to_string(site.risk));
  for (const std::string& phrase : expected.setting) {
    if (site.setting.find(phrase) == std::string::npos) {
      list.push_back(fmt::format("setting \"{}\" does not say \"{}\"", site.setting, phrase));
    }
  }
  return list;
}

void compare_sites(const Expectation& expected, const inventory::Inventory& found, std::vector<std::string>& list) {
  std::vector<bool> taken(found.sites.size(), false);
  for (const ExpectedSite& wanted : expected.sites) {
    std::size_t at = found.sites.size();
    for (std::size_t i = 0; i < found.sites.size() && at == found.sites.size(); ++i) {
      if (!taken[i] && same_place(wanted, found.sites[i])) at = i;
    }
    if (at == found.sites.size()) {
      if (!wanted.optional) list.push_back("missing:    " + describe(wanted));
      continue;
    }
    taken[at] = true;
    const std::vector<std::string> wrong = wrongs(wanted, found.sites[at]);
    if (!wrong.empty()) {
      list.push_back(fmt::format("wrong:      {}: {}", describe(found.sites[at]), fmt::join(wrong, "; ")));
    }
  }
  for (std::size_t i = 0; i < found.sites.size(); ++i) {
    if (!taken[i]) list.push_back("unexpected: " + describe(found.sites[i]));
  }
}

void compare_warnings(const Expectation& expected, const inventory::Inventory& found, std::vector<std::string>& list) {
  const std::set<std::string> wanted(expected.warnings.begin(), expected.warnings.end());
  std::set<std::string> warned;
  for (const inventory::Warning& warning : found.warnings) {
    warned.insert(warning.path);
    if (!wanted.contains(warning.path)) {
      list.push_back(fmt::format("unexpected: warning {}:{} {}", warning.path, warning.line, warning.message));
    }
  }
  for (const std::string& path : wanted) {
    if (!warned.contains(path)) list.push_back("missing:    a warning of " + path);
  }
}

void compare_services(const Expectation& expected, const inventory::Inventory& found, std::vector<std::string>& list) {
  for (const ExpectedService& wanted : expected.services) {
    const auto service = std::find_if(found.services.begin(), found.services.end(),
                                      [&](const inventory::Service& s) { return s.name == wanted.name; });
    if (service == found.services.end()) {
      list.push_back("missing:    service " + wanted.name);
    } else if (!wanted.readiness.empty() && inventory::to_string(service->readiness) != wanted.readiness) {
      list.push_back(fmt::format("wrong:      service {} is {} instead of {}", wanted.name,
                                 inventory::to_string(service->readiness), wanted.readiness));
    }
  }
}

}  // namespace

Result<Expectation> read_expectation(const std::string& path) try {
  Expectation expectation;
  const YAML::Node root = YAML::LoadFile(path);
  for (const auto& entry : root) {
    const auto key = entry.first.as<std::string>();
    if (key == "toys" || key == "acceptable") {
      const Verdict verdict = key == "toys" ? Verdict::toy : Verdict::acceptable;
      for (const YAML::Node& site : entry.second) expectation.sites.push_back(read_site(site, verdict));
    } else if (key == "warnings") {
      expectation.warnings = texts(entry.second);
    } else if (key == "services") {
      for (const YAML::Node& service : entry.second) {
        expectation.services.push_back({service["name"].as<std::string>(), service["readiness"].as<std::string>("")});
      }
    } else {
      return fail(ErrorCategory::usage, path + ": unknown key " + key);
    }
  }
  return expectation;
} catch (const std::exception& error) {
  return fail(ErrorCategory::usage, path + ": " + error.what());
}

std::vector<std::string> differences(const Expectation& expected, const inventory::Inventory& found) {
  std::vector<std::string> list;
  compare_sites(expected, found, list);
  compare_warnings(expected, found, list);
  compare_services(expected, found, list);
  return list;
}

}  // namespace detoy::tests
