// SPDX-License-Identifier: Apache-2.0
#include "ecg/swinging_stretches.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>
#include <numeric>
#include <string>
#include <utility>

#include "ecg/filters.h"
#include "ecg/heart_space.h"
#include "ecg/limb_electrodes.h"
#include "ecg/seconds.h"
#include "ecg/ventricular_oscillation.h"

namespace xingu::ecg {
namespace {

constexpr double window_s = 1.5;  // three waves and more at the slowest: own choice
constexpr double step_s = 0.25;
constexpr std::size_t steps_of_window = 6;
constexpr double swinging_part = 2.0 / 3.0;  // of the leads, more than the half that swings over 4 s: own choice
constexpr std::size_t many_leads = 6;        // measured, that tell more together: own choices
constexpr double agreeing_part = 5.0 / 6.0;  // of them, by the looser limit
constexpr double strict_part = 0.25;
constexpr double upheld_part = 0.5;     // beside such a window, by the looser limit of a lead
constexpr double good_part = 0.7;       // as of seconds whose beats cannot be told
constexpr double of_limbs_from = 0.85;  // of the leads' energy: own choices, as of tremor and jolts
constexpr double most_chest_left = 0.5;
constexpr float slack = 0.05F;  // of the limits by which a window is looked at at all
constexpr unsigned mains_bit = 1U << static_cast<unsigned>(Fault::mains);
// As shapes of beats: alike from a correlation of 0.85 on.
constexpr float one_shape_from = 0.85F;
constexpr double shortest_wave_s = 0.17;  // 350 per minute
constexpr double longest_wave_s = 0.45;

/// What a quarter of a second adds to a window's sums.
struct Step {
  float size = 0.0F;
  float change = 0.0F;
  float largest = 0.0F;
};

/// A window in which leads swing.
struct Window {
  std::size_t from = 0;            ///< sample of the band
  bool begins = false;             ///< by itself, not only beside one that does
  std::vector<std::size_t> leads;  ///< that swing by the looser limit, of those asked
  std::vector<float> frequencies;  ///< [of these leads]
};

class SwingSearch {
 public:
  SwingSearch(const LeadSignals& signals, const SignalQuality& quality)
      : SwingSearch(independent_band(signals, quality), signals, quality) {}

  [[nodiscard]] std::vector<SwingingStretch> stretches() {
    const std::size_t size = band_.empty() ? 0 : band_.front().size();
    if (size < window_) {
      return {};
    }
    for (std::size_t from = 0; from + window_ <= size; from += step_) {
      look(from);
    }
    if ((size - window_) % step_ != 0) {
      look(size - window_);  // what a recording ends with
    }
    return joined();
  }

 private:
  SwingSearch(IndependentBand band, const LeadSignals& signals, const SignalQuality& quality)
      : quality_(quality),
        leads_(std::move(band.leads)),
        factor_(band.factor),
        rate_hz_(band.rate_hz),
        step_(static_cast<std::size_t>(step_s * rate_hz_)),
        window_(static_cast<std::size_t>(window_s * rate_hz_)),
        band_(std::move(band.mv)) {
    std::ranges::transform(leads_, std::back_inserter(names_), [&](std::size_t lead) { return signals.names[lead]; });
    for (const std::vector<float>& x : band_) {
      steps_.push_back(steps_of(x));
    }
  }

  [[nodiscard]] std::vector<Step> steps_of(std::span<const float> x) const {
    std::vector<Step> out(x.size() / step_ + 1);
    for (std::size_t i = 1; i < x.size(); ++i) {
      Step& step = out[i / step_];
      step.size += std::abs(x[i]);
      step.change += std::abs(x[i] - x[i - 1]);
      step.largest = std::max(step.largest, std::abs(x[i]));
    }
    return out;
  }

  /// By sums over the window's quarters, which cost little: with some slack, may this lead swing?
  [[nodiscard]] bool may_swing(std::size_t lead, std::size_t from) const {
    if (from % step_ != 0) {
      return true;  // the last window
    }
    Step sum;
    const std::size_t first = from / step_;
    const std::size_t last = std::min(first + steps_of_window, steps_[lead].size());
    for (std::size_t s = first; s < last; ++s) {
      const Step& step = steps_[lead][s];
      sum = {sum.size + step.size, sum.change + step.change, std::max(sum.largest, step.largest)};
    }
    const auto num = static_cast<float>((last - first) * step_);
    const float pace = slowest_swing_hz * 2.0F * std::numbers::pi_v<float> / static_cast<float>(rate_hz_);
    return sum.size > (1.0F - slack) * least_mean_mv * num && sum.change > (1.0F - slack) * pace * sum.size &&
           sum.size > (1.0F - slack) * least_crowding * num * sum.largest;
  }

  /// Nothing but mains, which the band has not, in the seconds of a window.
  [[nodiscard]] bool is_good(std::size_t lead, std::size_t from) const {
    const std::vector<LeadSecond>& seconds = quality_.leads[leads_[lead]];
    const std::size_t first = second_of(static_cast<std::int64_t>(from), rate_hz_);
    const std::size_t last = second_of(static_cast<std::int64_t>(from + window_ - 1), rate_hz_);
    for (std::size_t s = first; s <= std::min(last, seconds.size() - 1); ++s) {
      if ((seconds[s].faults & ~mains_bit) != 0) {
        return false;
      }
    }
    return true;
  }

