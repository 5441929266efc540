// SPDX-License-Identifier: Apache-2.0
#include "ecg/long_tremor.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "ecg/filters.h"
#include "ecg/limb_electrodes.h"
#include "ecg/seconds.h"

namespace xingu::ecg {
namespace {

constexpr std::size_t stretch_s = 10;
constexpr double look_rate_hz = 30.0;  // a tremor of 9 Hz keeps nine tenths of its height
constexpr double look_before_s = 0.25;
constexpr double look_behind_s = 0.45;
constexpr double longest_step_s = 2.0;  // between two beats that are compared
constexpr std::size_t fewest_beats_to_compare = 4;
// Own choices: complexes that differ make less of a share, and of a tremor seconds may be left out.
constexpr double part_of_share = 0.8;   // of the rule's
constexpr double part_of_height = 0.5;  // the same
constexpr double most_chest_left = 0.6;

/// What differs between two moments of the leads.
struct Difference {
  std::int64_t from = 0, to = 0;  ///< samples of the slow leads, where windows begin
};

/// Leads averaged down, in which stretches are looked at.
class TremorLook {
 public:
  TremorLook(const LeadSignals& signals, std::span<const std::int64_t> beats)
      : factor_(std::max<std::size_t>(1, static_cast<std::size_t>(signals.rate_hz / look_rate_hz))),
        rate_hz_(signals.rate_hz / static_cast<double>(factor_)),
        width_(static_cast<std::int64_t>((look_before_s + look_behind_s) * rate_hz_)) {
    for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
      if (lead_of_electrode(signals.names[lead], Electrode::ra)) {
        names_.push_back(signals.names[lead]);
        leads_.push_back(decimate(signals.mv[lead], factor_));
        fill_gaps(leads_.back());
      }
    }
    for (const std::int64_t beat : beats) {
      beats_.push_back(beat / static_cast<std::int64_t>(factor_));
    }
  }

  /// Whether [from_s, until_s) may have a tremor.
  [[nodiscard]] bool may_tremble(double from_s, double until_s, const TremorRule& rule) const {
    const std::vector<Difference> differences = differences_in(from_s, until_s);
    const auto num_parts = differences.size() * static_cast<std::size_t>(width_);
    std::vector<std::vector<float>> parts(leads_.size());  // [lead][part]
    double highest = 0.0;
    for (std::size_t lead = 0; lead < leads_.size(); ++lead) {
      parts[lead] = parts_of(leads_[lead], differences);
      double energy = 0.0;
      for (const float x : parts[lead]) {
        energy += static_cast<double>(x) * static_cast<double>(x);
      }
      highest = names_[lead].starts_with('V') ? highest : std::max(highest, energy);
    }
    // The difference of two moments of a sine has twice its energy; its height is 2√2 times its root mean square.
    const double height_mv = num_parts == 0 ? 0.0 : 2.0 * std::sqrt(highest / static_cast<double>(num_parts));
    if (height_mv < part_of_height * rule.least_height_mv) {
      return false;
    }
    const LeadMoves moves(num_parts, names_,
                          [&](std::size_t i, std::size_t lead) { return static_cast<double>(parts[lead][i]); });
    return moves.can_tell_electrodes() && (moves.largest().share >= part_of_share * rule.least_share ||
                                           (moves.share_of_arms() >= part_of_share * rule.least_arms_share &&
                                            moves.chest_left_by_arms() <= most_chest_left));
  }

  [[nodiscard]] bool can_tell() const {
    const auto num_chest = std::ranges::count_if(names_, [](const std::string& name) { return name.starts_with('V'); });
    return num_chest >= static_cast<std::ptrdiff_t>(fewest_chest_leads_to_tell) &&
           std::ssize(names_) - num_chest >= static_cast<std::ptrdiff_t>(fewest_limb_leads_to_tell);
  }

 private:
  /// Each beat against the one before it; each second where there are few beats.
  [[nodiscard]] std::vector<Difference> differences_in(double from_s, double until_s) const {
    const auto from = static_cast<std::int64_t>(from_s * rate_hz_);
    const auto until = std::min(static_cast<std::int64_t>(until_s * rate_hz_), std::ssize(leads_.front()));
    const auto before = static_cast<std::int64_t>(look_before_s * rate_hz_);
    std::vector<std::int64_t> moments;
    for (auto beat = std::ranges::lower_bound(beats_, from + before); beat != beats_.end() && *beat < until; ++beat) {
      moments.push_back(*beat - before);
    }
    if (moments.size() < fewest_beats_to_compare) {
      moments.clear();
      for (auto at = from; at < until; at += static_cast<std::int64_t>(rate_hz_)) {
        moments.push_back(at);
      }
    }
    std::vector<Difference> out;
    for (std::size_t k = 1; k < moments.size(); ++k) {
      const bool is_near = static_cast<double>(moments[k] - moments[k - 1]) <= longest_step_s * rate_hz_;
      if (is_near && moments[k] + width_ <= until) {
        out.push_back({moments[k - 1], moments[k]});
      }
    }
    return out;
  }

