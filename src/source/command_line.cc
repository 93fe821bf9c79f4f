#include "source/command_line.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

#include "source/command_words.h"
#include "source/relative_path.h"

namespace detoy::source {
namespace {

template <std::size_t size>
constexpr bool contains(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_option(std::string_view word) {
  return word.starts_with('-');
}

bool is_assignment(std::string_view word) {
  const auto equals = word.find('=');
  return equals != std::string_view::npos && equals > 0 &&
         std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equals),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

bool is_module_name(std::string_view word) {
  return !word.empty() && std::isdigit(static_cast<unsigned char>(word.front())) == 0 &&
         std::all_of(word.begin(), word.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.'; });
}

bool is_script_name(std::string_view word) {
  constexpr auto kExtensions =
      std::to_array<std::string_view>({".ts", ".js", ".mjs", ".cjs", ".mts", ".cts", ".tsx", ".jsx"});
  return contains(kExtensions, extension_of(word));
}

std::string module_path(std::string_view module) {
  std::string path(module);
  std::replace(path.begin(), path.end(), '.', '/');
  return path + ".py";
}

// Reads one command; collects into `started`.
class Reader {
 public:
  Reader(std::string_view folder, const FileIndex& files, Started& started)
      : folder_(folder), files_(files), started_(started) {}

  void read(std::span<const std::string> words) {
    words = without_prefixes(words);
    if (words.empty()) return;
    const auto program = name_of(words.front());
    const auto rest = words.subspan(1);
    if (program == "sh" || program == "bash" || program == "ash") return read_shell(rest);
    if (contains(kBuilders, program)) return;
    if (contains(kPackageManagers, program) && !rest.empty() && !is_script_name(rest.front())) {
      return read_package_manager(program, rest);
    }
    started_.runs = true;
    if (program == "nest") return read_nest(rest);
    if (program == "concurrently" || program == "run-p" || program == "npm-run-all" || program == "tsc-watch") {
      return read_quoted(rest);
    }
    if (program == "vite" && !rest.empty() && rest.front() == "build") started_.runs = false;
    if (program == "next" && !rest.empty() && rest.front() == "build") started_.runs = false;
    if (contains(kScriptRunners, program)) return read_script(rest);
    if (program == "poetry" || program == "uv" || program == "pipenv" || program == "pdm" || program == "rye") {
      return read_after_run(rest);
    }
    if (contains(kPythonServers, program)) return read_served(rest);
    if (contains(kPythons, program) || program.starts_with("python3.")) return read_python(rest);
    if (program == "flask" || program == "celery") return read_app_option(program, rest);
    if (program == "dramatiq" || program == "arq" || program == "faust" || program == "taskiq") {
      return read_served(rest);
    }
    if (program.ends_with(".py")) return add_python_file(words.front());
    if (is_script_name(program)) return add_script(words.front());
  }

 private:
  static std::span<const std::string> without_prefixes(std::span<const std::string> words) {
    bool after_prefix = false;
    while (!words.empty()) {
      const std::string_view word = words.front();
      const bool prefix = contains(kPrefixes, name_of(word));
      const auto dashes = std::find(words.begin(), words.end(), "--");
      if (prefix && dashes != words.end()) {  // dotenv -e .env.local -- node main.js
        words = words.subspan(static_cast<std::size_t>(dashes - words.begin()) + 1);
        continue;
      }
      if (!prefix && !is_assignment(word) && !(after_prefix && is_option(word))) break;
      after_prefix = after_prefix || prefix;
      words = words.subspan(1);
    }
    return words;
  }

  void read_line(std::string_view line) {
    if (++depth_ > 4) return;
    for (const auto& command : split_commands(line)) read(command);
    --depth_;
  }

  void read_shell(std::span<const std::string> words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (is_option(words[i]) && words[i].ends_with('c') && i + 1 < words.size()) return read_line(words[i + 1]);
    }
    started_.runs = started_.runs || !words.empty();  // a script of its own
  }

  // "npm run start:prod": what it runs is a script of the same package. "pnpm -r dev" delegates.
  void read_package_manager(std::string_view program, std::span<const std::string> words) {
    constexpr auto kStarting = std::to_array<std::string_view>({"start", "dev", "serve", "worker"});
    for (const auto& word : words) {
      if (word == "-r" || word == "--recursive" || word == "workspaces" || word == "--workspaces" ||
          word == "--filter" || word == "-F" || word == "-w" || word == "--workspace" || word == "workspace" ||
          word == "--prefix") {
        return;
      }
      if (word == "exec" || word == "dlx" || word == "x") {
        return read(words.subspan(static_cast<std::size_t>(&word - words.data()) + 1));
      }
      if (is_option(word) || word == "run") continue;
      const auto name = std::string_view(word).substr(0, word.find(':'));
      if (contains(kStarting, name)) {
        started_.runs = true;
      } else if (program != "npm") {
        read(words.subspan(static_cast<std::size_t>(&word - words.data())));  // yarn ts-node src/main.ts
      }
      return;
    }
  }

  void read_nest(std::span<const std::string> words) {
    if (words.empty() || words.front() != "start") {
      started_.runs = false;
      return;
    }
    if (words.size() > 1 && !is_option(words[1])) {
      if (auto found = files_.find_script(folder_, "apps/" + words[1] + "/src/main")) return add(*found);
    }
    add_script("src/main.ts");
  }

  // concurrently "tsc -w" "node dist/main.js"
  void read_quoted(std::span<const std::string> words) {
    started_.runs = false;
    for (const auto& word : words) {
      if (word.find(' ') != std::string::npos) read_line(word);
    }
  }

  void read_script(std::span<const std::string> words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto& word = words[i];
      if (word == "--exec" || word == "-x") {  // nodemon --exec "ts-node src/main.ts"
        if (i + 1 == words.size()) return;
        if (words[i + 1].find(' ') != std::string::npos) return read_line(words[i + 1]);
        continue;
      }
      if (word == "--watch" && i + 1 < words.size() && is_script_name(words[i + 1])) continue;  // node --watch x.js
      if (word == "-e" && i + 1 < words.size() && !is_script_name(words[i + 1])) {
        ++i;
        continue;
      }
      if (contains(kOptionsWithValue, word)) {
        ++i;
        continue;
      }
      if (is_option(word)) continue;
      if (is_script_name(word)) return add_script(word);
      if (auto found = files_.find_script(folder_, word)) return add(*found);
    }
  }

  void read_after_run(std::span<const std::string> words) {
    const auto run = std::find(words.begin(), words.end(), "run");
    if (run == words.end()) {
      started_.runs = false;
      return;
    }
    auto rest = words.subspan(static_cast<std::size_t>(run - words.begin()) + 1);
    while (!rest.empty() && is_option(rest.front())) rest = rest.subspan(1);
    read(rest);
  }

  // uvicorn app.main:app --reload; gunicorn -w 4 proj.wsgi
  void read_served(std::span<const std::string> words) {
    const std::string* fallback = nullptr;
    std::string base(folder_);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto& word = words[i];
      if ((word == "--app-dir" || word == "--chdir") && i + 1 < words.size()) {
        base = resolve_path(folder_, words[++i]).value_or(std::string(folder_));
        continue;
      }
      if (is_option(word)) continue;
      const auto module = std::string_view(word).substr(0, word.find(':'));
      if (!is_module_name(module)) continue;
      if (module.size() + 1 < word.size() && is_module_name(std::string_view(word).substr(module.size() + 1, 1))) {
        return add_module(base, module);
      }
      if (module.find('.') != std::string_view::npos && (i == 0 || !is_option(words[i - 1]))) fallback = &word;
    }
    if (fallback == nullptr && !words.empty() && is_module_name(words.back())) fallback = &words.back();
    if (fallback != nullptr) add_module(base, *fallback);
  }

