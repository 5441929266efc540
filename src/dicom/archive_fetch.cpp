// SPDX-License-Identifier: Apache-2.0
#include "dicom/archive_fetch.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/text.h"
#include "dicom/association.h"
#include "dicom/dataset.h"

#include <dcmtk/dcmdata/dctk.h>

namespace xingu {
namespace fs = std::filesystem;

namespace {

/// Objects that plans are made of or that lie beside them; at most 128 contexts with those of the service.
std::vector<PresentationContext> contexts_for_fetch() {
  const std::vector<std::string> plain{transfer_syntax::explicit_little, transfer_syntax::implicit_little};
  std::vector<PresentationContext> contexts{{sop_class::study_root_get, plain}};
  const auto offer = [&](const char* sop_class, const std::vector<std::string>& syntaxes) {
    contexts.push_back({sop_class, syntaxes, PresentationContext::Role::provider});
  };
  for (const char* sop_class : {sop_class::ct_image,
                                sop_class::enhanced_ct_image,
                                UID_MRImageStorage,
                                UID_EnhancedMRImageStorage,
                                UID_PositronEmissionTomographyImageStorage,
                                UID_SecondaryCaptureImageStorage,
                                UID_SegmentationStorage,
                                UID_SurfaceSegmentationStorage,
                                UID_SpatialRegistrationStorage,
                                UID_DeformableSpatialRegistrationStorage,
                                UID_RTImageStorage,
                                sop_class::rt_structure_set,
                                sop_class::rt_dose,
                                sop_class::rt_plan,
                                UID_RTIonPlanStorage,
                                sop_class::rt_beams_treatment_record,
                                UID_RTTreatmentSummaryRecordStorage,
                                UID_RTPhysicianIntentStorage,
                                UID_RTSegmentAnnotationStorage,
                                UID_RTRadiationSetStorage,
                                UID_CArmPhotonElectronRadiationStorage,
                                sop_class::robotic_arm_radiation,
                                UID_EncapsulatedPDFStorage}) {
    for (const std::string& syntax : plain) {
      offer(sop_class, {syntax});  // each for itself, so that the server need not convert
    }
  }
  for (const char* syntax : {UID_JPEGProcess14SV1TransferSyntax, UID_JPEGProcess14TransferSyntax,
                             UID_JPEGLSLosslessTransferSyntax, UID_RLELosslessTransferSyntax}) {
    offer(sop_class::ct_image, {syntax});
  }
  return contexts;
}

void append_short(std::string& to, std::size_t value) {
  to += static_cast<char>(value & 0xff);
  to += static_cast<char>(value >> 8);
}

/// An element of group 2: explicit VR, little endian, padded to an even length with zero.
void append_element(std::string& to, std::uint16_t element, const char* vr, std::string value) {
  if (value.size() % 2 != 0) {
    value += '\0';
  }
  append_short(to, 0x0002);
  append_short(to, element);
  to += vr;
  append_short(to, value.size());
  to += value;
}

/// Preamble, prefix and file meta information (PS3.10 7.1) before a data set.
std::string file_head(const std::string& sop_class, const std::string& sop_instance, const std::string& syntax,
                      const std::string& server_title) {
  std::string meta;
  meta.append("\x02\x00\x01\x00OB\x00\x00\x02\x00\x00\x00\x00\x01", 14);
  append_element(meta, 0x0002, "UI", sop_class);
  append_element(meta, 0x0003, "UI", sop_instance);
  append_element(meta, 0x0010, "UI", syntax);
  append_element(meta, 0x0012, "UI", OFFIS_IMPLEMENTATION_CLASS_UID);
  append_element(meta, 0x0013, "SH", std::string(OFFIS_DTK_IMPLEMENTATION_VERSION_NAME));
  std::string title = server_title;
  title += title.size() % 2 != 0 ? " " : "";
  append_element(meta, 0x0016, "AE", title);
  std::string head(128, '\0');
  head += "DICM";
  head.append("\x02\x00\x00\x00UL\x04\x00", 8);
  append_short(head, meta.size());
  append_short(head, 0);
  return head + meta;
}

/// A folder beside the one that is wanted; removed unless it is kept.
class StagingFolder {
 public:
  explicit StagingFolder(const fs::path& wanted)
      : wanted_(wanted.has_filename() ? wanted : wanted.parent_path()),
        path_(wanted_.parent_path() / fmt::format(".{}.{}.part", wanted_.filename().string(), ::getpid())) {
    XINGU_REQUIRE(!fs::exists(wanted_), "{}: is there already (nothing is overwritten); give another --out",
                  wanted_.string());
    std::error_code error;
    fs::create_directories(path_, error);
    XINGU_REQUIRE(!error, "{}: cannot be made ({}); check the path of --out", path_.string(), error.message());
  }
  ~StagingFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  StagingFolder(const StagingFolder&) = delete;
  StagingFolder& operator=(const StagingFolder&) = delete;

