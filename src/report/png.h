// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace xingu {

/// An 8-bit picture, row by row from the top.
struct PngImage {
  int width = 0;
  int height = 0;
  std::span<const std::uint8_t> pixels;  ///< [height, width] grey levels, or indices if there is a palette
  std::span<const std::array<std::uint8_t, 4>> palette{};  ///< up to 256 RGBA colours, alpha not premultiplied
};

/// A PNG file (ISO/IEC 15948): 8-bit grey, or palette with alpha; each row filtered by whichever of none, sub, up and
/// Paeth leaves the smallest sum of magnitudes, then deflate. Deterministic for one zlib version. Cost O(pixels).
/// @throws EnvironmentError if zlib runs out of memory.
[[nodiscard]] std::string encode_png(const PngImage& image);

/// RFC 4648 base64 with padding.
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace xingu
