// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ecg/delineation.h"
#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// P waves of a short recording wherever they fall, before a complex or far from one.
struct AtrialWaves {
  std::vector<double> onset_s;  ///< ascending, with those that must lie hidden in a complex
  std::size_t num_seen = 0;     ///< of them
  double interval_s = 0.0;      ///< usual time from one to the next
  double regularity = 0.0;  ///< part of the intervals that are within 15 % of it, or of twice it where one is hidden
};

/// How the ventricles answer the atria (Kusumoto et al., 2018 ACC/AHA/HRS guideline on bradycardia, Circulation 140
/// (2019) e382, definitions of AV block).
enum class AvConduction {
  unknown,     ///< no regular P waves were found, or they fit none of these
  all,         ///< each P wave is followed by a complex
  type_1,      ///< single P waves are blocked, after PR that is longer than PR behind them
  type_2,      ///< single P waves are blocked, PR is constant
  second,      ///< single P waves are blocked, and PR decides for neither
  two_to_one,  ///< every second P wave is blocked
  advanced,    ///< two or more in a row are blocked, PR of the others is constant
  none         ///< regular ventricles and regular, faster atria without a relation
};

/// Limits of the judgement; data/ecg/statements.toml, [av_block].
struct AvBlockRule {
  double least_regularity = 0.0;       ///< of the P waves
  double least_seen_part = 0.0;        ///< of the P waves, the others being hidden in complexes
  double longest_constant_pr_s = 0.0;  ///< spread of PR that still counts as constant
  double least_pr_change_s = 0.0;      ///< PR before a blocked P wave less PR behind it, from which PR is inconstant
  double fastest_atria_per_min = 0.0;  ///< beyond it a blocked P wave may be the AV node's usual filter
  double largest_rr_spread = 0.0;      ///< (longest − shortest)/mean of ventricles that beat by themselves
  double slow_below_per_min = 0.0;     ///< ventricles in which blocked P waves are looked for,
  double uneven_rr_ratio = 0.0;        ///< as in those whose longest interval is more than this times the shortest
};

struct AvBlock {
  AvConduction conduction = AvConduction::unknown;
  AvConduction suspected = AvConduction::unknown;  ///< what it would be if the atria were no faster than the limit
  double atrial_rate_per_min = 0.0;
  std::size_t num_blocked = 0;             ///< P waves
  std::vector<std::size_t> beats_after{};  ///< beats before which a P wave was blocked
  std::vector<double> minutes_s{};         ///< where the minutes of a long recording begin in which waves are blocked
  std::size_t num_minutes = 0;             ///< of a long recording that were looked at; 0 for a short one

  /// In half of a long recording or less.
  [[nodiscard]] bool is_partial() const { return 2 * minutes_s.size() <= num_minutes && num_minutes > 0; }
  [[nodiscard]] bool has_blocked_p() const { return is_blocked(conduction); }
  /// Of atria beyond the limit: each blocked P wave may be the AV node's usual filter, or no P wave.
  [[nodiscard]] bool may_have_blocked_p() const { return is_blocked(suspected); }

 private:
  static bool is_blocked(AvConduction c) { return c != AvConduction::unknown && c != AvConduction::all; }
};

/// Finds P waves by a shape that repeats. Complexes and T waves are taken out as the local average of the beats alike;
/// the largest waves that are left are tried as patterns, each is averaged with what resembles it on all leads together
/// (correlation from 0.75), and the pattern that is found most regularly wins.
///
/// @param delineation  of these signals
/// @return nothing for fewer than four beats or four P waves. Cost some 20 µs per lead and second.
[[nodiscard]] std::optional<AtrialWaves> find_atrial_waves(const LeadSignals& signals, const Delineation& delineation);

/// Onset of each beat's complex, s, at the usual distance from where the beat was aligned: a P wave that runs into a
/// complex does not move it.
[[nodiscard]] std::vector<double> usual_onsets_s(const Delineation& delineation, double rate_hz);

/// @param qrs_onset_s  of the beats, ascending, as usual_onsets_s() gives them
[[nodiscard]] AvBlock judge_conduction(const AtrialWaves& atria, std::span<const double> qrs_onset_s,
                                       const AvBlockRule& rule);

}  // namespace xingu::ecg
