// SPDX-License-Identifier: Apache-2.0
#include "delivery/heart_sensor.h"

#include <array>
#include <cmath>

#include "delivery/axis.h"
#include "ecg/live/live_detector.h"
#include "ecg/simulation/beating_heart.h"

namespace xingu {
namespace {

constexpr double ecg_rate_hz = 500.0;
constexpr std::uint64_t steps_per_sample = 2;
constexpr std::uint64_t announced_steps = 400;  // an R peak is known so long before: its P wave begins before it
constexpr double first_rr_s = 0.8;
constexpr double ecg_beat_sd_s = 0.006;
constexpr std::uint64_t ecg_stream = 17;  // of the seed

/// Steps at which the heart's phase begins anew.
class RPeaks {
 public:
  explicit RPeaks(const PatientMotion& motion) : motion_(&motion) {}

  /// Whether an R peak lies between the step asked for last and this one.
  [[nodiscard]] bool is_at(std::uint64_t step) noexcept {
    const double before = phase_;
    phase_ = phase_at(step);
    return phase_ < before;
  }

 private:
  [[nodiscard]] double phase_at(std::uint64_t step) const noexcept {
    return motion_->cardiac_phase(static_cast<double>(step) * step_s);
  }

  const PatientMotion* motion_;
  double phase_ = 0.0;
};

class IdealHeartSensor final : public HeartSensor {
 public:
  IdealHeartSensor(const PatientMotion& motion, int latency_ms) : peaks_(motion), latency_(latency_ms) {}

  [[nodiscard]] HeartReading read(std::uint64_t step) noexcept override {
    HeartReading reading;
    reading.latency_s = static_cast<double>(latency_) * step_s;
    history_[step % history_.size()] = peaks_.is_at(step);
    reading.has_beat = history_[(step - latency_) % history_.size()];
    reading.beat_s = static_cast<double>(step) * step_s - reading.latency_s;
    return reading;
  }

 private:
  RPeaks peaks_;
  std::uint64_t latency_;
  std::array<bool, 256> history_{};
};

ecg::FrontEndSettings front_end_settings(const SessionEcg& ecg, std::uint64_t seed, double start_s) {
  ecg::FrontEndSettings settings;
  settings.contact_mV = ecg.contact_mV;
  settings.muscle_mV = ecg.muscle_mV;
  settings.mains_mV = ecg.mains_mV;
  settings.lost_share = ecg.lost_share;
  settings.wander_mV = 0.2;  // the patient breathes
  settings.seed = seed + ecg_stream;
  for (const ecg::ElectrodeOff& off : ecg.off) {
    settings.off.push_back({off.electrode, off.from_s - start_s, off.until_s - start_s});
  }
  return settings;
}

class EcgHeartSensor final : public HeartSensor {
 public:
  EcgHeartSensor(const PatientMotion& motion, const SessionEcg& settings, std::uint64_t seed, std::uint64_t first_step)
      : EcgHeartSensor(std::make_unique<ecg::BeatingHeart>(ecg_rate_hz), motion, settings, seed, first_step) {}

  [[nodiscard]] HeartReading read(std::uint64_t step) noexcept override {
    announce(step + announced_steps);
    HeartReading reading;
    reading.latency_s = detector_.latency_s() + static_cast<double>(steps_per_sample) * step_s;
    reading.beat_sd_s = ecg_beat_sd_s;
    if ((step - first_step_) % steps_per_sample == 0) {
      static_cast<void>(front_end_.read(frame_));
      if (const auto beat = detector_.step(frame_)) {
        reading.has_beat = true;
        reading.beat_s = start_s_ + beat->time_s;
      }
    }
    reading.is_blind = detector_.state() != ecg::LiveState::beating;
    return reading;
  }

 private:
  EcgHeartSensor(std::unique_ptr<ecg::BeatingHeart> heart, const PatientMotion& motion, const SessionEcg& settings,
                 std::uint64_t seed, std::uint64_t first_step)
      : first_step_(first_step),
        start_s_(static_cast<double>(first_step) * step_s),
        peaks_(motion),
        last_peak_s_(start_s_ - first_rr_s),
        heart_(heart.get()),
        front_end_(std::move(heart), front_end_settings(settings, seed, start_s_)),
        detector_(front_end_.info()),
        frame_(front_end_.info().channels.size()) {
    for (std::uint64_t ahead = 0; ahead < announced_steps; ++ahead) {
      announce(first_step + ahead);
    }
  }

  void announce(std::uint64_t step) noexcept {
    if (peaks_.is_at(step)) {
      const double time_s = static_cast<double>(step) * step_s;
      heart_->announce(time_s - start_s_, time_s - last_peak_s_);
      last_peak_s_ = time_s;
    }
  }

  std::uint64_t first_step_;
  double start_s_;
  RPeaks peaks_;
  double last_peak_s_;
  ecg::BeatingHeart* heart_;  // owned by the front end
  ecg::SimulatedFrontEnd front_end_;
  ecg::LiveDetector detector_;
  std::vector<std::int32_t> frame_;
};

}  // namespace

std::unique_ptr<HeartSensor> make_ideal_heart_sensor(const PatientMotion& motion, int latency_ms) {
  return std::make_unique<IdealHeartSensor>(motion, latency_ms);
}

std::unique_ptr<HeartSensor> make_ecg_heart_sensor(const PatientMotion& motion, const SessionEcg& settings,
                                                   std::uint64_t seed, std::uint64_t first_step) {
  return std::make_unique<EcgHeartSensor>(motion, settings, seed, first_step);
}

}  // namespace xingu
