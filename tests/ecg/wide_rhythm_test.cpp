// SPDX-License-Identifier: Apache-2.0
#include "ecg/wide_rhythm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/philox.h"
#include "ecg/simulation/phantom.h"
#include "ecg/statements.h"
#include "shipped_thresholds.h"
#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

/// Beats at given times with complexes and PR of given lengths, ms; no P where PR is 0.
struct Beats {
  BeatSequence sequence;
  std::vector<BeatWaves> waves;
};

Beats beats_of(const std::vector<double>& times_s, std::int64_t qrs_ms, std::int64_t pr_ms) {
  Beats out;
  out.sequence.rate_hz = 1000.0;
  for (const double t : times_s) {
    const std::int64_t at = std::llround(1000.0 * t);
    out.sequence.sample.push_back(at);
    out.sequence.type.push_back(BeatType::normal);
    BeatWaves beat;
    beat.qrs = WaveBounds{at - qrs_ms / 2, at, at + qrs_ms / 2};
    if (pr_ms > 0) {
      beat.p = WaveBounds{beat.qrs->onset - pr_ms, beat.qrs->onset - pr_ms + 40, beat.qrs->onset - pr_ms + 80};
    }
    out.waves.push_back(beat);
  }
  return out;
}

std::optional<WideRhythm> found(const Beats& beats, std::optional<double> qrs_ms = std::nullopt) {
  return find_wide_rhythm(beats.sequence, beats.waves, qrs_ms, test::shipped_thresholds().wide);
}

std::vector<double> every(double interval_s, std::size_t n) {
  std::vector<double> out;
  for (std::size_t b = 0; b < n; ++b) {
    out.push_back(0.5 + interval_s * static_cast<double>(b));
  }
  return out;
}

TEST(WideRhythm, is_a_tachycardia_of_wide_complexes_without_p_waves_and_nothing_else) {
  const auto fast = found(beats_of(every(0.4, 20), 160, 0));
  ASSERT_TRUE(fast);
  EXPECT_TRUE(fast->is_fast);
  EXPECT_NEAR(fast->rate_per_min, 150.0, 0.1);
  EXPECT_EQ(fast->beats.size(), 20U);
  EXPECT_FALSE(found(beats_of(every(0.4, 20), 90, 0))) << "narrow";
  EXPECT_FALSE(found(beats_of(every(0.4, 20), 160, 150))) << "a sinus tachycardia with a bundle branch block";
  EXPECT_FALSE(found(beats_of(every(0.8, 20), 160, 0))) << "no faster than usual";
  EXPECT_TRUE(found(beats_of(every(0.55, 20), 130, 290))) << "what is so early may be a T wave";
  EXPECT_TRUE(found(beats_of(every(0.4, 20), 110, 0), 130.0)) << "the mean beat is wide";
}

TEST(WideRhythm, takes_the_end_of_a_t_wave_for_no_p_wave) {
  for (const std::int64_t from_t_ms : {-40, 15, 25}) {
    Beats beats = beats_of(every(0.55, 20), 160, 150);
    for (std::size_t b = 0; b + 1 < 20; ++b) {
      const std::int64_t end = beats.waves[b + 1].p->onset - from_t_ms;
      beats.waves[b].t = WaveBounds{end - 150, end - 70, end};
    }
    EXPECT_EQ(found(beats).has_value(), from_t_ms < 20) << from_t_ms;
  }
}

TEST(WideRhythm, takes_no_p_wave_of_an_ectopic_beat_for_the_sinus_node_s) {
  Beats beats = beats_of(every(0.5, 20), 150, 150);
  for (std::size_t b = 0; b < 20; b += 2) {
    beats.waves[b].p->onset -= 100;
    beats.sequence.type[b + 1] = BeatType::ventricular;
  }
  EXPECT_TRUE(found(beats));
}

TEST(WideRhythm, goes_by_the_mean_rate_where_intervals_alternate) {
  std::vector<double> times{0.5};
  for (int b = 0; b < 16; ++b) {
    times.push_back(times.back() + (b % 2 == 0 ? 0.62 : 0.52));
  }
  EXPECT_TRUE(found(beats_of(times, 140, 0)));
}

TEST(WideRhythm, is_no_tachycardia_where_a_single_extrasystole_makes_the_rate_one) {
  std::vector<double> times = every(0.61, 16);
  times.insert(times.begin() + 8, times[7] + 0.31);
  Beats beats = beats_of(times, 125, 0);
  const auto of_all = found(beats);
  ASSERT_TRUE(of_all && of_all->is_fast) << "17 beats of one class";
  beats.sequence.type[8] = BeatType::ventricular;
  EXPECT_FALSE(found(beats)) << "98 per minute without it";
  beats.sequence.type[9] = beats.sequence.type[10] = BeatType::ventricular;
  EXPECT_TRUE(found(beats)) << "a part of a rhythm of the ventricles";
}

