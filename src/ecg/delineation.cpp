// SPDX-License-Identifier: Apache-2.0
#include "ecg/delineation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ecg/filters.h"
#include "ecg/lead_onset.h"
#include "ecg/level_leads.h"
#include "ecg/pacing_spikes.h"
#include "ecg/running_sums.h"
#include "ecg/wave_search.h"

namespace xingu::ecg {
namespace {

constexpr double before_s = 0.60;  // of the beat: a PR interval of up to 520 ms and where the line to its left ends
constexpr double after_s = 0.75;   // a QT interval of up to 650 ms
constexpr double baseline_hz = 0.5;
constexpr double qrs_low_pass_hz = 45.0;
constexpr double lead_reach_s = 0.03;       // of a lead's own QRS offset from the common one
constexpr double onset_lag_s = 0.004;       // by which the experts of the odd records see the complex begin earlier
constexpr float unrest_multiple = 1.7F;     // of the median steepness before the complex
constexpr float smallest_range_mV = 0.02F;  // from top to bottom; below it a lead carries nothing
constexpr double usual_pr_s = 0.28;
constexpr double longest_pr_s = 0.45;
constexpr double longest_cut_pr_s = 0.52;  // where what is found begins with the search
constexpr double no_t_before_s = 0.30;     // of the beat before, where its T wave is not known
constexpr double shortest_t_rise_s = 0.02;
constexpr double clear_of_t_s = 0.02;
constexpr double half_p_s = 0.06;
constexpr double cut_reach_s = 0.10;  // of what a P wave that the window cuts looks like in it
constexpr double longest_early_p_s = 0.14;
constexpr float largest_behind = 0.5F;    // between an early P wave and the complex, of its height
constexpr double quiet_before_s = 0.010;  // that the steepness stays under its limit outside the complex
constexpr double quiet_after_s = 0.014;
constexpr double earliest_onset_s = 0.20;         // before the beat, of a complex's first wave
constexpr double longest_trough_s = 0.030;        // between that and the rest: own choice
constexpr float first_wave_share = 0.5F;          // of the greatest steepness: own choice
constexpr std::size_t fewest_for_first_wave = 3;  // leads: on one a low complex may be as steep as P
constexpr double longest_complex_s = 0.30;        // own choice: much potassium makes them 0.28 s long
constexpr float steep_share = 0.2F;               // of its greatest steepness, from which a complex is steep
constexpr float valley_rise = 1.3F;               // from between P and the complex to the flank of P
constexpr float clear_valley_rise = 2.0F;
constexpr double shortest_p_s = 0.026;  // of what is seen of P before a clear valley
constexpr double shortest_doubtful_p_s = 0.035;
constexpr double earliest_sign_s = 0.040;  // before and
constexpr double latest_sign_s = 0.060;    // after the common onset
constexpr float voting_clearness = 0.25F;

constexpr std::size_t fewest_for_coherence = 3;
constexpr std::size_t rhythm_beats = 8;  // to each side
constexpr float too_few_to_tell = 0.3F;  // probability of a P wave before a beat that is like no other, or on T
constexpr float even_odds = 0.5F;
constexpr double even_odds_coherence = 0.47;
constexpr double coherence_scale = 0.07;

/// From the steepest point outward (step ±1): the last index before the steepness stays under the limit for `quiet`.
std::ptrdiff_t walk_out(const std::vector<float>& steep, std::ptrdiff_t from, std::ptrdiff_t end, std::ptrdiff_t step,
                        float limit, std::ptrdiff_t quiet) {
  std::ptrdiff_t bound = from;
  std::ptrdiff_t below = 0;
  for (std::ptrdiff_t i = from; (end - i) * step > 0 && below <= quiet; i += step) {  // `from` may lie beyond the end
    if (at(steep, i) >= limit) {
      bound = i;
      below = 0;
    } else {
      ++below;
    }
  }
  return bound;
}

/// Steepness that noise, fibrillation or a P wave has before the complex.
float quiet_steepness(const BeatCurve& beat, const std::vector<float>& steep) {
  const auto begin = beat.clamp(beat.centre - beat.in(0.25));
  const auto end = beat.clamp(beat.centre - beat.in(0.06));
  return begin < end ? unrest_multiple * quantile(std::vector<float>(steep.begin() + begin, steep.begin() + end), 0.5)
                     : 0.0F;
}

/// Where a curve is steepest near the beat; nothing where it is flat.
std::optional<std::ptrdiff_t> steepest_point(const BeatCurve& beat, const std::vector<float>& steep) {
  const auto begin = beat.clamp(beat.centre - beat.in(half_complex_s));
  const auto end = beat.clamp(beat.centre + beat.in(half_complex_s));
  const auto peak = std::max_element(steep.begin() + begin, steep.begin() + end + 1) - steep.begin();
  return at(steep, peak) < 0.01F ? std::nullopt : std::optional(peak);
}

/// Where the complex begins if a P wave runs into it: on the way out from the complex the steepness falls to a valley
/// and rises again to that of a wave much less steep than the complex and too long to be its first one.
std::ptrdiff_t behind_p_wave(const BeatCurve& beat, const std::vector<float>& steep, std::ptrdiff_t onset,
                             std::ptrdiff_t peak) {
  const float p_limit = steep_share * at(steep, peak);
  std::ptrdiff_t begin = onset;
  while (begin < peak && at(steep, begin) < p_limit) {
    ++begin;
  }
  std::ptrdiff_t valley = begin;
  for (std::ptrdiff_t i = begin; i > onset && at(steep, i) < valley_rise * at(steep, valley); --i) {
    valley = at(steep, i) < at(steep, valley) ? i : valley;
  }
  const float rise = *std::max_element(steep.begin() + onset, steep.begin() + valley + 1) / at(steep, valley);
  const double shortest = rise >= clear_valley_rise ? shortest_p_s : shortest_doubtful_p_s;
  return rise >= valley_rise && valley - onset >= beat.in(shortest) ? valley : onset;
}

/// Where the complex begins if its first wave was taken for what comes before it: behind a trough, too short to be the
/// level between P and the complex, the steepness rises to half of its greatest, as no P wave's does.
std::ptrdiff_t with_first_wave(const BeatCurve& beat, const std::vector<float>& steep, std::ptrdiff_t onset,
                               float limit, float largest) {
  const std::ptrdiff_t end = beat.clamp(beat.centre - beat.in(earliest_onset_s));
  std::ptrdiff_t begin = onset;
  for (std::ptrdiff_t i = onset; i > std::max(end, onset - beat.in(longest_trough_s)); --i) {
    begin = at(steep, i) >= limit ? i : begin;
  }
  if (begin == onset) {
    return onset;
  }
  const std::ptrdiff_t first = walk_out(steep, begin, end, -1, limit, beat.in(quiet_before_s));
  const float steepest = *std::max_element(steep.begin() + first, steep.begin() + begin + 1);
  return steepest >= first_wave_share * largest ? first : onset;
}

/// Where a complex that would be longer than any ends: a T wave follows it at once, in the valley behind which
/// everything is less than half as steep as the complex.
std::ptrdiff_t before_t_wave(const std::vector<float>& steep, std::ptrdiff_t peak, std::ptrdiff_t offset) {
  std::ptrdiff_t last = offset;
  while (last > peak && at(steep, last) < first_wave_share * at(steep, peak)) {
    --last;
  }
  return std::min_element(steep.begin() + last, steep.begin() + offset + 1) - steep.begin();
}

std::ptrdiff_t complex_end(const BeatCurve& beat, const std::vector<float>& steep, std::ptrdiff_t peak, double share) {
  return walk_out(steep, peak, beat.clamp(beat.centre + beat.in(0.20)), 1, static_cast<float>(share) * at(steep, peak),
                  beat.in(quiet_after_s));
}

/// Onset and offset of the QRS complex on a curve of steepness.
/// @param steep  of all leads together
std::optional<CurveBounds> qrs_bounds(const BeatCurve& beat, const std::vector<float>& steep, std::size_t num_leads,
                                      double onset_share, double offset_share) {
  const auto peak = steepest_point(beat, steep);
  if (!peak) {
    return std::nullopt;
  }
  const float largest = at(steep, *peak);
  const float unrest = std::min(quiet_steepness(beat, steep), 0.2F * largest);
  CurveBounds out;
  const float limit = std::max(static_cast<float>(onset_share) * largest, unrest);
  out.onset = walk_out(steep, *peak, beat.clamp(beat.centre - beat.in(0.16)), -1, limit, beat.in(quiet_before_s));
  if (num_leads >= fewest_for_first_wave) {
    out.onset = with_first_wave(beat, steep, out.onset, limit, largest);
  }
  out.onset = behind_p_wave(beat, steep, out.onset, *peak);
  out.peak = *peak;
  out.offset = complex_end(beat, steep, *peak, offset_share);
  if (out.offset - out.onset > beat.in(longest_complex_s)) {
    out.offset = before_t_wave(steep, *peak, out.offset);
  }
  return out;
}

/// Samples from the common onset to where a lead is steep, by 20 % of its greatest steepness.
float steep_from(const BeatCurve& beat, const std::vector<float>& steep, std::ptrdiff_t common, std::ptrdiff_t peak) {
  const std::ptrdiff_t earliest = beat.in(earliest_sign_s);
  const std::ptrdiff_t begins = walk_out(steep, peak, beat.clamp(common - earliest) - 1, -1,
                                         steep_share * at(steep, peak), beat.in(quiet_before_s));
  return static_cast<float>(std::clamp(begins - common, -earliest, beat.in(latest_sign_s)));
}

/// The largest departure from the level at the onset.
std::ptrdiff_t qrs_peak(const BeatCurve& beat, std::ptrdiff_t onset, std::ptrdiff_t offset) {
  const float level = at(beat.qrs, onset);
  std::ptrdiff_t peak = onset;
  for (std::ptrdiff_t i = onset; i <= offset; ++i) {
    if (std::abs(at(beat.qrs, i) - level) > std::abs(at(beat.qrs, peak) - level)) {
      peak = i;
    }
  }
  return peak;
}

void condition(std::vector<std::vector<float>>& leads, double rate_hz) {
  filter_zero_phase(Biquad::high_pass(baseline_hz, rate_hz), leads, filter_margin(rate_hz));
  filter_zero_phase(Biquad::low_pass(qrs_low_pass_hz, rate_hz), leads, filter_margin(rate_hz));
}

WaveBounds in_record(const CurveBounds& i, std::int64_t origin) {
  return {origin + i.onset, origin + i.peak, origin + i.offset};
}

/// One beat on all leads.
class BeatDelineator {
 public:
  /// @param leads  as level_leads() leaves them
  /// @param sums   of these leads
  BeatDelineator(const std::vector<std::vector<float>>& leads, std::span<const RunningSums> sums,
                 std::span<const LevelledLead> levelled, double rate_hz, const AlignedBeats& beats,
                 std::span<const std::size_t> stimuli, std::size_t beat, const std::optional<WaveBounds>& t_before,
                 const DelineationSettings& settings)
      : settings_(settings), sums_(sums), levelled_(levelled), beats_(beats), beat_(beat) {
    BeatCurve curve;
    curve.rate_hz = rate_hz;
    const auto length = static_cast<std::int64_t>(leads.front().size());
    const std::int64_t here = beats.samples[beat];
    previous_ = beat > 0 ? beats.samples[beat - 1] : std::min<std::int64_t>(-1, here - curve.in(1.0));
    next_ = beat + 1 < beats.samples.size() ? beats.samples[beat + 1] : std::max(length, here + curve.in(1.0));
    const auto before = static_cast<std::size_t>(curve.in(before_s));
    const auto after = static_cast<std::size_t>(curve.in(after_s));
    origin_ = here - static_cast<std::int64_t>(before);
    curve.centre = static_cast<std::ptrdiff_t>(before);
    // What begins at its peak is not known to be a T wave: in a fast heart it may be this beat's P.
    knows_t_before_ = t_before && t_before->peak - t_before->onset >= curve.in(shortest_t_rise_s);
    t_end_before_ = (knows_t_before_ ? t_before->offset : previous_ + curve.in(no_t_before_s)) - origin_;
    curve.first = std::max<std::ptrdiff_t>({0, previous_ + curve.in(0.12) - origin_, -origin_});
    curve.last = std::min<std::ptrdiff_t>(
        {static_cast<std::ptrdiff_t>(before + after), next_ - curve.in(0.06) - origin_, length - 1 - origin_});
    const auto after_beat =
        std::ranges::upper_bound(stimuli, static_cast<std::size_t>(std::max<std::int64_t>(0, here)));
    if (after_beat != stimuli.begin()) {
      curve.stimulus = std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(*(after_beat - 1)) - origin_);
    }
    const std::vector<std::size_t> alike = alike_beats(beats, beat, settings.neighbours);
    const OwnAverage average(beats, alike, before, after, length, rate_hz);
    for (std::size_t lead = 0; lead < leads.size(); ++lead) {
      curve.scale = levelled[lead].scale;
      curve.qrs = average.of(leads[lead]);
      curves_.push_back(curve);
    }
  }

