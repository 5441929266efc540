// SPDX-License-Identifier: Apache-2.0
#include "ecg/long_gaps.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "ecg/filters.h"
#include "ecg/missing_samples.h"
#include "ecg/seconds.h"

namespace xingu::ecg {
namespace {

constexpr double longest_usual_s = 1.95;       // below every pause that is said
constexpr double longest_disturbance_s = 1.2;  // in a silent gap: half of the shortest fibrillation that is told
constexpr double slope_over_s = 0.02;
constexpr double move_over_s = 0.1;
constexpr float largest_move_mv = 0.15F;  // above waves of the atria, below coarse fibrillation of the ventricles
constexpr double half_complex_s = 0.08;
constexpr double after_beat_s = 0.45;  // T wave
constexpr double before_beat_s = 0.25;
constexpr float largest_slope_part = 0.35F;
constexpr std::size_t most_beats = 500;    // that a usual slope is the median of
constexpr double longest_complex_s = 0.3;  // from the first steep sample of most leads to the last
constexpr double lone_by_s = 0.7;          // from the complexes before and after: then neither is the other's T wave
constexpr double energy_over_s = 0.09;     // about which the detector places a complex
constexpr float largest_slope_over_usual = 4;  // a steeper one is no heart's

/// Median of |x(t + 0.1 s) − x(t)|, mV: how much moves all the time; NaN is passed over.
float usual_move(const std::vector<float>& x, std::int64_t from, std::int64_t until, std::int64_t width) {
  const std::int64_t begin = std::max<std::int64_t>(0, from);
  const std::int64_t end = std::min(until, std::ssize(x)) - width;
  std::vector<float> moves;
  for (std::int64_t i = begin; i < end; ++i) {
    const float move = std::abs(x[static_cast<std::size_t>(i + width)] - x[static_cast<std::size_t>(i)]);
    if (!std::isnan(move)) {
      moves.push_back(move);
    }
  }
  return moves.empty() ? 0.0F : median(moves);
}

enum class GapKind { usual, unusual };

/// A gap is usual up to this, samples: half as much again as the median interval between beats.
double longest_usual_gap(std::span<const std::int64_t> beats) {
  std::vector<float> intervals;
  for (std::size_t b = 1; b < beats.size(); ++b) {
    intervals.push_back(static_cast<float>(beats[b] - beats[b - 1]));
  }
  return intervals.empty() ? 0.0 : 1.5 * static_cast<double>(median(intervals));
}

class GapJudge {
 public:
  GapJudge(const LeadSignals& signals, const SignalQuality& quality, std::span<const std::int64_t> beats)
      : signals_(signals), quality_(quality), width_(samples(slope_over_s)) {
    const std::size_t step = beats.size() / most_beats + 1;
    for (const std::vector<float>& lead : signals.mv) {
      std::vector<float> slopes;
      for (std::size_t b = 0; b < beats.size(); b += step) {
        slopes.push_back(
            largest_change(lead, beats[b] - samples(half_complex_s), beats[b] + samples(half_complex_s) + 1, width_));
      }
      usual_slopes_.push_back(slopes.empty() ? 0.0F : median(slopes));
    }
  }

  /// Whether no complex is between two samples.
  [[nodiscard]] bool is_silent(std::int64_t from, std::int64_t until, GapKind kind) const {
    std::size_t num_usual = 0;
    std::size_t num_silent = 0;
    for (std::size_t lead = 0; lead < signals_.num_leads(); ++lead) {
      if (usual_slopes_[lead] > 0) {
        const std::vector<float>& x = signals_.mv[lead];
        const bool is_silent = has_signal(lead, from, until, kind) &&
                               largest_change(x, from, until, width_) < largest_slope_part * usual_slopes_[lead] &&
                               usual_move(x, from, until, samples(move_over_s)) < largest_move_mv;
        ++num_usual;
        num_silent += is_silent ? 1 : 0;
      }
    }
    return 2 * num_silent > num_usual;
  }

  /// From the first sample at which half of the leads with complexes are steep to the last, where that is short and all
  /// else between the two samples is silent.
  [[nodiscard]] std::optional<GapDisturbance> lone_disturbance(std::int64_t from, std::int64_t until,
                                                               GapKind kind) const {
    const std::vector<float> shares = steep_shares(from, until);
    const auto is_steep = [](float share) { return share >= 0.5F; };
    const auto first = std::ranges::find_if(shares, is_steep);
    if (first == shares.end()) {
      return std::nullopt;
    }
    const auto last = std::find_if(shares.rbegin(), shares.rend(), is_steep);
    const GapDisturbance out{from + (first - shares.begin()), until - (last - shares.rbegin())};
    const bool is_short = out.until - out.from <= samples(longest_disturbance_s);
    return is_short && is_silent(from, out.from, kind) && is_silent(out.until, until, kind) ? std::optional(out)
                                                                                            : std::nullopt;
  }

