// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/scp_huffman.h"

#include <algorithm>

#include "base/error.h"

namespace xingu::ecg {
namespace {

constexpr std::size_t code_bytes = 9;
constexpr unsigned default_table_number = 19999;

ScpTable make_default_table() {
  // n ones and a zero, then the sign: 0, 10s, 110s … 111111110s; nine ones and one bit tell an 8 from a 16-bit value
  ScpTable table{{1, 1, false, 0, 0}};
  for (int magnitude = 1; magnitude <= 8; ++magnitude) {
    const auto ones = (1U << magnitude) - 1;
    table.push_back({magnitude + 2, magnitude + 2, false, magnitude, ones << 2});
    table.push_back({magnitude + 2, magnitude + 2, false, -magnitude, ones << 2 | 1});
  }
  table.push_back({10, 18, false, 0, 0x3FE});
  table.push_back({10, 26, false, 0, 0x3FF});
  return table;
}

std::uint32_t reversed(std::uint32_t word, int bits) {
  std::uint32_t out = 0;
  for (int i = 0; i < bits; ++i) {
    out = out << 1 | (word >> i & 1U);
  }
  return out;
}

std::uint32_t little(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < count; ++i) {
    word |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return word;
}

class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] std::size_t left() const { return bytes_.size() * 8 - next_; }
  /// The next bits without taking them; zeros behind the end.
  [[nodiscard]] std::uint32_t peek(int count) const {
    std::uint32_t word = 0;
    for (int i = 0; i < count; ++i) {
      const std::size_t at = next_ + static_cast<std::size_t>(i);
      const bool bit = at / 8 < bytes_.size() && (static_cast<unsigned char>(bytes_[at / 8]) >> (7 - at % 8) & 1) != 0;
      word = word << 1 | (bit ? 1U : 0U);
    }
    return word;
  }
  void skip(int count) { next_ += static_cast<std::size_t>(count); }

 private:
  std::string_view bytes_;
  std::size_t next_ = 0;
};

class BitWriter {
 public:
  void put(std::uint32_t word, int count) {
    for (int i = count - 1; i >= 0; --i) {
      if (used_ % 8 == 0) {
        out_ += '\0';
      }
      out_.back() = static_cast<char>(static_cast<unsigned char>(out_.back()) | (word >> i & 1U) << (7 - used_ % 8));
      ++used_;
    }
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::size_t used_ = 0;
};

const ScpCode* match(const ScpTable& table, const BitReader& bits) {
  const auto found =
      std::ranges::find_if(table, [&](const ScpCode& code) { return bits.peek(code.prefix_bits) == code.prefix; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

const ScpTable& default_scp_table() {
  static const ScpTable table = make_default_table();
  return table;
}

std::vector<ScpTable> parse_scp_tables(std::string_view section, const std::string& file) {
  constexpr std::size_t most_tables = 64;
  XINGU_REQUIRE(section.size() >= 2, "{}: section 2 ends before its tables (samples cannot be decoded); copy it again",
                file);
  const std::size_t count = little(section, 0, 2);
  if (count == default_table_number) {
    return {default_scp_table()};
  }
  XINGU_REQUIRE(count >= 1 && count <= most_tables, "{}: {} Huffman tables (1 to {} are read); correct section 2", file,
                count, most_tables);
  std::vector<ScpTable> tables;
  std::size_t at = 2;
  for (std::size_t t = 0; t < count; ++t) {
    XINGU_REQUIRE(at + 2 <= section.size(),
                  "{}: section 2 ends inside its tables (samples cannot be decoded); copy it "
                  "again",
                  file);
    const std::size_t codes = little(section, at, 2);
    at += 2;
    XINGU_REQUIRE(at + codes * code_bytes <= section.size(),
                  "{}: section 2 ends inside its tables (samples cannot be "
                  "decoded); copy it again",
                  file);
    ScpTable& table = tables.emplace_back();
    for (std::size_t c = 0; c < codes; ++c, at += code_bytes) {
      ScpCode code;
      code.prefix_bits = static_cast<int>(little(section, at, 1));
      code.total_bits = static_cast<int>(little(section, at + 1, 1));
      code.is_switch = little(section, at + 2, 1) == 0;
      code.base_value = static_cast<std::int16_t>(little(section, at + 3, 2));
      XINGU_REQUIRE(code.prefix_bits >= 1 && code.prefix_bits <= 32 && code.total_bits >= code.prefix_bits &&
                        code.total_bits - code.prefix_bits <= 32,
                    "{}: a Huffman code of {} bits with a prefix of {} (it cannot be decoded); correct section 2", file,
                    code.total_bits, code.prefix_bits);
      code.prefix = reversed(little(section, at + 5, 4), code.prefix_bits);
      table.push_back(code);
    }
  }
  return tables;
}

std::vector<std::int32_t> decode_scp(std::string_view bytes, std::size_t count, std::span<const ScpTable> tables,
                                     const std::string& file) {
  std::vector<std::int32_t> values;
  BitReader bits(bytes);
  std::size_t table = 0;
  while (values.size() < count) {
    const ScpCode* code = match(tables[table], bits);
    XINGU_REQUIRE(code != nullptr && bits.left() >= static_cast<std::size_t>(code->total_bits),
                  "{}: the compressed samples end or break off after {} of {} (the rest is lost); copy it again", file,
                  values.size(), count);
    bits.skip(code->prefix_bits);
    const int value_bits = code->total_bits - code->prefix_bits;
    const std::uint32_t raw = bits.peek(value_bits);
    bits.skip(value_bits);
    if (code->is_switch) {
      XINGU_REQUIRE(code->base_value >= 1 && static_cast<std::size_t>(code->base_value) <= tables.size(),
                    "{}: a switch to Huffman table {} of {} (it is not there); correct section 2", file,
                    code->base_value, tables.size());
      table = static_cast<std::size_t>(code->base_value) - 1;
    } else if (value_bits == 0) {
      values.push_back(code->base_value);
    } else {
      values.push_back(static_cast<std::int32_t>(raw << (32 - value_bits)) >> (32 - value_bits));
    }
  }
  return values;
}

std::string encode_scp(std::span<const std::int32_t> values) {
  BitWriter bits;
  for (const std::int32_t value : values) {
    XINGU_EXPECT(value >= -32768 && value <= 32767);
    if (value == 0) {
      bits.put(0, 1);
    } else if (value >= -8 && value <= 8) {
      const int magnitude = std::abs(value);
      bits.put(((1U << magnitude) - 1) << 2 | (value < 0 ? 1U : 0U), magnitude + 2);
    } else if (value >= -128 && value <= 127) {
      bits.put(0x3FE, 10);
      bits.put(static_cast<std::uint32_t>(value), 8);
    } else {
      bits.put(0x3FF, 10);
      bits.put(static_cast<std::uint32_t>(value), 16);
    }
  }
  return bits.take();
}

}  // namespace xingu::ecg
