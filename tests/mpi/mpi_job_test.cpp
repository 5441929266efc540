// SPDX-License-Identifier: Apache-2.0
#include "mpi/mpi_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>
#include <vector>

#include "base/error.h"

namespace xingu {
namespace {

TEST(MpiJob, is_launched_only_by_a_starter_of_ranks) {
  const bool was_launched = MpiJob::is_launched();
  setenv("OMPI_COMM_WORLD_SIZE", "1", 1);
  EXPECT_TRUE(MpiJob::is_launched());
  if (!was_launched) {
    unsetenv("OMPI_COMM_WORLD_SIZE");
    EXPECT_FALSE(MpiJob::is_launched());
  }
}

/// MPI can be begun once in a process: one test for all that a job does, run by mpirun on several ranks.
TEST(LaunchedMpiJob, carries_messages_of_any_size_shares_work_out_and_ends_with_the_roots_code) {
  if (!MpiJob::is_launched()) {
    GTEST_SKIP() << "only where mpirun has started it";
  }
  MpiJob job;
  Ranks& ranks = job.ranks();
  EXPECT_GE(job.threads_per_rank(), 1);
  EXPECT_THAT(job.words(), testing::HasSubstr("3 ranks on 1 host"));
  for (const std::size_t size : {0, 1, 55, 56, 57, 64, 1000, 10'000'000}) {
    std::vector<std::uint8_t> values(size);
    std::iota(values.begin(), values.end(), std::uint8_t{1});
    const Bytes heard = broadcast(ranks, ranks.is_root() ? ByteWriter().put_all(values).take() : Bytes{});
    EXPECT_EQ(ByteReader(heard).get_all<std::uint8_t>(), values);
  }
  std::vector<std::uint64_t> taken(60, 0);
  SharedWork work;
  work.count = taken.size();
  work.at_once = 2;
  work.compute = [](std::size_t item) { return ByteWriter().put_all(std::vector<std::uint64_t>(20'000, item)).take(); };
  work.take = [&](std::size_t item, const Bytes& result) {
    const auto values = ByteReader(result).get_all<std::uint64_t>();
    taken[item] = std::accumulate(values.begin(), values.end(), std::uint64_t{0});
  };
  share_out(ranks, work);
  for (std::size_t item = 0; item < taken.size(); ++item) {
    EXPECT_EQ(taken[item], ranks.is_root() ? 20'000 * item : 0);
  }

  // Another rank fails; the root hears of it where it waits for someone else, and ends the job.
  MpiJob::Ending ending;
  broadcast(ranks, {});  // no earlier than the root has all results
  try {
    XINGU_REQUIRE(ranks.rank() != 2, "a file is missing");
    static_cast<void>(ranks.receive(ranks.is_root() ? 1 : 0));
  } catch (const InputError& error) {
    ending = {2, error.what()};
    EXPECT_THAT(ending.failure, testing::HasSubstr("a file is missing"));
    EXPECT_EQ(ranks.is_root(), ending.failure.starts_with("rank 2 on "));
  } catch (const RanksEnded&) {
    EXPECT_EQ(ranks.rank(), 1);
  }
  EXPECT_EQ(job.end(ending), ranks.is_root() ? 2 : 0);
}

}  // namespace
}  // namespace xingu
