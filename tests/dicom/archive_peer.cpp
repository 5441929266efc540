// SPDX-License-Identifier: Apache-2.0
#include "dicom/archive_peer.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmnet/diutil.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "dicom/dataset.h"

namespace xingu::test {
namespace {

constexpr int patience_s = 10;

}  // namespace

int free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool is_bound = ::bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                        ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(probe);
  if (!is_bound) {
    throw std::runtime_error("no free port on loopback");
  }
  return ntohs(address.sin_port);
}

ArchivePeer::ArchivePeer(Answer answer, std::vector<std::string> refused_classes, int num_associations)
    : answer_(std::move(answer)),
      refused_classes_(std::move(refused_classes)),
      num_associations_(num_associations),
      port_(free_port()) {
  prepare_dcmtk();
  ::setenv("TCP_NODELAY", "1", 0);  // as the client does, and before DCMTK reads it
  if (ASC_initializeNetwork(NET_ACCEPTOR, port_, patience_s, &network_).bad()) {
    throw std::runtime_error("cannot listen on loopback");
  }
  thread_ = std::thread([this] { serve(); });
}

ArchivePeer::~ArchivePeer() {
  thread_.join();
  ASC_dropNetwork(&network_);
}

ArchiveAccess ArchivePeer::access() const { return {{"PEER", "127.0.0.1", port_}, "XINGU", patience_s}; }

void ArchivePeer::accept_everything() {
  const int count = ASC_countPresentationContexts(association_->params);
  for (int k = 0; k < count; ++k) {
    T_ASC_PresentationContext context{};
    ASC_getPresentationContext(association_->params, k, &context);
    if (std::ranges::find(refused_classes_, context.abstractSyntax) != refused_classes_.end()) {
      ASC_refusePresentationContext(association_->params, context.presentationContextID,
                                    ASC_P_ABSTRACTSYNTAXNOTSUPPORTED);
      continue;
    }
    ASC_acceptPresentationContext(association_->params, context.presentationContextID,
                                  context.proposedTransferSyntaxes[0], context.proposedRole);
  }
  ASC_acknowledgeAssociation(association_);
}

void ArchivePeer::serve() {
  for (int k = 0; k < num_associations_; ++k) {
    serve_one();
  }
}

void ArchivePeer::serve_one() {
  if (ASC_receiveAssociation(network_, &association_, ASC_DEFAULTMAXPDU, nullptr, nullptr, OFFalse, DUL_NOBLOCK,
                             patience_s)
          .good()) {
    accept_everything();
    for (;;) {
      Request request;
      const OFCondition condition = DIMSE_receiveCommand(association_, DIMSE_NONBLOCKING, patience_s, &request.context,
                                                         &request.command, nullptr);
      if (condition == DUL_PEERREQUESTEDRELEASE) {
        ASC_acknowledgeRelease(association_);
      }
      if (condition.bad()) {
        break;
      }
      if (request.command.CommandField != DIMSE_C_ECHO_RQ) {
        DcmDataset* data = nullptr;
        DIMSE_receiveDataSetInMemory(association_, DIMSE_NONBLOCKING, patience_s, &request.context, &data, nullptr,
                                     nullptr);
        delete data;
      }
      answer_(*this, request);
    }
  }
  ASC_dropSCPAssociation(association_, 1);
  ASC_destroyAssociation(&association_);
}

void ArchivePeer::send(const Request& request, T_DIMSE_Message& answer, DcmDataset* data) {
  DIMSE_sendMessageUsingMemoryData(association_, request.context, &answer, nullptr, data, nullptr, nullptr);
}

void ArchivePeer::answer_echo(const Request& request, std::uint16_t status) {
  DIMSE_sendEchoResponse(association_, request.context, &request.command.msg.CEchoRQ, status, nullptr);
}

void ArchivePeer::answer_store(const Request& request, std::uint16_t status) {
  T_DIMSE_Message answer{};
  answer.CommandField = DIMSE_C_STORE_RSP;
  answer.msg.CStoreRSP.MessageIDBeingRespondedTo = request.command.msg.CStoreRQ.MessageID;
  answer.msg.CStoreRSP.DataSetType = DIMSE_DATASET_NULL;
  answer.msg.CStoreRSP.DimseStatus = status;
  send(request, answer, nullptr);
}

void ArchivePeer::answer_find(const Request& request, std::uint16_t status, DcmDataset* data) {
  T_DIMSE_Message answer{};
  answer.CommandField = DIMSE_C_FIND_RSP;
  answer.msg.CFindRSP.MessageIDBeingRespondedTo = request.command.msg.CFindRQ.MessageID;
  answer.msg.CFindRSP.DataSetType = data == nullptr ? DIMSE_DATASET_NULL : DIMSE_DATASET_PRESENT;
  answer.msg.CFindRSP.DimseStatus = status;
  send(request, answer, data);
}

void ArchivePeer::answer_get(const Request& request, std::uint16_t status, std::uint16_t num_failed) {
  T_DIMSE_Message answer{};
  answer.CommandField = DIMSE_C_GET_RSP;
  answer.msg.CGetRSP.MessageIDBeingRespondedTo = request.command.msg.CGetRQ.MessageID;
  answer.msg.CGetRSP.DataSetType = DIMSE_DATASET_NULL;
  answer.msg.CGetRSP.DimseStatus = status;
  answer.msg.CGetRSP.NumberOfFailedSubOperations = num_failed;
  answer.msg.CGetRSP.opts = O_GET_NUMBEROFFAILEDSUBOPERATIONS;
  send(request, answer, nullptr);
}

void ArchivePeer::answer_move(const Request& request, std::uint16_t status, std::uint16_t num_completed,
                              std::uint16_t num_failed) {
  T_DIMSE_Message answer{};
  answer.CommandField = DIMSE_C_MOVE_RSP;
  answer.msg.CMoveRSP.MessageIDBeingRespondedTo = request.command.msg.CMoveRQ.MessageID;
  answer.msg.CMoveRSP.DataSetType = DIMSE_DATASET_NULL;
  answer.msg.CMoveRSP.DimseStatus = status;
  answer.msg.CMoveRSP.NumberOfCompletedSubOperations = num_completed;
  answer.msg.CMoveRSP.NumberOfFailedSubOperations = num_failed;
  answer.msg.CMoveRSP.opts = O_MOVE_NUMBEROFCOMPLETEDSUBOPERATIONS | O_MOVE_NUMBEROFFAILEDSUBOPERATIONS;
  send(request, answer, nullptr);
}

std::uint16_t ArchivePeer::store(const std::string& sop_class, const std::string& announced_instance,
                                 DcmDataset& data) {
  const T_ASC_PresentationContextID context = ASC_findAcceptedPresentationContextID(association_, sop_class.c_str());
  T_DIMSE_C_StoreRQ request{};
  request.MessageID = association_->nextMsgID++;
  OFStandard::strlcpy(request.AffectedSOPClassUID, sop_class.c_str(), sizeof request.AffectedSOPClassUID);
  OFStandard::strlcpy(request.AffectedSOPInstanceUID, announced_instance.c_str(),
                      sizeof request.AffectedSOPInstanceUID);
  request.DataSetType = DIMSE_DATASET_PRESENT;
  T_DIMSE_C_StoreRSP response{};
  DcmDataset* detail = nullptr;
  const OFCondition condition = DIMSE_storeUser(association_, context, &request, nullptr, &data, nullptr, nullptr,
                                                DIMSE_NONBLOCKING, patience_s, &response, &detail);
  delete detail;
  return condition.good() ? response.DimseStatus : 0xffff;
}

}  // namespace xingu::test
