// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_average.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/vector_clones.h"

namespace xingu::ecg {
namespace {

constexpr double half_width_s = 0.10;
constexpr double largest_shift_s = 0.04;
constexpr double same_shape = 0.90;
constexpr std::size_t most_shapes = 12;
constexpr std::size_t memory_beats = 30;  // an average follows slow changes

constexpr double before_jolt_s = 0.6;        // P wave, and what a jolt leaves behind before it
constexpr double behind_jolt_s = 0.6;        // T wave, the same
constexpr std::ptrdiff_t few_disturbed = 2;  // times as many beats as are disturbed there must be, and more

constexpr double smallest_energy = 1e-12;

// Where a beat that is averaged into another stops counting, before and after its own neighbours.
constexpr double gone_after_previous_s = 0.20;
constexpr double whole_after_previous_s = 0.30;
constexpr double whole_before_next_s = 0.14;
constexpr double gone_before_next_s = 0.06;
constexpr double as_near_s = 0.02;  // neighbours as near as the beat's own are outside of what is its own anyway

struct Shape {
  std::vector<float> mean;  ///< [lead][offset]
  double energy = 0.0;      ///< of the mean
  std::size_t count = 0;
};

struct Match {
  std::size_t shape = 0;
  std::int64_t shift = 0;
  double correlation = -1.0;
};

/// Sum of products in eight partial sums, which a processor can hold side by side.
double dot(const float* x, const float* y, std::size_t size) {
  constexpr std::size_t lanes = 8;
  std::array<float, lanes> sums{};
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    for (std::size_t l = 0; l < lanes; ++l) {
      sums[l] += x[i + l] * y[i + l];
    }
  }
  double sum = 0.0;
  for (; i < size; ++i) {
    sum += static_cast<double>(x[i]) * y[i];
  }
  for (const float part : sums) {
    sum += part;
  }
  return sum;
}

class Aligner {
 public:
  Aligner(const std::vector<std::vector<float>>& leads, double rate_hz)
      : leads_(leads),
        half_(static_cast<std::int64_t>(half_width_s * rate_hz)),
        reach_(static_cast<std::int64_t>(largest_shift_s * rate_hz)) {}

  [[nodiscard]] bool holds(std::int64_t beat) const {
    return beat - half_ - reach_ >= 0 &&
           beat + half_ + reach_ < static_cast<std::int64_t>(leads_.empty() ? 0 : leads_.front().size());
  }

  [[nodiscard]] Match best_match(std::int64_t beat) const {
    Match best;
    const std::vector<double> energies = energies_about(beat);
    for (std::size_t s = 0; s < shapes.size(); ++s) {
      for (std::int64_t shift = -reach_; shift <= reach_; ++shift) {
        const double energy = energies[static_cast<std::size_t>(shift + reach_)];
        const double correlation = product(shapes[s], beat + shift) / std::sqrt(energy * shapes[s].energy);
        if (correlation > best.correlation) {
          best = {s, shift, correlation};
        }
      }
    }
    return best;
  }

  void average_in(std::size_t s, std::int64_t beat) {
    Shape& shape = shapes[s];
    shape.mean.resize(width() * leads_.size(), 0.0F);
    ++shape.count;
    const float share = 1.0F / static_cast<float>(std::min(shape.count, memory_beats));
    for (std::size_t lead = 0; lead < leads_.size(); ++lead) {
      const float* x = leads_[lead].data() + (beat - half_);
      for (std::size_t i = 0; i < width(); ++i) {
        float& mean = shape.mean[lead * width() + i];
        mean += share * (x[i] - mean);
      }
    }
    shape.energy = smallest_energy + dot(shape.mean.data(), shape.mean.data(), shape.mean.size());
  }

  std::vector<Shape> shapes;

 private:
  [[nodiscard]] std::size_t width() const { return static_cast<std::size_t>(2 * half_ + 1); }

  [[nodiscard]] double product(const Shape& shape, std::int64_t beat) const {
    double sum = 0.0;
    for (std::size_t lead = 0; lead < leads_.size(); ++lead) {
      sum += dot(leads_[lead].data() + (beat - half_), shape.mean.data() + lead * width(), width());
    }
    return sum;
  }

