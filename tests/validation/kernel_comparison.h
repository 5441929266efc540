// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace xingu::mc {

/// Worst relative difference between Xingu's point kernel and EDKnrc's, over sums that hold more than 1 % of the energy
/// of their kind.
struct KernelDifference {
  std::string what;  ///< energy, kind of energy, and what is summed
  double at_all = 0.0;
  double sigma = 0.0;              ///< largest joint relative standard deviation of a sum
  double beyond_statistics = 0.0;  ///< what `num_sigmas` joint standard deviations leave of a difference; 0 or more
};

/// Primary and first scatter, each as sums over cones (a value per shell) and over shells (a value per 15° of polar
/// angle). Two dozen runs give our spread.
/// @param energy  MeV, as in the name of the reference's file
[[nodiscard]] std::vector<KernelDifference> compare_with_edknrc(const std::string& energy,
                                                                std::uint64_t histories_per_run, double num_sigmas);

}  // namespace xingu::mc
