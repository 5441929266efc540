// SPDX-License-Identifier: Apache-2.0
#include "ecg/live/live_lead.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "ecg/pacing_spikes.h"

namespace xingu::ecg {
namespace {

constexpr double lowest_band_rate_hz = 125.0;
constexpr double band_low_hz = 5.0;
constexpr double band_high_hz = 22.0;
// of the VF-filter's comparisons (Jekova 2000)
constexpr double swing_low_hz = 1.0;
constexpr double swing_high_hz = 30.0;
constexpr double swing_window_s = 4.0;
constexpr double display_high_hz = 0.5;
constexpr double energy_window_s = 0.08;
constexpr double levels_window_s = 1.5;  // one complex is in it at 40/min and above
constexpr double levels_every_s = 0.1;
constexpr double block_s = 0.5;
constexpr std::size_t num_blocks = 24;  // 12 s of typical complexes
constexpr float least_of_large = 0.45F;
constexpr float smallest_complex_mv = 0.02F;
constexpr double longest_hold_s = 0.1;
constexpr double settling_s = 0.3;
constexpr double half_stimulus_window_s = 0.004;
constexpr float smallest_stimulus_mv = 0.2F;
constexpr unsigned mains_bit = 1U << static_cast<unsigned>(Fault::mains);
constexpr float no_value = std::numeric_limits<float>::quiet_NaN();

/// Samples to each side of one that a stimulus is told by.
std::size_t half_stimulus_window(double rate_hz) {
  return rate_hz < lowest_spike_rate_hz ? 0 : static_cast<std::size_t>(std::lround(half_stimulus_window_s * rate_hz));
}

double checked_rate(double rate_hz) {
  XINGU_REQUIRE(rate_hz >= 100 && rate_hz <= 8000,
                "a live ECG at {} Hz (100 to 8000 Hz are followed); give a source of such a rate", rate_hz);
  return rate_hz;
}

/// Where the energy of the impulse response of two sections in series lies, in samples: how late the middle of a
/// complex comes out.
double energy_delay(Biquad first, Biquad second, double rate_hz) {
  double moment = 0.0;
  double energy = 0.0;
  const auto length = static_cast<int>(rate_hz);
  for (int i = 0; i < length; ++i) {
    const double y = second.step(first.step(i == 0 ? 1.0 : 0.0));
    moment += i * y * y;
    energy += y * y;
  }
  return moment / energy;
}

}  // namespace

LiveLead::LiveLead(Channel channel, double rate_hz)
    : channel_(std::move(channel)),
      rate_hz_(checked_rate(rate_hz)),
      factor_(std::max<std::size_t>(1, static_cast<std::size_t>(rate_hz / lowest_band_rate_hz))),
      band_rate_hz_(rate_hz / static_cast<double>(factor_)),
      display_high_(Biquad::high_pass(display_high_hz, rate_hz)),
      band_high_(Biquad::high_pass(band_low_hz, band_rate_hz_)),
      band_low_(Biquad::low_pass(band_high_hz, band_rate_hz_)),
      swing_high_(Biquad::high_pass(swing_low_hz, band_rate_hz_)),
      swing_low_(Biquad::low_pass(swing_high_hz, band_rate_hz_)),
      swing_low_again_(swing_low_),
      slow_low_(Biquad::low_pass(baseline_edge_hz, rate_hz)),
      fast_high_(Biquad::high_pass(std::min(muscle_edge_hz, 0.45 * rate_hz), rate_hz)),
      has_fast_(muscle_edge_hz < 0.45 * rate_hz),
      trace_mv_(no_value),
      newest_(2 * half_stimulus_window(rate_hz) + 1),
      contact_step_(rate_hz),
      energy_width_(static_cast<std::size_t>(std::lround(energy_window_s * band_rate_hz_))),
      band_(energy_width_),
      wave_(2 * energy_width_),
      swing_(static_cast<std::size_t>(swing_window_s * band_rate_hz_)),
      energies_(static_cast<std::size_t>(levels_window_s * band_rate_hz_)),
      block_peaks_(num_blocks) {
  const auto per_second = static_cast<std::size_t>(std::lround(rate_hz));
  for (auto* const samples : {&second_, &slow_, &fast_}) {
    samples->resize(per_second);
  }
  scratch_.resize(std::max(per_second, energies_.capacity()));
  band_delay_s_ = (static_cast<double>(factor_ - 1) / 2) / rate_hz +
                  static_cast<double>(half_stimulus_window(rate_hz)) / rate_hz +
                  energy_delay(band_high_, band_low_, band_rate_hz_) / band_rate_hz_;
}

double LiveLead::energy_delay_s() const noexcept {
  return band_delay_s_ + static_cast<double>(energy_width_ - 1) / 2 / band_rate_hz_;
}

void LiveLead::connect(float mv) noexcept {
  has_contact_ = true;
  for (Biquad* const section : {&display_high_, &band_high_, &swing_high_, &slow_low_, &fast_high_}) {
    section->settle(mv);
  }
  band_low_.settle(0.0);
  swing_low_.settle(0.0);
  swing_low_again_.settle(0.0);
  band_.clear();
  wave_.clear();
  swing_.clear();
  contact_step_.clear();
  clear_seconds_ = 0;
  energies_.clear();
  block_peaks_.clear();
  since_block_ = 0;
  for (std::size_t i = 0; i < newest_.capacity(); ++i) {
    newest_.push(mv);
  }
  decimated_ = 0.0F;
  settling_ = static_cast<std::size_t>(settling_s * band_rate_hz_);
  weight_ = 0.0F;
}

bool LiveLead::take(std::int32_t sample) noexcept {
  const auto measured = static_cast<float>(millivolts(channel_, sample));
  const bool is_valid = std::isfinite(measured);
  gap_ = is_valid ? 0 : gap_ + 1;
  if (static_cast<double>(gap_) > longest_hold_s * rate_hz_) {
    has_contact_ = false;
    weight_ = 0.0F;
  }
  if (is_valid && !has_contact_) {
    connect(measured);
  }
  last_mv_ = is_valid ? measured : last_mv_;
  const auto shown = static_cast<float>(display_high_.step(last_mv_));
  trace_mv_ = is_valid ? shown : no_value;
  contact_step_.take(last_mv_);
  update_second(measured);
  decimated_ += without_stimulus(last_mv_);
  if (++decimated_count_ < factor_) {
    return false;
  }
  take_band(decimated_ / static_cast<float>(factor_));
  decimated_ = 0.0F;
  decimated_count_ = 0;
  return true;
}

float LiveLead::without_stimulus(float mv) noexcept {
  newest_.push(mv);
  const float own = newest_.back(std::min(newest_.size() - 1, newest_.capacity() / 2));
  const std::span<const float> values = newest_.unordered();
  std::copy(values.begin(), values.end(), scratch_.begin());
  const float usual = median(std::span(scratch_).first(values.size()));
  return std::abs(own - usual) > smallest_stimulus_mv ? usual : own;
}

void LiveLead::take_band(float mv) noexcept {
  band_.push(static_cast<float>(band_low_.step(band_high_.step(mv))));
  wave_.push(band_.back(0));
  swing_.push(static_cast<float>(swing_low_again_.step(swing_low_.step(swing_high_.step(mv)))));
  float square = 0.0F;
  for (const float value : band_.unordered()) {
    square += value * value;
  }
  energy_ = std::sqrt(square / static_cast<float>(energy_width_));
  if (!has_contact_ || settling_ > 0) {
    settling_ -= settling_ > 0 ? 1 : 0;
    energy_ = 0.0F;
    return;
  }
  energies_.push(energy_);
  ++since_block_;
  if (static_cast<double>(++since_levels_) >= levels_every_s * band_rate_hz_) {
    since_levels_ = 0;
    update_levels();
  }
}

bool LiveLead::copy_swing(std::span<float> out) const noexcept {
  if (swing_.size() < swing_.capacity()) {
    return false;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = swing_.back(out.size() - 1 - i);
  }
  return true;
}

void LiveLead::update_levels() noexcept {
  const std::span<const float> recent = energies_.unordered();
  const float peak = *std::max_element(recent.begin(), recent.end());
  if (static_cast<double>(since_block_) >= block_s * band_rate_hz_) {
    since_block_ = 0;
    block_peaks_.push(peak);
  }
  if (block_peaks_.size() < 2) {
    return;
  }
  const auto quantile_of = [this](std::span<const float> values, double q) {
    std::copy(values.begin(), values.end(), scratch_.begin());
    return quantile(std::span(scratch_).first(values.size()), q);
  };
  const float typical =
      std::max(quantile_of(block_peaks_.unordered(), 0.5), least_of_large * quantile_of(block_peaks_.unordered(), 0.9));
  typical_ = std::max(typical, 1e-6F);
  const float background = std::max(quantile_of(recent, 0.4), 0.1F * smallest_complex_mv);
  const float excess = std::clamp(peak / background - 1.5F, 0.05F, 12.0F);
  const float burst = std::min(1.0F, 2.5F * typical / std::max(peak, 1e-6F));
  weight_ = typical > smallest_complex_mv ? excess * excess * burst * burst : 0.0F;
}

void LiveLead::update_second(float mv) noexcept {
  second_[in_second_] = mv;
  slow_[in_second_] = static_cast<float>(slow_low_.step(last_mv_));
  fast_[in_second_] = has_fast_ ? static_cast<float>(fast_high_.step(last_mv_)) : 0.0F;
  extreme_.include(mv);
  if (++in_second_ == second_.size()) {
    last_second_ = assess_second({second_, slow_, fast_, extreme_, rate_hz_}, scratch_);
    is_judged_ = true;
    clear_seconds_ = (last_second_.faults & ~mains_bit) == 0 ? clear_seconds_ + 1 : 0;
    in_second_ = 0;
  }
}

}  // namespace xingu::ecg