  /// @return one entry per lead; all empty for a beat that lies across an end of the recording
  [[nodiscard]] std::vector<BeatWaves> waves() {
    std::vector<BeatWaves> out(curves_.size());
    const BeatCurve& any = curves_.front();
    if (any.first >= any.centre - any.in(0.04) || any.last <= any.centre + any.in(0.06) || !find_qrs(out)) {
      return out;
    }
    set_waves(curves_, qrs_.onset - any.in(0.004), qrs_.offset + any.in(0.004));
    find_t(out);
    find_p(out);
    return out;
  }

  /// The beat on all leads together, from the leads' waves.
  [[nodiscard]] BeatWaves global(const std::vector<BeatWaves>& leads) const {
    BeatWaves out;
    if (std::ranges::none_of(leads, [](const BeatWaves& waves) { return waves.qrs.has_value(); })) {
      return out;
    }
    const std::ptrdiff_t onset = std::min(seen_onset(qrs_.onset), qrs_.offset);
    out.qrs = in_record({onset, std::clamp(qrs_.peak, onset, qrs_.offset), qrs_.offset}, origin_);
    out.p = common_wave(leads, &BeatWaves::p);
    out.t = common_wave(leads, &BeatWaves::t);
    out.p_probability = leads.front().p_probability;
    return out;
  }

