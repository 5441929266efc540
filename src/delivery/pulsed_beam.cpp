// SPDX-License-Identifier: Apache-2.0
#include "delivery/pulsed_beam.h"

#include <cmath>

namespace xingu {

double ramp_of(const PulsedBeamSettings& settings, double on_ms) noexcept {
  return 1.0 - (1.0 - settings.ramp_start) * std::exp(-on_ms / settings.ramp_time_ms);
}

PulsedBeam::PulsedBeam(const PulsedBeamSettings& settings, std::uint64_t seed) noexcept
    : settings_(settings), noise_(seed, 0x6265616dU) {}

Pulse PulsedBeam::advance(std::uint64_t step, bool is_triggered, bool is_contactor_closed,
                          const BeamDisturbance& disturbance) noexcept {
  Pulse pulse;
  const bool fires = (is_triggered || disturbance.is_stuck_on) && is_contactor_closed;
  if (!fires) {
    on_ms_ = 0.0;
    return pulse;
  }
  const double per_step = settings_.pulse_rate_hz * step_s;
  const auto slot = static_cast<std::uint64_t>(static_cast<double>(step) * per_step);
  const auto next_slot = static_cast<std::uint64_t>(static_cast<double>(step + 1) * per_step);
  if (slot != next_slot) {
    pulse.has_fired = true;
    pulse.mu = settings_.mu_per_pulse() * ramp_of(settings_, on_ms_) * disturbance.output *
               (1.0 + settings_.pulse_noise * noise_.normal(step, 0));
    pulse.monitor1_mu = pulse.mu * disturbance.monitor1 * (1.0 + settings_.monitor_noise * noise_.normal(step, 1));
    pulse.monitor2_mu = pulse.mu * disturbance.monitor2 * (1.0 + settings_.monitor_noise * noise_.normal(step, 2));
    pulse.asymmetry = disturbance.asymmetry + settings_.monitor_noise * noise_.normal(step, 3);
  }
  on_ms_ += 1.0;
  return pulse;
}

}  // namespace xingu
