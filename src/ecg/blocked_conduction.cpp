// SPDX-License-Identifier: Apache-2.0
#include "ecg/blocked_conduction.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "base/progress.h"
#include "ecg/filters.h"
#include "ecg/seconds.h"

namespace xingu::ecg {
namespace {

constexpr double longest_one_rhythm_s = 120.0;
constexpr std::size_t shortest_judged_s = 5;
constexpr double slow_beside_fast_atria_per_min = 75.0;  // every second wave of 150 per minute: own choice

/// Whether P waves could be blocked: ventricles that are slow, uneven or without P waves before them, and neither
/// ectopic nor paced. Of a recording short enough to have one rhythm.
bool may_have_blocked_p(const LeadSignals& signals, const AvBlockRule& rule, double slow_below_per_min,
                        const Analysis& a) {
  const bool has_others = std::ranges::any_of(
      a.sequence.type, [](BeatType type) { return is_ventricular_in_part(type) || type == BeatType::paced; });
  const std::vector<float> rr = clear_intervals(a.beats, signals.rate_hz);
  if (has_others || rr.size() < 3) {
    return false;
  }
  std::vector<float> sorted = rr;
  std::ranges::sort(sorted);
  const bool is_slow = 60.0 / static_cast<double>(median(sorted)) < slow_below_per_min;
  const bool is_uneven = sorted.back() > rule.uneven_rr_ratio * sorted.front();
  const auto with_p = std::ranges::count_if(a.waves.global, [](const BeatWaves& b) { return b.p.has_value(); });
  return is_slow || is_uneven || 2 * with_p < std::ssize(a.waves.global);
}

/// Where P waves follow each other regularly whether complexes answer or not, the atria do not fibrillate.
void judge_whole(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& a) {
  const AvBlockRule& rule = thresholds.av_block;
  if (a.flutter.is_present() || !may_have_blocked_p(signals, rule, slow_beside_fast_atria_per_min, a)) {
    return;
  }
  if (const auto atria = find_atrial_waves(signals, a.waves)) {
    a.av_block = judge_conduction(*atria, usual_onsets_s(a.waves, signals.rate_hz), rule);
  }
  if (!a.av_block.may_have_blocked_p() && !may_have_blocked_p(signals, rule, rule.slow_below_per_min, a)) {
    a.av_block = {};
  }
  if (a.has_blocked_p()) {
    std::ranges::fill(a.fibrillation, Fibrillation::no);
  }
}

/// A stretch of a recording, and what is known of its beats, as if it were one of its own.
struct Excerpt {
  LeadSignals signals;
  Analysis analysis;
  std::size_t first_beat = 0;  ///< of the whole recording
};

/// Seconds [from, until) of a recording that has been analysed but for its conduction.
Excerpt excerpt_of(const LeadSignals& signals, const Analysis& whole, std::size_t from_s, std::size_t until_s) {
  const auto sample_at = [&](std::size_t s) {
    return std::min(begin_of_second(s, signals.rate_hz), static_cast<std::int64_t>(signals.num_samples()));
  };
  const std::int64_t begin = sample_at(from_s);
  const std::int64_t end = sample_at(until_s);
  Excerpt piece{{signals.rate_hz, signals.names, {}}, {}, 0};
  for (const std::vector<float>& lead : signals.mv) {
    piece.signals.mv.emplace_back(lead.begin() + begin, lead.begin() + end);
  }
  const std::vector<std::int64_t>& samples = whole.sequence.sample;
  const auto first = std::ranges::lower_bound(samples, begin);
  piece.first_beat = static_cast<std::size_t>(first - samples.begin());
  Analysis& a = piece.analysis;
  for (auto beat = first; beat != samples.end() && *beat < end; ++beat) {
    const auto b = static_cast<std::size_t>(beat - samples.begin());
    a.beats.sample.push_back(*beat - begin);
    a.sequence.type.push_back(whole.sequence.type[b]);
    a.waves.global.push_back(whole.waves.global[b]);
    a.fibrillation.push_back(whole.fibrillation[b]);
  }
  const std::vector<bool>& rejected = whole.beats.is_rejected;
  a.beats.is_rejected.assign(rejected.begin() + static_cast<std::ptrdiff_t>(std::min(from_s, rejected.size())),
                             rejected.begin() + static_cast<std::ptrdiff_t>(std::min(until_s, rejected.size())));
  return piece;
}

struct Stretch {
  std::size_t from_s = 0;
  std::size_t until_s = 0;

