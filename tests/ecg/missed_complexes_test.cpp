// SPDX-License-Identifier: Apache-2.0
// One extrasystole of the ventricles in a recording: nothing else has its shape, and nothing its interval.
#include "ecg/missed_complexes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/philox.h"
#include "dipole_heart.h"
#include "ecg/qrs_detector.h"
#include "ecg/simulation/beating_heart.h"
#include "ecg/statements.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

constexpr double sampled_hz = 500.0;
constexpr double recorded_s = 10.0;
constexpr double rr_s = 0.9;
constexpr std::size_t beat_before = 5;  // the extrasystole

struct Single {
  double early_s = 0.45;   ///< behind the sinus beat's onset
  bool has_pause = false;  ///< the sinus beat behind it is left out
  double height = 1.0;     ///< of its complex and T wave
  double noise_mV = 0.01;
  std::size_t only_lead = 12;  ///< on which it is, as an electrode's disturbance; else on all
};

LeadSignals signals_of(const Single& single) {
  std::vector<DipoleBump> heart;
  std::vector<DipoleBump> extra;
  for (std::size_t b = 0; 0.3 + rr_s * static_cast<double>(b) < recorded_s - 0.4; ++b) {
    if (single.has_pause && b == beat_before + 1) {
      continue;
    }
    const ConductedBeat beat = conducted_beat(0.3 + rr_s * static_cast<double>(b), rr_s, {});
    heart.insert(heart.end(), beat.bumps.begin(), beat.bumps.end());
    if (b == beat_before) {
      const double at_s = 0.3 + rr_s * static_cast<double>(b) + single.early_s;
      const double h = single.height;
      extra.push_back({wave_within(at_s, 0.14, 0.0, 0.45, 1.0), {-0.6 * h, -1.3 * h, 0.5 * h}});
      extra.push_back({wave_within(at_s + 0.15, 0.20, 0.0, 0.5, 1.0), {0.2 * h, 0.35 * h, -0.15 * h}});
    }
  }
  LeadSignals out{sampled_hz, {}, {}};
  const auto size = static_cast<std::size_t>(recorded_s * sampled_hz);
  for (std::size_t lead = 0; lead < measured_leads.size(); ++lead) {
    const Philox random(31, lead);
    std::vector<float> x(size, 0.0F);
    const auto add = [&](const std::vector<DipoleBump>& bumps) {
      for (const DipoleBump& bump : bumps) {
        double height = 0.0;
        for (std::size_t axis = 0; axis < bump.height_mV.size(); ++axis) {
          height += measured_leads[lead].weight[axis] * bump.height_mV[axis];
        }
        for (std::size_t i = 0; i < size; ++i) {
          x[i] += static_cast<float>(height * bump.part_at(static_cast<double>(i) / sampled_hz));
        }
      }
    };
    add(heart);
    if (single.only_lead >= measured_leads.size() || single.only_lead == lead) {
      add(extra);
    }
    for (std::size_t i = 0; i < size; ++i) {
      x[i] += static_cast<float>(single.noise_mV * (random.uniform(i) - 0.5));
    }
    out.names.emplace_back(measured_leads[lead].name);
    out.mv.push_back(std::move(x));
  }
  return out;
}

bool is_found(const QrsDetection& beats, const Single& single) {
  const double at_s = 0.3 + rr_s * static_cast<double>(beat_before) + single.early_s + 0.07;
  return std::ranges::any_of(beats.sample, [&](std::int64_t sample) {
    return std::abs(static_cast<double>(sample) / sampled_hz - at_s) < 0.06;
  });
}

constexpr std::size_t num_sinus = 11;

TEST(MissedComplexes, a_single_extrasystole_is_found_between_two_sinus_beats_and_on_a_t_wave) {
  for (const bool has_pause : {false, true}) {
    for (const double early_s : {0.30, 0.40, 0.45, 0.50}) {
      const Single single{.early_s = early_s, .has_pause = has_pause};
      const QrsDetection beats = detect_qrs(signals_of(single));
      EXPECT_TRUE(is_found(beats, single)) << early_s << has_pause;
      EXPECT_EQ(beats.sample.size(), has_pause ? num_sinus : num_sinus + 1) << early_s << has_pause;
    }
  }
}

