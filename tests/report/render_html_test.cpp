// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string_view>

#include "base/files.h"
#include "decode_png.h"
#include "report/fill_report.h"
#include "report/html_text.h"
#include "report/plan_report.h"
#include "synthetic_report.h"

namespace xingu {
namespace {

/// The page and the JSON of the synthetic patient, made once.
const test::SyntheticReport& synthetic() {
  static const test::SyntheticReport report;
  return report;
}
const std::string& page() {
  static const std::string html = render_html(synthetic().report);
  return html;
}
const nlohmann::json& summary() {
  static const nlohmann::json json = nlohmann::json::parse(render_json(synthetic().report));
  return json;
}

/// What is wrong with the nesting of a page's elements, or "".
std::string nesting_fault(const std::string& html) {
  const std::set<std::string> void_elements{"meta", "br", "link", "img", "input", "hr"};
  std::vector<std::string> open;
  std::size_t at = 0;
  while ((at = html.find('<', at)) != std::string::npos) {
    if (html.compare(at, 9, "<!DOCTYPE") == 0) {
      at = html.find('>', at);
      continue;
    }
    const bool is_end = html[at + 1] == '/';
    std::size_t i = at + (is_end ? 2 : 1);
    std::string name;
    while (i < html.size() && (std::isalnum(static_cast<unsigned char>(html[i])) != 0)) {
      name.push_back(html[i++]);
    }
    if (name.empty()) {
      return "bare < near: " + html.substr(at, 40);
    }
    char quote = 0;
    for (; i < html.size() && (quote != 0 || html[i] != '>'); ++i) {
      if (quote == 0 && html[i] == '<') {
        return "< inside a tag near: " + html.substr(at, 60);
      }
      if (html[i] == '"') {
        quote = quote == 0 ? '"' : '\0';
      }
    }
    const bool is_self_closed = html[i - 1] == '/';
    if (is_end) {
      if (open.empty() || open.back() != name) {
        return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back()) + " near: " + html.substr(at, 60);
      }
      open.pop_back();
    } else if (!is_self_closed && !void_elements.contains(name)) {
      open.push_back(name);
    }
    at = i;
  }
  return open.empty() ? "" : "not closed: " + open.back();
}

/// A shown number back as a value: groups, minus signs and powers of ten undone.
double value_of_shown(std::string text) {
  const auto replace_all = [&](const std::string& from, const std::string& to) {
    std::string replaced;
    std::size_t at = 0;
    for (std::size_t hit = text.find(from); hit != std::string::npos; hit = text.find(from, at)) {
      replaced += text.substr(at, hit - at);
      replaced += to;
      at = hit + from.size();
    }
    text = replaced + text.substr(at);
  };
  replace_all("\u202F", "");
  replace_all("\u2212", "-");
  replace_all("×10<sup>", "e");
  replace_all("</sup>", "");
  std::size_t used = 0;
  const double value = std::stod(text, &used);
  EXPECT_EQ(used, text.size()) << text;
  return value;
}

/// What the last shown digit is worth.
double last_digit(const std::string& text) {
  const std::size_t end = text.find("×") == std::string::npos ? text.size() : text.find("×");
  const std::size_t point = text.substr(0, end).find('.');
  double unit = point == std::string::npos ? 1.0 : std::pow(10.0, -static_cast<double>(end - point - 1));
  if (end != text.size()) {
    unit *= value_of_shown(std::string("1").append(text.substr(end)));
  }
  return unit;
}

struct ShownNumber {
  std::string key;
  std::string value;
  double scale = 1.0;
  std::string text;
};

std::vector<ShownNumber> shown_numbers(const std::string& html) {
  std::vector<ShownNumber> numbers;
  const auto attribute = [](const std::string& tag, const std::string& name) {
    const std::string start = name + "=\"";
    const std::size_t at = tag.find(start);
    return at == std::string::npos
               ? std::string()
               : tag.substr(at + start.size(), tag.find('"', at + start.size()) - at - start.size());
  };
  for (std::size_t at = html.find("<data "); at != std::string::npos; at = html.find("<data ", at + 1)) {
    const std::size_t tag_end = html.find('>', at);
    const std::string tag = html.substr(at, tag_end - at);
    const std::string scale = attribute(tag, "data-scale");
    numbers.push_back({attribute(tag, "data-key"), attribute(tag, " value"), scale.empty() ? 1.0 : std::stod(scale),
                       html.substr(tag_end + 1, html.find("</data>", at) - tag_end - 1)});
  }
  return numbers;
}

TEST(RenderHtml, is_well_formed) {
  EXPECT_EQ(nesting_fault(page()), "");
  EXPECT_EQ(repaired_utf8(page()), page());
}

TEST(RenderHtml, is_headed_by_what_it_tells_of) {
  PlanReport delivered = synthetic().report;
  delivered.subject = ReportSubject::delivery;
  const std::string other = render_html(delivered);
  for (const char* words : {"<title>Xingu plan report: ", ">Xingu plan report<", "Dose of the whole course. ",
                            "Dose (Gy, whole course)", "class=\"skip\" href=\"#goals\""}) {
    EXPECT_NE(page().find(words), std::string::npos) << words;
    EXPECT_EQ(other.find(words), std::string::npos) << words;
  }
  for (const char* words : {"<title>Xingu delivery report: ", ">Xingu delivery report<", "Dose of one fraction. ",
                            "Dose (Gy, one fraction)", ">Session<", "href=\"#dvh\""}) {
    EXPECT_NE(other.find(words), std::string::npos) << words;
  }
}

TEST(RenderHtml, says_the_numbers_of_the_json) {
  const auto numbers = shown_numbers(page());
  EXPECT_GT(numbers.size(), 300U);
  for (const ShownNumber& number : numbers) {
    const nlohmann::json::json_pointer pointer(number.key);
    ASSERT_TRUE(summary().contains(pointer)) << number.key;
    const nlohmann::json& expected = summary().at(pointer);
    if (number.value == "null") {
      EXPECT_TRUE(expected.is_null()) << number.key;
      continue;
    }
    ASSERT_TRUE(expected.is_number()) << number.key;
    EXPECT_EQ(std::stod(number.value), expected.get<double>()) << number.key;
    EXPECT_NEAR(value_of_shown(number.text) * number.scale, expected.get<double>(),
                (0.5 + 1e-6) * last_digit(number.text) * number.scale)
        << number.key;
  }
}

TEST(RenderHtml, shows_every_number_a_person_decides_by) {
  std::set<std::string> shown;
  for (const ShownNumber& number : shown_numbers(page())) {
    shown.insert(number.key);
  }
  const auto expect_all = [&](const std::string& base, const nlohmann::json& list,
                              const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      for (const std::string& name : names) {
        const std::string key = base + "/" + std::to_string(i) + "/" + name;
        EXPECT_TRUE(shown.contains(key)) << key;
      }
    }
  };
  expect_all("/goals", summary()["goals"], {"limit", "achieved", "priority", "compared/0"});
  expect_all("/dose/structures", summary()["dose"]["structures"],
             {"volume_cm3", "min_Gy", "mean_Gy", "max_Gy", "D98_Gy", "D95_Gy", "D50_Gy", "D2_Gy"});
  expect_all("/comparisons/0/structures", summary()["comparisons"][0]["structures"], {"D95_Gy", "mean_Gy"});
  expect_all("/dose/targets", summary()["dose"]["targets"],
             {"coverage_percent", "paddick_ci", "gradient_index", "R50", "homogeneity_index", "D2cm_percent"});
  expect_all("/beams", summary()["beams"],
             {"number", "gantry_deg", "gantry_pitch_deg", "couch_deg", "collimator_deg", "sad_mm", "ssd_mm", "segments",
              "mu"});
  expect_all("/timings/steps", summary()["timings"]["steps"], {"s"});
  for (const char* key : {"/delivery/mu",
                          "/delivery/mu_per_Gy",
                          "/delivery/beams",
                          "/delivery/segments",
                          "/protocol/prescription_Gy",
                          "/treatment/time_s/total",
                          "/treatment/time_s/motion",
                          "/treatment/least_clearance_mm",
                          "/treatment/beam_motion_s/19",
                          "/optimisation/objective_ideal",
                          "/optimisation/objective_sequenced",
                          "/optimisation/objective_all_candidates",
                          "/optimisation/gap_to_all_candidates",
                          "/optimisation/reach/loss",
                          "/optimisation/reach/sphere",
                          "/optimisation/kkt_residual",
                          "/optimisation/iterations",
                          "/influence_matrix/beamlets",
                          "/influence_matrix/nonzeros",
                          "/influence_matrix/bytes",
                          "/influence_matrix/predicted_bytes",
                          "/timings/peak_memory_bytes",
                          "/timings/total_s",
                          "/timings/influence_s",
                          "/provenance/seed"}) {
    EXPECT_TRUE(shown.contains(key)) << key;
  }
}

