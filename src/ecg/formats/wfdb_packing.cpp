// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/wfdb_packing.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "ecg/formats/recording.h"

namespace xingu::ecg {
namespace {

constexpr std::array all_formats{
    WfdbFormat::diff8,   WfdbFormat::int16,    WfdbFormat::int24,    WfdbFormat::int32,     WfdbFormat::big16,
    WfdbFormat::offset8, WfdbFormat::offset16, WfdbFormat::packed12, WfdbFormat::packed10a, WfdbFormat::packed10b,
    WfdbFormat::flac8,   WfdbFormat::flac16,   WfdbFormat::flac24};

/// The low `bits` of a word as a two's complement number.
std::int32_t signed_bits(std::uint32_t word, int bits) {
  const int shift = 32 - bits;
  return static_cast<std::int32_t>(word << shift) >> shift;
}

std::uint32_t low_bits(std::int32_t sample, int bits) {
  return static_cast<std::uint32_t>(sample) & static_cast<std::uint32_t>((std::uint64_t{1} << bits) - 1);
}

/// Bytes of a file that end where they end: reads beyond give 0, so that a cut last group decodes as far as it goes.
class Bytes {
 public:
  explicit Bytes(std::string_view text) : text_(text) {}
  [[nodiscard]] std::uint32_t at(std::uint64_t i) const {
    return i < text_.size() ? static_cast<std::uint8_t>(text_[i]) : 0U;
  }
  [[nodiscard]] std::uint32_t little16(std::uint64_t i) const { return at(i) | at(i + 1) << 8; }
  [[nodiscard]] std::uint32_t little32(std::uint64_t i) const { return little16(i) | little16(i + 2) << 16; }

 private:
  std::string_view text_;
};

/// Sample number i of the file, before "no sample" is told apart.
std::int32_t unpack_one(WfdbFormat format, const Bytes& bytes, std::uint64_t i) {
  switch (format) {
    case WfdbFormat::diff8:
      return signed_bits(bytes.at(i), 8);
    case WfdbFormat::int16:
      return signed_bits(bytes.little16(2 * i), 16);
    case WfdbFormat::int24:
      return signed_bits(bytes.little16(3 * i) | bytes.at(3 * i + 2) << 16, 24);
    case WfdbFormat::int32:
      return static_cast<std::int32_t>(bytes.little32(4 * i));
    case WfdbFormat::big16:
      return signed_bits(bytes.at(2 * i) << 8 | bytes.at(2 * i + 1), 16);
    case WfdbFormat::offset8:
      return static_cast<std::int32_t>(bytes.at(i)) - 128;
    case WfdbFormat::offset16:
      return static_cast<std::int32_t>(bytes.little16(2 * i)) - 32768;
    case WfdbFormat::packed12: {
      const std::uint64_t group = i / 2 * 3;
      return i % 2 == 0 ? signed_bits(bytes.little16(group) & 0xfffU, 12)
                        : signed_bits((bytes.at(group + 1) & 0xf0U) << 4 | bytes.at(group + 2), 12);
    }
    case WfdbFormat::packed10a: {
      const std::uint64_t group = i / 3 * 4;
      const std::uint32_t first = bytes.little16(group);
      const std::uint32_t second = bytes.little16(group + 2);
      return i % 3 == 0   ? signed_bits(first >> 1, 10)
             : i % 3 == 1 ? signed_bits(second >> 1, 10)
                          : signed_bits(first >> 11 | second >> 11 << 5, 10);
    }
    default:
      return signed_bits(bytes.little32(i / 3 * 4) >> (10 * (i % 3)), 10);
  }
}

void append_little(std::string& out, std::uint32_t word, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    out += static_cast<char>(word >> (8 * i) & 0xffU);
  }
}

/// Groups of 2 (212) or 3 (310, 311) samples; what is missing of the last group counts as 0 and is cut afterwards.
std::string pack_groups(WfdbFormat format, std::span<const std::uint32_t> words) {
  const std::size_t group = format == WfdbFormat::packed12 ? 2 : 3;
  std::string out;
  for (std::size_t i = 0; i < words.size(); i += group) {
    const auto word = [&](std::size_t k) { return i + k < words.size() ? words[i + k] : 0U; };
    if (format == WfdbFormat::packed12) {
      append_little(out, (word(0) & 0xfffU) | (word(1) >> 8) << 12 | (word(1) & 0xffU) << 16, 3);
    } else if (format == WfdbFormat::packed10a) {
      append_little(out, word(0) << 1 | (word(2) & 0x1fU) << 11, 2);
      append_little(out, word(1) << 1 | (word(2) >> 5) << 11, 2);
    } else {
      append_little(out, word(0) | word(1) << 10 | word(2) << 20, 4);
    }
  }
  out.resize(packed_bytes(format, words.size()));
  return out;
}

bool is_grouped(WfdbFormat format) {
  return format == WfdbFormat::packed12 || format == WfdbFormat::packed10a || format == WfdbFormat::packed10b;
}

}  // namespace

