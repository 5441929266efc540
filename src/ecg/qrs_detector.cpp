// SPDX-License-Identifier: Apache-2.0
#include "ecg/qrs_detector.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "ecg/beat_shapes.h"
#include "ecg/electrode_pops.h"
#include "ecg/filters.h"
#include "ecg/missed_complexes.h"
#include "ecg/seconds.h"

namespace xingu::ecg {
namespace {

constexpr double refractory_s = 0.2;
constexpr double edge_s = 0.1;  // half a complex: what is cut off by the recording's ends is not counted
constexpr double t_wave_s = 0.36;
constexpr float t_wave_height = 0.5F;  // of the complex before, within t_wave_s
constexpr float candidate_height = 0.10F;
constexpr float clear_height = 0.34F;  // of the local typical complex
constexpr double default_interval_s = 0.8;
constexpr double longest_interval_s = 3.5;
constexpr std::size_t rhythm_neighbours = 12;
constexpr std::size_t longest_look_back = 12;
constexpr std::size_t last_candidates = 4;  // of which the best ends the recording
// Log-odds of the second pass.
constexpr float known_shape = 0.7F;
constexpr float sure_correlation = 0.9F;  // of a shape's complex
constexpr float sure_size = 0.7F;         // of that complex: T waves may be as like, but are lower
constexpr std::size_t sure_from = 3;      // complexes of the shape
constexpr float least_even_height = 0.30F;
constexpr double background_s = 4.0;
constexpr float clean_background = 0.05F;
constexpr float quiet_near_background = 0.10F;  // own choice: part of the 4 s is clean
constexpr float rejected_height = 0.6F;
constexpr float background_gain = 8.0F;
constexpr double quiet_interval_s = 0.5;  // shorter ones leave no quiet between the complexes
constexpr float regular_scatter = 0.2F;
constexpr double fast_background = 0.7;  // per s that an interval is shorter
// What a clean phantom of the heart leaves is 0.03 at 80 per minute, 0.06 at 90, 0.08 at 100, 0.10 at 120 to 140.
constexpr double resting_interval_s = 0.75;
constexpr double resting_background = 0.3;  // per s that an interval is shorter
constexpr float even_likeness = 0.6F;
constexpr float height_gain = 2.0F;
constexpr float low_height_gain = 3.0F;
constexpr float shape_gain = 7.5F;
constexpr float t_wave_cost = 4.0F;
constexpr float follower_cost = 2.0F;
constexpr float irregular_cost = 2.0F;
constexpr float usual_scatter = 0.2F;
constexpr float gap_begins = 1.3F;
constexpr float gap_cost = 4.0F;
constexpr double steady_about_s = 2.5;  // to each side of a second's middle
constexpr std::size_t steady_from = 6;  // beats there
constexpr float steady_scatter = 0.1F;  // of each interval about their median
constexpr float steady_likeness = 0.8F;
constexpr double quiet_about_s = 1.0;      // a candidate that is looked at again
constexpr std::size_t clear_from = 4;      // beats there that need not keep time
constexpr float clear_over_others = 2.0F;  // the lowest of them over the highest candidate that is none
constexpr std::size_t neighbours = 8;      // complexes to each side that make "local"

struct Candidate {
  std::int64_t at = 0;
  float height = 0.0F;
  std::optional<int> shape{};  ///< that it surely has, size and all
  bool has_quiet_near = false;
};

bool have_one_shape(const Candidate& a, const Candidate& b) { return a.shape && a.shape == b.shape; }

/// What has the shape and the size of the complex before it is no T wave of it, however low the feature: leads count in
/// that by what lies between the complexes, so that of two equal ones where a run begins the second may seem half as
/// high. Where nothing is quiet nearby they count alike.
bool is_no_t_wave(const Candidate& before, const Candidate& at) {
  return at.has_quiet_near && have_one_shape(before, at);
}

/// Whether the largest value within half a complex about a candidate lies at an end of the recording: then it is a side
/// of what is cut off there.
bool is_side_of_cut(const Candidate& candidate, const std::vector<float>& h, std::int64_t edge) {
  const auto is_higher = [&](float height) { return height > candidate.height; };
  const auto is_any_higher = [&](std::int64_t from, std::int64_t until) {
    const std::int64_t begin = std::clamp<std::int64_t>(from, 0, std::ssize(h));
    const std::int64_t end = std::clamp(until, begin, std::ssize(h));
    return std::any_of(h.begin() + begin, h.begin() + end, is_higher);
  };
  return is_any_higher(candidate.at - edge, std::min(candidate.at, edge + 1)) ||
         is_any_higher(std::max(candidate.at, std::ssize(h) - edge - 1), candidate.at + edge + 1);
}

/// Largest values of the feature that no electrode alone makes, no two closer than the refractory time.
/// @param jolts  takes up those that one does
std::vector<Candidate> find_candidates(const QrsFeature& feature, std::vector<std::int64_t>& jolts) {
  const auto refractory = static_cast<std::int64_t>(refractory_s * feature.rate_hz);
  const ElectrodePops pops(feature.names);
  std::vector<Candidate> result;
  const std::vector<float>& h = feature.height;
  const auto edge = static_cast<std::size_t>(edge_s * feature.rate_hz);
  for (std::size_t i = edge + 1; i + edge + 1 < h.size(); ++i) {
    if (h[i] < candidate_height || h[i] < h[i - 1] || h[i] <= h[i + 1]) {
      continue;
    }
    const auto at = static_cast<std::int64_t>(i);
    if (pops.is_pop(feature, at)) {
      jolts.push_back(at);
      continue;
    }
    if (!result.empty() && at - result.back().at < refractory) {
      if (h[i] > result.back().height) {
        result.back() = {at, h[i]};
      }
    } else {
      result.push_back({at, h[i]});
    }
  }
  std::erase_if(result, [&](const Candidate& c) { return is_side_of_cut(c, h, static_cast<std::int64_t>(edge)); });
  return result;
}

/// Median height of the strong candidates around each candidate: what a complex is like here.
std::vector<float> local_heights(const std::vector<Candidate>& candidates) {
  std::vector<Candidate> strong;
  std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(strong),
               [](const Candidate& c) { return c.height > 0.5F; });
  std::vector<float> result(candidates.size(), 1.0F);
  std::vector<float> window;
  std::size_t s = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    while (s + 1 < strong.size() && strong[s].at < candidates[i].at) {
      ++s;
    }
    window.clear();
    for (std::size_t k = s > neighbours ? s - neighbours : 0; k < std::min(s + neighbours, strong.size()); ++k) {
      window.push_back(strong[k].height);
    }
    if (!window.empty()) {
      result[i] = quantile(window, 0.5);
    }
  }
  return result;
}