TEST(MissedComplexes, a_single_extrasystole_is_told) {
  for (const bool has_pause : {false, true}) {
    const Analysis a = analyse(signals_of({.early_s = 0.40, .has_pause = has_pause}), {}, test::shipped_thresholds());
    EXPECT_TRUE(a.says("ventricular_ectopy")) << has_pause;
    EXPECT_EQ(std::ranges::count(a.sequence.type, BeatType::ventricular), 1) << has_pause;
  }
}

TEST(MissedComplexes, what_is_on_one_lead_is_an_electrode_and_what_is_low_is_a_wave) {
  for (std::size_t lead = 0; lead < measured_leads.size(); ++lead) {
    const Single on_one{.early_s = 0.45, .height = 2.0, .only_lead = lead};
    EXPECT_FALSE(is_found(detect_qrs(signals_of(on_one)), on_one)) << measured_leads[lead].name;
  }
  const Single low{.early_s = 0.45, .height = 0.3};
  EXPECT_FALSE(is_found(detect_qrs(signals_of(low)), low));
  EXPECT_EQ(detect_qrs(signals_of({.height = 0.0})).sample.size(), num_sinus);
}

TEST(MissedComplexes, an_interpolated_extrasystole_of_a_fast_heart_is_found_though_little_rest_is_between_its_waves) {
  for (const double per_min : {85.0, 95.0, 105.0, 115.0}) {
    const double interval_s = 60.0 / per_min;
    for (const double early_s : {0.27, 0.30, 0.55 * interval_s}) {
      std::vector<DipoleBump> heart;
      const auto num_sinus_beats = static_cast<std::size_t>((recorded_s - 0.9) / interval_s) + 1;
      for (std::size_t b = 0; b < num_sinus_beats; ++b) {
        test_signals::add_sinus_beat(0.4 + interval_s * static_cast<double>(b), interval_s, heart);
      }
      test_signals::add_ventricular_beat(0.4 + 6.0 * interval_s + early_s, 0.35, heart);
      const std::size_t num = num_sinus_beats + 1;
      EXPECT_EQ(detect_qrs(test_signals::leads_of(heart, recorded_s)).sample.size(), num) << per_min << ' ' << early_s;
    }
  }
}

/// A row of heights a tenth of a second apart, one lead for all: what the second look sees.
TEST(MissedComplexes, want_quiet_and_a_beat_before_them) {
  QrsFeature feature;
  feature.rate_hz = 100.0;
  feature.height.assign(1000, 0.05F);
  feature.band.assign(2, std::vector<float>(1000, 0.01F));
  std::vector<ComplexCandidate> candidates;
  std::vector<std::size_t> beats;
  const auto add = [&](std::int64_t at, float height, bool is_quiet) {
    candidates.push_back({at, height, is_quiet});
    for (std::int64_t i = at - 4; i <= at + 4; ++i) {
      feature.height[static_cast<std::size_t>(i)] = height;
      feature.band[0][static_cast<std::size_t>(i)] = feature.band[1][static_cast<std::size_t>(i)] = height;
    }
  };
  for (std::int64_t b = 0; b < 10; ++b) {
    beats.push_back(candidates.size());
    add(50 + 100 * b, 1.0F, true);
    if (b == 4) {
      add(50 + 100 * b + 50, 0.8F, true);
    }
    if (b == 9) {
      add(50 + 100 * b + 40, 0.8F, true);
    }
  }
  std::vector<std::size_t> found = with_missed_complexes(feature, candidates, beats);
  EXPECT_EQ(found.size(), beats.size() + 2) << "between two beats and behind the last";
  EXPECT_EQ(found[5], 5U);
  candidates[5].is_quiet = candidates.back().is_quiet = false;
  EXPECT_EQ(with_missed_complexes(feature, candidates, beats), beats);
  EXPECT_TRUE(with_missed_complexes(feature, {}, {}).empty());
}

}  // namespace
}  // namespace xingu::ecg
