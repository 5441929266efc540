// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace xingu {

/// The order that visits every group once with one of its members, from and back to home, with the least sum of costs.
/// Members of all groups are numbered through from 0.
struct GroupedTour {
  std::vector<std::size_t> member;  ///< one of each group, in order
  double cost = 0.0;
};

/// Costs of a generalised travelling salesman: cost(a, b) between members, where `home` is one more than the last
/// member.
using TourCost = std::function<double(std::size_t from, std::size_t to)>;

/// Exact, by dynamic programming over sets of groups (Held and Karp 1962, J. SIAM 10:196). Cost O(2^groups · members²):
/// at most 12 groups. @throws InputError beyond.
[[nodiscard]] GroupedTour exact_tour(const std::vector<std::vector<std::size_t>>& groups, std::size_t home,
                                     const TourCost& cost);

/// Good, for any size: nearest neighbours from several starts, improved by moving and reversing runs of visits (2-opt
/// and Or-opt) until nothing gains, with the best member of every group for each order found by dynamic programming.
/// Deterministic. Cost about groups³.
[[nodiscard]] GroupedTour good_tour(const std::vector<std::vector<std::size_t>>& groups, std::size_t home,
                                    const TourCost& cost);

/// The same improvement begun from a tour that is already good, after some costs have changed.
[[nodiscard]] GroupedTour mended_tour(const std::vector<std::vector<std::size_t>>& groups, std::size_t home,
                                      const TourCost& cost, const GroupedTour& tour);

}  // namespace xingu
