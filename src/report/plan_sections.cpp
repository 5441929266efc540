// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "report/figures.h"
#include "report/html_text.h"
#include "report/report_facts.h"
#include "report/report_sections.h"

namespace xingu {
namespace {

struct MetricRow {
  std::string_view name;
  std::string_view key;
  std::optional<double> ReportTarget::* value;
  NumberStyle style;
  std::string_view definition;
};

constexpr std::array<MetricRow, 6> metric_rows{{
    {"Coverage",
     "coverage_percent",
     &ReportTarget::coverage_percent,
     {1, "%"},
     "part of the target at or above its prescription"},
    {"Paddick conformity index",
     "paddick_ci",
     &ReportTarget::paddick_ci,
     {3},
     "TV<sub>PIV</sub>² / (TV · PIV): TV the target’s volume, PIV the body’s volume at or above the prescription, "
     "TV<sub>PIV</sub> the part both share; 1 is perfect (Paddick 2000)"},
    {"Gradient index",
     "gradient_index",
     &ReportTarget::gradient_index,
     {2},
     "body volume at or above half the prescription / PIV (Paddick and Lippitz 2006)"},
    {"R50",
     "R50",
     &ReportTarget::r50,
     {2},
     "body volume at or above half the prescription / target volume (RTOG 0813, 0915)"},
    {"Homogeneity index",
     "homogeneity_index",
     &ReportTarget::homogeneity_index,
     {3},
     "(D2 − D98) / D50 of the target; 0 is perfect (ICRU 83)"},
    {"D2cm",
     "D2cm_percent",
     &ReportTarget::d2cm_percent,
     {1, "%"},
     "largest body dose at least 20 mm from all targets, % of the prescription (RTOG 0813, 0915)"},
}};

std::string remark_below(const std::string& words) {
  return words.empty() ? std::string() : "<p class=\"note\">" + html_escape(words) + ".</p>\n";
}

std::string metric_table(const PlanReport& report, std::size_t target) {
  const ReportTarget& of = report.dose.targets[target];
  std::string out = fmt::format(
      "<div class=\"scroll\"><table><caption><strong>{}</strong>, prescription {}</caption><thead><tr><th "
      "scope=\"col\">Metric</th><th scope=\"col\" class=\"num\">This plan</th>",
      html_escape(of.name) + (made_of(report, of.name).empty() ? "" : ", " + html_escape(made_of(report, of.name))),
      number(fmt::format("/dose/targets/{}/prescription_Gy", target), of.prescription_Gy, {2, "Gy"}));
  for (const ReportDose& dose : report.comparisons) {
    out += "<th scope=\"col\" class=\"num\">" + html_escape(dose.label) + "</th>";
  }
  out += "<th scope=\"col\">Definition</th></tr></thead><tbody>\n";
  for (const MetricRow& row : metric_rows) {
    out += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"num\"><strong>{}</strong></td>", row.name,
                       number(fmt::format("/dose/targets/{}/{}", target, row.key), of.*row.value, row.style));
    for (std::size_t k = 0; k < report.comparisons.size(); ++k) {
      const auto& others = report.comparisons[k].targets;
      const auto other = std::ranges::find(others, of.name, &ReportTarget::name);
      out += "<td class=\"num\">" +
             (other == others.end()
                  ? std::string("<span class=\"none\">–</span>")
                  : number(fmt::format("/comparisons/{}/targets/{}/{}", k, other - others.begin(), row.key),
                           (*other).*row.value, row.style)) +
             "</td>";
    }
    out += fmt::format("<td class=\"note\">{}</td></tr>\n", row.definition);
  }
  return out + "</tbody></table></div>\n" + remark_below(level_remark(report.dose, of));
}

std::string row(std::string_view name, std::string_view value) {
  return value.empty() ? std::string()
                       : fmt::format("<tr><th scope=\"row\">{}</th><td class=\"num\">{}</td></tr>\n", name, value);
}

std::string text_row(std::string_view name, std::string_view value) {
  return value.empty() ? std::string() : fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", name, value);
}

std::string table(std::string_view caption, std::string_view rows) {
  return rows.empty()
             ? std::string()
             : fmt::format("<div class=\"scroll\"><table><caption>{}</caption><tbody>\n{}</tbody></table></div>\n",
                           caption, rows);
}

constexpr NumberStyle scientific_style{2, "", 1.0, true};
constexpr NumberStyle fraction_as_percent{2, "%", 0.01};

std::string optional_row(std::string_view name, std::string_view key, const std::optional<double>& value,
                         const NumberStyle& style) {
  return value.has_value() ? row(name, number(key, value, style)) : std::string();
}

/// What the machine's reach costs against the unlimited sphere.
std::string reach_rows(const ReportOptimisation::Reach& r, const std::string& base) {
  std::string rows = row("Directions through visible skin, reached",
                         count(base + "/reached", r.num_reached) + " of " + count(base + "/sphere", r.num_sphere));
  rows += row("Objective, all directions of the unlimited sphere",
              number(base + "/bound_sphere", r.bound_sphere, scientific_style));
  rows += row("Objective, beams chosen from reached directions",
              number(base + "/chosen_reached", r.chosen_reached, scientific_style));
  rows += row("Objective, as many beams from the unlimited sphere",
              number(base + "/chosen_sphere", r.chosen_sphere, scientific_style));
  rows += optional_row("Loss to the machine's reach, chosen beams", base + "/loss",
                       relative_gap(r.chosen_reached, r.chosen_sphere), fraction_as_percent);
  return rows;
}

std::string optimisation_table(const ReportOptimisation& o) {
  const std::string base = "/optimisation";
  std::string rows = text_row("Choice of beams", html_escape(o.method));
  rows += row("Iterations", count(base + "/iterations", static_cast<std::uint64_t>(std::max(0, o.iterations))));
  rows += optional_row("Objective, ideal fluence", base + "/objective_ideal", o.objective_ideal, scientific_style);
  rows += optional_row("Objective, deliverable segments", base + "/objective_sequenced", o.objective_sequenced,
                       scientific_style);
  rows += optional_row("Cost of sequencing", base + "/gap_of_sequencing",
                       relative_gap(o.objective_sequenced, o.objective_ideal), fraction_as_percent);
  rows += optional_row("Objective, all candidates (lower bound)", base + "/objective_all_candidates",
                       o.objective_all_candidates, scientific_style);
  rows += optional_row("Gap to that bound", base + "/gap_to_all_candidates",
                       relative_gap(o.objective_ideal, o.objective_all_candidates), fraction_as_percent);
  if (o.reach) {
    rows += reach_rows(*o.reach, base + "/reach");
  }
  rows += optional_row("KKT residual", base + "/kkt_residual", o.kkt_residual, scientific_style);
  for (std::size_t i = 0; i < o.alternatives.size(); ++i) {
    const auto& a = o.alternatives[i];
    const std::string key = fmt::format("{}/alternatives/{}", base, i);
    rows += row(fmt::format("For comparison: {}, {} beams", html_escape(a.method),
                            count(key + "/beams", static_cast<std::uint64_t>(std::max(0, a.num_beams)))),
                number(key + "/objective", a.objective, scientific_style));
  }
  return table("Optimisation", rows);
}

std::string dose_gap_table(const ReportOptimisation& o) {
  if (o.dose_gaps.empty()) {
    return {};
  }
  std::string out =
      "<div class=\"scroll\"><table><caption>Optimiser’s dose minus the full-quality dose of the same deliverable "
      "plan</caption><thead><tr><th "
      "scope=\"col\">Structure</th><th scope=\"col\" class=\"num\">Mean<br>Gy</th><th scope=\"col\" "
      "class=\"num\">99th percentile<br>Gy</th></tr></thead><tbody>\n";
  for (std::size_t i = 0; i < o.dose_gaps.size(); ++i) {
    const auto& gap = o.dose_gaps[i];
    const std::string key = fmt::format("/optimisation/optimiser_minus_final_dose/{}", i);
    fmt::format_to(std::back_inserter(out),
                   "<tr><th scope=\"row\">{}</th><td class=\"num\">{}</td><td class=\"num\">{}</td></tr>\n",
                   html_escape(gap.structure), number(key + "/mean_Gy", gap.mean_Gy, {3}),
                   number(key + "/p99_Gy", gap.p99_Gy, {3}));
  }
  return out + "</tbody></table></div>\n";
}

std::string monte_carlo_tables(const ReportMonteCarlo& m) {
  const std::string base = "/monte_carlo";
  std::string rows = row("Histories", count(base + "/histories", m.histories));
  rows += row("Uncertainty (1 σ) of a voxel above half of the maximum",
              number(base + "/uncertainty_percent", m.uncertainty_percent, {2, "%"}));
  if (m.target_uncertainty_percent) {
    rows += row("Uncertainty (1 σ) of a voxel of the target",
                number(base + "/target_uncertainty_percent", *m.target_uncertainty_percent, {2, "%"}));
  }
  rows += row("Uncertainty (1 σ) of the photons per MU",
              number(base + "/mu_uncertainty_percent", m.mu_uncertainty_percent, {2, "%"}));
  rows += text_row("Optimised once more on the difference of the engines", m.is_reoptimised ? "yes" : "no");
  std::string out = table("Monte Carlo", rows);
  if (m.gaps.empty()) {
    return out;
  }
  out +=
      "<div class=\"scroll\"><table><caption>Collapsed cones minus Monte Carlo, same deliverable "
      "plan</caption><thead><tr><th scope=\"col\">Structure</th><th scope=\"col\" class=\"num\">Mean<br>Gy</th><th "
      "scope=\"col\" class=\"num\">D95<br>Gy</th><th scope=\"col\" class=\"num\">D2<br>Gy</th><th scope=\"col\" "
      "class=\"num\">1 σ of a voxel<br>% of mean dose</th></tr></thead><tbody>\n";
  for (std::size_t i = 0; i < m.gaps.size(); ++i) {
    const auto& gap = m.gaps[i];
    const std::string key = fmt::format("{}/collapsed_cones_minus_monte_carlo/{}", base, i);
    fmt::format_to(std::back_inserter(out),
                   "<tr><th scope=\"row\">{}</th><td class=\"num\">{}</td><td class=\"num\">{}</td><td "
                   "class=\"num\">{}</td><td class=\"num\">{}</td></tr>\n",
                   html_escape(gap.structure), number(key + "/mean_Gy", gap.mean_Gy, {3}),
                   number(key + "/D95_Gy", gap.d95_Gy, {3}), number(key + "/D2_Gy", gap.d2_Gy, {3}),
                   number(key + "/voxel_sigma_percent", gap.sigma_percent, {1}));
  }
  return out + "</tbody></table></div>\n";
}

std::string influence_table(const ReportInfluence& m) {
  const std::string base = "/influence_matrix";
  std::string rows = row("Beams", count(base + "/beams", static_cast<std::uint64_t>(std::max(0, m.num_beams))));
  rows += row("Beamlets", count(base + "/beamlets", m.num_beamlets));
  rows += row("Beamlet width", number(base + "/beamlet_mm", m.beamlet_mm, {1, "mm"}));
  rows += row("Non-zeros", count(base + "/nonzeros", m.num_nonzeros));
  rows += row("Size predicted", byte_size(base + "/predicted_bytes", m.predicted_bytes));
  rows += row("Size", byte_size(base + "/bytes", m.num_bytes));
  rows += text_row("Storage", html_escape(m.storage));
  return table("Influence matrix", rows);
}

std::string key_item(std::string_view picture, std::string_view words) {
  return fmt::format("<li><svg viewBox=\"0 0 22 22\" aria-hidden=\"true\">{}</svg>{}</li>\n", picture, words);
}

std::string grid_cell(const Grid& grid, const std::string& key) {
  const auto mm = [&](int axis) { return number(fmt::format("{}/spacing_mm/{}", key, axis), grid.spacing[axis], {2}); };
  const auto voxels = [&](int axis) {
    return count(fmt::format("{}/size/{}", key, axis),
                 static_cast<std::uint64_t>(std::max(0, grid.size[static_cast<std::size_t>(axis)])));
  };
  return fmt::format("{} × {} × {} <span class=\"unit\">voxels of</span> {} × {} × {} <span class=\"unit\">mm</span>",
                     voxels(0), voxels(1), voxels(2), mm(0), mm(1), mm(2));
}

}  // namespace

