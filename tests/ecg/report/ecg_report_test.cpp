// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/ecg_report.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

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

TEST(EcgReport, prints_no_height_of_a_lead_that_was_not_measured) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  const auto num_texts = [&](const std::string& text) {
    std::size_t num = 0;
    for (const Page& page : report_pages(signals, facts, 0.0)) {
      num += static_cast<std::size_t>(std::ranges::count(page.texts, text, &PageText::text));
    }
    return num;
  };
  facts.leads.resize(1);
  facts.leads[0] = {};
  facts.leads[0].lead = "V1";
  EXPECT_EQ(num_texts("0.00"), 3U);  // ST at J, 60 and 80 ms
  const std::size_t num_dashes = num_texts("–");
  facts.leads[0].is_measured = false;
  EXPECT_EQ(num_texts("0.00"), 0U);
  EXPECT_EQ(num_texts("–"), num_dashes + 3U);
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

TEST(EcgReport, on_letter_paper_keeps_every_size_and_stays_on_the_sheet) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  const ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  const std::vector<Page> a4 = report_pages(signals, facts, 0.0);
  const std::vector<Page> letter = report_pages(signals, facts, 0.0, PaperSize::letter);
  ASSERT_EQ(letter.size(), a4.size());
  for (std::size_t p = 0; p < a4.size(); ++p) {
    EXPECT_EQ(a4[p].width_mm, 297.0);
    EXPECT_EQ(letter[p].width_mm, 279.4);
    EXPECT_EQ(letter[p].height_mm, 215.9);
    ASSERT_EQ(letter[p].strokes.size(), a4[p].strokes.size());
    for (std::size_t s = 0; s < a4[p].strokes.size(); ++s) {
      for (std::size_t i = 0; i < a4[p].strokes[s].points.size(); ++i) {
        const PagePoint& point = letter[p].strokes[s].points[i];
        EXPECT_NEAR(a4[p].strokes[s].points[i].x_mm - point.x_mm, 8.8, 1e-9);
        EXPECT_NEAR(point.y_mm - a4[p].strokes[s].points[i].y_mm, 2.95, 1e-9);
        EXPECT_TRUE(point.x_mm > 6.4 && point.x_mm < 273.0 && point.y_mm > 6.4 && point.y_mm < 209.5);
      }
    }
    for (const PageText& text : letter[p].texts) {
      EXPECT_LE(text.at.x_mm + text_width_mm(text.text, text.size_mm, text.is_bold), 273.0) << text.text;
    }
  }
  EXPECT_THAT(report_html(letter, facts), HasSubstr("size:279.4mm 215.9mm"));
  EXPECT_THAT(report_html(a4, facts), HasSubstr("size:297mm 210mm"));
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

TEST(EcgReport, draws_leads_beside_the_twelve_on_a_page_of_their_own) {
  LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  const ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  const std::size_t usual = report_pages(signals, facts, 0.0).size();
  for (const char* const name : {"V7", "V4R"}) {
    signals.names.emplace_back(name);
    signals.mv.push_back(signals.mv.back());
  }
  const std::vector<Page> pages = report_pages(signals, facts, 0.0);
  ASSERT_EQ(pages.size(), usual + 1);
  const std::string last = page_svg(pages.back());
  EXPECT_THAT(last, HasSubstr(">V7<"));
  EXPECT_THAT(last, HasSubstr(">V4R<"));
  EXPECT_THAT(last, HasSubstr("Further leads"));
}

/// What the pages of these leads say, as HTML.
std::string html_of(const std::vector<std::string>& names) {
  LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  const std::vector<float> lead = signals.mv.front();
  signals.filters.low_pass_Hz = 40;
  signals.names = names;
  signals.mv.assign(names.size(), lead);
  const ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  return report_html(report_pages(signals, facts, 0.0), facts);
}

