// SPDX-License-Identifier: Apache-2.0
#include "dicom/read_structures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "dicom/uid.h"
#include "dicom/write_patient.h"
#include "dicom_edit.h"
#include "patient/dvh.h"
#include "patient/occupancy.h"
#include "patient/structure_shape.h"
#include "small_patient.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;
using test::DicomEdit;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

class ReadStructures : public testing::Test {
 protected:
  void SetUp() override {
    patient_ = test::small_patient();
    uid_ = write_rtstruct(patient_, file_);
  }
  StructureSet read() {
    warnings_.clear();
    return read_rtstruct(file_, uids_of(patient_).frame_of_reference, warnings_);
  }
  std::string refusal() {
    try {
      read();
    } catch (const InputError& error) {
      return error.what();
    }
    return {};
  }

  test::TemporaryFolder root_;
  fs::path file_ = root_.path() / "RS.dcm";
  Patient patient_;
  std::string uid_;
  std::vector<std::string> warnings_;
};

void expect_equal(const Structure& a, const Structure& b) {
  EXPECT_EQ(a.number, b.number);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.interpreted_type, b.interpreted_type);
  EXPECT_EQ(a.colour, b.colour);
  EXPECT_EQ(a.relative_electron_density, b.relative_electron_density);
  EXPECT_EQ(a.relative_mass_density, b.relative_mass_density);
  ASSERT_EQ(a.contours.size(), b.contours.size());
  for (std::size_t c = 0; c < a.contours.size(); ++c) {
    EXPECT_NEAR(a.contours[c].z_mm, b.contours[c].z_mm, 1e-9);
    ASSERT_EQ(a.contours[c].points.size(), b.contours[c].points.size());
    for (std::size_t i = 0; i < a.contours[c].points.size(); ++i) {
      EXPECT_LT((a.contours[c].points[i] - b.contours[c].points[i]).norm(), 1e-9);
    }
  }
}

TEST_F(ReadStructures, gives_back_what_was_written) {
  const StructureSet set = read();
  EXPECT_EQ(set.label, "SMALL");
  EXPECT_EQ(set.sop_instance_uid, uid_);
  EXPECT_EQ(set.frame_of_reference_uid, uids_of(patient_).frame_of_reference);
  ASSERT_EQ(set.structures.size(), patient_.structure_set.structures.size());
  for (std::size_t i = 0; i < set.structures.size(); ++i) {
    expect_equal(set.structures[i], patient_.structure_set.structures[i]);
  }
}

TEST_F(ReadStructures, keeps_the_volumes_of_holes_and_keyholes) {
  const StructureSet set = read();
  Grid grid;
  grid.size = {120, 120, 40};
  grid.origin = Vec3(-29.75, -29.75, -14.5);
  grid.spacing = Vec3(0.5, 0.5, 1.0);
  for (std::size_t i = 0; i < set.structures.size(); ++i) {
    EXPECT_NEAR(rasterise(set.structures[i], grid).volume_mm3(),
                rasterise(patient_.structure_set.structures[i], grid).volume_mm3(), 1e-3);
  }
  // 16² − 8² mm² on two planes of 3 mm
  EXPECT_NEAR(rasterise(set.structures[2], grid).volume_mm3(), 192.0 * 6.0, 1.0);
}

TEST_F(ReadStructures, tells_of_twins_and_empty_structures) {
  read();
  EXPECT_THAT(warnings_, Contains(HasSubstr("several structures are called 'Twin'")));
  EXPECT_THAT(warnings_, Contains(HasSubstr("structure 'Empty' has no contours")));
}

TEST_F(ReadStructures, makes_one_plane_as_thick_as_planes_are_apart_and_tells_of_planes_far_apart) {
  const auto disc = [](double z) { return Contour{z, {{-5, -5}, {5, -5}, {5, 5}, {-5, 5}}}; };
  std::vector<Structure>& structures = patient_.structure_set.structures;
  structures.resize(3);
  for (Structure& structure : structures) {
    structure.contours.clear();
  }
  for (int k = 0; k < 12; ++k) {
    structures[0].contours.push_back(disc(5.0 * k));
  }
  structures[1].contours = {disc(0.0)};
  structures[2].contours = {disc(5.0), disc(55.0)};
  write_rtstruct(patient_, file_);
  const StructureSet set = read();
  EXPECT_EQ(set.structures[1].single_plane_mm, 5.0);
  EXPECT_NEAR(sample_shape(StructureShape(set.structures[1]), 1e5).volume_mm3(), 100.0 * 5.0, 2.0);
  EXPECT_THAT(warnings_, Contains(AllOf(HasSubstr("'" + structures[2].name + "'"), HasSubstr("50 mm apart"),
                                        HasSubstr("others 5 mm"))));
}