 private:
  /// Where the experts see the complex begin, but never before the end of a pacemaker's stimulus.
  [[nodiscard]] std::ptrdiff_t seen_onset(std::ptrdiff_t steep_from) const {
    const BeatCurve& any = curves_.front();
    return std::max(steep_from - any.in(onset_lag_s), any.stimulus);
  }

  bool find_qrs(std::vector<BeatWaves>& out) {
    const BeatCurve& any = curves_.front();
    const std::ptrdiff_t reach = std::max<std::ptrdiff_t>(1, any.in(steepness_reach_s));
    std::vector<std::vector<float>> steep;
    std::vector<float> together(any.qrs.size(), 0.0F);
    for (const BeatCurve& lead : curves_) {
      steep.push_back(steepness(lead.qrs, reach));
      for (std::size_t i = 0; i < together.size(); ++i) {
        together[i] += steep.back()[i] * steep.back()[i];
      }
    }
    for (float& x : together) {
      x = std::sqrt(x / static_cast<float>(curves_.size()));
    }
    const auto common =
        qrs_bounds(any, together, curves_.size(), settings_.common_onset_share, settings_.common_offset_share);
    if (!common) {
      return false;
    }
    qrs_ = *common;
    const std::ptrdiff_t common_onset = seen_onset(qrs_.onset);
    std::vector<std::optional<std::ptrdiff_t>> peaks;
    std::vector<float> steep_onsets;
    for (std::size_t lead = 0; lead < out.size(); ++lead) {
      peaks.push_back(steepest_point(any, steep[lead]));
      if (peaks.back()) {
        steep_onsets.push_back(steep_from(any, steep[lead], common_onset, *peaks.back()));
      }
    }
    const OnsetWeights& weights = settings_.onset_weights;
    const double usual = weights.lag_s * any.rate_hz + weights.usual * static_cast<double>(median(steep_onsets));
    const std::ptrdiff_t reach_of_lead = any.in(lead_reach_s);
    for (std::size_t lead = 0; lead < out.size(); ++lead) {
      const auto peak = peaks[lead];
      if (!peak) {
        continue;
      }
      const OnsetSigns signs =
          onset_signs(curves_[lead].qrs, {any.first, common_onset, qrs_.offset, *peak, any.rate_hz});
      const auto later = std::lround(std::inner_product(signs.begin(), signs.end(), weights.own.begin(), usual));
      const std::ptrdiff_t own_offset = complex_end(any, steep[lead], *peak, settings_.qrs_offset_share);
      const std::ptrdiff_t kept = std::clamp(own_offset - qrs_.offset, -reach_of_lead, reach_of_lead);
      CurveBounds bounds{std::max(common_onset + later, any.stimulus), 0,
                         qrs_.offset + std::lround(settings_.lead_share * static_cast<double>(kept))};
      bounds.onset = std::min(bounds.onset, bounds.offset);
      bounds.peak = qrs_peak(curves_[lead], bounds.onset, bounds.offset);
      out[lead].qrs = in_record(bounds, origin_);
    }
    return true;
  }