  /// [shift] the beat's sum of squares over the leads at every shift, each from the one before.
  [[nodiscard]] std::vector<double> energies_about(std::int64_t beat) const {
    std::vector<double> out(static_cast<std::size_t>(2 * reach_ + 1), smallest_energy);
    for (const std::vector<float>& lead : leads_) {
      const float* const x = lead.data() + (beat - half_ - reach_);
      double energy = 0.0;
      for (std::size_t i = 0; i + 1 < width(); ++i) {
        energy += static_cast<double>(x[i]) * x[i];
      }
      for (std::size_t shift = 0; shift < out.size(); ++shift) {
        const double last = x[shift + width() - 1];
        energy += last * last;
        out[shift] += std::max(0.0, energy);
        energy -= static_cast<double>(x[shift]) * x[shift];
      }
    }
    return out;
  }

  const std::vector<std::vector<float>>& leads_;
  std::int64_t half_;
  std::int64_t reach_;
};

/// Renumbers shapes so that 0 is the most frequent.
void sort_shapes(AlignedBeats& beats) {
  std::vector<std::size_t> count(beats.num_shapes, 0);
  for (const std::size_t s : beats.shape) {
    ++count[s];
  }
  std::vector<std::size_t> order(beats.num_shapes);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order,
                    [&](std::size_t a, std::size_t b) { return count[a] != count[b] ? count[a] > count[b] : a < b; });
  std::vector<std::size_t> rank(beats.num_shapes);
  for (std::size_t i = 0; i < order.size(); ++i) {
    rank[order[i]] = i;
  }
  for (std::size_t& s : beats.shape) {
    s = rank[s];
  }
}

}  // namespace

AlignedBeats align_beats(const std::vector<std::vector<float>>& qrs, double rate_hz,
                         std::span<const std::int64_t> beats) {
  Aligner aligner(qrs, rate_hz);
  AlignedBeats out;
  std::vector<std::size_t> outside;  // too near an end to be compared
  for (const std::int64_t beat : beats) {
    out.samples.push_back(beat);
    out.shape.push_back(0);
    if (!aligner.holds(beat)) {
      outside.push_back(out.shape.size() - 1);
      continue;
    }
    Match match = aligner.best_match(beat);
    if (match.correlation < same_shape && aligner.shapes.size() < most_shapes) {
      aligner.shapes.emplace_back();
      match = {aligner.shapes.size() - 1, 0, 1.0};
    }
    aligner.average_in(match.shape, beat + match.shift);
    out.samples.back() = beat + match.shift;
    out.shape.back() = match.shape;
  }
  out.num_shapes = aligner.shapes.size() + 1;
  for (const std::size_t i : outside) {
    out.shape[i] = out.num_shapes - 1;
  }
  sort_shapes(out);
  return out;
}

std::vector<std::size_t> alike_beats(const AlignedBeats& beats, std::size_t beat, std::size_t neighbours) {
  std::vector<std::size_t> out{beat};
  const auto count = std::ssize(beats.samples);
  const auto centre = static_cast<std::ptrdiff_t>(beat);
  const auto reach = static_cast<std::ptrdiff_t>(3 * neighbours);
  for (const std::ptrdiff_t step : {-1, 1}) {
    std::size_t taken = 0;
    for (std::ptrdiff_t b = centre + step; b >= 0 && b < count && taken < neighbours && std::abs(b - centre) <= reach;
         b += step) {
      const auto other = static_cast<std::size_t>(b);
      const bool is_disturbed = other < beats.is_disturbed.size() && beats.is_disturbed[other];
      if (beats.shape[other] == beats.shape[beat] && !is_disturbed) {
        out.push_back(other);
        ++taken;
      }
    }
  }
  return out;
}

std::vector<bool> disturbed_beats(std::span<const std::int64_t> beats, const std::vector<std::int64_t>& jolts,
                                  double rate_hz) {
  std::vector<bool> out(beats.size(), false);
  for (std::size_t b = 0; b < beats.size(); ++b) {
    const std::int64_t from = beats[b] - std::llround(before_jolt_s * rate_hz);
    const std::int64_t until = beats[b] + std::llround(behind_jolt_s * rate_hz);
    const auto jolt = std::ranges::lower_bound(jolts, from);
    out[b] = jolt != jolts.end() && *jolt <= until;
  }
  return few_disturbed * std::ranges::count(out, true) < std::ssize(out) ? out : std::vector<bool>{};
}

