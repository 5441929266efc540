// SPDX-License-Identifier: Apache-2.0
#include "ecg/atrial_flutter.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "ecg/atrial_signal.h"
#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double low_pass_hz = 12.0;
constexpr double shortest_s = 4.0;
constexpr double usual_stretch_s = 10.0;
constexpr std::size_t fewest_beats = 4;
constexpr std::size_t num_terms = 4;  // cosine and sine of the fundamental and of its second harmonic
constexpr double steps_per_resolution = 4.0;
constexpr int finer = 5;
constexpr float noise_floor_mv = 0.005F;  // so that dependent leads and silent ones have an inverse
constexpr double whole_number_within = 0.1;
constexpr double least_change_waves = 0.5;  // own choice

using Terms = Eigen::Matrix<float, Eigen::Dynamic, num_terms>;
using Gram = Eigen::Matrix<float, num_terms, num_terms>;
using Leads = Eigen::MatrixXf;                                    ///< [time, lead] mV
using Weights = Eigen::Matrix<float, num_terms, Eigen::Dynamic>;  ///< [term, lead] mV

/// One rate's least squares in a stretch.
struct Fit {
  double hertz = 0.0;
  float explained = 0.0F;  ///< on the best mix of leads
  float kept = 0.0F;       ///< part of the fundamental's energy that the removal of complexes leaves
  Weights weights;
};

/// The leads of one stretch without complexes, to be compared with trains that went through the same.
class Stretch {
 public:
  Stretch(const std::vector<std::vector<float>>& band, const VentricularWindows& windows, double rate_hz,
          std::ptrdiff_t begin, std::ptrdiff_t end)
      : windows_(windows.between(begin, end)), rate_hz_(rate_hz) {
    std::vector<std::vector<float>> cut;
    for (const std::vector<float>& lead : band) {
      cut.emplace_back(lead.begin() + begin, lead.begin() + end);
    }
    leads_ = without_complexes(cut);
    Leads energy = leads_.transpose() * leads_;
    energy.diagonal().array() += noise_floor_mv * noise_floor_mv * static_cast<float>(leads_.rows());
    energy_.compute(energy);
  }

  [[nodiscard]] Fit fit(double hertz) const {
    const Terms terms = without_complexes(train(hertz));
    Gram gram = terms.transpose() * terms;
    gram.diagonal().array() += 1e-4F * static_cast<float>(leads_.rows());
    const Weights products = terms.transpose() * leads_;
    const Eigen::Matrix<float, Eigen::Dynamic, num_terms> whitened = energy_.matrixL().solve(products.transpose());
    const Gram shared = whitened.transpose() * whitened;
    const Eigen::GeneralizedSelfAdjointEigenSolver<Gram> parts(shared, gram, Eigen::EigenvaluesOnly);
    return {hertz, parts.eigenvalues().maxCoeff(), (gram(0, 0) + gram(1, 1)) / static_cast<float>(leads_.rows()),
            gram.ldlt().solve(products)};
  }

  [[nodiscard]] Fit best(double from_hz, double to_hz) const {
    const double step = rate_hz_ / static_cast<double>(leads_.rows()) / steps_per_resolution;
    Fit best;
    const auto keep_better = [&](Fit fit) {
      if (fit.explained > best.explained) {
        best = std::move(fit);
      }
    };
    for (int i = 0; from_hz + step * i <= to_hz; ++i) {
      keep_better(fit(from_hz + step * i));
    }
    const double coarse = best.hertz;
    for (int i = 1 - finer; i < finer; ++i) {
      keep_better(fit(std::clamp(coarse + step * i / finer, from_hz, to_hz)));
    }
    return best;
  }

 private:
  /// [term][time]
  [[nodiscard]] std::vector<std::vector<float>> train(double hertz) const {
    const auto size = static_cast<std::size_t>(leads_.rows());
    std::vector<std::vector<float>> waves(num_terms, std::vector<float>(size));
    for (std::size_t i = 0; i < size; ++i) {
      const double phase = 2.0 * std::numbers::pi * hertz * static_cast<double>(i) / rate_hz_;
      const double c = std::cos(phase);
      const double s = std::sin(phase);
      waves[0][i] = static_cast<float>(c);
      waves[1][i] = static_cast<float>(s);
      waves[2][i] = static_cast<float>(c * c - s * s);
      waves[3][i] = static_cast<float>(2.0 * c * s);
    }
    return waves;
  }

