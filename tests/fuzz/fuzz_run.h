// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace xingu::test {

struct FuzzOptions {
  std::size_t count = 1000;
  std::size_t first = 0;  ///< number of the first case: a failure is run again by itself
  std::uint64_t seed = 1;
  std::filesystem::path folder;  ///< files to damage instead of the program's own; empty: its own
};

/// --count N --first N --seed N --folder DIR
[[nodiscard]] FuzzOptions parse_fuzz_options(int argc, char** argv);

struct FuzzTally {
  std::size_t refused = 0;
  std::size_t read = 0;
  std::size_t with_problems = 0;  ///< of those read
  std::size_t failures = 0;
};

/// Counts a failure, and says it, for a sentence that is not fit to be read: too short or long, with control
/// characters, or naming no file.
void judge_sentence(std::size_t number, const std::string& sentence, FuzzTally& tally);

/// Damages one file after another, runs `read` on the case and puts the file back. What `read` throws is judged: an
/// InputError is a refusal, anything else a failure. The process may not grow beyond 2 GiB, nor a case last over a
/// minute.
///
/// @param read  index of the damaged file, number of the case, tally to which it adds what it read
/// @return      exit status of the program: 0 without failures
[[nodiscard]] int fuzz(const FuzzOptions& options, const std::vector<std::filesystem::path>& files,
                       const std::function<void(std::size_t which, std::size_t number, FuzzTally& tally)>& read);

}  // namespace xingu::test
