// SPDX-License-Identifier: Apache-2.0
#include "delivery/pulsed_beam.h"

#include <gtest/gtest.h>

#include <cmath>

namespace xingu {
namespace {

struct Tally {
  int num_pulses = 0;
  double mu = 0.0;
  double square = 0.0;
  double monitor1 = 0.0;
  double monitor2 = 0.0;
};

Tally run(const PulsedBeamSettings& settings, int num_steps, const BeamDisturbance& disturbance = {},
          bool is_triggered = true, bool is_closed = true) {
  PulsedBeam beam(settings, 5);
  Tally tally;
  for (int step = 0; step < num_steps; ++step) {
    const Pulse pulse = beam.advance(static_cast<std::uint64_t>(step), is_triggered, is_closed, disturbance);
    tally.num_pulses += pulse.has_fired ? 1 : 0;
    tally.mu += pulse.mu;
    tally.square += pulse.mu * pulse.mu;
    tally.monitor1 += pulse.monitor1_mu;
    tally.monitor2 += pulse.monitor2_mu;
  }
  return tally;
}

TEST(PulsedBeam, gives_its_dose_rate_at_every_pulse_rate) {
  for (const double rate : {100.0, 180.0, 300.0, 400.0}) {
    PulsedBeamSettings settings;
    settings.pulse_rate_hz = rate;
    const Tally tally = run(settings, 60'000);
    EXPECT_EQ(tally.num_pulses, static_cast<int>(60.0 * rate));
    EXPECT_NEAR(tally.mu, 1000.0, 1.5);
  }
}

TEST(PulsedBeam, varies_from_pulse_to_pulse_as_stated) {
  PulsedBeamSettings settings;
  settings.ramp_start = 1.0;
  const Tally tally = run(settings, 60'000);
  const double mean = tally.mu / tally.num_pulses;
  const double variance = tally.square / tally.num_pulses - mean * mean;
  EXPECT_NEAR(std::sqrt(variance) / mean, settings.pulse_noise, 0.05 * settings.pulse_noise);
}

TEST(PulsedBeam, rises_from_its_first_pulse) {
  PulsedBeamSettings settings;
  EXPECT_NEAR(ramp_of(settings, 0.0), 0.6, 1e-12);
  EXPECT_NEAR(ramp_of(settings, 300.0), 1.0, 1e-4);
  settings.pulse_noise = 0.0;
  PulsedBeam beam(settings, 1);
  Pulse first;
  for (std::uint64_t step = 0; !first.has_fired; ++step) {
    first = beam.advance(step, true, true, {});
  }
  EXPECT_LT(first.mu, 0.7 * settings.mu_per_pulse());
}

TEST(PulsedBeam, has_monitors_that_see_each_pulse_on_their_own) {
  const PulsedBeamSettings settings;
  BeamDisturbance disturbance;
  disturbance.monitor2 = 0.9;
  const Tally tally = run(settings, 30'000, disturbance);
  EXPECT_NEAR(tally.monitor1 / tally.mu, 1.0, 0.001);
  EXPECT_NEAR(tally.monitor2 / tally.mu, 0.9, 0.001);
  EXPECT_NE(tally.monitor1, tally.mu);
}

TEST(PulsedBeam, stays_off_without_trigger_unless_it_is_stuck_and_the_contactor_closed) {
  BeamDisturbance stuck;
  stuck.is_stuck_on = true;
  EXPECT_EQ(run({}, 1000, {}, false).num_pulses, 0);
  EXPECT_EQ(run({}, 1000, stuck, false).num_pulses, 300);
  EXPECT_EQ(run({}, 1000, stuck, false, false).num_pulses, 0);
  EXPECT_EQ(run({}, 1000, {}, true, false).num_pulses, 0);
}

}  // namespace
}  // namespace xingu
