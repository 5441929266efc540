// SPDX-License-Identifier: Apache-2.0
#include "ecg/av_conduction.h"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "ecg/atrial_signal.h"
#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double low_pass_hz = 20.0;
constexpr double half_pattern_s = 0.075;
constexpr double least_spacing_s = 0.30;
constexpr std::size_t num_patterns = 8;
constexpr double same_wave = 0.75;
constexpr double smallest_part = 0.5;  // of the pattern's size
constexpr double largest_part = 2.0;
// By Cauchy and Schwarz what is like the pattern and of its size has its energy within smallest_part² and
// (largest_part / same_wave)²; a little more, for rounding.
constexpr float smallest_own_part = 0.249F;
constexpr float largest_own_part = 7.12F;
constexpr std::size_t fewest = 4;
constexpr double on_time = 0.15;                   // of the usual interval
constexpr double shortest_blocked_interval = 1.4;  // between beats, of the usual one between P waves
constexpr double shortest_pr_s = 0.08;
constexpr double longest_pr_s = 0.60;

/// [sample] Squares of the leads about their means, summed over the width of a pattern there; 0 at the ends and where
/// complexes fill more than a quarter of it. Cost O(samples · leads · width).
std::vector<float> sizes_of(const AtrialSignal& signal) {
  const std::ptrdiff_t half = signal.in(half_pattern_s);
  const std::ptrdiff_t width = 2 * half + 1;
  std::vector<float> sizes(static_cast<std::size_t>(signal.size()), 0.0F);
  std::ptrdiff_t num_of_complexes = 0;
  for (std::ptrdiff_t end = 0; end < signal.size(); ++end) {
    num_of_complexes += signal.is_complex[static_cast<std::size_t>(end)] ? 1 : 0;
    num_of_complexes -= end >= width && signal.is_complex[static_cast<std::size_t>(end - width)] ? 1 : 0;
    if (end + 1 < width || 4 * num_of_complexes > width) {
      continue;
    }
    float& size = sizes[static_cast<std::size_t>(end - half)];
    size = 1e-12F;
    for (const std::vector<float>& lead : signal.leads) {
      const Eigen::Map<const Eigen::ArrayXf> x(lead.data() + (end + 1 - width), width);
      size += (x - x.mean()).square().sum();
    }
  }
  return sizes;
}

/// A wave on all leads together, each about its mean.
class Pattern {
 public:
  /// @param sizes  of this signal; must outlive the pattern
  Pattern(const AtrialSignal& signal, std::span<const float> sizes, std::span<const std::ptrdiff_t> centres)
      : signal_(signal), sizes_(sizes), half_(signal.in(half_pattern_s)) {
    shape_.assign(signal.leads.size() * width(), 0.0F);
    for (const std::ptrdiff_t centre : centres) {
      for (std::size_t lead = 0; lead < signal.leads.size(); ++lead) {
        const float* const x = signal.leads[lead].data() + (centre - half_);
        const float mean = std::accumulate(x, x + width(), 0.0F) / static_cast<float>(width());
        for (std::size_t i = 0; i < width(); ++i) {
          shape_[lead * width() + i] += (x[i] - mean) / static_cast<float>(centres.size());
        }
      }
    }
    energy_ = 1e-12F + std::inner_product(shape_.begin(), shape_.end(), shape_.begin(), 0.0F);
  }

  /// Correlation of what is there with the pattern; 0 where it is much smaller or larger.
  [[nodiscard]] float likeness(std::ptrdiff_t centre) const {
    const float own = sizes_[static_cast<std::size_t>(centre)];
    if (own < smallest_own_part * energy_ || own > largest_own_part * energy_) {
      return 0.0F;
    }
    float both = 0.0F;
    for (std::size_t lead = 0; lead < signal_.leads.size(); ++lead) {
      const auto n = static_cast<Eigen::Index>(width());
      const Eigen::Map<const Eigen::ArrayXf> x(signal_.leads[lead].data() + (centre - half_), n);
      const Eigen::Map<const Eigen::ArrayXf> shape(shape_.data() + lead * width(), n);
      both += ((x - x.mean()) * shape).sum();
    }
    const float part = both / energy_;
    return part < smallest_part || part > largest_part ? 0.0F : both / std::sqrt(own * energy_);
  }

