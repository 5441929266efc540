// SPDX-License-Identifier: Apache-2.0
#include "dicom/inspection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numbers>

#include "dicom/robotic_radiation.h"
#include "dicom/write_plan.h"
#include "dicom_edit.h"
#include "small_patient.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;
using test::DicomEdit;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

TEST(Inspection, tells_everything_in_a_folder) {
  const test::TemporaryFolder root;
  test::write_small_patient(root.path());
  const Inspection inspection = inspect_folder(root.path());
  ASSERT_TRUE(inspection.ct.has_value());
  EXPECT_EQ(inspection.ct->num_images, 8U);
  EXPECT_EQ(inspection.ct->grid.size, (std::array{24, 20, 8}));
  EXPECT_EQ(inspection.structures.size(), 8U);
  ASSERT_EQ(inspection.doses.size(), 1U);
  EXPECT_TRUE(inspection.doses[0].has_frame_of_ct);
  EXPECT_NEAR(inspection.doses[0].max_dose, 30.0, 1.0);
  ASSERT_EQ(inspection.plans.size(), 1U);
  EXPECT_EQ(inspection.plans[0].beams.size(), 3U);
  EXPECT_NEAR(inspection.plans[0].beams[1].mu, test::small_plan().beams[1].mu(), 1e-9);
  EXPECT_FALSE(inspection.refusal.has_value());
}

TEST(Inspection, tells_the_nodes_of_a_robotic_radiation) {
  const test::TemporaryFolder root;
  test::write_small_patient(root.path());
  TreatmentPlan plan = test::small_plan();
  std::erase_if(plan.beams, [&](const PlannedBeam& beam) { return beam.number != plan.beams[1].number; });
  plan.beams[0].jaws.reset();
  plan.beams.push_back(plan.beams[0]);
  plan.beams[1].number += 1;
  plan.beams[1].sad_mm += 200.0;  // the same leaves, as wide as they look from there
  for (double& boundary : plan.beams[1].leaf_boundaries_mm) {
    boundary *= plan.beams[1].sad_mm / plan.beams[0].sad_mm;
  }
  const PlannedBeam& beam = plan.beams[0];
  write_robotic_radiation(robotic_radiation(plan), test::small_patient(), "1.2.3", root.path() / "radiation.dcm");
  const Inspection inspection = inspect_folder(root.path());
  ASSERT_EQ(inspection.robotic_radiations.size(), 1U);
  ASSERT_EQ(inspection.robotic_radiations[0].nodes.size(), 2U);
  EXPECT_NEAR(inspection.robotic_radiations[0].nodes[0].distance_mm, beam.sad_mm, 1e-3);
  EXPECT_NEAR(inspection.robotic_radiations[0].nodes[1].distance_mm, beam.sad_mm + 200.0, 1e-3);
  const NodeSummary& node = inspection.robotic_radiations[0].nodes[0];
  EXPECT_EQ(node.number, beam.number);
  EXPECT_NEAR(node.mu, beam.mu(), 1e-6);
  EXPECT_EQ(node.num_shapes, beam.segments.size());
  const BeamGeometry geometry = beam_geometry(beam.angles, plan.position, beam.isocentre_P, beam.sad_mm);
  EXPECT_LT((node.source_P - geometry.source_P()).norm(), 1e-3);
}

TEST(Inspection, measures_structures_as_dvhs_do_and_not_on_the_ct) {
  const test::TemporaryFolder root;
  test::write_small_patient(root.path());
  const Inspection inspection = inspect_folder(root.path());
  const Patient patient = read_patient(scan_dicom_folder(root.path()));
  for (std::size_t i = 0; i < inspection.structures.size(); ++i) {
    const double volume_cm3 = compute_dvh(test::small_dose(), patient.structure_set.structures[i]).volume_cc();
    EXPECT_NEAR(inspection.structures[i].volume_cm3, volume_cm3, 1e-5 * volume_cm3) << inspection.structures[i].name;
  }
  // 40- and 24-gons of 12 and 5 mm on three planes of 3 mm
  const auto polygon = [](double radius, int n) {
    return 0.5 * n * radius * radius * std::sin(2 * std::numbers::pi / n);
  };
  const double ring_cm3 = 9.0 * (polygon(12, 40) - polygon(5, 24)) / 1000;
  EXPECT_NEAR(inspection.structures[1].volume_cm3, ring_cm3, 0.01 * ring_cm3);
  EXPECT_NEAR(inspection.structures[2].volume_cm3, 192.0 * 6 / 1000, 0.01 * 192.0 * 6 / 1000);
  // five planes of 1.5 mm between and on slices
  EXPECT_NEAR(inspection.structures[3].volume_cm3, 7.5 * polygon(4, 16) / 1000, 0.01 * 7.5 * polygon(4, 16) / 1000);
  EXPECT_EQ(inspection.structures[6].volume_cm3, 0.0);
}

