// SPDX-License-Identifier: Apache-2.0
#include "dicom/read_dose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "dicom/dicom_folder.h"
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

class ReadDose : public testing::Test {
 protected:
  void SetUp() override { write(DoseBits::bits_16); }
  void write(DoseBits bits) {
    uid_ = write_rtdose(dose_, test::small_patient(), "1.2.3.4", "final, test", file_, {}, bits);
  }

  void expect_original(const RtDose& read, double tolerance_Gy) const {
    ASSERT_EQ(read.dose_Gy.grid().size, dose_.grid().size);
    EXPECT_LT((read.dose_Gy.grid().origin - dose_.grid().origin).norm(), 1e-5);
    EXPECT_LT((read.dose_Gy.grid().spacing - dose_.grid().spacing).norm(), 1e-9);
    for (std::size_t i = 0; i < dose_.values().size(); ++i) {
      ASSERT_NEAR(read.dose_Gy[i], dose_[i], tolerance_Gy);
    }
  }
  std::string refusal() {
    try {
      static_cast<void>(read_rtdose(file_));
    } catch (const InputError& error) {
      return error.what();
    }
    return {};
  }

  test::TemporaryFolder root_;
  fs::path file_ = root_.path() / "RD.dcm";
  Volume<float> dose_ = test::small_dose();
  std::string uid_;
};

TEST_F(ReadDose, gives_back_what_was_written_to_half_a_step_of_16_bits) {
  const RtDose read = read_rtdose(file_);
  expect_original(read, 30.0 / 65535 / 2 * 1.01);
  EXPECT_EQ(read.units, "GY");
  EXPECT_EQ(read.type, "PHYSICAL");
  EXPECT_EQ(read.summation, "PLAN");
  EXPECT_EQ(read.comment, "final, test");
  EXPECT_EQ(read.referenced_plan_uid, "1.2.3.4");
  EXPECT_EQ(read.sop_instance_uid, uid_);
  EXPECT_FALSE(read.frame_of_reference_uid.empty());
  EXPECT_TRUE(read.warnings.empty());
}

TEST_F(ReadDose, gives_back_32_bits_to_the_accuracy_of_float) {
  write(DoseBits::bits_32);
  expect_original(read_rtdose(file_), 4e-6);
}

TEST_F(ReadDose, reads_absolute_offsets) {
  std::string offsets;
  for (int k = 0; k < 10; ++k) {
    offsets += fmt::format("{}{}", k > 0 ? "\\" : "", -13.25 + 3.0 * k);
  }
  DicomEdit(file_).set(tag::grid_frame_offset_vector, offsets).save();
  expect_original(read_rtdose(file_), 3e-4);
}

TEST_F(ReadDose, reads_mirrored_axes_and_descending_planes) {
  // feet first supine: columns to −x, rows to +y, so positive offsets go to −z
  const Grid& grid = dose_.grid();
  Volume<float> stored(grid);
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        stored.at(grid.nx() - 1 - x, y, grid.nz() - 1 - z) = dose_.at(x, y, z);
      }
    }
  }
  write_rtdose(stored, test::small_patient(), "1.2.3.4", "", file_);
  const Vec3 first = grid.centre(grid.nx() - 1, 0, grid.nz() - 1);
  DicomEdit edit(file_);
  edit.set(tag::image_orientation, "-1\\0\\0\\0\\1\\0");
  edit.set(tag::image_position, fmt::format("{}\\{}\\{}", first.x(), first.y(), first.z()));
  edit.save();
  expect_original(read_rtdose(file_), 3e-4);
}

TEST_F(ReadDose, interpolates_planes_at_uneven_distances_with_a_warning) {
  DicomEdit(file_).set(tag::grid_frame_offset_vector, "0\\3\\6\\9\\12\\15\\18\\21\\24\\30").save();
  const RtDose read = read_rtdose(file_);
  EXPECT_EQ(read.dose_Gy.grid().nz(), 11);
  EXPECT_THAT(read.warnings, Contains(AllOf(HasSubstr("interpolated"))));
  for (int i = 0; i < 12 * 14; ++i) {
    const auto at = [&](const Volume<float>& v, int z) { return v[static_cast<std::size_t>(z * 12 * 14 + i)]; };
    ASSERT_NEAR(at(read.dose_Gy, 9), 0.5 * (at(dose_, 8) + at(dose_, 9)), 5e-4);
    ASSERT_NEAR(at(read.dose_Gy, 10), at(dose_, 9), 5e-4);
  }
}

