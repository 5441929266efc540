// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmnet/dimse.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "dicom/archive_server.h"

class DcmDataset;

namespace xingu::test {

/// A port of loopback that nobody uses now.
[[nodiscard]] int free_port();

/// A DICOM server on loopback for one association, or some one after the other, which says what a test wants it to say.
/// It takes every presentation context in its first transfer syntax and every role, except of the classes that it is
/// told to refuse.
class ArchivePeer {
 public:
  /// One request with its data set, if it has one.
  struct Request {
    T_ASC_PresentationContextID context = 0;
    T_DIMSE_Message command{};
  };
  using Answer = std::function<void(ArchivePeer& peer, const Request& request)>;

  /// @param answer  called on another thread for each request
  explicit ArchivePeer(Answer answer, std::vector<std::string> refused_classes = {}, int num_associations = 1);
  /// Waits for the client to go.
  ~ArchivePeer();
  ArchivePeer(const ArchivePeer&) = delete;
  ArchivePeer& operator=(const ArchivePeer&) = delete;

  [[nodiscard]] ArchiveAccess access() const;

  /// @{ Called from `answer`.
  void answer_echo(const Request& request, std::uint16_t status);
  void answer_store(const Request& request, std::uint16_t status);
  void answer_find(const Request& request, std::uint16_t status, DcmDataset* data = nullptr);
  void answer_get(const Request& request, std::uint16_t status, std::uint16_t num_failed = 0);
  void answer_move(const Request& request, std::uint16_t status, std::uint16_t num_completed,
                   std::uint16_t num_failed = 0);
  /// Sends an object to the client; its status, or 0xffff if the client left instead.
  std::uint16_t store(const std::string& sop_class, const std::string& announced_instance, DcmDataset& data);
  /// @}

 private:
  void serve();
  void serve_one();
  void accept_everything();
  void send(const Request& request, T_DIMSE_Message& answer, DcmDataset* data);

  Answer answer_;
  std::vector<std::string> refused_classes_;
  int num_associations_;
  int port_;
  T_ASC_Network* network_ = nullptr;
  T_ASC_Association* association_ = nullptr;
  std::thread thread_;
};

}  // namespace xingu::test
