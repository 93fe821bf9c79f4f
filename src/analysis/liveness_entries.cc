// Where production starts: files that are run, and the files that those load.

#include <algorithm>

#include "analysis/liveness.h"
#include "analysis/named_loads.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::DeclarationKind;

namespace {

std::string_view file_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

// Code that makes a process of its own: an application object at top level, a call that listens, a main function.
bool Liveness::starts_a_server(FileId id) const {
  const facts::FileFacts& facts = program_.facts(id);
  const SourceFile& file = program_.file(id);
  const auto& starts = catalog_.words("server_start_methods");
  const auto& mains = catalog_.words("main_functions");
  if (file.language == Language::rust) {
    if (file_name(file.path) == "build.rs") return false;
    return std::any_of(facts.declarations.begin(), facts.declarations.end(), [&](const facts::Declaration& d) {
      return d.kind == DeclarationKind::function && d.function == 0 && d.type == 0 && facts.string(d.name) == "main";
    });
  }
  for (facts::Index i = 1; i < facts.calls.size(); ++i) {
    const facts::Call& call = facts.calls[i];
    const CallId call_id = program_.calls.id(id, i);
    const facts::Function& function = facts.functions[call.function];
    const bool top = call.function == 0 || (function.parent == 0 && function.type == 0);
    const External& external = graph_.target(call_id).external;
    if (top && is_one_of(starts, graph_.called_name(call_id)) && (external.package != 0 || external.symbol != 0)) {
      std::string_view package = program_.text(external.package);
      package = package.substr(0, package.find_first_of("./:"));
      if (!is_one_of(catalog_.words("not_servers"), package)) return true;
    }
    if (call.function == 0 && makes_application(call_id)) return true;
    // app = create_app(), and the factory that a server is told to call.
    if (call.function == 0) {
      for (const FunctionId callee : graph_.callees(call_id)) {
        const auto inside = graph_.calls_in(callee);
        if (std::any_of(inside.begin(), inside.end(), [&](CallId made) { return makes_application(made); }))
          return true;
      }
    }
    if (top && is_one_of(mains, facts.string(function.name)) && makes_application(call_id)) return true;
  }
  return false;
}

bool Liveness::makes_application(CallId call) const {
  const External& external = graph_.target(call).external;
  if (external.package == 0) return false;
  const std::string_view symbol = program_.text(external.symbol);
  const auto& applications = catalog_.words("application_types");
  return std::any_of(applications.begin(), applications.end(), [&](const std::string& type) {
    return symbol == type || (symbol.ends_with(type) && symbol[symbol.size() - type.size() - 1] == '.');
  });
}

// Whether a package around the file says that it uses the framework.
bool Liveness::depends_on(std::string_view path, std::string_view framework) const {
  return std::any_of(tree_.packages.begin(), tree_.packages.end(), [&](const source::Package& package) {
    const bool around = package.path.empty() || (path.starts_with(package.path) && path.size() > package.path.size() &&
                                                 path[package.path.size()] == '/');
    return around && is_one_of(package.dependencies, framework);
  });
}

void Liveness::find_entries() {
  std::vector<bool> package_runs(tree_.packages.size(), false);
  for (std::size_t i = 0; i < tree_.packages.size(); ++i) {
    package_runs[i] = tree_.packages[i].has_start_script || tree_.packages[i].has_container;
  }
  const auto& framework_files = catalog_.words("framework_loaded_files");
  std::vector<bool> loads_by_convention(tree_.packages.size() + 1, false);
  for (FileId id = 0; id < program_.files().size(); ++id) {
    const std::string_view name = file_name(program_.file(id).path);
    bool django = name == "manage.py" || name == "urls.py";
    if (name == "wsgi.py" || name == "asgi.py") {
      const facts::FileFacts& facts = program_.facts(id);
      for (const facts::Declaration& declaration : facts.declarations) {
        django = django || (declaration.kind == DeclarationKind::import &&
                            facts.string(declaration.module).starts_with("django"));
      }
    }
    if (django) {
      const std::uint32_t package = program_.file(id).package;
      loads_by_convention[package == source::File::no_package ? tree_.packages.size() : package] = true;
    }
  }
  for (FileId id = 0; id < program_.files().size(); ++id) {
    if (!production(id)) continue;
    const SourceFile& file = program_.file(id);
    bool entry = starts_a_server(id);
    const std::size_t package = file.package == source::File::no_package ? tree_.packages.size() : file.package;
    if (!entry && loads_by_convention[package] && file.language == Language::python) entry = true;
    if (!entry && package < tree_.packages.size() && package_runs[package]) {
      const auto& points = tree_.packages[package].entry_points;
      entry = is_one_of(points, file.path);
    }
    // Files that a framework finds by their place: Next.js routes, serverless functions.
    for (const std::string& pattern : framework_files) {
      const auto colon = pattern.find(':');
      const std::string_view place = std::string_view(pattern).substr(colon == std::string::npos ? 0 : colon + 1);
      if (("/" + file.path).find(place) == std::string::npos) continue;
      if (colon == std::string::npos || depends_on(file.path, std::string_view(pattern).substr(0, colon)))
        entry = by_place_[id] = true;
    }
    entries_[id] = entry;
    has_entries_ = has_entries_ || entry;
  }
  // Languages without an entry point: libraries, of which all that they offer is there to run.
  std::vector<Language> running;
  for (FileId id = 0; id < program_.files().size(); ++id) {
    if (entries_[id]) running.push_back(program_.file(id).language);
  }
  std::sort(running.begin(), running.end());
  running.erase(std::unique(running.begin(), running.end()), running.end());
  for (FileId id = 0; id < program_.files().size(); ++id) {
    const Language language = program_.file(id).language;
    const auto same = [&](Language other) { return same_family(other, language); };
    if (!production(id) || std::any_of(running.begin(), running.end(), same)) continue;
    entries_[id] = true;
    offered_[id] = true;
  }
}

// Crates of the workspace that code names in full, without a `use`: ledger::fees::charge(x)
std::vector<FileId> Liveness::crates_in(FileId id) const {
  std::vector<FileId> found;
  if (program_.file(id).language != Language::rust) return found;
  const facts::FileFacts& facts = program_.facts(id);
  const Modules& modules = graph_.symbols().modules();
  std::vector<bool> seen(facts.ends.size());
  for (const facts::Path& path : facts.paths) {
    if (path.root_kind != facts::RootKind::name || path.steps == 0 || seen[path.root]) continue;
    seen[path.root] = true;
    const std::string_view root = facts.string(path.root);
    if (modules.names_crate(id, root)) found.push_back(modules.resolve(id, root));
  }
  return found;
}

void Liveness::note_taken_unseen(FileId id) {
  const facts::FileFacts& facts = program_.facts(id);
  const auto take = [&](const Object& object) {
    if (object.kind == Object::Kind::function) taken_unseen_.push_back(object.function);
    if (object.kind == Object::Kind::type) types_taken_unseen_.push_back(object.type);
  };
  for (const facts::Export& entry : facts.exports) take(graph_.symbols().exported(id, program_.name(id, entry.name)));
  for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
    const facts::Declaration& declaration = facts.declarations[i];
    const bool open = program_.file(id).language == Language::python && declaration.kind != DeclarationKind::import &&
                      !facts.string(declaration.name).starts_with('_');
    if (declaration.function != 0 || declaration.type != 0) continue;
    if (open || (declaration.flags & facts::declared::exported) != 0)
      take(graph_.symbols().of_declaration(program_.declarations.id(id, i)));
  }
}

