// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ecg/record.h"

namespace xingu::ecg {

/// The heart as one dipole: X to the left, Y to the feet, Z to the back; mV.
using Dipole = std::array<double, 3>;

/// A lead as a direction: mV per mV of the dipole (Dower, Machado and Osborne 1980, table 1).
struct LeadVector {
  const char* name;
  Dipole weight;
};
inline constexpr std::array<LeadVector, 8> measured_leads{{{"I", {0.632, -0.235, 0.059}},
                                                           {"II", {0.235, 1.066, -0.132}},
                                                           {"V1", {-0.515, 0.157, -0.917}},
                                                           {"V2", {0.044, 0.164, -1.387}},
                                                           {"V3", {0.882, 0.098, -1.277}},
                                                           {"V4", {1.213, 0.127, -0.601}},
                                                           {"V5", {1.125, 0.127, -0.086}},
                                                           {"V6", {0.831, 0.076, 0.230}}}};

/// Where a wave of the simulated heart begins and ends, s from the start: outside it adds exactly nothing.
struct PhantomWave {
  double onset_s = 0.0;
  double peak_s = 0.0;
  double offset_s = 0.0;
};

/// Onset, peak and offset as parts of a stretch.
[[nodiscard]] PhantomWave wave_within(double start_s, double length_s, double onset, double peak, double offset);

/// One half cosine of the dipole: rises from onset to peak and falls to offset, nothing outside.
struct DipoleBump {
  PhantomWave wave;
  Dipole height_mV{};

  /// 0 … 1 of the height.
  [[nodiscard]] double part_at(double time_s) const noexcept;
};

/// Lengths of a beat's waves, s.
struct BeatTiming {
  double pr_s = 0.16;
  double qrs_s = 0.096;
  double qt_s = 0.39;  ///< at 60 beats per minute; at others by Fridericia's rule
};

/// A conducted beat: P wave, three parts of the QRS complex (septum, free wall, base) and T wave.
struct ConductedBeat {
  std::array<DipoleBump, 5> bumps;  ///< P, septum, free wall, base, T
  PhantomWave qrs;
};
[[nodiscard]] ConductedBeat conducted_beat(double qrs_onset_s, double rr_s, const BeatTiming& timing);

/// The eight measured leads of a heart that beats when it is told to: for a patient whose heart also moves, or for a
/// trainer's. Beats are announced at least 0.3 s before their R peak, in order. Steps are 1 µV. read() neither
/// allocates nor throws; cost some 100 ns a frame.
class BeatingHeart final : public SampleSource {
 public:
  /// @param rate_hz  100 to 8000
  explicit BeatingHeart(double rate_hz, const BeatTiming& timing = {});

  /// The next R peak, s since the first sample, and how long after the one before.
  void announce(double r_peak_s, double rr_s) noexcept;

  [[nodiscard]] const RecordInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t read(std::span<std::int32_t> frames) override;

 private:
  RecordInfo info_;
  BeatTiming timing_;
  std::array<ConductedBeat, 8> beats_{};  ///< the last ones announced
  std::size_t num_announced_ = 0;
  std::uint64_t next_ = 0;
};

}  // namespace xingu::ecg
