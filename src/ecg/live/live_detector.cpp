// SPDX-License-Identifier: Apache-2.0
#include "ecg/live/live_detector.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ecg/ecg_channels.h"
#include "ecg/lead_signals.h"

namespace xingu::ecg {
namespace {

constexpr double confirm_s = 0.04;  // the feature has been lower for so long
constexpr double refractory_s = 0.2;
constexpr double t_wave_s = 0.36;
constexpr double learning_s = 2.5;
constexpr double silence_s = 3.0;  // without a complex: no rate any more
constexpr double longest_interval_s = 3.5;
constexpr double noise_window_s = 4.0;
constexpr double noise_every_s = 0.25;
constexpr float candidate_height = 0.10F;
constexpr std::size_t num_heights = 9;
constexpr std::size_t num_intervals = 12;
constexpr std::size_t rate_intervals = 8;
constexpr std::size_t fewest_rate_intervals = 2;
constexpr double pause_medians = 2.5;  // own choice: one beat that is dropped, or one pause after an extrasystole, is 2
// Log-odds, bits.
constexpr float least_even_height = 0.42F;
constexpr float clean_background = 0.05F;
constexpr double background_part = 0.1;  // quantile: at 250/min complexes fill three quarters of the time
constexpr float background_gain = 9.0F;
constexpr float noisy_height = 0.8F;
constexpr float highest_even_height = 0.85F;
constexpr float regular_even_height = 0.6F;
constexpr std::size_t regular_intervals = 6;
constexpr float regular_scatter = 0.12F;  // of the logarithm
// of the pairs of the last nine beats: two shapes in turn have 0.44, three 0.25, noise 0.05
constexpr float mostly_alike = 0.4F;
constexpr float least_alike = 0.12F;
constexpr std::size_t fewest_shapes = 3;  // that tell noise
constexpr float height_gain = 3.0F;
constexpr float t_wave_cost = 5.0F;
constexpr float irregular_cost = 1.5F;
constexpr float usual_scatter = 0.2F;
constexpr float gap_begins = 1.3F;
constexpr float gap_gain = 3.0F;

// P waves without complexes. In the band one of 0.4 mV changes by 0.14 mV (120 ms wide) to 0.22 (80 ms); the least
// median over a record's beats is 0.59 on the steepest of LUDB's twelve leads (odd records).
constexpr double band_slope_s = 0.02;
constexpr float steepest_p_in_band_mv = 0.3F;
constexpr float largest_part_of_slope = 0.35F;
constexpr float largest_part_of_few = 0.75F;  // of one or two beats: they may have been none
constexpr std::size_t fewest_known_beats = 3;
constexpr std::size_t enough_leads = 6;  // one of so many shows each complex

constexpr float most_confidence_in_noise = 0.5F;
constexpr float most_confidence_in_fibrillation = 0.25F;

}  // namespace

std::string_view to_string(LiveState state) noexcept {
  constexpr std::array<std::string_view, 6> names{"learning", "beating",   "no beats",
                                                  "noisy",    "no signal", "possible ventricular fibrillation"};
  return names[static_cast<std::size_t>(state)];
}

std::string_view to_string(FibrillationSign sign) noexcept {
  constexpr std::array<std::string_view, 3> names{"", "not excluded", "possible"};
  return names[static_cast<std::size_t>(sign)];
}

LiveDetector::LiveDetector(const RecordInfo& info)
    : rate_hz_(info.rate_hz),
      num_channels_(info.channels.size()),
      pops_({}),
      factor_(1),
      feature_rate_hz_(rate_hz_),
      delay_s_(0.0),
      latency_s_(0.0),
      recent_(1),
      even_height_(least_even_height),
      heights_(num_heights),
      intervals_(num_intervals),
      shapes_(0, 0),
      fibrillation_watch_(1.0, 0, {}) {
  channels_ = ecg_channels(info);
  if (channels_.empty()) {
    refuse_without_ecg(info);
  }
  for (const std::size_t c : channels_) {
    names_.push_back(canonical_lead(info.channels[c].name));
    electrode_bits_.push_back(electrodes_of_lead(names_.back()));
    leads_.emplace_back(info.channels[c], rate_hz_);
  }
  pops_ = ElectrodePops(names_);
  const bool has_limb_lead = std::ranges::any_of(names_, [](const auto& name) { return name == "I" || name == "II"; });
  if (!has_limb_lead) {  // a Holter's "V1" is no difference from the limbs
    std::ranges::fill(electrode_bits_, 0U);
  }
  factor_ = leads_.front().factor();
  feature_rate_hz_ = rate_hz_ / static_cast<double>(factor_);
  delay_s_ = leads_.front().energy_delay_s();
  confirm_features_ = static_cast<std::uint64_t>(std::ceil(confirm_s * feature_rate_hz_));
  latency_s_ = delay_s_ + static_cast<double>(confirm_features_) / feature_rate_hz_ + 1.0 / rate_hz_;
  recent_ = SampleRing(static_cast<std::size_t>(noise_window_s * feature_rate_hz_));
  scratch_.resize(recent_.capacity());
  shapes_ = ShapeMemory(leads_.size(), leads_.front().wave_samples());
  slopes_.resize(leads_.size());
  fibrillation_watch_ = FibrillationWatch(feature_rate_hz_, leads_.front().swing_samples(), names_);
  usual_slopes_.assign(leads_.size(), SampleRing(num_heights));
}

bool LiveDetector::has_lead() const noexcept {
  for (std::size_t lead = 0; lead < leads_.size(); ++lead) {
    if (lead_contact(lead) != Contact::off) {
      return true;
    }
  }
  return false;
}

double LiveDetector::time_of(std::uint64_t feature) const noexcept {
  return static_cast<double>(feature * factor_ - 1) / rate_hz_ - delay_s_;
}

Contact LiveDetector::lead_contact(std::size_t lead) const noexcept {
  const LeadSecond& second = last_second(lead);
  if (!leads_[lead].has_contact() || second.has(Fault::flat) || second.has(Fault::saturated)) {
    return Contact::off;
  }
  if (!leads_[lead].is_judged()) {
    return Contact::unknown;
  }
  return second.is_good() ? Contact::good : Contact::poor;
}

std::array<Contact, num_electrodes> LiveDetector::electrodes() const noexcept {
  constexpr std::size_t most_leads = 32;
  std::array<Contact, most_leads> contacts{};
  const std::size_t count = std::min(most_leads, leads_.size());
  for (std::size_t lead = 0; lead < count; ++lead) {
    contacts[lead] = lead_contact(lead);
  }
  return electrode_contacts(std::span(electrode_bits_).first(count), std::span(contacts).first(count));
}

LiveState LiveDetector::state() const noexcept {
  if (fibrillation_watch_.is_possible()) {
    return LiveState::fibrillating;
  }
  if (!has_signal_) {
    return LiveState::no_signal;
  }
  const double seconds = 1.0 / feature_rate_hz_;
  if (static_cast<double>(num_features_ - first_feature_) * seconds < learning_s) {
    return LiveState::learning;
  }
  if (even_height_ > noisy_height) {
    return LiveState::noisy;
  }
  const std::uint64_t since = num_features_ - (has_beat_ ? last_beat_.at : first_feature_);
  const double unheard_s = has_beat_ ? 0.0 : learning_s;               // no beat is taken while it learns
  if (static_cast<double>(since) * seconds > unheard_s + silence_s) {  // whatever the beats before looked like
    return LiveState::no_beats;
  }
  if (shapes_.alike_part() < least_alike) {  // of two that differ one may be none
    return shapes_.size() < fewest_shapes ? LiveState::learning : LiveState::noisy;
  }
  return has_beat_ ? LiveState::beating : LiveState::learning;
}

FibrillationSign LiveDetector::fibrillation() const noexcept {
  const LiveState now = state();
  if (now == LiveState::fibrillating) {
    return FibrillationSign::possible;
  }
  std::size_t num_with_contact = 0;
  for (std::size_t lead = 0; lead < leads_.size(); ++lead) {
    num_with_contact += lead_contact(lead) != Contact::off ? 1U : 0U;
  }
  return now == LiveState::noisy && 2 * num_with_contact >= leads_.size() ? FibrillationSign::not_excluded
                                                                          : FibrillationSign::none;
}

std::optional<double> LiveDetector::rate_per_min() const noexcept {
  if (state() != LiveState::beating || num_of_rhythm_ < fewest_rate_intervals) {
    return std::nullopt;
  }
  const double interval = usual_interval();
  if (static_cast<double>(num_features_ - last_beat_.at) > pause_medians * interval) {
    return std::nullopt;
  }
  return 60.0 * feature_rate_hz_ / interval;
}

double LiveDetector::usual_interval() const noexcept {
  std::array<float, rate_intervals> last{};
  const std::size_t count = std::min(rate_intervals, num_of_rhythm_);
  for (std::size_t i = 0; i < count; ++i) {
    last[i] = intervals_.back(i);
  }
  return static_cast<double>(median(std::span(last).first(count)));
}

void LiveDetector::take_interval(double interval) noexcept {
  const bool is_pause = interval > silence_s * feature_rate_hz_ ||
                        (num_of_rhythm_ >= fewest_rate_intervals && interval > pause_medians * usual_interval());
  const LiveState now = state();
  const bool is_doubtful = now != LiveState::beating && now != LiveState::learning;
  if (interval < longest_interval_s * feature_rate_hz_) {
    intervals_.push(static_cast<float>(interval));
  }
  num_of_rhythm_ = is_pause || is_doubtful ? 0 : std::min(num_of_rhythm_ + 1, intervals_.size());
}

std::optional<double> LiveDetector::last_beat_s() const noexcept {
  return has_beat_ ? std::optional(time_of(last_beat_.at)) : std::nullopt;
}

std::optional<LiveBeat> LiveDetector::step(std::span<const std::int32_t> frame) noexcept {
  bool has_feature = false;
  for (std::size_t lead = 0; lead < leads_.size(); ++lead) {
    has_feature = leads_[lead].take(frame[channels_[lead]]);
  }
  ++num_frames_;
  if (!has_feature) {
    return std::nullopt;
  }
  float sum = 0.0F;
  float weights = 0.0F;
  for (const LiveLead& lead : leads_) {
    sum += lead.weight() * lead.relative_energy();
    weights += lead.weight();
  }
  ++num_features_;
  fibrillation_watch_.step(leads_);
  const bool has_signal = has_lead();
  if (has_signal != has_signal_) {
    forget();
    has_signal_ = has_signal;
  }
  return take_feature(weights > 0 ? sum / weights : 0.0F);
}

void LiveDetector::forget() noexcept {
  has_beat_ = false;
  has_candidate_ = false;
  recent_.clear();
  heights_.clear();
  intervals_.clear();
  num_of_rhythm_ = 0;
  shapes_.clear();
  for (SampleRing& usual : usual_slopes_) {
    usual.clear();
  }
  even_height_ = least_even_height;
  first_feature_ = num_features_;
  unheard_ = {};
}

std::optional<LiveBeat> LiveDetector::take_feature(float height) noexcept {
  recent_.push(height);
  if (num_features_ >= next_noise_) {
    next_noise_ = num_features_ + static_cast<std::uint64_t>(noise_every_s * feature_rate_hz_);
    update_noise();
  }
  if (height >= candidate_height && (!has_candidate_ || height > candidate_.height)) {
    candidate_ = {num_features_, height};
    has_candidate_ = true;
    return std::nullopt;
  }
  if (!has_candidate_ || num_features_ - candidate_.at < confirm_features_) {
    return std::nullopt;
  }
  has_candidate_ = false;
  return decide(candidate_);
}

void LiveDetector::update_noise() noexcept {
  const auto values = recent_.unordered();
  std::copy(values.begin(), values.end(), scratch_.begin());
  const float background = quantile(std::span(scratch_).first(values.size()), background_part);
  // noise keeps no time and no shape; a fast heart keeps one of them, and leaves no quiet between its complexes
  const bool keeps_shape = shapes_.is_full() && shapes_.alike_part() >= mostly_alike;
  const float highest = is_regular() || keeps_shape ? regular_even_height : highest_even_height;
  even_height_ = std::clamp(background_gain * (background - clean_background), least_even_height, highest);
}

bool LiveDetector::is_regular() const noexcept {
  if (intervals_.size() < regular_intervals) {
    return false;
  }
  std::array<float, regular_intervals> last{};
  for (std::size_t i = 0; i < regular_intervals; ++i) {
    last[i] = intervals_.back(i);
  }
  const float middle = median(last);
  return std::ranges::all_of(last,
                             [&](float interval) { return std::abs(std::log(interval / middle)) < regular_scatter; });
}

float LiveDetector::local_height() noexcept {
  if (heights_.size() < 3) {
    return 1.0F;
  }
  const auto values = heights_.unordered();
  std::copy(values.begin(), values.end(), scratch_.begin());
  return quantile(std::span(scratch_).first(values.size()), 0.5);
}

float LiveDetector::interval_evidence(const Candidate& candidate) const noexcept {
  if (!has_beat_) {
    return 0.0F;
  }
  const auto interval = static_cast<float>(candidate.at - last_beat_.at);
  float evidence = 0.0F;
  if (interval < t_wave_s * feature_rate_hz_) {
    evidence -= t_wave_cost * std::clamp(1.2F - candidate.height / last_beat_.height, 0.0F, 1.0F);
  }
  if (intervals_.size() < 3) {
    return evidence;
  }
  // the second nearest of the known intervals: what was seen twice is usual
  float nearest = 1e9F;
  float second = 1e9F;
  std::array<float, num_intervals> known{};
  for (std::size_t i = 0; i < intervals_.size(); ++i) {
    known[i] = intervals_.back(i);
    const float distance = std::abs(std::log(interval / known[i]));
    second = std::min(second, std::max(distance, nearest));
    nearest = std::min(nearest, distance);
  }
  const float deviation = second / usual_scatter;
  const float median_interval = median(std::span(known).first(intervals_.size()));
  const float late = interval / (gap_begins * median_interval);
  if (late > 1) {
    return evidence + gap_gain * std::min(1.0F, std::log2(late));
  }
  return evidence - irregular_cost * std::min(1.0F, deviation * deviation);
}

bool LiveDetector::is_lone_p_wave() noexcept {
  const auto over = static_cast<std::size_t>(std::max(1L, std::lround(band_slope_s * feature_rate_hz_)));
  const std::size_t num_known = usual_slopes_.front().size();
  const bool knows_beats = num_known >= fewest_known_beats;
  const float largest_part = knows_beats ? largest_part_of_slope : largest_part_of_few;
  std::size_t num_leads = 0;
  std::size_t num_slower = 0;
  float steepest = 0.0F;
  for (std::size_t lead = 0; lead < leads_.size(); ++lead) {
    float slope = 0.0F;
    for (std::size_t age = 0; age + over < leads_[lead].wave_samples(); ++age) {
      slope = std::max(slope, std::abs(leads_[lead].band_mv(age) - leads_[lead].band_mv(age + over)));
    }
    slopes_[lead] = slope;
    steepest = std::max(steepest, slope);
    if (leads_[lead].weight() <= 0) {
      continue;
    }
    ++num_leads;
    if (num_known > 0) {
      const auto values = usual_slopes_[lead].unordered();
      std::copy(values.begin(), values.end(), scratch_.begin());
      const float usual = median(std::span(scratch_).first(values.size()));
      num_slower += slope < largest_part * usual ? 1 : 0;
    }
  }
  const bool is_slower = num_known == 0 || 2 * num_slower > num_leads;
  if (steepest >= steepest_p_in_band_mv || (!knows_beats && num_leads < enough_leads)) {
    return false;
  }
  if (is_slower || knows_beats) {
    return is_slower;
  }
  write_shape();
  return !shapes_.knows_next();
}

bool LiveDetector::is_jolt() const noexcept {
  return pops_.is_pop(leads_.front().wave_samples(),
                      [&](std::size_t lead, std::size_t age) { return leads_[lead].band_mv(age); });
}

void LiveDetector::write_shape() noexcept {
  const std::span<float> waves = shapes_.next();
  const std::size_t samples = leads_.front().wave_samples();
  for (std::size_t lead = 0; lead < leads_.size(); ++lead) {
    const float gain = leads_[lead].relative_weight();
    for (std::size_t i = 0; i < samples; ++i) {
      waves[lead * samples + i] = gain * leads_[lead].band_mv(i);
    }
  }
}

float LiveDetector::confidence_of(float evidence) const noexcept {
  const LiveState now = state();
  const bool is_doubtful = now == LiveState::noisy || shapes_.alike_part() < least_alike;
  const float most = now == LiveState::fibrillating ? most_confidence_in_fibrillation
                     : is_doubtful                  ? most_confidence_in_noise
                                                    : 1.0F;
  return std::min(most, 1.0F - std::exp2(-1.0F - evidence));
}

float LiveDetector::height_without_steps(const Candidate& candidate) const noexcept {
  const auto age = static_cast<std::size_t>(num_features_ - candidate.at);
  float sum = 0.0F;
  float weights = 0.0F;
  bool has_step = false;
  for (const LiveLead& lead : leads_) {
    if (lead.weight() > 0 && lead.has_contact_step()) {
      has_step = true;
      continue;
    }
    sum += lead.weight() * lead.relative_energy(age);
    weights += lead.weight();
  }
  return !has_step ? candidate.height : weights > 0 ? sum / weights : 0.0F;
}

bool LiveDetector::is_too_early(const Candidate& candidate) noexcept {
  const auto is_within = [&](double seconds, std::uint64_t of) {
    return static_cast<double>(candidate.at - of) < seconds * feature_rate_hz_;
  };
  if (has_beat_) {
    return is_within(refractory_s, last_beat_.at);
  }
  const bool is_rest = candidate.height < unheard_.height && is_within(refractory_s, unheard_.at);
  if (is_rest) {
    return true;
  }
  const bool is_learning = is_within(learning_s, first_feature_);
  if (is_learning) {
    unheard_ = candidate;
  }
  return is_learning;
}

std::optional<LiveBeat> LiveDetector::decide(Candidate candidate) noexcept {
  if (is_too_early(candidate)) {
    return std::nullopt;
  }
  candidate.height = height_without_steps(candidate);
  if (candidate.height < candidate_height) {
    return std::nullopt;
  }
  const float height = std::min(candidate.height / local_height(), 1.3F);
  const float evidence = height_gain * std::log2(height / even_height_) + interval_evidence(candidate);
  if (evidence <= 0 || is_jolt() || is_lone_p_wave()) {
    return std::nullopt;
  }
  if (has_beat_) {
    take_interval(static_cast<double>(candidate.at - last_beat_.at));
  }
  heights_.push(std::clamp(candidate.height, 0.5F, 2.0F));
  write_shape();
  shapes_.add();
  for (std::size_t lead = 0; lead < leads_.size(); ++lead) {
    usual_slopes_[lead].push(slopes_[lead]);
  }
  last_beat_ = candidate;
  has_beat_ = true;
  return LiveBeat{time_of(candidate.at), time_s(), confidence_of(evidence)};
}

}  // namespace xingu::ecg
