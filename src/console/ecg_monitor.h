// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "delivery/cardiac_phase.h"
#include "delivery/heart_sensor.h"
#include "delivery/record_reader.h"
#include "delivery/session.h"

namespace xingu::console {

/// An ECG that can be shown: what it follows from, besides the patient's motion.
struct EcgCourse {
  std::string source;  ///< for people
  SessionEcg ecg;
  std::uint64_t seed = 1;
  std::uint64_t first_step = 0;             ///< of the session: sample 0
  std::optional<CardiacGate> gate;          ///< of the session
  std::optional<CardiacGate> gate_to_come;  ///< of the session that is waited for
  bool gates_by_ecg = false;  ///< else by every R peak, `exact_latency_ms` late, and the ECG is only watched
  int exact_latency_ms = 0;
};

/// Of a patient who waits for a session with these settings: nothing is gated yet, and electrodes are as they will be
/// when it begins.
[[nodiscard]] EcgCourse waiting_course(const SessionSettings& settings);
/// Of a session with these settings, which hold its seed and first step. One that takes no ECG is watched by one with
/// electrodes that are in order.
[[nodiscard]] EcgCourse course_of(const SessionSettings& settings, std::string source);
/// Of a session of a record. @param settings  of this console
/// @throws InputError if the record's patient, gate or ECG is not this console's
[[nodiscard]] EcgCourse recorded_course(const RecordedSession& session, SessionSettings settings,
                                        const PatientMotion& motion);

/// The ECG of a session for people to watch. It runs the session's own sensor and estimate of the phase a second time,
/// in a thread of its own, to wherever the session is: from the same seed and steps follow the same samples, beats and
/// gate, bit by bit, and the control loop has no part in showing them. Keeps the last ten seconds of every lead at
/// 250 Hz. Its functions may be called from one other thread; they wait some µs at the most.
class EcgMonitor {
 public:
  static constexpr double kept_s = 10.0;
  static constexpr double rate_hz = 250.0;      ///< of what is kept: a screen has no more columns to show
  static constexpr std::size_t num_beats = 32;  ///< that are kept

  /// @param motion  must outlive the monitor
  EcgMonitor(const PatientMotion& motion, EcgCourse course);
  ~EcgMonitor();
  EcgMonitor(const EcgMonitor&) = delete;
  EcgMonitor& operator=(const EcgMonitor&) = delete;

  /// Begins another course from its first step.
  void show(EcgCourse course);
  /// Shows nothing until the next course, and says why.
  void show_nothing(std::string reason);
  /// Lets the course run to a time of its session. A time before the last one begins it anew, as soon as time no longer
  /// runs backwards. @param speed  at which the session runs, for who draws it
  void advance_to(double session_s, double speed = 1.0);

  /// Why nothing is shown; empty if something is.
  [[nodiscard]] std::string refusal() const;
  /// What came since sample `after`, and the state of heart and electrodes: `/api/ecg` of
  /// docs/user/console-protocol.md. A number that is not there yet counts as 0.
  [[nodiscard]] nlohmann::json document(std::uint64_t after) const;
  /// Waits until the course has come to the last advance_to().
  void wait() const;

 private:
  class Chain;
  /// What the detector said after the newest sample.
  struct Findings {
    struct Lead {
      std::string name;
      ecg::Contact contact{};
      ecg::LeadSecond second;
    };
    std::vector<Lead> leads;
    std::array<ecg::Contact, ecg::num_electrodes> electrodes{};
    ecg::LiveState state = ecg::LiveState::learning;
    ecg::FibrillationSign fibrillation = ecg::FibrillationSign::none;
    std::optional<double> rate_per_min;
    double latency_s = 0.0;
  };
  /// A stretch in which the gate stood open, s from sample 0.
  struct Opening {
    double from_s = 0.0;
    double until_s = 0.0;
  };
  struct Block;

  void run();
  void begin(EcgCourse course);
  void keep(const Block& block);
  [[nodiscard]] bool is_behind() const;
  [[nodiscard]] std::uint64_t wanted_step() const;
  [[nodiscard]] nlohmann::json gate_document() const;
  [[nodiscard]] nlohmann::json gate_to_come_document() const;
  [[nodiscard]] nlohmann::json leads_document(std::uint64_t first) const;

  const PatientMotion* motion_;

  mutable std::mutex mutex_;  // of all below
  mutable std::condition_variable wake_;
  bool is_stopping_ = false;
  std::uint64_t number_ = 0;  ///< of the course; counts beginnings
  EcgCourse course_;
  std::string refusal_;  ///< why nothing is shown
  double wanted_s_ = 0.0;
  double speed_ = 1.0;
  bool runs_backwards_ = false;
  std::uint64_t next_step_ = 0;              ///< first that has not been kept
  std::vector<std::vector<float>> kept_uv_;  ///< [lead][sample modulo length]
  std::uint64_t num_kept_ = 0;
  std::deque<ecg::LiveBeat> beats_;
  std::deque<Opening> openings_;
  bool is_open_ = false;
  Findings findings_;
  std::thread thread_;
};

}  // namespace xingu::console
