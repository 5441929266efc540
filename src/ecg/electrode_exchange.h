// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {

/// The leads that are measured: I, II, V1 … V6; the other four follow from the first two.
inline constexpr std::size_t num_measured_leads = 8;
using LeadMatrix = std::array<std::array<double, num_measured_leads>, num_measured_leads>;

/// How the eight leads of well placed electrodes move together.
struct ElectrodeModel {
  LeadMatrix precision{};            ///< inverse of the mean covariance, each record's divided by its trace
  double smallest_gain = 0.0;        ///< ln of the misfit as recorded over the misfit after an exchange
  double smallest_gain_apart = 0.0;  ///< the same of two electrodes of the chest that are no neighbours
};

/// @throws InputError for a missing or unknown key, or a matrix that is not 8 × 8.
[[nodiscard]] ElectrodeModel read_electrode_model(const std::filesystem::path& path);

/// How the eight leads move together over a recording.
struct LeadCovariance {
  LeadMatrix matrix{};      ///< of the leads free of baseline (0.5 Hz) and low-passed (40 Hz), divided by its trace
  LeadSignals leads;        ///< the same leads, at about 125 samples a second, of the first minute at most
  double limb_error = 0.0;  ///< variance of I + III − II over the trace; 0 where III is absent
};
/// Of the seconds in which none of the leads is disturbed: missing, flat (but for I and II, which may lie across the
/// forces or between the legs), saturated, wandering or at odds with the other limb leads.
/// @param quality  of these signals; none: every second counts
/// @return nothing if one of the leads is absent, if one of the chest or both I and II carry nothing, or of fewer than
///         three such seconds where there are as many
[[nodiscard]] std::optional<LeadCovariance> lead_covariance(const LeadSignals& signals,
                                                            const SignalQuality& quality = {});

/// Two electrodes that seem to have been exchanged.
struct ElectrodeSwap {
  std::string electrodes;          ///< "RA and LA", "V1 and V2"
  double gain = 0.0;               ///< ln of the misfit as recorded over the misfit with the two exchanged
  std::vector<std::string> leads;  ///< that change if they are
  std::string reason;              ///< for people: what speaks for it, and what else it may be
};

/// The exchange that makes the leads fit the model best, if it betters the fit enough. With C the covariance and P the
/// model's precision, the misfit of an exchange A is tr(P A C Aᵀ), which is the mean of −2 ln likelihood of Gaussian
/// samples up to a constant (|det A| = 1); the idea that redundant leads tell exchanges is Kors & van Herpen's (J.
/// Electrocardiol. 34 Suppl. (2001) 131). Tried: RA–LA, RA–LL, any two of V1 … V6, and V1 … V6 in reverse order.
/// LA–LL turns an axis by some 60° and no more: it cannot be told from a healthy heart and is not tried.
///
/// An arm exchanged with the right leg leaves one limb lead between the legs, which carries next to nothing: II (RA–RL)
/// or III (LA–RL; Batchvarov et al., below). I + III = II holds then as ever; where it does not, a lead is absent.
///
/// What the waves of the mean beat say goes before the fit: the sinus node's P is upright in I and II, so no exchange
/// of limb electrodes, which would turn it in one of them, is suspected where it is; and where P and the complex are
/// negative in I while V6 has an R, P would be upright in I and II with RA and LA exchanged back, and the fit does not
/// name RA and LL, RA and LA are suspected, or the heart lies on the right (Kligfield et al., J. Am. Coll. Cardiol. 49
/// (2007) 1109, lead reversals; Batchvarov, Malik & Camm, Europace 9 (2007) 1081).
[[nodiscard]] std::optional<ElectrodeSwap> suspected_swap(const LeadCovariance& covariance,
                                                          const ElectrodeModel& model);

}  // namespace xingu::ecg
