// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "ecg/lead_signals.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {

/// Samples lost on the way are bridged up to here, s; a line across a whole complex would hide it.
inline constexpr double longest_bridged_s = 0.06;

/// What of a recording is analysed: losses on the way bridged, mains and stimuli taken out. The signals are copied only
/// where there is something to mend. Each step costs O(leads · samples).
class CleanSignals {
 public:
  /// @param recorded  outlives this
  explicit CleanSignals(const LeadSignals& recorded);

  /// As mended so far.
  [[nodiscard]] const LeadSignals& signals() const { return mended_ ? *mended_ : recorded_; }
  /// Mains was taken out.
  [[nodiscard]] bool has_lost_mains() const { return has_lost_mains_; }

  void bridge_losses();
  /// Where a second of a lead has the fault `mains`.
  /// @param beats  samples of the complexes, which mains is not fitted to
  void remove_mains(const SignalQuality& quality, std::span<const std::int64_t> beats);
  /// Stimuli of a pacemaker are no part of a wave.
  void bridge_stimuli();
  /// What was lost is NaN again: no measurement.
  void open_losses();

 private:
  LeadSignals& mended();

  const LeadSignals& recorded_;
  std::optional<LeadSignals> mended_;
  bool has_losses_ = false;
  bool has_lost_mains_ = false;
};

}  // namespace xingu::ecg
