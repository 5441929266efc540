// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// Parameters of an artificial ECG built like the calibration (CAL) and analytical (ANE) signals of the CTS project, to
/// which IEC 60601-2-25 refers: waves of exactly known bounds and heights. The CTS files themselves are not public;
/// these are signals of the same construction, not copies.
struct CalibrationWaves {
  double rate_per_min = 60.0;
  double p_ms = 116.0, p_mV = 0.15;  ///< a half sine
  double pq_ms = 178.0;              ///< onset of P to onset of QRS; 0 height makes P absent
  double q_ms = 20.0, q_mV = -0.1;   ///< Q, R, S: half sines one after the other; a height of 0 leaves the wave out
  double r_ms = 50.0, r_mV = 1.0;
  double s_ms = 30.0, s_mV = -0.2;
  double st_mV = 0.0;                ///< level between QRS and T
  double qt_ms = 398.0;              ///< onset of QRS to end of T
  double t_ms = 180.0, t_mV = 0.25;  ///< rises over two thirds of its length, falls over one, both as half cosines

  [[nodiscard]] double qrs_ms() const;
};

/// A CAL-like recording of twelve leads: I, II and V1 to V6 alike, III flat, aVR inverted, aVL and aVF half
/// (Einthoven and Goldberger). Deterministic.
/// @return first beat's QRS onset at 0.6 s
[[nodiscard]] LeadSignals calibration_signal(const CalibrationWaves& waves, double duration_s, double rate_hz);

}  // namespace xingu::ecg