  void find_t(std::vector<BeatWaves>& out) {
    const double rr_s = static_cast<double>(next_ - beats_.samples[beat_]) / curves_.front().rate_hz;
    const double rr_before_s = static_cast<double>(beats_.samples[beat_] - previous_) / curves_.front().rate_hz;
    if (const auto t = find_t_wave(curves_, qrs_, rr_s, rr_before_s)) {
      set(out, &BeatWaves::t, *t);
    }
  }

  /// Sought near the complex first. Farther back, where a U wave or the end of T may look like one, only if nothing
  /// there keeps its place or if the place where the search begins cuts the wave.
  void find_p(std::vector<BeatWaves>& out) {
    std::optional<CommonWave> p = find_p_wave(curves_, near_begin(), qrs_.onset);
    float probability = p ? p_probability(p->peak) : 0.0F;
    if (p && p->usual(&CurveBounds::onset) < near_begin() && passes_over_quiet(curves_, near_begin(), qrs_.onset)) {
      p.reset();
      probability = std::min(probability, too_few_to_tell);
    }
    if (p && fills_room(*p)) {
      p.reset();
      probability = std::min(probability, too_few_to_tell);
    }
    if (const auto earlier = early_p(p && probability >= even_odds ? &*p : nullptr)) {
      if (const float its_probability = p_probability(earlier->peak); its_probability >= even_odds) {
        p = earlier;
        probability = its_probability;
      }
    }
    if (p) {
      set(out, &BeatWaves::p, *p);
    }
    for (BeatWaves& waves : out) {
      waves.p_probability = probability;
    }
  }

