// SPDX-License-Identifier: Apache-2.0
#include "dicom/write_treatment_record.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "small_patient.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

TEST(WriteTreatmentRecord, gives_the_same_uid_for_the_same_record_and_another_for_another) {
  test::TemporaryFolder folder;
  const Patient patient = test::small_patient();
  TreatmentRecord record = test::small_treatment_record();
  const auto write = [&] { return write_treatment_record(record, patient, "1.2.3", folder.path() / "RT.dcm"); };
  const std::string uid = write();
  const std::string bytes = read_file(folder.path() / "RT.dcm");
  EXPECT_EQ(write(), uid);
  EXPECT_EQ(read_file(folder.path() / "RT.dcm"), bytes);
  record.beams[0].primary_mu += 0.1;
  EXPECT_NE(write(), uid);
}

TEST(WriteTreatmentRecord, refuses_a_record_without_beams) {
  test::TemporaryFolder folder;
  EXPECT_THROW(write_treatment_record({}, test::small_patient(), "1.2.3", folder.path() / "RT.dcm"), InputError);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "RT.dcm"));
}

}  // namespace
}  // namespace xingu
