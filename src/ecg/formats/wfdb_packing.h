// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xingu::ecg {

/// How WFDB signal files store samples (WFDB Applications Guide, signal(5)). The number is the one that headers state.
enum class WfdbFormat : int {
  diff8 = 8,   ///< first differences of 8 bits
  int16 = 16,  ///< two's complement, little endian
  int24 = 24,
  int32 = 32,
  big16 = 61,    ///< two's complement, big endian
  offset8 = 80,  ///< offset binary
  offset16 = 160,
  packed12 = 212,   ///< two samples in three bytes
  packed10a = 310,  ///< three samples in four bytes, the third spread over both words
  packed10b = 311,  ///< three samples in four bytes, side by side
  flac8 = 508,
  flac16 = 516,
  flac24 = 524
};

/// The format of a number, or nothing where WFDB has none.
[[nodiscard]] std::optional<WfdbFormat> wfdb_format(int number);
[[nodiscard]] bool is_flac(WfdbFormat format);
/// Bits of a sample; its smallest value means "no sample", except for differences, which have none.
[[nodiscard]] int sample_bits(WfdbFormat format);
/// Whole samples that `bytes` bytes hold. A last sample that is cut counts where its bits are all there. Not for FLAC.
[[nodiscard]] std::uint64_t packed_samples(WfdbFormat format, std::uint64_t bytes);
/// Bytes that `samples` samples take, the last group cut where its bits end. Not for FLAC.
[[nodiscard]] std::uint64_t packed_bytes(WfdbFormat format, std::uint64_t samples);

/// Samples of a file of one format in file order; "no sample" becomes invalid_sample. Differences are given as they
/// stand. `count` is at most packed_samples(format, bytes.size()). Cost O(count).
[[nodiscard]] std::vector<std::int32_t> unpack_samples(WfdbFormat format, std::string_view bytes, std::uint64_t count);
/// The reverse: unpack_samples(pack_samples(x)) is x.
/// @throws InputError if a sample does not fit the format.
[[nodiscard]] std::string pack_samples(WfdbFormat format, std::span<const std::int32_t> samples);

}  // namespace xingu::ecg
