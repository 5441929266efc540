// SPDX-License-Identifier: Apache-2.0
#include "ecg/long_recording.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "ecg/amplitude_step.h"
#include "ecg/beat_timing.h"
#include "ecg/clean_signals.h"
#include "ecg/contact_steps.h"
#include "ecg/cut_beats.h"
#include "ecg/delineation.h"
#include "ecg/ecg_channels.h"
#include "ecg/electrode_pops.h"
#include "ecg/filters.h"
#include "ecg/heart_share.h"
#include "ecg/lone_p_waves.h"
#include "ecg/long_gaps.h"
#include "ecg/long_tremor.h"
#include "ecg/mains_removal.h"
#include "ecg/moved_beats.h"
#include "ecg/pacing_capture.h"
#include "ecg/pacing_spikes.h"
#include "ecg/qrs_detector.h"
#include "ecg/seconds.h"
#include "ecg/signal_quality.h"
#include "ecg/silence_statements.h"
#include "ecg/split_complexes.h"
#include "ecg/statements.h"
#include "ecg/swinging_stretches.h"
#include "ecg/tall_t_waves.h"
#include "ecg/trembling_beats.h"
#include "ecg/wide_rhythm.h"

namespace xingu::ecg {
namespace {

constexpr double seam_s = 0.05;  // by which two chunks may place one beat apart
constexpr std::size_t fewest_for_types = 5;
constexpr double refractory_s = 0.20;  // two beats are never nearer

/// A stretch of the recording with its margins: whole seconds, but for the end of the last one.
struct Chunk {
  LeadSignals signals;           ///< at the recording's rate
  std::size_t first_second = 0;  ///< of the signals, from the recording's start
  std::size_t core_from_s = 0;   ///< seconds [from, until) of the recording
  std::size_t core_until_s = 0;
  std::int64_t first_frame = 0;  ///< of the signals, from the recording's start
  std::int64_t core_begin = 0;   ///< frames
  std::int64_t core_end = 0;
};

/// What a chunk gives; samples at the analysed rate from the recording's start.
struct ChunkResult {
  BeatSequence beats;                              ///< with those of the margins; no rejected seconds
  std::vector<float> fine_offsets;                 ///< [beat]
  std::vector<bool> is_rejected;                   ///< [second of the core]
  std::vector<bool> is_swinging;                   ///< [second of the core] the ventricles may fibrillate
  std::vector<bool> is_untold;                     ///< [second of the core] rejected in good leads
  std::vector<HeartShare> heart_shares;            ///< [second of the core] of those
  std::vector<bool> is_trembling;                  ///< [second of the core] out of which a tremor was taken
  std::vector<std::size_t> good;                   ///< [lead] good seconds of the core
  std::size_t num_seconds = 0;                     ///< of the core that count for quality
  std::size_t num_tall_t = 0;                      ///< T waves of the core taken out of the beats
  std::size_t num_lone_waves = 0;                  ///< of the core that no complex follows
  std::vector<std::int64_t> answered, unanswered;  ///< stimuli of the core
  std::int64_t begin = 0, end = 0;                 ///< the core, analysed samples
};

/// Reads a source into chunks, each frame once.
class ChunkReader {
 public:
  ChunkReader(SampleSource& source, const LongRecordingSettings& settings, std::size_t factor)
      : source_(source),
        factor_(factor),
        core_s_(static_cast<std::size_t>(std::ceil(settings.chunk_s))),
        margin_s_(static_cast<std::size_t>(std::ceil(settings.margin_s))),
        block_(source.info().channels.size() * static_cast<std::size_t>(std::max(1.0, source.info().rate_hz))) {
    const EcgRecord nothing{source.info(), std::vector<std::vector<std::int32_t>>(source.info().channels.size())};
    held_ = lead_signals(nothing);
    channels_ = ecg_channels(source.info());
  }