  /// Where it is found, the likest first kept within the least spacing; ascending.
  [[nodiscard]] std::vector<std::ptrdiff_t> find() const {
    std::vector<std::pair<float, std::ptrdiff_t>> like;
    for (std::ptrdiff_t i = half_; i + half_ < signal_.size(); ++i) {
      const float r = likeness(i);
      if (r >= static_cast<float>(same_wave)) {
        like.emplace_back(r, i);
      }
    }
    std::ranges::sort(like, std::greater<>());
    std::vector<std::ptrdiff_t> out;
    for (const auto& [r, at] : like) {
      if (std::ranges::all_of(
              out, [&](std::ptrdiff_t other) { return std::abs(other - at) >= signal_.in(least_spacing_s); })) {
        out.push_back(at);
      }
    }
    std::ranges::sort(out);
    return out;
  }

  [[nodiscard]] std::size_t width() const { return static_cast<std::size_t>(2 * half_ + 1); }

  /// Samples from the centre back to where the pattern begins: the last tenth of its largest departure, summed over
  /// the leads.
  [[nodiscard]] std::ptrdiff_t centre_to_onset() const {
    std::vector<float> size(width(), 0.0F);
    for (std::size_t lead = 0; lead < signal_.leads.size(); ++lead) {
      for (std::size_t i = 0; i < width(); ++i) {
        const float d = shape_[lead * width() + i] - shape_[lead * width()];
        size[i] += d * d;
      }
    }
    const float largest = *std::ranges::max_element(size);
    const auto onset = std::ranges::find_if(size, [&](float x) { return x > 0.01F * largest; }) - size.begin();
    return half_ - onset;
  }

 private:
  const AtrialSignal& signal_;
  std::span<const float> sizes_;
  std::ptrdiff_t half_;
  std::vector<float> shape_;  ///< [lead][offset]
  float energy_ = 0.0F;
};

/// The largest waves between the complexes, by the sum of the leads' squares about their means.
std::vector<std::ptrdiff_t> largest_waves(const AtrialSignal& signal) {
  const std::ptrdiff_t half = signal.in(half_pattern_s);
  const auto width = static_cast<std::size_t>(2 * half + 1);
  std::vector<std::pair<double, std::ptrdiff_t>> sizes;
  for (std::ptrdiff_t centre = half; centre + half < signal.size(); ++centre) {
    const auto begin = signal.is_complex.begin() + (centre - half);
    if (std::find(begin, begin + static_cast<std::ptrdiff_t>(width), true) !=
        begin + static_cast<std::ptrdiff_t>(width)) {
      continue;
    }
    double size = 0.0;
    for (const std::vector<float>& lead : signal.leads) {
      const float ends =
          0.5F * (lead[static_cast<std::size_t>(centre - half)] + lead[static_cast<std::size_t>(centre + half)]);
      const double height = lead[static_cast<std::size_t>(centre)] - ends;
      size += height * height;
    }
    sizes.emplace_back(size, centre);
  }
  std::ranges::sort(sizes, std::greater<>());
  std::vector<std::ptrdiff_t> out;
  for (const auto& [size, centre] : sizes) {
    if (out.size() == num_patterns) {
      break;
    }
    if (std::ranges::all_of(
            out, [&](std::ptrdiff_t other) { return std::abs(other - centre) >= signal.in(least_spacing_s); })) {
      out.push_back(centre);
    }
  }
  return out;
}

/// Usual interval: the median of those that are no longer than one and a half times the shorter third.
double usual_interval(const std::vector<double>& onsets) {
  std::vector<float> intervals;
  for (std::size_t i = 1; i < onsets.size(); ++i) {
    intervals.push_back(static_cast<float>(onsets[i] - onsets[i - 1]));
  }
  std::vector<float> copy = intervals;
  const float longest = 1.5F * quantile(std::span(copy), 0.33);
  std::erase_if(intervals, [&](float x) { return x > longest; });
  return static_cast<double>(median(intervals));
}