  [[nodiscard]] std::ptrdiff_t near_begin() const {
    return std::max(qrs_.onset - curves_.front().in(usual_pr_s), t_end_before_);
  }

  /// What reaches from T to the complex is not known to be a P wave.
  [[nodiscard]] bool fills_room(const CommonWave& p) const {
    const BeatCurve& any = curves_.front();
    return knows_t_before_ && near_begin() == t_end_before_ &&
           p.usual(&CurveBounds::onset) < t_end_before_ + any.in(clear_of_t_s) &&
           p.usual(&CurveBounds::offset) > qrs_.onset - any.in(clear_of_t_s);
  }

  /// Farther back, where a U wave or the end of T may look like one: only if nothing near the complex keeps its place
  /// or the place where that search begins cuts the wave, and only if the stretch from it to the complex is quiet.
  [[nodiscard]] std::optional<CommonWave> early_p(const CommonWave* near) const {
    const BeatCurve& any = curves_.front();
    std::optional<CommonWave> p = early_p_within(near, any.in(longest_pr_s));
    const std::ptrdiff_t cut_until = qrs_.onset - any.in(longest_pr_s) + any.in(clear_of_t_s);
    if (p && p->usual(&CurveBounds::onset) <= cut_until) {
      auto whole = early_p_within(near, any.in(longest_cut_pr_s));
      p = whole && whole->usual(&CurveBounds::onset) < cut_until ? whole : p;
    }
    return p;
  }

