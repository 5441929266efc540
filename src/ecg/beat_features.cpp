// SPDX-License-Identifier: Apache-2.0
#include "ecg/beat_features.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double lowest_rate_hz = 120.0;
constexpr double baseline_hz = 0.5;
constexpr double low_pass_hz = 40.0;
constexpr double before_s = 0.30;
constexpr double after_s = 0.40;
constexpr double complex_s = 0.10;
constexpr std::size_t neighbours = 40;  // beats on each side that say what is usual in RR
constexpr std::size_t long_neighbours = 250;
constexpr std::size_t long_step = 10;     // beats after which what is usual in the long run is found again
constexpr std::size_t fewest_usual = 6;   // intervals
constexpr std::size_t nearby = 8;         // beats on each side that may be of one run
constexpr double usual_quantile = 0.55;   // runs of early beats shorten the median
constexpr std::size_t memory_beats = 60;  // the usual beat follows slow changes
constexpr double longest_half_s = 1.0;    // of an interval in which no beat is missing
constexpr double early_from = 0.85;       // of the interval after it
constexpr float least_unrest = 0.03F;     // ln RR
constexpr float largest_log = 3.0F;
constexpr float tiny = 1e-6F;
constexpr float flat_mv = 0.001F;  // from top to bottom about a beat: the lead is off

float bounded_log(float ratio) { return std::clamp(std::log(std::max(ratio, tiny)), -largest_log, largest_log); }

float& at(BeatFeatures& f, BeatFeature name) { return f[static_cast<std::size_t>(name)]; }

/// Leads at a rate at which shapes are cheap to compare, and the beats in their samples.
struct Leads {
  double rate_hz = 0.0;
  std::vector<std::vector<float>> mv;
  std::vector<std::int64_t> beats;
  std::vector<std::vector<bool>> is_heard;  ///< [beat][lead] whether the lead has a signal all about the beat

  [[nodiscard]] std::int64_t in(double seconds) const { return std::llround(seconds * rate_hz); }
};

/// Whether a lead has every sample from before_s to after_s about a beat and is not flat there.
bool hears(const std::vector<float>& lead, std::int64_t beat, double rate_hz) {
  const auto in = [&](double seconds) { return static_cast<std::int64_t>(seconds * rate_hz); };
  const std::int64_t begin = std::clamp<std::int64_t>(beat - in(before_s), 0, std::ssize(lead) - 1);
  const std::int64_t end = std::clamp<std::int64_t>(beat + in(after_s), begin, std::ssize(lead) - 1);
  float low = lead[static_cast<std::size_t>(begin)];
  float high = low;
  bool has_all = true;
  for (std::int64_t i = begin; i <= end; ++i) {
    const float x = lead[static_cast<std::size_t>(i)];
    low = std::min(low, x);
    high = std::max(high, x);
    has_all = has_all && !std::isnan(x);
  }
  return has_all && high - low > flat_mv;
}

Leads prepare(const LeadSignals& signals, std::span<const std::int64_t> beats) {
  const auto factor = static_cast<std::size_t>(std::max(1.0, std::floor(signals.rate_hz / lowest_rate_hz)));
  Leads out;
  out.rate_hz = signals.rate_hz / static_cast<double>(factor);
  for (std::vector<float> lead : signals.mv) {
    fill_gaps(lead);
    out.mv.push_back(decimate(lead, factor));
  }
  filter_zero_phase(Biquad::high_pass(baseline_hz, out.rate_hz), out.mv, filter_margin(out.rate_hz));
  if (out.rate_hz > 2.2 * low_pass_hz) {
    filter_zero_phase(Biquad::low_pass(low_pass_hz, out.rate_hz), out.mv, filter_margin(out.rate_hz));
  }
  for (const std::int64_t beat : beats) {
    out.beats.push_back(beat / static_cast<std::int64_t>(factor));
    std::vector<bool>& heard = out.is_heard.emplace_back();
    for (const std::vector<float>& lead : signals.mv) {
      heard.push_back(hears(lead, beat, signals.rate_hz));
    }
  }
  return out;
}

