// How long objects live: as long as the process, as long as a request, or as an element of something that lives long.
#pragma once

#include <vector>

#include "analysis/liveness.h"
#include "analysis/rows.h"
#include "analysis/state.h"

namespace detoy::analysis {

enum class Life : std::uint8_t {
  none,     // nothing constructs it
  request,  // made while serving and dropped afterwards
  element,  // made while serving and kept in a collection that outlives the request
  process,
};

struct LifeOf {
  Life life = Life::none;
  CallId witness = 0;  // the construction, or the declaration that hands the type to a framework
};

class Lifetimes {
 public:
  Lifetimes(const CallGraph& graph, const States& states, const Liveness& liveness, const Libraries& libraries,
            const catalog::Catalog& catalog);

  LifeOf of_type(TypeId type) const;
  // Rows, records and handlers of one request.
  bool is_row(TypeId type) const { return rows_.has(type); }
  LifeOf of_state(const State& state) const;
  // How long what `call` returns or constructs is kept.
  Life of_result(CallId call, int depth = 0) const;

  // Whether the function gives its caller functions that stand in it.
  bool returns_closures(FunctionId function) const;

 private:
  LifeOf of_type_uncached(TypeId type) const;
  bool keeps_its_own(DeclarationId holder, CallId call) const;
  bool stored(CallId call, facts::Index declaration, Life& life) const;
  bool dropped_by_its_maker(CallId call) const;
  bool kept_by_caller(CallId call, int depth) const;
  bool makes_promise(FunctionId function) const;
  bool component(TypeId type, CallId& witness, bool& per_request) const;
  Life of_holder(DeclarationId declaration) const;
  bool factory_of(FunctionId function, TypeId owner) const;

  const CallGraph& graph_;
  const States& states_;
  const Liveness& liveness_;
  const Libraries& libraries_;
  const catalog::Catalog& catalog_;
  const Program& program_;
  Rows rows_;
  mutable std::vector<std::uint8_t> known_;
  mutable std::vector<LifeOf> types_;
};

}  // namespace detoy::analysis