  [[nodiscard]] std::optional<CommonWave> early_p_within(const CommonWave* near, std::ptrdiff_t longest_pr) const {
    const BeatCurve& any = curves_.front();
    const std::ptrdiff_t begin = near_begin();
    const std::ptrdiff_t far = std::max(qrs_.onset - longest_pr, t_end_before_ + any.in(clear_of_t_s));
    const bool may_be_cut = near == nullptr || near->peak < begin + any.in(cut_reach_s);
    if (!knows_t_before_ || !may_be_cut || far + any.in(half_p_s) > begin) {
      return std::nullopt;
    }
    auto p = find_p_wave(curves_, far, qrs_.onset);
    if (!p || passes_over_quiet(curves_, far, qrs_.onset)) {
      return std::nullopt;
    }
    const std::ptrdiff_t onset = p->usual(&CurveBounds::onset);
    const std::ptrdiff_t offset = p->usual(&CurveBounds::offset);
    const auto behind = find_p_wave(curves_, offset, qrs_.onset);
    const bool is_p = onset >= t_end_before_ && offset - onset <= any.in(longest_early_p_s) && onset < begin &&
                      (near == nullptr || offset >= begin) &&
                      (!behind || behind->height_mV <= largest_behind * p->height_mV);
    return is_p ? p : std::nullopt;
  }

  void set(std::vector<BeatWaves>& out, std::optional<WaveBounds> BeatWaves::* wave, const CommonWave& found) const {
    for (std::size_t lead = 0; lead < out.size(); ++lead) {
      out[lead].*wave = in_record(found.by_lead[lead], origin_);
    }
    settle_together(out, wave);
  }

  /// A P wave keeps its place before the complex from beat to beat; fibrillation and noise do not. The measure is the
  /// share of the single beats' energy about the peak that their average keeps, less the 1/n that chance would keep, by
  /// lead; the upper quartile of the leads, since not all of them see the atria.
  [[nodiscard]] float p_probability(std::ptrdiff_t peak) const {
    const std::vector<std::size_t> beats = alike_beats(beats_, beat_, rhythm_beats);
    if (beats.size() < fewest_for_coherence) {
      return too_few_to_tell;
    }
    std::vector<float> kept;
    for (const RunningSums& lead : sums_) {
      kept.push_back(kept_share(lead, beats, peak - curves_.front().centre));
    }
    const double chance = 1.0 / static_cast<double>(beats.size());
    const double coherence = (static_cast<double>(quantile(std::span(kept), 0.75)) - chance) / (1.0 - chance);
    return static_cast<float>(1.0 / (1.0 + std::exp((even_odds_coherence - coherence) / coherence_scale)));
  }

  /// Energy of the beats' average about a sample, counted from each beat, over the mean energy of the single beats.
  [[nodiscard]] float kept_share(const RunningSums& lead, std::span<const std::size_t> beats,
                                 std::ptrdiff_t from_beat) const {
    constexpr std::size_t num_steps = 8;
    const std::ptrdiff_t step = std::max<std::ptrdiff_t>(1, curves_.front().in(0.016));
    const auto n = static_cast<float>(beats.size());
    std::array<float, num_steps> average{};
    double of_average = 0.0;
    double of_beats = 1e-12;
    for (const std::size_t b : beats) {
      const auto own = coarse<num_steps>(lead, beats_.samples[b] + from_beat, step);
      std::array<double, num_steps> energy;
      for (std::size_t i = 0; i < num_steps; ++i) {
        average[i] += own[i] / n;
        energy[i] = static_cast<double>(own[i]) * own[i] / n;
      }
      of_beats = std::accumulate(energy.begin(), energy.end(), of_beats);
    }
    for (const float x : average) {
      of_average += static_cast<double>(x) * x;
    }
    return static_cast<float>(of_average / of_beats);
  }

