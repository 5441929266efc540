// SPDX-License-Identifier: Apache-2.0
#include "ecg/simulation/front_end.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <thread>

#include "base/error.h"
#include "ecg/formats/lead_codes.h"

namespace xingu::ecg {
namespace {

constexpr std::array<const char*, 8> channel_names{"I", "II", "V1", "V2", "V3", "V4", "V5", "V6"};
constexpr double steps_per_mV = 1000.0;
constexpr double loss_run_s = 0.04;
constexpr double spike_s = 0.002;
constexpr double contact_relaxation_s = 0.5;

/// Streams of random numbers: one for each disturbance, the channel added.
enum Stream : std::uint64_t {
  amplifier = 100,
  muscle = 200,
  contact = 300,
  contact_steps = 400,
  constants = 500,
  loss = 600
};

}  // namespace

SimulatedFrontEnd::SimulatedFrontEnd(std::unique_ptr<SampleSource> heart, FrontEndSettings settings)
    : heart_(std::move(heart)), settings_(std::move(settings)), info_(heart_->info()) {
  XINGU_REQUIRE(info_.rate_hz >= 250 && info_.rate_hz <= 8000,
                "a front end at {} Hz (250 to 8000 Hz are simulated); give a recording of such a rate", info_.rate_hz);
  info_.channels.clear();
  for (const char* name : channel_names) {
    const auto& channels = heart_->info().channels;
    const auto found = std::ranges::find_if(channels, [&](const Channel& c) { return lead_name(c.name) == name; });
    XINGU_REQUIRE(found != channels.end(),
                  "{}: has no lead {} (the front end measures I, II and V1 to V6); give twelve leads", info_.name,
                  name);
    heart_channel_.push_back(static_cast<std::size_t>(found - channels.begin()));
    info_.channels.push_back({name, "mV", steps_per_mV, 0.0, 24});
  }
  heart_frames_.reserve(heart_->info().channels.size());  // frame by frame, read() allocates nothing
}

double SimulatedFrontEnd::normal(std::uint64_t stream, std::uint64_t index) const {
  // Box and Muller 1958 on one draw of four words
  const auto words = Philox(settings_.seed, stream).words(index);
  const double radius = std::sqrt(-2.0 * std::log((words[0] + 1.0) * 0x1.0p-32));
  return radius * std::cos(2.0 * std::numbers::pi * words[1] * 0x1.0p-32);
}

bool SimulatedFrontEnd::is_connected(std::size_t channel, double t_s) const {
  return std::ranges::none_of(settings_.off, [&](const ElectrodeOff& off) {
    return (electrodes_of_lead(channel_names[channel]) >> static_cast<unsigned>(off.electrode) & 1U) != 0 &&
           t_s >= off.from_s && t_s < off.until_s;
  });
}

bool SimulatedFrontEnd::is_lost(std::uint64_t number) const {
  const auto run = static_cast<std::uint64_t>(static_cast<double>(number) / info_.rate_hz / loss_run_s);
  return settings_.lost_share > 0 && Philox(settings_.seed, loss).uniform(run) < settings_.lost_share;
}

double SimulatedFrontEnd::disturbance(std::size_t channel, std::uint64_t number) {
  const double t = static_cast<double>(number) / info_.rate_hz;
  const Philox constant(settings_.seed, constants + channel);
  constexpr double turn = 2.0 * std::numbers::pi;
  double sum = settings_.offset_range_mV * (2.0 * constant.uniform(0) - 1.0);
  sum += settings_.noise_mV * normal(amplifier + channel, number);
  sum += settings_.mains_mV * (0.5 + constant.uniform(1)) *
         std::sin(turn * (settings_.mains_Hz * t + constant.uniform(2)));
  sum += settings_.wander_mV * (0.5 + constant.uniform(3)) * std::sin(turn * (0.25 * t + constant.uniform(4)));
  if (settings_.muscle_mV > 0) {
    // white noise without its slow part, in bursts of some seconds
    const double white = normal(muscle + channel, number);
    const double slow = muscle_state_[channel] += 0.2 * (white - muscle_state_[channel]);
    const double burst = std::max(0.0, std::sin(turn * (0.15 * t + constant.uniform(5))));
    sum += settings_.muscle_mV * 1.5 * burst * (white - slow);
  }
  if (settings_.contact_mV > 0) {
    // a step about twice in five seconds relaxes like a capacitor
    const bool is_step = Philox(settings_.seed, contact_steps + channel).uniform(number) < 0.4 / info_.rate_hz;
    contact_state_[channel] *= 1.0 - 1.0 / (contact_relaxation_s * info_.rate_hz);
    contact_state_[channel] += is_step ? 3.0 * settings_.contact_mV * normal(contact + channel, number) : 0.0;
    sum += contact_state_[channel];
  }
  if (settings_.pacer_mV > 0) {
    const double period_s = 60.0 / settings_.pacer_per_min;
    sum += std::fmod(t, period_s) < spike_s ? settings_.pacer_mV * (0.5 + constant.uniform(6)) : 0.0;
  }
  return sum;
}

std::int32_t SimulatedFrontEnd::sample(std::size_t channel, std::int32_t heart, std::uint64_t number) {
  const double added_mV = disturbance(channel, number);  // also where nothing is delivered: its filters go on
  if (heart == invalid_sample || is_lost(number) ||
      !is_connected(channel, static_cast<double>(number) / info_.rate_hz)) {
    return invalid_sample;
  }
  const double mV = millivolts(heart_->info().channels[heart_channel_[channel]], heart) + added_mV;
  return static_cast<std::int32_t>(std::lround(steps_per_mV * std::clamp(mV, -settings_.range_mV, settings_.range_mV)));
}

std::size_t SimulatedFrontEnd::read(std::span<std::int32_t> frames) {
  const std::size_t channels = channel_names.size();
  const std::size_t heart_channels = heart_->info().channels.size();
  heart_frames_.resize(frames.size() / channels * heart_channels);
  const std::size_t count = heart_->read(heart_frames_);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t c = 0; c < channels; ++c) {
      frames[i * channels + c] = sample(c, heart_frames_[i * heart_channels + heart_channel_[c]], next_ + i);
    }
  }
  next_ += count;
  return count;
}

PacedSource::PacedSource(std::unique_ptr<SampleSource> source, double speed)
    : PacedSource(std::move(source), speed, [start = std::chrono::steady_clock::now()](double seconds) {
        std::this_thread::sleep_until(
            start + std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds)));
      }) {}

PacedSource::PacedSource(std::unique_ptr<SampleSource> source, double speed, std::function<void(double)> wait_until_s)
    : source_(std::move(source)), speed_(speed), wait_until_s_(std::move(wait_until_s)) {
  XINGU_REQUIRE(std::isfinite(speed) && speed > 0,
                "a replay at {} times real time (time would not pass); give a "
                "positive speed",
                speed);
}

std::size_t PacedSource::read(std::span<std::int32_t> frames) {
  const std::size_t count = source_->read(frames);
  delivered_ += count;
  if (count > 0) {
    wait_until_s_(static_cast<double>(delivered_) / source_->info().rate_hz / speed_);
  }
  return count;
}

}  // namespace xingu::ecg
