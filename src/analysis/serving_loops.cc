#include "analysis/serving_loops.h"

#include <algorithm>

#include "base/words.h"

namespace detoy::analysis {

using facts::BranchKind;
using facts::RootKind;
using facts::ValueKind;

namespace {

// What the name of a call may say.
enum Word : std::uint8_t {
  iterated = 1u << 0,
  listening = 1u << 1,
  waiting = 1u << 2,
  awaited = 1u << 3,
  stream = 1u << 4,
};

// Whether a value is made by a call, or waits for one.
bool has_call(const facts::FileFacts& facts, facts::Index index, facts::Index call, int depth) {
  constexpr int depth_limit = 4;
  if (index == 0 || depth > depth_limit) return false;
  const facts::Value& value = facts.values[index];
  if (value.kind == ValueKind::call && value.ref == call) return true;
  for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
    if (has_call(facts, child, call, depth + 1)) return true;
  }
  return false;
}

// Whether a path, or what its variable was made of, has one of the names: `let rows = query.fetch(&pool)`.
bool mentions(const facts::FileFacts& facts, const facts::Path& path, const std::vector<std::string>& names,
              int depth) {
  const auto listed = [&](std::string_view name) {
    if (is_one_of(names, name)) return true;
    const std::vector<std::string> words = split_words(name);
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) { return is_one_of(names, word); });
  };
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    if (listed(facts.string(facts.steps[path.first_step + i].name))) return true;
  }
  if (path.root_kind == RootKind::name) return listed(facts.string(path.root));
  constexpr int depth_limit = 3;
  if (path.root_kind != RootKind::declaration || depth > depth_limit) return false;
  const facts::Declaration& root = facts.declarations[path.root];
  if (listed(facts.string(root.name))) return true;
  const facts::Value& initial = facts.values[root.initial];
  facts::Index from = 0;
  if (initial.kind == ValueKind::path) from = initial.ref;
  if (initial.kind == ValueKind::call) from = facts.calls[initial.ref].path;
  return from != 0 && mentions(facts, facts.paths[from], names, depth + 1);
}

// listen(), consume_typed(..), subscribe(..)
bool is_streamed(std::string_view name, const catalog::Catalog& catalog) {
  const auto words = split_words(name);
  return !words.empty() && is_one_of(catalog.words("streaming_verbs"), words.front());
}

}  // namespace

ServingLoops::ServingLoops(const Program& program, const catalog::Catalog& catalog)
    : program_(&program), loops_(program.files().size()), listens_(program.files().size()) {
  // Every call is asked about.
  NameBits words(program);
  words.learn_all(catalog.words("connection_iterators"), iterated);
  words.learn_all(catalog.words("connection_waits"), listening);
  words.learn_all(catalog.words("message_waits"), waiting);
  words.learn_all(catalog.words("awaited_message_waits"), awaited);
  words.learn_all(catalog.words("awaited_stream_waits"), stream);
  for (FileId file = 0; file < program.files().size(); ++file) {
    if (program.file(file).language == Language::rust) {
      find(file, words, catalog);
    } else {
      find_rounds(file, catalog);
    }
  }
}