TEST(RenderHtml, tells_states_by_word_and_carries_the_banner) {
  EXPECT_NE(page().find("Research use only"), std::string::npos);
  for (const char* words : {"</span> met</span>", "</span> missed</span>", "</span> not evaluated</span>"}) {
    EXPECT_NE(page().find(words), std::string::npos) << words;
  }
}

TEST(RenderHtml, tells_what_each_structure_is_made_of) {
  EXPECT_NE(page().find("<th scope=\"row\">Lungs</th><td>organ</td><td>Lung_L, Lung_R</td><td>PTV_2500</td>"),
            std::string::npos);
  EXPECT_NE(page().find("<th scope=\"row\">Stomach</th><td>organ</td><td><span class=\"none\">no such structure"),
            std::string::npos);
  EXPECT_NE(page().find("Lungs<br><small>Lung_L + Lung_R − PTV_2500</small>"), std::string::npos);
  EXPECT_EQ(page().find("PTV_2500<br><small>"), std::string::npos);  // its own name says nothing more
  EXPECT_EQ(summary()["structures"][1]["excluded"], nlohmann::json::array({"PTV_2500"}));
  EXPECT_EQ(summary()["structures"][1]["made_of"], "Heart − PTV_2500");
}

TEST(RenderHtml, shows_the_patients_structures_outside_the_protocol) {
  ASSERT_EQ(summary()["dose"]["other_structures"].size(), 1U);
  EXPECT_EQ(summary()["dose"]["other_structures"][0]["name"], "Heart as drawn");
  EXPECT_NE(page().find("data-key=\"/dose/other_structures/0/mean_Gy\""), std::string::npos);
  EXPECT_NE(page().find("id=\"other-dvh-title\""), std::string::npos);
}

