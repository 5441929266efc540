// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "geometry/grid.h"
#include "patient/structure.h"

namespace xingu {

/// Who and what was planned on. Texts are shown as they are; any bytes are safe.
struct ReportPatient {
  std::string name;
  std::string id;
  std::string birth_date;  ///< DICOM DA, may be empty
  std::string sex;         ///< DICOM CS, may be empty
  std::string position;    ///< HFS, HFP, FFS, FFP
  std::string ct_series;   ///< description
  std::string ct_series_uid;
  std::string ct_date;  ///< DICOM DA, may be empty
  Grid ct_grid;
  std::string structure_set;  ///< label
  std::string folder;         ///< of the patient's DICOM, relative to the report; may be empty
};

struct ReportProtocol {
  std::string name;
  std::string description;       ///< one sentence, may be empty
  std::string target;            ///< structure that the prescription speaks of
  double prescription_Gy = 0.0;  ///< total over all fractions; 100 % of every isodose and relative dose of the report
  int num_fractions = 1;
};

/// Where the numbers come from. Nothing here may depend on the number of threads or on the clock.
struct ReportProvenance {
  struct Input {
    std::string name;   ///< what it is: a file's name, "RTSTRUCT", "spectrum …"
    std::string hash;   ///< of its content, hexadecimal
    std::string uid{};  ///< DICOM UID, where it has one
  };
  struct Output {
    std::string file;
    std::string uid;  ///< SOPInstanceUID
  };
  std::vector<Input> inputs;
  std::string engine;   ///< "ccc"
  std::string quality;  ///< "normal"
  Grid dose_grid;
  std::uint64_t seed = 0;
  std::string dose_status;  ///< e.g. "final, collapsed cone; no statistical uncertainty; approximate beside lung"
  std::vector<std::pair<std::string, std::string>> more;     ///< further facts, name and value
  std::vector<std::pair<std::string, std::string>> options;  ///< all that the user chose or left at its default
  std::vector<Output> outputs;                               ///< DICOM objects that were written
};

/// What a structure of the protocol is made of in this patient.
struct ReportStructure {
  std::string name;                   ///< the protocol's id, under which goals and DVHs speak of it
  std::string role;                   ///< "target", "organ"
  std::vector<std::string> taken;     ///< ROIs of the patient, their union; empty: the patient has none
  std::vector<std::string> excluded;  ///< ROIs that are cut out of it
  std::string words;                  ///< the same in short: "Lung_L + Lung_R − PTV_2500", or where else it comes from
};

/// What a page tells of: a plan with the dose of its course, or one fraction as it was given.
enum class ReportSubject { plan, delivery };

enum class GoalStatus { met, missed, missing };

/// One clinical goal and what the plan reached.
struct ReportGoal {
  std::string structure;
  std::string metric;      ///< as in the protocol: "D95%[Gy]", "V20Gy[%]"
  std::string comparison;  ///< "<=" or ">="
  double limit = 0.0;
  std::optional<double> achieved;  ///< absent when the structure is missing or empty
  std::string unit;                ///< "Gy", "%", "cc" or empty
  GoalStatus status = GoalStatus::missing;
  std::string reason;                           ///< why it is missing; empty otherwise
  int priority = 1;                             ///< 1 is the highest
  std::string source;                           ///< where the limit comes from
  std::vector<std::optional<double>> compared;  ///< the same metric in each dataset of PlanReport::comparisons
  double dosed_percent = 100.0;                 ///< of the structure's volume: what has no dose is not in `achieved`
  bool has_part_without_dose = false;           ///< so much of it that people are told
  std::optional<double>
      uncertainty{};  ///< of `achieved`, one standard deviation of every voxel; none without statistics
  bool is_within_uncertainty = false;  ///< the limit is nearer than that
};

/// What the voxels' standard deviations leave open of a DVH: the same structure with every sample one standard
/// deviation lower and higher. As if all voxels erred together: what errors of their own do lies within.
struct ReportDvhBand {
  std::vector<double> volume_fraction_low;  ///< at the doses of the curve; same length
  std::vector<double> volume_fraction_high;
  double mean_Gy = 0.0;  ///< half the difference of the two, of each metric
  double d98_Gy = 0.0;
  double d95_Gy = 0.0;
  double d50_Gy = 0.0;
  double d2_Gy = 0.0;
};

/// Dose-volume histogram of one structure in one dose distribution.
struct ReportDvh {
  std::string name;
  std::array<int, 3> colour{128, 128, 128};  ///< sRGB, of the file; figures have colours of their own, by name
  std::string role;                          ///< "target", "organ" or empty
  std::vector<double> dose_Gy;               ///< ascending
  std::vector<double> volume_fraction;  ///< part of the volume that receives at least that dose, 1 … 0; same length
  double volume_cm3 = 0.0;              ///< of the whole structure
  double outside_cm3 = 0.0;             ///< of it beyond the dose grid: the curve and all doses are those of the rest
  double min_Gy = 0.0;
  double mean_Gy = 0.0;
  double max_Gy = 0.0;
  double d98_Gy = 0.0;
  double d95_Gy = 0.0;
  double d50_Gy = 0.0;
  double d2_Gy = 0.0;
  std::optional<ReportDvhBand> sigma;  ///< of a dose that has a statistical uncertainty
  /// Structures of ReportImages::structure_set that make it up, by label_of(); empty: the one of its own name.
  std::vector<std::string> outlines;
};

/// Conformity, fall-off and homogeneity about one target. The report prints each definition.
struct ReportTarget {
  std::string name;
  double prescription_Gy = 0.0;            ///< of this target; defines its prescription isodose
  std::optional<double> coverage_percent;  ///< part of the target at or above its prescription
  std::optional<double> paddick_ci;
  std::optional<double> gradient_index;
  std::optional<double> r50;
  std::optional<double> homogeneity_index;
  std::optional<double> d2cm_percent;  ///< of the prescription
};

/// One dose distribution seen through the structures.
struct ReportDose {
  std::string label;   ///< "deliverable plan, final dose", "ideal fluence", "reference dose"
  std::string status;  ///< engine, quality, approximate or final
  std::vector<ReportDvh> structures;
  std::vector<ReportTarget> targets;
  /// Structures of the patient that the protocol does not mean as they were drawn, under their own names.
  std::vector<ReportDvh> others{};
};

struct ReportBeam {
  int number = 0;
  std::string name;
  double gantry_deg = 0.0;
  double gantry_pitch_deg = 0.0;  ///< tilt out of the gantry's plane
  double couch_deg = 0.0;         ///< in [0, 360)
  double collimator_deg = 0.0;
  double sad_mm = 0.0;
  std::optional<double> ssd_mm;  ///< absent where the axis misses the patient
  int num_segments = 0;
  double mu = 0.0;                  ///< per fraction
  Vec3 direction_P = Vec3::Zero();  ///< unit, from source to isocentre (BeamGeometry::direction_P)
};

/// How the machine gives the beams: one after the other as they are listed, by moves that are certified to keep its
/// buffers. Times are predictions, s.
struct ReportTreatment {
  std::vector<double> beam_motion_s;  ///< to each beam from the one before, the first from home
  double motion_s = 0.0;              ///< the same in sum, with the way back home
  double beam_on_s = 0.0;
  double leaves_s = 0.0;  ///< between segments
  double setup_s = 0.0;
  double imaging_s = 0.0;
  double least_clearance_mm = 0.0;      ///< of the pair that comes nearest to its buffer, anywhere on the way
  double buffer_mm = 0.0;               ///< of that pair
  std::array<std::string, 2> nearest;   ///< that pair
  std::string nearest_where;            ///< "at or on the way to B03 G20 C0"
  std::vector<std::string> departures;  ///< beams that the machine gives otherwise than the plan says; none as a rule
  [[nodiscard]] double total_s() const { return motion_s + beam_on_s + leaves_s + setup_s + imaging_s; }
};

enum class CandidateState {
  usable,
  unreachable,  ///< the machine cannot stand there
  open_ct_end   ///< the beam would enter through an end of the CT, where tissue is unknown
};

struct ReportCandidate {
  Vec3 direction_P = Vec3::Zero();  ///< unit, from source to isocentre
  CandidateState state = CandidateState::usable;
};

struct ReportOptimisation {
  std::string method;  ///< "group sparsity (FISTA with pruning)"
  int iterations = 0;
  std::optional<double> objective_ideal;           ///< chosen beams, ideal fluence
  std::optional<double> objective_sequenced;       ///< the same objective on the deliverable plan
  std::optional<double> objective_all_candidates;  ///< lower bound: every usable candidate at once
  std::optional<double> kkt_residual;
  struct Alternative {
    std::string method;
    int num_beams = 0;
    double objective = 0.0;
  };
  std::vector<Alternative> alternatives;  ///< other ways to choose the beams, run for comparison
  /// Optimiser's dose minus the full-quality dose of the same deliverable plan.
  struct DoseGap {
    std::string structure;
    double mean_Gy = 0.0;
    double p99_Gy = 0.0;  ///< the 99th percentile of the magnitude, with its sign
  };
  std::vector<DoseGap> dose_gaps;
  /// The same choice from the unlimited sphere, where it was asked for.
  struct Reach {
    std::size_t num_reached = 0;
    std::size_t num_sphere = 0;
    double bound_reached = 0.0;  ///< objectives: every candidate lit …
    double bound_sphere = 0.0;
    double chosen_reached = 0.0;  ///< … and the chosen beams
    double chosen_sphere = 0.0;
  };
  std::optional<Reach> reach;
};

/// What is known of a Monte Carlo dose, and how collapsed cones differ from it on the same deliverable plan.
struct ReportMonteCarlo {
  std::uint64_t histories = 0;
  int batches = 0;
  double uncertainty_percent = 0.0;                  ///< one standard deviation, voxels above half of the maximum dose
  std::optional<double> target_uncertainty_percent;  ///< likewise, the target's voxels over their mean dose
  double mu_uncertainty_percent = 0.0;  ///< one standard deviation, of the photons per MU: common to all voxels
  bool is_reoptimised = false;          ///< MU were optimised once more on top of the difference to collapsed cones
  struct EngineGap {
    std::string structure;
    double sigma_percent = 0.0;  ///< mean standard deviation of a voxel in it over its mean dose
    double mean_Gy = 0.0;        ///< collapsed cones minus Monte Carlo
    double d95_Gy = 0.0;
    double d2_Gy = 0.0;
  };
  std::vector<EngineGap> gaps;
};

struct ReportInfluence {
  int num_beams = 0;
  std::uint64_t num_beamlets = 0;
  std::uint64_t num_nonzeros = 0;
  std::uint64_t num_bytes = 0;
  std::uint64_t predicted_bytes = 0;
  double beamlet_mm = 0.0;
  std::string storage;  ///< "in memory", "spilled to disk"; may be empty
};

/// All that differs between two runs of the same work.
struct ReportTimings {
  std::string created;  ///< date and time, as given
  int num_threads = 0;
  struct Step {
    std::string name;
    double seconds = 0.0;
  };
  std::vector<Step> steps;
  double total_s = 0.0;
  std::uint64_t peak_memory_bytes = 0;
  std::optional<double> influence_predicted_s;
  std::optional<double> influence_s;
};

/// What the slices are drawn from. Pointers are borrowed; null ones leave their part out.
struct ReportImages {
  const Volume<float>* hu = nullptr;       ///< [nz, ny, nx] Hounsfield units, frame P
  const Volume<float>* dose_Gy = nullptr;  ///< [nz, ny, nx] total Gy, frame P, any grid
  const Volume<std::uint8_t>* body =
      nullptr;  ///< 1 inside, frame P: isodose lines are drawn there only; null: everywhere
  const StructureSet* structure_set = nullptr;  ///< outlines, by the names in PlanReport::dose
  Vec3 centre_P = Vec3::Zero();                 ///< the three planes go through the CT voxel that holds this point, mm
  double window_width_hu = 400.0;
  double window_level_hu = 40.0;
  std::vector<double> isodose_percent{110, 100, 95, 80, 50, 30, 10};  ///< of the prescription
};

/// Everything a person or a program is told about one plan. Plain data: whoever plans fills it, and render_html and
/// render_json say the same numbers. Parts that are empty are left out of the page.
struct PlanReport {
  ReportSubject subject = ReportSubject::plan;
  std::string program_version;
  std::string plan_label;
  std::string machine;
  ReportPatient patient;
  ReportProtocol protocol;
  ReportProvenance provenance;
  std::vector<ReportStructure> structures;  ///< the protocol's
  std::vector<ReportGoal> goals;
  ReportDose dose;
  std::vector<ReportDose> comparisons;  ///< drawn dashed, dotted, … in the DVH; at most three are drawn
  std::vector<ReportBeam> beams;
  std::optional<ReportTreatment> treatment;  ///< absent where the machine's axes are not described, or no way was found
  std::vector<ReportCandidate> candidates;
  std::optional<ReportOptimisation> optimisation;
  std::optional<ReportMonteCarlo> monte_carlo;
  std::optional<ReportInfluence> influence;
  std::vector<std::string> warnings;  ///< one sentence each
  ReportTimings timings;
  ReportImages images;
};

/// One HTML page that needs nothing else: inline CSS and SVG, CT slices as embedded PNG, no script, no outside
/// resource. Every number that also stands in render_json carries its JSON pointer and full value in a <data> element.
/// Lines that differ between two runs of the same work carry the class "volatile". Texts may hold any bytes: markup is
/// escaped, invalid UTF-8 becomes U+FFFD. Cost: dominated by the PNGs and isodose lines of three slices, some 0.1 s for
/// a 512 × 512 × 200 CT.
/// @throws InputError if a DVH's arrays differ in length.
[[nodiscard]] std::string render_html(const PlanReport& report);

/// The same numbers as JSON (indented, UTF-8, keys in a fixed order, units in the keys, absent or non-finite values
/// null). All that differs between two runs of the same work stands in the object "timings".
[[nodiscard]] std::string render_json(const PlanReport& report);

}  // namespace xingu