std::string metric_tables(const PlanReport& report) {
  std::string out;
  for (std::size_t i = 0; i < report.dose.targets.size(); ++i) {
    out += metric_table(report, i);
  }
  return out;
}

std::string beam_map_keys(const PlanReport& report) {
  std::string out = "<ul class=\"keys\">\n";
  out += key_item(
      "<circle cx=\"11\" cy=\"11\" r=\"9\" fill=\"#0a5a73\"/><text x=\"11\" y=\"15\" text-anchor=\"middle\" "
      "style=\"fill:#fff;font-size:11px;font-weight:700\">1</text>",
      "beam with its number; larger means more MU");
  if (const CandidateCounts c = count_candidates(report); c.total > 0) {
    out += key_item("<circle cx=\"11\" cy=\"11\" r=\"2.4\" fill=\"#8fa0b2\"/>",
                    "usable candidate (" + count("/candidates/usable", static_cast<std::uint64_t>(c.usable)) + " of " +
                        count("/candidates/total", static_cast<std::uint64_t>(c.total)) + ")");
    if (c.unreachable > 0) {
      out += key_item(
          "<rect x=\"1\" y=\"3\" width=\"20\" height=\"16\" rx=\"3\" fill=\"url(#hatch)\" stroke=\"#8b96a3\"/>",
          "the machine cannot stand there (" +
              count("/candidates/unreachable", static_cast<std::uint64_t>(c.unreachable)) + ")");
    }
    if (c.open_ct_end > 0) {
      out +=
          key_item("<rect x=\"1\" y=\"3\" width=\"20\" height=\"16\" rx=\"3\" fill=\"url(#dots)\" stroke=\"#a9761f\"/>",
                   "would enter through an end of the CT (" +
                       count("/candidates/open_ct_end", static_cast<std::uint64_t>(c.open_ct_end)) + ")");
    }
  }
  out += key_item("<path d=\"M1 11H21\" stroke=\"#6d7a89\" stroke-width=\"1.5\" stroke-dasharray=\"5 3\"/>",
                  "axial plane (coplanar beams)");
  return out + "</ul>\n";
}

