// SPDX-License-Identifier: Apache-2.0
#include "plan/planner_ranks.h"

#include <cmath>
#include <utility>

#include "base/error.h"
#include "patient/density_curve.h"
#include "patient/patient_density.h"

namespace xingu {
namespace {

constexpr double draft_threshold = 1e-2;  // of the candidates' matrix: they are compared, not delivered
constexpr double final_threshold = 2e-3;
constexpr double draft_radius_mm = 50.0;
constexpr double final_radius_mm = 100.0;
constexpr double draft_slab_mm = 5.0;
constexpr double final_slab_mm = 3.0;
constexpr double matrix_share_of_memory = 0.5;  // the rest is for dose volumes, beam grids and the optimisers

enum class Task : std::uint8_t { matrix, cones, calibration, monte_carlo };

void put(ByteWriter& to, const Vec3& v) { to.put(v.x()).put(v.y()).put(v.z()); }

Vec3 get_vector(ByteReader& from) {
  const auto x = from.get<double>();
  const auto y = from.get<double>();
  const auto z = from.get<double>();
  return {x, y, z};
}

void put(ByteWriter& to, const BeamGeometry& geometry) {
  const Mat3 rotation = geometry.X_PB.rotation();
  for (Eigen::Index column = 0; column < 3; ++column) {
    put(to, rotation.col(column));
  }
  put(to, geometry.X_PB.translation());
  to.put(geometry.sad_mm);
}

BeamGeometry get_geometry(ByteReader& from) {
  Mat3 rotation;
  for (Eigen::Index column = 0; column < 3; ++column) {
    rotation.col(column) = get_vector(from);
  }
  const Vec3 translation = get_vector(from);
  return {Pose<frame::P, frame::B>(rotation, translation), from.get<double>()};
}

void put(ByteWriter& to, const PlannedBeam& beam) {
  to.put(beam.number).put_text(beam.name).put(beam.angles);
  put(to, beam.isocentre_P);
  to.put(beam.sad_mm).put_all(beam.leaf_boundaries_mm).put(beam.jaws.value_or(JawOpening{})).put(beam.jaws.has_value());
  to.put<std::uint64_t>(beam.segments.size());
  for (const Segment& segment : beam.segments) {
    to.put_all(segment.left_mm).put_all(segment.right_mm).put(segment.mu);
  }
}

PlannedBeam get_beam(ByteReader& from) {
  PlannedBeam beam;
  beam.number = from.get<int>();
  beam.name = from.get_text();
  beam.angles = from.get<RoomAngles>();
  beam.isocentre_P = get_vector(from);
  beam.sad_mm = from.get<double>();
  beam.leaf_boundaries_mm = from.get_all<double>();
  const auto jaws = from.get<JawOpening>();
  if (from.get<bool>()) {
    beam.jaws = jaws;
  }
  beam.segments.resize(static_cast<std::size_t>(from.get<std::uint64_t>()));
  for (Segment& segment : beam.segments) {
    segment.left_mm = from.get_all<double>();
    segment.right_mm = from.get_all<double>();
    segment.mu = from.get<double>();
  }
  return beam;
}

/// Of a plan what its dose depends on.
void put(ByteWriter& to, const TreatmentPlan& plan) {
  to.put(plan.position).put(plan.num_fractions).put<std::uint64_t>(plan.beams.size());
  for (const PlannedBeam& beam : plan.beams) {
    put(to, beam);
  }
}

TreatmentPlan get_plan(ByteReader& from) {
  TreatmentPlan plan;
  plan.position = from.get<PatientPosition>();
  plan.num_fractions = from.get<int>();
  const auto num_beams = from.get<std::uint64_t>();
  for (std::uint64_t b = 0; b < num_beams; ++b) {
    plan.beams.push_back(get_beam(from));
  }
  return plan;
}

/// A rank that computes what the root announces.
class Helper {
 public:
  Helper(const Patient& patient, const MachineDescription& machine, const PlannerOptions& options)
      : options_(options),
        machine_(commission(machine.beam)),
        density_(model_density(patient, density_curve_of(options), options.density_overrides)),
        grid_(grid_over_body(density_.body, options.grid_mm)) {}

  void compute(const Bytes& announced) {
    ByteReader reader(announced);
    switch (reader.get<Task>()) {
      case Task::matrix:
        return compute_matrix(reader);
      case Task::cones:
        static_cast<void>(compute_plan_dose(get_plan(reader), machine_, density_.image, grid_,
                                            full_dose_config(machine_, options_), *options_.ranks));
        return;
      case Task::calibration:
        static_cast<void>(mc::calibrate(machine_, options_.seed, *options_.ranks));
        return;
      case Task::monte_carlo: {
        const auto calibration = reader.get<mc::Calibration>();
        mc::MonteCarloOptions run;
        run.seed = reader.get<std::uint64_t>();
        run.ranks = options_.ranks;
        static_cast<void>(mc::compute_plan_dose(get_plan(reader), machine_, calibration, density_.image, grid_, run,
                                                {options_.uncertainty, 0, 0.0}));
        return;
      }
    }
    throw BrokenPromise("ranks do not agree on what they compute together");
  }