/// ln RR before and after each beat over what is usual around it, and how much usual intervals differ there. The first
/// and the last beat have the usual interval where they have none.
struct Timing {
  std::vector<float> log_before;  ///< [beat]
  std::vector<float> log_after;
  std::vector<float> unrest;
  std::vector<float> log_long;
  std::vector<float> log_step;
};

/// Which beat comes before and after each; the number of beats where there is none.
struct Neighbours {
  std::vector<std::size_t> before, after;

  Neighbours(std::size_t num_beats, const std::vector<bool>& is_left_out)
      : before(num_beats, num_beats), after(num_beats, num_beats) {
    const auto counts = [&](std::size_t b) { return is_left_out.empty() || !is_left_out[b]; };
    for (std::size_t b = 1; b < num_beats; ++b) {
      before[b] = counts(b - 1) || b == 1 ? b - 1 : b - 2;
      after[b - 1] = counts(b) || b + 1 == num_beats ? b : b + 1;
    }
  }
};

/// Intervals before the beats of a stretch, and those that begin and end with a usual beat where there are enough.
std::vector<float> intervals_about(const std::vector<float>& rr, const std::vector<bool>& is_usual,
                                   const Neighbours& next, std::size_t beat, std::size_t reach) {
  const std::size_t begin = beat > reach ? beat - reach : 1;
  const std::size_t end = std::min(rr.size(), beat + reach + 1);
  std::vector<float> all, usual;
  for (std::size_t i = begin; i < end; ++i) {
    all.push_back(rr[i]);
    if (is_usual[i] && is_usual[next.before[i]]) {
      usual.push_back(rr[i]);
    }
  }
  return usual.size() >= fewest_usual ? usual : all;
}

Timing timing(const std::vector<std::int64_t>& beats, const std::vector<bool>& is_usual, const Neighbours& next) {
  const std::size_t n = beats.size();
  const auto interval = [&](std::size_t from, std::size_t to) {
    return static_cast<float>(std::max<std::int64_t>(1, beats[to] - beats[from]));
  };
  std::vector<float> rr(n, 0.0F);  // [i] before beat i
  for (std::size_t i = 1; i < n; ++i) {
    rr[i] = interval(next.before[i], i);
  }
  Timing out;
  float long_usual = 1.0F;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<float> local = intervals_about(rr, is_usual, next, i, neighbours);
    const float usual = local.empty() ? 1.0F : quantile(std::span(local), usual_quantile);
    std::ranges::transform(local, local.begin(), [&](float x) { return std::abs(std::log(x / usual)); });
    out.unrest.push_back(median(local));
    out.log_before.push_back(i == 0 ? 0.0F : bounded_log(rr[i] / usual));
    out.log_after.push_back(i + 1 == n ? 0.0F : bounded_log(interval(i, next.after[i]) / usual));
    if (i % long_step == 0) {
      std::vector<float> many = intervals_about(rr, is_usual, next, i, long_neighbours);
      long_usual = many.empty() ? 1.0F : quantile(std::span(many), usual_quantile);
    }
    out.log_long.push_back(i == 0 ? 0.0F : bounded_log(rr[i] / long_usual));
    out.log_step.push_back(i == 0 ? 0.0F : out.log_before[i] - out.log_before[next.before[i]]);
  }
  return out;
}

/// One beat's surroundings, lead after lead, or the mean of many.
class Window {
 public:
  explicit Window(const Leads& leads)
      : before(static_cast<std::size_t>(leads.in(before_s))),
        width(before + static_cast<std::size_t>(leads.in(after_s)) + 1),
        half(static_cast<std::size_t>(leads.in(complex_s))),
        rate_hz(leads.rate_hz) {}

