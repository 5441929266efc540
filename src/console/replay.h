// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "console/telemetry.h"
#include "delivery/record_reader.h"

namespace xingu::console {

/// A record on a time line, played at any rate, forwards and backwards. One thread.
class Replay {
 public:
  static constexpr double fastest = 16.0;

  /// @param session  number in the journal, if it has one
  /// @param pairs    as the console names what is near; must outlive the replay
  /// @throws InputError if the record holds no state
  Replay(SessionRecord record, std::optional<std::int64_t> session, std::span<const WatchedPair> pairs);

  [[nodiscard]] double from_s() const { return static_cast<double>(moments_.front().step) * step_s; }
  [[nodiscard]] double to_s() const { return static_cast<double>(moments_.back().step) * step_s; }
  [[nodiscard]] double at_s() const { return at_s_; }
  [[nodiscard]] double rate() const { return rate_; }
  [[nodiscard]] const std::optional<std::int64_t>& session() const { return session_; }
  [[nodiscard]] const SessionRecord& record() const { return record_; }
  /// The session of this moment: a record that was resumed holds several. Null of a record that names none.
  [[nodiscard]] const RecordedSession* recorded_session() const;

  /// Limited to the record.
  void seek(double t_s);
  /// 0 stands still; negative runs backwards. Limited to `fastest` either way.
  void set_rate(double rate);
  /// Lets time pass.
  void advance(double seconds);

  /// What the record shows at this moment. Cost O(log states).
  [[nodiscard]] Telemetry telemetry() const;

 private:
  struct Moment {
    std::uint64_t step = 0;
    std::size_t entry = 0;  ///< of the state that was recorded last
    SessionState state = SessionState::idle;
    std::size_t leaves = 0;  ///< entry with the leaves before it, + 1; 0: none
    double given_mu = 0.0;   ///< of all beams
    double beam_mu = 0.0;    ///< by monitor 1
    double beam_mu_2 = 0.0;
    int first_out = -1;
  };
  void collect();
  [[nodiscard]] int nearest_pair_at(std::uint64_t step) const;

  SessionRecord record_;
  std::optional<std::int64_t> session_;
  std::span<const WatchedPair> pairs_;
  NearestPairs nearest_;
  std::vector<RecordedSession> sessions_;
  std::vector<Moment> moments_;
  double at_s_ = 0.0;
  double rate_ = 0.0;
};

}  // namespace xingu::console