  [[nodiscard]] Leads without_complexes(const std::vector<std::vector<float>>& signals) const {
    const std::vector<std::vector<float>> left = windows_.taken_out_of(signals, Remainder::nothing);
    Leads out(std::ssize(left.front()), std::ssize(left));
    for (std::size_t k = 0; k < left.size(); ++k) {
      out.col(static_cast<Eigen::Index>(k)) = Eigen::Map<const Eigen::VectorXf>(left[k].data(), out.rows());
    }
    return out;
  }

  VentricularWindows windows_;
  double rate_hz_;
  Leads leads_;
  Eigen::LLT<Leads> energy_;
};

/// Height of each lead's wave, peak to peak.
std::vector<double> heights_mv(const Weights& weights) {
  constexpr int steps = 40;
  std::vector<double> out;
  for (const auto& w : weights.colwise()) {
    float low = 0.0F;
    float high = 0.0F;
    for (int i = 0; i < steps; ++i) {
      const float phase = 2.0F * std::numbers::pi_v<float> * static_cast<float>(i) / steps;
      const float y =
          w[0] * std::cos(phase) + w[1] * std::sin(phase) + w[2] * std::cos(2 * phase) + w[3] * std::sin(2 * phase);
      low = std::min(low, y);
      high = std::max(high, y);
    }
    out.push_back(static_cast<double>(high - low));
  }
  return out;
}

/// [term][lead]
std::vector<std::vector<float>> parts_of(const Weights& weights) {
  std::vector<std::vector<float>> out;
  for (Eigen::Index term = 0; term < weights.rows(); ++term) {
    std::vector<float>& part = out.emplace_back();
    for (Eigen::Index lead = 0; lead < weights.cols(); ++lead) {
      part.push_back(weights(term, lead));
    }
  }
  return out;
}

/// Intervals between beats within a time, s.
std::vector<double> intervals_between(std::span<const std::int64_t> beats, double rate_hz, double begin_s,
                                      double end_s) {
  std::vector<double> out;
  for (std::size_t b = 1; b < beats.size(); ++b) {
    const double from = static_cast<double>(beats[b - 1]) / rate_hz;
    const double to = static_cast<double>(beats[b]) / rate_hz;
    if (from >= begin_s && to < end_s) {
      out.push_back(to - from);
    }
  }
  return out;
}

/// Whether a train is clear and high enough and has more waves than beats.
bool is_clear(const WaveTrain& train, const FlutterRule& rule) {
  return train.explained >= rule.least_explained && train.waves_per_beat >= rule.least_waves_per_beat &&
         std::ranges::any_of(train.height_mv, [&](double h) { return h >= rule.smallest_wave_mv; });
}

bool is_of_electrode(const WaveTrain& train, const FlutterRule& rule) {
  return train.electrode && train.electrode->share >= rule.largest_electrode_share;
}

}  // namespace

std::vector<WaveTrain> find_wave_trains(const LeadSignals& signals, const Delineation& delineation,
                                        const FlutterRule& rule) {
  std::vector<WaveTrain> out;
  if (signals.rate_hz < lowest_atrial_rate_hz || signals.duration_s() < shortest_s) {
    return out;
  }
  const std::size_t factor = atrial_decimation(signals.rate_hz);
  const double rate_hz = signals.rate_hz / static_cast<double>(factor);
  const VentricularWindows windows(delineation, signals.rate_hz, factor, VentricularWaves::complex);
  const std::vector<std::vector<float>> band = atrial_band(signals, low_pass_hz);
  const auto size = std::ssize(band.front());
  const auto count = std::max<std::ptrdiff_t>(1, std::lround(signals.duration_s() / usual_stretch_s));
  for (std::ptrdiff_t k = 0; k < count; ++k) {
    const std::ptrdiff_t begin = k * size / count;
    const std::ptrdiff_t end = (k + 1) * size / count;
    WaveTrain train{static_cast<double>(begin) / rate_hz, static_cast<double>(end) / rate_hz};
    const std::vector<double> rr =
        intervals_between(delineation.beats.samples, signals.rate_hz, train.begin_s, train.end_s);
    if (rr.size() + 1 < fewest_beats) {
      continue;
    }
    const Fit fit =
        Stretch(band, windows, rate_hz, begin, end).best(rule.slowest_per_min / 60.0, rule.fastest_per_min / 60.0);
    const double mean = std::accumulate(rr.begin(), rr.end(), 0.0) / static_cast<double>(rr.size());
    const auto [shortest, longest] = std::ranges::minmax_element(rr);
    train.rate_per_min = 60.0 * fit.hertz;
    train.explained = fit.explained;
    train.waves_per_beat = fit.hertz * mean;
    train.waves_seen = train.waves_per_beat * fit.kept;
    train.rr_spread = (*longest - *shortest) / mean;
    train.height_mv = heights_mv(fit.weights);
    if (fit.weights.size() > 0) {  // some rate explains something
      train.electrode = electrode_share(parts_of(fit.weights), signals.names);
    }
    out.push_back(std::move(train));
  }
  return out;
}