  [[nodiscard]] std::int64_t samples(double s) const { return std::llround(s * signals_.rate_hz); }

  /// Complexes that stand alone between two samples: for no longer than one something is steep on most of the leads,
  /// which are good there, and before, between and after them it is silent. None where anything else moves.
  [[nodiscard]] std::vector<std::int64_t> lone_complexes(std::int64_t from, std::int64_t until) const {
    struct Steep {
      std::int64_t from = 0;
      std::int64_t until = 0;
    };
    std::vector<Steep> found;
    const std::vector<float> shares = steep_shares(from, until);
    for (std::int64_t i = 0; i < std::ssize(shares); ++i) {
      if (shares[static_cast<std::size_t>(i)] <= 0.5F) {
        continue;
      }
      if (!found.empty() && from + i - found.back().until < samples(longest_complex_s)) {
        found.back().until = from + i + 1;
      } else {
        found.push_back({from + i, from + i + 1});
      }
    }
    std::vector<std::int64_t> out;
    std::int64_t silent_from = from;
    for (const Steep& steep : found) {
      const std::int64_t at = middle_of_energy(steep.from, steep.until);
      const bool is_alone = out.empty() || at - out.back() >= samples(lone_by_s);
      if (steep.until - steep.from > samples(longest_complex_s) || !is_alone || !are_leads_good(at) ||
          !is_silent(silent_from, at - samples(before_beat_s), GapKind::usual)) {
        return {};
      }
      out.push_back(at);
      silent_from = std::min(until, at + samples(after_beat_s));
    }
    return out.empty() || !is_silent(silent_from, until, GapKind::usual) ? std::vector<std::int64_t>{} : out;
  }

 private:
  /// [sample from `from` on] part of the leads with complexes on which a slope within half a complex is as steep as one
  /// has it; 1 where any of those leads is steeper than a heart.
  [[nodiscard]] std::vector<float> steep_shares(std::int64_t from, std::int64_t until) const {
    std::vector<float> shares(static_cast<std::size_t>(std::max<std::int64_t>(0, until - from)), 0.0F);
    const auto num_usual =
        static_cast<float>(std::ranges::count_if(usual_slopes_, [](float slope) { return slope > 0; }));
    const std::int64_t half = samples(half_complex_s);
    for (std::size_t lead = 0; lead < signals_.num_leads(); ++lead) {
      const std::vector<float>& x = signals_.mv[lead];
      std::int64_t done = from;
      for (std::int64_t i = from; usual_slopes_[lead] > 0 && i + width_ < std::min(until, std::ssize(x)); ++i) {
        const float slope = std::abs(x[static_cast<std::size_t>(i + width_)] - x[static_cast<std::size_t>(i)]);
        if (!(slope >= largest_slope_part * usual_slopes_[lead])) {
          continue;
        }
        for (done = std::max(done, i - half); done <= std::min(until - 1, i + half); ++done) {
          shares[static_cast<std::size_t>(done - from)] += 1.0F / num_usual;
        }
      }
    }
    return shares;
  }

  /// Where the slopes of all leads, each over its usual one, have most energy.
  [[nodiscard]] std::int64_t middle_of_energy(std::int64_t from, std::int64_t until) const {
    std::vector<float> energy(static_cast<std::size_t>(until - from), 0.0F);
    for (std::size_t lead = 0; lead < signals_.num_leads(); ++lead) {
      const std::vector<float>& x = signals_.mv[lead];
      for (std::int64_t i = from; usual_slopes_[lead] > 0 && i < until && i + width_ < std::ssize(x); ++i) {
        const float slope =
            (x[static_cast<std::size_t>(i + width_)] - x[static_cast<std::size_t>(i)]) / usual_slopes_[lead];
        energy[static_cast<std::size_t>(i - from)] += std::isnan(slope) ? 0.0F : slope * slope;
      }
    }
    energy = moving_mean(energy, static_cast<std::size_t>(samples(energy_over_s)));
    return from + (std::ranges::max_element(energy) - energy.begin()) + width_ / 2;
  }

