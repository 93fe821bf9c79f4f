// Who calls whom, who constructs what, and which functions and types are handed around as values.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "analysis/symbols.h"

namespace detoy::analysis {

// What one call does, as far as it can be told.
struct Target {
  External external;        // the library function, if it is one
  TypeId constructed = 0;   // the type of which the call makes an object
  bool guessed = false;     // callees were found by the method's name alone
  facts::Index choice = 0;  // the value that chooses what is called: STORES[name]()
  facts::Index runs = 0;    // the argument that is called and waited for: await to_thread(save, order)
};

class CallGraph {
 public:
  explicit CallGraph(const Symbols& symbols, const catalog::Catalog& catalog);

  const Target& target(CallId call) const { return targets_[call]; }
  std::span<const FunctionId> callees(CallId call) const { return callees_.of(call); }
  std::span<const CallId> callers(FunctionId function) const { return callers_.of(function); }
  // Calls that stand in the function itself, not in closures within.
  std::span<const CallId> calls_in(FunctionId function) const { return calls_in_.of(function); }
  std::span<const FunctionId> closures_in(FunctionId function) const { return closures_.of(function); }
  // Functions and types that a call gets as arguments, also inside object and array literals.
  std::span<const FunctionId> functions_passed(CallId call) const { return functions_passed_.of(call); }
  std::span<const TypeId> types_passed(CallId call) const { return types_passed_.of(call); }
  // The classes that a call chooses from: STORES[name]().
  std::span<const TypeId> types_to_choose(CallId call) const { return types_to_choose_.of(call); }
  std::span<const CallId> constructions(TypeId type) const { return constructions_.of(type); }
  std::span<const CallId> passed_in(TypeId type) const { return passed_in_.of(type); }
  FunctionId function_of(CallId call) const;
  // The name of the called step: "set" of `this.items.set(k, v)`, "" when the root itself is called.
  std::string_view called_name(CallId call) const;
  // Whether the closure runs before the call that gets it returns: array methods and the like.
  bool runs_at_once(FunctionId closure) const;
  // The closure goes on with a promise: it is called once, and then let go.
  bool settles(FunctionId closure) const;
  // The function that a call gives back with its object or some of its arguments set: this.save.bind(this),
  // partial(save, order). 0 if it is no such call.
  FunctionId bound_function(FileId file, facts::Index call) const;
  // Whether what the call is given goes on with a promise: then, catch, finally.
  bool goes_on_after(CallId call) const;
  // Whether the function's value leaves the function that it stands in: passed on, returned, stored.
  bool handed_on(FunctionId function) const { return handed_on_[function]; }

  const Symbols& symbols() const { return symbols_; }
  const Program& program() const { return symbols_.program(); }

 private:
  // Lists of small size for many keys.
  class Lists {
   public:
    void resize(std::size_t keys) { starts_.assign(keys + 1, 0); }
    void add(std::uint32_t key, std::uint32_t value) { pairs_.emplace_back(key, value); }
    void finish();
    std::span<const std::uint32_t> of(std::uint32_t key) const {
      return std::span(values_).subspan(starts_[key], starts_[key + 1] - starts_[key]);
    }

   private:
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs_;
    std::vector<std::uint32_t> starts_;
    std::vector<std::uint32_t> values_;
  };

  void resolve(FileId file, facts::Index call);
  void resolve_member(FileId file, const facts::Call& call, const facts::Path& path, CallId id);
  void add_callee(CallId call, FunctionId function);
  bool is_rust_data(FileId file, const facts::Path& path) const;
  void note_passed(FileId file, CallId call, facts::Index value, int depth);
  void set_constructed(CallId call, TypeId type);
  void construct_fields(CallId call, TypeId type, int depth);
  void construct_field(CallId call, DeclarationId field, int depth);
  void construct_defaults(FileId file, const facts::Call& literal, TypeId type);
  void note_listed(DeclarationId list, CallId call, int depth);
  void note_handed_on(FileId file, facts::Index value, int depth);
  void resolve_run(FileId file, const facts::Call& call, CallId id);
  bool resolve_choice(FileId file, facts::Index path, std::uint32_t steps, CallId id, int depth);
  void choose(FileId file, facts::Index value, CallId id);
  bool goes_through_now(CallId call) const;

  const Symbols& symbols_;
  std::vector<bool> common_methods_;  // by name
  std::unordered_set<std::string_view> running_, immediate_, immediate_packages_, deferring_;
  std::vector<Target> targets_;
  std::vector<bool> handed_on_;
  Lists callees_, callers_, calls_in_, closures_, functions_passed_, types_passed_, types_to_choose_, constructions_,
      passed_in_;
};

}  // namespace detoy::analysis
