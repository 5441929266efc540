// SPDX-License-Identifier: Apache-2.0
// Jolts of a limb's electrode beside the complexes of a heart.
#include "ecg/electrode_pops.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "base/philox.h"
#include "ecg/formats/recording.h"
#include "ecg/limb_electrodes.h"
#include "ecg/qrs_detector.h"
#include "ecg/simulation/phantom.h"
#include "ecg/statements.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

LeadSignals heart(double per_min = 66.0) {
  PhantomSettings settings;
  settings.heart_rate_per_min = per_min;
  settings.rr_variation = 0.02;
  settings.duration_s = 10.0;
  return lead_signals(to_ecg_record(make_phantom(settings).recording));
}

/// A voltage over the time since a jolt, mV.
using Jolt = std::function<double(double)>;

Jolt decay(double mv, double within_s) {
  return [=](double t) { return t < 0.0 ? 0.0 : mv * std::exp(-t / within_s); };
}
Jolt bump(double mv, double sd_s) {
  return [=](double t) { return mv * std::exp(-0.5 * std::pow(t / sd_s, 2)); };
}
Jolt swing(double mv, double sd_s) {
  return [=](double t) { return 1.65 * mv * t / sd_s * std::exp(-0.5 * std::pow(t / sd_s, 2)); };
}

LeadSignals jolted(LeadSignals signals, Electrode electrode, const Jolt& jolt, const std::vector<double>& at_s) {
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    for (std::size_t i = 0; i < signals.num_samples(); ++i) {
      for (const double at : at_s) {
        signals.mv[lead][i] += static_cast<float>(*lead_of_electrode(signals.names[lead], electrode) *
                                                  jolt(static_cast<double>(i) / signals.rate_hz - at));
      }
    }
  }
  return signals;
}

/// Moments in the rests between beats: behind T and before P.
std::vector<double> rests(const LeadSignals& signals) {
  const std::vector<std::int64_t> beats = detect_qrs(signals).sample;
  std::vector<double> out;
  for (std::size_t b = 0; b + 1 < beats.size(); ++b) {
    out.push_back((static_cast<double>(beats[b]) + 0.62 * static_cast<double>(beats[b + 1] - beats[b])) /
                  signals.rate_hz);
  }
  return out;
}

TEST(ElectrodePops, are_no_beats) {
  const LeadSignals calm = heart();
  const std::vector<double> between = rests(calm);
  ASSERT_GE(between.size(), 8);
  const std::vector<std::int64_t> beats = detect_qrs(calm).sample;
  const Analysis usual = analyse(calm, {}, test::shipped_thresholds());
  for (const Electrode electrode : limb_electrodes) {
    for (const auto& [what, jolt] : {std::pair{"short", decay(1.0, 0.08)},
                                     {"long", decay(1.5, 0.25)},
                                     {"bump", bump(1.0, 0.05)},
                                     {"swing", swing(1.0, 0.05)}}) {
      for (const std::size_t at : {3, 5}) {
        const LeadSignals signals = jolted(calm, electrode, jolt, {between[at]});
        const std::vector<std::int64_t> found = detect_qrs(signals).sample;
        EXPECT_EQ(found.size(), beats.size()) << fmt::format("{} {} {:.2f}", what, to_string(electrode), between[at]);
        const Analysis a = analyse(signals, {}, test::shipped_thresholds());
        EXPECT_FALSE(a.says("ventricular_ectopy") || a.says("supraventricular_ectopy")) << what << to_string(electrode);
        EXPECT_TRUE(a.says("sinus_rhythm"));
        ASSERT_TRUE(usual.measurements.pr_ms && a.measurements.pr_ms) << what << to_string(electrode);
        EXPECT_NEAR(*a.measurements.pr_ms, *usual.measurements.pr_ms, 4.0) << what << to_string(electrode);
        EXPECT_NEAR(*a.measurements.p_ms, *usual.measurements.p_ms, 6.0) << what << to_string(electrode);
        EXPECT_FALSE(a.says("st_elevation") || a.says("limb_tremor")) << what << to_string(electrode);
      }
    }
  }
}

