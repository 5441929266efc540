// SPDX-License-Identifier: Apache-2.0
#include "ecg/split_complexes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/philox.h"
#include "ecg/statements.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

constexpr double rate_hz = 500.0;

/// Complexes of a width, steep at both ends and blunt between, with a T wave to the other side behind; eight leads.
LeadSignals wide_hearts(double per_min, double width_s, double duration_s = 10.0) {
  LeadSignals signals{rate_hz, {}, {}};
  const auto hump = [](double t, double from, double until) {
    return t < from || t > until ? 0.0 : 0.5 - 0.5 * std::cos(2 * std::numbers::pi * (t - from) / (until - from));
  };
  for (int lead = 0; lead < 8; ++lead) {
    const double first = 0.7 - 0.15 * lead;
    const double second = 0.8 - 0.1 * lead;
    std::vector<float> x(static_cast<std::size_t>(duration_s * rate_hz), 0.0F);
    for (double at = 0.4; at < duration_s; at += 60.0 / per_min) {
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double t = static_cast<double>(i) / rate_hz - at;
        x[i] += static_cast<float>(first * hump(t, 0.0, 0.7 * width_s) + second * hump(t, 0.3 * width_s, width_s) -
                                   0.25 * first * hump(t, width_s + 0.05, width_s + 0.28));
      }
    }
    signals.names.push_back(lead == 0   ? std::string("I")
                            : lead == 1 ? std::string("II")
                                        : fmt::format("V{}", lead - 1));
    signals.mv.push_back(std::move(x));
  }
  return signals;
}

TEST(SplitComplexes, of_very_wide_hearts_are_counted_once_and_stand_at_their_middle) {
  for (const double per_min : {30.0, 40.0, 50.0, 60.0}) {
    for (const double width_s : {0.24, 0.28}) {
      const Analysis a = analyse(wide_hearts(per_min, width_s), {}, test::shipped_thresholds());
      ASSERT_TRUE(a.measurements.rate_per_min) << per_min << ' ' << width_s;
      EXPECT_NEAR(*a.measurements.rate_per_min, per_min, 2.0) << width_s;
      EXPECT_FALSE(a.says("atrial_fibrillation") || a.says("supraventricular_ectopy")) << per_min << ' ' << width_s;
    }
  }
}

TEST(SplitComplexes, found_at_one_end_or_so_dense_that_they_look_like_fibrillation_are_counted_too) {
  struct Case {
    double per_min;
    double width_s;
  };
  for (const Case& c : {Case{45.0, 0.22}, Case{60.0, 0.22}, Case{70.0, 0.22}, Case{90.0, 0.22}, Case{70.0, 0.28},
                        Case{80.0, 0.28}, Case{90.0, 0.28}, Case{100.0, 0.24}}) {
    const Analysis a = analyse(wide_hearts(c.per_min, c.width_s), {}, test::shipped_thresholds());
    ASSERT_TRUE(a.measurements.rate_per_min) << c.per_min << ' ' << c.width_s;
    EXPECT_NEAR(*a.measurements.rate_per_min, c.per_min, 1.5) << c.width_s;
    ASSERT_TRUE(a.measurements.qrs_ms) << c.per_min << ' ' << c.width_s;
    EXPECT_NEAR(*a.measurements.qrs_ms, 1000.0 * c.width_s, 30.0) << c.per_min << ' ' << c.width_s;
    EXPECT_TRUE(a.says("wide_complex_rhythm") || a.says("wide_complex_tachycardia")) << c.per_min << ' ' << c.width_s;
    for (const char* const code : {"sinus_rhythm", "sinus_bradycardia", "ventricular_ectopy",
                                   "right_atrial_enlargement", "atrial_flutter", "beats_untold_for"}) {
      EXPECT_FALSE(a.says(code)) << code << ' ' << c.per_min << ' ' << c.width_s;
    }
  }
}

/// Complexes that begin with a small wave to the other side, as much potassium in the blood makes them, and tall T
/// waves.
LeadSignals hearts_with_first_wave(double per_min, double width_s) {
  LeadSignals signals{rate_hz, {"I", "II", "V1", "V2", "V3", "V4", "V5", "V6"}, {}};
  const std::vector<double> of_complex{0.5, 1.0, -0.8, -1.0, -0.6, 0.4, 0.8, 0.8};
  const std::vector<double> of_t{0.3, 0.6, 0.3, 0.9, 1.0, 0.9, 0.7, 0.5};
  for (std::size_t lead = 0; lead < 8; ++lead) {
    std::vector<float> x(5000);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Philox random(17, lead);
      x[i] = static_cast<float>(0.02 * (random.uniform(i) - 0.5));
      for (double at = 0.4; at < 9.75; at += 60.0 / per_min) {
        const double t = static_cast<double>(i) / rate_hz - at;
        const double u = 2.0 * t / width_s;  // -1 ... 1
        const double complex = std::cos(std::numbers::pi / 2 * u) * std::sin(0.8 * std::numbers::pi * u + 0.6);
        const double after = (t - width_s / 2 - 0.14) / 0.05;
        x[i] += static_cast<float>((std::abs(u) < 1.0 ? of_complex[lead] * complex : 0.0) +
                                   0.8 * of_t[lead] * std::exp(-after * after / 2));
      }
    }
    signals.mv.push_back(std::move(x));
  }
  return signals;
}

