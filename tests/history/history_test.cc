// Two instances of each store work on the same few objects at once. What they are told is recorded, and held against
// models of what callers would be told one after another.
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "foundation/idempotency.h"
#include "foundation/job.h"
#include "foundation/lock.h"
#include "foundation/place_test_support.h"
#include "foundation/rate_limit.h"
#include "history/models.h"

namespace detoy::history {
namespace {

using namespace std::chrono_literals;
using foundation::EngineKind;
using foundation::name_of_engine;
using foundation::Place;

constexpr int callers = 6;
constexpr int calls_of_each = 120;
constexpr int objects = 6;

std::int64_t nanoseconds() {
  return std::chrono::steady_clock::now().time_since_epoch() / 1ns;
}

std::string name_of(int object) {
  return fmt::format("object {}", object);
}

class Random {
 public:
  explicit Random(int seed) : engine_(static_cast<unsigned>(seed)) {}
  // 0 to most - 1.
  int below(int most) { return std::uniform_int_distribution<int>(0, most - 1)(engine_); }

 private:
  std::mt19937 engine_;
};

// What was told of each object.
template <typename Op>
class Record {
 public:
  // Runs `call`, which returns what it was told, or nothing if nobody can say whether it was done.
  template <typename Ask>
  std::optional<Op> note(int object, Ask&& ask) {
    const std::int64_t began = nanoseconds();
    std::optional<Op> told = ask();
    const std::int64_t ended = nanoseconds();
    const std::lock_guard guard(mutex_);
    if (told) calls_[object].push_back({began, ended, *told});
    return told;
  }
  // For a claim, whose object is known only when it is told.
  void add(int object, const Call<Op>& call) {
    const std::lock_guard guard(mutex_);
    calls_[object].push_back(call);
  }
  template <typename Model>
  void judge(const Model& model) {
    EXPECT_EQ(calls_.size(), std::size_t{objects});
    for (auto& [object, calls] : calls_) {
      EXPECT_GT(calls.size(), 10u);
      EXPECT_TRUE(linearizable(model, calls)) << name_of(object) << ", " << calls.size() << " calls";
    }
  }

 private:
  std::mutex mutex_;
  std::map<int, std::vector<Call<Op>>> calls_;
};

template <typename T>
void expect_told(const Result<T>& result) {
  // A store that is asked for the same by many may be too busy, which says that nothing was done.
  EXPECT_TRUE(result || result.error().category == ErrorCategory::conflict) << result.error().message;
}

class Histories : public foundation::OnPlace {
 protected:
  void SetUp() override {
    OnPlace::SetUp();
    if (IsSkipped()) return;
    other_ = open_instance();
    ASSERT_NE(other_.engine, nullptr);
  }
  // Calls act(place, caller, object, random) from all callers, half of them on each instance.
  template <typename Act>
  void run(Act&& act) {
    std::vector<std::jthread> threads;
    for (int caller = 0; caller < callers; ++caller) {
      threads.emplace_back([&, caller] {
        Random random(caller + 1);
        const Place instance = caller % 2 == 0 ? place() : other_.place();
        for (int i = 0; i < calls_of_each; ++i) act(instance, caller, random.below(objects), random);
      });
    }
  }