  void read_python(std::span<const std::string> words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == "-m" && i + 1 < words.size()) {
        const auto& module = words[i + 1];
        if (contains(kPythonServers, module) || module == "flask" || module == "celery") {
          return read(words.subspan(i + 1));
        }
        return add_module(std::string(folder_), module);
      }
      if (words[i] == "-c") return;
      if (words[i].ends_with(".py")) return add_python_file(words[i]);
    }
  }

  void read_app_option(std::string_view program, std::span<const std::string> words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      std::string_view value = words[i];
      if (value == "--app" || value == "-A") {
        if (++i == words.size()) return;
        value = words[i];
      } else if (value.starts_with("--app=")) {
        value.remove_prefix(6);
      } else {
        continue;
      }
      value = value.substr(0, value.find(':'));
      if (!is_module_name(value)) return;
      if (program == "celery") {
        if (auto found = files_.find_module(folder_, std::string(value) + ".celery")) return add(*found);
      }
      return add_module(std::string(folder_), value);
    }
  }

  void add(std::string path) {
    if (std::find(started_.files.begin(), started_.files.end(), path) == started_.files.end()) {
      started_.files.push_back(std::move(path));
    }
  }

  void add_script(std::string_view target) {
    auto found = files_.find_script(folder_, target);
    if (!found) found = resolve_path(folder_, target);
    if (found && !found->empty()) add(std::move(*found));
  }

  void add_python_file(std::string_view target) {
    auto found = files_.find_script(folder_, target);
    if (!found) found = resolve_path(folder_, target);
    if (found) add(std::move(*found));
  }

  void add_module(const std::string& base, std::string_view module) {
    auto found = files_.find_module(base, module);
    if (!found) found = resolve_path(base, module_path(module));
    if (found) add(std::move(*found));
  }

  std::string_view folder_;
  const FileIndex& files_;
  Started& started_;
  int depth_ = 0;
};

}  // namespace

Started what_starts(const Words& command, std::string_view folder, const FileIndex& files) {
  Started started;
  Reader(folder, files, started).read(command);
  return started;
}

Started what_starts(std::string_view line, std::string_view folder, const FileIndex& files) {
  Started started;
  Reader reader(folder, files, started);
  for (const auto& command : split_commands(line)) reader.read(command);
  return started;
}

}  // namespace detoy::source
