// SPDX-License-Identifier: Apache-2.0
#include "dicom/robotic_radiation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/philox.h"
#include "dicom/dicom_edit.h"
#include "dicom/robotic_tags.h"
#include "dicom/small_patient.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

/// Beams from many sides with turned tables, two segments each.
TreatmentPlan many_beams() {
  TreatmentPlan plan = test::small_plan();
  PlannedBeam model = plan.beams[1];
  model.jaws.reset();
  plan.beams.clear();
  for (std::uint64_t k = 0; k < 12; ++k) {
    model.number = static_cast<int>(k) + 1;
    model.name = fmt::format("B{:02}", k + 1);
    model.angles.gantry_deg = 360.0 * Philox(5, 0).uniform(k);
    model.angles.gantry_pitch_deg = 60.0 * Philox(5, 1).uniform(k) - 30.0;
    model.angles.collimator_deg = 360.0 * Philox(5, 2).uniform(k);
    model.angles.couch_deg = k < 6 ? 0.0 : 17.0;
    plan.beams.push_back(model);
  }
  plan.beams[3].angles = {90.0, 0.0, 0.0, 0.0};  // roll of 90 degrees: yaw is free
  return plan;
}

TEST(RoboticRadiation, sends_each_beam_where_the_plan_does) {
  const TreatmentPlan plan = many_beams();
  const RoboticRadiation radiation = robotic_radiation(plan);
  EXPECT_EQ(radiation.patient_poses.size(), 2U);
  ASSERT_EQ(radiation.control_points.size(), 24U * plan.beams[0].segments.size());
  double mu = 0.0;
  for (std::size_t b = 0; b < plan.beams.size(); ++b) {
    const PlannedBeam& beam = plan.beams[b];
    const auto& point = radiation.control_points[2 * beam.segments.size() * b];
    const BeamGeometry geometry = beam_geometry(beam.angles, plan.position, beam.isocentre_P, beam.sad_mm);
    const auto X_PF = radiation.patient_poses[point.patient_pose].inverse().matrix();
    EXPECT_LT((X_PF * point.source_F - geometry.source_P()).norm(), 1e-9) << beam.name;
    EXPECT_LT((X_PF.linear() * source_rotation(point) - geometry.X_PB.rotation()).norm(), 1e-12) << beam.name;
    EXPECT_NEAR(point.cumulative_mu, mu, 1e-9);
    mu += beam.mu();
  }
  EXPECT_NEAR(radiation.control_points.back().cumulative_mu, mu, 1e-9);
}

TEST(RoboticRadiation, is_read_back_unchanged) {
  const test::TemporaryFolder folder;
  const Patient patient = test::small_patient();
  const RoboticRadiation written = robotic_radiation(many_beams());
  const auto path = folder.path() / "RTRADIATION.dcm";
  const std::string uid = write_robotic_radiation(written, patient, "1.2.3", path);
  EXPECT_EQ(uid, write_robotic_radiation(written, patient, "1.2.3", folder.path() / "again.dcm"));
  const RoboticRadiation read = read_robotic_radiation(path);
  EXPECT_EQ(read.label, written.label);
  EXPECT_EQ(read.machine, written.machine);
  EXPECT_EQ(read.definition_distance_mm, written.definition_distance_mm);
  EXPECT_EQ(read.leaf_boundaries_mm, written.leaf_boundaries_mm);
  EXPECT_EQ(read.energy_MV, written.energy_MV);
  EXPECT_EQ(read.is_filter_free, written.is_filter_free);
  ASSERT_EQ(read.patient_poses.size(), written.patient_poses.size());
  for (std::size_t k = 0; k < read.patient_poses.size(); ++k) {
    // Decimal strings have 16 letters.
    EXPECT_LT((read.patient_poses[k].matrix().matrix() - written.patient_poses[k].matrix().matrix()).norm(), 1e-9);
  }
  ASSERT_EQ(read.control_points.size(), written.control_points.size());
  for (std::size_t k = 0; k < read.control_points.size(); ++k) {
    const auto& a = read.control_points[k];
    const auto& b = written.control_points[k];
    EXPECT_EQ(
        std::tie(a.patient_pose, a.node, a.yaw_deg, a.roll_deg, a.pitch_deg, a.left_mm, a.right_mm, a.cumulative_mu),
        std::tie(b.patient_pose, b.node, b.yaw_deg, b.roll_deg, b.pitch_deg, b.left_mm, b.right_mm, b.cumulative_mu));
    EXPECT_EQ(a.source_F, b.source_F);
  }
}

