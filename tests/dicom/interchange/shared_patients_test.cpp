// SPDX-License-Identifier: Apache-2.0
// The real patients of the shared reference data, read and written again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/inspection.h"
#include "dicom/read_structures.h"
#include "dicom/write_plan.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;

class SharedPatient : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (test::shared_dir().empty()) {
      GTEST_SKIP() << test::shared_is_absent();
    }
    folder_ = test::shared_dir() / "data" / "patients" / GetParam();
  }
  fs::path folder_;
};

TEST_P(SharedPatient, is_read_with_a_warning_about_what_the_exporter_left_out) {
  const Inspection inspection = inspect_folder(folder_);
  ASSERT_TRUE(inspection.ct.has_value()) << inspection.refusal.value_or("");
  EXPECT_EQ(inspection.ct->position, PatientPosition::hfs);
  EXPECT_GE(inspection.structures.size(), 9U);
  for (const StructureSummary& structure : inspection.structures) {
    EXPECT_GT(structure.volume_cm3, 1.0) << structure.name;
  }
  EXPECT_THAT(inspection.problems, Contains(HasSubstr("(0020,0052) FrameOfReferenceUID")));
  if (std::string(GetParam()).starts_with("pt_")) {
    ASSERT_EQ(inspection.doses.size(), 1U);
    EXPECT_NEAR(inspection.doses[0].max_dose, 73.0, 2.5);
    EXPECT_EQ(inspection.doses[0].grid.size, inspection.ct->grid.size);
  }
}

TEST_P(SharedPatient, survives_being_written_and_read_again) {
  const test::TemporaryFolder out;
  const Patient patient = read_patient(scan_dicom_folder(folder_));
  write_ct_series(patient.ct, out.path());
  write_rtstruct(patient, out.path() / "RS.dcm");
  const Patient again = read_patient(scan_dicom_folder(out.path()));
  EXPECT_TRUE(std::ranges::equal(again.ct.hu.values(), patient.ct.hu.values()));
  EXPECT_LT((again.ct.hu.grid().origin - patient.ct.hu.grid().origin).norm(), 1e-6);
  EXPECT_EQ(again.ct.frame_of_reference_uid, patient.ct.frame_of_reference_uid);
  ASSERT_EQ(again.structure_set.structures.size(), patient.structure_set.structures.size());
  for (std::size_t s = 0; s < again.structure_set.structures.size(); ++s) {
    const auto& a = again.structure_set.structures[s].contours;
    const auto& b = patient.structure_set.structures[s].contours;
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t c = 0; c < a.size(); ++c) {
      ASSERT_EQ(a[c].points.size(), b[c].points.size());
      for (std::size_t i = 0; i < a[c].points.size(); ++i) {
        ASSERT_LT((a[c].points[i] - b[c].points[i]).norm(), 0.01);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, SharedPatient, testing::Values("pt_200", "pt_201", "pt_222", "pt_233", "star_lateral"),
                         [](const auto& param) { return std::string(param.param); });

class ClinicalCase : public testing::Test {
 protected:
  void SetUp() override {
    if (test::shared_dir().empty()) {
      GTEST_SKIP() << test::shared_is_absent();
    }
    folder_ = test::shared_dir() / "data" / "dicom_rt";
  }
  fs::path folder_;
};

TEST_F(ClinicalCase, gives_its_four_dynamic_fields) {
  const RtPlan read = read_rtplan(folder_ / "rtplan.dcm");
  ASSERT_EQ(read.plan.beams.size(), 4U);
  const std::array<double, 4> mu{97, 87, 89, 94};
  const std::array<std::size_t, 4> points{92, 94, 103, 95};
  const std::array<double, 4> gantry{327, 0, 56, 150};
  for (std::size_t b = 0; b < 4; ++b) {
    const PlannedBeam& beam = read.plan.beams[b];
    EXPECT_NEAR(beam.mu(), mu[b], 1e-5);
    EXPECT_EQ(beam.segments.size(), points[b] - 1);
    EXPECT_NEAR(beam.angles.gantry_deg, gantry[b], 1e-6);
    EXPECT_EQ(beam.leaf_boundaries_mm.size(), 61U);
    ASSERT_TRUE(beam.jaws.has_value());
    EXPECT_DOUBLE_EQ(beam.sad_mm, 1000.0);
  }
  EXPECT_EQ(read.plan.num_fractions, 7);
  EXPECT_DOUBLE_EQ(read.plan.prescription_Gy, 14.0);
  EXPECT_THAT(read.warnings, Contains(HasSubstr("4 of 4 beams move their leaves")));
}

TEST_F(ClinicalCase, gives_its_structures_and_single_slice) {
  const Patient patient = read_patient(scan_dicom_folder(folder_));
  EXPECT_EQ(patient.ct.hu.grid().size, (std::array{512, 512, 1}));
  EXPECT_EQ(patient.structure_set.structures.size(), 10U);
  EXPECT_EQ(patient.structure_set.structures[0].interpreted_type, "EXTERNAL");
}

TEST_F(ClinicalCase, keeps_the_plan_when_written_as_step_and_shoot) {
  const test::TemporaryFolder out;
  const Patient patient = read_patient(scan_dicom_folder(folder_));
  const RtPlan read = read_rtplan(folder_ / "rtplan.dcm");
  write_rtplan(read.plan, patient, out.path() / "RP.dcm");
  const RtPlan again = read_rtplan(out.path() / "RP.dcm");
  EXPECT_TRUE(again.warnings.empty());
  for (std::size_t b = 0; b < 4; ++b) {
    ASSERT_EQ(again.plan.beams[b].segments.size(), read.plan.beams[b].segments.size());
    for (std::size_t s = 0; s < read.plan.beams[b].segments.size(); ++s) {
      EXPECT_NEAR(again.plan.beams[b].segments[s].mu, read.plan.beams[b].segments[s].mu, 1e-9);
    }
  }
}

}  // namespace
}  // namespace xingu
