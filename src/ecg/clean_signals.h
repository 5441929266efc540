// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/limb_tremor.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {

/// Samples lost on the way are bridged up to here, s; a line across a whole complex would hide it.
inline constexpr double longest_bridged_s = 0.06;

/// Leads that no beat is seen in, whatever is taken out of them: those in which no second is good and the median
/// amplitude of mains is half a millivolt or more while another lead is good, as of an electrode that came off (own
/// choice), and those whose baseline wanders in every second even without mains. None where it is all of them.
/// @param recorded  quality as recorded
/// @param cleaned   of the same seconds without mains
[[nodiscard]] std::vector<std::size_t> useless_leads(const SignalQuality& recorded, const SignalQuality& cleaned);

/// What of a recording is analysed: losses on the way bridged, steps of an electrode's contact levelled, mains and
/// stimuli taken out, leads without a heart in them left out. The signals are copied only
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
  /// An electrode's contact that changes is no wave (find_contact_steps()).
  void level_contacts();
  /// Where a second of a lead has the fault `mains`.
  /// @param beats  samples of the complexes, which mains is not fitted to
  void remove_mains(const SignalQuality& quality, std::span<const std::int64_t> beats);
  /// What limbs' electrodes alone show, as a trembling limb makes it. @return what was taken out, if there was any
  std::optional<FoundTremor> remove_tremor(std::span<const std::int64_t> beats, const TremorRule& rule);
  /// Nothing of these leads was measured.
  void leave_out(std::span<const std::size_t> leads);
  /// Stimuli of a pacemaker are no part of a wave. @param step_mv  amplitude_step_mv() of the recording
  void bridge_stimuli(double step_mv);
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