TEST(WideRhythm, of_complexes_wider_than_any_block_s_is_told_at_any_rate_and_by_its_fast_runs) {
  EXPECT_FALSE(found(beats_of(every(0.75, 12), 250, 290))) << "a long PR at a usual rate";
  const auto slow = found(beats_of(every(0.75, 12), 250, 0));
  ASSERT_TRUE(slow);
  EXPECT_FALSE(slow->is_fast);
  std::vector<double> times = every(0.75, 12);
  for (int b = 0; b < 3; ++b) {
    times.push_back(times.back() + 0.3);
  }
  const auto fast = found(beats_of(times, 250, 0));
  ASSERT_TRUE(fast);
  EXPECT_TRUE(fast->is_fast);
  EXPECT_NEAR(fast->rate_per_min, 200.0, 0.1);
  EXPECT_EQ(fast->beats, (std::vector<std::size_t>{11, 12, 13, 14}));
}

TEST(WideRhythm, is_nothing_of_paced_beats_or_in_rejected_seconds) {
  Beats paced = beats_of(every(0.4, 20), 160, 0);
  paced.sequence.type.assign(20, BeatType::paced);
  EXPECT_FALSE(found(paced));
  Beats rejected = beats_of(every(0.4, 20), 160, 0);
  rejected.sequence.is_rejected.assign(9, true);
  EXPECT_FALSE(found(rejected));
  EXPECT_FALSE(found({}));
}

TEST(WideStretches, are_fast_wide_without_p_waves_and_last) {
  const StatementThresholds t = test::shipped_thresholds();
  const auto stretch_of = [&](double interval_s, std::size_t n, std::int64_t qrs_ms, std::int64_t pr_ms,
                              BeatType type = BeatType::normal, std::int64_t qrs_before_ms = 90) {
    Beats beats = beats_of(every(0.85, 40), qrs_before_ms, 150);
    const Beats after = beats_of(every(interval_s, n), qrs_ms, pr_ms);
    for (std::size_t b = 0; b < n; ++b) {
      const std::int64_t shift = 34500;
      BeatWaves waves = after.waves[b];
      waves.qrs->onset += shift;
      waves.qrs->offset += shift;
      if (waves.p) {
        waves.p->onset += shift;
        waves.p->offset += shift;
      }
      beats.sequence.sample.push_back(after.sequence.sample[b] + shift);
      beats.sequence.type.push_back(type);
      beats.waves.push_back(waves);
    }
    const std::vector<bool> is_wide = find_wide_stretches(beats.sequence, beats.waves, t.wide, t.sustained_from_s);
    EXPECT_EQ(std::count(is_wide.begin(), is_wide.begin() + 38, true), 0);
    return std::ranges::count(is_wide, true);
  };
  EXPECT_NEAR(static_cast<double>(stretch_of(0.4, 100, 180, 0)), 100.0, 6.0);
  EXPECT_EQ(stretch_of(0.4, 60, 180, 0), 0) << "24 s are not sustained";
  EXPECT_EQ(stretch_of(0.4, 100, 90, 0), 0) << "narrow";
  EXPECT_EQ(stretch_of(0.4, 100, 180, 150), 0) << "P waves";
  EXPECT_EQ(stretch_of(0.7, 100, 180, 0), 0) << "not fast";
  EXPECT_EQ(stretch_of(0.4, 100, 180, 0, BeatType::normal, 170), 0) << "the block of the conducted beats before";
  EXPECT_GT(stretch_of(0.4, 100, 180, 0, BeatType::normal, 130), 90) << "wider than the block of the beats before";
  EXPECT_EQ(stretch_of(0.4, 100, 180, 0, BeatType::ventricular), 0) << "a run of ventricular beats anyway";
}

/// Conducted beats, called ventricular, and a run of others behind them, called normal.
Beats reversed(std::size_t num_conducted, std::size_t num_fast, double interval_s, std::int64_t qrs_ms,
               std::int64_t pr_ms) {
  Beats beats = beats_of(every(0.8, num_conducted), 96, 150);
  beats.sequence.type.assign(num_conducted, BeatType::ventricular);
  std::vector<double> times;
  for (std::size_t b = 0; b < num_fast; ++b) {
    times.push_back(0.8 * static_cast<double>(num_conducted) + 0.2 + interval_s * static_cast<double>(b));
  }
  const Beats fast = beats_of(times, qrs_ms, pr_ms);
  beats.sequence.sample.insert(beats.sequence.sample.end(), fast.sequence.sample.begin(), fast.sequence.sample.end());
  beats.sequence.type.insert(beats.sequence.type.end(), num_fast, BeatType::normal);
  beats.waves.insert(beats.waves.end(), fast.waves.begin(), fast.waves.end());
  return beats;
}