TEST(ElectrodePops, are_no_run_of_beats) {
  const LeadSignals calm = heart();
  const double begins_s = rests(calm)[3];
  for (const Electrode electrode : limb_electrodes) {
    for (const double every_s : {0.30, 0.45}) {
      std::vector<double> times;
      for (int k = 0; k < 5; ++k) {
        times.push_back(begins_s + every_s * k);
      }
      const Analysis a = analyse(jolted(calm, electrode, decay(1.2, 0.08), times), {}, test::shipped_thresholds());
      for (const char* const code :
           {"ventricular_tachycardia", "ventricular_run", "possible_ventricular_fibrillation"}) {
        EXPECT_FALSE(a.says(code)) << code << ' ' << to_string(electrode) << ' ' << every_s;
      }
    }
  }
}

TEST(ElectrodePops, have_no_part_in_the_intervals) {
  const LeadSignals calm = heart();
  const Measurements truth = analyse(calm, {}, test::shipped_thresholds()).measurements;
  const double first_s = static_cast<double>(detect_qrs(calm).sample[5]) / calm.rate_hz;
  for (const Electrode electrode : limb_electrodes) {
    for (const double before_s : {0.42, 0.46, 0.50}) {
      for (const double within_s : {0.08, 0.25}) {
        const Analysis a = analyse(jolted(calm, electrode, decay(1.2, within_s), {first_s - before_s}), {},
                                   test::shipped_thresholds());
        ASSERT_TRUE(a.measurements.pr_ms && a.measurements.qt_ms);
        EXPECT_NEAR(*a.measurements.pr_ms, *truth.pr_ms, 2.0) << to_string(electrode) << before_s << ' ' << within_s;
        EXPECT_NEAR(*a.measurements.qt_ms, *truth.qt_ms, 4.0) << to_string(electrode) << before_s << ' ' << within_s;
      }
    }
  }
}

TEST(ElectrodePops, make_no_other_beat_of_the_complex_they_lie_on) {
  const LeadSignals calm = heart();
  const std::vector<std::int64_t> beats = detect_qrs(calm).sample;
  for (const Electrode electrode : limb_electrodes) {
    for (const double behind_s : {-0.06, 0.0, 0.06, 0.15}) {
      for (const Jolt& jolt : {decay(1.5, 0.25), swing(1.2, 0.05)}) {
        const double at_s = static_cast<double>(beats[5]) / calm.rate_hz + behind_s;
        const Analysis a = analyse(jolted(calm, electrode, jolt, {at_s}), {}, test::shipped_thresholds());
        EXPECT_FALSE(a.says("ventricular_ectopy") || a.says("supraventricular_ectopy"))
            << to_string(electrode) << ' ' << behind_s;
        EXPECT_EQ(a.beats.sample.size(), beats.size());
      }
    }
  }
}

/// A beat of the phantom on which one lead alone goes off.
TEST(ElectrodePops, of_the_chest_make_no_other_beat_of_the_complex_they_lie_on) {
  const LeadSignals calm = heart();
  const std::vector<std::int64_t> beats = detect_qrs(calm).sample;
  for (const char* const name : {"V1", "V4", "V6"}) {
    for (const double behind_s : {-0.03, 0.0, 0.04}) {
      for (const double mv : {3.0, 6.0}) {
        LeadSignals signals = calm;
        const double at_s = static_cast<double>(beats[5]) / calm.rate_hz + behind_s;
        std::vector<float>& lead = signals.mv[*lead_number(signals, name)];
        for (std::size_t i = 0; i < lead.size(); ++i) {
          lead[i] += static_cast<float>(bump(mv, 0.03)(static_cast<double>(i) / signals.rate_hz - at_s));
        }
        const Analysis a = analyse(signals, {}, test::shipped_thresholds());
        EXPECT_FALSE(a.says("ventricular_ectopy")) << name << ' ' << behind_s << ' ' << mv;
        EXPECT_EQ(a.beats.sample.size(), beats.size());
      }
    }
  }
}

