// Kills processes that work on one store, at any moment, and then looks whether what they were told still holds.
// DETOY_KILLS sets how often (default 50).
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/temporary_folder.h"
#include "crash/workload.h"
#include "foundation/conformance_test_support.h"
#include "foundation/idempotency.h"
#include "foundation/job.h"
#include "foundation/lock.h"
#include "foundation/rate_limit.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;
using namespace workload;

// What drivers were told, and what they had asked for.
struct Acknowledged {
  std::set<std::string> begun;
  std::set<std::string> charged;
  std::int64_t taken = 0;
  std::set<std::int64_t> queued;
  std::set<std::int64_t> finished;
  std::map<std::int64_t, std::string> tokens;
  std::int64_t greatest_token = 0;
};

class Driver {
 public:
  Driver(const std::string& store, const std::string& name, const std::filesystem::path& folder)
      : log_(folder / (name + ".log")) {
    child_ = fork();
    if (child_ != 0) return;
    const int log = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    dup2(log, STDOUT_FILENO);
    execl(DETOY_FOUNDATION_DRIVER, DETOY_FOUNDATION_DRIVER, store.c_str(), name.c_str(), nullptr);
    _exit(127);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver() { kill(); }

  std::uintmax_t written() const {
    std::error_code none;
    const auto size = std::filesystem::file_size(log_, none);
    return none ? 0 : size;
  }
  // False once it has ended by itself, which it should not; tells how.
  bool runs() {
    int status = 0;
    if (child_ <= 0 || waitpid(child_, &status, WNOHANG) != child_) return child_ > 0;
    child_ = 0;
    ADD_FAILURE() << log_ << " ended with wait status " << status;
    return false;
  }
  // Whether it still ran.
  bool kill() {
    if (child_ <= 0) return false;
    ::kill(child_, SIGKILL);
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = 0;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }
  void add_to(Acknowledged& all) const {
    std::ifstream log(log_);
    for (std::string line; std::getline(log, line);) {
      std::istringstream words(line);
      std::string what;
      words >> what;
      if (what == "begun" || what == "charged") {
        std::string key;
        words >> key;
        (what == "begun" ? all.begun : all.charged).insert(key);
      } else if (what == "taken") {
        ++all.taken;
      } else if (what == "queued" || what == "finished") {
        std::int64_t id = 0;
        words >> id;
        const bool fresh = (what == "queued" ? all.queued : all.finished).insert(id).second;
        EXPECT_TRUE(fresh) << "job " << id << " was " << what << " twice";
      } else if (what == "token") {
        std::int64_t token = 0;
        std::string owner;
        words >> token >> owner;
        // A holder that asks again keeps its token; nobody else may ever get it.
        const auto [known, fresh] = all.tokens.emplace(token, owner);
        EXPECT_EQ(known->second, owner) << "token " << token;
        all.greatest_token = std::max(all.greatest_token, token);
      }
    }
  }

 private:
  std::filesystem::path log_;
  pid_t child_ = 0;
};

std::int64_t permits_taken(Engine& engine, std::string_view key) {
  const RateCheck check{key, &budget};
  const auto answer = RateLimit(engine).peek(tenant, {&check, 1});
  EXPECT_TRUE(answer.has_value()) << (answer ? "" : answer.error().message);
  // peek() counts the permit that it asks for.
  return answer ? budget.limit - answer->verdicts[0].remaining - 1 : -1;
}

int kills() {
  const char* wanted = std::getenv("DETOY_KILLS");
  return wanted == nullptr ? 50 : std::atoi(wanted);
}

class CrashTest : public OnEngine {
 protected:
  TemporaryFolder logs_;
};
DETOY_ON_ALL_ENGINES(CrashTest);

// How many of the keys were charged for; fails if one that was acknowledged is not, or is with another response.
std::int64_t count_charged(Engine& engine, const Acknowledged& told) {
  std::int64_t charged = 0;
  for (const std::string& key : told.begun) {
    const auto answer = Idempotency(engine).begin(charge_request(key));
    EXPECT_TRUE(answer.has_value()) << (answer ? "" : answer.error().message);
    if (!answer) return charged;
    if (answer->outcome == Idempotency::Outcome::replay) {
      EXPECT_EQ(answer->response, "charged " + key);
      ++charged;
      continue;
    }
    // Acknowledged as begun: nobody else may begin it before the lease ends.
    EXPECT_EQ(answer->outcome, Idempotency::Outcome::in_progress) << key;
    EXPECT_FALSE(told.charged.contains(key)) << key << " was acknowledged as charged";
  }
  return charged;
}

void check_jobs(Engine& engine, const Acknowledged& told) {
  for (const std::int64_t id : told.queued) {
    const auto job = Jobs(engine).get(tenant, id);
    ASSERT_TRUE(job) << job.error().message;
    ASSERT_TRUE(*job) << "job " << id << " is gone";
    EXPECT_TRUE((*job)->state == Jobs::State::done || !told.finished.contains(id)) << "job " << id << " is not done";
  }
  // A job of an earlier round may be finished in this one.
  for (const std::int64_t id : told.finished) {
    const auto job = Jobs(engine).get(tenant, id);
    ASSERT_TRUE(job && *job) << "job " << id << " is gone";
    EXPECT_EQ((*job)->state, Jobs::State::done) << "job " << id;
  }
}

TEST_P(CrashTest, NothingAcknowledgedIsLostAndNothingIsHalfDone) {
  std::mt19937 random(20'260'401);
  Acknowledged all;
  std::int64_t charged = 0;
  std::int64_t last_token = 0;
  std::array<std::uintmax_t, 2> written = {};
  int round = 0;
  while (round < kills()) {
    std::vector<std::unique_ptr<Driver>> drivers;
    for (int i = 0; i < 2; ++i, ++round)
      drivers.push_back(std::make_unique<Driver>(url(), fmt::format("d{}", round), logs_.path()));
    // Killed after so much was told, not after so much time: the moment within the work is what chance decides.
    const std::uintmax_t enough = 1 + random() % 3000;
    while (drivers[0]->written() < enough && drivers[0]->runs()) std::this_thread::yield();
    for (const auto& driver : drivers) EXPECT_TRUE(driver->kill());
    Acknowledged told;
    for (std::size_t i = 0; i < drivers.size(); ++i) {
      drivers[i]->add_to(told);
      written[i] += drivers[i]->written();
    }

    const auto engine = open();
    ASSERT_NE(engine, nullptr);
    const auto migrated = migrate(*engine);
    ASSERT_TRUE(migrated) << migrated.error().message;
    charged += count_charged(*engine, told);
    EXPECT_EQ(permits_taken(*engine, "charges"), charged);
    check_jobs(*engine, told);
    all.taken += told.taken;
    const std::int64_t taken = permits_taken(*engine, "takes");
    EXPECT_GE(taken, all.taken);
    // Of each killed process, one call may have been done without being told.
    EXPECT_LE(taken, all.taken + round);

    const auto lock = Lock(*engine).acquire({tenant, "shared", fmt::format("judge {}", round), 1min}, 10s);
    ASSERT_TRUE(lock) << lock.error().message;
    ASSERT_TRUE(lock->lease);
    EXPECT_GT(lock->lease->token, told.greatest_token);
    EXPECT_GT(lock->lease->token, last_token);
    last_token = lock->lease->token;
    ASSERT_TRUE(Lock(*engine).release(tenant, "shared", last_token));
    for (const auto& [token, owner] : told.tokens) {
      const auto [known, fresh] = all.tokens.emplace(token, owner);
      EXPECT_TRUE(fresh) << "token " << token << " was given to " << known->second << " and to " << owner;
    }
    for (const std::int64_t id : told.finished)
      EXPECT_FALSE(all.finished.contains(id)) << "job " << id << " was finished twice";
    all.queued.merge(told.queued);
    all.finished.merge(told.finished);
    all.begun.merge(told.begun);
    all.charged.merge(told.charged);
    if (HasFailure()) return;
  }
  const auto engine = open();
  ASSERT_NE(engine, nullptr);
  EXPECT_EQ(count_charged(*engine, all), charged);
  // Neither process kept the other from the file.
  EXPECT_GT(std::min(written[0], written[1]), std::max(written[0], written[1]) / 10);
  EXPECT_GT(all.charged.size(), 100u);
  check_jobs(*engine, all);
  EXPECT_GT(all.taken, 100);
  EXPECT_GT(all.finished.size(), 100u);
  EXPECT_GT(all.tokens.size(), 10u);
  fmt::print("{} kills: {} charges, {} takes, {} leases, {} jobs and {} ends of jobs were acknowledged\n", round,
             all.charged.size(), all.taken, all.tokens.size(), all.queued.size(), all.finished.size());
}

}  // namespace
}  // namespace detoy::foundation