TEST(RoboticRadiation, measures_leaves_of_sources_at_several_distances_in_one_plane) {
  TreatmentPlan plan = many_beams();
  const double nearest_mm = plan.beams[0].sad_mm;
  PlannedBeam& far = plan.beams[2];
  far.sad_mm = 1.25 * nearest_mm;
  const std::vector<double> left_mm = far.segments[0].left_mm;
  for (std::vector<double>* lengths : {&far.leaf_boundaries_mm, &far.segments[0].left_mm, &far.segments[0].right_mm}) {
    for (double& length : *lengths) {
      length *= 1.25;
    }
  }
  const RoboticRadiation radiation = robotic_radiation(plan);
  EXPECT_EQ(radiation.definition_distance_mm, nearest_mm);
  EXPECT_EQ(radiation.leaf_boundaries_mm, plan.beams[0].leaf_boundaries_mm);
  const auto& point = radiation.control_points[2 * far.segments.size() * 2];
  EXPECT_NEAR(point.source_F.norm(), far.sad_mm, 1e-9);
  ASSERT_EQ(point.left_mm.size(), left_mm.size());
  for (std::size_t leaf = 0; leaf < left_mm.size(); ++leaf) {
    EXPECT_NEAR(point.left_mm[leaf], left_mm[leaf], 1e-12);
  }
}

TEST(RoboticRadiation, refuses_beams_that_do_not_share_their_leaves) {
  TreatmentPlan plan = many_beams();
  plan.beams[2].sad_mm += 100.0;  // with the same lengths there, so with narrower leaves
  EXPECT_THROW(static_cast<void>(robotic_radiation(plan)), InputError);
  plan.beams.clear();
  EXPECT_THROW(static_cast<void>(robotic_radiation(plan)), InputError);
}

TEST(RoboticRadiation, refuses_a_path_that_was_bent) {
  const test::TemporaryFolder folder;
  const auto good = folder.path() / "good.dcm";
  const auto bent = folder.path() / "bent.dcm";
  write_robotic_radiation(robotic_radiation(many_beams()), test::small_patient(), "1.2.3", good);
  const test::DicomEdit::Way point{{tag::robotic_path, 1}};
  const test::DicomEdit::Way first{{tag::robotic_path, 0}};
  const test::DicomEdit::Way pose{{tag::treatment_positions, 0}};
  const auto expect_refused = [&](const auto& bend, const Tag& tag) {
    test::DicomEdit edit(good);
    bend(edit);
    edit.save(bent);
    try {
      static_cast<void>(read_robotic_radiation(bent));
      ADD_FAILURE() << to_string(tag);
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(to_string(tag)));
    }
  };
  expect_refused([&](auto& edit) { edit.set(point, tag::cumulative_meterset, "-1"); }, tag::cumulative_meterset);
  expect_refused([&](auto& edit) { edit.set(point, tag::rt_control_point_index, "7"); }, tag::rt_control_point_index);
  expect_refused([&](auto& edit) { edit.set(point, tag::referenced_treatment_position, "9"); },
                 tag::referenced_treatment_position);
  expect_refused([&](auto& edit) { edit.remove(first, tag::source_yaw); }, tag::source_yaw);
  expect_refused([&](auto& edit) { edit.remove(first, tag::limiting_device_openings); }, tag::limiting_device_openings);
  expect_refused([&](auto& edit) { edit.set(tag::number_of_rt_control_points, "3"); },
                 tag::number_of_rt_control_points);
  expect_refused(
      [&](auto& edit) { edit.set(pose, tag::image_to_equipment, "2\\0\\0\\0\\0\\1\\0\\0\\0\\0\\1\\0\\0\\0\\0\\1"); },
      tag::image_to_equipment);
}

TEST(RoboticRadiation, refuses_another_object) {
  const test::TemporaryFolder folder;
  test::write_small_patient(folder.path());
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_THROW(static_cast<void>(read_robotic_radiation(entry.path())), InputError) << entry.path();
  }
}

}  // namespace
}  // namespace xingu
