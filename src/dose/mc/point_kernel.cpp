// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/point_kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "dose/mc/kernel_geometry.h"
#include "dose/mc/transport.h"
#include "dose/mc/variance_reduction.h"

namespace xingu::mc {
namespace {

constexpr std::size_t num_batches = 40;
constexpr std::uint64_t asked_every = 256;  // histories: whether the user wants to stop
constexpr double mm_per_cm = 10.0;

/// Forced first interactions are repeated at several azimuths; the rest is analogue, so that orders of scatter are
/// clean.
VarianceReduction kernel_reduction() {
  VarianceReduction reduction = VarianceReduction::none();
  reduction.sites_primary = 16;
  reduction.repeats_histories = true;
  return reduction;
}

struct Moments {
  std::vector<double> sum;
  std::vector<double> sum2;
  explicit Moments(std::size_t size) : sum(size, 0.0), sum2(size, 0.0) {}
  void add(const std::vector<double>& batch, double scale) {
    for (std::size_t i = 0; i < sum.size(); ++i) {
      const double x = batch[i] * scale;
      sum[i] += x;
      sum2[i] += x * x;
    }
  }
  void finish(std::vector<double>& mean, std::vector<double>& sigma) const {
    constexpr auto n = static_cast<double>(num_batches);
    for (std::size_t i = 0; i < sum.size(); ++i) {
      const double m = sum[i] / n;
      mean.push_back(m);
      sigma.push_back(std::sqrt(std::max(0.0, sum2[i] / n - m * m) / (n - 1.0)));
    }
  }
};

}  // namespace

TransportLimits kernel_limits() {
  TransportLimits limits;
  limits.electron_cut = 0.010;
  limits.bremsstrahlung_cut = 0.010;
  limits.step_loss = 0.03;
  limits.step_scattering = 0.05;
  return limits;
}

PointKernel make_point_kernel(const TransportTables& tables, double density_g_cm3, double energy_MeV,
                              const std::vector<double>& r_edges_cm, std::uint64_t histories, std::uint64_t seed,
                              Ranks& ranks) {
  XINGU_EXPECT(tables.num_materials == 1);
  std::vector<double> r_edges_mm;
  for (const double r : r_edges_cm) {
    r_edges_mm.push_back(mm_per_cm * r);
  }
  const std::uint64_t per_batch = std::max<std::uint64_t>(1, histories / num_batches);
  const std::size_t size = (r_edges_cm.size() - 1) * PointKernels::num_cones;
  struct Batch {
    std::array<std::vector<double>, 3> by_order;
    double escaped = 0.0;
  };
  std::vector<Batch> batches(num_batches);
  SharedWork work;
  work.name = "point kernels";
  work.count = num_batches;
  work.inputs = hash_bytes(std::as_bytes(std::span(r_edges_cm)), hash_bytes(std::as_bytes(std::span(&energy_MeV, 1))));
  work.inputs += histories + seed;
  work.compute = [&](std::size_t b) {
    KernelGeometry geometry(r_edges_mm, PointKernels::num_cones, density_g_cm3);
    Transport<KernelGeometry> transport(tables, kernel_reduction(), geometry);
    for (std::uint64_t i = 0; i < per_batch; ++i) {
      if (i % asked_every == 0) {
        throw_if_cancelled();
      }
      RandomStream random(seed, b * per_batch + i);
      PhotonState photon;
      photon.energy_MeV = static_cast<float>(energy_MeV);
      transport.run_forced(photon, random);
    }
    std::vector<double> rest(size, 0.0);
    for (const Generation generation :
         {Generation::second_scatter, Generation::multiple_scatter, Generation::radiative}) {
      const std::vector<double>& score = geometry.score(generation);
      for (std::size_t k = 0; k < size; ++k) {
        rest[k] += score[k];
      }
    }
    return ByteWriter()
        .put_all(geometry.score(Generation::primary))
        .put_all(geometry.score(Generation::first_scatter))
        .put_all(rest)
        .put(transport.energy_left().escaped)
        .take();
  };
  work.take = [&](std::size_t b, const Bytes& result) {
    ByteReader reader(result);
    for (std::vector<double>& score : batches[b].by_order) {
      score = reader.get_all<double>();
    }
    batches[b].escaped = reader.get<double>();
  };
  share_out(ranks, work);
  if (!ranks.is_root()) {
    return {};
  }
  std::array<Moments, 3> moments{Moments(size), Moments(size), Moments(size)};
  const double scale = 1.0 / (static_cast<double>(per_batch) * energy_MeV);
  PointKernel kernel;
  for (const Batch& batch : batches) {
    for (std::size_t order = 0; order < 3; ++order) {
      moments[order].add(batch.by_order[order], scale);
    }
    kernel.escaped += batch.escaped * scale / static_cast<double>(num_batches);
  }
  kernel.energy_MeV = energy_MeV;
  kernel.histories = per_batch * num_batches;
  moments[0].finish(kernel.primary, kernel.primary_sigma);
  moments[1].finish(kernel.first, kernel.first_sigma);
  moments[2].finish(kernel.rest, kernel.rest_sigma);
  return kernel;
}

std::string point_kernels_csv(const std::vector<PointKernel>& kernels, const std::vector<double>& r_edges_cm,
                              const std::vector<std::string>& facts) {
  std::string text;
  for (const std::string& fact : facts) {
    text += "# " + fact + "\n";
  }
  text += "# r_edges_cm = ";
  for (std::size_t i = 0; i < r_edges_cm.size(); ++i) {
    text += fmt::format("{}{:g}", i > 0 ? "," : "", r_edges_cm[i]);
  }
  text += "\nenergy_MeV,shell,cone,primary,first,rest\n";
  for (const PointKernel& kernel : kernels) {
    for (std::size_t shell = 0; shell + 1 < r_edges_cm.size(); ++shell) {
      for (std::size_t cone = 0; cone < PointKernels::num_cones; ++cone) {
        const std::size_t i = shell * PointKernels::num_cones + cone;
        text += fmt::format("{:g},{},{},{:.4g},{:.4g},{:.4g}\n", kernel.energy_MeV, shell, cone, kernel.primary[i],
                            kernel.first[i], kernel.rest[i]);
      }
    }
  }
  return text;
}

}  // namespace xingu::mc
