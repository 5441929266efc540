// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xingu::ecg {

/// One code of an SCP-ECG Huffman table (EN 1064:2005, 5.5). Bits are sent from the most significant one of each byte.
struct ScpCode {
  int prefix_bits = 0;          ///< bits that tell the code
  int total_bits = 0;           ///< with a value of two's complement behind the prefix, where there is one
  bool is_switch = false;       ///< to the table of number base_value
  std::int32_t base_value = 0;  ///< of a code without value bits
  std::uint32_t prefix = 0;     ///< the first bit sent is the most significant of prefix_bits
};

using ScpTable = std::vector<ScpCode>;

/// The table that the standard names 19999 and most files use: ±1 to ±8 in 3 to 10 bits, more as 8 or 16 bits behind a
/// prefix of ten.
[[nodiscard]] const ScpTable& default_scp_table();

/// Tables of section 2. @throws InputError naming `file` for tables that cannot decode.
[[nodiscard]] std::vector<ScpTable> parse_scp_tables(std::string_view section, const std::string& file);

/// Decodes `count` values. Cost O(bits · codes of the table).
/// @throws InputError naming `file` if the bits end early or no code matches.
[[nodiscard]] std::vector<std::int32_t> decode_scp(std::string_view bytes, std::size_t count,
                                                   std::span<const ScpTable> tables, const std::string& file);

/// Encodes with the default table. Every value fits 16 bits.
[[nodiscard]] std::string encode_scp(std::span<const std::int32_t> values);

}  // namespace xingu::ecg