/// The second of two candidates is the first one's T wave: soon after it and lower.
bool is_t_wave(const Candidate& before, const Candidate& at, double rate_hz) {
  return static_cast<double>(at.at - before.at) < t_wave_s * rate_hz && at.height < t_wave_height * before.height;
}

/// The complexes that stand out.
std::vector<std::size_t> first_pass(const std::vector<Candidate>& candidates, const std::vector<float>& local,
                                    double rate_hz) {
  std::vector<std::size_t> accepted;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].height > clear_height * local[i] &&
        (accepted.empty() || !is_t_wave(candidates[accepted.back()], candidates[i], rate_hz))) {
      accepted.push_back(i);
    }
  }
  return accepted;
}

/// The intervals that are usual around a candidate: those between clear complexes of known shape, ascending, and their
/// median.
struct Rhythm {
  float median = 0.0F;
  std::vector<float> log_intervals;
  std::optional<float> pace;  ///< median of what keeps time: of all, or of those nearest if shorter
};

/// Half of the intervals are within a fifth of each other: noise keeps no time.
/// @param log_intervals  ascending
bool is_regular(std::span<const float> log_intervals) {
  const std::size_t n = log_intervals.size();
  return n > 0 && log_intervals[3 * n / 4] - log_intervals[n / 4] < regular_scatter;
}

