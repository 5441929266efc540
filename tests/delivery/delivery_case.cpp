// SPDX-License-Identifier: Apache-2.0
#include "delivery_case.h"

#include <utility>

namespace xingu::test {

TreatmentPlan small_delivery_plan(int num_beams, double segment_mu) {
  TreatmentPlan plan;
  plan.label = "small";
  plan.machine = "ring-arm-4pi";
  for (int b = 0; b < num_beams; ++b) {
    PlannedBeam beam;
    beam.number = b + 1;
    beam.name = "beam " + std::to_string(b + 1);
    beam.angles = {.gantry_deg = 20.0 * b,
                   .couch_deg = b % 2 == 0 ? 0.0 : 10.0,
                   .collimator_deg = 5.0 * b,
                   .gantry_pitch_deg = -4.0 * b};
    for (int i = 0; i <= 64; ++i) {
      beam.leaf_boundaries_mm.push_back(-120.0 + 3.75 * i);
    }
    for (int s = 0; s < 3; ++s) {
      Segment segment;
      segment.left_mm.assign(64, 0.0);
      segment.right_mm.assign(64, 0.0);
      for (std::size_t pair = 24; pair < 40; ++pair) {
        segment.left_mm[pair] = -15.0 + 3.0 * s;
        segment.right_mm[pair] = 10.0 + 3.0 * s;
      }
      segment.mu = segment_mu + 0.37 * s;
      beam.segments.push_back(std::move(segment));
    }
    plan.beams.push_back(std::move(beam));
  }
  return plan;
}

DeliveryCase::DeliveryCase(const TreatmentPlan& plan)
    : machine_(load_machine("ring-arm-4pi")),
      plan_(plan, machine_),
      motion_(make_still_motion()),
      clearance_(machine_.room) {
  settings_.dynamics = default_dynamics(machine_.room);
}

DeliveryCase& DeliveryCase::with_motion(std::unique_ptr<PatientMotion> motion, MotionMode mode) {
  motion_ = std::move(motion);
  settings_.tracking.mode = mode;
  return *this;
}

DeliveryCase& DeliveryCase::with_faults(std::vector<Fault> faults) {
  faults_ = std::move(faults);
  return *this;
}

DeliveryCase& DeliveryCase::with_seed(std::uint64_t seed) {
  settings_.seed = seed;
  return *this;
}

std::unique_ptr<Session> DeliveryCase::session(SessionRecorder* recorder, OperatorPort* person) {
  if (person == nullptr) {
    operators_.push_back(std::make_unique<WillingOperator>(habits));
    person = operators_.back().get();
  }
  return std::make_unique<Session>(plan_, settings_, *motion_, clearance_, FaultSchedule(faults_), *person, recorder);
}

void PulseLedger::take(std::uint64_t step, OperatorAction, const Controller& controller, const Plant& plant) noexcept {
  const Pulse& pulse = plant.truth().pulse;
  if (pulse.has_fired) {
    mu[controller.pulse().beam] += pulse.mu;
    ++num_pulses;
    last_pulse_step = step;
  }
}

}  // namespace xingu::test
