// SPDX-License-Identifier: Apache-2.0
#include "ecg/delineation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "base/philox.h"
#include "ecg/qrs_detector.h"
#include "ecg/simulation/phantom.h"
#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

constexpr double rate_hz = 500.0;

struct Case {
  std::vector<double> beats_s;
  std::vector<std::int64_t> samples;
};

Case regular_beats(double interval_s) {
  Case out;
  for (double t = 0.6; t < 9.3; t += interval_s) {
    out.beats_s.push_back(t);
    out.samples.push_back(std::lround(t * rate_hz) + 4);  // detections are not exact
  }
  return out;
}

LeadSignals leads_of(const std::vector<double>& beats_s, double duration_s, double rate, std::size_t num_leads,
                     double p_mv = 0.12) {
  return test_signals::synthetic_ecg(beats_s, duration_s, rate, num_leads, p_mv).signals;
}

double ms_from(std::int64_t sample, double beat_s) { return 1000.0 * (static_cast<double>(sample) / rate_hz - beat_s); }

/// At 125 a minute the next P wave stands where a slower heart's T wave may end.
TEST(Delineation, takes_the_next_p_wave_of_a_fast_heart_for_no_t_wave) {
  const Case beats = regular_beats(0.48);
  LeadSignals signals = leads_of(beats.beats_s, 10.0, rate_hz, 8, 0.25);
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    for (std::size_t i = 0; i < signals.num_samples(); ++i) {
      for (const double at : beats.beats_s) {
        const double usual = (static_cast<double>(i) / rate_hz - at - 0.27) / 0.04;  // taken out
        const double early = (static_cast<double>(i) / rate_hz - at - 0.18) / 0.025;
        const double scale = 1.0 / (1.0 + 0.3 * static_cast<double>(lead));
        signals.mv[lead][i] +=
            static_cast<float>(scale * ((std::abs(early) < 5 ? 0.2 * std::exp(-early * early / 2) : 0.0) -
                                        (std::abs(usual) < 5 ? 0.3 * std::exp(-usual * usual / 2) : 0.0)));
      }
    }
  }
  const auto found = delineate(signals, beats.samples);
  for (std::size_t b = 1; b + 1 < beats.samples.size(); ++b) {
    ASSERT_TRUE(found.global[b].t);
    EXPECT_NEAR(ms_from(found.global[b].t->offset, beats.beats_s[b]), 180.0 + 2.6 * 25.0, 25.0);
  }
}

/// A T wave that begins where the complex ends, as with a short QT: a line from its flank to the level behind it would
/// pass over that level as if it were a wave.
TEST(Delineation, finds_the_end_of_a_t_wave_that_follows_the_complex_at_once) {
  for (const double peak_s : {0.14, 0.16, 0.18}) {
    const Case beats = regular_beats(0.9);
    LeadSignals signals = leads_of(beats.beats_s, 10.0, rate_hz, 8);
    for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
      for (std::size_t i = 0; i < signals.num_samples(); ++i) {
        for (const double at : beats.beats_s) {
          const double t = static_cast<double>(i) / rate_hz - at;
          const double usual = (t - 0.27) / 0.04;  // taken out
          const double early = (t - peak_s) / 0.04;
          const double scale = 1.0 / (1.0 + 0.3 * static_cast<double>(lead));
          signals.mv[lead][i] +=
              static_cast<float>(scale * ((std::abs(early) < 5 ? 0.4 * std::exp(-early * early / 2) : 0.0) -
                                          (std::abs(usual) < 5 ? 0.3 * std::exp(-usual * usual / 2) : 0.0)));
        }
      }
    }
    const auto found = delineate(signals, beats.samples);
    for (std::size_t b = 1; b + 1 < beats.samples.size(); ++b) {
      ASSERT_TRUE(found.global[b].t) << peak_s;
      EXPECT_NEAR(ms_from(found.global[b].t->offset, beats.beats_s[b]), 1000 * peak_s + 2.6 * 40.0, 25.0) << peak_s;
    }
  }
}

