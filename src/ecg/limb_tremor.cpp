// SPDX-License-Identifier: Apache-2.0
#include "ecg/limb_tremor.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iterator>
#include <numbers>
#include <utility>

#include "ecg/atrial_signal.h"
#include "ecg/beat_average.h"
#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr std::array<Electrode, 2> arms{Electrode::ra, Electrode::la};
constexpr std::size_t fewest_leads = 5;  // of which an electrode can be told
constexpr double slowest_hz = 2.0;
constexpr double fastest_hz = 12.0;
constexpr double fastest_tremor_hz = 9.0;
constexpr double steep_from_hz = 10.0;  // complexes, whose shapes no tremor changes there
constexpr double shortest_s = 4.0;
constexpr double usual_stretch_s = 10.0;
constexpr double overlap_s = 1.0;
constexpr double tent_s = 1.0;  // in which a tremor's amplitude and phase change
constexpr double steps_per_resolution = 4.0;
constexpr double largest_part_of_second = 0.6;  // a tremor of two seconds has half in each: own choice
constexpr double largest_chest_left = 0.5;      // by both arms, of the chest leads' energy: own choice
constexpr double shown_within = 0.5;            // of what an electrode makes in a lead
constexpr double of_chest_leads = 0.4;          // of its voltage; they have a third
constexpr double least_part_of_near = 0.1;      // what a fit leaves where a tremor has ended: own choice
constexpr float ridge = 1e-3F;                  // of the trial waves' mean energy
constexpr std::size_t neighbours = 8;           // beats on each side that are averaged
constexpr std::size_t fewest_alike = 4;
constexpr double before_s = 0.25;     // P wave
constexpr double after_s = 0.45;      // T wave
constexpr double before_part = 0.35;  // of a fast heart's interval
constexpr double after_part = 0.60;
constexpr double widest_part = 0.4;       // of the sampling rate
constexpr double usual_interval_s = 0.8;  // of a recording with one beat

double usual_interval_of(const std::vector<std::int64_t>& beats, double rate_hz) {
  std::vector<float> intervals;
  for (std::size_t b = 1; b < beats.size(); ++b) {
    intervals.push_back(static_cast<float>(static_cast<double>(beats[b] - beats[b - 1]) / rate_hz));
  }
  return intervals.empty() ? usual_interval_s : static_cast<double>(median(intervals));
}

/// Takes from each beat, its P and T wave included, what the beats alike about it have; a beat with too few alike is
/// taken out as a whole. Linear in the leads.
class BeatRemoval {
 public:
  BeatRemoval(AlignedBeats beats, double rate_hz) : beats_(std::move(beats)) {
    const double interval_s = usual_interval_of(beats_.samples, rate_hz);
    before_ = static_cast<std::size_t>(std::min(before_s, before_part * interval_s) * rate_hz);
    after_ = static_cast<std::size_t>(std::min(after_s, after_part * interval_s) * rate_hz);
    for (std::size_t b = 0; b < beats_.samples.size(); ++b) {
      alike_.push_back(alike_beats(beats_, b, neighbours));
    }
  }

  [[nodiscard]] std::vector<float> of(const std::vector<float>& lead) const {
    std::vector<float> out = lead;
    for (std::size_t b = 0; b < beats_.samples.size(); ++b) {
      const bool is_alone = alike_[b].size() < fewest_alike;
      const std::vector<float> average =
          is_alone ? std::vector<float>(before_ + after_ + 1) : local_average(lead, beats_, alike_[b], before_, after_);
      const std::int64_t begin = beats_.samples[b] - static_cast<std::int64_t>(before_);
      for (std::int64_t i = std::max<std::int64_t>(0, -begin); i < std::ssize(average) && begin + i < std::ssize(lead);
           ++i) {
        const auto at = static_cast<std::size_t>(begin + i);
        out[at] = is_alone ? 0.0F : lead[at] - average[static_cast<std::size_t>(i)];
      }
    }
    return out;
  }

 private:
  AlignedBeats beats_;
  std::size_t before_ = 0;
  std::size_t after_ = 0;
  std::vector<std::vector<std::size_t>> alike_;
};

/// Between slowest_hz and fastest_hz, without phase shift.
void keep_band(std::vector<std::vector<float>>& leads, double rate_hz) {
  filter_zero_phase(Biquad::high_pass(slowest_hz, rate_hz), leads, filter_margin(rate_hz));
  filter_zero_phase(Biquad::low_pass(fastest_hz, rate_hz), leads, filter_margin(rate_hz));
}

