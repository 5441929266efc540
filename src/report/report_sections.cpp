// SPDX-License-Identifier: Apache-2.0
#include "report/report_sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "patient/dvh.h"
#include "report/figures.h"
#include "report/html_text.h"
#include "report/report_facts.h"

namespace xingu {
namespace {

constexpr NumberStyle in_Gy{2, "Gy"};
constexpr NumberStyle bare_Gy{2};

std::string fact(std::string_view name, std::string_view content) {
  return content.empty() ? std::string() : fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, content);
}

std::string grid_words(const Grid& grid) {
  return fmt::format("{} × {} × {} <span class=\"unit\">voxels of {} × {} × {} mm</span>", grid.nx(), grid.ny(),
                     grid.nz(), coordinate(grid.spacing.x(), 3), coordinate(grid.spacing.y(), 3),
                     coordinate(grid.spacing.z(), 3));
}

std::string joined(std::initializer_list<std::string> parts) {
  std::string result;
  for (const std::string& part : parts) {
    if (!part.empty()) {
      result += (result.empty() ? "" : " · ") + html_escape(part);
    }
  }
  return result;
}

std::string dash_if_empty(const std::string& text) {
  return text.empty() ? "<span class=\"none\">–</span>" : html_escape(text);
}

/// 20261122 → 2026-11-22; anything else stays.
std::string date_words(const std::string& dicom_date) {
  const bool is_date =
      dicom_date.size() == 8 && std::ranges::all_of(dicom_date, [](char c) { return c >= '0' && c <= '9'; });
  return is_date ? dicom_date.substr(0, 4) + "-" + dicom_date.substr(4, 2) + "-" + dicom_date.substr(6) : dicom_date;
}

/// A DICOM name for people: "Family^Given^Middle" → "Family, Given Middle".
std::string person_words(const std::string& name) {
  std::string words;
  std::size_t num_parts = 0;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('^', begin), name.size());
    if (end > begin) {
      words += (num_parts == 0 ? "" : num_parts == 1 ? ", " : " ") + name.substr(begin, end - begin);
      ++num_parts;
    }
    begin = end + 1;
  }
  return words;
}

std::string prescription_words(const PlanReport& report) {
  const ReportProtocol& p = report.protocol;
  if (!(p.prescription_Gy > 0)) {
    return {};
  }
  std::string words = number("/protocol/prescription_Gy", p.prescription_Gy, in_Gy) + " in " +
                      count("/protocol/fractions", static_cast<std::uint64_t>(std::max(0, p.num_fractions))) +
                      (p.num_fractions == 1 ? " fraction" : " fractions");
  if (p.num_fractions > 1) {
    words += " of " + number("/protocol/fraction_dose_Gy", fraction_dose_Gy(report), in_Gy);
  }
  const std::string patients = made_of(report, p.target);
  return words + (p.target.empty() ? ""
                                   : "<br><small>to " + html_escape(p.target) +
                                         (patients.empty() ? "" : ", " + html_escape(patients)) + "</small>");
}

NumberStyle style_of(const std::string& unit) {
  if (unit == "Gy") {
    return {2, "Gy"};
  }
  if (unit == "%") {
    return {1, "%"};
  }
  if (unit == "cc") {
    return {2, "cm³"};
  }
  return {2, unit};
}

/// "D95%[Gy]" → "D95%".
std::string metric_words(const std::string& metric) {
  const std::size_t bracket = metric.find_last_of('[');
  return html_escape(metric.ends_with(']') && bracket != std::string::npos ? metric.substr(0, bracket) : metric);
}

std::string_view comparison_sign(const std::string& comparison) {
  return comparison == "<="   ? "≤"
         : comparison == ">=" ? "≥"
         : comparison == "<"  ? "&lt;"
         : comparison == ">"  ? "&gt;"
                              : "";
}

std::string state_words(GoalStatus status) {
  const std::string_view sign = status == GoalStatus::met ? "✓" : status == GoalStatus::missed ? "✗" : "–";
  return fmt::format("<span class=\"state {}\"><span aria-hidden=\"true\">{}</span> {}</span>", status_word(status),
                     sign, status_phrase(status));
}

/// A structure of the protocol with what it is made of in this patient.
std::string structure_words(const PlanReport& report, const std::string& name) {
  const std::string words = made_of(report, name);
  return html_escape(name) + (words.empty() ? "" : "<br><small>" + html_escape(words) + "</small>");
}

std::string name_list(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    list += (list.empty() ? "" : ", ") + html_escape(name);
  }
  return list.empty() ? "<span class=\"none\">–</span>" : list;
}

