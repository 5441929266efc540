// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/ranks.h"

namespace xingu {

/// This process as one of those that mpirun (or srun) started together: their Ranks over MPI, from MPI_Init to
/// MPI_Finalize. One at a time, made on the main thread. Waiting ranks sleep; they do not spin as MPI's own waits do.
class MpiJob {
 public:
  /// True where the environment says that Open MPI's mpirun, or a starter that speaks PMIx, started this process. A
  /// plain start pays nothing for MPI: it is not initialised.
  [[nodiscard]] static bool is_launched();

  /// @throws EnvironmentError if MPI cannot be used from several threads
  MpiJob();
  ~MpiJob();
  MpiJob(const MpiJob&) = delete;
  MpiJob& operator=(const MpiJob&) = delete;

  [[nodiscard]] Ranks& ranks();

  /// The cores that this process may run on, shared evenly with the ranks of this host that may run on the same.
  [[nodiscard]] int threads_per_rank() const;
  /// For people, on the root: "4 ranks on 2 hosts, 8 threads each"; says so where ranks are bound to fewer cores than
  /// their hosts have.
  [[nodiscard]] std::string words() const;

  /// How this rank ended: an exit code, and the sentence of a failure.
  struct Ending {
    int exit_code = 0;
    std::string failure;
  };
  /// Ends the job; every rank calls it last. The root's ending counts: it ends the others, who are waited for (half a
  /// minute if the root failed; then MPI_Abort takes them away). Another rank's failure is told to the root first,
  /// which throws it where it next waits for a rank.
  /// @return  the exit code for this process: the root's own; 0 on the others, so that mpirun returns the root's
  int end(const Ending& ending);

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace xingu
