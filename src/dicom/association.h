// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmnet/dimse.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "dicom/archive_server.h"
#include "dicom/bounded_sink.h"
#include "dicom/tags.h"

namespace xingu {

/// What is to be spoken of on an association (DICOM PS3.8 9.3.2.2): a SOP class in one of some transfer syntaxes.
struct PresentationContext {
  enum class Role {
    user,     ///< we ask the server
    provider  ///< the server sends objects to us (C-GET)
  };
  std::string sop_class;
  std::vector<std::string> syntaxes;  ///< UIDs, the preferred first
  Role role = Role::user;
};

/// The other side aborted (PS3.8 9.3.8): it does not know us, does not let us ask this, or failed.
class AssociationAborted final : public EnvironmentError {
 public:
  using EnvironmentError::EnvironmentError;
};

/// A conversation with a DICOM server (PS3.7, PS3.8): as its client, or one that the server began to send what it was
/// asked to move. Every wait ends after access.timeout_s. What the server refuses is an InputError with its reason,
/// what breaks on the way an EnvironmentError, each one sentence that names the server. Left without release() it is
/// aborted. For one thread.
class Association {
 public:
  using ContextId = std::uint8_t;
  struct Message {
    ContextId context = 0;
    T_DIMSE_Message command{};
  };

  /// @param contexts  at most 128
  /// @throws InputError if nobody listens, the titles are not known there, or none of the contexts is taken
  Association(const ArchiveAccess& access, std::span<const PresentationContext> contexts);
  /// One that the server began and that was acknowledged (StoreListener); takes it over.
  Association(ArchiveAccess access, T_ASC_Association* accepted) : access_(std::move(access)), association_(accepted) {}
  ~Association();
  Association(const Association&) = delete;
  Association& operator=(const Association&) = delete;

  /// The accepted context of a SOP class; with a syntax, of both.
  [[nodiscard]] std::optional<ContextId> context_of(const std::string& sop_class) const;
  [[nodiscard]] std::optional<ContextId> context_of(const std::string& sop_class, const std::string& syntax) const;
  /// UID of the transfer syntax that was agreed on.
  [[nodiscard]] std::string syntax_of(ContextId context) const;
  [[nodiscard]] std::uint16_t next_message_id();

  /// C-ECHO (PS3.4 A.4): does the server answer?
  void echo();
  /// C-STORE of a file; the server's status (PS3.4 B.2.3).
  [[nodiscard]] std::uint16_t store(ContextId context, const std::string& sop_class, const std::string& sop_instance,
                                    const std::string& file);
  void send(ContextId context, T_DIMSE_Message& command, DcmDataset* data);
  [[nodiscard]] Message receive();
  /// As receive(); nothing if the other side ends the association instead, which then can only be left.
  [[nodiscard]] std::optional<Message> receive_unless_ended();
  /// Those of some associations that have something to be received. Waits at most so many seconds for one that has.
  [[nodiscard]] static std::vector<Association*> readable(std::span<Association* const> associations, int wait_s);
  /// The data set that follows a command. @throws InputError if it is longer than the sink takes, EnvironmentError if
  /// it cannot be written.
  void receive_data(BoundedSink& sink);
  void answer_store(const Message& request, std::uint16_t status);
  void answer_echo(const Message& request);
  void release();

  [[nodiscard]] const ArchiveAccess& access() const { return access_; }
  /// The server's name for messages.
  [[nodiscard]] std::string name() const { return access_.server.text(); }

 private:
  struct NetworkCloser {
    void operator()(T_ASC_Network* network) const;
  };
  void connect(T_ASC_Parameters* parameters);
  void require_good(const OFCondition& condition, std::string_view doing) const;

  ArchiveAccess access_;
  std::unique_ptr<T_ASC_Network, NetworkCloser> network_;
  T_ASC_Association* association_ = nullptr;
};

namespace sop_class {
inline constexpr const char* verification = "1.2.840.10008.1.1";
inline constexpr const char* study_root_find = "1.2.840.10008.5.1.4.1.2.2.1";
inline constexpr const char* study_root_get = "1.2.840.10008.5.1.4.1.2.2.3";
inline constexpr const char* study_root_move = "1.2.840.10008.5.1.4.1.2.2.2";
}  // namespace sop_class

namespace transfer_syntax {
inline constexpr const char* implicit_little = "1.2.840.10008.1.2";
inline constexpr const char* explicit_little = "1.2.840.10008.1.2.1";
inline constexpr const char* explicit_big = "1.2.840.10008.1.2.2";
inline constexpr const char* deflated = "1.2.840.10008.1.2.1.99";
}  // namespace transfer_syntax

/// "CTImageStorage" of a UID that DICOM PS3.6 knows, else the UID.
[[nodiscard]] std::string uid_name(const std::string& uid);

/// Digits in groups between dots, at most 64 letters (PS3.5 9.1): safe as a file name.
[[nodiscard]] bool is_uid(std::string_view text);

}  // namespace xingu