  /// Most of the leads with complexes are good in a sample's second and no steeper there than a heart.
  [[nodiscard]] bool are_leads_good(std::int64_t at) const {
    const std::size_t second = second_of(at, signals_.rate_hz);
    std::size_t num_usual = 0;
    std::size_t num_good = 0;
    for (std::size_t lead = 0; lead < signals_.num_leads(); ++lead) {
      const std::vector<LeadSecond>& seconds = quality_.leads[lead];
      if (usual_slopes_[lead] > 0) {
        const float slope =
            largest_change(signals_.mv[lead], at - samples(half_complex_s), at + samples(half_complex_s) + 1, width_);
        ++num_usual;
        num_good += (second >= seconds.size() || seconds[second].is_undisturbed()) &&
                            slope < largest_slope_over_usual * usual_slopes_[lead]
                        ? 1
                        : 0;
      }
    }
    return 2 * num_good > num_usual;
  }

  /// In every second between two samples. A flat one in a usual gap is a quiet diastole, no electrode that came off.
  [[nodiscard]] bool has_signal(std::size_t lead, std::int64_t from, std::int64_t until, GapKind kind) const {
    const std::vector<LeadSecond>& seconds = quality_.leads[lead];
    const auto at = [&](std::int64_t sample) {
      return std::min(second_of(std::max<std::int64_t>(0, sample), signals_.rate_hz), seconds.size());
    };
    return std::all_of(seconds.begin() + static_cast<std::ptrdiff_t>(at(from)),
                       seconds.begin() + static_cast<std::ptrdiff_t>(std::max(at(from), at(until - 1))),
                       [&](const LeadSecond& second) {
                         return second.has_signal() || (kind == GapKind::usual && second.has(Fault::flat));
                       });
  }

