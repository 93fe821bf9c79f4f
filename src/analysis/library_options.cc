#include "analysis/library_options.h"

#include <algorithm>

#include "base/words.h"

namespace detoy::analysis {

using facts::ValueKind;

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

// `store: new MemoryStore()`, `db: new Map()`, `storage_uri="memory://"`: an option that asks for the default.
bool in_memory(const Context& context, FileId file, facts::Index index) {
  const facts::FileFacts& facts = context.program.facts(file);
  const facts::Value& value = facts.values[index];
  if (value.kind == ValueKind::string) return lower(facts.string(value.text)).starts_with("memory");
  if (value.kind != ValueKind::call && value.kind != ValueKind::construct) return false;
  if (context.symbols.of_value(file, index).kind == Object::Kind::collection) return true;
  const facts::Path& path = facts.paths[facts.calls[value.ref].path];
  const auto tells = [&](std::string_view name) {
    const auto words = split_words(name);
    return has_phrase(words, "memory") && !has_phrase(words, "redis");
  };
  if (path.root_kind == facts::RootKind::name && tells(facts.string(path.root))) return true;
  if (path.root_kind == facts::RootKind::declaration && tells(facts.string(facts.declarations[path.root].name)))
    return true;
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    if (tells(facts.string(facts.steps[path.first_step + i].name))) return true;
  }
  return false;
}

}  // namespace

bool shared_by_arguments(const Context& context, FileId file, const facts::Call& call,
                         const catalog::Library& library) {
  const facts::FileFacts& facts = context.program.facts(file);
  const auto mentions = [&](std::string_view text) {
    const std::string small = lower(text);
    return std::any_of(library.durable_values.begin(), library.durable_values.end(),
                       [&](const std::string& value) { return small.find(value) != std::string::npos; });
  };
  const auto visit = [&](facts::Index index, auto& self, int depth) -> bool {
    if (index == 0 || depth > 6) return false;
    const facts::Value& value = facts.values[index];
    if (value.key != 0 && value.kind != ValueKind::null) {
      const std::string_view key = facts.string(value.key);
      if (std::find(library.durable_options.begin(), library.durable_options.end(), key) !=
              library.durable_options.end() &&
          !in_memory(context, file, index)) {
        return true;
      }
      if (mentions(key)) return true;
    }
    if (value.kind == ValueKind::string && mentions(facts.string(value.text))) return true;
    facts::Index path = 0;
    if (value.kind == ValueKind::path) path = value.ref;
    if (value.kind == ValueKind::call || value.kind == ValueKind::construct) path = facts.calls[value.ref].path;
    if (path != 0) {
      const facts::Path& record = facts.paths[path];
      if (record.root_kind == facts::RootKind::name && mentions(facts.string(record.root))) return true;
      if (record.root_kind == facts::RootKind::declaration) {
        const facts::Declaration& root = facts.declarations[record.root];
        if (mentions(facts.string(root.name))) return true;
        // Options that were put together above.
        if (record.steps == 0 && root.kind == facts::DeclarationKind::variable && root.initial != 0 && depth < 3 &&
            self(root.initial, self, depth + 1)) {
          return true;
        }
      }
      for (std::uint32_t i = 0; i < record.steps; ++i) {
        if (mentions(facts.string(facts.steps[record.first_step + i].name))) return true;
      }
    }
    if (value.kind == ValueKind::call || value.kind == ValueKind::construct) {
      for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
        if (self(a, self, depth + 1)) return true;
      }
    }
    if (value.kind == ValueKind::function) {
      // useFactory: () => ({ store: redisStore })
      for (const facts::Return& result : facts.returns) {
        if (result.function == value.ref && self(result.value, self, depth + 1)) return true;
      }
    }
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
      if (self(child, self, depth + 1)) return true;
    }
    return false;
  };
  for (facts::Index a = call.first_argument; a != 0; a = facts.values[a].next) {
    if (visit(a, visit, 0)) return true;
  }
  // Builder calls further along the chain: .with_store(redis)
  const facts::Path& path = facts.paths[call.path];
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    if (mentions(facts.string(facts.steps[path.first_step + i].name))) return true;
  }
  return false;
}

bool has_needed_options(const Context& context, FileId file, const facts::Call& call, const catalog::Library& library) {
  if (library.needed_options.empty()) return true;
  const facts::FileFacts& facts = context.program.facts(file);
  const auto gives = [&](facts::Index index, auto& self, int depth) -> bool {
    if (index == 0 || depth > 4) return false;
    const facts::Value& value = facts.values[index];
    const bool off = value.kind == ValueKind::null ||
                     (value.kind == ValueKind::boolean && lower(facts.string(value.text)) == "false");
    if (value.key != 0 && !off && is_one_of(library.needed_options, facts.string(value.key))) return true;
    if (value.kind == ValueKind::path) {
      const facts::Path& path = facts.paths[value.ref];
      const bool named = path.root_kind == facts::RootKind::declaration && path.steps == 0;
      if (named && self(facts.declarations[path.root].initial, self, depth + 1)) return true;
    }
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
      if (self(child, self, depth + 1)) return true;
    }
    return false;
  };
  for (facts::Index a = call.first_argument; a != 0; a = facts.values[a].next) {
    if (gives(a, gives, 0)) return true;
  }
  // form.uploadDir = "./uploads"
  return call.assigned_to != 0 &&
         std::any_of(facts.assignments.begin(), facts.assignments.end(), [&](const facts::Assignment& assignment) {
           const facts::Path& path = facts.paths[assignment.path];
           return path.root_kind == facts::RootKind::declaration && path.root == call.assigned_to && path.steps == 1 &&
                  is_one_of(library.needed_options, facts.string(facts.steps[path.first_step].name));
         });
}