std::string beam_table(const PlanReport& report) {
  double most_mu = 0.0;
  for (const ReportBeam& beam : report.beams) {
    most_mu = std::max(most_mu, beam.mu);
  }
  std::string out =
      "<div class=\"scroll\"><table><caption>Angles after IEC 61217, pitch: tilt of the gantry out of its plane; MU of "
      "one fraction.</caption><thead><tr>"
      "<th scope=\"col\" class=\"num\">No.</th><th scope=\"col\">Name</th>";
  for (const std::string_view name :
       {"Gantry<br>°", "Pitch<br>°", "Couch<br>°", "Collimator<br>°", "SAD<br>mm", "SSD<br>mm", "Segments", "MU"}) {
    fmt::format_to(std::back_inserter(out), "<th scope=\"col\" class=\"num\">{}</th>", name);
  }
  const bool has_motion = report.treatment && report.treatment->beam_motion_s.size() == report.beams.size();
  out += has_motion ? "<th scope=\"col\" class=\"num\">Motion to it<br>s</th>" : "";
  out += "<th scope=\"col\"><span class=\"none\">MU, relative</span></th></tr></thead><tbody>\n";
  for (std::size_t i = 0; i < report.beams.size(); ++i) {
    const ReportBeam& beam = report.beams[i];
    const std::string key = fmt::format("/beams/{}", i);
    const auto cell = [&](std::string_view name, const std::optional<double>& value) {
      return "<td class=\"num\">" + number(fmt::format("{}/{}", key, name), value, {1}) + "</td>";
    };
    out += fmt::format(
        "<tr><td class=\"num\"><data value=\"{0}\" data-key=\"{1}/number\">{0}</data></td><th scope=\"row\">{2}</th>",
        beam.number, key, html_escape(beam.name));
    out += cell("gantry_deg", beam.gantry_deg) + cell("gantry_pitch_deg", beam.gantry_pitch_deg) +
           cell("couch_deg", beam.couch_deg) + cell("collimator_deg", beam.collimator_deg) +
           cell("sad_mm", beam.sad_mm) + cell("ssd_mm", beam.ssd_mm);
    out += "<td class=\"num\">" + count(key + "/segments", static_cast<std::uint64_t>(std::max(0, beam.num_segments))) +
           "</td>";
    out += cell("mu", beam.mu);
    if (has_motion) {
      out += "<td class=\"num\">" +
             number(fmt::format("/treatment/beam_motion_s/{}", i), report.treatment->beam_motion_s[i], {1}) + "</td>";
    }
    out += fmt::format("<td><span class=\"bar\" style=\"width:calc(var(--bar)*{})\"></span></td></tr>\n",
                       coordinate(most_mu > 0 ? std::max(0.0, beam.mu) / most_mu : 0.0, 4));
  }
  const DeliveryTotals totals = delivery_totals(report);
  fmt::format_to(std::back_inserter(out),
                 "<tr class=\"sum\"><td></td><th scope=\"row\">Sum</th><td colspan=\"6\"></td><td "
                 "class=\"num\">{}</td><td class=\"num\">{}"
                 "</td>{}<td>{}</td></tr>\n",
                 count("/delivery/segments", static_cast<std::uint64_t>(totals.num_segments)),
                 number("/delivery/mu", totals.mu, {1}), has_motion ? "<td></td>" : "",
                 totals.mu_per_Gy.has_value() ? number("/delivery/mu_per_Gy", totals.mu_per_Gy, {1, "MU/Gy"}) : "");
  return out + "</tbody></table></div>\n";
}

