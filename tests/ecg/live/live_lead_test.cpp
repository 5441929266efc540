// SPDX-License-Identifier: Apache-2.0
#include "ecg/live/live_lead.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/error.h"

namespace xingu::ecg {
namespace {

constexpr double rate_hz = 500.0;
const Channel microvolts{"II", "mV", 1000.0, 0.0, 24};

/// A train of narrow complexes of 1 mV every second on an electrode offset.
std::int32_t sample_at(int i, double offset_mv = 120.0) {
  const double t = std::fmod(i / rate_hz, 1.0) - 0.5;
  return static_cast<std::int32_t>(std::lround(1000 * (offset_mv + std::exp(-t * t / (2 * 0.012 * 0.012)))));
}

void take(LiveLead& lead, int from, int to) {
  for (int i = from; i < to; ++i) {
    static_cast<void>(lead.take(sample_at(i)));
  }
}

TEST(SampleRing, keeps_the_newest) {
  SampleRing ring(3);
  for (const float value : {1.0F, 2.0F, 3.0F, 4.0F}) {
    ring.push(value);
  }
  EXPECT_EQ(ring.size(), 3U);
  EXPECT_EQ(ring.back(0), 4.0F);
  EXPECT_EQ(ring.back(2), 2.0F);
  ring.clear();
  EXPECT_EQ(ring.size(), 0U);
  ring.push(5.0F);
  EXPECT_EQ(ring.back(0), 5.0F);
  ASSERT_EQ(ring.unordered().size(), 1U);
  EXPECT_EQ(ring.unordered()[0], 5.0F) << "nothing from before";
}

TEST(LiveLead, gives_a_complex_the_height_of_one_after_its_delay) {
  LiveLead lead(microvolts, rate_hz);
  take(lead, 0, 5000);
  float peak = 0.0F;
  double at_s = 0.0;
  for (int i = 5000; i < 5500; ++i) {
    if (lead.take(sample_at(i)) && lead.relative_energy() > peak) {
      peak = lead.relative_energy();
      at_s = i / rate_hz;
    }
  }
  EXPECT_NEAR(peak, 1.0F, 0.02F);
  EXPECT_NEAR(at_s - 10.5, lead.energy_delay_s(), 0.006);
  EXPECT_GT(lead.weight(), 1.0F);
  EXPECT_TRUE(lead.last_second().is_good());
}

TEST(LiveLead, starts_without_a_step_of_the_electrodes_offset) {
  LiveLead lead(microvolts, rate_hz);
  take(lead, 0, 100);
  EXPECT_NEAR(lead.trace_mv(), 0.0F, 0.01F);
}

TEST(LiveLead, bridges_a_short_gap_and_loses_contact_in_a_long_one) {
  LiveLead lead(microvolts, rate_hz);
  EXPECT_FALSE(lead.has_contact());
  take(lead, 0, 5000);
  for (int i = 0; i < 40; ++i) {
    static_cast<void>(lead.take(invalid_sample));
  }
  EXPECT_TRUE(lead.has_contact());
  EXPECT_TRUE(std::isnan(lead.trace_mv()));
  for (int i = 0; i < 11; ++i) {
    static_cast<void>(lead.take(invalid_sample));
  }
  EXPECT_FALSE(lead.has_contact());
  EXPECT_EQ(lead.weight(), 0.0F);
  static_cast<void>(lead.take(sample_at(0, -80.0)));
  EXPECT_TRUE(lead.has_contact());
  EXPECT_NEAR(lead.trace_mv(), 0.0F, 1e-3F) << "the new contact's offset is no signal";
}

TEST(LiveLead, names_what_is_wrong_with_a_second) {
  LiveLead lead(microvolts, rate_hz);
  for (int i = 0; i < 1000; ++i) {
    const double mains = 300 * std::sin(2 * std::numbers::pi * 50 * i / rate_hz);
    static_cast<void>(lead.take(sample_at(i) + static_cast<std::int32_t>(mains)));
  }
  EXPECT_TRUE(lead.last_second().has(Fault::mains));
  for (int i = 0; i < 1000; ++i) {
    static_cast<void>(lead.take(120'000));
  }
  EXPECT_TRUE(lead.last_second().has(Fault::flat));
}

TEST(LiveLead, refuses_a_rate_that_no_ecg_has) { EXPECT_THROW(LiveLead(microvolts, 50.0), InputError); }

}  // namespace
}  // namespace xingu::ecg
