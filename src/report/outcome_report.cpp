// SPDX-License-Identifier: Apache-2.0
#include "report/outcome_report.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <map>
#include <span>

#include <fmt/chrono.h>

#include "base/files.h"
#include "base/parallel.h"
#include "base/source_date_epoch.h"
#include "plan/protocol.h"
#include "report/fill_report.h"

namespace xingu {
namespace {

constexpr int other_curve_points = 121;  // of structures that no goal speaks of

std::uint64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

std::string hex(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

ReportPatient patient_part(const Patient& patient) {
  const CtImage& ct = patient.ct;
  ReportPatient part;
  part.name = ct.patient_name;
  part.id = ct.patient_id;
  part.birth_date = ct.patient_birth_date;
  part.sex = ct.patient_sex;
  part.position = to_string(ct.position);
  part.ct_series = ct.series_description;
  part.ct_series_uid = ct.series_uid;
  part.ct_date = ct.study_date;
  part.ct_grid = ct.hu.grid();
  part.structure_set = patient.structure_set.label;
  return part;
}

std::uint64_t hash_of(const StructureSet& set) {
  std::uint64_t hash = hash_text(set.label);
  for (const Structure& structure : set.structures) {
    hash = hash_text(structure.interpreted_type, hash_text(structure.name, hash));
    for (const Contour& contour : structure.contours) {
      hash = hash_bytes(std::as_bytes(std::span(&contour.z_mm, 1)), hash);
      hash = hash_bytes(std::as_bytes(std::span(contour.points)), hash);
    }
  }
  return hash;
}

std::uint64_t hash_of(const Spectrum& spectrum) {
  return hash_bytes(std::as_bytes(std::span(spectrum.weight)),
                    hash_bytes(std::as_bytes(std::span(spectrum.energy_MeV))));
}

/// Everything that numbers come from, with a hash of its content.
std::vector<ReportProvenance::Input> input_part(const Patient& patient, const MachineDescription& machine,
                                                const DensityCurve& curve, const OutcomeReportInputs& inputs) {
  constexpr std::array shipped{"data/materials.toml", "data/photon_cross_sections.csv", "data/electron_shells.csv",
                               "data/kernels/water_point_kernels.csv"};
  std::vector<ReportProvenance::Input> part{
      {"CT image", hex(hash_bytes(std::as_bytes(patient.ct.hu.values()))), patient.ct.series_uid},
      {"RTSTRUCT", hex(hash_of(patient.structure_set)), patient.structure_set.sop_instance_uid}};
  const auto add_file = [&part](const std::string& name, const std::filesystem::path& file) {
    part.push_back({name, hex(hash_text(read_file(file)))});
  };
  add_file("protocol " + inputs.protocol_file.filename().string(), inputs.protocol_file);
  add_file("machine " + machine.name, inputs.machine_file);
  for (const std::filesystem::path& file : inputs.mechanics_files) {
    add_file(fmt::format("machine {}, {}", machine.name, file.filename().string()), file);
  }
  part.push_back({fmt::format("spectrum {}, {} bins", machine.beam.spectrum.name, machine.beam.spectrum.size()),
                  hex(hash_of(machine.beam.spectrum))});
  part.push_back({curve.file(), hex(curve.hash())});
  for (const char* name : shipped) {
    add_file(name, find_shipped(name));
  }
  if (!inputs.overrides_file.empty()) {
    add_file("overrides " + inputs.overrides_file.filename().string(), inputs.overrides_file);
  }
  return part;
}

std::string words_of(const std::vector<DensityOverride>& overrides) {
  std::string words;
  for (const DensityOverride& one : overrides) {
    words += fmt::format("{}{}:{}{}", words.empty() ? "" : "; ", one.structure,
                         one.density_g_cm3 ? fmt::format(" {:g} g/cm³", *one.density_g_cm3) : "",
                         one.material ? " " + *one.material : "");
  }
  return words.empty() ? "none" : words;
}

std::vector<std::pair<std::string, std::string>> option_part(const PlannerOptions& options) {
  const auto yes_no = [](bool is_set) { return std::string(is_set ? "yes" : "no"); };
  const bool chooses_beams = options.arrangement == BeamArrangement::sphere;
  const bool is_monte_carlo = options.final_engine == FinalEngine::monte_carlo;
  std::vector<std::pair<std::string, std::string>> part{{"arrangement", chooses_beams ? "sphere" : "coplanar"},
                                                        {"beams", fmt::format("{}", options.num_beams)}};
  const auto add = [&part](std::vector<std::pair<std::string, std::string>> more) {
    part.insert(part.end(), more.begin(), more.end());
  };
  if (chooses_beams) {
    add({{"method", options.method == OrientationMethod::pricing ? "pricing" : "group-sparsity"},
         {"compare methods", yes_no(options.compares_methods)},
         {"compare sphere", yes_no(options.compares_sphere)},
         {"candidates", fmt::format("{}", options.num_candidates)}});
  }
  add({{"engine", is_monte_carlo ? "mc" : "ccc"}});
  if (is_monte_carlo) {
    add({{"uncertainty wanted", fmt::format("{:g} %", 100.0 * options.uncertainty)}});
  }
  add({{"dose grid", fmt::format("{:g} mm", options.grid_mm)},
       {"beamlet", fmt::format("{:g} mm", options.beamlet_mm)},
       {"margin of beamlets", fmt::format("{:g} mm", options.margin_mm)},
       {"most segments of a beam", fmt::format("{}", options.max_segments_per_beam)},
       {"engine quality", to_string(options.quality)},
       {"memory", fmt::format("{:g} GiB", options.memory_gib)},
       {"density overrides", words_of(options.density_overrides)}});
  return part;
}

/// A sentence without the way to the patient's folder: a report goes where that means nothing.
std::string without_folder(std::string sentence, const std::filesystem::path& folder) {
  if (folder.empty()) {
    return sentence;
  }
  const std::string prefix = (folder / "").string();
  for (std::size_t at = sentence.find(prefix); at != std::string::npos; at = sentence.find(prefix, at)) {
    sentence.erase(at, prefix.size());
  }
  return sentence;
}

/// What the protocol's names mean in this patient; the body too, where goals speak of it without a rule.
std::vector<ReportStructure> structure_part(const Protocol& protocol, const Patient& patient, const BodyOutline& body) {
  std::vector<ReportStructure> part;
  for (const NamedRule& rule : named_rules(protocol, patient.structure_set)) {
    part.push_back(
        {rule.id, protocol.is_target(rule.id) ? "target" : "organ", rule.taken, rule.excluded, rule.words()});
  }
  if (protocol.find(body_id) == nullptr) {
    part.push_back({std::string(body_id), "organ", {}, {}, body.source});
  }
  return part;
}

std::array<int, 3> colour_of(const Protocol& protocol, const Patient& patient, const std::string& id) {
  const auto matches = match_structures(protocol, patient.structure_set);
  for (std::size_t r = 0; r < protocol.structures.size(); ++r) {
    if (protocol.structures[r].id == id && !matches[r].empty()) {
      return patient.structure_set.structures[matches[r].front()].colour;
    }
  }
  return {128, 128, 128};
}

/// Names of the patient's structures that a rule of the protocol means.
std::vector<std::string> outlines_of(const Protocol& protocol, const Patient& patient, const std::string& id) {
  std::vector<std::string> names;
  const auto matches = match_structures(protocol, patient.structure_set);
  for (std::size_t r = 0; r < protocol.structures.size(); ++r) {
    if (protocol.structures[r].id == id) {
      for (const std::size_t i : matches[r]) {
        names.push_back(label_of(patient.structure_set, patient.structure_set.structures[i]));
      }
    }
  }
  return names;
}

/// One dose distribution seen through the protocol's structures.
/// @param sigma  standard deviations of the same samples, or none
ReportDose dose_part(const DoseUnderEvaluation& dose, const DoseUnderEvaluation& sigma, const Protocol& protocol,
                     const Patient& patient, std::string label, std::string status) {
  ReportDose part;
  part.label = std::move(label);
  part.status = std::move(status);
  const SortedDose body(dose.body.dose_Gy, dose.body.volume_mm3);
  for (const StructureRule& rule : protocol.structures) {
    const auto found = std::ranges::find(dose.structures, rule.id, &StructureDose::id);
    if (found == dose.structures.end() || found->dose_Gy.empty()) {
      continue;
    }
    const SortedDose sorted = found->sorted();
    const bool is_target = protocol.is_target(rule.id);
    part.structures.push_back(
        report_dvh(rule.id, colour_of(protocol, patient, rule.id), is_target ? "target" : "organ", sorted));
    ReportDvh& dvh = part.structures.back();
    add_volume_without_dose(dvh, found->volume_without_dose_mm3());
    dvh.outlines = outlines_of(protocol, patient, rule.id);
    if (const auto deviations = std::ranges::find(sigma.structures, rule.id, &StructureDose::id);
        deviations != sigma.structures.end()) {
      dvh.sigma = report_dvh_band(dvh, found->dose_Gy, deviations->dose_Gy, found->volume_mm3);
    }
    if (is_target) {
      MetricContext context;
      context.reference_Gy = protocol.reference_Gy(rule.id);
      context.body = body.is_empty() ? nullptr : &body;
      context.isodoses = &dose.isodoses;
      context.body_dose_Gy = dose.body.dose_Gy;
      context.body_distance_mm = dose.body_distance_mm;
      part.targets.push_back(report_target(rule.id, sorted, context));
    }
  }
  return part;
}

ReportOptimisation optimisation_part(const PlanOutcome& outcome, const PlannerOptions& options) {
  ReportOptimisation part;
  part.method = options.method == OrientationMethod::group_sparsity ? "group sparsity, accelerated proximal gradient"
                                                                    : "greedy pricing";
  if (!outcome.orientation) {
    part.method = "none: coplanar beams at equal steps";
  }
  part.iterations = outcome.fluence.iterations;
  part.objective_ideal = outcome.fluence.dose_objective;
  part.objective_sequenced = outcome.sequenced_objective;
  part.kkt_residual = outcome.fluence.kkt_residual;
  if (outcome.orientation) {
    part.objective_all_candidates = outcome.orientation->all_beams_objective;
  }
  if (const auto& loss = outcome.reach_loss) {
    part.reach = {loss->num_reached,  loss->num_sphere,     loss->bound_reached,
                  loss->bound_sphere, loss->chosen_reached, loss->chosen_sphere};
  }
  for (const auto& a : outcome.alternatives) {
    part.alternatives.push_back({a.method, a.num_beams, a.objective});
  }
  for (const DoseGapFact& gap : outcome.dose_gaps) {
    part.dose_gaps.push_back({gap.structure, gap.mean_Gy, gap.largest_Gy});
  }
  return part;
}

ReportMonteCarlo monte_carlo_part(const MonteCarloFacts& facts) {
  ReportMonteCarlo part;
  part.histories = facts.histories;
  part.batches = facts.batches;
  part.uncertainty_percent = 100.0 * facts.uncertainty;
  if (facts.target_uncertainty) {
    part.target_uncertainty_percent = 100.0 * *facts.target_uncertainty;
  }
  part.mu_uncertainty_percent = 100.0 * facts.mu_uncertainty;
  part.is_reoptimised = facts.is_reoptimised;
  for (const EngineGapFact& gap : facts.cones_minus_monte_carlo) {
    part.gaps.push_back({gap.structure, gap.sigma_percent, gap.mean_Gy, gap.d95_Gy, gap.d2_Gy});
  }
  return part;
}

}  // namespace

PlanReport report_of(const PlanOutcome& outcome, const Patient& patient, const Protocol& protocol,
                     const MachineDescription& machine, const PlannerOptions& options,
                     const OutcomeReportInputs& inputs) {
  PlanReport report;
  report.program_version = XINGU_VERSION;
  report.plan_label = outcome.plan.label;
  report.machine = machine.name;
  report.patient = patient_part(patient);
  report.patient.folder = inputs.patient_folder;
  report.protocol = {protocol.name, protocol.title, protocol.prescription.target, protocol.prescription.dose_Gy,
                     protocol.prescription.num_fractions};
  const DensityCurve curve = density_curve_of(options);
  report.provenance.inputs = input_part(patient, machine, curve, inputs);
  report.provenance.options = option_part(options);
  report.provenance.outputs = inputs.outputs;
  report.provenance.engine = outcome.monte_carlo ? "Monte Carlo" : "collapsed cone";
  report.provenance.quality = outcome.monte_carlo
                                  ? fmt::format("{:.2f} % (1 σ)", 100.0 * outcome.monte_carlo->uncertainty)
                                  : to_string(options.quality);
  report.provenance.dose_grid = outcome.dose_Gy.grid();
  report.provenance.seed = options.seed;
  const std::string status =
      outcome.engine +
      (outcome.monte_carlo ? "" : "; no statistical uncertainty; may overdose by some per cent beside lung");
  report.provenance.dose_status = "final, " + status;
  report.provenance.more = {
      {"body outline", outcome.density.body.source},
      {"CT calibration", curve.words()},
      {"CT calibration hash", hex(curve.hash())},
      {"isocentre", fmt::format("({:.1f}, {:.1f}, {:.1f}) mm", outcome.isocentre_P.x(), outcome.isocentre_P.y(),
                                outcome.isocentre_P.z())},
      {"normalisation", fmt::format("all MU times {:.4f}, so that {} D95% = {:g} Gy", outcome.mu_scale,
                                    protocol.prescription.target, protocol.prescription.dose_Gy)}};
  report.structures = structure_part(protocol, patient, outcome.density.body);
  report.goals = report_goals(outcome.goals);
  report.dose = dose_part(outcome.final_samples, outcome.sigma_samples, protocol, patient,
                          "deliverable plan, final dose", status);
  report.comparisons.push_back(dose_part(
      outcome.ideal_dose, {}, protocol, patient,
      outcome.ideal_scale ? "ideal fluence, optimiser's dose, at the same coverage"
                          : "ideal fluence, optimiser's dose, before normalisation",
      "influence matrix at sample points, before segments; " +
          (outcome.ideal_scale ? fmt::format("times {:.4f}, to the coverage of the plan", *outcome.ideal_scale)
                               : std::string("as it was optimised, before normalisation"))));
  for (const StructureDose& other : outcome.other_structures) {
    const auto drawn = std::ranges::find(patient.structure_set.structures, other.id, &Structure::name);
    report.dose.others.push_back(report_dvh(other.id, drawn->colour, "", other.sorted(), other_curve_points));
    add_volume_without_dose(report.dose.others.back(), other.volume_without_dose_mm3());
  }
  add_compared(report.goals, outcome.ideal_goals);
  if (outcome.monte_carlo) {
    report.monte_carlo = monte_carlo_part(*outcome.monte_carlo);
    report.comparisons.push_back(dose_part(outcome.cones_samples, {}, protocol, patient,
                                           "the same plan by collapsed cones",
                                           "collapsed cones at the same MU; for comparison"));
    add_compared(report.goals, outcome.cones_goals);
  }
  report.beams = report_beams(outcome.plan, skin_distances(outcome.plan, outcome.density.body.mask));
  report.treatment = inputs.treatment;
  if (outcome.orientation) {
    report.candidates = report_candidates(outcome.candidates);
  }
  report.optimisation = optimisation_part(outcome, options);
  ReportInfluence influence;
  const InfluenceFacts& facts = outcome.candidate_influence ? *outcome.candidate_influence : outcome.influence;
  influence.num_beams = static_cast<int>(facts.num_beams);
  influence.num_beamlets = facts.num_beamlets;
  influence.num_nonzeros = facts.num_nonzeros;
  influence.num_bytes = facts.num_bytes;
  influence.predicted_bytes = static_cast<std::uint64_t>(facts.predicted.bytes);
  influence.beamlet_mm = options.beamlet_mm;
  influence.storage = "in memory; finished beams on disk until the plan was written";
  report.influence = influence;
  for (const std::string& warning : patient.warnings) {
    report.warnings.push_back(without_folder(warning, inputs.patient_path));
  }
  report.warnings.insert(report.warnings.end(), outcome.notes.begin(), outcome.notes.end());
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  report.timings.created = fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(source_date_epoch().value_or(now)));
  report.timings.num_threads = num_threads();
  for (const auto& timing : outcome.timings) {
    report.timings.steps.push_back({timing.step, timing.seconds});
  }
  report.timings.total_s = inputs.total_s;
  report.timings.peak_memory_bytes = peak_memory_bytes();
  report.timings.influence_predicted_s = facts.predicted.seconds;
  report.timings.influence_s = facts.seconds;
  report.images.hu = &patient.ct.hu;
  report.images.dose_Gy = &outcome.dose_Gy;
  report.images.body = &outcome.density.body.mask;
  report.images.structure_set = &patient.structure_set;
  report.images.centre_P = outcome.isocentre_P;
  return report;
}

}  // namespace xingu
