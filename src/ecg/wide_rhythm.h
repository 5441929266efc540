// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ecg/delineation.h"
#include "ecg/rhythm_episodes.h"

namespace xingu::ecg {

/// When wide complexes without P waves may come from the ventricles; data/ecg/statements.toml, [wide_rhythm].
struct WideRule {
  double wide_from_ms = 0.0;  ///< a complex
  double fast_above_per_min = 0.0;
  double longest_pr_ms = 0.0;        ///< what lies further before a complex may be the T wave before it
  double largest_p_share = 0.0;      ///< of the beats that have a P wave in a rhythm without
  double ventricular_from_ms = 0.0;  ///< complexes that no bundle branch block makes: neither AF nor an escape is said
};

/// Wide complexes without P waves through most of a recording.
struct WideRhythm {
  std::vector<std::size_t> beats;  ///< those that it rests on
  double rate_per_min = 0.0;       ///< mean over them
  double qrs_ms = 0.0;
  double p_share = 0.0;  ///< part of the beats that are not ectopic with a P wave near enough before
  bool is_fast = false;  ///< may be ventricular tachycardia
};

/// Wide complexes of most of the beats, where few of those that are not ectopic have a P wave within reach. Fast where
/// the mean rate of all is, or, in complexes wider than any bundle branch block's, where three in a row are: then the
/// beats of such runs are those it rests on, if they are a tenth of all. Wide-complex tachycardia without P waves is
/// ventricular until shown otherwise (ESC guideline 2022, Eur. Heart J. 43 (2022) 3997). Paced beats and intervals over
/// rejected seconds do not count.
/// @param waves   [beat] of all leads together
/// @param qrs_ms  of the representative beat
/// @return nothing where the complexes are narrow or paced, have P waves, or beat slowly and as a block's would
[[nodiscard]] std::optional<WideRhythm> find_wide_rhythm(const BeatSequence& beats, std::span<const BeatWaves> waves,
                                                         std::optional<double> qrs_ms, const WideRule& rule);

/// Where a tachycardia has more beats than the rhythm beside it, its shape is the usual one and the rhythm's beats were
/// called ventricular. Told by what the classes say against each other: those called ventricular, two at least, are
/// narrow and three of four have a P wave near enough, the normal ones are more, have no P waves and stand nearly all
/// in runs of three and more whose every interval is fast (own choices). The former become normal; the latter
/// ventricular where they are wide, for such a tachycardia is ventricular until shown otherwise (as for
/// find_wide_rhythm()), and else unknown. Cost O(beats).
void exchange_reversed_types(BeatSequence& beats, std::span<const BeatWaves> waves, const WideRule& rule);

/// [beat] whether it is of a stretch of tachycardia whose complexes are wide and have no P waves, by the beat itself
/// and up to 8 of the same run on each side, that lasts and most of whose beats are not called ventricular anyway:
/// where it is longer than the rhythm beside it, its shape was taken for the usual one. Each interval of a run is fast.
/// Paced beats are of none, nor are those beside a conducted rhythm of complexes as wide. Cost O(beats · 17).
/// @param shortest_s  of a stretch
[[nodiscard]] std::vector<bool> find_wide_stretches(const BeatSequence& beats, std::span<const BeatWaves> waves,
                                                    const WideRule& rule, double shortest_s);

}  // namespace xingu::ecg
