// How variable_sites.h looks at one state. Private to the analysis of variables.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "analysis/site_draft.h"
#include "base/words.h"

namespace detoy::analysis {

// When an operation happens: while its object is made, while the process starts, while it serves, or never as far as
// anybody can see.
enum class Moment { initial, startup, uncalled, runtime };

class VariableFinder {
 public:
  VariableFinder(const Context& context, const State& state, const std::unordered_set<TypeId>& changing)
      : context_(context),
        state_(state),
        changing_(changing),
        place_(context.program.declarations.place(state.declaration)),
        facts_(context.program.facts(place_.file)),
        declaration_(facts_.declarations[place_.index]),
        name_(facts_.string(declaration_.name)) {}

  bool find(Draft& draft);

 private:
  Moment moment(const Operation& operation) const;
  bool is_collection() const;
  bool is_data_type() const;
  bool can_change() const;
  bool of_no_interest() const;
  bool decide_collection(Draft& draft);
  bool set_like_a_setting() const;
  bool decide_scalar(Draft& draft);
  // guard_variables.cc
  bool decide_guard(Draft& draft);
  bool turns_away_while_running() const;
  bool tells_when_done_last() const;
  // copied_settings.cc
  bool copies_settings() const;
  bool names_setting(FileId file, facts::Index value) const;
  bool made_of_settings(FileId file, facts::Index value) const;
  // harmless_variables.cc
  bool decide_harmless(Draft& draft);
  int step_of(const Operation& operation) const;
  int step_of_entry(const Operation& operation) const;
  bool begins_at_one(const Operation& operation) const;
  bool counts_what_goes_on() const;
  bool fills_itself_once() const;
  bool begins_anew_with_each_run() const;
  bool only_keeps_logs_short() const;
  bool told_by_helper(const Operation& operation) const;
  bool only_guards_a_log_line() const;
  bool is_set_once() const;
  bool only_logged_when_many() const;
  bool is_log_call(CallId call) const;
  bool leaves_with_client() const;
  bool shares_calls_under_way() const;
  bool holds_work_under_way() const;
  bool drops_entries() const;
  bool stands_in_for_browser() const;
  bool is_loop_condition(const Operation& asked) const;
  bool decide_handle(Draft& draft);
  bool decide_metrics(Draft& draft) const;
  bool decide_library(Draft& draft) const;
  bool fluent() const;
  bool changes_itself() const;
  bool made_in_passing() const;
  bool only_shown() const;
  bool holds_handles() const;
  bool of_unused_factory() const;
  bool holds_clients() const;
  bool holds_numbers() const;
  bool changed_by_methods() const;
  bool is_live_end(std::string_view name) const;
  bool holds_live_objects() const;
  bool holds_connections() const;
  bool guards_itself() const;
  bool from_parameter(const Operation& operation) const;
  bool made_of_parameters(FileId file, facts::Index value, int depth) const;
  bool continues(FunctionId closure) const;
  bool path_of_parameter(FileId file, facts::Index path, int depth) const;
  bool given(const Operation& fill) const;
  bool memoizes(const std::vector<const Operation*>& fills) const;
  bool compiles(const std::vector<const Operation*>& fills) const;
  bool fetched(const std::vector<const Operation*>& fills) const;
  bool keeps_findings(const std::vector<const Operation*>& fills) const;
  bool escapes() const;
  std::string_view bare_name() const;
  void fill(Draft& draft, const LifeOf& life);
  bool null_value(const Operation& operation) const;
  bool written_by_setters_only(const std::vector<const Operation*>& writes) const;

  const Context& context_;
  const State& state_;
  const std::unordered_set<TypeId>& changing_;
  Place place_;
  const facts::FileFacts& facts_;
  const facts::Declaration& declaration_;
  std::string_view name_;
  std::vector<const Operation*> runtime_, uncalled_, startup_;
};

}  // namespace detoy::analysis
