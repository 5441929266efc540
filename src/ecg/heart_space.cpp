// SPDX-License-Identifier: Apache-2.0
#include "ecg/heart_space.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double lowest_rate_hz = 125.0;
constexpr double band_low_hz = 1.0;  // as Jekova 2000
constexpr double band_high_hz = 30.0;
constexpr Eigen::Index dimensions = 3;   // of a dipole
constexpr std::size_t fewest_leads = 6;  // twice as many: own choice
constexpr std::size_t fewest_beats = 3;  // own choice
constexpr double before_beat_s = 0.25;   // P, QRS and T
constexpr double after_beat_s = 0.45;

HeartSpace::Leads matrix_of(const std::vector<std::vector<float>>& leads) {
  HeartSpace::Leads out(static_cast<Eigen::Index>(leads.front().size()), static_cast<Eigen::Index>(leads.size()));
  for (std::size_t k = 0; k < leads.size(); ++k) {
    out.col(static_cast<Eigen::Index>(k)) = Eigen::Map<const Eigen::VectorXf>(leads[k].data(), out.rows());
  }
  return out;
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

IndependentBand independent_band(const LeadSignals& signals, const SignalQuality& quality) {
  IndependentBand out;
  out.leads = independent_leads(signals.names, quality);
  out.factor = std::max<std::size_t>(1, static_cast<std::size_t>(signals.rate_hz / lowest_rate_hz));
  out.rate_hz = signals.rate_hz / static_cast<double>(out.factor);
  for (const std::size_t lead : out.leads) {
    out.mv.push_back(decimate(signals.mv[lead], out.factor));
    fill_gaps(out.mv.back());
  }
  const std::size_t margin = filter_margin(out.rate_hz);
  filter_zero_phase(Biquad::high_pass(band_low_hz, out.rate_hz), out.mv, margin);
  filter_zero_phase(Biquad::low_pass(band_high_hz, out.rate_hz), out.mv, margin);
  return out;
}

std::optional<HeartSpace> HeartSpace::of(const LeadSignals& signals, const SignalQuality& quality,
                                         const QrsDetection& beats, const std::function<bool(std::size_t)>& counts) {
  if (independent_leads(signals.names, quality).size() < fewest_leads) {
    return std::nullopt;
  }
  const IndependentBand band = independent_band(signals, quality);
  if (band.mv.front().empty()) {
    return std::nullopt;
  }
  HeartSpace out;
  out.rate_hz_ = band.rate_hz;
  out.band_ = matrix_of(band.mv);
  Leads covariance = Leads::Zero(out.band_.cols(), out.band_.cols());
  std::size_t num = 0;
  for (std::size_t b = 0; b < beats.sample.size(); ++b) {
    const double at_s = static_cast<double>(beats.sample[b]) / signals.rate_hz;
    const auto first = static_cast<Eigen::Index>(std::max(0.0, at_s - before_beat_s) * out.rate_hz_);
    const auto end = std::min(out.band_.rows(), static_cast<Eigen::Index>((at_s + after_beat_s) * out.rate_hz_));
    if (counts(b) && first < end && is_heard(beats.is_rejected, at_s - before_beat_s, at_s + after_beat_s)) {
      const auto beat = out.band_.middleRows(first, end - first);
      covariance.noalias() += beat.transpose() * beat;
      ++num;
    }
  }
  if (num < fewest_beats) {
    return std::nullopt;
  }
  const Eigen::SelfAdjointEigenSolver<Leads> parts(covariance);  // ascending
  out.axes_ = parts.eigenvectors().rightCols(dimensions);
  return out;
}

}  // namespace xingu::ecg
