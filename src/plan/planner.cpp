// SPDX-License-Identifier: Apache-2.0
#include "plan/planner.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "base/error.h"
#include "dose/mc/plan_dose.h"
#include "patient/density_curve.h"
#include "plan/beam_choice.h"
#include "plan/judged_dose.h"
#include "plan/optimisation_progress.h"
#include "plan/plan_influence.h"
#include "plan/plan_segments.h"
#include "plan/planner_ranks.h"
#include "plan/step_clock.h"
#include "plan/structure_occupancy.h"

namespace xingu {
namespace {

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

/// A dose by Monte Carlo, and what the protocol says of it.
struct ExactDose {
  mc::MonteCarloDose dose;
  JudgedDose judged;
};

/// The chosen beams on their way to a plan whose dose is known: its steps are called in their order.
class RealisedPlan {
 public:
  RealisedPlan(PlanOutcome& outcome, const PlanGround& ground, StepClock& timed)
      : outcome_(outcome),
        ground_(ground),
        timed_(timed),
        matrix_(compute_chosen_matrix()),
        objective_(ground.protocol.objectives, ground.problem),
        grid_(grid_over_body(outcome.density.body, ground.options.grid_mm)),
        cones_(full_dose_config(ground.machine, ground.options)),
        price_(ground.protocol.mu_weight * ground.machine_file.beam.reference.dose_Gy_per_mu /
               ground.protocol.prescription.dose_Gy) {}

  /// The ideal fluence, and the goals that it would meet at the plan's coverage.
  void optimise_fluence() {
    const Protocol& protocol = ground_.protocol;
    FluenceOptions options;
    options.smoothing = protocol.smoothing;
    outcome_.fluence =
        timed_("fluence", [&] { return optimise_fluence_shown("fluence", matrix_, objective_, options); });
    outcome_.ideal_dose = doses_of_samples(ground_.problem, outcome_.fluence.dose, grid_);
    outcome_.ideal_scale = coverage_scale(protocol, outcome_.ideal_dose);
    if (outcome_.ideal_scale) {
      multiply(outcome_.ideal_dose, *outcome_.ideal_scale);
    }
    outcome_.ideal_goals = evaluate_goals(protocol, outcome_.ideal_dose);
  }

  void make_segments() {
    TreatmentPlan& plan = outcome_.plan;
    plan.label = ground_.protocol.name;
    plan.machine = ground_.machine_file.name;
    plan.position = ground_.patient.ct.position;
    plan.num_fractions = ground_.protocol.prescription.num_fractions;
    name_targets(plan, ground_.protocol, ground_.patient.structure_set);
    timed_("segments", [&] { sequence_plan(outcome_, ground_, matrix_); });
    matrix_dose_ = timed_("leaf positions and MU", [&] { return optimise_leaves_and_mu(); });
  }

  /// Scatter from the head and what the beamlets leave out is nearly the same after a small change of MU and leaves: it
  /// is taken from a full computation and both are optimised once more on top of it.
  void compute_final_dose() {
    outcome_.engine = CccEngine(ground_.machine.photons, cones_).description();
    const Volume<float> first_dose = timed_("full dose", [&] { return dose_by_cones(); });
    take_as_background(first_dose);
    matrix_dose_ = timed_("leaf positions and MU on the full dose", [&] { return optimise_leaves_and_mu(); });
    drop_empty_beams(outcome_);
    judge_by_cones();
  }

  /// Makes a Monte Carlo dose the plan's own. Where goals are lost by it, MU are optimised once more.
  void judge_by_monte_carlo() {
    const Patient& patient = ground_.patient;
    const Protocol& protocol = ground_.protocol;
    const PlannerOptions& options = ground_.options;
    const mc::Calibration calibration = timed_("MU by Monte Carlo", [&] {
      announce_calibration(*options.ranks);
      return mc::calibrate(ground_.machine, options.seed, *options.ranks);
    });
    ExactDose exact = dose_by_monte_carlo(calibration, options.seed);
    outcome_.monte_carlo.emplace();
    if (const std::string lost = goals_lost(judged_.goals, exact.judged.goals); !lost.empty()) {
      exact = reoptimise(std::move(exact), lost, calibration);
    }
    DoseUnderEvaluation sigma = dose_under_evaluation(patient, protocol, outcome_.density.body.mask,
                                                      exact.dose.sigma_Gy, EvaluationDetail::samples);
    take_monte_carlo(outcome_, protocol, std::move(exact.dose), calibration, std::move(sigma), std::move(judged_),
                     exact.judged);
    judged_ = std::move(exact.judged);
  }

