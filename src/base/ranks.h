// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/byte_message.h"

namespace xingu {

/// The processes that compute one result together, on one machine or on several. Rank 0, the root, decides, writes and
/// talks to the user; the others compute what it hands out. This layer knows nothing of how bytes travel: `mpi` does.
///
/// Messages from one rank to another arrive in the order in which they were sent. Safe to use from several threads.
class Ranks {
 public:
  virtual ~Ranks() = default;
  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int count() const = 0;
  [[nodiscard]] bool is_root() const { return rank() == 0; }

  /// Hands bytes to a rank; returns when they are on their way and `bytes` is no longer needed.
  virtual void send(int to, Bytes bytes) = 0;
  /// The next message of a rank, if one is there.
  /// @throws RanksEnded on another rank than the root, once the root has ended the job; on the root the failure of
  ///         another rank
  [[nodiscard]] virtual std::optional<Bytes> try_receive(int from) = 0;
  /// Waits for it, without keeping a core busy. @throws as try_receive, and Cancelled
  [[nodiscard]] Bytes receive(int from);
};

/// The root has ended the job while this rank was still at work: nothing went wrong here, and nothing is left to say.
class RanksEnded : public std::runtime_error {
 public:
  RanksEnded() : std::runtime_error("the job was ended by rank 0") {}
};

/// One process by itself, which is its own root.
[[nodiscard]] Ranks& one_rank();

/// The root's bytes on every rank. Every rank calls it, in the same order of calls.
Bytes broadcast(Ranks& ranks, Bytes bytes);

/// How many items there are, for work whose end shows only while it goes on. `take` moves both.
struct Supply {
  /// Items below it may be started; those who ask for more wait.
  std::atomic<std::size_t> ready{0};
  /// Items from it on are not wanted, even where they are being computed.
  std::atomic<std::size_t> count{std::numeric_limits<std::size_t>::max()};
};

/// A long computation as items that can be computed anywhere and in any order.
struct SharedWork {
  std::size_t count = 0;
  Supply* supply = nullptr;  ///< on the root, instead of `count`
  /// Result of one item, the same wherever it is computed. Called on every rank, by several threads at once.
  std::function<Bytes(std::size_t item)> compute;
  /// Takes a result on the root; one call at a time, in whatever order items are done, while others go on computing.
  /// It runs no parallel loop: the thread could come upon another item there, and wait for itself.
  std::function<void(std::size_t item, const Bytes& result)> take;
  /// Items that one rank computes at once; 0: as many as it has threads. 1 where an item uses all threads itself.
  int at_once = 0;
  /// Names what the items are computed from. Ranks whose numbers differ would give a result that depends on who
  /// computed what, and are refused.
  std::uint64_t inputs = 0;
  std::string name;  ///< in messages: "the Monte Carlo"
};

/// Computes all items, each once, and hands each result to `take` on the root; every rank calls it, in the same order
/// of calls, and returns when no item is left for it (the root: when all are taken). Items are handed out one by one as
/// ranks ask for them, so that a slow rank gets fewer. Traffic: some 20 bytes and one round trip an item, and its
/// result.
/// @throws what compute or take throws, on the rank where it happened, and InputError on the root if inputs differ
void share_out(Ranks& ranks, const SharedWork& work);

}  // namespace xingu
