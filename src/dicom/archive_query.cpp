// SPDX-License-Identifier: Apache-2.0
#include "dicom/archive_query.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/error.h"
#include "base/progress.h"
#include "base/text.h"
#include "dicom/association.h"

#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dctk.h>

namespace xingu {
namespace {

constexpr std::size_t max_studies = 10'000;
constexpr std::uint64_t max_answer_bytes = 1U << 20;
constexpr std::size_t max_value_bytes = 256;

std::string value_of(DcmDataset& dataset, const DcmTagKey& key) {
  OFString text;
  return dataset.findAndGetOFStringArray(key, text).good() ? printable(text.c_str(), max_value_bytes) : std::string();
}

ArchivedStudy read_answer(const std::string& bytes, const std::string& syntax, const std::string& server) {
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  stream.setEos();
  DcmDataset dataset;
  dataset.transferInit();
  const OFCondition condition = dataset.read(stream, DcmXfer(syntax.c_str()).getXfer(), EGL_noChange);
  dataset.transferEnd();
  XINGU_REQUIRE(condition.good(), "{} answers with a damaged data set ({}); report it to those who run it", server,
                condition.text());
  ArchivedStudy study;
  study.study_uid = value_of(dataset, DCM_StudyInstanceUID);
  study.patient_id = value_of(dataset, DCM_PatientID);
  study.patient_name = value_of(dataset, DCM_PatientName);
  study.date = value_of(dataset, DCM_StudyDate);
  study.description = value_of(dataset, DCM_StudyDescription);
  study.modalities = value_of(dataset, DCM_ModalitiesInStudy);
  study.num_objects = value_of(dataset, DCM_NumberOfStudyRelatedInstances);
  XINGU_REQUIRE(is_uid(study.study_uid),
                "{} answers with a study whose StudyInstanceUID '{}' is none (it could not be fetched); report it to "
                "those who run it",
                server, study.study_uid);
  return study;
}

void ask(Association& association, Association::ContextId context, const StudyQuery& query) {
  DcmDataset keys;
  keys.putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 192");
  keys.putAndInsertString(DCM_QueryRetrieveLevel, "STUDY");
  keys.putAndInsertString(DCM_PatientID, query.patient_id.c_str());
  keys.putAndInsertString(DCM_StudyInstanceUID, query.study_uid.c_str());
  for (const DcmTagKey& key : {DCM_PatientName, DCM_StudyDate, DCM_StudyDescription, DCM_ModalitiesInStudy,
                               DCM_NumberOfStudyRelatedInstances}) {
    keys.insertEmptyElement(key);
  }
  T_DIMSE_Message request{};
  request.CommandField = DIMSE_C_FIND_RQ;
  request.msg.CFindRQ.MessageID = association.next_message_id();
  OFStandard::strlcpy(request.msg.CFindRQ.AffectedSOPClassUID, sop_class::study_root_find,
                      sizeof(request.msg.CFindRQ.AffectedSOPClassUID));
  request.msg.CFindRQ.Priority = DIMSE_PRIORITY_MEDIUM;
  request.msg.CFindRQ.DataSetType = DIMSE_DATASET_PRESENT;
  association.send(context, request, &keys);
}

}  // namespace

std::vector<ArchivedStudy> find_studies(const ArchiveAccess& access, const StudyQuery& query) {
  const std::array contexts{PresentationContext{sop_class::study_root_find,
                                                {transfer_syntax::explicit_little, transfer_syntax::implicit_little}}};
  Association association(access, contexts);
  const Association::ContextId context = *association.context_of(sop_class::study_root_find);
  ask(association, context, query);
  std::vector<ArchivedStudy> studies;
  for (;;) {
    throw_if_cancelled();
    const Association::Message answer = association.receive();
    XINGU_REQUIRE(answer.command.CommandField == DIMSE_C_FIND_RSP,
                  "{} answers a question with something else (it breaks the protocol); report it to those who run it",
                  association.name());
    const T_DIMSE_C_FindRSP& find = answer.command.msg.CFindRSP;
    if (!DICOM_PENDING_STATUS(find.DimseStatus)) {
      XINGU_REQUIRE(find.DimseStatus == STATUS_FIND_Success_MatchingIsComplete,
                    "{} refuses to search (status {:04x}); ask those who run it to admit {}", association.name(),
                    find.DimseStatus, access.own_title);
      break;
    }
    std::string bytes;
    BoundedSink sink(max_answer_bytes, [&](std::string_view part) {
      bytes += part;
      return true;
    });
    XINGU_REQUIRE(studies.size() < max_studies,
                  "{} answers with more than {} studies (too many to choose from); give --patient-id or --study",
                  association.name(), max_studies);
    association.receive_data(sink);
    studies.push_back(read_answer(bytes, association.syntax_of(answer.context), association.name()));
  }
  association.release();
  std::ranges::sort(studies, {}, [](const ArchivedStudy& s) { return std::tie(s.patient_id, s.date, s.study_uid); });
  return studies;
}

void echo_archive(const ArchiveAccess& access) {
  const std::array contexts{PresentationContext{sop_class::verification, {transfer_syntax::implicit_little}}};
  Association association(access, contexts);
  association.echo();
  association.release();
}

}  // namespace xingu
