// SPDX-License-Identifier: Apache-2.0
#include "dicom/axial_frame.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace xingu {

Mirroring axial_mirroring(std::span<const double> orientation, const std::string& file_name) {
  constexpr double tolerance = 1e-3;
  const auto is_axis = [](double along, double across1, double across2) {
    return std::abs(std::abs(along) - 1) < tolerance && std::abs(across1) < tolerance && std::abs(across2) < tolerance;
  };
  const auto& o = orientation;
  XINGU_EXPECT(o.size() == 6);
  XINGU_REQUIRE(is_axis(o[0], o[1], o[2]) && is_axis(o[4], o[3], o[5]),
                "{}: {} is {:g}\\{:g}\\{:g}\\{:g}\\{:g}\\{:g} (gantry tilt and oblique, sagittal or coronal images are "
                "not read); "
                "reconstruct axial images without tilt",
                file_name, to_string(tag::image_orientation), o[0], o[1], o[2], o[3], o[4], o[5]);
  return {o[0] < 0, o[4] < 0};
}

void turn_image(std::span<float> image, int columns, int rows, const Mirroring& mirror) {
  const auto row = [&](int y) { return image.begin() + static_cast<std::ptrdiff_t>(y) * columns; };
  if (mirror.x) {
    for (int y = 0; y < rows; ++y) {
      std::reverse(row(y), row(y) + columns);
    }
  }
  if (mirror.y) {
    for (int y = 0; y < rows / 2; ++y) {
      std::swap_ranges(row(y), row(y) + columns, row(rows - 1 - y));
    }
  }
}

std::vector<double> read_pixel_spacing(const DicomItem& root) {
  auto values = root.required_numbers(tag::pixel_spacing, 2, "the image has no size without it");
  for (const double value : values) {
    if (!(value >= 0.05 && value <= 50.0)) {
      root.fail(tag::pixel_spacing, fmt::format("is {:g} mm (0.05 to 50 mm are possible); export it again", value));
    }
  }
  return values;
}

}  // namespace xingu