  [[nodiscard]] std::vector<float> cut(const Leads& leads, std::int64_t beat) const {
    std::vector<float> out(width * leads.mv.size(), 0.0F);
    for (std::size_t lead = 0; lead < leads.mv.size(); ++lead) {
      const std::vector<float>& x = leads.mv[lead];
      for (std::size_t i = 0; i < width; ++i) {
        const std::int64_t t = beat - static_cast<std::int64_t>(before) + static_cast<std::int64_t>(i);
        out[lead * width + i] = x[static_cast<std::size_t>(std::clamp<std::int64_t>(t, 0, std::ssize(x) - 1))];
      }
    }
    return out;
  }

  /// Sum over [begin, end) of products of one lead after removal of each one's mean there.
  [[nodiscard]] float product(const std::vector<float>& x, const std::vector<float>& y, std::size_t lead,
                              std::size_t begin, std::size_t end) const {
    float mean_x = 0.0F, mean_y = 0.0F, sum = 0.0F;
    const auto n = static_cast<float>(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
      mean_x += x[lead * width + i] / n;
      mean_y += y[lead * width + i] / n;
    }
    for (std::size_t i = begin; i < end; ++i) {
      sum += (x[lead * width + i] - mean_x) * (y[lead * width + i] - mean_y);
    }
    return sum;
  }

  const std::size_t before, width, half;
  const double rate_hz;
};

/// Products of a beat and the usual one over a stretch, all leads that are heard together and the one that is least
/// alike.
struct Comparison {
  float own = tiny, usual = tiny, both = 0.0F, worst = 1.0F;

  [[nodiscard]] float correlation() const { return both / std::sqrt(own * usual); }
};

Comparison compare(const Window& window, const std::vector<float>& x, const std::vector<float>& usual,
                   const std::vector<bool>& is_heard, std::size_t begin, std::size_t end) {
  Comparison out;
  for (std::size_t lead = 0; lead * window.width < x.size(); ++lead) {
    if (!is_heard[lead]) {
      continue;
    }
    const float xx = window.product(x, x, lead, begin, end) + tiny;
    const float uu = window.product(usual, usual, lead, begin, end) + tiny;
    const float xu = window.product(x, usual, lead, begin, end);
    out.own += xx;
    out.usual += uu;
    out.both += xu;
    out.worst = std::min(out.worst, xu / std::sqrt(xx * uu));
  }
  return out;
}

/// Spread in time of the leads' squared steepness about its centre, s, and the greatest steepness.
struct Spread {
  float seconds = 0.0F;
  float greatest = tiny;
};

Spread spread(const Window& window, const std::vector<float>& x, const std::vector<bool>& is_heard) {
  std::vector<std::size_t> begins;  // of the leads that are heard
  for (std::size_t lead = 0; lead < is_heard.size(); ++lead) {
    if (is_heard[lead]) {
      begins.push_back(lead * window.width);
    }
  }
  const std::size_t reach = window.half + window.half / 2;
  std::vector<float> energy;
  for (std::size_t i = window.before - reach; i <= window.before + reach; ++i) {
    float sum = 0.0F;
    for (const std::size_t begin : begins) {
      const float d = x[begin + i] - x[begin + i - 1];
      sum += d * d;
    }
    energy.push_back(sum);
  }
  float total = tiny * tiny, first = 0.0F, second = 0.0F, greatest = tiny;
  for (std::size_t i = 0; i < energy.size(); ++i) {
    const auto t = static_cast<float>(i);
    total += energy[i];
    first += energy[i] * t;
    second += energy[i] * t * t;
    greatest = std::max(greatest, std::sqrt(energy[i]));
  }
  const float variance = std::max(0.0F, second / total - (first / total) * (first / total));
  return {std::sqrt(variance) / static_cast<float>(window.rate_hz), greatest};
}

/// What is known of the beats of one shape.
struct ShapeFacts {
  std::size_t count = 0;
  std::size_t early = 0;  ///< sooner than their two neighbours' intervals
  float time_s = 0.0F;    ///< of the recording that is theirs: from half-way to the beat before to half-way to the next
  float width_s = 0.0F;
};