std::optional<WfdbFormat> wfdb_format(int number) {
  const auto found = std::ranges::find(all_formats, static_cast<WfdbFormat>(number));
  return found == all_formats.end() ? std::nullopt : std::optional(*found);
}

bool is_flac(WfdbFormat format) {
  return format == WfdbFormat::flac8 || format == WfdbFormat::flac16 || format == WfdbFormat::flac24;
}

int sample_bits(WfdbFormat format) {
  switch (format) {
    case WfdbFormat::diff8:
    case WfdbFormat::offset8:
    case WfdbFormat::flac8:
      return 8;
    case WfdbFormat::packed12:
      return 12;
    case WfdbFormat::packed10a:
    case WfdbFormat::packed10b:
      return 10;
    case WfdbFormat::int24:
    case WfdbFormat::flac24:
      return 24;
    case WfdbFormat::int32:
      return 32;
    default:
      return 16;
  }
}

std::uint64_t packed_bytes(WfdbFormat format, std::uint64_t samples) {
  const std::uint64_t rest = samples % 3;
  switch (format) {
    case WfdbFormat::packed12:
      return samples / 2 * 3 + samples % 2 * 2;
    case WfdbFormat::packed10a:
      return samples / 3 * 4 + rest * 2;
    case WfdbFormat::packed10b:
      return samples / 3 * 4 + (rest == 0 ? 0 : rest + 1);
    default:
      return samples * static_cast<std::uint64_t>(sample_bits(format) / 8);
  }
}

std::uint64_t packed_samples(WfdbFormat format, std::uint64_t bytes) {
  const std::uint64_t rest = bytes % 4;
  switch (format) {
    case WfdbFormat::packed12:
      return bytes / 3 * 2 + (bytes % 3 == 2 ? 1 : 0);
    case WfdbFormat::packed10a:
      return bytes / 4 * 3 + rest / 2;
    case WfdbFormat::packed10b:
      return bytes / 4 * 3 + (rest < 2 ? 0 : rest - 1);
    default:
      return bytes / static_cast<std::uint64_t>(sample_bits(format) / 8);
  }
}

std::vector<std::int32_t> unpack_samples(WfdbFormat format, std::string_view bytes, std::uint64_t count) {
  XINGU_EXPECT(!is_flac(format) && count <= packed_samples(format, bytes.size()));
  const Bytes source(bytes);
  const std::int32_t none = signed_bits(1U << (sample_bits(format) - 1), sample_bits(format));
  std::vector<std::int32_t> samples(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::int32_t sample = unpack_one(format, source, i);
    samples[i] = sample == none && format != WfdbFormat::diff8 ? invalid_sample : sample;
  }
  return samples;
}

std::string pack_samples(WfdbFormat format, std::span<const std::int32_t> samples) {
  XINGU_EXPECT(!is_flac(format));
  const int bits = sample_bits(format);
  const std::int64_t limit = std::int64_t{1} << (bits - 1);
  std::vector<std::uint32_t> words(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool is_missing = samples[i] == invalid_sample && format != WfdbFormat::diff8;
    const std::int64_t sample = is_missing ? -limit : samples[i];
    XINGU_REQUIRE(sample >= -limit && sample < limit,
                  "sample {} of value {} (WFDB format {} holds {} bits); choose a wider format", i, samples[i],
                  static_cast<int>(format), bits);
    words[i] = low_bits(static_cast<std::int32_t>(sample), bits);
  }
  if (is_grouped(format)) {
    return pack_groups(format, words);
  }
  std::string out;
  out.reserve(packed_bytes(format, samples.size()));
  for (const std::uint32_t word : words) {
    switch (format) {
      case WfdbFormat::big16:
        append_little(out, word >> 8 | (word & 0xffU) << 8, 2);
        break;
      case WfdbFormat::offset8:
      case WfdbFormat::offset16:
        append_little(out, word ^ 1U << (bits - 1), bits / 8);
        break;
      default:
        append_little(out, word, bits / 8);
    }
  }
  return out;
}

}  // namespace xingu::ecg
