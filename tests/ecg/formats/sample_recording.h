// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/philox.h"
#include "ecg/formats/recording.h"

namespace xingu::ecg::test {

/// A recording of noise: signals of the given gains (steps per mV) whose samples use all of `bits` bits.
inline Recording noise_recording(const std::vector<std::string>& leads, std::uint64_t frames, double rate_Hz, int bits,
                                 double gain = 200.0) {
  Recording recording;
  recording.name = "noise";
  recording.frame_rate_Hz = rate_Hz;
  recording.num_frames = frames;
  recording.start_date = "2002-11-22";
  recording.start_time = "09:10:00";
  recording.subject = {"SBJ-123", "Clark", Sex::male, "1953-05-08", 49.0};
  const double reach = static_cast<double>((std::int64_t{1} << (bits - 1)) - 1);
  for (std::size_t s = 0; s < leads.size(); ++s) {
    StoredSignal& signal = recording.signals.emplace_back();
    signal.label = leads[s];
    signal.gain = gain;
    set_digital_range(signal, bits);
    const Philox random(7, s);
    for (std::uint64_t i = 0; i < frames; ++i) {
      signal.samples.push_back(static_cast<std::int32_t>((2 * random.uniform(i) - 1) * reach));
    }
  }
  return recording;
}

inline const std::vector<std::string> twelve_leads{"I",  "II", "III", "aVR", "aVL", "aVF",
                                                   "V1", "V2", "V3",  "V4",  "V5",  "V6"};

/// Beats, a rhythm, notes and segments, some of which last no whole number of samples at 360 or 500 Hz.
inline std::vector<RecordingMark> told_marks() {
  return {{0, "N"},
          {170, "V"},
          {171, "/"},
          {250, "+ (AFIB"},
          {300, "?"},
          {320, "B"},
          {400, "P wave", 0.05},
          {500, "Müller <x> & \"so\"", 0.25},
          {600, "artefact", 1.0 / 3.0}};
}

/// Whether every mark is where it was, says what it said and lasts as long, to 1 ns.
inline bool have_same_marks(const Recording& a, const Recording& b) {
  return std::ranges::equal(a.marks, b.marks, [](const RecordingMark& one, const RecordingMark& other) {
    return one.sample == other.sample && one.text == other.text && one.part == other.part &&
           std::abs(one.duration_s - other.duration_s) < 1e-9;
  });
}

/// The samples of all signals.
inline std::vector<std::vector<std::int32_t>> samples_of(const Recording& recording) {
  std::vector<std::vector<std::int32_t>> samples;
  for (const StoredSignal& signal : recording.signals) {
    samples.push_back(signal.samples);
  }
  return samples;
}

}  // namespace xingu::ecg::test