 private:
  void compute_matrix(ByteReader& reader) {
    const auto quality = reader.get<MatrixQuality>();
    const auto coordinates = reader.get_all<float>();
    SamplePoints samples;
    samples.volume_mm3 = reader.get_all<float>();
    for (std::size_t i = 0; i + 2 < coordinates.size(); i += 3) {
      samples.position_mm.emplace_back(coordinates[i], coordinates[i + 1], coordinates[i + 2]);
    }
    std::vector<InfluenceBeam> beams(static_cast<std::size_t>(reader.get<std::uint64_t>()));
    for (InfluenceBeam& beam : beams) {
      beam.geometry = get_geometry(reader);
      beam.beamlets = reader.get_all<Beamlet>();
    }
    InfluenceCalculator calculator(machine_.photons, density_.image, samples,
                                   matrix_config(machine_, quality, options_));
    static_cast<void>(calculator.compute(beams));
  }

  const PlannerOptions& options_;
  MachinePhysics machine_;
  PatientDensity density_;
  Grid grid_;
};

}  // namespace

InfluenceCalculator::Config matrix_config(const MachinePhysics& machine, MatrixQuality quality,
                                          const PlannerOptions& options) {
  InfluenceCalculator::Config config;
  config.beamlet.beamlet_mm = options.beamlet_mm;
  config.beamlet.blur = machine.blur;
  const bool is_draft = quality == MatrixQuality::draft;
  config.beamlet.quality = is_draft ? ConeQuality::draft : options.quality;
  config.beamlet.slab_mm = is_draft ? draft_slab_mm : final_slab_mm;
  config.beamlet.radius_mm = is_draft ? draft_radius_mm : final_radius_mm;
  config.beamlet.sparse_beyond_mm = is_draft ? 8.0 : 15.0;
  config.beamlet.sparse_one_in = 8;
  config.threshold = is_draft ? draft_threshold : final_threshold;
  config.seed = options.seed;
  config.fluence_per_mu = machine.fluence_per_mu;
  config.profile = [&machine](double x, double y, double sad_mm) {
    return machine.open_fluence(std::hypot(x, y), sad_mm);
  };
  config.memory_limit_bytes = matrix_share_of_memory * options.memory_gib * 1073741824.0;
  config.store = options.work_folder;
  config.ranks = options.ranks;
  return config;
}

CccEngine::Config full_dose_config(const MachinePhysics& machine, const PlannerOptions& options) {
  CccEngine::Config config;
  config.quality = options.quality;
  config.spacing_mm = options.grid_mm;
  config.refinement = lateral_refinement(options.grid_mm);
  config.margin_mm = final_radius_mm;
  config.blur = machine.blur;
  return config;
}

void announce_matrix(Ranks& ranks, MatrixQuality quality, const SamplePoints& samples,
                     const std::vector<InfluenceBeam>& beams) {
  if (ranks.count() == 1) {
    return;
  }
  std::vector<float> coordinates;
  for (const Eigen::Vector3f& point : samples.position_mm) {
    coordinates.insert(coordinates.end(), {point.x(), point.y(), point.z()});
  }
  ByteWriter writer;
  writer.put(Task::matrix).put(quality).put_all(coordinates).put_all(samples.volume_mm3);
  writer.put<std::uint64_t>(beams.size());
  for (const InfluenceBeam& beam : beams) {
    put(writer, beam.geometry);
    writer.put_all(beam.beamlets);
  }
  broadcast(ranks, writer.take());
}

void announce_cones(Ranks& ranks, const TreatmentPlan& plan) {
  ByteWriter writer;
  writer.put(Task::cones);
  put(writer, plan);
  broadcast(ranks, writer.take());
}

void announce_calibration(Ranks& ranks) { broadcast(ranks, ByteWriter().put(Task::calibration).take()); }

void announce_monte_carlo(Ranks& ranks, const TreatmentPlan& plan, const mc::Calibration& calibration,
                          std::uint64_t seed) {
  ByteWriter writer;
  writer.put(Task::monte_carlo).put(calibration).put(seed);
  put(writer, plan);
  broadcast(ranks, writer.take());
}

void help_to_plan(const Patient& patient, const MachineDescription& machine, const PlannerOptions& options) {
  Helper helper(patient, machine, options);
  while (true) {
    helper.compute(options.ranks->receive(0));
  }
}

}  // namespace xingu
