// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace xingu::test {

struct DecodedPng {
  int width = 0;
  int height = 0;
  int colour_type = 0;
  std::vector<std::uint8_t> pixels;
  std::string palette;
  std::string alpha;
};

/// Reads an 8-bit, one-channel PNG by the letter of the standard: signature, chunk lengths, CRCs, zlib stream, filters.
/// @throws std::runtime_error at the first thing that is wrong.
inline DecodedPng decode_png(std::string_view file) {
  const auto check = [](bool condition, const char* what) {
    if (!condition) {
      throw std::runtime_error(what);
    }
  };
  const auto u32 = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      value = (value << 8) | static_cast<std::uint8_t>(file[at + k]);
    }
    return value;
  };
  check(file.substr(0, 8) == std::string_view("\x89PNG\r\n\x1a\n", 8), "signature");
  DecodedPng png;
  std::string compressed;
  std::string last_type;
  for (std::size_t at = 8; at < file.size();) {
    check(at + 12 <= file.size(), "chunk is cut");
    const std::size_t length = u32(at);
    check(at + 12 + length <= file.size(), "chunk is cut");
    const std::string_view body = file.substr(at + 4, length + 4);
    check(
        crc32(0L, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size())) == u32(at + 8 + length),
        "CRC");
    last_type = std::string(body.substr(0, 4));
    const std::string_view data = body.substr(4);
    if (last_type == "IHDR") {
      png.width = static_cast<int>(u32(at + 8));
      png.height = static_cast<int>(u32(at + 12));
      check(data[8] == 8 && data[10] == 0 && data[11] == 0 && data[12] == 0, "IHDR");
      png.colour_type = data[9];
    } else if (last_type == "IDAT") {
      compressed += data;
    } else if (last_type == "PLTE") {
      png.palette = std::string(data);
    } else if (last_type == "tRNS") {
      png.alpha = std::string(data);
    }
    at += 12 + length;
  }
  check(last_type == "IEND", "IEND");
  const auto width = static_cast<std::size_t>(png.width);
  const auto height = static_cast<std::size_t>(png.height);
  std::vector<std::uint8_t> raw((width + 1) * height);
  uLongf size = raw.size();
  check(uncompress(raw.data(), &size, reinterpret_cast<const Bytef*>(compressed.data()), compressed.size()) == Z_OK &&
            size == raw.size(),
        "zlib stream");
  png.pixels.resize(width * height);
  const auto pixel = [&](std::size_t x, std::size_t y) -> int { return png.pixels[y * width + x]; };
  for (std::size_t y = 0; y < height; ++y) {
    const int filter = raw[y * (width + 1)];
    for (std::size_t x = 0; x < width; ++x) {
      const int a = x > 0 ? pixel(x - 1, y) : 0;
      const int b = y > 0 ? pixel(x, y - 1) : 0;
      const int c = x > 0 && y > 0 ? pixel(x - 1, y - 1) : 0;
      int guess = 0;
      if (filter == 1) {
        guess = a;
      } else if (filter == 2) {
        guess = b;
      } else if (filter == 3) {
        guess = (a + b) / 2;
      } else if (filter == 4) {
        const int p = a + b - c;
        const int pa = std::abs(p - a);
        const int pb = std::abs(p - b);
        const int pc = std::abs(p - c);
        guess = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      } else {
        check(filter == 0, "filter");
      }
      png.pixels[y * width + x] = static_cast<std::uint8_t>(raw[y * (width + 1) + 1 + x] + guess);
    }
  }
  return png;
}

inline std::string decode_base64(std::string_view text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t digit = digits.find(c);
    if (digit == std::string_view::npos) {
      break;
    }
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      result.push_back(static_cast<char>((bits >> count) & 0xFFU));
    }
  }
  return result;
}

}  // namespace xingu::test
