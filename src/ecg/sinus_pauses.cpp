// SPDX-License-Identifier: Apache-2.0
#include "ecg/sinus_pauses.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr std::size_t intervals_beside = 6;  // on each side of a pause
constexpr std::size_t fewest_usual = 4;
constexpr double early_part = 0.15;  // of an interval, by which a beat of the atria may come early
constexpr double smooth_s = 0.02;
constexpr double arm_s = 0.06;  // a P wave lasts about twice as long
constexpr double behind_complex_s = 0.04;
constexpr double before_wave_s = 0.02;

/// Samples of every lead between two, smoothed; leads that lack one are left out.
using Piece = std::vector<std::vector<float>>;

struct JudgedPause {
  std::size_t beat = 0;  ///< that ends it
  double length_s = 0.0;
  double usual_s = 0.0;
  int multiple = 0;  ///< of the usual interval; 0 where it is none
};

/// The largest departure from the middle of two neighbours, over all leads, mV.
double largest_bump_mv(const Piece& piece, std::ptrdiff_t arm) {
  double largest = 0.0;
  const std::ptrdiff_t size = piece.empty() ? 0 : std::ssize(piece.front());
  for (std::ptrdiff_t i = arm; i + arm < size; ++i) {
    double square = 0.0;
    for (const std::vector<float>& lead : piece) {
      const auto at = [&](std::ptrdiff_t place) { return static_cast<double>(lead[static_cast<std::size_t>(place)]); };
      const double bump = at(i) - 0.5 * (at(i - arm) + at(i + arm));
      square += bump * bump;
    }
    largest = std::max(largest, square);
  }
  return piece.empty() ? 0.0 : std::sqrt(largest / static_cast<double>(piece.size()));
}

