// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "delivery/axis.h"
#include "delivery/clearance.h"
#include "delivery/fault.h"
#include "delivery/heart_sensor.h"
#include "delivery/leaf_bank.h"
#include "delivery/machine_dynamics.h"
#include "delivery/patient_motion.h"
#include "delivery/pulsed_beam.h"

namespace xingu {

/// What the controller asks of the machine, once a millisecond.
struct MachineCommand {
  AxisPositions axes{};  ///< setpoints, deg
  AxisErrand errand;
  Vec3 stage = Vec3::Zero();       ///< setpoint of the head's shift after the target, frame P, mm
  std::span<const double> leaves;  ///< goal
  std::uint32_t leaf_request = 0;  ///< another number starts the leaves
  double magnification = 1.0;      ///< DeliveryPlan::Beam::magnification of the beam that they are for
  std::uint32_t heartbeat = 0;     ///< another number each step, or the hardware watchdog takes the beam away
  bool triggers_beam = false;
  bool closes_contactor = false;
  bool takes_image = false;
  bool resets_watchdog = false;
};

/// A measured position with its time of measurement.
struct PositionSample {
  bool is_new = false;
  double time_s = 0.0;
  Vec3 position = Vec3::Zero();  ///< mm, frame P, relative to the planning CT
};

/// What the machine tells the controller, once a millisecond.
struct SensorFrame {
  std::uint64_t step = 0;
  AxisPositions encoders{};         ///< deg
  AxisPositions second_encoders{};  ///< independent ones
  std::span<const double> leaf_encoders;
  Vec3 stage = Vec3::Zero();
  bool has_pulse = false;
  double monitor1_mu = 0.0;  ///< of this step's pulse
  double monitor2_mu = 0.0;
  double asymmetry = 0.0;
  PositionSample marker;
  PositionSample image;
  HeartReading heart;
  ClearanceReading clearance;  ///< of the last 10 ms
  double console_age_ms = 0.0;
  bool is_door_open = false;
  bool is_stop_pressed = false;
  bool has_watchdog_tripped = false;
  bool is_record_full = false;
};

/// What is true of the machine and the patient, which no controller knows: for the record and the dose.
struct PlantTruth {
  AxisPositions axes{};
  Vec3 stage = Vec3::Zero();
  Vec3 target = Vec3::Zero();  ///< displacement of the patient's target, mm, frame P
  std::span<const double> leaves;
  Pulse pulse;
};

/// The machine and the patient: axes, leaves, the stage that carries the head, the beam with its monitors and hardware
/// watchdog, the sensors, and the faults that befall them. Advances by one millisecond; everything random follows from
/// the seed and the step. Allocates at construction only; advance() neither locks nor throws.
class Plant {
 public:
  /// @param motion, clearance  must outlive the plant
  /// @param heart  by default every R peak, exact, ecg_latency_ms late
  Plant(const MachineDynamics& dynamics, std::size_t num_leaves, const PatientMotion& motion,
        const ClearanceSource& clearance, FaultSchedule faults, std::uint64_t seed, std::uint64_t first_step = 0,
        std::unique_ptr<HeartSensor> heart = nullptr);

  /// Something befalls the machine, or is over, from the next advance() on.
  void befall(const FaultChange& change) noexcept;

  /// The step's sensors, after the command of the step before has acted.
  const SensorFrame& advance(const MachineCommand& command) noexcept;

  [[nodiscard]] const SensorFrame& sensors() const noexcept { return frame_; }
  [[nodiscard]] const PlantTruth& truth() const noexcept { return truth_; }
  [[nodiscard]] const FaultSchedule& faults() const noexcept { return faults_; }
  /// What befell the machine, or was over, with this step: by itself first, then what was asked for.
  [[nodiscard]] std::span<const FaultChange> changes() const noexcept { return changes_; }
  /// Number of the next step.
  [[nodiscard]] std::uint64_t next_step() const noexcept { return step_; }
  /// The recorder has no room left.
  void set_record_full() noexcept { is_record_full_ = true; }

 private:
  void move_axes(const MachineCommand& command) noexcept;
  void move_leaves(const MachineCommand& command) noexcept;
  void fire(const MachineCommand& command) noexcept;
  void see_patient(const MachineCommand& command) noexcept;
  void see_marker(double time_s) noexcept;
  void see_room(const MachineCommand& command) noexcept;
  [[nodiscard]] const Fault* active(FaultKind kind) const noexcept { return faults_.active(kind, step_); }
  [[nodiscard]] bool begins(const Fault* fault) const noexcept {
    return fault != nullptr && fault->first_step() == step_;
  }

  struct PendingSample {
    std::uint64_t due = 0;
    double time_s = 0.0;
    Vec3 position = Vec3::Zero();
  };

  MachineDynamics dynamics_;
  const PatientMotion* motion_;
  const ClearanceSource* clearance_;
  FaultSchedule faults_;
  std::vector<FaultChange> changes_;
  std::array<AxisServo, num_room_axes> axes_;
  std::array<AxisServo, 3> stage_;
  LeafBank leaves_;
  PulsedBeam beam_;
  Noise encoder_noise_;
  Noise second_noise_;
  Noise marker_noise_;
  Noise image_noise_;
  std::array<PendingSample, 256> markers_{};  ///< on their way to the controller
  std::uint64_t marker_head_ = 0;
  std::uint64_t marker_tail_ = 0;
  PendingSample image_;
  bool has_image_ = false;
  std::unique_ptr<HeartSensor> heart_;
  std::uint32_t last_heartbeat_ = 0;
  int heartbeat_age_ms_ = 0;
  std::uint64_t console_age_ms_ = 0;
  bool is_record_full_ = false;
  std::uint64_t first_step_;
  std::uint64_t step_;
  SensorFrame frame_;
  PlantTruth truth_;
};

}  // namespace xingu