 private:
  foundation::Instance other_;
};
DETOY_ON_ALL_PLACES(Histories);

TEST_P(Histories, RateLimitGivesEachPermitOnce) {
  using foundation::RateLimit;
  const RateModel model{.limit = 150};
  const foundation::RateRule rule{"r", foundation::RateRule::Algorithm::sliding_window, model.limit,
                                  foundation::micros(std::chrono::hours(24 * 360)), 0};
  Record<RateModel::Op> record;
  run([&](const Place& place, int, int object, Random& random) {
    const std::string key = name_of(object);
    const std::int64_t cost = 1 + random.below(3);
    record.note(object, [&]() -> std::optional<RateModel::Op> {
      const foundation::RateCheck check{key, &rule};
      const auto told = RateLimit(place).take("acme", {&check, 1}, cost);
      expect_told(told);
      if (!told) return {};
      return RateModel::Op{cost, told->allowed, told->verdicts[0].remaining};
    });
  });
  record.judge(model);
}

void act_on_lock(Record<LockModel::Op>& record, foundation::Lock lock, int caller, int object,
                 std::chrono::microseconds lease, std::int64_t& token, int choice) {
  const std::string name = fmt::format("{} for {}", name_of(object), lease.count());
  const std::string owner = fmt::format("owner {}", caller);
  const foundation::Lock::Request request{"acme", name, owner, lease};
  using What = LockModel::What;
  if (choice == 0 || token == 0) {
    const auto told = record.note(object, [&]() -> std::optional<LockModel::Op> {
      const auto answer = lock.try_acquire(request);
      expect_told(answer);
      if (!answer) return {};
      return LockModel::Op{What::acquire, caller, answer->lease ? answer->lease->token : 0, answer->lease.has_value()};
    });
    if (told && told->granted) token = told->token;
  } else if (choice == 1) {
    record.note(object, [&]() -> std::optional<LockModel::Op> {
      const auto answer = lock.renew(request, token);
      expect_told(answer);
      return LockModel::Op{What::renew, caller, token, answer.has_value()};
    });
  } else {
    record.note(object, [&]() -> std::optional<LockModel::Op> {
      const auto answer = lock.release("acme", name, token);
      expect_told(answer);
      if (!answer) return {};
      return LockModel::Op{What::release, caller, token, *answer};
    });
  }
}

TEST_P(Histories, ALockHasOneHolderAtATime) {
  for (const std::chrono::microseconds lease : {std::chrono::microseconds(1h), std::chrono::microseconds(2ms)}) {
    Record<LockModel::Op> record;
    std::array<std::array<std::int64_t, objects>, callers> tokens = {};
    run([&](const Place& place, int caller, int object, Random& random) {
      act_on_lock(record, foundation::Lock(place), caller, object, lease, tokens[caller][object], random.below(3));
    });
    record.judge(LockModel{.lease = lease / 1ns});
  }
}

TEST_P(Histories, AKeyHasOneResponse) {
  using foundation::Idempotency;
  using Op = IdempotencyModel::Op;
  using What = IdempotencyModel::What;
  using Told = IdempotencyModel::Answer;
  for (const std::chrono::microseconds lease : {std::chrono::microseconds(1h), std::chrono::microseconds(2ms)}) {
    Record<Op> record;
    std::array<std::array<std::int64_t, objects>, callers> tokens = {};
    run([&](const Place& place, int caller, int object, Random& random) {
      const std::string key = fmt::format("{} for {}", name_of(object), lease.count());
      const Idempotency::Request request{"acme", key, "POST /", lease, 24h};
      Idempotency idempotency(place);
      std::int64_t& token = tokens[caller][object];
      const int choice = random.below(24);
      if (token == 0 || choice < 8) {
        const auto told = record.note(object, [&]() -> std::optional<Op> {
          const auto answer = idempotency.begin(request);
          expect_told(answer);
          if (!answer) return {};
          using Outcome = Idempotency::Outcome;
          if (answer->outcome == Outcome::replay) return Op{What::begin, Told::replay, 0, answer->response};
          if (answer->outcome == Outcome::in_progress) return Op{What::begin, Told::in_progress};
          return Op{What::begin, Told::begun, answer->token};
        });
        if (told && told->answer == Told::begun) token = told->token;
      } else if (choice < 23) {
        record.note(object, [&]() -> std::optional<Op> {
          const auto answer = idempotency.abandon(request, token);
          expect_told(answer);
          if (!answer) return {};
          return Op{What::abandon, *answer ? Told::done : Told::refused, token};
        });
      } else {
        const std::string response = fmt::format("{} {}", caller, token);
        record.note(object, [&]() -> std::optional<Op> {
          const auto answer = idempotency.complete(request, token, response);
          expect_told(answer);
          return Op{What::complete, answer ? Told::done : Told::refused, token, response};
        });
      }
    });
    record.judge(IdempotencyModel{.lease = lease / 1ns});
  }
}

JobModel::Phase phase_of(foundation::Jobs::State state) {
  using State = foundation::Jobs::State;
  if (state == State::running) return JobModel::Phase::running;
  if (state == State::done) return JobModel::Phase::done;
  if (state == State::cancelled) return JobModel::Phase::cancelled;
  return JobModel::Phase::waiting;
}

TEST_P(Histories, AJobIsDoneByOneWorker) {
  if (in_redis()) GTEST_SKIP() << "jobs are never kept in Redis";
  using foundation::Jobs;
  using Op = JobModel::Op;
  using What = JobModel::What;
  struct Claimed {
    std::int64_t id = 0;
    std::int64_t token = 0;
    int object = 0;
  };
  for (const std::chrono::microseconds lease : {std::chrono::microseconds(1h), std::chrono::microseconds(2ms)}) {
    Record<Op> record;
    const std::string queue = fmt::format("queue {}", lease.count());
    std::array<std::vector<Claimed>, callers> claims;
    std::array<std::atomic<std::int64_t>, objects> latest = {};
    const auto claim = [&](Jobs& jobs, int caller) {
      const std::int64_t began = nanoseconds();
      const auto told = jobs.claim({.queue = queue, .worker = "w", .lease = lease, .most = 2});
      const std::int64_t ended = nanoseconds();
      expect_told(told);
      if (!told) return;
      for (const Jobs::Job& job : *told) {
        const int object = job.unique_key.back() - '0';
        record.add(object, {began, ended, {What::claim, job.id, job.token}});
        claims[caller].push_back({job.id, job.token, object});
      }
    };
    const auto end_claim = [&](Jobs& jobs, int caller, bool complete) {
      const Claimed held = claims[caller].back();
      claims[caller].pop_back();
      record.note(held.object, [&]() -> std::optional<Op> {
        bool done = false;
        if (complete) {
          const auto told = jobs.complete("acme", held.id, held.token);
          expect_told(told);
          done = told.has_value();
        } else {
          const auto told = jobs.fail("acme", held.id, held.token, "again", {1ms, 1ms});
          expect_told(told);
          done = told.has_value();
        }
        return Op{complete ? What::complete : What::fail, held.id, held.token, done};
      });
    };
    run([&](const Place& place, int caller, int object, Random& random) {
      Jobs jobs(place.engine());
      const std::string key = name_of(object);
      const int choice = random.below(8);
      if (choice < 2) {
        record.note(object, [&]() -> std::optional<Op> {
          const auto told = jobs.enqueue("acme", {.queue = queue, .most_attempts = 1'000, .unique_key = key});
          expect_told(told);
          if (!told) return {};
          latest[object] = told->id;
          return Op{What::enqueue, told->id, 0, told->fresh};
        });
      } else if (choice < 4) {
        claim(jobs, caller);
      } else if (choice < 6 && !claims[caller].empty()) {
        end_claim(jobs, caller, choice == 4);
      } else if (latest[object] != 0) {
        const std::int64_t id = latest[object];
        record.note(object, [&]() -> std::optional<Op> {
          if (choice == 7) {
            const auto told = jobs.cancel("acme", id);
            expect_told(told);
            if (!told) return {};
            return Op{What::cancel, id, 0, *told};
          }
          const auto told = jobs.get("acme", id);
          expect_told(told);
          if (!told || !*told) return {};
          return Op{What::get, id, 0, false, phase_of((*told)->state)};
        });
      }
    });
    record.judge(JobModel{.lease = lease / 1ns});
  }
}

// The judge would notice instances that share nothing.
TEST(HistoriesOfStrangers, AreNotLinearizable) {
  const TemporaryFolder folder;
  const auto one = foundation::open_engine("sqlite:" + folder.file("one.db"));
  const auto two = foundation::open_engine("sqlite:" + folder.file("two.db"));
  ASSERT_TRUE(one && two && foundation::migrate(**one) && foundation::migrate(**two));
  const RateModel model{.limit = 5};
  const foundation::RateRule rule{"r", foundation::RateRule::Algorithm::sliding_window, model.limit,
                                  foundation::micros(std::chrono::hours(24 * 360)), 0};
  std::vector<Call<RateModel::Op>> calls;
  for (int i = 0; i < 10; ++i) {
    const foundation::RateCheck check{"key", &rule};
    const std::int64_t began = nanoseconds();
    const auto told = foundation::RateLimit(i % 2 == 0 ? **one : **two).take("acme", {&check, 1});
    ASSERT_TRUE(told);
    calls.push_back({began, nanoseconds(), {1, told->allowed, told->verdicts[0].remaining}});
  }
  EXPECT_FALSE(linearizable(model, calls));
}

}  // namespace
}  // namespace detoy::history
