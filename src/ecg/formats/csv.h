// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ecg/formats/recording.h"

namespace xingu::ecg {

/// Reads a table of samples: a heading of names with units, "time_s" or nothing first, then one row a sample,
///
///     # rate_Hz: 500
///     time_s,I [mV],II [mV],V1 [uV]
///     0,0.012,0.030,115
///
/// The rate comes from the comment, else from the times, which must be even. A unit that the heading does not state
/// comes from a comment `# unit:`, else it is mV, with a warning, if the values can be that, or unknown where the
/// heading says so by "[]". An empty cell or "nan" is
/// a missing sample. Comments `# gain:` and `# baseline:` (one number a column), which write_csv() leaves, restore the
/// stored integers; without them the steps are the decimals that the file shows. Who and when stand in comments `#
/// id:`, `# name:`, `# sex:`, `# born:`, `# age:`, `# start:` and `# device:`, marks in
/// `# mark: SAMPLE DURATION_S TEXT`, filters and electrodes in `# prefilter:` and `# transducer:`, of one column in
/// `# prefilter 2:`. A heading that holds commas, semicolons or quotes stands in quotes.
/// @throws InputError naming file and line, also for two columns of one name.
[[nodiscard]] Recording read_csv(const std::filesystem::path& path);

/// Names of the columns: the labels, with a number behind those that are there before; "signal" for an empty one.
[[nodiscard]] std::vector<std::string> csv_names(const Recording& recording);

/// Writes the table that read_csv() reads back to the same integers, names, units and facts.
/// @throws InputError if signals have different rates, there is no sample, or the table would be too large to be read.
void write_csv(const Recording& recording, const std::filesystem::path& path);

}  // namespace xingu::ecg
