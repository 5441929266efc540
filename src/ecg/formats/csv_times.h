// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace xingu::ecg {

/// Where the rows of a table lie among evenly spaced samples.
struct RowPlaces {
  double rate_Hz = 0.0;
  std::vector<std::uint64_t> frame;  ///< [row] ascending, from 0; empty: row i is sample i
  std::uint64_t num_frames = 0;
  std::string warning;  ///< where rows are missing
};

/// Places rows by the times that stand in them. Rows may be missing, in whole steps; times may be rounded as they are
/// printed, and may drift against a rate that is stated.
///
/// @param times_s     of each row, two or more
/// @param quantum_s   one unit of the last digit of the times
/// @param stated_Hz   sampling frequency where the file states one
/// @param most_frames refuses more than these
/// @param file        named in what is said
/// @throws InputError where times go back or stand still, are uneven, or contradict the stated rate
/// Cost O(rows).
[[nodiscard]] RowPlaces place_rows(std::span<const double> times_s, double quantum_s, std::optional<double> stated_Hz,
                                   std::uint64_t most_frames, const std::string& file);

}  // namespace xingu::ecg
