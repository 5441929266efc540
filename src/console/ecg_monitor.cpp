// SPDX-License-Identifier: Apache-2.0
#include "console/ecg_monitor.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ecg/simulation/beating_heart.h"

namespace xingu::console {
namespace {

using Json = nlohmann::json;

constexpr double most_rate_hz = 250.0;  // a screen has no more columns to show
constexpr double block_s = 0.02;
constexpr double front_end_Hz = 500.0;

/// The heart of a patient as it moves in sessions: eight leads whose R peaks are where the motion's cardiac phase
/// begins.
class PatientHeart final : public ecg::SampleSource {
 public:
  explicit PatientHeart(const PatientMotion& motion) : motion_(&motion), heart_(front_end_Hz) {}
  [[nodiscard]] const ecg::RecordInfo& info() const override { return heart_.info(); }
  [[nodiscard]] std::size_t read(std::span<std::int32_t> frames) override {
    const std::size_t count = frames.size() / info().channels.size();
    next_ += count;
    announce_until(static_cast<double>(next_) / front_end_Hz + ahead_s);
    return heart_.read(frames);
  }

 private:
  static constexpr double ahead_s = 1.0;
  static constexpr double search_s = 1e-3;

  void announce_until(double time_s) {
    for (; searched_s() < time_s; ++searched_) {
      const double phase = motion_->cardiac_phase(searched_s());
      if (phase < last_phase_) {
        heart_.announce(searched_s(), searched_s() - last_peak_s_);
        last_peak_s_ = searched_s();
      }
      last_phase_ = phase;
    }
  }
  [[nodiscard]] double searched_s() const { return static_cast<double>(searched_) * search_s; }

  const PatientMotion* motion_;
  ecg::BeatingHeart heart_;
  std::uint64_t next_ = 0;
  std::uint64_t searched_ = 0;
  double last_phase_ = 0.0;
  double last_peak_s_ = 0.0;
};

Json faults_of(const ecg::LeadSecond& second) {
  Json names = Json::array();
  for (std::size_t i = 0; i < ecg::num_faults; ++i) {
    const auto fault = static_cast<ecg::Fault>(i);
    if (second.has(fault)) {
      names.push_back(ecg::fault_name(fault));
    }
  }
  return names;
}

}  // namespace

EcgMonitor::EcgMonitor(std::unique_ptr<ecg::SampleSource> source, std::string description)
    : source_(std::move(source)),
      description_(std::move(description)),
      factor_(static_cast<std::size_t>(std::ceil(source_->info().rate_hz / most_rate_hz))),
      rate_hz_(source_->info().rate_hz / static_cast<double>(factor_)),
      detector_(source_->info()),
      kept_uv_(detector_.num_leads(), std::vector<float>(static_cast<std::size_t>(kept_s * rate_hz_), 0.0F)),
      sum_mv_(detector_.num_leads(), 0.0F),
      thread_([this] { run(); }) {}

EcgMonitor::~EcgMonitor() {
  is_stopping_.store(true, std::memory_order_release);
  if (thread_.joinable()) {
    thread_.join();
  }
}

void EcgMonitor::run() {
  const std::size_t num_channels = source_->info().channels.size();
  const auto num_frames = static_cast<std::size_t>(std::max(1.0, block_s * source_->info().rate_hz));
  std::vector<std::int32_t> frames(num_frames * num_channels);
  while (!is_stopping_.load(std::memory_order_acquire)) {
    const std::size_t count = source_->read(frames);
    if (count == 0) {
      return;
    }
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < count; ++i) {
      take(std::span<const std::int32_t>(frames).subspan(i * num_channels, num_channels));
    }
  }
}

void EcgMonitor::take(std::span<const std::int32_t> frame) {
  if (const auto beat = detector_.step(frame)) {
    beats_.push_back(*beat);
    if (beats_.size() > num_beats) {
      beats_.pop_front();
    }
  }
  ++in_sum_;
  for (std::size_t lead = 0; lead < sum_mv_.size(); ++lead) {
    sum_mv_[lead] += detector_.trace_mv(lead);  // of what was not measured, NaN: it stays in the sum
    if (in_sum_ == factor_) {
      auto& kept = kept_uv_[lead];
      kept[num_kept_ % kept.size()] = 1000.0F * sum_mv_[lead] / static_cast<float>(factor_);
      sum_mv_[lead] = 0.0F;
    }
  }
  if (in_sum_ == factor_) {
    in_sum_ = 0;
    ++num_kept_;
  }
}

Json EcgMonitor::lead_document(std::size_t lead, std::uint64_t first) const {
  Json samples = Json::array();
  const auto& kept = kept_uv_[lead];
  for (std::uint64_t sample = first; sample < num_kept_; ++sample) {
    const float uV = kept[sample % kept.size()];
    samples.push_back(std::isfinite(uV) ? Json(static_cast<int>(std::lround(uV))) : Json(nullptr));
  }
  return {{"name", detector_.lead_name(lead)},
          {"contact", ecg::to_string(detector_.lead_contact(lead))},
          {"faults", faults_of(detector_.last_second(lead))},
          {"uV", std::move(samples)}};
}

Json EcgMonitor::document(std::uint64_t after) const {
  const std::lock_guard lock(mutex_);
  const std::uint64_t length = kept_uv_.front().size();
  const std::uint64_t oldest = num_kept_ > length ? num_kept_ - length : 0;
  const std::uint64_t first = std::max(after > num_kept_ ? 0 : after, oldest);
  Json leads = Json::array();
  for (std::size_t lead = 0; lead < kept_uv_.size(); ++lead) {
    leads.push_back(lead_document(lead, first));
  }
  Json electrodes = Json::array();
  const auto contacts = detector_.electrodes();
  for (std::size_t i = 0; i < ecg::num_electrodes; ++i) {
    electrodes.push_back(
        {{"name", ecg::to_string(static_cast<ecg::Electrode>(i))}, {"contact", ecg::to_string(contacts[i])}});
  }
  Json beats = Json::array();
  for (const ecg::LiveBeat& beat : beats_) {
    beats.push_back({{"t_s", beat.time_s}, {"known_s", beat.known_s}, {"confidence", beat.confidence}});
  }
  const auto rate = detector_.rate_per_min();
  return {{"source", description_},
          {"rate_hz", rate_hz_},
          {"latency_ms", 1000.0 * detector_.latency_s()},
          {"first", first},
          {"next", num_kept_},
          {"state", ecg::to_string(detector_.state())},
          {"rate_per_min", rate ? Json(*rate) : Json(nullptr)},
          {"leads", std::move(leads)},
          {"electrodes", std::move(electrodes)},
          {"beats", std::move(beats)}};
}

std::unique_ptr<ecg::SampleSource> simulated_patient_ecg(const PatientMotion& motion, std::uint64_t seed,
                                                         std::vector<ecg::ElectrodeOff> off) {
  ecg::FrontEndSettings front_end;
  front_end.mains_mV = 0.02;
  front_end.muscle_mV = 0.01;
  front_end.wander_mV = 0.15;
  front_end.off = std::move(off);
  front_end.seed = seed;
  return std::make_unique<ecg::PacedSource>(
      std::make_unique<ecg::SimulatedFrontEnd>(std::make_unique<PatientHeart>(motion), std::move(front_end)), 1.0);
}

}  // namespace xingu::console
