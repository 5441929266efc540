// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/philox.h"
#include "ecg/electrodes.h"
#include "ecg/record.h"

namespace xingu::ecg {

/// An electrode that has no contact from one moment to another.
struct ElectrodeOff {
  Electrode electrode = Electrode::ra;
  double from_s = 0.0;
  double until_s = 0.0;
};

/// What a front end adds to the heart's signal. Amplitudes in mV; 0 switches a disturbance off.
struct FrontEndSettings {
  double mains_Hz = 50.0;
  double mains_mV = 0.0;    ///< amplitude, of another phase and size on each channel
  double muscle_mV = 0.0;   ///< rms of the electromyogram, in bursts
  double contact_mV = 0.0;  ///< rms of the slow steps and drifts of bad contact
  double wander_mV = 0.0;   ///< amplitude of the baseline with breathing, 0.25 Hz
  double noise_mV = 0.005;  ///< rms of the amplifier
  double pacer_mV = 0.0;    ///< height of a pacemaker's spikes of 2 ms
  double pacer_per_min = 60.0;
  double lost_share = 0.0;       ///< of all samples that never arrive, in runs of 40 ms
  double range_mV = 300.0;       ///< at which the converter saturates
  double offset_range_mV = 5.0;  ///< electrode offsets, fixed for each channel
  std::vector<ElectrodeOff> off;
  std::uint64_t seed = 1;
};

/// A simulated eight-channel front end (I, II, V1 to V6) that reads a clean source. Channel by channel it adds what the
/// settings say; a channel that needs an electrode without contact, and every channel while samples are lost, gives
/// invalid_sample. Every disturbance is a function of (seed, channel, sample number), so blocks of any size give the
/// same bits. Steps are 1 µV. Read frame by frame it
/// allocates nothing. Cost a few hundred ns a sample.
class SimulatedFrontEnd final : public SampleSource {
 public:
  /// @throws InputError if the source lacks one of the eight leads or is not sampled at 250 to 8000 Hz.
  SimulatedFrontEnd(std::unique_ptr<SampleSource> heart, FrontEndSettings settings);

  [[nodiscard]] const RecordInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t read(std::span<std::int32_t> frames) override;

 private:
  [[nodiscard]] std::int32_t sample(std::size_t channel, std::int32_t heart, std::uint64_t number);
  /// mV.
  [[nodiscard]] double disturbance(std::size_t channel, std::uint64_t number);
  [[nodiscard]] bool is_connected(std::size_t channel, double t_s) const;
  [[nodiscard]] bool is_lost(std::uint64_t number) const;
  [[nodiscard]] double normal(std::uint64_t stream, std::uint64_t index) const;

  std::unique_ptr<SampleSource> heart_;
  FrontEndSettings settings_;
  RecordInfo info_;
  std::vector<std::size_t> heart_channel_;  ///< [channel] of the source
  std::vector<std::int32_t> heart_frames_;
  std::array<double, 8> muscle_state_{};   ///< what the high-pass of the electromyogram has seen
  std::array<double, 8> contact_state_{};  ///< mV
  std::uint64_t next_ = 0;
};

/// Plays a source at its own pace, or `speed` times as fast: read() returns no sooner than the samples would have been
/// measured. `wait_until_s` blocks until so many seconds after the start; tests give their own.
class PacedSource final : public SampleSource {
 public:
  /// Waits by the steady clock. @throws InputError if speed is not positive.
  PacedSource(std::unique_ptr<SampleSource> source, double speed);
  PacedSource(std::unique_ptr<SampleSource> source, double speed, std::function<void(double)> wait_until_s);

  [[nodiscard]] const RecordInfo& info() const override { return source_->info(); }
  [[nodiscard]] std::size_t read(std::span<std::int32_t> frames) override;

 private:
  std::unique_ptr<SampleSource> source_;
  double speed_;
  std::function<void(double)> wait_until_s_;
  std::uint64_t delivered_ = 0;
};

}  // namespace xingu::ecg
