// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/ecg_paper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ecg/simulation/phantom.h"

namespace xingu::ecg {
namespace {

LeadSignals phantom_signals() { return lead_signals(to_ecg_record(make_phantom({}).recording)); }

/// Strokes of the trace's ink that have more points than a pulse or a tick.
std::vector<PageStroke> traces(const Page& page) {
  std::vector<PageStroke> found;
  std::copy_if(page.strokes.begin(), page.strokes.end(), std::back_inserter(found),
               [](const PageStroke& stroke) { return stroke.points.size() > 10; });
  return found;
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

TEST(EcgPaper, has_a_pulse_of_one_millivolt_on_every_row) {
  Page page;
  draw_ecg_paper(phantom_signals(), 0.0, 50.0, page);
  std::size_t pulses = 0;
  for (const PageStroke& stroke : page.strokes) {
    if (stroke.points.size() == 6) {
      EXPECT_NEAR(stroke.points[1].y_mm - stroke.points[2].y_mm, 10.0, 1e-9);
      EXPECT_NEAR(stroke.points[3].x_mm - stroke.points[2].x_mm, 5.0, 1e-9);
      ++pulses;
    }
  }
  EXPECT_EQ(pulses, 4U);
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

TEST(EcgPaper, leaves_gaps_where_samples_are_missing) {
  LeadSignals one{500, {"II"}, {std::vector<float>(5000, 0.1F)}};
  std::fill(one.mv[0].begin() + 1000, one.mv[0].begin() + 1500, std::nanf(""));
  Page page;
  draw_ecg_paper(one, 0.0, 50.0, page);
  EXPECT_EQ(traces(page).size(), 2U);
}

TEST(EcgPaper, derives_the_limb_leads_that_are_not_there) {
  LeadSignals all = phantom_signals();
  LeadSignals eight{all.rate_hz, {}, {}};
  for (std::size_t i = 0; i < all.names.size(); ++i) {
    if (all.names[i] != "III" && !all.names[i].starts_with("aV")) {
      eight.names.push_back(all.names[i]);
      eight.mv.push_back(all.mv[i]);
    }
  }
  const LeadSignals derived = with_limb_leads(eight);
  ASSERT_EQ(derived.num_leads(), 12U);
  for (std::size_t i = 0; i < 12; ++i) {
    const auto k =
        static_cast<std::size_t>(std::find(all.names.begin(), all.names.end(), derived.names[i]) - all.names.begin());
    for (std::size_t t = 0; t < all.num_samples(); ++t) {
      ASSERT_NEAR(derived.mv[i][t], all.mv[k][t], 2e-3) << derived.names[i];
    }
  }
}

}  // namespace
}  // namespace xingu::ecg
