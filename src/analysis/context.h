// Everything that is known of a program before sites are looked for.
#pragma once

#include "analysis/effects.h"
#include "analysis/lifetimes.h"
#include "analysis/wiring.h"

namespace detoy::analysis {

struct Context {
  const Program& program;
  const Symbols& symbols;
  const CallGraph& graph;
  const Libraries& libraries;
  const Effects& effects;
  const Liveness& liveness;
  const States& states;
  const Lifetimes& lifetimes;
  const Settings& settings;
  const WiringAnalysis& wiring;
  const catalog::Catalog& catalog;
};

}  // namespace detoy::analysis
