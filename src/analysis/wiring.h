// Whether production runs a piece of code, and which setting chooses it.
#pragma once

#include <string>

#include "analysis/lifetimes.h"
#include "analysis/settings.h"
#include "inventory/inventory.h"

namespace detoy::analysis {

struct WiringOf {
  inventory::Wiring wired = inventory::Wiring::unknown;
  Setting setting = {};
  // Where the choice stands.
  FileId file = no_file;
  std::uint32_t line = 0;
  bool opposite = false;  // runs where the condition does not hold
};

class WiringAnalysis {
 public:
  WiringAnalysis(const CallGraph& graph, const States& states, const Liveness& liveness, const Settings& settings);

  WiringOf of_type(TypeId type, int depth = 0) const;
  WiringOf of_function(FunctionId function) const;
  WiringOf of_state(const State& state) const;
  WiringOf of_call(CallId call, int depth = 0) const;

 private:
  WiringOf of_variable(DeclarationId variable) const;
  bool nobody_names(DeclarationId variable) const;
  bool makes_forgotten(CallId call) const;
  void gather_names() const;

  const CallGraph& graph_;
  const States& states_;
  const Liveness& liveness_;
  const Settings& settings_;
  const Program& program_;
  mutable std::unordered_set<NameId> named_;  // gathered when first asked for
};

}  // namespace detoy::analysis