TEST(RenderHtml, counts_only_the_goals_that_were_evaluated) {
  const nlohmann::json& counts = summary()["goal_counts"];
  EXPECT_EQ(counts["met"], 5);
  EXPECT_EQ(counts["evaluated"], 6);
  EXPECT_EQ(counts["missing"], 1);
  EXPECT_NE(page().find("</data> not evaluated: Stomach"), std::string::npos);
  EXPECT_NE(page().find("<small>the patient has no such structure</small>"), std::string::npos);

  PlanReport none = synthetic().report;
  std::erase_if(none.goals, [](const ReportGoal& goal) { return goal.status != GoalStatus::missing; });
  const std::string html = render_html(none);
  EXPECT_EQ(html.find("card good"), std::string::npos);  // nothing met is nothing good
}

TEST(RenderHtml, tells_what_went_in_what_was_chosen_and_what_came_out) {
  const nlohmann::json& provenance = summary()["provenance"];
  EXPECT_EQ(provenance["inputs"].back()["uid"], "1.2.826.0.1.3680043.8.498.7");
  EXPECT_FALSE(provenance["inputs"].front().contains("uid"));
  EXPECT_EQ(provenance["options"]["beams"], "20");
  EXPECT_EQ(provenance["outputs"][0]["file"], "RTPLAN.dcm");
  for (const char* text : {"c0ffee0123456789", "1.2.826.0.1.3680043.8.498.7", "1.2.826.0.1.3680043.8.498.21",
                           "<th scope=\"row\">density overrides</th><td>none</td>"}) {
    EXPECT_NE(page().find(text), std::string::npos) << text;
  }
}

