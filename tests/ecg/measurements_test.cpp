// SPDX-License-Identifier: Apache-2.0
// Measurements of artificial signals against their parameters. Limits are half of those of IEC 60601-2-25:2011,
// 201.12.1.101.2 (amplitudes) and .3 (intervals on calibration and analytical signals): mean and standard deviation in
// ms P ±10/8, PQ ±10/8, QRS ±6/5, QT ±12/10; amplitudes ±25 µV up to 0.5 mV, above it the larger of 5 % and 40 µV.
#include "ecg/measurements.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "base/philox.h"
#include "ecg/calibration_signal.h"
#include "ecg/filters.h"
#include "ecg/qrs_detector.h"
#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

Measurements measured(const LeadSignals& signals) {
  return measure(signals, delineate(signals, detect_qrs(signals).sample));
}

/// Like CAL05000 … CAL30000 (heights), CAL20100 … CAL20500 (ST, rate, shape) and ANE20000 (deep S).
std::vector<CalibrationWaves> signal_set() {
  std::vector<CalibrationWaves> out;
  for (const double height : {0.5, 1.0, 1.5, 2.0, 3.0}) {
    CalibrationWaves waves;
    waves.r_mV = height;
    waves.q_mV = -0.1 * height;
    waves.s_mV = -0.3 * height;
    waves.t_mV = 0.2 * height;
    out.push_back(waves);
  }
  for (const double st : {-0.2, 0.2}) {
    out.push_back({});
    out.back().st_mV = st;
    out.back().t_mV = 0.4;
  }
  out.push_back({});
  out.back().rate_per_min = 40.0;
  out.push_back({});
  out.back().rate_per_min = 120.0;
  out.back().pq_ms = 150.0;
  out.back().qt_ms = 300.0;
  out.back().t_ms = 140.0;
  out.push_back({});
  out.back().q_mV = 0.0;
  out.back().r_mV = 0.5;
  out.back().s_mV = -2.0;
  out.back().s_ms = 50.0;
  out.push_back(out.back());
  out.back().r_mV = 0.0;
  return out;
}

struct Errors {
  std::vector<double> values;
  void add(const std::optional<double>& value, double truth) { values.push_back(value.value_or(NAN) - truth); }
  [[nodiscard]] double mean() const {
    double sum = 0.0;
    for (const double v : values) {
      sum += v;
    }
    return sum / static_cast<double>(values.size());
  }
  [[nodiscard]] double sd() const {
    double squares = 0.0;
    for (const double v : values) {
      squares += (v - mean()) * (v - mean());
    }
    return std::sqrt(squares / static_cast<double>(values.size()));
  }
};

TEST(Measurements, intervals_are_within_half_of_the_limits) {
  Errors p, pq, qrs, qt;
  for (const CalibrationWaves& waves : signal_set()) {
    const Measurements m = measured(calibration_signal(waves, 10.0, 500.0));
    ASSERT_TRUE(m.rate_per_min);
    EXPECT_NEAR(*m.rate_per_min, waves.rate_per_min, 0.3);
    p.add(m.p_ms, waves.p_ms);
    pq.add(m.pr_ms, waves.pq_ms);
    qrs.add(m.qrs_ms, waves.qrs_ms());
    qt.add(m.qt_ms, waves.qt_ms);
  }
  EXPECT_LE(std::abs(p.mean()), 5.0);
  EXPECT_LE(p.sd(), 4.0);
  EXPECT_LE(std::abs(pq.mean()), 5.0);
  EXPECT_LE(pq.sd(), 4.0);
  EXPECT_LE(std::abs(qrs.mean()), 3.0);
  EXPECT_LE(qrs.sd(), 2.5);
  EXPECT_LE(std::abs(qt.mean()), 6.0);
  EXPECT_LE(qt.sd(), 5.0);
}

