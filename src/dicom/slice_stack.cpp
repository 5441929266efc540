// SPDX-License-Identifier: Apache-2.0
#include "dicom/slice_stack.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace xingu {
namespace {

constexpr double smallest_distance_mm = 0.2;
constexpr double widest_gap_mm = 10.0;

double tolerance_mm(double spacing_mm) { return std::max(0.02, 0.01 * spacing_mm); }

std::vector<double> gaps_between(const std::vector<double>& z_mm) {
  std::vector<double> gaps;
  for (std::size_t i = 1; i < z_mm.size(); ++i) {
    gaps.push_back(z_mm[i] - z_mm[i - 1]);
  }
  return gaps;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

bool is_regular(const std::vector<double>& z_mm, double spacing_mm) {
  for (std::size_t i = 0; i < z_mm.size(); ++i) {
    if (std::abs(z_mm[i] - (z_mm.front() + static_cast<double>(i) * spacing_mm)) > tolerance_mm(spacing_mm)) {
      return false;
    }
  }
  return true;
}

/// All gaps are whole multiples of the smallest: slices are missing, none is displaced.
bool has_only_missing(const std::vector<double>& gaps, double spacing_mm) {
  return std::ranges::all_of(gaps, [&](double gap) {
    return std::abs(gap - std::round(gap / spacing_mm) * spacing_mm) <= tolerance_mm(spacing_mm);
  });
}

void refuse_wide_gaps(const std::vector<double>& z_mm, const std::vector<double>& gaps, const std::string& name,
                      const Tag& tag) {
  const double limit = std::max(widest_gap_mm, 2.2 * median(gaps));
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    XINGU_REQUIRE(
        gaps[i] <= limit,
        "{}: no slice between z = {:.2f} and {:.2f} mm, {} (a gap of {:.1f} mm is too wide to interpolate); {}", name,
        z_mm[i], z_mm[i + 1], to_string(tag), gaps[i],
        tag == tag::grid_frame_offset_vector ? "export the dose with all of its planes"
                                             : "add the missing files or give a whole series");
  }
}

}  // namespace

SlicePlan plan_slices(const std::vector<double>& z_mm, double single_thickness_mm, const std::string& name,
                      const Tag& tag, std::vector<std::string>& warnings) {
  XINGU_EXPECT(!z_mm.empty() && std::ranges::is_sorted(z_mm));
  SlicePlan plan;
  plan.z0_mm = z_mm.front();
  plan.num_planes = static_cast<int>(z_mm.size());
  if (z_mm.size() == 1) {
    plan.spacing_mm = single_thickness_mm;
    warnings.push_back(fmt::format("{}: has a single slice; its thickness of {:g} mm is taken as the slice distance",
                                   name, single_thickness_mm));
    return plan;
  }
  const std::vector<double> gaps = gaps_between(z_mm);
  const double finest = *std::ranges::min_element(gaps);
  XINGU_REQUIRE(finest >= smallest_distance_mm,
                "{}: two slices are only {:.3f} mm apart, {} (two series seem to be mixed); export one series alone",
                name, finest, to_string(tag));
  const double mean = (z_mm.back() - z_mm.front()) / static_cast<double>(gaps.size());
  if (is_regular(z_mm, mean)) {
    plan.spacing_mm = mean;
    return plan;
  }
  refuse_wide_gaps(z_mm, gaps, name, tag);
  plan.is_resampled = true;
  plan.spacing_mm = finest;
  if (has_only_missing(gaps, finest)) {
    const double planes = std::round((z_mm.back() - z_mm.front()) / finest) + 1;
    plan.spacing_mm = (z_mm.back() - z_mm.front()) / (planes - 1);
    plan.num_planes = static_cast<int>(planes);
    warnings.push_back(fmt::format("{}: {} of {} slices are missing and were interpolated from their neighbours", name,
                                   plan.num_planes - static_cast<int>(z_mm.size()), plan.num_planes));
    return plan;
  }
  plan.num_planes = static_cast<int>(std::floor((z_mm.back() - z_mm.front()) / finest + 1e-6)) + 1;
  warnings.push_back(
      fmt::format("{}: slices stand {:g} to {:g} mm apart; they were interpolated linearly to {} planes of {:g} mm",
                  name, finest, *std::ranges::max_element(gaps), plan.num_planes, finest));
  return plan;
}

}  // namespace xingu