  [[nodiscard]] std::int64_t num_read() const { return first_ + static_cast<std::int64_t>(held_.num_samples()); }

  /// The next chunk; nothing once the core of the last one has reached the end.
  [[nodiscard]] std::optional<Chunk> next() {
    const std::size_t end_s = core_from_s_ + core_s_;
    const std::int64_t until = frame_of(end_s + margin_s_);
    fill(until);
    if (is_over_ || frame_of(core_from_s_) >= num_read()) {
      return std::nullopt;
    }
    // A rest that is shorter than the margin has been seen whole by this chunk.
    is_over_ = num_read() < until;
    Chunk chunk;
    chunk.signals = {held_.rate_hz, held_.names, {}};
    chunk.first_second = before(core_from_s_);
    chunk.core_from_s = core_from_s_;
    chunk.core_until_s = is_over_ ? num_seconds_begun(static_cast<std::size_t>(num_read()), held_.rate_hz) : end_s;
    chunk.first_frame = first_;
    chunk.core_begin = frame_of(core_from_s_);
    chunk.core_end = is_over_ ? num_read() : frame_of(end_s);
    core_from_s_ = chunk.core_until_s;
    chunk.signals.mv = take_all_but(std::min(num_read(), frame_of(before(core_from_s_))));
    return chunk;
  }

 private:
  /// Where the margin before a second begins, s.
  [[nodiscard]] std::size_t before(std::size_t second) const { return second - std::min(second, margin_s_); }

  /// The first frame of a second's first analysed sample.
  [[nodiscard]] std::int64_t frame_of(std::size_t second) const {
    const double analysed_hz = source_.info().rate_hz / static_cast<double>(factor_);
    return begin_of_second(second, analysed_hz) * static_cast<std::int64_t>(factor_);
  }

  void fill(std::int64_t until) {
    const std::size_t num_channels = source_.info().channels.size();
    while (num_read() < until) {
      const std::size_t count = source_.read(block_);
      if (count == 0) {
        return;
      }
      for (std::size_t lead = 0; lead < channels_.size(); ++lead) {
        const MillivoltScale scale(source_.info().channels[channels_[lead]]);
        std::vector<float>& mv = held_.mv[lead];
        const std::size_t held = mv.size();
        if (mv.capacity() < held + count) {  // what a chunk needs, but no more than has been read for a short recording
          mv.reserve(std::max(held + count,
                              std::min(4 * held, static_cast<std::size_t>(frame_of(core_s_ + 2 * margin_s_)) + count)));
        }
        mv.resize(held + count);
        for (std::size_t i = 0; i < count; ++i) {
          mv[held + i] = static_cast<float>(scale(block_[i * num_channels + channels_[lead]]));
        }
      }
    }
  }

  /// Gives away what is held, [lead][frame], and keeps a copy of the frames from one on.
  [[nodiscard]] std::vector<std::vector<float>> take_all_but(std::int64_t frame) {
    const std::int64_t count = std::max<std::int64_t>(0, frame - first_);
    std::vector<std::vector<float>> kept;
    for (const std::vector<float>& lead : held_.mv) {
      kept.emplace_back(lead.begin() + count, lead.end());
    }
    first_ += count;
    return std::exchange(held_.mv, std::move(kept));
  }

