// SPDX-License-Identifier: Apache-2.0
#include "ecg/limb_lead_laws.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

namespace xingu::ecg {
namespace {

constexpr double large_mv = 0.2;
constexpr double small_mv = 0.05;
constexpr double part_of_lead = 0.5;
constexpr double computed_mv = 1e-5;  // rounding of single precision
constexpr std::size_t first_augmented = 3;
constexpr double least_usual_factor = 0.8;  // of the augmented leads: own choice, between 1 and Wilson's 2/3
constexpr double largest_usual_factor = 1.25;
constexpr double unexplained_part = 0.1;  // of an augmented lead by its common factor, and of II by I and III
constexpr double clearly_better = 3.0;    // than the next: then one lead is at fault

/// Each limb lead as a · I + b · II.
struct Coordinates {
  double one;
  double two;
};
constexpr std::array<Coordinates, num_limb_leads> coordinates{
    {{1.0, 0.0}, {0.0, 1.0}, {-1.0, 1.0}, {-0.5, -0.5}, {1.0, -0.5}, {-0.5, 1.0}}};

using Weights = std::array<double, num_limb_leads>;

/// The weights of three leads whose sum is zero, the largest of which is 1: a law.
Weights law_of(std::size_t a, std::size_t b, std::size_t c) {
  const auto cross = [](const Coordinates& x, const Coordinates& y) { return x.one * y.two - x.two * y.one; };
  Weights out{};
  out[a] = cross(coordinates[b], coordinates[c]);
  out[b] = cross(coordinates[c], coordinates[a]);
  out[c] = cross(coordinates[a], coordinates[b]);
  const double largest = std::max({std::abs(out[a]), std::abs(out[b]), std::abs(out[c])});
  std::ranges::for_each(out, [&](double& weight) { weight /= largest; });
  return out;
}

/// A lead as I and II give it.
Weights given_by_one_and_two(std::size_t lead) {
  Weights out{};
  out[0] = coordinates[lead].one;
  out[1] = coordinates[lead].two;
  return out;
}

/// Covariances of the limb leads over a stretch.
class Stretch {
 public:
  Stretch(const LeadSignals& signals, std::size_t begin, std::size_t end) {
    Samples samples;
    for (std::size_t lead = 0; lead < num_limb_leads; ++lead) {
      const auto number = lead_number(signals, limb_lead_names[lead]);
      if (number && begin < end) {
        add(lead, std::span(signals.mv[*number]).subspan(begin, end - begin), samples);
      }
    }
    if (!leads_.empty()) {
      multiply(samples, end - begin);
    }
  }

  /// Those that have all samples.
  [[nodiscard]] const std::vector<std::size_t>& leads() const { return leads_; }

  /// Of a weighted sum of leads, about its mean.
  [[nodiscard]] double rms(const Weights& weights) const { return std::sqrt(std::max(0.0, product(weights, weights))); }

  /// Mean product of two weighted sums of leads, each about its mean.
  [[nodiscard]] double product(const Weights& one, const Weights& other) const {
    double sum = 0.0;
    for (const std::size_t i : leads_) {
      for (const std::size_t j : leads_) {
        sum += one[i] * covariance_[i][j] * other[j];
      }
    }
    return sum;
  }

  /// By how much a law is broken: 1 is where it is.
  [[nodiscard]] double departure(const Weights& law) const {
    const auto largest = static_cast<std::size_t>(
        std::ranges::max_element(law, {}, [](double weight) { return std::abs(weight); }) - law.begin());
    Weights side{};
    side[largest] = law[largest];
    Weights other = law;
    other[largest] = 0.0;
    const double smaller = std::min(rms(side), rms(other));
    return rms(law) / std::clamp(part_of_lead * smaller, small_mv, large_mv);
  }

 private:
  /// Of the leads that have all of them, in the order of leads_.
  struct Samples {
    std::array<const float*, num_limb_leads> first{};
    std::array<double, num_limb_leads> mean{};
  };

  void add(std::size_t lead, std::span<const float> x, Samples& samples) {
    const double mean = std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
    if (std::isfinite(mean)) {
      samples.first[leads_.size()] = x.data();
      samples.mean[leads_.size()] = mean;
      leads_.push_back(lead);
    }
  }

  /// All products of a sample before the next one: each sum waits for itself alone.
  void multiply(Samples samples, std::size_t size) {
    using Pair [[gnu::vector_size(2 * sizeof(double))]] = double;
    constexpr std::size_t num_pairs = num_limb_leads / 2;
    for (std::size_t i = leads_.size(); i < num_limb_leads; ++i) {  // rows that nobody reads
      samples.first[i] = samples.first[0];
    }
    Pair sums[num_limb_leads][num_pairs] = {};  // of row i the pairs up to its own
    for (std::size_t k = 0; k < size; ++k) {
      Pair x[num_pairs];
#pragma GCC unroll 3
      for (std::size_t p = 0; p < num_pairs; ++p) {
        x[p] =
            Pair{samples.first[2 * p][k] - samples.mean[2 * p], samples.first[2 * p + 1][k] - samples.mean[2 * p + 1]};
      }
#pragma GCC unroll 6
      for (std::size_t i = 0; i < num_limb_leads; ++i) {
#pragma GCC unroll 3
        for (std::size_t p = 0; p <= i / 2; ++p) {
          sums[i][p] += x[i / 2][i % 2] * x[p];
        }
      }
    }
    for (std::size_t i = 0; i < leads_.size(); ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        covariance_[leads_[i]][leads_[j]] = covariance_[leads_[j]][leads_[i]] =
            sums[i][j / 2][j % 2] / static_cast<double>(size);
      }
    }
  }