std::string treatment_table(const PlanReport& report) {
  if (!report.treatment.has_value()) {
    return {};
  }
  const ReportTreatment& t = *report.treatment;
  const auto seconds = [](std::string_view name, double value) {
    return number(fmt::format("/treatment/time_s/{}", name), value, {0, "s"});
  };
  std::string rows = row("In all", number("/treatment/time_s/total", t.total_s(), {1, "min", 60.0}));
  rows += row("Motion, beam off", seconds("motion", t.motion_s));
  rows += row("Beam", seconds("beam_on", t.beam_on_s));
  rows += row("Leaves between segments", seconds("leaves", t.leaves_s));
  rows += row("Set-up and latency", seconds("setup", t.setup_s));
  rows += row("Imaging", seconds("imaging", t.imaging_s));
  rows += row("Nearest on the whole way",
              html_escape(fmt::format("{} to {}, {}: ", t.nearest[0], t.nearest[1], t.nearest_where)) +
                  number("/treatment/least_clearance_mm", t.least_clearance_mm, {0, "mm"}) + " (" +
                  number("/treatment/buffer_mm", t.buffer_mm, {0, "mm"}) + " are kept)");
  for (const std::string& departure : t.departures) {
    rows += text_row("Not as planned", html_escape(departure));
  }
  return table(
      "Predicted treatment time of one fraction. Beams are given in the order of the list above, from home and back; "
      "every move between them is certified: nothing comes nearer than the machine’s buffers on the way.",
      rows);
}

