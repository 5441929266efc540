// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/scp_sections.h"

namespace xingu::ecg {

std::uint16_t scp_checksum(std::string_view bytes) {
  std::uint32_t crc = 0xFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(byte)) << 8;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000U) != 0 ? (crc << 1 ^ 0x1021U) : crc << 1;
    }
  }
  return static_cast<std::uint16_t>(crc);
}

}  // namespace xingu::ecg
