// What must hold of every file's facts, whatever the file says: for tests.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "facts/facts.h"

namespace detoy::facts {

// Checks that every reference points into its table and that nothing contains itself.
class Consistency {
 public:
  // The first thing that is wrong, or "".
  static std::string problem(const FileFacts& facts) {
    Consistency check(facts);
    check.strings();
    if (check.problem_.empty()) check.declarations();
    if (check.problem_.empty()) check.code();
    if (check.problem_.empty()) check.places();
    if (check.problem_.empty()) check.values_form_trees();
    return check.problem_;
  }

 private:
  explicit Consistency(const FileFacts& facts) : facts_(facts) {}

  void require(bool good, const char* what, std::size_t index) {
    if (!good && problem_.empty()) problem_ = std::string(what) + " of record " + std::to_string(index);
  }
  bool string(StringId id) const { return id < facts_.ends.size(); }
  bool declaration(Index i) const { return i < facts_.declarations.size(); }
  bool function(Index i) const { return i < facts_.functions.size(); }
  bool type(Index i) const { return i < facts_.types.size(); }
  bool value(Index i) const { return i < facts_.values.size(); }
  bool path(Index i) const { return i < facts_.paths.size(); }
  bool call(Index i) const { return i < facts_.calls.size(); }
  bool branch(Index i) const { return i < facts_.branches.size(); }
  static bool run(Index first, std::uint32_t count, std::size_t size) { return first <= size && count <= size - first; }

  void strings() {
    require(!facts_.ends.empty() && facts_.ends[0] == 0, "string 0", 0);
    for (std::size_t i = 1; i < facts_.ends.size(); ++i) {
      require(facts_.ends[i] > facts_.ends[i - 1], "string length", i);
    }
    require(facts_.ends.empty() || facts_.ends.back() == facts_.characters.size(), "end of the strings", 0);
    require(function(0) && type(0) && declaration(0) && value(0) && path(0) && call(0) && branch(0), "record 0", 0);
  }

  bool target(const Declaration& d) const {
    if (d.kind == DeclarationKind::type) return type(d.target);
    return d.kind == DeclarationKind::attached ? declaration(d.target) : function(d.target);
  }

  void declarations() {
    for (std::size_t i = 0; i < facts_.declarations.size(); ++i) {
      const Declaration& d = facts_.declarations[i];
      require(string(d.name) && string(d.type_text) && string(d.element) && string(d.module) && string(d.imported),
              "declaration's string", i);
      require(function(d.function), "declaration's function", i);
      require(type(d.type), "declaration's type", i);
      require(target(d), "declaration's target", i);
      require(value(d.initial), "declaration's initial value", i);
      require(branch(d.branch), "declaration's branch", i);
    }
    for (std::size_t i = 0; i < facts_.functions.size(); ++i) {
      const Function& f = facts_.functions[i];
      require(string(f.name) && string(f.return_type) && string(f.use_key), "function's string", i);
      require(type(f.type), "function's type", i);
      require(i == 0 ? f.parent == 0 : f.parent < i, "function's parent", i);
      require(declaration(f.declaration), "function's declaration", i);
      require(run(f.first_parameter, f.parameters, facts_.declarations.size()), "function's parameters", i);
      require(call(f.use_call), "function's use", i);
      require(branch(f.branch), "function's branch", i);
      require(f.line <= f.end_line, "function's lines", i);
    }
    for (std::size_t i = 0; i < facts_.types.size(); ++i) {
      const Type& t = facts_.types[i];
      require(string(t.name), "type's name", i);
      require(function(t.function) && declaration(t.declaration), "type's place", i);
      require(run(t.first_base, t.bases, facts_.bases.size()), "type's bases", i);
    }
    for (std::size_t i = 0; i < facts_.bases.size(); ++i) require(string(facts_.bases[i].text), "base", i);
  }

