// SPDX-License-Identifier: Apache-2.0
#include "ecg/wave_search.h"

#include <utility>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double wave_low_pass_hz = 16.0;
constexpr double wave_margin_s = 0.2;      // in which that filter forgets its start
constexpr float smallest_wave_mV = 0.02F;  // IEC 60601-2-25
constexpr float quiet_mV = 0.01F;          // half of it
constexpr double longest_p_s = 0.12;
// Narrow complexes of 115 per minute and more: T does not peak where the next P wave stands.
constexpr double fast_interval_s = 0.52;
constexpr double wide_qrs_s = 0.12;
constexpr double before_next_s = 0.20;
constexpr double shortest_window_s = 0.30;

/// The foot of a wave's flank between its peak and `limit`: from the flank's steepest point m, the index t for which
/// the trapezium (y_m − y_t)(2 x_r − x_t − x_m)/2 is largest, x_r = limit. Works to either side.
std::ptrdiff_t foot(const std::vector<float>& y, std::ptrdiff_t peak, std::ptrdiff_t steep_limit, std::ptrdiff_t limit,
                    float sign) {
  const std::ptrdiff_t step = limit > peak ? 1 : -1;
  std::ptrdiff_t steepest = peak;
  float largest = 0.0F;
  for (std::ptrdiff_t i = peak; i != steep_limit; i += step) {
    const float fall = sign * (at(y, i - step) - at(y, i + step));
    if (fall > largest) {
      largest = fall;
      steepest = i;
    }
  }
  std::ptrdiff_t best = steepest;
  float area = 0.0F;
  for (std::ptrdiff_t i = steepest; i != limit + step; i += step) {
    const float trapezium =
        sign * (at(y, steepest) - at(y, i)) * static_cast<float>(std::abs(2 * limit - i - steepest));
    if (trapezium > area) {
      area = trapezium;
      best = i;
    }
  }
  return best;
}

/// What a wave departs from.
enum class Ground {
  line,  ///< the straight line between the ends of a stretch
  end    ///< the level at the stretch's end: where its beginning stands in the wave
};

/// Departure of a lead from its ground.
class Departure {
 public:
  Departure(const std::vector<float>& y, std::ptrdiff_t begin, std::ptrdiff_t end, Ground ground)
      : y_(y),
        begin_(begin),
        start_(at(y, ground == Ground::line ? begin : end)),
        slope_((at(y, end) - start_) / static_cast<float>(std::max<std::ptrdiff_t>(1, end - begin))) {}
  [[nodiscard]] float operator()(std::ptrdiff_t i) const {
    return at(y_, i) - start_ - slope_ * static_cast<float>(i - begin_);
  }

 private:
  const std::vector<float>& y_;
  std::ptrdiff_t begin_;
  float start_;
  float slope_;
};

/// What a wave's departures are measured in while it is sought on all leads together.
enum class HumpUnit {
  levelled,   ///< every lead's complex counts as much as the others'
  millivolts  ///< the lead that sees the wave largest counts most
};

/// Where a wave of all leads together peaks: the largest root mean square of the leads' departures.
struct Hump {
  std::ptrdiff_t begin = 0, end = 0;  ///< the stretch it was sought in
  std::ptrdiff_t peak = 0;
  float height_mV = 0.0F;  ///< there, root mean square over the leads
  Ground ground = Ground::line;
};

std::optional<Hump> common_hump(std::span<const BeatCurve> leads, std::ptrdiff_t begin, std::ptrdiff_t end,
                                HumpUnit unit, Ground ground = Ground::line) {
  if (end - begin < leads.front().in(0.05)) {
    return std::nullopt;
  }
  std::vector<Departure> departures;
  std::vector<float> weights;  // of the departures' squares
  for (const BeatCurve& lead : leads) {
    departures.emplace_back(lead.wave, begin, end, ground);
    weights.push_back(unit == HumpUnit::millivolts ? 1.0F / (lead.scale * lead.scale) : 1.0F);
  }
  Hump out{begin, end, begin, 0.0F, ground};
  float largest = 0.0F;
  for (std::ptrdiff_t i = begin + 1; i < end; ++i) {
    float squares = 0.0F;
    for (std::size_t lead = 0; lead < departures.size(); ++lead) {
      const float departure = departures[lead](i);
      squares += weights[lead] * departure * departure;
    }
    if (squares > largest) {
      largest = squares;
      out.peak = i;
    }
  }
  float squares_mV = 0.0F;
  for (std::size_t lead = 0; lead < leads.size(); ++lead) {
    const float height_mV = departures[lead](out.peak) / leads[lead].scale;
    squares_mV += height_mV * height_mV;
  }
  out.height_mV = std::sqrt(squares_mV / static_cast<float>(leads.size()));
  return out;
}

