#include "inventory/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <vector>

namespace detoy::inventory {
namespace {

using Json = nlohmann::ordered_json;

template <typename T, typename Key>
std::vector<const T*> sorted(const std::vector<T>& items, Key key) {
  std::vector<const T*> order;
  order.reserve(items.size());
  for (const T& item : items) order.push_back(&item);
  std::sort(order.begin(), order.end(),
            [&](const T* a, const T* b) { return key(*a) != key(*b) ? key(*a) < key(*b) : a < b; });
  return order;
}

Json of(const Evidence& evidence) {
  return {{"role", evidence.role},
          {"path", evidence.path},
          {"line", evidence.line},
          {"snippet", evidence.snippet},
          {"note", evidence.note}};
}

Json of(const Site& site) {
  Json evidence = Json::array();
  for (const Evidence& place : site.evidence) evidence.push_back(of(place));
  return {{"id", site.id},
          {"path", site.path},
          {"line", site.line},
          {"column", site.column},
          {"name", site.name},
          {"owner", site.owner},
          {"service", site.service},
          {"language", site.language},
          {"kind", site.kind},
          {"storage", site.storage},
          {"lifetime", to_string(site.lifetime)},
          {"sharing", to_string(site.sharing)},
          {"wired", to_string(site.wired)},
          {"setting", site.setting},
          {"verdict", to_string(site.verdict)},
          {"risk", to_string(site.risk)},
          {"confidence", to_string(site.confidence)},
          {"why", site.why},
          {"on_restart", site.on_restart},
          {"on_second_instance", site.on_second_instance},
          {"primitive", site.primitive},
          {"action", site.action},
          {"accepted_because", site.accepted_because},
          {"evidence", std::move(evidence)}};
}

Json of(const ChecklistItem& item) {
  Json sites = Json::array();
  for (const std::string& id : item.sites) sites.push_back(id);
  return {{"id", item.id},
          {"question", item.question},
          {"passed", item.passed},
          {"answer", item.answer},
          {"sites", std::move(sites)}};
}

Json of(const Service& service) {
  Json languages = Json::array();
  for (const std::string& language : service.languages) languages.push_back(language);
  Json checklist = Json::array();
  for (const ChecklistItem& item : service.checklist) checklist.push_back(of(item));
  return {{"name", service.name},
          {"path", service.path},
          {"languages", std::move(languages)},
          {"readiness", to_string(service.readiness)},
          {"checklist", std::move(checklist)}};
}

Json of(const Warning& warning) {
  return {{"path", warning.path}, {"line", warning.line}, {"message", warning.message}};
}

Json of(const Summary& summary) {
  Json by_risk = Json::object();
  for (const Risk risk : {Risk::critical, Risk::high, Risk::medium, Risk::low}) {
    by_risk[std::string(to_string(risk))] = summary.by_risk[static_cast<std::size_t>(risk)];
  }
  return {{"files", summary.files},
          {"production_files", summary.production_files},
          {"toys", summary.toys},
          {"unused_toys", summary.unused_toys},
          {"acceptable", summary.acceptable},
          {"suppressed", summary.suppressed},
          {"by_risk", std::move(by_risk)}};
}

}  // namespace

std::string to_json(const Inventory& inventory) {
  Json sites = Json::array();
  for (const Site* site :
       sorted(inventory.sites, [](const Site& s) { return std::tie(s.path, s.line, s.column, s.name, s.id); })) {
    sites.push_back(of(*site));
  }
  Json services = Json::array();
  for (const Service* service : sorted(inventory.services, [](const Service& s) { return std::tie(s.path, s.name); })) {
    services.push_back(of(*service));
  }
  Json warnings = Json::array();
  for (const Warning* warning :
       sorted(inventory.warnings, [](const Warning& w) { return std::tie(w.path, w.line, w.message); })) {
    warnings.push_back(of(*warning));
  }
  const Json document = {
      {"schema", "detoy/inventory/1"},   {"root", inventory.root},
      {"commit", inventory.commit},      {"tool", {{"name", "detoy"}, {"version", inventory.tool_version}}},
      {"sites", std::move(sites)},       {"services", std::move(services)},
      {"entities", Json::array()},       {"checks", Json::array()},
      {"warnings", std::move(warnings)}, {"summary", of(inventory.summary)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace detoy::inventory