  std::vector<std::size_t> leads_;
  std::array<std::array<double, num_limb_leads>, num_limb_leads> covariance_{};
};

/// The largest departure from a law between leads of a set, without one of them.
double worst_departure(const Stretch& stretch, std::vector<std::size_t> leads, std::optional<std::size_t> without) {
  std::erase_if(leads, [&](std::size_t lead) { return lead == without; });
  double worst = 0.0;
  for (std::size_t i = 0; i < leads.size(); ++i) {
    for (std::size_t j = i + 1; j < leads.size(); ++j) {
      for (std::size_t k = j + 1; k < leads.size(); ++k) {
        worst = std::max(worst, stretch.departure(law_of(leads[i], leads[j], leads[k])));
      }
    }
  }
  return worst;
}

bool is_computed(const Stretch& stretch, std::size_t lead) {
  return lead > 1 && std::ranges::find(stretch.leads(), 0U) != stretch.leads().end() &&
         std::ranges::find(stretch.leads(), 1U) != stretch.leads().end() &&
         stretch.rms(law_of(0, 1, lead)) < computed_mv;
}

bool keeps_einthoven(const Stretch& stretch) {
  Weights two{};
  two[1] = 1.0;
  return stretch.rms(law_of(0, 1, 2)) <= unexplained_part * stretch.rms(two);
}

/// The measured augmented leads, if all of them are what I and II give times one wrong factor; else none.
std::vector<std::size_t> augmented_of_wrong_factor(const Stretch& stretch, const std::vector<std::size_t>& witnesses) {
  const auto has = [&](std::size_t lead) { return std::ranges::find(witnesses, lead) != witnesses.end(); };
  std::vector<std::size_t> augmented;
  std::ranges::copy_if(witnesses, std::back_inserter(augmented),
                       [](std::size_t lead) { return lead >= first_augmented; });
  if (!has(0) || !has(1) || augmented.size() < 2 || (has(2) && !keeps_einthoven(stretch))) {
    return {};
  }
  double common = 0.0;
  double given = 0.0;
  for (const std::size_t lead : augmented) {
    Weights own{};
    own[lead] = 1.0;
    common += stretch.product(own, given_by_one_and_two(lead));
    given += stretch.product(given_by_one_and_two(lead), given_by_one_and_two(lead));
  }
  const double factor = given > 0.0 ? common / given : 1.0;
  const bool is_usual = factor >= least_usual_factor && factor <= largest_usual_factor;
  const bool is_explained = std::ranges::all_of(augmented, [&](std::size_t lead) {
    Weights left = given_by_one_and_two(lead);
    const double explained_mv = std::abs(factor) * stretch.rms(left);
    std::ranges::for_each(left, [&](double& weight) { weight *= -factor; });
    left[lead] += 1.0;
    return stretch.rms(left) <= unexplained_part * explained_mv;
  });
  return is_usual || !is_explained ? std::vector<std::size_t>{} : augmented;
}

/// Without which the others keep the laws; all of them where several do as well, or none.
std::vector<std::size_t> leads_at_fault(const Stretch& stretch, const std::vector<std::size_t>& leads) {
  std::vector<double> left;
  std::ranges::transform(leads, std::back_inserter(left),
                         [&](std::size_t lead) { return worst_departure(stretch, leads, lead); });
  const double least = *std::ranges::min_element(left);
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < leads.size(); ++i) {
    if (least >= 1.0 || left[i] <= clearly_better * least) {
      out.push_back(leads[i]);
    }
  }
  return out;
}

}  // namespace

DoubtfulLimbLeads doubtful_limb_leads(const LeadSignals& signals, std::size_t begin, std::size_t end) {
  const Stretch stretch(signals, begin, end);
  std::vector<std::size_t> witnesses;
  std::vector<std::size_t> computed;
  for (const std::size_t lead : stretch.leads()) {
    (is_computed(stretch, lead) ? computed : witnesses).push_back(lead);
  }
  DoubtfulLimbLeads out{};
  if (const auto augmented = augmented_of_wrong_factor(stretch, witnesses); !augmented.empty()) {
    for (const std::size_t lead : augmented) {
      out[lead] = true;
    }
    return out;
  }
  if (worst_departure(stretch, witnesses, std::nullopt) < 1.0) {
    return out;
  }
  for (const std::size_t lead : leads_at_fault(stretch, witnesses)) {
    out[lead] = true;
  }
  for (const std::size_t lead : computed) {
    out[lead] = out[0] || out[1];
  }
  return out;
}

}  // namespace xingu::ecg
