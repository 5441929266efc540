// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ecg/statement_thresholds.h"
#include "ecg_cases.h"

namespace xingu::test {

/// What became of one case.
struct Verdict {
  std::string wrong;  ///< empty if nothing was
  CaseKind kind = CaseKind::analysis;
  bool is_silent = false;  ///< nothing could be said of the rhythm
  bool is_refused = false;
};

/// Puts the case through what its kind says. Whatever is thrown is wrong, but the refusal of a rate that is too low.
[[nodiscard]] Verdict judge(const EcgCase& c, Dice& dice, const ecg::StatementThresholds& thresholds);

/// analyse(): numbers that are finite and possible, statements with words, beats, leads and times of the recording, no
/// rate without beats, the right rate where nothing was damaged or electrodes are off, and the right intervals of a
/// clean heart. A report of it has pages without a number that is none, in balanced tags.
void judge_analysis(const EcgCase& c, Dice& dice, const ecg::StatementThresholds& thresholds, Verdict& verdict);
/// analyse_long() in chunks, and the trend, episodes, burden and variability that are made of it.
void judge_long(const EcgCase& c, Dice& dice, const ecg::StatementThresholds& thresholds, Verdict& verdict);
/// LiveDetector in blocks of any size with samples lost, and the phase of the heart that a session makes of its beats.
void judge_live(const EcgCase& c, Dice& dice, Verdict& verdict);

}  // namespace xingu::test
