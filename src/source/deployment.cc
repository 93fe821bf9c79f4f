#include "source/deployment.h"

#include <algorithm>
#include <optional>

#include "source/command_line.h"
#include "source/packages.h"
#include "source/relative_path.h"
#include "source/text_lines.h"

namespace detoy::source {
namespace {

// "web: gunicorn proj.wsgi" -> the command
std::vector<std::string> parse_procfile(std::string_view text) {
  std::vector<std::string> commands;
  each_line(text, [&](std::string_view line) {
    const auto colon = line.find(':');
    if (!line.starts_with('#') && colon != std::string_view::npos) {
      commands.emplace_back(trimmed_text(line.substr(colon + 1)));
    }
  });
  return commands;
}

// What a Dockerfile is called after: "api" of Dockerfile.api, api.Dockerfile and docker/api/Dockerfile.
std::string_view label_of(std::string_view path) {
  const auto name = name_of(path);
  if (name.starts_with("Dockerfile") && name.size() > 11) return name.substr(11);
  if (name.size() > 11 && name.ends_with("ockerfile")) return without_extension(name);
  return name_of(folder_of(path));
}

class Marker {
 public:
  Marker(std::vector<Project>& projects, const FileIndex& files) : projects_(projects), files_(files), map_(projects) {}

  // A Dockerfile that stands outside the package it is for names it.
  std::vector<std::uint32_t> built_by(const std::string& dockerfile) const {
    const auto folder = folder_of(dockerfile);
    auto around = map_.around(folder);
    const auto label = label_of(dockerfile);
    if (around.empty() || projects_[around.front()].package.path == folder) {
      if (label == name_of(folder)) return around;
    }
    std::vector<std::uint32_t> named;
    for (std::uint32_t i = 0; i < projects_.size(); ++i) {
      const auto& path = projects_[i].package.path;
      if (!path.empty() && name_of(path) == label) named.push_back(i);
    }
    const bool unambiguous = !named.empty() && std::all_of(named.begin(), named.end(), [&](std::uint32_t i) {
      return projects_[i].package.path == projects_[named.front()].package.path;
    });
    return unambiguous ? named : around;
  }

  std::vector<std::uint32_t> around(std::string_view folder) const { return map_.around(folder); }

  void contain(const std::vector<std::uint32_t>& indices) {
    for (const auto i : indices) projects_[i].package.has_container = true;
  }

  // `indices`: who runs when the command names no file.
  void start(const Started& started, const std::vector<std::uint32_t>& indices, bool in_container) {
    bool found = false;
    for (const auto& file : started.files) {
      if (!files_.contains(file)) continue;
      const auto language = file.ends_with(".py") ? Language::python : Language::javascript;
      const auto owner = map_.owner(file, language);
      if (owner == File::no_package) continue;
      auto& project = projects_[owner];
      add_unique(project.started, file);
      add_unique(project.package.entry_points, file);
      project.package.has_start_script = true;
      if (in_container) project.package.has_container = true;
      found = true;
    }
    if (found || !started.runs) return;
    for (const auto i : indices) projects_[i].package.has_start_script = true;
  }

 private:
  std::vector<Project>& projects_;
  const FileIndex& files_;
  PackageMap map_;
};

Started started_by(const std::vector<std::string>& words, const std::string& shell, std::string_view folder,
                   const FileIndex& files) {
  return shell.empty() ? what_starts(words, folder, files) : what_starts(std::string_view(shell), folder, files);
}

}  // namespace

Deployment read_deployment(const std::vector<Manifest>& manifests, std::vector<Warning>& warnings) {
  Deployment deployment;
  for (const auto& manifest : manifests) {
    switch (manifest.kind) {
      case ManifestKind::dockerfile:
        deployment.dockerfiles.push_back({manifest.path, parse_dockerfile(manifest.text)});
        break;
      case ManifestKind::compose:
        deployment.compose_files.push_back({manifest.path, parse_compose(manifest, warnings)});
        break;
      case ManifestKind::procfile:
        deployment.procfiles.push_back({manifest.path, parse_procfile(manifest.text)});
        break;
      default:
        break;
    }
  }
  return deployment;
}

void mark_deployed(std::vector<Project>& projects, const Deployment& deployment, const FileIndex& files) {
  Marker marker(projects, files);
  for (const auto& [path, dockerfile] : deployment.dockerfiles) {
    const auto built = marker.built_by(path);
    marker.contain(built);
    // Paths in the image follow those of the context, which is the package's folder or one above the Dockerfile's.
    for (std::string_view folder = built.empty() ? folder_of(path) : projects[built.front()].package.path;;
         folder = folder_of(folder)) {
      const auto started = started_by(dockerfile.command, dockerfile.shell_command, folder, files);
      const bool found = std::any_of(started.files.begin(), started.files.end(),
                                     [&](const std::string& file) { return files.contains(file); });
      if (found || folder.empty()) {
        marker.start(started, built, true);
        break;
      }
    }
  }
  for (const auto& [path, services] : deployment.compose_files) {
    for (const auto& service : services) {
      if (!service.build) continue;  // somebody else's image
      const auto context = resolve_path(folder_of(path), *service.build);
      if (!context) continue;
      const auto built = marker.around(*context);
      const auto started = started_by(service.command, service.shell_command, *context, files);
      // A context that is the root of all says nothing about which package it is.
      if (!built.empty() && projects[built.front()].package.path == *context &&
          !projects[built.front()].groups_others) {
        marker.contain(built);
      }
      marker.start(started, built, true);
    }
  }
  for (const auto& [path, commands] : deployment.procfiles) {
    const auto folder = folder_of(path);
    for (const auto& command : commands) {
      marker.start(what_starts(std::string_view(command), folder, files), marker.around(folder), false);
    }
  }
}

}  // namespace detoy::source
