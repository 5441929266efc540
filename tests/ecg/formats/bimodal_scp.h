// SPDX-License-Identifier: Apache-2.0
#pragma once

// A writer of SCP-ECG with reference beat and bimodal compression, by the definitions of EN 1064 (5.7 to 5.9).

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "ecg/formats/scp_huffman.h"

namespace xingu::ecg::test {

inline std::string little(std::uint32_t word, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) {
    out += static_cast<char>(word >> (8 * i) & 0xffU);
  }
  return out;
}

inline std::string scp_section(int number, std::string data) {
  data.resize(data.size() + data.size() % 2, '\0');
  return little(0, 2) + little(static_cast<std::uint32_t>(number), 2) +
         little(static_cast<std::uint32_t>(data.size() + 16), 4) + "\x14\x14" +
         (number == 0 ? std::string("SCPECG") : std::string(6, '\0')) + data;
}

inline std::string second_differences(const std::vector<std::int32_t>& samples) {
  std::vector<std::int32_t> out = samples;
  for (std::size_t i = 2; i < samples.size(); ++i) {
    out[i] = samples[i] - 2 * samples[i - 1] + samples[i - 2];
  }
  std::string bits = encode_scp(out);
  bits.resize(bits.size() + bits.size() % 2, '\0');
  return bits;
}

struct ScpZone {
  int first = 0;  ///< numbers count from 1, both ends are inside
  int last = 0;
};

struct BimodalEcg {
  int factor = 4;
  std::vector<ScpZone> zones;
  std::vector<int> fiducials;         ///< of the beats that are subtracted
  std::vector<std::int32_t> beat;     ///< its fiducial is its sample 51
  std::vector<std::int32_t> samples;  ///< of one lead at 500 Hz
};

/// What section 6 stores: the beats subtracted, all samples of the zones, and the means of groups between them.
inline std::vector<std::int32_t> stored_samples(const BimodalEcg& ecg) {
  std::vector<std::int32_t> residual = ecg.samples;
  for (const int fiducial : ecg.fiducials) {
    for (std::size_t i = 0; i < ecg.beat.size(); ++i) {
      residual[static_cast<std::size_t>(fiducial) - 51 + i] -= ecg.beat[i];
    }
  }
  std::vector<std::int32_t> stored;
  for (int number = 1; number <= static_cast<int>(residual.size());) {
    const bool is_inside =
        std::ranges::any_of(ecg.zones, [&](const ScpZone& z) { return number >= z.first && number <= z.last; });
    const int count = is_inside ? 1 : std::min(ecg.factor, static_cast<int>(residual.size()) + 1 - number);
    const auto from = residual.begin() + (number - 1);
    stored.push_back(std::accumulate(from, from + count, 0) / count);
    number += count;
  }
  return stored;
}

inline void write_bimodal(const BimodalEcg& ecg, const std::filesystem::path& path) {
  std::string locations = little(static_cast<std::uint32_t>(2 * ecg.beat.size()), 2) + little(51, 2) +
                          little(static_cast<std::uint32_t>(ecg.zones.size()), 2);
  for (std::size_t i = 0; i < ecg.zones.size(); ++i) {
    const auto fiducial = static_cast<std::uint32_t>(ecg.fiducials[i]);
    locations += little(0, 2) + little(fiducial - 50, 4) + little(fiducial, 4) +
                 little(fiducial - 51 + static_cast<std::uint32_t>(ecg.beat.size()), 4);
  }
  for (const ScpZone& zone : ecg.zones) {
    locations += little(static_cast<std::uint32_t>(zone.first), 4) + little(static_cast<std::uint32_t>(zone.last), 4);
  }
  const auto coded = [](int interval_us, char bimodal, const std::vector<std::int32_t>& samples) {
    const std::string bits = second_differences(samples);
    return little(2500, 2) + little(static_cast<std::uint32_t>(interval_us), 2) + '\x02' + bimodal +
           little(static_cast<std::uint32_t>(bits.size()), 2) + bits;
  };
  const std::array sections{
      std::pair{1, scp_section(1, std::string("\xff\0\0", 3))},
      std::pair{2, scp_section(2, little(19999, 2))},
      std::pair{3, scp_section(3, std::string("\x01\x0d", 2) + little(1, 4) +
                                      little(static_cast<std::uint32_t>(ecg.samples.size()), 4) + '\x02')},
      std::pair{4, scp_section(4, locations)},
      std::pair{5, scp_section(5, coded(2000, '\0', ecg.beat))},
      std::pair{6, scp_section(6, coded(2000 * ecg.factor, '\x01', stored_samples(ecg)))}};
  std::string body;
  std::string pointers = little(0, 2) + little(16 + 70, 4) + little(7, 4);
  for (const auto& [number, text] : sections) {
    pointers += little(static_cast<std::uint32_t>(number), 2) + little(static_cast<std::uint32_t>(text.size()), 4) +
                little(static_cast<std::uint32_t>(6 + 86 + body.size() + 1), 4);
    body += text;
  }
  body = scp_section(0, pointers) + body;
  write_file(path, little(0, 2) + little(static_cast<std::uint32_t>(body.size() + 6), 4) + body);
}

inline constexpr int steepest = 4;  // steps a sample outside the complexes

/// Two complexes on a baseline that rises and falls.
inline BimodalEcg two_beats() {
  BimodalEcg ecg;
  for (int i = 0; i < 120; ++i) {
    ecg.beat.push_back(i >= 40 && i < 60 ? 400 - 40 * std::abs(i - 50) : i >= 80 ? 120 - 6 * std::abs(i - 100) : 0);
  }
  ecg.fiducials = {251, 651};
  ecg.zones = {{233, 280}, {633, 672}};
  for (int i = 0; i < 1000; ++i) {
    ecg.samples.push_back(i < 500 ? steepest * i : steepest * (1000 - i));
  }
  for (const int fiducial : ecg.fiducials) {
    for (std::size_t i = 0; i < ecg.beat.size(); ++i) {
      // this beat is a little higher than the reference
      ecg.samples[static_cast<std::size_t>(fiducial) - 51 + i] += ecg.beat[i] + (i >= 40 && i < 60 ? 7 : 0);
    }
  }
  return ecg;
}

}  // namespace xingu::ecg::test