  /// Normalises the plan to its prescription and says what its final dose means for the patient.
  void conclude() {
    std::ranges::transform(matrix_dose_, beyond_, matrix_dose_.begin(), std::plus<>());
    outcome_.dose_gaps = dose_gaps(ground_.problem, matrix_dose_, outcome_.dose_Gy);
    const std::vector<std::string> unevaluated = unevaluated_parts(judged_.samples);
    outcome_.notes.insert(outcome_.notes.end(), unevaluated.begin(), unevaluated.end());
    apply_normalisation(outcome_, std::move(judged_));
    std::optional<Volume<float>> stored;
    if (ground_.options.as_stored) {
      // Whoever evaluates the file finds the report's figures, to the last digit.
      stored = ground_.options.as_stored(outcome_.dose_Gy);
      outcome_.final_samples = timed_("evaluation of the dose as stored", [&] {
        return dose_under_evaluation(ground_.patient, ground_.protocol, outcome_.density.body.mask, *stored);
      });
      outcome_.goals = evaluate_goals(ground_.protocol, outcome_.final_samples);
    }
    tell_uncertainty(outcome_, ground_.protocol);
    outcome_.other_structures = timed_("structures outside the protocol", [&] {
      return other_structure_doses(ground_.protocol, ground_.patient.structure_set,
                                   stored ? *stored : outcome_.dose_Gy);
    });
  }

 private:
  InfluenceMatrix compute_chosen_matrix() {
    std::size_t num_beyond_leaves = 0;
    const auto beams =
        lay_beams(outcome_.candidates.beams, outcome_.chosen, ground_, ground_.options.margin_mm, &num_beyond_leaves);
    if (num_beyond_leaves > 0) {
      outcome_.notes.push_back(fmt::format(
          "the targets with their margin are larger than the leaves' field: {} beamlets beyond it stay shut",
          num_beyond_leaves));
    }
    ComputedMatrix full = timed_("influence matrix of the chosen beams", [&] {
      return compute_matrix(ground_.machine, outcome_.density.image, ground_.problem.points, beams,
                            MatrixQuality::final, ground_.options, outcome_.notes);
    });
    outcome_.influence = full.facts;
    return std::move(full.matrix);
  }

  std::vector<float> optimise_leaves_and_mu() {
    return optimise_segments(outcome_, ground_.machine_file.beam, matrix_, objective_, price_);
  }

  [[nodiscard]] Volume<float> dose_by_cones() const {
    announce_cones(*ground_.options.ranks, outcome_.plan);
    return compute_plan_dose(outcome_.plan, ground_.machine, outcome_.density.image, grid_, cones_,
                             *ground_.options.ranks);
  }

  [[nodiscard]] JudgedDose judge(const Volume<float>& dose) {
    return timed_("evaluation",
                  [&] { return judge_dose(ground_.patient, ground_.protocol, outcome_.density.body.mask, dose); });
  }

  void judge_by_cones() {
    outcome_.dose_Gy = timed_("final dose by collapsed cones", [&] { return dose_by_cones(); });
    judged_ = judge(outcome_.dose_Gy);
  }

  /// A dose that MU were fitted to must not judge them: its noise is in them. So each run has histories of its own.
  ExactDose dose_by_monte_carlo(const mc::Calibration& calibration, std::uint64_t seed) {
    const PlannerOptions& options = ground_.options;
    const StructureSet& set = ground_.patient.structure_set;
    mc::MonteCarloOptions run;
    run.seed = seed;
    run.ranks = options.ranks;
    run.target_voxels =
        target_union(ground_.protocol, protocol_occupancies(ground_.protocol, set, grid_, RuleSelection::targets_only))
            .inside();
    announce_monte_carlo(*options.ranks, outcome_.plan, calibration, seed);
    mc::MonteCarloDose dose = timed_("final dose by Monte Carlo", [&] {
      return mc::compute_plan_dose(outcome_.plan, ground_.machine, calibration, outcome_.density.image, grid_, run,
                                   {options.uncertainty, 0, 0.0});
    });
    JudgedDose judged = judge(dose.dose_Gy);
    return {std::move(dose), std::move(judged)};
  }

