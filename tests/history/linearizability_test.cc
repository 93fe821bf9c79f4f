// What the judge of histories says of some that are known.
#include "history/linearizability.h"

#include <gtest/gtest.h>

#include "history/models.h"

namespace detoy::history {
namespace {

using Takes = std::vector<Call<RateModel::Op>>;

TEST(Linearizability, CallsOneAfterAnotherMustFollowTheModel) {
  const RateModel model{2};
  EXPECT_TRUE(linearizable(model, Takes{{1, 2, {1, true, 1}}, {3, 4, {1, true, 0}}, {5, 6, {1, false, 0}}}));
  EXPECT_FALSE(linearizable(model, Takes{{1, 2, {1, true, 1}}, {3, 4, {1, true, 1}}}));
  EXPECT_FALSE(linearizable(model, Takes{{1, 2, {1, true, 0}}, {3, 4, {1, true, 1}}}));
}

TEST(Linearizability, CallsAtTheSameTimeMayHaveHappenedInAnyOrder) {
  const RateModel model{2};
  EXPECT_TRUE(linearizable(model, Takes{{1, 4, {1, true, 0}}, {3, 6, {1, true, 1}}}));
  // Three of two permits, in whatever order.
  EXPECT_FALSE(linearizable(model, Takes{{1, 9, {1, true, 0}}, {2, 9, {1, true, 1}}, {3, 9, {1, true, 0}}}));
}

TEST(Linearizability, AHolderMustBeGoneBeforeTheNextOne) {
  using Locks = std::vector<Call<LockModel::Op>>;
  const LockModel model{.lease = 100};
  const Call<LockModel::Op> first{1, 2, {LockModel::What::acquire, 1, 1, true}};
  EXPECT_FALSE(linearizable(model, Locks{first, {3, 4, {LockModel::What::acquire, 2, 2, true}}}));
  EXPECT_TRUE(linearizable(model, Locks{first, {3, 200, {LockModel::What::acquire, 2, 2, true}}}));
  const Call<LockModel::Op> released{3, 4, {LockModel::What::release, 1, 1, true}};
  EXPECT_TRUE(linearizable(model, Locks{first, released, {5, 6, {LockModel::What::acquire, 2, 2, true}}}));
  // A token that was there before.
  EXPECT_FALSE(linearizable(model, Locks{first, released, {5, 6, {LockModel::What::acquire, 2, 1, true}}}));
}

TEST(Linearizability, ResponsesAreKeptOnce) {
  using What = IdempotencyModel::What;
  using Answer = IdempotencyModel::Answer;
  using Keys = std::vector<Call<IdempotencyModel::Op>>;
  const IdempotencyModel model{.lease = 100};
  const Call<IdempotencyModel::Op> begun{1, 2, {What::begin, Answer::begun, 1}};
  const Call<IdempotencyModel::Op> completed{3, 4, {What::complete, Answer::done, 1, "a"}};
  EXPECT_TRUE(linearizable(model, Keys{begun, completed, {5, 6, {What::begin, Answer::replay, 0, "a"}}}));
  EXPECT_FALSE(linearizable(model, Keys{begun, completed, {5, 6, {What::begin, Answer::replay, 0, "b"}}}));
  EXPECT_FALSE(linearizable(model, Keys{begun, completed, {5, 6, {What::begin, Answer::begun, 2}}}));
  EXPECT_FALSE(linearizable(model, Keys{begun, {3, 4, {What::begin, Answer::begun, 2}}}));
}

TEST(Linearizability, AJobIsClaimedByOne) {
  using What = JobModel::What;
  using Jobs = std::vector<Call<JobModel::Op>>;
  const JobModel model{.lease = 100};
  const Call<JobModel::Op> queued{1, 2, {What::enqueue, 7, 0, true}};
  const Call<JobModel::Op> claimed{3, 4, {What::claim, 7, 1}};
  EXPECT_TRUE(linearizable(model, Jobs{queued, claimed, {5, 6, {What::complete, 7, 1, true}}}));
  EXPECT_FALSE(linearizable(model, Jobs{queued, claimed, {5, 6, {What::claim, 7, 2}}}));
  EXPECT_FALSE(linearizable(model, Jobs{queued, {3, 4, {What::enqueue, 8, 0, true}}}));
  EXPECT_FALSE(linearizable(model, Jobs{queued, {3, 4, {What::get, 7, 0, false, JobModel::Phase::done}}}));
}

}  // namespace
}  // namespace detoy::history
