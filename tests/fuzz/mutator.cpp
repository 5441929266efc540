// SPDX-License-Identifier: Apache-2.0
#include "mutator.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace xingu::test {
namespace {

constexpr std::size_t header_end = 132;

/// Offsets of what looks like the head of an element or item: a group that DICOM uses.
std::vector<std::size_t> element_offsets(const std::string& file) {
  static constexpr std::array<std::uint16_t, 11> groups{0x0002, 0x0008, 0x0010, 0x0018, 0x0020, 0x0028,
                                                        0x3002, 0x3004, 0x3006, 0x300a, 0x7fe0};
  std::vector<std::size_t> offsets;
  for (std::size_t i = header_end; i + 12 < file.size() && offsets.size() < 4000; i += 2) {
    std::uint16_t group = 0;
    std::memcpy(&group, file.data() + i, 2);
    if (std::ranges::find(groups, group) != groups.end() || group == 0xfffe || group == 0x300c) {
      offsets.push_back(i);
    }
  }
  return offsets;
}

}  // namespace

std::size_t Mutator::pick(std::size_t limit) {
  return std::min(limit - 1, static_cast<std::size_t>(random_.uniform(draws_++) * static_cast<double>(limit)));
}

std::size_t Mutator::element_offset(const std::string& file) {
  const auto offsets = element_offsets(file);
  return offsets.empty() ? pick(std::max<std::size_t>(file.size(), 13) - 12) : offsets[pick(offsets.size())];
}

void Mutator::flip_bytes(std::string& file) {
  // mostly in the first kilobytes, where the structure is
  const std::size_t reach = pick(3) == 0 ? file.size() : std::min<std::size_t>(file.size(), 4096);
  for (std::size_t n = 1 + pick(8); n > 0; --n) {
    file[pick(reach)] = static_cast<char>(pick(256));
  }
}

void Mutator::cut(std::string& file) { file.resize(1 + pick(file.size())); }

void Mutator::change_length(std::string& file) {
  static constexpr std::array<std::uint32_t, 12> lengths{
      0, 1, 2, 7, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x40000000, 0x00ffffff, 0xfffffff0};
  const std::size_t at = element_offset(file);
  const std::uint32_t length =
      pick(2) == 0 ? lengths[pick(lengths.size())] : static_cast<std::uint32_t>(pick(file.size()));
  const std::size_t field = at + (pick(3) == 0 ? 8 : pick(2) == 0 ? 4 : 6);
  std::memcpy(file.data() + field, &length, field + 4 <= file.size() && pick(2) == 0 ? 4 : 2);
}

void Mutator::change_tag(std::string& file) {
  const std::size_t at = element_offset(file);
  file[at + pick(4)] = static_cast<char>(pick(256));
}

void Mutator::swap_tags(std::string& file) {
  const std::size_t a = element_offset(file);
  const std::size_t b = element_offset(file);
  std::array<char, 4> kept{};
  std::memcpy(kept.data(), file.data() + a, 4);
  std::memmove(file.data() + a, file.data() + b, 4);
  std::memcpy(file.data() + b, kept.data(), 4);
}

void Mutator::change_vr(std::string& file) {
  static constexpr std::array<const char*, 16> names{"OB", "OW", "SQ", "UN", "DS", "IS", "US", "FD",
                                                     "UT", "AT", "UL", "SS", "PN", "??", "OV", "FL"};
  std::memcpy(file.data() + element_offset(file) + 4, names[pick(names.size())], 2);
}

/// Replaces a digit of some number: DICOM's decimal strings and UIDs are text.
void Mutator::change_number(std::string& file) {
  static constexpr std::string_view letters = "0123456789-+.eE\\ n";
  const std::size_t start = pick(file.size());
  const std::size_t at = file.find_first_of("0123456789.", start);
  if (at != std::string::npos) {
    for (std::size_t i = at; i < std::min(file.size(), at + 1 + pick(4)); ++i) {
      file[i] = letters[pick(letters.size())];
    }
  }
}

void Mutator::repeat_piece(std::string& file) {
  const std::size_t from = element_offset(file);
  const std::string piece = file.substr(from, 1 + pick(2000));
  const std::size_t to = element_offset(file);
  for (std::size_t n = 1 + pick(20); n > 0; --n) {
    file.insert(to, piece);
  }
}

void Mutator::erase_piece(std::string& file) {
  const std::size_t from = element_offset(file);
  file.erase(from, 1 + pick(300));
}

std::string Mutator::mutate(std::string file) {
  using Damage = void (Mutator::*)(std::string&);
  static constexpr std::array<Damage, 9> damages{
      &Mutator::flip_bytes, &Mutator::cut,           &Mutator::change_length, &Mutator::change_tag, &Mutator::swap_tags,
      &Mutator::change_vr,  &Mutator::change_number, &Mutator::repeat_piece,  &Mutator::erase_piece};
  for (std::size_t n = 1 + pick(4); n > 0 && file.size() > 200; --n) {
    (this->*damages[pick(damages.size())])(file);
  }
  return file;
}

}  // namespace xingu::test
