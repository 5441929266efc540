// SPDX-License-Identifier: Apache-2.0
#include "plan/planner.h"
#include "plan/aperture_refinement.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "dose/beamlet_layout.h"
#include "dose/mc/plan_dose.h"
#include "patient/density_curve.h"
#include "plan/judged_dose.h"
#include "plan/leaf_sequencing.h"
#include "plan/optimisation_progress.h"
#include "plan/planner_ranks.h"
#include "plan/segment_columns.h"
#include "plan/structure_occupancy.h"

namespace xingu {
namespace {

class Stopwatch {
 public:
  explicit Stopwatch(PlanOutcome& outcome, const PlannerOptions& options) : outcome_(outcome), options_(options) {}

  template <class Work>
  auto operator()(const std::string& step, Work&& work) {
    throw_if_cancelled();
    if (options_.on_step) {
      options_.on_step(step);
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto record = [&] {
      outcome_.timings.push_back(
          {step, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()});
    };
    if constexpr (std::is_void_v<decltype(work())>) {
      work();
      record();
    } else {
      auto result = work();
      record();
      return result;
    }
  }

 private:
  PlanOutcome& outcome_;
  const PlannerOptions& options_;
};

Vec3 centre_of_targets(const PlanProblem& problem) {
  Vec3 sum = Vec3::Zero();
  double volume = 0.0;
  for (std::size_t i = 0; i < problem.points.size(); ++i) {
    if (problem.target_distance_mm[i] <= 0) {
      const double v = static_cast<double>(problem.points.volume_mm3[i]);
      sum += v * problem.points.position_mm[i].cast<double>();
      volume += v;
    }
  }
  XINGU_ENSURE(volume > 0);
  // Whole tenths of a millimetre: a position that a person can read, type and set.
  const Vec3 centre = sum / volume;
  return {std::round(centre.x() * 10) / 10, std::round(centre.y() * 10) / 10, std::round(centre.z() * 10) / 10};
}

std::vector<Eigen::Vector3f> target_points(const PlanProblem& problem) {
  std::vector<Eigen::Vector3f> points;
  for (std::size_t i = 0; i < problem.points.size(); ++i) {
    if (problem.target_distance_mm[i] <= 0) {
      points.push_back(problem.points.position_mm[i]);
    }
  }
  return points;
}

/// The target's extreme points along 26 directions: rays to them bound every field.
std::vector<Vec3> extreme_points(const std::vector<Eigen::Vector3f>& points) {
  std::vector<Vec3> result;
  for (int k = 0; k < 27; ++k) {
    const Eigen::Vector3f direction(static_cast<float>(k % 3 - 1), static_cast<float>(k / 3 % 3 - 1),
                                    static_cast<float>(k / 9 - 1));
    if (direction.squaredNorm() > 0) {
      const auto farthest =
          std::ranges::max_element(points, {}, [&](const Eigen::Vector3f& p) { return p.dot(direction); });
      result.push_back(farthest->cast<double>());
    }
  }
  return result;
}

std::vector<InfluenceBeam> lay_beams(const std::vector<CandidateBeam>& candidates, std::span<const std::size_t> which,
                                     const std::vector<Eigen::Vector3f>& targets, double beamlet_mm, double margin_mm,
                                     const BeamModel& model, std::size_t* num_beyond_leaves = nullptr) {
  std::vector<InfluenceBeam> beams(which.size());
  std::vector<std::size_t> dropped(which.size());
  parallel_for(which.size(), [&](std::size_t i) {
    const BeamGeometry& geometry = candidates[which[i]].geometry;
    beams[i] = {geometry, lay_beamlets(targets, geometry, beamlet_mm, margin_mm)};
    dropped[i] = drop_beyond_leaves(beams[i].beamlets, beamlet_mm, model.at_distance(geometry.sad_mm).mlc);
  });
  if (num_beyond_leaves != nullptr) {
    *num_beyond_leaves = std::accumulate(dropped.begin(), dropped.end(), std::size_t{0});
  }
  return beams;
}

struct ComputedMatrix {
  InfluenceMatrix matrix;
  InfluenceFacts facts;
};

ComputedMatrix compute_matrix(const MachinePhysics& machine, const DensityImage& image, const SamplePoints& samples,
                              const std::vector<InfluenceBeam>& beams, MatrixQuality quality,
                              const PlannerOptions& options, std::vector<std::string>& notes) {
  InfluenceCalculator calculator(machine.photons, image, samples, matrix_config(machine, quality, options));
  InfluenceFacts facts;
  facts.predicted = calculator.predict(beams);
  if (!facts.predicted.note.empty()) {
    notes.push_back(facts.predicted.note);
  }
  if (options.on_step) {
    options.on_step(fmt::format("  predicted: {} beamlets of {} beams, {:.1f} million non-zeros, {:.2f} GiB, {:.0f} s",
                                facts.predicted.num_beamlets, beams.size(), facts.predicted.num_nonzeros * 1e-6,
                                facts.predicted.bytes / 1073741824.0, facts.predicted.seconds));
  }
  const auto begin = std::chrono::steady_clock::now();
  announce_matrix(*options.ranks, quality, samples, beams);
  InfluenceMatrix matrix = calculator.compute(beams);
  facts.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  facts.num_beams = matrix.num_beams();
  facts.num_beamlets = matrix.num_columns();
  facts.num_nonzeros = matrix.num_nonzeros();
  facts.num_bytes = matrix.num_bytes();
  facts.num_resumed = calculator.num_resumed();
  if (facts.num_resumed > 0 && options.on_step) {
    options.on_step(fmt::format("  {} of {} beams taken from {}", facts.num_resumed, facts.num_beams,
                                options.work_folder.string()));
  } else if (options.expects_finished_beams) {
    log_warning(
        "{}: none of the finished beams there is of this plan (patient, protocol, machine or options differ); all "
        "{} are computed anew",
        options.work_folder.string(), facts.num_beams);
  }
  return {std::move(matrix), facts};
}

std::string method_name(OrientationMethod method) {
  return method == OrientationMethod::group_sparsity ? "group sparsity (accelerated proximal gradient with pruning)"
                                                     : "greedy pricing with swaps";
}

/// Chooses the beams from all candidates on the coarse matrix.
void choose_beams(PlanOutcome& outcome, const MachinePhysics& machine, const Protocol& protocol,
                  const PlanProblem& problem, const std::vector<Eigen::Vector3f>& targets,
                  const PlannerOptions& options, Stopwatch& timed) {
  XINGU_REQUIRE(options.num_beams <= static_cast<int>(outcome.candidates.beams.size()),
                "--beams {}: there are {} candidates; give between 1 and that many", options.num_beams,
                outcome.candidates.beams.size());
  std::vector<std::size_t> all(outcome.candidates.beams.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = i;
  }
  const auto beams =
      lay_beams(outcome.candidates.beams, all, targets, options.beamlet_mm, 0.5 * options.margin_mm, machine.beam);
  const ComputedMatrix coarse = timed("influence matrix of all candidates", [&] {
    return compute_matrix(machine, outcome.density.image, problem.points, beams, MatrixQuality::draft, options,
                          outcome.notes);
  });
  outcome.candidate_influence = coarse.facts;
  std::vector<Vec3> directions;
  for (const CandidateBeam& candidate : outcome.candidates.beams) {
    directions.push_back(candidate.geometry.direction_P());
  }
  Objective objective(protocol.objectives, problem);
  OrientationOptions orientation;
  orientation.num_beams = options.num_beams;
  orientation.fluence.smoothing = protocol.smoothing;
  const FluenceResult all_beams = timed("fluence with every candidate (bound)", [&] {
    return all_beams_plan_shown(coarse.matrix, objective, orientation.fluence);
  });
  outcome.orientation = timed("beam orientation", [&] {
    return select_beams_shown(coarse.matrix, objective, directions, options.method, all_beams, orientation);
  });
  if (options.compares_methods) {
    const OrientationMethod other = options.method == OrientationMethod::group_sparsity
                                        ? OrientationMethod::pricing
                                        : OrientationMethod::group_sparsity;
    OrientationResult second = timed("beam orientation, second method", [&] {
      return select_beams_shown(coarse.matrix, objective, directions, other, all_beams, orientation);
    });
    const auto entry = [](OrientationMethod method, const OrientationResult& result) {
      return PlanOutcome::Alternative{method_name(method), static_cast<int>(result.beams.size()),
                                      result.fluence.objective};
    };
    outcome.alternatives = {entry(options.method, *outcome.orientation), entry(other, second)};
    if (second.fluence.objective < outcome.orientation->fluence.objective) {
      outcome.notes.push_back(fmt::format("the beams come from {}, whose objective is lower ({:.4g} against {:.4g})",
                                          method_name(other), second.fluence.objective,
                                          outcome.orientation->fluence.objective));
      outcome.orientation = std::move(second);
    }
  }
  outcome.chosen = outcome.orientation->beams;
}

/// Chooses as many beams once more, from what the sphere would offer without the machine.
ReachLoss measure_reach_loss(const PlanOutcome& outcome, const MachinePhysics& machine, const Protocol& protocol,
                             const PlanProblem& problem, const std::vector<Eigen::Vector3f>& targets,
                             const CandidateOptions& candidate_options, const PlannerOptions& options) {
  PlanOutcome sphere;
  sphere.density = outcome.density;
  sphere.candidates =
      unlimited_candidates(outcome.candidates.num_directions, candidate_options, outcome.density.body.mask);
  PlannerOptions quiet = options;
  quiet.compares_methods = false;
  quiet.on_step = {};
  Stopwatch untimed(sphere, quiet);
  choose_beams(sphere, machine, protocol, problem, targets, quiet, untimed);
  return {outcome.candidates.beams.size(),          sphere.candidates.beams.size(),
          outcome.orientation->all_beams_objective, sphere.orientation->all_beams_objective,
          outcome.orientation->fluence.objective,   sphere.orientation->fluence.objective};
}

/// "B07 G147 P-28 C15": what a person at the machine looks for, in whole degrees; pitch only where there is any.
std::string beam_name(int number, const RoomAngles& angles) {
  const auto full_circle = [](double angle_deg) { return (std::lround(angle_deg) % 360 + 360) % 360; };
  const long pitch = std::lround(angles.gantry_pitch_deg);
  return fmt::format("B{:02} G{}{} C{}", number, full_circle(angles.gantry_deg),
                     pitch != 0 ? fmt::format(" P{}", pitch) : "", full_circle(angles.couch_deg));
}

PlannedBeam empty_beam(const CandidateBeam& candidate, int number, const MachineDescription& machine,
                       const Vec3& isocentre) {
  PlannedBeam beam;
  beam.number = number;
  beam.name = beam_name(number, candidate.angles);
  beam.angles = candidate.angles;
  beam.table_position_mm = candidate.table_position_mm;
  beam.isocentre_P = isocentre;
  beam.sad_mm = candidate.geometry.sad_mm;
  beam.leaf_boundaries_mm = machine.beam.at_distance(beam.sad_mm).mlc.boundaries_mm;
  beam.energy_MV = machine.beam.nominal_energy_MV;
  beam.is_filter_free = !machine.beam.has_flattening_filter;
  return beam;
}

/// Puts the chosen beams into the order in which the machine gives them; numbers, names and everything that follows go
/// by it.
void put_in_order(PlanOutcome& outcome, const MachineDescription& machine, PatientPosition position,
                  const PlannerOptions& options) {
  TreatmentPlan plan;
  plan.position = position;
  for (const std::size_t chosen : outcome.chosen) {
    plan.beams.push_back(empty_beam(outcome.candidates.beams[chosen], static_cast<int>(plan.beams.size()) + 1, machine,
                                    outcome.isocentre_P));
  }
  try {
    const std::vector<std::size_t> order = options.order_of(plan);
    XINGU_EXPECT(order.size() == outcome.chosen.size());
    std::vector<std::size_t> ordered;
    for (const std::size_t k : order) {
      ordered.push_back(outcome.chosen[k]);
    }
    outcome.chosen = std::move(ordered);
  } catch (const InputError& barred) {
    outcome.is_deliverable = false;
    outcome.notes.push_back(fmt::format("{}: a plan for comparison only, not one to be delivered", barred.what()));
  }
}

/// The plan's targets under the patient's own names; a level made of several structures has each of them.
void name_targets(TreatmentPlan& plan, const Protocol& protocol, const StructureSet& set) {
  plan.prescription_Gy = protocol.prescription.dose_Gy;
  plan.target_name = protocol.prescription.target;
  const auto matches = match_structures(protocol, set);
  bool is_named = false;
  for (std::size_t r = 0; r < protocol.structures.size(); ++r) {
    const std::string& id = protocol.structures[r].id;
    if (!protocol.is_target(id)) {
      continue;
    }
    for (const std::size_t i : matches[r]) {
      if (id == protocol.prescription.target && !is_named) {
        plan.target_name = label_of(set, set.structures[i]);
        is_named = true;
      } else {
        plan.further_targets.push_back({label_of(set, set.structures[i]), protocol.reference_Gy(id)});
      }
    }
  }
}

/// Removes segments below the machine's least MU; x holds one value per remaining segment, in plan order.
void drop_weak_segments(std::vector<PlannedBeam>& beams, std::vector<float>& x, double least) {
  std::vector<float> kept;
  std::size_t k = 0;
  for (PlannedBeam& beam : beams) {
    std::vector<Segment> strong;
    for (Segment& segment : beam.segments) {
      if (static_cast<double>(x[k]) >= least) {
        strong.push_back(std::move(segment));
        kept.push_back(x[k]);
      }
      ++k;
    }
    beam.segments = std::move(strong);
  }
  x = std::move(kept);
}

/// MU of all segments optimised as a whole, from those they have; segments below the machine's least MU are dropped.
/// @param price  of one MU, Gy²
/// @return the dose of the segments at the samples as the matrix has it, Gy
std::vector<float> optimise_segment_mu(PlanOutcome& outcome, const MultileafCollimator& mlc,
                                       const InfluenceMatrix& matrix, Objective& objective, double price) {
  const double fractions = outcome.plan.num_fractions;
  std::vector<PlannedBeam>& beams = outcome.plan.beams;
  std::vector<float> x;
  for (const PlannedBeam& beam : beams) {
    for (const Segment& segment : beam.segments) {
      x.push_back(static_cast<float>(segment.mu * fractions));
    }
  }
  FluenceOptions options;
  options.price = price;
  // Twice: what falls below the least MU is dropped and the rest takes over its part.
  for (int round = 0; round < 2; ++round) {
    const InfluenceMatrix segments = segment_matrix(matrix, beams, mlc.transmission);
    FluenceResult result = optimise_fluence_shown("segment MU", segments, objective, options, x);
    x = std::move(result.x);
    drop_weak_segments(beams, x, mlc.min_segment_mu * fractions);
  }
  XINGU_REQUIRE(!x.empty(), "no segment reaches the machine's least MU ({} MU); give fewer beams or a larger dose",
                mlc.min_segment_mu);
  std::vector<float> dose(matrix.num_rows(), 0.0F);
  segment_matrix(matrix, beams, mlc.transmission).multiply(x, dose);
  outcome.sequenced_objective = objective.value(dose);
  std::size_t k = 0;
  for (PlannedBeam& beam : beams) {
    for (Segment& segment : beam.segments) {
      segment.mu = static_cast<double>(x[k++]) / fractions;
    }
  }
  return dose;
}

/// MU and leaf positions of all segments optimised in turn. @return as optimise_segment_mu
std::vector<float> optimise_segments(PlanOutcome& outcome, const BeamModel& head, const InfluenceMatrix& matrix,
                                     Objective& objective, double price) {
  constexpr int rounds = 2;  // a third gains less than 0.1 %
  std::vector<float> dose = optimise_segment_mu(outcome, head.mlc, matrix, objective, price);
  for (int round = 0; round < rounds; ++round) {
    refine_apertures(matrix, objective, head, outcome.plan.num_fractions, outcome.plan.beams);
    dose = optimise_segment_mu(outcome, head.mlc, matrix, objective, price);
  }
  return dose;
}

/// Segments of all chosen beams from the ideal fluence.
void sequence_plan(PlanOutcome& outcome, const MachineDescription& machine, const InfluenceMatrix& matrix,
                   const PlannerOptions& options) {
  const double fractions = outcome.plan.num_fractions;
  std::vector<PlannedBeam>& beams = outcome.plan.beams;
  for (std::size_t b = 0; b < matrix.num_beams(); ++b) {
    beams.push_back(
        empty_beam(outcome.candidates.beams[outcome.chosen[b]], static_cast<int>(b) + 1, machine, outcome.isocentre_P));
  }
  SequencingOptions sequencing;
  sequencing.max_segments = options.max_segments_per_beam;
  parallel_for(matrix.num_beams(), [&](std::size_t b) {
    const auto x = std::span<const float>(outcome.fluence.x)
                       .subspan(matrix.first_column(b), matrix.first_column(b + 1) - matrix.first_column(b));
    if (std::ranges::any_of(x, [](float v) { return v > 0; })) {
      const BeamModel head = machine.beam.at_distance(beams[b].sad_mm);
      beams[b].segments =
          sequence_fluence(fluence_map(matrix.beam(b), x, 1.0 / fractions), head.mlc, sequencing).segments;
    }
  });
}

void drop_empty_beams(PlanOutcome& outcome) {
  std::vector<PlannedBeam>& beams = outcome.plan.beams;
  const auto num_before = beams.size();
  std::erase_if(beams, [](const PlannedBeam& beam) { return beam.segments.empty(); });
  if (beams.size() < num_before) {
    outcome.notes.push_back(fmt::format("{} of {} beams carry less than the machine's least MU and are left out",
                                        num_before - beams.size(), num_before));
    for (std::size_t b = 0; b < beams.size(); ++b) {
      beams[b].number = static_cast<int>(b) + 1;
    }
  }
}

/// What the full engine finds at the samples beyond the optimiser's dose, Gy; 0 where its grid has no voxel.
std::vector<float> beyond_optimiser(const PlanProblem& problem, std::span<const float> optimiser,
                                    const Volume<float>& dose) {
  std::vector<float> result(optimiser.size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    const Vec3 point = problem.points.position_mm[i].cast<double>();
    if (has_voxel_at(dose.grid(), point)) {
      result[i] = static_cast<float>(interpolate(dose, point)) - optimiser[i];
    }
  }
  return result;
}

/// Gaps between the optimiser's dose and the recomputed one, structure by structure, where both are known.
std::vector<DoseGapFact> dose_gaps(const PlanProblem& problem, std::span<const float> optimiser,
                                   const Volume<float>& dose) {
  std::vector<DoseGapFact> gaps;
  for (const SampleGroup& group : problem.groups) {
    std::vector<std::pair<double, double>> differences;  // magnitude, signed
    double mean = 0.0;
    double volume = 0.0;
    for (std::size_t k = 0; k < group.sample.size(); ++k) {
      const std::uint32_t i = group.sample[k];
      const Vec3 point = problem.points.position_mm[i].cast<double>();
      if (!has_voxel_at(dose.grid(), point)) {
        continue;
      }
      const double difference = static_cast<double>(optimiser[i]) - interpolate(dose, point);
      differences.emplace_back(std::abs(difference), difference);
      mean += difference * static_cast<double>(group.volume_mm3[k]);
      volume += static_cast<double>(group.volume_mm3[k]);
    }
    if (differences.empty()) {
      continue;
    }
    const auto nth = differences.begin() + static_cast<std::ptrdiff_t>(differences.size() * 99 / 100);
    std::ranges::nth_element(differences, nth);
    gaps.push_back({group.id, mean / volume, nth->second});
  }
  return gaps;
}

/// Makes a Monte Carlo dose the plan's own and keeps that of collapsed cones, at the same MU, beside it.
/// @param sigma  of `exact`, seen through the protocol, before normalisation
void take_monte_carlo(PlanOutcome& outcome, const Protocol& protocol, mc::MonteCarloDose exact,
                      const mc::Calibration& calibration, DoseUnderEvaluation sigma, JudgedDose cones,
                      const JudgedDose& judged) {
  MonteCarloFacts& facts = *outcome.monte_carlo;
  facts.histories = exact.histories;
  facts.batches = exact.batches;
  facts.uncertainty = exact.uncertainty;
  facts.target_uncertainty = exact.target_uncertainty;
  facts.mu_uncertainty = calibration.uncertainty;
  multiply(cones.samples, judged.scale / cones.scale);
  multiply(sigma, judged.scale);
  facts.cones_minus_monte_carlo = engine_gaps(cones.samples, judged.samples, sigma);
  outcome.sigma_samples = std::move(sigma);
  outcome.cones_goals = evaluate_goals(protocol, cones.samples);
  outcome.cones_samples = std::move(cones.samples);
  outcome.engine = fmt::format("Monte Carlo, {} histories, {} (1 sigma)", exact.histories, exact.uncertainty_words());
  outcome.dose_Gy = std::move(exact.dose_Gy);
  outcome.sigma_Gy = std::move(exact.sigma_Gy);
}

/// What the Monte Carlo's standard deviations leave open of the goals.
void tell_uncertainty(PlanOutcome& outcome, const Protocol& protocol) {
  if (outcome.monte_carlo) {
    add_uncertainty(outcome.goals, protocol, outcome.final_samples, outcome.sigma_samples);
  }
}

/// Brings MU and doses to the prescription and keeps the verdicts.
void apply_normalisation(PlanOutcome& outcome, JudgedDose judged) {
  outcome.mu_scale = judged.scale;
  const auto scale = static_cast<float>(judged.scale);
  for (float& d : outcome.dose_Gy.values()) {
    d *= scale;
  }
  if (outcome.sigma_Gy) {
    for (float& s : outcome.sigma_Gy->values()) {
      s *= scale;
    }
  }
  for (PlannedBeam& beam : outcome.plan.beams) {
    for (Segment& segment : beam.segments) {
      segment.mu *= judged.scale;
    }
  }
  outcome.final_samples = std::move(judged.samples);
  outcome.goals = std::move(judged.goals);
}

}  // namespace

DensityCurve density_curve_of(const PlannerOptions& options) {
  return options.density_curve ? *options.density_curve : DensityCurve::shipped();
}

void require_sensible(const PlannerOptions& options) {
  XINGU_REQUIRE(options.num_beams >= 1 && options.num_beams <= 500, "--beams {} is out of range; give 1 to 500",
                options.num_beams);
  XINGU_REQUIRE(options.num_candidates >= 1, "--candidates {} is no number of directions; give for example 600",
                options.num_candidates);
  XINGU_REQUIRE(options.grid_mm >= 0.5 && options.grid_mm <= 20.0,
                "--grid-mm {} is out of range (the dose would not fit into memory, or show nothing); give 0.5 to 20",
                options.grid_mm);
  XINGU_REQUIRE(options.beamlet_mm >= 1.0 && options.beamlet_mm <= 20.0,
                "--beamlet-mm {} is out of range; give 1 to 20", options.beamlet_mm);
  XINGU_REQUIRE(options.max_segments_per_beam >= 1 && options.max_segments_per_beam <= 1000,
                "--segments {} is out of range; give 1 to 1000", options.max_segments_per_beam);
  XINGU_REQUIRE(options.memory_gib > 0.0, "--memory-gib {} is no memory to plan in; give a positive number",
                options.memory_gib);
  XINGU_REQUIRE(
      options.arrangement != BeamArrangement::sphere || options.num_beams <= options.num_candidates,
      "--beams {} is more than --candidates {} (each beam is one of them); give fewer beams or more candidates",
      options.num_beams, options.num_candidates);
}

PlanOutcome plan_patient(const Patient& patient, const Protocol& protocol, const MachineDescription& machine_file,
                         const PlannerOptions& options) {
  require_sensible(options);
  PlanOutcome outcome;
  Stopwatch timed(outcome, options);
  const MachinePhysics machine = timed("machine", [&] { return commission(machine_file.beam); });
  outcome.density =
      timed("density", [&] { return model_density(patient, density_curve_of(options), options.density_overrides); });
  outcome.notes.insert(outcome.notes.end(), outcome.density.notes.begin(), outcome.density.notes.end());
  SamplingOptions sampling;
  sampling.seed = options.seed;
  const SampledPatient sampled =
      timed("sample points", [&] { return sample_patient(patient, protocol, outcome.density.body.mask, sampling); });
  outcome.notes.insert(outcome.notes.end(), sampled.notes.begin(), sampled.notes.end());
  const PlanProblem& problem = sampled.problem;
  const auto targets = target_points(problem);
  outcome.isocentre_P = centre_of_targets(problem);

  CandidateOptions candidate_options;
  candidate_options.count = options.num_candidates;
  candidate_options.isocentre_P = outcome.isocentre_P;
  candidate_options.position = patient.ct.position;
  candidate_options.sad_mm = machine_file.beam.sad_mm;
  candidate_options.aim_points_P = extreme_points(targets);
  if (options.reach_for) {
    candidate_options.reach = options.reach_for(outcome.density.body, patient.ct.position, outcome.isocentre_P);
  }
  if (options.arrangement == BeamArrangement::coplanar) {
    outcome.candidates.beams = coplanar_beams(options.num_beams, 0.0, candidate_options);
    const std::vector<std::string> refused = give_by_machine(outcome.candidates.beams, candidate_options);
    outcome.notes.insert(outcome.notes.end(), refused.begin(), refused.end());
    outcome.is_deliverable = refused.empty();
    for (std::size_t i = 0; i < outcome.candidates.beams.size(); ++i) {
      outcome.chosen.push_back(i);
    }
  } else {
    outcome.candidates = timed(
        "candidates", [&] { return candidate_beams(candidate_options, machine_file.room, outcome.density.body.mask); });
    if (options.on_step) {
      options.on_step(fmt::format("  {} candidates of {} directions over the sphere ({} or more were asked for)",
                                  outcome.candidates.beams.size(), outcome.candidates.num_directions,
                                  options.num_candidates));
    }
    // Beams are compared on fewer points than fluence is optimised on.
    const SampledPatient coarse =
        sample_patient(patient, protocol, outcome.density.body.mask, candidate_sampling(options.seed));
    choose_beams(outcome, machine, protocol, coarse.problem, targets, options, timed);
    if (options.compares_sphere) {
      outcome.reach_loss = timed("choice from the unlimited sphere", [&] {
        return measure_reach_loss(outcome, machine, protocol, coarse.problem, targets, candidate_options, options);
      });
    }
  }

  if (options.order_of && outcome.is_deliverable) {
    timed("order of the beams", [&] { put_in_order(outcome, machine_file, patient.ct.position, options); });
  }
  std::size_t num_beyond_leaves = 0;
  const auto beams = lay_beams(outcome.candidates.beams, outcome.chosen, targets, options.beamlet_mm, options.margin_mm,
                               machine.beam, &num_beyond_leaves);
  if (num_beyond_leaves > 0) {
    outcome.notes.push_back(
        fmt::format("the targets with their margin are larger than the leaves' field: {} beamlets beyond it stay shut",
                    num_beyond_leaves));
  }
  const ComputedMatrix full = timed("influence matrix of the chosen beams", [&] {
    return compute_matrix(machine, outcome.density.image, problem.points, beams, MatrixQuality::final, options,
                          outcome.notes);
  });
  outcome.influence = full.facts;
  Objective objective(protocol.objectives, problem);
  FluenceOptions fluence_options;
  fluence_options.smoothing = protocol.smoothing;
  outcome.fluence =
      timed("fluence", [&] { return optimise_fluence_shown("fluence", full.matrix, objective, fluence_options); });
  const Grid grid = grid_over_body(outcome.density.body, options.grid_mm);
  outcome.ideal_dose = doses_of_samples(problem, outcome.fluence.dose, grid);
  outcome.ideal_scale = coverage_scale(protocol, outcome.ideal_dose);
  if (outcome.ideal_scale) {
    multiply(outcome.ideal_dose, *outcome.ideal_scale);
  }
  outcome.ideal_goals = evaluate_goals(protocol, outcome.ideal_dose);

  TreatmentPlan& plan = outcome.plan;
  plan.label = protocol.name;
  plan.machine = machine_file.name;
  plan.position = patient.ct.position;
  plan.num_fractions = protocol.prescription.num_fractions;
  name_targets(plan, protocol, patient.structure_set);
  timed("segments", [&] { sequence_plan(outcome, machine_file, full.matrix, options); });
  const double price = protocol.mu_weight * machine_file.beam.reference.dose_Gy_per_mu / plan.prescription_Gy;
  const auto optimise_mu = [&] {
    return optimise_segment_mu(outcome, machine_file.beam.mlc, full.matrix, objective, price);
  };
  const auto optimise_leaves_and_mu = [&] {
    return optimise_segments(outcome, machine_file.beam, full.matrix, objective, price);
  };
  std::vector<float> matrix_dose = timed("leaf positions and MU", optimise_leaves_and_mu);

  const CccEngine::Config engine = full_dose_config(machine, options);
  outcome.engine = CccEngine(machine.photons, engine).description();
  const auto full_dose = [&] {
    announce_cones(*options.ranks, plan);
    return compute_plan_dose(plan, machine, outcome.density.image, grid, engine, *options.ranks);
  };
  // Scatter from the head and what the beamlets leave out is nearly the same after a small change of MU and leaves: it
  // is taken from a full computation and both are optimised once more on top of it.
  const Volume<float> first_dose = timed("full dose", full_dose);
  std::vector<float> beyond = beyond_optimiser(problem, matrix_dose, first_dose);
  objective.set_background(beyond);
  matrix_dose = timed("leaf positions and MU on the full dose", optimise_leaves_and_mu);
  drop_empty_beams(outcome);
  outcome.dose_Gy = timed("final dose by collapsed cones", full_dose);
  const auto judge = [&](const Volume<float>& dose) {
    return judge_dose(patient, protocol, outcome.density.body.mask, dose);
  };
  JudgedDose judged = timed("evaluation", [&] { return judge(outcome.dose_Gy); });
  if (options.final_engine == FinalEngine::monte_carlo) {
    const mc::Calibration calibration = timed("MU by Monte Carlo", [&] {
      announce_calibration(*options.ranks);
      return mc::calibrate(machine, options.seed, *options.ranks);
    });
    const std::vector<std::uint32_t> target_voxels =
        target_union(protocol, protocol_occupancies(protocol, patient.structure_set, grid, RuleSelection::targets_only))
            .inside();
    // A dose that MU were fitted to must not judge them: its noise is in them. So each run has histories of its own.
    const auto exact_dose = [&](std::uint64_t seed) {
      mc::MonteCarloOptions run;
      run.seed = seed;
      run.ranks = options.ranks;
      run.target_voxels = target_voxels;
      announce_monte_carlo(*options.ranks, plan, calibration, seed);
      return mc::compute_plan_dose(plan, machine, calibration, outcome.density.image, grid, run,
                                   {options.uncertainty, 0, 0.0});
    };
    mc::MonteCarloDose exact = timed("final dose by Monte Carlo", [&] { return exact_dose(options.seed); });
    JudgedDose exact_judged = timed("evaluation", [&] { return judge(exact.dose_Gy); });
    outcome.monte_carlo.emplace();
    if (const std::string lost = goals_lost(judged.goals, exact_judged.goals); !lost.empty()) {
      struct Attempt {
        TreatmentPlan plan;
        Volume<float> cones_Gy;
        std::vector<float> matrix_dose, beyond;
        mc::MonteCarloDose exact;
        JudgedDose judged, exact_judged;
      };
      Attempt first{plan, outcome.dose_Gy, matrix_dose, beyond, exact, std::move(judged), std::move(exact_judged)};
      const std::size_t num_notes = outcome.notes.size();
      beyond = beyond_optimiser(problem, matrix_dose, exact.dose_Gy);
      objective.set_background(beyond);
      matrix_dose = timed("segment MU on the Monte Carlo dose", optimise_mu);
      drop_empty_beams(outcome);
      outcome.dose_Gy = timed("final dose by collapsed cones", full_dose);
      exact = timed("final dose by Monte Carlo", [&] { return exact_dose(options.seed + 1); });
      judged = timed("evaluation", [&] { return judge(outcome.dose_Gy); });
      exact_judged = timed("evaluation", [&] { return judge(exact.dose_Gy); });
      const std::string what = fmt::format(
          "by Monte Carlo the plan missed what it met by collapsed cones ({}): MU were optimised once more with the "
          "difference of the two doses as a fixed part",
          lost);
      outcome.monte_carlo->is_reoptimised = is_as_good(exact_judged.goals, first.exact_judged.goals);
      if (outcome.monte_carlo->is_reoptimised) {
        outcome.notes.push_back(what);
      } else {
        outcome.notes.resize(num_notes);
        outcome.notes.push_back(what + ", which met fewer goals, so the plan before that stands");
        plan = std::move(first.plan);
        outcome.dose_Gy = std::move(first.cones_Gy);
        matrix_dose = std::move(first.matrix_dose);
        beyond = std::move(first.beyond);
        exact = std::move(first.exact);
        judged = std::move(first.judged);
        exact_judged = std::move(first.exact_judged);
      }
    }
    DoseUnderEvaluation sigma =
        dose_under_evaluation(patient, protocol, outcome.density.body.mask, exact.sigma_Gy, EvaluationDetail::samples);
    take_monte_carlo(outcome, protocol, std::move(exact), calibration, std::move(sigma), std::move(judged),
                     exact_judged);
    judged = std::move(exact_judged);
  }
  std::ranges::transform(matrix_dose, beyond, matrix_dose.begin(), std::plus<>());
  outcome.dose_gaps = dose_gaps(problem, matrix_dose, outcome.dose_Gy);
  const std::vector<std::string> unevaluated = unevaluated_parts(judged.samples);
  outcome.notes.insert(outcome.notes.end(), unevaluated.begin(), unevaluated.end());
  apply_normalisation(outcome, std::move(judged));
  if (options.as_stored) {
    // Whoever evaluates the file finds the report's figures, to the last digit.
    const Volume<float> stored = options.as_stored(outcome.dose_Gy);
    outcome.final_samples = timed("evaluation of the dose as stored", [&] {
      return dose_under_evaluation(patient, protocol, outcome.density.body.mask, stored);
    });
    outcome.goals = evaluate_goals(protocol, outcome.final_samples);
    tell_uncertainty(outcome, protocol);
    outcome.other_structures = timed("structures outside the protocol",
                                     [&] { return other_structure_doses(protocol, patient.structure_set, stored); });
    return outcome;
  }
  tell_uncertainty(outcome, protocol);
  outcome.other_structures = timed("structures outside the protocol", [&] {
    return other_structure_doses(protocol, patient.structure_set, outcome.dose_Gy);
  });
  return outcome;
}

}  // namespace xingu
