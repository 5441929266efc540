// SPDX-License-Identifier: Apache-2.0
#include "ecg/atrial_signal.h"

#include <algorithm>
#include <cmath>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double baseline_hz = 0.8;
constexpr double complex_margin_s = 0.02;
constexpr double t_margin_s = 0.03;
constexpr double usual_t_end_s = 0.40;  // after QRS onset, where no T was found
constexpr std::size_t neighbours = 8;   // beats on each side that are averaged
constexpr std::size_t fewest_alike = 4;

/// Median end of T after QRS onset, s.
double t_end_s(const Delineation& delineation, double rate_hz) {
  std::vector<float> ends;
  for (const BeatWaves& beat : delineation.global) {
    if (beat.qrs && beat.t) {
      ends.push_back(static_cast<float>(static_cast<double>(beat.t->offset - beat.qrs->onset) / rate_hz));
    }
  }
  return ends.empty() ? usual_t_end_s : static_cast<double>(median(ends));
}

/// Takes an average that begins at a sample from a lead.
void subtract(const std::vector<float>& average, std::ptrdiff_t begin, Remainder remainder, std::vector<float>& lead) {
  const bool keeps_line = remainder == Remainder::line;
  const auto width = std::ssize(average) - 1;
  const float first = keeps_line ? average.front() : 0.0F;
  const float slope =
      keeps_line ? (average.back() - first) / static_cast<float>(std::max<std::ptrdiff_t>(1, width)) : 0.0F;
  for (std::ptrdiff_t i = std::max<std::ptrdiff_t>(0, -begin); i <= width && begin + i < std::ssize(lead); ++i) {
    lead[static_cast<std::size_t>(begin + i)] -=
        average[static_cast<std::size_t>(i)] - first - slope * static_cast<float>(i);
  }
}

/// A stretch of a lead that goes on at its ends as it is there.
std::vector<float> stretch(const std::vector<float>& lead, std::ptrdiff_t begin, std::size_t size) {
  std::vector<float> out(size);
  for (std::size_t i = 0; i < size; ++i) {
    const auto at = std::clamp<std::ptrdiff_t>(begin + static_cast<std::ptrdiff_t>(i), 0, std::ssize(lead) - 1);
    out[i] = lead[static_cast<std::size_t>(at)];
  }
  return out;
}

}  // namespace

VentricularWindows::VentricularWindows(const Delineation& delineation, double rate_hz, std::size_t factor,
                                       VentricularWaves waves)
    : beats_(delineation.beats) {
  for (std::int64_t& sample : beats_.samples) {
    sample /= static_cast<std::int64_t>(factor);
  }
  const auto in = [&](double seconds) {
    return static_cast<std::ptrdiff_t>(std::lround(seconds * rate_hz / static_cast<double>(factor)));
  };
  const auto seconds = [&](std::int64_t sample) { return static_cast<double>(sample) / rate_hz; };
  const double t_end = t_end_s(delineation, rate_hz);
  for (std::size_t b = 0; b < beats_.samples.size(); ++b) {
    if (!delineation.global[b].qrs) {
      continue;
    }
    const WaveBounds& qrs = *delineation.global[b].qrs;
    const double beat_s = seconds(delineation.beats.samples[b]);
    const double onset_s = seconds(qrs.onset) - complex_margin_s;
    const double end_s = waves == VentricularWaves::complex ? seconds(qrs.offset) + complex_margin_s
                                                            : seconds(qrs.onset) + t_end + t_margin_s;
    windows_.push_back({b, std::max<std::ptrdiff_t>(1, in(beat_s - onset_s)),
                        std::max<std::ptrdiff_t>(1, in(end_s - beat_s)), in(onset_s),
                        in(seconds(qrs.offset) + complex_margin_s), alike_beats(beats_, b, neighbours)});
  }
}

std::vector<std::vector<float>> VentricularWindows::taken_out_of(const std::vector<std::vector<float>>& leads,
                                                                 Remainder remainder) const {
  std::vector<std::vector<float>> out = leads;
  for (std::size_t lead = 0; lead < leads.size(); ++lead) {
    for (const Window& w : windows_) {
      const std::ptrdiff_t begin = beats_.samples[w.beat] - w.before;
      const auto before = static_cast<std::size_t>(w.before);
      const auto after = static_cast<std::size_t>(w.after);
      subtract(w.alike.size() >= fewest_alike ? local_average(leads[lead], beats_, w.alike, before, after)
                                              : stretch(out[lead], begin, before + after + 1),
               begin, remainder, out[lead]);
    }
  }
  return out;
}

VentricularWindows VentricularWindows::between(std::ptrdiff_t begin, std::ptrdiff_t end) const {
  VentricularWindows out = *this;
  for (std::int64_t& sample : out.beats_.samples) {
    sample -= begin;
  }
  const auto reaches_in = [&](const Window& w) {
    return beats_.samples[w.beat] + w.after >= begin && beats_.samples[w.beat] - w.before < end;
  };
  std::erase_if(out.windows_, [&](const Window& w) { return !reaches_in(w); });
  for (Window& window : out.windows_) {
    window.qrs_begin -= begin;
    window.qrs_end -= begin;
    std::erase_if(window.alike, [&](std::size_t b) {
      return std::ranges::none_of(out.windows_, [&](const Window& w) { return w.beat == b; });
    });
  }
  return out;
}

std::vector<bool> VentricularWindows::complexes(std::size_t size) const {
  std::vector<bool> out(size, false);
  for (const Window& w : windows_) {
    const std::ptrdiff_t end = std::min(static_cast<std::ptrdiff_t>(size), w.qrs_end);
    for (std::ptrdiff_t i = std::max<std::ptrdiff_t>(0, w.qrs_begin); i < end; ++i) {
      out[static_cast<std::size_t>(i)] = true;
    }
  }
  return out;
}

std::ptrdiff_t AtrialSignal::in(double seconds) const {
  return static_cast<std::ptrdiff_t>(std::lround(seconds * rate_hz));
}

std::size_t atrial_decimation(double rate_hz) {
  return static_cast<std::size_t>(std::max(1.0, std::floor(rate_hz / lowest_atrial_rate_hz)));
}

std::vector<std::vector<float>> atrial_band(const LeadSignals& signals, double low_pass_hz) {
  const std::size_t factor = atrial_decimation(signals.rate_hz);
  const double rate_hz = signals.rate_hz / static_cast<double>(factor);
  std::vector<std::vector<float>> leads;
  for (std::vector<float> lead : signals.mv) {
    fill_gaps(lead);
    leads.push_back(decimate(lead, factor));
  }
  filter_zero_phase(Biquad::high_pass(baseline_hz, rate_hz), leads, filter_margin(rate_hz));
  filter_zero_phase(Biquad::low_pass(low_pass_hz, rate_hz), leads, filter_margin(rate_hz));
  return leads;
}

AtrialSignal atrial_signal(const LeadSignals& signals, const VentricularWindows& windows, double low_pass_hz) {
  AtrialSignal out;
  out.rate_hz = signals.rate_hz / static_cast<double>(atrial_decimation(signals.rate_hz));
  out.leads = windows.taken_out_of(atrial_band(signals, low_pass_hz), Remainder::line);
  out.is_complex = windows.complexes(out.leads.front().size());
  return out;
}

}  // namespace xingu::ecg
