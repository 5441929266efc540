// SPDX-License-Identifier: Apache-2.0
#include "dose/beam_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace xingu {

double LinearCurve::at(double value) const {
  if (x.empty()) {
    return 0.0;
  }
  const auto upper = std::ranges::upper_bound(x, value);
  if (upper == x.begin()) {
    return y.front();
  }
  if (upper == x.end()) {
    return y.back();
  }
  const auto i = static_cast<std::size_t>(upper - x.begin());
  const double t = (value - x[i - 1]) / (x[i] - x[i - 1]);
  return y[i - 1] + t * (y[i] - y[i - 1]);
}

double BeamModel::focal_blur_sigma_mm(double distance_mm) const {
  if (!(collimator_distance_mm > 0)) {
    return 0.0;
  }
  const double sigma = std::sqrt(0.5 * (focal_sigma_x_mm * focal_sigma_x_mm + focal_sigma_y_mm * focal_sigma_y_mm));
  return sigma * std::max(0.0, distance_mm - collimator_distance_mm) / collimator_distance_mm;
}

double BeamModel::extra_focal_blur_sigma_mm(double distance_mm) const {
  const double to_leaves = collimator_distance_mm - extra_focal.distance_mm;
  if (!(to_leaves > 0)) {
    return 0.0;
  }
  return extra_focal.sigma_mm * std::max(0.0, distance_mm - collimator_distance_mm) / to_leaves;
}

Spectrum BeamModel::spectrum_at(double radius_mm) const {
  Spectrum result = spectrum;
  const double exponent = softening.at(radius_mm);
  const double mean = spectrum.mean_energy_MeV();
  double sum = 0.0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    result.weight[i] *= std::pow(result.energy_MeV[i] / mean, -exponent);
    sum += result.weight[i];
  }
  for (double& w : result.weight) {
    w /= sum;
  }
  return result;
}

BeamModel BeamModel::at_distance(double source_distance_mm) const {
  BeamModel moved = *this;
  if (source_distance_mm == sad_mm) {
    return moved;
  }
  XINGU_REQUIRE(source_distance_mm > collimator_distance_mm && source_distance_mm > 0,
                "beam model '{}': a source {:g} mm from the isocentre has its leaves beyond it ({:g} mm from the "
                "source); correct the source-axis distance",
                name, source_distance_mm, collimator_distance_mm);
  const double growth = source_distance_mm / sad_mm;
  moved.sad_mm = source_distance_mm;
  for (std::vector<double>* lengths : {&moved.profile.x, &moved.softening.x, &moved.mlc.boundaries_mm}) {
    for (double& length : *lengths) {
      length *= growth;
    }
  }
  moved.mlc.max_position_mm *= growth;
  moved.mlc.max_span_mm *= growth;
  moved.mlc.min_gap_mm *= growth;
  moved.mlc.tip_offset_mm *= growth;
  return moved;
}

double BeamModel::output_at(double source_distance_mm) const {
  const double ratio = sad_mm / source_distance_mm;
  return ratio * ratio;
}

BeamModel ideal_point_source(Spectrum spectrum, double sad_mm) {
  BeamModel model;
  model.name = "ideal point source";
  model.spectrum = std::move(spectrum);
  model.sad_mm = sad_mm;
  constexpr double step = 1.0 / 256.0;  // of the SAD; the curve is linear in between, to 2 in 10⁵
  for (int i = 0; i <= 128; ++i) {
    const double tangent = i * step;
    model.profile.x.push_back(tangent * sad_mm);
    model.profile.y.push_back(1.0 / (1.0 + tangent * tangent));
  }
  model.softening = {{0.0}, {0.0}};
  return model;
}

}  // namespace xingu
