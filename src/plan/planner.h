// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dose/influence_calculator.h"
#include "dose/machine_file.h"
#include "dose/machine_physics.h"
#include "patient/patient_density.h"
#include "plan/beam_orientation.h"
#include "plan/candidates.h"
#include "plan/goals.h"
#include "plan/judged_dose.h"
#include "plan/protocol.h"
#include "plan/sampling.h"

namespace xingu {

/// How the plan's beams are found.
enum class BeamArrangement {
  sphere,   ///< chosen from candidates over the whole sphere
  coplanar  ///< equal gantry steps with the couch at 0, for comparison
};

/// What computes the dose that the plan is judged and normalised by.
enum class FinalEngine { monte_carlo, collapsed_cone };

struct PlannerOptions {
  FinalEngine final_engine = FinalEngine::monte_carlo;
  double uncertainty = 0.01;  ///< of Monte Carlo: relative, one standard deviation, voxels above half of the maximum
  BeamArrangement arrangement = BeamArrangement::sphere;
  OrientationMethod method = OrientationMethod::group_sparsity;
  /// Run the other orientation method too and report its objective.
  bool compares_methods = false;
  /// Choose beams from the unlimited sphere too and report what the machine's reach costs: about as much work again as
  /// the choice of beams.
  bool compares_sphere = false;
  int num_beams = 20;
  int num_candidates = 600;
  double grid_mm = 2.5;  ///< of the final dose
  double beamlet_mm = 5.0;
  double margin_mm = 5.0;  ///< of beamlets around the targets' projection
  ConeQuality quality = ConeQuality::normal;
  int max_segments_per_beam = 10;
  double memory_gib = 8.0;
  std::uint64_t seed = 1;
  std::filesystem::path work_folder;          ///< finished beams of the influence matrices; empty: nothing is kept
  bool expects_finished_beams = false;        ///< a run is gone on with: told if none of its beams is of this plan
  std::optional<DensityCurve> density_curve;  ///< from CT numbers; absent: the shipped one
  std::vector<DensityOverride> density_overrides;
  /// Makes the machine's answer for one patient and isocentre; empty: the table of angles of the machine's file
  /// decides.
  std::function<MachineReach(const BodyOutline& body, PatientPosition position, const Vec3& isocentre_P)> reach_for;
  /// The order in which the machine gives a plan's beams, whose MU are not known yet: indices into them. Called once,
  /// after reach_for, for its patient and isocentre; throws InputError if no way leads through all beams, and the plan
  /// is then for comparison only. Empty: beams stay as they were chosen.
  std::function<std::vector<std::size_t>(const TreatmentPlan& beams)> order_of;
  /// The final dose as whoever reads its file will find it, rounded to what is stored; the plan's figures are those of
  /// that. Empty: of the dose as it was computed.
  std::function<Volume<float>(const Volume<float>& dose_Gy)> as_stored;
  /// Who computes matrices and doses. The root plans; the others call help_to_plan.
  Ranks* ranks = &one_rank();
  /// Called at the start of each step with a sentence part: "choosing 20 beams of 612".
  std::function<void(const std::string&)> on_step;
};

/// A finished influence matrix in numbers.
struct InfluenceFacts {
  InfluenceCalculator::Prediction predicted;
  std::size_t num_beams = 0;
  std::size_t num_beamlets = 0;
  std::size_t num_nonzeros = 0;
  std::size_t num_bytes = 0;
  std::size_t num_resumed = 0;
  double seconds = 0.0;
};

/// How far the optimiser's dose is from the full recomputation, per structure.
struct DoseGapFact {
  std::string structure;
  double mean_Gy = 0.0;
  double largest_Gy = 0.0;  ///< 99th percentile of the magnitude, signed as the mean difference
};

/// A Monte Carlo dose in numbers.
struct MonteCarloFacts {
  std::uint64_t histories = 0;
  int batches = 0;
  double uncertainty = 0.0;                  ///< relative, voxels above half of the maximum
  std::optional<double> target_uncertainty;  ///< relative to the mean dose of the protocol's targets
  double mu_uncertainty = 0.0;               ///< relative, of the photons per MU
  bool is_reoptimised = false;  ///< MU were optimised once more on top of the difference to collapsed cones
  std::vector<EngineGapFact> cones_minus_monte_carlo;
};

/// What the machine's reach costs: the same choice of beams from all directions through visible skin. Objectives of
/// the matrix that beams are compared on; each optimum is known to 0.3 %.
struct ReachLoss {
  std::size_t num_reached = 0;  ///< candidates
  std::size_t num_sphere = 0;
  double bound_reached = 0.0;  ///< every candidate lit
  double bound_sphere = 0.0;
  double chosen_reached = 0.0;  ///< the beams that were chosen, as many from each
  double chosen_sphere = 0.0;
};

struct PlanOutcome {
  TreatmentPlan plan;
  Volume<float> dose_Gy;                  ///< final, total over all fractions
  std::optional<Volume<float>> sigma_Gy;  ///< standard deviation of dose_Gy, where Monte Carlo made it
  std::optional<MonteCarloFacts> monte_carlo;
  DoseUnderEvaluation cones_samples;    ///< of the same plan by collapsed cones; empty if those made dose_Gy
  std::vector<GoalResult> cones_goals;  ///< likewise
  PatientDensity density;
  Vec3 isocentre_P = Vec3::Zero();
  CandidateSet candidates;
  std::vector<std::size_t> chosen;  ///< indices into candidates.beams