  [[nodiscard]] bool is_most(std::size_t num, std::size_t of, double part) const {
    return static_cast<double>(num) >= part * static_cast<double>(of) && num > 0;
  }

  void look(std::size_t from) {
    std::vector<std::size_t> good;
    std::size_t num_likely = 0;
    for (std::size_t lead = 0; lead < band_.size(); ++lead) {
      if (may_swing(lead, from)) {
        ++num_likely;
      }
    }
    if (!is_most(num_likely, band_.size(), good_part * upheld_part)) {
      return;
    }
    for (std::size_t lead = 0; lead < band_.size(); ++lead) {
      if (!quality_.leads[leads_[lead]].empty() && is_good(lead, from)) {
        good.push_back(lead);
      }
    }
    if (!is_most(good.size(), band_.size(), good_part)) {
      return;
    }
    Window window{from, false, {}, {}};
    std::size_t num_strict = 0;
    for (const std::size_t lead : good) {
      const Oscillation found = measure_oscillation(std::span(band_[lead]).subspan(from, window_), rate_hz_);
      if (has_complexes(found)) {
        return;
      }
      if (is_swinging(found, most_leakage_upheld)) {
        window.leads.push_back(lead);
        window.frequencies.push_back(found.frequency_hz);
        num_strict += is_swinging(found, most_leakage) ? 1 : 0;
      }
    }
    const bool agree = good.size() >= many_leads && is_most(window.leads.size(), good.size(), agreeing_part) &&
                       is_most(num_strict, good.size(), strict_part);
    if (is_of_limbs(from)) {
      return;
    }
    window.begins = agree || is_most(num_strict, good.size(), swinging_part);
    if (window.begins || is_most(window.leads.size(), good.size(), upheld_part)) {
      windows_.push_back(std::move(window));
    }
  }

  /// Whether electrodes of limbs make what the leads show: arms that tremble, or brush teeth.
  [[nodiscard]] bool is_of_limbs(std::size_t from) const {
    const LeadMoves moves(window_, names_,
                          [&](std::size_t i, std::size_t lead) { return static_cast<double>(band_[lead][from + i]); });
    return moves.can_tell_electrodes() &&
           (moves.largest().share >= of_limbs_from ||
            (moves.share_of_arms() >= of_limbs_from && moves.chest_left_by_arms() <= most_chest_left));
  }

  /// Windows that overlap, of which one at least would swing by itself.
  [[nodiscard]] std::vector<SwingingStretch> joined() const {
    std::vector<SwingingStretch> out;
    for (std::size_t first = 0; first < windows_.size();) {
      std::size_t end = first + 1;
      while (end < windows_.size() && windows_[end].from <= windows_[end - 1].from + window_) {
        ++end;
      }
      const std::span<const Window> group = std::span(windows_).subspan(first, end - first);
      if (std::ranges::any_of(group, &Window::begins)) {
        out.push_back(stretch_of(group));
      }
      first = end;
    }
    return out;
  }

  [[nodiscard]] SwingingStretch stretch_of(std::span<const Window> windows) const {
    std::vector<std::size_t> times(band_.size(), 0);
    std::vector<float> frequencies;
    std::vector<float> shapes;
    for (const Window& window : windows) {
      for (const std::size_t lead : window.leads) {
        ++times[lead];
      }
      frequencies.insert(frequencies.end(), window.frequencies.begin(), window.frequencies.end());
      shapes.push_back(repetition(window));
    }
    SwingingStretch out;
    out.from = static_cast<std::int64_t>(windows.front().from * factor_);
    out.until = static_cast<std::int64_t>((windows.back().from + window_) * factor_);
    out.frequency_hz = median(frequencies);
    out.num_asked = band_.size();
    out.has_one_shape = median(shapes) >= one_shape_from;
    for (std::size_t lead = 0; lead < times.size(); ++lead) {
      if (2 * times[lead] >= windows.size()) {
        out.leads.push_back(leads_[lead]);
      }
    }
    return out;
  }

  /// How like a window of the leads that swing is to itself one wave later, each lead counted as if of one size: the
  /// largest correlation over the lengths that a wave may have.
  [[nodiscard]] float repetition(const Window& window) const {
    float best = 0.0F;
    const auto first = static_cast<std::size_t>(shortest_wave_s * rate_hz_);
    const auto last = std::min(static_cast<std::size_t>(longest_wave_s * rate_hz_), window_ / 2);
    for (std::size_t lag = first; lag <= last; ++lag) {
      double both = 0.0;
      double early = 0.0;
      double late = 0.0;
      for (const std::size_t lead : window.leads) {
        const std::span<const float> x = std::span(band_[lead]).subspan(window.from, window_);
        const double square = std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
        const auto end = x.end() - static_cast<std::ptrdiff_t>(lag);
        const auto later = x.begin() + static_cast<std::ptrdiff_t>(lag);
        both += std::inner_product(x.begin(), end, later, 0.0) / square;
        early += std::inner_product(x.begin(), end, x.begin(), 0.0) / square;
        late += std::inner_product(later, x.end(), later, 0.0) / square;
      }
      best = std::max(best, static_cast<float>(both / std::sqrt(early * late)));
    }
    return best;
  }

