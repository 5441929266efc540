// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// The samples of all signals.
inline std::vector<std::vector<std::int32_t>> samples_of(const Recording& recording) {
  std::vector<std::vector<std::int32_t>> samples;
  for (const StoredSignal& signal : recording.signals) {
    samples.push_back(signal.samples);
  }
  return samples;
}

}  // namespace xingu::ecg::test
