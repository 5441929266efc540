// SPDX-License-Identifier: Apache-2.0
#include "ecg/atrial_signal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ecg/formats/recording.h"
#include "ecg/qrs_detector.h"
#include "ecg/simulation/phantom.h"

namespace xingu::ecg {
namespace {

struct Delineated {
  LeadSignals signals;
  Delineation waves;
};

Delineated delineated(double rr_variation) {
  PhantomSettings settings;
  settings.rr_variation = rr_variation;
  Delineated out;
  out.signals = lead_signals(to_ecg_record(make_phantom(settings).recording));
  out.waves = delineate(out.signals, detect_qrs(out.signals).sample);
  return out;
}

float largest(const std::vector<float>& x, std::ptrdiff_t begin, std::ptrdiff_t end) {
  float out = 0.0F;
  for (std::ptrdiff_t i = begin; i < end; ++i) {
    out = std::max(out, std::abs(x[static_cast<std::size_t>(i)]));
  }
  return out;
}

TEST(AtrialSignal, leaves_p_waves_and_no_complexes) {
  const Delineated d = delineated(0.02);
  const std::size_t factor = atrial_decimation(d.signals.rate_hz);
  EXPECT_EQ(factor, 4U);
  const AtrialSignal signal = atrial_signal(d.signals, {d.waves, d.signals.rate_hz, factor}, 20.0);
  const std::vector<float>& two = signal.leads[1];
  const BeatWaves& beat = d.waves.global[4];
  ASSERT_TRUE(beat.p && beat.qrs);
  const auto at = [&](std::int64_t sample) { return static_cast<std::ptrdiff_t>(sample) / 4; };
  EXPECT_GT(largest(two, at(beat.p->onset), at(beat.p->offset)), 0.06F) << "P of 0.16 mV, less what the filters take";
  EXPECT_LT(largest(two, at(beat.qrs->onset), at(beat.qrs->offset)), 0.2F) << "R of 1.3 mV";
  EXPECT_TRUE(signal.is_complex[static_cast<std::size_t>(at(d.waves.beats.samples[4]))]);
  EXPECT_FALSE(signal.is_complex[static_cast<std::size_t>(at(beat.p->onset + 40))]);
}

TEST(VentricularWindows, take_out_of_a_sum_what_they_take_out_of_its_parts) {
  const Delineated d = delineated(0.1);
  const VentricularWindows windows(d.waves, d.signals.rate_hz, 1);
  for (const Remainder remainder : {Remainder::line, Remainder::nothing}) {
    std::vector<float> sum = d.signals.mv[0];
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] += 2.0F * d.signals.mv[7][i];
    }
    const auto parts = windows.taken_out_of({d.signals.mv[0], d.signals.mv[7], sum}, remainder);
    for (std::size_t i = 0; i < sum.size(); ++i) {
      ASSERT_NEAR(parts[2][i], parts[0][i] + 2.0F * parts[1][i], 2e-5F) << i;
    }
  }
}

TEST(VentricularWindows, of_a_stretch_do_what_those_of_the_cut_signal_would) {
  const Delineated d = delineated(0.02);
  const VentricularWindows whole(d.waves, d.signals.rate_hz, 1, VentricularWaves::complex);
  const auto size = std::ssize(d.signals.mv.front());
  const auto same = whole.between(0, size).taken_out_of(d.signals.mv, Remainder::nothing);
  EXPECT_EQ(same, whole.taken_out_of(d.signals.mv, Remainder::nothing));
  const std::ptrdiff_t begin = 2000;
  const std::vector<std::vector<float>> cut{{d.signals.mv[1].begin() + begin, d.signals.mv[1].end()}};
  const std::vector<float> left = whole.between(begin, size).taken_out_of(cut, Remainder::nothing).front();
  const std::int64_t r = d.waves.beats.samples[8] - begin;
  EXPECT_GT(largest(cut.front(), r - 10, r + 10), 1.0F);
  EXPECT_LT(largest(left, r - 10, r + 10), 0.1F);
}

}  // namespace
}  // namespace xingu::ecg
