// SPDX-License-Identifier: Apache-2.0
#include "dicom/read_ct.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "dicom/read_patient.h"
#include "dicom/write_patient.h"
#include "dicom_edit.h"
#include "small_patient.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;
using test::DicomEdit;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A folder with the small CT, to be bent file by file.
class ReadCt : public testing::Test {
 protected:
  void SetUp() override {
    original_ = test::small_patient().ct;
    write_ct_series(original_, folder());
    files_ = test::files_of(folder());
  }

  [[nodiscard]] fs::path folder() const { return root_.path() / "ct"; }

  CtImage read() {
    const DicomFolder scan = scan_dicom_folder(folder());
    problems_ = scan.problems;
    EXPECT_EQ(scan.ct_series.size(), 1U);
    warnings_.clear();
    return read_ct_series(scan.ct_series.at(0), warnings_);
  }

  void expect_original(const CtImage& ct) const {
    EXPECT_EQ(ct.hu.grid().size, original_.hu.grid().size);
    EXPECT_LT((ct.hu.grid().origin - original_.hu.grid().origin).norm(), 1e-5);
    EXPECT_LT((ct.hu.grid().spacing - original_.hu.grid().spacing).norm(), 1e-9);
    EXPECT_TRUE(std::ranges::equal(ct.hu.values(), original_.hu.values()));
  }

  /// The refusal, or nothing where the series was read.
  std::string refusal() {
    try {
      read();
    } catch (const InputError& error) {
      return error.what();
    }
    return {};
  }

  test::TemporaryFolder root_;
  CtImage original_;
  std::vector<fs::path> files_;
  std::vector<std::string> warnings_;
  std::vector<std::string> problems_;
};

TEST_F(ReadCt, gives_back_what_was_written) {
  const CtImage ct = read();
  expect_original(ct);
  EXPECT_THAT(warnings_, IsEmpty());
  EXPECT_EQ(ct.position, PatientPosition::hfs);
  EXPECT_EQ(ct.patient_name, "Small^Patient");
  EXPECT_EQ(ct.patient_id, "small-1");
  EXPECT_EQ(ct.study_date, "20250102");
  EXPECT_EQ(ct.series_description, "small test series");
  ASSERT_EQ(ct.slices.size(), 8U);
  EXPECT_DOUBLE_EQ(ct.slices[3].z_mm, -1.5);
}

TEST_F(ReadCt, is_written_again_with_the_same_bytes) {
  const CtImage ct = read();
  const fs::path again = root_.path() / "again";
  write_ct_series(ct, again);
  const auto copies = test::files_of(again);
  ASSERT_EQ(copies.size(), files_.size());
  for (std::size_t i = 0; i < copies.size(); ++i) {
    std::ifstream a(files_[i], std::ios::binary);
    std::ifstream b(copies[i], std::ios::binary);
    EXPECT_TRUE(std::equal(std::istreambuf_iterator<char>(a), {}, std::istreambuf_iterator<char>(b), {})) << copies[i];
  }
}

TEST_F(ReadCt, keeps_fractions_of_hu_to_one_part_in_130000_of_their_range) {
  CtImage ct = original_;
  for (float& hu : ct.hu.values()) {
    hu = hu * 0.7331F + 0.123F;
  }
  fs::remove_all(folder());
  write_ct_series(ct, folder());
  const CtImage back = read();
  const auto [lowest, highest] = std::ranges::minmax(ct.hu.values());
  for (std::size_t i = 0; i < ct.hu.values().size(); ++i) {
    ASSERT_NEAR(back.hu[i], ct.hu[i], (highest - lowest) / 130000.0);
  }
}

struct Orientation {
  const char* code;
  PatientPosition position;
  bool mirror_x;
  bool mirror_y;
};

class ReadCtOfPosition : public ReadCt, public testing::WithParamInterface<Orientation> {};

