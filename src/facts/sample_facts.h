// Facts that fill every table, for the tests beside this file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/string_table.h"
#include "facts/facts.h"

namespace detoy::facts {

// Every record differs from a default one; `salt` makes different samples.
inline FileFacts sample_facts(std::uint32_t salt = 0) {
  FileFacts facts;
  facts.language = Language::python;
  facts.lines = 100 + salt;
  facts.errors = 2;
  facts.first_error_line = 17;
  facts.too_deep = true;
  facts.jsx = true;
  StringTable strings;
  strings.intern("orders");
  strings.intern("dict[str, Order]");
  strings.intern("name" + std::to_string(salt));
  strings.release(facts.characters, facts.ends);

  facts.declarations.resize(2);
  facts.declarations[1].name = 1;
  facts.declarations[1].kind = DeclarationKind::variable;
  facts.declarations[1].flags = declared::exported;
  facts.declarations[1].type_text = 2;
  facts.declarations[1].initial = 1;
  facts.functions.resize(2);
  facts.functions[1].name = 3;
  facts.functions[1].use = ClosureUse::argument;
  facts.types.resize(2);
  facts.types[1].kind = TypeKind::class_;
  facts.types[1].abstract = true;
  facts.bases.push_back({2});
  facts.steps.resize(2);
  facts.steps[1].name = 1;
  facts.steps[1].index = true;
  facts.paths.push_back({});
  facts.paths.push_back({RootKind::declaration, 1, 1, 1});
  facts.values.resize(2);
  facts.values[1].kind = ValueKind::object;
  facts.calls.resize(2);
  facts.calls[1].path = 1;
  facts.calls[1].line = 3 + salt;
  facts.assignments.push_back({1, Effect::augment, 1, 1, 0, 9});
  facts.reads.push_back({1, 1, 0, 10, true});
  facts.branches.resize(2);
  facts.branches[1].kind = BranchKind::loop;
  facts.branches[1].infinite = true;
  facts.returns.push_back({1, 1, 0, 11});
  facts.decorators.push_back({1, DecoratedKind::function, 1});
  facts.exports.push_back({1, 1, 0, 0});
  facts.literals.push_back({2, 1, 12});
  return facts;
}

}  // namespace detoy::facts
