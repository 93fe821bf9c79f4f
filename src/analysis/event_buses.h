// The event buses of a program: where each is made, where something is sent through it, and who listens.
// Private to event_bus_sites.h.
#pragma once

#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "analysis/context.h"

namespace detoy::analysis {

struct Bus {
  const catalog::Library* library = nullptr;
  CallId made = 0;           // what makes it; 0 for a class that is a bus
  TypeId type = 0;           // the class that is a bus
  DeclarationId holder = 0;  // the variable or field that has it
  std::string_view payload;  // what it carries, where a type says so
  std::vector<CallId> sent;
  std::vector<CallId> heard;
  // Listening through a decorator: the call and the function that it stands on.
  std::vector<std::pair<CallId, FunctionId>> decorated;
};

class EventBuses {
 public:
  explicit EventBuses(const Context& context);
  const std::vector<Bus>& all() const { return buses_; }

 private:
  void find_classes();
  void find_made();
  void find_uses();
  bool makes_bus(CallId call, const catalog::Library& library) const;
  const catalog::Library* bus_library(CallId call) const;
  DeclarationId holder_of(CallId call) const;
  DeclarationId field_of(FileId file, facts::Index call) const;
  void note_decorators(FileId file);
  void note_call(CallId call);
  Bus* of_type(TypeId type, int depth = 0);
  Bus* of_holder(DeclarationId declaration);
  Bus* of_written_type(FileId file, const facts::Declaration& declaration);
  Bus* of_library(CallId call);
  Bus* receiver(CallId call);
  std::string_view payload_of(std::string_view type_text) const;

  const Context& context_;
  const Program& program_;
  std::unordered_set<std::string_view> sending_, listening_, decorators_;
  std::vector<Bus> buses_;
  std::unordered_map<TypeId, std::size_t> by_type_;
  std::unordered_map<DeclarationId, std::size_t> by_holder_;
};

}  // namespace detoy::analysis