TEST_P(ReadCtOfPosition, turns_the_images_into_ascending_axes) {
  for (const fs::path& file : files_) {
    DicomEdit(file).mirror(GetParam().mirror_x, GetParam().mirror_y).set(tag::patient_position, GetParam().code).save();
  }
  const CtImage ct = read();
  expect_original(ct);
  EXPECT_EQ(ct.position, GetParam().position);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_P(ReadCtOfPosition, guesses_a_missing_position_from_the_orientation_and_says_so) {
  for (const fs::path& file : files_) {
    DicomEdit(file).mirror(GetParam().mirror_x, GetParam().mirror_y).remove(tag::patient_position).save();
  }
  EXPECT_EQ(read().position, GetParam().position);
  EXPECT_THAT(warnings_, Contains(AllOf(HasSubstr("PatientPosition is missing"), HasSubstr(GetParam().code))));
}

INSTANTIATE_TEST_SUITE_P(All, ReadCtOfPosition,
                         testing::Values(Orientation{"HFS", PatientPosition::hfs, false, false},
                                         Orientation{"HFP", PatientPosition::hfp, true, true},
                                         Orientation{"FFS", PatientPosition::ffs, true, false},
                                         Orientation{"FFP", PatientPosition::ffp, false, true}),
                         [](const auto& param) { return param.param.code; });

TEST_F(ReadCt, refuses_a_decubitus_position) {
  for (const fs::path& file : files_) {
    DicomEdit(file).set(tag::patient_position, "HFDL").save();
  }
  EXPECT_THAT(refusal(), AllOf(HasSubstr("(0018,5100) PatientPosition is 'HFDL'"), HasSubstr(".dcm")));
}

TEST_F(ReadCt, does_not_care_for_names_order_or_folders) {
  fs::create_directories(folder() / "a" / "b");
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const std::string name = std::to_string((i * 5 + 3) % 8);
    fs::rename(files_[i], i % 2 == 0 ? folder() / name : folder() / "a" / "b" / name);
  }
  std::ofstream(folder() / "README.txt") << "not DICOM";
  std::ofstream(folder() / "a" / "empty.dcm") << "";
  const CtImage ct = read();
  expect_original(ct);
  EXPECT_THAT(problems_, IsEmpty());
}

class ReadCtOfSyntax : public ReadCt, public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(ReadCtOfSyntax, gives_the_same_image) {
  for (const fs::path& file : files_) {
    DicomEdit(file).save(file, GetParam().second);
  }
  expect_original(read());
  EXPECT_THAT(warnings_, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, ReadCtOfSyntax,
                         testing::Values(std::pair{"implicit_little", "1.2.840.10008.1.2"},
                                         std::pair{"explicit_little", "1.2.840.10008.1.2.1"},
                                         std::pair{"explicit_big", "1.2.840.10008.1.2.2"},
                                         std::pair{"jpeg_lossless", "1.2.840.10008.1.2.4.57"},
                                         std::pair{"jpeg_lossless_sv1", "1.2.840.10008.1.2.4.70"},
                                         std::pair{"jpeg_ls", "1.2.840.10008.1.2.4.80"},
                                         std::pair{"jpeg_2000", "1.2.840.10008.1.2.4.90"},
                                         std::pair{"rle", "1.2.840.10008.1.2.5"},
                                         std::pair{"deflated", "1.2.840.10008.1.2.1.99"}),
                         [](const auto& param) { return param.param.first; });

TEST_F(ReadCt, reads_a_frame_of_several_fragments) {
  for (const fs::path& file : files_) {
    DicomEdit(file).save_jpeg2000(file, {}, 100);
  }
  expect_original(read());
}

TEST_F(ReadCt, says_what_was_compressed_with_loss) {
  for (const fs::path& file : files_) {
    DicomEdit(file).save_jpeg2000(file, {.wavelet = test::Wavelet::irreversible});
  }
  EXPECT_EQ(read().hu.grid().size, original_.hu.grid().size);
  EXPECT_THAT(warnings_, ElementsAre(AllOf(HasSubstr("7 other files"), HasSubstr("was compressed with loss"))));
}

TEST_F(ReadCt, reads_jpeg_2000_in_jp2_boxes_with_a_warning) {
  for (const fs::path& file : files_) {
    DicomEdit(file).save_jpeg2000(file, {.container = test::Container::jp2_boxes});
  }
  expect_original(read());
  EXPECT_THAT(warnings_, ElementsAre(AllOf(HasSubstr("7 other files"), HasSubstr("holds JPEG 2000 in JP2 boxes"))));
}

TEST_F(ReadCt, names_the_file_of_a_jpeg_2000_image_that_contradicts_its_tags) {
  for (const fs::path& file : files_) {
    DicomEdit(file).save(file, "1.2.840.10008.1.2.4.90");
    DicomEdit(file).set(tag::pixel_representation, "0").save(file, "1.2.840.10008.1.2.4.90");
  }
  EXPECT_THAT(refusal(), AllOf(HasSubstr(files_.front().string()), HasSubstr("(7fe0,0010) PixelData has a JPEG 2000")));
}

TEST_F(ReadCt, tells_a_deflated_file_that_is_damaged_as_a_problem_of_the_folder) {
  DicomEdit(files_[0]).save(files_[0], "1.2.840.10008.1.2.1.99");
  fs::resize_file(files_[0], fs::file_size(files_[0]) - 100);
  read();
  EXPECT_THAT(problems_, Contains(AllOf(HasSubstr(files_[0].string()), HasSubstr("deflated data without an end"))));
}

TEST_F(ReadCt, uses_the_rescale_of_every_slice) {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    DicomEdit edit(files_[i]);
    auto pixels = edit.pixels();
    const int shift = static_cast<int>(i) * 11 - 1024;
    for (auto& pixel : pixels) {
      pixel = static_cast<std::int16_t>((pixel - shift) * 2);
    }
    edit.set_pixels(pixels).set(tag::rescale_slope, "0.5").set(tag::rescale_intercept, std::to_string(shift)).save();
  }
  expect_original(read());
}

