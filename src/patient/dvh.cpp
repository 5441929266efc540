// SPDX-License-Identifier: Apache-2.0
#include "patient/dvh.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/parallel.h"
#include "base/text.h"

namespace xingu {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr int finer = 4;  // each hot cell becomes finer³ cells
constexpr double most_of_hot_part = 4.0;

using Samples = std::vector<StructureSamples::Sample>;

double cell_mm3(const StructureSamples::Sample& sample) { return std::pow(static_cast<double>(sample.cell_mm), 3); }

/// Dose at each sample, Gy; NaN outside the grid.
std::vector<float> doses_at(const Volume<float>& dose, const Samples& samples) {
  std::vector<float> result(samples.size());
  parallel_chunks(samples.size(), 64, [&](std::size_t, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      result[i] = static_cast<float>(interpolate(dose, samples[i].position_mm.cast<double>(), nan));
    }
  });
  return result;
}

Dvh sorted(const Samples& samples, const std::vector<float>& doses) {
  std::vector<Dvh::Sample> result;
  result.reserve(samples.size());
  double outside = 0.0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double volume = cell_mm3(samples[i]);
    if (std::isfinite(doses[i])) {
      result.push_back({doses[i], static_cast<float>(volume)});
    } else {
      outside += volume;
    }
  }
  return Dvh(std::move(result), outside);
}

double slab_volume_mm3(const StructureShape& shape) {
  double volume = 0.0;
  for (std::size_t b = 0; b < shape.num_bodies(); ++b) {
    volume += shape.slab_volume_mm3(b);
  }
  return volume;
}

double num_samples_of(double volume_mm3, const DvhOptions& options) {
  return std::clamp(volume_mm3, options.num_samples, 5.0 * options.num_samples);
}

/// Replaces the samples with at least `from_gy` by finer³ smaller ones each: those of them that lie inside, which share
/// the volume of the one they replace.
Samples refine(const StructureShape& shape, const Samples& samples, const std::vector<float>& doses, double from_gy) {
  std::vector<Samples> chunks(64);
  parallel_chunks(samples.size(), chunks.size(), [&](std::size_t chunk, std::size_t begin, std::size_t end) {
    Samples& out = chunks[chunk];
    for (std::size_t i = begin; i < end; ++i) {
      const auto& sample = samples[i];
      if (!(static_cast<double>(doses[i]) >= from_gy)) {
        out.push_back(sample);
        continue;
      }
      const double cell = static_cast<double>(sample.cell_mm);
      std::vector<Eigen::Vector3f> inside;
      for (int k = 0; k < finer * finer * finer; ++k) {
        const Vec3 place(k % finer, k / finer % finer, k / (finer * finer));
        const Vec3 offset = (place + Vec3::Constant(0.5)) / finer - Vec3::Constant(0.5);
        const Vec3 p = sample.position_mm.cast<double>() + cell * offset;
        if (shape.contains(p)) {
          inside.push_back(p.cast<float>());
        }
      }
      if (inside.empty()) {
        out.push_back(sample);
        continue;
      }
      const auto part = static_cast<float>(cell / std::cbrt(static_cast<double>(inside.size())));
      for (const auto& p : inside) {
        out.push_back({p, part});
      }
    }
  });
  Samples result;
  for (const Samples& chunk : chunks) {
    result.insert(result.end(), chunk.begin(), chunk.end());
  }
  return result;
}

}  // namespace

Dvh::Dvh(std::vector<Sample> samples, double outside_mm3) : samples_(std::move(samples)), outside_mm3_(outside_mm3) {
  std::ranges::sort(samples_, [](const Sample& a, const Sample& b) {
    return a.dose_gy > b.dose_gy || (a.dose_gy == b.dose_gy && a.volume_mm3 > b.volume_mm3);
  });
  cumulative_.reserve(samples_.size());
  for (const Sample& sample : samples_) {
    const auto volume = static_cast<double>(sample.volume_mm3);
    cumulative_.push_back(dosed_mm3_ + 0.5 * volume);
    dosed_mm3_ += volume;
  }
}

double Dvh::min_gy() const { return !has_dose() ? nan : static_cast<double>(samples_.back().dose_gy); }
double Dvh::max_gy() const { return !has_dose() ? nan : static_cast<double>(samples_.front().dose_gy); }

double Dvh::mean_gy() const {
  double sum = 0.0;
  for (const Sample& sample : samples_) {
    sum += static_cast<double>(sample.dose_gy) * static_cast<double>(sample.volume_mm3);
  }
  return !has_dose() ? nan : sum / dosed_mm3_;
}

double Dvh::dose_at_mm3(double volume) const {
  if (!has_dose()) {
    return nan;
  }
  const auto after = std::ranges::lower_bound(cumulative_, volume);
  if (after == cumulative_.begin()) {
    return max_gy();
  }
  if (after == cumulative_.end()) {
    return min_gy();
  }
  const auto i = static_cast<std::size_t>(after - cumulative_.begin());
  const double t = (volume - cumulative_[i - 1]) / (cumulative_[i] - cumulative_[i - 1]);
  return (1 - t) * static_cast<double>(samples_[i - 1].dose_gy) + t * static_cast<double>(samples_[i].dose_gy);
}

