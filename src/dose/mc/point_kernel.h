// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ranks.h"
#include "dose/attenuation.h"
#include "dose/kernel_data.h"
#include "dose/mc/particles.h"
#include "dose/mc/transport_tables.h"

namespace xingu::mc {

/// What one photon of an energy, forced to interact at the centre of a sphere while it travels along +z, leaves in
/// shells and cones: fractions of its energy, [shell · num_cones + cone], with the standard deviations of their means.
struct PointKernel {
  double energy_MeV = 0.0;
  std::uint64_t histories = 0;
  std::vector<double> primary, primary_sigma;
  std::vector<double> first, first_sigma;
  std::vector<double> rest, rest_sigma;  ///< higher orders, bremsstrahlung and annihilation
  double escaped = 0.0;                  ///< fraction that leaves the sphere
};

/// Limits at which kernels are made: transport down to 10 keV, hard collisions and photons from there.
[[nodiscard]] TransportLimits kernel_limits();

/// @param tables      of one material, made with kernel_limits()
/// @param r_edges_cm  shells, ascending from 0; the last is the sphere
/// Same bits for any number of threads and ranks; with several ranks all of them call it with the same arguments, and
/// the root has the kernel. @throws Cancelled
[[nodiscard]] PointKernel make_point_kernel(const TransportTables& tables, double density_g_cm3, double energy_MeV,
                                            const std::vector<double>& r_edges_cm, std::uint64_t histories,
                                            std::uint64_t seed, Ranks& ranks = one_rank());

/// The kernels as the data file that PointKernels::read takes.
[[nodiscard]] std::string point_kernels_csv(const std::vector<PointKernel>& kernels,
                                            const std::vector<double>& r_edges_cm,
                                            const std::vector<std::string>& facts);

}  // namespace xingu::mc
