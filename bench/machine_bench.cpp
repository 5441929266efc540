// SPDX-License-Identifier: Apache-2.0
// Kinematics, collision checks, timing of moves and paths of the shipped machines, on the thorax-sized body of the
// collision tests.
#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>

#include "base/philox.h"
#include "machine/beam_path.h"

namespace xingu {
namespace {

TreatmentMachine shipped_machine(const std::string& name) {
  return load_treatment_machine(XINGU_SOURCE_DIR "/machines/" + name + "/machine.toml");
}

const TreatmentMachine& machine() {
  static const TreatmentMachine shipped = shipped_machine("ring-arm-4pi");
  return shipped;
}

/// An elliptic trunk of 340 x 220 mm, 300 mm of it seen, as 20 000 triangles.
const PatientOnTable& patient() {
  static const PatientOnTable trunk = [] {
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
    return PatientOnTable{skin, patient_on_table(*skin, PatientPosition::hfs, Vec3::Zero())};
  }();
  return trunk;
}

const CollisionWorld& world() {
  static const CollisionWorld scene(machine(), &patient());
  return scene;
}

std::vector<double> random_values(const Mechanism& mechanism, std::size_t draw) {
  std::vector<double> values;
  for (std::size_t i = 0; i < mechanism.num_axes(); ++i) {
    const AxisLimits& limits = mechanism.axes()[i].limits;
    values.push_back(limits.lower + (limits.upper - limits.lower) * Philox(1, i).uniform(draw));
  }
  return values;
}

std::vector<LinkPoses> random_poses() {
  const Mechanism& mechanism = machine().mechanism;
  std::vector<LinkPoses> result(4096);
  for (std::size_t draw = 0; draw < result.size(); ++draw) {
    forward_kinematics(mechanism, random_values(mechanism, draw), result[draw]);
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

/// The jerk-limited timing of a move of all axes.
void BM_time_a_move(benchmark::State& state) {
  const Mechanism& mechanism = machine().mechanism;
  std::vector<std::vector<double>> stops;
  for (std::size_t draw = 0; draw < 1024; ++draw) {
    stops.push_back(random_values(mechanism, draw));
  }
  std::size_t i = 0;
  for (auto _ : state) {
    const AxisMove move(mechanism.axes(), stops[i % 1024], stops[(i + 1) % 1024]);
    benchmark::DoNotOptimize(move.duration_s());
    ++i;
  }
}
BENCHMARK(BM_time_a_move);

/// Order of the beams and certified moves through them, from placements that are known.
void find_path(benchmark::State& state, const char* name) {
  const auto num_beams = static_cast<std::size_t>(state.range(0));
  const ReachSolver solver(shipped_machine(name), patient(), PatientPosition::hfs, Vec3::Zero());
  std::vector<BeamStop> stops;
  constexpr double golden_angle = 2.399963229728653;
  for (std::size_t wanted = num_beams; stops.size() < num_beams; wanted += num_beams) {
    stops.clear();
    for (std::size_t k = 0; k < wanted && stops.size() < num_beams; ++k) {
      const double z = 1.0 - (2.0 * static_cast<double>(k) + 1.0) / static_cast<double>(wanted);
      const double angle = golden_angle * static_cast<double>(k);
      const double r = std::sqrt(1.0 - z * z);
      BeamStop stop{fmt::format("B{}", k), solver.alternatives(Vec3(r * std::cos(angle), r * std::sin(angle), z), 3)};
      if (!stop.placements.empty()) {
        stops.push_back(std::move(stop));
      }
    }
  }
  double motion_s = 0.0;
  for (auto _ : state) {
    motion_s = plan_path(solver, stops).motion_s();
  }
  state.counters["motion_s"] = motion_s;
}

void measure_once(benchmark::internal::Benchmark* path) {
  path->Arg(20)->Arg(110)->Iterations(1)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kSecond);
}
BENCHMARK_CAPTURE(find_path, ring_arm_4pi, "ring-arm-4pi")->Apply(measure_once);
BENCHMARK_CAPTURE(find_path, radiosurgery_arm, "radiosurgery-arm")->Apply(measure_once);

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
