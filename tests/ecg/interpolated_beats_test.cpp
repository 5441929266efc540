// SPDX-License-Identifier: Apache-2.0
// Extrasystoles of the ventricles between two sinus beats that keep their distance.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dipole_heart.h"
#include "ecg/beat_features.h"
#include "ecg/beat_types.h"
#include "ecg/qrs_detector.h"
#include "ecg/representative_beat.h"
#include "ecg/simulation/beating_heart.h"
#include "ecg/statements.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

constexpr double sampled_hz = 500.0;
constexpr double recorded_s = 30.0;
constexpr double rr_s = 0.85;

/// Eight leads of sinus beats 0.85 s apart.
struct Heart {
  std::size_t period = 4;  ///< beats from one with an extrasystole before it to the next
  double early_s = 0.40;   ///< of its complex before the sinus beat's
  bool has_pause = false;  ///< the sinus beat behind it is left out
};

LeadSignals signals_of(const Heart& heart) {
  std::vector<DipoleBump> bumps;
  for (std::size_t b = 0; 0.5 + rr_s * static_cast<double>(b) < recorded_s - 0.6; ++b) {
    const double onset_s = 0.5 + rr_s * static_cast<double>(b);
    const bool is_behind = b % heart.period == heart.period - 1;
    if (is_behind) {
      const double at_s = onset_s - heart.early_s;
      bumps.push_back({wave_within(at_s, 0.15, 0.0, 0.45, 1.0), {-0.6, -1.3, 0.5}});
      bumps.push_back({wave_within(at_s + 0.15, 0.20, 0.0, 0.5, 1.0), {0.2, 0.35, -0.15}});
    }
    if (is_behind && heart.has_pause) {
      continue;
    }
    const ConductedBeat beat = conducted_beat(onset_s, rr_s, {});
    bumps.insert(bumps.end(), beat.bumps.begin(), beat.bumps.end());
  }
  LeadSignals out{sampled_hz, {}, {}};
  const auto size = static_cast<std::size_t>(recorded_s * sampled_hz);
  for (const LeadVector& lead : measured_leads) {
    std::vector<float> x(size, 0.0F);
    for (const DipoleBump& bump : bumps) {
      double height = 0.0;
      for (std::size_t axis = 0; axis < lead.weight.size(); ++axis) {
        height += lead.weight[axis] * bump.height_mV[axis];
      }
      const auto end = std::min(size, static_cast<std::size_t>(bump.wave.offset_s * sampled_hz) + 1);
      for (auto i = static_cast<std::size_t>(bump.wave.onset_s * sampled_hz); i < end; ++i) {
        x[i] += static_cast<float>(height * bump.part_at(static_cast<double>(i) / sampled_hz));
      }
    }
    for (std::size_t i = 0; i < size; ++i) {  // no lead is without any noise
      x[i] += 0.004F * static_cast<float>(std::sin(static_cast<double>(i * i % 9973)));
    }
    out.names.emplace_back(lead.name);
    out.mv.push_back(std::move(x));
  }
  return out;
}

Analysis analysed(const Heart& heart) { return analyse(signals_of(heart), {}, test::shipped_thresholds()); }

std::size_t number_of(const Analysis& a, BeatType type) {
  return static_cast<std::size_t>(std::ranges::count(a.sequence.type, type));
}

TEST(InterpolatedBeats, leave_the_sinus_beats_about_them_normal_and_those_behind_them_out_of_the_mean) {
  const std::size_t num_all = analysed({.period = 100}).measurements.averaged.size();
  for (const std::size_t period : {std::size_t{3}, std::size_t{4}}) {
    for (const double early_s : {0.40, 0.45}) {
      const Analysis a = analysed({.period = period, .early_s = early_s});
      const std::size_t num_ventricular = 34 / period;
      EXPECT_EQ(number_of(a, BeatType::ventricular), num_ventricular) << period << " " << early_s;
      EXPECT_EQ(number_of(a, BeatType::supraventricular), 0U) << period << " " << early_s;
      EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(a.is_interpolated, true)), num_ventricular)
          << period << " " << early_s;
      EXPECT_FALSE(a.says("supraventricular_ectopy")) << period << " " << early_s;
      EXPECT_EQ(a.measurements.averaged.size(), num_all - num_ventricular) << period << " " << early_s;
    }
  }
}

