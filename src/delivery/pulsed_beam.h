// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "delivery/machine_dynamics.h"
#include "delivery/noise.h"

namespace xingu {

/// What disturbs a beam; the neutral values change nothing.
struct BeamDisturbance {
  double output = 1.0;    ///< factor on every pulse
  double monitor1 = 1.0;  ///< factor on what a monitor reads; 0: dead
  double monitor2 = 1.0;
  double asymmetry = 0.0;    ///< added to the quadrants' signal
  bool is_stuck_on = false;  ///< pulses come without trigger, until the contactor opens
};

/// One step's pulse.
struct Pulse {
  bool has_fired = false;
  double mu = 0.0;  ///< that left the machine
  double monitor1_mu = 0.0;
  double monitor2_mu = 0.0;
  double asymmetry = 0.0;  ///< (right − left)/(right + left) of the monitor's halves
};

/// An X-band accelerator: pulses at a fixed rate while it is triggered, each with its own output, the first ones
/// weaker, and two monitors that see each pulse independently. Output of a pulse t after the trigger: (1 − (1 − r₀)
/// exp(−t/τ)) (1 + noise). No allocation.
class PulsedBeam {
 public:
  PulsedBeam(const PulsedBeamSettings& settings, std::uint64_t seed) noexcept;

  /// One millisecond. The modulator runs all the time; its pulse becomes a beam when triggered.
  Pulse advance(std::uint64_t step, bool is_triggered, bool is_contactor_closed,
                const BeamDisturbance& disturbance) noexcept;

 private:
  PulsedBeamSettings settings_;
  Noise noise_;
  double on_ms_ = 0.0;  ///< since the trigger came
};

/// The output that is expected `on_ms` after the trigger, relative to full.
[[nodiscard]] double ramp_of(const PulsedBeamSettings& settings, double on_ms) noexcept;

}  // namespace xingu
