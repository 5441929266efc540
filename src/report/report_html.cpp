// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "report/figures.h"
#include "report/html_text.h"
#include "report/page_style.h"
#include "report/plan_report.h"
#include "report/report_facts.h"
#include "report/report_sections.h"

namespace xingu {
namespace {

std::string head(const PlanReport& report) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n<meta name=\"generator\" "
      "content=\"Xingu {}\">\n<title>Xingu {}: {}</title>\n<style>{}</style>\n</head>\n",
      html_escape(report.program_version), report_name(report.subject), html_escape(plan_title(report)), page_style);
}

/// For those who go by the keyboard: to what a page is read for.
std::string_view skip_link(const PlanReport& report) {
  return report.subject == ReportSubject::plan ? "<a class=\"skip\" href=\"#goals\">Skip to the clinical goals</a>\n"
                                               : "<a class=\"skip\" href=\"#dvh\">Skip to dose and volume</a>\n";
}

std::string section(std::string_view id, std::string_view heading, std::string_view lead, std::string_view content) {
  if (content.empty()) {
    return {};
  }
  return fmt::format(
      "<section id=\"{0}\" aria-labelledby=\"{0}-heading\">\n<h2 id=\"{0}-heading\">{1}</h2>\n{2}{3}</section>\n", id,
      heading, lead.empty() ? "" : fmt::format("<p class=\"lead\">{}</p>\n", lead), content);
}

std::string dvh_content(const PlanReport& report) {
  if (report.dose.structures.empty()) {
    return {};
  }
  const StructureColours colours = structure_colours(report);
  std::string out = "<figure>\n" + dvh_figure(report, colours) + "</figure>\n" +
                    curve_keys(report.dose.structures, colours) + dvh_tables(report, colours);
  if (!report.dose.others.empty()) {
    out += "<details><summary>The patient’s other structures</summary>\n<figure>\n" +
           other_dvh_figure(report, colours) + "</figure>\n" + curve_keys(report.dose.others, colours) +
           other_dvh_table(report, colours) + "</details>\n";
  }
  return out;
}

std::string beams_content(const PlanReport& report) {
  if (report.beams.empty()) {
    return {};
  }
  return "<figure>\n" + beam_map_figure(report) + "</figure>\n" + beam_map_keys(report) + beam_table(report) +
         treatment_table(report);
}

std::string sections(const PlanReport& report) {
  const std::string window = fmt::format("window {} HU, level {} HU", fixed(report.images.window_width_hu, 0),
                                         fixed(report.images.window_level_hu, 0));
  std::string out;
  out += section("warnings", "Warnings", "", warning_list(report));
  out += section("goals", "Clinical goals", "", goal_table(report));
  out += section("structures", "Structures", "", structure_table(report));
  out += section("dvh", "Dose and volume",
                 fmt::format("Dose of {}{}. D98, D95, D50 and D2: the least dose in the hottest 98, 95, 50 and 2 % of "
                             "the structure’s volume.",
                             report.subject == ReportSubject::plan ? "the " : "", dose_extent(report.subject)),
                 dvh_content(report));
  out += section("slices", "Dose on the CT",
                 "Axial seen from the feet, sagittal from the patient’s left, coronal from the front; the cross marks "
                 "the isocentre. CT " +
                     window +
                     ". Full lines: dose; dashed lines: structures, interpolated "
                     "between contour planes in the sagittal and coronal views.",
                 slice_figures(report, structure_colours(report)));
  out += section("quality", "Conformity, fall-off and homogeneity", "", metric_tables(report));
  out += section("beams", "Beams", "", beams_content(report));
  out += section("computation", "How the plan was found", "", computation_facts(report));
  out += section("provenance", "Provenance", "", provenance_tables(report));
  out += section("timings", "Time and memory", "", timing_table(report));
  return out;
}

}  // namespace

std::string render_html(const PlanReport& report) {
  check_curves(report);
  const std::string banner = fmt::format("<div class=\"banner\" role=\"note\"><div class=\"sheet\">{}</div></div>\n",
                                         html_escape(research_use));
  return head(report) + "<body>\n" + std::string(skip_link(report)) + banner +
         "<div class=\"sheet\">\n<header class=\"top\">\n" + identity(report) + summary_cards(report) +
         "</header>\n<main>\n" + sections(report) + "</main>\n<footer>" +
         fmt::format("Xingu {} · {} · ", html_escape(report.program_version), html_escape(plan_title(report))) +
         html_escape(research_use) + "</footer>\n</div>\n</body>\n</html>\n";
}

}  // namespace xingu
