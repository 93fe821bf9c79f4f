#include "analysis/settings.h"

#include <algorithm>
#include <cctype>

namespace detoy::analysis {

using facts::RootKind;
using facts::ValueKind;

namespace {

bool all_capitals(std::string_view text) {
  bool letter = false;
  for (const char c : text) {
    if (c >= 'a' && c <= 'z') return false;
    if (c >= 'A' && c <= 'Z') letter = true;
  }
  return letter;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

}  // namespace

Settings::Settings(const CallGraph& graph, const catalog::Catalog& catalog) : program_(graph.program()) {
  for (const std::string& word : catalog.words("config_holders")) holders_.insert(word);
  for (const std::string& word : catalog.words("config_getters")) getters_.insert(word);
}

Setting Settings::of_path(FileId file, const facts::Path& path, int depth) const {
  const facts::FileFacts& facts = program_.facts(file);
  // Walk the names; from the first that holds configuration on, the rest names the setting.
  bool holding = false;
  std::string name;
  const auto read_call = [&](const facts::Step& step) -> Setting {
    const facts::Call& call = facts.calls[step.call];
    if (call.first_argument == 0) return {};
    const facts::Value& key = facts.values[call.first_argument];
    if (key.kind != ValueKind::string || key.text == 0) return {};
    Setting setting{std::string(facts.string(key.text)), {}, false};
    if (key.next != 0) {
      const facts::Value& fallback = facts.values[key.next];
      if (fallback.kind == ValueKind::string || fallback.kind == ValueKind::number ||
          fallback.kind == ValueKind::boolean) {
        setting.default_value = facts.string(fallback.text);
        setting.has_default = true;
      }
    }
    return setting;
  };
  std::string_view root;
  if (path.root_kind == RootKind::name) root = facts.string(path.root);
  if (path.root_kind == RootKind::declaration) root = facts.string(facts.declarations[path.root].name);
  if (path.root_kind == RootKind::value && depth < 8) {
    const Setting setting = of_value(file, path.root, depth + 1);
    if (setting) return setting;
  }
  holding = holders_.contains(lower(root)) || root == "process" || root == "os" || root == "env" || root == "std";
  const bool strong_root = holding && root != "process" && root != "os" && root != "std";
  bool strong = strong_root;
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    const facts::Step& step = facts.steps[path.first_step + i];
    const std::string_view text = facts.string(step.name);
    if (step.call != 0) {
      if (getters_.contains(text) && (holding || strong)) {
        Setting setting = read_call(step);
        if (setting) return setting;
      }
      if (!name.empty()) break;
      continue;
    }
    if (text.empty()) continue;
    if (holders_.contains(lower(text)) || text == "env" || text == "environ") {
      strong = true;
      holding = true;
      name.clear();
      continue;
    }
    if (strong) name += (name.empty() ? "" : ".") + std::string(text);
  }
  if (strong && !name.empty()) return {name, {}, false};
  if (path.root_kind == RootKind::declaration && path.steps == 0 && depth < 8) {
    const facts::Declaration& declaration = facts.declarations[path.root];
    if (declaration.kind == facts::DeclarationKind::variable && declaration.initial != 0) {
      const Setting setting = of_value(file, declaration.initial, depth + 1);
      if (setting) return setting;
    }
    if (declaration.kind == facts::DeclarationKind::import && all_capitals(root)) return {std::string(root), {}, false};
  }
  return {};
}

Setting Settings::of_value(FileId file, facts::Index index, int depth) const {
  if (index == 0 || depth > 8) return {};
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& value = facts.values[index];
  switch (value.kind) {
    case ValueKind::path:
      return of_path(file, facts.paths[value.ref], depth);
    case ValueKind::call: {
      const facts::Call& call = facts.calls[value.ref];
      const facts::Path& path = facts.paths[call.path];
      Setting direct = of_path(file, path, depth);
      if (direct) return direct;
      // Backend::from_str(&config.backend).unwrap_or(..): the arguments of every call in the chain.
      for (std::uint32_t i = 0; i < path.steps; ++i) {
        const facts::Index step_call = facts.steps[path.first_step + i].call;
        if (step_call == 0) continue;
        for (facts::Index a = facts.calls[step_call].first_argument; a != 0; a = facts.values[a].next) {
          const Setting setting = of_value(file, a, depth + 1);
          if (setting) return setting;
        }
      }
      return {};
    }
    case ValueKind::either:
    case ValueKind::unknown: {
      Setting found;
      for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
        if (!found) {
          found = of_value(file, child, depth + 1);
        } else if (value.kind == ValueKind::either && !found.has_default &&
                   (facts.values[child].kind == ValueKind::string || facts.values[child].kind == ValueKind::number ||
                    facts.values[child].kind == ValueKind::boolean)) {
          found.default_value = facts.string(facts.values[child].text);
          found.has_default = true;
        }
      }
      return found;
    }
    default:
      return {};
  }
}

Setting Settings::of_branch(FileId file, facts::Index branch, facts::Index* found) const {
  const facts::FileFacts& facts = program_.facts(file);
  for (facts::Index i = branch; i != 0; i = facts.branches[i].parent) {
    const facts::Branch& record = facts.branches[i];
    if (record.kind == facts::BranchKind::loop || record.condition == 0) continue;
    const Setting setting = of_value(file, record.condition);
    if (!setting) continue;
    if (found != nullptr) *found = i;
    return setting;
  }
  return {};
}

}  // namespace detoy::analysis