bool only_a_fallback(const Context& context, FileId file, facts::Index call, const catalog::Library& library) {
  if (library.fallback_options.empty()) return false;
  const facts::FileFacts& facts = context.program.facts(file);
  const facts::Index holder = facts.calls[call].assigned_to;
  const facts::StringId name = holder == 0 ? 0 : facts.declarations[holder].name;
  const auto named_at = [&](const facts::Path& path) {
    const bool root = path.root_kind == facts::RootKind::declaration && path.root == holder;
    if (root && facts.declarations[holder].kind == facts::DeclarationKind::variable) return 0;
    for (std::uint32_t i = 0; name != 0 && i < path.steps; ++i) {
      if (facts.steps[path.first_step + i].name == name) return static_cast<int>(i) + 1;
    }
    return -1;
  };
  bool helps_out = false;
  for (const facts::Value& value : facts.values) {
    if (value.key == 0 || !is_one_of(library.fallback_options, facts.string(value.key))) continue;
    const bool made_here = (value.kind == ValueKind::construct || value.kind == ValueKind::call) && value.ref == call;
    const bool named = value.kind == ValueKind::path && holder != 0 &&
                       named_at(facts.paths[value.ref]) == static_cast<int>(facts.paths[value.ref].steps);
    helps_out = helps_out || made_here || named;
  }
  // Asked itself as well: limiter.consume(key)
  return helps_out &&
         (holder == 0 || std::none_of(facts.calls.begin() + 1, facts.calls.end(), [&](const facts::Call& other) {
            const facts::Path& path = facts.paths[other.path];
            const int at = named_at(path);
            return at >= 0 && at < static_cast<int>(path.steps);
          }));
}

bool shared_by_import(const Context& context, const catalog::Library& library) {
  if (library.durable_packages.empty()) return false;
  for (const SourceFile& file : context.program.files()) {
    if (file.role != source::Role::production) continue;
    for (const facts::Declaration& declaration : file.facts->declarations) {
      if (declaration.kind == facts::DeclarationKind::import &&
          is_one_of(library.durable_packages, file.facts->string(declaration.module))) {
        return true;
      }
    }
  }
  return false;
}

namespace {

// Whether a method or a closure in it reaches the library's state: this.storageService, super.handleRequest().
bool uses_library(const Context& context, FunctionId method, std::string_view name, const catalog::Library& library) {
  const Program& program = context.program;
  const Place place = program.functions.place(method);
  const facts::FileFacts& facts = program.facts(place.file);
  const facts::Function& record = facts.functions[place.index];
  for (facts::Index i = 1; i < facts.calls.size(); ++i) {
    const facts::Call& call = facts.calls[i];
    if (call.line < record.line || call.line > record.end_line) continue;
    if (context.graph.called_name(program.calls.id(place.file, i)) == name) return true;
    const facts::Path& path = facts.paths[call.path];
    for (std::uint32_t s = 0; s < path.steps; ++s) {
      if (is_one_of(library.used_through, facts.string(facts.steps[path.first_step + s].name))) return true;
    }
  }
  return false;
}

// Whether the class of the library is itself handed to somebody: useClass: ThrottlerGuard, @UseGuards(ThrottlerGuard).
bool handed_on(const Context& context, std::string_view base, const catalog::Library& library) {
  for (const SourceFile& file : context.program.files()) {
    if (file.role != source::Role::production) continue;
    const facts::FileFacts& facts = *file.facts;
    const auto imports_it = [&](facts::Index root) {
      const facts::Declaration& declaration = facts.declarations[root];
      return declaration.kind == facts::DeclarationKind::import && facts.string(declaration.imported) == base &&
             is_one_of(library.packages, facts.string(declaration.module));
    };
    for (const facts::Value& value : facts.values) {
      if (value.kind != ValueKind::path) continue;
      const facts::Path& path = facts.paths[value.ref];
      if (path.root_kind == facts::RootKind::declaration && path.steps == 0 && imports_it(path.root)) return true;
    }
  }
  return false;
}

}  // namespace

bool overridden(const Context& context, const catalog::Library& library) {
  const Program& program = context.program;
  for (const std::string& entry : library.overridden_by) {
    const auto dot = entry.find('.');
    if (dot == std::string::npos) continue;
    const std::string_view base = std::string_view(entry).substr(0, dot);
    const std::string_view method = std::string_view(entry).substr(dot + 1);
    bool replaced = false;
    for (TypeId type = 0; type < program.types.size(); ++type) {
      const Place place = program.types.place(type);
      if (place.index == 0 || program.file(place.file).role != source::Role::production) continue;
      if (program.type(type).bases == 0 || !context.liveness.type(type)) continue;
      for (const External& outside : context.symbols.external_bases(type)) {
        if (program.text(outside.symbol) != base) continue;
        const FunctionId own = context.symbols.method(type, program.name(method));
        if (own == 0 || uses_library(context, own, method, library)) return false;
        replaced = true;
      }
    }
    if (replaced && !handed_on(context, base, library)) return true;
  }
  return false;
}

}  // namespace detoy::analysis
