// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "delivery/session.h"
#include "dose/machine_file.h"

namespace xingu::test {

/// A small plan for ring-arm-4pi: `num_beams` beams around the patient, three segments each, some MU.
[[nodiscard]] TreatmentPlan small_delivery_plan(int num_beams = 3, double segment_mu = 2.0);

/// Everything that a session stands on, kept together.
class DeliveryCase {
 public:
  explicit DeliveryCase(const TreatmentPlan& plan = small_delivery_plan());

  DeliveryCase& with_motion(std::unique_ptr<PatientMotion> motion, MotionMode mode);
  DeliveryCase& with_faults(std::vector<Fault> faults);
  DeliveryCase& with_seed(std::uint64_t seed);

  /// A session worked by a willing operator, or by `person`.
  [[nodiscard]] std::unique_ptr<Session> session(SessionRecorder* recorder = nullptr, OperatorPort* person = nullptr);

  [[nodiscard]] const DeliveryPlan& plan() const { return plan_; }
  [[nodiscard]] SessionSettings& settings() { return settings_; }
  [[nodiscard]] const MachineDescription& machine() const { return machine_; }
  WillingOperator::Habits habits;

 private:
  MachineDescription machine_;
  DeliveryPlan plan_;
  SessionSettings settings_;
  std::unique_ptr<PatientMotion> motion_;
  SectorClearance clearance_;
  std::vector<Fault> faults_;
  std::vector<std::unique_ptr<WillingOperator>> operators_;
};

/// Counts what really left the machine, per beam, and keeps the pulses' steps.
class PulseLedger final : public SessionRecorder {
 public:
  explicit PulseLedger(std::size_t num_beams) : mu(num_beams, 0.0) {}
  void take(std::uint64_t step, OperatorAction, const Controller& controller, const Plant& plant) noexcept override;
  [[nodiscard]] bool is_full() const noexcept override { return false; }

  std::vector<double> mu;
  std::uint64_t num_pulses = 0;
  std::uint64_t last_pulse_step = 0;
};

inline constexpr std::uint64_t max_steps = 2'000'000;

}  // namespace xingu::test
