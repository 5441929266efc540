// SPDX-License-Identifier: Apache-2.0
#include "ecg/simulation/beating_heart.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace xingu::ecg {
namespace {

constexpr double r_part = 0.46;  // of the complex, where the free wall's part is largest
constexpr double steps_per_mV = 1000.0;

}  // namespace

PhantomWave wave_within(double start_s, double length_s, double onset, double peak, double offset) {
  return {start_s + onset * length_s, start_s + peak * length_s, start_s + offset * length_s};
}

double DipoleBump::part_at(double time_s) const noexcept {
  if (time_s <= wave.onset_s || time_s >= wave.offset_s) {
    return 0.0;
  }
  const double part = time_s < wave.peak_s ? (time_s - wave.onset_s) / (wave.peak_s - wave.onset_s)
                                           : (wave.offset_s - time_s) / (wave.offset_s - wave.peak_s);
  return 0.5 - 0.5 * std::cos(std::numbers::pi * part);
}

ConductedBeat conducted_beat(double qrs_onset_s, double rr_s, const BeatTiming& timing) {
  const double qrs_s = timing.qrs_s;
  const double qt_s = std::max(timing.qt_s * std::cbrt(rr_s), qrs_s + 0.12);
  const double t_s = std::min(0.18, qt_s - qrs_s - 0.03);
  return {{{{wave_within(qrs_onset_s - timing.pr_s, 0.1, 0.0, 0.5, 1.0), {0.08, 0.13, -0.02}},
            // septum to the right and front, free wall to the left and feet, base to the back
            {wave_within(qrs_onset_s, qrs_s, 0.0, 0.20, 0.42), {-0.16, -0.05, -0.32}},
            {wave_within(qrs_onset_s, qrs_s, 0.12, r_part, 0.78), {1.15, 0.95, 0.25}},
            {wave_within(qrs_onset_s, qrs_s, 0.52, 0.74, 1.0), {-0.12, -0.18, 0.62}},
            {wave_within(qrs_onset_s + qt_s - t_s, t_s, 0.0, 0.6, 1.0), {0.28, 0.22, -0.16}}}},
          wave_within(qrs_onset_s, qrs_s, 0.0, r_part, 1.0)};
}

BeatingHeart::BeatingHeart(double rate_hz, const BeatTiming& timing) : timing_(timing) {
  XINGU_REQUIRE(rate_hz >= 100 && rate_hz <= 8000,
                "a heart sampled at {} Hz (100 to 8000 Hz are simulated); give such a rate", rate_hz);
  info_.name = "simulated heart";
  info_.rate_hz = rate_hz;
  for (const LeadVector& lead : measured_leads) {
    info_.channels.push_back({lead.name, "mV", steps_per_mV, 0.0, 24});
  }
}

void BeatingHeart::announce(double r_peak_s, double rr_s) noexcept {
  beats_[num_announced_++ % beats_.size()] = conducted_beat(r_peak_s - r_part * timing_.qrs_s, rr_s, timing_);
}

std::size_t BeatingHeart::read(std::span<std::int32_t> frames) {
  const std::size_t count = frames.size() / measured_leads.size();
  for (std::size_t i = 0; i < count; ++i, ++next_) {
    const double t = static_cast<double>(next_) / info_.rate_hz;
    Dipole dipole{};
    for (std::size_t b = 0; b < std::min(num_announced_, beats_.size()); ++b) {
      for (const DipoleBump& bump : beats_[b].bumps) {
        const double part = bump.part_at(t);
        for (std::size_t axis = 0; axis < dipole.size(); ++axis) {
          dipole[axis] += part * bump.height_mV[axis];
        }
      }
    }
    for (std::size_t lead = 0; lead < measured_leads.size(); ++lead) {
      const Dipole& w = measured_leads[lead].weight;
      frames[i * measured_leads.size() + lead] = static_cast<std::int32_t>(
          std::lround(steps_per_mV * (w[0] * dipole[0] + w[1] * dipole[1] + w[2] * dipole[2])));
    }
  }
  return count;
}

}  // namespace xingu::ecg
