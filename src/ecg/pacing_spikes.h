// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace xingu::ecg {

/// Samples at which a pacemaker's stimulus begins, to one sample, ascending.
///
/// A stimulus rises from a quiet line by 80 µV or more within two samples, has fallen by more than half 6 ms later, and
/// is followed by some quiet again, since the complex that it evokes takes its time. Two leads at least must show it,
/// where there are as many. Stimuli are a millisecond long: below 400 Hz they cannot be told from a narrow R wave, and
/// none are reported.
/// @param leads  [lead][time] mV, without NaN
[[nodiscard]] std::vector<std::size_t> find_pacing_spikes(const std::vector<std::vector<float>>& leads, double rate_hz);

/// Bridges each stimulus and its decay, 2 ms before to 14 ms after, by a straight line on all leads.
/// @return the samples at which the signal goes on after each, ascending: no complex that it evoked begins before
std::vector<std::size_t> remove_pacing_spikes(std::vector<std::vector<float>>& leads, double rate_hz);

}  // namespace xingu::ecg
