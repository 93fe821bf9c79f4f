#include "analysis/services.h"

#include <algorithm>
#include <array>
#include <deque>
#include <set>

namespace detoy::analysis {

using inventory::ChecklistItem;
using inventory::Site;
using inventory::Verdict;

namespace {

struct Point {
  const char* id;
  const char* question;
  const char* passed;
  const char* failed;
  std::initializer_list<const char*> kinds;  // toys of these kinds fail it
};

// The nine points of the stateless checklist that toys decide; the health check is asked separately.
const std::array<Point, 8> points = {{
    {"no_in_memory_caches",
     "No in-memory caches that matter",
     "no cache that others depend on",
     "keeps values that other instances cannot see or invalidate",
     {"cache", "search_index", "secret"}},
    {"no_in_memory_queues",
     "No in-memory queues",
     "no work waits in memory only",
     "keeps pending work in memory only",
     {"queue", "job_status", "timer"}},
    {"no_local_files",
     "No local file storage",
     "nothing is kept on the local disk",
     "keeps files on the local disk",
     {"file_store"}},
    {"no_sticky_sessions",
     "No sticky sessions",
     "a caller may reach any instance",
     "a caller must come back to the same instance",
     {"session"}},
    {"breaker_state_shared",
     "Circuit breaker state is shared",
     "no breaker state of one instance only",
     "each instance opens and closes its breakers alone",
     {"circuit_breaker"}},
    {"rate_limit_state_shared",
     "Rate limit state is shared",
     "no limits that count per instance",
     "limits count per instance",
     {"rate_limit"}},
    {"killable",
     "Can be killed at any time without data loss",
     "nothing that matters is lost with the process",
     "a kill loses data",
     {"entity_store", "queue", "job_status", "session", "audit_log", "metering", "config_store", "idempotency",
      "file_store", "history", "secret", "sequence", "timer", "event_bus"}},
    {"any_instance",
     "Any instance can handle any request",
     "instances are interchangeable",
     "instances answer differently",
     {"entity_store", "session", "job_status", "config_store", "idempotency", "lock", "secret", "search_index",
      "service_registry", "sequence", "event_bus", "file_store", "cache"}},
}};

}  // namespace

Services::Services(const Context& context) : context_(context), of_file_(context.program.files().size()) {
  const Program& program = context.program;
  const source::Tree& tree = context.liveness.tree();
  // A unit for each package with an entry point of its own; files outside packages make one for the root.
  std::set<std::uint32_t> packages;
  for (FileId file = 0; file < program.files().size(); ++file) {
    if (context.liveness.has_entries() && !context.liveness.entry(file)) continue;
    if (program.file(file).role != source::Role::production) continue;
    packages.insert(program.file(file).package);
  }
  for (const std::uint32_t package : packages) {
    Unit unit;
    if (package == source::File::no_package) {
      unit.name = tree.root.substr(tree.root.rfind('/') == std::string::npos ? 0 : tree.root.rfind('/') + 1);
    } else {
      unit.name = tree.packages[package].name;
      unit.path = tree.packages[package].path;
    }
    unit.files.assign(program.files().size(), false);
    std::deque<FileId> open;
    const auto load = [&](FileId file) {
      if (file == no_file || unit.files[file] || program.file(file).role != source::Role::production) return;
      unit.files[file] = true;
      open.push_back(file);
    };
    for (FileId file = 0; file < program.files().size(); ++file) {
      if (program.file(file).package == package && (context.liveness.entry(file) || !context.liveness.has_entries()))
        load(file);
    }
    while (!open.empty()) {
      const FileId file = open.front();
      open.pop_front();
      const facts::FileFacts& facts = program.facts(file);
      for (const facts::Declaration& declaration : facts.declarations) {
        if (declaration.kind != facts::DeclarationKind::import) continue;
        const std::string_view module = facts.string(declaration.module);
        load(context.symbols.modules().resolve(file, module));
        load(context.symbols.modules().submodule(file, module, facts.string(declaration.imported)));
      }
      for (const facts::Export& entry : facts.exports) {
        if (entry.module != 0) load(context.symbols.modules().resolve(file, facts.string(entry.module)));
      }
    }
    // What stands in the package but is not loaded belongs to it all the same.
    for (FileId file = 0; file < program.files().size(); ++file) {
      if (program.file(file).package == package && program.file(file).role == source::Role::production)
        unit.files[file] = true;
    }
    units_.push_back(std::move(unit));
  }
  for (FileId file = 0; file < program.files().size(); ++file) {
    std::string& names = of_file_[file];
    for (const Unit& unit : units_) {
      const std::uint32_t package = program.file(file).package;
      const bool own = package != source::File::no_package && tree.packages[package].path == unit.path;
      if (own) {
        names = unit.name;
        break;
      }
      if (unit.files[file]) names += (names.empty() ? "" : ", ") + unit.name;
    }
  }
}

std::vector<inventory::Service> Services::assess(const std::vector<Site>& sites) const {
  std::vector<inventory::Service> services;
  for (const Unit& unit : units_) {
    inventory::Service service;
    service.name = unit.name;
    service.path = unit.path;
    std::set<std::string> languages;
    for (FileId file = 0; file < unit.files.size(); ++file) {
      if (unit.files[file]) languages.insert(std::string(to_string(context_.program.file(file).language)));
    }
    service.languages.assign(languages.begin(), languages.end());
    std::vector<const Site*> toys;
    for (const Site& site : sites) {
      if (site.verdict != Verdict::toy || !site.accepted_because.empty() || site.wired == inventory::Wiring::unused)
        continue;
      const FileId file = context_.program.find(site.path);
      if (file != no_file && unit.files[file]) toys.push_back(&site);
    }
    for (const Point& point : points) {
      ChecklistItem item;
      item.id = point.id;
      item.question = point.question;
      for (const Site* toy : toys) {
        if (std::find_if(point.kinds.begin(), point.kinds.end(), [&](const char* kind) { return toy->kind == kind; }) !=
            point.kinds.end()) {
          item.sites.push_back(toy->id);
        }
      }
      item.passed = item.sites.empty();
      item.answer = item.passed ? point.passed
                                : std::to_string(item.sites.size()) +
                                      (item.sites.size() == 1 ? " site: " : " sites: ") + point.failed;
      service.checklist.push_back(std::move(item));
    }
    // The health check tells the truth if it asks what the service depends on.
    ChecklistItem health;
    health.id = "honest_health_check";
    health.question = "The health check tells the truth";
    bool exists = false;
    bool asks = false;
    bool depends = false;
    for (FileId file = 0; file < unit.files.size(); ++file) {
      if (!unit.files[file]) continue;
      const facts::FileFacts& facts = context_.program.facts(file);
      for (facts::Index i = 1; i < facts.calls.size(); ++i) {
        const facts::Call& call = facts.calls[i];
        const CallId id = context_.program.calls.id(file, i);
        depends = depends || (context_.effects.of_call(id) & effect::durable_write) != 0;
        if (call.first_argument == 0 || facts.values[call.first_argument].kind != facts::ValueKind::string) continue;
        const std::string_view text = facts.string(facts.values[call.first_argument].text);
        const bool health_path = text.find("health") != std::string_view::npos ||
                                 text.find("ready") != std::string_view::npos ||
                                 text.find("livez") != std::string_view::npos;
        if (!health_path || text.size() > 40 || text.find(' ') != std::string_view::npos) continue;
        std::vector<FunctionId> handlers;
        for (const FunctionId passed : context_.graph.functions_passed(id)) handlers.push_back(passed);
        for (facts::Index a = call.first_argument; a != 0; a = facts.values[a].next) {
          if (facts.values[a].kind == facts::ValueKind::function)
            handlers.push_back(context_.program.functions.id(file, facts.values[a].ref));
        }
        for (const facts::Decorator& decorator : facts.decorators) {
          if (decorator.call != i) continue;
          if (decorator.on == facts::DecoratedKind::function)
            handlers.push_back(context_.program.functions.id(file, decorator.target));
          if (decorator.on == facts::DecoratedKind::type) {
            const TypeId type = context_.symbols.canonical(context_.program.types.id(file, decorator.target));
            for (const FunctionId method : context_.symbols.methods(type)) handlers.push_back(method);
          }
        }
        exists = exists || !handlers.empty();
        for (const FunctionId handler : handlers) {
          asks = asks || (context_.effects.reached(handler) &
                          (effect::durable_read | effect::durable_write | effect::external)) != 0;
        }
      }
    }
    health.passed = exists && (asks || !depends);
    health.answer = !exists   ? "no health check was found"
                    : asks    ? "it asks what the service depends on"
                    : depends ? "it answers without asking the stores that the service depends on"
                              : "the service depends on no store";
    service.checklist.push_back(std::move(health));
    const bool serious =
        std::any_of(toys.begin(), toys.end(), [](const Site* toy) { return toy->risk >= inventory::Risk::high; });
    service.readiness = serious        ? inventory::Readiness::stateful
                        : toys.empty() ? inventory::Readiness::ready
                                       : inventory::Readiness::needs_work;
    services.push_back(std::move(service));
  }
  std::sort(services.begin(), services.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return services;
}

}  // namespace detoy::analysis
