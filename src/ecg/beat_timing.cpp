// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_timing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

namespace xingu::ecg {
namespace {

constexpr double half_width_s = 0.08;
constexpr double largest_step_s = 0.012;   // from the place to the sample that alignment has found
constexpr double largest_offset_s = 0.03;  // from where the beat was detected
constexpr double like_its_shape = 0.8;     // correlation of a lead that counts
constexpr double smallest_variance = 1e-8;

/// Sum of term(0) … term(size − 1) in eight partial sums, which a processor can hold side by side.
template <typename Term>
float partial_sum(std::size_t size, Term term) {
  constexpr std::size_t lanes = 8;
  std::array<float, lanes> sums{};
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    for (std::size_t l = 0; l < lanes; ++l) {
      sums[l] += term(i + l);
    }
  }
  for (; i < size; ++i) {
    sums[0] += term(i);
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

/// Mean complex of a shape without the average of each lead.
struct UsualBeat {
  std::vector<float> mean;       ///< [lead][offset]
  std::vector<double> variance;  ///< [lead] sum of squares
};

/// A sample, with its part, at which a complex lies as the usual one of a shape does.
struct Place {
  double sample = 0.0;
  std::size_t shape = 0;
};

class Placer {
 public:
  Placer(const LeadSignals& signals, std::span<const std::int64_t> beats, const AlignedBeats& aligned)
      : signals_(signals),
        beats_(beats),
        aligned_(aligned),
        half_(static_cast<std::int64_t>(half_width_s * signals.rate_hz)),
        reach_(std::max<std::int64_t>(2, std::llround(largest_step_s * signals.rate_hz))),
        usual_(aligned.num_shapes) {
    for (std::size_t shape = 0; shape < usual_.size(); ++shape) {
      usual_[shape] = usual_beat(shape);
    }
  }

  [[nodiscard]] std::optional<Place> place(std::size_t beat) const {
    std::size_t shape = aligned_.shape[beat];
    std::int64_t at = aligned_.samples[beat];
    std::vector<std::size_t> leads = leads_like(shape, at);
    if (shape > 0) {  // noise on one lead makes shapes of its own: most leads may still show the most frequent one
      const std::int64_t other = likeliest(0, beats_[beat]);
      std::vector<std::size_t> others = leads_like(0, other);
      if (2 * others.size() > signals_.num_leads()) {
        shape = 0;
        at = other;
        leads = std::move(others);
      }
    }
    if (leads.empty()) {
      return std::nullopt;
    }
    const UsualBeat& usual = usual_[shape];
    const auto match = [&](std::int64_t sample) {
      double sum = 0.0;
      for (const std::size_t lead : leads) {
        sum += product(usual, lead, sample);
      }
      return sum;
    };
    double before = match(at - 1), here = match(at), after = match(at + 1);
    std::int64_t step = 0;
    while (std::max(before, after) > here && std::abs(step) < reach_) {
      const bool is_later = after > before;
      step += is_later ? 1 : -1;
      const double next = match(at + step + (is_later ? 1 : -1));
      (is_later ? before : after) = here;
      here = is_later ? after : before;
      (is_later ? after : before) = next;
    }
    const double bend = before - 2.0 * here + after;
    if (std::max(before, after) > here || bend >= 0.0) {
      return std::nullopt;
    }
    return Place{static_cast<double>(at + step) + 0.5 * (before - after) / bend, shape};
  }

 private:
  /// Leads that show the shape at a sample; none too near an end.
  [[nodiscard]] std::vector<std::size_t> leads_like(std::size_t shape, std::int64_t at) const {
    std::vector<std::size_t> leads;
    for (std::size_t lead = 0; holds(at) && lead < signals_.num_leads(); ++lead) {
      if (is_like(usual_[shape], lead, at)) {
        leads.push_back(lead);
      }
    }
    return leads;
  }

  /// The sample about a beat at which the leads that show the shape match it best; the beat's own where none does.
  [[nodiscard]] std::int64_t likeliest(std::size_t shape, std::int64_t beat) const {
    const std::int64_t around = std::llround(largest_offset_s * signals_.rate_hz);
    std::int64_t best = beat;
    double most = 0.0;
    for (std::int64_t at = beat - around; at <= beat + around; ++at) {
      double sum = 0.0;
      for (const std::size_t lead : leads_like(shape, at)) {
        sum += product(usual_[shape], lead, at);
      }
      if (sum > most) {
        most = sum;
        best = at;
      }
    }
    return best;
  }

  [[nodiscard]] std::size_t width() const { return static_cast<std::size_t>(2 * half_ + 1); }
  [[nodiscard]] bool holds(std::int64_t at) const {
    const std::int64_t around = half_ + reach_ + 1;
    return at >= around && at + around < static_cast<std::int64_t>(signals_.num_samples());
  }
  [[nodiscard]] const float* complex(std::size_t lead, std::int64_t at) const {
    return signals_.mv[lead].data() + (at - half_);
  }

  [[nodiscard]] UsualBeat usual_beat(std::size_t shape) const {
    UsualBeat usual;
    usual.mean.assign(signals_.num_leads() * width(), 0.0F);
    for (std::size_t lead = 0; lead < signals_.num_leads(); ++lead) {
      float* const mean = usual.mean.data() + lead * width();
      std::size_t count = 0;
      for (std::size_t b = 0; b < aligned_.samples.size(); ++b) {
        const std::int64_t at = aligned_.samples[b];
        if (aligned_.shape[b] != shape || !holds(at)) {
          continue;
        }
        const float* const x = complex(lead, at);
        if (std::isnan(partial_sum(width(), [&](std::size_t i) { return x[i]; }))) {
          continue;
        }
        ++count;
        for (std::size_t i = 0; i < width(); ++i) {
          mean[i] += x[i];
        }
      }
      usual.variance.push_back(without_average(mean, count));
    }
    return usual;
  }

  /// Turns a sum over beats into their mean about 0; its sum of squares.
  [[nodiscard]] double without_average(float* mean, std::size_t count) const {
    double average = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < width(); ++i) {
      mean[i] /= static_cast<float>(std::max<std::size_t>(1, count));
      average += mean[i];
    }
    average /= static_cast<double>(width());
    for (std::size_t i = 0; i < width(); ++i) {
      mean[i] -= static_cast<float>(average);
      squares += static_cast<double>(mean[i]) * mean[i];
    }
    return squares;
  }

  [[nodiscard]] double product(const UsualBeat& usual, std::size_t lead, std::int64_t at) const {
    const float* const x = complex(lead, at);
    const float* const mean = usual.mean.data() + lead * width();
    const float base = x[0];
    return partial_sum(width(), [&](std::size_t i) { return mean[i] * (x[i] - base); });
  }

  /// False where a sample that may be looked at is NaN.
  [[nodiscard]] bool is_like(const UsualBeat& usual, std::size_t lead, std::int64_t at) const {
    const float* const x = complex(lead, at);
    const float base = x[0];
    const float sum = partial_sum(width(), [&](std::size_t i) { return x[i] - base; });
    const float squares = partial_sum(width(), [&](std::size_t i) { return (x[i] - base) * (x[i] - base); });
    float around = 0.0F;
    for (std::int64_t i = 1; i <= reach_ + 1; ++i) {
      around += x[-i] + x[static_cast<std::int64_t>(width()) - 1 + i];
    }
    const double variance = squares - static_cast<double>(sum) * sum / static_cast<double>(width());
    const double limit = like_its_shape * std::sqrt(std::max(smallest_variance, variance * usual.variance[lead]));
    return !std::isnan(around) && product(usual, lead, at) > limit;
  }

  const LeadSignals& signals_;
  std::span<const std::int64_t> beats_;
  const AlignedBeats& aligned_;
  std::int64_t half_, reach_;
  std::vector<UsualBeat> usual_;  ///< [shape]
};

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// How much later than detected the beats of a shape lie on average, without those that are far from the rest.
double mean_lateness(const std::vector<double>& lateness, double rate_hz) {
  const double usual = median_of(lateness);
  double sum = 0.0, count = 0.0;
  for (const double x : lateness) {
    if (std::abs(x - usual) < 0.5 * largest_offset_s * rate_hz) {
      sum += x;
      ++count;
    }
  }
  return sum / count;
}

}  // namespace

std::vector<float> fine_offsets(const LeadSignals& signals, std::span<const std::int64_t> beats,
                                const AlignedBeats& aligned) {
  const Placer placer(signals, beats, aligned);
  std::vector<std::optional<Place>> places(beats.size());
  std::vector<std::vector<double>> lateness(aligned.num_shapes);
  for (std::size_t b = 0; b < beats.size(); ++b) {
    places[b] = placer.place(b);
    if (places[b]) {
      lateness[places[b]->shape].push_back(places[b]->sample - static_cast<double>(beats[b]));
    }
  }
  std::vector<double> anchor(aligned.num_shapes, 0.0);
  for (std::size_t shape = 0; shape < lateness.size(); ++shape) {
    anchor[shape] = lateness[shape].empty() ? 0.0 : mean_lateness(lateness[shape], signals.rate_hz);
  }
  std::vector<float> out(beats.size(), 0.0F);
  for (std::size_t b = 0; b < beats.size(); ++b) {
    const double offset =
        places[b] ? places[b]->sample - anchor[places[b]->shape] - static_cast<double>(beats[b]) : 0.0;
    out[b] = std::abs(offset) <= largest_offset_s * signals.rate_hz ? static_cast<float>(offset) : 0.0F;
  }
  return out;
}

}  // namespace xingu::ecg
