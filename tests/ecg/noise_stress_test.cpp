// SPDX-License-Identifier: Apache-2.0
#include "ecg/noise_stress.h"

#include <gtest/gtest.h>

#include <cmath>

namespace xingu::ecg {
namespace {

TEST(NoiseStress, adds_the_stated_power_in_alternate_two_minutes) {
  EcgRecord clean;
  clean.info.sample_rate_hz = 100.0;
  clean.info.channels = {{"I", "mV", 1000.0, 0, 16}};
  clean.samples.resize(1);
  clean.samples[0].assign(60000, 0);
  std::vector<std::int64_t> beats;
  for (std::int64_t beat = 50; beat < 60000; beat += 100) {
    clean.samples[0][static_cast<std::size_t>(beat)] = 2000;  // 2 mV peak to peak: power 4/8 mV²
    beats.push_back(beat);
  }
  EcgRecord noise = clean;
  for (std::size_t i = 0; i < noise.samples[0].size(); ++i) {
    noise.samples[0][i] = i % 2 == 0 ? 100 : -100;
  }
  const EcgRecord mixed = with_noise(clean, noise, 6.0, beats);
  const double amplitude = std::sqrt(0.5 / std::pow(10.0, 0.6));
  EXPECT_EQ(mixed.samples[0][29999], clean.samples[0][29999]);
  EXPECT_NEAR(mixed.samples[0][30000] / 1000.0, amplitude, 2e-3);
  EXPECT_EQ(mixed.samples[0][42001], 0);
  EXPECT_NEAR(mixed.samples[0][54000] / 1000.0, amplitude, 2e-3);
}

}  // namespace
}  // namespace xingu::ecg