TEST(RenderHtml, lists_each_source_of_a_limit_once_and_refers_to_it) {
  PlanReport report = synthetic().report;
  ASSERT_GE(report.goals.size(), 3U);
  for (ReportGoal& goal : report.goals) {
    goal.source = "the one book";
  }
  report.goals[1].source = "the <other> book";
  report.goals[2].source = "";
  const std::string html = render_html(report);
  const auto count_of = [&html](const std::string& text) {
    std::size_t count = 0;
    for (std::size_t at = html.find(text); at != std::string::npos; at = html.find(text, at + 1)) {
      ++count;
    }
    return count;
  };
  EXPECT_EQ(count_of("<li id=\"source-1\">the one book</li>"), 1U);
  EXPECT_EQ(count_of("<li id=\"source-2\">the &lt;other&gt; book</li>"), 1U);
  EXPECT_EQ(count_of("<a href=\"#source-1\">"), report.goals.size() - 2);
  EXPECT_EQ(count_of("<a href=\"#source-2\">"), 1U);
  EXPECT_EQ(count_of("source-3"), 0U);
}

TEST(RenderHtml, needs_nothing_from_outside) {
  EXPECT_EQ(page().find("<script"), std::string::npos);
  EXPECT_EQ(page().find("<link"), std::string::npos);
  EXPECT_EQ(page().find("http:"), std::string::npos);
  EXPECT_EQ(page().find("https:"), std::string::npos);
  EXPECT_NE(page().find("Content-Security-Policy"), std::string::npos);
  for (std::size_t at = page().find("href=\""); at != std::string::npos; at = page().find("href=\"", at + 1)) {
    const std::string target = page().substr(at + 6, 20);
    EXPECT_TRUE(target[0] == '#' || target.starts_with("data:image/png")) << target;
  }
}

TEST(RenderHtml, refers_only_to_ids_that_exist_once) {
  const auto all_after = [](const std::string& start) {
    std::vector<std::string> names;
    for (std::size_t at = page().find(start); at != std::string::npos; at = page().find(start, at + 1)) {
      const std::size_t begin = at + start.size();
      names.push_back(page().substr(begin, page().find_first_of("\")", begin) - begin));
    }
    return names;
  };
  const auto ids = all_after(" id=\"");
  EXPECT_GT(ids.size(), 15U);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
  for (const char* start : {"href=\"#", "url(#", "aria-labelledby=\""}) {
    EXPECT_FALSE(all_after(start).empty()) << start;
    for (const std::string& names : all_after(start)) {
      std::istringstream stream(names);
      for (std::string name; stream >> name;) {
        EXPECT_EQ(std::ranges::count(ids, name), 1) << name;
      }
    }
  }
}

TEST(RenderHtml, embeds_ct_slices_that_decode) {
  const std::string start = "data:image/png;base64,";
  int images = 0;
  for (std::size_t at = page().find(start); at != std::string::npos; at = page().find(start, at + 1)) {
    const std::size_t begin = at + start.size();
    const auto png = test::decode_png(test::decode_base64(page().substr(begin, page().find('"', begin) - begin)));
    EXPECT_GT(png.width, 50);
    EXPECT_GT(png.height, 50);
    ++images;
  }
  EXPECT_EQ(images, 3);
}

TEST(RenderHtml, remarks_that_isodose_volumes_of_a_lower_level_hold_the_higher) {
  PlanReport report = synthetic().report;
  report.dose.targets.resize(1);
  const std::string remark = "is not the highest level";
  EXPECT_EQ(render_html(report).find(remark), std::string::npos);
  report.dose.targets.push_back(report.dose.targets[0]);
  report.dose.targets[1].name = "PTV_high";
  report.dose.targets[1].prescription_Gy *= 1.1;
  const std::string html = render_html(report);
  EXPECT_NE(html.find(report.dose.targets[0].name + " " + remark), std::string::npos);
  EXPECT_EQ(html.find("PTV_high " + remark), std::string::npos);
  const auto targets = nlohmann::json::parse(render_json(report))["dose"]["targets"];
  EXPECT_NE(targets[0]["remark"].get<std::string>().find(remark), std::string::npos);
  EXPECT_FALSE(targets[1].contains("remark"));
}

