// SPDX-License-Identifier: Apache-2.0
#include "ecg/missed_complexes.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "ecg/filters.h"

namespace xingu::ecg {
namespace {

constexpr double early_s = 0.3;                // behind a complex: where its own end, if it is wide, and its T wave are
constexpr float least_early_height = 0.55F;    // there, of the complexes about it
constexpr float least_late_height = 0.35F;     // later than that
constexpr float over_usual = 3.0F;             // times what stands so far from other beats
constexpr float least_of_lead = 0.25F;         // of the energy of a lead's own complexes, on two leads of three
constexpr float least_steep_of_lead = 0.125F;  // of their steepness, on the same leads
constexpr double energy_s = 0.09;
constexpr double steep_over_s = 0.02;
constexpr std::size_t fewest_leads = 2;
constexpr float alone_over = 2.0F;       // times anything else between the two beats
constexpr double about_s = 0.06;         // moments that count as equally far from a beat
constexpr double complex_s = 0.12;       // about a beat, where its own complex is
constexpr float stands_out_over = 2.5F;  // times whatever is no complex nearby: P on T is twice as high
constexpr double stands_out_about_s = 5.0;
constexpr double soonest_s = 0.22;  // behind a complex: the ventricles cannot be excited before
constexpr double p_wave_s = 0.3;    // from its beginning to the complex
constexpr std::size_t beats_to_each_side = 8;
constexpr std::size_t fewest_beats = 3;  // whose surroundings are known

class SecondLook {
 public:
  SecondLook(const QrsFeature& feature, const std::vector<ComplexCandidate>& candidates,
             const std::vector<std::size_t>& beats)
      : feature_(feature), candidates_(candidates), beats_(beats) {}

  /// @param gap  number of the beat before which it stands
  [[nodiscard]] bool is_complex(std::size_t candidate, std::size_t gap) const {
    const ComplexCandidate& c = candidates_[candidate];
    if (!c.is_quiet || gap == 0 || c.height < least_height(c.at, gap) || c.at - at(gap - 1) < samples(soonest_s) ||
        !is_alone(candidate, gap)) {
      return false;
    }
    if (!is_on_most_leads(candidate, gap)) {
      return false;
    }
    const float height = height_about(c.at);
    const std::int64_t before_next = gap == beats_.size() ? std::ssize(feature_.height) : at(gap) - c.at;
    return height >= over_usual * usual(c.at - at(gap - 1), gap - 1) &&
           (before_next > samples(p_wave_s) || height >= over_usual * usual(-before_next, gap));
  }

 private:
  [[nodiscard]] std::int64_t at(std::size_t beat) const { return candidates_[beats_[beat]].at; }
  [[nodiscard]] std::int64_t samples(double s) const { return std::llround(s * feature_.rate_hz); }

  [[nodiscard]] float height_about(std::int64_t middle) const {
    const auto clamped = [&](std::int64_t i) {
      return feature_.height.begin() + std::clamp<std::int64_t>(i, 0, std::ssize(feature_.height));
    };
    const auto first = clamped(middle - samples(about_s));
    const auto last = clamped(middle + samples(about_s) + 1);
    return first == last ? 0.0F : *std::max_element(first, last);
  }

  [[nodiscard]] float least_height(std::int64_t middle, std::size_t gap) const {
    return middle - at(gap - 1) < samples(early_s) ? least_early_height : least_late_height;
  }

  [[nodiscard]] bool is_alone(std::size_t candidate, std::size_t gap) const {
    const std::size_t end = gap == beats_.size() ? candidates_.size() : beats_[gap];
    for (std::size_t i = beats_[gap - 1] + 1; i < end; ++i) {
      if (i != candidate && alone_over * candidates_[i].height > candidates_[candidate].height) {
        return false;
      }
    }
    return true;
  }

  /// Largest change of a lead over 20 ms about a moment, in the band of complexes.
  [[nodiscard]] float steepness(std::size_t lead, std::int64_t middle) const {
    const std::vector<float>& x = feature_.band[lead];
    return largest_change(x, middle - samples(complex_s / 2), middle + samples(complex_s / 2) + 1,
                          samples(steep_over_s));
  }