  /// What an engine finds beyond the matrix becomes a fixed part of the dose that is optimised.
  void take_as_background(const Volume<float>& dose) {
    beyond_ = beyond_optimiser(ground_.problem, matrix_dose_, dose);
    objective_.set_background(beyond_);
  }

  /// Optimises MU once more on top of what Monte Carlo finds, and keeps the better of the two plans.
  /// @param lost  the goals that collapsed cones saw met, for people
  ExactDose reoptimise(ExactDose first, const std::string& lost, const mc::Calibration& calibration) {
    struct {
      TreatmentPlan plan;
      Volume<float> cones_Gy;
      std::vector<float> matrix_dose, beyond;
      JudgedDose judged;
      std::vector<std::string> notes;
    } before{outcome_.plan, outcome_.dose_Gy, matrix_dose_, beyond_, std::move(judged_), outcome_.notes};
    take_as_background(first.dose.dose_Gy);
    matrix_dose_ = timed_("segment MU on the Monte Carlo dose", [&] {
      return optimise_segment_mu(outcome_, ground_.machine_file.beam.mlc, matrix_, objective_, price_);
    });
    drop_empty_beams(outcome_);
    judge_by_cones();
    ExactDose second = dose_by_monte_carlo(calibration, ground_.options.seed + 1);
    const std::string what = fmt::format(
        "by Monte Carlo the plan missed what it met by collapsed cones ({}): MU were optimised once more with the "
        "difference of the two doses as a fixed part",
        lost);
    outcome_.monte_carlo->is_reoptimised = is_as_good(second.judged.goals, first.judged.goals);
    if (outcome_.monte_carlo->is_reoptimised) {
      outcome_.notes.push_back(what);
      return second;
    }
    outcome_.notes = std::move(before.notes);
    outcome_.notes.push_back(what + ", which met fewer goals, so the plan before that stands");
    outcome_.plan = std::move(before.plan);
    outcome_.dose_Gy = std::move(before.cones_Gy);
    matrix_dose_ = std::move(before.matrix_dose);
    beyond_ = std::move(before.beyond);
    judged_ = std::move(before.judged);
    return first;
  }

  PlanOutcome& outcome_;
  const PlanGround& ground_;
  StepClock& timed_;
  InfluenceMatrix matrix_;  ///< of the chosen beams
  Objective objective_;
  Grid grid_;  ///< of the final dose
  CccEngine::Config cones_;
  double price_;                    ///< of one MU, Gy²
  std::vector<float> matrix_dose_;  ///< of the segments at the samples as the matrix has it, Gy
  std::vector<float> beyond_;       ///< what the full engine finds there beyond it, Gy
  JudgedDose judged_;               ///< outcome_.dose_Gy as the protocol sees it
};

}  // namespace

DensityCurve density_curve_of(const PlannerOptions& options) {
  return options.density_curve ? *options.density_curve : DensityCurve::shipped();
}

void require_sensible(const PlannerOptions& options) {
  XINGU_REQUIRE(options.num_beams >= 1 && options.num_beams <= 500, "--beams {} is out of range; give 1 to 500",
                options.num_beams);
  XINGU_REQUIRE(options.num_candidates >= 1 && options.num_candidates <= 100000,
                "--candidates {} is out of range; give for example 600", options.num_candidates);
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
  StepClock timed(outcome, options);
  const auto note = [&](const std::vector<std::string>& notes) {
    outcome.notes.insert(outcome.notes.end(), notes.begin(), notes.end());
  };
  const MachinePhysics machine = timed("machine", [&] { return commission(machine_file.beam); });
  outcome.density =
      timed("density", [&] { return model_density(patient, density_curve_of(options), options.density_overrides); });
  note(outcome.density.notes);
  SamplingOptions sampling;
  sampling.seed = options.seed;
  const SampledPatient sampled =
      timed("sample points", [&] { return sample_patient(patient, protocol, outcome.density.body.mask, sampling); });
  note(sampled.notes);
  outcome.isocentre_P = centre_of_targets(sampled.problem);
  const PlanGround ground{patient, protocol, machine_file, machine, sampled.problem, target_points(sampled.problem),
                          options};
  choose_beams(outcome, ground, timed);

  RealisedPlan realised(outcome, ground, timed);
  realised.optimise_fluence();
  realised.make_segments();
  realised.compute_final_dose();
  if (options.final_engine == FinalEngine::monte_carlo) {
    realised.judge_by_monte_carlo();
  }
  realised.conclude();
  return outcome;
}

}  // namespace xingu
