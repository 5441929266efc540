// SPDX-License-Identifier: Apache-2.0
// Kinematics and collision checks of the shipped machines, on the thorax-sized body of the collision tests.
#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>

#include "base/philox.h"
#include "machine/collision_world.h"

namespace xingu {
namespace {

const TreatmentMachine& machine() {
  static const TreatmentMachine shipped =
      load_treatment_machine(XINGU_SOURCE_DIR "/machines/ring-arm-4pi/machine.toml");
  return shipped;
}

/// An elliptic trunk of 340 x 220 mm, 300 mm of it seen, as 20 000 triangles.
const CollisionWorld& world() {
  static const CollisionWorld scene = [] {
    Grid grid;
    grid.size = {200, 140, 120};
    grid.spacing = Vec3(2, 2, 2.5);
    grid.origin = Vec3(-199, -139, -148.75);
    Volume<std::uint8_t> body(grid);
    for (int z = 0; z < grid.nz(); ++z) {
      for (int y = 0; y < grid.ny(); ++y) {
        for (int x = 0; x < grid.nx(); ++x) {
          const Vec3 p = grid.centre(x, y, z);
          body.at(x, y, z) = std::pow(p.x() / 170.0, 2) + std::pow(p.y() / 110.0, 2) <= 1.0 ? 1 : 0;
        }
      }
    }
    const auto skin = std::make_shared<const PatientSkin>(body, PatientSkin::Config{});
    const PatientOnTable patient{skin, patient_on_table(*skin, PatientPosition::hfs, Vec3::Zero())};
    return CollisionWorld(machine(), &patient);
  }();
  return scene;
}

std::vector<LinkPoses> random_poses() {
  const Mechanism& mechanism = machine().mechanism;
  std::vector<LinkPoses> result(4096);
  for (std::size_t draw = 0; draw < result.size(); ++draw) {
    std::vector<double> values;
    for (std::size_t i = 0; i < mechanism.num_axes(); ++i) {
      const AxisLimits& limits = mechanism.axes()[i].limits;
      values.push_back(limits.lower + (limits.upper - limits.lower) * Philox(1, i).uniform(draw));
    }
    forward_kinematics(mechanism, values, result[draw]);
  }
  return result;
}

void BM_forward(benchmark::State& state) {
  LinkPoses poses;
  std::vector<double> values = machine().home();
  for (auto _ : state) {
    values[0] += 1e-6;
    forward_kinematics(machine().mechanism, values, poses);
    benchmark::DoNotOptimize(poses.X_F.data());
  }
}
BENCHMARK(BM_forward);

void BM_inverse_all_branches(benchmark::State& state) {
  const SphericalWristArm& arm = *machine().table_arm;
  std::array<double, 6> q{0.2, -1.2, 1.9, 0.5, 0.8, -0.4};
  Eigen::Isometry3d X = arm.forward(q);
  for (auto _ : state) {
    X.translation().x() += 1e-6;
    ArmBranches branches = arm.inverse(X);
    benchmark::DoNotOptimize(branches);
  }
}
BENCHMARK(BM_inverse_all_branches);

void BM_jacobian(benchmark::State& state) {
  LinkPoses poses;
  forward_kinematics(machine().mechanism, machine().home(), poses);
  for (auto _ : state) {
    auto J = jacobian(machine().mechanism, poses, machine().table_link, Vec3::Zero());
    benchmark::DoNotOptimize(J);
  }
}
BENCHMARK(BM_jacobian);

enum class Layer { conservative, safe, exact };

void check_poses(benchmark::State& state, Layer layer) {
  const std::vector<LinkPoses> poses = random_poses();
  const CollisionWorld& scene = world();
  std::size_t i = 0;
  std::size_t num_safe = 0;
  for (auto _ : state) {
    const LinkPoses& at = poses[i++ % poses.size()];
    bool is_safe = false;
    switch (layer) {
      case Layer::conservative:
        is_safe = scene.is_certified(at);
        break;
      case Layer::safe:
        is_safe = scene.is_safe(at);
        break;
      case Layer::exact:
        is_safe = scene.clearance(at).is_safe();
        break;
    }
    num_safe += is_safe ? 1 : 0;
  }
  state.counters["poses_per_s"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["safe"] = static_cast<double>(num_safe) / static_cast<double>(state.iterations());
}
BENCHMARK_CAPTURE(check_poses, conservative, Layer::conservative);
BENCHMARK_CAPTURE(check_poses, conservative_then_exact, Layer::safe);
BENCHMARK_CAPTURE(check_poses, exact_clearance_and_where, Layer::exact);

}  // namespace
}  // namespace xingu
