// SPDX-License-Identifier: Apache-2.0
#include "dose/field_fluence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "base/error.h"

namespace xingu {
namespace {

FieldRectangle nothing() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return {infinity, -infinity, infinity, -infinity};
}

/// An empty raster over a rectangle; pixel edges lie on whole multiples of the pixel, so leaf edges that do so too are
/// kept exactly.
FluenceMap empty_map(const FieldRectangle& cover, double pixel_mm) {
  XINGU_REQUIRE(pixel_mm >= 0.05 && pixel_mm <= 50.0,
                "a fluence pixel of {} mm (outside 0.05 to 50 mm); give for example 1 mm", pixel_mm);
  const auto first = [&](double low) { return std::floor(low / pixel_mm + 1e-9); };
  const auto last = [&](double high) { return std::ceil(high / pixel_mm - 1e-9); };
  FluenceMap map;
  map.pixel_mm = pixel_mm;
  map.nx = static_cast<int>(last(cover.x_high_mm) - first(cover.x_low_mm));
  map.ny = static_cast<int>(last(cover.y_high_mm) - first(cover.y_low_mm));
  map.x0_mm = (first(cover.x_low_mm) + 0.5) * pixel_mm;
  map.y0_mm = (first(cover.y_low_mm) + 0.5) * pixel_mm;
  map.value.assign(static_cast<std::size_t>(map.nx) * static_cast<std::size_t>(map.ny), 0.0F);
  return map;
}

/// Adds weight · (covered part of each pixel) of a rectangle to the map.
void add_rectangle(FluenceMap& map, const FieldRectangle& r, double weight) {
  const double x_edge = map.x0_mm - 0.5 * map.pixel_mm;
  const double y_edge = map.y0_mm - 0.5 * map.pixel_mm;
  const auto part = [&](double edge, int i, double low, double high) {
    const double begin = edge + i * map.pixel_mm;
    return std::max(0.0, std::min(high, begin + map.pixel_mm) - std::max(low, begin)) / map.pixel_mm;
  };
  const auto clamp_to = [](double v, int n) { return std::clamp(static_cast<int>(v), 0, n); };
  const int x_begin = clamp_to(std::floor((r.x_low_mm - x_edge) / map.pixel_mm), map.nx);
  const int x_end = clamp_to(std::ceil((r.x_high_mm - x_edge) / map.pixel_mm), map.nx);
  const int y_begin = clamp_to(std::floor((r.y_low_mm - y_edge) / map.pixel_mm), map.ny);
  const int y_end = clamp_to(std::ceil((r.y_high_mm - y_edge) / map.pixel_mm), map.ny);
  for (int y = y_begin; y < y_end; ++y) {
    const double row = weight * part(y_edge, y, r.y_low_mm, r.y_high_mm);
    for (int x = x_begin; x < x_end; ++x) {
      map.at(x, y) += static_cast<float>(row * part(x_edge, x, r.x_low_mm, r.x_high_mm));
    }
  }
}

/// Mass of a Gaussian in the pixels around its centre, normalised.
std::vector<double> pixel_masses(double sigma_mm, double pixel_mm) {
  const int reach = static_cast<int>(std::ceil(4.0 * sigma_mm / pixel_mm));
  std::vector<double> mass(static_cast<std::size_t>(2 * reach + 1));
  const auto cumulative = [&](double x) { return 0.5 * std::erf(x / (sigma_mm * std::numbers::sqrt2)); };
  double sum = 0.0;
  for (int k = -reach; k <= reach; ++k) {
    double& m = mass[static_cast<std::size_t>(k + reach)];
    m = cumulative((k + 0.5) * pixel_mm) - cumulative((k - 0.5) * pixel_mm);
    sum += m;
  }
  for (double& m : mass) {
    m /= sum;
  }
  return mass;
}

/// One line of a separable convolution, stride between its elements.
void convolve_line(const float* in, float* out, int n, std::size_t stride, const std::vector<double>& mass) {
  const int reach = static_cast<int>(mass.size() / 2);
  for (int i = 0; i < n; ++i) {
    double sum = 0.0;
    for (int k = std::max(-reach, -i); k <= std::min(reach, n - 1 - i); ++k) {
      sum +=
          mass[static_cast<std::size_t>(k + reach)] * static_cast<double>(in[static_cast<std::size_t>(i + k) * stride]);
    }
    out[static_cast<std::size_t>(i) * stride] = static_cast<float>(sum);
  }
}

void check_segment(const PlannedBeam& beam, const Segment& segment) {
  const std::size_t num_pairs = beam.leaf_boundaries_mm.size() - 1;
  XINGU_REQUIRE(segment.left_mm.size() == num_pairs && segment.right_mm.size() == num_pairs,
                "beam '{}': a segment has {} and {} leaves for {} leaf pairs (the aperture is undefined); give one "
                "position for each",
                beam.name, segment.left_mm.size(), segment.right_mm.size(), num_pairs);
  for (std::size_t leaf = 0; leaf < num_pairs; ++leaf) {
    XINGU_REQUIRE(segment.left_mm[leaf] <= segment.right_mm[leaf],
                  "beam '{}': leaf pair {} is at {} and {} mm (opposite leaves would collide); correct the segment",
                  beam.name, leaf + 1, segment.left_mm[leaf], segment.right_mm[leaf]);
  }
  XINGU_REQUIRE(segment.mu >= 0 && std::isfinite(segment.mu),
                "beam '{}': a segment of {} MU (it must not be negative); correct it", beam.name, segment.mu);
}

/// What the jaws leave of a rectangle; the rectangle itself where the beam has none.
FieldRectangle within_jaws(const PlannedBeam& beam, FieldRectangle r) {
  if (beam.jaws) {
    r.x_low_mm = std::max(r.x_low_mm, beam.jaws->x1_mm);
    r.x_high_mm = std::min(r.x_high_mm, beam.jaws->x2_mm);
    r.y_low_mm = std::max(r.y_low_mm, beam.jaws->y1_mm);
    r.y_high_mm = std::min(r.y_high_mm, beam.jaws->y2_mm);
  }
  return r;
}

bool is_empty(const FieldRectangle& r) { return !(r.x_low_mm < r.x_high_mm && r.y_low_mm < r.y_high_mm); }

/// Opening of one leaf pair behind the jaws, as radiation sees it.
FieldRectangle pair_opening(const BeamModel& model, const PlannedBeam& beam, const Segment& segment, std::size_t leaf) {
  const double offset = segment.right_mm[leaf] > segment.left_mm[leaf] ? model.mlc.tip_offset_mm : 0.0;
  return within_jaws(beam, {segment.left_mm[leaf] - offset, segment.right_mm[leaf] + offset,
                            beam.leaf_boundaries_mm[leaf], beam.leaf_boundaries_mm[leaf + 1]});
}

/// Smallest rectangle around what any segment opens.
FieldRectangle opened_by(const BeamModel& model, const PlannedBeam& beam) {
  FieldRectangle open = nothing();
  for (const Segment& segment : beam.segments) {
    check_segment(beam, segment);
    for (std::size_t leaf = 0; leaf < segment.left_mm.size(); ++leaf) {
      const FieldRectangle pair = pair_opening(model, beam, segment, leaf);
      if (!is_empty(pair) && segment.mu > 0) {
        open.x_low_mm = std::min(open.x_low_mm, pair.x_low_mm);
        open.x_high_mm = std::max(open.x_high_mm, pair.x_high_mm);
        open.y_low_mm = std::min(open.y_low_mm, pair.y_low_mm);
        open.y_high_mm = std::max(open.y_high_mm, pair.y_high_mm);
      }
    }
  }
  XINGU_REQUIRE(open.x_low_mm < open.x_high_mm, "beam '{}': no leaf pair is open (a beam without dose); drop the beam",
                beam.name);
  return open;
}

FieldRectangle widened(FieldRectangle r, double by_mm) {
  return {r.x_low_mm - by_mm, r.x_high_mm + by_mm, r.y_low_mm - by_mm, r.y_high_mm + by_mm};
}

/// The margin that a raster needs so that the extra-focal part is not cut.
double full_margin(const BeamModel& model, double margin_mm) {
  return model.extra_focal.fraction > 0 ? std::max(margin_mm, 3.0 * model.extra_focal_blur_sigma_mm(model.sad_mm))
                                        : margin_mm;
}

}  // namespace

