// SPDX-License-Identifier: Apache-2.0
#include "dicom/read_patient.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
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
using testing::IsEmpty;

std::string refusal(const fs::path& folder, const ReadOptions& options = {}) {
  try {
    static_cast<void>(read_patient(scan_dicom_folder(folder), options));
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

class ReadPatient : public testing::Test {
 protected:
  void SetUp() override { test::write_small_patient(folder()); }
  [[nodiscard]] const fs::path& folder() const { return root_.path(); }

  /// The same slices under other UIDs.
  void add_second_series() {
    fs::create_directory(folder() / "second");
    for (const fs::path& file : test::files_of(folder())) {
      if (file.filename().string().starts_with("CT.")) {
        DicomEdit edit(file);
        edit.set(tag::series_uid, "1.2.3.4.5")
            .set(tag::sop_instance_uid, "1.2.3.4.5." + file.stem().extension().string().substr(1));
        edit.set(tag::series_description, "other").save(folder() / "second" / file.filename());
      }
    }
  }

  test::TemporaryFolder root_;
};

TEST_F(ReadPatient, finds_every_object_of_a_folder) {
  const DicomFolder scan = scan_dicom_folder(folder());
  ASSERT_EQ(scan.ct_series.size(), 1U);
  EXPECT_EQ(scan.ct_series[0].files.size(), 8U);
  EXPECT_EQ(scan.ct_series[0].description, "small test series");
  ASSERT_EQ(scan.structure_sets.size(), 1U);
  EXPECT_EQ(scan.structure_sets[0].label, "SMALL");
  ASSERT_EQ(scan.plans.size(), 1U);
  ASSERT_EQ(scan.doses.size(), 1U);
  EXPECT_EQ(scan.doses[0].referenced_plan_uid, scan.plans[0].sop_instance_uid);
  EXPECT_EQ(scan.plans[0].referenced_structure_set_uid, scan.structure_sets[0].sop_instance_uid);
  EXPECT_EQ(scan.structure_sets[0].frame_of_reference_uid, scan.ct_series[0].frame_of_reference_uid);
  EXPECT_TRUE(scan.problems.empty());
}

TEST_F(ReadPatient, joins_ct_and_structures) {
  const Patient patient = read_patient(scan_dicom_folder(folder()));
  EXPECT_EQ(patient.ct.hu.grid().nz(), 8);
  EXPECT_EQ(patient.structure_set.structures.size(), 8U);
}

TEST_F(ReadPatient, lists_several_series_and_asks_which) {
  add_second_series();
  EXPECT_THAT(refusal(folder()),
              AllOf(HasSubstr("2 CT series"), HasSubstr("1.2.3.4.5 (other, 8 images)"), HasSubstr("--series")));
  const DicomFolder scan = scan_dicom_folder(folder());
  EXPECT_EQ(read_patient(scan, {.series_uid = "1.2.3.4.5", .structure_set = {}}).ct.series_description, "other");
  EXPECT_EQ(read_patient(scan, {.series_uid = "3.4.5", .structure_set = {}}).ct.series_description, "other");
  EXPECT_THAT(refusal(folder(), {.series_uid = "99.99.99", .structure_set = {}}), HasSubstr("no CT series end with"));
}

TEST_F(ReadPatient, tells_the_patients_where_a_folder_holds_several) {
  add_second_series();
  EXPECT_THAT(refusal(folder()), testing::Not(HasSubstr("patient ")));
  for (const fs::path& file : test::files_of(folder() / "second")) {
    DicomEdit(file).set(tag::patient_id, "another-2").save();
  }
  EXPECT_THAT(refusal(folder()), AllOf(HasSubstr("2 CT series of 2 patients ("), HasSubstr("(patient small-1, "),
                                       HasSubstr("1.2.3.4.5 (patient another-2, other, 8 images)")));
}

TEST_F(ReadPatient, takes_structures_of_the_same_frame_for_another_series_with_a_warning) {
  add_second_series();
  const Patient patient = read_patient(scan_dicom_folder(folder()), {.series_uid = "1.2.3.4.5", .structure_set = {}});
  EXPECT_EQ(patient.structure_set.structures.size(), 8U);
  EXPECT_THAT(patient.warnings, Contains(HasSubstr("taken because its frame of reference matches")));
}

TEST_F(ReadPatient, asks_which_of_several_structure_sets) {
  DicomEdit(folder() / "RS.dcm")
      .set(tag::sop_instance_uid, "1.2.8")
      .set(tag::structure_set_label, "REPLAN")
      .save(folder() / "RS2.dcm");
  EXPECT_THAT(refusal(folder()), AllOf(HasSubstr("2 RTSTRUCTs"), HasSubstr("REPLAN"), HasSubstr("--structures LABEL")));
  const Patient patient = read_patient(scan_dicom_folder(folder()), {.series_uid = {}, .structure_set = "REPLAN"});
  EXPECT_EQ(patient.structure_set.label, "REPLAN");
}

TEST_F(ReadPatient, leaves_foreign_structure_sets_alone) {
  DicomEdit edit(folder() / "RS.dcm");
  edit.set({{tag::referenced_frames, 0}}, tag::frame_of_reference_uid, "1.9").set(tag::frame_of_reference_uid, "1.9");
  edit.set({{tag::referenced_frames, 0}, {tag::referenced_studies, 0}, {tag::referenced_series, 0}}, tag::series_uid,
           "1.9.1")
      .save();
  const Patient patient = read_patient(scan_dicom_folder(folder()));
  EXPECT_TRUE(patient.structure_set.structures.empty());
  EXPECT_THAT(patient.warnings, Contains(HasSubstr("no RTSTRUCT belongs to")));
  EXPECT_THAT(patient.warnings, Contains(HasSubstr("RS.dcm: was drawn on another scan (series 1.9.1)")));
}

TEST_F(ReadPatient, calls_no_structure_set_foreign_that_fits) {
  EXPECT_THAT(foreign_structure_sets(scan_dicom_folder(folder())), IsEmpty());
  DicomEdit edit(folder() / "RS.dcm");
  edit.set({{tag::referenced_frames, 0}, {tag::referenced_studies, 0}, {tag::referenced_series, 0}}, tag::series_uid,
           "1.9.1")
      .save();
  EXPECT_THAT(foreign_structure_sets(scan_dicom_folder(folder())), IsEmpty()) << "the same frame of reference";
}

TEST_F(ReadPatient, lists_the_structure_sets_where_the_wanted_one_is_not_there) {
  EXPECT_THAT(refusal(folder(), {std::nullopt, "mine"}), AllOf(HasSubstr("'mine'"), HasSubstr("(there are RS.dcm (")));
}

TEST_F(ReadPatient, does_not_mind_other_modalities_copies_and_damaged_files_beside) {
  DicomEdit(folder() / "CT.0001.dcm")
      .set(tag::sop_class_uid, "1.2.840.10008.5.1.4.1.1.4")
      .set(tag::modality, "MR")
      .set(tag::series_uid, "1.2.55")
      .save(folder() / "mr");
  fs::copy_file(folder() / "RS.dcm", folder() / "copy of RS");
  fs::copy_file(folder() / "RP.dcm", folder() / "cut");
  fs::resize_file(folder() / "cut", fs::file_size(folder() / "cut") / 2);
  const DicomFolder scan = scan_dicom_folder(folder());
  ASSERT_EQ(scan.other_series.size(), 1U);
  EXPECT_EQ(scan.other_series[0].modality, "MR");
  EXPECT_EQ(scan.problems.size(), 2U);
  EXPECT_THAT(scan.problems, Contains(AllOf(HasSubstr("cut"), HasSubstr("cut off or damaged"))));
  EXPECT_THAT(scan.problems, Contains(HasSubstr("is a second copy")));
  const Patient patient = read_patient(scan);
  EXPECT_EQ(patient.structure_set.structures.size(), 8U);
  EXPECT_THAT(patient.warnings, Contains(HasSubstr("cut off or damaged")));
}

TEST_F(ReadPatient, finds_the_kind_of_a_file_without_sop_class_by_its_modality) {
  for (const fs::path& file : test::files_of(folder())) {
    DicomEdit(file).remove(tag::sop_class_uid).save();
  }
  const DicomFolder scan = scan_dicom_folder(folder());
  EXPECT_EQ(scan.ct_series.size(), 1U);
  EXPECT_EQ(scan.structure_sets.size(), 1U);
  EXPECT_EQ(scan.doses.size(), 1U);
  EXPECT_EQ(scan.plans.size(), 1U);
}

TEST(ReadPatientFolder, that_is_absent_empty_or_without_ct_is_refused) {
  const test::TemporaryFolder root;
  EXPECT_THAT(refusal(root.path() / "absent"), HasSubstr("no such file or folder"));
  EXPECT_THAT(refusal(root.path()), HasSubstr("the folder is empty"));
  std::ofstream(root.path() / "notes.txt") << "hello";
  EXPECT_THAT(refusal(root.path()), AllOf(HasSubstr("no CT images"), HasSubstr("1 file that is not DICOM")));
}

}  // namespace
}  // namespace xingu