class PauseJudge {
 public:
  PauseJudge(const LeadSignals& signals, const StatementThresholds& t, const Analysis& a)
      : signals_(signals), t_(t), a_(a), s_(a.sequence) {
    for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
      if (std::ranges::find(a.useless_leads, lead) == a.useless_leads.end()) {
        leads_.push_back(lead);
      }
    }
  }

  /// @param beat  that ends the pause
  [[nodiscard]] std::optional<JudgedPause> judge(std::size_t beat) const {
    const std::vector<std::size_t> usual = intervals_about(beat);
    if (beat < 2 || !is_of_sinus_node(beat - 1) || !is_of_sinus_node(beat) || usual.size() < fewest_usual) {
      return std::nullopt;
    }
    const auto num = static_cast<double>(usual.size());
    const double mean_s = std::transform_reduce(usual.begin(), usual.end(), 0.0, std::plus<>(),
                                                [&](std::size_t b) { return interval_s(b); }) /
                          num;
    const double square = std::transform_reduce(usual.begin(), usual.end(), 0.0, std::plus<>(), [&](std::size_t b) {
      return std::pow(interval_s(b) / mean_s - 1.0, 2);
    });
    if (std::sqrt(square / num) > t_.sinus_pause_largest_spread || has_wave(beat, usual)) {
      return std::nullopt;
    }
    const bool is_early = s_.follows(beat - 1) && interval_s(beat - 1) < (1.0 - early_part) * mean_s;
    if (is_early) {
      return std::nullopt;
    }
    const double ratio = interval_s(beat) / mean_s;
    const double whole = std::round(ratio);
    const bool is_multiple =
        whole >= 2.0 && whole <= t_.sinus_pause_most_intervals && std::abs(ratio - whole) <= t_.sinus_multiple_within;
    if (!is_multiple && ratio < t_.sinus_pause_least_intervals) {
      return std::nullopt;
    }
    return JudgedPause{beat, interval_s(beat), mean_s, is_multiple ? static_cast<int>(whole) : 0};
  }

 private:
  [[nodiscard]] double interval_s(std::size_t beat) const { return s_.time_s(beat) - s_.time_s(beat - 1); }

  [[nodiscard]] bool is_of_sinus_node(std::size_t beat) const {
    return s_.type[beat] == BeatType::normal && s_.counts(beat) && a_.waves.global[beat].p && a_.waves.global[beat].qrs;
  }

  /// Beats near one whose interval is between two of the sinus node and is no pause.
  [[nodiscard]] std::vector<std::size_t> intervals_about(std::size_t beat) const {
    const auto is_usual = [&](std::size_t b) {
      return b != beat && s_.follows(b) && is_of_sinus_node(b - 1) && is_of_sinus_node(b) &&
             interval_s(b) * t_.pause_over_usual < interval_s(beat);
    };
    std::vector<std::size_t> out;
    for (std::size_t b = beat; b-- > 1 && out.size() < intervals_beside;) {
      if (is_usual(b)) {
        out.push_back(b);
      }
    }
    const std::size_t num_before = out.size();
    for (std::size_t b = beat + 1; b < s_.size() && out.size() < num_before + intervals_beside; ++b) {
      if (is_usual(b)) {
        out.push_back(b);
      }
    }
    return out;
  }

  [[nodiscard]] std::int64_t samples(double s) const { return std::llround(s * signals_.rate_hz); }

  [[nodiscard]] Piece piece(std::int64_t from, std::int64_t until) const {
    Piece out;
    const std::int64_t margin = samples(smooth_s);
    if (from - margin < 0 || until + margin > static_cast<std::int64_t>(signals_.num_samples()) || from >= until) {
      return out;
    }
    for (const std::size_t lead : leads_) {
      const auto begin = signals_.mv[lead].begin();
      const std::vector<float> raw(begin + (from - margin), begin + (until + margin));
      const std::vector<float> smooth = moving_mean(raw, static_cast<std::size_t>(margin) | 1U);
      out.emplace_back(smooth.begin() + margin, smooth.end() - margin);
    }
    return out;
  }

  /// The mean of pieces of one size about some beats. @param from, until  samples behind each beat
  [[nodiscard]] Piece mean_piece(const std::vector<std::size_t>& beats, std::int64_t from, std::int64_t until) const {
    Piece mean;
    std::size_t num = 0;
    for (const std::size_t beat : beats) {
      const Piece one = piece(s_.sample[beat] + from, s_.sample[beat] + until);
      if (one.empty()) {
        continue;
      }
      ++num;
      if (mean.empty()) {
        mean = one;
        continue;
      }
      for (std::size_t lead = 0; lead < mean.size(); ++lead) {
        std::ranges::transform(mean[lead], one[lead], mean[lead].begin(), std::plus<>());
      }
    }
    for (std::vector<float>& lead : mean) {
      std::ranges::for_each(lead, [&](float& x) { x /= static_cast<float>(num); });
    }
    return mean;
  }

  /// What is measured on all leads, where one has no sample that is no number.
  static Piece measured(Piece piece, const Piece& beside) {
    Piece out;
    for (std::size_t lead = 0; lead < piece.size(); ++lead) {
      const auto is_whole = [](const std::vector<float>& x) {
        return std::ranges::all_of(x, [](float value) { return std::isfinite(value); });
      };
      if (is_whole(piece[lead]) && (beside.empty() || is_whole(beside[lead]))) {
        out.push_back(std::move(piece[lead]));
      }
    }
    return out;
  }

  /// Whether something as high as a part of the usual P wave stands in the pause, or nothing can be told.
  /// @param usual  beats that end usual intervals
  [[nodiscard]] bool has_wave(std::size_t beat, const std::vector<std::size_t>& usual) const {
    std::vector<std::size_t> starts;  // beats that usual intervals begin with
    std::int64_t until_p = s_.sample[beat] - s_.sample[beat - 1];
    std::int64_t longest_pr = 0;
    std::int64_t to_complex = 0;  // from a complex's beginning to its beat
    for (const std::size_t b : usual) {
      const BeatWaves& waves = a_.waves.global[b];
      starts.push_back(b - 1);
      until_p = std::min(until_p, waves.p->onset - s_.sample[b - 1] - samples(before_wave_s));
      longest_pr = std::max(longest_pr, s_.sample[b] - waves.p->onset);
      to_complex = std::max(to_complex, s_.sample[b] - waves.qrs->onset);
    }
    const std::int64_t arm = samples(arm_s);
    const std::int64_t from = a_.waves.global[beat - 1].qrs->offset - s_.sample[beat - 1] + samples(behind_complex_s);
    const std::int64_t end = a_.waves.global[beat].p->onset - s_.sample[beat - 1] - samples(before_wave_s);
    const Piece p = mean_piece(usual, -longest_pr - arm, -to_complex);
    const Piece mean = mean_piece(starts, from, until_p);
    Piece first = piece(s_.sample[beat - 1] + from, s_.sample[beat - 1] + until_p);
    const Piece rest = piece(s_.sample[beat - 1] + until_p - 2 * arm, s_.sample[beat - 1] + end);
    if (p.empty() || mean.empty() || first.empty() || rest.empty()) {
      return true;
    }
    for (std::size_t lead = 0; lead < first.size(); ++lead) {
      std::ranges::transform(first[lead], mean[lead], first[lead].begin(), std::minus<>());
    }
    const double limit_mv = t_.sinus_pause_largest_wave * largest_bump_mv(measured(p, {}), arm);
    const Piece whole_first = measured(std::move(first), rest);
    const Piece whole_rest = measured(rest, {});
    return limit_mv <= 0.0 || whole_first.empty() || whole_rest.empty() ||
           largest_bump_mv(whole_first, arm) >= limit_mv || largest_bump_mv(whole_rest, arm) >= limit_mv;
  }

  const LeadSignals& signals_;
  const StatementThresholds& t_;
  const Analysis& a_;
  const BeatSequence& s_;
  std::vector<std::size_t> leads_;
};