std::string computation_facts(const PlanReport& report) {
  std::string left;
  std::string right;
  if (report.optimisation.has_value()) {
    left = optimisation_table(*report.optimisation);
    right = dose_gap_table(*report.optimisation);
  }
  if (report.monte_carlo.has_value()) {
    left += monte_carlo_tables(*report.monte_carlo);
  }
  if (report.influence.has_value()) {
    right = influence_table(*report.influence) + right;
  }
  return left.empty() && right.empty()
             ? std::string()
             : fmt::format("<div class=\"columns\"><div>{}</div><div>{}</div></div>\n", left, right);
}

namespace {

std::string code(const std::string& text) { return "<code>" + html_escape(text) + "</code>"; }

std::string pair_rows(const std::vector<std::pair<std::string, std::string>>& facts) {
  std::string rows;
  for (const auto& [name, value] : facts) {
    rows += text_row(html_escape(name), html_escape(value));
  }
  return rows;
}

}  // namespace

std::string provenance_tables(const PlanReport& report) {
  const ReportProvenance& p = report.provenance;
  std::string rows = text_row("Program", "Xingu " + html_escape(report.program_version));
  rows += text_row("Dose", html_escape(p.dose_status));
  rows +=
      text_row("Engine and quality", html_escape(p.engine) + (p.quality.empty() ? "" : ", " + html_escape(p.quality)));
  rows += text_row("Dose grid", grid_cell(p.dose_grid, "/provenance/dose_grid"));
  rows += text_row("CT grid", grid_cell(report.patient.ct_grid, "/patient/ct/grid"));
  rows += text_row("Seed", fmt::format("<data value=\"{0}\" data-key=\"/provenance/seed\">{0}</data>", p.seed));
  rows += pair_rows(p.more);
  std::string out =
      table("The same inputs, options and seed give the same numbers, whatever the number of threads.", rows);
  out += table("Options of the run", pair_rows(p.options));
  std::string inputs;
  for (const auto& input : p.inputs) {
    inputs += text_row(html_escape(input.name), code(input.hash) + (input.uid.empty() ? "" : "<br>" + code(input.uid)));
  }
  out += table("What went in: a 64-bit FNV-1a hash of each content, and the UID where there is one", inputs);
  std::string outputs;
  for (const auto& output : p.outputs) {
    outputs += text_row(html_escape(output.file), code(output.uid));
  }
  return out + table("What came out: SOP Instance UIDs", outputs);
}