TEST(EcgReport, leaves_no_lead_out_and_says_which_of_the_twelve_were_not_recorded) {
  const std::vector<std::string> eleven{"I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5"};
  const std::string without_one = html_of(eleven);
  for (const std::string& name : eleven) {
    EXPECT_THAT(without_one, HasSubstr(">" + name + "<"));
  }
  EXPECT_THAT(without_one, HasSubstr(">V6 not recorded<"));
  EXPECT_THAT(without_one, Not(HasSubstr("Further leads")));
  const std::vector<std::string> ten{"I", "II", "V1", "V2", "V3", "V4", "V5", "V6", "V7", "X"};
  const std::string rows = html_of(ten);
  for (const std::string& name : ten) {
    EXPECT_THAT(rows, HasSubstr(">" + name + "<"));
  }
  EXPECT_THAT(rows, HasSubstr("Further leads. ST elevation is judged in V7, and nothing else."));
  EXPECT_THAT(html_of({"A", "B", "C", "D", "E", "F", "G", "V1", "V2"}),
              HasSubstr("Further leads. What is said of the recording is of V2, too."));
}

TEST(EcgReport, says_on_the_first_page_where_the_leads_are_that_have_no_place_there) {
  LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  const ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  EXPECT_THAT(page_svg(report_pages(signals, facts, 0.0).front()), Not(HasSubstr(" on page 4<")));
  const auto add = [&](const char* name) {
    signals.names.emplace_back(name);
    signals.mv.push_back(signals.mv.front());
  };
  add("V7");
  EXPECT_THAT(page_svg(report_pages(signals, facts, 0.0).front()), HasSubstr(">1 more lead on page 4<"));
  for (const char* const name : {"V8", "V9", "V3R", "V4R", "V5R", "V6R", "A", "B"}) {
    add(name);
  }
  const std::vector<Page> pages = report_pages(signals, facts, 0.0);
  EXPECT_EQ(pages.size(), 5U);
  EXPECT_THAT(page_svg(pages.front()), HasSubstr(">9 more leads on pages 4 to 5<"));
}

TEST(EcgReport, says_of_every_paper_that_it_is_reduced) {
  LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  const ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  signals.names.emplace_back("V7");
  signals.mv.emplace_back(signals.num_samples(), 0.0F);
  std::fill_n(signals.mv.back().begin() + 1000, 10, 9.0F);
  const std::vector<Page> pages = report_pages(signals, facts, 0.0);
  EXPECT_THAT(page_svg(pages.front()), Not(HasSubstr("(reduced: the waves are large)")));
  EXPECT_THAT(page_svg(pages.back()), HasSubstr("(reduced: the waves are large)"));
}

TEST(EcgReport, names_the_recorders_filters_on_every_page_with_traces) {
  const std::string html = html_of({"A", "B", "C", "D", "E", "F", "G", "V1", "V2"});
  std::size_t num = 0;
  for (std::size_t at = html.find("up to 40 Hz"); at != std::string::npos; at = html.find("up to 40 Hz", at + 1)) {
    ++num;
  }
  EXPECT_EQ(num, 2U);
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
  EXPECT_THAT(svg, HasSubstr("S&#39;&#39; −0.25"));
  std::size_t shown = 0;
  for (std::size_t at = svg.find(">A statement<"); at != std::string::npos; at = svg.find(">A statement<", at + 1)) {
    ++shown;
  }
  ASSERT_LT(shown, 30U);
  EXPECT_THAT(svg, HasSubstr(fmt::format("and {} more", 30 - shown)));
}

std::string shown_on(const Page& page) {
  std::string shown;
  for (const PageText& text : page.texts) {
    shown += text.text + "\n";
  }
  return shown;
}

TEST(EcgReport, shows_what_is_urgent_on_the_first_page_however_much_is_said_before_it) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  facts.statements.assign(9, {"Something usual", "of which much can be said", "sinus_rhythm"});
  facts.statements.push_back({"ST elevation", "V2 0.40 mV", "st_elevation"});
  facts.statements.push_back({"No beats for 8 s", "leads good", "no_beats_for"});
  const std::vector<Page> pages = report_pages(signals, facts, 0.0);
  const std::string first = shown_on(pages.front());
  EXPECT_THAT(first, HasSubstr("ST elevation\nV2 0.40 mV\n"));
  EXPECT_LT(first.find("No beats for 8 s"), first.find("ST elevation"));
  EXPECT_LT(first.find("ST elevation"), first.find("Something usual"));
  EXPECT_THAT(first, HasSubstr("and 5 more on page 3"));
  std::string family = shown_on(pages[plain_page]);
  std::ranges::replace(family, '\n', ' ');
  EXPECT_LT(family.find("no heartbeat was found"), family.find("Part of the curve is raised"));
  const std::string details = shown_on(pages.back());
  EXPECT_LT(details.find("ST elevation"), details.find("Something usual"));
}

