// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "dicom/association.h"

namespace xingu {

/// The port on which an archive delivers what it was asked to move (C-MOVE, DICOM PS3.4 C.4.2), open as long as this
/// lives, on all addresses of the computer. It answers to its own AE title alone and agrees to nothing but the objects
/// that it is told. For one thread.
class StoreListener {
 public:
  /// @param access    whose own_title is answered to
  /// @param port      from 1 to 65535
  /// @param contexts  SOP classes that are taken, each in its transfer syntaxes, the preferred first; C-ECHO always
  /// @throws InputError if nobody may listen on the port, or somebody does
  StoreListener(const ArchiveAccess& access, int port, std::vector<PresentationContext> contexts);

  /// The next association that somebody began; null if nobody does within `patience`, or who did was turned away. Who
  /// begins one and falls silent is left after access.timeout_s, at most 5 s.
  [[nodiscard]] std::unique_ptr<Association> accept(std::chrono::milliseconds patience);

 private:
  struct NetworkCloser {
    void operator()(T_ASC_Network* network) const;
  };
  [[nodiscard]] bool is_called_by_its_title(T_ASC_Association& association) const;
  void agree(T_ASC_Parameters* parameters) const;

  ArchiveAccess access_;
  std::vector<PresentationContext> contexts_;
  std::unique_ptr<T_ASC_Network, NetworkCloser> network_;
};

}  // namespace xingu