/// Where the limits come from, each source once, in the order of the goals.
std::vector<std::string_view> goal_sources(const PlanReport& report) {
  std::vector<std::string_view> sources;
  for (const ReportGoal& goal : report.goals) {
    if (!goal.source.empty() && std::ranges::find(sources, goal.source) == sources.end()) {
      sources.push_back(goal.source);
    }
  }
  return sources;
}

/// The number of a goal's source, as a link to the list under the table.
std::string source_mark(const ReportGoal& goal, const std::vector<std::string_view>& sources) {
  const auto number = std::ranges::find(sources, goal.source) - sources.begin() + 1;
  return goal.source.empty() ? std::string("<span class=\"none\">–</span>")
                             : fmt::format("<a href=\"#source-{0}\">[{0}]</a>", number);
}

std::string source_list(const std::vector<std::string_view>& sources) {
  std::string out;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    out += fmt::format("<li id=\"source-{}\">{}</li>\n", i + 1, html_escape(sources[i]));
  }
  return out.empty() ? out : "<h3>Sources of the limits</h3>\n<ol class=\"sources\">\n" + out + "</ol>\n";
}

/// " ± 0.31 Gy", and that the limit lies within it.
std::string uncertainty_words(const ReportGoal& goal, const std::string& key, const NumberStyle& style) {
  if (!goal.uncertainty) {
    return {};
  }
  return "<br><small>± " + number(key + "/uncertainty", goal.uncertainty, style) +
         (goal.is_within_uncertainty ? ": within its uncertainty" : "") + "</small>";
}

std::string goal_row(const PlanReport& report, std::size_t i, const std::vector<std::string_view>& sources) {
  const ReportGoal& goal = report.goals[i];
  NumberStyle style = style_of(goal.unit);
  if (goal.unit.empty() && std::abs(goal.limit) < 1.5) {
    style.decimals = 3;  // indices that end at 1
  }
  const std::string key = fmt::format("/goals/{}", i);
  std::string row = fmt::format(
      "<tr class=\"{}\"><td>{}</td><th scope=\"row\">{}</th><td>{}</td><td class=\"num\"><span class=\"value\">{} "
      "{}</span></td><td "
      "class=\"num achieved\">{}{}{}{}</td>",
      status_word(goal.status), state_words(goal.status), structure_words(report, goal.structure),
      metric_words(goal.metric), comparison_sign(goal.comparison), number(key + "/limit", goal.limit, style),
      number(key + "/achieved", goal.achieved, style), uncertainty_words(goal, key, style),
      goal.has_part_without_dose
          ? "<br><small>(of " + number(key + "/dosed_percent", goal.dosed_percent, {1, "%"}) + ")</small>"
          : std::string(),
      goal.reason.empty() ? "" : "<br><small>" + html_escape(goal.reason) + "</small>");
  for (std::size_t k = 0; k < report.comparisons.size(); ++k) {
    row += "<td class=\"num\">" +
           (k < goal.compared.size() ? number(fmt::format("{}/compared/{}", key, k), goal.compared[k], style)
                                     : std::string("<span class=\"none\">–</span>")) +
           "</td>";
  }
  row += fmt::format(
      "<td class=\"num\"><data value=\"{0}\" data-key=\"{1}/priority\">{0}</data></td><td "
      "class=\"num\">{2}</td></tr>\n",
      goal.priority, key, source_mark(goal, sources));
  return row;
}

std::string card(std::string_view kind, std::string_view name, std::string_view big, std::string_view small) {
  return fmt::format(
      "<div class=\"card {}\"><div class=\"name\">{}</div><div class=\"big\">{}</div><div "
      "class=\"small\">{}</div></div>\n",
      kind, name, big, small);
}

