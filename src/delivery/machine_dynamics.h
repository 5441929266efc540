// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "delivery/axis.h"
#include "delivery/interlock_panel.h"
#include "dose/machine_file.h"

namespace xingu {

/// The axes that a session drives.
enum class RoomAxis : std::uint8_t { gantry, couch, collimator, pitch };
inline constexpr std::size_t num_room_axes = 4;
[[nodiscard]] constexpr std::string_view to_string(RoomAxis axis) noexcept {
  constexpr std::array<std::string_view, num_room_axes> names{"gantry", "couch", "collimator", "pitch"};
  return names[static_cast<std::size_t>(axis)];
}

/// A pulsed accelerator.
struct PulsedBeamSettings {
  double pulse_rate_hz = 300.0;  ///< 100 to 400
  double dose_rate_MU_per_min = 1000.0;
  double pulse_noise = 0.015;    ///< standard deviation of a pulse's output, relative
  double ramp_start = 0.6;       ///< output of the first pulse, relative
  double ramp_time_ms = 30.0;    ///< time constant of its approach to 1
  double monitor_noise = 0.005;  ///< of each monitor and pulse, relative

  [[nodiscard]] double mu_per_pulse() const noexcept { return dose_rate_MU_per_min / 60.0 / pulse_rate_hz; }
};

struct LeafDynamics {
  double max_speed_mm_per_s = 25.0;
  int latency_ms = 20;
  double encoder_noise_mm = 0.02;
};

/// What sees the patient.
struct SensorSettings {
  int marker_period_ms = 33;
  int marker_latency_ms = 60;  ///< from exposure to the value in the controller
  double marker_noise_mm = 0.10;
  int image_latency_ms = 200;
  double image_noise_mm = 0.30;
  int ecg_latency_ms = 15;
};

/// How a machine moves, pulses and sees, beside what planning knows of it. Read from delivery.toml beside the machine's
/// machine.toml; every key has a default that follows from machine.toml or is stated in docs/user/machine-files.md.
struct MachineDynamics {
  std::array<AxisDynamics, num_room_axes> axes;
  AxisDynamics stage{150.0, 2000.0, 12.0, 55, 0.02};  ///< carries the head after the target, mm
  LeafDynamics leaves;
  PulsedBeamSettings beam;
  SensorSettings sensors;
  InterlockSettings interlocks;
  int settle_ms = 200;  ///< axes and leaves must have stood this long before the beam
};

/// Defaults for a machine without delivery.toml.
[[nodiscard]] MachineDynamics default_dynamics(const RoomLimits& room);

/// @param name_or_path  as load_machine takes it
/// @throws InputError with file, line and key.
[[nodiscard]] MachineDynamics load_dynamics(std::string_view name_or_path, const RoomLimits& room);
[[nodiscard]] MachineDynamics parse_dynamics(std::string_view text, const std::string& name, const RoomLimits& room);

}  // namespace xingu
