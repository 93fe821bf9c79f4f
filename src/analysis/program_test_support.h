// Programs made of source texts in memory, with every step of the analysis up to lifetimes, for the tests beside this
// file.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/call_graph.h"
#include "analysis/libraries.h"
#include "analysis/lifetimes.h"
#include "analysis/liveness.h"
#include "analysis/modules.h"
#include "analysis/program.h"
#include "analysis/settings.h"
#include "analysis/state.h"
#include "analysis/symbols.h"
#include "catalog/catalog.h"
#include "source/walk.h"
#include "syntax/facts_builder.h"
#include "syntax/front_end.h"

namespace detoy::analysis {

struct TestFile {
  std::string path;
  std::string text;
  source::Role role = source::Role::production;
};

inline source::Package test_package(std::string path, std::string name, source::PackageKind kind,
                                    std::vector<std::string> entry_points = {}) {
  source::Package package;
  package.path = std::move(path);
  package.name = std::move(name);
  package.kind = kind;
  package.entry_points = std::move(entry_points);
  return package;
}

inline const catalog::Catalog& built_in_catalog() {
  static const Result<catalog::Catalog> catalog = catalog::Catalog::built_in();
  if (!catalog) ADD_FAILURE() << catalog.error().message;
  return *catalog;
}

// The program's parts are named like those of Context. What is not found is 0 (or no_file) and fails the test.
class TestProgram {
 public:
  // Files belong to the innermost package that contains them.
  TestProgram(std::vector<TestFile> files, source::Tree packages_and_aliases)
      : tree(std::move(packages_and_aliases)),
        program(read(std::move(files), tree)),
        modules(program, tree),
        symbols(program, modules, built_in_catalog()),
        libraries(program, built_in_catalog()),
        graph(symbols, built_in_catalog()),
        liveness(graph, libraries, built_in_catalog(), tree),
        states(graph, built_in_catalog(), liveness.loops()),
        lifetimes(graph, states, liveness, libraries, built_in_catalog()),
        settings(graph, built_in_catalog()) {}
  TestProgram(const TestProgram&) = delete;
  TestProgram& operator=(const TestProgram&) = delete;

