// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecg/beat_types.h"
#include "ecg/delineation.h"
#include "ecg/lead_signals.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {

/// QT corrected for the heart's rate, ms; RR in s (Bazett 1920; Fridericia 1920; Sagie et al. 1992, Framingham; Hodges
/// et al. 1983).
struct CorrectedQt {
  double bazett_ms = 0.0;      ///< QT / √RR
  double fridericia_ms = 0.0;  ///< QT / ∛RR
  double framingham_ms = 0.0;  ///< QT + 154 (1 − RR)
  double hodges_ms = 0.0;      ///< QT + 1.75 (60/RR − 60)
};
[[nodiscard]] CorrectedQt corrected_qt(double qt_ms, double rr_s);

/// As a number is shown without decimals: what is next to nothing is 0, never −0.
[[nodiscard]] inline double whole(double value) { return std::round(value) + 0.0; }

/// One wave of the QRS complex on one lead of the representative beat.
struct QrsWave {
  std::string name;  ///< Q, R, S, R', S', R'' and so on; QS where there is no R
  double duration_ms = 0.0;
  double amplitude_mV = 0.0;
};

/// One lead of the representative beat. Amplitudes count from the level at QRS onset (IEC 60601-2-25).
struct LeadMeasurements {
  std::string lead;
  bool is_measured = true;     ///< else nothing below means anything: the lead was too disturbed
  std::optional<double> p_mV;  ///< from the level before P onset
  /// Area of P after its last crossing of that level, negative where it ends below (Morris et al. 1964: P-terminal
  /// force); 0 where it ends above.
  std::optional<double> p_terminal_mVs;
  std::vector<QrsWave> qrs;  ///< in order of time
  std::optional<double> t_mV;
  double st_j_mV = 0.0;   ///< at the end of QRS
  double st_60_mV = 0.0;  ///< 60 ms later
  double st_80_mV = 0.0;
  /// Standard error of J and of ST until 80 ms later from beat to beat, the larger one; nothing for one beat.
  std::optional<double> st_error_mV;
  std::size_t num_beats = 0;  ///< that all this is measured on

  /// Amplitude of the named wave; 0 where the lead has none.
  [[nodiscard]] double amplitude_mv(const std::string& wave) const;
};

/// What is measured of a recording. A value that the signal does not give is absent: never zero.
struct Measurements {
  std::size_t num_beats = 0;
  std::vector<std::size_t> averaged{};  ///< beats that the representative beat is made of, ascending
  std::optional<double> rate_per_min;   ///< intervals in a minute: from the mean RR interval
  std::optional<double> rr_ms;          ///< mean
  std::optional<double>
      rr_of_qt_ms;  ///< mean of the intervals before the beats that are measured, without pauses: QTc's
  std::optional<double> p_ms, pr_ms, qrs_ms, qt_ms;
  std::optional<CorrectedQt> qtc;
  std::optional<double> p_axis_deg, qrs_axis_deg, t_axis_deg;  ///< frontal plane, −180…180
  bool is_t_cut = false;                                       ///< by the next complex: nothing is known of T
  /// How high a P wave before the beats may be that was not found; infinite where none could be seen, absent where one
  /// was.
  std::optional<double> hidden_p_mV;
  std::vector<LeadMeasurements> leads;
};

/// Whether QRS and half of the leads at least can be measured: in the noise of the others a complex seems as wide as it
/// may be.
[[nodiscard]] bool are_most_leads_measured(const Measurements& measurements);

/// The lead of this name; nullptr where it was not recorded, not measured or has no wave of the complex.
[[nodiscard]] const LeadMeasurements* measured_lead(const Measurements& measurements, std::string_view name);

/// Measures the representative beat: the mean, lead by lead, of the beats of the most frequent shape.
///
/// Bounds are those of representative_beat(). Axes are atan2(2 aVF / √3, I) of the waves' areas; they need both leads.
/// @param delineation  of these signals
/// @param quality      of these signals; none: every beat counts
/// @param is_rejected  [second] beats may be missed or invented there: no rate comes from them
/// @param types        [beat] of the same beats; none: all are normal
/// @param is_left_out  [beat] not to be measured where others are there (representative_beat)
[[nodiscard]] Measurements measure(const LeadSignals& signals, const Delineation& delineation,
                                   const SignalQuality& quality = {}, const std::vector<bool>& is_rejected = {},
                                   std::span<const BeatType> types = {}, const std::vector<bool>& is_left_out = {});

}  // namespace xingu::ecg
