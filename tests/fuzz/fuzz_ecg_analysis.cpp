// SPDX-License-Identifier: Apache-2.0
// fuzz_ecg_analysis [--count N] [--seed S] [--first I]
//
// Case I is a recording of some rate, length, set of leads and heart rate (20 to 300 a minute, one beat, none), in
// which electrodes or leads are off, flat, saturated, full of noise or of numbers that are none, of a patient of some
// age and sex. Nine of ten go through the analysis of ten seconds, the others through its report, the analysis of a
// long recording in chunks, and the live detector with the phase that a session makes of it. Each must end without an
// exception, in numbers that are finite, in statements that are not empty, in no rate where there is no beat, and in
// the right rate where nothing was damaged. Most recordings are short, since a wrong turn seldom needs a long one; a
// tenth of those of ten seconds lasts up to that. Cases run on all processors. Run one case again with
// --first I --count 1.

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "base/log.h"
#include "base/parallel.h"
#include "ecg/statement_thresholds.h"
#include "ecg_judges.h"
#include "fuzz_run.h"
#include "support/test_paths.h"

namespace {

using namespace xingu;

constexpr std::size_t cases_at_once = 4096;
constexpr std::size_t most_failures = 10;
constexpr std::array<const char*, test::num_case_kinds> kind_names{"analyses", "reports", "long recordings", "live"};

struct KindTally {
  std::size_t cases = 0, silent = 0, refused = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const test::FuzzOptions options = test::parse_fuzz_options(argc, argv);
  set_log_level(LogLevel::quiet);
  const auto thresholds = ecg::read_statement_thresholds(test::source_dir() / "data" / "ecg" / "statements.toml");
  std::array<KindTally, test::num_case_kinds> tallies{};
  std::size_t failures = 0, done = 0;
  while (done < options.count && failures < most_failures) {
    std::vector<test::Verdict> verdicts(std::min(cases_at_once, options.count - done));
    parallel_for(verdicts.size(), [&](std::size_t i) {
      test::Dice dice(options.seed, options.first + done + i);
      const test::EcgCase c = test::make_ecg_case(dice);
      verdicts[i] = test::judge(c, dice, thresholds);
    });
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      KindTally& tally = tallies[static_cast<std::size_t>(verdicts[i].kind)];
      ++tally.cases;
      tally.silent += verdicts[i].is_silent ? 1 : 0;
      tally.refused += verdicts[i].is_refused ? 1 : 0;
      if (!verdicts[i].wrong.empty()) {
        std::fprintf(stderr, "case %zu: %s\n", options.first + done + i, verdicts[i].wrong.c_str());
        ++failures;
      }
    }
    done += verdicts.size();
  }
  std::printf("%zu cases, %zu failures\n", done, failures);
  for (std::size_t k = 0; k < tallies.size(); ++k) {
    std::printf("  %zu %s: %zu of which nothing could be said, %zu refused\n", tallies[k].cases, kind_names[k],
                tallies[k].silent, tallies[k].refused);
  }
  return failures == 0 ? 0 : 1;
}