  /// Means of Steps stretches about a sample, free of their common mean.
  template <std::size_t Steps>
  [[nodiscard]] static std::array<float, Steps> coarse(const RunningSums& lead, std::int64_t centre,
                                                       std::ptrdiff_t step) {
    auto out = lead.means<Steps>(centre - step * static_cast<std::ptrdiff_t>(Steps) / 2, step);
    float mean = 0.0F;
    for (const float x : out) {
      mean += x / static_cast<float>(Steps);
    }
    for (float& x : out) {
      x -= mean;
    }
    return out;
  }

  /// A bound as the clear leads have it, from the curves' origin; as all have it where none is clear.
  [[nodiscard]] std::vector<float> votes(const std::vector<BeatWaves>& leads,
                                         std::optional<WaveBounds> BeatWaves::* wave,
                                         std::int64_t WaveBounds::* bound) const {
    std::vector<float> clear, all;
    for (std::size_t lead = 0; lead < leads.size(); ++lead) {
      all.push_back(static_cast<float>((*(leads[lead].*wave)).*bound - origin_));
      if (levelled_[lead].clearness >= voting_clearness) {
        clear.push_back(all.back());
      }
    }
    return clear.empty() ? all : clear;
  }

  /// From the first to the third quartile of the leads: some see a wave begin late, and some noise makes it begin
  /// early.
  [[nodiscard]] std::optional<WaveBounds> common_wave(const std::vector<BeatWaves>& leads,
                                                      std::optional<WaveBounds> BeatWaves::* wave) const {
    if (!(leads.front().*wave)) {
      return std::nullopt;
    }
    const auto at_quantile = [&](std::int64_t WaveBounds::* bound, double q) {
      return origin_ + static_cast<std::int64_t>(quantile(votes(leads, wave, bound), q));
    };
    return WaveBounds{at_quantile(&WaveBounds::onset, 0.25), at_quantile(&WaveBounds::peak, 0.5),
                      at_quantile(&WaveBounds::offset, 0.75)};
  }

  /// Draws each lead's bounds of a wave towards the median of the leads, but not past its own peak: it is one event of
  /// the heart.
  void settle_together(std::vector<BeatWaves>& out, std::optional<WaveBounds> BeatWaves::* wave) const {
    for (std::int64_t WaveBounds::* bound : {&WaveBounds::onset, &WaveBounds::offset}) {
      std::vector<float> all = votes(out, wave, bound);
      const double common = median(all);
      for (BeatWaves& waves : out) {
        std::int64_t& own = (*(waves.*wave)).*bound;
        own = origin_ + std::lround(common + settings_.wave_lead_share * (static_cast<double>(own - origin_) - common));
      }
    }
    for (BeatWaves& waves : out) {
      WaveBounds& bounds = *(waves.*wave);
      bounds.onset = std::min(bounds.onset, bounds.peak);
      bounds.offset = std::max(bounds.offset, bounds.peak);
    }
  }

  const DelineationSettings& settings_;
  std::span<const RunningSums> sums_;
  std::span<const LevelledLead> levelled_;
  const AlignedBeats& beats_;
  std::size_t beat_;
  std::int64_t previous_ = 0, next_ = 0, origin_ = 0;
  std::ptrdiff_t t_end_before_ = 0;  ///< on the curves: of the beat before
  bool knows_t_before_ = false;
  std::vector<BeatCurve> curves_;
  CurveBounds qrs_;
};

/// The leads that carry something, freed of stimuli and baseline, low-passed and brought to one size.
struct PreparedLeads {
  /// @param raw  mV, without NaN
  PreparedLeads(std::vector<std::vector<float>> raw, const std::vector<std::size_t>& spikes, double rate_hz,
                std::span<const std::int64_t> beats)
      : stimuli(remove_pacing_spikes(raw, rate_hz, spikes)) {
    condition(raw, rate_hz);
    for (std::size_t lead = 0; lead < raw.size(); ++lead) {
      const auto [low, high] = value_range(raw[lead]);
      if (low <= high && high - low > smallest_range_mV) {
        leads.push_back(std::move(raw[lead]));
        live.push_back(lead);
      }
    }
    if (!leads.empty()) {
      levelled = level_leads(leads, beats, rate_hz);
    }
  }