TEST(ReversedTypes, are_exchanged_where_the_classes_contradict_the_waves_and_nowhere_else) {
  const WideRule rule = test::shipped_thresholds().wide;
  const auto types = [&](Beats beats) {
    exchange_reversed_types(beats.sequence, beats.waves, rule);
    return beats.sequence.type;
  };
  for (const double interval_s : {0.5, 0.4, 0.27}) {
    const std::vector<BeatType> found = types(reversed(4, 12, interval_s, 150, 0));
    EXPECT_EQ(std::count(found.begin(), found.begin() + 4, BeatType::normal), 4) << interval_s;
    EXPECT_EQ(std::count(found.begin() + 4, found.end(), BeatType::ventricular), 12) << interval_s;
    const std::vector<BeatType> narrow = types(reversed(4, 12, interval_s, 90, 0));
    EXPECT_EQ(std::count(narrow.begin() + 4, narrow.end(), BeatType::unknown), 12) << interval_s;
  }
  for (const Beats& same : {reversed(4, 12, 0.7, 150, 0), reversed(4, 12, 0.4, 150, 150), reversed(1, 12, 0.4, 150, 0),
                            reversed(8, 6, 0.4, 150, 0)}) {
    EXPECT_EQ(types(same), same.sequence.type) << "slow, conducted, a single one, or fewer";
  }
  Beats early = reversed(4, 12, 0.4, 150, 0);
  for (std::size_t b = 0; b < 4; ++b) {
    early.waves[b].p.reset();
  }
  EXPECT_EQ(types(early), early.sequence.type) << "without P waves";
}

/// A heart of whom every wave is known and a run of beats of its extrasystole's shape from one time on, at a rate.
LeadSignals with_run(double from_s, std::size_t num, double per_min) {
  PhantomSettings settings;
  settings.rr_variation = 0.0;
  LeadSignals signals = lead_signals(to_ecg_record(make_phantom(settings).recording));
  settings.duration_s = 30.0;
  settings.pvc_share = 0.2;
  const Phantom donor = make_phantom(settings);
  const LeadSignals shapes = lead_signals(to_ecg_record(donor.recording));
  const auto ectopic = std::ranges::find(donor.beats, 'V', &PhantomBeat::type);
  const auto begin = static_cast<std::int64_t>(ectopic->qrs.onset_s * settings.rate_Hz);
  const auto end = static_cast<std::int64_t>(ectopic->t.offset_s * settings.rate_Hz);
  const auto cut = static_cast<std::size_t>((from_s - 0.5) * settings.rate_Hz);
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    std::vector<float>& x = signals.mv[lead];
    std::fill(x.begin() + static_cast<std::ptrdiff_t>(cut), x.end(), 0.0F);
    for (std::size_t b = 0; b < num; ++b) {
      const auto at = static_cast<std::size_t>(settings.rate_Hz * (from_s + 60.0 / per_min * static_cast<double>(b)));
      for (auto i = begin; i < end && at + static_cast<std::size_t>(i - begin) < x.size(); ++i) {
        x[at + static_cast<std::size_t>(i - begin)] += shapes.mv[lead][static_cast<std::size_t>(i)];
      }
    }
    const Philox random(5, lead);
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] += 0.02F * static_cast<float>(random.uniform(i) - 0.5);
    }
    x.resize(static_cast<std::size_t>(settings.rate_Hz * (from_s + 60.0 / per_min * static_cast<double>(num))));
  }
  return signals;
}

TEST(ReversedTypes, make_no_ventricular_beats_of_a_sinus_rhythm_with_a_longer_run) {
  for (const double per_min : {120.0, 180.0}) {
    const LeadSignals signals = with_run(4.3, 12, per_min);
    const Analysis a = analyse(signals, {}, test::shipped_thresholds());
    EXPECT_TRUE(a.says("ventricular_tachycardia") || a.says("wide_complex_tachycardia")) << per_min;
    for (std::size_t b = 0; b < a.sequence.size(); ++b) {
      if (a.sequence.time_s(b) < 4.0) {
        EXPECT_NE(a.sequence.type[b], BeatType::ventricular) << per_min << ", " << a.sequence.time_s(b) << " s";
      }
    }
  }
}

