// SPDX-License-Identifier: Apache-2.0
// The Task Force of 1996 defines its measures on numbers that can be worked out by hand.
#include "ecg/heart_rate_variability.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/philox.h"

namespace xingu::ecg {
namespace {

/// NN = mean + amplitude · sin(2π f t), one after the other.
std::vector<NormalInterval> modulated(double mean_ms, double amplitude_ms, double frequency_hz, double duration_s) {
  std::vector<NormalInterval> out;
  for (double t = 0.0; t < duration_s;) {
    const double nn = mean_ms + amplitude_ms * std::sin(2.0 * std::numbers::pi * frequency_hz * t);
    t += nn / 1000.0;
    out.push_back({t, nn});
  }
  return out;
}

TEST(NormalIntervals, leave_out_ectopic_beats_rejected_seconds_and_gaps) {
  const std::vector<std::int64_t> beats{0, 800, 1300, 2300, 3100, 3900, 8000, 8800};
  std::vector<BeatType> types(beats.size(), BeatType::normal);
  types[2] = BeatType::ventricular;
  std::vector<bool> rejected(10, false);
  rejected[8] = true;
  const auto intervals = normal_intervals(beats, types, rejected, 1000.0);
  ASSERT_EQ(intervals.size(), 3U);
  EXPECT_DOUBLE_EQ(intervals[0].nn_ms, 800.0);
  EXPECT_DOUBLE_EQ(intervals[1].end_s, 3.1);
  EXPECT_DOUBLE_EQ(intervals[2].end_s, 3.9);
}

TEST(NormalIntervals, leave_out_where_the_atria_fibrillate) {
  BeatSequence beats;
  beats.rate_hz = 1000.0;
  for (int b = 0; b < 8; ++b) {
    beats.sample.push_back(800 * b);
    beats.type.push_back(BeatType::normal);
  }
  std::vector<Fibrillation> states(8, Fibrillation::no);
  EXPECT_EQ(normal_intervals(beats, states).size(), 7U);
  states[4] = states[5] = Fibrillation::yes;
  states[7] = Fibrillation::undecided;
  EXPECT_EQ(normal_intervals(beats, states).size(), 4U) << "0-1, 1-2, 2-3 and 6-7";
}

TEST(TimeVariability, of_alternating_intervals_is_known) {
  std::vector<NormalInterval> intervals;
  double t = 0.0;
  for (int i = 0; i < 100; ++i) {
    const double nn = i % 2 == 0 ? 800.0 : 860.0;
    t += nn / 1000.0;
    intervals.push_back({t, nn});
  }
  const auto v = time_variability(intervals);
  ASSERT_TRUE(v);
  EXPECT_DOUBLE_EQ(v->mean_nn_ms, 830.0);
  EXPECT_NEAR(v->sdnn_ms, 30.0 * std::sqrt(100.0 / 99.0), 1e-9);
  EXPECT_NEAR(v->rmssd_ms, 60.0, 1e-9);
  EXPECT_DOUBLE_EQ(v->pnn50_percent, 100.0);
  EXPECT_EQ(v->nn50, 99U);
  EXPECT_NEAR(v->sdsd_ms, std::sqrt((99.0 * 3600.0 - 3600.0 / 99.0) / 98.0), 1e-9);
  EXPECT_FALSE(v->sdann_ms) << "a minute and a half has no 5-min means";
  EXPECT_FALSE(v->triangular_index);
}

TEST(TimeVariability, has_no_successive_difference_across_a_gap) {
  auto intervals = modulated(800.0, 0.0, 0.1, 60.0);
  const auto last = intervals.back();
  for (int i = 0; i < 20; ++i) {
    intervals.push_back({last.end_s + 10.0 + 0.9 * i, 900.0});
  }
  EXPECT_DOUBLE_EQ(time_variability(intervals)->rmssd_ms, 0.0);
}

/// An hour whose stretches of 5 min hold, in turn, 400 intervals of 730 and 770 ms and 300 of 960 and 1040 ms. The
/// first begins 0.3 s before the recording, so that no beat lies on the limit of two stretches.
std::vector<NormalInterval> hour_of_two_rhythms() {
  std::vector<NormalInterval> out;
  double t_ms = -300.0;
  for (int stretch = 0; stretch < 12; ++stretch) {
    const bool is_fast = stretch % 2 == 0;
    for (int i = 0; i < (is_fast ? 400 : 300); ++i) {
      const double below = is_fast ? 730.0 : 960.0;
      const double above = is_fast ? 770.0 : 1040.0;
      const double nn = i % 2 == 0 ? below : above;
      t_ms += nn;
      out.push_back({t_ms / 1000.0, nn});
    }
  }
  return out;
}

TEST(TimeVariability, of_stretches_with_known_means_and_deviations_is_that_of_table_1) {
  const auto v = time_variability(hour_of_two_rhythms());
  ASSERT_TRUE(v && v->sdann_ms && v->sdnn_index_ms && v->triangular_index);
  ASSERT_EQ(v->num_intervals, 4200U);  // 6 times 400 and 300
  const double mean = (2400.0 * 750.0 + 1800.0 * 1000.0) / 4200.0;
  EXPECT_NEAR(v->mean_nn_ms, mean, 1e-9);
  const double fast = 2400.0 * (20.0 * 20.0 + (750.0 - mean) * (750.0 - mean));
  const double slow = 1800.0 * (40.0 * 40.0 + (1000.0 - mean) * (1000.0 - mean));
  EXPECT_NEAR(v->sdnn_ms, std::sqrt((fast + slow) / 4199.0), 1e-9);
  EXPECT_NEAR(*v->sdann_ms, 125.0 * std::sqrt(12.0 / 11.0), 1e-9) << "six means of 750 and six of 1000 ms";
  EXPECT_NEAR(*v->sdnn_index_ms, (20.0 * std::sqrt(400.0 / 399.0) + 40.0 * std::sqrt(300.0 / 299.0)) / 2.0, 1e-9);
  EXPECT_DOUBLE_EQ(*v->triangular_index, 4200.0 / 1200.0) << "of 730 ms, and of 770 ms, there are 1200";
  // within the stretches 40 and 80 ms, from 770 to 960 ms six times, from 1040 to 730 ms five times
  const double squares =
      6.0 * 399.0 * 40.0 * 40.0 + 6.0 * 299.0 * 80.0 * 80.0 + 6.0 * 190.0 * 190.0 + 5.0 * 310.0 * 310.0;
  EXPECT_NEAR(v->rmssd_ms, std::sqrt(squares / 4199.0), 1e-9);
  EXPECT_EQ(v->nn50, 6U * 299U + 11U);
  EXPECT_NEAR(v->pnn50_percent, 100.0 * 1805.0 / 4199.0, 1e-9);
}

TEST(TimeVariability, has_no_5_min_means_from_fewer_than_three_stretches_that_are_mostly_normal) {
  const std::vector<NormalInterval> hour = hour_of_two_rhythms();
  EXPECT_TRUE(time_variability(std::span(hour).first(1100))->sdann_ms);
  EXPECT_FALSE(time_variability(std::span(hour).first(1000))->sdann_ms) << "three quarters of the third are there";
  auto with_holes = hour;  // the stretches of 750 ms lose a quarter, and have no say
  std::erase_if(with_holes,
                [](const NormalInterval& i) { return i.nn_ms < 900.0 && std::fmod(i.end_s, 300.0) > 225.0; });
  const auto v = time_variability(with_holes);
  ASSERT_TRUE(v && v->sdann_ms && v->sdnn_index_ms);
  EXPECT_NEAR(*v->sdann_ms, 0.0, 1e-9);
  EXPECT_NEAR(*v->sdnn_index_ms, 40.0 * std::sqrt(300.0 / 299.0), 1e-9);
}

TEST(TimeVariability, of_an_hour_has_5_min_means_and_a_triangle) {
  auto intervals = modulated(800.0, 20.0, 1.0 / 1200.0, 3600.0);
  const auto v = time_variability(intervals);
  ASSERT_TRUE(v && v->sdann_ms && v->sdnn_index_ms && v->triangular_index);
  // each stretch is a quarter of a wave: its mean is 2/π of the amplitude, above and below in turn of two
  EXPECT_NEAR(*v->sdann_ms, 20.0 * 2.0 / std::numbers::pi * std::sqrt(12.0 / 11.0), 0.1);
  EXPECT_NEAR(*v->sdnn_index_ms, 20.0 * std::sqrt(0.5 - 4.0 / (std::numbers::pi * std::numbers::pi)), 0.1);
  EXPECT_NEAR(v->sdnn_ms, 20.0 / std::numbers::sqrt2, 0.5);
  EXPECT_GT(*v->triangular_index, 3.0);
  EXPECT_FALSE(time_variability(std::span(intervals).first(9)));
}

TEST(TimeVariability, finds_the_base_of_a_triangular_histogram) {
  constexpr double bin_ms = 1000.0 / 128.0;
  std::vector<NormalInterval> intervals;  // 160 in bin 100, falling to none in bins 90 and 120
  double t = 0.0;
  for (int bin = 90; bin <= 120; ++bin) {
    const int count = bin <= 100 ? 16 * (bin - 90) : 8 * (120 - bin);
    for (int i = 0; i < count; ++i) {
      t += bin * bin_ms / 1000.0;
      intervals.push_back({t, bin * bin_ms});
    }
  }
  const auto v = time_variability(intervals);
  ASSERT_TRUE(v && v->tinn_ms);
  EXPECT_NEAR(*v->tinn_ms, 30.0 * bin_ms, 1e-9);
  EXPECT_DOUBLE_EQ(*v->triangular_index, 2400.0 / 160.0);
  EXPECT_FALSE(time_variability(std::span(intervals).first(800))->tinn_ms) << "ten minutes";
}

/// A day of NN = 800 ms + waves of the frequencies k / 86,400 Hz, whose power falls as frequency to a power.
std::vector<NormalInterval> day_of_noise(double exponent) {
  constexpr double day_s = 86400.0;
  constexpr double step_s = 10.0;
  const Philox random(7, 0);
  std::vector<double> nn(static_cast<std::size_t>(day_s / step_s) + 2, 800.0);
  for (int k = 1; k < 1200; ++k) {
    const double amplitude = 30.0 * std::pow(k, 0.5 * exponent);
    const double phase = 2.0 * std::numbers::pi * random.uniform(static_cast<std::uint64_t>(k));
    for (std::size_t i = 0; i < nn.size(); ++i) {
      nn[i] += amplitude * std::sin(2.0 * std::numbers::pi * k / day_s * step_s * static_cast<double>(i) + phase);
    }
  }
  std::vector<NormalInterval> out;
  for (double t = 0.0; t < day_s - 5.0;) {
    const auto i = static_cast<std::size_t>(t / step_s);
    const double part = t / step_s - static_cast<double>(i);
    const double interval_ms = (1 - part) * nn[i] + part * nn[i + 1];
    t += interval_ms / 1000.0;
    out.push_back({t, interval_ms});
  }
  return out;
}

TEST(DayVariability, has_the_power_of_a_slow_wave) {
  const auto slow = day_variability(modulated(800.0, 30.0, 1.0 / 7200.0, 86400.0));
  ASSERT_TRUE(slow);
  EXPECT_NEAR(slow->ulf_ms2, 450.0, 10.0);
  EXPECT_LT(day_variability(modulated(800.0, 30.0, 0.006, 86400.0))->ulf_ms2, 5.0);
}

TEST(DayVariability, finds_the_slope_of_noise) {
  for (const double exponent : {-0.5, -1.0, -1.3}) {
    EXPECT_NEAR(day_variability(day_of_noise(exponent))->slope, exponent, 0.05) << exponent;
  }
}

TEST(DayVariability, needs_a_day_that_is_half_normal) {
  auto intervals = modulated(800.0, 30.0, 0.01, 86400.0);
  EXPECT_TRUE(day_variability(intervals));
  EXPECT_FALSE(day_variability(std::span(intervals).first(intervals.size() / 2)));
  std::erase_if(intervals, [](const NormalInterval& i) { return std::fmod(i.end_s, 100.0) > 45.0; });
  EXPECT_FALSE(day_variability(intervals));
}

TEST(SpectralVariability, puts_a_rhythm_into_its_band_with_the_power_of_a_sinusoid) {
  for (const auto& [frequency, band] : {std::pair{0.02, 0}, std::pair{0.1, 1}, std::pair{0.25, 2}}) {
    const auto s = spectral_variability(modulated(850.0, 40.0, frequency, 600.0));
    ASSERT_TRUE(s);
    EXPECT_EQ(s->num_stretches, 2U);
    const std::array<double, 3> power{s->vlf_ms2, s->lf_ms2, s->hf_ms2};
    EXPECT_NEAR(power[static_cast<std::size_t>(band)], 800.0, 60.0) << frequency;
    for (int other = 0; other < 3; ++other) {
      if (other != band) {
        EXPECT_LT(power[static_cast<std::size_t>(other)], 60.0) << frequency;
      }
    }
  }
}

TEST(SpectralVariability, needs_a_stretch_that_is_mostly_normal) {
  EXPECT_FALSE(spectral_variability(modulated(800.0, 40.0, 0.1, 200.0)));
}

TEST(NormalIntervals, do_not_cross_a_rejected_second) {
  const std::vector<std::int64_t> beats{500, 1500, 3100, 4100};  // one may be missing in the second from 2 s on
  const std::vector<BeatType> types(beats.size(), BeatType::normal);
  EXPECT_EQ(normal_intervals(beats, types, {false, false, false, false, false}, 1000.0).size(), 3U);
  const auto heard = normal_intervals(beats, types, {false, false, true, false, false}, 1000.0);
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_NEAR(heard[1].nn_ms, 1000.0, 1e-9);
}

}  // namespace
}  // namespace xingu::ecg
