// SPDX-License-Identifier: Apache-2.0
#include "dicom/store_listener.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"
#include "dicom/dataset.h"

namespace xingu {
namespace {

/// Longest wait for the first message of a connection: while it is waited for, others are not served.
constexpr int longest_greeting_s = 5;

bool is_proposed(const T_ASC_PresentationContext& context, const std::string& syntax) {
  const auto* begin = context.proposedTransferSyntaxes;
  return std::any_of(begin, begin + context.transferSyntaxCount, [&](const char* other) { return syntax == other; });
}

}  // namespace

void StoreListener::NetworkCloser::operator()(T_ASC_Network* network) const { ASC_dropNetwork(&network); }

StoreListener::StoreListener(const ArchiveAccess& access, int port, std::vector<PresentationContext> contexts)
    : access_(access), contexts_(std::move(contexts)) {
  require_valid(access);
  contexts_.push_back({sop_class::verification, {transfer_syntax::explicit_little, transfer_syntax::implicit_little}});
  prepare_dcmtk();
  ::setenv("TCP_NODELAY", "1", 0);  // as for associations that we begin
  T_ASC_Network* network = nullptr;
  const OFCondition condition = ASC_initializeNetwork(NET_ACCEPTOR, port, access.timeout_s, &network);
  XINGU_REQUIRE(condition.good(),
                "port {} cannot be listened on ({}); give --listen-port another one, which the archive must know", port,
                printable(condition.text()));
  network_.reset(network);
}

std::unique_ptr<Association> StoreListener::accept(std::chrono::milliseconds patience) {
  pollfd waiting{DUL_networkSocket(network_->network), POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) {
    return nullptr;
  }
  T_ASC_Association* association = nullptr;
  const OFCondition condition =
      ASC_receiveAssociation(network_.get(), &association, ASC_DEFAULTMAXPDU, nullptr, nullptr, OFFalse, DUL_NOBLOCK,
                             std::min(access_.timeout_s, longest_greeting_s));
  if (condition.good() && is_called_by_its_title(*association)) {
    agree(association->params);
    if (ASC_acknowledgeAssociation(association).good()) {
      return std::make_unique<Association>(access_, association);
    }
  }
  if (association != nullptr) {
    ASC_destroyAssociation(&association);
  }
  return nullptr;
}

bool StoreListener::is_called_by_its_title(T_ASC_Association& association) const {
  std::array<char, sizeof(DIC_AE)> calling{};
  std::array<char, sizeof(DIC_AE)> called{};
  const bool is_known =
      ASC_getAPTitles(association.params, calling.data(), calling.size(), called.data(), called.size(), nullptr, 0)
          .good();
  if (is_known && access_.own_title == called.data()) {
    return true;
  }
  const T_ASC_RejectParameters reason{ASC_RESULT_REJECTEDPERMANENT, ASC_SOURCE_SERVICEUSER,
                                      ASC_REASON_SU_CALLEDAETITLENOTRECOGNIZED};
  ASC_rejectAssociation(&association, &reason);
  return false;
}

void StoreListener::agree(T_ASC_Parameters* parameters) const {
  const int count = ASC_countPresentationContexts(parameters);
  for (int k = 0; k < count; ++k) {
    T_ASC_PresentationContext offered{};
    if (ASC_getPresentationContext(parameters, k, &offered).bad()) {
      continue;
    }
    const std::string* agreed = nullptr;
    bool is_class_known = false;
    for (const PresentationContext& ours : contexts_) {
      is_class_known = is_class_known || ours.sop_class == offered.abstractSyntax;
      if (agreed == nullptr && ours.sop_class == offered.abstractSyntax) {
        const auto syntax = std::ranges::find_if(ours.syntaxes, [&](const auto& s) { return is_proposed(offered, s); });
        agreed = syntax == ours.syntaxes.end() ? nullptr : &*syntax;
      }
    }
    if (agreed != nullptr) {
      ASC_acceptPresentationContext(parameters, offered.presentationContextID, agreed->c_str());
    } else {
      ASC_refusePresentationContext(
          parameters, offered.presentationContextID,
          is_class_known ? ASC_P_TRANSFERSYNTAXESNOTSUPPORTED : ASC_P_ABSTRACTSYNTAXNOTSUPPORTED);
    }
  }
}

}  // namespace xingu
