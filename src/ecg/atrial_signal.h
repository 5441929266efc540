// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "ecg/delineation.h"
#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// Slowest sampling that shows the waves of the atria.
inline constexpr double lowest_atrial_rate_hz = 120.0;

/// What stays where complexes and T waves are taken out: a line between the ends of each, without a step in the signal,
/// or nothing but what differs from beat to beat.
enum class Remainder { line, nothing };

/// What counts as the ventricles' own: T waves hide what lies under them, but left in they may pass for a wave of the
/// atria.
enum class VentricularWaves { complex_and_t, complex };

/// Where the ventricles speak: from 20 ms before each QRS onset to 30 ms after the usual end of T. There the local
/// average of up to 8 beats alike on each side is taken out, or the beat itself where fewer than four are alike.
class VentricularWindows {
 public:
  /// @param rate_hz  of the beats' samples
  /// @param factor   by which the leads that come are sampled more slowly
  VentricularWindows(const Delineation& delineation, double rate_hz, std::size_t factor,
                     VentricularWaves waves = VentricularWaves::complex_and_t);

  /// Linear in the leads, so it does to a sum of waves what it does to each. Cost O(leads · beats · 17 · window).
  /// @param leads  [lead][time]
  [[nodiscard]] std::vector<std::vector<float>> taken_out_of(const std::vector<std::vector<float>>& leads,
                                                             Remainder remainder) const;

  /// The windows that reach into the samples begin to end − 1, counted from `begin`; averages are of their beats only.
  [[nodiscard]] VentricularWindows between(std::ptrdiff_t begin, std::ptrdiff_t end) const;

  /// [time] whether a complex, 20 ms on both sides included, lies there.
  [[nodiscard]] std::vector<bool> complexes(std::size_t size) const;

 private:
  struct Window {
    std::size_t beat = 0;
    std::ptrdiff_t before = 0;  ///< samples, from where the beat was aligned
    std::ptrdiff_t after = 0;
    std::ptrdiff_t qrs_begin = 0;
    std::ptrdiff_t qrs_end = 0;
    std::vector<std::size_t> alike;
  };
  AlignedBeats beats_;
  std::vector<Window> windows_;
};

/// Leads without complexes and T waves.
struct AtrialSignal {
  double rate_hz = 0.0;  ///< lowest_atrial_rate_hz to twice that
  std::vector<std::vector<float>> leads;
  std::vector<bool> is_complex;  ///< [sample] little can be seen there

  /// The sample nearest to a time.
  [[nodiscard]] std::ptrdiff_t in(double seconds) const;
  [[nodiscard]] std::ptrdiff_t size() const { return std::ssize(is_complex); }
};

/// By how much a signal may be sampled more slowly; 1 or more.
[[nodiscard]] std::size_t atrial_decimation(double rate_hz);

/// Leads between 0.8 Hz and an edge, without phase shift, sampled more slowly by atrial_decimation().
[[nodiscard]] std::vector<std::vector<float>> atrial_band(const LeadSignals& signals, double low_pass_hz);

/// The same without complexes and T waves, a line left in their place.
/// @param windows  made for these signals, with atrial_decimation()
[[nodiscard]] AtrialSignal atrial_signal(const LeadSignals& signals, const VentricularWindows& windows,
                                         double low_pass_hz);

}  // namespace xingu::ecg
