// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <thread>
#include <vector>

#include "delivery/patient_motion.h"
#include "ecg/live/live_detector.h"
#include "ecg/record.h"
#include "ecg/simulation/front_end.h"

namespace xingu::console {

/// A running ECG for people to watch: takes samples from a source in a thread of its own, finds beats, and keeps the
/// last ten seconds of every lead at half the rate or less, 250 Hz at the most. It has no part in the session: what
/// gates the beam is the controller's own. document() may be called from another thread; it waits for a block of
/// samples at the most (20 ms of signal, some µs of work).
class EcgMonitor {
 public:
  static constexpr double kept_s = 10.0;
  static constexpr std::size_t num_beats = 32;  ///< that are kept

  /// @param source       its read() waits until the samples were measured; the monitor stops where it ends
  /// @param description  of the source, for people
  /// @throws InputError if there is no voltage in it
  EcgMonitor(std::unique_ptr<ecg::SampleSource> source, std::string description);
  ~EcgMonitor();
  EcgMonitor(const EcgMonitor&) = delete;
  EcgMonitor& operator=(const EcgMonitor&) = delete;

  /// What came since sample `after`, and the state of heart and electrodes: `/api/ecg` of
  /// docs/user/console-protocol.md. A number that is not there yet counts as 0: the source may have begun anew.
  [[nodiscard]] nlohmann::json document(std::uint64_t after) const;

  /// Waits until the source has ended; for sources that do.
  void wait() { thread_.join(); }

 private:
  void run();
  void take(std::span<const std::int32_t> frame);
  [[nodiscard]] nlohmann::json lead_document(std::size_t lead, std::uint64_t first) const;

  std::unique_ptr<ecg::SampleSource> source_;
  std::string description_;
  std::size_t factor_;  ///< samples of the source in one that is kept
  double rate_hz_;      ///< of those that are kept
  std::atomic<bool> is_stopping_{false};

  mutable std::mutex mutex_;  // of all below
  ecg::LiveDetector detector_;
  std::vector<std::vector<float>> kept_uv_;  ///< [lead][sample modulo length]
  std::vector<float> sum_mv_;                ///< [lead], of the sample that is being made
  std::size_t in_sum_ = 0;
  std::uint64_t num_kept_ = 0;
  std::deque<ecg::LiveBeat> beats_;
  std::thread thread_;
};

/// The heart of a simulated patient, for ever: eight leads at 500 Hz through the simulated front end, with the noise of
/// electrodes that are in order, in real time.
/// @param motion  whose cardiac phase begins with each R peak; must outlive the source
/// @param off     electrodes that lose their contact, s from now
[[nodiscard]] std::unique_ptr<ecg::SampleSource> simulated_patient_ecg(const PatientMotion& motion, std::uint64_t seed,
                                                                       std::vector<ecg::ElectrodeOff> off = {});

}  // namespace xingu::console
