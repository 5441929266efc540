// SPDX-License-Identifier: Apache-2.0
#include "ecg/pacing_spikes.h"

#include <algorithm>
#include <cmath>

namespace xingu::ecg {
namespace {

constexpr double lowest_rate_hz = 400.0;
constexpr float smallest_height_mV = 0.08F;
constexpr double quiet_s = 0.010;   // before the stimulus
constexpr double return_s = 0.006;  // after it
constexpr float quiet_share = 0.15F;
constexpr float return_share = 0.45F;
constexpr double decay_s = 0.014;

struct Spans {
  std::size_t quiet, back, decay;
};

Spans spans_at(double rate_hz) {
  const auto samples = [&](double s) { return static_cast<std::size_t>(std::lround(s * rate_hz)); };
  return {samples(quiet_s), samples(return_s), samples(decay_s)};
}

bool is_spike(const std::vector<float>& x, std::size_t i, const Spans& spans) {
  const float base = x[i - 1];
  const float first = x[i] - base;
  const float second = x[i + 1] - base;
  const float height = std::max(std::abs(first), std::abs(second));
  if (height < smallest_height_mV || std::abs(x[i + spans.back] - base) > return_share * height) {
    return false;
  }
  for (std::size_t k = i - spans.quiet; k < i; ++k) {
    if (std::abs(x[k] - x[k - 1]) > quiet_share * height) {
      return false;
    }
  }
  for (std::size_t k = i + spans.back + 1; k <= i + spans.decay; ++k) {
    if (std::abs(x[k] - x[k - 1]) > quiet_share * height) {
      return false;  // a complex goes on
    }
  }
  return true;
}

}  // namespace

std::vector<std::size_t> find_pacing_spikes(const std::vector<std::vector<float>>& leads, double rate_hz) {
  std::vector<std::size_t> out;
  const Spans spans = spans_at(rate_hz);
  if (rate_hz < lowest_rate_hz || leads.empty()) {
    return out;
  }
  const std::size_t needed = std::min<std::size_t>(2, leads.size());
  for (std::size_t i = spans.quiet + 1; i + spans.decay < leads.front().size(); ++i) {
    const auto votes = std::ranges::count_if(leads, [&](const auto& lead) { return is_spike(lead, i, spans); });
    if (static_cast<std::size_t>(votes) >= needed) {
      out.push_back(i);
      i += spans.decay;
    }
  }
  return out;
}

std::vector<std::size_t> remove_pacing_spikes(std::vector<std::vector<float>>& leads, double rate_hz) {
  const Spans spans = spans_at(rate_hz);
  std::vector<std::size_t> spikes = find_pacing_spikes(leads, rate_hz);
  for (std::size_t& spike : spikes) {
    const std::size_t begin = spike - 1;
    const std::size_t end = spike + spans.decay;
    for (std::vector<float>& lead : leads) {
      const float slope = (lead[end] - lead[begin]) / static_cast<float>(end - begin);
      for (std::size_t i = begin + 1; i < end; ++i) {
        lead[i] = lead[begin] + slope * static_cast<float>(i - begin);
      }
    }
    spike = end;
  }
  return spikes;
}

}  // namespace xingu::ecg
