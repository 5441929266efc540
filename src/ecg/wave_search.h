// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace xingu::ecg {

/// One beat's average on one lead, twice: for the QRS complex and smoother for P and T.
struct BeatCurve {
  std::vector<float> qrs;
  std::vector<float> wave;
  std::ptrdiff_t centre = 0;  ///< index of the beat
  std::ptrdiff_t first = 0;   ///< indices that belong to this beat and to no neighbour
  std::ptrdiff_t last = 0;
  std::ptrdiff_t stimulus =
      0;               ///< where the signal goes on after a pacemaker's last one before the beat; 0 without one
  float scale = 1.0F;  ///< what one mV has become
  double rate_hz = 0.0;

  [[nodiscard]] std::ptrdiff_t in(double seconds) const {
    return static_cast<std::ptrdiff_t>(std::lround(seconds * rate_hz));
  }
  [[nodiscard]] std::ptrdiff_t clamp(std::ptrdiff_t i) const { return std::clamp(i, first, last); }
};

/// Where one wave lies on a curve.
struct CurveBounds {
  std::ptrdiff_t onset = 0, peak = 0, offset = 0;
};

/// One wave of the heart as its leads show it.
struct CommonWave {
  std::ptrdiff_t peak = 0;  ///< where the leads' departures are largest together
  float height_mV = 0.0F;   ///< there, root mean square over the leads
  std::vector<CurveBounds> by_lead;

  /// Median over the leads.
  [[nodiscard]] std::ptrdiff_t usual(std::ptrdiff_t CurveBounds::* bound) const;
};

/// A sample of a curve; the nearest one outside it.
[[nodiscard]] inline float at(const std::vector<float>& x, std::ptrdiff_t i) {
  return x[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(i, 0, std::ssize(x) - 1))];
}

/// Bridges the complex by a straight line, then smooths: what is left are P, T and the baseline. Sets `wave`.
void set_waves(std::span<BeatCurve> leads, std::ptrdiff_t onset, std::ptrdiff_t offset);

/// The T wave of a beat: the largest common departure from a straight line across the window in which it is sought. The
/// leads count as they are levelled.
/// @param qrs   on all leads together
/// @param rr_s  to the next beat
/// @param rr_before_s  from the beat before: where both are short and the complex is narrow, the next P wave stands
/// where
///                     a slower heart's T wave may be
/// @return nothing where no wave is 20 µV high
[[nodiscard]] std::optional<CommonWave> find_t_wave(std::span<const BeatCurve> leads, const CurveBounds& qrs,
                                                    double rr_s, double rr_before_s);

/// The P wave that ends before `qrs_onset` and whose peak lies behind `begin`, in the same way; here the leads count by
/// mV, for how large a lead's complex is says nothing of the atria.
/// @return nothing where no wave is 20 µV high; twice that where there is too little room to see more than a T's tail
[[nodiscard]] std::optional<CommonWave> find_p_wave(std::span<const BeatCurve> leads, std::ptrdiff_t begin,
                                                    std::ptrdiff_t qrs_onset);

/// Whether what such a search finds is the quiet behind a T or P wave in which it begins: a straight line to its end
/// passes over that, and where it departs most the leads lie at the end's level within 10 µV (root mean square).
[[nodiscard]] bool passes_over_quiet(std::span<const BeatCurve> leads, std::ptrdiff_t begin, std::ptrdiff_t qrs_onset);

}  // namespace xingu::ecg
