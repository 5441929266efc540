// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "ecg/record.h"

namespace xingu::ecg {

/// Mixes recorded noise into a clean ECG at a stated signal-to-noise ratio by the protocol of the MIT-BIH Noise Stress
/// Test Database (Moody, Muldrow, Mark 1984; nst of the WFDB package): the first five minutes stay clean, then two
/// minutes with noise and two without alternate. The signal's power is (QRS peak to peak)²/8, the noise's the square of
/// its RMS in one-second windows, both as means without the largest and smallest twentieth; channel by channel.
///
/// @param clean  record with at least five minutes
/// @param noise  as many channels at least, of any rate
/// @param beats  samples of the clean record's reference beats
[[nodiscard]] EcgRecord with_noise(const EcgRecord& clean, const EcgRecord& noise, double snr_db,
                                   std::span<const std::int64_t> beats);

/// Time from which on with_noise() adds noise, s.
inline constexpr double noise_start_s = 300.0;

/// Whether with_noise() adds noise at a time.
[[nodiscard]] bool is_noisy_time(double time_s);

}  // namespace xingu::ecg