  FileId file(std::string_view path) const {
    const FileId found = program.find(path);
    EXPECT_NE(found, no_file) << path;
    return found;
  }
  // "a.ts", or "" for a module from outside.
  std::string resolved(std::string_view from, std::string_view module) const {
    const FileId found = modules.resolve(file(from), module);
    return found == no_file ? std::string() : program.file(found).path;
  }
  DeclarationId declaration(std::string_view path, std::string_view name, int nth = 0) const {
    const FileId id = file(path);
    const facts::FileFacts& facts = program.facts(id);
    for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
      if (facts.string(facts.declarations[i].name) == name && nth-- == 0) return program.declarations.id(id, i);
    }
    ADD_FAILURE() << "no declaration " << name << " in " << path;
    return 0;
  }
  FunctionId function(std::string_view path, std::string_view name, int nth = 0) const {
    const FileId id = file(path);
    const facts::FileFacts& facts = program.facts(id);
    for (facts::Index i = 1; i < facts.functions.size(); ++i) {
      if (facts.string(facts.functions[i].name) == name && nth-- == 0) return program.functions.id(id, i);
    }
    ADD_FAILURE() << "no function " << name << " in " << path;
    return 0;
  }
  TypeId type(std::string_view name) const {
    for (FileId id = 0; id < program.files().size(); ++id) {
      const facts::FileFacts& facts = program.facts(id);
      for (facts::Index i = 1; i < facts.types.size(); ++i) {
        if (facts.string(facts.types[i].name) == name) return symbols.canonical(program.types.id(id, i));
      }
    }
    ADD_FAILURE() << "no type " << name;
    return 0;
  }
  // The nth call in the file whose last name is `name`: "set" for this.items.set(k, v), "Map" for new Map().
  CallId call(std::string_view path, std::string_view name, int nth = 0) const {
    const FileId id = file(path);
    const facts::FileFacts& facts = program.facts(id);
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      if (last_name(facts, facts.paths[facts.calls[i].path]) == name && nth-- == 0) return program.calls.id(id, i);
    }
    ADD_FAILURE() << "no call of " << name << " in " << path;
    return 0;
  }
  const State* state(std::string_view path, std::string_view name, int nth = 0) const {
    return states.of(declaration(path, name, nth));
  }

  // "instance Store", "type Store", "function make", "module a.ts", "external ioredis Redis", "collection", "plain",
  // "".
  std::string written(const Object& object) const {
    switch (object.kind) {
      case Object::Kind::unknown:
        return "";
      case Object::Kind::instance:
        return "instance " + std::string(program.name_of_type(object.type));
      case Object::Kind::type:
        return "type " + std::string(program.name_of_type(object.type));
      case Object::Kind::function:
        return "function " + std::string(program.name_of_function(object.function));
      case Object::Kind::module:
        return "module " + program.file(object.module).path;
      case Object::Kind::external:
        return "external " + written(object.external);
      case Object::Kind::collection:
        return "collection";
      case Object::Kind::plain:
        return "plain";
    }
    return "";
  }
  std::string written(const External& external) const {
    return std::string(program.text(external.package)) + " " + std::string(program.text(external.symbol));
  }
  // What a declaration denotes.
  std::string object(std::string_view path, std::string_view name, int nth = 0) const {
    return written(symbols.of_declaration(declaration(path, name, nth)));
  }
  // Names of the functions that a call may run, with their types: "Store.get".
  std::vector<std::string> callees(CallId call) const {
    std::vector<std::string> names;
    for (const FunctionId id : graph.callees(call)) {
      const TypeId owner = symbols.is_method(id) ? symbols.owner(id) : 0;
      const std::string name(program.name_of_function(id));
      names.push_back(owner == 0 ? name : std::string(program.name_of_type(owner)) + "." + name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string constructed(CallId call) const {
    const TypeId type = graph.target(call).constructed;
    return type == 0 ? std::string() : std::string(program.name_of_type(type));
  }

  const source::Tree tree;
  const Program program;
  const Modules modules;
  const Symbols symbols;
  const Libraries libraries;
  const CallGraph graph;
  const Liveness liveness;
  const States states;
  const Lifetimes lifetimes;
  const Settings settings;

 private:
  static std::string_view last_name(const facts::FileFacts& facts, const facts::Path& path) {
    for (std::uint32_t i = path.steps; i > 0; --i) {
      const facts::Step& step = facts.steps[path.first_step + i - 1];
      if (step.name != 0) return facts.string(step.name);
    }
    if (path.root_kind == facts::RootKind::name) return facts.string(path.root);
    if (path.root_kind == facts::RootKind::declaration) return facts.string(facts.declarations[path.root].name);
    return {};
  }

  static std::vector<SourceFile> read(std::vector<TestFile> files, const source::Tree& tree) {
    std::sort(files.begin(), files.end(), [](const TestFile& a, const TestFile& b) { return a.path < b.path; });
    std::vector<SourceFile> result;
    syntax::Parser parser;
    for (const TestFile& file : files) {
      SourceFile made;
      made.path = file.path;
      made.language = source::language_of(file.path);
      made.role = file.role;
      std::size_t longest = 0;
      for (std::uint32_t i = 0; i < tree.packages.size(); ++i) {
        const std::string& folder = tree.packages[i].path;
        if (!folder.empty() && !file.path.starts_with(folder + "/")) continue;
        if (made.package != source::File::no_package && folder.size() < longest) continue;
        made.package = i;
        longest = folder.size();
      }
      syntax::Tree plain;
      EXPECT_TRUE(parser.parse(*syntax::front_end(made.language), file.text, plain));
      EXPECT_EQ(plain.errors, 0u) << file.path;
      made.facts = std::make_unique<facts::FileFacts>(syntax::build_facts(plain, made.language));
      result.push_back(std::move(made));
    }
    return result;
  }
};

inline TestProgram program_of(std::initializer_list<TestFile> files, source::Tree packages_and_aliases = {}) {
  return TestProgram(files, std::move(packages_and_aliases));
}

}  // namespace detoy::analysis