TEST_F(ReadStructures, tells_of_missing_contours_and_bridges_those_of_the_body) {
  const auto disc = [](double z) { return Contour{z, {{-5, -5}, {5, -5}, {5, 5}, {-5, 5}}}; };
  std::vector<Structure>& structures = patient_.structure_set.structures;
  structures.resize(3);
  Grid grid;
  grid.size = {20, 20, 100};
  grid.origin = Vec3(-9.5, -9.5, -29.5);
  for (Structure& structure : structures) {
    structure.contours.clear();
  }
  for (int k = 0; k < 12; ++k) {
    if (k != 5) {
      structures[0].contours.push_back(disc(4.0 * k));  // of type EXTERNAL
      structures[1].contours.push_back(disc(4.0 * k));
    }
    if (k < 5 || k % 2 == 0) {
      structures[2].contours.push_back(disc(4.0 * k));  // every second one above
    }
  }
  write_rtstruct(patient_, file_);
  const StructureSet set = read();
  EXPECT_NEAR(rasterise(set.structures[0], grid).volume_mm3(), 100.0 * 48.0, 1e-3);
  EXPECT_NEAR(rasterise(set.structures[1], grid).volume_mm3(), 100.0 * 44.0, 1e-3);
  EXPECT_NEAR(rasterise(set.structures[2], grid).volume_mm3(), 100.0 * (16.0 + 2.0 + 24.0 + 4.0), 1e-3);
  const auto told = [&](const Structure& structure, const char* what) {
    return std::ranges::count_if(warnings_, [&](const std::string& text) {
      return text.find("'" + structure.name + "' has no contour between z = 16.0 and 24.0 mm") != std::string::npos &&
             text.find(what) != std::string::npos;
    });
  };
  EXPECT_EQ(told(structures[0], "taken to belong to it"), 1);
  EXPECT_EQ(told(structures[1], "nothing of it is taken to lie there"), 1);
  EXPECT_EQ(told(structures[2], "and at 2 more places"), 1);
}

TEST_F(ReadStructures, reads_contours_beyond_64_kb) {
  Contour large{0.0, {}};
  for (int i = 0; i < 20000; ++i) {
    large.points.emplace_back(20 * std::cos(i * 3.14159e-4), 20 * std::sin(i * 3.14159e-4));
  }
  patient_.structure_set.structures[0].contours.push_back(large);
  write_rtstruct(patient_, file_);
  expect_equal(read().structures[0], patient_.structure_set.structures[0]);
  DicomEdit(file_).save(file_, "1.2.840.10008.1.2.1");  // explicit: the value goes as UN
  expect_equal(read().structures[0], patient_.structure_set.structures[0]);
}