/// How far a wave's parts may lie from each other, s.
struct WaveReach {
  double peak;    ///< of a lead's peak from the common one
  double flank;   ///< of the steepest point from the peak
  double onset;   ///< of the onset's trapezium from the peak
  double offset;  ///< of the offset's trapezium from the peak
};

CurveBounds delineate_wave(const BeatCurve& lead, const Hump& hump, const WaveReach& reach) {
  const Departure departure(lead.wave, hump.begin, hump.end, hump.ground);
  const auto from = std::max(hump.begin, hump.peak - lead.in(reach.peak));
  const auto to = std::min(hump.end, hump.peak + lead.in(reach.peak));
  CurveBounds out;
  out.peak = hump.peak;
  for (std::ptrdiff_t i = from; i <= to; ++i) {
    if (std::abs(departure(i)) > std::abs(departure(out.peak))) {
      out.peak = i;
    }
  }
  const float sign = departure(out.peak) > 0.0F ? 1.0F : -1.0F;
  out.onset = foot(lead.wave, out.peak, std::max(hump.begin, out.peak - lead.in(reach.flank)),
                   std::max(lead.first, out.peak - lead.in(reach.onset)), sign);
  out.offset = foot(lead.wave, out.peak, std::min(hump.end, out.peak + lead.in(reach.flank)),
                    std::min(lead.last, out.peak + lead.in(reach.offset)), sign);
  return out;
}

CommonWave delineate_hump(std::span<const BeatCurve> leads, const Hump& hump, const WaveReach& reach) {
  CommonWave out{hump.peak, hump.height_mV, {}};
  for (const BeatCurve& lead : leads) {
    out.by_lead.push_back(delineate_wave(lead, hump, reach));
  }
  return out;
}

/// Whether a hump is the quiet behind a wave that the stretch's beginning stands in: the line from there to the end
/// passes over it. On all leads together it departs to the other side than the beginning stands, and from there on
/// everything lies at the end's level but for a third of that.
bool is_quiet_behind(std::span<const BeatCurve> leads, const Hump& hump) {
  float along = 0.0F;
  float departures = 0.0F;
  float beginnings = 0.0F;
  std::vector<float> squares(static_cast<std::size_t>(hump.end - hump.peak), 0.0F);  // behind, from the end's level
  for (const BeatCurve& lead : leads) {
    const float from_line = Departure(lead.wave, hump.begin, hump.end, Ground::line)(hump.peak);
    const Departure from_end(lead.wave, hump.begin, hump.end, Ground::end);
    along += from_line * from_end(hump.begin);
    departures += from_line * from_line;
    beginnings += from_end(hump.begin) * from_end(hump.begin);
    for (std::size_t i = 0; i < squares.size(); ++i) {
      const float height = from_end(hump.peak + static_cast<std::ptrdiff_t>(i));
      squares[i] += height * height;
    }
  }
  constexpr float least_likeness = 0.8F;
  return along < -least_likeness * std::sqrt(departures * beginnings) &&
         std::ranges::all_of(squares, [&](float square) { return square < departures / 9.0F; });
}

/// How far a hump's peak lies from the level at the stretch's end, root mean square over the leads.
float height_above_end_mv(std::span<const BeatCurve> leads, const Hump& hump) {
  float squares = 0.0F;
  for (const BeatCurve& lead : leads) {
    const float height = Departure(lead.wave, hump.begin, hump.end, Ground::end)(hump.peak) / lead.scale;
    squares += height * height;
  }
  return std::sqrt(squares / static_cast<float>(leads.size()));
}

/// Whether a hump above the end's level rises from where the complex ends, to twice that height and more. A depressed
/// or elevated ST segment does not.
bool rises_from_complex(std::span<const BeatCurve> leads, const Hump& hump) {
  float beginnings = 0.0F;
  float heights = 0.0F;
  for (const BeatCurve& lead : leads) {
    const Departure from_end(lead.wave, hump.begin, hump.end, Ground::end);
    beginnings += from_end(hump.begin) * from_end(hump.begin);
    heights += from_end(hump.peak) * from_end(hump.peak);
  }
  return heights > 4.0F * beginnings;
}

}  // namespace

