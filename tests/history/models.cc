#include "history/models.h"

namespace detoy::history {

std::optional<RateModel::State> RateModel::after(const State& state, const Call<Op>& call) const {
  const Op& op = call.op;
  const bool fits = state.used + op.cost <= limit;
  const std::int64_t used = fits ? state.used + op.cost : state.used;
  if (op.allowed != fits || op.remaining != limit - used) return {};
  return State{used};
}

std::optional<LockModel::State> LockModel::after(const State& state, const Call<Op>& call) const {
  const Op& op = call.op;
  const bool ended = state.loan.may_have_ended(lease, call.ended);
  State next = state;
  switch (op.what) {
    case What::acquire:
      if (!op.granted) {
        // Somebody else has it.
        if (!state.loan.out || state.owner == op.owner) return {};
        return next;
      }
      if (state.loan.out && state.owner == op.owner && op.token == state.loan.token) {
        next.loan.begun = call.began;
        return next;
      }
      if (op.token <= state.loan.token || (state.loan.out && !ended)) return {};
      return State{{op.token, true, call.began}, op.owner};
    case What::renew:
    case What::release: {
      const bool holds = state.loan.out && state.loan.token == op.token;
      if (op.granted ? !holds : holds && !ended) return {};
      if (op.granted && op.what == What::renew) next.loan.begun = call.began;
      if (op.granted && op.what == What::release) next.loan.out = false;
      return next;
    }
  }
  return {};
}

std::optional<IdempotencyModel::State> IdempotencyModel::after(const State& state, const Call<Op>& call) const {
  const Op& op = call.op;
  State next = state;
  const bool holds = state.loan.out && state.loan.token == op.token;
  switch (op.what) {
    case What::begin:
      if (op.answer == Answer::replay)
        return state.completed && state.response == op.response ? std::optional(next) : std::nullopt;
      if (state.completed) return {};
      if (op.answer == Answer::in_progress) return state.loan.out ? std::optional(next) : std::nullopt;
      if (op.token <= state.loan.token || (state.loan.out && !state.loan.may_have_ended(lease, call.ended))) return {};
      next.loan = {op.token, true, call.began};
      return next;
    case What::complete:
      if ((op.answer == Answer::done) != holds) return {};
      if (holds) {
        next.loan.out = false;
        next.completed = true;
        next.response = op.response;
      }
      return next;
    case What::abandon:
      if ((op.answer == Answer::done) != holds) return {};
      if (holds) next.loan.out = false;
      return next;
  }
  return {};
}

std::optional<JobModel::State> JobModel::after(const State& state, const Call<Op>& call) const {
  const Op& op = call.op;
  State next = state;
  const bool open = state.phase == Phase::waiting || state.phase == Phase::running;
  const bool same = op.id == state.id;
  const bool ended = state.phase == Phase::running && state.loan.may_have_ended(lease, call.ended);
  switch (op.what) {
    case What::enqueue:
      if (op.yes == open || (open ? !same : op.id <= state.id)) return {};
      if (op.yes) next = {op.id, Phase::waiting, {}};
      return next;
    case What::claim:
      if (!same || op.token <= state.loan.token || !(state.phase == Phase::waiting || ended)) return {};
      next.phase = Phase::running;
      next.loan = {op.token, true, call.began};
      return next;
    case What::complete:
    case What::fail: {
      const bool holds = same && state.phase == Phase::running && state.loan.token == op.token;
      if (op.yes ? !holds : holds && !ended) return {};
      if (op.yes) next.phase = op.what == What::complete ? Phase::done : Phase::waiting;
      return next;
    }
    case What::cancel:
      // Of an older job of the key: it is over.
      if (op.yes != (same && open)) return {};
      if (op.yes) next.phase = Phase::cancelled;
      return next;
    case What::get:
      if (!same) return op.phase == Phase::done || op.phase == Phase::cancelled ? std::optional(next) : std::nullopt;
      if (op.phase == state.phase || (op.phase == Phase::waiting && ended)) return next;
      return {};
  }
  return {};
}

}  // namespace detoy::history