TEST(Measurements, amplitudes_are_within_half_of_the_limits) {
  const auto half_limit = [](double height) {
    return std::abs(height) <= 0.5 ? 0.0125 : std::max(0.025 * std::abs(height), 0.020);
  };
  for (const CalibrationWaves& waves : signal_set()) {
    const Measurements m = measured(calibration_signal(waves, 10.0, 500.0));
    ASSERT_EQ(m.leads.size(), 12U);
    const LeadMeasurements& lead = m.leads[1];
    EXPECT_NEAR(lead.p_mV.value_or(NAN), waves.p_mV, half_limit(waves.p_mV));
    EXPECT_NEAR(lead.t_mV.value_or(NAN), waves.t_mV, half_limit(waves.t_mV));
    EXPECT_NEAR(lead.amplitude_mv("Q"), waves.q_mV, half_limit(waves.q_mV));
    EXPECT_NEAR(lead.amplitude_mv("R"), waves.r_mV, half_limit(waves.r_mV));
    EXPECT_NEAR(lead.amplitude_mv(waves.r_mV == 0.0 ? "QS" : "S"), waves.s_mV, half_limit(waves.s_mV));
    EXPECT_NEAR(lead.st_j_mV, waves.st_mV, half_limit(waves.st_mV));
    EXPECT_NEAR(lead.st_60_mV, waves.st_mV, half_limit(waves.st_mV));
    EXPECT_TRUE(m.leads[2].qrs.empty());  // III is flat
  }
}

/// The noises of IEC 60601-2-25, 201.12.1.101.3: 25 µV RMS high frequency, 50 µV peak to peak mains, 1 mV peak to peak
/// baseline at 0.3 Hz.
TEST(Measurements, noise_shifts_intervals_little) {
  enum class Noise { muscle, mains, baseline };
  const CalibrationWaves waves;
  const LeadSignals clean = calibration_signal(waves, 10.0, 500.0);
  const Measurements before = measured(clean);
  for (const Noise noise : {Noise::muscle, Noise::mains, Noise::baseline}) {
    LeadSignals noisy = clean;
    for (std::size_t lead = 0; lead < noisy.mv.size(); ++lead) {
      const Philox random(1, lead);
      for (std::size_t i = 0; i < noisy.num_samples(); ++i) {
        const double t = static_cast<double>(i) / noisy.rate_hz;
        const double uniform = random.uniform(i) - 0.5;
        noisy.mv[lead][i] +=
            static_cast<float>(noise == Noise::muscle  ? 0.025 * std::sqrt(12.0) * uniform
                               : noise == Noise::mains ? 0.025 * std::sin(2.0 * std::numbers::pi * 50.0 * t)
                                                       : 0.5 * std::sin(2.0 * std::numbers::pi * 0.3 * t));
      }
    }
    const Measurements after = measured(noisy);
    SCOPED_TRACE(noise == Noise::muscle ? "muscle" : noise == Noise::mains ? "mains" : "baseline");
    EXPECT_NEAR(after.qrs_ms.value_or(NAN), *before.qrs_ms, 6.0);  // goal 3 ms; IEC asks to disclose
    EXPECT_NEAR(after.pr_ms.value_or(NAN), *before.pr_ms, 10.0);
    EXPECT_NEAR(after.qt_ms.value_or(NAN), *before.qt_ms, 15.0);
    EXPECT_NEAR(after.leads[1].amplitude_mv("R"), before.leads[1].amplitude_mv("R"), 0.05);
  }
}

