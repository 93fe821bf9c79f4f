#include "analysis/borrowed_meaning.h"

#include <algorithm>

#include "base/words.h"

namespace detoy::analysis {
namespace {

using facts::ValueKind;

void add_words(std::vector<std::string>& words, std::string_view text) {
  for (std::string& word : split_words(text)) words.push_back(std::move(word));
  words.emplace_back("|");  // phrases do not reach from one name into the next
}

// The names and texts of an argument: `otp:${phone}`, session.id, code.
void add_value(std::vector<std::string>& words, const facts::FileFacts& facts, facts::Index index, int depth) {
  if (index == 0 || depth > 4) return;
  const facts::Value& value = facts.values[index];
  if (value.kind == ValueKind::string || value.kind == ValueKind::text_template) {
    add_words(words, facts.string(value.text));
  }
  if (value.kind == ValueKind::path || value.kind == ValueKind::call) {
    const facts::Path& path = facts.paths[value.kind == ValueKind::path ? value.ref : facts.calls[value.ref].path];
    if (path.root_kind == facts::RootKind::declaration)
      add_words(words, facts.string(facts.declarations[path.root].name));
    for (std::uint32_t i = 0; i < path.steps; ++i)
      add_words(words, facts.string(facts.steps[path.first_step + i].name));
  }
  if (value.kind == ValueKind::call) {
    for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
      add_value(words, facts, a, depth + 1);
    }
  }
  if (value.key != 0) add_words(words, facts.string(value.key));
  for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
    add_value(words, facts, child, depth + 1);
  }
}

// A method that keeps what its caller gives it under the key that its caller gives it.
bool is_general(const Context& context, FunctionId writer) {
  const Place place = context.program.functions.place(writer);
  const facts::FileFacts& facts = context.program.facts(place.file);
  const facts::Function& function = facts.functions[place.index];
  std::uint32_t first = function.first_parameter;
  std::uint32_t count = function.parameters;
  if (count > 0 && (facts.string(facts.declarations[first].name) == "self")) {
    ++first;
    --count;
  }
  return count >= 2 && is_one_of(context.catalog.words("key_parameters"), facts.string(facts.declarations[first].name));
}

// set(key, count + 1): who looks first and puts back more does not remember a result.
bool puts_back_more(const facts::FileFacts& facts, const facts::Call& call) {
  for (facts::Index a = call.first_argument; a != 0; a = facts.values[a].next) {
    facts::Index value = a;
    if (facts.values[a].kind == ValueKind::path) {
      const facts::Path& path = facts.paths[facts.values[a].ref];
      if (path.root_kind == facts::RootKind::declaration && path.steps == 0)
        value = facts.declarations[path.root].initial;
    }
    if (facts.values[value].kind == ValueKind::unknown && facts.string(facts.values[value].text) == "+") return true;
  }
  return false;
}

}  // namespace

std::string kind_by_users(const Draft& draft, const Context& context) {
  std::vector<FunctionId> general;
  for (const FunctionId writer : draft.writers) {
    if (context.symbols.is_method(writer) && is_general(context, writer)) general.push_back(writer);
  }
  if (general.empty()) return {};
  const TypeId store = context.symbols.owner(general.front());
  std::vector<std::string> words;
  for (const FunctionId writer : general) {
    for (const CallId caller : context.graph.callers(writer)) {
      const Place place = context.program.calls.place(caller);
      const FunctionId user = context.graph.function_of(caller);
      if (context.program.file(place.file).role != source::Role::production) continue;
      if (context.symbols.owner(user) == store) continue;
      bool looks_up = false;
      for (const CallId other : context.graph.calls_in(user)) {
        for (const FunctionId callee : context.graph.callees(other)) {
          looks_up = looks_up || (callee != writer && context.symbols.owner(callee) == store &&
                                  !std::binary_search(draft.writers.begin(), draft.writers.end(), callee));
        }
      }
      const facts::FileFacts& facts = context.program.facts(place.file);
      const facts::Call& call = facts.calls[place.index];
      const bool counts = puts_back_more(facts, call);
      if (looks_up && !counts) continue;
      for (facts::Index a = call.first_argument; a != 0; a = facts.values[a].next) add_value(words, facts, a, 0);
      const facts::Path& path = facts.paths[call.path];
      for (std::uint32_t i = 0; i + 1 < path.steps; ++i) {
        add_words(words, facts.string(facts.steps[path.first_step + i].name));
      }
      if (counts && context.symbols.owner(user) != 0) {
        add_words(words, context.program.name_of_type(context.symbols.owner(user)));
      }
      add_words(words, context.program.name_of_function(user));
    }
  }
  if (words.empty()) return {};
  std::string best;
  double most = context.catalog.policy("kind_by_users_score");
  for (const std::string& name : context.catalog.words("kinds_by_users")) {
    const catalog::Kind* kind = context.catalog.kind(name);
    if (kind == nullptr) continue;
    double score = 0;
    for (const catalog::Kind::Word& word : kind->name_words) {
      if (has_phrase(words, word.phrase)) score += word.weight;
    }
    if (score > most) {
      most = score;
      best = name;
    }
  }
  return best;
}

}  // namespace detoy::analysis