TEST(Delineation, finds_the_waves_where_they_were_put) {
  const Case beats = regular_beats(0.85);
  const auto found = delineate(leads_of(beats.beats_s, 10.0, rate_hz, 4), beats.samples);
  ASSERT_EQ(found.global.size(), beats.samples.size());
  for (std::size_t b = 1; b + 1 < beats.samples.size(); ++b) {
    for (const auto& lead : found.by_lead) {
      ASSERT_TRUE(lead[b].p && lead[b].qrs && lead[b].t);
      EXPECT_NEAR(ms_from(lead[b].p->peak, beats.beats_s[b]), -160.0, 8.0);
      EXPECT_NEAR(ms_from(lead[b].t->peak, beats.beats_s[b]), 270.0, 8.0);
      EXPECT_NEAR(ms_from(lead[b].qrs->peak, beats.beats_s[b]), 0.0, 4.0);
      // A Gaussian of standard deviation σ is all but over at 2.2 σ to 3 σ.
      EXPECT_NEAR(ms_from(lead[b].p->onset, beats.beats_s[b]), -160.0 - 2.6 * 20.0, 12.0);
      EXPECT_NEAR(ms_from(lead[b].t->offset, beats.beats_s[b]), 270.0 + 2.6 * 40.0, 25.0);
      EXPECT_NEAR(ms_from(lead[b].qrs->onset, beats.beats_s[b]), -22.0 - 2.6 * 8.0, 10.0);
      EXPECT_NEAR(ms_from(lead[b].qrs->offset, beats.beats_s[b]), 25.0 + 2.6 * 9.0, 12.0);
    }
  }
}

TEST(Delineation, does_not_depend_on_the_gains_of_the_leads) {
  const Case beats = regular_beats(0.85);
  const LeadSignals leads = leads_of(beats.beats_s, 10.0, rate_hz, 5);
  LeadSignals scaled = leads;
  constexpr std::array<float, 5> gains{1.0F, 4.0F, 0.5F, 2.0F, 0.25F};  // powers of two keep every digit
  for (std::size_t lead = 0; lead < gains.size(); ++lead) {
    for (float& x : scaled.mv[lead]) {
      x *= gains[lead];
    }
  }
  const auto expected = delineate(leads, beats.samples);
  const auto found = delineate(scaled, beats.samples);
  for (std::size_t lead = 0; lead < gains.size(); ++lead) {
    for (std::size_t b = 1; b + 1 < beats.samples.size(); ++b) {
      const BeatWaves& one = expected.by_lead[lead][b];
      const BeatWaves& other = found.by_lead[lead][b];
      ASSERT_TRUE(one.p && one.qrs && one.t && other.p && other.qrs && other.t);
      for (const auto wave : {&BeatWaves::p, &BeatWaves::qrs, &BeatWaves::t}) {
        EXPECT_NEAR(static_cast<double>((one.*wave)->onset), static_cast<double>((other.*wave)->onset), 1.0);
        EXPECT_NEAR(static_cast<double>((one.*wave)->offset), static_cast<double>((other.*wave)->offset), 1.0);
      }
    }
  }
}

TEST(Delineation, says_that_p_is_absent) {
  const Case beats = regular_beats(0.85);
  const auto found = delineate(leads_of(beats.beats_s, 10.0, rate_hz, 3, 0.0), beats.samples);
  for (const BeatWaves& beat : found.global) {
    EXPECT_LT(beat.p_probability, 0.5F);
    EXPECT_FALSE(beat.p);
  }
}

TEST(Delineation, waves_are_in_order) {
  const Case beats = regular_beats(0.5);
  const auto found = delineate(leads_of(beats.beats_s, 10.0, rate_hz, 2), beats.samples);
  for (const BeatWaves& beat : found.global) {
    if (beat.p && beat.qrs && beat.t) {
      EXPECT_LT(beat.p->onset, beat.p->offset);
      EXPECT_LE(beat.p->offset, beat.qrs->onset + 2);
      EXPECT_LT(beat.qrs->onset, beat.qrs->offset);
      EXPECT_LT(beat.qrs->offset, beat.t->peak);
      EXPECT_LT(beat.t->peak, beat.t->offset);
    }
  }
}