TEST(RenderHtml, tells_what_of_a_structure_has_no_dose) {
  PlanReport report = synthetic().report;
  EXPECT_EQ(render_html(report).find("without dose"), std::string::npos);
  add_volume_without_dose(report.dose.structures[0], 2500.0);
  const std::string html = render_html(report);
  EXPECT_NE(html.find("data-key=\"/dose/structures/0/outside_dose_grid_cm3\""), std::string::npos);
  EXPECT_NE(html.find("without dose"), std::string::npos);
  const auto one = nlohmann::json::parse(render_json(report))["dose"]["structures"][0];
  EXPECT_EQ(one["outside_dose_grid_cm3"], 2.5);
  EXPECT_NEAR(one["volume_cm3"].get<double>(), synthetic().report.dose.structures[0].volume_cm3 + 2.5, 1e-9);
}

TEST(RenderHtml, tells_beside_a_goal_of_how_much_of_its_structure_it_speaks) {
  PlanReport report = synthetic().report;
  EXPECT_EQ(render_html(report).find("data-key=\"/goals/2/dosed_percent\""), std::string::npos);
  report.goals[2].dosed_percent = 75.7;
  report.goals[2].has_part_without_dose = true;
  EXPECT_NE(render_html(report).find("(of <data value=\"75.7\" data-key=\"/goals/2/dosed_percent\">75.7</data>"),
            std::string::npos);
  const auto goals = nlohmann::json::parse(render_json(report))["goals"];
  EXPECT_EQ(goals[2]["dosed_percent"], 75.7);
  EXPECT_EQ(goals[1]["dosed_percent"], 100.0);
}

TEST(RenderHtml, tells_beside_a_goal_what_the_statistics_leave_open) {
  test::SyntheticReport synthetic;
  ReportGoal& goal = synthetic.report.goals.front();
  EXPECT_EQ(render_html(synthetic.report).find("within its uncertainty"), std::string::npos);
  goal.uncertainty = 0.375;
  goal.is_within_uncertainty = true;
  const std::string html = render_html(synthetic.report);
  EXPECT_NE(html.find("data-key=\"/goals/0/uncertainty\""), std::string::npos);
  EXPECT_NE(html.find(": within its uncertainty</small>"), std::string::npos);
  const auto json = nlohmann::json::parse(render_json(synthetic.report));
  EXPECT_EQ(json["goals"][0]["uncertainty"], 0.375);
  EXPECT_EQ(json["goals"][0]["is_within_uncertainty"], true);
  EXPECT_TRUE(json["goals"][1]["uncertainty"].is_null());
}