/// Wide complexes and T waves alone.
LeadSignals ventricular_tachycardia(double rate_per_min, double width_s, double t_at_s = 0.2,
                                    double t_spread_s = 0.03) {
  LeadSignals signals{500.0, {"II", "V1", "V5"}, std::vector<std::vector<float>>(3, std::vector<float>(6000, 0.0F))};
  const auto add = [&](std::size_t lead, double at_s, double height_mv, double spread_s) {
    for (std::size_t i = 0; i < 6000; ++i) {
      const double t = (static_cast<double>(i) / 500.0 - at_s) / spread_s;
      signals.mv[lead][i] += static_cast<float>(height_mv * std::exp(-t * t / 2));
    }
  };
  for (double at = 0.4; at < 12.0; at += 60.0 / rate_per_min) {
    for (std::size_t lead = 0; lead < 3; ++lead) {
      const double sign = lead == 1 ? -1.0 : 1.0;
      add(lead, at, 1.2 * sign, width_s);
      add(lead, at + 0.06, -0.2, 0.9 * width_s);
      add(lead, at + t_at_s, -0.3 * sign, t_spread_s);
    }
  }
  return signals;
}

TEST(Analyse, calls_a_ventricular_tachycardia_neither_supraventricular_nor_fibrillation) {
  for (const double rate : {160.0, 180.0, 200.0}) {
    const Analysis a = analyse(ventricular_tachycardia(rate, 0.022), {}, test::shipped_thresholds());
    EXPECT_TRUE(a.says("wide_complex_tachycardia") || (rate > 190 && a.says("cannot_say_beats"))) << rate;
    for (const char* const wrong : {"regular_without_p", "supraventricular_ectopy", "atrial_fibrillation",
                                    "sinus_tachycardia", "sinus_arrhythmia", "av_block_1"}) {
      EXPECT_FALSE(a.says(wrong)) << rate << " " << wrong;
    }
    EXPECT_EQ(std::ranges::count(a.sequence.type, BeatType::supraventricular), 0) << rate;
  }
}

/// Slow: the T waves of such wide complexes end right before the next one.
TEST(Analyse, takes_no_t_wave_of_a_slow_ventricular_tachycardia_for_p) {
  for (const double rate : {104.0, 110.0, 118.0}) {
    const Analysis a =
        analyse(ventricular_tachycardia(rate, 0.022, 52.0 / rate - 0.17, 0.045), {}, test::shipped_thresholds());
    EXPECT_TRUE(a.says("wide_complex_tachycardia")) << rate;
    EXPECT_FALSE(a.measurements.pr_ms.has_value()) << rate;
  }
}

TEST(Analyse, does_not_blame_good_leads_where_no_beats_can_be_told) {
  LeadSignals flutter{500.0, {"I", "II"}, std::vector<std::vector<float>>(2, std::vector<float>(5000))};
  for (std::size_t i = 0; i < 5000; ++i) {
    const auto t = static_cast<double>(i) / 500.0;
    flutter.mv[0][i] = flutter.mv[1][i] = static_cast<float>(0.8 * std::sin(2.0 * 3.14159265 * 4.5 * t));
  }
  const Analysis a = analyse(flutter, {}, test::shipped_thresholds());
  ASSERT_EQ(a.statements.size(), 2U);
  EXPECT_EQ(a.statements.front().code, "possible_ventricular_fibrillation");
  EXPECT_EQ(a.statements.back().code, "cannot_say_beats");
  EXPECT_FALSE(a.measurements.rate_per_min.has_value());
  for (std::vector<float>& lead : flutter.mv) {
    for (std::size_t i = 0; i < lead.size(); ++i) {
      lead[i] = static_cast<float>(0.02 * std::sin(0.7 * static_cast<double>(i * i % 977)));
    }
  }
  EXPECT_TRUE(analyse(flutter, {}, test::shipped_thresholds()).says("no_beats_in_good_leads"))
      << "what is so small is no heart's beat, and the leads are good";
}

TEST(FindWideRhythm, takes_its_rate_from_intervals_that_cross_no_rejected_second) {
  std::vector<double> times;
  for (double t = 0.2; t < 10.0; t += 0.4) {
    if (t < 4.0 || t > 7.0) {  // lost between
      times.push_back(t);
    }
  }
  Beats beats = beats_of(times, 160, 0);
  beats.sequence.is_rejected = {false, false, false, false, true, true, true, false, false, false};
  const auto wide = found(beats);
  ASSERT_TRUE(wide);
  EXPECT_NEAR(wide->rate_per_min, 150.0, 1.0);
}

}  // namespace
}  // namespace xingu::ecg
