// State candidates: declarations that may hold mutable state, what they are made of, and all that is done to them.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "analysis/call_graph.h"
#include "analysis/guarded_records.h"
#include "analysis/serving_loops.h"

namespace detoy::analysis {

enum class Shape : std::uint8_t {
  unknown,
  map,
  set,
  list,
  queue,
  record,
  counter,
  flag,
  text,
  time,
  handle,
  object,
  external
};

struct Operation {
  enum class Kind : std::uint8_t {
    replace,  // the whole value is assigned
    store,    // an element or member is assigned
    add,      // a method that puts something in
    take,     // a method or statement that takes something out
    augment,  // += and the like
    read,     // looked at
    call,     // its elements or the value itself are called
  };
  Kind kind = Kind::read;
  FunctionId function = 0;
  FileId file = no_file;
  std::uint32_t line = 0;
  facts::Index branch = 0;
  facts::Index value = 0;      // replace, store: what is assigned
  CallId call = 0;             // of a method
  std::string_view word = {};  // the method's name, or the operator
  bool nested = false;         // done to an element, not to the container itself
  bool condition = false;      // read in a condition
  bool of_instance = false;    // written through an object, not its class
  bool mutates() const { return kind != Kind::read && kind != Kind::call; }
};

struct State {
  DeclarationId declaration = 0;
  enum class Scope : std::uint8_t { module, static_, field, local } scope = Scope::module;
  TypeId type = 0;          // field: its type
  FunctionId function = 0;  // local: where it is declared
  Shape shape = Shape::unknown;
  std::string_view storage;  // the type's or constructor's name: "Map", "dict", "bool"
  bool guarded = false;      // local: a collection behind a lock, made to be shared
  bool handed = false;       // guarded, and other functions have it as their parameter
  bool looped = false;       // local: a collection that stands before a worker's endless loop
  std::vector<Operation> operations;
};

class States {
 public:
  States(const CallGraph& graph, const catalog::Catalog& catalog, const ServingLoops& loops);
  const std::vector<State>& all() const { return states_; }
  // The state of a declaration, or null.
  const State* of(DeclarationId declaration) const;
  // The states that a path goes through, outermost first, with the number of steps up to each.
  struct Hit {
    DeclarationId declaration = 0;
    std::uint32_t steps = 0;
    bool element = false;  // through a local variable that holds one of its elements
    bool given = false;    // by a function that returns it
  };
  std::vector<Hit> trace(FileId file, const facts::Path& path, int depth = 0) const;
  Shape shape_of(DeclarationId declaration, std::string_view* storage = nullptr) const;

 private:
  // A member put on an object from elsewhere (DeclarationKind::attached).
  struct Attached {
    DeclarationId declaration = 0;  // of the member, or of the local variable that it names
    NameId holder = 0;              // the member or method it was put on with; 0: a function
    facts::Index index = 0;         // the attached declaration in its file
  };
  void find_candidates();
  bool stands_before_loop(FileId file, facts::Index declaration) const;
  bool handed_to_loop(FileId file, facts::Index declaration) const;
  void find_attached();
  bool kept_by_framework(FileId file, const facts::Declaration& declaration) const;
  void trace_attached(FileId file, const facts::Path& path, std::vector<Hit>& hits) const;
  // Rust's guarded locals: state_holders.cc
  static bool is_collection_shape(Shape shape);
  bool makes_guarded(FileId file, facts::Index value, bool inside, int depth) const;
  facts::Index cloned(FileId file, facts::Index call) const;
  DeclarationId guarded_root(FileId file, facts::Index value, int depth) const;
  DeclarationId guarded_field(FileId file, facts::Index value) const;
  bool is_guarded_type(FileId file, facts::StringId type) const;
  void find_guarded();
  void find_accessors();
  DeclarationId given_by(DeclarationId function) const;
  void link_parameters();
  bool link_arguments(FileId file, facts::Index call);
  void link_extractors();
  void link_collections();
  DeclarationId collection_given(FileId file, facts::Index value) const;
  void note(Operation operation, const Hit& hit);
  void note_calls(FileId file);
  bool is_swapped(DeclarationId declaration) const;
  void note_assignments(FileId file);
  bool opens_only(FileId file, const facts::Path& path, std::uint32_t first) const;
  void note_reads(FileId file);
  void settle_class_attributes();
  State* find(DeclarationId declaration);
  Shape shape_of_name(std::string_view name) const;
  Shape shape_of_given(FileId file, const facts::Declaration& field, std::string_view* storage) const;
  Shape shape_of_value(FileId file, facts::Index value, std::string_view* storage, int depth) const;

  const CallGraph& graph_;
  const Symbols& symbols_;
  const Program& program_;
  const catalog::Catalog& catalog_;
  const ServingLoops& loops_;
  std::vector<State> states_;
  std::vector<std::uint32_t> index_;  // by declaration: position in states_ + 1
  std::unordered_map<std::string_view, Shape> shapes_;
  std::unordered_set<std::string_view> adding_, taking_, transparent_, calling_, adding_functions_, cursors_, interior_;
  std::unordered_set<std::string_view> attaching_, globals_, applications_, swapped_, swapping_;
  std::unordered_multimap<NameId, Attached> attached_;
  std::unordered_map<FunctionId, DeclarationId> accessors_;  // functions that return a state as a whole
  GuardedRecords records_;
  std::unordered_set<DeclarationId> guarded_;
  std::vector<bool> guarding_;  // by declaration: guarded or before a worker's loop, or linked to one that is
  bool any_looped_ = false;
  std::unordered_map<DeclarationId, DeclarationId> linked_;  // parameter -> the guarded local or field that it is
  std::unordered_set<NameId> guarded_fields_;                // names of fields that are collections behind a lock
  std::unordered_set<DeclarationId> ambiguous_;              // parameters that are several fields
  std::unordered_set<DeclarationId> given_;                  // local variables whose value a framework keeps
};

}  // namespace detoy::analysis