/// Half of the time from the beat before one to the next.
float time_of_beat(const std::vector<std::int64_t>& beats, std::size_t b, double rate_hz) {
  const auto half_of = [&](std::size_t from, std::size_t to) {
    return std::min(longest_half_s, static_cast<double>(beats[to] - beats[from]) / (2.0 * rate_hz));
  };
  const std::size_t last = beats.size() - 1;
  const double before = b > 0 ? half_of(b - 1, b) : last > 0 ? half_of(0, 1) : longest_half_s;
  const double after = b < last ? half_of(b, b + 1) : last > 0 ? half_of(last - 1, last) : longest_half_s;
  return static_cast<float>(before + after);
}

std::vector<ShapeFacts> shape_facts(const AlignedBeats& beats, const std::vector<Spread>& widths, double rate_hz) {
  std::vector<ShapeFacts> facts(beats.num_shapes);
  std::vector<std::vector<float>> width(beats.num_shapes);
  const auto& at = beats.samples;
  for (std::size_t b = 0; b < beats.shape.size(); ++b) {
    ShapeFacts& f = facts[beats.shape[b]];
    ++f.count;
    f.time_s += time_of_beat(at, b, rate_hz);
    const bool has_both = b > 0 && b + 1 < at.size();
    f.early += has_both && static_cast<double>(at[b] - at[b - 1]) < early_from * static_cast<double>(at[b + 1] - at[b])
                   ? 1
                   : 0;
    width[beats.shape[b]].push_back(widths[b].seconds);
  }
  for (std::size_t s = 0; s < facts.size(); ++s) {
    facts[s].width_s = median(width[s]);
  }
  return facts;
}

/// The shape that leads the recording: by time and not by number, for a fast run has many beats in a short time.
std::size_t usual_shape(const std::vector<ShapeFacts>& facts) {
  std::size_t best = 0;
  float best_worth = -1.0F;
  for (std::size_t s = 0; s < facts.size(); ++s) {
    const float early = static_cast<float>(facts[s].early) / std::max(1.0F, static_cast<float>(facts[s].count));
    const float worth = facts[s].time_s * (1.0F - 0.8F * early) / (0.02F + facts[s].width_s);
    if (facts[s].count > 0 && worth > best_worth) {
      best = s;
      best_worth = worth;
    }
  }
  return best;
}

/// The running mean of the beats of the usual shape, as it was at each beat; of each lead where it is heard.
class UsualBeat {
 public:
  UsualBeat(const Window& window, const Leads& leads, const AlignedBeats& beats, std::size_t shape)
      : leads_(leads),
        beats_(beats),
        shape_(shape),
        width_(window.width),
        mean_(leads.mv.size() * width_, 0.0F),
        count_(leads.mv.size(), 0) {
    for (std::size_t b = 0, seen = 0; b < beats.shape.size() && seen < memory_beats / 2; ++b) {
      if (beats.shape[b] == shape) {
        take(b, window.cut(leads_, beats_.samples[b]));
        ++seen;
      }
    }
    for (std::size_t& count : count_) {
      count = std::min(count, memory_beats / 2);
    }
  }

  /// The mean before beat b, which is then taken in.
  [[nodiscard]] const std::vector<float>& before(std::size_t b, const std::vector<float>& x) {
    current_ = mean_;
    if (beats_.shape[b] == shape_) {
      take(b, x);
    }
    return current_;
  }

  /// [lead] whether it is heard at beat b and was heard at any usual beat so far; all leads where none is.
  [[nodiscard]] std::vector<bool> comparable(std::size_t b) const {
    std::vector<bool> out = leads_.is_heard[b];
    for (std::size_t lead = 0; lead < out.size(); ++lead) {
      out[lead] = out[lead] && count_[lead] > 0;
    }
    return std::ranges::find(out, true) == out.end() ? std::vector<bool>(out.size(), true) : out;
  }

 private:
  void take(std::size_t b, const std::vector<float>& x) {
    for (std::size_t lead = 0; lead < count_.size(); ++lead) {
      if (!leads_.is_heard[b][lead]) {
        continue;
      }
      count_[lead] = std::min(count_[lead] + 1, memory_beats);
      for (std::size_t i = lead * width_; i < (lead + 1) * width_; ++i) {
        mean_[i] += (x[i] - mean_[i]) / static_cast<float>(count_[lead]);
      }
    }
  }