TEST(InterpolatedBeats, would_make_the_beats_about_them_suspect_by_the_intervals_as_they_come) {
  const LeadSignals signals = signals_of({.period = 4, .early_s = 0.45});
  const std::vector<std::int64_t> beats = detect_qrs(signals).sample;
  const BeatTypeModel& model = test::shipped_thresholds().beat_types;
  const auto as_they_come = classify_beats(beat_features(signals, beats), beats, {}, sampled_hz, model);
  EXPECT_GT(std::ranges::count(as_they_come, BeatType::supraventricular), 0);
  EXPECT_EQ(std::ranges::count(classify_beats(compare_beats(signals, beats), beats, {}, sampled_hz, model).type,
                               BeatType::supraventricular),
            0);
}

TEST(InterpolatedBeats, leave_a_fast_heart_s_next_complex_normal_though_it_stands_in_their_t_wave) {
  for (const double per_min : {75.0, 85.0, 95.0, 105.0}) {
    const double interval_s = 60.0 / per_min;
    for (const double early_s : {0.30, 0.34}) {
      std::vector<DipoleBump> heart;
      for (double at = 0.4; at < 9.2; at += interval_s) {
        test_signals::add_sinus_beat(at, interval_s, heart);
      }
      test_signals::add_ventricular_beat(0.4 + 6.0 * interval_s + early_s, 0.45, heart);
      const Analysis a = analyse(test_signals::leads_of(heart, 10.0), {}, test::shipped_thresholds());
      EXPECT_EQ(number_of(a, BeatType::ventricular), 1U) << per_min << ' ' << early_s;
      EXPECT_EQ(number_of(a, BeatType::normal) + 1, a.sequence.size()) << per_min << ' ' << early_s;
    }
  }
}

TEST(InterpolatedBeats, are_none_where_a_compensatory_pause_follows) {
  const Analysis a = analysed({.period = 8, .has_pause = true});
  EXPECT_EQ(number_of(a, BeatType::ventricular), 4U);
  EXPECT_EQ(std::ranges::count(a.is_interpolated, true), 0);
}

TEST(TimeWithout, gives_intervals_across_beats_that_do_not_count) {
  const LeadSignals signals = signals_of({.period = 8});
  const std::vector<std::int64_t> beats = detect_qrs(signals).sample;
  ComparedBeats compared = compare_beats(signals, beats);
  const std::vector<BeatFeatures> as_they_come = compared.features;
  std::vector<bool> is_left_out(beats.size(), false);
  is_left_out[7] = true;
  time_without(is_left_out, compared);
  const auto of = [](const BeatFeatures& f, BeatFeature name) { return f[static_cast<std::size_t>(name)]; };
  EXPECT_LT(of(as_they_come[8], BeatFeature::rr_before), -0.4F);
  EXPECT_NEAR(of(compared.features[8], BeatFeature::rr_before), 0.0F, 0.03F);
  EXPECT_NEAR(of(compared.features[8], BeatFeature::rr_step), 0.0F, 0.05F);
  EXPECT_NEAR(of(compared.features[6], BeatFeature::rr_after), 0.0F, 0.03F);
  EXPECT_EQ(of(compared.features[7], BeatFeature::rr_before), of(as_they_come[7], BeatFeature::rr_before));
  EXPECT_EQ(of(compared.features[7], BeatFeature::rr_after), of(as_they_come[7], BeatFeature::rr_after));
  EXPECT_EQ(of(compared.features[8], BeatFeature::likeness), of(as_they_come[8], BeatFeature::likeness));
  time_without({}, compared);
  EXPECT_EQ(compared.features, as_they_come);
}

TEST(RepresentativeBeat, leaves_beats_out_where_others_are_there) {
  const LeadSignals signals = signals_of({.period = 100});
  const Delineation waves = delineate(signals, detect_qrs(signals).sample);
  const std::size_t all = representative_beat(signals, waves)->beats.size();
  std::vector<bool> is_left_out(waves.global.size(), false);
  std::fill_n(is_left_out.begin() + 5, 4, true);
  EXPECT_EQ(representative_beat(signals, waves, {}, {}, is_left_out)->beats.size(), all - 4);
  is_left_out.assign(waves.global.size(), true);
  EXPECT_EQ(representative_beat(signals, waves, {}, {}, is_left_out)->beats.size(), all) << "there is nothing else";
}

}  // namespace
}  // namespace xingu::ecg
