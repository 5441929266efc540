// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "delivery/cardiac_phase.h"
#include "ecg/live/live_detector.h"
#include "ecg_judges.h"

namespace xingu::test {
namespace {

constexpr double beat_sd_s = 0.006;  // as a session's sensor states it

/// Channels side by side, some runs of frames without a sample.
std::vector<std::int32_t> frames_of(const ecg::EcgRecord& record, double lost_share, Dice& dice) {
  const std::size_t num_channels = record.info.channels.size();
  std::vector<std::int32_t> out(num_channels * record.num_samples());
  std::size_t lost = 0;  // frames to come
  for (std::size_t i = 0; i < record.num_samples(); ++i) {
    lost = lost > 0 ? lost - 1 : dice.chance(lost_share) ? 1 + dice.pick(200) : 0;
    for (std::size_t channel = 0; channel < num_channels; ++channel) {
      out[i * num_channels + channel] = lost > 0 ? ecg::invalid_sample : record.samples[channel][i];
    }
  }
  return out;
}

/// A detector and what a session makes of its beats, with all that must hold of both.
class Watch {
 public:
  Watch(const EcgCase& c, const ecg::RecordInfo& info, bool is_clean)
      : case_(c), detector_(info), num_channels_(info.channels.size()), is_clean_(is_clean) {}

  void take(std::span<const std::int32_t> frames) {
    const double before_s = detector_.time_s();
    std::optional<ecg::LiveBeat> last;
    detector_.take(frames, [&](const ecg::LiveBeat& beat) {
      check(beat, before_s);
      last = beat;
      phase_.observe({true, beat.time_s, false, detector_.latency_s(), beat_sd_s});
    });
    const bool is_blind = detector_.state() != ecg::LiveState::beating;
    phase_.observe({false, 0.0, is_blind, detector_.latency_s(), beat_sd_s});
    num_frames_ += frames.size() / num_channels_;
    look();
  }

  /// Of a clean signal no beat is missed or invented once it has been learnt. Leads that contradict each other may show
  /// a jolt of an electrode.
  void end() {
    const auto is_learnt = [&](double t) { return t > 3.0 && t < detector_.time_s() - 0.3; };
    const auto truth = static_cast<double>(std::ranges::count_if(case_.beats_s, is_learnt));
    const auto found = static_cast<double>(std::ranges::count_if(beats_s_, is_learnt));
    const bool is_beating = is_clean_ && case_.has_electrodes && detector_.state() == ecg::LiveState::beating;
    if (is_beating && std::abs(found - truth) > 1.0 + 0.02 * truth) {
      complain(fmt::format("{} beats in place of {}", found, truth));
    }
  }

  [[nodiscard]] const std::string& wrong() const { return wrong_; }
  [[nodiscard]] bool has_rate() const { return has_rate_; }

 private:
  void complain(std::string what) {
    if (wrong_.empty()) {
      wrong_ = std::move(what);
    }
  }

  void check(const ecg::LiveBeat& beat, double before_s) {
    const bool is_known_in_time =
        beat.known_s >= beat.time_s && beat.known_s - beat.time_s <= detector_.latency_s() + 1e-9;
    if (!(beat.time_s >= 0.0) || !(beat.time_s > last_beat_s_) || !is_known_in_time || !(beat.known_s > before_s) ||
        !(beat.known_s <= detector_.time_s()) || !(beat.confidence >= 0.0F) || !(beat.confidence <= 1.0F)) {
      complain(fmt::format("a beat at {} s, known at {} of {} s, behind one at {}, confidence {}", beat.time_s,
                           beat.known_s, detector_.time_s(), last_beat_s_, beat.confidence));
    }
    last_beat_s_ = beat.time_s;
    beats_s_.push_back(beat.time_s);
  }