TEST(Measurements, the_rate_is_the_mean_and_qtc_goes_by_the_interval_before_the_beats) {
  // a short and a long interval in turn: their median would be one of them
  std::vector<double> times;
  for (double t = 0.6; t < 13.0; t += 1.7) {
    times.push_back(t);
    times.push_back(t + 0.56);
  }
  const auto ecg = test_signals::synthetic_ecg(times, 15.0);
  Delineation waves = delineate(ecg.signals, ecg.beats);
  std::vector<BeatType> types;
  for (std::size_t b = 0; b < times.size(); ++b) {
    types.push_back(b % 2 == 0 ? BeatType::normal : BeatType::ventricular);
    waves.beats.shape[b] = b % 2 == 0 ? 1 : 0;
  }
  waves.beats.num_shapes = 2;
  const Measurements m = measure(ecg.signals, waves, {}, {}, types);
  ASSERT_TRUE(m.rate_per_min && m.qt_ms && m.qtc && m.rr_of_qt_ms);
  const auto intervals = static_cast<double>(times.size() - 1);
  EXPECT_NEAR(*m.rate_per_min, 60.0 * intervals / (times.back() - times.front()), 0.3);
  EXPECT_NEAR(*m.rr_of_qt_ms, 1140.0, 5.0);
  EXPECT_NEAR(m.qtc->fridericia_ms, corrected_qt(*m.qt_ms, 1.14).fridericia_ms, 2.0);
}

TEST(Measurements, one_misplaced_beat_of_a_short_recording_does_not_move_the_rate) {
  const auto ecg = test_signals::synthetic_ecg({0.6, 1.4, 2.2, 3.0}, 4.0);
  Delineation waves = delineate(ecg.signals, ecg.beats);
  waves.beats.samples.back() -= static_cast<std::int64_t>(0.15 * ecg.signals.rate_hz);
  EXPECT_NEAR(measure(ecg.signals, waves).rate_per_min.value_or(0.0), 75.0, 0.5);
}

TEST(Measurements, axis_follows_the_leads) {
  LeadSignals signals = calibration_signal({}, 10.0, 500.0);
  EXPECT_NEAR(measured(signals).qrs_axis_deg.value_or(NAN), 30.0, 1.0);  // I = II: between them
  const auto original = signals.mv;
  for (std::size_t i = 0; i < signals.num_samples(); ++i) {
    signals.mv[0][i] = 0.0F;            // I isoelectric,
    signals.mv[5][i] = original[1][i];  // aVF upright: 90°
  }
  EXPECT_NEAR(measured(signals).qrs_axis_deg.value_or(NAN), 90.0, 1.0);
}

TEST(Measurements, notch_does_not_part_a_wave) {
  LeadSignals signals = calibration_signal({}, 10.0, 500.0);
  const std::vector<float> qrs = signals.mv[1];
  std::vector<float>& notched = signals.mv[2];  // downward throughout, but for two samples where Q, R and S meet
  for (std::size_t i = 0; i < qrs.size(); ++i) {
    notched[i] = -std::abs(qrs[i]);
  }
  for (std::size_t i = 1; i < qrs.size(); ++i) {
    if (qrs[i - 1] * qrs[i] < 0.0F) {
      notched[i - 1] = notched[i] = 0.015F;
    }
  }
  const Measurements m = measured(signals);
  ASSERT_EQ(m.leads[2].qrs.size(), 1U);
  EXPECT_EQ(m.leads[2].qrs.front().name, "QS");
  EXPECT_NEAR(m.leads[2].qrs.front().amplitude_mV, -std::abs(m.leads[1].amplitude_mv("R")), 0.05);
}

TEST(Measurements, name_every_wave_of_a_splintered_complex_differently) {
  LeadSignals signals = calibration_signal({}, 10.0, 500.0);
  const std::size_t length = 48;  // samples, six waves of 16 ms within the complex of 100 ms
  for (std::size_t beat = 300; beat + length < signals.num_samples(); beat += 500) {
    for (std::size_t i = 0; i < length; ++i) {
      signals.mv[2][beat + i] = i / 8 % 2 == 0 ? 0.6F : -0.5F;
    }
  }
  const Measurements m = measured(signals);
  std::vector<std::string> names;
  for (const QrsWave& wave : m.leads[2].qrs) {
    names.push_back(wave.name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"R", "S", "R'", "S'", "R''", "S''"}));
}