/// Between two successive clear complexes of known shape.
struct KnownInterval {
  std::size_t end = 0;  ///< candidate
  float length = 0.0F;
  bool is_of_one_shape = false;  ///< surely
};

std::vector<KnownInterval> known_intervals(const std::vector<Candidate>& candidates,
                                           const std::vector<std::size_t>& clear, const std::vector<float>& likeness,
                                           double rate_hz) {
  std::vector<KnownInterval> out;
  for (std::size_t m = 1; m < clear.size(); ++m) {
    const auto length = static_cast<float>(candidates[clear[m]].at - candidates[clear[m - 1]].at);
    if (likeness[clear[m]] > known_shape && likeness[clear[m - 1]] > known_shape &&
        length < longest_interval_s * rate_hz) {
      out.push_back({clear[m], length, have_one_shape(candidates[clear[m - 1]], candidates[clear[m]])});
    }
  }
  return out;
}

std::vector<float> logarithms(const std::vector<float>& ascending) {
  std::vector<float> out;
  std::ranges::transform(ascending, std::back_inserter(out), [](float x) { return std::log(x); });
  return out;
}

/// @param all  of the neighbours, ascending
/// @param near  those of them between complexes of one shape that end where the background is measured
Rhythm rhythm_of(const std::vector<float>& all, std::vector<float> near) {
  Rhythm out{all[all.size() / 2], logarithms(all), {}};
  if (is_regular(out.log_intervals)) {
    out.pace = out.median;
  }
  std::ranges::sort(near);
  if (near.size() + 1 >= steady_from && is_regular(logarithms(near))) {
    out.pace = std::min(out.pace.value_or(INFINITY), near[near.size() / 2]);
  }
  return out;
}

std::vector<Rhythm> local_rhythms(const std::vector<Candidate>& candidates, const std::vector<std::size_t>& clear,
                                  const std::vector<float>& likeness, double rate_hz) {
  const std::vector<KnownInterval> known = known_intervals(candidates, clear, likeness, rate_hz);
  const auto half = static_cast<std::int64_t>(background_s / 2 * rate_hz);
  std::vector<Rhythm> result(candidates.size(), {static_cast<float>(default_interval_s * rate_hz), {}, {}});
  std::size_t k = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    while (k + 1 < known.size() && known[k].end < i) {
      ++k;
    }
    std::vector<float> all;
    std::vector<float> near;
    for (std::size_t m = k > rhythm_neighbours ? k - rhythm_neighbours : 0;
         m < std::min(k + rhythm_neighbours, known.size()); ++m) {
      all.push_back(known[m].length);
      if (known[m].is_of_one_shape && std::abs(candidates[known[m].end].at - candidates[i].at) <= half) {
        near.push_back(known[m].length);
      }
    }
    if (all.size() >= 3) {
      std::ranges::sort(all);
      result[i] = rhythm_of(all, std::move(near));
    }
  }
  return result;
}

/// How far log(interval) is from the second nearest of the usual ones: an interval that was seen twice is usual.
float strangeness(float interval, const Rhythm& rhythm) {
  const float x = std::log(interval);
  float nearest = std::abs(x - std::log(rhythm.median));
  float second = nearest;
  for (const float usual : rhythm.log_intervals) {
    const float distance = std::abs(x - usual);
    if (distance < nearest) {
      second = nearest;
      nearest = distance;
    } else {
      second = std::min(second, distance);
    }
  }
  return second;
}

