// The primitives as one caller after another would find them. Where time decides (a lease that ends), a model allows
// what the times of the calls allow.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "history/linearizability.h"

namespace detoy::history {

// One sliding window that does not move while the history lasts.
struct RateModel {
  struct Op {
    std::int64_t cost = 0;
    bool allowed = false;
    std::int64_t remaining = 0;
  };
  struct State {
    std::int64_t used = 0;
    auto operator<=>(const State&) const = default;
  };
  std::int64_t limit = 0;

  std::optional<State> after(const State& state, const Call<Op>& call) const;
};

// Something that is lent for a time: what a lock, a key of idempotency and a job have in common.
struct Loan {
  std::int64_t token = 0;  // of the last loan, also when it is over
  bool out = false;
  std::int64_t begun = 0;  // no earlier than this
  auto operator<=>(const Loan&) const = default;

  // Whether it may have ended by the end of a call, for a lease of so many nanoseconds.
  bool may_have_ended(std::int64_t lease, std::int64_t ended) const { return ended >= begun + lease; }
};

struct LockModel {
  enum class What { acquire, renew, release };
  struct Op {
    What what = What::acquire;
    int owner = 0;
    std::int64_t token = 0;  // asked with, or given
    bool granted = false;    // acquired, renewed, released
  };
  struct State {
    Loan loan = {};
    int owner = 0;
    auto operator<=>(const State&) const = default;
  };
  std::int64_t lease = 0;  // nanoseconds

  std::optional<State> after(const State& state, const Call<Op>& call) const;
};

struct IdempotencyModel {
  enum class What { begin, complete, abandon };
  enum class Answer { begun, in_progress, replay, done, refused };
  struct Op {
    What what = What::begin;
    Answer answer = Answer::begun;
    std::int64_t token = 0;
    std::string response = {};
  };
  struct State {
    Loan loan = {};
    bool completed = false;
    std::string response = {};
    auto operator<=>(const State&) const = default;
  };
  std::int64_t lease = 0;  // nanoseconds

  std::optional<State> after(const State& state, const Call<Op>& call) const;
};

// All jobs of one unique key.
struct JobModel {
  enum class What { enqueue, claim, complete, fail, cancel, get };
  enum class Phase { none, waiting, running, done, cancelled };
  struct Op {
    What what = What::enqueue;
    std::int64_t id = 0;
    std::int64_t token = 0;
    bool yes = false;           // a new one, completed, failed, cancelled
    Phase phase = Phase::none;  // that get() told
  };
  struct State {
    std::int64_t id = 0;  // of the latest job
    Phase phase = Phase::none;
    Loan loan = {};
    auto operator<=>(const State&) const = default;
  };
  std::int64_t lease = 0;  // nanoseconds

  std::optional<State> after(const State& state, const Call<Op>& call) const;
};

}  // namespace detoy::history
