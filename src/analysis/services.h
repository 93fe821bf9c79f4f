// Services: which deployable units there are, which files they load, how ready each is.
#pragma once

#include <vector>

#include "analysis/context.h"
#include "inventory/inventory.h"

namespace detoy::analysis {

class Services {
 public:
  explicit Services(const Context& context);

  // The names of the services that load the file, joined by ", "; "" if none does.
  const std::string& of_file(FileId file) const { return of_file_[file]; }
  // All services with their checklist, from the sites.
  std::vector<inventory::Service> assess(const std::vector<inventory::Site>& sites) const;

 private:
  const Context& context_;
  struct Unit {
    std::string name;
    std::string path;
    std::vector<bool> files;
  };
  std::vector<Unit> units_;
  std::vector<std::string> of_file_;
};

}  // namespace detoy::analysis