FluenceMap FieldFluence::total() const {
  FluenceMap sum = primary;
  for (std::size_t i = 0; i < sum.value.size(); ++i) {
    sum.value[i] += extra_focal.value[i];
  }
  return sum;
}

FluenceMap gaussian_blur(const FluenceMap& map, double sigma_mm) {
  if (!(sigma_mm > 1e-6 * map.pixel_mm) || map.value.empty()) {
    return map;
  }
  const std::vector<double> mass = pixel_masses(sigma_mm, map.pixel_mm);
  FluenceMap rows = map;
  const auto nx = static_cast<std::size_t>(map.nx);
  for (std::size_t y = 0; y < static_cast<std::size_t>(map.ny); ++y) {
    convolve_line(&map.value[y * nx], &rows.value[y * nx], map.nx, 1, mass);
  }
  FluenceMap result = map;
  for (std::size_t x = 0; x < nx; ++x) {
    convolve_line(&rows.value[x], &result.value[x], map.ny, nx, mass);
  }
  return result;
}

FieldFluence field_fluence(const BeamModel& model, const FluenceMap& opening) {
  const double f = model.extra_focal.fraction;
  FieldFluence field;
  field.primary = opening;
  field.extra_focal =
      f > 0 ? gaussian_blur(opening, model.extra_focal_blur_sigma_mm(model.sad_mm)) : FluenceMap(opening);
  for (int y = 0; y < opening.ny; ++y) {
    for (int x = 0; x < opening.nx; ++x) {
      const double radius = std::hypot(opening.x0_mm + x * opening.pixel_mm, opening.y0_mm + y * opening.pixel_mm);
      const double profile = model.profile.at(radius);
      field.primary.at(x, y) *= static_cast<float>((1.0 - f) * profile);
      field.extra_focal.at(x, y) *= static_cast<float>(f * profile);
    }
  }
  return field;
}