TEST_F(ReadCt, reads_unsigned_pixels_of_12_bits) {
  for (const fs::path& file : files_) {
    DicomEdit edit(file);
    auto pixels = edit.pixels();
    for (auto& pixel : pixels) {
      pixel = static_cast<std::int16_t>(((pixel + 1000) & 0xfff) | 0x7000);  // rubbish above the stored bits
    }
    edit.set_pixels(pixels).set(tag::bits_stored, "12").set(tag::high_bit, "11").set(tag::pixel_representation, "0");
    edit.set(tag::rescale_intercept, "-1000").save();
  }
  const CtImage ct = read();
  for (std::size_t i = 0; i < ct.hu.values().size(); ++i) {
    ASSERT_EQ(ct.hu[i], original_.hu[i]);
  }
}

TEST_F(ReadCt, takes_missing_rescale_as_hu_with_one_warning) {
  for (const fs::path& file : files_) {
    DicomEdit(file).remove(tag::rescale_slope).remove(tag::rescale_intercept).save();
  }
  expect_original(read());
  EXPECT_THAT(warnings_, Contains(AllOf(HasSubstr("RescaleSlope is missing"), HasSubstr("7 other files"))));
  EXPECT_EQ(warnings_.size(), 2U);
}

/// Pixels as many exporters store them: HU + 1024, without a sign.
void store_unsigned(const std::vector<fs::path>& files, const char* intercept) {
  for (const fs::path& file : files) {
    DicomEdit edit(file);
    auto pixels = edit.pixels();
    for (auto& pixel : pixels) {
      pixel = static_cast<std::int16_t>(pixel + 1024);
    }
    edit.set_pixels(pixels).set(tag::pixel_representation, "0").set(tag::rescale_intercept, intercept);
    if (intercept[0] == '\0') {
      edit.remove(tag::rescale_intercept);
    }
    edit.save();
  }
}

TEST_F(ReadCt, refuses_stored_values_without_an_intercept_that_hold_no_air) {
  store_unsigned(files_, "");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("no voxel is below -200 HU"), HasSubstr("RescaleIntercept is missing"),
                               HasSubstr("export it with its Rescale Intercept")));
}

TEST_F(ReadCt, warns_where_an_image_holds_no_air) {
  store_unsigned(files_, "0");
  read();
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("no voxel is below -200 HU")));
  store_unsigned(files_, "-2048");  // 1024 more for what was stored before
  warnings_.clear();
  expect_original(read());
  EXPECT_THAT(warnings_, testing::IsEmpty());
}

TEST_F(ReadCt, goes_on_with_a_warning_without_attributes_that_exporters_omit) {
  for (const fs::path& file : files_) {
    DicomEdit(file).remove(tag::study_id).remove(tag::kvp).remove(tag::position_reference_indicator).save();
  }
  expect_original(read());
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(warnings_[0],
              AllOf(HasSubstr("(0020,0010) StudyID"), HasSubstr("(0018,0060) KVP"), HasSubstr("are missing")));
}