  void code() {
    for (std::size_t i = 0; i < facts_.steps.size(); ++i) {
      require(string(facts_.steps[i].name) && call(facts_.steps[i].call) && value(facts_.steps[i].key), "step", i);
    }
    for (std::size_t i = 0; i < facts_.paths.size(); ++i) {
      const Path& p = facts_.paths[i];
      require(run(p.first_step, p.steps, facts_.steps.size()), "path's steps", i);
      switch (p.root_kind) {
        case RootKind::none:
          break;
        case RootKind::declaration:
          require(p.root != 0 && declaration(p.root), "path's declaration", i);
          break;
        case RootKind::self:
          require(type(p.root), "path's type", i);
          break;
        case RootKind::name:
          require(string(p.root), "path's name", i);
          break;
        case RootKind::value:
          require(value(p.root), "path's value", i);
          break;
      }
    }
    for (std::size_t i = 0; i < facts_.values.size(); ++i) {
      const Value& v = facts_.values[i];
      require(string(v.text) && string(v.key), "value's string", i);
      require(value(v.first_child) && value(v.next), "value's parts", i);
      if (v.kind == ValueKind::path) require(path(v.ref), "value's path", i);
      if (v.kind == ValueKind::call || v.kind == ValueKind::construct) require(call(v.ref), "value's call", i);
      if (v.kind == ValueKind::function) require(v.ref != 0 && function(v.ref), "value's function", i);
    }
    for (std::size_t i = 0; i < facts_.calls.size(); ++i) {
      const Call& c = facts_.calls[i];
      require(path(c.path), "call's path", i);
      require(function(c.function) && branch(c.branch), "call's place", i);
      require(value(c.first_argument), "call's arguments", i);
      require(declaration(c.assigned_to), "call's receiver", i);
    }
  }

  void places() {
    for (std::size_t i = 0; i < facts_.assignments.size(); ++i) {
      const Assignment& a = facts_.assignments[i];
      require(path(a.path) && value(a.value) && function(a.function) && branch(a.branch), "assignment", i);
    }
    for (std::size_t i = 0; i < facts_.reads.size(); ++i) {
      const Read& r = facts_.reads[i];
      require(path(r.path) && function(r.function) && branch(r.branch), "read", i);
    }
    for (std::size_t i = 0; i < facts_.branches.size(); ++i) {
      const Branch& b = facts_.branches[i];
      require(i == 0 ? b.parent == 0 : b.parent < i, "branch's parent", i);
      require(value(b.condition) && string(b.label) && function(b.function), "branch", i);
    }
    for (std::size_t i = 0; i < facts_.returns.size(); ++i) {
      const Return& r = facts_.returns[i];
      require(function(r.function) && value(r.value) && branch(r.branch), "return", i);
    }
    for (std::size_t i = 0; i < facts_.decorators.size(); ++i) {
      const Decorator& d = facts_.decorators[i];
      require(d.call != 0 && call(d.call), "decorator's call", i);
      const bool good = d.on == DecoratedKind::type       ? type(d.target)
                        : d.on == DecoratedKind::function ? function(d.target)
                                                          : declaration(d.target);
      require(good, "decorator's target", i);
    }
    for (std::size_t i = 0; i < facts_.exports.size(); ++i) {
      const Export& e = facts_.exports[i];
      require(string(e.name) && string(e.local) && string(e.module) && value(e.value), "export", i);
    }
    for (std::size_t i = 0; i < facts_.literals.size(); ++i) {
      require(string(facts_.literals[i].text) && function(facts_.literals[i].function), "literal", i);
    }
  }

  // Whoever walks children and siblings must come to an end.
  void values_form_trees() {
    enum : std::uint8_t { unseen, open, closed };
    std::vector<std::uint8_t> state(facts_.values.size(), unseen);
    for (Index start = 1; start < facts_.values.size(); ++start) {
      std::vector<std::pair<Index, int>> stack = {{start, 0}};
      if (state[start] != unseen) continue;
      state[start] = open;
      while (!stack.empty()) {
        auto& [at, edge] = stack.back();
        const Index to = edge == 0 ? facts_.values[at].first_child : edge == 1 ? facts_.values[at].next : 0;
        if (edge++ >= 2) {
          state[at] = closed;
          stack.pop_back();
        } else if (to != 0 && state[to] == open) {
          require(false, "circle through value", to);
          return;
        } else if (to != 0 && state[to] == unseen) {
          state[to] = open;
          stack.emplace_back(to, 0);
        }
      }
    }
  }

  const FileFacts& facts_;
  std::string problem_;
};

}  // namespace detoy::facts
