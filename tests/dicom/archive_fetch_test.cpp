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
    return fetch_studies(peer.access(), {study_uid}, folder_.path() / "out", {}, limits);
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

/// A server that opens a connection of its own to where it believes the client to be.
class MoveStudies : public FetchStudies {
 protected:
  /// C-STORE of one object by a new association; its status. @throws EnvironmentError if we do not take it
  std::uint16_t send(const char* instance, DcmDataset data, const char* title = "XINGU") {
    const std::string file = sent_.path() / "object.dcm";
    DcmFileFormat format(&data);
    EXPECT_TRUE(format.saveFile(file.c_str(), EXS_LittleEndianImplicit).good());
    const std::vector<PresentationContext> contexts{{sop_class::rt_plan, {transfer_syntax::implicit_little}}};
    Association back({{title, "127.0.0.1", port_}, "PEER", 5}, contexts);
    const std::uint16_t status = back.store(*back.context_of(sop_class::rt_plan), sop_class::rt_plan, instance, file);
    back.release();
    return status;
  }
  std::vector<FetchedObject> move(const test::ArchivePeer& peer) {
    return fetch_studies(peer.access(), {study_uid}, folder_.path() / "out", {FetchWay::Service::move, port_});
  }
  std::string refusal(test::ArchivePeer::Answer answer) {
    const test::ArchivePeer peer(std::move(answer));
    try {
      static_cast<void>(move(peer));
    } catch (const InputError& error) {
      EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
      return error.what();
    }
    return "nothing was refused";
  }

  test::TemporaryFolder sent_;
  int port_ = test::free_port();
};

TEST_F(MoveStudies, takes_what_the_server_sends_to_the_port) {
  const test::ArchivePeer peer([this](auto& self, const Request& request) {
    EXPECT_EQ(request.command.CommandField, DIMSE_C_MOVE_RQ);
    EXPECT_STREQ(request.command.msg.CMoveRQ.MoveDestination, "XINGU");
    self.answer_move(request, 0xff00, 0);
    for (const char* instance : {"1.2.3.2", "1.2.3.1"}) {
      EXPECT_EQ(send(instance, plan_object(instance)), 0);
    }
    self.answer_move(request, 0, 2);
  });
  const auto objects = move(peer);
  ASSERT_EQ(objects.size(), 2U);
  EXPECT_EQ(objects[0].path, folder_.path() / "out" / "1.2.3.1.dcm");
  DcmFileFormat file;
  EXPECT_TRUE(file.loadFile(objects[1].path.c_str()).good());
}

TEST_F(MoveStudies, is_the_way_where_the_server_has_no_get) {
  const auto answer = [this](auto& self, const Request& request) {
    send("1.2.3.1", plan_object("1.2.3.1"));
    self.answer_move(request, 0, 1);
  };
  {
    const test::ArchivePeer peer(answer, {sop_class::study_root_get});
    EXPECT_THROW(static_cast<void>(fetch(peer)), InputError) << "nobody said where to listen";
  }
  const test::ArchivePeer peer(answer, {sop_class::study_root_get}, 2);
  const FetchWay way{FetchWay::Service::get_or_move, port_};
  EXPECT_EQ(fetch_studies(peer.access(), {study_uid}, folder_.path() / "out", way).size(), 1U);
}

TEST_F(MoveStudies, is_the_way_where_the_server_refuses_to_get) {
  const auto answer = [this](auto& self, const Request& request) {
    if (request.command.CommandField == DIMSE_C_GET_RQ) {
      self.answer_get(request, 0x0124);  // not authorised
      return;
    }
    send("1.2.3.1", plan_object("1.2.3.1"));
    self.answer_move(request, 0, 1);
  };
  {
    const test::ArchivePeer peer(answer);
    EXPECT_THROW(static_cast<void>(fetch(peer)), InputError) << "nobody said where to listen";
  }
  const test::ArchivePeer peer(answer, {}, 2);
  const FetchWay way{FetchWay::Service::get_or_move, port_};
  EXPECT_EQ(fetch_studies(peer.access(), {study_uid}, folder_.path() / "out", way).size(), 1U);
}

TEST_F(MoveStudies, says_what_the_server_does_not_know) {
  EXPECT_NE(refusal([](auto& self, const Request& request) {
              self.answer_move(request, 0xa801, 0);
            }).find("does not know where XINGU is"),
            std::string::npos);
  EXPECT_NE(refusal([](auto& self, const Request& request) {
              self.answer_move(request, 0xa702, 0, 3);
            }).find("could not send anything to XINGU"),
            std::string::npos);
  EXPECT_NE(refusal([](auto& self, const Request& request) {
              self.answer_move(request, 0, 3);
            }).find("another computer as XINGU"),
            std::string::npos);
}

TEST_F(MoveStudies, takes_nothing_but_the_study_that_was_asked_for) {
  EXPECT_NE(refusal([this](auto&, const Request&) {
              DcmDataset data = plan_object("1.2.3.1");
              data.putAndInsertString(DCM_StudyInstanceUID, "9.9");
              EXPECT_THROW(send("1.2.3.1", data), EnvironmentError);
            }).find("another content"),
            std::string::npos);
}

TEST_F(MoveStudies, answers_to_no_other_title) {
  const test::ArchivePeer peer([this](auto& self, const Request& request) {
    EXPECT_THROW(send("1.2.3.1", plan_object("1.2.3.1"), "SOMEBODY"), InputError);
    send("1.2.3.1", plan_object("1.2.3.1"));
    self.answer_move(request, 0, 1);
  });
  EXPECT_EQ(move(peer).size(), 1U);
}

TEST_F(MoveStudies, needs_a_port_that_can_be_listened_on) {
  EXPECT_THROW(require_valid(FetchWay{FetchWay::Service::move, {}}), InputError);
  EXPECT_THROW(require_valid(FetchWay{FetchWay::Service::get_or_move, 65536}), InputError);
  EXPECT_NO_THROW(require_valid(FetchWay{FetchWay::Service::move, 11112}));
}

TEST_F(FetchStudies, overwrites_nothing) {
  std::filesystem::create_directory(folder_.path() / "out");
  EXPECT_THROW(static_cast<void>(fetch_studies({{"A", "127.0.0.1", 1}}, {study_uid}, folder_.path() / "out")),
               InputError);
}

}  // namespace
}  // namespace xingu