  const SignalQuality& quality_;
  std::vector<std::size_t> leads_;
  std::size_t factor_;
  double rate_hz_;
  std::size_t step_, window_;
  std::vector<std::vector<float>> band_;  // [asked lead]
  std::vector<std::string> names_;        // [asked lead]
  std::vector<std::vector<Step>> steps_;  // [asked lead]
  std::vector<Window> windows_;           // that swing, ascending
};

}  // namespace

std::vector<SwingingStretch> find_swinging_stretches(const LeadSignals& signals, const SignalQuality& quality) {
  return SwingSearch(signals, quality).stretches();
}

std::vector<bool> swinging_seconds(std::span<const SwingingStretch> stretches, double rate_hz, std::int64_t end,
                                   std::size_t num_seconds) {
  std::vector<bool> out(num_seconds, false);
  for (const SwingingStretch& stretch : stretches) {
    for (std::size_t s = 0; s < num_seconds; ++s) {
      const std::int64_t begins = begin_of_second(s, rate_hz);
      const std::int64_t ends = std::min(end, begin_of_second(s + 1, rate_hz));
      const std::int64_t common = std::min(ends, stretch.until) - std::max(begins, stretch.from);
      out[s] = out[s] || (ends > begins && 2 * common >= ends - begins);
    }
  }
  return out;
}

void take_out_swinging_beats(std::span<const SwingingStretch> stretches, double rate_hz, std::int64_t end,
                             QrsDetection& beats) {
  QrsDetection left;
  std::vector<SwingingStretch> without_shape;
  std::ranges::copy_if(stretches, std::back_inserter(without_shape),
                       [](const SwingingStretch& s) { return !s.has_one_shape; });
  if (without_shape.empty()) {
    return;
  }
  for (std::size_t b = 0; b < beats.sample.size(); ++b) {
    const std::int64_t at = beats.sample[b];
    if (std::ranges::none_of(without_shape, [&](const auto& s) { return at >= s.from && at < s.until; })) {
      left.sample.push_back(at);
      left.confidence.push_back(beats.confidence[b]);
    }
  }
  beats.sample = std::move(left.sample);
  beats.confidence = std::move(left.confidence);
  const std::vector<bool> swings = swinging_seconds(without_shape, rate_hz, end, beats.is_rejected.size());
  for (std::size_t s = 0; s < swings.size(); ++s) {
    beats.is_rejected[s] = beats.is_rejected[s] || swings[s];
  }
}

void drop_short_stretches(double shortest_s, double rate_hz, std::int64_t end,
                          std::vector<SwingingStretch>& stretches) {
  const auto reaches_end = [&](const SwingingStretch& s) {
    return static_cast<double>(end - s.until) < step_s * rate_hz;
  };
  std::erase_if(stretches, [&](const SwingingStretch& s) {
    return !reaches_end(s) && static_cast<double>(s.until - s.from) < shortest_s * rate_hz;
  });
}

void keep_untold_stretches(const BeatSequence& beats, double tachycardia_above_per_min,
                           std::vector<SwingingStretch>& stretches) {
  const std::vector<BeatRun> runs = find_runs(beats, BeatType::ventricular);
  std::erase_if(stretches, [&](const SwingingStretch& stretch) {
    std::int64_t told = 0;
    for (const BeatRun& run : runs) {
      if (run.rate_per_min > tachycardia_above_per_min) {
        told += std::max<std::int64_t>(0, std::min(stretch.until, beats.sample[run.first + run.length - 1]) -
                                              std::max(stretch.from, beats.sample[run.first]));
      }
    }
    for (std::size_t b = 1; b < beats.is_wide.size(); ++b) {
      if (beats.is_wide[b - 1] && beats.is_wide[b]) {
        told += std::max<std::int64_t>(
            0, std::min(stretch.until, beats.sample[b]) - std::max(stretch.from, beats.sample[b - 1]));
      }
    }
    return stretch.has_one_shape && 2 * told >= stretch.until - stretch.from;
  });
}

void tell_swinging_seconds(BeatSequence& beats) {
  beats.is_untold.resize(std::max(beats.is_untold.size(), beats.is_swinging.size()), false);
  for (std::size_t s = 0; s < beats.is_swinging.size(); ++s) {
    if (beats.is_swinging[s]) {
      beats.is_rejected[s] = beats.is_untold[s] = true;
      if (s < beats.is_moving.size()) {
        beats.is_moving[s] = false;
      }
    }
  }
  for (std::size_t b = 0; b < beats.size(); ++b) {
    const auto second = static_cast<std::size_t>(beats.time_s(b));
    if (second < beats.is_swinging.size() && beats.is_swinging[second]) {
      beats.type[b] = BeatType::unknown;
    }
  }
}

}  // namespace xingu::ecg