  std::vector<GoalResult> goals;        ///< of the final dose
  std::vector<GoalResult> ideal_goals;  ///< of the ideal fluence as the optimiser sees it, normalised as the plan is
  DoseUnderEvaluation ideal_dose;       ///< likewise
  std::optional<double> ideal_scale;    ///< the factor that did it; none: it is as it was optimised
  DoseUnderEvaluation final_samples;
  DoseUnderEvaluation sigma_samples;  ///< standard deviations at the same points; empty without Monte Carlo
  /// Final dose of the patient's structures that no rule of the protocol means as they were drawn, by their own names.
  std::vector<StructureDose> other_structures;

  std::optional<OrientationResult> orientation;
  struct Alternative {
    std::string method;
    int num_beams = 0;
    double objective = 0.0;
  };
  std::vector<Alternative> alternatives;
  std::optional<ReachLoss> reach_loss;  ///< where it was asked for
  FluenceResult fluence;                ///< of the chosen beams, ideal
  double sequenced_objective = 0.0;     ///< segments with re-optimised MU, optimiser's dose
  double mu_scale = 1.0;                ///< factor on all MU that brings the prescription to its target
  std::vector<DoseGapFact> dose_gaps;
  std::optional<InfluenceFacts> candidate_influence;
  InfluenceFacts influence;
  std::string engine;  ///< of the final dose
  struct Timing {
    std::string step;
    double seconds = 0.0;
  };
  std::vector<Timing> timings;
  std::vector<std::string> notes;  ///< one sentence each, for people
  bool is_deliverable = true;      ///< false: a plan for comparison, with beams that the machine cannot give
};

/// The curve of the options, or the shipped one.
[[nodiscard]] DensityCurve density_curve_of(const PlannerOptions& options);

/// Refuses options that would only fail after minutes of work, whoever the patient is. @throws InputError naming the
/// option.
void require_sensible(const PlannerOptions& options);

/// From a patient and an intent to a deliverable plan with its dose:
/// density → sample points → candidates → coarse influence matrix → beam orientation → full influence matrix of the
/// chosen beams → ideal fluence → segments → segment MU → full dose → segment MU with what it has beyond the matrix as
/// a background → full dose again → normalisation to the prescription (D95 % of the protocol's target equals its dose).
///
/// @throws InputError for what the patient, protocol or machine lack; Cancelled when the user stops (finished beams of
///         the matrices stay in the work folder)
/// Same bits for any number of threads.
[[nodiscard]] PlanOutcome plan_patient(const Patient& patient, const Protocol& protocol,
                                       const MachineDescription& machine, const PlannerOptions& options);

}  // namespace xingu
