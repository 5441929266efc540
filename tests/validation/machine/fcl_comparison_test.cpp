// SPDX-License-Identifier: Apache-2.0
// Our exact collision layer against FCL, on the parts of each machine with a patient.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "fcl_judge.h"
#include "machine/machine_fixtures.h"
#include "machine/machine_patient.h"

namespace xingu {
namespace {

constexpr std::size_t num_cases = XINGU_NUM_CASES / 200;
constexpr std::size_t num_approaches = XINGU_NUM_CASES / 1000;
constexpr double near_mm = 100.0;    // pairs that are farther apart are not compared
constexpr double meeting_mm = 1e-7;  // what is nearer meets, for us
constexpr double solver_mm = 1e-5;   // of libccd, which ends when an iteration gains less than 1e-6

/// How far FCL's opinions are from ours.
struct Disagreement {
  std::size_t pairs = 0;
  std::size_t meeting = 0;         ///< of them, as both say
  std::size_t held = 0;            ///< one wholly inside the other, which surfaces do not tell
  std::size_t errors = 0;          ///< FCL gave up
  std::size_t contradictions = 0;  ///< one says that they meet, the other that they do not, beyond 2e-7 mm
  double surfaces = 0.0;           ///< worst difference of the distances, relative to 1 mm and the distance
  double solids = 0.0;

  void add(double ours, const test::FclJudge::Opinion& theirs) {
    ++pairs;
    meeting += ours == 0.0 && theirs.surfaces_meet ? 1U : 0U;
    if (!theirs.of_solids) {
      ++errors;
      return;
    }
    const auto contradicts = [&](bool meet, double distance) {
      return meet != (ours == 0.0) && std::max(ours, distance) > 2.0 * meeting_mm;
    };
    contradictions += contradicts(theirs.solids_meet, *theirs.of_solids) ? 1U : 0U;
    solids = std::max(solids, std::abs(*theirs.of_solids - ours) / (1.0 + ours));
    if (ours == 0.0 && theirs.solids_meet && !theirs.surfaces_meet) {
      ++held;
      return;
    }
    contradictions += contradicts(theirs.surfaces_meet, theirs.of_surfaces) ? 1U : 0U;
    surfaces = std::max(surfaces, std::abs(theirs.of_surfaces - ours) / (1.0 + ours));
  }
};

class Fcl : public testing::TestWithParam<const char*> {
 protected:
  /// Parts' poses at a part of the way from home to the values; 1 is there.
  void place(const std::vector<double>& values, double part = 1.0) {
    std::vector<double> at = machine_.home();
    for (std::size_t i = 0; i < at.size(); ++i) {
      at[i] = std::lerp(at[i], values[i], part);
    }
    forward_kinematics(machine_.mechanism, at, poses_);
    world_.place(poses_, X_F_);
  }
  [[nodiscard]] std::vector<double> draw(std::uint64_t index) const {
    return test::random_axis_values(machine_.mechanism, 71, index);
  }
  [[nodiscard]] double distance(const CollisionWorld::Pair& pair) const {
    return world_.nearest(pair, X_F_, 1e9).distance;
  }
  void report(const Disagreement& found) const {
    fmt::print("  {}: {} pairs, {} meet, {} of one hold the other; FCL differs by {:.1e} (surfaces), {:.1e} (solids)\n",
               GetParam(), found.pairs, found.meeting, found.held, found.surfaces, found.solids);
  }

  TreatmentMachine machine_ = test::shipped_machine(GetParam());
  PatientOnTable patient_ = test::ellipse_patient(5000);
  CollisionWorld world_{machine_, &patient_, Buffers::none};
  test::FclJudge judge_{world_};
  LinkPoses poses_;
  std::vector<Eigen::Isometry3d> X_F_;
};

TEST_P(Fcl, finds_the_same_distances_and_collisions_in_random_configurations) {
  Disagreement found;
  for (std::uint64_t index = 0; index < num_cases; ++index) {
    place(draw(index));
    for (const CollisionWorld::Pair& pair : world_.pairs()) {
      if (world_.quick_bound(pair, X_F_) < near_mm) {
        found.add(distance(pair), judge_.ask(pair, X_F_));
      }
    }
  }
  report(found);
  EXPECT_GT(found.pairs, 3 * num_cases);
  EXPECT_GT(found.meeting, num_cases / 2);
  EXPECT_EQ(found.errors, 0U);
  EXPECT_EQ(found.contradictions, 0U);
  EXPECT_LE(found.surfaces, 1e-8);
  EXPECT_LE(found.solids, solver_mm);
}

/// Each pair that meets in a random configuration is led to where it begins to, by halving the way from home.
TEST_P(Fcl, finds_the_same_down_to_the_touch) {
  Disagreement found;
  for (std::uint64_t index = 0; index < num_approaches; ++index) {
    const std::vector<double> values = draw(index);
    for (const CollisionWorld::Pair& pair : world_.pairs()) {
      place(values);
      double apart = 0.0;
      double meets = 1.0;
      if (world_.quick_bound(pair, X_F_) > 0 || distance(pair) > 0) {
        continue;
      }
      while (meets - apart > 1e-12) {
        const double middle = 0.5 * (apart + meets);
        place(values, middle);
        const double ours = distance(pair);
        (ours == 0.0 ? meets : apart) = middle;
        found.add(ours, judge_.ask(pair, X_F_));
      }
    }
  }
  report(found);
  EXPECT_GT(found.pairs, 5 * num_approaches);
  EXPECT_EQ(found.errors, 0U);
  EXPECT_EQ(found.contradictions, 0U);
  EXPECT_LE(found.surfaces, 2.0 * meeting_mm);
  EXPECT_LE(found.solids, solver_mm);
}

INSTANTIATE_TEST_SUITE_P(MachineValidation, Fcl, testing::Values("ring-arm-4pi", "sphere-linac", "radiosurgery-arm"),
                         [](const auto& name) {
                           std::string text = name.param;
                           std::ranges::replace(text, '-', '_');
                           return text;
                         });

}  // namespace
}  // namespace xingu