  void look() {
    const std::optional<double> rate = detector_.rate_per_min();
    has_rate_ = has_rate_ || rate.has_value();
    const double now_s = detector_.time_s();
    if (now_s != static_cast<double>(num_frames_) / case_.signals.rate_hz) {
      complain(fmt::format("{} s after {} frames", now_s, num_frames_));
    }
    if (rate && (!(*rate >= 10.0) || !(*rate <= 400.0) || detector_.state() != ecg::LiveState::beating)) {
      complain(fmt::format("a rate of {} while {}", *rate, to_string(detector_.state())));
    }
    if (is_clean_ && detector_.state() == ecg::LiveState::fibrillating) {
      complain(
          fmt::format("fibrillation of a heart that beats {} times a minute at {} s", case_.heart_rate_per_min, now_s));
    }
    if (rate && is_clean_ && std::abs(*rate / case_.heart_rate_per_min - 1.0) > 0.05) {
      complain(fmt::format("a rate of {} in place of {} at {} s", *rate, case_.heart_rate_per_min, now_s));
    }
    if (const auto last = detector_.last_beat_s(); last && (!(*last >= 0.0) || !(*last <= now_s))) {
      complain(fmt::format("a last beat at {} of {} s", *last, now_s));
    }
    for (std::size_t lead = 0; lead < detector_.num_leads(); ++lead) {
      const ecg::LeadSecond& second = detector_.last_second(lead);
      if (std::isinf(detector_.trace_mv(lead)) || !std::isfinite(second.range_mv) || !std::isfinite(second.muscle_mv) ||
          !std::isfinite(second.mains_mv) || !std::isfinite(second.baseline_mv)) {
        complain("a lead whose trace or quality is no number");
      }
    }
    static_cast<void>(detector_.electrodes());
    look_at_phase(now_s);
  }

  void look_at_phase(double now_s) {
    const CardiacPhase::Estimate phase = phase_.at(now_s);
    const double probability = phase_.probability_in({0.5, 0.9, 0.8}, now_s);
    const double around_r = phase_.probability_in({0.9, 0.1, 0.8}, now_s);
    const bool is_phase = phase.phase >= 0.0 && phase.phase < 1.0 && std::isfinite(phase.sd) && phase.sd >= 0.0;
    constexpr double rounding = 1e-9;
    if (!is_phase || !(probability >= -rounding) || !(probability <= 1.0 + rounding) || !(around_r >= -rounding) ||
        !(around_r <= 1.0 + rounding)) {
      complain(fmt::format("a phase of {} ± {}, with {} in the gate and {} about R", phase.phase, phase.sd, probability,
                           around_r));
    }
    if (phase.is_known && is_clean_ && !(std::abs(off_truth(phase.phase, now_s)) <= 0.15 + 3.0 * phase.sd)) {
      complain(fmt::format("a phase of {} ± {} at {} s, off by {}", phase.phase, phase.sd, now_s,
                           off_truth(phase.phase, now_s)));
    }
  }

  /// How far a phase is from the true one, −0.5 to 0.5; 0 where there is no beat before or behind.
  [[nodiscard]] double off_truth(double phase, double now_s) const {
    const auto next = std::ranges::upper_bound(case_.beats_s, now_s);
    if (next == case_.beats_s.begin() || next == case_.beats_s.end()) {
      return 0.0;
    }
    const double off = phase - (now_s - *(next - 1)) / (*next - *(next - 1));
    return off - std::round(off);
  }

  const EcgCase& case_;
  ecg::LiveDetector detector_;
  CardiacPhase phase_;
  std::size_t num_channels_;
  bool is_clean_;
  std::size_t num_frames_ = 0;
  double last_beat_s_ = -1.0;
  std::vector<double> beats_s_;
  bool has_rate_ = false;
  std::string wrong_;
};

}  // namespace

void judge_live(const EcgCase& c, Dice& dice, Verdict& verdict) {
  const ecg::EcgRecord record = digitised(c, dice);
  const double lost_share = c.damage == Damage::hostile && dice.chance(0.5) ? dice.between(0.0, 0.01) : 0.0;
  const std::vector<std::int32_t> frames = frames_of(record, lost_share, dice);
  const std::size_t num_channels = record.info.channels.size();
  const bool is_clean = c.damage != Damage::hostile && c.signals.rate_hz >= 128.0 && c.heart_rate_per_min >= 30.0 &&
                        c.heart_rate_per_min <= 220.0;
  Watch watch(c, record.info, is_clean);
  const std::size_t largest = 1 + dice.pick(200);
  for (std::size_t i = 0; i < record.num_samples();) {
    const std::size_t count = std::min(record.num_samples() - i, 1 + dice.pick(largest));
    watch.take(std::span(frames).subspan(i * num_channels, count * num_channels));
    i += count;
  }
  watch.end();
  verdict.is_silent = !watch.has_rate();
  verdict.wrong = watch.wrong().empty() ? "" : "live: " + watch.wrong();
}

}  // namespace xingu::test