TEST(Inspection, names_what_reaches_beyond_the_body) {
  const test::TemporaryFolder root;
  test::write_small_patient(root.path());
  EXPECT_THAT(inspect_folder(root.path()).problems, Not(Contains(HasSubstr("beyond the body outline"))));
  Patient patient = test::small_patient();
  Structure stray = patient.structure_set.structures[1];
  stray.number = 50;
  stray.name = "stray";
  Structure couch = stray;
  for (Contour& contour : stray.contours) {
    for (auto& p : contour.points) {
      p.x() += 30.0;
    }
  }
  couch = stray;
  couch.number = 51;
  couch.name = "couch";
  couch.interpreted_type = "SUPPORT";
  patient.structure_set.structures.push_back(stray);
  patient.structure_set.structures.push_back(couch);
  const test::TemporaryFolder other;
  write_ct_series(patient.ct, other.path());
  write_rtstruct(patient, other.path() / "RS.dcm");
  const Inspection inspection = inspect_folder(other.path());
  EXPECT_THAT(inspection.problems,
              Contains(AllOf(HasSubstr("beyond the body outline"), HasSubstr("'stray' by "), Not(HasSubstr("couch")))));
  EXPECT_GT(inspection.structures[8].beyond_body_cm3, 0.3 * inspection.structures[8].volume_cm3);
  EXPECT_EQ(inspection.structures[1].beyond_body_cm3, 0.0);
}

TEST(Inspection, asks_for_a_series_but_tells_the_rest) {
  const test::TemporaryFolder root;
  test::write_small_patient(root.path());
  DicomEdit(root.path() / "CT.0001.dcm")
      .set(tag::series_uid, "1.2.3")
      .set(tag::sop_instance_uid, "1.2.3.1")
      .save(root.path() / "other");
  const Inspection inspection = inspect_folder(root.path());
  EXPECT_FALSE(inspection.ct.has_value());
  EXPECT_THAT(inspection.problems, Contains(HasSubstr("2 CT series; choose one with --series")));
  EXPECT_EQ(inspection.plans.size(), 1U);
  EXPECT_TRUE(inspect_folder(root.path(), {.series_uid = "1.2.3", .structure_set = {}}).ct.has_value());
}

TEST(Inspection, lists_several_structure_sets_of_a_ct_and_tells_the_rest) {
  const test::TemporaryFolder root;
  test::write_small_patient(root.path());
  DicomEdit(root.path() / "RS.dcm")
      .set(tag::sop_instance_uid, "1.2.3.4")
      .set(tag::structure_set_label, "REPLAN")
      .save(root.path() / "RS2.dcm");
  const Inspection inspection = inspect_folder(root.path());
  EXPECT_FALSE(inspection.refusal.has_value());
  ASSERT_EQ(inspection.structure_set_choices.size(), 2U);
  EXPECT_EQ(inspection.structure_set_choices[1].file.label, "REPLAN");
  EXPECT_EQ(inspection.structure_set_choices[1].num_structures, inspection.structure_set_choices[0].num_structures);
  EXPECT_GT(inspection.structure_set_choices[0].num_structures, 0U);
  EXPECT_THAT(inspection.problems, Contains(HasSubstr("2 RTSTRUCTs belong to the CT; choose one with --structures")));
  EXPECT_TRUE(inspection.structures.empty());
  EXPECT_EQ(inspection.doses.size(), 1U);
  EXPECT_EQ(inspection.plans.size(), 1U);
  const Inspection chosen = inspect_folder(root.path(), {.series_uid = {}, .structure_set = "REPLAN"});
  EXPECT_TRUE(chosen.structure_set_choices.empty());
  EXPECT_EQ(chosen.structures.size(), inspection.structure_set_choices[1].num_structures);
}