/// The frequency of a signal's largest sine, Hz.
double main_hz(const std::vector<float>& x, double rate_hz) {
  const double step_hz = rate_hz / static_cast<double>(x.size()) / steps_per_resolution;
  double best_hz = slowest_hz;
  double best = 0.0;
  for (double hz = slowest_hz; hz <= fastest_tremor_hz; hz += step_hz) {
    double re = 0.0;
    double im = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double phase = 2.0 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz;
      re += static_cast<double>(x[i]) * std::cos(phase);
      im += static_cast<double>(x[i]) * std::sin(phase);
    }
    if (re * re + im * im > best) {
      best = re * re + im * im;
      best_hz = hz;
    }
  }
  return best_hz;
}

/// A sine and its second harmonic under tents a second apart.
std::vector<std::vector<float>> trial_waves(double hertz, std::size_t size, double rate_hz) {
  const auto num_tents = static_cast<std::size_t>(std::ceil(static_cast<double>(size) / rate_hz / tent_s)) + 1;
  std::vector<std::vector<float>> out;
  for (std::size_t k = 0; k < num_tents; ++k) {
    std::vector<std::vector<float>> waves(4, std::vector<float>(size, 0.0F));
    for (std::size_t i = 0; i < size; ++i) {
      const double t = static_cast<double>(i) / rate_hz;
      const double height = 1.0 - std::abs(t / tent_s - static_cast<double>(k));
      if (height > 0.0) {
        const double phase = 2.0 * std::numbers::pi * hertz * t;
        waves[0][i] = static_cast<float>(height * std::cos(phase));
        waves[1][i] = static_cast<float>(height * std::sin(phase));
        waves[2][i] = static_cast<float>(height * std::cos(2.0 * phase));
        waves[3][i] = static_cast<float>(height * std::sin(2.0 * phase));
      }
    }
    std::ranges::move(waves, std::back_inserter(out));
  }
  return out;
}

/// An electrode's voltage in one stretch.
struct Shaken {
  LimbTremor tremor;
  std::vector<float> voltage;
};

/// The tremor of one stretch.
struct Found {
  std::vector<Shaken> limbs;
  std::vector<bool> is_shown;  ///< [lead] as it should be: not where another electrode is off
};

/// @param voltage  of the electrode as the leads show it, the heart's part in it, in the band
std::vector<float> fitted(const std::vector<float>& voltage, double hertz, double rate_hz, const BeatRemoval& removal) {
  const std::vector<std::vector<float>> waves = trial_waves(hertz, voltage.size(), rate_hz);
  std::vector<std::vector<float>> seen = waves;
  keep_band(seen, rate_hz);
  const auto size = static_cast<Eigen::Index>(voltage.size());
  Eigen::MatrixXf terms(size, std::ssize(seen));
  for (std::size_t k = 0; k < seen.size(); ++k) {
    const std::vector<float> left = removal.of(seen[k]);
    terms.col(static_cast<Eigen::Index>(k)) = Eigen::Map<const Eigen::VectorXf>(left.data(), size);
  }
  const std::vector<float> left = removal.of(voltage);
  Eigen::MatrixXf gram = terms.transpose() * terms;
  gram.diagonal().array() += ridge * gram.trace() / static_cast<float>(gram.rows());
  const Eigen::VectorXf weights =
      gram.ldlt().solve(terms.transpose() * Eigen::Map<const Eigen::VectorXf>(left.data(), size));
  std::vector<float> out(voltage.size(), 0.0F);
  for (std::size_t k = 0; k < waves.size(); ++k) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] += weights[static_cast<Eigen::Index>(k)] * waves[k][i];
    }
  }
  return out;
}

double height_of(const std::vector<float>& voltage) {
  double energy = 0.0;
  for (const float x : voltage) {
    energy += static_cast<double>(x) * x;
  }
  return 2.0 * std::sqrt(2.0 * energy / static_cast<double>(voltage.size()));  // of a sine
}

double product_of(const std::vector<float>& x, const std::vector<float>& y) {
  double sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += static_cast<double>(x[i]) * static_cast<double>(y[i]);
  }
  return sum;
}

/// Leads in the band, and what of them differs from the beats alike.
struct Stretch {
  std::vector<std::vector<float>> leads;  ///< [lead][time] mV
  std::vector<std::vector<float>> left;   ///< the same without beats
  std::span<const std::string> names;     ///< [lead]
  double rate_hz = 0.0;
};

