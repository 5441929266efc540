// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace xingu::ecg {

/// A sample that was not measured: lead off, lost packet, saturated converter. No format's range holds it.
inline constexpr std::int32_t invalid_sample = std::numeric_limits<std::int32_t>::min();

/// How a channel's integers become a voltage: physical = (sample − baseline) / gain, in `unit`.
struct ChannelInfo {
  std::string name;           ///< as the file says: "II", "MLII", "v1"
  std::string unit = "mV";    ///< physical unit
  double gain = 200.0;        ///< converter units per physical unit, > 0
  std::int32_t baseline = 0;  ///< the sample that means 0
  int resolution_bits = 0;    ///< of the converter; 0 where unknown

  /// In `unit`; NaN for invalid_sample.
  [[nodiscard]] double physical(std::int32_t sample) const {
    return sample == invalid_sample ? std::numeric_limits<double>::quiet_NaN()
                                    : (static_cast<double>(sample) - baseline) / gain;
  }
  /// Multiplies `unit` to mV. @throws InputError for a unit that is no voltage.
  [[nodiscard]] double millivolts_per_unit() const;
};

enum class Sex { female, male };

/// What a recording says of the person; thresholds of the statements depend on age and sex.
struct PatientFacts {
  std::string id;
  std::optional<double> age_years;
  std::optional<Sex> sex;
};

/// Everything of a recording but its samples.
struct RecordInfo {
  std::string name;
  double sample_rate_hz = 0.0;
  std::string start;  ///< ISO 8601 by the recorder's clock; empty where unknown
  PatientFacts patient;
  std::vector<ChannelInfo> channels;
  std::vector<std::string> comments;
};

/// A whole recording in memory, lossless: the converter's integers with their gain and baseline.
struct EcgRecord {
  RecordInfo info;
  std::vector<std::vector<std::int32_t>> samples;  ///< [channel][time], all channels of one length

  [[nodiscard]] std::size_t num_samples() const { return samples.empty() ? 0 : samples.front().size(); }
  /// One channel in mV, NaN where invalid. @throws InputError if the unit is no voltage.
  [[nodiscard]] std::vector<float> millivolts(std::size_t channel) const;
};

/// Pulls a recording block by block, so that days of twelve leads never sit in memory. Not safe to share by threads.
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  [[nodiscard]] virtual const RecordInfo& info() const = 0;
  /// Total length where the source knows it; a live source does not.
  [[nodiscard]] virtual std::optional<std::size_t> num_samples() const = 0;
  /// Fills `frames`, [time, channel] with the channel fastest, with the next samples.
  /// @param frames  a multiple of the number of channels
  /// @return        number of time steps that were filled; 0 at the end
  [[nodiscard]] virtual std::size_t read(std::span<std::int32_t> frames) = 0;
};

/// A recording in memory as a source. Keeps a reference to the record.
class RecordSource final : public SampleSource {
 public:
  explicit RecordSource(const EcgRecord& record) : record_(record) {}
  [[nodiscard]] const RecordInfo& info() const override { return record_.info; }
  [[nodiscard]] std::optional<std::size_t> num_samples() const override { return record_.num_samples(); }
  [[nodiscard]] std::size_t read(std::span<std::int32_t> frames) override;

 private:
  const EcgRecord& record_;
  std::size_t position_ = 0;
};

/// The rest of a source as a record. Cost: the recording's size in memory.
[[nodiscard]] EcgRecord read_all(SampleSource& source);

}  // namespace xingu::ecg
