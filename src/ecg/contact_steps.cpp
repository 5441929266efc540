// SPDX-License-Identifier: Apache-2.0
#include "ecg/contact_steps.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double within_s = 0.004;
constexpr double smallest_step_mv = 0.8;
constexpr double short_level_s = 0.12;
constexpr double long_level_s = 0.6;
constexpr double least_level_s = 0.3;  // of a level at the recording's ends
constexpr double stays_within = 0.3;   // of the jump
constexpr double calm_s = 0.5;
constexpr double calm_part = 0.5;
constexpr std::size_t block = 512;

std::size_t jump_width(double rate_hz) {
  return static_cast<std::size_t>(std::max(1L, std::lround(within_s * rate_hz)));
}

/// Median of what was measured within [from, until); nothing of fewer values than `fewest`.
std::optional<double> level_of(std::span<const float> lead, std::size_t from, std::size_t until, std::size_t fewest) {
  std::vector<float> values;
  std::ranges::copy_if(lead.subspan(from, until - from), std::back_inserter(values),
                       [](float x) { return !std::isnan(x); });
  return values.size() < fewest || values.empty() ? std::nullopt : std::optional(static_cast<double>(median(values)));
}

class StepFinder {
 public:
  StepFinder(std::span<const float> lead, double rate_hz)
      : lead_(lead), rate_hz_(rate_hz), width_(jump_width(rate_hz)) {}

  [[nodiscard]] std::vector<ContactStep> find() const {
    std::vector<ContactStep> out;
    std::size_t next = width_;
    for (std::size_t begin = width_; begin < lead_.size(); begin += block) {
      const std::size_t end = std::min(lead_.size(), begin + block);
      if (!has_jump(begin, end)) {
        continue;
      }
      for (std::size_t i = std::max(begin, next); i < end; ++i) {
        if (std::abs(jump(i)) >= smallest_step_mv && is_largest(i) && is_alone(i) && stays(i)) {
          out.push_back({i, jump(i)});
          i += width_;
          next = i + 1;
        }
      }
    }
    return out;
  }

 private:
  /// Hardly any block has: looked for several samples at a time.
  [[nodiscard]] bool has_jump(std::size_t begin, std::size_t end) const {
    constexpr auto limit = static_cast<float>(0.99 * smallest_step_mv);  // for what single precision rounds
    int found = 0;
    for (std::size_t i = begin; i < end; ++i) {
      found |= std::abs(lead_[i] - lead_[i - width_]) >= limit ? 1 : 0;
    }
    return found != 0;
  }

  /// Over the width up to a sample; 0 where one end is lost.
  [[nodiscard]] double jump(std::size_t i) const {
    const double change = static_cast<double>(lead_[i]) - static_cast<double>(lead_[i - width_]);
    return std::isnan(change) ? 0.0 : change;
  }

  /// The first of the largest about it.
  [[nodiscard]] bool is_largest(std::size_t i) const {
    const double own = std::abs(jump(i));
    for (std::size_t k = std::max(width_, i - std::min(i, width_)); k <= std::min(lead_.size() - 1, i + width_); ++k) {
      const double other = std::abs(jump(k));
      if (other > own || (other == own && k < i)) {
        return false;
      }
    }
    return true;
  }

  [[nodiscard]] bool stays(std::size_t i) const {
    return std::ranges::all_of(std::initializer_list<double>{short_level_s, long_level_s}, [&](double span_s) {
      const auto span = static_cast<std::size_t>(span_s * rate_hz_);
      const auto fewest = static_cast<std::size_t>(std::min(span_s, least_level_s) * rate_hz_);
      const std::size_t before_end = i - width_;
      const auto before = level_of(lead_, before_end - std::min(before_end, span), before_end, fewest);
      const auto after = level_of(lead_, i, std::min(lead_.size(), i + span), fewest);
      return before && after && std::abs(*after - *before - jump(i)) <= stays_within * std::abs(jump(i));
    });
  }

  [[nodiscard]] bool is_alone(std::size_t i) const {
    const auto reach = static_cast<std::size_t>(calm_s * rate_hz_);
    const double limit = calm_part * std::abs(jump(i));
    for (std::size_t k = std::max(width_, i - std::min(i, reach)); k < std::min(lead_.size(), i + reach); ++k) {
      const bool is_of_step = k + 2 * width_ > i && k < i + 2 * width_;
      if (!is_of_step && std::abs(jump(k)) > limit) {
        return false;
      }
    }
    return true;
  }

  std::span<const float> lead_;
  double rate_hz_;
  std::size_t width_;
};

}  // namespace

std::vector<ContactStep> find_contact_steps(std::span<const float> lead, double rate_hz) {
  return StepFinder(lead, rate_hz).find();
}

void level_contact_steps(std::span<const ContactStep> steps, double rate_hz, std::span<float> lead) {
  const std::size_t width = jump_width(rate_hz);
  double sum = 0.0;
  for (std::size_t n = 0; n < steps.size(); ++n) {
    const std::size_t at = steps[n].sample;
    const double before = lead[at - width];
    sum += steps[n].height_mv;
    const std::size_t end = n + 1 < steps.size() ? steps[n + 1].sample : lead.size();
    for (std::size_t i = at; i < end; ++i) {
      lead[i] = static_cast<float>(static_cast<double>(lead[i]) - sum);
    }
    for (std::size_t i = at - width + 1; i < at; ++i) {
      lead[i] = static_cast<float>(before);
    }
  }
}

}  // namespace xingu::ecg