TEST(EcgReport, finds_room_on_the_first_page_for_more_urgent_statements_than_usual) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  facts.statements.assign(3, {"Something usual", "", "sinus_rhythm"});
  for (int i = 0; i < 9; ++i) {
    facts.statements.push_back({fmt::format("Urgent {}", i), "a reason", "long_pause"});
  }
  facts.quality = {{"I", 0.5, "missing"}};
  const Page first = report_pages(signals, facts, 0.0).front();
  const std::string shown = shown_on(first);
  for (int i = 0; i < 9; ++i) {
    EXPECT_THAT(shown, HasSubstr(fmt::format("Urgent {}\n", i)));
  }
  EXPECT_THAT(shown, HasSubstr("and 2 more on page 3"));
  for (const PageText& text : first.texts) {
    EXPECT_TRUE(!text.text.starts_with("Urgent") || text.at.y_mm < 48.0) << text.text;
  }
}

TEST(EcgReport, keeps_a_headline_clear_of_the_reason_above_it) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  std::string reason;
  for (int i = 0; i < 60; ++i) {
    reason += "word ";
  }
  facts.statements.clear();
  for (int i = 0; i < 6; ++i) {
    facts.statements.push_back(
        {i % 2 == 0 ? "Long headline " + reason.substr(0, 130) : "Short", reason, "sinus_rhythm"});
  }
  const Page page = report_pages(signals, facts, 0.0).front();
  std::size_t num_judged = 0;
  for (std::size_t i = 1; i < page.texts.size(); ++i) {
    const PageText& above = page.texts[i - 1];
    const PageText& text = page.texts[i];
    const bool is_headline = text.text.starts_with("Long") || text.text.starts_with("Short");
    if (is_headline && above.text.starts_with("word") && text.at.y_mm > above.at.y_mm) {
      const double clear_mm = text.at.y_mm - 0.75 * text.size_mm - (above.at.y_mm + 0.25 * above.size_mm);
      EXPECT_GE(clear_mm, 0.75) << text.text;
      ++num_judged;
    }
  }
  EXPECT_EQ(num_judged, 4U);
}

TEST(EcgReport, breaks_a_long_headline_instead_of_cutting_it) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  const std::string headline =
      "Ventricular tachycardia of 23 beats in a row at 187 per minute, beside eleven other runs, the longest 41 beats";
  facts.statements.assign(5, {headline, "a reason", "ventricular_tachycardia"});
  std::string shown;
  const Page first = report_pages(signals, facts, 0.0).front();
  for (const PageText& text : first.texts) {
    shown += text.text + " ";
  }
  EXPECT_THAT(shown, HasSubstr(headline + " a reason"));
}

TEST(EcgReport, heads_the_familys_page_with_name_number_and_date_in_both_languages) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  facts.subject_name = "李华";
  facts.subject_id = "4711";
  facts.sex = Sex::male;
  facts.age_years = 60;
  facts.start = "2026-11-29 08:15";
  for (const std::string& shown : {shown_on(report_pages(signals, facts, 0.0)[plain_page]),
                                   report_html(report_pages(signals, facts, 0.0), facts)}) {
    EXPECT_THAT(shown, HasSubstr("李华 · ID 4711 · male · 60 years · 2026-11-29 08:15"));
    EXPECT_THAT(shown, HasSubstr("李华 · 编号 4711 · 男 · 60 岁 · 2026-11-29 08:15"));
  }
  facts.subject_name = std::string(90, 'W') + " von der Marwitz";
  const Page page = report_pages(signals, facts, 0.0)[plain_page];
  for (const PageText& text : page.texts) {
    EXPECT_LE(text.at.x_mm + text_width_mm(text.text, text.size_mm, text.is_bold), text.at.x_mm < 100 ? 142.5 : 281.5)
        << text.text;
  }
  EXPECT_THAT(shown_on(page), HasSubstr(" … · ID 4711 · male"));
  EXPECT_THAT(report_html(report_pages(signals, facts, 0.0), facts), HasSubstr("von der Marwitz · ID 4711"));
}

