#include "analysis/client_names.h"

#include "analysis/effects.h"

namespace detoy::analysis {

ClientNames::Names ClientNames::names(const catalog::Catalog& catalog, std::string_view list) {
  const auto& words = catalog.words(list);
  return {words.begin(), words.end()};
}

ClientNames::ClientNames(const catalog::Catalog& catalog)
    : clients_(names(catalog, "client_names")),
      client_writes_(names(catalog, "client_writes")),
      client_deletes_(names(catalog, "client_deletes")),
      client_reads_(names(catalog, "client_reads")),
      connections_(names(catalog, "connection_names")),
      connection_writes_(names(catalog, "connection_writes")) {}

std::uint32_t ClientNames::effects(const facts::FileFacts& facts, const facts::Path& path) const {
  if (path.steps == 0) return 0;
  const std::string_view verb = facts.string(facts.steps[path.first_step + path.steps - 1].name);
  const bool writes = client_writes_.contains(verb);
  const bool deletes = client_deletes_.contains(verb);
  const bool reads = client_reads_.contains(verb);
  const bool commits = connection_writes_.contains(verb);
  if (!writes && !deletes && !reads && !commits) return 0;
  const auto said_by = [&](std::string_view name) -> std::uint32_t {
    const bool client = clients_.contains(name);
    if (!client && !connections_.contains(name)) return 0;
    std::uint32_t result = 0;
    if (commits || (client && writes)) result |= effect::durable_write;
    if (client && deletes) result |= effect::durable_write | effect::deletes;
    if (result != 0 || reads) result |= effect::durable_read;
    return result;
  };
  // db.lock().unwrap().insert(..): a collection of this process behind a lock, whatever it is called.
  for (std::uint32_t i = 0; i + 1 < path.steps; ++i) {
    const facts::Step& step = facts.steps[path.first_step + i];
    const std::string_view name = facts.string(step.name);
    if (step.call != 0 && (name == "lock" || name == "write" || name == "borrow_mut")) return 0;
  }
  std::uint32_t result = 0;
  if (path.root_kind == facts::RootKind::declaration) {
    result |= said_by(facts.string(facts.declarations[path.root].name));
  }
  for (std::uint32_t i = 0; i + 1 < path.steps; ++i) {
    result |= said_by(facts.string(facts.steps[path.first_step + i].name));
  }
  return result;
}

}  // namespace detoy::analysis