  const LeadSignals& signals_;
  const SignalQuality& quality_;
  std::int64_t width_;
  std::vector<float> usual_slopes_;  // [lead]
};

/// From one beat to the next, or to an end of the recording, and where no T wave and no complex of these is; samples.
struct Gap {
  std::int64_t from = 0;
  std::int64_t until = 0;
  std::int64_t quiet_from = 0;
  std::int64_t quiet_until = 0;
  GapKind kind = GapKind::usual;
};

/// What alone breaks a gap's silence, where a beat within it would leave a pause.
std::optional<GapDisturbance> disturbance_of_pause(const GapJudge& judge, const Gap& gap, double longest_usual) {
  const auto found = judge.lone_disturbance(gap.quiet_from, gap.quiet_until, gap.kind);
  const bool is_pause =
      found && static_cast<double>(std::max(found->from - gap.from, gap.until - found->until)) > longest_usual;
  return is_pause ? found : std::nullopt;
}

/// The seconds [first, second) that a gap touches.
std::pair<std::ptrdiff_t, std::ptrdiff_t> seconds_of(const Gap& gap, double rate_hz, std::size_t num_seconds) {
  return {static_cast<std::ptrdiff_t>(second_of(gap.from, rate_hz)),
          static_cast<std::ptrdiff_t>(std::min(num_seconds, second_of(gap.until - 1, rate_hz) + 1))};
}

/// Rejects the seconds of a gap in which samples are missing, and those before, between and behind them where what is
/// left is not silent. Only whole seconds are looked at: the others are rejected anyway.
void settle_gap(const GapJudge& judge, const Gap& gap, const std::vector<bool>& is_missing, double rate_hz,
                std::vector<bool>& rejected) {
  const std::size_t begin = second_of(gap.from, rate_hz);
  const std::size_t end = std::min(rejected.size(), second_of(gap.until - 1, rate_hz) + 1);
  for (std::size_t s = begin; s < end;) {
    std::size_t next = s + 1;
    while (next < end && is_missing[next] == is_missing[s]) {
      ++next;
    }
    const std::int64_t from = s == begin ? gap.quiet_from : std::max(gap.quiet_from, begin_of_second(s, rate_hz));
    const std::int64_t until =
        next == end ? gap.quiet_until : std::min(gap.quiet_until, begin_of_second(next, rate_hz));
    const bool is_silent = !is_missing[s] && judge.is_silent(from, until, gap.kind);
    std::fill(rejected.begin() + static_cast<std::ptrdiff_t>(s), rejected.begin() + static_cast<std::ptrdiff_t>(next),
              !is_silent);
    s = next;
  }
}

bool is_silent_second(const SignalQuality& quality, std::size_t second, double smallest_range_mv) {
  const auto num = std::ranges::count_if(quality.leads, [&](const std::vector<LeadSecond>& lead) {
    return second < lead.size() && lead[second].has_signal() &&
           static_cast<double>(lead[second].range_mv) < smallest_range_mv;
  });
  return num > 0 && 2 * num >= std::ssize(quality.leads);
}

/// Most recordings have none.
bool has_long_gap(std::span<const std::int64_t> beats, std::int64_t end, double longest) {
  std::int64_t before = 0;
  for (std::size_t b = 0; b <= beats.size(); ++b) {
    const std::int64_t at = b == beats.size() ? end : beats[b];
    if (static_cast<double>(at - before) > longest) {
      return true;
    }
    before = at;
  }
  return false;
}

/// The beats with the complexes that stand alone in their long gaps (GapJudge::lone_complexes()).
void take_up_lone_complexes(const GapJudge& judge, std::int64_t num_samples, QrsDetection& beats) {
  QrsDetection out;
  for (std::size_t b = 0; b <= beats.sample.size(); ++b) {
    const bool is_first = b == 0;
    const bool is_last = b == beats.sample.size();
    const std::int64_t from =
        is_first ? judge.samples(half_complex_s) : beats.sample[b - 1] + judge.samples(after_beat_s);
    const std::int64_t until =
        is_last ? num_samples - judge.samples(half_complex_s) : beats.sample[b] - judge.samples(before_beat_s);
    if (until - from > judge.samples(longest_usual_s - after_beat_s - before_beat_s)) {
      for (const std::int64_t lone : judge.lone_complexes(from, until)) {
        const bool is_near = (!is_first && lone - beats.sample[b - 1] < judge.samples(lone_by_s)) ||
                             (!is_last && beats.sample[b] - lone < judge.samples(lone_by_s));
        if (!is_near) {
          out.sample.push_back(lone);
          out.confidence.push_back(1.0F);
        }
      }
    }
    if (!is_last) {
      out.sample.push_back(beats.sample[b]);
      out.confidence.push_back(beats.confidence[b]);
    }
  }
  beats.sample = std::move(out.sample);
  beats.confidence = std::move(out.confidence);
}

}  // namespace

void settle_long_gaps(const LeadSignals& signals, const SignalQuality& quality, double smallest_range_mv,
                      QrsDetection& beats) {
  std::vector<bool>& rejected = beats.is_rejected;
  if (beats.sample.empty()) {
    for (std::size_t s = 0; s < rejected.size(); ++s) {
      rejected[s] = rejected[s] && !is_silent_second(quality, s, smallest_range_mv);
    }
    return;
  }
  const auto end = static_cast<std::int64_t>(signals.num_samples());
  if (!has_long_gap(beats.sample, end, longest_usual_s * signals.rate_hz)) {
    return;
  }
  const GapJudge judge(signals, quality, beats.sample);
  take_up_lone_complexes(judge, end, beats);
  const double longest_usual = longest_usual_gap(beats.sample);
  const std::vector<bool> is_missing = missing_seconds(missing_stretches(signals), signals.rate_hz, rejected.size());
  for (std::size_t b = 0; b <= beats.sample.size(); ++b) {
    const bool is_first = b == 0;
    const bool is_last = b == beats.sample.size();
    const std::int64_t from = is_first ? 0 : beats.sample[b - 1];
    const std::int64_t until = is_last ? end : beats.sample[b];
    if (static_cast<double>(until - from) <= longest_usual_s * signals.rate_hz) {
      continue;
    }
    const Gap gap{from, until, from + (is_first ? 0 : judge.samples(after_beat_s)),
                  until - (is_last ? 0 : judge.samples(before_beat_s)),
                  static_cast<double>(until - from) <= longest_usual ? GapKind::usual : GapKind::unusual};
    settle_gap(judge, gap, is_missing, signals.rate_hz, rejected);
    if (is_first || is_last) {
      continue;
    }
    const auto seconds = seconds_of(gap, signals.rate_hz, rejected.size());
    const auto has = [&](const std::vector<bool>& flags, bool flag) {
      return std::find(flags.begin() + seconds.first, flags.begin() + seconds.second, flag) !=
             flags.begin() + seconds.second;
    };
    if (has(is_missing, true) || !has(rejected, true)) {
      continue;
    }
    if (const auto disturbance = disturbance_of_pause(judge, gap, longest_usual)) {
      beats.disturbances.push_back(*disturbance);
      std::fill(rejected.begin() + seconds.first, rejected.begin() + seconds.second, false);
    }
  }
}

SilentEnds silent_ends(std::span<const std::int64_t> beats, const std::vector<bool>& is_rejected, double rate_hz,
                       double end_s) {
  SilentEnds out;
  if (beats.empty() || is_rejected.empty()) {
    return out;
  }
  const double first_s = static_cast<double>(beats.front()) / rate_hz;
  const double last_s = static_cast<double>(beats.back()) / rate_hz;
  out.before_s = is_heard(is_rejected, 0.0, first_s) ? first_s : 0.0;
  out.after_s = is_heard(is_rejected, last_s, end_s) ? std::max(0.0, end_s - last_s) : 0.0;
  return out;
}

}  // namespace xingu::ecg