/// The sum of leads with a weight each.
std::vector<float> mixed(const std::vector<std::vector<float>>& leads, const std::vector<double>& weights) {
  std::vector<float> out(leads.front().size(), 0.0F);
  for (std::size_t lead = 0; lead < weights.size(); ++lead) {
    for (std::size_t i = 0; i < out.size() && weights[lead] != 0.0; ++i) {
      out[i] += static_cast<float>(weights[lead]) * leads[lead][i];
    }
  }
  return out;
}

/// What is left of each voltage if the beats are removed from it as from the leads.
std::vector<std::vector<float>> left_of_voltages(const Found& found, double rate_hz, const BeatRemoval& removal) {
  std::vector<std::vector<float>> out;
  std::ranges::transform(found.limbs, std::back_inserter(out), &Shaken::voltage);
  keep_band(out, rate_hz);
  std::ranges::transform(out, out.begin(), [&](const auto& voltage) { return removal.of(voltage); });
  return out;
}

/// Whether a voltage is of a tremor and not of one jolt: no second has most of its energy.
bool lasts(const std::vector<float>& voltage, double rate_hz) {
  const auto second = static_cast<std::size_t>(rate_hz);
  double sum = 0.0;
  double largest = 0.0;
  double all = 0.0;
  for (std::size_t i = 0; i < voltage.size(); ++i) {
    const auto square = [&](std::size_t at) {
      return static_cast<double>(voltage[at]) * static_cast<double>(voltage[at]);
    };
    sum += square(i) - (i >= second ? square(i - second) : 0.0);
    largest = std::max(largest, sum);
    all += square(i);
  }
  return largest <= largest_part_of_second * all;
}

/// [lead] whether it has the voltages about as the electrodes give them to it.
std::vector<bool> leads_that_show(const Found& found, const Stretch& stretch,
                                  const std::vector<std::vector<float>>& left_of_voltage) {
  std::vector<bool> out;
  for (std::size_t lead = 0; lead < stretch.names.size(); ++lead) {
    std::vector<float> due(stretch.left[lead].size(), 0.0F);
    for (std::size_t k = 0; k < found.limbs.size(); ++k) {
      const double weight = lead_of_electrode(stretch.names[lead], found.limbs[k].tremor.electrode).value_or(0.0);
      for (std::size_t i = 0; i < due.size(); ++i) {
        due[i] += static_cast<float>(weight) * left_of_voltage[k][i];
      }
    }
    const double energy = product_of(due, due);
    out.push_back(energy > 0.0 && std::abs(product_of(stretch.left[lead], due) / energy - 1.0) <= shown_within);
  }
  return out;
}

/// Of what the leads have in time with a voltage, the share of one electrode.
double share_in_time(const std::vector<float>& left_of_voltage, const Stretch& stretch) {
  std::vector<std::vector<float>> in_time(1);
  for (const std::vector<float>& lead : stretch.left) {
    in_time.front().push_back(static_cast<float>(product_of(lead, left_of_voltage)));
  }
  const auto share = electrode_share(in_time, stretch.names);
  return share ? share->share : 0.0;
}

/// @return nothing where one of the electrodes moves too little or once only
std::optional<Found> tremor_of(std::span<const Electrode> electrodes, const Stretch& stretch, const LeadMoves& moves,
                               const BeatRemoval& removal, const TremorRule& rule) {
  const std::vector<std::vector<double>> filters = moves.filters(electrodes);
  Found out;
  for (std::size_t k = 0; k < electrodes.size(); ++k) {
    const std::vector<float> left = mixed(stretch.left, filters[k]);
    if (height_of(left) < rule.least_height_mv || !lasts(left, stretch.rate_hz)) {
      return std::nullopt;
    }
    const double hertz = main_hz(left, stretch.rate_hz);
    Shaken limb{{electrodes[k], 60.0 * hertz, 0.0},
                fitted(mixed(stretch.leads, filters[k]), hertz, stretch.rate_hz, removal)};
    limb.tremor.height_mv = height_of(limb.voltage);
    if (limb.tremor.height_mv < rule.least_height_mv) {
      return std::nullopt;
    }
    out.limbs.push_back(std::move(limb));
  }
  const std::vector<std::vector<float>> left = left_of_voltages(out, stretch.rate_hz, removal);
  if (electrodes.front() == Electrode::ll && share_in_time(left.front(), stretch) < rule.least_leg_share) {
    return std::nullopt;
  }
  out.is_shown = leads_that_show(out, stretch, left);
  return out;
}

