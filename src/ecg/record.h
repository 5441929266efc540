// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ecg/recorded_filters.h"

namespace xingu::ecg {

/// A sample that was not measured: lead off, saturated away, or lost on the way. Never a voltage.
inline constexpr std::int32_t invalid_sample = std::numeric_limits<std::int32_t>::min();

/// One lead as it was digitised. A sample x is (x − baseline) / gain in `unit`, so that what a file held stays exact.
struct Channel {
  std::string name;           ///< as the file gives it: "II", "v1", "MLII"
  std::string unit = "mV";    ///< physical unit
  double gain = 200.0;        ///< steps per unit, not zero
  double baseline = 0.0;      ///< the step that stands for 0 units
  int resolution_bits = 0;    ///< of the converter; 0 where unknown
  RecordedFilters filters{};  ///< before it was stored
};

enum class Sex { female, male };

/// What the statements need to know of the patient, where the file says it.
struct PatientFacts {
  std::optional<double> age_years;
  std::optional<Sex> sex;
  std::string id;
};

/// Why a file's gains cannot be right.
enum class GainDoubt {
  none,
  einthoven,     ///< II = I + III holds in the stored integers and not in the values
  equal_ranges,  ///< all leads span the same from top to bottom: each was scaled for itself
};

/// Everything of a recording but its samples.
struct RecordInfo {
  std::string name;
  std::vector<Channel> channels;
  double rate_hz = 0.0;                     ///< samples per second and channel
  std::optional<std::int64_t> num_samples;  ///< per channel; unknown for a live source
  std::string start_time;                   ///< ISO 8601 local time, empty where unknown
  PatientFacts patient;
  std::vector<std::string> comments;       ///< the file's own remarks, one line each
  GainDoubt gain_doubt = GainDoubt::none;  ///< as formats/recording.h finds it
};

/// A recording that is read from its start to its end in blocks: a file of any length, or a device.
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  SampleSource() = default;
  SampleSource(const SampleSource&) = delete;
  SampleSource& operator=(const SampleSource&) = delete;

  [[nodiscard]] virtual const RecordInfo& info() const = 0;
  /// Fills whole frames, channel fastest: frames[i · num_channels + c]. The span's size is a multiple of the number of
  /// channels. @return frames read; fewer than asked only at the end, 0 from then on.
  [[nodiscard]] virtual std::size_t read(std::span<std::int32_t> frames) = 0;
};

/// A recording held whole.
struct EcgRecord {
  RecordInfo info;
  std::vector<std::vector<std::int32_t>> samples;  ///< [channel][sample], all of one length

  [[nodiscard]] std::size_t num_samples() const { return samples.empty() ? 0 : samples.front().size(); }
};

/// Voltage of a channel's samples in mV, NaN for an invalid one. `channel.unit` may be V, mV, uV/µV or nV.
class MillivoltScale {
 public:
  explicit MillivoltScale(const Channel& channel);
  [[nodiscard]] double operator()(std::int32_t sample) const {
    return sample == invalid_sample ? std::numeric_limits<double>::quiet_NaN()
                                    : (sample - baseline_) / gain_ * mv_per_unit_;
  }

 private:
  double baseline_, gain_, mv_per_unit_;
};
/// The same for one sample.
[[nodiscard]] double millivolts(const Channel& channel, std::int32_t sample);

/// A channel of a record in mV, [sample], NaN where invalid. @throws InputError if its unit is no voltage.
[[nodiscard]] std::vector<float> channel_millivolts(const EcgRecord& record, std::size_t channel);

/// Whether the unit says nothing: empty, or "NU" and "1", by which WFDB and UCUM say that there is none.
[[nodiscard]] bool is_without_unit(const std::string& unit);
/// mV per one of the unit; empty if the unit is no voltage.
[[nodiscard]] std::optional<double> millivolts_per_unit(const std::string& unit);

/// Reads a source to its end. @throws InputError if it is longer than `limit_samples` values over all channels.
[[nodiscard]] EcgRecord read_all(SampleSource& source, std::size_t limit_samples = std::size_t{1} << 29);

/// Replays a record held whole.
class RecordSource final : public SampleSource {
 public:
  explicit RecordSource(EcgRecord record) : record_(std::move(record)) {}
  [[nodiscard]] const RecordInfo& info() const override { return record_.info; }
  [[nodiscard]] std::size_t read(std::span<std::int32_t> frames) override;

 private:
  EcgRecord record_;
  std::size_t next_ = 0;
};

}  // namespace xingu::ecg
