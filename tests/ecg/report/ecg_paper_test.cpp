// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/ecg_paper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "ecg/simulation/phantom.h"

namespace xingu::ecg {
namespace {

LeadSignals phantom_signals() { return lead_signals(to_ecg_record(make_phantom({}).recording)); }

/// Strokes that are longer than a pulse or a tick and no line of the paper.
std::vector<PageStroke> traces(const Page& page) {
  std::vector<PageStroke> found;
  std::copy_if(page.strokes.begin(), page.strokes.end(), std::back_inserter(found), [](const PageStroke& stroke) {
    return stroke.width_mm == 0.25 && stroke.points.back().x_mm - stroke.points.front().x_mm > 20.0;
  });
  return found;
}

bool is_pulse(const PageStroke& stroke) {
  return stroke.points.size() == 6 && stroke.points.back().x_mm - stroke.points.front().x_mm < 10.0;
}

TEST(EcgPaper, is_true_to_scale_in_time_and_voltage) {
  LeadSignals one{500, {"II"}, {std::vector<float>(5000, 0.0F)}};
  one.mv[0][1000] = 0.5F;  // after 2 s
  Page page;
  draw_ecg_paper(one, 0.0, 50.0, page);
  const auto drawn = traces(page);
  ASSERT_EQ(drawn.size(), 1U);
  const auto& points = drawn[0].points;
  EXPECT_NEAR(points.back().x_mm - points.front().x_mm, 249.95, 1e-6);
  const auto top = std::min_element(points.begin(), points.end(), [](auto a, auto b) { return a.y_mm < b.y_mm; });
  EXPECT_NEAR(top->x_mm - points.front().x_mm, 2 * paper_mm_per_s, 1e-6);
  EXPECT_NEAR(points.front().y_mm - top->y_mm, 0.5 * paper_mm_per_mV, 1e-5);
}

TEST(EcgPaper, draws_no_more_points_than_the_curve_needs_and_passes_each_sample) {
  LeadSignals signals{500, {"II"}, {}};
  std::vector<float>& x = signals.mv.emplace_back();
  for (int i = 0; i < 5000; ++i) {  // slow and fast waves, a step, and steps of 2 µV as an amplifier's
    const double t = i / 500.0;
    const double mv = 0.3 * std::sin(5.0 * t) + (i % 400 < 30 ? 0.8 * std::sin(0.21 * (i % 400)) : 0.0) + (i > 2500);
    x.push_back(static_cast<float>(std::round(500.0 * mv) / 500.0));
  }
  Page page;
  draw_ecg_paper(signals, 0.0, 50.0, page);
  const auto drawn = traces(page);
  ASSERT_EQ(drawn.size(), 1U);
  const std::vector<PagePoint>& points = drawn[0].points;
  EXPECT_LT(points.size(), 2500U);
  const double level_mm = points.front().y_mm + paper_mm_per_mV * static_cast<double>(x[0]);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double at_mm = points.front().x_mm + paper_mm_per_s * static_cast<double>(i) / 500.0;
    const auto right = std::ranges::lower_bound(points, at_mm - 1e-9, {}, &PagePoint::x_mm);
    ASSERT_NE(right, points.end());
    const PagePoint& to = *right;
    const PagePoint& from = right == points.begin() ? to : *std::prev(right);
    const double part = to.x_mm > from.x_mm ? (at_mm - from.x_mm) / (to.x_mm - from.x_mm) : 1.0;
    const double y_mm = from.y_mm + part * (to.y_mm - from.y_mm);
    ASSERT_NEAR(y_mm, level_mm - paper_mm_per_mV * static_cast<double>(x[i]), 0.0101) << i;
  }
}

TEST(EcgPaper, has_a_pulse_of_one_millivolt_on_every_row) {
  Page page;
  draw_ecg_paper(phantom_signals(), 0.0, 50.0, page);
  std::size_t pulses = 0;
  for (const PageStroke& stroke : page.strokes) {
    if (is_pulse(stroke)) {
      EXPECT_NEAR(stroke.points[1].y_mm - stroke.points[2].y_mm, 10.0, 1e-9);
      EXPECT_NEAR(stroke.points[3].x_mm - stroke.points[2].x_mm, 5.0, 1e-9);
      ++pulses;
    }
  }
  EXPECT_EQ(pulses, 4U);
}

/// Height of the calibration pulses, all alike.
double pulse_mm(const Page& page) {
  double height = 0.0;
  for (const PageStroke& stroke : page.strokes) {
    if (is_pulse(stroke)) {
      height = height == 0.0 ? stroke.points[1].y_mm - stroke.points[2].y_mm : height;
      EXPECT_NEAR(stroke.points[1].y_mm - stroke.points[2].y_mm, height, 1e-9);
    }
  }
  return height;
}

/// What the tallest stroke of the traces covers, mm.
double tallest_mm(const Page& page) {
  double tallest = 0.0;
  for (const PageStroke& stroke : traces(page)) {
    const auto [top, bottom] = std::ranges::minmax(stroke.points, {}, &PagePoint::y_mm);
    tallest = std::max(tallest, bottom.y_mm - top.y_mm);
  }
  return tallest;
}

TEST(EcgPaper, draws_every_wave_whole_at_the_scale_of_its_pulse) {
  for (const auto& [height_mv, scale] :
       {std::pair(2.5, 10.0), {2.65, 5.0}, {4.5, 5.0}, {6.0, 2.5}, {-3.2, 10.0}, {-5.0, 5.0}}) {
    LeadSignals signals = with_limb_leads(phantom_signals());
    for (std::vector<float>& lead : signals.mv) {
      std::ranges::fill(lead, 0.0F);
    }
    std::vector<float>& v4 = signals.mv[*lead_number(signals, "V4")];  // on the first row
    for (std::size_t i = 4000; i < 4010; ++i) {
      v4[i] = static_cast<float>(height_mv);
    }
    Page page;
    EXPECT_EQ(draw_ecg_paper(signals, 0.0, 50.0, page), scale) << height_mv;
    EXPECT_NEAR(pulse_mm(page), scale, 1e-9) << height_mv;
    EXPECT_NEAR(tallest_mm(page), std::abs(height_mv) * scale, 1e-4) << height_mv;
    EXPECT_EQ(std::ranges::count(page.texts, "off scale", &PageText::text), 0) << height_mv;
  }
}

TEST(EcgPaper, gives_a_poor_lead_no_say_in_the_scale) {
  LeadSignals signals = with_limb_leads(phantom_signals());
  std::vector<float>& v4 = signals.mv[*lead_number(signals, "V4")];
  for (std::size_t i = 4000; i < 4010; ++i) {
    v4[i] = 5.0F;
  }
  Page reduced;
  EXPECT_LT(draw_ecg_paper(signals, 0.0, 50.0, reduced), paper_mm_per_mV);
  Page page;
  EXPECT_EQ(draw_ecg_paper(signals, 0.0, 50.0, page, {{"V4"}, {}}), paper_mm_per_mV);
  EXPECT_EQ(std::ranges::count(page.texts, "off scale", &PageText::text), 1);
}

TEST(EcgPaper, gives_a_stimulus_no_say_in_the_scale_and_cuts_it_without_a_word) {
  LeadSignals signals = with_limb_leads(phantom_signals());
  for (const char* name : {"V3", "V4"}) {
    signals.mv[*lead_number(signals, name)][4000] = 6.0F;
  }
  Page reduced;
  EXPECT_LT(draw_ecg_paper(signals, 0.0, 50.0, reduced), paper_mm_per_mV);
  Page page;
  EXPECT_EQ(draw_ecg_paper(signals, 0.0, 50.0, page, {{}, {4000}}), paper_mm_per_mV);
  EXPECT_EQ(std::ranges::count(page.texts, "off scale", &PageText::text), 0);
  Page beside;
  signals.mv[*lead_number(signals, "V4")][4100] = 40.0F;
  EXPECT_EQ(draw_ecg_paper(signals, 0.0, 50.0, beside, {{}, {4000}}), paper_mm_per_mV);
  EXPECT_EQ(std::ranges::count(beside.texts, "off scale", &PageText::text), 1) << "of what is no stimulus";
}

TEST(EcgPaper, marks_what_no_scale_holds_and_draws_the_rest_as_usual) {
  LeadSignals signals = with_limb_leads(phantom_signals());
  signals.mv[*lead_number(signals, "V4")][4000] = 30.0F;
  Page page;
  EXPECT_EQ(draw_ecg_paper(signals, 0.0, 50.0, page), paper_mm_per_mV);
  EXPECT_EQ(std::ranges::count(page.texts, "off scale", &PageText::text), 1);
}

TEST(EcgPaper, shows_twelve_leads_and_a_rhythm_strip_within_the_sheet) {
  Page page;
  draw_ecg_paper(phantom_signals(), 0.0, 50.0, page);
  EXPECT_EQ(traces(page).size(), 13U);
  EXPECT_EQ(page.texts.size(), 13U);
  for (const PageStroke& stroke : page.strokes) {
    for (const PagePoint& point : stroke.points) {
      EXPECT_GE(point.y_mm, 50.0);
      EXPECT_LE(point.y_mm, 200.0);
      EXPECT_LE(point.x_mm, 281.0);
    }
  }
}

TEST(EcgPaper, keeps_names_and_large_waves_of_any_number_of_rows_on_the_paper) {
  for (const std::size_t rows : {1U, 3U, 6U, 8U}) {
    LeadSignals signals{500, {}, {}};
    for (std::size_t lead = 0; lead < rows; ++lead) {
      signals.names.push_back("lead");
      signals.mv.emplace_back(5000, 0.0F);
      signals.mv.back()[1000] = 9.0F;
      signals.mv.back()[2000] = -9.0F;
    }
    Page page;
    draw_ecg_paper(signals, 0.0, 50.0, page);
    for (const PageText& text : page.texts) {
      EXPECT_GE(text.at.y_mm - text.size_mm, 50.0) << rows;
    }
    for (const PageStroke& stroke : page.strokes) {
      for (const PagePoint& point : stroke.points) {
        ASSERT_GE(point.y_mm, 50.0) << rows;
        ASSERT_LE(point.y_mm, 200.0) << rows;
      }
    }
  }
}

/// Whether a line of a trace runs through the letters.
bool is_overdrawn(const PageText& text, const Page& page) {
  const double right = text.at.x_mm + text_width_mm(text.text, text.size_mm, text.is_bold);
  for (const PageStroke& stroke : traces(page)) {
    for (std::size_t i = 1; i < stroke.points.size(); ++i) {
      const auto& [from, to] = std::pair(stroke.points[i - 1], stroke.points[i]);
      if (from.x_mm <= right && to.x_mm >= text.at.x_mm && std::min(from.y_mm, to.y_mm) <= text.at.y_mm &&
          std::max(from.y_mm, to.y_mm) >= text.at.y_mm - 0.7 * text.size_mm) {
        return true;
      }
    }
  }
  return false;
}

constexpr std::array<const char*, 15> fifteen{"I",  "II", "III", "aVR", "aVL", "aVF", "V1", "V2",
                                              "V3", "V4", "V5",  "V6",  "V7",  "V8",  "V9"};

/// Lead k has peaks of k + 1 times 0.1 mV, two a second, by which its trace is known.
LeadSignals marked_leads(unsigned mask, double seconds = 10.0) {
  LeadSignals signals{50, {}, {}};
  for (std::size_t k = 0; k < fifteen.size(); ++k) {
    if ((mask >> k & 1U) != 0U) {
      signals.names.emplace_back(fifteen[k]);
      std::vector<float>& lead = signals.mv.emplace_back(static_cast<std::size_t>(50 * seconds), 0.0F);
      for (std::size_t i = 10; i < lead.size(); i += 25) {
        lead[i] = 0.1F * static_cast<float>(k + 1);
      }
    }
  }
  return signals;
}

/// How often each lead is drawn, the strip below the twelve aside.
std::array<int, 15> times_drawn(const std::vector<Page>& pages) {
  std::array<int, 15> times{};
  for (const Page& page : pages) {
    const std::vector<PageStroke> drawn = traces(page);
    const auto is_strip = [](const PageStroke& s) { return s.points.back().x_mm - s.points.front().x_mm > 200.0; };
    const bool has_pieces = !std::ranges::all_of(drawn, is_strip);
    for (const PageStroke& stroke : drawn) {
      if (has_pieces && is_strip(stroke)) {
        continue;
      }
      const auto [top, bottom] = std::ranges::minmax(stroke.points, {}, &PagePoint::y_mm);
      const auto k = static_cast<std::size_t>(std::lround(bottom.y_mm - top.y_mm)) - 1;
      ++times.at(k);
      EXPECT_GE(std::ranges::count(page.texts, fifteen.at(k), &PageText::text), 1) << fifteen.at(k);
    }
  }
  return times;
}

std::vector<Page> papers_of(const LeadSignals& signals) {
  std::vector<Page> papers(1);
  draw_ecg_paper(signals, 0.0, 50.0, papers.front());
  for (const LeadSignals& further : leads_of_further_papers(signals)) {
    draw_ecg_paper(further, 0.0, 50.0, papers.emplace_back());
  }
  return papers;
}

/// All sets of the fifteen leads that lack or have up to two, and some of those between.
std::vector<unsigned> sets_of_leads() {
  std::vector<unsigned> sets;
  for (unsigned mask = 1; mask < (1U << fifteen.size()); ++mask) {
    const int num = std::popcount(mask);
    if (num <= 2 || num >= 13 || mask % 61 == 0 || mask == 0x0fffU || (mask < 0x1000U && num >= 10)) {
      sets.push_back(mask);
    }
  }
  return sets;
}

TEST(EcgPaper, draws_each_lead_of_any_recording_once) {
  for (const unsigned mask : sets_of_leads()) {
    const std::array<int, 15> times = times_drawn(papers_of(marked_leads(mask)));
    for (std::size_t k = 0; k < fifteen.size(); ++k) {
      ASSERT_EQ(times[k], static_cast<int>(mask >> k & 1U)) << fifteen[k] << " of the set " << mask;
    }
  }
}

TEST(EcgPaper, draws_each_lead_of_a_short_recording_once) {
  for (const double seconds : {1.5, 2.4, 5.0, 7.0, 8.4, 8.6, 9.5}) {
    for (const unsigned mask : {0x0fffU, 0x07ffU, 0x7fffU}) {
      const LeadSignals signals = marked_leads(mask, seconds);
      const std::array<int, 15> times = times_drawn(papers_of(signals));
      for (std::size_t k = 0; k < fifteen.size(); ++k) {
        EXPECT_EQ(times[k], static_cast<int>(mask >> k & 1U)) << fifteen[k] << " of " << seconds << " s";
      }
    }
  }
}

TEST(EcgPaper, keeps_the_usual_places_where_few_of_the_twelve_are_missing_and_says_which) {
  for (const unsigned mask : sets_of_leads()) {
    const Page page = papers_of(marked_leads(mask)).front();
    const bool is_usual = std::popcount(mask & 0x0fffU) >= 9;
    for (std::size_t k = 0; k < 12; ++k) {
      const bool is_missing = (mask >> k & 1U) == 0;
      ASSERT_EQ(std::ranges::count(page.texts, std::string(fifteen[k]) + " not recorded", &PageText::text),
                is_usual && is_missing ? 1 : 0)
          << fifteen[k] << " of the set " << mask;
    }
  }
}

/// Height of the strip's peaks in tenths of a millivolt: which lead it shows.
long lead_of_strip(unsigned mask) {
  for (const PageStroke& stroke : traces(papers_of(marked_leads(mask)).front())) {
    if (stroke.points.back().x_mm - stroke.points.front().x_mm > 200.0) {
      const auto [top, bottom] = std::ranges::minmax(stroke.points, {}, &PagePoint::y_mm);
      return std::lround(bottom.y_mm - top.y_mm);
    }
  }
  return 0;
}

TEST(EcgPaper, has_lead_ii_below_the_twelve_or_another_limb_lead_where_it_was_not_recorded) {
  EXPECT_EQ(lead_of_strip(0x0fffU), 2);
  EXPECT_EQ(lead_of_strip(0x0fffU & ~0x2U), 1);
  EXPECT_EQ(lead_of_strip(0x0fffU & ~0x3U), 3);
  EXPECT_EQ(lead_of_strip(0x0fffU & ~0x7U), 6) << "aVF";
}

TEST(EcgPaper, draws_two_leads_of_one_name_both) {
  LeadSignals signals = marked_leads(0x0fffU);
  signals.names.emplace_back("V1");
  signals.mv.push_back(marked_leads(0x4000U).mv.front());
  const std::vector<LeadSignals> further = leads_of_further_papers(signals);
  ASSERT_EQ(further.size(), 1U);
  EXPECT_EQ(further[0].names, std::vector<std::string>{"V1"});
  EXPECT_EQ(further[0].mv[0], signals.mv.back());
}

TEST(EcgPaper, writes_names_where_no_trace_is_or_with_a_halo) {
  LeadSignals signals = phantom_signals();
  for (std::vector<float>& lead : signals.mv) {  // a tall beat at the start of every column
    for (std::size_t i = 0; i < lead.size(); ++i) {
      lead[i] += i % 1250 > 30 && i % 1250 < 60 ? 1.3F : 0.0F;
    }
  }
  Page page;
  draw_ecg_paper(signals, 0.0, 50.0, page);
  ASSERT_EQ(page.texts.size(), 13U);
  for (const PageText& text : page.texts) {
    EXPECT_FALSE(is_overdrawn(text, page)) << text.text;
    EXPECT_EQ(text.halo_mm, 0.0) << text.text;
  }
  LeadSignals full{500, {"II"}, {std::vector<float>(5000)}};
  for (std::size_t i = 0; i < 5000; ++i) {
    full.mv[0][i] = 3.0F * static_cast<float>(std::sin(0.7 * static_cast<double>(i)));
  }
  Page black;
  draw_ecg_paper(full, 0.0, 50.0, black);
  EXPECT_GT(black.texts.at(0).halo_mm, 0.0);
}

TEST(EcgPaper, begins_earlier_where_fewer_than_ten_seconds_follow) {
  const LeadSignals twelve{500, {"II"}, {std::vector<float>(6000)}};
  EXPECT_EQ(first_drawn_s(twelve, 1.0), 1.0);
  EXPECT_EQ(first_drawn_s(twelve, 8.0), 2.0);
  EXPECT_EQ(first_drawn_s({500, {"II"}, {std::vector<float>(3000)}}, 5.0), 0.0);
}

TEST(EcgPaper, says_so_where_a_lead_has_no_signal) {
  LeadSignals two{500, {"II", "V1"}, {std::vector<float>(5000, 0.1F), std::vector<float>(5000, std::nanf(""))}};
  Page page;
  draw_ecg_paper(two, 0.0, 50.0, page);
  EXPECT_EQ(std::ranges::count(page.texts, "no signal", &PageText::text), 1);
}

TEST(EcgPaper, leaves_gaps_where_samples_are_missing) {
  LeadSignals one{500, {"II"}, {std::vector<float>(5000, 0.1F)}};
  std::fill(one.mv[0].begin() + 1000, one.mv[0].begin() + 1500, std::nanf(""));
  Page page;
  draw_ecg_paper(one, 0.0, 50.0, page);
  EXPECT_EQ(traces(page).size(), 2U);
}

}  // namespace
}  // namespace xingu::ecg
