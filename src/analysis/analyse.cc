#include "analysis/analyse.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <unordered_map>

#include "analysis/event_bus_sites.h"
#include "analysis/library_sites.h"
#include "analysis/local_setting_sites.h"
#include "analysis/random_secrets.h"
#include "analysis/services.h"
#include "analysis/setting_sites.h"
#include "analysis/timer_sites.h"
#include "analysis/variable_sites.h"
#include "analysis/verdict.h"

namespace detoy::analysis {

using inventory::Site;

namespace {

std::uint64_t mix(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return (hash ^ 0xff) * 1099511628211u;
}

// Top-level `describe("...", ...)`: names that test runners put there, so that nothing imports them.
bool holds_tests(const facts::FileFacts& facts) {
  constexpr auto kNames = std::to_array<std::string_view>({"describe", "it", "test"});
  return std::any_of(facts.calls.begin(), facts.calls.end(), [&](const facts::Call& call) {
    if (call.function != 0 || call.arguments < 2) return false;
    const facts::Path& path = facts.paths[call.path];
    if (path.root_kind != facts::RootKind::name || path.steps != 1) return false;
    if (facts.values[call.first_argument].kind != facts::ValueKind::string) return false;
    return std::find(kNames.begin(), kNames.end(), facts.string(path.root)) != kNames.end();
  });
}

// Files that turn out to be for browsers or tests by what they import.
void settle_roles(std::vector<SourceFile>& files, const catalog::Catalog& catalog) {
  using Effect = catalog::Library::Effect;
  std::unordered_map<std::string_view, std::vector<const catalog::Library*>> exact;
  // By the first character, since every import is asked about.
  std::unordered_map<char, std::vector<std::pair<std::string_view, const catalog::Library*>>> prefixes;
  for (const catalog::Library& library : catalog.libraries()) {
    if (library.effect != Effect::ui && library.effect != Effect::test) continue;
    for (const std::string& package : library.packages) {
      if (package.ends_with('*')) {
        prefixes[package.front()].emplace_back(std::string_view(package).substr(0, package.size() - 1), &library);
      } else {
        exact[package].push_back(&library);
      }
    }
  }
  for (SourceFile& file : files) {
    if (file.role != source::Role::production) continue;
    if (file.facts->jsx) file.role = source::Role::ui;
    if (same_family(file.language, Language::typescript) && holds_tests(*file.facts)) file.role = source::Role::test;
    // Django's management commands are run by hand or by cron, and end.
    if (file.path.find("/management/commands/") != std::string::npos) file.role = source::Role::tool;
    for (const facts::Declaration& declaration : file.facts->declarations) {
      if (declaration.kind != facts::DeclarationKind::import) continue;
      // What a test module within the file imports says nothing of the file.
      if (declaration.flags & (facts::declared::type_only | facts::declared::test)) continue;
      const std::string_view module = file.facts->string(declaration.module);
      const auto settle = [&](const catalog::Library& library) {
        const auto family = [&](Language l) { return same_family(l, file.language); };
        if (!library.languages.empty() && std::none_of(library.languages.begin(), library.languages.end(), family))
          return;
        if (!library.symbols.empty() && std::find(library.symbols.begin(), library.symbols.end(),
                                                  file.facts->string(declaration.imported)) == library.symbols.end()) {
          return;
        }
        file.role = library.effect == Effect::ui ? source::Role::ui : source::Role::test;
      };
      if (const auto found = exact.find(module); found != exact.end()) {
        for (const catalog::Library* library : found->second) settle(*library);
      }
      if (module.empty()) continue;
      if (const auto found = prefixes.find(module.front()); found != prefixes.end()) {
        for (const auto& [prefix, library] : found->second) {
          if (module.starts_with(prefix)) settle(*library);
        }
      }
    }
  }
}

// The fingerprint has nothing of the line, so that it survives edits above.
void number(std::vector<Draft>& drafts) {
  std::map<std::string, int> seen;
  for (Draft& draft : drafts) {
    Site& site = draft.site;
    const std::string key = site.path + "|" + site.owner + "|" + site.name + "|" + site.kind;
    const int nth = seen[key]++;
    std::uint64_t hash = mix(1469598103934665603u, key);
    if (nth > 0) hash = mix(hash, std::to_string(nth));
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
    site.id.assign(digits, 12);
  }
}

void suppress(std::vector<Draft>& drafts, const catalog::Project& project) {
  for (const catalog::Suppression& suppression : project.suppressions) {
    const auto rules = source::IgnoreRules::parse(suppression.path);
    for (Draft& draft : drafts) {
      Site& site = draft.site;
      if (!suppression.path.empty() && !rules.covers(site.path)) continue;
      if (!suppression.name.empty() && suppression.name != site.name) continue;
      if (!suppression.kind.empty() && suppression.kind != site.kind) continue;
      if (site.verdict == inventory::Verdict::toy) site.accepted_because = suppression.reason;
    }
  }
}

}  // namespace

inventory::Inventory analyse(const source::Tree& tree, std::vector<SourceFile> files, const catalog::Catalog& catalog,
                             const catalog::Project& project,
                             const std::function<void(inventory::Inventory&)>& annotate) {
  settle_roles(files, catalog);
  inventory::Inventory inventory;
  inventory.root = tree.root;
  inventory.commit = tree.commit;
  for (const SourceFile& file : files) {
    ++inventory.summary.files;
    if (file.role == source::Role::production) ++inventory.summary.production_files;
  }
  if (files.empty()) return inventory;

  const Program program(std::move(files));
  const Modules modules(program, tree);
  const Symbols symbols(program, modules, catalog);
  const Libraries libraries(program, catalog);
  const CallGraph graph(symbols, catalog);
  const Effects effects(graph, libraries, catalog);
  const Liveness liveness(graph, libraries, catalog, tree);
  const States states(graph, catalog, liveness.loops());
  const Lifetimes lifetimes(graph, states, liveness, libraries, catalog);
  const Settings settings(graph, catalog);
  const WiringAnalysis wiring(graph, states, liveness, settings);
  const Context context{program, symbols,   graph,    libraries, effects, liveness,
                        states,  lifetimes, settings, wiring,    catalog};

  std::vector<Draft> drafts;
  for (auto* find : {&random_secret_sites, &event_bus_sites, &library_sites, &setting_sites, &timer_sites,
                     &local_setting_sites, &variable_sites, &file_sites}) {
    const std::size_t others = drafts.size();
    for (Draft& draft : find(context)) {
      bool known = false;
      for (std::size_t i = 0; i < drafts.size() && !known; ++i) {
        const Draft& other = drafts[i];
        if (other.file != draft.file || other.site.line != draft.site.line) continue;
        // What one finder names after the variable, another may name after the call or setting in it.
        known =
            other.site.name == draft.site.name || (i < others && draft.decided && other.site.kind == draft.site.kind);
      }
      if (!known && decide(draft, context)) drafts.push_back(std::move(draft));
    }
  }
  std::sort(drafts.begin(), drafts.end(), [](const Draft& a, const Draft& b) {
    return std::tie(a.site.path, a.site.line, a.site.column, a.site.name, a.site.kind) <
           std::tie(b.site.path, b.site.line, b.site.column, b.site.name, b.site.kind);
  });
  number(drafts);
  suppress(drafts, project);
  const Services services(context);
  const std::size_t most = static_cast<std::size_t>(catalog.policy("max_evidence"));
  for (Draft& draft : drafts) {
    draft.site.service = services.of_file(draft.file);
    if (draft.site.evidence.size() > most) draft.site.evidence.resize(most);
    inventory.sites.push_back(std::move(draft.site));
  }
  annotate(inventory);
  inventory.services = services.assess(inventory.sites);
  return inventory;
}

}  // namespace detoy::analysis