void Liveness::load_files() {
  NamedLoads loads(program_, tree_, catalog_);
  std::vector<bool> noted(files_.size());
  std::deque<FileId> open;
  const auto load = [&](FileId id) {
    if (id == no_file || files_[id] || !production(id)) return;
    files_[id] = true;
    open.push_back(id);
  };
  for (FileId id = 0; id < entries_.size(); ++id) {
    if (entries_[id]) load(id);
  }
  while (!open.empty()) {
    const FileId id = open.front();
    open.pop_front();
    const facts::FileFacts& facts = program_.facts(id);
    const SourceFile& file = program_.file(id);
    facts::StringId last = 0;  // use shop::{Order, Price}: an import for each name
    for (const facts::Declaration& declaration : facts.declarations) {
      if (declaration.kind != DeclarationKind::import) continue;
      if (declaration.module == last && file.language != Language::python) continue;
      last = declaration.module;
      const std::string_view module = facts.string(declaration.module);
      const FileId target = graph_.symbols().modules().resolve(id, module);
      load(target);
      if (file.language == Language::python) {
        load(graph_.symbols().modules().submodule(id, module, facts.string(declaration.imported)));
        // Importing a.b.c runs a/__init__.py and a/b/__init__.py first.
        if (target != no_file) {
          std::string folder = program_.file(target).path;
          for (auto slash = folder.rfind('/'); slash != std::string::npos; slash = folder.rfind('/')) {
            folder.resize(slash);
            const FileId init = program_.find(folder + "/__init__.py");
            if (init == no_file) break;
            load(init);
          }
        }
      }
    }
    for (const facts::Export& entry : facts.exports) {
      if (entry.module != 0) load(graph_.symbols().modules().resolve(id, facts.string(entry.module)));
    }
    for (const FileId crate : crates_in(id)) load(crate);
    // Modules loaded by a call: require() and import() in functions.
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      const facts::Call& call = facts.calls[i];
      if (!loads.loads(id, call)) continue;
      const facts::Value& name = facts.values[call.first_argument];
      std::vector<FileId> targets;
      if (name.kind == facts::ValueKind::string && file.language != Language::python) {
        targets.push_back(graph_.symbols().modules().resolve(id, facts.string(name.text)));
      } else {
        targets = loads.files_of(id, call);
      }
      for (const FileId target : targets) {
        load(target);
        if (target == no_file || (call.flags & facts::call_flag::dropped) || noted[target]) continue;
        noted[target] = true;
        note_taken_unseen(target);
      }
    }
  }
}

}  // namespace detoy::analysis
