// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ecg/beat_average.h"
#include "ecg/beat_types.h"
#include "ecg/delineation.h"
#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// The longest time from a ventricular stimulus to the point by which its complex is aligned, s: up to 40 ms of latency
/// and more than half of a wide complex. The stimulus of an atrium is farther off.
inline constexpr double evoked_within_s = 0.15;

/// Stimuli are a millisecond long: in fewer samples a second they cannot be told from a narrow R wave.
inline constexpr double lowest_spike_rate_hz = 400.0;

/// The least height of a stimulus in heights that are given in steps: 80 µV, or four steps (own choice), for a wave of
/// the heart rises by one and two at once. @param step_mv  amplitude_step_mv()
[[nodiscard]] float least_stimulus_mv(double step_mv);

/// Samples at which a pacemaker's stimulus begins, to one sample, ascending.
///
/// A stimulus rises from a quiet line by 80 µV (or what else is least) or more within two samples, has fallen by more
/// than half 6 ms later, and is followed by some quiet again, since the complex that it evokes takes its time. Two
/// leads at least must show it, where there are as many. Below lowest_spike_rate_hz none are reported.
/// @param leads    [lead][time] mV, without NaN
/// @param step_mv  in which heights are given, amplitude_step_mv() of what was recorded
[[nodiscard]] std::vector<std::size_t> find_pacing_spikes(const std::vector<std::vector<float>>& leads, double rate_hz,
                                                          double step_mv = 0.0);
/// The same of signals with losses.
[[nodiscard]] std::vector<std::size_t> find_pacing_spikes(const LeadSignals& signals, double step_mv = 0.0);

/// The signals with their stimuli bridged, for whatever seeks or compares complexes: a stimulus is none.
/// @param spikes  of find_pacing_spikes()
[[nodiscard]] LeadSignals without_stimuli(LeadSignals signals, std::span<const std::size_t> spikes);

/// The same and those that cannot be seen, ascending. Beats of one shape are evoked in one way: where two of them at
/// least, and a tenth, follow their stimulus at one distance (within 10 ms), each beat of the shape without a stimulus
/// gets one at their median distance. Front ends blank many stimuli out.
/// @param spikes  of find_pacing_spikes()
/// @param beats   of the same signals, at the same rate
[[nodiscard]] std::vector<std::size_t> with_hidden_spikes(std::vector<std::size_t> spikes, const AlignedBeats& beats,
                                                          double rate_hz);

/// Bridges each stimulus and its decay, 2 ms before to 14 ms after, by a straight line on all leads; on those with a
/// NaN at either end it stays.
/// @param spikes  of find_pacing_spikes() or with_hidden_spikes()
/// @return the samples at which the signal goes on after each, ascending: no complex that it evoked begins before
std::vector<std::size_t> remove_pacing_spikes(std::vector<std::vector<float>>& leads, double rate_hz,
                                              std::vector<std::size_t> spikes);

/// Where most beats are paced, the usual complex is a wide one, and a conducted one is unlike it as an ectopic one
/// would be. A complex below 100 ms came over the conduction system: what was called ventricular for its shape is
/// normal.
/// @param waves  [beat] of the same beats
void settle_conducted_beats(std::vector<BeatType>& types, std::span<const BeatWaves> waves, double rate_hz);

}  // namespace xingu::ecg