TEST_F(ReadCt, interpolates_a_missing_slice_with_a_warning) {
  fs::remove(files_[3]);
  const CtImage ct = read();
  ASSERT_EQ(ct.hu.grid().size, original_.hu.grid().size);
  EXPECT_THAT(warnings_, Contains(HasSubstr("1 of 8 slices are missing")));
  EXPECT_EQ(ct.slices.size(), 7U);
  const std::size_t plane = 24 * 20;
  for (std::size_t i = 0; i < plane; ++i) {
    ASSERT_FLOAT_EQ(ct.hu[3 * plane + i], 0.5F * (original_.hu[2 * plane + i] + original_.hu[4 * plane + i]));
    ASSERT_EQ(ct.hu[4 * plane + i], original_.hu[4 * plane + i]);
  }
}

TEST_F(ReadCt, refuses_when_too_many_slices_are_missing_in_a_row) {
  for (int i = 2; i < 6; ++i) {
    fs::remove(files_[static_cast<std::size_t>(i)]);
  }
  EXPECT_THAT(refusal(), AllOf(HasSubstr("no slice between"), HasSubstr("ImagePositionPatient")));
}

TEST_F(ReadCt, interpolates_uneven_slices_to_the_finest_distance) {
  // slices 0…3 at 2 mm, 4…7 at 4 mm
  const std::array<double, 8> z{0, 2, 4, 6, 10, 14, 18, 22};
  for (std::size_t i = 0; i < 8; ++i) {
    DicomEdit(files_[i]).set(tag::image_position, "-23\\-23.75\\" + std::to_string(z[i])).save();
  }
  const CtImage ct = read();
  EXPECT_EQ(ct.hu.grid().nz(), 12);
  EXPECT_DOUBLE_EQ(ct.hu.grid().spacing.z(), 2.0);
  const std::size_t plane = 24 * 20;
  for (std::size_t i = 0; i < plane; ++i) {
    ASSERT_EQ(ct.hu[2 * plane + i], original_.hu[2 * plane + i]);
    ASSERT_FLOAT_EQ(ct.hu[4 * plane + i], 0.5F * (original_.hu[3 * plane + i] + original_.hu[4 * plane + i]));
    ASSERT_EQ(ct.hu[11 * plane + i], original_.hu[7 * plane + i]);
  }
}

TEST_F(ReadCt, drops_identical_copies_of_a_slice_with_a_warning) {
  DicomEdit(files_[2]).set(tag::sop_instance_uid, "1.2.3").save(folder() / "copy.dcm");
  expect_original(read());
  EXPECT_THAT(warnings_, Contains(HasSubstr("is a second copy of a slice")));
}

TEST_F(ReadCt, refuses_different_slices_at_one_place) {
  DicomEdit edit(files_[2]);
  auto pixels = edit.pixels();
  pixels[7] += 1;
  edit.set_pixels(pixels).set(tag::sop_instance_uid, "1.2.3").save(folder() / "other.dcm");
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr("other.dcm"), HasSubstr("shows something else"), HasSubstr("ImagePositionPatient")));
}

TEST_F(ReadCt, refuses_gantry_tilt) {
  for (const fs::path& file : files_) {
    DicomEdit(file).set(tag::image_orientation, "1\\0\\0\\0\\0.9961947\\0.0871557").save();
  }
  EXPECT_THAT(refusal(), AllOf(HasSubstr("(0020,0037) ImageOrientationPatient"), HasSubstr("gantry tilt")));
}

TEST_F(ReadCt, refuses_slices_sheared_by_a_tilt) {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    DicomEdit(files_[i])
        .set(tag::image_position, "-23\\" + std::to_string(-23.75 + 0.3 * static_cast<double>(i)) + "\\" +
                                      std::to_string(3.0 * static_cast<double>(i)))
        .save();
  }
  EXPECT_THAT(refusal(), HasSubstr("shifted sideways"));
}

TEST_F(ReadCt, takes_axial_images_of_a_tilted_gantry_as_corrected) {
  for (const fs::path& file : files_) {
    DicomEdit(file).set(tag::gantry_detector_tilt, "7.5").save();
  }
  expect_original(read());
  EXPECT_THAT(warnings_, Contains(HasSubstr("7.5 degrees")));
}

TEST_F(ReadCt, refuses_sagittal_images) {
  for (const fs::path& file : files_) {
    DicomEdit(file).set(tag::image_orientation, "0\\1\\0\\0\\0\\-1").save();
  }
  EXPECT_THAT(refusal(), HasSubstr("sagittal"));
}