/// "Stomach, Colon": whose goals were not evaluated, each once.
std::string missing_words(const PlanReport& report) {
  std::vector<std::string_view> names;
  for (const ReportGoal& goal : report.goals) {
    if (goal.status == GoalStatus::missing && std::ranges::find(names, goal.structure) == names.end()) {
      names.push_back(goal.structure);
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string goal_card(const PlanReport& report) {
  const GoalCounts counts = count_goals(report);
  std::string missed;
  for (const ReportGoal& goal : report.goals) {
    if (goal.status == GoalStatus::missed) {
      missed += (missed.empty() ? "missed: " : "; ") + html_escape(goal.structure) + " " + metric_words(goal.metric);
    }
  }
  if (counts.missing > 0) {
    missed += (missed.empty() ? "" : "; ") + count("/goal_counts/missing", static_cast<std::uint64_t>(counts.missing)) +
              " not evaluated: " + html_escape(missing_words(report));
  }
  const bool is_good = counts.missed == 0 && counts.met > 0;
  const std::string big = fmt::format(
      "{} {} of {}", is_good ? "<span class=\"state met\">✓</span>" : "<span class=\"state missed\">✗</span>",
      count("/goal_counts/met", static_cast<std::uint64_t>(counts.met)),
      count("/goal_counts/evaluated", static_cast<std::uint64_t>(counts.evaluated())));
  return card(is_good ? "good" : "bad", "Evaluated goals met", big, missed.empty() ? "every goal" : missed);
}

std::string target_cards(const PlanReport& report) {
  std::string out;
  const auto& structures = report.dose.structures;
  const auto target = std::ranges::find(structures, report.protocol.target, &ReportDvh::name);
  if (target != structures.end()) {
    const auto i = target - structures.begin();
    const double prescription = report.protocol.prescription_Gy;
    const std::string percent =
        prescription > 0 ? fixed(100 * target->d95_Gy / prescription, 1) + " % of prescription" : "";
    const std::string words = made_of(report, target->name);
    out += card("", html_escape(words.empty() ? target->name : words) + " D95",
                number(fmt::format("/dose/structures/{}/D95_Gy", i), target->d95_Gy, in_Gy), percent);
  }
  const auto& targets = report.dose.targets;
  const auto metrics = std::ranges::find(targets, report.protocol.target, &ReportTarget::name);
  if (metrics != targets.end()) {
    const std::string key = fmt::format("/dose/targets/{}", metrics - targets.begin());
    out += card("", "Fall-off R50", number(key + "/R50", metrics->r50, {2}),
                "gradient index " + number(key + "/gradient_index", metrics->gradient_index, {2}));
    out += card("", "Conformity (Paddick)", number(key + "/paddick_ci", metrics->paddick_ci, {3}),
                "homogeneity " + number(key + "/homogeneity_index", metrics->homogeneity_index, {3}));
  }
  return out;
}

/// The volume, and what of it has no dose, from a thousandth on.
std::string volume_cell(const ReportDvh& s, const std::string& key) {
  const std::string volume = number(key + "/volume_cm3", s.volume_cm3, bare_Gy);
  const bool is_told = !outside_dose_words(s.name, s.outside_cm3, s.volume_cm3).empty();
  const std::string outside =
      is_told ? "<br><small>" + number(key + "/outside_dose_grid_cm3", s.outside_cm3, bare_Gy) + " without dose</small>"
              : std::string();
  return "<td class=\"num\">" + volume + outside + "</td>";
}

/// @param name  of the structure, as markup
std::string dvh_row(const ReportDvh& s, const std::string& name_cell, const std::string& key, std::size_t dataset,
                    const Rgb& colour) {
  const auto cell = [&](std::string_view name, double value, NumberStyle style) {
    return "<td class=\"num\">" + number(fmt::format("{}/{}", key, name), value, style) + "</td>";
  };
  const auto metric = [&](std::string_view name, double value, double ReportDvhBand::* sigma) {
    const std::string deviation =
        s.sigma ? "<small> ± " + number(fmt::format("{}/sigma/{}", key, name), (*s.sigma).*sigma, bare_Gy) + "</small>"
                : std::string();
    return "<td class=\"num\">" + number(fmt::format("{}/{}", key, name), value, bare_Gy) + deviation + "</td>";
  };
  return fmt::format(
             "<tr><th scope=\"row\"><svg class=\"swatch\" viewBox=\"0 0 42 16\" aria-hidden=\"true\"><path d=\"M0 "
             "8H42\" stroke=\"{}\" stroke-width=\"3.2\" stroke-dasharray=\"{}\"/></svg>{}</th>",
             css_colour(colour), dataset == 0 ? dash_of_colour(colour) : dash_of_dataset(dataset), name_cell) +
         volume_cell(s, key) + cell("min_Gy", s.min_Gy, bare_Gy) +
         metric("mean_Gy", s.mean_Gy, &ReportDvhBand::mean_Gy) + cell("max_Gy", s.max_Gy, bare_Gy) +
         metric("D98_Gy", s.d98_Gy, &ReportDvhBand::d98_Gy) + metric("D95_Gy", s.d95_Gy, &ReportDvhBand::d95_Gy) +
         metric("D50_Gy", s.d50_Gy, &ReportDvhBand::d50_Gy) + metric("D2_Gy", s.d2_Gy, &ReportDvhBand::d2_Gy) +
         "</tr>\n";
}

std::string dvh_table_head(const ReportDose& dose) {
  std::string out = fmt::format(
      "<div class=\"scroll\"><table><caption>{}{}{}</caption><thead><tr><th scope=\"col\">Structure</th>"
      "<th scope=\"col\" class=\"num\">Volume<br>cm³</th>",
      html_escape(dose.label), dose.status.empty() ? "" : ": ", html_escape(dose.status));
  for (const std::string_view name : {"Minimum", "Mean", "Maximum", "D98", "D95", "D50", "D2"}) {
    fmt::format_to(std::back_inserter(out), "<th scope=\"col\" class=\"num\">{}<br>Gy</th>", name);
  }
  return out + "</tr></thead><tbody>\n";
}

std::string dvh_table(const PlanReport& report, const ReportDose& dose, const std::string& key, std::size_t dataset,
                      const StructureColours& colours) {
  std::string out = dvh_table_head(dose);
  for (std::size_t i = 0; i < dose.structures.size(); ++i) {
    const ReportDvh& s = dose.structures[i];
    out += dvh_row(s, structure_words(report, s.name), fmt::format("{}/structures/{}", key, i), dataset,
                   colours.at(s.name));
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace

std::string plan_title(const PlanReport& report) {
  for (const std::string& title : {report.plan_label, person_words(report.patient.name), report.patient.id}) {
    if (!title.empty()) {
      return title;
    }
  }
  return "plan";
}

std::string identity(const PlanReport& report) {
  const ReportPatient& p = report.patient;
  std::string out = fmt::format("<div class=\"eyebrow\">Xingu {}</div>\n<h1>{}</h1>\n<dl class=\"identity\">\n",
                                report_name(report.subject), html_escape(plan_title(report)));
  const std::string details =
      joined({p.sex, p.birth_date.empty() ? "" : "born " + date_words(p.birth_date), p.position});
  out += fact("Patient",
              dash_if_empty(person_words(p.name)) + (details.empty() ? "" : "<br><small>" + details + "</small>"));
  out += fact("Patient ID", dash_if_empty(p.id));
  out += fact(report.subject == ReportSubject::plan ? "Protocol" : "Session",
              dash_if_empty(report.protocol.name) +
                  (report.protocol.description.empty()
                       ? ""
                       : "<br><small>" + html_escape(report.protocol.description) + "</small>"));
  out += fact("Prescription", prescription_words(report));
  out += fact("Machine", dash_if_empty(report.machine));
  const std::string ct_details =
      joined({date_words(p.ct_date), p.structure_set.empty() ? "" : "structures " + p.structure_set});
  out += fact("CT series", dash_if_empty(p.ct_series) + "<br><small>" + ct_details + "</small>");
  out += fact("CT grid", grid_words(p.ct_grid));
  out += fact("Dose grid", grid_words(report.provenance.dose_grid));
  out += "</dl>\n";
  if (!report.timings.created.empty()) {
    out += fmt::format("<p class=\"volatile made\">Made {}</p>\n", html_escape(report.timings.created));
  }
  return out;
}

std::string summary_cards(const PlanReport& report) {
  std::string cards;
  if (!report.goals.empty()) {
    cards += goal_card(report);
  }
  cards += target_cards(report);
  if (!report.beams.empty()) {
    const DeliveryTotals totals = delivery_totals(report);
    cards += card("", "Delivery",
                  count("/delivery/beams", static_cast<std::uint64_t>(totals.num_beams)) +
                      (totals.num_beams == 1 ? " beam" : " beams"),
                  count("/delivery/segments", static_cast<std::uint64_t>(totals.num_segments)) + " segments, " +
                      number("/delivery/mu", totals.mu, {1, "MU"}) + " a fraction");
  }
  return cards.empty() ? cards : "<div class=\"cards\">\n" + cards + "</div>\n";
}

std::string warning_list(const PlanReport& report) {
  if (report.warnings.empty()) {
    return {};
  }
  std::string out = "<ul class=\"warnings\">\n";
  for (const std::string& warning : report.warnings) {
    out += "<li>" + html_escape(warning) + "</li>\n";
  }
  return out + "</ul>\n";
}

std::string structure_table(const PlanReport& report) {
  if (report.structures.empty()) {
    return {};
  }
  std::string out =
      "<div class=\"scroll\"><table><caption>What the protocol’s names mean in this patient: the union of the "
      "structures taken, less those cut out.</caption>\n<thead><tr><th scope=\"col\">Protocol</th><th "
      "scope=\"col\">Role</th><th scope=\"col\">Taken from the patient</th><th scope=\"col\">Cut "
      "out</th></tr></thead>\n<tbody>\n";
  for (const ReportStructure& s : report.structures) {
    const bool is_from_elsewhere = s.taken.empty() && !s.words.empty();
    fmt::format_to(std::back_inserter(out), "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                   html_escape(s.name), html_escape(s.role),
                   is_from_elsewhere ? html_escape(s.words)
                   : s.taken.empty() ? "<span class=\"none\">no such structure</span>"
                                     : name_list(s.taken),
                   name_list(s.excluded));
  }
  return out + "</tbody></table></div>\n";
}

std::string other_dvh_table(const PlanReport& report, const StructureColours& colours) {
  ReportDose named;
  named.label = "The patient’s structures that the protocol does not mean as they were drawn, under their own names";
  std::string out = dvh_table_head(named);
  const std::vector<ReportDvh>& others = report.dose.others;
  for (std::size_t i = 0; i < others.size(); ++i) {
    out += dvh_row(others[i], html_escape(others[i].name), fmt::format("/dose/other_structures/{}", i), 0,
                   colours.at(others[i].name));
  }
  return out + "</tbody></table></div>\n";
}

std::string goal_table(const PlanReport& report) {
  if (report.goals.empty()) {
    return {};
  }
  const bool has_uncertainty =
      std::ranges::any_of(report.goals, [](const ReportGoal& goal) { return goal.uncertainty.has_value(); });
  std::string out = fmt::format(
      "<div class=\"scroll\"><table class=\"goals\">\n<caption>Limits of the protocol and what the plan reaches; doses "
      "are those of the whole course. Under the protocol’s name of a structure stand the patient’s own. Priority 1 is "
      "the highest. (of N %): what of the structure has dose, where the rest lies beyond the dose "
      "grid.{}</caption>\n<thead><tr>"
      "<th scope=\"col\">State</th><th scope=\"col\">Structure</th><th scope=\"col\">Metric</th><th scope=\"col\" "
      "class=\"num\">Limit</th><th scope=\"col\" class=\"num\">This plan</th>",
      has_uncertainty ? " ±: every voxel one standard deviation of the Monte Carlo lower and higher, as if all erred "
                        "together; where that is more than what is left to the limit, the state is “within its "
                        "uncertainty”."
                      : "");
  for (const ReportDose& dose : report.comparisons) {
    out += "<th scope=\"col\" class=\"num\">" + html_escape(dose.label) + "</th>";
  }
  out +=
      "<th scope=\"col\" class=\"num\">Priority</th><th scope=\"col\" "
      "class=\"num\">Source</th></tr></thead>\n<tbody>\n";
  const std::vector<std::string_view> sources = goal_sources(report);
  for (std::size_t i = 0; i < report.goals.size(); ++i) {
    out += goal_row(report, i, sources);
  }
  return out + "</tbody></table></div>\n" + source_list(sources);
}

std::string dvh_tables(const PlanReport& report, const StructureColours& colours) {
  std::string out;
  if (!report.comparisons.empty()) {
    out += "<ul class=\"line-keys\">\n";
    const std::size_t drawn = std::min(report.comparisons.size(), most_drawn_comparisons);
    for (std::size_t k = 0; k <= drawn; ++k) {
      const ReportDose& dose = k == 0 ? report.dose : report.comparisons[k - 1];
      fmt::format_to(std::back_inserter(out),
                     "<li><svg viewBox=\"0 0 42 10\" aria-hidden=\"true\"><path d=\"M0 5H42\" stroke=\"#17202b\" "
                     "stroke-width=\"{}\" stroke-dasharray=\"{}\"/></svg>{}</li>\n",
                     k == 0 ? "2.4" : "1.8", dash_of_dataset(k), html_escape(dose.label));
    }
    out += "</ul>\n";
  }
  const bool has_bands =
      std::ranges::any_of(report.dose.structures, [](const ReportDvh& s) { return s.sigma.has_value(); });
  if (has_bands) {
    out +=
        "<p class=\"note\">Bands and ±: every voxel one standard deviation of the Monte Carlo lower and higher, as if "
        "all "
        "erred together; errors of their own average out within a structure. Common to all and not in them: the "
        "uncertainty of the photons per MU.</p>\n";
  }
  out += dvh_table(report, report.dose, "/dose", 0, colours);
  for (std::size_t k = 0; k < report.comparisons.size(); ++k) {
    const ReportDose& dose = report.comparisons[k];
    out +=
        "<details><summary>Table for comparison: " + html_escape(dose.label) + "</summary>\n" +
        dvh_table(report, dose, fmt::format("/comparisons/{}", k), std::min(k + 1, most_drawn_comparisons), colours) +
        "</details>\n";
  }
  return out;
}

}  // namespace xingu