/// Leads on which noise makes a wave peak elsewhere than on the others: their bounds are drawn towards the others', and
/// must not pass the peak.
TEST(Delineation, puts_every_peak_between_onset_and_offset) {
  const auto expect_upright = [](const std::vector<BeatWaves>& waves, std::uint64_t seed) {
    for (const BeatWaves& beat : waves) {
      for (const auto wave : {&BeatWaves::p, &BeatWaves::qrs, &BeatWaves::t}) {
        if (const std::optional<WaveBounds>& bounds = beat.*wave) {
          ASSERT_LE(bounds->onset, bounds->peak) << seed;
          ASSERT_LE(bounds->peak, bounds->offset) << seed;
        }
      }
    }
  };
  constexpr std::size_t held = 40;  // samples
  for (std::uint64_t seed = 1; seed < 9; ++seed) {
    for (const double interval_s : {0.3, 0.4}) {
      auto ecg = test_signals::synthetic_ecg(test_signals::regular_beats(0.6, interval_s, 10.0), 10.0, 125.0, 4);
      for (std::size_t lead = 0; lead < ecg.signals.num_leads(); ++lead) {
        const Philox random(seed, lead);
        for (std::size_t i = 0; i < ecg.signals.num_samples(); ++i) {
          ecg.signals.mv[lead][i] += static_cast<float>(random.uniform(i / held) - 0.5);
        }
      }
      const Delineation found = delineate(ecg.signals, ecg.beats);
      expect_upright(found.global, seed);
      for (const std::vector<BeatWaves>& lead : found.by_lead) {
        expect_upright(lead, seed);
      }
    }
  }
}

/// A front end blanks most of a pacemaker's stimuli out; what is left of them is no part of the complex.
TEST(Delineation, begins_no_complex_before_the_stimulus_that_evoked_it) {
  const Case beats = regular_beats(0.85);
  LeadSignals leads = leads_of(beats.beats_s, 10.0, rate_hz, 4, 0.0);
  std::vector<std::int64_t> stimuli;
  for (std::size_t b = 0; b < beats.beats_s.size(); ++b) {
    stimuli.push_back(std::lround((beats.beats_s[b] - 0.064) * rate_hz));
    const bool is_seen = b % 3 == 0;
    for (std::vector<float>& lead : leads.mv) {
      for (std::int64_t k = 0; k < 6; ++k) {
        // A stimulus that can be seen decays; a blanked one leaves a hump that rises too slowly to be one.
        lead[static_cast<std::size_t>(stimuli[b] + k)] +=
            is_seen ? 0.4F * std::exp(-static_cast<float>(k)) : 0.06F * static_cast<float>(k % 3);
      }
    }
  }
  const auto found = delineate(leads, beats.samples);
  for (std::size_t b = 1; b + 1 < beats.samples.size(); ++b) {
    ASSERT_TRUE(found.global[b].qrs);
    EXPECT_GE(found.global[b].qrs->onset, stimuli[b] + 6) << b;
    EXPECT_NEAR(ms_from(found.global[b].qrs->onset, beats.beats_s[b]), -22.0 - 2.6 * 8.0, 10.0) << b;
  }
}

/// A lead that the heart's first forces do not reach sees the complex begin later than the others: by a third of it.
TEST(Delineation, follows_a_lead_on_which_the_complex_begins_late) {
  const Case beats = regular_beats(0.85);
  LeadSignals leads = leads_of(beats.beats_s, 10.0, rate_hz, 5);
  std::vector<double> later_s = beats.beats_s;
  for (double& beat_s : later_s) {
    beat_s += 0.024;
  }
  leads.mv[4] = leads_of(later_s, 10.0, rate_hz, 5).mv[4];
  const auto found = delineate(leads, beats.samples);
  for (std::size_t b = 1; b + 1 < beats.samples.size(); ++b) {
    for (std::size_t lead = 0; lead < 4; ++lead) {
      const std::int64_t later = found.by_lead[4][b].qrs->onset - found.by_lead[lead][b].qrs->onset;
      EXPECT_NEAR(1000.0 * static_cast<double>(later) / rate_hz, 0.36 * 24.0, 4.0) << b;
    }
  }
}

/// Medians over the beats of a phantom, found less put, ms; the first beat has no T wave before it.
struct PhantomErrors {
  float p_share = 0.0F;  ///< of the beats that have a P wave
  float pr_ms = 0.0F;
  float qrs_ms = 0.0F;
};

