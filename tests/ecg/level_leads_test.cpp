// SPDX-License-Identifier: Apache-2.0
#include "ecg/level_leads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>

#include "base/philox.h"
#include "ecg/filters.h"
#include "ecg/formats/recording.h"
#include "ecg/simulation/phantom.h"
#include "ecg/statements.h"
#include "shipped_thresholds.h"

namespace xingu::ecg {
namespace {

Phantom heart(double qrs_ms = 96.0) {
  PhantomSettings settings;
  settings.qrs_ms = qrs_ms;
  return make_phantom(settings);
}

std::vector<std::int64_t> beats_of(const Phantom& phantom, double rate_hz) {
  std::vector<std::int64_t> out;
  std::ranges::transform(phantom.beats, std::back_inserter(out),
                         [&](const PhantomBeat& beat) { return std::llround(beat.qrs.peak_s * rate_hz); });
  return out;
}

/// Adds noise of an amplitude from a time on to the leads that `is_hit` names.
template <typename Hit>
void disturb(LeadSignals& signals, double from_s, double amplitude_mv, Hit is_hit) {
  const auto from = static_cast<std::size_t>(from_s * signals.rate_hz);
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    const Philox random(3, lead);
    for (std::size_t i = from; i < signals.num_samples() && is_hit(signals.names[lead]); ++i) {
      signals.mv[lead][i] += static_cast<float>(amplitude_mv * (2.0 * random.uniform(i) - 1.0));
    }
  }
}

TEST(LevelLeads, are_not_made_smaller_by_a_few_seconds_of_noise) {
  const Phantom phantom = heart();
  const LeadSignals clean = lead_signals(to_ecg_record(phantom.recording));
  const std::vector<std::int64_t> beats = beats_of(phantom, clean.rate_hz);
  std::vector<std::vector<float>> calm = clean.mv;
  const std::vector<LevelledLead> expected = level_leads(calm, beats, clean.rate_hz);
  for (const double amplitude_mv : {1.0, 3.0, 10.0}) {
    LeadSignals noisy = clean;
    disturb(noisy, 7.5, amplitude_mv, [](const std::string& name) { return name == "I" || name == "V2"; });
    const std::vector<LevelledLead> found = level_leads(noisy.mv, beats, clean.rate_hz);
    for (std::size_t lead = 0; lead < found.size(); ++lead) {
      EXPECT_NEAR(found[lead].scale, expected[lead].scale, 0.05F * expected[lead].scale) << clean.names[lead];
      const auto usual = value_range(calm[lead]);
      const auto last = value_range(std::span(noisy.mv[lead]).last(1000));
      EXPECT_LT(last.high - last.low, 1.6F * (usual.high - usual.low)) << clean.names[lead] << " " << amplitude_mv;
    }
  }
}

TEST(LevelLeads, leave_a_calm_recording_to_its_scale_alone) {
  const Phantom phantom = heart();
  const LeadSignals clean = lead_signals(to_ecg_record(phantom.recording));
  const std::vector<std::int64_t> beats = beats_of(phantom, clean.rate_hz);
  std::vector<std::vector<float>> leads = clean.mv;
  const std::vector<LevelledLead> levelled = level_leads(leads, beats, clean.rate_hz);
  for (std::size_t lead = 0; lead < leads.size(); ++lead) {
    for (std::size_t i = 0; i < leads[lead].size(); i += 97) {
      ASSERT_EQ(leads[lead][i], clean.mv[lead][i] * levelled[lead].scale) << clean.names[lead] << " " << i;
    }
  }
}

TEST(LevelLeads, keep_the_intervals_of_a_heart_whose_limbs_move_at_the_end) {
  for (const double qrs_ms : {90.0, 140.0}) {
    const LeadSignals clean = lead_signals(to_ecg_record(heart(qrs_ms).recording));
    const Analysis expected = analyse(clean, {}, test::shipped_thresholds());
    ASSERT_TRUE(expected.measurements.pr_ms && expected.measurements.qrs_ms);
    for (const double amplitude_mv : {0.5, 1.5}) {
      LeadSignals noisy = clean;
      disturb(noisy, 7.5, amplitude_mv, [](const std::string& name) { return !name.starts_with('V'); });
      const Analysis found = analyse(noisy, {}, test::shipped_thresholds());
      ASSERT_TRUE(found.measurements.pr_ms && found.measurements.qrs_ms) << qrs_ms << " " << amplitude_mv;
      EXPECT_NEAR(*found.measurements.qrs_ms, *expected.measurements.qrs_ms, 8.0) << amplitude_mv;
      EXPECT_NEAR(*found.measurements.pr_ms, *expected.measurements.pr_ms, 12.0) << amplitude_mv;
    }
  }
}

}  // namespace
}  // namespace xingu::ecg