FieldFluence field_fluence(const BeamModel& model, const PlannedBeam& beam, const FluenceRaster& raster) {
  XINGU_REQUIRE(beam.leaf_boundaries_mm.size() >= 2 && std::ranges::is_sorted(beam.leaf_boundaries_mm),
                "beam '{}': no leaves, or their boundaries do not ascend (the aperture is undefined); give the leaf "
                "boundaries of the machine",
                beam.name);
  const BeamModel head = model.at_distance(beam.sad_mm);
  const double output = model.output_at(beam.sad_mm);
  const FieldRectangle open = opened_by(head, beam);
  FieldRectangle cover = widened(open, full_margin(head, raster.margin_mm));
  cover.y_low_mm = std::max(cover.y_low_mm, beam.leaf_boundaries_mm.front());
  cover.y_high_mm = std::min(cover.y_high_mm, beam.leaf_boundaries_mm.back());
  FluenceMap opening = empty_map(cover, raster.pixel_mm);
  const double through_closed = model.mlc.transmission;
  double mu = 0.0;
  for (const Segment& segment : beam.segments) {
    mu += segment.mu;
    for (std::size_t leaf = 0; leaf < segment.left_mm.size(); ++leaf) {
      const FieldRectangle pair = pair_opening(head, beam, segment, leaf);
      if (!is_empty(pair)) {
        add_rectangle(opening, pair, output * segment.mu * (1.0 - through_closed));
      }
    }
  }
  if (through_closed > 0) {
    add_rectangle(opening, within_jaws(beam, cover), output * mu * through_closed);
  }
  return field_fluence(head, opening);
}

FluenceMap fluence_of_segments(const BeamModel& model, const PlannedBeam& beam, double pixel_mm) {
  FluenceRaster raster;
  raster.pixel_mm = pixel_mm;
  return field_fluence(model, beam, raster).total();
}

FieldFluence field_fluence(const BeamModel& model, const FieldRectangle& opening, const FluenceRaster& raster) {
  XINGU_REQUIRE(opening.x_low_mm < opening.x_high_mm && opening.y_low_mm < opening.y_high_mm,
                "a field from {} to {} and {} to {} mm (nothing is open); give two positive sides", opening.x_low_mm,
                opening.x_high_mm, opening.y_low_mm, opening.y_high_mm);
  const bool has_extra_focal = model.extra_focal.fraction > 0;
  FluenceMap map =
      empty_map(has_extra_focal ? widened(opening, full_margin(model, raster.margin_mm)) : opening, raster.pixel_mm);
  add_rectangle(map, opening, 1.0);
  return field_fluence(model, map);
}

}  // namespace xingu