/// What lies between the complexes about a moment: the feature's 20th percentile over four seconds.
float background_about(const QrsFeature& feature, std::int64_t at, std::vector<float>& scratch) {
  const auto half = static_cast<std::int64_t>(background_s / 2 * feature.rate_hz);
  const auto bound = [&](std::int64_t i) { return std::clamp<std::int64_t>(i, 0, std::ssize(feature.height)); };
  scratch.resize(static_cast<std::size_t>(2 * half));
  return quantile_of_sizes(
      std::span(feature.height.begin() + bound(at - half), feature.height.begin() + bound(at + half)), 0.2, scratch);
}

/// The same about each candidate.
std::vector<float> backgrounds_about(const QrsFeature& feature, const std::vector<Candidate>& candidates) {
  std::vector<float> scratch;
  std::vector<float> result(candidates.size());
  std::ranges::transform(candidates, result.begin(),
                         [&](const Candidate& c) { return background_about(feature, c.at, scratch); });
  return result;
}

/// The height at which a candidate is as likely noise as not: in noise it rises with what lies between the complexes,
/// less what a fast heart itself has there.
float even_height(float background, const Rhythm& rhythm, double rate_hz) {
  const double short_by_s = rhythm.pace ? std::max(0.0, quiet_interval_s - *rhythm.pace / rate_hz) : 0.0;
  return std::max(least_even_height,
                  background_gain * (background - clean_background - static_cast<float>(fast_background * short_by_s)));
}

std::vector<float> even_heights(const std::vector<float>& background, const std::vector<Rhythm>& rhythm,
                                double rate_hz) {
  std::vector<float> result(background.size());
  std::ranges::transform(background, rhythm, result.begin(), [&](float lies_between, const Rhythm& near) {
    return even_height(lies_between, near, rate_hz);
  });
  return result;
}

/// Whether the beats about a moment are told however much moves between them.
class Steadiness {
 public:
  /// @param beats  which of the candidates they are, ascending
  Steadiness(const QrsFeature& feature, const std::vector<Candidate>& candidates, const std::vector<float>& likeness,
             const std::vector<std::size_t>& beats)
      : feature_(feature), candidates_(candidates), likeness_(likeness), beats_(beats) {}

  [[nodiscard]] bool at(std::int64_t middle) const {
    const auto half = static_cast<std::int64_t>(steady_about_s * feature_.rate_hz);
    const auto is_before = [&](std::size_t beat, std::int64_t at) { return candidates_[beat].at < at; };
    const auto first = std::lower_bound(beats_.begin(), beats_.end(), middle - half, is_before);
    const auto last = std::lower_bound(first, beats_.end(), middle + half, is_before);
    const auto has_shape = [&](std::size_t beat) { return likeness_[beat] >= steady_likeness; };
    return std::all_of(first, last, has_shape) && (keep_time(first, last) || stand_out(first, last, middle, half));
  }

 private:
  using Beat = std::vector<std::size_t>::const_iterator;

  /// Six at least keep time, as noise does not: wide complexes in quick succession leave no quiet between them.
  [[nodiscard]] bool keep_time(Beat first, Beat last) const {
    if (last - first < static_cast<std::ptrdiff_t>(steady_from)) {
      return false;
    }
    std::vector<float> intervals;
    for (auto beat = first + 1; beat != last; ++beat) {
      intervals.push_back(static_cast<float>(candidates_[*beat].at - candidates_[*(beat - 1)].at));
    }
    const float usual = median(intervals);
    if (usual >= quiet_interval_s * feature_.rate_hz) {
      return false;  // there is quiet between slower ones
    }
    return std::ranges::all_of(intervals, [&](float x) { return std::abs(x - usual) <= steady_scatter * usual; });
  }

  /// Four at least, each twice as high as anything about it that is none: noise has peaks of every height.
  [[nodiscard]] bool stand_out(Beat first, Beat last, std::int64_t middle, std::int64_t half) const {
    if (last - first < static_cast<std::ptrdiff_t>(clear_from)) {
      return false;
    }
    float lowest = candidates_[*first].height;
    for (Beat beat = first; beat != last; ++beat) {
      lowest = std::min(lowest, candidates_[*beat].height);
    }
    const auto is_before = [](const Candidate& c, std::int64_t at) { return c.at < at; };
    auto other = std::lower_bound(candidates_.begin(), candidates_.end(), middle - half, is_before);
    for (; other != candidates_.end() && other->at < middle + half; ++other) {
      const auto number = static_cast<std::size_t>(other - candidates_.begin());
      if (!std::binary_search(first, last, number) && clear_over_others * other->height > lowest) {
        return false;
      }
    }
    return true;
  }

