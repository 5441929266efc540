// SPDX-License-Identifier: Apache-2.0
// What Xingu writes, as others see it: the validator dciodvfy (dicom3tools), pydicom and plastimatch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include "base/error.h"
#include "dicom/read_patient.h"
#include "dicom/write_plan.h"
#include "dicom/write_treatment_record.h"
#include "dicom_edit.h"
#include "small_patient.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

struct Outcome {
  int status;
  std::string output;  ///< standard output and error
};

Outcome run(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  Outcome outcome{-1, {}};
  if (pipe == nullptr) {
    return outcome;
  }
  std::array<char, 4096> buffer{};
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
    outcome.output.append(buffer.data(), got);
  }
  outcome.status = pclose(pipe);
  return outcome;
}

bool is_installed(const std::string& check) { return run(check).status == 0; }

class Validity : public testing::Test {
 protected:
  void SetUp() override { plan_uid_ = test::write_small_patient(folder()); }
  [[nodiscard]] const fs::path& folder() const { return root_.path(); }

  void expect_valid(const fs::path& file) {
    const Outcome outcome = run("dciodvfy -new '" + file.string() + "'");
    EXPECT_EQ(outcome.status, 0) << file << outcome.output;
    EXPECT_THAT(outcome.output, Not(HasSubstr("Error"))) << file;
  }

  /// Runs a script whose variable `folder` is the folder; returns what it prints.
  std::string python(const std::string& script) {
    std::ofstream(folder() / "check.py") << "import pydicom, sys\nfolder = sys.argv[1]\n" << script;
    const Outcome outcome =
        run("/usr/bin/python3 '" + (folder() / "check.py").string() + "' '" + folder().string() + "'");
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    return outcome.output;
  }

  test::TemporaryFolder root_;
  std::string plan_uid_;
};

class ValidityByDciodvfy : public Validity {
 protected:
  void SetUp() override {
    if (!is_installed("command -v dciodvfy")) {
      GTEST_SKIP() << "dciodvfy is not installed (package dicom3tools)";
    }
    Validity::SetUp();
  }
};

TEST_F(ValidityByDciodvfy, finds_no_error_in_any_object) {
  for (const fs::path& file : test::files_of(folder())) {
    expect_valid(file);
  }
}

TEST_F(ValidityByDciodvfy, finds_no_error_without_structures_or_identity) {
  Patient patient = test::small_patient();
  patient.structure_set.structures.clear();
  patient.ct.patient_name = patient.ct.patient_id = patient.ct.patient_sex = patient.ct.study_date = "";
  patient.ct.study_time = patient.ct.study_id = patient.ct.series_description = "";
  const fs::path bare = folder() / "bare";
  write_ct_series(patient.ct, bare);
  EXPECT_THROW(static_cast<void>(write_rtstruct(patient, bare / "RS.dcm")), InputError);
  TreatmentPlan plan = test::small_plan();
  plan.label = plan.target_name = "";
  const std::string uid =
      write_rtplan(plan, patient, bare / "RP.dcm", {.seed = "x", .date = "20300405", .time = "060708"});
  write_rtdose(test::small_dose(), patient, uid, "", bare / "RD.dcm");
  write_rtdose(test::small_dose(), patient, uid, "standard deviation", bare / "RD error.dcm", {}, DoseBits::bits_16,
               DoseContent::standard_deviation);
  for (const fs::path& file : test::files_of(bare)) {
    expect_valid(file);
  }
}

TEST_F(ValidityByDciodvfy, finds_no_error_in_a_treatment_record) {
  const fs::path file = folder() / "RT.dcm";
  write_treatment_record(test::small_treatment_record(), test::small_patient(), plan_uid_, file,
                         {.seed = "x", .date = "20300405", .time = "235958"});
  expect_valid(file);
}

class ValidityByPydicom : public Validity {
 protected:
  void SetUp() override {
    if (!is_installed("/usr/bin/python3 -c 'import pydicom, numpy'")) {
      GTEST_SKIP() << "pydicom is not installed (package python3-pydicom)";
    }
    Validity::SetUp();
  }
};

TEST_F(ValidityByPydicom, reads_the_same_image) {
  const std::string text = python(R"(
d = pydicom.dcmread(folder + "/CT.0003.dcm")
hu = d.pixel_array * float(d.RescaleSlope) + float(d.RescaleIntercept)
print(hu.shape, hu[5, 7], hu[19, 23], [float(v) for v in d.ImagePositionPatient], [float(v) for v in d.PixelSpacing], d.PatientPosition)
)");
  const Volume<float>& hu = test::small_patient().ct.hu;
  EXPECT_EQ(text, fmt::format("(20, 24) {:.1f} {:.1f} [-23.0, -23.75, -4.5] [2.5, 2.0] HFS\n", hu.at(7, 5, 2),
                              hu.at(23, 19, 2)));
}

