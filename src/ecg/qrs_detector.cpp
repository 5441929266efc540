// SPDX-License-Identifier: Apache-2.0
#include "ecg/qrs_detector.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double refractory_s = 0.2;
constexpr double t_wave_s = 0.36;
constexpr float t_wave_height = 0.5F;     // of the complex before, within t_wave_s
constexpr float candidate_height = 0.10F;
constexpr float clear_height = 0.34F;     // of the local typical complex
constexpr float search_back_height = 0.15F;
constexpr double long_interval = 1.5;     // of the local median interval: a complex may be missing
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

double median_interval(const std::vector<std::size_t>& accepted, const std::vector<Candidate>& candidates,
                       std::size_t at) {
  std::vector<float> window;
  const std::size_t begin = at > neighbours ? at - neighbours : 0;
  for (std::size_t k = begin; k + 1 < std::min(at + neighbours, accepted.size()); ++k) {
    window.push_back(static_cast<float>(candidates[accepted[k + 1]].at - candidates[accepted[k]].at));
  }
  return quantile(window, 0.5);
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

/// Looks again where the interval between two complexes is long.
std::vector<std::size_t> search_back(const std::vector<Candidate>& candidates, const std::vector<float>& local,
                                     const std::vector<std::size_t>& accepted, double rate_hz) {
  std::vector<std::size_t> result;
  for (std::size_t k = 0; k < accepted.size(); ++k) {
    result.push_back(accepted[k]);
    if (k + 1 == accepted.size()) {
      break;
    }
    const double usual = median_interval(accepted, candidates, k);
    const Candidate& before = candidates[accepted[k]];
    const Candidate& after = candidates[accepted[k + 1]];
    if (static_cast<double>(after.at - before.at) < long_interval * usual) {
      continue;
    }
    std::size_t best = 0;
    float best_height = 0.0F;
    for (std::size_t i = accepted[k] + 1; i < accepted[k + 1]; ++i) {
      const bool is_far = static_cast<double>(candidates[i].at - before.at) > t_wave_s * rate_hz &&
                          static_cast<double>(after.at - candidates[i].at) > t_wave_s * rate_hz;
      if (is_far && candidates[i].height > std::max(best_height, search_back_height * local[i])) {
        best = i;
        best_height = candidates[i].height;
      }
    }
    if (best_height > 0) {
      result.push_back(best);
    }
  }
  return result;
}

}  // namespace

QrsDetection detect_qrs(const QrsFeature& feature) {
  const std::vector<Candidate> candidates = find_candidates(feature);
  const std::vector<float> local = local_heights(candidates);
  const std::vector<std::size_t> clear = first_pass(candidates, local, feature.rate_hz);
  QrsDetection result;
  for (const std::size_t i : search_back(candidates, local, clear, feature.rate_hz)) {
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
