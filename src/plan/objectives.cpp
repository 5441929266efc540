// SPDX-License-Identifier: Apache-2.0
#include "plan/objectives.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"

namespace xingu {
namespace {

constexpr std::size_t num_chunks = 8;             // fixed, so that sums do not depend on the number of threads
constexpr std::size_t worth_sharing_out = 16384;  // samples; below, one thread is faster

/// Σ over fixed chunks of body(begin, end).
double chunked_sum(std::size_t count, const std::function<double(std::size_t begin, std::size_t end)>& body) {
  if (count < worth_sharing_out) {
    return body(0, count);
  }
  std::array<double, num_chunks> partial{};
  parallel_chunks(count, num_chunks,
                  [&](std::size_t chunk, std::size_t begin, std::size_t end) { partial[chunk] = body(begin, end); });
  return std::accumulate(partial.begin(), partial.end(), 0.0);
}

bool is_lower(ObjectiveKind kind) {
  return kind == ObjectiveKind::underdose || kind == ObjectiveKind::dose_volume_lower;
}

bool is_dose_volume(ObjectiveKind kind) {
  return kind == ObjectiveKind::dose_volume_lower || kind == ObjectiveKind::dose_volume_upper;
}

bool is_pointwise(ObjectiveKind kind) { return kind != ObjectiveKind::mean && kind != ObjectiveKind::geud; }

}  // namespace

double fall_off_limit_Gy(const ObjectiveSpec& spec, double distance_mm) {
  const double beyond = std::max(0.0, distance_mm - spec.start_mm);
  return spec.far_Gy + (spec.near_Gy - spec.far_Gy) * std::exp(-spec.rate_per_mm * beyond);
}

Objective::Objective(std::span<const ObjectiveSpec> specs, const PlanProblem& problem)
    : num_samples_(problem.points.size()) {
  for (const ObjectiveSpec& spec : specs) {
    const SampleGroup* group = problem.find(spec.structure);
    if (group == nullptr || group->sample.empty()) {
      skipped_.push_back(spec.structure);
      continue;
    }
    Term term{.spec = spec, .sample = group->sample, .share = {}, .limit = {}, .spared = {}};
    const double total = group->total_volume_mm3();
    std::ranges::transform(group->volume_mm3, std::back_inserter(term.share),
                           [&](float v) { return static_cast<float>(v / total); });
    if (spec.kind == ObjectiveKind::fall_off) {
      XINGU_EXPECT(problem.target_distance_mm.size() == num_samples_);
      for (std::size_t i = 0; i < term.sample.size(); ++i) {
        const float distance = problem.target_distance_mm[term.sample[i]];
        term.limit.push_back(static_cast<float>(fall_off_limit_Gy(spec, distance)));
        if (distance <= 0.0F) {
          term.share[i] = 0.0F;  // the targets have objectives of their own
        }
      }
    }
    if (is_dose_volume(spec.kind)) {
      term.spared.assign(term.sample.size(), 0);
    }
    terms_.push_back(std::move(term));
  }
  XINGU_REQUIRE(!terms_.empty(),
                "no objective speaks of a structure that the patient has (there is nothing to optimise); check the "
                "protocol's structure names");
}

double Objective::add_pointwise(const Term& term, std::span<const float> dose, std::span<float> gradient,
                                Want want) const {
  const float sign = is_lower(term.spec.kind) ? -1.0F : 1.0F;
  const auto common = static_cast<float>(term.spec.dose_Gy);
  const float* limits = term.limit.empty() ? nullptr : term.limit.data();
  const std::uint8_t* spared = term.spared.empty() ? nullptr : term.spared.data();
  const auto twice_weight = static_cast<float>(2.0 * term.spec.weight);
  return term.spec.weight * chunked_sum(term.sample.size(), [&](std::size_t begin, std::size_t end) {
           double sum = 0.0;
           for (std::size_t i = begin; i < end; ++i) {
             const std::uint32_t s = term.sample[i];
             const float excess = sign * (dose[s] - (limits != nullptr ? limits[i] : common));
             if (excess <= 0.0F || (spared != nullptr && spared[i] != 0)) {
               continue;
             }
             const float slope = term.share[i] * excess;
             sum += static_cast<double>(slope) * excess;
             if (want == Want::gradient) {
               gradient[s] += sign * twice_weight * slope;
             }
           }
           return sum;
         });
}

double Objective::add_mean(const Term& term, std::span<const float> dose, std::span<float> gradient, Want want) const {
  const double mean = chunked_sum(term.sample.size(), [&](std::size_t begin, std::size_t end) {
    double sum = 0.0;
    for (std::size_t i = begin; i < end; ++i) {
      sum += static_cast<double>(term.share[i]) * dose[term.sample[i]];
    }
    return sum;
  });
  const double excess = mean - term.spec.dose_Gy;
  if (excess <= 0.0) {
    return 0.0;
  }
  if (want == Want::gradient) {
    const auto slope = static_cast<float>(2.0 * term.spec.weight * excess);
    for (std::size_t i = 0; i < term.sample.size(); ++i) {
      gradient[term.sample[i]] += slope * term.share[i];
    }
  }
  return term.spec.weight * excess * excess;
}

double Objective::add_geud(const Term& term, std::span<const float> dose, std::span<float> gradient, Want want) const {
  const double a = term.spec.exponent;
  float largest = 0.0F;
  for (const std::uint32_t s : term.sample) {
    largest = std::max(largest, dose[s]);
  }
  if (static_cast<double>(largest) <= term.spec.dose_Gy) {
    return 0.0;  // a gEUD never exceeds the maximum
  }
  const double scale = largest;
  const double sum = chunked_sum(term.sample.size(), [&](std::size_t begin, std::size_t end) {
    double part = 0.0;
    for (std::size_t i = begin; i < end; ++i) {
      part += term.share[i] * std::pow(std::max(0.0F, dose[term.sample[i]]) / scale, a);
    }
    return part;
  });
  const double geud = scale * std::pow(sum, 1.0 / a);
  const double excess = geud - term.spec.dose_Gy;
  if (excess <= 0.0) {
    return 0.0;
  }
  if (want == Want::gradient) {
    // ∂gEUD/∂d_i = v_i/V · (d_i / gEUD)^(a − 1)
    const double slope = 2.0 * term.spec.weight * excess;
    chunked_sum(term.sample.size(), [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const double relative = std::max(0.0F, dose[term.sample[i]]) / geud;
        gradient[term.sample[i]] += static_cast<float>(slope * term.share[i] * std::pow(relative, a - 1.0));
      }
      return 0.0;
    });
  }
  return term.spec.weight * excess * excess;
}