  void keep() const {
    std::error_code error;
    fs::rename(path_, wanted_, error);
    if (error) {
      throw EnvironmentError(fmt::format("{}: could not be made ({}); check the folder and the free space",
                                         wanted_.string(), error.message()));
    }
  }
  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] const fs::path& wanted() const { return wanted_; }

 private:
  fs::path wanted_;
  fs::path path_;
};

/// Receives what the server sends in answer to one C-GET after another.
class Receiver {
 public:
  Receiver(Association& association, const FetchLimits& limits, const StagingFolder& staging)
      : association_(association), limits_(limits), staging_(staging) {}

  void fetch(const std::string& study_uid) {
    ask(study_uid);
    Progress progress("fetching", 0, "objects");
    for (;;) {
      throw_if_cancelled();
      const Association::Message message = association_.receive();
      if (message.command.CommandField == DIMSE_C_STORE_RQ) {
        take(message, study_uid);
        progress.advance();
        continue;
      }
      XINGU_REQUIRE(message.command.CommandField == DIMSE_C_GET_RSP,
                    "{} answers a request with something else (it breaks the protocol); report it to those who run it",
                    association_.name());
      if (!DICOM_PENDING_STATUS(message.command.msg.CGetRSP.DimseStatus)) {
        judge(message.command.msg.CGetRSP, study_uid);
        return;
      }
    }
  }

  std::vector<FetchedObject> take_objects() { return std::move(objects_); }

 private:
  void ask(const std::string& study_uid) {
    const auto context = association_.context_of(sop_class::study_root_get);
    XINGU_REQUIRE(context, "{} does not send objects on request (it has no C-GET); ask those who run it",
                  association_.name());
    DcmDataset keys;
    keys.putAndInsertString(DCM_QueryRetrieveLevel, "STUDY");
    keys.putAndInsertString(DCM_StudyInstanceUID, study_uid.c_str());
    T_DIMSE_Message request{};
    request.CommandField = DIMSE_C_GET_RQ;
    request.msg.CGetRQ.MessageID = association_.next_message_id();
    OFStandard::strlcpy(request.msg.CGetRQ.AffectedSOPClassUID, sop_class::study_root_get,
                        sizeof(request.msg.CGetRQ.AffectedSOPClassUID));
    request.msg.CGetRQ.Priority = DIMSE_PRIORITY_MEDIUM;
    request.msg.CGetRQ.DataSetType = DIMSE_DATASET_PRESENT;
    association_.send(*context, request, &keys);
  }

