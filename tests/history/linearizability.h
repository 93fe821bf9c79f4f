// Whether what callers were told, each in its own time, could have been told to callers that took turns.
//
// A history is linearizable if its calls can be put in one order that a sequential model allows, and in which no call
// comes before one that had ended before it began. The search is that of Wing and Gong (1993), which remembers, as Lowe
// (2017) does, which calls in which state led nowhere.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace detoy::history {

// One call with its answer. Times are of one clock that never goes back, in nanoseconds.
template <typename Op>
struct Call {
  std::int64_t began = 0;
  std::int64_t ended = 0;
  Op op = {};
};

// A Model has a State, which can be copied, compared with < and made without arguments (as it is at first), and
//   std::optional<State> after(const State&, const Call<Op>&) const
// which gives the state after the call, or nothing if it could not have been answered so in this state.
template <typename Model, typename Op>
class Linearization {
 public:
  Linearization(const Model& model, std::vector<Call<Op>> calls)
      : model_(model), calls_(std::move(calls)), placed_(calls_.size()) {
    std::sort(calls_.begin(), calls_.end(), [](const auto& a, const auto& b) { return a.began < b.began; });
  }

  bool exists() { return place_rest(typename Model::State{}); }

 private:
  bool place_rest(const typename Model::State& state) {
    std::int64_t first_end = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (!placed_[i]) first_end = std::min(first_end, calls_[i].ended);
    }
    if (first_end == std::numeric_limits<std::int64_t>::max()) return true;
    if (!seen_.emplace(placed_, state).second) return false;
    // A call that began after another had ended can't be next.
    for (std::size_t i = 0; i < calls_.size() && calls_[i].began <= first_end; ++i) {
      if (placed_[i]) continue;
      const auto next = model_.after(state, calls_[i]);
      if (!next) continue;
      placed_[i] = true;
      if (place_rest(*next)) return true;
      placed_[i] = false;
    }
    return false;
  }

  const Model& model_;
  std::vector<Call<Op>> calls_;
  std::vector<bool> placed_;
  std::set<std::pair<std::vector<bool>, typename Model::State>> seen_;
};

template <typename Model, typename Op>
bool linearizable(const Model& model, std::vector<Call<Op>> calls) {
  return Linearization<Model, Op>(model, std::move(calls)).exists();
}

}  // namespace detoy::history
