// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ecg/beat_average.h"
#include "ecg/lead_onset.h"
#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// Where one wave begins, peaks and ends, in samples of the recording. The peak of QRS on all leads together is where
/// they are steepest.
struct WaveBounds {
  std::int64_t onset = 0;
  std::int64_t peak = 0;
  std::int64_t offset = 0;
};

/// P, QRS and T of one beat. A wave that cannot be told from what surrounds it is absent.
struct BeatWaves {
  std::optional<WaveBounds> p;
  std::optional<WaveBounds> qrs;
  std::optional<WaveBounds> t;
  float p_probability = 0.0F;  ///< that a P wave belongs to this beat; `p` is set from 0.5 on
};

struct Delineation {
  std::vector<std::vector<BeatWaves>> by_lead;  ///< [lead][beat]
  std::vector<BeatWaves> global;                ///< [beat] from all leads
  AlignedBeats beats;                           ///< [beat] aligned, with their shapes
};

/// A lead's QRS onset lies lag_s + Σ own · onset_signs() + usual · (median over the leads of the time at which they are
/// steep, by 20 % of their greatest steepness) after the common one.
struct OnsetWeights {
  std::array<double, num_onset_signs> own{0.127, 0.194, 0.145, 0.102};
  double usual = 0.162;
  double lag_s = -0.0157;
};

/// The setting of the delineator; how it was chosen: docs/methods/ecg-delineation.md.
struct DelineationSettings {
  OnsetWeights onset_weights;        ///< of a lead's own QRS onset
  double qrs_offset_share = 0.07;    ///< of the complex's greatest steepness, below which it has ended
  double common_onset_share = 0.03;  ///< the same on the leads' root mean square
  double common_offset_share = 0.07;
  double lead_share = 0.5;       ///< of a lead's own QRS bound against the median of the leads
  double wave_lead_share = 0.6;  ///< the same for P and T
  std::size_t neighbours = 8;    ///< beats on each side that are averaged with a beat
  double step_mv = 0.0;          ///< in which heights were recorded, for a pacemaker's stimuli
  /// Samples of jolts of an electrode, ascending: beats that have one between their P and T waves are averaged with no
  /// other, unless half of the beats have one.
  std::vector<std::int64_t> jolts{};
};

/// Delineates every beat on every lead and on all together.
///
/// All leads are first brought to one size, so that bounds do not depend on gains; what decides on presence is in mV.
/// A beat is averaged with its neighbours of the same shape (OwnAverage). The QRS complex extends from its
/// greatest steepness to where the steepness stays below a share of it, first on all leads together, then by lead near
/// these bounds. P and T are sought as the largest common departure from a straight line, and begin and end on each
/// lead where the trapezium between the steepest point of the flank, the curve and a point beyond is largest
/// (Vázquez-Seisdedos et al. 2011, "New approach for T-wave end detection on electrocardiogram: performance in noisy
/// conditions"), a rule without thresholds. The probability of a P wave comes from how much of the single beats' energy
/// their average keeps. Cost about 20 µs per beat and lead at 500 Hz.
///
/// @param beats  QRS positions in samples, ascending, as detect_qrs() gives them
[[nodiscard]] Delineation delineate(const LeadSignals& signals, std::span<const std::int64_t> beats,
                                    const DelineationSettings& settings = {});

}  // namespace xingu::ecg
