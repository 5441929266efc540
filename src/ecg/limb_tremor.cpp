// SPDX-License-Identifier: Apache-2.0
#include "ecg/limb_tremor.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <numbers>
#include <utility>

#include "ecg/atrial_signal.h"
#include "ecg/beat_average.h"
#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr std::array<Electrode, 3> limb_electrodes{Electrode::ra, Electrode::la, Electrode::ll};
constexpr std::size_t fewest_limb_leads = 2;
constexpr std::size_t fewest_chest_leads = 3;
constexpr double slowest_hz = 2.0;
constexpr double fastest_hz = 12.0;
constexpr double fastest_tremor_hz = 9.0;
constexpr double steep_from_hz = 10.0;  // complexes, whose shapes no tremor changes there
constexpr double shortest_s = 4.0;
constexpr double usual_stretch_s = 10.0;
constexpr double overlap_s = 1.0;
constexpr double tent_s = 1.0;  // in which a tremor's amplitude and phase change
constexpr double steps_per_resolution = 4.0;
constexpr double shown_within = 0.5;   // of what an electrode makes in a lead
constexpr float ridge = 1e-3F;         // of the trial waves' mean energy
constexpr std::size_t neighbours = 8;  // beats on each side that are averaged
constexpr std::size_t fewest_alike = 4;
constexpr double before_s = 0.25;     // P wave
constexpr double after_s = 0.45;      // T wave
constexpr double before_part = 0.35;  // of a fast heart's interval
constexpr double after_part = 0.60;
constexpr double widest_part = 0.4;       // of the sampling rate
constexpr double usual_interval_s = 0.8;  // of a recording with one beat

/// How the leads that show something move together, and what they are of an electrode.
class TogetherMoves {
 public:
  /// @param at  (part, lead) mV
  template <typename At>
  TogetherMoves(std::size_t num_parts, std::span<const std::string> names, At at) : size_(names.size()) {
    covariance_.assign(size_ * size_, 0.0);
    for (std::size_t i = 0; i < num_parts; ++i) {
      for (std::size_t k = 0; k < size_; ++k) {
        for (std::size_t l = 0; l <= k; ++l) {
          covariance_[k * size_ + l] += at(i, k) * at(i, l);
        }
      }
    }
    for (std::size_t k = 0; k < size_; ++k) {
      const double own = covariance_[k * size_ + k];
      if (lead_of_electrode(names[k], Electrode::ra) && own > 0.0) {
        known_.push_back(k);
        all_ += own;
        num_limb_ += names[k] == "I" || names[k] == "II" || names[k] == "III" ? 1 : 0;
        num_chest_ += names[k].starts_with('V') ? 1 : 0;
      }
    }
    for (const Electrode electrode : limb_electrodes) {
      std::vector<double> weights(size_, 0.0);
      double squares = 0.0;
      for (const std::size_t k : known_) {
        weights[k] = lead_of_electrode(names[k], electrode).value_or(0.0);
        squares += weights[k] * weights[k];
      }
      for (double& weight : weights) {
        weight /= std::sqrt(squares);
      }
      weights_.push_back(std::move(weights));
    }
  }

  [[nodiscard]] bool can_tell_electrodes() const {
    return num_limb_ >= fewest_limb_leads && num_chest_ >= fewest_chest_leads;
  }

  [[nodiscard]] ElectrodeShare largest() const {
    ElectrodeShare best;
    for (std::size_t e = 0; e < limb_electrodes.size(); ++e) {
      double explained = 0.0;
      for (const std::size_t k : known_) {
        for (const std::size_t l : known_) {
          explained += weights_[e][k] * weights_[e][l] * covariance_[std::max(k, l) * size_ + std::min(k, l)];
        }
      }
      if (const double share = explained / all_; share > best.share) {
        best = {limb_electrodes[e], share};
      }
    }
    return best;
  }

  /// [lead] of an electrode, their squares' sum 1; 0 for what shows nothing.
  [[nodiscard]] const std::vector<double>& weights(Electrode electrode) const {
    return weights_[static_cast<std::size_t>(electrode)];
  }

 private:
  std::size_t size_;
  std::vector<double> covariance_;  ///< [lead · size + lead], lower half
  std::vector<std::size_t> known_;
  std::vector<std::vector<double>> weights_;  ///< [electrode][lead]
  double all_ = 0.0;
  std::size_t num_limb_ = 0;
  std::size_t num_chest_ = 0;
};

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