TEST(RenderHtml, writes_a_patients_name_as_people_do) {
  PlanReport report = synthetic().report;
  report.patient.name = "Zhang^Wei^^Dr";
  const std::string html = render_html(report);
  EXPECT_NE(html.find("<dt>Patient</dt><dd>Zhang, Wei Dr<"), std::string::npos);
  EXPECT_EQ(html.find("Zhang^Wei"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(render_json(report))["patient"]["name"], "Zhang^Wei^^Dr");
}

TEST(RenderHtml, keeps_hostile_names_as_text) {
  PlanReport report = synthetic().report;
  const std::string hostile = "<script>alert(1)</script>\"onload=\"x' & \xff\x01";
  StructureSet set = synthetic().structures;
  set.structures.back().name = hostile;
  report.images.structure_set = &set;
  report.dose.structures[0].name = hostile;
  report.dose.targets[0].name = hostile;
  report.dose.label = hostile;
  report.comparisons[0].label = hostile;
  report.goals[0].structure = report.goals[0].metric = report.goals[0].source = report.goals[0].unit = hostile;
  report.goals[1].comparison = hostile;
  report.patient = {hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile, report.patient.ct_grid,
                    hostile, hostile};
  report.plan_label = report.machine = report.program_version = hostile;
  report.protocol.name = report.protocol.description = report.protocol.target = hostile;
  report.beams[0].name = hostile;
  report.warnings.push_back(hostile);
  report.optimisation->method = report.optimisation->alternatives[0].method = hostile;
  report.optimisation->dose_gaps[0].structure = hostile;
  report.influence->storage = hostile;
  report.provenance.inputs[0] = {hostile, hostile};
  report.provenance.more = {{hostile, hostile}};
  report.provenance.engine = report.provenance.quality = report.provenance.dose_status = hostile;
  report.timings.created = report.timings.steps[0].name = hostile;
  const std::string html = render_html(report);
  EXPECT_EQ(nesting_fault(html), "");
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("onload=\""), std::string::npos);
  EXPECT_EQ(repaired_utf8(html), html);
  EXPECT_NE(html.find("&lt;script&gt;alert(1)"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(render_json(report))["plan"], "<script>alert(1)</script>\"onload=\"x' & \uFFFD\x01");
}

std::string without_volatile_lines(const std::string& html) {
  std::string result;
  for (std::size_t at = 0; at < html.size();) {
    const std::size_t end = std::min(html.find('\n', at), html.size());
    const std::string line = html.substr(at, end - at);
    if (line.find("class=\"volatile") == std::string::npos) {
      result += line + "\n";
    }
    at = end + 1;
  }
  return result;
}

TEST(RenderHtml, differs_between_two_runs_only_in_volatile_lines) {
  PlanReport later = synthetic().report;
  later.timings.created = "2027-01-01 00:00:00";
  later.timings.num_threads = 64;
  later.timings.total_s *= 1.7;
  later.timings.peak_memory_bytes += 12345678;
  later.timings.influence_s = 1.0;
  later.timings.influence_predicted_s = 2.0;
  for (auto& step : later.timings.steps) {
    step.seconds *= 0.3;
  }
  EXPECT_EQ(render_html(synthetic().report), page());
  EXPECT_NE(render_html(later), page());
  EXPECT_EQ(without_volatile_lines(render_html(later)), without_volatile_lines(page()));
  auto json = nlohmann::json::parse(render_json(later));
  EXPECT_NE(json, summary());
  json["timings"] = summary()["timings"];
  EXPECT_EQ(json, summary());
}

TEST(RenderHtml, leaves_out_what_it_was_not_given) {
  const std::string html = render_html(PlanReport{});
  EXPECT_EQ(nesting_fault(html), "");
  EXPECT_NE(html.find("Research use only"), std::string::npos);
  for (const char* id : {"goals", "dvh", "slices", "quality", "beams", "computation", "timings", "warnings"}) {
    EXPECT_EQ(html.find(std::string("<section id=\"") + id), std::string::npos) << id;
  }
  EXPECT_TRUE(nlohmann::json::accept(render_json(PlanReport{})));
}

TEST(RenderHtml, survives_values_that_are_not_numbers) {
  PlanReport report = synthetic().report;
  constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
  report.dose.structures[0].d95_Gy = not_a_number;
  report.dose.structures[1].dose_Gy[3] = std::numeric_limits<double>::infinity();
  report.dose.structures[2].dose_Gy.clear();
  report.dose.structures[2].volume_fraction.clear();
  report.goals[0].achieved = not_a_number;
  report.beams[0].mu = not_a_number;
  Volume<float> dose = synthetic().dose;
  dose[dose.grid().num_voxels() / 2] = std::numeric_limits<float>::quiet_NaN();
  report.images.dose_Gy = &dose;
  report.images.centre_P = {1e6, -1e6, 1e6};
  const std::string html = render_html(report);
  EXPECT_EQ(nesting_fault(html), "");
  EXPECT_EQ(html.find(">nan"), std::string::npos);
  EXPECT_EQ(html.find(">inf"), std::string::npos);
  EXPECT_TRUE(nlohmann::json::parse(render_json(report))["dose"]["structures"][0]["D95_Gy"].is_null());
}

TEST(RenderHtml, refuses_curves_of_unequal_length) {
  PlanReport report = synthetic().report;
  report.dose.structures[0].dose_Gy.pop_back();
  EXPECT_THROW(static_cast<void>(render_html(report)), InputError);
  EXPECT_THROW(static_cast<void>(render_json(report)), InputError);
}

TEST(RenderHtml, shows_the_standard_deviation_of_each_metric_of_a_monte_carlo_dose) {
  PlanReport report = synthetic().report;
  ReportDvh& dvh = report.dose.structures.at(0);
  dvh.sigma = ReportDvhBand{dvh.volume_fraction, dvh.volume_fraction, 0.11, 0.12, 0.13, 0.14, 0.15};
  const std::string html = render_html(report);
  const nlohmann::json json = nlohmann::json::parse(render_json(report));
  const std::array keys = {"mean_Gy", "D98_Gy", "D95_Gy", "D50_Gy", "D2_Gy"};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const double expected = 0.11 + 0.01 * static_cast<double>(i);
    EXPECT_DOUBLE_EQ(json["dose"]["structures"][0]["sigma"][keys[i]].get<double>(), expected);
    const std::size_t at = html.find(fmt::format("\"/dose/structures/0/sigma/{}\"", keys[i]));
    ASSERT_NE(at, std::string::npos);
    EXPECT_NE(html.find(fmt::format(">{:.2f}<", expected), at), std::string::npos);
    EXPECT_EQ(html.rfind("± <data", at), html.rfind("<data", at) - std::string_view("± ").size());
  }
  EXPECT_EQ(json["dose"]["structures"][0]["dvh"]["volume_fraction_low"].size(), dvh.dose_Gy.size());
  EXPECT_FALSE(json["dose"]["structures"][1].contains("sigma"));
  EXPECT_EQ(nesting_fault(html), "");
  dvh.sigma->volume_fraction_low.pop_back();
  EXPECT_THROW(static_cast<void>(render_html(report)), InputError);
}

