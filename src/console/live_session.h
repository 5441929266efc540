// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "console/session_link.h"

namespace xingu::console {

/// What the sessions of one console stand on. Everything must outlive them.
struct SessionGround {
  const DeliveryPlan* plan = nullptr;
  SessionSettings settings;
  const PatientMotion* motion = nullptr;
  const ClearanceSource* clearance = nullptr;
  std::vector<Fault> faults;
  double speed = 1.0;  ///< session seconds in a second
};

/// A session that runs in a thread of its own, in real time, with its record on disk.
class LiveSession {
 public:
  /// Begins at once; the session is idle until it is asked to load.
  /// @param record  a new file, or one whose session goes on
  /// @throws EnvironmentError if the record cannot be made, InputError if it is of another plan
  LiveSession(const SessionGround& ground, const std::filesystem::path& record);
  /// Stops the loop, with the beam off, and closes the record.
  ~LiveSession();
  LiveSession(const LiveSession&) = delete;
  LiveSession& operator=(const LiveSession&) = delete;

  /// Step with which it began: a resumed session goes on with the steps of the one before.
  [[nodiscard]] std::uint64_t first_step() const noexcept { return first_step_; }
  /// MU of each beam that were given before it began.
  [[nodiscard]] const std::vector<double>& given_before_mu() const noexcept { return given_before_mu_; }
  [[nodiscard]] SessionLink& link() noexcept { return *link_; }
  /// The loop has ended: complete, aborted, put away, or stopped.
  [[nodiscard]] bool is_over() const noexcept { return is_over_.load(std::memory_order_acquire); }
  /// Why the record could not be finished; empty if it was. Only when it is over.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

 private:
  void run();

  std::unique_ptr<RecordFile> record_;
  PaceStatistics pace_;
  std::unique_ptr<SessionLink> link_;
  std::unique_ptr<Session> session_;
  double speed_;
  std::uint64_t first_step_ = 0;
  std::vector<double> given_before_mu_;
  std::string failure_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace xingu::console
