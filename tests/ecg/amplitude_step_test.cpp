// SPDX-License-Identifier: Apache-2.0
#include "ecg/amplitude_step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "ecg/formats/recording.h"
#include "ecg/pacing_spikes.h"
#include "ecg/simulation/phantom.h"
#include "ecg/statements.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

/// A healthy heart with noise of a step from top to bottom.
LeadSignals in_steps_of(double step_mv) {
  LeadSignals signals = lead_signals(to_ecg_record(make_phantom({}).recording));
  std::uint32_t state = 1;
  for (std::vector<float>& lead : signals.mv) {
    for (float& x : lead) {
      state = state * 1664525U + 1013904223U;
      const double noise = static_cast<double>(state >> 8U) * 0x1.0p-24 - 0.5;
      x = static_cast<float>(step_mv * std::round(static_cast<double>(x) / step_mv + noise));
    }
  }
  return signals;
}

TEST(AmplitudeStep, is_the_smallest_change_of_the_coarsest_lead) {
  for (const double step_mv : {0.005, 0.05, 0.1}) {
    LeadSignals signals = in_steps_of(step_mv);
    EXPECT_NEAR(amplitude_step_mv(signals), step_mv, 1e-5);
    signals.names.emplace_back("pulse");
    signals.mv.emplace_back(signals.num_samples(), 0.0F);
    signals.mv.back()[500] = 1.0F;  // one size of change says nothing
    EXPECT_NEAR(amplitude_step_mv(signals), step_mv, 1e-5);
  }
  EXPECT_EQ(amplitude_step_mv({500.0, {"I"}, {std::vector<float>(500, 0.0F)}}), 0.0);
}

TEST(AmplitudeStep, is_found_wherever_it_stands_and_across_losses) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::size_t size : {3U, 4U, 5U, 8U, 9U, 23U}) {
    for (std::size_t at = 1; at + 1 < size; ++at) {
      std::vector<float> lead(size, 0.0F);
      lead[at] = 0.25F;                                                                  // up by the step,
      std::fill(lead.begin() + static_cast<std::ptrdiff_t>(at) + 1, lead.end(), 2.25F);  // and by more
      EXPECT_EQ(amplitude_step_mv(lead), 0.25) << at << " of " << size;
      std::vector<float> lost = lead;
      lost[at] = nan;
      EXPECT_EQ(amplitude_step_mv(lost), 0.0) << at << " of " << size;
    }
  }
  EXPECT_EQ(amplitude_step_mv(std::vector<float>{}), 0.0);
}

TEST(AmplitudeStep, of_a_tenth_of_a_millivolt_is_told_and_makes_no_pacemaker) {
  const LeadSignals signals = in_steps_of(0.1);
  ASSERT_FALSE(find_pacing_spikes(signals).empty()) << "without the step there would be some";
  const Analysis coarse = analyse(signals, {}, test::shipped_thresholds());
  EXPECT_TRUE(coarse.says("coarse_heights"));
  EXPECT_TRUE(coarse.stimuli.empty());
  EXPECT_FALSE(coarse.says("ventricular_pacing") || coarse.says("stimuli_without_complex"));
  EXPECT_TRUE(coarse.measurements.rate_per_min.has_value());
  EXPECT_FALSE(analyse(in_steps_of(0.01), {}, test::shipped_thresholds()).says("coarse_heights"));
}

}  // namespace
}  // namespace xingu::ecg