TEST_F(ValidityByPydicom, reads_the_same_structures) {
  const std::string text = python(R"(
d = pydicom.dcmread(folder + "/RS.dcm")
for roi, contour in zip(d.StructureSetROISequence, d.ROIContourSequence):
    items = contour.get("ContourSequence", [])
    print(roi.ROINumber, roi.ROIName, len(items), sum(int(c.NumberOfContourPoints) for c in items))
)");
  std::string expected;
  for (const Structure& s : test::small_patient().structure_set.structures) {
    std::size_t points = 0;
    for (const Contour& c : s.contours) {
      points += c.points.size();
    }
    expected += fmt::format("{} {} {} {}\n", s.number, s.name, s.contours.size(), points);
  }
  EXPECT_EQ(text, expected);
}

TEST_F(ValidityByPydicom, reads_the_same_plan_and_dose) {
  const std::string text = python(R"(
p = pydicom.dcmread(folder + "/RP.dcm")
b = p.BeamSequence[1]
c = b.ControlPointSequence
print(len(p.BeamSequence), b.NumberOfControlPoints, len(c), float(c[0].GantryAngle), float(c[0].PatientSupportAngle))
print([round(float(x.CumulativeMetersetWeight), 6) for x in c])
print(float(p.FractionGroupSequence[0].ReferencedBeamSequence[1].BeamMeterset))
print(float(p.DoseReferenceSequence[0].TargetPrescriptionDose), p.SOPInstanceUID)
d = pydicom.dcmread(folder + "/RD.dcm")
dose = d.pixel_array * float(d.DoseGridScaling)
print(dose.shape, round(float(dose.max()), 3), d.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == p.SOPInstanceUID)
)");
  const TreatmentPlan plan = test::small_plan();
  const PlannedBeam& beam = plan.beams[1];
  std::string weights = "[0.0";
  double given = 0.0;
  for (std::size_t s = 0; s < beam.segments.size(); ++s) {
    given += beam.segments[s].mu;
    const bool is_last = s + 1 == beam.segments.size();
    // Python prints 1.0 and drops trailing zeros, as does {} of a rounded number
    const double weight = std::round(given / beam.mu() * 1e6) / 1e6;
    weights += is_last ? ", 1.0]" : fmt::format(", {}, {}", weight, weight);
  }
  EXPECT_THAT(text, HasSubstr("3 8 8 51.4285714285714 350.0\n"));
  EXPECT_THAT(text, HasSubstr(weights));
  EXPECT_THAT(text, HasSubstr("25.5 " + plan_uid_));
  const auto dose = test::small_dose();
  EXPECT_THAT(text, HasSubstr(fmt::format("(10, 12, 14) {:.3f} True", *std::ranges::max_element(dose.values()))));
}

TEST_F(ValidityByPydicom, reads_the_same_treatment_record) {
  write_treatment_record(test::small_treatment_record(), test::small_patient(), plan_uid_, folder() / "RT.dcm",
                         {.seed = "x", .date = "20300405", .time = "235958"});
  const std::string text = python(R"(
d = pydicom.dcmread(folder + "/RT.dcm")
b = d.TreatmentSessionBeamSequence
print(d.Modality, len(b), b[0].TreatmentTerminationStatus, b[2].TreatmentTerminationStatus)
print(d.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID)
print(len(b[1].ControlPointDeliverySequence), b[1].NumberOfControlPoints, b[0].ControlPointDeliverySequence[0].TreatmentControlPointTime)
print(round(float(b[1].DeliveredPrimaryMeterset) - float(b[1].SpecifiedPrimaryMeterset), 6))
)");
  EXPECT_THAT(text, HasSubstr("RTRECORD 3 NORMAL MACHINE\n" + plan_uid_ + "\n8 8 000008.000\n0.01\n"));
}

TEST_F(Validity, by_plastimatch_gives_the_same_image_structures_and_dose) {
  if (!is_installed("command -v plastimatch")) {
    GTEST_SKIP() << "plastimatch is not installed";
  }
  const fs::path out = folder() / "out";
  fs::create_directory(out);
  const auto path = [&](const char* name) { return "'" + (out / name).string() + "'"; };
  const Outcome outcome = run("plastimatch convert --input '" + folder().string() + "' --output-img " + path("ct.mha") +
                              " --output-dose-img " + path("dose.mha") + " --output-prefix " + path("structures") +
                              " --prefix-format mha --output-ss-list " + path("list.txt"));
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  const Outcome ct = run("plastimatch stats " + path("ct.mha"));
  const auto ct_values = test::small_patient().ct.hu;
  double sum = 0.0;
  for (const float hu : ct_values.values()) {
    sum += hu;
  }
  EXPECT_THAT(ct.output,
              HasSubstr(fmt::format("AVE {:8.6f}", sum / static_cast<double>(ct_values.values().size())).substr(0, 9)))
      << ct.output;
  const Outcome header = run("plastimatch header " + path("ct.mha") + " " + path("dose.mha"));
  EXPECT_THAT(header.output, HasSubstr("24 20 8"));
  EXPECT_THAT(header.output, HasSubstr("14 12 10"));
  EXPECT_THAT(header.output, HasSubstr("-23.0000 -23.7500 -10.5000"));
  EXPECT_THAT(header.output, HasSubstr("-20.0000 -17.5000 -13.2500"));
  EXPECT_TRUE(fs::exists(out / "structures" / "Keyhole.mha")) << run("ls -R " + out.string()).output;
}

}  // namespace
}  // namespace xingu
