// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/goals_json.h"
#include "report/html_text.h"
#include "report/plan_report.h"
#include "report/report_facts.h"

namespace xingu {
namespace {

using Json = nlohmann::ordered_json;

Json real(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
Json real(const std::optional<double>& value) { return value.has_value() ? real(*value) : Json(nullptr); }
Json text(const std::string& value) { return repaired_utf8(value); }

Json reals(const std::vector<double>& values) {
  Json result = Json::array();
  for (const double value : values) {
    result.push_back(real(value));
  }
  return result;
}

bool is_flat(const Json& value) {
  return std::ranges::none_of(value, [](const Json& item) { return item.is_structured(); });
}

/// Indented by two, with arrays of plain values on one line: a DVH's thousand doses are one line, not a thousand.
void write(const Json& value, const std::string& indent, std::string& out) {
  if (!value.is_structured() || value.empty() || (value.is_array() && is_flat(value))) {
    out += value.dump();
    return;
  }
  const std::string inner = indent + "  ";
  out += value.is_object() ? "{\n" : "[\n";
  bool is_first = true;
  for (const auto& [key, item] : value.items()) {
    out += is_first ? inner : ",\n" + inner;
    is_first = false;
    if (value.is_object()) {
      out += Json(key).dump() + ": ";
    }
    write(item, inner, out);
  }
  out += "\n" + indent + (value.is_object() ? "}" : "]");
}

Json vector(const Vec3& v) { return Json::array({real(v.x()), real(v.y()), real(v.z())}); }

Json grid(const Grid& g) {
  return {{"size", {g.nx(), g.ny(), g.nz()}}, {"spacing_mm", vector(g.spacing)}, {"origin_mm", vector(g.origin)}};
}

Json patient(const ReportPatient& p) {
  return {{"name", text(p.name)},
          {"id", text(p.id)},
          {"birth_date", text(p.birth_date)},
          {"sex", text(p.sex)},
          {"position", text(p.position)},
          {"ct",
           {{"series", text(p.ct_series)},
            {"series_uid", text(p.ct_series_uid)},
            {"date", text(p.ct_date)},
            {"grid", grid(p.ct_grid)}}},
          {"structure_set", text(p.structure_set)},
          {"folder", text(p.folder)}};
}

Json pairs(const std::vector<std::pair<std::string, std::string>>& facts) {
  Json result = Json::object();
  for (const auto& [name, value] : facts) {
    result[repaired_utf8(name)] = text(value);
  }
  return result;
}

Json provenance(const ReportProvenance& p) {
  Json inputs = Json::array();
  for (const auto& input : p.inputs) {
    inputs.push_back({{"name", text(input.name)}, {"hash", text(input.hash)}});
    if (!input.uid.empty()) {
      inputs.back()["uid"] = text(input.uid);
    }
  }
  Json outputs = Json::array();
  for (const auto& output : p.outputs) {
    outputs.push_back({{"file", text(output.file)}, {"uid", text(output.uid)}});
  }
  return {{"inputs", inputs},
          {"engine", text(p.engine)},
          {"quality", text(p.quality)},
          {"dose_grid", grid(p.dose_grid)},
          {"seed", p.seed},
          {"dose_status", text(p.dose_status)},
          {"more", pairs(p.more)},
          {"options", pairs(p.options)},
          {"outputs", outputs}};
}

Json goal(const ReportGoal& g) {
  Json compared = Json::array();
  for (const auto& value : g.compared) {
    compared.push_back(real(value));
  }
  return {{"structure", text(g.structure)},
          {"metric", text(g.metric)},
          {"comparison", text(g.comparison)},
          {"limit", real(g.limit)},
          {"achieved", real(g.achieved)},
          {"unit", text(g.unit)},
          {"status", status_word(g.status)},
          {"reason", text(g.reason)},
          {"priority", g.priority},
          {"source", text(g.source)},
          {"compared", compared},
          {"dosed_percent", real(g.dosed_percent)},
          {"uncertainty", real(g.uncertainty)},
          {"is_within_uncertainty", g.is_within_uncertainty}};
}

/// Standard deviations beside the metrics, and the curve's band beside the curve.
void add_sigma(Json& structure, const ReportDvhBand& band) {
  structure["sigma"] = {{"mean_Gy", real(band.mean_Gy)},
                        {"D98_Gy", real(band.d98_Gy)},
                        {"D95_Gy", real(band.d95_Gy)},
                        {"D50_Gy", real(band.d50_Gy)},
                        {"D2_Gy", real(band.d2_Gy)}};
  structure["dvh"]["volume_fraction_low"] = reals(band.volume_fraction_low);
  structure["dvh"]["volume_fraction_high"] = reals(band.volume_fraction_high);
}

Json texts(const std::vector<std::string>& values) {
  Json result = Json::array();
  for (const std::string& value : values) {
    result.push_back(text(value));
  }
  return result;
}

/// What the protocol's names mean in this patient.
Json structures(const std::vector<ReportStructure>& all) {
  Json result = Json::array();
  for (const ReportStructure& s : all) {
    result.push_back({{"name", text(s.name)},
                      {"role", text(s.role)},
                      {"taken", texts(s.taken)},
                      {"excluded", texts(s.excluded)},
                      {"made_of", text(s.words)}});
  }
  return result;
}

Json histograms(const std::vector<ReportDvh>& curves) {
  Json structures = Json::array();
  for (const ReportDvh& s : curves) {
    structures.push_back({{"name", text(s.name)},
                          {"role", text(s.role)},
                          {"colour", s.colour},
                          {"volume_cm3", real(s.volume_cm3)},
                          {"outside_dose_grid_cm3", real(s.outside_cm3)},
                          {"min_Gy", real(s.min_Gy)},
                          {"mean_Gy", real(s.mean_Gy)},
                          {"max_Gy", real(s.max_Gy)},
                          {"D98_Gy", real(s.d98_Gy)},
                          {"D95_Gy", real(s.d95_Gy)},
                          {"D50_Gy", real(s.d50_Gy)},
                          {"D2_Gy", real(s.d2_Gy)},
                          {"dvh", {{"dose_Gy", reals(s.dose_Gy)}, {"volume_fraction", reals(s.volume_fraction)}}}});
    if (s.sigma) {
      add_sigma(structures.back(), *s.sigma);
    }
  }
  return structures;
}

Json dose(const ReportDose& d) {
  Json targets = Json::array();
  for (const ReportTarget& t : d.targets) {
    targets.push_back({{"name", text(t.name)},
                       {"prescription_Gy", real(t.prescription_Gy)},
                       {"coverage_percent", real(t.coverage_percent)},
                       {"paddick_ci", real(t.paddick_ci)},
                       {"gradient_index", real(t.gradient_index)},
                       {"R50", real(t.r50)},
                       {"homogeneity_index", real(t.homogeneity_index)},
                       {"D2cm_percent", real(t.d2cm_percent)}});
    if (const std::string remark = level_remark(d, t); !remark.empty()) {
      targets.back()["remark"] = text(remark);
    }
  }
  Json result{{"label", text(d.label)},
              {"status", text(d.status)},
              {"structures", histograms(d.structures)},
              {"targets", targets}};
  if (!d.others.empty()) {
    result["other_structures"] = histograms(d.others);
  }
  return result;
}

Json beams(const PlanReport& report) {
  Json result = Json::array();
  for (const ReportBeam& b : report.beams) {
    result.push_back({{"number", b.number},
                      {"name", text(b.name)},
                      {"gantry_deg", real(b.gantry_deg)},
                      {"gantry_pitch_deg", real(b.gantry_pitch_deg)},
                      {"couch_deg", real(b.couch_deg)},
                      {"collimator_deg", real(b.collimator_deg)},
                      {"sad_mm", real(b.sad_mm)},
                      {"ssd_mm", real(b.ssd_mm)},
                      {"segments", b.num_segments},
                      {"mu", real(b.mu)},
                      {"direction", vector(b.direction_P)}});
  }
  return result;
}

Json treatment(const ReportTreatment& t) {
  Json departures = Json::array();
  for (const std::string& departure : t.departures) {
    departures.push_back(text(departure));
  }
  return {{"is_certified", true},
          {"time_s",
           {{"motion", real(t.motion_s)},
            {"beam_on", real(t.beam_on_s)},
            {"leaves", real(t.leaves_s)},
            {"setup", real(t.setup_s)},
            {"imaging", real(t.imaging_s)},
            {"total", real(t.total_s())}}},
          {"beam_motion_s", reals(t.beam_motion_s)},
          {"least_clearance_mm", real(t.least_clearance_mm)},
          {"buffer_mm", real(t.buffer_mm)},
          {"nearest", {text(t.nearest[0]), text(t.nearest[1])}},
          {"nearest_where", text(t.nearest_where)},
          {"departures_from_plan", departures}};
}

Json candidates(const PlanReport& report) {
  const CandidateCounts counts = count_candidates(report);
  return {{"total", counts.total},
          {"usable", counts.usable},
          {"unreachable", counts.unreachable},
          {"open_ct_end", counts.open_ct_end}};
}

Json delivery(const PlanReport& report) {
  const DeliveryTotals totals = delivery_totals(report);
  return {{"beams", totals.num_beams},
          {"segments", totals.num_segments},
          {"mu", real(totals.mu)},
          {"mu_per_Gy", real(totals.mu_per_Gy)}};
}

Json optimisation(const ReportOptimisation& o) {
  Json alternatives = Json::array();
  for (const auto& a : o.alternatives) {
    alternatives.push_back({{"method", text(a.method)}, {"beams", a.num_beams}, {"objective", real(a.objective)}});
  }
  Json gaps = Json::array();
  for (const auto& g : o.dose_gaps) {
    gaps.push_back({{"structure", text(g.structure)}, {"mean_Gy", real(g.mean_Gy)}, {"p99_Gy", real(g.p99_Gy)}});
  }
  Json reach;
  if (const auto& r = o.reach) {
    reach = {{"reached", r->num_reached},
             {"sphere", r->num_sphere},
             {"bound_reached", real(r->bound_reached)},
             {"bound_sphere", real(r->bound_sphere)},
             {"bound_loss", real(relative_gap(r->bound_reached, r->bound_sphere))},
             {"chosen_reached", real(r->chosen_reached)},
             {"chosen_sphere", real(r->chosen_sphere)},
             {"loss", real(relative_gap(r->chosen_reached, r->chosen_sphere))}};
  }
  return {{"method", text(o.method)},
          {"iterations", o.iterations},
          {"objective_ideal", real(o.objective_ideal)},
          {"objective_sequenced", real(o.objective_sequenced)},
          {"objective_all_candidates", real(o.objective_all_candidates)},
          {"gap_to_all_candidates", real(relative_gap(o.objective_ideal, o.objective_all_candidates))},
          {"gap_of_sequencing", real(relative_gap(o.objective_sequenced, o.objective_ideal))},
          {"kkt_residual", real(o.kkt_residual)},
          {"reach", reach},
          {"alternatives", alternatives},
          {"optimiser_minus_final_dose", gaps}};
}

Json monte_carlo(const ReportMonteCarlo& m) {
  Json gaps = Json::array();
  for (const auto& g : m.gaps) {
    gaps.push_back({{"structure", text(g.structure)},
                    {"mean_Gy", real(g.mean_Gy)},
                    {"D95_Gy", real(g.d95_Gy)},
                    {"D2_Gy", real(g.d2_Gy)},
                    {"voxel_sigma_percent", real(g.sigma_percent)}});
  }
  return {{"histories", m.histories},
          {"batches", m.batches},
          {"uncertainty_percent", real(m.uncertainty_percent)},
          {"target_uncertainty_percent", m.target_uncertainty_percent ? real(*m.target_uncertainty_percent) : Json()},
          {"mu_uncertainty_percent", real(m.mu_uncertainty_percent)},
          {"is_reoptimised", m.is_reoptimised},
          {"collapsed_cones_minus_monte_carlo", gaps}};
}

Json influence(const ReportInfluence& m) {
  return {{"beams", m.num_beams},       {"beamlet_mm", real(m.beamlet_mm)},
          {"beamlets", m.num_beamlets}, {"nonzeros", m.num_nonzeros},
          {"bytes", m.num_bytes},       {"predicted_bytes", m.predicted_bytes},
          {"storage", text(m.storage)}};
}

Json timings(const ReportTimings& t) {
  Json steps = Json::array();
  for (const auto& step : t.steps) {
    steps.push_back({{"name", text(step.name)}, {"s", real(step.seconds)}});
  }
  return {{"created", text(t.created)},
          {"threads", t.num_threads},
          {"total_s", real(t.total_s)},
          {"peak_memory_bytes", t.peak_memory_bytes},
          {"influence_predicted_s", real(t.influence_predicted_s)},
          {"influence_s", real(t.influence_s)},
          {"steps", steps}};
}

}  // namespace

Json goals_json(const std::vector<ReportGoal>& goals) {
  Json list = Json::array();
  for (const ReportGoal& g : goals) {
    list.push_back(goal(g));
  }
  return list;
}

std::string render_json(const PlanReport& report) {
  check_curves(report);
  Json comparisons = Json::array();
  for (const ReportDose& d : report.comparisons) {
    comparisons.push_back(dose(d));
  }
  Json warnings = Json::array();
  for (const std::string& warning : report.warnings) {
    warnings.push_back(text(warning));
  }
  const GoalCounts counts = count_goals(report);
  Json document{{"research_use_only", std::string(research_use)},
                {"program", {{"name", "xingu"}, {"version", text(report.program_version)}}},
                {"plan", text(report.plan_label)},
                {"machine", text(report.machine)},
                {"patient", patient(report.patient)},
                {"protocol",
                 {{"name", text(report.protocol.name)},
                  {"description", text(report.protocol.description)},
                  {"target", text(report.protocol.target)},
                  {"prescription_Gy", real(report.protocol.prescription_Gy)},
                  {"fractions", report.protocol.num_fractions},
                  {"fraction_dose_Gy", real(fraction_dose_Gy(report))}}},
                {"structures", structures(report.structures)},
                {"goal_counts",
                 {{"met", counts.met},
                  {"missed", counts.missed},
                  {"evaluated", counts.evaluated()},
                  {"missing", counts.missing}}},
                {"goals", goals_json(report.goals)},
                {"dose", dose(report.dose)},
                {"comparisons", comparisons},
                {"delivery", delivery(report)},
                {"beams", beams(report)},
                {"treatment", report.treatment.has_value() ? treatment(*report.treatment) : Json(nullptr)},
                {"candidates", candidates(report)},
                {"slices",
                 {{"centre_mm", vector(report.images.centre_P)},
                  {"isodose_percent", reals(report.images.isodose_percent)},
                  {"window_width_hu", real(report.images.window_width_hu)},
                  {"window_level_hu", real(report.images.window_level_hu)}}},
                {"optimisation", report.optimisation.has_value() ? optimisation(*report.optimisation) : Json(nullptr)},
                {"monte_carlo", report.monte_carlo.has_value() ? monte_carlo(*report.monte_carlo) : Json(nullptr)},
                {"influence_matrix", report.influence.has_value() ? influence(*report.influence) : Json(nullptr)},
                {"warnings", warnings},
                {"provenance", provenance(report.provenance)},
                {"timings", timings(report.timings)}};
  std::string out;
  write(document, "", out);
  return out + "\n";
}

}  // namespace xingu