double Dvh::mm3_at_dose(double dose) const {
  if (!has_dose()) {
    return nan;
  }
  if (dose <= min_gy()) {
    return dosed_mm3_;
  }
  // the first sample below the dose; all before it have at least this dose
  const auto below = std::ranges::partition_point(
      samples_, [dose](const Sample& sample) { return static_cast<double>(sample.dose_gy) >= dose; });
  if (below == samples_.begin()) {
    return 0.0;
  }
  const auto i = static_cast<std::size_t>(below - samples_.begin());
  const auto hot = static_cast<double>(samples_[i - 1].dose_gy);
  const auto cold = static_cast<double>(samples_[i].dose_gy);
  const double t = (hot - dose) / (hot - cold);
  return cumulative_[i - 1] + t * (cumulative_[i] - cumulative_[i - 1]);
}

double Dvh::dose_at_percent(double percent) const { return dose_at_mm3(percent / 100.0 * dosed_mm3_); }
double Dvh::dose_at_cc(double cc) const { return dose_at_mm3(cc * 1000.0); }
double Dvh::percent_at_dose(double dose_gy) const { return 100.0 * mm3_at_dose(dose_gy) / dosed_mm3_; }
double Dvh::cc_at_dose(double dose_gy) const { return mm3_at_dose(dose_gy) / 1000.0; }

double Dvh::geud_gy(double a) const {
  if (!has_dose()) {
    return nan;
  }
  // relative to the extreme that dominates, so that large exponents do not overflow
  const double scale = a > 0 ? max_gy() : min_gy();
  if (!(scale > 0)) {
    return 0.0;
  }
  double sum = 0.0;
  for (const Sample& sample : samples_) {
    sum += static_cast<double>(sample.volume_mm3) * std::pow(static_cast<double>(sample.dose_gy) / scale, a);
  }
  return scale * std::pow(sum / dosed_mm3_, 1.0 / a);
}

std::vector<Dvh::Point> Dvh::curve(int num_points) const {
  std::vector<Point> points;
  if (!has_dose() || num_points < 2) {
    return points;
  }
  for (int i = 0; i < num_points; ++i) {
    const double dose = max_gy() * i / (num_points - 1);
    points.push_back({dose, percent_at_dose(dose)});
  }
  return points;
}

Dvh compute_dvh(const Volume<float>& dose, const StructureSamples& samples) {
  return sorted(samples.samples, doses_at(dose, samples.samples));
}

StructureSamples structure_samples(const Structure& structure, const DvhOptions& options) {
  const StructureShape shape(structure);
  const double volume = slab_volume_mm3(shape);
  return volume > 0 ? sample_shape(shape, num_samples_of(volume, options)) : StructureSamples();
}

std::string outside_dose_words(std::string_view structure, double outside_cc, double volume_cc) {
  constexpr double told_from = 0.001;
  constexpr double whole = 1.0 - 1e-9;
  const double part = volume_cc > 0 ? outside_cc / volume_cc : 0.0;
  if (part <= told_from) {
    return {};
  }
  if (part >= whole) {
    return fmt::format("'{}' lies beyond the dose grid: no dose is known of it", printable(structure));
  }
  return fmt::format(
      "'{}': {:.2f} of {:.2f} cm³ ({:.1f} %) lie beyond the dose grid: no dose is known of them, and its "
      "figures are those of the rest",
      printable(structure), outside_cc, volume_cc, 100.0 * part);
}

Dvh compute_dvh(const Volume<float>& dose, const Structure& structure, const DvhOptions& options) {
  const StructureShape shape(structure);
  const double volume = slab_volume_mm3(shape);
  if (!(volume > 0)) {
    return Dvh({});
  }
  const double num_samples = num_samples_of(volume, options);
  const Samples samples = sample_shape(shape, num_samples).samples;
  const std::vector<float> doses = doses_at(dose, samples);
  Dvh coarse = sorted(samples, doses);
  const bool is_fine_enough = volume / num_samples < 1e-4 * 1000.0 * options.hot_cc;
  if (is_fine_enough) {
    return coarse;
  }
  // where much more has the dose at which the hottest part begins (none at all, say) there is no such part
  const double from_gy = coarse.dose_at_cc(options.hot_cc);
  double hot_mm3 = 0.0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    hot_mm3 += static_cast<double>(doses[i]) >= from_gy ? std::pow(static_cast<double>(samples[i].cell_mm), 3) : 0.0;
  }
  if (hot_mm3 > most_of_hot_part * 1000.0 * options.hot_cc) {
    return coarse;
  }
  const Samples fine = refine(shape, samples, doses, from_gy);
  return sorted(fine, doses_at(dose, fine));
}

}  // namespace xingu
