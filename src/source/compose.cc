#include "source/compose.h"

#include <yaml-cpp/yaml.h>

namespace detoy::source {
namespace {

std::uint32_t line_of(const YAML::Node& node) {
  return static_cast<std::uint32_t>(node.Mark().line + 1);
}

std::string scalar(const YAML::Node& node) {
  return node.IsScalar() ? node.Scalar() : std::string();
}

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  ComposeService read(const std::string& name, const YAML::Node& node) {
    ComposeService service;
    service.name = name;
    if (const auto build = node["build"]) {
      service.build = build.IsMap() ? build["context"] ? scalar(build["context"]) : "." : scalar(build);
    }
    if (const auto command = node["command"]) {
      service.shell_command = scalar(command);
      if (command.IsSequence()) {
        for (const auto& word : command) service.command.push_back(scalar(word));
      }
    }
    add_environment(service.environment, node["environment"], 0);
    return service;
  }

 private:
  void add_environment(std::vector<DeploymentSetting>& settings, const YAML::Node& node, int depth) {
    if (!node || depth > 4 || ++visited_ > kMaxVisited) return;
    if (node.IsSequence()) {
      for (const auto& item : node) {
        const auto text = scalar(item);
        const auto equals = text.find('=');
        add(settings, text.substr(0, equals), equals == std::string::npos ? "" : text.substr(equals + 1),
            line_of(item));
      }
    }
    if (!node.IsMap()) return;
    for (const auto& item : node) {
      const auto name = scalar(item.first);
      if (name == "<<") {  // yaml-cpp leaves merging to us
        if (item.second.IsSequence()) {
          for (const auto& merged : item.second) add_environment(settings, merged, depth + 1);
        } else {
          add_environment(settings, item.second, depth + 1);
        }
      } else {
        add(settings, name, scalar(item.second), line_of(item.first));
      }
    }
  }

  void add(std::vector<DeploymentSetting>& settings, std::string name, std::string value, std::uint32_t line) {
    if (!name.empty()) settings.push_back({std::move(name), std::move(value), path_, line});
  }

  // Aliases of aliases could make a small file endless.
  static constexpr int kMaxVisited = 10'000;

  const std::string& path_;
  int visited_ = 0;
};

}  // namespace

std::vector<ComposeService> parse_compose(const Manifest& manifest, std::vector<Warning>& warnings) {
  std::vector<ComposeService> services;
  try {
    const auto root = YAML::Load(manifest.text);
    if (!root.IsMap() || !root["services"].IsMap()) return services;
    Reader reader(manifest.path);
    for (const auto& item : root["services"]) {
      if (item.second.IsMap()) services.push_back(reader.read(scalar(item.first), item.second));
    }
  } catch (const YAML::Exception& error) {
    warnings.push_back({manifest.path, static_cast<std::uint32_t>(error.mark.line + 1), "malformed YAML: passed over"});
  }
  return services;
}

}  // namespace detoy::source
