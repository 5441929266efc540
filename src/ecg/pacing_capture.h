// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xingu::ecg {

/// The longest time from an atrial stimulus to the middle of the complex that answers it, s: own choice, a usual PR and
/// more than half of a complex.
inline constexpr double answered_within_s = 0.35;

/// Muscle that has just been excited cannot be excited again: a stimulus so soon behind a complex tells nothing, s.
inline constexpr double refractory_to_stimuli_s = 0.35;

/// Which stimuli of a pacemaker are answered by a complex.
struct PacingCapture {
  std::vector<std::int64_t> answered;         ///< samples of stimuli that a complex follows, ascending
  std::vector<std::int64_t> unanswered;       ///< those that none follows although it could, ascending
  std::vector<std::size_t> behind_an_atrial;  ///< beats with a stimulus of the atria before them

  [[nodiscard]] std::size_t num_judged() const { return answered.size() + unanswered.size(); }
  /// One stimulus beside some that are answered, or two: a single spike may be anything.
  [[nodiscard]] bool fails() const { return unanswered.size() >= 2 || (!unanswered.empty() && answered.size() >= 2); }
};

/// A stimulus is answered by a complex whose middle follows within answered_within_s, or 50 ms beyond the usual time
/// where two thirds of the stimuli are answered after one time (a long PR under pacing of the atria). Left out are
/// stimuli soon behind a complex or another stimulus, before which the next beat may not be seen (rejected seconds, the
/// end), and, of two stimuli of one beat, the first. Cost O(stimuli · log beats).
/// @param spikes       samples of find_pacing_spikes()
/// @param beats        samples of the complexes, at the same rate, found in signals without stimuli
/// @param is_rejected  [second] beats may be missed there
/// @param num_samples  of the signals
[[nodiscard]] PacingCapture judge_capture(std::span<const std::size_t> spikes, std::span<const std::int64_t> beats,
                                          const std::vector<bool>& is_rejected, double rate_hz,
                                          std::size_t num_samples);

}  // namespace xingu::ecg