double Objective::add_term(const Term& term, std::span<const float> dose, std::span<float> gradient, Want want) const {
  switch (term.spec.kind) {
    case ObjectiveKind::mean:
      return add_mean(term, dose, gradient, want);
    case ObjectiveKind::geud:
      return add_geud(term, dose, gradient, want);
    default:
      return add_pointwise(term, dose, gradient, want);
  }
}

void Objective::set_background(std::vector<float> background) {
  XINGU_EXPECT(background.size() == num_samples_);
  background_ = std::move(background);
}

std::span<const float> Objective::total(std::span<const float> dose, std::vector<float>& room) const {
  XINGU_EXPECT(dose.size() == num_samples_);
  if (background_.empty()) {
    return dose;
  }
  room.resize(num_samples_);
  std::ranges::transform(dose, background_, room.begin(), std::plus<>());
  return room;
}

double Objective::value(std::span<const float> dose) const {
  std::vector<float> room;
  const std::span<const float> all = total(dose, room);
  double sum = 0.0;
  for (const Term& term : terms_) {
    sum += add_term(term, all, {}, Want::value);
  }
  return sum;
}

double Objective::value_and_gradient(std::span<const float> dose, std::span<float> gradient) const {
  XINGU_EXPECT(gradient.size() == num_samples_);
  std::ranges::fill(gradient, 0.0F);
  std::vector<float> room;
  const std::span<const float> all = total(dose, room);
  double sum = 0.0;
  for (const Term& term : terms_) {
    sum += add_term(term, all, gradient, Want::gradient);
  }
  return sum;
}

void Objective::apply_curvature_bound(std::span<const float> dose, std::span<float> out) const {
  XINGU_EXPECT(dose.size() == num_samples_ && out.size() == num_samples_);
  std::ranges::fill(out, 0.0F);
  for (const Term& term : terms_) {
    const auto twice_weight = static_cast<float>(2.0 * term.spec.weight);
    double mean = 0.0;
    for (std::size_t i = 0; i < term.sample.size(); ++i) {
      mean += static_cast<double>(term.share[i]) * dose[term.sample[i]];
    }
    for (std::size_t i = 0; i < term.sample.size(); ++i) {
      const float local = dose[term.sample[i]];
      float along = local;
      if (!is_pointwise(term.spec.kind)) {
        const auto shape = static_cast<float>(term.spec.kind == ObjectiveKind::geud ? term.spec.exponent - 1.0 : 0.0);
        along = static_cast<float>(mean) + shape * local;
      }
      out[term.sample[i]] += twice_weight * term.share[i] * along;
    }
  }
}

