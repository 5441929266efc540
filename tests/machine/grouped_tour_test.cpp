// SPDX-License-Identifier: Apache-2.0
#include "machine/grouped_tour.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/philox.h"

namespace xingu {
namespace {

/// Points in a square in groups of `members`; home in a corner.
struct Scatter {
  std::vector<std::array<double, 2>> point;
  std::vector<std::vector<std::size_t>> groups;
  std::size_t home;
  Scatter(std::size_t num_groups, std::size_t members, std::uint64_t seed) : home(num_groups * members) {
    for (std::size_t g = 0; g < num_groups; ++g) {
      groups.emplace_back();
      for (std::size_t m = 0; m < members; ++m) {
        groups.back().push_back(point.size());
        point.push_back({Philox(seed, 0).uniform(point.size()), Philox(seed, 1).uniform(point.size())});
      }
    }
    point.push_back({0.0, 0.0});
  }
  [[nodiscard]] TourCost cost() const {
    return [this](std::size_t a, std::size_t b) {
      return std::hypot(point[a][0] - point[b][0], point[a][1] - point[b][1]);
    };
  }
};

double length(const std::vector<std::size_t>& member, std::size_t home, const TourCost& cost) {
  double sum = cost(home, member.front()) + cost(member.back(), home);
  for (std::size_t k = 1; k < member.size(); ++k) {
    sum += cost(member[k - 1], member[k]);
  }
  return sum;
}

TEST(ExactTour, equals_trying_every_order_and_member) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Scatter scatter(5, 2, seed);
    std::vector<std::size_t> order{0, 1, 2, 3, 4};
    double best = 1e300;
    do {
      for (std::size_t pick = 0; pick < 32; ++pick) {
        std::vector<std::size_t> member;
        for (const std::size_t g : order) {
          member.push_back(scatter.groups[g][pick >> g & 1]);
        }
        best = std::min(best, length(member, scatter.home, scatter.cost()));
      }
    } while (std::next_permutation(order.begin(), order.end()));
    const GroupedTour tour = exact_tour(scatter.groups, scatter.home, scatter.cost());
    EXPECT_NEAR(tour.cost, best, 1e-12);
    EXPECT_NEAR(length(tour.member, scatter.home, scatter.cost()), best, 1e-12);
  }
}

TEST(GoodTour, is_within_two_per_cent_of_the_exact_best_on_small_cases) {
  double worst = 1.0;
  double sum = 0.0;
  for (std::uint64_t seed = 100; seed < 140; ++seed) {
    const Scatter scatter(9, 3, seed);
    const GroupedTour good = good_tour(scatter.groups, scatter.home, scatter.cost());
    const GroupedTour exact = exact_tour(scatter.groups, scatter.home, scatter.cost());
    EXPECT_NEAR(length(good.member, scatter.home, scatter.cost()), good.cost, 1e-12);
    EXPECT_GE(good.cost, exact.cost - 1e-12);
    worst = std::max(worst, good.cost / exact.cost);
    sum += good.cost / exact.cost;
  }
  EXPECT_LT(worst, 1.02);
  EXPECT_LT(sum / 40, 1.005);
}

TEST(GoodTour, visits_each_of_many_groups_once) {
  const Scatter scatter(60, 3, 7);
  const GroupedTour tour = good_tour(scatter.groups, scatter.home, scatter.cost());
  std::vector<int> visits(60, 0);
  for (const std::size_t m : tour.member) {
    ++visits[m / 3];
  }
  EXPECT_EQ(std::ranges::count(visits, 1), 60);
}

TEST(MendedTour, goes_around_what_has_become_barred) {
  const Scatter scatter(8, 2, 9);
  const GroupedTour before = good_tour(scatter.groups, scatter.home, scatter.cost());
  const std::size_t from = before.member[3];
  const std::size_t to = before.member[4];
  const TourCost barred = [&](std::size_t a, std::size_t b) {
    return (a == from && b == to) || (a == to && b == from) ? 1e6 : scatter.cost()(a, b);
  };
  const GroupedTour after = mended_tour(scatter.groups, scatter.home, barred, before);
  EXPECT_LT(after.cost, 1e5);
  EXPECT_GE(after.cost, before.cost - 1e-12);
}

TEST(ExactTour, refuses_more_than_it_can_solve) {
  const Scatter scatter(13, 1, 1);
  EXPECT_THROW((void)exact_tour(scatter.groups, scatter.home, scatter.cost()), InputError);
}

}  // namespace
}  // namespace xingu