/// The tremor of one stretch.
struct Found {
  LimbTremor tremor;
  std::vector<float> voltage;  ///< of the electrode
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

/// [lead] what each has in time with a voltage, per mV of it.
/// @param left  the leads in the band, without beats
std::vector<float> in_time_with(const std::vector<float>& voltage, const std::vector<std::vector<float>>& left,
                                double rate_hz, const BeatRemoval& removal) {
  std::vector<std::vector<float>> seen{voltage};
  keep_band(seen, rate_hz);
  const std::vector<float> along = removal.of(seen.front());
  const auto product = [&](const std::vector<float>& lead) {
    double sum = 0.0;
    for (std::size_t i = 0; i < along.size(); ++i) {
      sum += static_cast<double>(along[i]) * static_cast<double>(lead[i]);
    }
    return sum;
  };
  const double energy = product(along);
  std::vector<float> out;
  for (const std::vector<float>& lead : left) {
    out.push_back(energy > 0.0 ? static_cast<float>(product(lead) / energy) : 0.0F);
  }
  return out;
}

/// @param leads  in the band
std::optional<Found> tremor_in(const std::vector<std::vector<float>>& leads, std::span<const std::string> names,
                               double rate_hz, const BeatRemoval& removal, const TremorRule& rule) {
  std::vector<std::vector<float>> left;
  std::ranges::transform(leads, std::back_inserter(left), [&](const auto& lead) { return removal.of(lead); });
  const std::size_t size = leads.front().size();
  const TogetherMoves moves(size, names,
                            [&](std::size_t i, std::size_t lead) { return static_cast<double>(left[lead][i]); });
  const auto [electrode, share] = moves.largest();
  if (!moves.can_tell_electrodes() || share < rule.least_share) {
    return std::nullopt;
  }
  const std::vector<double>& weights = moves.weights(electrode);
  double per_mv = 0.0;  // of a limb lead that the electrode is in
  for (const double weight : weights) {
    per_mv = std::max(per_mv, std::abs(weight));
  }
  const auto along = [&](const std::vector<std::vector<float>>& of) {
    std::vector<float> out(size, 0.0F);
    for (std::size_t lead = 0; lead < weights.size(); ++lead) {
      for (std::size_t i = 0; i < size; ++i) {
        out[i] += static_cast<float>(per_mv * weights[lead]) * of[lead][i];
      }
    }
    return out;
  };
  if (height_of(along(left)) < rule.least_height_mv) {
    return std::nullopt;
  }
  const double hertz = main_hz(along(left), rate_hz);
  Found out{{electrode, 60.0 * hertz, 0.0}, fitted(along(leads), hertz, rate_hz, removal), {}};
  out.tremor.height_mv = height_of(out.voltage);
  const std::vector<std::vector<float>> in_time{in_time_with(out.voltage, left, rate_hz, removal)};
  const auto share_in_time = electrode_share(in_time, names);
  if (electrode == Electrode::ll && (!share_in_time || share_in_time->share < rule.least_leg_share)) {
    return std::nullopt;
  }
  for (std::size_t lead = 0; lead < names.size(); ++lead) {
    const double due = lead_of_electrode(names[lead], electrode).value_or(0.0);
    out.is_shown.push_back(std::abs(static_cast<double>(in_time.front()[lead]) - due) <= shown_within * std::abs(due));
  }
  return out.tremor.height_mv < rule.least_height_mv ? std::nullopt : std::optional(std::move(out));
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

std::string_view limb_name(Electrode electrode) noexcept {
  switch (electrode) {
    case Electrode::ra:
      return "right arm";
    case Electrode::la:
      return "left arm";
    case Electrode::ll:
      return "left leg";
    default:
      return "chest";
  }
}

std::optional<double> lead_of_electrode(std::string_view canonical_name, Electrode electrode) noexcept {
  struct Lead {
    std::string_view name;
    std::array<double, 3> of_limbs;
  };
  constexpr std::array<Lead, 6> limb_leads{{{"I", {-1.0, 1.0, 0.0}},
                                            {"II", {-1.0, 0.0, 1.0}},
                                            {"III", {0.0, -1.0, 1.0}},
                                            {"aVR", {1.0, -0.5, -0.5}},
                                            {"aVL", {-0.5, 1.0, -0.5}},
                                            {"aVF", {-0.5, -0.5, 1.0}}}};
  const auto limb = static_cast<std::size_t>(electrode);
  if (limb >= limb_electrodes.size()) {
    return std::nullopt;
  }
  const auto* const found = std::ranges::find(limb_leads, canonical_name, &Lead::name);
  if (found != limb_leads.end()) {
    return found->of_limbs[limb];
  }
  const bool is_chest_lead =
      canonical_name.size() >= 2 && canonical_name[0] == 'V' && canonical_name[1] >= '1' && canonical_name[1] <= '9';
  return is_chest_lead ? std::optional(-1.0 / 3.0) : std::nullopt;
}

std::optional<ElectrodeShare> electrode_share(std::span<const std::vector<float>> waves,
                                              std::span<const std::string> names) {
  const TogetherMoves moves(waves.size(), names,
                            [&](std::size_t part, std::size_t lead) { return static_cast<double>(waves[part][lead]); });
  return moves.can_tell_electrodes() ? std::optional(moves.largest()) : std::nullopt;
}

std::optional<FoundTremor> find_limb_tremor(const LeadSignals& signals, std::span<const std::int64_t> beats,
                                            const TremorRule& rule) {
  if (signals.num_leads() < fewest_limb_leads + fewest_chest_leads || signals.rate_hz < lowest_atrial_rate_hz ||
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
  std::int64_t num_found = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t begin = k * size / count;
    const std::int64_t end = k + 1 == count ? size : std::min(size, (k + 1) * size / count + overlap);
    const BeatRemoval removal(beats_between(steep, rate_hz, slow_beats, begin, end), rate_hz);
    const auto found = tremor_in(cut(leads, begin, end), signals.names, rate_hz, removal, rule);
    if (found) {
      std::vector<float>& voltage = out.voltage_mv[static_cast<std::size_t>(found->tremor.electrode)];
      voltage.resize(leads.front().size(), 0.0F);
      std::vector<bool>& is_shown = out.is_shown[static_cast<std::size_t>(found->tremor.electrode)];
      is_shown.resize(signals.num_leads(), false);
      for (std::size_t lead = 0; lead < is_shown.size(); ++lead) {
        is_shown[lead] = is_shown[lead] || found->is_shown[lead];
      }
      ++num_found;
      add_faded(found->voltage, static_cast<std::size_t>(begin), static_cast<std::size_t>(overlap), voltage);
      out.largest = found->tremor.height_mv > out.largest.height_mv ? found->tremor : out.largest;
    }
  }
  out.largest.part = static_cast<double>(num_found) / static_cast<double>(count);
  return num_found > 0 ? std::optional(std::move(out)) : std::nullopt;
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