FlutterConduction judge_train(const WaveTrain& train, const FlutterRule& rule) {
  if (!is_clear(train, rule) || is_of_electrode(train, rule)) {
    return FlutterConduction::absent;
  }
  // Intervals that differ by less than half a wave are no other number of waves: a sinus rhythm breathes so, too.
  if (train.rr_spread > rule.largest_rr_spread && train.rr_spread * train.waves_per_beat >= least_change_waves) {
    return FlutterConduction::variable;
  }
  if (train.waves_seen < rule.least_waves_seen) {
    return FlutterConduction::undecided;
  }
  const bool is_whole = std::abs(train.waves_per_beat - std::round(train.waves_per_beat)) <= whole_number_within;
  return is_whole ? FlutterConduction::fixed : FlutterConduction::variable;
}

std::optional<LimbTremor> tremor_like_flutter(std::span<const WaveTrain> trains, const FlutterRule& rule) {
  std::vector<float> rates;
  LimbTremor out;
  for (const WaveTrain& train : trains) {
    if (is_clear(train, rule) && is_of_electrode(train, rule)) {
      rates.push_back(static_cast<float>(train.rate_per_min));
      out.electrode = train.electrode->electrode;
      out.height_mv = std::max(out.height_mv, *std::ranges::max_element(train.height_mv));
    }
  }
  if (2 * rates.size() <= trains.size()) {
    return std::nullopt;
  }
  out.per_min = static_cast<double>(median(rates));
  return out;
}

AtrialFlutter judge_flutter(std::span<const WaveTrain> trains, std::span<const std::int64_t> beats, double rate_hz,
                            const FlutterRule& rule) {
  std::vector<const WaveTrain*> decided, undecided;
  bool is_fixed = true;
  for (const WaveTrain& train : trains) {
    const FlutterConduction conduction = judge_train(train, rule);
    if (conduction == FlutterConduction::undecided) {
      undecided.push_back(&train);
    } else if (conduction != FlutterConduction::absent) {
      decided.push_back(&train);
      is_fixed = is_fixed && conduction == FlutterConduction::fixed &&
                 std::lround(train.waves_per_beat) == std::lround(decided.front()->waves_per_beat);
    }
  }
  AtrialFlutter out;
  const std::vector<const WaveTrain*>& which = decided.empty() ? undecided : decided;
  if (which.empty() || (decided.empty() && 2 * undecided.size() <= trains.size())) {
    return out;
  }
  out.is_partial = 2 * which.size() <= trains.size();
  out.conduction = decided.empty() ? FlutterConduction::undecided
                   : is_fixed      ? FlutterConduction::fixed
                                   : FlutterConduction::variable;
  std::vector<float> rates;
  std::vector<double> heights(which.front()->height_mv.size(), 0.0);
  for (const WaveTrain* const train : which) {
    rates.push_back(static_cast<float>(train->rate_per_min));
    out.waves_per_beat += train->waves_per_beat / static_cast<double>(which.size());
    out.explained += train->explained / static_cast<double>(which.size());
    for (std::size_t lead = 0; lead < heights.size(); ++lead) {
      heights[lead] += train->height_mv[lead] / static_cast<double>(which.size());
    }
    for (std::size_t b = 0; b < beats.size(); ++b) {
      const double at_s = static_cast<double>(beats[b]) / rate_hz;
      if (at_s >= train->begin_s && at_s < train->end_s) {
        out.beats.push_back(b);
      }
    }
  }
  out.rate_per_min = static_cast<double>(median(rates));
  for (std::size_t lead = 0; lead < heights.size(); ++lead) {
    if (heights[lead] >= rule.smallest_wave_mv) {
      out.leads.push_back(lead);
    }
  }
  return out;
}

}  // namespace xingu::ecg
