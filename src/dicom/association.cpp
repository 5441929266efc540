// SPDX-License-Identifier: Apache-2.0
#include "dicom/association.h"

#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/dcmtrans.h>
#include <dcmtk/dcmnet/diutil.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"
#include "dicom/dataset.h"

namespace xingu {
namespace {

constexpr std::size_t max_contexts = 128;
constexpr std::size_t max_uid = 64;

template <std::size_t size>
void copy_text(char (&to)[size], const std::string& from) {
  OFStandard::strlcpy(to, from.c_str(), size);
}

/// Copies of the strings' addresses, as DCMTK wants a list.
std::vector<const char*> addresses(const std::vector<std::string>& texts) {
  std::vector<const char*> result;
  for (const std::string& text : texts) {
    result.push_back(text.c_str());
  }
  return result;
}

/// Why a server refuses (PS3.8 table 9-21), and what to do.
std::string rejection(T_ASC_Parameters* parameters, const ArchiveAccess& access) {
  T_ASC_RejectParameters reject{};
  ASC_getRejectParameters(parameters, &reject);
  switch (reject.reason) {
    case ASC_REASON_SU_CALLEDAETITLENOTRECOGNIZED:
      return fmt::format("does not answer to the title {} (it has another); ask for its AE title", access.server.title);
    case ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED:
      return fmt::format(
          "does not know a caller named {} (it admits only those it knows); give --as a title that is "
          "entered there",
          access.own_title);
    case ASC_REASON_SP_PRES_TEMPORARYCONGESTION:
    case ASC_REASON_SP_PRES_LOCALLIMITEXCEEDED:
      return "is too busy now (it rejected the association for a while); try again later";
    default: {
      OFString text;
      return fmt::format("rejects the association ({}); ask those who run it",
                         printable(ASC_printRejectParameters(text, &reject).c_str()));
    }
  }
}

}  // namespace

void Association::NetworkCloser::operator()(T_ASC_Network* network) const { ASC_dropNetwork(&network); }

Association::Association(const ArchiveAccess& access, std::span<const PresentationContext> contexts) : access_(access) {
  require_valid(access);
  XINGU_REQUIRE(contexts.size() <= max_contexts,
                "{}: {} kinds of objects are more than one association takes ({}); send fewer at a time", name(),
                contexts.size(), max_contexts);
  prepare_dcmtk();
  // Where DCMTK reads it. Else every message waits for an acknowledgement that the other side delays: 0.1 s an object.
  ::setenv("TCP_NODELAY", "1", 0);
  dcmConnectionTimeout.set(access.timeout_s);
  dcmSocketReceiveTimeout.set(access.timeout_s);
  dcmSocketSendTimeout.set(access.timeout_s);
  T_ASC_Network* network = nullptr;
  require_good(ASC_initializeNetwork(NET_REQUESTOR, 0, access.timeout_s, &network), "preparing the network");
  network_.reset(network);
  T_ASC_Parameters* parameters = nullptr;
  require_good(ASC_createAssociationParameters(&parameters, ASC_DEFAULTMAXPDU), "preparing the association");
  ASC_setAPTitles(parameters, access.own_title.c_str(), access.server.title.c_str(), nullptr);
  const std::string address = fmt::format("{}:{}", access.server.host, access.server.port);
  ASC_setPresentationAddresses(parameters, OFStandard::getHostName().c_str(), address.c_str());
  for (std::size_t k = 0; k < contexts.size(); ++k) {
    std::vector<const char*> syntaxes = addresses(contexts[k].syntaxes);
    const auto id = static_cast<ContextId>(2 * k + 1);  // odd numbers (PS3.8 9.3.2.2)
    const auto role = contexts[k].role == PresentationContext::Role::user ? ASC_SC_ROLE_DEFAULT : ASC_SC_ROLE_SCP;
    ASC_addPresentationContext(parameters, id, contexts[k].sop_class.c_str(), syntaxes.data(),
                               static_cast<int>(syntaxes.size()), role);
  }
  connect(parameters);
}

void Association::connect(T_ASC_Parameters* parameters) {
  const OFCondition condition = ASC_requestAssociation(network_.get(), parameters, &association_, nullptr, nullptr,
                                                       DUL_NOBLOCK, access_.timeout_s);
  if (condition.good()) {
    if (ASC_countAcceptedPresentationContexts(parameters) > 0) {
      return;
    }
    ASC_abortAssociation(association_);
    ASC_destroyAssociation(&association_);
    fail_input(
        "{} takes none of what was offered (it supports neither these objects nor this service); ask those who "
        "run it",
        name());
  }
  const std::string why = condition == DUL_ASSOCIATIONREJECTED
                              ? rejection(parameters, access_)
                              : fmt::format(
                                    "cannot be reached or does not speak DICOM ({}); check host and port, and "
                                    "that the server runs",
                                    printable(condition.text()));
  if (association_ != nullptr) {
    ASC_destroyAssociation(&association_);
  } else {
    ASC_destroyAssociationParameters(&parameters);
  }
  fail_input("{} {}", name(), why);
}

Association::~Association() {
  if (association_ != nullptr) {
    ASC_abortAssociation(association_);
    ASC_destroyAssociation(&association_);
  }
}

void Association::release() {
  const OFCondition condition = ASC_releaseAssociation(association_);
  ASC_destroyAssociation(&association_);
  require_good(condition, "ending the association");
}

void Association::require_good(const OFCondition& condition, std::string_view doing) const {
  if (condition.bad()) {
    if (condition == DUL_PEERABORTEDASSOCIATION) {
      throw AssociationAborted(fmt::format(
          "{}: aborted the connection while {} (servers do that to callers that they do not know or that may "
          "not ask this, and when they fail); see that it knows {}, and its log",
          name(), doing, access_.own_title));
    }
    const bool is_silent = condition == DIMSE_NODATAAVAILABLE || condition == DUL_READTIMEOUT;
    throw EnvironmentError(
        is_silent ? fmt::format("{}: no answer within {} s while {} (the server hangs, or is slow); try again, or give "
                                "a longer --timeout-s",
                                name(), access_.timeout_s, doing)
                  : fmt::format("{}: the connection broke while {} ({}); try again", name(), doing,
                                printable(condition.text())));
  }
}

std::optional<Association::ContextId> Association::context_of(const std::string& sop_class) const {
  const ContextId id = ASC_findAcceptedPresentationContextID(association_, sop_class.c_str());
  return id == 0 ? std::nullopt : std::optional(id);
}

std::optional<Association::ContextId> Association::context_of(const std::string& sop_class,
                                                              const std::string& syntax) const {
  // DCMTK looks for the best match of a class and may name one in another syntax.
  const ContextId id = ASC_findAcceptedPresentationContextID(association_, sop_class.c_str(), syntax.c_str());
  return id == 0 || syntax_of(id) != syntax ? std::nullopt : std::optional(id);
}

std::string Association::syntax_of(ContextId context) const {
  T_ASC_PresentationContext accepted{};
  XINGU_REQUIRE(ASC_findAcceptedPresentationContext(association_->params, context, &accepted).good(),
                "{} speaks of presentation context {}, which was not agreed on (it breaks the protocol); report it to "
                "those who run it",
                name(), context);
  return accepted.acceptedTransferSyntax;
}

std::uint16_t Association::next_message_id() { return association_->nextMsgID++; }

void Association::echo() {
  DIC_US status = 0;
  DcmDataset* detail = nullptr;
  const OFCondition condition =
      DIMSE_echoUser(association_, next_message_id(), DIMSE_NONBLOCKING, access_.timeout_s, &status, &detail);
  delete detail;
  require_good(condition, "asking whether it answers");
  XINGU_REQUIRE(status == STATUS_Success, "{} answers C-ECHO with status {:04x} (it is not ready); try again later",
                name(), status);
}

std::uint16_t Association::store(ContextId context, const std::string& sop_class, const std::string& sop_instance,
                                 const std::string& file) {
  T_DIMSE_C_StoreRQ request{};
  T_DIMSE_C_StoreRSP response{};
  request.MessageID = next_message_id();
  copy_text(request.AffectedSOPClassUID, sop_class);
  copy_text(request.AffectedSOPInstanceUID, sop_instance);
  request.DataSetType = DIMSE_DATASET_PRESENT;
  request.Priority = DIMSE_PRIORITY_MEDIUM;
  DcmDataset* detail = nullptr;
  const OFCondition condition = DIMSE_storeUser(association_, context, &request, file.c_str(), nullptr, nullptr,
                                                nullptr, DIMSE_NONBLOCKING, access_.timeout_s, &response, &detail);
  delete detail;
  require_good(condition, fmt::format("sending {}", file));
  return response.DimseStatus;
}

void Association::send(ContextId context, T_DIMSE_Message& command, DcmDataset* data) {
  require_good(DIMSE_sendMessageUsingMemoryData(association_, context, &command, nullptr, data, nullptr, nullptr),
               "asking");
}

Association::Message Association::receive() {
  Message message;
  DcmDataset* detail = nullptr;
  const OFCondition condition = DIMSE_receiveCommand(association_, DIMSE_NONBLOCKING, access_.timeout_s,
                                                     &message.context, &message.command, &detail);
  delete detail;
  require_good(condition, "waiting for an answer");
  return message;
}

std::optional<Association::Message> Association::receive_unless_ended() {
  Message message;
  DcmDataset* detail = nullptr;
  const OFCondition condition = DIMSE_receiveCommand(association_, DIMSE_NONBLOCKING, access_.timeout_s,
                                                     &message.context, &message.command, &detail);
  delete detail;
  if (condition == DUL_PEERREQUESTEDRELEASE) {
    ASC_acknowledgeRelease(association_);
    ASC_destroyAssociation(&association_);
    return std::nullopt;
  }
  if (condition == DUL_PEERABORTEDASSOCIATION) {
    ASC_destroyAssociation(&association_);
    return std::nullopt;
  }
  require_good(condition, "waiting for an object");
  return message;
}

std::vector<Association*> Association::readable(std::span<Association* const> associations, int wait_s) {
  std::vector<T_ASC_Association*> waiting;
  for (const Association* association : associations) {
    waiting.push_back(association->association_);
  }
  std::vector<Association*> result;
  if (ASC_selectReadableAssociation(waiting.data(), static_cast<int>(waiting.size()), wait_s)) {
    for (std::size_t k = 0; k < waiting.size(); ++k) {
      if (waiting[k] != nullptr) {  // DCMTK strikes out those with nothing to read
        result.push_back(associations[k]);
      }
    }
  }
  return result;
}

void Association::receive_data(BoundedSink& sink) {
  struct Stream final : DcmOutputStream {
    explicit Stream(BoundedSink& to) : DcmOutputStream(&to) {}
  } stream(sink);
  sink.set_on_failure([this] { ASC_abortAssociation(association_); });
  ContextId context = 0;
  const OFCondition condition = DIMSE_receiveDataSetInFile(association_, DIMSE_NONBLOCKING, access_.timeout_s, &context,
                                                           &stream, nullptr, nullptr);
  XINGU_REQUIRE(sink.failure() != BoundedSink::Failure::too_long,
                "{} sends more than the limit allows ({} bytes came before it; the disk must not fill up); ask for "
                "less, or see the limits in docs/user/archive.md",
                name(), sink.num_bytes());
  if (sink.failure() == BoundedSink::Failure::not_written) {
    throw EnvironmentError(
        fmt::format("what {} sends could not be written; check the folder and the free space", name()));
  }
  require_good(condition, "receiving a data set");
}

void Association::answer_store(const Message& request, std::uint16_t status) {
  const T_DIMSE_C_StoreRQ& store = request.command.msg.CStoreRQ;
  T_DIMSE_C_StoreRSP response{};
  response.MessageIDBeingRespondedTo = store.MessageID;
  OFStandard::strlcpy(response.AffectedSOPClassUID, store.AffectedSOPClassUID, sizeof(response.AffectedSOPClassUID));
  OFStandard::strlcpy(response.AffectedSOPInstanceUID, store.AffectedSOPInstanceUID,
                      sizeof(response.AffectedSOPInstanceUID));
  response.opts = O_STORE_AFFECTEDSOPCLASSUID | O_STORE_AFFECTEDSOPINSTANCEUID;
  response.DimseStatus = status;
  response.DataSetType = DIMSE_DATASET_NULL;
  require_good(DIMSE_sendStoreResponse(association_, request.context, &store, &response, nullptr),
               "acknowledging an object");
}

void Association::answer_echo(const Message& request) {
  require_good(
      DIMSE_sendEchoResponse(association_, request.context, &request.command.msg.CEchoRQ, STATUS_Success, nullptr),
      "answering C-ECHO");
}

std::string uid_name(const std::string& uid) { return dcmFindNameOfUID(uid.c_str(), uid.c_str()); }

bool is_uid(std::string_view text) {
  return !text.empty() && text.size() <= max_uid && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

}  // namespace xingu