std::string timing_table(const PlanReport& report) {
  const ReportTimings& t = report.timings;
  if (t.steps.empty() && !(t.total_s > 0)) {
    return {};
  }
  const auto line = [](std::string text) {
    text.insert(3, " class=\"volatile\"");
    return text;
  };
  std::string rows;
  for (std::size_t i = 0; i < t.steps.size(); ++i) {
    rows += line(
        row(html_escape(t.steps[i].name), number(fmt::format("/timings/steps/{}/s", i), t.steps[i].seconds, {2, "s"})));
  }
  rows += line(row("Whole run", number("/timings/total_s", t.total_s, {2, "s"})));
  if (t.influence_s.has_value()) {
    rows += line(row(
        "Influence matrix",
        number("/timings/influence_s", t.influence_s, {2, "s"}) +
            (t.influence_predicted_s.has_value()
                 ? " (predicted " + number("/timings/influence_predicted_s", t.influence_predicted_s, {2, "s"}) + ")"
                 : "")));
  }
  rows += line(row("Peak memory", byte_size("/timings/peak_memory_bytes", t.peak_memory_bytes)));
  rows += line(row("Threads", count("/timings/threads", static_cast<std::uint64_t>(std::max(0, t.num_threads)))));
  return table("One run on one computer; not part of what two runs share.", rows);
}

}  // namespace xingu