  SampleSource& source_;
  std::size_t factor_, core_s_, margin_s_;
  std::vector<std::int32_t> block_;
  std::vector<std::size_t> channels_;  ///< [lead]
  LeadSignals held_;
  std::int64_t first_ = 0;
  std::size_t core_from_s_ = 0;
  bool is_over_ = false;
};

LeadSignals averaged_down(LeadSignals signals, std::size_t factor) {
  if (factor > 1) {
    for (std::vector<float>& lead : signals.mv) {
      lead = decimate(lead, factor);
    }
    signals.rate_hz /= static_cast<double>(factor);
  }
  return signals;
}

/// Leads and their quality.
struct Judged {
  LeadSignals signals;
  SignalQuality quality;
};

/// At the analysed rate, without stimuli and steps of the contacts.
struct Mended {
  LeadSignals signals;
  SignalQuality quality;            ///< with the steps, as recorded
  std::vector<std::size_t> spikes;  ///< analysed samples
};

Mended mend(LeadSignals recorded, std::size_t factor) {
  std::vector<std::vector<ContactStep>> steps;
  for (const std::vector<float>& lead : recorded.mv) {
    steps.push_back(find_contact_steps(lead, recorded.rate_hz));
  }
  Mended out;
  const double step_mv = amplitude_step_mv(recorded);
  const bool has_steps = std::ranges::any_of(steps, [](const auto& of_lead) { return !of_lead.empty(); });
  if (has_steps) {  // rare, so that a second copy of a chunk is
    out.quality =
        assess_quality(averaged_down(without_stimuli(recorded, find_pacing_spikes(recorded, step_mv)), factor));
    for (std::size_t lead = 0; lead < recorded.num_leads(); ++lead) {
      level_contact_steps(steps[lead], recorded.rate_hz, recorded.mv[lead]);
    }
  }
  out.spikes = find_pacing_spikes(recorded, step_mv);
  out.signals = averaged_down(without_stimuli(std::move(recorded), out.spikes), factor);
  for (std::size_t& sample : out.spikes) {
    sample /= factor;
  }
  if (!has_steps) {
    out.quality = assess_quality(out.signals);
  }
  return out;
}

/// No beat is seen in these leads: nothing of them was measured.
void leave_out_useless_leads(const SignalQuality& quality, LeadSignals& signals) {
  // Mains is no baseline, so the quality without it, which costs as much again, tells nothing new here.
  for (const std::size_t lead : useless_leads(quality, quality)) {
    std::ranges::fill(signals.mv[lead], std::numeric_limits<float>::quiet_NaN());
  }
}

/// Whether a lead has a signal in a second in which I or II has none: without RA both are dead, and III is not.
bool tells_more(const std::vector<LeadSecond>& lead, const std::vector<LeadSecond>& one,
                const std::vector<LeadSecond>& two) {
  for (std::size_t s = 0; s < lead.size(); ++s) {
    if (lead[s].has_signal() && !(one[s].has_signal() && two[s].has_signal())) {
      return true;
    }
  }
  return false;
}

/// The leads that were measured: III, aVR, aVL and aVF are sums of I and II and tell nothing new where both are there.
Judged measured_only(LeadSignals signals, const SignalQuality& quality) {
  const auto one = lead_number(signals, "I");
  const auto two = lead_number(signals, "II");
  if (!one || !two) {
    return {std::move(signals), quality};
  }
  constexpr std::array<std::string_view, 4> derived{"III", "aVR", "aVL", "aVF"};
  Judged out{{signals.rate_hz, {}, {}}, {}};
  for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
    const bool is_sum = std::ranges::find(derived, signals.names[lead]) != derived.end();
    if (!is_sum || tells_more(quality.leads[lead], quality.leads[*one], quality.leads[*two])) {
      out.signals.names.push_back(std::move(signals.names[lead]));
      out.signals.mv.push_back(std::move(signals.mv[lead]));
      out.quality.leads.push_back(quality.leads[lead]);
    }
  }
  return out;
}

/// What is known of a chunk's seconds beside their quality.
struct JudgedSeconds {
  std::vector<bool> is_untold;           ///< [second]
  std::vector<HeartShare> heart_shares;  ///< [second]
  std::vector<bool> is_swinging;         ///< [second]; empty: none
  std::vector<bool> is_trembling;        ///< [second] the limb leads are not good there; empty: none
};

/// Quality of the core's seconds. @param begin_s, end_s  from the chunk's start, which is that of a second
void count_quality(const SignalQuality& quality, std::span<const std::string> names, const QrsDetection& found,
                   const JudgedSeconds& judged, std::size_t begin_s, std::size_t end_s, ChunkResult& out) {
  const auto& [is_untold, heart_shares, is_swinging, is_trembling] = judged;
  for (std::size_t s = begin_s; s < end_s; ++s) {
    // A last second of which averaging down leaves nothing is like the one before.
    const std::size_t at = std::min(s, std::max<std::size_t>(1, found.is_rejected.size()) - 1);
    out.is_rejected.push_back(found.is_rejected.empty() || found.is_rejected[at]);
    out.is_untold.push_back(!is_untold.empty() && is_untold[at]);
    out.heart_shares.push_back(heart_shares.empty() ? HeartShare{} : heart_shares[at]);
    out.is_swinging.push_back(!is_swinging.empty() && is_swinging[at]);
    out.is_trembling.push_back(at < is_trembling.size() && is_trembling[at]);
  }
  out.num_seconds = std::min(end_s, quality.num_seconds()) - std::min(begin_s, quality.num_seconds());
  for (std::size_t k = 0; k < quality.leads.size(); ++k) {
    const std::vector<LeadSecond>& lead = quality.leads[k];
    const bool is_limb_lead = lead_of_electrode(names[k], Electrode::ra) && !names[k].starts_with('V');
    std::size_t num_good = 0;
    for (std::size_t s = begin_s; s < std::min(end_s, lead.size()); ++s) {
      const bool trembles = s < is_trembling.size() && is_trembling[s] && is_limb_lead;
      num_good += lead[s].is_good() && !trembles ? 1 : 0;
    }
    out.good.push_back(num_good);
  }
}

/// Stimuli of the core, from the recording's start.
std::vector<std::int64_t> of_core(std::vector<std::int64_t> samples, std::int64_t origin, const ChunkResult& of) {
  for (std::int64_t& sample : samples) {
    sample += origin;
  }
  std::erase_if(samples, [&](std::int64_t sample) { return sample < of.begin || sample >= of.end; });
  return samples;
}

/// The types of some of the beats, judged as if there were no others.
std::vector<BeatType> types_of(const LeadSignals& signals, std::span<const std::int64_t> beats,
                               std::span<const BeatWaves> waves, std::span<const std::size_t> spikes,
                               const StatementThresholds& thresholds) {
  std::vector<BeatType> types =
      classify_beats(compare_beats(signals, beats), beats, spikes, signals.rate_hz, thresholds.beat_types).type;
  settle_conducted_beats(types, waves, signals.rate_hz);
  return types;
}

/// Types of a chunk's beats. Those of a fast stretch of wide complexes have none, and the others are told by the usual
/// shape among themselves: where the stretch is the longer part, by all beats they would be ventricular.
void type_chunk(const LeadSignals& signals, const QrsDetection& found, std::span<const BeatWaves> waves,
                std::span<const std::size_t> spikes, const StatementThresholds& thresholds, BeatSequence& out) {
  BeatSequence beats;
  beats.rate_hz = signals.rate_hz;
  beats.sample = found.sample;
  beats.is_rejected = found.is_rejected;
  beats.type = types_of(signals, beats.sample, waves, spikes, thresholds);
  out.is_wide = find_wide_stretches(beats, waves, thresholds.wide, thresholds.sustained_from_s);
  std::vector<std::size_t> others;
  std::vector<std::int64_t> samples_of_others;
  std::vector<BeatWaves> waves_of_others;
  for (std::size_t b = 0; b < beats.size(); ++b) {
    if (!out.is_wide[b]) {
      others.push_back(b);
      samples_of_others.push_back(beats.sample[b]);
      waves_of_others.push_back(waves[b]);
    } else if (beats.type[b] != BeatType::paced) {
      beats.type[b] = BeatType::unknown;
    }
  }
  if (others.size() >= fewest_for_types && others.size() < beats.size()) {
    const std::vector<BeatType> types = types_of(signals, samples_of_others, waves_of_others, spikes, thresholds);
    for (std::size_t i = 0; i < others.size(); ++i) {
      beats.type[others[i]] = types[i];
    }
  }
  forget_types_of_cut_beats(signals, beats.sample, beats.type);
  forget_types_of_jolted_beats(signals, beats.sample, beats.type);
  out.type = std::move(beats.type);
}

/// Where the ventricles may fibrillate; what was found there are no beats.
/// @param is_first  of the recording's chunks, so that it may be the whole
std::vector<SwingingStretch> take_out_fibrillation(const LeadSignals& signals, const SignalQuality& quality,
                                                   bool is_first, const StatementThresholds& thresholds,
                                                   QrsDetection& found) {
  std::vector<SwingingStretch> stretches = find_swinging_stretches(signals, quality);
  const auto end = static_cast<std::int64_t>(signals.num_samples());
  const double shortest_s =
      is_first ? thresholds.shortest_swing_s(signals.duration_s()) : thresholds.swing_in_long_from_s;
  drop_short_stretches(shortest_s, signals.rate_hz, end, stretches);
  take_out_swinging_beats(stretches, signals.rate_hz, end, found);
  return stretches;
}

/// [second of the chunk] that may be fibrillation of the ventricles, and is rejected.
std::vector<bool> reject_fibrillation(const LeadSignals& signals, std::vector<SwingingStretch> stretches,
                                      const BeatSequence& types, const StatementThresholds& thresholds,
                                      QrsDetection& found) {
  BeatSequence beats = types;
  beats.rate_hz = signals.rate_hz;
  beats.sample = found.sample;
  beats.is_rejected = found.is_rejected;
  keep_untold_stretches(beats, thresholds.tachycardia_above_per_min, stretches);
  std::vector<bool> out = swinging_seconds(stretches, signals.rate_hz, static_cast<std::int64_t>(signals.num_samples()),
                                           found.is_rejected.size());
  for (std::size_t s = 0; s < out.size(); ++s) {
    found.is_rejected[s] = found.is_rejected[s] || out[s];
  }
  return out;
}

/// Beats, and what tells that there may be others or none.
struct FoundBeats {
  QrsDetection qrs;
  LoneWaves lone;
  std::vector<SwingingStretch> swinging;
};

FoundBeats find_beats_of_chunk(const LeadSignals& signals, const SignalQuality& quality, bool is_first,
                               const StatementThresholds& thresholds) {
  FoundBeats out;
  out.qrs = detect_qrs(signals);
  take_out_tall_t_waves(signals, out.qrs);
  join_split_complexes(signals, out.qrs);
  out.lone = take_out_lone_p_waves(signals, out.qrs);
  settle_long_gaps(signals, quality, thresholds.smallest_range_mv, out.qrs);
  out.swinging = take_out_fibrillation(signals, quality, is_first, thresholds, out.qrs);
  if (out.lone.are_untold) {
    out.qrs.is_rejected.assign(out.qrs.is_rejected.size(), true);
  }
  return out;
}

ChunkResult analyse_chunk(Chunk chunk, std::size_t factor, const StatementThresholds& thresholds) {
  const std::vector<std::string> names = chunk.signals.names;
  auto [signals, quality, spikes] = mend(std::move(chunk.signals), factor);
  for (std::vector<float>& lead : signals.mv) {
    bridge_gaps(lead, static_cast<std::size_t>(longest_bridged_s * signals.rate_hz));
  }
  Judged judged = measured_only(std::move(signals), quality);
  signals = std::move(judged.signals);
  const auto step = static_cast<std::int64_t>(factor);
  const std::int64_t origin = chunk.first_frame / step;
  ChunkResult out;
  out.begin = chunk.core_begin / step;
  out.end = (chunk.core_end + step - 1) / step;
  auto [found, lone, swinging] = find_beats_of_chunk(signals, judged.quality, chunk.first_frame == 0, thresholds);
  remove_mains(signals, judged.quality, found.sample);
  leave_out_useless_leads(judged.quality, signals);
  JudgedSeconds seconds;
  seconds.is_trembling = take_out_tremors(signals, found.sample, thresholds.tremor);
  if (!seconds.is_trembling.empty()) {  // it may have been taken for beats, or have hidden some
    FoundBeats again = find_beats_of_chunk(signals, judged.quality, chunk.first_frame == 0, thresholds);
    found = std::move(again.qrs);
    lone = std::move(again.lone);
    swinging = std::move(again.swinging);
  }
  const PacingCapture capture =
      judge_capture(spikes, found.sample, found.is_rejected, signals.rate_hz, signals.num_samples());
  out.answered = of_core(capture.answered, origin, out);
  out.unanswered = of_core(capture.unanswered, origin, out);
  DelineationSettings settings;
  settings.jolts = found.jolts;
  const Delineation waves = delineate(signals, found.sample, settings);
  spikes = with_hidden_spikes(std::move(spikes), waves.beats, signals.rate_hz);
  type_chunk(signals, found, waves.global, spikes, thresholds, out.beats);
  forget_types_of_trembling_beats(signals, found.sample, seconds.is_trembling, out.beats.type);
  forget_types_of_moved_beats(signals, judged.quality, found, out.beats.type);
  seconds.is_swinging = reject_fibrillation(signals, swinging, out.beats, thresholds, found);
  seconds.is_untold = untold_seconds(quality, found.is_rejected, thresholds);
  seconds.heart_shares = heart_shares(signals, judged.quality, found, seconds.is_untold);
  count_quality(quality, names, found, seconds, chunk.core_from_s - chunk.first_second,
                chunk.core_until_s - chunk.first_second, out);
  out.fine_offsets = fine_offsets(signals, found.sample, waves.beats);
  const auto num_of_core = [&](const std::vector<std::int64_t>& samples) {
    return static_cast<std::size_t>(std::ranges::count_if(
        samples, [&](std::int64_t sample) { return origin + sample >= out.begin && origin + sample < out.end; }));
  };
  out.num_tall_t = num_of_core(found.tall_t);
  out.num_lone_waves = num_of_core(lone.samples);
  for (std::size_t b = 0; b < found.sample.size(); ++b) {
    out.beats.sample.push_back(origin + found.sample[b]);
    out.beats.p_probability.push_back(waves.global[b].p_probability);
  }
  return out;
}

/// Joins the chunks' cores. A beat that two chunks place on different sides of the seam is taken once.
class Joiner {
 public:
  Joiner(LongAnalysis& out, double rate_hz) : out_(out) { out_.sequence.rate_hz = rate_hz; }

