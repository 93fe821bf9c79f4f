#include <algorithm>
#include <tuple>

#include "source/deployment.h"
#include "source/plain_settings.h"
#include "source/relative_path.h"

namespace detoy::source {
namespace {

// Settings of test runs say nothing about production.
bool is_for_tests(std::string_view path) {
  const auto name = name_of(path);
  for (const auto* word : {".test", "-test", "_test", ".e2e", "-e2e", ".ci."}) {
    if (name.find(word) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

std::vector<DeploymentSetting> collect_settings(const Deployment& deployment, const std::vector<Manifest>& manifests) {
  std::vector<DeploymentSetting> settings;
  const auto add_all = [&](std::vector<DeploymentSetting> more) {
    std::move(more.begin(), more.end(), std::back_inserter(settings));
  };
  for (const auto& [path, dockerfile] : deployment.dockerfiles) {
    for (const auto& variable : dockerfile.environment) {
      settings.push_back({variable.name, variable.value, path, variable.line});
    }
  }
  for (const auto& [path, services] : deployment.compose_files) {
    for (const auto& service : services) add_all(service.environment);
  }
  for (const auto& manifest : manifests) {
    if (manifest.kind == ManifestKind::env_file) add_all(env_file_settings(manifest));
    if (manifest.kind == ManifestKind::deployment) add_all(deployment_settings(manifest));
  }
  std::erase_if(settings, [](const DeploymentSetting& setting) { return is_for_tests(setting.path); });
  std::stable_sort(settings.begin(), settings.end(), [](const DeploymentSetting& a, const DeploymentSetting& b) {
    return std::tie(a.path, a.line, a.name) < std::tie(b.path, b.line, b.name);
  });
  // Services that merge the same YAML anchor name the same lines.
  const auto same = [](const DeploymentSetting& a, const DeploymentSetting& b) {
    return a.path == b.path && a.line == b.line && a.name == b.name;
  };
  settings.erase(std::unique(settings.begin(), settings.end(), same), settings.end());
  return settings;
}

}  // namespace detoy::source