  /// Root mean square of a lead about a moment, in the same band.
  [[nodiscard]] float energy(std::size_t lead, std::int64_t middle) const {
    const std::vector<float>& x = feature_.band[lead];
    const std::int64_t first = std::clamp<std::int64_t>(middle - samples(energy_s / 2), 0, std::ssize(x));
    const std::int64_t last = std::clamp<std::int64_t>(middle + samples(energy_s / 2) + 1, first, std::ssize(x));
    float sum = 0.0F;
    for (std::int64_t i = first; i < last; ++i) {
      sum += x[static_cast<std::size_t>(i)] * x[static_cast<std::size_t>(i)];
    }
    return first == last ? 0.0F : std::sqrt(sum / static_cast<float>(last - first));
  }

  /// What a heart does is on most leads, what an electrode does on few.
  [[nodiscard]] bool is_on_most_leads(std::size_t candidate, std::size_t gap) const {
    const std::int64_t middle = candidates_[candidate].at;
    const std::size_t first = gap - std::min(gap, beats_to_each_side);
    const std::size_t last = std::min(beats_.size(), gap + beats_to_each_side);
    std::size_t num_heard = 0;
    std::size_t num = 0;
    for (std::size_t lead = 0; lead < feature_.band.size(); ++lead) {
      std::vector<float> energies;
      std::vector<float> slopes;
      for (std::size_t beat = first; beat < last; ++beat) {
        energies.push_back(energy(lead, at(beat)));
        slopes.push_back(steepness(lead, at(beat)));
      }
      const float usual_energy = median(energies);
      num_heard += usual_energy > 0.0F ? 1 : 0;
      num += usual_energy > 0.0F && energy(lead, middle) >= least_of_lead * usual_energy &&
                     steepness(lead, middle) >= least_steep_of_lead * median(slopes)
                 ? 1
                 : 0;
    }
    return num_heard >= fewest_leads && 3 * num >= 2 * num_heard;
  }

  /// Median of the feature's height so far from the beats nearby, `about` itself left out; 1 where it is not known.
  [[nodiscard]] float usual(std::int64_t distance, std::size_t about) const {
    std::vector<float> heights;
    const std::size_t first = about - std::min(about, beats_to_each_side);
    for (std::size_t beat = first; beat < std::min(beats_.size(), about + beats_to_each_side + 1); ++beat) {
      const std::int64_t middle = at(beat) + distance;
      const bool is_clear_of_beats = (beat == 0 || middle - at(beat - 1) > samples(complex_s)) &&
                                     (beat + 1 == beats_.size() || at(beat + 1) - middle > samples(complex_s));
      if (beat != about && is_clear_of_beats && middle >= 0 && middle < std::ssize(feature_.height)) {
        heights.push_back(height_about(middle));
      }
    }
    return heights.size() < fewest_beats ? 1.0F : median(heights);
  }

  const QrsFeature& feature_;
  const std::vector<ComplexCandidate>& candidates_;
  const std::vector<std::size_t>& beats_;
};

}  // namespace

std::vector<std::size_t> with_missed_complexes(const QrsFeature& feature,
                                               const std::vector<ComplexCandidate>& candidates,
                                               const std::vector<std::size_t>& beats) {
  const SecondLook look(feature, candidates, beats);
  std::vector<std::size_t> missed;
  std::vector<std::size_t> others;
  std::size_t gap = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (gap < beats.size() && beats[gap] == i) {
      ++gap;
    } else {
      (look.is_complex(i, gap) ? missed : others).push_back(i);
    }
  }
  const auto nearby = static_cast<std::int64_t>(stands_out_about_s * feature.rate_hz);
  std::vector<std::size_t> out = beats;
  for (const std::size_t i : missed) {
    const bool stands_out = std::ranges::none_of(others, [&](std::size_t other) {
      return std::abs(candidates[other].at - candidates[i].at) < nearby &&
             stands_out_over * candidates[other].height > candidates[i].height;
    });
    if (stands_out) {
      out.push_back(i);
    }
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace xingu::ecg
