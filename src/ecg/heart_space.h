// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/qrs_detector.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {

/// Leads with a say (leads_with_a_say()) of which none is a sum of others: without III, aVR, aVL and aVF where I and II
/// are among them.
[[nodiscard]] std::vector<std::size_t> independent_leads(std::span<const std::string> names,
                                                         const SignalQuality& quality);

/// The independent leads in the band of beats and of fibrillation alike.
struct IndependentBand {
  std::vector<std::size_t> leads;      ///< of the signals
  std::size_t factor = 1;              ///< samples averaged to one
  double rate_hz = 0.0;                ///< 125 Hz or more, below 250; that of the signals if it is lower
  std::vector<std::vector<float>> mv;  ///< [independent lead][time] 1 to 30 Hz without phase, gaps filled
};

/// Cost O(leads · samples).
[[nodiscard]] IndependentBand independent_band(const LeadSignals& signals, const SignalQuality& quality);

/// What of the leads the sources of this heart can make. Wherever in the heart a wave runs, it reaches the electrodes
/// by the same torso: to first order it is a dipole, seen by each lead through a vector that stays the same (Burger and
/// van Milaan 1946), so that the leads keep to a space of three dimensions, that of the beats found. Electrodes that
/// move do not: each moves by itself.
class HeartSpace {
 public:
  using Leads = Eigen::MatrixXf;  ///< [time, lead] mV

  /// Cost O(leads² · samples).
  /// @param signals  without stimuli
  /// @param beats    of which those in heard seconds make the space
  /// @param counts   (beat) whether it may be one of these
  /// @return nothing where there are fewer than six independent leads or three such beats
  [[nodiscard]] static std::optional<HeartSpace> of(const LeadSignals& signals, const SignalQuality& quality,
                                                    const QrsDetection& beats,
                                                    const std::function<bool(std::size_t)>& counts);

  [[nodiscard]] double rate_hz() const { return rate_hz_; }
  /// That of independent_band().
  [[nodiscard]] const Leads& band() const { return band_; }
  /// [time] energy of the band outside of the space, mV² summed over leads.
  [[nodiscard]] Eigen::VectorXf rest() const {
    return (band_.rowwise().squaredNorm() - (band_ * axes_).rowwise().squaredNorm()).cwiseMax(0.0F);
  }
  /// What of some rows of leads lies in the space: energy, mV² summed over leads and samples.
  template <typename Rows>
  [[nodiscard]] float energy_within(const Rows& leads) const {
    return (leads * axes_).squaredNorm();
  }

 private:
  HeartSpace() = default;

  double rate_hz_ = 0.0;
  Leads band_;
  Leads axes_;  ///< [lead, dimension] orthonormal
};

}  // namespace xingu::ecg
