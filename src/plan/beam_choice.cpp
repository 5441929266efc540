// SPDX-License-Identifier: Apache-2.0
#include "plan/beam_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "plan/objectives.h"
#include "plan/optimisation_progress.h"
#include "plan/plan_influence.h"

namespace xingu {
namespace {

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

std::string method_name(OrientationMethod method) {
  return method == OrientationMethod::group_sparsity ? "group sparsity (accelerated proximal gradient with pruning)"
                                                     : "greedy pricing with swaps";
}

/// Chooses the beams from all candidates on the coarse matrix.
void choose_among_candidates(PlanOutcome& outcome, const PlanGround& ground, const PlanProblem& problem,
                             const PlannerOptions& options, StepClock& timed) {
  XINGU_REQUIRE(options.num_beams <= static_cast<int>(outcome.candidates.beams.size()),
                "--beams {}: there are {} candidates; give between 1 and that many", options.num_beams,
                outcome.candidates.beams.size());
  std::vector<std::size_t> all(outcome.candidates.beams.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = i;
  }
  const auto beams = lay_beams(outcome.candidates.beams, all, ground, 0.5 * options.margin_mm);
  const ComputedMatrix coarse = timed("influence matrix of all candidates", [&] {
    return compute_matrix(ground.machine, outcome.density.image, problem.points, beams, MatrixQuality::draft, options,
                          outcome.notes);
  });
  outcome.candidate_influence = coarse.facts;
  std::vector<Vec3> directions;
  for (const CandidateBeam& candidate : outcome.candidates.beams) {
    directions.push_back(candidate.geometry.direction_P());
  }
  Objective objective(ground.protocol.objectives, problem);
  OrientationOptions orientation;
  orientation.num_beams = options.num_beams;
  orientation.fluence.smoothing = ground.protocol.smoothing;
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
ReachLoss measure_reach_loss(const PlanOutcome& outcome, const PlanGround& ground, const PlanProblem& problem,
                             const CandidateOptions& candidate_options) {
  PlanOutcome sphere;
  sphere.density = outcome.density;
  sphere.candidates =
      unlimited_candidates(outcome.candidates.num_directions, candidate_options, outcome.density.body.mask);
  PlannerOptions quiet = ground.options;
  quiet.compares_methods = false;
  quiet.on_step = {};
  StepClock untimed(sphere, quiet);
  choose_among_candidates(sphere, ground, problem, quiet, untimed);
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

/// Puts the chosen beams into the order in which the machine gives them; numbers, names and everything that follows go
/// by it.
void put_in_order(PlanOutcome& outcome, const PlanGround& ground) {
  TreatmentPlan plan;
  plan.position = ground.patient.ct.position;
  for (const std::size_t chosen : outcome.chosen) {
    plan.beams.push_back(empty_beam(outcome.candidates.beams[chosen], static_cast<int>(plan.beams.size()) + 1,
                                    ground.machine_file, outcome.isocentre_P));
  }
  try {
    const std::vector<std::size_t> order = ground.options.order_of(plan);
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

CandidateOptions candidate_options_of(const PlanOutcome& outcome, const PlanGround& ground) {
  CandidateOptions candidates;
  candidates.count = ground.options.num_candidates;
  candidates.isocentre_P = outcome.isocentre_P;
  candidates.position = ground.patient.ct.position;
  candidates.sad_mm = ground.machine_file.beam.sad_mm;
  candidates.aim_points_P = extreme_points(ground.targets);
  if (ground.options.reach_for) {
    candidates.reach = ground.options.reach_for(outcome.density.body, candidates.position, outcome.isocentre_P);
  }
  return candidates;
}

void lay_coplanar_beams(PlanOutcome& outcome, const PlanGround& ground, const CandidateOptions& candidates) {
  outcome.candidates.beams = coplanar_beams(ground.options.num_beams, 0.0, candidates);
  const std::vector<std::string> refused = give_by_machine(outcome.candidates.beams, candidates);
  outcome.notes.insert(outcome.notes.end(), refused.begin(), refused.end());
  outcome.is_deliverable = refused.empty();
  for (std::size_t i = 0; i < outcome.candidates.beams.size(); ++i) {
    outcome.chosen.push_back(i);
  }
}

void choose_from_sphere(PlanOutcome& outcome, const PlanGround& ground, const CandidateOptions& candidates,
                        StepClock& timed) {
  const PlannerOptions& options = ground.options;
  const Volume<std::uint8_t>& body = outcome.density.body.mask;
  outcome.candidates = timed("candidates", [&] { return candidate_beams(candidates, ground.machine_file.room, body); });
  if (options.on_step) {
    options.on_step(fmt::format("  {} candidates of {} directions over the sphere ({} or more were asked for)",
                                outcome.candidates.beams.size(), outcome.candidates.num_directions,
                                options.num_candidates));
  }
  // Beams are compared on fewer points than fluence is optimised on.
  const SampledPatient coarse = sample_patient(ground.patient, ground.protocol, body, candidate_sampling(options.seed));
  choose_among_candidates(outcome, ground, coarse.problem, options, timed);
  if (options.compares_sphere) {
    outcome.reach_loss = timed("choice from the unlimited sphere",
                               [&] { return measure_reach_loss(outcome, ground, coarse.problem, candidates); });
  }
}

}  // namespace

void choose_beams(PlanOutcome& outcome, const PlanGround& ground, StepClock& timed) {
  const CandidateOptions candidates = candidate_options_of(outcome, ground);
  if (ground.options.arrangement == BeamArrangement::coplanar) {
    lay_coplanar_beams(outcome, ground, candidates);
  } else {
    choose_from_sphere(outcome, ground, candidates, timed);
  }
  if (ground.options.order_of && outcome.is_deliverable) {
    timed("order of the beams", [&] { put_in_order(outcome, ground); });
  }
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

}  // namespace xingu
