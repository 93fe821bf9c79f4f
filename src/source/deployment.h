// What deployment files tell: which packages run, in what container, with which settings.
#pragma once

#include <string>
#include <vector>

#include "source/compose.h"
#include "source/dockerfile.h"
#include "source/manifest.h"
#include "source/project.h"
#include "source/source.h"

namespace detoy::source {

// The parsed files, so that both questions below read each once.
struct Deployment {
  template <typename Content>
  struct Parsed {
    std::string path;
    Content content;
  };
  std::vector<Parsed<Dockerfile>> dockerfiles;
  std::vector<Parsed<std::vector<ComposeService>>> compose_files;
  std::vector<Parsed<std::vector<std::string>>> procfiles;  // command lines
};

Deployment read_deployment(const std::vector<Manifest>& manifests, std::vector<Warning>& warnings);

// Marks the projects that a Dockerfile, compose service or Procfile builds or starts.
void mark_deployed(std::vector<Project>& projects, const Deployment& deployment, const FileIndex& files);

// All settings, ordered by path and line.
std::vector<DeploymentSetting> collect_settings(const Deployment& deployment, const std::vector<Manifest>& manifests);

}  // namespace detoy::source