/// Whether the atria are the sinus node's and every P wave is answered, as far as is known.
bool is_plain_sinus_rhythm(const Analysis& a) {
  const bool is_sinus = a.says("sinus_rhythm") || a.says("sinus_bradycardia");
  return is_sinus && !a.says("sinus_arrhythmia") && a.stimuli.empty() && a.tremors.empty() && !a.wide &&
         !a.has_blocked_p() && !a.av_block.may_have_blocked_p() && a.flutter.conduction == FlutterConduction::absent;
}

void say(const std::vector<JudgedPause>& pauses, std::size_t num_all, bool is_multiple, Analysis& a) {
  const JudgedPause& longest = *std::ranges::max_element(pauses, {}, &JudgedPause::length_s);
  std::vector<std::size_t> beats;
  std::ranges::transform(pauses, std::back_inserter(beats), &JudgedPause::beat);
  a.statements.push_back(
      {is_multiple ? "sinoatrial_block" : "sinus_pause",
       is_multiple
           ? "Sinoatrial block (second degree, type II) is likely: a pause without a P wave lasts a multiple of "
             "the sinus interval"
           : "A pause without a P wave that lasts no multiple of the sinus interval: sinus arrest, or sinoatrial "
             "block of uneven intervals",
       fmt::format("{} of {} pauses, the longest {:.2f} s, which is {:.2f} of the {:.2f} s beside it", pauses.size(),
                   num_all, longest.length_s, longest.length_s / longest.usual_s, longest.usual_s),
       std::move(beats),
       {}});
}

}  // namespace

void say_sinus_pauses(const LeadSignals& signals, const StatementThresholds& thresholds, Analysis& analysis) {
  const auto found = std::ranges::find_if(analysis.statements, [](const Statement& statement) {
    return statement.code == "pause" || statement.code == "long_pause";
  });
  if (found == analysis.statements.end() || !is_plain_sinus_rhythm(analysis)) {
    return;
  }
  const std::vector<std::size_t> ends = found->beats;
  const PauseJudge judge(signals, thresholds, analysis);
  std::vector<JudgedPause> multiples;
  std::vector<JudgedPause> others;
  for (const std::size_t beat : ends) {
    if (const auto pause = judge.judge(beat)) {
      (pause->multiple > 0 ? multiples : others).push_back(*pause);
    }
  }
  if (!multiples.empty()) {
    say(multiples, ends.size(), true, analysis);
  }
  if (!others.empty()) {
    say(others, ends.size(), false, analysis);
  }
}

}  // namespace xingu::ecg
