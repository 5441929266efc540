// SPDX-License-Identifier: Apache-2.0
#include "ecg/contact_steps.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

constexpr double rate_hz = 500.0;

/// Ten seconds of a heart, lead II, on a level that jumps at 4 and back at 6 s.
std::vector<float> stepped(double height_mv) {
  const auto ecg = test_signals::synthetic_ecg(test_signals::regular_beats(0.5, 0.83, 10.0), 10.0, rate_hz, 1);
  std::vector<float> lead = ecg.signals.mv.front();
  for (std::size_t i = 2000; i < 3000; ++i) {
    lead[i] += static_cast<float>(height_mv);
  }
  return lead;
}

TEST(ContactSteps, are_found_where_the_level_changes_and_stays) {
  for (const double height_mv : {-5.0, 1.7}) {
    const auto steps = find_contact_steps(stepped(height_mv), rate_hz);
    ASSERT_EQ(steps.size(), 2U) << height_mv;
    EXPECT_NEAR(static_cast<double>(steps[0].sample), 2000.0, 1.0);
    EXPECT_NEAR(static_cast<double>(steps[1].sample), 3000.0, 1.0);
    EXPECT_NEAR(steps[0].height_mv, height_mv, 0.05);
    EXPECT_NEAR(steps[1].height_mv, -height_mv, 0.05);
  }
}

TEST(ContactSteps, are_neither_complexes_nor_stimuli_nor_losses) {
  EXPECT_TRUE(find_contact_steps(stepped(0.0), rate_hz).empty());
  std::vector<float> tall = stepped(0.0);
  for (float& x : tall) {
    x *= 4.0F;
  }
  EXPECT_TRUE(find_contact_steps(tall, rate_hz).empty());
  std::vector<float> spikes = stepped(0.0);
  for (std::size_t at = 400; at < spikes.size(); at += 415) {
    spikes[at] += 5.0F;
    spikes[at + 1] += 3.0F;
  }
  EXPECT_TRUE(find_contact_steps(spikes, rate_hz).empty());
  std::vector<float> lost = stepped(0.0);
  std::fill(lost.begin() + 1500, lost.begin() + 2500, std::numeric_limits<float>::quiet_NaN());
  EXPECT_TRUE(find_contact_steps(lost, rate_hz).empty());
  EXPECT_TRUE(find_contact_steps({}, rate_hz).empty());
}

TEST(ContactSteps, levelled_leave_the_heart) {
  const std::vector<float> clean = stepped(0.0);
  std::vector<float> lead = stepped(5.0);
  level_contact_steps(find_contact_steps(lead, rate_hz), rate_hz, lead);
  for (std::size_t i = 0; i < lead.size(); ++i) {
    ASSERT_NEAR(lead[i], clean[i], 0.06) << i;
  }
}

}  // namespace
}  // namespace xingu::ecg
