// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geometry/grid.h"
#include "patient/dvh.h"

namespace xingu {

/// What a clinical goal measures on a dose distribution.
enum class MetricKind {
  mean,             ///< volume-weighted mean dose
  max,              ///< largest sample
  min,              ///< smallest sample
  dose_at_percent,  ///< D_x%: the least dose in the hottest x % of the volume
  dose_at_cc,       ///< D_xcc: the least dose in the hottest x cm³
  volume_percent,   ///< V_xGy: the part of the volume at or above x Gy, %
  volume_cc,        ///< V_xGy, cm³
  cold_volume_cc,   ///< CV_xGy: the volume below x Gy, cm³
  geud,             ///< generalised equivalent uniform dose with exponent a (Niemierko 1999)
  dose_ratio,       ///< D_x% / D_y%
  paddick,          ///< Paddick (2000): TV_PIV² / (TV · PIV)
  gradient_index,   ///< Paddick & Lippitz (2006): body volume at half the prescription / PIV
  r50,              ///< RTOG 0915: body volume at half the prescription / target volume
  max_beyond        ///< largest dose in the body at least x mm from the target
};

/// One metric as it is written in a protocol, after AAPM TG-263 §8: `D95%[Gy]`, `D0.1cc[Gy]`, `V20Gy[%]`, `V10Gy[cc]`,
/// `CV9.1Gy[cc]`, `Mean[Gy]`, `Max[%]`, `gEUD8[Gy]`, `D5%/D95%`, `Paddick`, `GI`, `R50`, `Max@20mm[%]`.
/// Doses in `[%]` are relative to the dose of the target level they speak of (the prescription for other structures).
struct DoseMetric {
  MetricKind kind = MetricKind::mean;
  double at = 0.0;           ///< x above: %, cm³, Gy, exponent or mm
  double over = 0.0;         ///< y of a dose ratio, %
  bool is_relative = false;  ///< a dose in % of the reference dose
  std::string text;          ///< as written

  /// @throws InputError if the text is not one of the forms above.
  [[nodiscard]] static DoseMetric parse(std::string_view text);
  /// "Gy", "%", "cc" or "" for a pure number.
  [[nodiscard]] std::string unit() const;
  /// True for indices of a target and its prescribed dose, which no other structure has: Paddick, GI, R50.
  [[nodiscard]] bool needs_target() const;
  /// True for metrics that need the body's dose beside the target's.
  [[nodiscard]] bool needs_body() const;
};

/// What metrics are read from: doses of one structure sorted from hot to cold with the volume each stands for (D and V
/// metrics are exact on the samples, no bins), or a structure's DVH with all doses times a factor, whose figures are
/// those of the DVH. Cost O(n log n) once, then O(log n) a metric.
class SortedDose {
 public:
  SortedDose() = default;
  /// @param dvh  shared, not null
  explicit SortedDose(std::shared_ptr<const Dvh> dvh, double factor = 1.0);
  /// @param dose_Gy     one per sample
  /// @param volume_mm3  what each sample stands for, > 0; same length
  SortedDose(std::span<const float> dose_Gy, std::span<const float> volume_mm3);

  [[nodiscard]] bool is_empty() const { return dvh_ ? !dvh_->has_dose() : dose_.empty(); }
  /// Volume for which there is a dose.
  [[nodiscard]] double volume_mm3() const;
  [[nodiscard]] double mean() const { return dvh_ ? factor_ * dvh_->mean_gy() : mean_; }
  [[nodiscard]] double max() const { return dvh_ ? factor_ * dvh_->max_gy() : static_cast<double>(dose_.front()); }
  [[nodiscard]] double min() const { return dvh_ ? factor_ * dvh_->min_gy() : static_cast<double>(dose_.back()); }
  /// The least dose in the hottest `volume_mm3`: the largest d for which the volume at or above d is at least that
  /// much.
  [[nodiscard]] double dose_at_volume(double volume_mm3) const;
  [[nodiscard]] double dose_at_percent(double percent) const { return dose_at_volume(0.01 * percent * volume_mm3()); }
  /// Volume at or above a dose, mm³.
  [[nodiscard]] double volume_above(double dose_Gy) const;
  /// (Σ v d^a / Σ v)^(1/a).
  [[nodiscard]] double geud(double exponent) const;

 private:
  std::vector<float> dose_;         ///< hot to cold
  std::vector<double> cumulative_;  ///< volume up to and including each
  std::shared_ptr<const Dvh> dvh_;
  double factor_ = 1.0;  ///< on the DVH's doses
  double mean_ = 0.0;
};

/// What indices ask of a body's dose on its grid, at any scale of that dose: volumes inside isodose surfaces, and the
/// largest dose at a distance from the targets. Copies share the dose and what was measured of it: several indices of
/// one target ask for the same. Safe to use concurrently.
class BodyIsodoses {
 public:
  BodyIsodoses() = default;
  /// @param dose_Gy             [nz, ny, nx] frame P  @param body  1 where the voxel counts, the same grid
  /// @param target_distance_mm  distance_outside of the targets, the same grid; or empty
  BodyIsodoses(Volume<float> dose_Gy, Volume<std::uint8_t> body, Volume<float> target_distance_mm = {});

  [[nodiscard]] bool is_empty() const { return shared_ == nullptr; }
  void multiply(double factor) { scale_ *= factor; }
  /// Volume of the body at or above a dose of the scaled distribution, mm³ (isodose_volume_mm3). Cost O(voxels) the
  /// first time.
  [[nodiscard]] double volume_above(double dose_Gy) const;
  [[nodiscard]] bool has_distances() const;
  /// Largest dose of the body at least so far from the targets (largest_dose_beyond), NaN if there is none; needs
  /// distances.
  [[nodiscard]] double largest_beyond(double distance_mm) const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  double scale_ = 1.0;
};

/// Where a metric finds what it needs beside the structure itself.
struct MetricContext {
  double reference_Gy = 0.0;                  ///< 100 % of relative doses, prescription isodose of conformity metrics
  const SortedDose* body = nullptr;           ///< for Paddick, GI, R50 where there are no isodoses
  const BodyIsodoses* isodoses = nullptr;     ///< for Paddick, GI, R50, and Max@x mm where it has distances
  std::span<const float> body_dose_Gy{};      ///< for Max@x mm else: unsorted, beside …
  std::span<const float> body_distance_mm{};  ///< … each sample's distance from the target, 0 inside
};

/// The metric's value in its own unit; NaN where the structure is empty or what it needs is not in the context.
[[nodiscard]] double evaluate(const DoseMetric& metric, const SortedDose& dose, const MetricContext& context);

}  // namespace xingu
