// SPDX-License-Identifier: Apache-2.0
#include "report/outcome_report.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <map>

#include <fmt/chrono.h>

#include "base/files.h"
#include "base/parallel.h"
#include "plan/protocol.h"
#include "report/fill_report.h"

namespace xingu {
namespace {

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
        names.push_back(patient.structure_set.structures[i].name);
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
    const SortedDose sorted(found->dose_Gy, found->volume_mm3);
    const bool is_target = protocol.is_target(rule.id);
    part.structures.push_back(
        report_dvh(rule.id, colour_of(protocol, patient, rule.id), is_target ? "target" : "organ", sorted));
    ReportDvh& dvh = part.structures.back();
    dvh.outlines = outlines_of(protocol, patient, rule.id);
    if (const auto deviations = std::ranges::find(sigma.structures, rule.id, &StructureDose::id);
        deviations != sigma.structures.end()) {
      dvh.sigma = report_dvh_band(dvh, found->dose_Gy, deviations->dose_Gy, found->volume_mm3);
    }
    if (is_target) {
      MetricContext context;
      context.reference_Gy = protocol.reference_Gy(rule.id);
      context.body = body.is_empty() ? nullptr : &body;
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
  report.provenance.inputs = {{"CT image", hex(hash_bytes(std::as_bytes(patient.ct.hu.values())))},
                              {"protocol " + protocol.name, hex(hash_text(read_file(inputs.protocol_file)))},
                              {"machine " + machine.name, hex(hash_text(read_file(inputs.machine_file)))}};
  report.provenance.engine = outcome.monte_carlo ? "Monte Carlo" : "collapsed cone";
  report.provenance.quality = outcome.monte_carlo
                                  ? fmt::format("{:.2f} % (1 σ)", 100.0 * outcome.monte_carlo->uncertainty)
                                  : to_string(options.quality);
  report.provenance.dose_grid = outcome.dose_Gy.grid();
  report.provenance.seed = options.seed;
  const std::string status =
      "final, " + outcome.engine +
      (outcome.monte_carlo ? "" : "; no statistical uncertainty; may overdose by some per cent beside lung");
  report.provenance.dose_status = status;
  report.provenance.more = {
      {"body outline", outcome.density.body.source},
      {"isocentre", fmt::format("({:.1f}, {:.1f}, {:.1f}) mm", outcome.isocentre_P.x(), outcome.isocentre_P.y(),
                                outcome.isocentre_P.z())},
      {"normalisation", fmt::format("all MU times {:.4f}, so that {} D95% = {:g} Gy", outcome.mu_scale,
                                    protocol.prescription.target, protocol.prescription.dose_Gy)}};
  report.goals = report_goals(outcome.goals);
  report.dose = dose_part(outcome.final_samples, outcome.sigma_samples, protocol, patient,
                          "deliverable plan, final dose", status);
  report.comparisons.push_back(dose_part(outcome.ideal_dose, {}, protocol, patient, "ideal fluence, optimiser's dose",
                                         "influence matrix at sample points, before segments and normalisation"));
  add_compared(report.goals, outcome.ideal_goals);
  if (outcome.monte_carlo) {
    report.monte_carlo = monte_carlo_part(*outcome.monte_carlo);
    report.comparisons.push_back(dose_part(outcome.cones_samples, {}, protocol, patient,
                                           "the same plan by collapsed cones",
                                           "collapsed cones at the same MU; for comparison"));
    add_compared(report.goals, outcome.cones_goals);
  }
  report.beams = report_beams(outcome.plan, skin_distances(outcome.plan, outcome.density.body.mask));
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
  report.warnings = patient.warnings;
  report.warnings.insert(report.warnings.end(), outcome.notes.begin(), outcome.notes.end());
  report.timings.created = fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::chrono::system_clock::now()));
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
  report.images.structure_set = &patient.structure_set;
  report.images.centre_P = outcome.isocentre_P;
  return report;
}

}  // namespace xingu