TEST(Measurements, no_signal_gives_no_number) {
  for (const float value : {0.0F, NAN}) {
    const Measurements m =
        measured({500.0, {"I", "II"}, {std::vector<float>(5000, value), std::vector<float>(5000, value)}});
    EXPECT_FALSE(m.rate_per_min || m.p_ms || m.pr_ms || m.qrs_ms || m.qt_ms || m.qtc || m.qrs_axis_deg);
  }
}

TEST(CorrectedQt, equals_qt_at_60_per_minute_and_the_formulas_elsewhere) {
  const CorrectedQt same = corrected_qt(400.0, 1.0);
  for (const double value : {same.bazett_ms, same.fridericia_ms, same.framingham_ms, same.hodges_ms}) {
    EXPECT_DOUBLE_EQ(value, 400.0);
  }
  const CorrectedQt fast = corrected_qt(360.0, 0.64);
  EXPECT_DOUBLE_EQ(fast.bazett_ms, 450.0);
  EXPECT_NEAR(fast.fridericia_ms, 417.7, 0.1);
  EXPECT_NEAR(fast.framingham_ms, 415.44, 1e-9);
  EXPECT_NEAR(fast.hodges_ms, 419.06, 0.01);
}

/// Leads with a wide complex after each beat's QRS onset, as an early extrasystole.
LeadSignals with_early_beats(LeadSignals signals, double per_min, double coupling_s) {
  for (double onset_s = 0.6; onset_s + coupling_s < signals.duration_s(); onset_s += 60.0 / per_min) {
    for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
      const double height = lead % 2 == 0 ? 1.5 : -1.1;
      for (std::size_t i = 0; i < signals.num_samples(); ++i) {
        const double t = static_cast<double>(i) / signals.rate_hz - onset_s - coupling_s;
        const double complex = t > 0.0 && t < 0.14 ? std::sin(std::numbers::pi * t / 0.14) : 0.0;
        const double recovery = t > 0.16 && t < 0.40 ? -0.3 * std::sin(std::numbers::pi * (t - 0.16) / 0.24) : 0.0;
        signals.mv[lead][i] += static_cast<float>(height * (complex + recovery));
      }
    }
  }
  return signals;
}

TEST(Measure, gives_no_qt_of_beats_whose_t_wave_the_next_complex_cuts) {
  CalibrationWaves waves;
  waves.rate_per_min = 35.0;
  waves.qt_ms = 380.0;
  for (const double coupling_s : {0.28, 0.32, 0.36}) {
    const LeadSignals signals = with_early_beats(calibration_signal(waves, 16.0, 500.0), 35.0, coupling_s);
    const std::vector<std::int64_t> beats = detect_qrs(signals).sample;
    ASSERT_GT(beats.size(), 14U) << coupling_s;
    std::vector<BeatType> types;
    for (std::size_t b = 0; b < beats.size(); ++b) {
      types.push_back(b % 2 == 0 ? BeatType::normal : BeatType::ventricular);
    }
    const Measurements m = measure(signals, delineate(signals, beats), {}, {}, types);
    EXPECT_TRUE(m.is_t_cut) << coupling_s;
    EXPECT_FALSE(m.qt_ms || m.qtc || m.t_axis_deg) << coupling_s;
    EXPECT_NEAR(m.qrs_ms.value_or(0.0), waves.qrs_ms(), 8.0) << coupling_s;
  }
  const Measurements alone = measured(calibration_signal(waves, 16.0, 500.0));
  EXPECT_FALSE(alone.is_t_cut);
  EXPECT_NEAR(alone.qt_ms.value_or(0.0), 380.0, 12.0);
}