  const Leads& leads_;
  const AlignedBeats& beats_;
  std::size_t shape_;
  std::size_t width_;
  std::vector<float> mean_, current_;
  std::vector<std::size_t> count_;  ///< [lead] beats in the mean
};

/// The shift within ±60 ms at which a beat is most like the usual one.
std::int64_t best_shift(const Window& window, const Leads& leads, std::int64_t beat, const std::vector<float>& usual,
                        const std::vector<bool>& is_heard) {
  const std::int64_t reach = leads.in(0.06);
  std::int64_t best = 0;
  float best_correlation = -2.0F;
  for (std::int64_t shift = -reach; shift <= reach; ++shift) {
    const float r = compare(window, window.cut(leads, beat + shift), usual, is_heard, window.before - window.half,
                            window.before + window.half)
                        .correlation();
    if (r > best_correlation) {
      best_correlation = r;
      best = shift;
    }
  }
  return best;
}

void set_timing(const Timing& timing, std::size_t b, BeatFeatures& f) {
  const float before = timing.log_before[b];
  const float after = timing.log_after[b];
  at(f, BeatFeature::rr_before) = before;
  at(f, BeatFeature::rr_after) = after;
  at(f, BeatFeature::rr_step) = timing.log_step[b];
  at(f, BeatFeature::pause) = bounded_log(0.5F * (std::exp(before) + std::exp(after)));
  at(f, BeatFeature::early) = std::clamp(-before / (least_unrest + 2.0F * timing.unrest[b]), 0.0F, 4.0F);
  at(f, BeatFeature::late_part) = std::max(0.0F, before);
  at(f, BeatFeature::rr_long) = timing.log_long[b];
  at(f, BeatFeature::unrest) = std::min(timing.unrest[b], 1.0F);
}

void set_shape(const Window& window, const std::vector<float>& x, const std::vector<float>& usual,
               const std::vector<bool>& is_heard, BeatFeatures& f) {
  const auto span = [&](double seconds) { return static_cast<std::size_t>(seconds * window.rate_hz); };
  const std::size_t r = window.before;
  const Comparison qrs = compare(window, x, usual, is_heard, r - window.half, r + window.half);
  at(f, BeatFeature::likeness) = qrs.correlation();
  at(f, BeatFeature::worst_likeness) = qrs.worst;
  at(f, BeatFeature::departure) = bounded_log((qrs.own - 2.0F * qrs.both + qrs.usual) / qrs.usual);
  at(f, BeatFeature::size) = bounded_log(qrs.own / qrs.usual);
  const Spread own = spread(window, x, is_heard);
  const Spread usual_spread = spread(window, usual, is_heard);
  at(f, BeatFeature::width) = bounded_log(own.seconds / 0.04F);
  at(f, BeatFeature::width_change) = bounded_log((own.seconds + 0.005F) / (usual_spread.seconds + 0.005F));
  at(f, BeatFeature::steepness) = bounded_log(own.greatest / usual_spread.greatest);
  at(f, BeatFeature::repolarisation) =
      compare(window, x, usual, is_heard, r + span(0.12), r + span(0.36)).correlation();
  const Comparison p = compare(window, x, usual, is_heard, r - span(0.26), r - span(0.07));
  at(f, BeatFeature::p_likeness) = std::clamp(p.both / p.usual, -0.5F, 1.5F);
  at(f, BeatFeature::p_region) = bounded_log(p.own / p.usual);
  at(f, BeatFeature::p_departure) = bounded_log((p.own - 2.0F * p.both + p.usual) / p.usual);
}

