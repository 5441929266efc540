// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ecg/beat_types.h"
#include "ecg/heart_share.h"
#include "ecg/qrs_detector.h"

namespace xingu::ecg {

/// Beats of a recording of any length and what is known of each: all that trends and episodes are made of, some 20
/// bytes a beat.
struct BeatSequence {
  double rate_hz = 0.0;
  std::vector<std::int64_t> sample;  ///< ascending
  std::vector<BeatType> type;        ///< [beat]
  std::vector<float> p_probability;  ///< [beat] that a P wave precedes it
  std::vector<bool> is_rejected;     ///< [second] beats may be missed or invented there
  double end_s = 0.0;                ///< where the recording ends; 0: not known, taken for the last whole second
  std::vector<bool> is_untold;  ///< [second] of a stretch in which good leads tell no beats apart; empty: there is none
  std::vector<HeartShare> heart_shares;  ///< [second] of those that would be untold; empty: not looked at
  std::vector<bool> is_moving;    ///< [second] in which beats cannot be told apart since electrodes move; empty: none
  std::vector<bool> is_swinging;  ///< [second] of a stretch that may be fibrillation of the ventricles; empty: none
  std::vector<bool> is_wide;      ///< [beat] of a fast stretch of wide complexes without P waves; empty: there is none

  [[nodiscard]] std::size_t size() const { return sample.size(); }
  [[nodiscard]] double time_s(std::size_t beat) const { return static_cast<double>(sample[beat]) / rate_hz; }
  [[nodiscard]] bool counts(std::size_t beat) const;   ///< lies in a second that is not rejected
  [[nodiscard]] bool is_told(std::size_t beat) const;  ///< lies in no stretch of is_untold or is_moving
  /// Whether a beat that is not the first follows the one before: no second between them is rejected.
  [[nodiscard]] bool follows(std::size_t beat) const { return is_heard(is_rejected, time_s(beat - 1), time_s(beat)); }
  /// Whether no beat of a run can be missing between a beat that is not the first and the one before: it follows, or
  /// is within 0.6 s.
  [[nodiscard]] bool joins(std::size_t beat) const;
  /// Whether the interval before a beat that is not the first is more than twice the usual one, the median of the
  /// twelve on each side: one of several beats of a class in a row would be missed in it, or another.
  [[nodiscard]] bool is_far_behind(std::size_t beat) const;
};

/// Intervals between beats, s, and how much each differs from the one before it.
struct Irregularity {
  std::vector<float> intervals, changes;

  /// Three changes at least.
  [[nodiscard]] bool is_known() const { return changes.size() >= 3; }
  /// Median change over the mean interval. @pre is_known()
  [[nodiscard]] double value() const;
};

/// Of the intervals that end in the beats [first, last): those of which both beats count, with no rejected second
/// between. Cost O(last − first).
[[nodiscard]] Irregularity irregularity_of(const BeatSequence& beats, std::size_t first, std::size_t last,
                                           const std::function<bool(std::size_t)>& counts);

/// Intervals from one of the beats [first, last) that count to the next, whatever is between them, and how much each
/// differs from the last one across as many beats; none over a rejected second. Cost O((last − first) log(last −
/// first)).
[[nodiscard]] Irregularity irregularity_across(const BeatSequence& beats, std::size_t first, std::size_t last,
                                               const std::function<bool(std::size_t)>& counts);

/// Whether the atria fibrillate about a beat.
enum class Fibrillation : std::uint8_t { no, yes, undecided };

/// When fibrillation is said; data/ecg/statements.toml, [fibrillation].
struct FibrillationRule {
  double least_irregularity = 0.0;  ///< median |RR(i+1) − RR(i)| over the mean RR
  double largest_p = 0.0;           ///< mean probability of a P wave; below it there is none
  double smallest_p = 0.0;          ///< from it on there is one; between the two it is undecided
};

/// [beat] from the beat and up to 16 on each side, those of rejected seconds left out; fewer than 5 are undecided.
/// Irregular beats without P waves are fibrillation (or flutter with changing conduction, which looks alike at this
/// level). Cost O(beats · 33).
[[nodiscard]] std::vector<Fibrillation> fibrillation_by_beat(const BeatSequence& beats, const FibrillationRule& rule);

/// The same, and no beat of an episode of fibrillation (find_episodes) stays supraventricular: there none comes before
/// its time. In a shorter stretch a run of supraventricular beats looks the same, and its beats stay what they are.
[[nodiscard]] std::vector<Fibrillation> settle_fibrillation(BeatSequence& beats, const FibrillationRule& rule);

/// Time in fibrillation over the time that is decided, and the part that is not.
struct FibrillationBurden {
  double fibrillating_s = 0.0;
  double decided_s = 0.0;
  double undecided_s = 0.0;  ///< of good signal

  [[nodiscard]] double share() const { return decided_s > 0.0 ? fibrillating_s / decided_s : 0.0; }
};
[[nodiscard]] FibrillationBurden fibrillation_burden(const BeatSequence& beats, std::span<const Fibrillation> states);

/// Something that lasts: fibrillation, a run of ectopic beats, a pause.
struct Episode {
  /// "atrial_fibrillation", "ventricular_run", "supraventricular_run", "pause", "no_beats", "beats_untold",
  /// "moving_electrodes", "possible_ventricular_fibrillation", "wide_complex_tachycardia"
  std::string code;
  double begin_s = 0.0;
  double end_s = 0.0;
  std::size_t num_beats = 0;
  std::optional<double> rate_per_min;  ///< mean; absent for a pause and where there is no beat or none is told
};

/// Three and more beats of a class, each of which joins the one before and is not far behind it (BeatSequence).
struct BeatRun {
  std::size_t first = 0;  ///< beat
  std::size_t length = 0;
  double rate_per_min = 0.0;  ///< mean
};
[[nodiscard]] std::vector<BeatRun> find_runs(const BeatSequence& beats, BeatType type);

/// [first, end) of each stretch of true.
[[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> stretches_of(const std::vector<bool>& seconds);

/// What lasts long enough to be told; StatementThresholds::episodes() gives those that are shipped.
struct EpisodeLimits {
  double pause_above_s = 0.0;   ///< an interval that is a pause
  double silence_from_s = 0.0;  ///< without a beat before the first or after the last one
};

/// What lasts in a recording, by time of its beginning. Fibrillation counts from 30 s on (or the whole recording if it
/// is shorter), runs as find_runs() finds them; a pause needs its second beat and no rejected second between. Silence
/// before the first or after the last beat is `no_beats`, where no second is rejected (settle_long_gaps() sees to
/// that), and so is a recording without any. Stretches of is_untold, is_swinging and is_wide are `beats_untold`,
/// `possible_ventricular_fibrillation` and `wide_complex_tachycardia`.
[[nodiscard]] std::vector<Episode> find_episodes(const BeatSequence& beats, std::span<const Fibrillation> states,
                                                 const EpisodeLimits& limits);

/// One minute of a long recording. A rate is absent where no interval counts.
struct TrendMinute {
  std::optional<double> mean_rate, slowest_rate, fastest_rate;  ///< per minute; extremes over 5 intervals
  std::size_t ventricular = 0;
  std::size_t supraventricular = 0;
  double fibrillating_share = 0.0;  ///< of the beats
  std::size_t rejected_s = 0;
};
[[nodiscard]] std::vector<TrendMinute> trend(const BeatSequence& beats, std::span<const Fibrillation> states);

}  // namespace xingu::ecg