TEST(RenderHtml, draws_the_prescription_isodose_at_its_radius) {
  // The axial 100 % line of the page itself, against the analytic dose.
  const std::size_t view = page().find("<g id=\"view-axial\"");
  ASSERT_NE(view, std::string::npos);
  const std::size_t at = page().find("<path class=\"full\"", view);
  const std::size_t d = page().find("d=\"M", at) + 4;
  std::string path = page().substr(d, page().find('"', d) - d);
  std::ranges::replace_if(path, [](char c) { return c == 'L' || c == 'Z'; }, ' ');
  const Vec3 centre = test::SyntheticReport::target_centre();
  const double offset = -104.0 - centre.z();  // the nearest CT slice
  const double expected = std::sqrt(std::pow(test::SyntheticReport::radius_of(25.0), 2) - offset * offset);
  std::istringstream stream(path);
  int points = 0;
  for (double x = 0, y = 0; stream >> x >> y; ++points) {
    EXPECT_NEAR(std::hypot(x - centre.x(), y - centre.y()), expected, 0.25);
  }
  EXPECT_GT(points, 20);
}

TEST(RenderHtml, outlines_structures_under_the_names_of_the_dose) {
  PlanReport report = synthetic().report;
  report.images.dose_Gy = nullptr;
  const auto num_outlines = [](const std::string& html, const std::string& name) {
    int count = 0;
    const std::string title = "<title>" + name + "</title></path>";
    for (std::size_t at = html.find(title); at != std::string::npos; at = html.find(title, at + 1)) {
      ++count;
    }
    return count;
  };
  EXPECT_EQ(num_outlines(render_html(report), "Heart"), 3);
  EXPECT_EQ(num_outlines(render_html(report), "External"), 0);  // has no curve
  ReportDvh lungs = report.dose.structures[1];
  lungs.name = "Lungs";
  lungs.outlines = {"Lung_L", "Lung_R"};
  report.dose.structures = {lungs};
  const std::string html = render_html(report);
  EXPECT_EQ(num_outlines(html, "Lungs"), 3);
  EXPECT_EQ(num_outlines(html, "Heart"), 0);
}

TEST(RenderHtml, writes_a_page_to_look_at_when_asked) {
  const char* folder = std::getenv("XINGU_REPORT_OUT");
  if (folder == nullptr) {
    GTEST_SKIP() << "set XINGU_REPORT_OUT to a folder to get report.html and summary.json of the synthetic patient";
  }
  write_file(std::filesystem::path(folder) / "report.html", page());
  write_file(std::filesystem::path(folder) / "summary.json", render_json(synthetic().report));
}

}  // namespace
}  // namespace xingu