std::ptrdiff_t CommonWave::usual(std::ptrdiff_t CurveBounds::* bound) const {
  std::vector<std::ptrdiff_t> all;
  for (const CurveBounds& lead : by_lead) {
    all.push_back(lead.*bound);
  }
  const auto middle = all.begin() + std::ssize(all) / 2;
  std::ranges::nth_element(all, middle);
  return *middle;
}

/// Bridges the QRS complex by a straight line, then smooths: what is left are P, T and the baseline.
void set_waves(std::span<BeatCurve> leads, std::ptrdiff_t onset, std::ptrdiff_t offset) {
  std::vector<std::vector<float>> waves;
  for (const BeatCurve& lead : leads) {
    waves.push_back(lead.qrs);
    const Departure line(lead.qrs, onset, offset, Ground::line);
    for (std::ptrdiff_t i = std::max<std::ptrdiff_t>(0, onset); i <= std::min(offset, std::ssize(lead.qrs) - 1); ++i) {
      waves.back()[static_cast<std::size_t>(i)] -= line(i);
    }
  }
  const double rate_hz = leads.front().rate_hz;
  const auto margin = static_cast<std::size_t>(wave_margin_s * rate_hz);
  filter_zero_phase(Biquad::low_pass(wave_low_pass_hz, rate_hz), waves, margin);
  for (std::size_t lead = 0; lead < leads.size(); ++lead) {
    leads[lead].wave = std::move(waves[lead]);
  }
}

std::optional<CommonWave> find_t_wave(std::span<const BeatCurve> leads, const CurveBounds& qrs, double rr_s,
                                      double rr_before_s) {
  const BeatCurve& any = leads.front();
  const auto begin = any.clamp(qrs.offset + any.in(0.05));
  const double longest_s = 0.60 * std::sqrt(std::clamp(rr_s, 0.3, 1.6));
  const bool is_fast = std::max(rr_s, rr_before_s) <= fast_interval_s && qrs.offset - qrs.onset < any.in(wide_qrs_s);
  const double end_s = is_fast ? std::min(longest_s, std::max(shortest_window_s, rr_s - before_next_s)) : longest_s;
  const auto end = any.clamp(qrs.onset + any.in(end_s));
  auto hump = common_hump(leads, begin, end, HumpUnit::levelled);
  if (hump && is_quiet_behind(leads, *hump)) {
    const auto early = common_hump(leads, any.clamp(qrs.offset), end, HumpUnit::levelled, Ground::end);
    hump = early && rises_from_complex(leads, *early) ? early : hump;
  }
  if (!hump || hump->height_mV < smallest_wave_mV) {
    return std::nullopt;
  }
  return delineate_hump(leads, *hump, {0.04, 0.12, 0.18, 0.13});
}

bool passes_over_quiet(std::span<const BeatCurve> leads, std::ptrdiff_t begin, std::ptrdiff_t qrs_onset) {
  const BeatCurve& any = leads.front();
  const auto hump = common_hump(leads, any.clamp(begin), any.clamp(qrs_onset - any.in(0.01)), HumpUnit::millivolts);
  return hump && is_quiet_behind(leads, *hump) && height_above_end_mv(leads, *hump) < quiet_mV;
}

std::optional<CommonWave> find_p_wave(std::span<const BeatCurve> leads, std::ptrdiff_t begin,
                                      std::ptrdiff_t qrs_onset) {
  const BeatCurve& any = leads.front();
  const auto end = any.clamp(qrs_onset - any.in(0.01));
  begin = any.clamp(begin);
  const auto hump = common_hump(leads, begin, end, HumpUnit::millivolts);
  const bool fills_window = end - begin < any.in(longest_p_s);  // T's tail departs from the line too
  if (!hump || hump->height_mV < (fills_window ? 2.0F : 1.0F) * smallest_wave_mV) {
    return std::nullopt;
  }
  CommonWave out = delineate_hump(leads, *hump, {0.03, 0.05, 0.09, 0.06});
  for (CurveBounds& lead : out.by_lead) {
    lead.offset = std::min(lead.offset, qrs_onset);
  }
  return out;
}

}  // namespace xingu::ecg