PhantomErrors phantom_errors(const PhantomSettings& settings) {
  const Phantom phantom = make_phantom(settings);
  const LeadSignals signals = lead_signals(to_ecg_record(phantom.recording));
  const auto found = delineate(signals, detect_qrs(signals).sample);
  const auto ms = [&](std::int64_t from, std::int64_t to) {
    return static_cast<float>(1000.0 * static_cast<double>(to - from) / signals.rate_hz);
  };
  std::vector<float> pr, qrs;
  std::size_t num_beats = 0;
  for (std::size_t b = 1; b < found.global.size(); ++b) {
    if (const BeatWaves& beat = found.global[b]; beat.qrs) {
      ++num_beats;
      qrs.push_back(ms(beat.qrs->onset, beat.qrs->offset) - static_cast<float>(settings.qrs_ms));
      if (beat.p) {
        pr.push_back(ms(beat.p->onset, beat.qrs->onset) - static_cast<float>(settings.pr_ms));
      }
    }
  }
  const auto middle = [](std::vector<float>& values) {
    std::ranges::sort(values);
    return values.empty() ? 1e3F : values[values.size() / 2];
  };
  return {static_cast<float>(pr.size()) / static_cast<float>(std::max<std::size_t>(1, num_beats)), middle(pr),
          middle(qrs)};
}

/// A window that ends 0.28 s before the complex would cut such waves, and show what is left of them upside down.
TEST(Delineation, finds_p_waves_far_before_the_complex) {
  for (const double rate : {40.0, 60.0, 70.0}) {
    for (const double pr_ms : {300.0, 340.0, 400.0}) {
      const PhantomErrors errors = phantom_errors({.heart_rate_per_min = rate, .pr_ms = pr_ms});
      EXPECT_GE(errors.p_share, 0.9F) << rate << " " << pr_ms;
      EXPECT_NEAR(errors.pr_ms, 0.0, 20.0) << rate << " " << pr_ms;
    }
  }
}

/// P ends where the complex begins: it is no part of it.
TEST(Delineation, begins_the_complex_behind_a_p_wave_that_runs_into_it) {
  for (const double rate : {40.0, 70.0, 100.0}) {
    const PhantomErrors errors = phantom_errors({.heart_rate_per_min = rate, .pr_ms = 100.0});
    EXPECT_NEAR(errors.qrs_ms, 0.0, 15.0) << rate;
    EXPECT_NEAR(errors.pr_ms, 0.0, 20.0) << rate;
  }
}

/// T of the beat before ends right before P.
TEST(Delineation, takes_no_t_wave_of_the_beat_before_for_a_p_wave) {
  for (const PhantomSettings& settings :
       {PhantomSettings{.heart_rate_per_min = 130.0}, PhantomSettings{.heart_rate_per_min = 75.0, .qt_ms = 600.0}}) {
    const PhantomErrors errors = phantom_errors(settings);
    EXPECT_GE(errors.p_share, 0.9F) << settings.heart_rate_per_min;
    EXPECT_NEAR(errors.pr_ms, 0.0, 20.0) << settings.heart_rate_per_min;
  }
}

/// What fills the room between T and the next complex may be either's: there is no P wave to be told.
TEST(Delineation, says_of_no_wave_that_lies_on_t_that_it_is_p) {
  const PhantomErrors errors = phantom_errors({.heart_rate_per_min = 150.0});
  EXPECT_LT(errors.p_share, 0.1F);
}

TEST(Delineation, invents_nothing_on_a_flat_or_missing_signal) {
  const std::vector<std::int64_t> beats{500, 1000, 1500};
  for (const float value : {0.0F, std::numeric_limits<float>::quiet_NaN()}) {
    const auto found = delineate({rate_hz, {"I"}, {std::vector<float>(2000, value)}}, beats);
    ASSERT_EQ(found.global.size(), 3U);
    for (const BeatWaves& beat : found.global) {
      EXPECT_FALSE(beat.p || beat.qrs || beat.t);
    }
  }
  EXPECT_TRUE(delineate({rate_hz, {}, {}}, beats).global.empty());
}

}  // namespace
}  // namespace xingu::ecg