TEST_F(ReadStructures, reads_every_uncompressed_encoding) {
  for (const char* syntax : {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"}) {
    DicomEdit(file_).save(file_, syntax);
    expect_equal(read().structures[3], patient_.structure_set.structures[3]);
  }
}

TEST_F(ReadStructures, passes_over_points_lines_and_oblique_contours_with_a_warning) {
  DicomEdit edit(file_);
  edit.set({{tag::roi_contours, 0}, {tag::contours, 0}}, tag::contour_geometric_type, "POINT");
  edit.set({{tag::roi_contours, 0}, {tag::contours, 1}}, tag::contour_data, "0\\0\\0\\5\\0\\1\\5\\5\\2");
  edit.set({{tag::roi_contours, 0}, {tag::contours, 2}}, tag::contour_data, "0\\0\\0\\5\\0\\0");
  edit.save();
  EXPECT_EQ(read().structures[0].contours.size(), 5U);
  EXPECT_THAT(warnings_, Contains(AllOf(HasSubstr("'BODY'"), HasSubstr("1 not closed planar"),
                                        HasSubstr("1 not in an axial plane"), HasSubstr("1 of fewer than 3 points"))));
}

TEST_F(ReadStructures, passes_over_structures_of_another_frame) {
  DicomEdit(file_).set({{tag::structure_set_rois, 1}}, tag::referenced_frame_uid, "1.2.3").save();
  EXPECT_EQ(read().structures.size(), patient_.structure_set.structures.size() - 1);
  EXPECT_THAT(warnings_, Contains(AllOf(HasSubstr("'Ring'"), HasSubstr("FrameOfReferenceUID"))));
}

TEST_F(ReadStructures, tells_several_structures_of_another_frame_in_one_sentence) {
  DicomEdit(file_)
      .set({{tag::structure_set_rois, 0}}, tag::referenced_frame_uid, "1.2.3")
      .set({{tag::structure_set_rois, 1}}, tag::referenced_frame_uid, "1.2.3")
      .save();
  EXPECT_EQ(read().structures.size(), patient_.structure_set.structures.size() - 2);
  EXPECT_EQ(
      std::ranges::count_if(warnings_, [](const std::string& w) { return w.find("in another") != std::string::npos; }),
      1);
  EXPECT_THAT(warnings_, Contains(HasSubstr("structures 'BODY', 'Ring' lie in another")));
}

TEST_F(ReadStructures, goes_on_without_attributes_that_exporters_omit) {
  DicomEdit edit(file_);
  edit.remove(tag::frame_of_reference_uid)
      .remove(tag::operators_name)
      .remove({{tag::roi_observations, 0}}, tag::roi_interpreted_type);
  edit.remove({{tag::roi_contours, 0}}, tag::roi_display_colour)
      .remove({{tag::roi_contours, 0}, {tag::contours, 0}}, tag::contour_geometric_type);
  edit.save();
  const StructureSet set = read();
  EXPECT_EQ(set.structures[0].interpreted_type, "");
  EXPECT_EQ(set.structures[0].contours.size(), 8U);
  EXPECT_EQ(set.frame_of_reference_uid, uids_of(patient_).frame_of_reference);
  EXPECT_THAT(warnings_,
              Contains(AllOf(HasSubstr("OperatorsName"), HasSubstr("FrameOfReferenceUID"), HasSubstr("are missing"))));
}

TEST_F(ReadStructures, gives_a_nameless_structure_its_number) {
  DicomEdit(file_).remove({{tag::structure_set_rois, 3}}, tag::roi_name).save();
  EXPECT_EQ(read().structures[3].name, "ROI 4");
  EXPECT_THAT(warnings_, Contains(HasSubstr("ROIName of ROI 4 is missing")));
}

TEST_F(ReadStructures, reads_names_in_other_alphabets) {
  DicomEdit(file_)
      .set(tag::specific_character_set, "GB18030")
      .set({{tag::structure_set_rois, 0}}, tag::roi_name, "\xd0\xc4\xd4\xe0")
      .save();
  EXPECT_EQ(read().structures[0].name, "心脏");
  DicomEdit(file_)
      .set(tag::specific_character_set, "ISO_IR 100")
      .set({{tag::structure_set_rois, 0}}, tag::roi_name, "C\x9cur \xe9")
      .save();
  EXPECT_THAT(read().structures[0].name, HasSubstr("é"));
  patient_.structure_set.structures[0].name = "Герц 心";
  write_rtstruct(patient_, file_);
  EXPECT_EQ(read().structures[0].name, "Герц 心");
}

TEST_F(ReadStructures, refuses_what_is_ambiguous_or_broken) {
  DicomEdit(file_).set({{tag::structure_set_rois, 1}}, tag::roi_number, "1").save();
  EXPECT_THAT(refusal(), HasSubstr("(3006,0022) ROINumber 1 occurs twice"));
  write_rtstruct(patient_, file_);
  DicomEdit(file_).set({{tag::roi_contours, 0}, {tag::contours, 0}}, tag::contour_data, "1\\2\\3\\4").save();
  EXPECT_THAT(refusal(), AllOf(HasSubstr("(3006,0050) ContourData"), HasSubstr("'BODY' has 4 numbers")));
  write_rtstruct(patient_, file_);
  DicomEdit(file_).set({{tag::roi_contours, 0}, {tag::contours, 0}}, tag::contour_data, "1\\2\\x").save();
  EXPECT_THAT(refusal(), HasSubstr("'x', which is not a number"));
}

}  // namespace
}  // namespace xingu
