// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/qrs_detector.h"

namespace xingu::ecg {

/// Waves that were taken out of the beats because no complex follows them.
struct LoneWaves {
  std::vector<std::int64_t> samples;  ///< ascending
  /// There is no complex beside them to compare with: they are P waves of ventricles that stand still, or complexes so
  /// low and without T waves that they cannot be told from such.
  bool are_untold = false;
  /// They are all there is, and follow each other above 200 per minute: neither P waves nor beats can be told.
  bool are_of_no_node = false;
};

/// Takes P waves that no complex follows out of the beats. A detector that measures by the largest wave that is there
/// finds them where the ventricles stand still and the atria go on, and gives a dying heart a calm rate.
///
/// Such a wave is slow and low: no lead changes by 0.25 mV over 20 ms, as a P wave of 0.4 mV and 100 ms changes by
/// 0.235 (of healthy ones 0.25 mV are the upper limit), nor by 0.5 mV over 80 ms. And it is alone: the mean about these
/// waves has no change over 80 ms from 0.30 to 0.12 s before or from 0.12 to 0.45 s behind them that reaches half of
/// their own, root mean square over the leads, as T waves and fibrillation of the ventricles have. Where there are
/// other beats, the wave is also less steep than 0.35 of those on most leads; whether the gap that is left is silent is
/// settle_long_gaps()' to say. Where there are none, nothing can be said. Cost O(leads · beats).
/// @param beats  of these signals
[[nodiscard]] LoneWaves take_out_lone_p_waves(const LeadSignals& signals, QrsDetection& beats);

}  // namespace xingu::ecg