/// @param leads  in the band
std::optional<Found> tremor_in(std::vector<std::vector<float>> leads, std::span<const std::string> names,
                               double rate_hz, const BeatRemoval& removal, const TremorRule& rule) {
  Stretch stretch{std::move(leads), {}, names, rate_hz};
  std::ranges::transform(stretch.leads, std::back_inserter(stretch.left),
                         [&](const auto& lead) { return removal.of(lead); });
  const LeadMoves moves(stretch.left.front().size(), names,
                        [&](std::size_t i, std::size_t lead) { return static_cast<double>(stretch.left[lead][i]); });
  if (!moves.can_tell_electrodes()) {
    return std::nullopt;
  }
  if (moves.share_of_arms() >= rule.least_arms_share && moves.chest_left_by_arms() <= largest_chest_left) {
    if (auto both = tremor_of(arms, stretch, moves, removal, rule)) {
      return both;
    }
  }
  const auto [electrode, share] = moves.largest();
  return share < rule.least_share ? std::nullopt : tremor_of(std::array{electrode}, stretch, moves, removal, rule);
}

std::vector<std::vector<float>> cut(const std::vector<std::vector<float>>& leads, std::int64_t begin,
                                    std::int64_t end) {
  std::vector<std::vector<float>> out;
  for (const std::vector<float>& lead : leads) {
    out.emplace_back(lead.begin() + begin, lead.begin() + end);
  }
  return out;
}

/// The beats of [begin, end), counted from `begin`, with their shapes above what a tremor has.
AlignedBeats beats_between(const std::vector<std::vector<float>>& steep, double rate_hz,
                           const std::vector<std::int64_t>& beats, std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> of_stretch;
  for (const std::int64_t beat : beats) {
    if (beat >= begin && beat < end) {
      of_stretch.push_back(beat - begin);
    }
  }
  return align_beats(cut(steep, begin, end), rate_hz, of_stretch);
}

/// Adds a part of the electrode's voltage, which fades in and out where it overlaps with its neighbours.
void add_faded(const std::vector<float>& part, std::size_t begin, std::size_t overlap, std::vector<float>& whole) {
  for (std::size_t i = 0; i < part.size(); ++i) {
    const std::size_t at = begin + i;
    const bool rises = begin > 0 && i < overlap;
    const bool falls = begin + part.size() < whole.size() && i + overlap >= part.size();
    const float share = rises   ? static_cast<float>(i) / static_cast<float>(overlap)
                        : falls ? static_cast<float>(part.size() - i) / static_cast<float>(overlap)
                                : 1.0F;
    whole[at] += share * part[i];
  }
}

/// A voltage between the samples of a slower one.
float between(const std::vector<float>& slow, double at) {
  const auto last = static_cast<double>(slow.size() - 1);
  const double clamped = std::clamp(at, 0.0, last);
  const auto i = static_cast<std::size_t>(clamped);
  const float next = slow[std::min(i + 1, slow.size() - 1)];
  return slow[i] + static_cast<float>(clamped - static_cast<double>(i)) * (next - slow[i]);
}

}  // namespace

std::optional<FoundTremor> find_limb_tremor(const LeadSignals& signals, std::span<const std::int64_t> beats,
                                            const TremorRule& rule) {
  if (signals.num_leads() < fewest_leads || signals.rate_hz < lowest_atrial_rate_hz ||
      signals.duration_s() < shortest_s) {
    return std::nullopt;
  }
  FoundTremor out;
  out.factor = atrial_decimation(signals.rate_hz);
  const double rate_hz = signals.rate_hz / static_cast<double>(out.factor);
  std::vector<std::vector<float>> leads = atrial_band(signals, widest_part * rate_hz);
  std::vector<std::vector<float>> steep = leads;
  filter_zero_phase(Biquad::high_pass(steep_from_hz, rate_hz), steep, filter_margin(rate_hz));
  keep_band(leads, rate_hz);
  std::vector<std::int64_t> slow_beats;
  std::ranges::transform(beats, std::back_inserter(slow_beats),
                         [&](std::int64_t beat) { return beat / static_cast<std::int64_t>(out.factor); });
  const auto size = static_cast<std::int64_t>(leads.front().size());
  const auto count = std::max<std::int64_t>(1, static_cast<std::int64_t>(signals.duration_s() / usual_stretch_s));
  const auto overlap = static_cast<std::int64_t>(overlap_s * rate_hz);
  std::array<std::int64_t, 3> num_found{};  // [electrode]
  std::array<LimbTremor, 3> largest{};
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t begin = k * size / count;
    const std::int64_t end = k + 1 == count ? size : std::min(size, (k + 1) * size / count + overlap);
    const BeatRemoval removal(beats_between(steep, rate_hz, slow_beats, begin, end), rate_hz);
    const auto found = tremor_in(cut(leads, begin, end), signals.names, rate_hz, removal, rule);
    for (const Shaken& limb : found ? found->limbs : std::vector<Shaken>{}) {
      const auto number = static_cast<std::size_t>(limb.tremor.electrode);
      std::vector<float>& voltage = out.voltage_mv[number];
      voltage.resize(leads.front().size(), 0.0F);
      std::vector<bool>& is_shown = out.is_shown[number];
      is_shown.resize(signals.num_leads(), false);
      for (std::size_t lead = 0; lead < is_shown.size(); ++lead) {
        is_shown[lead] = is_shown[lead] || found->is_shown[lead];
      }
      add_faded(limb.voltage, static_cast<std::size_t>(begin), static_cast<std::size_t>(overlap), voltage);
      ++num_found[number];
      largest[number] = limb.tremor.height_mv > largest[number].height_mv ? limb.tremor : largest[number];
    }
  }
  for (std::size_t number = 0; number < largest.size(); ++number) {
    if (num_found[number] > 0) {
      largest[number].part = static_cast<double>(num_found[number]) / static_cast<double>(count);
      out.limbs.push_back(largest[number]);
    }
  }
  std::ranges::stable_sort(out.limbs, std::greater{}, &LimbTremor::height_mv);
  return out.limbs.empty() ? std::nullopt : std::optional(std::move(out));
}