std::vector<float> Objective::pointwise_curvature() const {
  std::vector<float> result(num_samples_, 0.0F);
  for (const Term& term : terms_) {
    const auto twice_weight = static_cast<float>(2.0 * term.spec.weight);
    for (std::size_t i = 0; is_pointwise(term.spec.kind) && i < term.sample.size(); ++i) {
      result[term.sample[i]] += twice_weight * term.share[i];
    }
  }
  return result;
}

bool Objective::has_dose_volume_terms() const {
  return std::ranges::any_of(terms_, [](const Term& term) { return is_dose_volume(term.spec.kind); });
}

void Objective::select_dose_volume(std::span<const float> fluence_dose) {
  std::vector<float> room;
  const std::span<const float> dose = total(fluence_dose, room);
  for (Term& term : terms_) {
    if (!is_dose_volume(term.spec.kind)) {
      continue;
    }
    const bool from_cold = is_lower(term.spec.kind);
    const double spared_share = 0.01 * (from_cold ? 100.0 - term.spec.volume_percent : term.spec.volume_percent);
    std::vector<std::uint32_t> order(term.sample.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
      const float da = dose[term.sample[a]];
      const float db = dose[term.sample[b]];
      return da != db ? (from_cold ? da < db : da > db) : a < b;
    });
    std::ranges::fill(term.spared, std::uint8_t{0});
    double share = 0.0;
    for (const std::uint32_t i : order) {
      share += term.share[i];
      if (share > spared_share) {
        break;
      }
      term.spared[i] = 1;
    }
  }
}

std::vector<Objective::MeanBound> Objective::mean_bounds(double value) const {
  std::vector<MeanBound> result;
  for (const Term& term : terms_) {
    if (is_lower(term.spec.kind) || is_dose_volume(term.spec.kind)) {
      continue;
    }
    double limit = term.spec.dose_Gy;
    if (!term.limit.empty()) {
      limit = 0.0;
      for (std::size_t i = 0; i < term.limit.size(); ++i) {
        limit += static_cast<double>(term.share[i]) * term.limit[i];
      }
    }
    for (std::size_t i = 0; i < term.sample.size() && !background_.empty(); ++i) {
      limit -= static_cast<double>(term.share[i]) * background_[term.sample[i]];
    }
    result.push_back({term.sample, term.share, limit + std::sqrt(value / term.spec.weight)});
  }
  return result;
}

std::vector<float> Objective::keeping_rates(double share) const {
  constexpr double whole_below = 400.0;  // samples of a structure
  std::vector<float> rates(num_samples_, static_cast<float>(share));
  for (const Term& term : terms_) {
    const double dense = is_lower(term.spec.kind) ? 2.0 * share : share;
    const double rate = std::min(1.0, std::max(dense, whole_below / static_cast<double>(term.sample.size())));
    for (const std::uint32_t s : term.sample) {
      rates[s] = std::max(rates[s], static_cast<float>(rate));
    }
  }
  return rates;
}

Objective Objective::restricted_to(std::span<const std::uint32_t> kept, std::span<const float> rates) const {
  constexpr std::uint32_t dropped = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> new_index(num_samples_, dropped);
  for (std::size_t k = 0; k < kept.size(); ++k) {
    new_index[kept[k]] = static_cast<std::uint32_t>(k);
  }
  Objective result(kept.size());
  result.skipped_ = skipped_;
  for (std::size_t k = 0; k < kept.size() && !background_.empty(); ++k) {
    result.background_.push_back(background_[kept[k]]);
  }
  for (const Term& term : terms_) {
    Term some{.spec = term.spec, .sample = {}, .share = {}, .limit = {}, .spared = {}};
    double total = 0.0;
    for (std::size_t i = 0; i < term.sample.size(); ++i) {
      const std::uint32_t s = term.sample[i];
      if (new_index[s] == dropped) {
        continue;
      }
      some.sample.push_back(new_index[s]);
      some.share.push_back(term.share[i] / rates[s]);
      total += static_cast<double>(some.share.back());
      if (!term.limit.empty()) {
        some.limit.push_back(term.limit[i]);
      }
      if (!term.spared.empty()) {
        some.spared.push_back(term.spared[i]);
      }
    }
    double before = 0.0;  // fall-off terms leave the targets out: shares need not add up to 1
    for (const float share : term.share) {
      before += static_cast<double>(share);
    }
    for (float& share : some.share) {
      share = static_cast<float>(share * before / total);
    }
    if (!some.sample.empty()) {
      result.terms_.push_back(std::move(some));
    }
  }
  return result;
}

std::vector<Objective::TermValue> Objective::term_values(std::span<const float> dose) const {
  std::vector<TermValue> result;
  std::vector<float> room;
  const std::span<const float> all = total(dose, room);
  for (const Term& term : terms_) {
    result.push_back({term.spec, add_term(term, all, {}, Want::value)});
  }
  return result;
}

}  // namespace xingu
