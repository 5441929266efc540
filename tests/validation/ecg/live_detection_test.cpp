// SPDX-License-Identifier: Apache-2.0
// The causal detector on 24 records of the MIT-BIH Arrhythmia Database, replayed in blocks of 0.1 s.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ecg/beat_comparison.h"
#include "ecg/live/live_detector.h"
#include "ecg/wfdb_signal.h"
#include "mitdb_records.h"

namespace xingu::ecg::validation {
namespace {

struct Replay {
  std::vector<std::int64_t> found;
  double worst_latency_s = 0.0;
  double stated_latency_s = 0.0;
  double beating_part = 0.0;
};

Replay replay(const EcgRecord& record) {
  LiveDetector detector(record.info);
  Replay result;
  result.stated_latency_s = detector.latency_s();
  RecordSource source(record);
  const std::size_t num_channels = record.info.channels.size();
  std::vector<std::int32_t> block(36 * num_channels);
  int blocks = 0;
  while (const std::size_t count = source.read(block)) {
    detector.take(std::span(block).first(count * num_channels), [&](const LiveBeat& beat) {
      result.found.push_back(std::llround(beat.time_s * record.info.rate_hz));
      result.worst_latency_s = std::max(result.worst_latency_s, beat.known_s - beat.time_s);
    });
    result.beating_part += detector.state() == LiveState::beating ? 1.0 : 0.0;
    ++blocks;
  }
  result.beating_part /= blocks;
  return result;
}

TEST(LiveDetection, finds_the_beats_of_the_mit_bih_records_as_they_run) {
  if (test::shared_dir().empty()) {
    GTEST_SKIP() << test::shared_is_absent();
  }
  BeatScore gross;
  for (const char* const name : mitdb_records) {
    const std::filesystem::path path = ecg_dir() / "mitdb" / name;
    const ReferenceBeats reference = reference_beats(path.string() + ".atr");
    const Replay run = replay(read_wfdb_record(path));
    auto left_out = reference.flutter;
    left_out.emplace_back(0, 5 * 360);  // two and a half seconds of learning, and what they hold up
    const BeatScore score = compare_beats(reference.sample, run.found, mitdb_window, left_out);
    fmt::print("{:>4}  Se {:6.2f}  +P {:6.2f}  beating {:5.1f} %\n", name, score.sensitivity_percent(),
               score.positive_predictivity_percent(), 100 * run.beating_part);
    gross += score;
    EXPECT_LE(run.worst_latency_s, run.stated_latency_s + 1e-9) << name;
    EXPECT_LT(run.stated_latency_s, 0.15) << name;
  }
  fmt::print("gross Se {:6.3f}  +P {:6.3f}\n", gross.sensitivity_percent(), gross.positive_predictivity_percent());
  EXPECT_GE(gross.sensitivity_percent(), 99.5);
  EXPECT_GE(gross.positive_predictivity_percent(), 99.6);
}

}  // namespace
}  // namespace xingu::ecg::validation
