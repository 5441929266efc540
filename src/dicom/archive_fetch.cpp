// SPDX-License-Identifier: Apache-2.0
#include "dicom/archive_fetch.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/text.h"
#include "dicom/association.h"
#include "dicom/dataset.h"
#include "dicom/store_listener.h"

#include <dcmtk/dcmdata/dctk.h>

namespace xingu {
namespace fs = std::filesystem;

namespace {

/// Objects that plans are made of or that lie beside them, in the syntaxes that they are taken in; at most 128 with
/// those of the services.
std::vector<PresentationContext> contexts_of_objects() {
  std::vector<PresentationContext> contexts;
  const auto offer = [&](const char* sop_class, const char* syntax) {
    contexts.push_back({sop_class, {syntax}, PresentationContext::Role::provider});
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
    for (const char* syntax : {transfer_syntax::explicit_little, transfer_syntax::implicit_little}) {
      offer(sop_class, syntax);  // each for itself, so that the server need not convert
    }
  }
  for (const char* syntax : {UID_JPEGProcess14SV1TransferSyntax, UID_JPEGProcess14TransferSyntax,
                             UID_JPEGLSLosslessTransferSyntax, UID_RLELosslessTransferSyntax}) {
    offer(sop_class::ct_image, syntax);
  }
  return contexts;
}

PresentationContext context_of_service(const char* sop_class) {
  return {sop_class, {transfer_syntax::explicit_little, transfer_syntax::implicit_little}};
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

/// Takes the objects of a transfer, whichever connection they come over.
class Intake {
 public:
  Intake(const FetchLimits& limits, const StagingFolder& staging) : limits_(limits), staging_(staging) {}

  /// What follows is of another study.
  void begin(const std::string& study_uid) {
    study_uid_ = study_uid;
    num_before_ = objects_.size();
  }

  void take(Association& association, const Association::Message& message) {
    const T_DIMSE_C_StoreRQ& store = message.command.msg.CStoreRQ;
    FetchedObject object;
    object.sop_class = store.AffectedSOPClassUID;
    object.sop_instance = store.AffectedSOPInstanceUID;
    XINGU_REQUIRE(is_uid(object.sop_class) && is_uid(object.sop_instance),
                  "{} sends an object whose UID '{}' is none (it would name the file); report it to those who run it",
                  association.name(), printable(object.sop_instance));
    XINGU_REQUIRE(objects_.size() < limits_.num_objects,
                  "{} sends more than {} objects (surely not one patient); ask for single studies", association.name(),
                  limits_.num_objects);
    XINGU_REQUIRE(seen_.insert(object.sop_instance).second,
                  "{} sends {} twice (one would overwrite the other); report it to those who run it",
                  association.name(), object.sop_instance);
    const std::string name = object.sop_instance + ".dcm";
    const fs::path path = staging_.path() / name;
    receive_file(association, message, object, path);
    require_as_announced(association, path, object);
    association.answer_store(message, STATUS_STORE_Success);
    object.path = staging_.wanted() / name;
    objects_.push_back(std::move(object));
    progress_.advance();
  }

  /// Objects of the study that came so far.
  [[nodiscard]] std::size_t num_of_study() const { return objects_.size() - num_before_; }
  [[nodiscard]] bool is_empty() const { return objects_.empty(); }
  [[nodiscard]] const std::string& study_uid() const { return study_uid_; }
  [[nodiscard]] std::vector<FetchedObject> objects() && { return std::move(objects_); }

 private:
  void receive_file(Association& association, const Association::Message& message, FetchedObject& object,
                    const fs::path& path) {
    write_file_with(path, [&](const fs::path& temporary) {
      std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
      out << file_head(object.sop_class, object.sop_instance, association.syntax_of(message.context),
                       association.access().server.title);
      BoundedSink sink(std::min(limits_.object_bytes, limits_.total_bytes - total_bytes_), [&](std::string_view part) {
        out.write(part.data(), static_cast<std::streamsize>(part.size()));
        return static_cast<bool>(out);
      });
      association.receive_data(sink);
      out.close();
      if (!out) {
        throw EnvironmentError(
            fmt::format("{}: could not be written; check the folder and the free space", staging_.wanted().string()));
      }
      object.bytes = sink.num_bytes();
      total_bytes_ += object.bytes;
    });
  }

  void require_as_announced(const Association& association, const fs::path& path, const FetchedObject& object) const {
    const DicomDataset dataset = DicomDataset::load(path, LoadExtent::header);
    const DicomItem root = dataset.root();
    XINGU_REQUIRE(root.text(tag::sop_instance_uid) == object.sop_instance &&
                      root.text(tag::sop_class_uid) == object.sop_class && root.text(tag::study_uid) == study_uid_,
                  "{} sends {} with another content than it announced (instance {}, study {}); report it to those who "
                  "run it",
                  association.name(), object.sop_instance, printable(root.text(tag::sop_instance_uid)),
                  printable(root.text(tag::study_uid)));
  }

  const FetchLimits& limits_;
  const StagingFolder& staging_;
  Progress progress_{"fetching", 0, "objects"};
  std::string study_uid_;
  std::size_t num_before_ = 0;
  std::uint64_t total_bytes_ = 0;
  std::set<std::string> seen_;
  std::vector<FetchedObject> objects_;
};

DcmDataset keys_of(const std::string& study_uid) {
  DcmDataset keys;
  keys.putAndInsertString(DCM_QueryRetrieveLevel, "STUDY");
  keys.putAndInsertString(DCM_StudyInstanceUID, study_uid.c_str());
  return keys;
}

/// How the server ends a request, in the words that C-GET and C-MOVE share (PS3.4 tables C.4-2 and C.4-3).
struct Outcome {
  std::uint16_t status = 0;
  int num_failed = 0;
  std::optional<int> num_completed;  ///< where the server says
};

void require_whole(const Outcome& outcome, const Intake& intake, const std::string& server) {
  XINGU_REQUIRE(outcome.status == STATUS_Success && outcome.num_failed == 0,
                "{}: the study {} did not come whole (status {:04x}, {} objects came and {} failed at the server, "
                "perhaps of a kind or in a compression that Xingu does not take); ask those who run it",
                server, intake.study_uid(), outcome.status, intake.num_of_study(), outcome.num_failed);
}

/// Why a server that agreed to C-GET does not do it; thrown while no object has come.
struct GetRefused {
  std::string why;
};

/// PS3.7 C.4.2.1: SOP class not supported, not authorised, unrecognised operation.
bool is_refusal(std::uint16_t status) { return status == 0x0122 || status == 0x0124 || status == 0x0211; }

/// The first answer to C-GET: servers that do not let us ask abort.
Association::Message first_answer(Association& association) {
  try {
    return association.receive();
  } catch (const AssociationAborted&) {
    throw GetRefused{"it aborts the connection"};
  }
}

/// C-GET: the server sends the objects over the connection by which it was asked.
void get_study(Association& association, Association::ContextId context, Intake& intake) {
  DcmDataset keys = keys_of(intake.study_uid());
  T_DIMSE_Message request{};
  request.CommandField = DIMSE_C_GET_RQ;
  request.msg.CGetRQ.MessageID = association.next_message_id();
  OFStandard::strlcpy(request.msg.CGetRQ.AffectedSOPClassUID, sop_class::study_root_get,
                      sizeof(request.msg.CGetRQ.AffectedSOPClassUID));
  request.msg.CGetRQ.Priority = DIMSE_PRIORITY_MEDIUM;
  request.msg.CGetRQ.DataSetType = DIMSE_DATASET_PRESENT;
  association.send(context, request, &keys);
  for (;;) {
    throw_if_cancelled();
    const Association::Message message = intake.is_empty() ? first_answer(association) : association.receive();
    if (message.command.CommandField == DIMSE_C_STORE_RQ) {
      intake.take(association, message);
      continue;
    }
    XINGU_REQUIRE(message.command.CommandField == DIMSE_C_GET_RSP,
                  "{} answers a request with something else (it breaks the protocol); report it to those who run it",
                  association.name());
    const T_DIMSE_C_GetRSP& answer = message.command.msg.CGetRSP;
    if (intake.is_empty() && is_refusal(answer.DimseStatus)) {
      throw GetRefused{fmt::format("status {:04x}", answer.DimseStatus)};
    }
    if (!DICOM_PENDING_STATUS(answer.DimseStatus)) {
      const bool says_failed = (answer.opts & O_GET_NUMBEROFFAILEDSUBOPERATIONS) != 0;
      require_whole({answer.DimseStatus, says_failed ? answer.NumberOfFailedSubOperations : 0, std::nullopt}, intake,
                    association.name());
      return;
    }
  }
}

/// C-MOVE: the server is asked over one connection and opens others, on which we are the provider. Everything is waited
/// for at once, since a server may say nothing on the first while objects come over the others.
class Mover {
 public:
  Mover(Association& asking, Association::ContextId context, int port, Intake& intake)
      : asking_(asking),
        context_(context),
        port_(port),
        intake_(intake),
        listener_(asking.access(), port, contexts_of_objects()) {}

  void move_study() {
    ask();
    heard_ = Clock::now();
    for (;;) {
      throw_if_cancelled();
      welcome();
      for (Association* ready : Association::readable(everybody(), senders_.empty() ? 0 : 1)) {
        heard_ = Clock::now();
        if (ready != &asking_) {
          take_from(*ready);
        } else if (const auto outcome = answer()) {
          judge(*outcome);
          return;
        }
      }
      require_heard();
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds idle_wait{20};
  static constexpr std::size_t max_senders = 16;

  void ask() {
    DcmDataset keys = keys_of(intake_.study_uid());
    T_DIMSE_Message request{};
    request.CommandField = DIMSE_C_MOVE_RQ;
    T_DIMSE_C_MoveRQ& move = request.msg.CMoveRQ;
    move.MessageID = asking_.next_message_id();
    OFStandard::strlcpy(move.AffectedSOPClassUID, sop_class::study_root_move, sizeof(move.AffectedSOPClassUID));
    OFStandard::strlcpy(move.MoveDestination, asking_.access().own_title.c_str(), sizeof(move.MoveDestination));
    move.Priority = DIMSE_PRIORITY_MEDIUM;
    move.DataSetType = DIMSE_DATASET_PRESENT;
    asking_.send(context_, request, &keys);
  }

  [[nodiscard]] std::vector<Association*> everybody() const {
    std::vector<Association*> all{&asking_};
    for (const auto& sender : senders_) {
      all.push_back(sender.get());
    }
    return all;
  }

  void welcome() {
    if (senders_.size() < max_senders) {
      if (auto sender = listener_.accept(senders_.empty() ? idle_wait : std::chrono::milliseconds(0))) {
        senders_.push_back(std::move(sender));
        heard_ = Clock::now();
      }
    }
  }

  void take_from(Association& sender) {
    const auto message = sender.receive_unless_ended();
    if (!message) {
      std::erase_if(senders_, [&](const auto& one) { return one.get() == &sender; });
    } else if (message->command.CommandField == DIMSE_C_ECHO_RQ) {
      sender.answer_echo(*message);
    } else {
      XINGU_REQUIRE(message->command.CommandField == DIMSE_C_STORE_RQ,
                    "who called on port {} does something else than {} was asked for (it breaks the protocol, or is "
                    "somebody else); see who knows {} at this port",
                    port_, asking_.name(), asking_.access().own_title);
      intake_.take(sender, *message);
    }
  }

  /// The server's answer if it is the last.
  [[nodiscard]] std::optional<Outcome> answer() {
    const Association::Message message = asking_.receive();
    XINGU_REQUIRE(message.command.CommandField == DIMSE_C_MOVE_RSP,
                  "{} answers a request with something else (it breaks the protocol); report it to those who run it",
                  asking_.name());
    const T_DIMSE_C_MoveRSP& said = message.command.msg.CMoveRSP;
    if (DICOM_PENDING_STATUS(said.DimseStatus)) {
      return std::nullopt;
    }
    Outcome outcome{said.DimseStatus, 0, std::nullopt};
    if ((said.opts & O_MOVE_NUMBEROFFAILEDSUBOPERATIONS) != 0) {
      outcome.num_failed = said.NumberOfFailedSubOperations;
    }
    if ((said.opts & O_MOVE_NUMBEROFCOMPLETEDSUBOPERATIONS) != 0) {
      outcome.num_completed = said.NumberOfCompletedSubOperations;
    }
    return outcome;
  }

  void judge(const Outcome& outcome) const {
    XINGU_REQUIRE(outcome.status != STATUS_MOVE_Refused_MoveDestinationUnknown,
                  "{} does not know where {} is (it moves objects only to those it knows); have this computer's name "
                  "with port {} entered there under that title, or give another --as",
                  asking_.name(), asking_.access().own_title, port_);
    XINGU_REQUIRE(
        (outcome.status == STATUS_Success && outcome.num_failed == 0) || intake_.num_of_study() > 0,
        "{} could not send anything to {} (status {:04x}, {} objects failed; it reaches nobody, or agrees with "
        "us on nothing); see that it knows this computer's name and port {}, and that no firewall is between",
        asking_.name(), asking_.access().own_title, outcome.status, outcome.num_failed, port_);
    require_whole(outcome, intake_, asking_.name());
    XINGU_REQUIRE(!outcome.num_completed || static_cast<std::size_t>(*outcome.num_completed) == intake_.num_of_study(),
                  "{} says that it moved {} objects, of which {} came here (it may know another computer as {}); see "
                  "which name and port it has for that title",
                  asking_.name(), *outcome.num_completed, intake_.num_of_study(), asking_.access().own_title);
  }

  void require_heard() const {
    if (Clock::now() - heard_ > std::chrono::seconds(asking_.access().timeout_s)) {
      throw EnvironmentError(fmt::format(
          "{}: no object came on port {} within {} s (the server is slow, or cannot reach this computer); see that it "
          "knows this computer's name and port, or give a longer --timeout-s",
          asking_.name(), port_, asking_.access().timeout_s));
    }
  }

  Association& asking_;
  Association::ContextId context_;
  int port_;
  Intake& intake_;
  StoreListener listener_;
  std::vector<std::unique_ptr<Association>> senders_;
  Clock::time_point heard_;
};

/// Fetches all by C-GET; empty, or why the server does not do that, and then nothing came.
std::string get_studies(const ArchiveAccess& access, const std::vector<std::string>& study_uids, Intake& intake) {
  std::vector<PresentationContext> contexts = contexts_of_objects();
  contexts.push_back(context_of_service(sop_class::study_root_get));
  contexts.push_back(context_of_service(sop_class::study_root_move));  // else some would take nothing and not say why
  Association association(access, contexts);
  const auto context = association.context_of(sop_class::study_root_get);
  if (!context) {
    return "it has no C-GET";
  }
  try {
    for (const std::string& study_uid : study_uids) {
      intake.begin(study_uid);
      get_study(association, *context, intake);
    }
  } catch (const GetRefused& refused) {
    return "it refuses C-GET: " + refused.why;
  }
  association.release();
  return "";
}

void move_studies(const ArchiveAccess& access, int port, const std::vector<std::string>& study_uids, Intake& intake) {
  const std::vector<PresentationContext> contexts{context_of_service(sop_class::study_root_move)};
  Association association(access, contexts);  // fails where the server does not take it
  const auto context = association.context_of(sop_class::study_root_move);
  Mover mover(association, *context, port, intake);
  for (const std::string& study_uid : study_uids) {
    intake.begin(study_uid);
    mover.move_study();
  }
  association.release();
}

}  // namespace

void require_valid(const FetchWay& way) {
  XINGU_REQUIRE(way.service != FetchWay::Service::move || way.listen_port,
                "--move needs --listen-port (the server opens connections to this computer); give the port that is "
                "entered there");
  XINGU_REQUIRE(!way.listen_port || (*way.listen_port >= 1 && *way.listen_port <= 65535),
                "--listen-port {} is not from 1 to 65535 (there are no others); correct it", *way.listen_port);
}

std::vector<FetchedObject> fetch_studies(const ArchiveAccess& access, const std::vector<std::string>& study_uids,
                                         const fs::path& folder, const FetchWay& way, const FetchLimits& limits) {
  require_valid(way);
  const StagingFolder staging(folder);
  Intake intake(limits, staging);
  const std::string why_not_get = way.service == FetchWay::Service::move ? "" : get_studies(access, study_uids, intake);
  if (way.service == FetchWay::Service::move || !why_not_get.empty()) {
    XINGU_REQUIRE(
        way.listen_port,
        "{} does not send objects on request ({}); give --listen-port to have them moved here (C-MOVE), with {}, "
        "this computer's name and that port entered there",
        access.server.text(), why_not_get, access.own_title);
    move_studies(access, *way.listen_port, study_uids, intake);
  }
  std::vector<FetchedObject> objects = std::move(intake).objects();
  XINGU_REQUIRE(!objects.empty(), "{} sent nothing (it has no object of this study); check --study",
                access.server.text());
  staging.keep();
  std::ranges::sort(objects, {}, &FetchedObject::path);
  return objects;
}

}  // namespace xingu
