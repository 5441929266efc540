// SPDX-License-Identifier: Apache-2.0
#include "ecg/limb_lead_laws.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "ecg/lead_signals.h"
#include "ecg/signal_quality.h"
#include "synthetic_ecg.h"

namespace xingu::ecg {
namespace {

using test_signals::regular_beats;
using test_signals::synthetic_ecg;

/// Leads of five seconds as an amplifier has them, each rounded to 5 µV for itself.
LeadSignals limb_leads(const std::set<std::string>& measured) {
  const LeadSignals source = synthetic_ecg(regular_beats(0.4, 0.8, 5), 5, 500, 2).signals;
  LeadSignals two{source.rate_hz, {"I", "II"}, {source.mv[1], source.mv[0]}};
  for (std::size_t i = 0; i < two.num_samples(); ++i) {
    two.mv[0][i] = 0.6F * two.mv[0][i] + 0.1F * static_cast<float>(std::sin(0.01 * static_cast<double>(i)));
  }
  const LeadSignals all = with_limb_leads(std::move(two));
  LeadSignals out{source.rate_hz, {}, {}};
  for (std::size_t i = 0; i < all.num_leads(); ++i) {
    if (measured.contains(all.names[i])) {
      out.names.push_back(all.names[i]);
      out.mv.push_back(all.mv[i]);
      for (float& x : out.mv.back()) {
        x = 0.005F * std::round(x / 0.005F);
      }
    }
  }
  return out;
}

LeadSignals multiplied(LeadSignals signals, const std::string& lead, float gain) {
  for (float& x : signals.mv[*lead_number(signals, lead)]) {
    x *= gain;
  }
  return signals;
}

std::set<std::string> doubtful(const LeadSignals& signals) {
  std::set<std::string> out;
  const DoubtfulLimbLeads found = doubtful_limb_leads(signals, 1000, 1500);
  for (std::size_t i = 0; i < num_limb_leads; ++i) {
    if (found[i]) {
      out.insert(limb_lead_names[i]);
    }
  }
  return out;
}

using Names = std::set<std::string>;
const Names six{"I", "II", "III", "aVR", "aVL", "aVF"};

TEST(LimbLeadLaws, hold_in_leads_that_were_rounded_each_for_itself) {
  EXPECT_EQ(doubtful(limb_leads(six)), Names{});
  EXPECT_EQ(doubtful(limb_leads({"I", "II", "III"})), Names{});
  EXPECT_EQ(doubtful(with_limb_leads(limb_leads({"I", "II"}))), Names{});
}

TEST(LimbLeadLaws, name_the_one_lead_of_six_whose_gain_or_sign_is_wrong) {
  for (const std::string& lead : six) {
    for (const float gain : {5.0F, 2.0F, 0.3F, -1.0F}) {
      EXPECT_EQ(doubtful(multiplied(limb_leads(six), lead, gain)), Names{lead}) << lead << " by " << gain;
    }
  }
}

TEST(LimbLeadLaws, name_the_augmented_leads_together_where_one_factor_is_wrong_in_all) {
  const Names augmented{"aVR", "aVL", "aVF"};
  for (const float factor : {0.5F, 2.0F / 3.0F, 2.0F, -1.0F}) {
    for (const float height : {1.0F, 0.2F}) {
      LeadSignals signals = limb_leads(six);
      for (const std::string& lead : six) {
        signals = multiplied(signals, lead, augmented.contains(lead) ? factor * height : height);
      }
      EXPECT_EQ(doubtful(signals), augmented) << factor << " at height " << height;
    }
  }
  EXPECT_EQ(doubtful(multiplied(multiplied(limb_leads({"I", "II", "aVL", "aVF"}), "aVL", 0.5F), "aVF", 0.5F)),
            (Names{"aVL", "aVF"}));
  LeadSignals uneven = limb_leads(six);  // no single factor
  for (const auto& [lead, factor] : {std::pair{"aVR", 1.1F}, {"aVL", 1.3F}, {"aVF", 1.4F}}) {
    uneven = multiplied(uneven, lead, factor);
  }
  EXPECT_NE(doubtful(uneven), augmented);
  LeadSignals slightly = limb_leads(six);
  for (const std::string& lead : augmented) {
    slightly = multiplied(slightly, lead, 0.9F);
  }
  EXPECT_EQ(doubtful(slightly), Names{});
}

TEST(LimbLeadLaws, doubt_each_lead_that_may_be_wrong) {
  const Names three{"I", "II", "III"};
  EXPECT_EQ(doubtful(multiplied(limb_leads(three), "I", 5.0F)), three);
  const Names with_foot{"I", "II", "aVF"};
  EXPECT_EQ(doubtful(multiplied(limb_leads(with_foot), "aVF", 5.0F)), with_foot);
}

TEST(LimbLeadLaws, take_leads_that_were_computed_for_no_witnesses) {
  EXPECT_EQ(doubtful(with_limb_leads(multiplied(limb_leads({"I", "II", "III"}), "III", 5.0F))), six);
}

TEST(LimbLeadLaws, say_nothing_where_a_sample_is_missing_or_a_law_lacks_a_lead) {
  LeadSignals lost = multiplied(limb_leads({"I", "II", "III"}), "I", 5.0F);
  lost.mv[1][1200] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(doubtful(lost), Names{});
  EXPECT_EQ(doubtful(multiplied(limb_leads({"I", "aVF"}), "I", 5.0F)), Names{});
}

TEST(LimbLeadLaws, mark_the_seconds_of_the_quality) {
  const LeadSignals signals = multiplied(limb_leads(six), "aVL", -1.0F);
  const SignalQuality quality = assess_quality(signals);
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    EXPECT_EQ(quality.leads[lead][2].has(Fault::inconsistent), signals.names[lead] == "aVL") << signals.names[lead];
  }
}

}  // namespace
}  // namespace xingu::ecg