  const QrsFeature& feature_;
  const std::vector<Candidate>& candidates_;
  const std::vector<float>& likeness_;
  const std::vector<std::size_t>& beats_;
};

std::vector<bool> rejected_seconds(const QrsFeature& feature, const std::vector<Candidate>& candidates,
                                   const std::vector<Rhythm>& rhythm, const Steadiness& steadiness) {
  const std::size_t size = feature.height.size();
  const std::size_t num_seconds = num_seconds_begun(size, feature.rate_hz);
  std::vector<bool> result(num_seconds);
  std::vector<float> scratch;
  const Rhythm unknown{static_cast<float>(default_interval_s * feature.rate_hz), {}, {}};
  std::size_t next = 0;  // candidate after the second's middle
  for (std::size_t s = 0; s < num_seconds; ++s) {
    const auto middle = static_cast<std::int64_t>((static_cast<double>(s) + 0.5) * feature.rate_hz);
    while (next + 1 < candidates.size() && candidates[next].at < middle) {
      ++next;
    }
    const Rhythm& near = rhythm.empty() ? unknown : rhythm[next];
    const auto block_of = [&](double at_s) {
      const auto at = std::min<std::int64_t>(static_cast<std::int64_t>(at_s * feature.rate_hz),
                                             static_cast<std::int64_t>(size) - 1);
      return static_cast<std::size_t>(at) / static_cast<std::size_t>(0.5 * feature.rate_hz);
    };
    const auto has_lead = [&](std::size_t block) {
      return std::any_of(feature.weight.begin(), feature.weight.end(),
                         [&](const std::vector<float>& w) { return block < w.size() && w[block] > 0; });
    };
    const bool has_signal =
        has_lead(block_of(static_cast<double>(s) + 0.25)) && has_lead(block_of(static_cast<double>(s) + 0.75));
    result[s] = !has_signal ||
                (even_height(background_about(feature, middle, scratch), near, feature.rate_hz) > rejected_height &&
                 !steadiness.at(middle));
  }
  return result;
}

/// What is left of a likeness, which knows no size, where a candidate is lower than any clear complex: the complexes of
/// a shape are of one size. With r = height / clear height, 2 r / (1 + r²) is the part of 1 that remains if two waves
/// of equal shape are compared by 2 x·y / (x·x + y·y), size and all, instead of by their correlation.
float part_by_size(float height) {
  const float r = std::min(1.0F, height / clear_height);
  return 2.0F * r / (1.0F + r * r);
}

/// Log-odds that a candidate is a complex, by its height and its likeness to the recording's shapes.
float evidence(const Candidate& candidate, float local, float even, float likeness) {
  const float relative = candidate.height / local;
  const float height = std::log2(std::min(relative, 1.3F) / even);
  return (height < 0 ? low_height_gain : height_gain) * height +
         shape_gain * (part_by_size(relative) * likeness - even_likeness);
}

/// How much larger than the candidate something 200–360 ms before it is, in octaves up to one: then it is likely the T
/// wave.
float follows_larger(const std::vector<Candidate>& candidates, std::size_t i, double rate_hz) {
  float octaves = 0.0F;
  for (std::size_t k = i; k-- > 0 && static_cast<double>(candidates[i].at - candidates[k].at) < t_wave_s * rate_hz;) {
    octaves = is_no_t_wave(candidates[k], candidates[i])
                  ? octaves
                  : std::max(octaves, std::log2(candidates[k].height / candidates[i].height));
  }
  return std::min(octaves, 1.0F);
}

