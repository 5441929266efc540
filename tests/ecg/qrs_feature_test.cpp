// SPDX-License-Identifier: Apache-2.0
#include "ecg/qrs_feature.h"

#include <gtest/gtest.h>

#include <limits>

#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

using test_signals::regular_beats;
using test_signals::synthetic_ecg;

TEST(QrsFeature, is_about_one_at_complexes_whatever_the_lead_s_size) {
  auto ecg = synthetic_ecg(regular_beats(0.6, 0.8, 20), 20);
  for (float& x : ecg.signals.mv[1]) {
    x *= 0.1F;
  }
  const QrsFeature feature = compute_qrs_feature(ecg.signals);
  for (const std::int64_t beat : ecg.beats) {
    EXPECT_NEAR(feature.height[static_cast<std::size_t>(beat) / feature.factor], 1.0, 0.15);
  }
}

TEST(QrsFeature, gives_a_dead_lead_no_weight_and_no_signal_no_height) {
  auto ecg = synthetic_ecg(regular_beats(0.6, 0.8, 10), 10);
  std::fill(ecg.signals.mv[1].begin(), ecg.signals.mv[1].end(), std::numeric_limits<float>::quiet_NaN());
  const QrsFeature feature = compute_qrs_feature(ecg.signals);
  for (const float weight : feature.weight[1]) {
    EXPECT_EQ(weight, 0.0F);
  }
  std::fill(ecg.signals.mv[0].begin(), ecg.signals.mv[0].end(), 0.0F);
  for (const float height : compute_qrs_feature(ecg.signals).height) {
    EXPECT_EQ(height, 0.0F);
  }
}

}  // namespace
}  // namespace xingu::ecg
