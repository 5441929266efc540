// SPDX-License-Identifier: Apache-2.0
#include "ecg/record.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace xingu::ecg {

double ChannelInfo::millivolts_per_unit() const {
  const std::string lower = to_lower(unit);
  if (lower.empty() || lower == "mv") {
    return 1.0;
  }
  if (lower == "uv" || lower == "µv" || lower == "μv") {
    return 1e-3;
  }
  if (lower == "nv") {
    return 1e-6;
  }
  if (lower == "v") {
    return 1e3;
  }
  fail_input("channel {}: the unit {} is no voltage (an ECG is measured in volts); leave this channel out or give mV",
             printable(name), printable(unit));
}

std::vector<float> EcgRecord::millivolts(std::size_t channel) const {
  const ChannelInfo& how = info.channels[channel];
  const double scale = how.millivolts_per_unit();
  std::vector<float> out(samples[channel].size());
  std::ranges::transform(samples[channel], out.begin(),
                         [&](std::int32_t sample) { return static_cast<float>(how.physical(sample) * scale); });
  return out;
}

std::size_t RecordSource::read(std::span<std::int32_t> frames) {
  const std::size_t channels = record_.samples.size();
  if (channels == 0) {
    return 0;
  }
  const std::size_t count = std::min(frames.size() / channels, record_.num_samples() - position_);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < count; ++i) {
      frames[i * channels + c] = record_.samples[c][position_ + i];
    }
  }
  position_ += count;
  return count;
}

EcgRecord read_all(SampleSource& source) {
  EcgRecord record{source.info(), {}};
  const std::size_t channels = record.info.channels.size();
  record.samples.resize(channels);
  if (const auto length = source.num_samples()) {
    for (auto& samples : record.samples) {
      samples.reserve(std::min<std::size_t>(*length, 1U << 26));
    }
  }
  std::vector<std::int32_t> block(channels * 4096);
  while (const std::size_t count = source.read(block)) {
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t i = 0; i < count; ++i) {
        record.samples[c].push_back(block[i * channels + c]);
      }
    }
  }
  return record;
}

}  // namespace xingu::ecg
