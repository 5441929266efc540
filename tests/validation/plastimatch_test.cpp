// SPDX-License-Identifier: Apache-2.0
// DVH and gamma against plastimatch, an independent program, on a real head-and-neck patient.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "dicom/dicom_folder.h"
#include "dicom/read_dose.h"
#include "dicom/read_structures.h"
#include "geometry/mha.h"
#include "patient/dvh.h"
#include "patient/gamma.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;

bool has_plastimatch() { return std::system("plastimatch --version > /dev/null 2>&1") == 0; }

int run_plastimatch(const std::string& arguments) {
  return std::system(("plastimatch " + arguments + " > /dev/null 2>&1").c_str());
}

/// A cumulative DVH as plastimatch writes it: the part of the volume at or above each dose.
struct BinnedDvh {
  std::vector<double> dose;
  std::vector<double> part;

  [[nodiscard]] double mean() const {
    double sum = 0;
    for (std::size_t i = 1; i < dose.size(); ++i) {
      sum += 0.5 * (part[i] + part[i - 1]) * (dose[i] - dose[i - 1]);
    }
    return sum;
  }
  [[nodiscard]] double dose_at_percent(double percent) const {
    std::size_t i = 1;
    while (i + 1 < part.size() && part[i] >= percent / 100) {
      ++i;
    }
    return dose[i - 1] +
           (dose[i] - dose[i - 1]) * (part[i - 1] - percent / 100) / std::max(1e-12, part[i - 1] - part[i]);
  }
};

std::map<std::string, BinnedDvh> read_plastimatch_dvh(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  std::vector<std::string> names;
  std::istringstream heading(line);
  for (std::string cell; std::getline(heading, cell, ',');) {
    names.push_back(cell);
  }
  std::map<std::string, BinnedDvh> result;
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    std::string cell;
    std::getline(cells, cell, ',');
    const double dose = std::stod(cell);
    for (std::size_t i = 1; i < names.size() && std::getline(cells, cell, ','); ++i) {
      result[names[i]].dose.push_back(dose);
      result[names[i]].part.push_back(std::stod(cell));
    }
  }
  return result;
}

class Plastimatch : public testing::Test {
 protected:
  void SetUp() override {
    if (test::shared_dir().empty()) {
      GTEST_SKIP() << test::shared_is_absent();
    }
    if (!has_plastimatch()) {
      GTEST_SKIP() << "plastimatch is not installed";
    }
    patient_ = test::shared_dir() / "data" / "patients" / "pt_200";
    folder_ = scan_dicom_folder(patient_);
    ASSERT_EQ(folder_.doses.size(), 1U);
    ASSERT_EQ(folder_.structure_sets.size(), 1U);
  }

  [[nodiscard]] Volume<float> dose() const { return read_rtdose(folder_.doses[0].path).dose_Gy; }

  fs::path patient_;
  DicomFolder folder_;
  test::TemporaryFolder scratch_;
};

// plastimatch counts the voxels of a raster, here of 0.49 mm in plane on the dose's slices; on coarser rasters its
// masks lie up to half a voxel beside the contours (found by comparing centroids with a point-in-polygon count).
TEST_F(Plastimatch, has_the_same_dvh_within_half_a_percent_of_the_prescription) {
  constexpr double prescription = 70.0;
  const Volume<float> volume = dose();
  const fs::path& folder = scratch_.path();
  const auto file = [&](const char* name) { return (folder / name).string(); };
  write_mha(file("dose.mha"), volume);
  ASSERT_EQ(run_plastimatch(fmt::format("resample --input {} --output {} --origin '-130 -130 {}' --dim '533 533 {}' "
                                        "--spacing '0.48825 0.48825 {}' --interpolation linear",
                                        file("dose.mha"), file("fine.mha"), volume.grid().origin.z(),
                                        volume.grid().nz(), volume.grid().spacing.z())),
            0);
  ASSERT_EQ(run_plastimatch(fmt::format("convert --input {} --fixed {} --output-ss-img {} --output-ss-list {}",
                                        folder_.structure_sets[0].path.string(), file("fine.mha"), file("ss.mha"),
                                        file("ss.txt"))),
            0);
  ASSERT_EQ(run_plastimatch(fmt::format("dvh --input-ss-img {} --input-ss-list {} --input-dose {} --output-csv {} "
                                        "--bin-width 0.05 --num-bins 1800",
                                        file("ss.mha"), file("ss.txt"), file("fine.mha"), file("dvh.csv"))),
            0);
  const auto reference = read_plastimatch_dvh(file("dvh.csv"));
  std::vector<std::string> warnings;
  const StructureSet set = read_rtstruct(folder_.structure_sets[0].path, "", warnings);
  int num_compared = 0;
  for (const Structure& structure : set.structures) {
    const auto found = reference.find(structure.name);
    if (found == reference.end() || structure.name == "External") {  // the outline is larger than the fine raster
      continue;
    }
    const Dvh dvh = compute_dvh(volume, structure);
    fmt::print("{:<16} {:8.2f} cm³  mean {:6.2f} {:6.2f}  D95 {:6.2f} {:6.2f}  D5 {:6.2f} {:6.2f} Gy\n", structure.name,
               dvh.volume_cc(), dvh.mean_gy(), found->second.mean(), dvh.dose_at_percent(95),
               found->second.dose_at_percent(95), dvh.dose_at_percent(5), found->second.dose_at_percent(5));
    EXPECT_NEAR(dvh.mean_gy(), found->second.mean(), 0.005 * prescription) << structure.name;
    EXPECT_NEAR(dvh.dose_at_percent(95), found->second.dose_at_percent(95), 0.005 * prescription) << structure.name;
    ++num_compared;
  }
  EXPECT_EQ(num_compared, 10);
}

