// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "delivery/patient_motion.h"
#include "ecg/simulation/front_end.h"

namespace xingu {

/// What is known of the heart with a step.
struct HeartReading {
  bool has_beat = false;   ///< a beat became known with this step
  double beat_s = 0.0;     ///< session time of its R peak
  bool is_blind = false;   ///< beats cannot be seen now: no contact, noise, or what a beat is like is being learnt
  double latency_s = 0.0;  ///< longest time from an R peak to its beat
  double beat_sd_s = 0.0;  ///< standard deviation of beat_s
};

/// What tells a session of the heart's beats: once a millisecond, from within the loop. read() neither allocates, locks
/// nor throws; the same settings give the same readings.
class HeartSensor {
 public:
  virtual ~HeartSensor() = default;
  HeartSensor() = default;
  HeartSensor(const HeartSensor&) = delete;
  HeartSensor& operator=(const HeartSensor&) = delete;
  /// Steps are asked for one after the other.
  [[nodiscard]] virtual HeartReading read(std::uint64_t step) noexcept = 0;
};

/// Every R peak of the patient, exact, a fixed time late.
[[nodiscard]] std::unique_ptr<HeartSensor> make_ideal_heart_sensor(const PatientMotion& motion, int latency_ms);

/// An ECG that is taken during the session: the patient's heart beats as it moves, eight channels at 500 Hz go through
/// the simulated front end with its noise, and ecg::LiveDetector finds the beats.
struct SessionEcg {
  double contact_mV = 0.05;            ///< rms of bad contact
  double muscle_mV = 0.03;             ///< rms
  double mains_mV = 0.05;              ///< amplitude
  double lost_share = 0.0;             ///< of the samples
  std::vector<ecg::ElectrodeOff> off;  ///< session time
};

/// @param motion      must outlive the sensor
/// @param first_step  of the session: the ECG begins there
/// @throws InputError as the front end does.
[[nodiscard]] std::unique_ptr<HeartSensor> make_ecg_heart_sensor(const PatientMotion& motion,
                                                                 const SessionEcg& settings, std::uint64_t seed,
                                                                 std::uint64_t first_step);

}  // namespace xingu
