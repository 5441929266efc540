// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xingu::ecg {

/// A FLAC stream in memory: channels of equal length.
struct FlacAudio {
  int bits = 16;
  std::vector<std::vector<std::int32_t>> channels;  ///< [channel][sample]
};

/// Decodes a whole FLAC stream. Memory is bounded by `limit_samples` over all channels.
/// @throws InputError naming `file` if the stream is damaged or longer.
[[nodiscard]] FlacAudio decode_flac(std::string_view bytes, std::uint64_t limit_samples, std::string_view file);

/// Encodes without loss.
/// @param channels  one to eight, of equal length, each sample within `bits` bits
/// @throws InputError if there are more than eight channels.
[[nodiscard]] std::string encode_flac(std::span<const std::vector<std::int32_t>> channels, int bits);

}  // namespace xingu::ecg
