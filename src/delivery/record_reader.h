// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "delivery/record_format.h"
#include "delivery/session.h"

namespace xingu {

/// A session's record in memory. Entries are views into it.
class SessionRecord {
 public:
  struct Entry {
    record::Kind kind = record::Kind::state;
    std::uint64_t step = 0;
    std::span<const std::byte> payload;

    /// The fixed part of the payload; nothing if it is shorter.
    template <class T>
    [[nodiscard]] std::optional<T> as() const {
      T value{};
      if (payload.size() < sizeof value) {
        return std::nullopt;
      }
      std::memcpy(&value, payload.data(), sizeof value);
      return value;
    }
    /// What follows the fixed part.
    template <class T>
    [[nodiscard]] std::span<const std::byte> after() const {
      return payload.size() >= sizeof(T) ? payload.subspan(sizeof(T)) : std::span<const std::byte>();
    }
  };

  /// Takes all entries up to the first that is not whole.
  /// @throws InputError if the bytes do not begin as a record
  SessionRecord(std::vector<std::byte> bytes, const std::string& name);

  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  /// Length of the head and all whole entries.
  [[nodiscard]] std::size_t valid_bytes() const { return valid_bytes_; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
  std::vector<Entry> entries_;
  std::size_t valid_bytes_ = 0;
};

/// @param most_bytes  reads no more of the file: a record that is being written has its full length from the start
/// @throws InputError if the file is no record
[[nodiscard]] SessionRecord read_record(const std::filesystem::path& path,
                                        std::uintmax_t most_bytes = std::numeric_limits<std::uintmax_t>::max());

/// One session of a record: a record that was resumed holds several, one after the other.
struct RecordedSession {
  std::uint64_t plan_hash = 0;
  std::uint64_t seed = 0;
  std::uint64_t first_step = 0;
  std::vector<double> given_before_mu;            ///< per beam
  std::string settings;                           ///< settings_text of the session
  std::span<const SessionRecord::Entry> entries;  ///< without the first
  std::size_t begin_byte = 0;                     ///< of its first entry in the record
  std::size_t end_byte = 0;
};
/// @throws InputError if an entry is not what its kind says
[[nodiscard]] std::vector<RecordedSession> sessions_of(const SessionRecord& record);

/// The bodies whose clearance a session watched, as its settings name them; empty of a source that names none.
[[nodiscard]] std::vector<WatchedPair> watched_pairs(const RecordedSession& session);

/// What was near while a record's clearance was watched.
class NearestPairs {
 public:
  /// @throws InputError as sessions_of()
  explicit NearestPairs(const SessionRecord& record);

  struct Nearest {
    WatchedPair pair;
    double distance_mm = 0.0;
  };
  /// In the newest state at or before a step; nothing where that names none. Cost O(log states).
  [[nodiscard]] std::optional<Nearest> at(std::uint64_t step) const;

 private:
  struct Moment {
    std::uint64_t step = 0;
    std::size_t pair = 0;  ///< in pairs_ + 1; 0: none
    double clearance_mm = 0.0;
  };
  std::vector<WatchedPair> pairs_;
  std::vector<Moment> moments_;  ///< ascending
};

/// Where an interrupted session stands: MU per beam, and the step to go on with.
struct ResumePoint {
  SessionProgress progress;
  std::uint64_t next_step = 0;
};
/// @throws InputError if the record holds no session, or one of another plan
[[nodiscard]] ResumePoint resume_point(const SessionRecord& record, const DeliveryPlan& plan);

/// What an entry says befell the machine; nothing where its kind is none.
[[nodiscard]] std::optional<FaultChange> change_of(const record::FaultEntry& entry) noexcept;

/// The operator of a record, for replaying it. No allocation after construction.
class RecordedOperator final : public OperatorPort {
 public:
  explicit RecordedOperator(const RecordedSession& session);
  [[nodiscard]] OperatorAction next(std::uint64_t step, const Controller&) noexcept override;
  [[nodiscard]] FaultChange change(std::uint64_t step) noexcept override;

 private:
  struct Moment {
    std::uint64_t step;
    OperatorAction action;
  };
  struct ChangeMoment {
    std::uint64_t step;
    FaultChange change;
  };
  std::vector<Moment> moments_;
  std::vector<ChangeMoment> changes_;
  std::size_t next_ = 0;
  std::size_t next_change_ = 0;
};

/// Runs a recorded session again, with the same actions, and compares what it would record byte by byte.
///
/// @param settings  as when it was recorded; seed, first step and progress are the record's
/// @return the step of the first difference, or nothing
/// @throws InputError if plan or settings are not those of the record
[[nodiscard]] std::optional<std::uint64_t> first_difference(const SessionRecord& record, const RecordedSession& session,
                                                            const DeliveryPlan& plan, SessionSettings settings,
                                                            const PatientMotion& motion,
                                                            const ClearanceSource& clearance,
                                                            const FaultSchedule& faults);

}  // namespace xingu