/// Means over the beats of each shape, which all its beats get.
void set_shape_means(const AlignedBeats& beats, std::vector<BeatFeatures>& features) {
  using enum BeatFeature;
  constexpr std::array<std::pair<BeatFeature, BeatFeature>, 7> means{{{rr_before, shape_rr},
                                                                      {likeness, shape_likeness},
                                                                      {size, shape_size},
                                                                      {width_change, shape_width_change},
                                                                      {steepness, shape_steepness},
                                                                      {repolarisation, shape_repolarisation},
                                                                      {p_likeness, shape_p}}};
  std::vector<float> count(beats.num_shapes, 0.0F);
  for (const std::size_t s : beats.shape) {
    count[s] += 1.0F;
  }
  for (const auto& [from, to] : means) {
    std::vector<float> sum(beats.num_shapes, 0.0F);
    for (std::size_t b = 0; b < features.size(); ++b) {
      sum[beats.shape[b]] += at(features[b], from);
    }
    for (std::size_t b = 0; b < features.size(); ++b) {
      at(features[b], to) = sum[beats.shape[b]] / count[beats.shape[b]];
    }
  }
  for (std::size_t b = 0; b < features.size(); ++b) {
    at(features[b], shape_rarity) = bounded_log(count[beats.shape[b]] / static_cast<float>(features.size()));
  }
}

/// Means over the beats about each beat, which tell a run from a single beat.
void set_nearby_means(std::vector<BeatFeatures>& features) {
  using enum BeatFeature;
  constexpr std::array<std::pair<BeatFeature, BeatFeature>, 2> means{
      {{p_likeness, nearby_p}, {repolarisation, nearby_repolarisation}}};
  for (const auto& [from, to] : means) {
    for (std::size_t b = 0; b < features.size(); ++b) {
      const std::size_t begin = b > nearby ? b - nearby : 0;
      const std::size_t end = std::min(features.size(), b + nearby + 1);
      float sum = 0.0F;
      for (std::size_t i = begin; i < end; ++i) {
        sum += at(features[i], from);
      }
      at(features[b], to) = sum / static_cast<float>(end - begin);
    }
  }
}

}  // namespace

ComparedBeats compare_beats(const LeadSignals& signals, std::span<const std::int64_t> beats) {
  ComparedBeats out;
  out.features.resize(beats.size());
  if (beats.empty() || signals.num_samples() == 0) {
    return out;
  }
  const Leads leads = prepare(signals, beats);
  out.samples = leads.beats;
  out.aligned = align_beats(leads.mv, leads.rate_hz, leads.beats);
  const AlignedBeats& aligned = out.aligned;
  const Window window(leads);
  std::vector<Spread> widths;
  for (std::size_t b = 0; b < beats.size(); ++b) {
    widths.push_back(spread(window, window.cut(leads, aligned.samples[b]), leads.is_heard[b]));
  }
  const std::vector<ShapeFacts> facts = shape_facts(aligned, widths, leads.rate_hz);
  out.usual_shape = usual_shape(facts);
  UsualBeat usual(window, leads, aligned, out.usual_shape);
  for (std::size_t b = 0; b < beats.size(); ++b) {
    const std::vector<bool> is_heard = usual.comparable(b);
    const std::vector<float>& mean = usual.before(b, window.cut(leads, aligned.samples[b]));
    const std::int64_t shift =
        aligned.shape[b] == out.usual_shape ? 0 : best_shift(window, leads, aligned.samples[b], mean, is_heard);
    set_shape(window, window.cut(leads, aligned.samples[b] + shift), mean, is_heard, out.features[b]);
  }
  set_nearby_means(out.features);
  time_without({}, out);
  return out;
}

std::vector<BeatFeatures> beat_features(const LeadSignals& signals, std::span<const std::int64_t> beats) {
  return compare_beats(signals, beats).features;
}

void time_without(const std::vector<bool>& is_left_out, ComparedBeats& beats) {
  std::vector<bool> is_usual;
  for (const std::size_t s : beats.aligned.shape) {
    is_usual.push_back(s == beats.usual_shape);
  }
  const Timing times = timing(beats.samples, is_usual, Neighbours(beats.samples.size(), is_left_out));
  for (std::size_t b = 0; b < beats.samples.size(); ++b) {
    set_timing(times, b, beats.features[b]);
  }
  set_shape_means(beats.aligned, beats.features);
}

}  // namespace xingu::ecg
