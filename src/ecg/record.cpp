// SPDX-License-Identifier: Apache-2.0
#include "ecg/record.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace xingu::ecg {

std::optional<double> millivolts_per_unit(const std::string& unit) {
  if (unit == "mV" || unit == "mv") {
    return 1.0;
  }
  if (unit == "V") {
    return 1e3;
  }
  if (unit == "uV" || unit == "uv" || unit == "µV" || unit == "μV") {
    return 1e-3;
  }
  if (unit == "nV") {
    return 1e-6;
  }
  return std::nullopt;
}

bool is_without_unit(const std::string& unit) { return unit.empty() || unit == "NU" || unit == "1"; }

MillivoltScale::MillivoltScale(const Channel& channel)
    : baseline_(channel.baseline), gain_(channel.gain), mv_per_unit_(millivolts_per_unit(channel.unit).value_or(1.0)) {}

double millivolts(const Channel& channel, std::int32_t sample) { return MillivoltScale(channel)(sample); }

std::vector<float> channel_millivolts(const EcgRecord& record, std::size_t channel) {
  const Channel& c = record.info.channels.at(channel);
  XINGU_REQUIRE(millivolts_per_unit(c.unit).has_value(),
                "{}: channel '{}' is in '{}' (no voltage, so no lead of an ECG); leave it out", record.info.name,
                c.name, c.unit);
  std::vector<float> result(record.samples[channel].size());
  std::transform(record.samples[channel].begin(), record.samples[channel].end(), result.begin(),
                 [scale = MillivoltScale(c)](std::int32_t sample) { return static_cast<float>(scale(sample)); });
  return result;
}

EcgRecord read_all(SampleSource& source, std::size_t limit_samples) {
  constexpr std::size_t block_frames = 4096;
  EcgRecord record{source.info(), {}};
  const std::size_t num_channels = record.info.channels.size();
  record.samples.resize(num_channels);
  std::vector<std::int32_t> block(block_frames * num_channels);
  while (const std::size_t count = num_channels == 0 ? 0 : source.read(block)) {
    for (std::size_t c = 0; c < num_channels; ++c) {
      for (std::size_t i = 0; i < count; ++i) {
        record.samples[c].push_back(block[i * num_channels + c]);
      }
    }
    XINGU_REQUIRE(record.num_samples() * num_channels <= limit_samples,
                  "{}: more than {} samples (too long to be held whole); read it as a stream", record.info.name,
                  limit_samples);
  }
  record.info.num_samples = static_cast<std::int64_t>(record.num_samples());
  return record;
}

std::size_t RecordSource::read(std::span<std::int32_t> frames) {
  const std::size_t num_channels = record_.samples.size();
  if (num_channels == 0) {
    return 0;
  }
  XINGU_EXPECT(frames.size() % num_channels == 0);
  const std::size_t count = std::min(frames.size() / num_channels, record_.num_samples() - next_);
  for (std::size_t c = 0; c < num_channels; ++c) {
    for (std::size_t i = 0; i < count; ++i) {
      frames[i * num_channels + c] = record_.samples[c][next_ + i];
    }
  }
  next_ += count;
  return count;
}

}  // namespace xingu::ecg
