// SPDX-License-Identifier: Apache-2.0
#include "delivery/patient_motion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "base/error.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

TEST(ModelMotion, breathes_as_deep_and_as_fast_as_stated) {
  MotionModel model;
  model.period_variation = model.depth_variation = 0.0;
  const auto motion = make_model_motion(model, 1);
  double lowest = 0.0;
  double highest = -1e9;
  int crossings = 0;
  double before = motion->target(0.0).z();
  for (double t = 0.0; t < 120.0; t += 0.01) {
    const double z = motion->target(t).z();
    lowest = std::min(lowest, z);
    highest = std::max(highest, z);
    crossings += (before > -6.0) != (z > -6.0) ? 1 : 0;
    before = z;
  }
  EXPECT_NEAR(highest - lowest, 12.0, 0.01);
  EXPECT_EQ(crossings, 60) << "thirty breaths of four seconds";
}

TEST(ModelMotion, varies_from_breath_to_breath_but_not_from_run_to_run) {
  const auto one = make_model_motion(MotionModel{}, 1);
  const auto same = make_model_motion(MotionModel{}, 1);
  const auto other = make_model_motion(MotionModel{}, 2);
  double difference = 0.0;
  for (double t = 0.0; t < 60.0; t += 0.1) {
    EXPECT_EQ(one->target(t), same->target(t));
    difference = std::max(difference, (one->target(t) - other->target(t)).norm());
  }
  EXPECT_GT(difference, 2.0);
}

TEST(ModelMotion, adds_heart_drift_and_coughs) {
  MotionModel still;
  still.breathing_mm = still.breathing_ap_mm = still.marker_mm = 0.0;
  MotionModel model = still;
  model.heart_mm = 4.0;
  const auto heart = make_model_motion(model, 1);
  double widest = 0.0;
  for (double t = 0.0; t < 3.0; t += 0.001) {
    widest = std::max(widest, heart->target(t).x());
  }
  EXPECT_NEAR(widest, 4.0, 0.01);
  model = still;
  model.drift_mm_per_min = 2.0;
  EXPECT_NEAR(make_model_motion(model, 1)->target(90.0).z(), -3.0, 1e-9);
  model = still;
  model.coughs_s = {10.0};
  const auto cough = make_model_motion(model, 1);
  EXPECT_EQ(cough->target(9.9).z(), 0.0);
  EXPECT_NEAR(cough->target(10.1).z(), -10.0, 1e-9);
  EXPECT_NEAR(cough->target(10.21).z(), 0.0, 1e-9);
  EXPECT_LT(cough->marker(10.1).y(), -4.0);
}

TEST(ModelMotion, counts_the_heart_from_its_r_wave) {
  const auto motion = make_model_motion(MotionModel{}, 1);
  int beats = 0;
  double before = 0.0;
  for (double t = 0.0; t < 60.0; t += 0.001) {
    const double phase = motion->cardiac_phase(t);
    EXPECT_GE(phase, 0.0);
    EXPECT_LT(phase, 1.0);
    beats += phase < before ? 1 : 0;
    before = phase;
  }
  EXPECT_NEAR(beats, 70, 2);
}

TEST(TraceMotion, passes_through_its_samples_and_turns_at_its_end) {
  MotionTrace trace;
  for (int i = 0; i < 50; ++i) {
    trace.time_s.push_back(0.1 * i);
    trace.position.emplace_back(std::sin(0.3 * i), 2.0 * std::cos(0.2 * i), 0.1 * i);
  }
  Vec3 mean = Vec3::Zero();
  for (const Vec3& p : trace.position) {
    mean += p / 50.0;
  }
  const auto motion = make_trace_motion(trace, 2.0, "trace");
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_LT((motion->marker(trace.time_s[i]) - (trace.position[i] - mean)).norm(), 1e-9);
    EXPECT_LT((motion->target(trace.time_s[i]) - 2.0 * (trace.position[i] - mean)).norm(), 1e-9);
    EXPECT_LT((motion->marker(2.0 * 4.9 - trace.time_s[i]) - (trace.position[i] - mean)).norm(), 1e-9);
  }
}

TEST(LoadMotion, reads_models_and_traces_and_refuses_the_rest) {
  test::TemporaryFolder folder;
  const auto write = [&](const char* name, const char* text) {
    std::ofstream(folder.path() / name) << text;
    return folder.path() / name;
  };
  EXPECT_NE(load_motion(write("m.toml", "[motion]\nbreathing_mm = 7\ncoughs_s = [5]\n"), 1)->description().find("7 mm"),
            std::string::npos);
  const char* rows = "Frame;Timestamp;x;y;z\n0;0;1;2;3\n1;100;1;2;3\n2;200;1;2;3\n3;300;1;2,5;3\n";
  write("t.csv", rows);
  EXPECT_NE(load_motion(write("g.toml", "[motion]\ntrace = 't.csv'\ngain = 3\n"), 1)->description().find("gain 3"),
            std::string::npos);
  EXPECT_NO_THROW(static_cast<void>(load_motion(folder.path() / "t.csv", 1)));
  EXPECT_THROW(static_cast<void>(load_motion(write("bad.toml", "[motion]\nbreathing = 7\n"), 1)), InputError);
  EXPECT_THROW(static_cast<void>(load_motion(write("neg.toml", "[motion]\nperiod_s = -1\n"), 1)), InputError);
  EXPECT_THROW(static_cast<void>(load_motion(write("short.csv", "0;0;1;2;3\n"), 1)), InputError);
  EXPECT_THROW(static_cast<void>(load_motion(write("m.txt", ""), 1)), InputError);
}

}  // namespace
}  // namespace xingu
