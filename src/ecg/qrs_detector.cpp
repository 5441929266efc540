// SPDX-License-Identifier: Apache-2.0
#include "ecg/qrs_detector.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "ecg/beat_shapes.h"
#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double refractory_s = 0.2;
constexpr double t_wave_s = 0.36;
constexpr float t_wave_height = 0.5F;     // of the complex before, within t_wave_s
constexpr float candidate_height = 0.10F;
constexpr float clear_height = 0.34F;     // of the local typical complex
constexpr double default_interval_s = 0.8;
constexpr double longest_interval_s = 3.0;
constexpr std::size_t rhythm_neighbours = 12;
constexpr std::size_t longest_look_back = 12;
constexpr std::size_t last_candidates = 4;  // of which the best ends the recording
// Log-odds of the second pass.
constexpr float known_shape = 0.8F;
constexpr float even_height = 0.30F;
constexpr float even_likeness = 0.6F;
constexpr float height_gain = 2.0F;
constexpr float shape_gain = 7.0F;
constexpr float t_wave_cost = 4.0F;
constexpr float irregular_cost = 2.0F;
constexpr float gap_begins = 1.3F;
constexpr float gap_cost = 4.0F;
constexpr std::size_t neighbours = 8;     // complexes to each side that make "local"

struct Candidate {
  std::int64_t at = 0;
  float height = 0.0F;
};

/// Largest values of the feature, no two closer than the refractory time.
std::vector<Candidate> find_candidates(const QrsFeature& feature) {
  const auto refractory = static_cast<std::int64_t>(refractory_s * feature.rate_hz);
  std::vector<Candidate> result;
  const std::vector<float>& h = feature.height;
  for (std::size_t i = 1; i + 1 < h.size(); ++i) {
    if (h[i] < candidate_height || h[i] < h[i - 1] || h[i] <= h[i + 1]) {
      continue;
    }
    const auto at = static_cast<std::int64_t>(i);
    if (!result.empty() && at - result.back().at < refractory) {
      if (h[i] > result.back().height) {
        result.back() = {at, h[i]};
      }
    } else {
      result.push_back({at, h[i]});
    }
  }
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

/// What is usual around each candidate: the median interval of the clear complexes of known shape, and how much
/// the intervals scatter (median of |log(interval / median)|).
struct Rhythm {
  float interval = 0.0F;
  float scatter = 0.0F;
};

std::vector<Rhythm> local_rhythms(const std::vector<Candidate>& candidates, const std::vector<std::size_t>& clear,
                                  const std::vector<float>& likeness, double rate_hz) {
  std::vector<std::size_t> known;
  std::copy_if(clear.begin(), clear.end(), std::back_inserter(known),
               [&](std::size_t i) { return likeness[i] > known_shape; });
  std::vector<Rhythm> result(candidates.size(), {static_cast<float>(default_interval_s * rate_hz), 0.3F});
  std::vector<float> intervals;
  std::size_t k = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    while (k + 1 < known.size() && known[k] < i) {
      ++k;
    }
    intervals.clear();
    const std::size_t end = std::min(k + rhythm_neighbours, known.size());
    for (std::size_t m = k > rhythm_neighbours ? k - rhythm_neighbours : 0; m + 1 < end; ++m) {
      const auto interval = static_cast<float>(candidates[known[m + 1]].at - candidates[known[m]].at);
      if (interval < longest_interval_s * rate_hz) {
        intervals.push_back(interval);
      }
    }
    if (intervals.size() >= 3) {
      const float median = quantile(intervals, 0.5);
      for (float& x : intervals) {
        x = std::abs(std::log(x / median));
      }
      result[i] = {median, std::clamp(quantile(intervals, 0.5), 0.03F, 0.3F)};
    }
  }
  return result;
}

/// Log-odds that a candidate is a complex, by its height and its likeness to the recording's shapes.
float evidence(const Candidate& candidate, float local, float likeness) {
  const float height = std::log2(std::min(candidate.height / local, 1.3F) / even_height);
  return height_gain * height + shape_gain * (likeness - even_likeness);
}

/// Log-odds of an interval between two successive complexes.
float interval_evidence(const Candidate& before, const Candidate& at, const Rhythm& rhythm, double rate_hz) {
  const auto interval = static_cast<float>(at.at - before.at);
  float cost = 0.0F;
  if (interval < t_wave_s * rate_hz) {
    const float share = at.height / before.height;
    cost += t_wave_cost * std::clamp(1.2F - share, 0.2F, 1.0F);
  }
  const float deviation = std::log(interval / rhythm.interval) / (3 * rhythm.scatter + 0.12F);
  cost += irregular_cost * std::min(1.0F, deviation * deviation);
  if (interval > gap_begins * rhythm.interval) {
    cost += gap_cost * std::log2(std::min(interval / (gap_begins * rhythm.interval), 8.0F));
  }
  return -cost;
}

/// The sequence of complexes with the largest sum of evidence, by dynamic programming over the candidates.
std::vector<std::size_t> best_sequence(const std::vector<Candidate>& candidates, const std::vector<float>& local,
                                       const std::vector<float>& likeness, const std::vector<Rhythm>& rhythm,
                                       double rate_hz) {
  std::vector<float> best(candidates.size());
  std::vector<std::size_t> from(candidates.size());
  const auto refractory = static_cast<std::int64_t>(refractory_s * rate_hz);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const float own = evidence(candidates[i], local[i], likeness[i]);
    best[i] = own;
    from[i] = i;
    for (std::size_t back = 1; back <= std::min(i, longest_look_back); ++back) {
      const std::size_t k = i - back;
      if (candidates[i].at - candidates[k].at < refractory) {
        continue;
      }
      const float sum = best[k] + own + interval_evidence(candidates[k], candidates[i], rhythm[i], rate_hz);
      if (sum > best[i] || from[i] == i) {
        best[i] = sum;
        from[i] = k;
      }
    }
  }
  std::vector<std::size_t> chosen;
  if (candidates.empty()) {
    return chosen;
  }
  auto at = static_cast<std::size_t>(std::max_element(best.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(
                                                                     best.size(), last_candidates)),
                                                      best.end()) -
                                     best.begin());
  for (;; at = from[at]) {
    chosen.push_back(at);
    if (from[at] == at) {
      break;
    }
  }
  std::reverse(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace

QrsDetection detect_qrs(const QrsFeature& feature) {
  const std::vector<Candidate> candidates = find_candidates(feature);
  const std::vector<float> local = local_heights(candidates);
  const std::vector<std::size_t> clear = first_pass(candidates, local, feature.rate_hz);
  BeatShapes shapes(feature);
  for (const std::size_t i : clear) {
    shapes.add(candidates[i].at);
  }
  std::vector<float> likeness(candidates.size());
  std::transform(candidates.begin(), candidates.end(), likeness.begin(),
                 [&](const Candidate& c) { return shapes.match(c.at).likeness; });
  const std::vector<Rhythm> rhythm = local_rhythms(candidates, clear, likeness, feature.rate_hz);
  QrsDetection result;
  for (const std::size_t i : best_sequence(candidates, local, likeness, rhythm, feature.rate_hz)) {
    const auto factor = static_cast<std::int64_t>(feature.factor);
    result.sample.push_back(candidates[i].at * factor + factor / 2);
    result.confidence.push_back(std::clamp(candidates[i].height / local[i], 0.0F, 1.0F));
  }
  return result;
}

QrsDetection detect_qrs(const LeadSignals& signals) {
  return detect_qrs(compute_qrs_feature(signals));
}

}  // namespace xingu::ecg
