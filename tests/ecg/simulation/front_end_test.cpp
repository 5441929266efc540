// SPDX-License-Identifier: Apache-2.0
#include "ecg/simulation/front_end.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ecg/simulation/phantom.h"

namespace xingu::ecg {
namespace {

std::unique_ptr<SampleSource> heart() {
  PhantomSettings settings;
  settings.duration_s = 20;
  return std::make_unique<RecordSource>(to_ecg_record(make_phantom(settings).recording));
}

EcgRecord acquire(const FrontEndSettings& settings) {
  SimulatedFrontEnd front_end(heart(), settings);
  return read_all(front_end);
}

FrontEndSettings quiet() {
  FrontEndSettings settings;
  settings.noise_mV = 0;
  settings.offset_range_mV = 0;
  return settings;
}

double rms_difference_mV(const EcgRecord& a, const EcgRecord& b, std::size_t channel) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.num_samples(); ++i) {
    const double d = (a.samples[channel][i] - b.samples[channel][i]) * 1e-3;
    sum += d * d;
  }
  return std::sqrt(sum / static_cast<double>(a.num_samples()));
}

TEST(SimulatedFrontEnd, without_disturbances_gives_the_heart) {
  const EcgRecord clean = acquire(quiet());
  ASSERT_EQ(clean.samples.size(), 8U);
  EXPECT_EQ(clean.num_samples(), 10000U);
  EXPECT_TRUE(clean.samples[1] == read_all(*heart()).samples[1]);
}

TEST(SimulatedFrontEnd, gives_the_same_bits_in_blocks_of_any_size) {
  FrontEndSettings settings;
  settings.mains_mV = 0.1;
  settings.muscle_mV = 0.05;
  settings.contact_mV = 0.2;
  settings.wander_mV = 0.3;
  settings.pacer_mV = 2;
  settings.lost_share = 0.02;
  const EcgRecord whole = acquire(settings);
  SimulatedFrontEnd front_end(heart(), settings);
  std::vector<std::int32_t> block(7 * 8);
  std::size_t at = 0;
  while (const std::size_t count = front_end.read(block)) {
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(block[i * 8 + 5], whole.samples[5][at + i]);
    }
    at += count;
  }
  EXPECT_EQ(at, whole.num_samples());
  settings.seed = 2;
  EXPECT_FALSE(acquire(settings).samples[5] == whole.samples[5]);
}

TEST(SimulatedFrontEnd, adds_disturbances_of_the_size_that_was_asked_for) {
  const EcgRecord clean = acquire(quiet());
  FrontEndSettings settings = quiet();
  settings.noise_mV = 0.02;
  EXPECT_NEAR(rms_difference_mV(acquire(settings), clean, 2), 0.02, 0.001);
  settings = quiet();
  settings.muscle_mV = 0.1;
  EXPECT_NEAR(rms_difference_mV(acquire(settings), clean, 2), 0.1, 0.04);
  settings = quiet();
  settings.mains_mV = 0.2;
  const double mains = rms_difference_mV(acquire(settings), clean, 2) * std::sqrt(2.0);
  EXPECT_GT(mains, 0.1);
  EXPECT_LT(mains, 0.3);
}

TEST(SimulatedFrontEnd, loses_the_channels_of_an_electrode_that_is_off) {
  FrontEndSettings settings = quiet();
  settings.off = {{Electrode::v3, 5, 10}, {Electrode::la, 12, 13}};
  const EcgRecord record = acquire(settings);
  const auto missing = [&](std::size_t channel) {
    return std::count(record.samples[channel].begin(), record.samples[channel].end(), invalid_sample);
  };
  EXPECT_EQ(missing(0), 500);   // I needs LA
  EXPECT_EQ(missing(1), 0);     // II does not
  EXPECT_EQ(missing(2), 500);   // V1 counts from all limbs
  EXPECT_EQ(missing(4), 3000);  // V3 itself too
}

TEST(SimulatedFrontEnd, loses_samples_on_all_channels_at_once_and_saturates) {
  FrontEndSettings settings = quiet();
  settings.lost_share = 0.1;
  settings.range_mV = 0.5;
  const EcgRecord record = acquire(settings);
  std::size_t lost = 0;
  for (std::size_t i = 0; i < record.num_samples(); ++i) {
    lost += record.samples[0][i] == invalid_sample ? 1U : 0U;
    ASSERT_EQ(record.samples[0][i] == invalid_sample, record.samples[7][i] == invalid_sample);
    ASSERT_LE(record.samples[7][i], 500);
  }
  EXPECT_NEAR(static_cast<double>(lost) / static_cast<double>(record.num_samples()), 0.1, 0.04);
}

TEST(SimulatedFrontEnd, refuses_a_source_without_the_leads) {
  EcgRecord record;
  record.info.rate_hz = 500;
  record.info.channels = {{"II", "mV", 200, 0, 16}};
  record.samples = {{1, 2, 3}};
  EXPECT_THROW(SimulatedFrontEnd(std::make_unique<RecordSource>(record), {}), InputError);
}

TEST(PacedSource, delivers_no_sample_before_its_time) {
  std::vector<double> waits;
  PacedSource paced(heart(), 4.0, [&](double seconds) { waits.push_back(seconds); });
  std::vector<std::int32_t> block(250 * 12);
  EXPECT_EQ(paced.read(block), 250U);
  EXPECT_EQ(paced.read(block), 250U);
  EXPECT_EQ(waits, (std::vector<double>{0.125, 0.25}));
  EXPECT_THROW(PacedSource(heart(), 0.0), InputError);
}

}  // namespace
}  // namespace xingu::ecg
