// SPDX-License-Identifier: Apache-2.0
// A server that keeps to the protocol and lies: nothing it sends may land outside the folder, or stay in half.
#include "dicom/archive_fetch.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "dicom/archive_peer.h"
#include "dicom/association.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

constexpr const char* study_uid = "1.2.3";
using Request = test::ArchivePeer::Request;

DcmDataset plan_object(const char* instance) {
  DcmDataset data;
  data.putAndInsertString(DCM_SOPClassUID, sop_class::rt_plan);
  data.putAndInsertString(DCM_SOPInstanceUID, instance);
  data.putAndInsertString(DCM_StudyInstanceUID, study_uid);
  data.putAndInsertString(DCM_PatientName, "Nobody");
  return data;
}

class FetchStudies : public testing::Test {
 protected:
  std::vector<FetchedObject> fetch(const test::ArchivePeer& peer, const FetchLimits& limits = {}) {
    return fetch_studies(peer.access(), {study_uid}, folder_.path() / "out", limits);
  }
  void expect_refused(test::ArchivePeer::Answer answer, const FetchLimits& limits = {}) {
    const test::ArchivePeer peer(std::move(answer));
    EXPECT_THROW(static_cast<void>(fetch(peer, limits)), InputError);
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
  }

  test::TemporaryFolder folder_;
};

TEST_F(FetchStudies, writes_each_object_under_its_uid) {
  const test::ArchivePeer peer([](auto& self, const Request& request) {
    for (const char* instance : {"1.2.3.2", "1.2.3.1"}) {
      DcmDataset data = plan_object(instance);
      self.store(sop_class::rt_plan, instance, data);
    }
    self.answer_get(request, 0);
  });
  const auto objects = fetch(peer);
  ASSERT_EQ(objects.size(), 2U);
  EXPECT_EQ(objects[0].path, folder_.path() / "out" / "1.2.3.1.dcm");
  DcmFileFormat file;
  ASSERT_TRUE(file.loadFile(objects[0].path.c_str()).good());
  OFString text;
  EXPECT_TRUE(file.getDataset()->findAndGetOFString(DCM_PatientName, text).good());
  EXPECT_EQ(text, "Nobody");
  EXPECT_TRUE(file.getMetaInfo()->findAndGetOFString(DCM_MediaStorageSOPInstanceUID, text).good());
  EXPECT_EQ(text, "1.2.3.1");
}

TEST_F(FetchStudies, refuses_a_uid_that_would_leave_the_folder) {
  expect_refused([](auto& self, const Request&) {
    DcmDataset data = plan_object("1.2.3.1");
    self.store(sop_class::rt_plan, "../../evil", data);
  });
}

TEST_F(FetchStudies, refuses_another_content_than_announced) {
  expect_refused([](auto& self, const Request&) {
    DcmDataset data = plan_object("1.2.3.9");
    self.store(sop_class::rt_plan, "1.2.3.1", data);
  });
}

TEST_F(FetchStudies, refuses_another_study_than_asked_for) {
  expect_refused([](auto& self, const Request&) {
    DcmDataset data = plan_object("1.2.3.1");
    data.putAndInsertString(DCM_StudyInstanceUID, "9.9");
    self.store(sop_class::rt_plan, "1.2.3.1", data);
  });
}

TEST_F(FetchStudies, refuses_the_same_object_twice) {
  expect_refused([](auto& self, const Request&) {
    DcmDataset data = plan_object("1.2.3.1");
    self.store(sop_class::rt_plan, "1.2.3.1", data);
    self.store(sop_class::rt_plan, "1.2.3.1", data);
  });
}

TEST_F(FetchStudies, refuses_more_than_the_limits) {
  const auto send_two = [](auto& self, const Request& request) {
    for (const char* instance : {"1.2.3.1", "1.2.3.2"}) {
      DcmDataset data = plan_object(instance);
      data.putAndInsertString(DCM_TextValue, std::string(3'000, 'x').c_str());
      if (self.store(sop_class::rt_plan, instance, data) != 0) {
        return;
      }
    }
    self.answer_get(request, 0);
  };
  expect_refused(send_two, {.num_objects = 1});
  expect_refused(send_two, {.object_bytes = 2'000});
  expect_refused(send_two, {.total_bytes = 5'000});
  const test::ArchivePeer peer(send_two);
  EXPECT_EQ(fetch(peer, {.num_objects = 2, .object_bytes = 4'000, .total_bytes = 8'000}).size(), 2U);
}

TEST_F(FetchStudies, keeps_nothing_of_a_study_that_did_not_come_whole) {
  const auto send_one_and_end = [](std::uint16_t status, std::uint16_t num_failed) {
    return [=](auto& self, const Request& request) {
      DcmDataset data = plan_object("1.2.3.1");
      self.store(sop_class::rt_plan, "1.2.3.1", data);
      self.answer_get(request, status, num_failed);
    };
  };
  expect_refused(send_one_and_end(0xb000, 1));
  expect_refused(send_one_and_end(0, 1));
  expect_refused(send_one_and_end(0xa702, 0));
  expect_refused([](auto& self, const Request& request) { self.answer_get(request, 0); });
}

TEST_F(FetchStudies, overwrites_nothing) {
  std::filesystem::create_directory(folder_.path() / "out");
  EXPECT_THROW(static_cast<void>(fetch_studies({{"A", "127.0.0.1", 1}}, {study_uid}, folder_.path() / "out")),
               InputError);
}

}  // namespace
}  // namespace xingu
