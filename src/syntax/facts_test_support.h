// Facts of small sources in a form that tests can look at.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "facts/consistency.h"
#include "syntax/facts_builder.h"
#include "syntax/front_end.h"

namespace detoy::syntax {

// The facts of one source text, and what tests ask of them. Records are asked for by name; index 0 is "none".
class FactsOf {
 public:
  FactsOf(const FrontEnd& front_end, std::string_view source) {
    Parser parser;
    Tree tree;
    EXPECT_TRUE(parser.parse(front_end, source, tree));
    facts = build_facts(tree, front_end.language);
    EXPECT_EQ(facts::Consistency::problem(facts), "") << source;
  }

  std::string text(facts::StringId id) const { return std::string(facts.string(id)); }

  // The nth declaration of the name.
  facts::Index declaration(std::string_view name, int nth = 0) const {
    for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
      if (facts.string(facts.declarations[i].name) == name && nth-- == 0) return i;
    }
    return 0;
  }
  const facts::Declaration& declared(std::string_view name, int nth = 0) const {
    return facts.declarations[declaration(name, nth)];
  }
  bool has(std::string_view name) const {
    return std::any_of(facts.declarations.begin(), facts.declarations.end(),
                       [&](const facts::Declaration& declaration) { return facts.string(declaration.name) == name; });
  }
  bool has_flag(std::string_view name, std::uint32_t flag, int nth = 0) const {
    return (declared(name, nth).flags & flag) != 0;
  }
  facts::Index function(std::string_view name, int nth = 0) const {
    for (facts::Index i = 1; i < facts.functions.size(); ++i) {
      if (facts.string(facts.functions[i].name) == name && nth-- == 0) return i;
    }
    return 0;
  }
  const facts::Function& function_record(std::string_view name, int nth = 0) const {
    return facts.functions[function(name, nth)];
  }
  facts::Index type(std::string_view name, int nth = 0) const {
    for (facts::Index i = 1; i < facts.types.size(); ++i) {
      if (facts.string(facts.types[i].name) == name && nth-- == 0) return i;
    }
    return 0;
  }
  // The field of a type.
  facts::Index field(std::string_view type_name, std::string_view name) const {
    for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
      const facts::Declaration& d = facts.declarations[i];
      if (d.kind == facts::DeclarationKind::field && facts.string(d.name) == name &&
          facts.string(facts.types[d.type].name) == type_name) {
        return i;
      }
    }
    return 0;
  }

  // root.step().step[]: names that the file declares carry the line of their declaration ("items@3"), others do not.
  std::string written(const facts::Path& path) const {
    std::string out;
    switch (path.root_kind) {
      case facts::RootKind::none:
        out = "none";
        break;
      case facts::RootKind::declaration: {
        const facts::Declaration& root = facts.declarations[path.root];
        out = text(root.name) + "@" + std::to_string(root.line);
        break;
      }
      case facts::RootKind::self:
        out = "self";
        break;
      case facts::RootKind::name:
        out = text(path.root);
        break;
      case facts::RootKind::value:
        out = "(" + written_value(path.root) + ")";
        break;
    }
    for (std::uint32_t i = 0; i < path.steps; ++i) {
      const facts::Step& step = facts.steps[path.first_step + i];
      if (step.index) {
        out += "[" + text(step.name) + "]";
      } else if (step.name != 0) {
        out += "." + text(step.name);
      }
      if (step.call != 0) out += "()";
    }
    return out;
  }
  std::string written_value(facts::Index index) const {
    const facts::Value& value = facts.values[index];
    switch (value.kind) {
      case facts::ValueKind::path:
        return written(facts.paths[value.ref]);
      case facts::ValueKind::call:
        return written(facts.paths[facts.calls[value.ref].path]);
      case facts::ValueKind::construct:
        return "new " + written(facts.paths[facts.calls[value.ref].path]);
      case facts::ValueKind::string:
      case facts::ValueKind::text_template:
        return "'" + text(value.text) + "'";
      case facts::ValueKind::number:
      case facts::ValueKind::boolean:
        return text(value.text);
      case facts::ValueKind::null:
        return "null";
      case facts::ValueKind::function:
        return "function " + text(facts.functions[value.ref].name);
      case facts::ValueKind::none:
        return "nothing";
      case facts::ValueKind::object:
        return "{" + children(value) + "}";
      case facts::ValueKind::array:
        return "[" + children(value) + "]";
      case facts::ValueKind::either:
        return "either(" + children(value) + ")";
      case facts::ValueKind::element:
        return "element(" + children(value) + ")";
      case facts::ValueKind::unknown:
        break;
    }
    return "unknown(" + children(value) + ")";
  }

  // What is called, in order of the calls.
  std::vector<std::string> calls() const {
    std::vector<std::string> found;
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      const bool construct = (facts.calls[i].flags & facts::call_flag::construct) != 0;
      found.push_back((construct ? "new " : "") + written(facts.paths[facts.calls[i].path]));
    }
    return found;
  }
  facts::Index call(std::string_view path) const {
    const std::vector<std::string> all = calls();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i] == path) return static_cast<facts::Index>(i + 1);
    }
    return 0;
  }
  const facts::Call& call_record(std::string_view path) const { return facts.calls[call(path)]; }
  std::vector<std::string> arguments(std::string_view path) const {
    std::vector<std::string> found;
    for (facts::Index a = call_record(path).first_argument; a != 0; a = facts.values[a].next) {
      found.push_back(written_value(a));
    }
    return found;
  }

  // "path effect value", in order.
  std::vector<std::string> assignments() const {
    std::vector<std::string> found;
    for (const facts::Assignment& a : facts.assignments) {
      const char* effect = a.effect == facts::Effect::assign    ? " = "
                           : a.effect == facts::Effect::augment ? " += "
                                                                : " removed ";
      found.push_back(written(facts.paths[a.path]) + effect + written_value(a.value));
    }
    return found;
  }
  std::vector<std::string> reads() const {
    std::vector<std::string> found;
    for (const facts::Read& r : facts.reads) found.push_back(written(facts.paths[r.path]) + (r.condition ? " ?" : ""));
    return found;
  }
  // The branch and those around it, innermost first: "then(condition)", "otherwise(condition)"...
  std::vector<std::string> branches(facts::Index branch) const {
    static constexpr const char* names[] = {"none", "then", "otherwise", "case", "loop", "handler", "finally"};
    std::vector<std::string> found;
    for (; branch != 0; branch = facts.branches[branch].parent) {
      const facts::Branch& record = facts.branches[branch];
      std::string name = names[static_cast<int>(record.kind)];
      if (record.label != 0) name += " " + text(record.label);
      if (record.condition != 0) name += "(" + written_value(record.condition) + ")";
      found.push_back(name);
    }
    return found;
  }

  facts::FileFacts facts;

 private:
  std::string children(const facts::Value& value) const {
    std::string out;
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
      if (!out.empty()) out += ", ";
      if (facts.values[child].key != 0) out += text(facts.values[child].key) + ": ";
      out += written_value(child);
    }
    return out;
  }
};

inline FactsOf typescript_facts(std::string_view source) {
  return FactsOf(typescript_front_end, source);
}
inline FactsOf javascript_facts(std::string_view source) {
  return FactsOf(javascript_front_end, source);
}
inline FactsOf tsx_facts(std::string_view source) {
  return FactsOf(tsx_front_end, source);
}
inline FactsOf python_facts(std::string_view source) {
  return FactsOf(python_front_end, source);
}
inline FactsOf rust_facts(std::string_view source) {
  return FactsOf(rust_front_end, source);
}

}  // namespace detoy::syntax