bool is_about(double interval, double usual) { return std::abs(interval - usual) <= on_time * usual; }

/// Whether a complex could hide a P wave that begins there.
bool may_hide(const AtrialSignal& signal, double onset_s) {
  const auto sample = [&](double s) { return std::clamp<std::ptrdiff_t>(signal.in(s), 0, signal.size()); };
  const auto begin = signal.is_complex.begin() + sample(onset_s - 0.5 * half_pattern_s);
  const auto end = signal.is_complex.begin() + sample(onset_s + 1.5 * half_pattern_s);
  return std::find(begin, end, true) != end;
}

/// Orders what was found: what is usual, how regular, and which waves a complex hides. A wave that stands between two
/// at the usual distance is something else; it is left out and counts as irregular.
AtrialWaves in_order(const AtrialSignal& signal, const std::vector<double>& found) {
  AtrialWaves out;
  out.interval_s = usual_interval(found);
  out.onset_s.push_back(found.front());
  std::size_t regular = 0;
  for (std::size_t i = 1; i < found.size(); ++i) {
    const double before = out.onset_s.back();
    const double interval = found[i] - before;
    const bool is_regular = is_about(interval, out.interval_s);
    if (!is_regular && i + 1 < found.size() && is_about(found[i + 1] - before, out.interval_s)) {
      continue;
    }
    const double middle = before + 0.5 * interval;
    const bool is_hidden = !is_regular && is_about(0.5 * interval, out.interval_s) && may_hide(signal, middle);
    if (is_hidden) {
      out.onset_s.push_back(middle);
      --out.num_seen;
    }
    regular += is_regular || is_hidden ? 1 : 0;
    out.onset_s.push_back(found[i]);
  }
  out.num_seen += out.onset_s.size();
  out.regularity = static_cast<double>(regular) / static_cast<double>(found.size() - 1);
  return out;
}

/// P waves and complexes of each interval between beats.
struct Answers {
  std::vector<std::size_t> num_p;  ///< [beat] since the beat before, those that begin too late for this one left over
  std::vector<double> since_p_s;   ///< [beat] from the last of them; negative where there is none

  /// [beat] the same where it may be a PR interval, else negative; without the first beat, which may miss P waves.
  [[nodiscard]] std::vector<double> pr_s() const {
    std::vector<double> out;
    for (std::size_t b = 1; b < since_p_s.size(); ++b) {
      out.push_back(since_p_s[b] <= longest_pr_s ? since_p_s[b] : -1.0);
    }
    return out;
  }
};

Answers answers(const AtrialWaves& atria, std::span<const double> qrs_onset_s) {
  Answers out;
  std::size_t next = 0;
  for (const double qrs : qrs_onset_s) {
    std::size_t count = 0;
    double last = -1.0;
    for (; next < atria.onset_s.size() && atria.onset_s[next] <= qrs - shortest_pr_s; ++next) {
      ++count;
      last = atria.onset_s[next];
    }
    out.num_p.push_back(count);
    out.since_p_s.push_back(count > 0 ? qrs - last : -1.0);
  }
  return out;
}

double spread(std::vector<double> values) {
  std::erase_if(values, [](double v) { return v < 0.0; });
  const auto [low, high] = std::ranges::minmax_element(values);
  return values.empty() ? 0.0 : *high - *low;
}