std::vector<bool> trembling_seconds(const FoundTremor& tremor, double rate_hz, std::size_t num_seconds,
                                    const TremorRule& rule) {
  std::vector<bool> out(num_seconds, false);
  const double slow_hz = rate_hz / static_cast<double>(tremor.factor);
  const auto reach = static_cast<std::size_t>(usual_stretch_s);
  for (const std::vector<float>& voltage : tremor.voltage_mv) {
    std::vector<double> heights(voltage.empty() ? 0 : num_seconds, 0.0);
    for (std::size_t s = 0; s < heights.size(); ++s) {
      const auto at = [&](std::size_t second) {
        return std::min(voltage.size(), static_cast<std::size_t>(static_cast<double>(second) * slow_hz));
      };
      const std::vector<float> of_second(voltage.begin() + static_cast<std::ptrdiff_t>(at(s)),
                                         voltage.begin() + static_cast<std::ptrdiff_t>(at(s + 1)));
      heights[s] = of_second.empty() ? 0.0 : height_of(of_second);
    }
    for (std::size_t s = 0; s < heights.size(); ++s) {
      const auto first = heights.begin() + static_cast<std::ptrdiff_t>(s > reach ? s - reach : 0);
      const auto last = heights.begin() + static_cast<std::ptrdiff_t>(std::min(s + reach + 1, heights.size()));
      const double least =
          std::max(shown_within * rule.least_height_mv, least_part_of_near * *std::max_element(first, last));
      out[s] = out[s] || heights[s] >= least;
    }
  }
  const std::vector<bool> found = out;  // a second alone is no tremor: the fit is loose where a stretch ends
  for (std::size_t s = 0; s < num_seconds; ++s) {
    out[s] = found[s] && ((s > 0 && found[s - 1]) || (s + 1 < num_seconds && found[s + 1]));
  }
  return out;
}

bool is_lead_of_limbs(std::string_view canonical_name, std::span<const LimbTremor> tremors) {
  return std::ranges::any_of(tremors, [&](const LimbTremor& tremor) {
    return std::abs(lead_of_electrode(canonical_name, tremor.electrode).value_or(0.0)) > of_chest_leads;
  });
}

void take_out(const FoundTremor& tremor, LeadSignals& signals) {
  const auto factor = static_cast<double>(tremor.factor);
  for (const Electrode electrode : limb_electrodes) {
    const std::vector<float>& voltage = tremor.voltage_mv[static_cast<std::size_t>(electrode)];
    const std::vector<bool>& is_shown = tremor.is_shown[static_cast<std::size_t>(electrode)];
    for (std::size_t lead = 0; !voltage.empty() && lead < signals.num_leads(); ++lead) {
      const auto weight =
          is_shown[lead] ? static_cast<float>(lead_of_electrode(signals.names[lead], electrode).value_or(0.0)) : 0.0F;
      for (std::size_t i = 0; weight != 0.0F && i < signals.num_samples(); ++i) {
        // the mean of `factor` samples stands at their middle
        signals.mv[lead][i] -= weight * between(voltage, (static_cast<double>(i) - 0.5 * (factor - 1.0)) / factor);
      }
    }
  }
}

}  // namespace xingu::ecg
