// SPDX-License-Identifier: Apache-2.0
#include "dicom/archive_query.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "dicom/archive_peer.h"

namespace xingu {
namespace {

constexpr std::uint16_t pending = 0xff00;

DcmDataset study(const char* uid, const char* patient_id) {
  DcmDataset data;
  data.putAndInsertString(DCM_StudyInstanceUID, uid);
  data.putAndInsertString(DCM_PatientID, patient_id);
  data.putAndInsertString(DCM_NumberOfStudyRelatedInstances, "7");
  return data;
}

TEST(FindStudies, sorts_what_the_server_knows) {
  test::ArchivePeer peer([](auto& self, const auto& request) {
    for (DcmDataset data : {study("1.2.2", "B"), study("1.2.1", "A")}) {
      self.answer_find(request, pending, &data);
    }
    self.answer_find(request, 0);
  });
  const auto studies = find_studies(peer.access(), {});
  ASSERT_EQ(studies.size(), 2U);
  EXPECT_EQ(studies[0].study_uid, "1.2.1");
  EXPECT_EQ(studies[0].patient_id, "A");
  EXPECT_EQ(studies[1].num_objects, "7");
  EXPECT_EQ(studies[1].date, "");
}

TEST(FindStudies, refuses_a_study_whose_uid_is_a_path) {
  test::ArchivePeer peer([](auto& self, const auto& request) {
    DcmDataset data = study("../../etc", "A");
    self.answer_find(request, pending, &data);
  });
  EXPECT_THROW(static_cast<void>(find_studies(peer.access(), {})), InputError);
}

TEST(FindStudies, takes_at_most_a_mebibyte_for_a_study) {
  test::ArchivePeer peer([](auto& self, const auto& request) {
    DcmDataset data = study("1.2.1", "A");
    data.putAndInsertString(DCM_TextValue, std::string(2U << 20, 'x').c_str());
    self.answer_find(request, pending, &data);
  });
  EXPECT_THROW(static_cast<void>(find_studies(peer.access(), {})), InputError);
}

TEST(FindStudies, tells_that_the_server_refuses) {
  test::ArchivePeer peer([](auto& self, const auto& request) { self.answer_find(request, 0xa700); });
  EXPECT_THROW(static_cast<void>(find_studies(peer.access(), {})), InputError);
}

}  // namespace
}  // namespace xingu