TEST_F(ReadDose, names_the_tag_of_what_it_refuses) {
  const std::vector<std::tuple<Tag, std::string, std::string>> cases{
      {tag::grid_frame_offset_vector, "0\\3\\6", "has 3 values for 10 planes"},
      {tag::grid_frame_offset_vector, "5\\8\\11\\14\\17\\20\\23\\26\\29\\32", "neither 0 nor"},
      {tag::grid_frame_offset_vector, "0\\3\\6\\9\\12\\60\\63\\66\\69\\72", "too wide to interpolate"},
      {tag::dose_grid_scaling, "0", "must be positive"},
      {tag::dose_grid_scaling, "-1e-4", "must be positive"},
      {tag::dose_units, "CGY", "only GY and RELATIVE"},
      {tag::image_orientation, "1\\0\\0\\0\\0.7\\0.7", "oblique"},
      {tag::number_of_frames, "11", "but 14 x 12 x 11 pixels need"},
      {tag::bits_allocated, "24", "only 8, 16 and 32"},
      {tag::rows, "0", "must lie in"},
  };
  for (const auto& [tag, value, complaint] : cases) {
    write(DoseBits::bits_16);
    DicomEdit edit(file_);
    edit.set(tag, value);
    if (tag == tag::number_of_frames) {
      edit.set(tag::grid_frame_offset_vector, "0\\3\\6\\9\\12\\15\\18\\21\\24\\27\\30");
    }
    edit.save();
    EXPECT_THAT(refusal(), AllOf(HasSubstr(complaint), HasSubstr(file_.string()))) << tag.keyword;
  }
}

TEST_F(ReadDose, refuses_a_dose_without_scaling_or_place) {
  for (const Tag& tag : {tag::dose_grid_scaling, tag::image_position, tag::grid_frame_offset_vector, tag::pixel_spacing,
                         tag::pixel_data}) {
    write(DoseBits::bits_16);
    DicomEdit(file_).remove(tag).save();
    EXPECT_THAT(refusal(), HasSubstr(to_string(tag))) << tag.keyword;
  }
}

TEST_F(ReadDose, assumes_gy_and_axial_planes_with_warnings) {
  DicomEdit(file_).remove(tag::dose_units).remove(tag::image_orientation).remove(tag::dose_type).save();
  const RtDose read = read_rtdose(file_);
  expect_original(read, 3e-4);
  EXPECT_EQ(read.warnings.size(), 3U);
}

TEST(WriteDose, says_of_a_standard_deviation_that_it_is_no_dose) {
  const test::TemporaryFolder root;
  const Volume<float> dose = test::small_dose();
  const std::string uid = write_rtdose(dose, test::small_patient(), "1.2", "final", root.path() / "RD.dcm");
  Volume<float> sigma = dose;
  for (float& value : sigma.values()) {
    value *= 0.02F;
  }
  const std::string sigma_uid =
      write_rtdose(sigma, test::small_patient(), "1.2", "standard deviation", root.path() / "RD sigma.dcm", {},
                   DoseBits::bits_16, DoseContent::standard_deviation);
  EXPECT_NE(sigma_uid, uid);
  const RtDose read = read_rtdose(root.path() / "RD sigma.dcm");
  EXPECT_EQ(read.type, "ERROR");
  EXPECT_EQ(read.comment, "standard deviation");
  EXPECT_EQ(read.referenced_plan_uid, "1.2");
  const float half_step = 0.5F * *std::ranges::max_element(sigma.values()) / 65535.0F;
  for (std::size_t i = 0; i < sigma.values().size(); ++i) {
    ASSERT_NEAR(read.dose_Gy[i], sigma[i], 1.01F * half_step);
  }
  const DicomFolder folder = scan_dicom_folder(root.path());
  ASSERT_EQ(folder.doses.size(), 2U);
  EXPECT_EQ(std::ranges::count_if(folder.doses, &RtFile::is_dose_error), 1);
  EXPECT_EQ(read_rtdose(root.path() / "RD.dcm").type, "PHYSICAL");
}

TEST(WriteDose, refuses_zero_and_infinite_doses) {
  const test::TemporaryFolder root;
  Volume<float> dose = test::small_dose();
  dose[3] = std::numeric_limits<float>::infinity();
  EXPECT_THROW(static_cast<void>(write_rtdose(dose, test::small_patient(), "1.2", "", root.path() / "a")), InputError);
  std::ranges::fill(dose.values(), 0.0F);
  EXPECT_THROW(static_cast<void>(write_rtdose(dose, test::small_patient(), "1.2", "", root.path() / "a")), InputError);
  EXPECT_FALSE(fs::exists(root.path() / "a"));
}

}  // namespace
}  // namespace xingu