/// Two leads of the phantom, with ventricular beats or without.
LeadSignals two_leads(double pvc_share, std::uint64_t seed) {
  PhantomSettings settings;
  settings.duration_s = 90.0;
  settings.pvc_share = pvc_share;
  settings.seed = seed;
  const LeadSignals all = lead_signals(to_ecg_record(make_phantom(settings).recording));
  LeadSignals out{all.rate_hz, {"II", "V1"}, {}};
  for (const std::string& name : out.names) {
    out.mv.push_back(all.mv[*lead_number(all, name)]);
  }
  return out;
}

/// An electrode that loses and finds its contact: steps that decay, several mV high, where a seed puts them.
void loosen(std::vector<float>& lead, double rate_hz, double from_s, double until_s, std::uint64_t seed) {
  const Philox random(seed, 5);
  double offset = 0.0;
  double next_s = from_s;
  std::uint64_t draw = 0;
  for (double t = from_s; t < until_s; t += 1.0 / rate_hz) {
    if (t >= next_s) {
      offset += 9.0 * (random.uniform(draw) - 0.5);
      next_s = t + 0.1 + 0.4 * random.uniform(draw + 1);
      draw += 2;
    }
    offset *= std::exp(-1.0 / (0.15 * rate_hz));
    lead[static_cast<std::size_t>(t * rate_hz)] += static_cast<float>(offset);
  }
}

TEST(ElectrodePops, of_one_of_two_leads_make_no_other_beat_where_the_other_shows_the_usual_one) {
  std::size_t num = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    LeadSignals signals = two_leads(0.0, seed);
    loosen(signals.mv[1], signals.rate_hz, 40.0, 44.0, seed);
    const Analysis a = analyse(signals, {}, test::shipped_thresholds());
    EXPECT_FALSE(a.says("ventricular_run") || a.says("ventricular_tachycardia")) << seed;
    for (std::size_t b = 0; b < a.sequence.size(); ++b) {
      num += a.sequence.type[b] == BeatType::ventricular ? 1 : 0;
    }
  }
  EXPECT_LE(num, 6U) << "ventricular beats in twelve healthy hearts";
}

TEST(ElectrodePops, of_one_lead_leave_the_ventricular_beats_of_another_time) {
  LeadSignals signals = two_leads(0.2, 3);
  const Analysis before = analyse(signals, {}, test::shipped_thresholds());
  loosen(signals.mv[1], signals.rate_hz, 40.0, 44.0, 3);
  const Analysis after = analyse(signals, {}, test::shipped_thresholds());
  const auto num = [](const Analysis& a) {
    std::size_t count = 0;
    for (std::size_t b = 0; b < a.sequence.size(); ++b) {
      const double t = a.sequence.time_s(b);
      count += a.sequence.type[b] == BeatType::ventricular && (t < 38.0 || t > 46.0) ? 1 : 0;
    }
    return count;
  };
  EXPECT_GE(num(before), 10U);
  EXPECT_EQ(num(after), num(before));
}

TEST(ElectrodePops, are_told_by_limbs_and_chest_together) {
  const LeadSignals calm = heart();
  const double at_s = rests(calm)[3];
  const auto is_pop = [&](const LeadSignals& signals) {
    const QrsFeature feature = compute_qrs_feature(signals);
    const ElectrodePops pops(feature.names);
    return pops.is_pop(feature, std::llround(at_s * feature.rate_hz));
  };
  LeadSignals signals = jolted(calm, Electrode::la, bump(1.0, 0.04), {at_s});
  EXPECT_TRUE(is_pop(signals));
  LeadSignals limbs_only = signals;
  LeadSignals chest_off = signals;
  for (std::size_t lead = 6; lead < 12; ++lead) {
    chest_off.mv[lead].assign(chest_off.num_samples(), 0.0F);
  }
  limbs_only.names.resize(6);
  limbs_only.mv.resize(6);
  EXPECT_FALSE(is_pop(limbs_only));
  EXPECT_FALSE(is_pop(chest_off)) << "a heart whose axis is that of one electrode would be one";
  const QrsFeature feature = compute_qrs_feature(calm);
  const ElectrodePops pops(feature.names);
  for (const std::int64_t beat : detect_qrs(calm).sample) {
    EXPECT_FALSE(pops.is_pop(feature, beat / static_cast<std::int64_t>(feature.factor)));
  }
}

}  // namespace
}  // namespace xingu::ecg