TEST(SplitComplexes, have_their_first_wave_and_no_p_wave_in_its_place) {
  for (const double per_min : {60.0, 70.0, 80.0}) {
    for (const double width_s : {0.24, 0.28}) {
      const Analysis a = analyse(hearts_with_first_wave(per_min, width_s), {}, test::shipped_thresholds());
      EXPECT_FALSE(a.measurements.pr_ms) << per_min << ' ' << width_s;
      ASSERT_TRUE(a.measurements.qrs_ms) << per_min << ' ' << width_s;
      EXPECT_NEAR(*a.measurements.qrs_ms, 1000.0 * width_s, 20.0) << per_min << ' ' << width_s;
      EXPECT_TRUE(a.says("wide_complex_rhythm")) << per_min << ' ' << width_s;
    }
  }
}

TEST(SplitComplexes, as_low_as_a_p_wave_on_one_lead_leave_it_its_name) {
  LeadSignals signals{rate_hz, {"I"}, {std::vector<float>(5000)}};
  for (std::size_t i = 0; i < 5000; ++i) {
    signals.mv[0][i] = static_cast<float>(0.01 * (Philox(17, 0).uniform(i) - 0.5));
    for (double at = 0.5; at < 9.6; at += 0.85) {
      const auto bump = [&](double mv, double where_s, double spread_s) {
        const double t = (static_cast<double>(i) / rate_hz - at - where_s) / spread_s;
        return mv * std::exp(-t * t / 2);
      };
      signals.mv[0][i] += static_cast<float>(bump(0.12, -0.14, 0.014) + bump(0.2, 0.0, 0.024) + bump(0.08, 0.3, 0.05));
    }
  }
  const Analysis a = analyse(signals, {}, test::shipped_thresholds());
  EXPECT_TRUE(a.measurements.pr_ms);
}

QrsDetection detection(std::initializer_list<double> times_s) {
  QrsDetection out;
  for (const double t : times_s) {
    out.sample.push_back(std::llround(t * rate_hz));
    out.confidence.push_back(0.9F);
  }
  return out;
}

TEST(SplitComplexes, are_joined_where_pairs_are_many_and_nothing_else_is_touched) {
  const LeadSignals signals = wide_hearts(50.0, 0.28);
  QrsDetection beats = detection({0.44, 0.66, 1.64, 2.84, 3.06, 4.26});
  join_split_complexes(signals, beats);
  ASSERT_EQ(beats.sample.size(), 4U);
  for (std::size_t b = 0; b < 4; ++b) {
    EXPECT_NEAR(static_cast<double>(beats.sample[b]) / rate_hz, 0.54 + 1.2 * static_cast<double>(b), 0.04);
  }
  QrsDetection one_pair = detection({0.44, 0.66, 1.64, 2.84, 4.04, 5.24});
  const std::vector<std::int64_t> before = one_pair.sample;
  join_split_complexes(signals, one_pair);
  EXPECT_EQ(one_pair.sample, before);
  QrsDetection rejected = detection({0.54, 1.74, 2.94, 4.14, 5.34, 6.54, 7.74, 8.94});
  rejected.is_rejected.assign(10, true);
  trust_wide_complexes(signals, rejected);
  EXPECT_EQ(std::ranges::count(rejected.is_rejected, true), 1) << "but behind the last";
  QrsDetection uneven = detection({0.54, 1.74, 2.94, 4.14, 4.94, 6.54, 7.74, 8.94});
  uneven.is_rejected.assign(10, true);
  trust_wide_complexes(signals, uneven);
  EXPECT_EQ(std::ranges::count(uneven.is_rejected, true), 10);
  QrsDetection fast = detection({0.4, 0.64, 0.88, 1.12, 1.36, 1.6, 1.84, 2.08});
  const std::vector<std::int64_t> fast_before = fast.sample;
  join_split_complexes(signals, fast);
  EXPECT_EQ(fast.sample, fast_before);
}

}  // namespace
}  // namespace xingu::ecg