TEST(Inspection, does_not_warn_of_a_dose_that_is_of_another_series_of_the_folder) {
  const test::TemporaryFolder root;
  test::write_small_patient(root.path());
  DicomEdit(root.path() / "CT.0001.dcm")
      .set(tag::series_uid, "1.2.3")
      .set(tag::sop_instance_uid, "1.2.3.1")
      .set(tag::frame_of_reference_uid, "1.2.3.5")
      .save(root.path() / "other");
  const auto strange = HasSubstr("FrameOfReferenceUID is not that of the CT");
  EXPECT_THAT(inspect_folder(root.path(), {.series_uid = "1.2.3", .structure_set = {}}).problems,
              Not(Contains(strange)));
  for (int i = 1; fs::remove(root.path() / fmt::format("CT.{:04}.dcm", i)); ++i) {
  }
  EXPECT_THAT(inspect_folder(root.path()).problems, Contains(strange));
}

TEST(Inspection, tells_that_series_are_of_several_patients) {
  const test::TemporaryFolder root;
  test::write_small_patient(root.path());
  DicomEdit(root.path() / "CT.0001.dcm")
      .set(tag::series_uid, "1.2.3")
      .set(tag::sop_instance_uid, "1.2.3.1")
      .set(tag::patient_id, "another-2")
      .save(root.path() / "other");
  const Inspection inspection = inspect_folder(root.path());
  EXPECT_THAT(inspection.problems, Contains(HasSubstr("2 CT series of 2 patients; choose one with --series")));
  EXPECT_EQ(inspection.folder.ct_series.front().study_date, "20250102");
}

TEST(Inspection, tells_the_refusal_of_a_ct_apart_and_as_its_first_problem) {
  const test::TemporaryFolder root;
  test::write_small_patient(root.path());
  DicomEdit(root.path() / "CT.0001.dcm").set(tag::image_orientation, "1\\0\\0\\0\\0.9\\0.4").save();
  const Inspection inspection = inspect_folder(root.path());
  ASSERT_TRUE(inspection.refusal.has_value());
  EXPECT_THAT(*inspection.refusal, HasSubstr("gantry tilt"));
  ASSERT_FALSE(inspection.problems.empty());
  EXPECT_EQ(inspection.problems.front(), *inspection.refusal);
  EXPECT_EQ(inspection.doses.size(), 1U);
}

TEST(Inspection, tells_the_file_of_structures_that_reach_beyond_the_ct) {
  const test::TemporaryFolder root;
  test::write_small_patient(root.path());
  for (int i = 4; i <= 8; ++i) {
    fs::remove(root.path() / fmt::format("CT.000{}.dcm", i));
  }
  EXPECT_THAT(inspect_folder(root.path()).problems,
              Contains(testing::AllOf(HasSubstr("RS.dcm: "), HasSubstr("structures reach beyond the CT"))));
}

TEST(Inspection, tells_what_a_plan_would_be_refused_for) {
  const test::TemporaryFolder root;
  test::write_small_patient(root.path());
  fs::remove(root.path() / "RS.dcm");
  EXPECT_THAT(inspect_folder(root.path()).problems, Contains(HasSubstr("holds no structures for this CT")));
}

TEST(Inspection, doubts_structures_of_another_patient_as_reading_does) {
  const test::TemporaryFolder root;
  test::write_small_patient(root.path());
  DicomEdit(root.path() / "RS.dcm").set(tag::patient_id, "SOMEBODY").save();
  EXPECT_THAT(inspect_folder(root.path()).problems, Contains(HasSubstr("make sure that it is the same patient")));
  EXPECT_THAT(read_patient(scan_dicom_folder(root.path())).warnings,
              Contains(HasSubstr("make sure that it is the same patient")));
}

TEST(Inspection, turns_a_bad_dose_into_a_problem) {
  const test::TemporaryFolder root;
  test::write_small_patient(root.path());
  DicomEdit(root.path() / "RD.dcm").set(tag::dose_grid_scaling, "0").save();
  const Inspection inspection = inspect_folder(root.path());
  EXPECT_TRUE(inspection.doses.empty());
  EXPECT_THAT(inspection.problems, Contains(HasSubstr("DoseGridScaling")));
  EXPECT_TRUE(inspection.ct.has_value());
}

}  // namespace
}  // namespace xingu
