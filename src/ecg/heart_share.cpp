// SPDX-License-Identifier: Apache-2.0
#include "ecg/heart_share.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "ecg/filters.h"
#include "ecg/seconds.h"
#include "ecg/ventricular_oscillation.h"

namespace xingu::ecg {
namespace {

constexpr double lowest_rate_hz = 125.0;
constexpr double band_low_hz = 1.0;  // as the search for swinging stretches
constexpr double band_high_hz = 30.0;
constexpr Eigen::Index dimensions = 3;   // of a dipole
constexpr std::size_t fewest_leads = 6;  // twice as many: own choice
constexpr std::size_t fewest_beats = 3;  // own choice
constexpr double before_beat_s = 0.25;   // P, QRS and T
constexpr double after_beat_s = 0.45;

using Leads = Eigen::MatrixXf;  // [time, lead] mV

Leads matrix_of(std::span<const std::vector<float>> leads) {
  Leads out(static_cast<Eigen::Index>(leads.front().size()), static_cast<Eigen::Index>(leads.size()));
  for (std::size_t k = 0; k < leads.size(); ++k) {
    out.col(static_cast<Eigen::Index>(k)) = Eigen::Map<const Eigen::VectorXf>(leads[k].data(), out.rows());
  }
  return out;
}

struct Bands {
  Leads whole;  ///< between 1 and 30 Hz
  Leads slow;   ///< of it, what is slower than fibrillating ventricles
};

Bands bands_of(const LeadSignals& signals, std::span<const std::size_t> leads, std::size_t factor) {
  const double rate_hz = signals.rate_hz / static_cast<double>(factor);
  std::vector<std::vector<float>> band;
  for (const std::size_t lead : leads) {
    band.push_back(decimate(signals.mv[lead], factor));
    fill_gaps(band.back());
  }
  const std::size_t margin = filter_margin(rate_hz);
  filter_zero_phase(Biquad::high_pass(band_low_hz, rate_hz), band, margin);
  filter_zero_phase(Biquad::low_pass(band_high_hz, rate_hz), band, margin);
  Leads whole = matrix_of(band);
  filter_zero_phase(Biquad::low_pass(slowest_swing_hz, rate_hz), band, margin);
  return {std::move(whole), matrix_of(band)};
}

/// [lead, dimension] orthonormal: the space of the beats that lie in heard seconds.
std::optional<Leads> space_of_beats(const Leads& band, const QrsDetection& beats, double rate_hz, double band_hz) {
  Leads covariance = Leads::Zero(band.cols(), band.cols());
  std::size_t num = 0;
  for (const std::int64_t sample : beats.sample) {
    const double at_s = static_cast<double>(sample) / rate_hz;
    const auto first = static_cast<Eigen::Index>(std::max(0.0, at_s - before_beat_s) * band_hz);
    const auto end = std::min(band.rows(), static_cast<Eigen::Index>((at_s + after_beat_s) * band_hz));
    if (first < end && is_heard(beats.is_rejected, at_s - before_beat_s, at_s + after_beat_s)) {
      const auto beat = band.middleRows(first, end - first);
      covariance.noalias() += beat.transpose() * beat;
      ++num;
    }
  }
  if (num < fewest_beats) {
    return std::nullopt;
  }
  const Eigen::SelfAdjointEigenSolver<Leads> parts(covariance);  // ascending
  return parts.eigenvectors().rightCols(dimensions);
}

}  // namespace

std::vector<std::size_t> independent_leads(std::span<const std::string> names, const SignalQuality& quality) {
  constexpr std::array<std::string_view, 4> sums{"III", "aVR", "aVL", "aVF"};
  const std::vector<bool> has_say = leads_with_a_say(quality);
  const auto is_asked = [&](std::string_view name) {
    const auto number = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
    return number < names.size() && number < has_say.size() && has_say[number];
  };
  const bool has_both = is_asked("I") && is_asked("II");
  std::vector<std::size_t> out;
  for (std::size_t lead = 0; lead < std::min(names.size(), has_say.size()); ++lead) {
    const bool is_sum = has_both && std::ranges::find(sums, names[lead]) != sums.end();
    if (has_say[lead] && !is_sum) {
      out.push_back(lead);
    }
  }
  return out;
}

std::vector<HeartShare> heart_shares(const LeadSignals& signals, const SignalQuality& quality,
                                     const QrsDetection& beats, const std::vector<bool>& is_asked) {
  std::vector<HeartShare> out(is_asked.size());
  if (std::ranges::find(is_asked, true) == is_asked.end()) {
    return out;
  }
  const std::vector<std::size_t> leads = independent_leads(signals.names, quality);
  const auto factor = std::max<std::size_t>(1, static_cast<std::size_t>(signals.rate_hz / lowest_rate_hz));
  const double band_hz = signals.rate_hz / static_cast<double>(factor);
  if (leads.size() < fewest_leads || signals.num_samples() < factor) {
    return out;
  }
  const auto [band, slow] = bands_of(signals, leads, factor);
  const std::optional<Leads> space = space_of_beats(band, beats, signals.rate_hz, band_hz);
  for (std::size_t s = 0; space && s < out.size(); ++s) {
    const auto first = static_cast<Eigen::Index>(begin_of_second(s, band_hz));
    const auto end = std::min(band.rows(), static_cast<Eigen::Index>(begin_of_second(s + 1, band_hz)));
    if (is_asked[s] && first < end) {
      const auto of_second = [&](const Leads& x) { return x.middleRows(first, end - first); };
      const float of_heart = (of_second(band) * *space).squaredNorm();
      const float slow_of_heart = (of_second(slow) * *space).squaredNorm();
      out[s] = {of_second(band).squaredNorm(), of_heart, of_second(slow).squaredNorm() - slow_of_heart};
    }
  }
  return out;
}

}  // namespace xingu::ecg