  void take(const ChunkResult& chunk) {
    BeatSequence& all = out_.sequence;
    const auto seam = static_cast<std::int64_t>(seam_s * all.rate_hz);
    const auto refractory = static_cast<std::int64_t>(refractory_s * all.rate_hz);
    for (std::size_t b = 0; b < chunk.beats.size(); ++b) {
      const std::int64_t sample = chunk.beats.sample[b];
      const bool is_first = all.sample.empty();
      if (sample >= chunk.end ||
          (!is_first && (sample < chunk.begin - seam || sample < all.sample.back() + refractory))) {
        continue;
      }
      all.sample.push_back(sample);
      all.type.push_back(chunk.beats.type[b]);
      all.p_probability.push_back(chunk.beats.p_probability[b]);
      all.is_wide.push_back(chunk.beats.is_wide[b]);
      out_.fine_offsets.push_back(chunk.fine_offsets[b]);
    }
    PacingCapture& capture = out_.capture;
    capture.answered.insert(capture.answered.end(), chunk.answered.begin(), chunk.answered.end());
    capture.unanswered.insert(capture.unanswered.end(), chunk.unanswered.begin(), chunk.unanswered.end());
    all.is_rejected.insert(all.is_rejected.end(), chunk.is_rejected.begin(), chunk.is_rejected.end());
    all.is_untold.insert(all.is_untold.end(), chunk.is_untold.begin(), chunk.is_untold.end());
    all.heart_shares.insert(all.heart_shares.end(), chunk.heart_shares.begin(), chunk.heart_shares.end());
    all.is_swinging.insert(all.is_swinging.end(), chunk.is_swinging.begin(), chunk.is_swinging.end());
    out_.is_trembling.insert(out_.is_trembling.end(), chunk.is_trembling.begin(), chunk.is_trembling.end());
    good_.resize(chunk.good.size(), 0);
    for (std::size_t lead = 0; lead < good_.size(); ++lead) {
      good_[lead] += chunk.good[lead];
    }
    num_seconds_ += chunk.num_seconds;
    out_.num_tall_t += chunk.num_tall_t;
    out_.num_lone_waves += chunk.num_lone_waves;
  }