TEST_F(ReadCt, passes_over_a_localizer) {
  DicomEdit(files_[0])
      .set(tag::image_type, "ORIGINAL\\PRIMARY\\LOCALIZER")
      .set(tag::image_orientation, "1\\0\\0\\0\\0\\-1")
      .set(tag::sop_instance_uid, "1.2.9")
      .save(folder() / "scout.dcm");
  expect_original(read());
  EXPECT_THAT(warnings_, Contains(AllOf(HasSubstr("scout.dcm"), HasSubstr("is a localizer"))));
}

TEST_F(ReadCt, refuses_slices_of_different_sizes_spacings_frames_or_positions) {
  const std::string frame = read().frame_of_reference_uid;
  DicomEdit(files_[5]).set(tag::pixel_spacing, "2.5\\2.1").save();
  EXPECT_THAT(refusal(), HasSubstr("PixelSpacing differs"));
  DicomEdit(files_[5]).set(tag::pixel_spacing, "2.5\\2").set(tag::rows, "10").set(tag::columns, "48").save();
  EXPECT_THAT(refusal(), HasSubstr("48 x 10"));
  DicomEdit(files_[5]).set(tag::rows, "20").set(tag::columns, "24").set(tag::frame_of_reference_uid, "1.2.77").save();
  EXPECT_THAT(refusal(), HasSubstr("FrameOfReferenceUID differs"));
  DicomEdit(files_[5]).set(tag::frame_of_reference_uid, frame).set(tag::patient_position, "FFS").save();
  EXPECT_THAT(refusal(), AllOf(HasSubstr("PatientPosition is 'FFS' but 'HFS'"), HasSubstr("export one series alone")));
}

TEST_F(ReadCt, names_file_and_tag_of_what_is_missing) {
  const std::array needed{tag::image_position, tag::image_orientation, tag::pixel_spacing,
                          tag::rows,           tag::columns,           tag::bits_allocated};
  for (const Tag& tag : needed) {
    DicomEdit edit(files_[4]);
    const std::string before = edit.get(tag);
    edit.remove(tag).save();
    EXPECT_THAT(refusal(), AllOf(HasSubstr(files_[4].string()), HasSubstr(to_string(tag) + " is missing")));
    DicomEdit(files_[4]).set(tag, before).save();
  }
  DicomEdit(files_[4]).remove(tag::pixel_data).save();
  EXPECT_THAT(refusal(), HasSubstr("(7fe0,0010) PixelData is missing"));
}

TEST_F(ReadCt, refuses_hostile_sizes_before_it_allocates) {
  DicomEdit(files_[0]).set(tag::rows, "65535").set(tag::columns, "65535").save();
  EXPECT_THAT(refusal(), HasSubstr("Rows is 65535 but must lie in"));
  DicomEdit(files_[0]).set(tag::rows, "4096").set(tag::columns, "4096").save();
  EXPECT_NE(refusal(), "");
  for (const fs::path& file : files_) {
    DicomEdit(file).set(tag::rows, "4096").set(tag::columns, "4096").save();
  }
  EXPECT_THAT(refusal(), HasSubstr("but 4096 x 4096 x 1 pixels need"));
}

TEST_F(ReadCt, refuses_values_that_are_not_numbers) {
  DicomEdit(files_[0]).set(tag::image_position, "nan\\0\\0").save();
  EXPECT_THAT(refusal(), HasSubstr("'nan', which is not a number"));
  DicomEdit(files_[0]).set(tag::image_position, "-23\\1e30\\0").save();
  EXPECT_THAT(refusal(), HasSubstr("more than 100 m away"));
  DicomEdit(files_[0]).set(tag::image_position, "-23\\0").save();
  EXPECT_THAT(refusal(), HasSubstr("has 2 values instead of 3"));
}

TEST_F(ReadCt, reads_a_single_slice_by_its_thickness) {
  for (std::size_t i = 1; i < files_.size(); ++i) {
    fs::remove(files_[i]);
  }
  const CtImage ct = read();
  EXPECT_EQ(ct.hu.grid().nz(), 1);
  EXPECT_DOUBLE_EQ(ct.hu.grid().spacing.z(), 3.0);
  EXPECT_THAT(warnings_, Contains(HasSubstr("single slice")));
}

}  // namespace
}  // namespace xingu