/// Log-odds of an interval between two successive complexes.
float interval_evidence(const Candidate& before, const Candidate& at, const Rhythm& rhythm, double rate_hz) {
  const auto interval = static_cast<float>(at.at - before.at);
  float cost = 0.0F;
  if (interval < t_wave_s * rate_hz && !is_no_t_wave(before, at)) {
    const float share = at.height / before.height;
    cost += t_wave_cost * std::clamp(1.2F - share, 0.2F, 1.0F);
  }
  const float deviation = strangeness(interval, rhythm) / usual_scatter;
  const float strange = std::min(1.0F, deviation * deviation);
  cost += irregular_cost * strange;
  if (interval > gap_begins * rhythm.median) {
    cost += gap_cost * strange * std::log2(std::min(interval / (gap_begins * rhythm.median), 2.0F));
  }
  return -cost;
}

/// Log-odds that the recording ends so long after a complex, without another: what a gap as long before one has, if it
/// is not usual that the next comes later.
float end_evidence(const Candidate& last, std::int64_t end, const Rhythm& rhythm) {
  const auto silence = static_cast<float>(end - last.at);
  if (silence <= gap_begins * rhythm.median) {
    return 0.0F;
  }
  const auto later = std::ranges::count_if(rhythm.log_intervals, [&](float x) { return x >= std::log(silence); });
  const float deviation = later >= 2 ? 0.0F : strangeness(silence, rhythm) / usual_scatter;
  return -gap_cost * std::min(1.0F, deviation * deviation) *
         std::log2(std::min(silence / (gap_begins * rhythm.median), 2.0F));
}

/// The sequence of complexes with the largest sum of evidence, by dynamic programming over the candidates.
std::vector<std::size_t> best_sequence(const std::vector<Candidate>& candidates, const std::vector<float>& local,
                                       const std::vector<float>& likeness, const std::vector<float>& even,
                                       const std::vector<Rhythm>& rhythm, const QrsFeature& feature) {
  const double rate_hz = feature.rate_hz;
  const std::int64_t size = std::ssize(feature.height);
  std::vector<float> best(candidates.size());
  std::vector<std::size_t> from(candidates.size());
  const auto refractory = static_cast<std::int64_t>(refractory_s * rate_hz);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const float own = evidence(candidates[i], local[i], even[i], likeness[i]) -
                      follower_cost * follows_larger(candidates, i, rate_hz);
    best[i] = own;
    from[i] = i;
    for (std::size_t back = 1; back <= std::min(i, longest_look_back); ++back) {
      const std::size_t k = i - back;
      if (candidates[i].at - candidates[k].at < refractory) {
        continue;
      }
      const float sum = best[k] + own + interval_evidence(candidates[k], candidates[i], rhythm[i], rate_hz);
      if (sum > best[i]) {
        best[i] = sum;
        from[i] = k;
      }
    }
  }
  std::vector<std::size_t> chosen;
  if (candidates.empty()) {
    return chosen;
  }
  std::size_t at = candidates.size() - 1;
  float largest = -INFINITY;
  for (std::size_t i = candidates.size() - std::min(candidates.size(), last_candidates); i < candidates.size(); ++i) {
    const float sum = best[i] + end_evidence(candidates[i], size, rhythm[i]);
    if (sum > largest) {
      largest = sum;
      at = i;
    }
  }
  for (;; at = from[at]) {
    chosen.push_back(at);
    if (from[at] == at) {
      break;
    }
  }
  std::reverse(chosen.begin(), chosen.end());
  return chosen;
}

/// What a clean heart that keeps time leaves between its complexes, the faster the more.
float own_background(const Rhythm& rhythm, double rate_hz) {
  const double short_by_s = rhythm.pace ? std::max(0.0, resting_interval_s - *rhythm.pace / rate_hz) : 0.0;
  return clean_background + static_cast<float>(resting_background * short_by_s);
}

