// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "delivery/patient_motion.h"
#include "ecg/live/live_detector.h"
#include "ecg/simulation/beating_heart.h"
#include "ecg/simulation/front_end.h"

namespace xingu {

/// What is known of the heart with a step.
struct HeartReading {
  bool has_beat = false;   ///< a beat became known with this step
  double beat_s = 0.0;     ///< session time of its R peak
  bool is_blind = false;   ///< beats cannot be seen now: no contact, noise, possible ventricular
                           ///< fibrillation, or what a beat is like is being learnt
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

/// Steps at which the heart's phase begins anew.
class RPeaks {
 public:
  /// @param motion  must outlive it
  explicit RPeaks(const PatientMotion& motion) : motion_(&motion) {}

  /// Whether an R peak lies between the step asked for last and this one.
  [[nodiscard]] bool is_at(std::uint64_t step) noexcept;

 private:
  const PatientMotion* motion_;
  double phase_ = 0.0;
};

/// Finds the beats in a SessionEcg. Who asks for the same steps of the same settings sees the same samples and beats,
/// in the session and outside it. Cost 2 µs every other step.
class EcgHeartSensor final : public HeartSensor {
 public:
  static constexpr double rate_hz = 500.0;

  /// @param motion      must outlive the sensor
  /// @param first_step  of the session: the ECG begins there
  /// @throws InputError as the front end does.
  EcgHeartSensor(const PatientMotion& motion, const SessionEcg& settings, std::uint64_t seed, std::uint64_t first_step);

  [[nodiscard]] HeartReading read(std::uint64_t step) noexcept override;

  /// The last read() took a sample of every channel.
  [[nodiscard]] bool has_sample() const noexcept { return has_sample_; }
  /// What is known after the last read(); its time counts from the first step.
  [[nodiscard]] const ecg::LiveDetector& detector() const noexcept { return detector_; }
  /// The beat that the last read() made certain, time as of the detector.
  [[nodiscard]] const std::optional<ecg::LiveBeat>& beat() const noexcept { return beat_; }

 private:
  EcgHeartSensor(std::unique_ptr<ecg::BeatingHeart> heart, const PatientMotion& motion, const SessionEcg& settings,
                 std::uint64_t seed, std::uint64_t first_step);
  void announce(std::uint64_t step) noexcept;

  std::uint64_t first_step_;
  double start_s_;
  RPeaks peaks_;
  double last_peak_s_;
  ecg::BeatingHeart* heart_;  // owned by the front end
  ecg::SimulatedFrontEnd front_end_;
  ecg::LiveDetector detector_;
  std::vector<std::int32_t> frame_;
  bool has_sample_ = false;
  std::optional<ecg::LiveBeat> beat_;
};

}  // namespace xingu