/// Whether the P waves pass through the ventricles' beats steadily: the time since the last one, counted on over the
/// interval between P waves, lies on a line that rises or falls by more than conducted beats do.
bool passes(const std::vector<double>& since_p_s, double interval_s, const AvBlockRule& rule) {
  constexpr std::size_t fewest_beats = 5;
  constexpr double least_way_in_changes = 2.0;  // of a PR that counts as constant: own choice
  constexpr double largest_error_s = 0.02;      // rms about the line: own choice
  std::vector<double> way;
  for (const double since : since_p_s) {
    if (since < 0.0 || since_p_s.size() < fewest_beats) {
      return false;
    }
    const double last = way.empty() ? since : way.back();
    way.push_back(since - interval_s * std::round((since - last) / interval_s));
  }
  const auto n = static_cast<double>(way.size());
  const double middle = 0.5 * (n - 1.0);
  const double mean = std::accumulate(way.begin(), way.end(), 0.0) / n;
  double slope = 0.0;
  double moment = 0.0;
  for (std::size_t b = 0; b < way.size(); ++b) {
    slope += (static_cast<double>(b) - middle) * (way[b] - mean);
    moment += (static_cast<double>(b) - middle) * (static_cast<double>(b) - middle);
  }
  slope /= std::max(moment, 1e-9);
  double squares = 0.0;
  for (std::size_t b = 0; b < way.size(); ++b) {
    const double error = way[b] - mean - slope * (static_cast<double>(b) - middle);
    squares += error * error / n;
  }
  return std::abs(slope) * (n - 1.0) >= least_way_in_changes * rule.longest_constant_pr_s &&
         std::sqrt(squares) <= largest_error_s;
}

/// Regular ventricles whose beats stand in no relation to the P waves.
bool is_dissociated(const Answers& a, std::span<const double> qrs_onset_s, double interval_s, const AvBlockRule& rule) {
  std::vector<double> rr;
  for (std::size_t b = 1; b < qrs_onset_s.size(); ++b) {
    rr.push_back(qrs_onset_s[b] - qrs_onset_s[b - 1]);
  }
  const double mean = std::accumulate(rr.begin(), rr.end(), 0.0) / static_cast<double>(rr.size());
  const std::vector<double> since_p_s(a.since_p_s.begin() + 1, a.since_p_s.end());
  return spread(rr) <= rule.largest_rr_spread * mean && mean > 1.2 * interval_s &&
         (spread(since_p_s) > 0.3 * interval_s || passes(since_p_s, interval_s, rule));
}

AvConduction of_single_blocks(const Answers& a, const std::vector<std::size_t>& blocked, const AvBlockRule& rule) {
  const auto is_pr = [&](std::size_t b) { return a.since_p_s[b] >= 0.0 && a.since_p_s[b] <= longest_pr_s; };
  std::vector<float> changes;
  for (const std::size_t b : blocked) {
    if (is_pr(b - 1) && is_pr(b)) {
      changes.push_back(static_cast<float>(a.since_p_s[b - 1] - a.since_p_s[b]));
    }
  }
  if (changes.empty()) {
    return AvConduction::second;
  }
  if (static_cast<double>(median(changes)) >= rule.least_pr_change_s) {
    return AvConduction::type_1;
  }
  return spread(a.pr_s()) <= rule.longest_constant_pr_s ? AvConduction::type_2 : AvConduction::second;
}

}  // namespace

std::vector<double> usual_onsets_s(const Delineation& delineation, double rate_hz) {
  std::vector<float> ahead;
  for (std::size_t b = 0; b < delineation.global.size(); ++b) {
    if (delineation.global[b].qrs) {
      ahead.push_back(static_cast<float>(delineation.beats.samples[b] - delineation.global[b].qrs->onset));
    }
  }
  const double usual = static_cast<double>(median(ahead));
  std::vector<double> out;
  for (const std::int64_t sample : delineation.beats.samples) {
    out.push_back((static_cast<double>(sample) - usual) / rate_hz);
  }
  return out;
}