  /// Differences without their mean, one behind the other.
  [[nodiscard]] std::vector<float> parts_of(const std::vector<float>& lead,
                                            const std::vector<Difference>& differences) const {
    std::vector<float> out;
    out.reserve(differences.size() * static_cast<std::size_t>(width_));
    for (const Difference& difference : differences) {
      const float* const early = lead.data() + difference.from;
      const float* const late = lead.data() + difference.to;
      float mean = 0.0F;
      for (std::int64_t i = 0; i < width_; ++i) {
        mean += (late[i] - early[i]) / static_cast<float>(width_);
      }
      for (std::int64_t i = 0; i < width_; ++i) {
        out.push_back(late[i] - early[i] - mean);
      }
    }
    return out;
  }

  std::size_t factor_;
  double rate_hz_;
  std::int64_t width_;
  std::vector<std::string> names_;
  std::vector<std::vector<float>> leads_;
  std::vector<std::int64_t> beats_;
};

/// Stretches of a signal that are searched.
struct Searched {
  std::size_t from = 0, until = 0;  ///< samples
};

/// Those that may tremble, with their neighbours, joined.
std::vector<Searched> searched_stretches(const LeadSignals& signals, const TremorLook& look, const TremorRule& rule) {
  const auto size = signals.num_samples();
  const auto begin_of = [&](std::size_t stretch) {
    return std::min(size, static_cast<std::size_t>(begin_of_second(stretch * stretch_s, signals.rate_hz)));
  };
  std::vector<Searched> out;
  for (std::size_t stretch = 0; begin_of(stretch) < size; ++stretch) {
    const auto seconds = [&](std::size_t sample) { return static_cast<double>(sample) / signals.rate_hz; };
    if (!look.may_tremble(seconds(begin_of(stretch)), seconds(begin_of(stretch + 1)), rule)) {
      continue;
    }
    const Searched found{begin_of(stretch == 0 ? 0 : stretch - 1), begin_of(stretch + 2)};
    if (!out.empty() && found.from <= out.back().until) {
      out.back().until = found.until;
    } else {
      out.push_back(found);
    }
  }
  return out;
}

LeadSignals part_of(const LeadSignals& signals, const Searched& part) {
  LeadSignals out{signals.rate_hz, signals.names, {}};
  for (const std::vector<float>& lead : signals.mv) {
    out.mv.emplace_back(lead.begin() + static_cast<std::ptrdiff_t>(part.from),
                        lead.begin() + static_cast<std::ptrdiff_t>(part.until));
  }
  return out;
}

}  // namespace

std::vector<bool> take_out_tremors(LeadSignals& signals, std::span<const std::int64_t> beats, const TremorRule& rule) {
  const TremorLook look(signals, beats);
  if (!look.can_tell()) {
    return {};
  }
  std::vector<bool> out;
  for (const Searched& part : searched_stretches(signals, look, rule)) {
    LeadSignals of_part = part_of(signals, part);
    std::vector<std::int64_t> beats_of_part;
    for (const std::int64_t beat : beats) {
      if (beat >= static_cast<std::int64_t>(part.from) && beat < static_cast<std::int64_t>(part.until)) {
        beats_of_part.push_back(beat - static_cast<std::int64_t>(part.from));
      }
    }
    const auto found = find_limb_tremor(of_part, beats_of_part, rule);
    if (!found) {
      continue;
    }
    take_out(*found, of_part);
    for (std::size_t lead = 0; lead < signals.num_leads(); ++lead) {
      std::ranges::copy(of_part.mv[lead], signals.mv[lead].begin() + static_cast<std::ptrdiff_t>(part.from));
    }
    const std::size_t num_seconds = num_seconds_begun(of_part.num_samples(), signals.rate_hz);
    const std::vector<bool> trembles = trembling_seconds(*found, signals.rate_hz, num_seconds, rule);
    const std::size_t first = second_of(static_cast<std::int64_t>(part.from), signals.rate_hz);
    out.resize(num_seconds_begun(signals.num_samples(), signals.rate_hz), false);
    for (std::size_t s = 0; s < trembles.size() && first + s < out.size(); ++s) {
      out[first + s] = out[first + s] || trembles[s];
    }
  }
  return out;
}

}  // namespace xingu::ecg
