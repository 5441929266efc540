// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "geometry/grid.h"
#include "patient/structure.h"
#include "patient/structure_shape.h"

namespace xingu {

/// Cumulative dose–volume histogram of one structure, as sorted samples: no bins, so that every metric is as exact as
/// the samples. Between two samples the curve is linear, each sample standing in the middle of its own volume.
///
/// What lies outside the dose grid has no dose: every metric is that of the rest, percentages are of the rest, and
/// every metric of a DVH without any dose is NaN. Immutable; safe to use concurrently.
class Dvh {
 public:
  struct Sample {
    float dose_gy;
    float volume_mm3;
  };
  /// @param samples      of the volume for which there is a dose
  /// @param outside_mm3  volume that lies outside the dose grid
  explicit Dvh(std::vector<Sample> samples, double outside_mm3 = 0.0);

  [[nodiscard]] bool is_empty() const { return !has_dose() && outside_mm3_ <= 0.0; }
  [[nodiscard]] bool has_dose() const { return !samples_.empty(); }
  /// The whole structure's volume.
  [[nodiscard]] double volume_cc() const { return (dosed_mm3_ + outside_mm3_) / 1000.0; }
  /// Volume for which there is a dose, and for which there is none.
  [[nodiscard]] double dosed_cc() const { return dosed_mm3_ / 1000.0; }
  [[nodiscard]] double outside_cc() const { return outside_mm3_ / 1000.0; }
  [[nodiscard]] double min_gy() const;
  [[nodiscard]] double max_gy() const;
  [[nodiscard]] double mean_gy() const;

  /// D_x%: the dose that the hottest `percent` of the volume receives at least, 0–100.
  [[nodiscard]] double dose_at_percent(double percent) const;
  /// D_x cc: the dose that the hottest `cc` receive at least; the minimum dose if the structure is smaller.
  [[nodiscard]] double dose_at_cc(double cc) const;
  /// V_x Gy: the volume that receives at least this dose, % or cm³.
  [[nodiscard]] double percent_at_dose(double dose_gy) const;
  [[nodiscard]] double cc_at_dose(double dose_gy) const;
  /// Generalised equivalent uniform dose (Σ v_i D_i^a / V)^(1/a) (Niemierko 1999); a ≠ 0. For a < 0 any sample at 0 Gy
  /// makes it 0.
  [[nodiscard]] double geud_gy(double a) const;

  struct Point {
    double dose_gy;
    double volume_percent;
  };
  /// The curve at evenly spaced doses from 0 to the maximum, for drawing.
  [[nodiscard]] std::vector<Point> curve(int num_points) const;

 private:
  [[nodiscard]] double dose_at_mm3(double volume) const;
  [[nodiscard]] double mm3_at_dose(double dose) const;

  std::vector<Sample> samples_;     ///< descending dose
  std::vector<double> cumulative_;  ///< volume of all hotter samples and half of this one, mm³
  double dosed_mm3_ = 0.0;
  double outside_mm3_ = 0.0;
};

struct DvhOptions {
  double num_samples = 200'000;  ///< in the structure; more where it is larger than 200 cm³ (one a mm³, up to 5 times)
  double hot_cc = 2.5;           ///< the hottest part, sampled finer for D0.03cc … D2cc
};

/// DVH of a dose on a structure: the structure's interpolated shape (StructureShape) is sampled far below the voxels of
/// CT and dose, and the dose interpolated trilinearly at each sample. Dose and CT need not share a grid.
///
/// @param dose  [nz, ny, nx] Gy, frame P
/// Cost about 0.1–0.5 s for each structure and core.
[[nodiscard]] Dvh compute_dvh(const Volume<float>& dose, const Structure& structure, const DvhOptions& options = {});
/// The same for samples made before. Cost O(samples log samples).
[[nodiscard]] Dvh compute_dvh(const Volume<float>& dose, const StructureSamples& samples);

/// The samples that compute_dvh makes with the same options before it refines the hottest: whoever tells a volume by
/// them tells the same one. None for a structure without contours. Cost as compute_dvh.
[[nodiscard]] StructureSamples structure_samples(const Structure& structure, const DvhOptions& options = {});

/// How much of a structure has no dose because it lies outside the dose grid, as a sentence for people; empty up to a
/// thousandth of its volume, which is not worth one.
[[nodiscard]] std::string outside_dose_words(std::string_view structure, double outside_cc, double volume_cc);

}  // namespace xingu