  std::vector<std::size_t> stimuli;  ///< where the signal goes on after each
  std::vector<std::vector<float>> leads;
  std::vector<std::size_t> live;  ///< [lead] its number in the recording
  std::vector<LevelledLead> levelled;
};

/// P waves belong to a rhythm, so a beat is judged with its neighbours of the same shape: the probability becomes the
/// median over up to rhythm_beats to each side, and P waves below even odds are taken back. One flutter wave that falls
/// before a complex by chance is none, and one P wave that noise hides is one.
void settle_p_waves(Delineation& out) {
  std::vector<float> own(out.global.size());
  std::ranges::transform(out.global, own.begin(), &BeatWaves::p_probability);
  std::vector<float> alike;
  for (std::size_t b = 0; b < own.size(); ++b) {
    alike.clear();
    for (std::size_t k = b - std::min(b, rhythm_beats); k < std::min(b + rhythm_beats + 1, own.size()); ++k) {
      if (out.beats.shape[k] == out.beats.shape[b]) {
        alike.push_back(own[k]);
      }
    }
    const float probability = median(alike);
    const auto settle = [&](BeatWaves& waves) {
      waves.p_probability = probability;
      if (probability < even_odds) {
        waves.p.reset();
      }
    };
    settle(out.global[b]);
    for (std::vector<BeatWaves>& lead : out.by_lead) {
      settle(lead[b]);
    }
  }
}

}  // namespace

Delineation delineate(const LeadSignals& signals, std::span<const std::int64_t> beats,
                      const DelineationSettings& settings) {
  Delineation out;
  out.by_lead.resize(signals.mv.size());
  if (signals.mv.empty() || beats.empty()) {
    return out;
  }
  std::vector<std::vector<float>> filled = signals.mv;
  for (std::vector<float>& lead : filled) {
    fill_gaps(lead);
  }
  for (std::vector<BeatWaves>& lead : out.by_lead) {
    lead.resize(beats.size());
  }
  out.global.resize(beats.size());
  // The stimuli's edges would be taken for the onset of the complex. Those that are hidden are known by the beats.
  std::vector<std::size_t> spikes = find_pacing_spikes(filled, signals.rate_hz, settings.step_mv);
  const std::vector<std::vector<float>> with_stimuli = spikes.empty() ? std::vector<std::vector<float>>{} : filled;
  PreparedLeads prepared(std::move(filled), spikes, signals.rate_hz, beats);
  if (prepared.leads.empty()) {
    out.beats = {{beats.begin(), beats.end()}, std::vector<std::size_t>(beats.size(), 0), 1};
    return out;
  }
  out.beats = align_beats(prepared.leads, signals.rate_hz, beats);
  out.beats.is_disturbed = disturbed_beats(beats, settings.jolts, signals.rate_hz);
  const std::size_t num_seen = spikes.size();
  spikes = with_hidden_spikes(std::move(spikes), out.beats, signals.rate_hz);
  if (spikes.size() > num_seen) {
    prepared = PreparedLeads(with_stimuli, spikes, signals.rate_hz, beats);
  }
  const std::vector<RunningSums> sums(prepared.leads.begin(), prepared.leads.end());
  for (std::size_t b = 0; b < beats.size(); ++b) {
    BeatDelineator delineator(prepared.leads, sums, prepared.levelled, signals.rate_hz, out.beats, prepared.stimuli, b,
                              b > 0 ? out.global[b - 1].t : std::nullopt, settings);
    const std::vector<BeatWaves> waves = delineator.waves();
    out.global[b] = delineator.global(waves);
    for (std::size_t i = 0; i < waves.size(); ++i) {
      out.by_lead[prepared.live[i]][b] = waves[i];
    }
  }
  settle_p_waves(out);
  return out;
}

}  // namespace xingu::ecg