std::vector<float> local_average(const std::vector<float>& lead, const AlignedBeats& beats,
                                 std::span<const std::size_t> alike, std::size_t before, std::size_t after) {
  const auto width = static_cast<std::int64_t>(before + after + 1);
  std::vector<float> sum(static_cast<std::size_t>(width), 0.0F);
  std::vector<float> count(static_cast<std::size_t>(width), static_cast<float>(alike.size()));
  for (const std::size_t b : alike) {
    const std::int64_t begin = beats.samples[b] - static_cast<std::int64_t>(before);
    const std::int64_t first = std::clamp<std::int64_t>(-begin, 0, width);
    const std::int64_t last = std::clamp<std::int64_t>(std::ssize(lead) - begin, first, width);
    for (std::int64_t i = first; i < last; ++i) {
      sum[static_cast<std::size_t>(i)] += lead[static_cast<std::size_t>(begin + i)];
    }
    for (std::int64_t i = 0; i < first; ++i) {
      count[static_cast<std::size_t>(i)] -= 1.0F;
    }
    for (std::int64_t i = last; i < width; ++i) {
      count[static_cast<std::size_t>(i)] -= 1.0F;
    }
  }
  for (std::size_t i = 0; i < sum.size(); ++i) {
    sum[i] /= std::max(1.0F, count[i]);
  }
  return sum;
}

/// @param x, sums  where the part begins
/// @param ramps    the part's weights that are neither 0 nor 1
XINGU_VECTOR_CLONES void OwnAverage::add_weighted(const float* x, const Part& part, const float* ramps, float* sums) {
  const std::int64_t rise = part.rises_to - part.first;
  const std::int64_t fall_from = part.falls_from - part.first;
  for (std::int64_t i = 0; i < rise; ++i) {
    sums[i] += ramps[i] * x[i];
  }
  for (std::int64_t i = rise; i < fall_from; ++i) {
    sums[i] += x[i];
  }
  ramps += rise;
  for (std::int64_t i = fall_from; i < part.last - part.first; ++i) {
    sums[i] += ramps[i - fall_from] * x[i];
  }
}

OwnAverage::OwnAverage(const AlignedBeats& beats, std::span<const std::size_t> alike, std::size_t before,
                       std::size_t after, std::int64_t length, double rate_hz)
    : width_(static_cast<std::int64_t>(before + after + 1)), share_(before + after + 1, 0.0F) {
  const auto in = [&](double seconds) { return std::lround(seconds * rate_hz); };
  const std::vector<float> ones(share_.size(), 1.0F);
  std::int64_t own_previous = 0, own_next = 0;
  for (const std::size_t b : alike) {
    Part part;
    part.origin = beats.samples[b] - static_cast<std::int64_t>(before);
    part.first = std::clamp<std::int64_t>(-part.origin, 0, width_);
    part.last = std::clamp<std::int64_t>(length - part.origin, part.first, width_);
    part.rises_to = part.first;
    part.falls_from = part.last;
    const std::int64_t previous = b > 0 ? beats.samples[b - 1] - part.origin : -length;
    const std::int64_t next = b + 1 < beats.samples.size() ? beats.samples[b + 1] - part.origin : 2 * length;
    if (parts_.empty()) {
      own_previous = previous;
      own_next = next;
    }
    if (previous > own_previous + in(as_near_s)) {
      part.first = std::clamp(previous + in(gone_after_previous_s), part.first, part.last);
      part.rises_to = std::clamp(previous + in(whole_after_previous_s), part.first, part.last);
    }
    if (next < own_next - in(as_near_s)) {
      part.last = std::clamp(next - in(gone_before_next_s), part.first, part.last);
      part.falls_from = std::clamp(next - in(whole_before_next_s), part.first, part.last);
    }
    part.rises_to = std::min(part.rises_to, part.falls_from);
    part.ramps = ramps_.size();
    const std::int64_t rise = part.rises_to - part.first;
    const std::int64_t fall = part.last - part.falls_from;
    for (std::int64_t i = 1; i <= rise; ++i) {
      ramps_.push_back(static_cast<float>(i) / static_cast<float>(rise + 1));
    }
    for (std::int64_t i = fall; i > 0; --i) {
      ramps_.push_back(static_cast<float>(i) / static_cast<float>(fall + 1));
    }
    add_weighted(ones.data(), part, ramps_.data() + part.ramps, share_.data() + part.first);
    parts_.push_back(part);
  }
  for (float& x : share_) {
    x = 1.0F / std::max(1.0F, x);
  }
}

std::vector<float> OwnAverage::of(const std::vector<float>& lead) const {
  std::vector<float> sum(share_.size(), 0.0F);
  for (const Part& part : parts_) {
    add_weighted(lead.data() + (part.origin + part.first), part, ramps_.data() + part.ramps, sum.data() + part.first);
  }
  for (std::size_t i = 0; i < sum.size(); ++i) {
    sum[i] *= share_[i];
  }
  return sum;
}

}  // namespace xingu::ecg
