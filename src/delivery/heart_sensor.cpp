// SPDX-License-Identifier: Apache-2.0
#include "delivery/heart_sensor.h"

#include <array>
#include <utility>

#include "delivery/axis.h"

namespace xingu {
namespace {

constexpr std::uint64_t steps_per_sample = 2;
constexpr std::uint64_t announced_steps = 400;  // an R peak is known so long before: its P wave begins before it
constexpr double first_rr_s = 0.8;
constexpr double ecg_beat_sd_s = 0.006;
constexpr std::uint64_t ecg_stream = 17;  // of the seed

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

}  // namespace

bool RPeaks::is_at(std::uint64_t step) noexcept {
  const double before = phase_;
  phase_ = motion_->cardiac_phase(static_cast<double>(step) * step_s);
  return phase_ < before;
}

EcgHeartSensor::EcgHeartSensor(const PatientMotion& motion, const SessionEcg& settings, std::uint64_t seed,
                               std::uint64_t first_step)
    : EcgHeartSensor(std::make_unique<ecg::BeatingHeart>(rate_hz), motion, settings, seed, first_step) {}

EcgHeartSensor::EcgHeartSensor(std::unique_ptr<ecg::BeatingHeart> heart, const PatientMotion& motion,
                               const SessionEcg& settings, std::uint64_t seed, std::uint64_t first_step)
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

HeartReading EcgHeartSensor::read(std::uint64_t step) noexcept {
  announce(step + announced_steps);
  HeartReading reading;
  reading.latency_s = detector_.latency_s() + static_cast<double>(steps_per_sample) * step_s;
  reading.beat_sd_s = ecg_beat_sd_s;
  has_sample_ = (step - first_step_) % steps_per_sample == 0;
  beat_.reset();
  if (has_sample_) {
    static_cast<void>(front_end_.read(frame_));
    beat_ = detector_.step(frame_);
    reading.has_beat = beat_.has_value();
    reading.beat_s = beat_ ? start_s_ + beat_->time_s : 0.0;
  }
  reading.is_blind = detector_.state() != ecg::LiveState::beating;
  return reading;
}

void EcgHeartSensor::announce(std::uint64_t step) noexcept {
  if (peaks_.is_at(step)) {
    const double time_s = static_cast<double>(step) * step_s;
    heart_->announce(time_s - start_s_, time_s - last_peak_s_);
    last_peak_s_ = time_s;
  }
}

std::unique_ptr<HeartSensor> make_ideal_heart_sensor(const PatientMotion& motion, int latency_ms) {
  return std::make_unique<IdealHeartSensor>(motion, latency_ms);
}

}  // namespace xingu
