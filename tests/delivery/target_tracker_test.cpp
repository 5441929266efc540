// SPDX-License-Identifier: Apache-2.0
#include "delivery/target_tracker.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "delivery_case.h"

namespace xingu {
namespace {

/// A tracker fed by a plant on which nothing else happens.
class Observed {
 public:
  Observed(const TrackingSettings& settings, std::unique_ptr<PatientMotion> motion, std::vector<Fault> faults = {})
      : dynamics_(default_dynamics(RoomLimits{})),
        motion_(std::move(motion)),
        clearance_(RoomLimits{}),
        plant_(dynamics_, 0, *motion_, clearance_, FaultSchedule(std::move(faults)), 1),
        tracker_(settings, dynamics_) {}

  void run_until(double time_s) {
    while (now_s() < time_s) {
      const SensorFrame& frame = plant_.advance(command_);
      tracker_.observe(frame);
      command_.takes_image = tracker_.wants_image(now_s());
      if (command_.takes_image) {
        tracker_.note_image_taken(now_s());
      }
    }
  }
  [[nodiscard]] double now_s() const { return static_cast<double>(plant_.next_step()) * step_s; }
  [[nodiscard]] Vec3 truth() const { return plant_.truth().target; }
  [[nodiscard]] TargetTracker& tracker() { return tracker_; }
  [[nodiscard]] double phase() const { return motion_->cardiac_phase(now_s()); }

 private:
  MachineDynamics dynamics_;
  std::unique_ptr<PatientMotion> motion_;
  SectorClearance clearance_;
  Plant plant_;
  TargetTracker tracker_;
  MachineCommand command_;
};

TrackingSettings tracking() {
  TrackingSettings settings;
  settings.mode = MotionMode::track;
  return settings;
}

TEST(TargetTracker, is_ready_after_learning_and_knows_where_the_target_is) {
  Observed one(tracking(), make_model_motion(MotionModel{}, 4));
  one.run_until(10.0);
  EXPECT_FALSE(one.tracker().is_ready());
  one.run_until(30.0);
  ASSERT_TRUE(one.tracker().is_ready());
  double sum = 0.0;
  int count = 0;
  for (; one.now_s() < 90.0; ++count) {
    one.run_until(one.now_s() + 0.05);
    sum += (one.tracker().target(one.now_s()) - one.truth()).squaredNorm();
  }
  EXPECT_LT(std::sqrt(sum / count), 1.0) << "of 12 mm";
}

TEST(TargetTracker, notes_the_age_of_lost_and_of_frozen_samples) {
  for (const FaultKind kind : {FaultKind::marker_lost, FaultKind::marker_frozen}) {
    Observed one(tracking(), make_model_motion(MotionModel{}, 4), {{kind, 25.0, 10.0, 0.0, 0}});
    one.run_until(25.0);
    EXPECT_LT(one.tracker().marker_age_s(one.now_s()), 0.1);
    one.run_until(25.2);
    EXPECT_NEAR(one.tracker().marker_age_s(one.now_s()), 0.2, 0.035);
  }
}

TEST(TargetTracker, sees_an_image_that_contradicts_the_model_and_does_not_learn_from_it) {
  Observed one(tracking(), make_model_motion(MotionModel{}, 4), {{FaultKind::image_offset, 40.0, 100.0, 8.0, 0}});
  one.run_until(40.0);
  EXPECT_LT(one.tracker().correlation_error_mm(), 3.0);
  one.run_until(60.0);
  EXPECT_GT(one.tracker().correlation_error_mm(), 5.0);
  one.run_until(80.0);
  EXPECT_GT(one.tracker().correlation_error_mm(), 5.0);
  one.tracker().learn_correlation_anew();
  EXPECT_FALSE(one.tracker().is_ready());
  one.run_until(120.0);
  EXPECT_TRUE(one.tracker().is_ready());
}

TEST(TargetTracker, opens_the_cardiac_gate_in_its_phases) {
  TrackingSettings settings;
  settings.cardiac_gate = CardiacGate{0.4, 0.8};
  MotionModel model;
  model.heart_variation = 0.0;
  Observed one(settings, make_model_motion(model, 4));
  EXPECT_FALSE(one.tracker().is_ready());
  one.run_until(10.0);
  ASSERT_TRUE(one.tracker().is_ready());
  int wrong = 0;
  int open = 0;
  int in_gate = 0;
  for (int i = 0; i < 2000; ++i) {
    one.run_until(one.now_s() + 0.0015);
    const double phase = one.phase();
    const bool is_open = one.tracker().is_in_cardiac_gate(one.now_s());
    open += is_open ? 1 : 0;
    const bool is_in_gate = phase >= 0.4 && phase < 0.8;
    in_gate += is_in_gate ? 1 : 0;
    wrong += is_open != is_in_gate ? 1 : 0;
  }
  EXPECT_GT(open, 0.95 * in_gate);
  EXPECT_LT(wrong, 40);
}

TEST(MotionModeNamed, knows_its_names_only) {
  for (const MotionMode mode : {MotionMode::ignore, MotionMode::gate, MotionMode::track}) {
    EXPECT_EQ(motion_mode_named(to_string(mode)), mode);
  }
  EXPECT_THROW(static_cast<void>(motion_mode_named("chase")), InputError);
}

}  // namespace
}  // namespace xingu
