// SPDX-License-Identifier: Apache-2.0
#include "ecg/qrs_detector.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "ecg/filters.h"
#include "ecg/qrs_templates.h"

namespace xingu::ecg {
namespace {

constexpr float smallest_candidate = 0.12F;   // of the curve, where a typical QRS complex is 1
constexpr double longest_link_s = 3.0;        // between two beats of a chain, unless no candidate lies between
constexpr double largest_evidence = 4.0;      // one candidate cannot outvote the rhythm of many
constexpr double clean_rhythm_share = 0.5;    // of the greatest rhythm cost, where the signal is clean
constexpr double rhythm_spread_floor = 0.12;  // of ln(RR / expected), in a regular rhythm

constexpr double surely_large = 0.5;     // log odds by size of the beats that templates are learnt from
constexpr float surely_no_burst = 1.8F;  // and their largest curve value
constexpr double background_window_s = 10.0;
constexpr double background_quantile = 0.5;
constexpr std::size_t fewest_background = 3;

struct Candidate {
  std::size_t time = 0;  ///< feature samples
  double evidence = 0.0;
  float correlation = 0.0F;
  double noise = 0.0;  ///< 0 where the best lead is clean, 1 where no lead is
};

/// What RR interval to expect near a time, and how far intervals scatter about it.
struct RhythmNear {
  double expected = 0.0;  ///< feature samples
  double spread = 0.5;    ///< of ln(RR / expected)
};

double size_evidence(float size, double even_odds, const QrsSettings& settings) {
  return settings.size_slope * std::log(std::min(1.0, static_cast<double>(size)) / even_odds);
}

std::vector<Candidate> find_candidates(const std::vector<float>& curve, double rate_hz, const QrsSettings& settings) {
  std::vector<Candidate> out;
  const auto reach = static_cast<std::size_t>(0.08 * rate_hz);
  for (std::size_t i = 1; i + 1 < curve.size(); ++i) {
    if (curve[i] < smallest_candidate || curve[i] < curve[i - 1] || curve[i] <= curve[i + 1]) {
      continue;
    }
    const std::size_t begin = i > reach ? i - reach : 0;
    const std::size_t end = std::min(curve.size(), i + reach + 1);
    if (*std::max_element(curve.begin() + static_cast<std::ptrdiff_t>(begin),
                          curve.begin() + static_cast<std::ptrdiff_t>(end)) > curve[i]) {
      continue;
    }
    out.push_back({i, size_evidence(curve[i], settings.even_odds_size, settings), 0.0F, 0.0});
  }
  return out;
}

/// Log odds of an interval: Gaussian in its logarithm, capped, since rhythms do change; none is gained by a fit.
/// The rhythm has less of a say in a clean signal, where an extrasystole can be seen for what it is.
double rhythm_cost(double interval, const RhythmNear& near, double noise) {
  const double deviation = std::log(interval / near.expected);
  const double by_spread = 0.5 * deviation * deviation / (near.spread * near.spread);
  return std::min(by_spread, (deviation < 0.0 ? 2.5 : 2.0) * (clean_rhythm_share + (1.0 - clean_rhythm_share) * noise));
}

/// The chain of candidates with the greatest sum of evidence less rhythm costs (Viterbi). Returns indices, ascending.
std::vector<std::size_t> best_chain(const std::vector<Candidate>& candidates, const std::vector<RhythmNear>& rhythm,
                                    double rate_hz, const QrsSettings& settings) {
  constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  std::vector<double> best(candidates.size());
  std::vector<std::size_t> from(candidates.size(), none);
  double best_start = 0.0;  // of chains that have ended before the reach of a link
  std::size_t start_from = none;
  std::size_t oldest = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const double reach = static_cast<double>(candidates[i].time) - longest_link_s * rate_hz;
    for (; static_cast<double>(candidates[oldest].time) < reach; ++oldest) {
      if (best[oldest] > best_start) {
        best_start = best[oldest];
        start_from = oldest;
      }
    }
    double value = start_from == none ? 0.0 : best_start - 2.0 * settings.rhythm_weight;
    std::size_t origin = start_from;
    for (std::size_t j = oldest; j < i; ++j) {
      const double interval = static_cast<double>(candidates[i].time - candidates[j].time);
      if (interval < settings.refractory_s * rate_hz) {
        break;
      }
      const double linked = best[j] - settings.rhythm_weight * rhythm_cost(interval, rhythm[i], candidates[i].noise);
      if (linked > value) {
        value = linked;
        origin = j;
      }
    }
    best[i] = value + std::clamp(candidates[i].evidence, -largest_evidence, largest_evidence);
    from[i] = origin;
  }
  std::vector<std::size_t> chain;
  const auto last = std::ranges::max_element(best);
  if (last == best.end() || *last <= 0.0) {
    return chain;
  }
  for (auto i = static_cast<std::size_t>(last - best.begin()); i != none; i = from[i]) {
    chain.push_back(i);
  }
  std::ranges::reverse(chain);
  return chain;
}

/// Median and spread of the RR intervals of the ten beats about each candidate.
std::vector<RhythmNear> rhythm_of_chain(const std::vector<Candidate>& candidates, const std::vector<std::size_t>& chain,
                                        double rate_hz) {
  std::vector<RhythmNear> out(candidates.size(), {0.8 * rate_hz, 0.6});
  if (chain.size() < 4) {
    return out;
  }
  std::vector<float> intervals;
  for (std::size_t k = 1; k < chain.size(); ++k) {
    intervals.push_back(static_cast<float>(candidates[chain[k]].time - candidates[chain[k - 1]].time));
  }
  std::size_t k = 0;
  constexpr std::size_t about = 8;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    while (k + 1 < chain.size() && candidates[chain[k]].time < candidates[i].time) {
      ++k;
    }
    const std::size_t begin = k > about ? k - about : 0;
    const std::size_t end = std::min(intervals.size(), k + about);
    std::vector<float> near(intervals.begin() + static_cast<std::ptrdiff_t>(std::min(begin, end)),
                            intervals.begin() + static_cast<std::ptrdiff_t>(end));
    const float median = quantile(near, 0.5);
    for (float& interval : near) {
      interval = std::abs(std::log(interval / median));
    }
    out[i] = {median, rhythm_spread_floor + 1.5 * quantile(near, 0.7)};
  }
  return out;
}