std::optional<AtrialWaves> find_atrial_waves(const LeadSignals& signals, const Delineation& delineation) {
  const auto num_beats =
      std::ranges::count_if(delineation.global, [](const BeatWaves& b) { return b.qrs.has_value(); });
  if (static_cast<std::size_t>(num_beats) < fewest || signals.rate_hz < lowest_atrial_rate_hz ||
      static_cast<double>(signals.num_samples()) < 4.0 * signals.rate_hz) {
    return std::nullopt;
  }
  const VentricularWindows windows(delineation, signals.rate_hz, atrial_decimation(signals.rate_hz));
  const AtrialSignal signal = atrial_signal(signals, windows, low_pass_hz);
  std::optional<AtrialWaves> best;
  const std::vector<float> sizes = sizes_of(signal);
  for (const std::ptrdiff_t centre : largest_waves(signal)) {
    const std::vector<std::ptrdiff_t> first = Pattern(signal, sizes, std::vector<std::ptrdiff_t>{centre}).find();
    if (first.size() < 3) {
      continue;
    }
    const Pattern pattern(signal, sizes, first);
    const std::vector<std::ptrdiff_t> found = pattern.find();
    if (found.size() < fewest) {
      continue;
    }
    std::vector<double> onsets;
    for (const std::ptrdiff_t at : found) {
      onsets.push_back(static_cast<double>(at - pattern.centre_to_onset()) / signal.rate_hz);
    }
    const AtrialWaves waves = in_order(signal, onsets);
    const auto worth = [](const AtrialWaves& w) { return w.regularity * static_cast<double>(w.num_seen); };
    if (!best || worth(waves) > worth(*best)) {
      best = waves;
    }
  }
  return best;
}

AvBlock judge_conduction(const AtrialWaves& atria, std::span<const double> qrs_onset_s, const AvBlockRule& rule) {
  AvBlock out;
  const bool is_clear =
      atria.regularity >= rule.least_regularity &&
      static_cast<double>(atria.num_seen) >= rule.least_seen_part * static_cast<double>(atria.onset_s.size());
  // beats that have P waves on both sides, and one more before them
  const auto first = std::ranges::lower_bound(qrs_onset_s, atria.onset_s.front() + shortest_pr_s);
  const auto last = std::ranges::upper_bound(qrs_onset_s, atria.onset_s.back() + longest_pr_s);
  const auto skipped = static_cast<std::size_t>(first - qrs_onset_s.begin());
  if (!is_clear || last - first < static_cast<std::ptrdiff_t>(fewest)) {
    return out;
  }
  const std::span<const double> beats(first, last);
  out.atrial_rate_per_min = 60.0 / atria.interval_s;
  const Answers a = answers(atria, beats);
  std::vector<std::size_t> blocked;
  std::size_t most = 0;
  bool are_long = true;  // the intervals in which a P wave is blocked
  for (std::size_t b = 1; b < beats.size(); ++b) {
    most = std::max(most, a.num_p[b]);
    if (a.num_p[b] > 1) {
      are_long = are_long && beats[b] - beats[b - 1] >= shortest_blocked_interval * atria.interval_s;
      blocked.push_back(b);
      out.beats_after.push_back(skipped + b);
      out.num_blocked += a.num_p[b] - 1;
    }
  }
  const std::size_t unanswered = static_cast<std::size_t>(std::count(a.num_p.begin() + 1, a.num_p.end(), 0U));
  const bool is_constant = spread(a.pr_s()) <= rule.longest_constant_pr_s;
  if (is_dissociated(a, beats, atria.interval_s, rule)) {
    out.conduction = AvConduction::none;
  } else if (unanswered > 0 || !are_long) {
    out.conduction = AvConduction::unknown;
  } else if (blocked.empty()) {
    out.conduction = AvConduction::all;
  } else if (most > 2) {
    out.conduction = is_constant ? AvConduction::advanced : AvConduction::unknown;
  } else if (blocked.size() + 1 == beats.size()) {
    out.conduction = is_constant ? AvConduction::two_to_one : AvConduction::unknown;
  } else {
    out.conduction = of_single_blocks(a, blocked, rule);
  }
  if (out.atrial_rate_per_min > rule.fastest_atria_per_min) {
    out.suspected = std::exchange(out.conduction, AvConduction::unknown);
  }
  return out;
}

}  // namespace xingu::ecg