  void finish() {
    for (const std::size_t good : good_) {
      out_.good_part.push_back(static_cast<double>(good) / static_cast<double>(std::max<std::size_t>(1, num_seconds_)));
    }
  }

 private:
  LongAnalysis& out_;
  std::vector<std::size_t> good_;
  std::size_t num_seconds_ = 0;
};

}  // namespace

LongAnalysis analyse_long(SampleSource& source, const StatementThresholds& thresholds,
                          const LongRecordingSettings& settings, const std::function<void(double)>& progress) {
  XINGU_REQUIRE(settings.chunk_s >= 10.0 && settings.margin_s >= 0.0 && settings.rate_hz >= 100.0,
                "chunks of {} s with margins of {} s at {} Hz (from 10 s, 0 s and 100 Hz on); choose others",
                settings.chunk_s, settings.margin_s, settings.rate_hz);
  const double rate_hz = source.info().rate_hz;
  require_analysed_rate(rate_hz, source.info().name);
  const auto factor = static_cast<std::size_t>(std::max(1.0, std::floor(rate_hz / settings.rate_hz)));
  ChunkReader reader(source, settings, factor);
  LongAnalysis out;
  out.can_show_stimuli = rate_hz >= lowest_spike_rate_hz;
  Joiner joiner(out, rate_hz / static_cast<double>(factor));
  const auto at_once = static_cast<std::size_t>(std::max(1, num_threads()));
  for (bool is_over = false; !is_over;) {
    std::vector<Chunk> chunks;
    while (chunks.size() < at_once && !is_over) {
      std::optional<Chunk> chunk = reader.next();
      is_over = !chunk;
      if (chunk) {
        out.leads = chunk->signals.names;
        chunks.push_back(std::move(*chunk));
      }
    }
    std::vector<ChunkResult> results(chunks.size());
    parallel_for(chunks.size(),
                 [&](std::size_t i) { results[i] = analyse_chunk(std::move(chunks[i]), factor, thresholds); });
    for (const ChunkResult& result : results) {
      joiner.take(result);
    }
    if (progress && !results.empty()) {
      progress(static_cast<double>(results.back().end) * static_cast<double>(factor) / rate_hz);
    }
  }
  joiner.finish();
  out.duration_s = static_cast<double>(reader.num_read()) / rate_hz;
  out.sequence.end_s = out.duration_s;
  settle_untold_seconds(out.sequence, thresholds);
  tell_swinging_seconds(out.sequence);
  out.fibrillation = settle_fibrillation(out.sequence, thresholds.fibrillation);
  for (std::size_t b = 0; b < out.sequence.size(); ++b) {
    out.fibrillation[b] = out.sequence.is_wide[b] ? Fibrillation::undecided : out.fibrillation[b];
  }
  return out;
}

}  // namespace xingu::ecg