  [[nodiscard]] std::size_t length_s() const { return until_s - from_s; }
};

/// The longest stretch of seconds within another in which no beat may be missing.
Stretch longest_heard(const std::vector<bool>& is_rejected, const Stretch& within) {
  Stretch best{within.from_s, within.from_s};
  std::size_t begin = within.from_s;
  for (std::size_t s = within.from_s; s <= within.until_s; ++s) {
    const bool is_over = s == within.until_s || (s < is_rejected.size() && is_rejected[s]);
    if (is_over && s - begin > best.length_s()) {
      best = {begin, s};
    }
    begin = is_over ? s + 1 : begin;
  }
  return best;
}

/// Judges conduction in a stretch by itself. What it changes of fibrillation is copied into the whole.
/// @return the block with the numbers of the stretch's beats, and that of its first beat in the whole
std::pair<AvBlock, std::size_t> judge_stretch(const LeadSignals& signals, const Stretch& stretch,
                                              const StatementThresholds& thresholds, Analysis& whole) {
  Excerpt piece = excerpt_of(signals, whole, stretch.from_s, stretch.until_s);
  Analysis& of = piece.analysis;
  if (!may_have_blocked_p(piece.signals, thresholds.av_block, slow_beside_fast_atria_per_min, of)) {
    return {};
  }
  of.waves = delineate(piece.signals, of.beats.sample);
  judge_whole(piece.signals, thresholds, of);
  if (of.has_blocked_p()) {
    std::ranges::copy(of.fibrillation, whole.fibrillation.begin() + static_cast<std::ptrdiff_t>(piece.first_beat));
  }
  return {of.av_block, piece.first_beat};
}

/// A beat that was missed looks like one that was blocked: only the longest stretch in which none can be counts.
void judge_where_heard(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& a) {
  const Stretch whole{0, a.quality.num_seconds()};
  const Stretch heard = longest_heard(a.beats.is_rejected, whole);
  if (heard.length_s() == whole.length_s()) {
    judge_whole(signals, thresholds, a);
    return;
  }
  if (a.flutter.is_present() || heard.length_s() < shortest_judged_s) {
    return;
  }
  const auto [block, first_beat] = judge_stretch(signals, heard, thresholds, a);
  a.av_block = block;
  for (std::size_t& beat : a.av_block.beats_after) {
    beat += first_beat;
  }
}

/// Adds the block of one minute to that of the whole: the kind that most minutes have, the sum of blocked waves.
class BlockOfMinutes {
 public:
  void take(const AvBlock& minute, double from_s, std::size_t first_beat) {
    ++num_minutes_of_[minute.conduction];
    rates_.push_back(static_cast<float>(minute.atrial_rate_per_min));
    out_.num_blocked += minute.num_blocked;
    out_.minutes_s.push_back(from_s);
    for (const std::size_t beat : minute.beats_after) {
      out_.beats_after.push_back(first_beat + beat);
    }
  }

  void suspect(const AvBlock& minute) { suspected_.push_back(minute); }

  [[nodiscard]] AvBlock of(std::size_t num_minutes) {
    if (2 * suspected_.size() > num_minutes) {
      return suspected_.front();
    }
    out_.num_minutes = num_minutes;
    if (!rates_.empty()) {
      const auto most = std::ranges::max_element(num_minutes_of_, {}, [](const auto& kind) { return kind.second; });
      out_.conduction = most->first;
      out_.atrial_rate_per_min = static_cast<double>(median(rates_));
    }
    return out_;
  }

 private:
  std::map<AvConduction, std::size_t> num_minutes_of_;
  std::vector<float> rates_;
  std::vector<AvBlock> suspected_;
  AvBlock out_;
};

bool flutters_in(const Stretch& stretch, const Analysis& a, const std::set<std::size_t>& fluttering) {
  return a.flutter.is_present() && std::ranges::any_of(fluttering, [&](std::size_t beat) {
           const double at_s = a.sequence.time_s(beat);
           return at_s >= static_cast<double>(stretch.from_s) && at_s < static_cast<double>(stretch.until_s);
         });
}

/// The same where a recording is too long for one rhythm, minute by minute, the last one with what is left.
void judge_by_minutes(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& a) {
  constexpr std::size_t minute_s = 60;
  const std::size_t num_minutes = static_cast<std::size_t>(signals.duration_s()) / minute_s;
  const std::set<std::size_t> fluttering(a.flutter.beats.begin(), a.flutter.beats.end());
  BlockOfMinutes blocks;
  for (std::size_t minute = 0; minute < num_minutes; ++minute) {
    throw_if_cancelled();
    const std::size_t from_s = minute * minute_s;
    const bool is_last = minute + 1 == num_minutes;
    const Stretch minute_of{from_s, is_last ? a.quality.num_seconds() : from_s + minute_s};
    const Stretch heard = longest_heard(a.beats.is_rejected, minute_of);
    if (heard.length_s() < shortest_judged_s || flutters_in(heard, a, fluttering)) {
      continue;
    }
    const auto [block, first_beat] = judge_stretch(signals, heard, thresholds, a);
    if (block.may_have_blocked_p()) {
      blocks.suspect(block);
    }
    if (block.has_blocked_p()) {
      blocks.take(block, static_cast<double>(from_s), first_beat);
    }
  }
  a.av_block = blocks.of(num_minutes);
}

}  // namespace

void judge_av_block(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& analysis) {
  if (signals.duration_s() <= longest_one_rhythm_s) {
    judge_where_heard(signals, thresholds, analysis);
  } else {
    judge_by_minutes(signals, thresholds, analysis);
  }
  if (analysis.av_block.may_have_blocked_p()) {
    std::ranges::fill(analysis.fibrillation, Fibrillation::no);  // regular P waves, whether they are answered or not
  }
}

}  // namespace xingu::ecg