TEST(EcgReport, keeps_the_familys_page_one_page_however_much_there_is_to_say) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  facts.pr_ms = facts.qrs_ms = facts.qtc_ms = 500;
  for (const char* const code :
       {"beats_untold_for", "no_beats_for", "ventricular_tachycardia", "st_elevation", "long_pause", "av_block_3",
        "electrodes_swapped", "doubtful_gains", "st_depression", "ventricular_ectopy", "supraventricular_ectopy",
        "left_ventricular_hypertrophy", "left_atrial_enlargement", "tall_t_waves", "left_axis_deviation"}) {
    facts.statements.push_back({"A statement", "", code});
  }
  for (const char* const lead : {"I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"}) {
    facts.quality.push_back({lead, 0.5 + 0.01 * static_cast<double>(facts.quality.size()), "baseline, muscle, mains"});
  }
  const Page page = report_pages(signals, facts, 0.0)[plain_page];
  for (const PageText& text : page.texts) {
    EXPECT_LE(text.at.y_mm, 205.0) << text.text;
    EXPECT_GE(text.size_mm, 2.4);
    EXPECT_LE(text.at.x_mm + text_width_mm(text.text, text.size_mm, text.is_bold), text.at.x_mm < 100 ? 142.5 : 281.5)
        << text.text;
  }
}

TEST(EcgReport, begins_no_line_of_the_familys_page_with_a_mark) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  facts.pr_ms = facts.qrs_ms = facts.qtc_ms = 500;
  facts.statements.clear();
  for (const char* const code :
       {"no_beats_for", "st_elevation", "electrodes_swapped", "tall_t_waves", "cannot_say_st"}) {
    facts.statements.push_back({"A statement", "", code});
  }
  const Page page = report_pages(signals, facts, 0.0)[plain_page];
  std::string chinese;
  for (const PageText& text : page.texts) {
    for (const char* const mark : {"，", "。", "；", "：", "、", "）", " "}) {
      EXPECT_FALSE(text.text.starts_with(mark)) << text.text;
    }
    EXPECT_FALSE(text.text.ends_with("（")) << text.text;
    chinese += text.at.x_mm > 100 ? text.text : std::string{};
  }
  for (const std::string& sentence : plain_sentences(facts, Language::chinese)) {
    EXPECT_TRUE(chinese.find(sentence) != std::string::npos || sentence.find(' ') != std::string::npos) << sentence;
  }
}

TEST(EcgReport, sets_the_familys_page_as_flowing_text_in_html) {
  const LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  ReportFacts facts = rhythm_facts(signals, usual_ranges(test::shipped_thresholds()));
  facts.rate_per_min = 72;
  facts.statements = {{"ST elevation", "V2", "st_elevation"}};
  const std::string html = report_html(report_pages(signals, facts, 0.0), facts);
  for (const Language language : {Language::english, Language::chinese}) {
    std::size_t last = html.find(language == Language::english ? "<div lang=\"en\">" : "<div lang=\"zh\">");
    ASSERT_NE(last, std::string::npos);
    for (const std::string& sentence : plain_sentences(facts, language)) {
      const std::size_t at = html.find("<p>" + sentence + "</p>", last);
      ASSERT_NE(at, std::string::npos) << sentence;
      last = at;
    }
  }
  std::size_t num_sheets = 0;
  for (std::size_t at = html.find("<svg"); at != std::string::npos; at = html.find("<svg", at + 1)) {
    ++num_sheets;
  }
  EXPECT_EQ(num_sheets, 2U);
}

}  // namespace
}  // namespace xingu::ecg