TEST(Measure, finds_p_waves_as_far_before_the_complex_as_400_ms_and_takes_no_quiet_behind_one_for_a_wave) {
  for (const double per_min : {50.0, 60.0, 70.0, 80.0, 90.0}) {
    for (const double pr_ms : {300.0, 350.0, 400.0, 450.0, 500.0}) {
      CalibrationWaves waves;
      waves.rate_per_min = per_min;
      waves.pq_ms = pr_ms;
      waves.qt_ms = 390.0 * std::cbrt(60.0 / per_min);
      const Measurements m = measured(calibration_signal(waves, 14.0, 500.0));
      const double p_behind_t_ms = 60000.0 / per_min - pr_ms - waves.qt_ms;
      if (p_behind_t_ms > 40.0 && pr_ms <= 440.0) {
        ASSERT_TRUE(m.pr_ms) << per_min << ' ' << pr_ms;
      }
      if (m.pr_ms && p_behind_t_ms > 0.0) {
        EXPECT_NEAR(*m.pr_ms, pr_ms, 20.0) << per_min << ' ' << pr_ms;
      }
    }
  }
}

TEST(Measure, tells_how_high_a_p_wave_may_be_that_was_not_found) {
  const auto hidden = [](double p_mV, double noise_mV) {
    CalibrationWaves waves;
    waves.p_mV = p_mV;
    LeadSignals signals = calibration_signal(waves, 12.0, 500.0);
    for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
      const Philox random(5, lead);
      for (std::size_t i = 0; i < signals.num_samples(); ++i) {
        signals.mv[lead][i] += static_cast<float>(noise_mV * std::sqrt(12.0) * (random.uniform(i) - 0.5));
      }
    }
    return measured(signals).hidden_p_mV;
  };
  ASSERT_TRUE(hidden(0.0, 0.004));
  EXPECT_LT(*hidden(0.0, 0.004), 0.006);
  EXPECT_GT(*hidden(0.0, 0.06), 0.01) << "noise";
  ASSERT_TRUE(hidden(0.018, 0.004));
  EXPECT_GT(*hidden(0.018, 0.004), 0.01) << "a wave below 20 µV";
  EXPECT_FALSE(hidden(0.15, 0.004)) << "which is found";
}

TEST(Measure, tells_how_far_noise_may_have_moved_st) {
  // As muscles make it: white. As electrodes do: below 8 Hz, alike over most of a beat.
  for (const bool is_slow : {false, true}) {
    double squares = 0.0;
    int num = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      LeadSignals signals = calibration_signal({}, 10.0, 500.0);
      const LeadSignals clean = signals;
      for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
        const Philox random(seed, lead);
        std::vector<float> noise(signals.num_samples());
        for (std::size_t i = 0; i < noise.size(); ++i) {
          noise[i] = static_cast<float>(random.uniform(i) - 0.5) * (is_slow ? 0.6F : 0.08F);
        }
        if (is_slow) {
          filter_zero_phase(Biquad::low_pass(8.0, 500.0), std::span<float>(noise), filter_margin(500.0));
        }
        for (std::size_t i = 0; i < noise.size(); ++i) {
          signals.mv[lead][i] += noise[i];
        }
      }
      const Delineation waves = delineate(clean, detect_qrs(clean).sample);  // the same bounds for both
      const Measurements truth = measure(clean, waves);
      const Measurements m = measure(signals, waves);
      for (std::size_t lead = 0; lead < m.leads.size(); ++lead) {
        ASSERT_TRUE(m.leads[lead].st_error_mV);
        const double z = (m.leads[lead].st_j_mV - truth.leads[lead].st_j_mV) / *m.leads[lead].st_error_mV;
        squares += z * z;
        ++num;
      }
    }
    EXPECT_LT(std::sqrt(squares / num), 1.5) << "the error is told too small, slow " << is_slow;
    EXPECT_GT(std::sqrt(squares / num), 0.5) << "the error is told too large, slow " << is_slow;
  }
}

TEST(Measure, tells_the_error_of_st_from_two_beats_on) {
  const auto of_seconds = [](double seconds) {
    const LeadSignals signals = calibration_signal({}, seconds, 500.0);
    return measured(signals).leads.front();
  };
  const LeadMeasurements two = of_seconds(3.0);
  ASSERT_EQ(two.num_beats, 2U);
  ASSERT_TRUE(two.st_error_mV);
  EXPECT_LT(*two.st_error_mV, 0.002);
}

}  // namespace
}  // namespace xingu::ecg