/// The candidates for a second look: quiet where no second about them is rejected and the background is clean.
std::vector<ComplexCandidate> seen_again(const std::vector<Candidate>& candidates, const std::vector<float>& local,
                                         const std::vector<float>& background, const std::vector<Rhythm>& rhythm,
                                         const std::vector<bool>& is_rejected, double rate_hz) {
  std::vector<ComplexCandidate> out;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const double at_s = static_cast<double>(candidates[i].at) / rate_hz;
    out.push_back({candidates[i].at, candidates[i].height / local[i],
                   background[i] <= own_background(rhythm[i], rate_hz) &&
                       is_heard(is_rejected, at_s - quiet_about_s, at_s + quiet_about_s)});
  }
  return out;
}

}  // namespace

QrsDetection detect_qrs(const QrsFeature& feature) {
  QrsDetection result;
  std::vector<Candidate> candidates = find_candidates(feature, result.jolts);
  const std::vector<float> local = local_heights(candidates);
  const std::vector<std::size_t> clear = first_pass(candidates, local, feature.rate_hz);
  BeatShapes shapes(feature);
  for (const std::size_t i : clear) {
    shapes.add(candidates[i].at);
  }
  const std::vector<float> background = backgrounds_about(feature, candidates);
  std::vector<float> likeness;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const ShapeMatch match = shapes.match(candidates[i].at);
    likeness.push_back(match.likeness);
    if (match.correlation >= sure_correlation && match.size >= sure_size && shapes.count(match.shape) >= sure_from) {
      candidates[i].shape = match.shape;
    }
    candidates[i].has_quiet_near = background[i] <= quiet_near_background;
  }
  const std::vector<Rhythm> rhythm = local_rhythms(candidates, clear, likeness, feature.rate_hz);
  const std::vector<float> even = even_heights(background, rhythm, feature.rate_hz);
  std::vector<std::size_t> beats = best_sequence(candidates, local, likeness, even, rhythm, feature);
  result.is_rejected = rejected_seconds(feature, candidates, rhythm, {feature, candidates, likeness, beats});
  beats = with_missed_complexes(
      feature, seen_again(candidates, local, background, rhythm, result.is_rejected, feature.rate_hz), beats);
  const auto factor = static_cast<std::int64_t>(feature.factor);
  for (std::int64_t& jolt : result.jolts) {
    jolt = jolt * factor + factor / 2;
  }
  for (const std::size_t i : beats) {
    result.sample.push_back(candidates[i].at * factor + factor / 2);
    result.confidence.push_back(std::clamp(candidates[i].height / local[i], 0.0F, 1.0F));
  }
  return result;
}

bool is_heard(const std::vector<bool>& is_rejected, double from_s, double until_s) {
  const auto first = std::min(static_cast<std::size_t>(std::max(0.0, from_s)), is_rejected.size());
  const auto last = std::min(static_cast<std::size_t>(std::max(0.0, until_s)) + 1, is_rejected.size());
  return std::find(is_rejected.begin() + static_cast<std::ptrdiff_t>(first),
                   is_rejected.begin() + static_cast<std::ptrdiff_t>(std::max(first, last)),
                   true) == is_rejected.begin() + static_cast<std::ptrdiff_t>(std::max(first, last));
}

std::vector<float> clear_intervals(const QrsDetection& beats, double rate_hz) {
  std::vector<float> intervals;
  for (std::size_t b = 1; b < beats.sample.size(); ++b) {
    const auto time_s = [&](std::size_t i) { return static_cast<double>(beats.sample[i]) / rate_hz; };
    if (is_heard(beats.is_rejected, time_s(b - 1), time_s(b))) {
      intervals.push_back(static_cast<float>(time_s(b) - time_s(b - 1)));
    }
  }
  return intervals;
}

QrsDetection detect_qrs(const LeadSignals& signals) { return detect_qrs(compute_qrs_feature(signals)); }

}  // namespace xingu::ecg
