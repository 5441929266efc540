// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/ecg_report.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ecg/shipped_thresholds.h"
#include "ecg/simulation/phantom.h"

namespace xingu::ecg {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(EcgReport, escapes_what_a_file_may_say) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  facts.subject_name = "<script>alert(1)</script>";
  facts.subject_id = "\"><b>";
  const std::string html = report_html(report_pages(signals, facts, 0.0), facts);
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("<b>")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
}

TEST(EcgReport, prints_a_dash_for_what_was_not_measured) {
  const LeadSignals flat{500, {"II"}, {std::vector<float>(5000, 0.0F)}};
  const ReportFacts facts = rhythm_facts(flat, usual_ranges(test::shipped_thresholds()));
  const std::string svg = page_svg(report_pages(flat, facts, 0.0).front());
  EXPECT_THAT(svg, HasSubstr(">–<"));
  EXPECT_THAT(svg, Not(HasSubstr(">0 /min<")));
}

TEST(EcgReport, keeps_its_text_on_the_page) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  facts.pr_ms = facts.qrs_ms = facts.qt_ms = facts.qtc_ms = 500;
  for (const char* const code :
       {"st_elevation", "st_depression", "ventricular_tachycardia", "ventricular_ectopy", "supraventricular_ectopy",
        "pause", "left_ventricular_hypertrophy", "atrial_fibrillation", "cannot_say_qt", "left_axis_deviation"}) {
    facts.statements.push_back({"A statement", std::string(200, 'x'), code});
  }
  for (const Page& page : report_pages(signals, facts, 0.0)) {
    for (const PageText& text : page.texts) {
      EXPECT_LE(text.at.y_mm, 207.0) << text.text;
      EXPECT_GE(text.at.y_mm, 5.0) << text.text;
    }
  }
}

/// What the first and the last page say runs off neither the paper nor into another column.
TEST(EcgReport, keeps_long_names_headlines_and_reasons_within_their_columns) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  facts.subject_name = std::string(60, 'W') + " von der Marwitz";
  facts.subject_id = "1234567890-ABCDEF";
  facts.sex = Sex::male;
  facts.statements.assign(
      7, {"ST segments are not judged: the complex is wide and so is much else of this recording here",
          std::string(10, 'W') + " and more than can stand in one line of a third of the page, or two"});
  for (const char* const lead : {"I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"}) {
    facts.quality.push_back({lead, 0.5 + 0.01 * static_cast<double>(facts.quality.size()), "baseline, muscle, mains"});
  }
  const std::vector<Page> pages = report_pages(signals, facts, 0.0);
  for (const Page& page : {pages.front(), pages.back()}) {
    for (const PageText& text : page.texts) {
      EXPECT_LE(text.at.x_mm + text_width_mm(text.text, text.size_mm, text.is_bold), 281.5) << text.text;
    }
  }
  for (const PageText& text : pages.front().texts) {
    if (text.at.y_mm > 20 && text.at.y_mm < 49 && text.at.x_mm < 190) {
      EXPECT_LE(text.at.x_mm + text_width_mm(text.text, text.size_mm, text.is_bold), 196) << text.text;
    }
  }
  const std::string first = page_svg(pages.front());
  EXPECT_THAT(first, HasSubstr(" … · ID 1234567890-ABCDEF · male"));
  EXPECT_THAT(first, HasSubstr("Good seconds below 90 %: I 50 % (baseline, muscle, mains); II"));
  EXPECT_THAT(page_svg(pages.back()), HasSubstr("von der Marwitz"));
}

TEST(EcgReport, uses_the_room_that_few_statements_leave) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  const std::string reason =
      "V2 0.21 mV, V3 0.24 mV, V4 0.18 mV at the J point; limits for a man of 45 years are 0.20 and "
      "0.10 mV in two neighbouring leads by the universal definition of infarction";
  facts.statements = {{"ST elevation", reason, "st_elevation"}};
  const std::vector<Page> pages = report_pages(signals, facts, 0.0);
  std::string shown;
  for (const PageText& text : pages.front().texts) {
    shown += text.text + " ";
  }
  EXPECT_THAT(shown, HasSubstr(reason));
}

TEST(EcgReport, names_leads_that_are_poor_alike_together) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  facts.quality = {{"I", 0.7, "missing"}, {"II", 0.9, "mains"}, {"V1", 0.7, "missing"}, {"V3", 0.4, "mains, missing"}};
  EXPECT_THAT(page_svg(report_pages(signals, facts, 0.0).front()),
              HasSubstr(">Good seconds below 90 %: I, V1 70 % (missing); V3 40 % (mains, missing)<"));
}

TEST(EcgReport, names_all_four_formulas_of_qtc) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  facts.qtc = CorrectedQt{441, 432, 423, 414};
  const std::string svg = page_svg(report_pages(signals, facts, 0.0).front());
  for (const char* const part :
       {"QTc Bazett", "441 ms", "QTc Fridericia", "432 ms", "QTc Framingham", "423 ms", "QTc Hodges", "414 ms"}) {
    EXPECT_THAT(svg, HasSubstr(part));
  }
}

TEST(EcgReport, parts_facts_of_one_line_by_more_than_blanks_which_html_would_join) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  facts.subject_name = "Anna";
  facts.sex = Sex::female;
  facts.age_years = 57;
  for (const Page& page : report_pages(signals, facts, 0.0)) {
    for (const PageText& text : page.texts) {
      EXPECT_EQ(text.text.find("  "), std::string::npos) << text.text;
    }
  }
  EXPECT_THAT(page_svg(report_pages(signals, facts, 0.0).front()), HasSubstr("Anna · female · 57 years"));
}

TEST(EcgReport, leaves_no_wave_and_no_statement_out_without_a_word) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  LeadMeasurements lead;
  lead.lead = "II";
  for (const char* const wave : {"Q", "R", "S", "R'", "S'", "R''", "S''"}) {
    lead.qrs.push_back({});
    lead.qrs.back().name = wave;
    lead.qrs.back().amplitude_mV = -0.25;
  }
  facts.leads = {lead};
  facts.statements.assign(30, {"A statement", std::string(200, 'x'), {}});
  const std::string svg = page_svg(report_pages(signals, facts, 0.0).back());
  EXPECT_THAT(svg, HasSubstr("S&#39;&#39; -0.25"));
  std::size_t shown = 0;
  for (std::size_t at = svg.find(">A statement<"); at != std::string::npos; at = svg.find(">A statement<", at + 1)) {
    ++shown;
  }
  ASSERT_LT(shown, 30U);
  EXPECT_THAT(svg, HasSubstr(fmt::format("and {} more", 30 - shown)));
}

}  // namespace
}  // namespace xingu::ecg
