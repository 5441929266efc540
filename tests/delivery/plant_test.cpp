// SPDX-License-Identifier: Apache-2.0
#include "delivery/plant.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace xingu {
namespace {

class PlantTest : public testing::Test {
 protected:
  Plant make(std::vector<Fault> faults = {}) {
    return Plant(dynamics_, 4, *motion_, clearance_, FaultSchedule(std::move(faults)), 1);
  }
  /// A living command that asks for the beam.
  const SensorFrame& step(Plant& plant) {
    command_.heartbeat += 1;
    return plant.advance(command_);
  }
  void run(Plant& plant, int num_steps) {
    for (int i = 0; i < num_steps; ++i) {
      step(plant);
    }
  }

  MachineDynamics dynamics_ = default_dynamics(RoomLimits{});
  std::unique_ptr<PatientMotion> motion_ = make_model_motion(MotionModel{}, 1);
  SectorClearance clearance_{RoomLimits{}};
  MachineCommand command_;
};

TEST_F(PlantTest, pulses_while_it_is_asked_to_and_closed) {
  Plant plant = make();
  command_.triggers_beam = command_.closes_contactor = true;
  int pulses = 0;
  for (int i = 0; i < 1000; ++i) {
    pulses += step(plant).has_pulse ? 1 : 0;
  }
  EXPECT_EQ(pulses, 300);
  command_.triggers_beam = false;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(step(plant).has_pulse);
  }
}

TEST_F(PlantTest, loses_the_beam_when_the_heartbeat_stops_until_it_is_reset) {
  Plant plant = make();
  command_.triggers_beam = command_.closes_contactor = true;
  run(plant, 100);
  int last_pulse = 0;
  for (int i = 1; i <= 50; ++i) {
    last_pulse = plant.advance(command_).has_pulse ? i : last_pulse;
  }
  EXPECT_LE(last_pulse, 6);
  EXPECT_TRUE(plant.sensors().has_watchdog_tripped);
  run(plant, 50);
  EXPECT_TRUE(plant.sensors().has_watchdog_tripped);
  command_.resets_watchdog = true;
  step(plant);
  EXPECT_FALSE(plant.sensors().has_watchdog_tripped);
}

TEST_F(PlantTest, delivers_marker_samples_after_their_latency) {
  Plant plant = make();
  int samples = 0;
  for (int i = 0; i < 3300; ++i) {
    const SensorFrame& frame = step(plant);
    if (frame.marker.is_new) {
      ++samples;
      const double now_s = static_cast<double>(frame.step) * step_s;
      EXPECT_NEAR(now_s - frame.marker.time_s, 0.060, 1e-9);
      EXPECT_LT((frame.marker.position - motion_->marker(frame.marker.time_s)).norm(), 0.6);
    }
  }
  EXPECT_NEAR(samples, 98, 1);
}

TEST_F(PlantTest, images_the_target_when_it_is_asked_to) {
  Plant plant = make();
  run(plant, 500);
  command_.takes_image = true;
  const double exposed_s = static_cast<double>(plant.next_step()) * step_s;
  step(plant);
  command_.takes_image = false;
  int images = 0;
  for (int i = 0; i < 1000; ++i) {
    const SensorFrame& frame = step(plant);
    if (frame.image.is_new) {
      ++images;
      EXPECT_NEAR(frame.image.time_s, exposed_s, 1e-9);
      EXPECT_LT((frame.image.position - motion_->target(exposed_s)).norm(), 1.8);
    }
  }
  EXPECT_EQ(images, 1);
}

TEST_F(PlantTest, leads_axes_and_leaves_to_where_they_are_asked) {
  Plant plant = make();
  const std::vector<double> leaves{-5.0, -4.0, 6.0, 7.0};
  command_.axes = {30.0, -10.0, 5.0};
  command_.leaves = leaves;
  command_.leaf_request = 1;
  command_.stage = Vec3(1, 2, 3);
  run(plant, 2000);
  for (std::size_t i = 0; i < num_room_axes; ++i) {
    EXPECT_NEAR(plant.truth().axes[i], command_.axes[i], 1e-6);
    EXPECT_NEAR(plant.sensors().encoders[i], command_.axes[i], 0.05);
  }
  EXPECT_LT((plant.truth().stage - command_.stage).norm(), 1e-6);
  EXPECT_EQ(plant.truth().leaves[3], 7.0);
}

TEST_F(PlantTest, suffers_its_faults_while_they_last) {
  Plant plant = make({{FaultKind::encoder_jump, 0.1, 0.1, 4.0, 1},
                      {FaultKind::door_open, 0.1, 0.1, 0.0, 0},
                      {FaultKind::console_lost, 0.1, 0.1, 0.0, 0},
                      {FaultKind::clearance_loss, 0.1, 0.1, 700.0, 0},
                      {FaultKind::emergency_stop, 0.1, 0.1, 0.0, 0}});
  run(plant, 100);
  EXPECT_FALSE(plant.sensors().is_door_open);
  run(plant, 99);
  EXPECT_TRUE(plant.sensors().is_door_open);
  EXPECT_TRUE(plant.sensors().is_stop_pressed);
  EXPECT_NEAR(plant.sensors().encoders[1], 4.0, 0.1);
  EXPECT_NEAR(plant.sensors().second_encoders[1], 0.0, 0.1);
  EXPECT_EQ(plant.sensors().clearance.clearance_mm, 0.0) << "what is near touches, and no more";
  EXPECT_NEAR(plant.sensors().console_age_ms, 99.0, 1.0);
  run(plant, 20);
  EXPECT_FALSE(plant.sensors().is_door_open);
  EXPECT_EQ(plant.sensors().console_age_ms, 0.0);
}

TEST_F(PlantTest, hears_nothing_of_the_console_while_one_loss_follows_another) {
  Plant plant = make({{FaultKind::console_lost, 0.4, 0.2, 0.0, 0}, {FaultKind::console_lost, 0.1, 0.4, 0.0, 0}});
  run(plant, 550);
  EXPECT_NEAR(plant.sensors().console_age_ms, 450.0, 1.0) << "since the first of them";
  run(plant, 100);
  EXPECT_EQ(plant.sensors().console_age_ms, 0.0);
}

}  // namespace
}  // namespace xingu
