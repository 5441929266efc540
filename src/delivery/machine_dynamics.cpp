// SPDX-License-Identifier: Apache-2.0
#include "delivery/machine_dynamics.h"

#include <fmt/format.h>

#include <string>

#include "base/files.h"
#include "base/toml_file.h"

namespace xingu {
namespace {

double within(const TomlTable& table, std::string_view key, double fallback, double lowest, double highest) {
  const double value = table.number(key, fallback);
  if (!(value >= lowest && value <= highest)) {
    table.fail(key, fmt::format("is {:g} (outside {:g} to {:g}); correct it", value, lowest, highest));
  }
  return value;
}

int milliseconds(const TomlTable& table, std::string_view key, int fallback, int lowest, int highest) {
  return static_cast<int>(within(table, key, fallback, lowest, highest));
}

void read_axis(const TomlTable& table, AxisDynamics& axis, std::string_view unit) {
  axis.max_speed = within(table, fmt::format("speed_{}_per_s", unit), axis.max_speed, 1e-3, 1e4);
  axis.max_acceleration = within(table, fmt::format("acceleration_{}_per_s2", unit), axis.max_acceleration, 1e-3, 1e6);
  axis.bandwidth_hz = within(table, "bandwidth_hz", axis.bandwidth_hz, 0.5, 100.0);
  axis.latency_ms = milliseconds(table, "latency_ms", axis.latency_ms, 0, 63);
  axis.encoder_noise = within(table, fmt::format("encoder_noise_{}", unit), axis.encoder_noise, 0.0, 1.0);
}

void read_beam(const TomlTable& table, PulsedBeamSettings& beam) {
  beam.pulse_rate_hz = within(table, "pulse_rate_hz", beam.pulse_rate_hz, 100.0, 400.0);
  beam.pulse_noise = within(table, "pulse_noise", beam.pulse_noise, 0.0, 0.05);
  beam.ramp_start = within(table, "ramp_start", beam.ramp_start, 0.1, 1.0);
  beam.ramp_time_ms = within(table, "ramp_time_ms", beam.ramp_time_ms, 0.1, 500.0);
  beam.monitor_noise = within(table, "monitor_noise", beam.monitor_noise, 0.0, 0.02);
}

void read_sensors(const TomlTable& table, SensorSettings& sensors) {
  sensors.marker_period_ms = milliseconds(table, "marker_period_ms", sensors.marker_period_ms, 5, 200);
  sensors.marker_latency_ms = milliseconds(table, "marker_latency_ms", sensors.marker_latency_ms, 0, 1000);
  sensors.marker_noise_mm = within(table, "marker_noise_mm", sensors.marker_noise_mm, 0.0, 10.0);
  // from a jump of the target to the last pulse: docs/methods/interlocks.md
  const int answer_ms = sensors.marker_period_ms + sensors.marker_latency_ms + 1;
  const int bound_ms = interlock_table::row(Interlock::target_position).bound_ms;
  if (answer_ms > bound_ms) {
    table.fail(
        "marker_latency_ms",
        fmt::format("is {} with a period of {} (the beam could stay on for {} ms after the target left its place; "
                    "the bound is {}); take a faster camera",
                    sensors.marker_latency_ms, sensors.marker_period_ms, answer_ms, bound_ms));
  }
  sensors.image_latency_ms = milliseconds(table, "image_latency_ms", sensors.image_latency_ms, 0, 5000);
  sensors.image_noise_mm = within(table, "image_noise_mm", sensors.image_noise_mm, 0.0, 10.0);
  sensors.ecg_latency_ms = milliseconds(table, "ecg_latency_ms", sensors.ecg_latency_ms, 0, 200);
}

std::string key_of(const InterlockRow& row) {
  std::string key;
  for (const char c : row.name) {
    key += c == ' ' ? '_' : c;
  }
  return key;
}

void read_interlocks(const TomlTable& table, InterlockSettings& interlocks) {
  for (const InterlockRow& row : interlock_table::rows) {
    if (!row.unit.empty()) {
      double& threshold = interlocks.threshold[static_cast<std::size_t>(row.id)];
      threshold = within(table, key_of(row), threshold, 0.0, 1e6);
    }
  }
  const std::string lost = table.text("lost_console", "hold");
  if (lost != "hold" && lost != "continue") {
    table.fail("lost_console", fmt::format("is '{}' (it decides over the beam); write \"hold\" or \"continue\"", lost));
  }
  interlocks.lost_console = lost == "hold" ? LostConsole::holds : LostConsole::keeps_treating;
}

MachineDynamics read_dynamics(const TomlTable& file, const RoomLimits& room) {
  MachineDynamics machine = default_dynamics(room);
  for (std::size_t i = 0; i < num_room_axes; ++i) {
    if (const auto table = file.optional_table(to_string(static_cast<RoomAxis>(i)))) {
      read_axis(*table, machine.axes[i], "deg");
    }
  }
  if (const auto table = file.optional_table("stage")) {
    read_axis(*table, machine.stage, "mm");
  }
  if (const auto table = file.optional_table("leaves")) {
    machine.leaves.latency_ms = milliseconds(*table, "latency_ms", machine.leaves.latency_ms, 0, 63);
    machine.leaves.encoder_noise_mm = within(*table, "encoder_noise_mm", machine.leaves.encoder_noise_mm, 0.0, 0.1);
  }
  if (const auto table = file.optional_table("beam")) {
    read_beam(*table, machine.beam);
  }
  if (const auto table = file.optional_table("sensors")) {
    read_sensors(*table, machine.sensors);
  }
  if (const auto table = file.optional_table("interlocks")) {
    read_interlocks(*table, machine.interlocks);
  }
  machine.settle_ms = milliseconds(file, "settle_ms", machine.settle_ms, 0, 60'000);
  file.finish();
  return machine;
}

}  // namespace

MachineDynamics default_dynamics(const RoomLimits& room) {
  MachineDynamics machine;
  const auto axis = [&](RoomAxis which) -> AxisDynamics& { return machine.axes[static_cast<std::size_t>(which)]; };
  axis(RoomAxis::gantry).max_speed = axis(RoomAxis::gantry).max_acceleration = room.gantry_speed_deg_per_s;
  axis(RoomAxis::couch).max_speed = axis(RoomAxis::couch).max_acceleration = room.couch_speed_deg_per_s;
  axis(RoomAxis::collimator).max_speed = axis(RoomAxis::collimator).max_acceleration = 12.0;
  axis(RoomAxis::pitch).max_speed = axis(RoomAxis::pitch).max_acceleration = room.gantry_speed_deg_per_s;
  machine.leaves.max_speed_mm_per_s = room.leaf_speed_mm_per_s;
  machine.beam.dose_rate_MU_per_min = room.dose_rate_MU_per_min;
  return machine;
}

MachineDynamics parse_dynamics(std::string_view text, const std::string& name, const RoomLimits& room) {
  return read_dynamics(TomlTable::parse(text, name), room);
}

MachineDynamics load_dynamics(std::string_view name_or_path, const RoomLimits& room) {
  namespace fs = std::filesystem;
  const fs::path file = find_machine(name_or_path).parent_path() / "delivery.toml";
  return fs::is_regular_file(file) ? read_dynamics(TomlTable::read(file), room) : default_dynamics(room);
}

}  // namespace xingu
