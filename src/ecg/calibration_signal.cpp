// SPDX-License-Identifier: Apache-2.0
#include "ecg/calibration_signal.h"

#include <cmath>
#include <numbers>
#include <utility>

namespace xingu::ecg {
namespace {

constexpr double first_beat_s = 0.6;

/// Half a sine of a height over [0, length).
double half_sine(double t, double length, double height) {
  return t < 0.0 || t >= length || length <= 0.0 ? 0.0 : height * std::sin(std::numbers::pi * t / length);
}

/// From `from` up to `to` as half a cosine.
double rise(double part, double from, double to) {
  return from + (to - from) * 0.5 * (1.0 - std::cos(std::numbers::pi * part));
}

double st_and_t(const CalibrationWaves& w, double t) {
  const double begin = w.qt_ms - w.t_ms;
  const double peak = begin + w.t_ms * 2.0 / 3.0;
  if (t < w.qrs_ms() || t >= w.qt_ms) {
    return 0.0;
  }
  if (t < begin) {
    return w.st_mV;
  }
  return t < peak ? rise((t - begin) / (peak - begin), w.st_mV, w.t_mV)
                  : rise((t - peak) / (w.qt_ms - peak), w.t_mV, 0.0);
}

/// mV at a time in ms after the onset of QRS.
double waveform(const CalibrationWaves& w, double t) {
  const double q_end = w.q_mV == 0.0 ? 0.0 : w.q_ms;
  const double r_end = q_end + (w.r_mV == 0.0 ? 0.0 : w.r_ms);
  return half_sine(t + w.pq_ms, w.p_ms, w.p_mV) + half_sine(t, q_end, w.q_mV) +
         half_sine(t - q_end, r_end - q_end, w.r_mV) + half_sine(t - r_end, w.s_mV == 0.0 ? 0.0 : w.s_ms, w.s_mV) +
         st_and_t(w, t);
}

}  // namespace

double CalibrationWaves::qrs_ms() const {
  return (q_mV == 0.0 ? 0.0 : q_ms) + (r_mV == 0.0 ? 0.0 : r_ms) + (s_mV == 0.0 ? 0.0 : s_ms);
}

LeadSignals calibration_signal(const CalibrationWaves& waves, double duration_s, double rate_hz) {
  const std::vector<std::pair<const char*, double>> leads{{"I", 1.0},   {"II", 1.0},  {"III", 0.0}, {"aVR", -1.0},
                                                          {"aVL", 0.5}, {"aVF", 0.5}, {"V1", 1.0},  {"V2", 1.0},
                                                          {"V3", 1.0},  {"V4", 1.0},  {"V5", 1.0},  {"V6", 1.0}};
  const auto count = static_cast<std::size_t>(duration_s * rate_hz);
  const double interval_ms = 60000.0 / waves.rate_per_min;
  std::vector<double> one(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double t = 1000.0 * (static_cast<double>(i) / rate_hz - first_beat_s);
    const double after = t - interval_ms * std::floor(t / interval_ms);
    one[i] = waveform(waves, after) + waveform(waves, after - interval_ms);
  }
  LeadSignals out{rate_hz, {}, {}};
  for (const auto& [name, factor] : leads) {
    out.names.emplace_back(name);
    out.mv.emplace_back(count);
    for (std::size_t i = 0; i < count; ++i) {
      out.mv.back()[i] = static_cast<float>(factor * one[i]);
    }
  }
  return out;
}

}  // namespace xingu::ecg
