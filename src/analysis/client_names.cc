#include "analysis/client_names.h"

#include "analysis/effects.h"

namespace detoy::analysis {

ClientNames::ClientNames(const Program& program, const catalog::Catalog& catalog) : program_(program), words_(program) {
  words_.learn_all(catalog.words("client_names"), client);
  words_.learn_all(catalog.words("client_writes"), client_write);
  words_.learn_all(catalog.words("client_deletes"), client_delete);
  words_.learn_all(catalog.words("client_reads"), client_read);
  words_.learn_all(catalog.words("connection_names"), connection);
  words_.learn_all(catalog.words("connection_writes"), connection_write);
  for (const char* held : {"lock", "write", "borrow_mut"}) words_.learn(held, guard);
}

std::uint8_t ClientNames::words_of(FileId file, facts::StringId name) const {
  return words_.of(program_.name(file, name));
}

std::uint32_t ClientNames::effects(FileId file, const facts::Path& path) const {
  if (path.steps == 0) return 0;
  const facts::FileFacts& facts = program_.facts(file);
  const std::uint8_t verb = words_of(file, facts.steps[path.first_step + path.steps - 1].name);
  const bool writes = (verb & client_write) != 0;
  const bool deletes = (verb & client_delete) != 0;
  const bool reads = (verb & client_read) != 0;
  const bool commits = (verb & connection_write) != 0;
  if (!writes && !deletes && !reads && !commits) return 0;
  const auto said_by = [&](std::uint8_t name) -> std::uint32_t {
    const bool is_client = (name & client) != 0;
    if (!is_client && (name & connection) == 0) return 0;
    std::uint32_t result = 0;
    if (commits || (is_client && writes)) result |= effect::durable_write;
    if (is_client && deletes) result |= effect::durable_write | effect::deletes;
    if (result != 0 || reads) result |= effect::durable_read;
    return result;
  };
  std::uint32_t result = 0;
  if (path.root_kind == facts::RootKind::declaration) {
    result |= said_by(words_of(file, facts.declarations[path.root].name));
  }
  for (std::uint32_t i = 0; i + 1 < path.steps; ++i) {
    const facts::Step& step = facts.steps[path.first_step + i];
    const std::uint8_t words = words_of(file, step.name);
    // db.lock().unwrap().insert(..): a collection of this process behind a lock, whatever it is called.
    if (step.call != 0 && (words & guard) != 0) return 0;
    result |= said_by(words);
  }
  return result;
}

}  // namespace detoy::analysis
