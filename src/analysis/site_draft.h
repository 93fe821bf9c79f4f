// A state site in the making: the report's record, and what the later steps still want to know of it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "analysis/context.h"
#include "inventory/inventory.h"

namespace detoy::analysis {

struct Draft {
  inventory::Site site;
  FileId file = no_file;
  // What was seen being done to it: the operations vocabulary of the kinds (docs/verdicts.md).
  std::set<std::string, std::less<>> operations;
  std::vector<FunctionId> writers;  // functions that change it while serving
  std::string type_text;            // for words of its type
  bool decided = false;             // kind and verdict are set by who found it
  bool has_verdict = false;         // verdict and risk are set by who found it
  Shape shape = Shape::unknown;
};

// Adds a place as evidence; snippets are filled in later.
void add_evidence(Draft& draft, const Program& program, std::string role, FileId file, std::uint32_t line,
                  std::string note = {});

// Name and place for a site that a call makes: the variable or field that receives the result, else the callee.
void place_at_call(Draft& draft, const Context& context, CallId call);

// "Class" of a declaration or function, or the function that contains it.
std::string owner_of_function(const Context& context, FunctionId function);

// Applies what is known of the wiring.
void set_wiring(Draft& draft, const Context& context, const WiringOf& wiring);

}  // namespace detoy::analysis
