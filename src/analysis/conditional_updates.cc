#include "analysis/conditional_updates.h"

#include <algorithm>

#include "base/words.h"

namespace detoy::analysis {
namespace {

using facts::RootKind;
using facts::ValueKind;

constexpr int depth_limit = 6;

class Finder {
 public:
  Finder(const CallGraph& graph, const catalog::Catalog& catalog, const std::vector<bool>& writes)
      : program_(graph.program()),
        writes_(writes),
        expected_(catalog.words("claim_fields")),
        conditions_(catalog.words("condition_methods")),
        counts_(catalog.words("changed_row_counts")),
        plain_counts_(catalog.words("plain_row_counts")) {}

  void look_at(FileId file, std::vector<CallId>& found) const {
    const facts::FileFacts& facts = program_.facts(file);
    for (const facts::Path& path : facts.paths) {
      if (path.root_kind != RootKind::declaration || path.steps == 0) continue;
      const facts::Declaration& result = facts.declarations[path.root];
      if (result.kind != facts::DeclarationKind::variable || result.function == 0 || result.initial == 0) continue;
      const facts::Value& initial = facts.values[result.initial];
      if (initial.kind != ValueKind::call) continue;
      const std::string_view asked = facts.string(facts.steps[path.first_step + path.steps - 1].name);
      const CallId call = program_.calls.id(file, initial.ref);
      const bool counts = is_one_of(counts_, asked) || (writes_[call] && is_one_of(plain_counts_, asked));
      const auto index = static_cast<facts::Index>(&path - facts.paths.data());
      if (counts && decides(facts, index) && expects_something(file, initial.ref)) found.push_back(call);
    }
  }

 private:
  bool is_expected(std::string_view name) const {
    const auto words = split_words(name);
    return std::any_of(expected_.begin(), expected_.end(),
                       [&](const std::string& phrase) { return has_phrase(words, phrase); });
  }

  static bool stands_in(const facts::FileFacts& facts, facts::Index path, facts::Index index, int depth) {
    if (index == 0 || depth > depth_limit) return false;
    const facts::Value& value = facts.values[index];
    if (value.kind == ValueKind::path && value.ref == path) return true;
    if (value.kind == ValueKind::call && facts.calls[value.ref].path == path) return true;
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
      if (stands_in(facts, path, child, depth + 1)) return true;
    }
    return false;
  }

  // Whether the code goes another way by it, or leaves that to its caller. A number for a log does not count.
  static bool decides(const facts::FileFacts& facts, facts::Index path) {
    const bool here = std::any_of(facts.branches.begin(), facts.branches.end(), [&](const facts::Branch& branch) {
      return stands_in(facts, path, branch.condition, 0);
    });
    return here || std::any_of(facts.returns.begin(), facts.returns.end(),
                               [&](const facts::Return& result) { return compared_in(facts, path, result.value, 0); });
  }

  // claimed.count === 1, Ok(result.rows_affected() == 1)
  static bool compared_in(const facts::FileFacts& facts, facts::Index path, facts::Index index, int depth) {
    if (index == 0 || depth > depth_limit) return false;
    const facts::Value& value = facts.values[index];
    if (value.kind == ValueKind::unknown && stands_in(facts, path, index, 0)) return true;
    if (value.kind != ValueKind::call && value.kind != ValueKind::construct) return false;
    for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
      if (compared_in(facts, path, a, depth + 1)) return true;
    }
    return false;
  }

  // What stands behind WHERE of an UPDATE.
  bool expects_in_sql(std::string_view text) const {
    const auto same = [](char a, char b) { return static_cast<char>(a | 0x20) == b; };
    const auto at = [&](std::string_view word) {
      return std::search(text.begin(), text.end(), word.begin(), word.end(), same);
    };
    const std::string_view where = "where";
    const auto from = at(where);
    if (at("update") == text.end() || from == text.end()) return false;
    return is_expected(text.substr(static_cast<std::size_t>(from - text.begin()) + where.size()));
  }