/// Size alone says nothing where it is a multiple of what lies between the beats: P and T waves and noise. Taken as a
/// high quantile of the rejected candidates of the first pass within ±10 s.
void weigh_sizes_by_background(const QrsFeatures& features, const std::vector<std::size_t>& chain,
                               const QrsSettings& settings, std::vector<Candidate>& candidates) {
  std::vector<float> background(candidates.size(), smallest_candidate);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    background[i] = features.curve[candidates[i].time];
  }
  for (const std::size_t i : chain) {
    background[i] = 0.0F;
  }
  const auto reach = static_cast<std::size_t>(background_window_s * features.rate_hz);
  std::size_t begin = 0;
  std::size_t end = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const std::size_t time = candidates[i].time;
    for (; candidates[begin].time + reach < time; ++begin) {
    }
    for (; end < candidates.size() && candidates[end].time < time + reach; ++end) {
    }
    std::vector<float> near;
    std::copy_if(background.begin() + static_cast<std::ptrdiff_t>(begin),
                 background.begin() + static_cast<std::ptrdiff_t>(end), std::back_inserter(near),
                 [](float size) { return size > 0.0F; });
    const float level = near.size() < fewest_background ? 0.0F : quantile(near, background_quantile);
    const double even_odds = std::clamp(settings.background_multiple * static_cast<double>(level),
                                        settings.smallest_even_odds_size, settings.even_odds_size);
    candidates[i].evidence = size_evidence(features.curve[time], even_odds, settings);
  }
}

double noise_at(const QrsFeatures& features, std::size_t time, const QrsSettings& settings) {
  const std::size_t g = features.grid_index(time);
  float cleanest = 0.0F;
  for (const auto& lead : features.weight) {
    cleanest = std::max(cleanest, lead[g]);
  }
  return std::clamp(1.0 - static_cast<double>(cleanest) / settings.clean_weight, 0.0, 1.0);
}

/// A shape that is like no template speaks against a beat, the more the noisier the best lead is there: in a clean
/// signal a rare shape of full size is an ectopic beat.
double shape_evidence(const Candidate& candidate, const QrsSettings& settings) {
  const double surplus = static_cast<double>(candidate.correlation) - settings.even_odds_correlation;
  const double share = settings.clean_shape_share + (1.0 - settings.clean_shape_share) * candidate.noise;
  return settings.shape_slope * surplus * (surplus < 0.0 ? share : 1.0);
}

}  // namespace

std::vector<QrsBeat> detect_qrs(const LeadSignals& signals, const QrsSettings& settings) {
  const QrsFeatures features = qrs_features(signals, settings.band);
  std::vector<Candidate> candidates = find_candidates(features.curve, features.rate_hz, settings);
  for (Candidate& candidate : candidates) {
    candidate.noise = noise_at(features, candidate.time, settings);
  }
  std::vector<RhythmNear> rhythm(candidates.size(), {0.8 * features.rate_hz, 0.6});
  std::vector<std::size_t> chain = best_chain(candidates, rhythm, features.rate_hz, settings);
  weigh_sizes_by_background(features, chain, settings, candidates);
  rhythm = rhythm_of_chain(candidates, chain, features.rate_hz);
  chain = best_chain(candidates, rhythm, features.rate_hz, settings);
  std::vector<std::size_t> sure;
  for (const std::size_t i : chain) {
    if (candidates[i].evidence > surely_large && features.curve[candidates[i].time] < surely_no_burst) {
      sure.push_back(candidates[i].time);
    }
  }
  const QrsTemplates templates = QrsTemplates::learn(features, sure);
  if (!templates.empty()) {
    for (Candidate& candidate : candidates) {
      candidate.correlation = templates.best_correlation(features, candidate.time);
      candidate.evidence += shape_evidence(candidate, settings);
    }
  }
  rhythm = rhythm_of_chain(candidates, chain, features.rate_hz);
  chain = best_chain(candidates, rhythm, features.rate_hz, settings);
  std::vector<QrsBeat> beats;
  for (const std::size_t i : chain) {
    beats.push_back({static_cast<std::int64_t>(candidates[i].time * features.factor + features.factor / 2),
                     static_cast<float>(candidates[i].evidence), candidates[i].correlation});
  }
  return beats;
}

}  // namespace xingu::ecg