double plastimatch_pass_percent(const fs::path& text) {
  const std::string content = read_file(text);
  const std::string key = "pass_rate(%)";
  const std::size_t at = content.find(key);
  if (at == std::string::npos) {
    ADD_FAILURE() << "no pass rate in: " << content;
    return 0;
  }
  return std::stod(content.substr(at + key.size()));
}

// plastimatch tries voxel centres only: the evaluated dose is given to it at 0.2 mm, in a cube of 32 mm across the edge
// of the high-dose target, and a mask picks the points of an 0.8 mm raster, which are those of our reference.
TEST_F(Plastimatch, has_the_same_gamma_pass_rate_within_half_a_point) {
  const Volume<float> original = dose();
  Grid moved = original.grid();
  moved.origin -= Vec3(1.6, 1.1, -0.8);
  const Volume<float> sampled = resample_linear(original, moved);
  Volume<float> changed(original.grid(), std::vector<float>(sampled.values().begin(), sampled.values().end()));
  for (float& value : changed.values()) {
    value *= 1.02F;
  }
  Grid fine;
  fine.origin = original.grid().centre(72, 64, 86);
  fine.spacing = Vec3::Constant(0.2);
  fine.size = {161, 161, 161};
  Grid points = fine;
  points.spacing = Vec3::Constant(0.8);
  points.size = {41, 41, 41};
  Volume<float> mask(fine, 0.0F);
  for (int i = 0; i < 41 * 41 * 41; ++i) {
    mask.at(4 * (i % 41), 4 * (i / 41 % 41), 4 * (i / 1681)) = 1.0F;
  }
  const Volume<float> reference = resample_linear(original, points);
  const Volume<float> evaluated = resample_linear(changed, fine);
  const auto file = [&](const char* name) { return (scratch_.path() / name).string(); };
  write_mha(file("a.mha"), resample_linear(original, fine));
  write_mha(file("b.mha"), evaluated);
  write_mha(file("mask.mha"), mask);
  for (const auto& [dose_percent, distance] : {std::pair{3.0, 2.0}, std::pair{2.0, 2.0}}) {
    ASSERT_EQ(run_plastimatch(fmt::format(
                  "gamma --ref-only-threshold --reference-dose 70 --dose-tolerance {} "
                  "--dta-tolerance {} --analysis-threshold 0.1 --mask {} --output-text {} {} {}",
                  dose_percent / 100, distance, file("mask.mha"), file("gamma.txt"), file("a.mha"), file("b.mha"))),
              0);
    GammaOptions options;
    options.dose_percent = dose_percent;
    options.distance_mm = distance;
    options.reference_gy = 70;
    const GammaResult result = compute_gamma(reference, evaluated, options);
    const double expected = plastimatch_pass_percent(file("gamma.txt"));
    fmt::print("{} % / {} mm: {:.2f} %, plastimatch {:.2f} %\n", dose_percent, distance, result.pass_percent, expected);
    EXPECT_NEAR(result.pass_percent, expected, 0.5);
    EXPECT_LT(result.pass_percent, 97);  // a comparison that tells something
  }
}

}  // namespace
}  // namespace xingu