// while True: look(); await asyncio.sleep(60). A pause in one branch of the body only backs off.
void ServingLoops::find_rounds(FileId file, const catalog::Catalog& catalog) {
  const auto& pauses = catalog.words("round_pauses");
  const facts::FileFacts& facts = program_->facts(file);
  for (facts::Index i = 1; i < facts.calls.size(); ++i) {
    const facts::Call& call = facts.calls[i];
    if (call.function == 0) continue;
    const facts::Path& path = facts.paths[call.path];
    std::string_view name;
    if (path.root_kind == RootKind::name) name = facts.string(path.root);
    if (path.root_kind == RootKind::declaration) name = facts.string(facts.declarations[path.root].name);
    if (path.steps > 0 && facts.steps[path.first_step + path.steps - 1].name != 0)
      name = facts.string(facts.steps[path.first_step + path.steps - 1].name);
    if (is_streamed(name, catalog)) {
      // async for message in client.consume(queue): until the process ends
      for (facts::Index b = 1; b < facts.branches.size(); ++b) {
        const facts::Branch& branch = facts.branches[b];
        const bool goes_through = branch.kind == BranchKind::loop && branch.condition == 0 && !branch.infinite;
        if (!goes_through || branch.function != call.function || branch.line != call.line) continue;
        if (loops_[file].empty()) loops_[file].resize(facts.branches.size());
        loops_[file][b] = true;
      }
    }
    if (!is_one_of(pauses, name)) continue;
    for (facts::Index b = call.branch; b != 0; b = facts.branches[b].parent) {
      const facts::Branch& branch = facts.branches[b];
      if (branch.function != call.function) break;
      if (branch.kind == BranchKind::then || branch.kind == BranchKind::handler || branch.kind == BranchKind::case_)
        break;
      if (branch.kind != BranchKind::loop || (!branch.infinite && branch.condition == 0)) continue;
      if (loops_[file].empty()) loops_[file].resize(facts.branches.size());
      loops_[file][b] = true;
      break;
    }
  }
}

bool ServingLoops::covers(FileId file, facts::Index branch) const {
  const std::vector<bool>& loops = loops_[file];
  if (loops.empty()) return false;
  const facts::FileFacts& facts = program_->facts(file);
  const facts::Index function = facts.branches[branch].function;
  for (; branch != 0 && facts.branches[branch].function == function; branch = facts.branches[branch].parent) {
    if (loops[branch]) return true;
  }
  return false;
}

bool ServingLoops::in_function(const facts::FileFacts& facts, FileId file, facts::Index function) const {
  const std::vector<bool>& loops = loops_[file];
  for (facts::Index i = 1; i < loops.size(); ++i) {
    if (loops[i] && facts.branches[i].function == function) return true;
  }
  return false;
}

// The endless loop that a call stands in, or the loop that goes on as long as the call gives something.
facts::Index ServingLoops::loop_around(const facts::FileFacts& facts, facts::Index index, bool iterated) const {
  const facts::Call& call = facts.calls[index];
  for (facts::Index i = call.branch; i != 0; i = facts.branches[i].parent) {
    const facts::Branch& branch = facts.branches[i];
    if (branch.function != call.function) break;
    if (branch.kind == BranchKind::loop && branch.infinite) return i;
  }
  for (facts::Index i = 1; i < facts.branches.size(); ++i) {
    const facts::Branch& branch = facts.branches[i];
    if (branch.kind != BranchKind::loop || branch.function != call.function) continue;
    if (has_call(facts, branch.condition, index, 0)) return i;
    // for stream in listener.incoming()
    if (branch.condition == 0 && !branch.infinite && iterated && branch.line == call.line) return i;
  }
  return 0;
}

void ServingLoops::find(FileId file, const NameBits& words, const catalog::Catalog& catalog) {
  const auto& endless = catalog.words("endless_streams");
  const auto& ending = catalog.words("ending_streams");
  const facts::FileFacts& facts = program_->facts(file);
  for (facts::Index i = 1; i < facts.calls.size(); ++i) {
    const facts::Call& call = facts.calls[i];
    const facts::Path& path = facts.paths[call.path];
    if (path.steps == 0) continue;
    const std::uint8_t name = words.of(program_->name(file, facts.steps[path.first_step + path.steps - 1].name));
    if (name == 0) continue;
    const bool each = (name & iterated) != 0;
    const bool connection = each || (name & listening) != 0;
    bool message = (name & waiting) != 0;
    if (!message && (call.flags & facts::call_flag::awaited) != 0) {
      message = (name & awaited) != 0 ||
                ((name & stream) != 0 && mentions(facts, path, endless, 0) && !mentions(facts, path, ending, 0));
    }
    if (!connection && !message) continue;
    const facts::Index loop = loop_around(facts, i, each);
    if (loop == 0) continue;
    if (loops_[file].empty()) loops_[file].resize(facts.branches.size());
    loops_[file][loop] = true;
    listens_[file] = listens_[file] || connection;
  }
}

}  // namespace detoy::analysis
