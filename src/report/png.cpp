// SPDX-License-Identifier: Apache-2.0
#include "report/png.h"

#include <zlib.h>

#include <cstdlib>
#include <vector>

#include "base/error.h"

namespace xingu {
namespace {

void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xFFU));
  }
}

void append_chunk(std::string& out, std::string_view type, std::string_view data) {
  append_u32(out, static_cast<std::uint32_t>(data.size()));
  std::string body(type);
  body += data;
  const auto crc = crc32(0L, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  out += body;
  append_u32(out, static_cast<std::uint32_t>(crc));
}

int paeth(int left, int above, int corner) {
  const int estimate = left + above - corner;
  const int to_left = std::abs(estimate - left);
  const int to_above = std::abs(estimate - above);
  const int to_corner = std::abs(estimate - corner);
  if (to_left <= to_above && to_left <= to_corner) {
    return left;
  }
  return to_above <= to_corner ? above : corner;
}

constexpr std::array<int, 4> filters{0, 1, 2, 4};  // none, sub, up, Paeth

void filter_row(int filter, std::span<const std::uint8_t> row, std::span<const std::uint8_t> previous,
                std::vector<std::uint8_t>& out) {
  for (std::size_t x = 0; x < row.size(); ++x) {
    const int left = x > 0 ? row[x - 1] : 0;
    const int above = previous.empty() ? 0 : previous[x];
    const int corner = x > 0 && !previous.empty() ? previous[x - 1] : 0;
    int guess = 0;
    switch (filter) {
      case 1:
        guess = left;
        break;
      case 2:
        guess = above;
        break;
      case 4:
        guess = paeth(left, above, corner);
        break;
      default:
        break;
    }
    out[x] = static_cast<std::uint8_t>(row[x] - guess);
  }
}

std::uint64_t sum_of_magnitudes(std::span<const std::uint8_t> filtered) {
  std::uint64_t sum = 0;
  for (const std::uint8_t value : filtered) {
    sum += value < 128 ? value : 256U - value;
  }
  return sum;
}

std::string filtered_rows(const PngImage& image) {
  const auto width = static_cast<std::size_t>(image.width);
  std::string result;
  result.reserve((width + 1) * static_cast<std::size_t>(image.height));
  std::vector<std::uint8_t> trial(width);
  std::vector<std::uint8_t> best(width);
  for (std::size_t y = 0; y < static_cast<std::size_t>(image.height); ++y) {
    const auto row = image.pixels.subspan(y * width, width);
    const auto previous = y > 0 ? image.pixels.subspan((y - 1) * width, width) : std::span<const std::uint8_t>{};
    int best_filter = 0;
    std::uint64_t best_sum = ~std::uint64_t{0};
    // A palette's indices are names, not levels: differences of names do not compress.
    const std::size_t num_filters = image.palette.empty() ? filters.size() : 1;
    for (std::size_t f = 0; f < num_filters; ++f) {
      filter_row(filters[f], row, previous, trial);
      const std::uint64_t sum = sum_of_magnitudes(trial);
      if (sum < best_sum) {
        best_sum = sum;
        best_filter = filters[f];
        best.swap(trial);
      }
    }
    result.push_back(static_cast<char>(best_filter));
    result.append(best.begin(), best.end());
  }
  return result;
}

std::string deflated(std::string_view bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string result(size, '\0');
  const int status = compress2(reinterpret_cast<Bytef*>(result.data()), &size,
                               reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()), 9);
  if (status != Z_OK) {
    throw EnvironmentError("zlib could not compress a picture of the report (out of memory)");
  }
  result.resize(size);
  return result;
}

}  // namespace

std::string encode_png(const PngImage& image) {
  XINGU_EXPECT(image.width > 0 && image.height > 0 && image.palette.size() <= 256);
  XINGU_EXPECT(image.pixels.size() == static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
  std::string png("\x89PNG\r\n\x1a\n", 8);
  std::string header;
  append_u32(header, static_cast<std::uint32_t>(image.width));
  append_u32(header, static_cast<std::uint32_t>(image.height));
  constexpr char type_grey = 0;
  constexpr char type_indexed = 3;
  header += {8, image.palette.empty() ? type_grey : type_indexed, 0, 0, 0};
  append_chunk(png, "IHDR", header);
  if (!image.palette.empty()) {
    std::string colours;
    std::string alphas;
    for (const auto& colour : image.palette) {
      colours.append(colour.begin(), colour.begin() + 3);
      alphas.push_back(static_cast<char>(colour[3]));
    }
    append_chunk(png, "PLTE", colours);
    append_chunk(png, "tRNS", alphas);
  }
  append_chunk(png, "IDAT", deflated(filtered_rows(image)));
  append_chunk(png, "IEND", "");
  return png;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  result.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = (group << 8) | (k < count ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      result.push_back(k <= count ? digits[(group >> (18 - 6 * k)) & 63U] : '=');
    }
  }
  return result;
}

}  // namespace xingu