  // { status: 'open' }, eq(jobs.status, 'open'), Job.status == "open", "status = :status"
  bool mentions(const facts::FileFacts& facts, facts::Index index, int depth) const {
    if (index == 0 || depth > depth_limit) return false;
    const facts::Value& value = facts.values[index];
    if (value.key != 0 && is_expected(facts.string(value.key))) return true;
    if (value.kind == ValueKind::string && is_expected(facts.string(value.text))) return true;
    if (value.kind == ValueKind::path) {
      const facts::Path& path = facts.paths[value.ref];
      for (std::uint32_t i = 0; i < path.steps; ++i) {
        if (is_expected(facts.string(facts.steps[path.first_step + i].name))) return true;
      }
    }
    if (value.kind == ValueKind::call) {
      const facts::Path& path = facts.paths[facts.calls[value.ref].path];
      for (std::uint32_t i = 0; i < path.steps; ++i) {
        if (is_expected(facts.string(facts.steps[path.first_step + i].name))) return true;
      }
      for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
        if (mentions(facts, a, depth + 1)) return true;
      }
    }
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
      if (mentions(facts, child, depth + 1)) return true;
    }
    return false;
  }

  // The part of an argument that says which rows: { where: { .. }, data }
  bool conditions_in(const facts::FileFacts& facts, facts::Index index, int depth) const {
    if (index == 0 || depth > depth_limit) return false;
    const facts::Value& value = facts.values[index];
    if (is_one_of(conditions_, facts.string(value.key))) {
      for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
        if (mentions(facts, child, 0)) return true;
      }
      return false;
    }
    if (value.kind == ValueKind::string || value.kind == ValueKind::text_template) {
      if (expects_in_sql(facts.string(value.text))) return true;
    }
    if (value.kind == ValueKind::call && chain_expects(facts, value.ref, depth + 1)) return true;
    if (value.kind == ValueKind::path) {  // statement = update(Job).where(..), which is executed now
      const facts::Path& path = facts.paths[value.ref];
      if (path.root_kind == RootKind::declaration && path.steps == 0 &&
          facts.declarations[path.root].kind == facts::DeclarationKind::variable &&
          facts.declarations[path.root].function != 0) {
        return conditions_in(facts, facts.declarations[path.root].initial, depth + 1);
      }
    }
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
      if (conditions_in(facts, child, depth + 1)) return true;
    }
    return false;
  }

  // jobs.update().where(..).andWhere(..): the calls of one chain
  bool chain_expects(const facts::FileFacts& facts, facts::Index call, int depth) const {
    if (depth > depth_limit) return false;
    const facts::Path& path = facts.paths[facts.calls[call].path];
    for (std::uint32_t i = 0; i < path.steps; ++i) {
      const facts::Step& step = facts.steps[path.first_step + i];
      if (step.call == 0) continue;
      const bool condition = is_one_of(conditions_, facts.string(step.name));
      for (facts::Index a = facts.calls[step.call].first_argument; a != 0; a = facts.values[a].next) {
        if (condition ? mentions(facts, a, 0) : conditions_in(facts, a, depth + 1)) return true;
      }
    }
    return false;
  }

  bool expects_something(FileId file, facts::Index call) const {
    const facts::FileFacts& facts = program_.facts(file);
    if (chain_expects(facts, call, 0)) return true;
    // client.query(SQL) with the text in a constant, or built beside the call
    return std::any_of(facts.literals.begin(), facts.literals.end(), [&](const facts::Literal& literal) {
      return literal.function == facts.calls[call].function && literal.function != 0 &&
             expects_in_sql(facts.string(literal.text));
    });
  }

  const Program& program_;
  const std::vector<bool>& writes_;
  const std::vector<std::string>& expected_;
  const std::vector<std::string>& conditions_;
  const std::vector<std::string>& counts_;
  const std::vector<std::string>& plain_counts_;
};

}  // namespace

std::vector<CallId> conditional_updates(const CallGraph& graph, const catalog::Catalog& catalog,
                                        const std::vector<bool>& writes) {
  const Finder finder(graph, catalog, writes);
  std::vector<CallId> found;
  for (FileId file = 0; file < graph.program().files().size(); ++file) finder.look_at(file, found);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace detoy::analysis