  void take(const Association::Message& message, const std::string& study_uid) {
    const T_DIMSE_C_StoreRQ& store = message.command.msg.CStoreRQ;
    FetchedObject object;
    object.sop_class = store.AffectedSOPClassUID;
    object.sop_instance = store.AffectedSOPInstanceUID;
    XINGU_REQUIRE(is_uid(object.sop_class) && is_uid(object.sop_instance),
                  "{} sends an object whose UID '{}' is none (it would name the file); report it to those who run it",
                  association_.name(), printable(object.sop_instance));
    XINGU_REQUIRE(objects_.size() < limits_.num_objects,
                  "{} sends more than {} objects (surely not one patient); ask for single studies", association_.name(),
                  limits_.num_objects);
    XINGU_REQUIRE(seen_.insert(object.sop_instance).second,
                  "{} sends {} twice (one would overwrite the other); report it to those who run it",
                  association_.name(), object.sop_instance);
    const std::string name = object.sop_instance + ".dcm";
    const fs::path path = staging_.path() / name;
    receive_file(message, object, path);
    require_as_announced(path, object, study_uid);
    association_.answer_store(message, STATUS_STORE_Success);
    object.path = staging_.wanted() / name;
    objects_.push_back(std::move(object));
  }

  void receive_file(const Association::Message& message, FetchedObject& object, const fs::path& path) {
    write_file_with(path, [&](const fs::path& temporary) {
      std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
      out << file_head(object.sop_class, object.sop_instance, association_.syntax_of(message.context),
                       association_.access().server.title);
      BoundedSink sink(std::min(limits_.object_bytes, limits_.total_bytes - total_bytes_), [&](std::string_view part) {
        out.write(part.data(), static_cast<std::streamsize>(part.size()));
        return static_cast<bool>(out);
      });
      association_.receive_data(sink);
      out.close();
      if (!out) {
        throw EnvironmentError(
            fmt::format("{}: could not be written; check the folder and the free space", staging_.wanted().string()));
      }
      object.bytes = sink.num_bytes();
      total_bytes_ += object.bytes;
    });
  }

  void require_as_announced(const fs::path& path, const FetchedObject& object, const std::string& study_uid) const {
    const DicomDataset dataset = DicomDataset::load(path, LoadExtent::header);
    const DicomItem root = dataset.root();
    XINGU_REQUIRE(root.text(tag::sop_instance_uid) == object.sop_instance &&
                      root.text(tag::sop_class_uid) == object.sop_class && root.text(tag::study_uid) == study_uid,
                  "{} sends {} with another content than it announced (instance {}, study {}); report it to those who "
                  "run it",
                  association_.name(), object.sop_instance, printable(root.text(tag::sop_instance_uid)),
                  printable(root.text(tag::study_uid)));
  }

  /// PS3.4 table C.4-3.
  void judge(const T_DIMSE_C_GetRSP& answer, const std::string& study_uid) const {
    const auto num_failed =
        (answer.opts & O_GET_NUMBEROFFAILEDSUBOPERATIONS) != 0 ? answer.NumberOfFailedSubOperations : 0;
    XINGU_REQUIRE(answer.DimseStatus == STATUS_GET_Success_SubOperationsCompleteNoFailures && num_failed == 0,
                  "{}: the study {} did not come whole (status {:04x}, {} objects came and {} failed at the server, "
                  "perhaps of a kind or in a compression that Xingu does not take); ask those who run it",
                  association_.name(), study_uid, answer.DimseStatus, objects_.size(), num_failed);
  }

  Association& association_;
  const FetchLimits& limits_;
  const StagingFolder& staging_;
  std::uint64_t total_bytes_ = 0;
  std::set<std::string> seen_;
  std::vector<FetchedObject> objects_;
};

}  // namespace

std::vector<FetchedObject> fetch_studies(const ArchiveAccess& access, const std::vector<std::string>& study_uids,
                                         const fs::path& folder, const FetchLimits& limits) {
  const StagingFolder staging(folder);
  Association association(access, contexts_for_fetch());
  Receiver receiver(association, limits, staging);
  for (const std::string& study_uid : study_uids) {
    receiver.fetch(study_uid);
  }
  std::vector<FetchedObject> objects = receiver.take_objects();
  XINGU_REQUIRE(!objects.empty(), "{} sent nothing (it has no object of this study); check --study",
                association.name());
  association.release();
  staging.keep();
  std::ranges::sort(objects, {}, &FetchedObject::path);
  return objects;
}

}  // namespace xingu
