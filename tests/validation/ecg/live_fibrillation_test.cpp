// SPDX-License-Identifier: Apache-2.0
// Possible ventricular fibrillation as LiveDetector tells it: MIT-BIH 207's ventricular flutter, and everything else.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ecg/live/live_detector.h"
#include "ecg/wfdb_signal.h"
#include "ludb_records.h"
#include "mitdb_records.h"
#include "noise_stress.h"

namespace xingu::ecg::validation {
namespace {

/// Whether the detector tells fibrillation, by tenth of a second.
std::vector<bool> fibrillation_told(const EcgRecord& record) {
  LiveDetector detector(record.info);
  const std::size_t num_channels = record.info.channels.size();
  std::vector<std::int32_t> frame(num_channels);
  std::vector<bool> out;
  for (std::size_t i = 0; i < record.num_samples(); ++i) {
    for (std::size_t c = 0; c < num_channels; ++c) {
      frame[c] = record.samples[c][i];
    }
    static_cast<void>(detector.step(frame));
    if (static_cast<double>(out.size() + 1) * record.info.rate_hz <= 10.0 * static_cast<double>(i + 1)) {
      out.push_back(detector.state() == LiveState::fibrillating);
    }
  }
  return out;
}

double told_s(const EcgRecord& record) {
  const std::vector<bool> told = fibrillation_told(record);
  return 0.1 * static_cast<double>(std::ranges::count(told, true));
}

double seconds(std::size_t tenths) { return 0.1 * static_cast<double>(tenths); }

/// What was told of a record's flutter, in tenths of a second.
struct FlutterScore {
  std::size_t flutter = 0;
  std::size_t told = 0;
  std::size_t told_outside = 0;  ///< of flutter and the 14 s after it: the last window, and as long as it stands
};

FlutterScore score_flutter(const std::vector<bool>& told, const ReferenceBeats& reference) {
  FlutterScore score;
  std::vector<bool> is_expected(told.size(), false);
  for (const auto& [begin, end] : reference.flutter) {
    const auto from = static_cast<std::size_t>(begin / 36);
    const auto until = static_cast<std::size_t>(end / 36);
    const auto first = static_cast<std::size_t>(
        std::ranges::find(told.begin() + static_cast<std::ptrdiff_t>(from), told.end(), true) - told.begin());
    fmt::print("flutter {:.1f} to {:.1f} s, told after {:.1f} s\n", seconds(from), seconds(until),
               first < until ? seconds(first - from) : std::numeric_limits<double>::quiet_NaN());
    for (std::size_t i = from; i < std::min(told.size(), until + 140); ++i) {
      is_expected[i] = true;
      score.flutter += i < until ? 1U : 0U;
      score.told += i < until && told[i] ? 1U : 0U;
    }
  }
  for (std::size_t i = 0; i < told.size(); ++i) {
    score.told_outside += told[i] && !is_expected[i] ? 1U : 0U;
  }
  return score;
}

TEST(LiveFibrillation, is_told_in_the_flutter_of_207_and_nowhere_else_in_the_24_records) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  FlutterScore all;
  for (const char* const name : mitdb_records) {
    const std::filesystem::path path = ecg_dir() / "mitdb" / name;
    const FlutterScore score =
        score_flutter(fibrillation_told(read_wfdb_record(path)), reference_beats(path.string() + ".atr"));
    EXPECT_EQ(score.told_outside, 0U) << name << ", tenths of a second";
    all.flutter += score.flutter;
    all.told += score.told;
    all.told_outside += score.told_outside;
  }
  fmt::print("told in {:.1f} of {:.1f} s of flutter, and in {:.1f} s outside\n", seconds(all.told),
             seconds(all.flutter), seconds(all.told_outside));
  EXPECT_GE(10 * all.told, 8 * all.flutter);
  EXPECT_GT(all.flutter, 0U);
}

TEST(LiveFibrillation, is_not_told_in_noise_without_a_heart) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  for (const char* const name : {"em", "ma", "bw"}) {
    EXPECT_EQ(told_s(read_wfdb_record(ecg_dir() / "noise" / name)), 0.0) << name;
  }
}

TEST(LiveFibrillation, is_not_told_of_a_heart_in_noise) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  for (const char* const noise_name : {"em", "ma", "bw"}) {
    const LeadSignals noise = lead_signals(read_wfdb_record(ecg_dir() / "noise" / noise_name));
    for (const char* const name : {"118", "119"}) {
      const std::filesystem::path path = ecg_dir() / "mitdb" / name;
      const ReferenceBeats beats = reference_beats(path.string() + ".atr");
      for (const double snr_db : {6.0, 0.0}) {
        EcgRecord record = read_wfdb_record(path);
        LeadSignals signals = lead_signals(record);
        for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
          mix_noise(signals.mv[lead], beats, noise.mv[lead], snr_db);
          const Channel& channel = record.info.channels[lead];
          std::ranges::transform(signals.mv[lead], record.samples[lead].begin(), [&](float mv) {
            return static_cast<std::int32_t>(std::lround(mv * channel.gain + channel.baseline));
          });
        }
        EXPECT_EQ(told_s(record), 0.0) << noise_name << " in " << name << " at " << snr_db << " dB";
      }
    }
  }
}

TEST(LiveFibrillation, is_not_told_in_ludb_replayed_thrice) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  for (int id = 1; id <= 100; ++id) {
    EcgRecord record = ludb_record(id);
    for (std::vector<std::int32_t>& lead : record.samples) {
      const std::vector<std::int32_t> once = lead;
      lead.insert(lead.end(), once.begin(), once.end());
      lead.insert(lead.end(), once.begin(), once.end());
    }
    EXPECT_EQ(told_s(record), 0.0) << id;
  }
}

}  // namespace
}  // namespace xingu::ecg::validation
