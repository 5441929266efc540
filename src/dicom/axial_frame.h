// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "dicom/dataset.h"

namespace xingu {

/// How the rows and columns of an axial image run in frame P: columns to +x and rows to +y unless mirrored.
struct Mirroring {
  bool x = false;
  bool y = false;
  [[nodiscard]] bool operator==(const Mirroring&) const = default;
  /// Direction of the cross product of row and column directions along z.
  [[nodiscard]] int normal() const { return x == y ? 1 : -1; }
};

/// From the six direction cosines of ImageOrientationPatient. Cosines may be off by 1e-3 (0.5 mm at the edge of a 1 m
/// image).
/// @throws InputError for oblique, sagittal, coronal and tilted images.
[[nodiscard]] Mirroring axial_mirroring(std::span<const double> orientation, const std::string& file_name);

/// Turns one stored image [rows, columns] so that x and y ascend.
void turn_image(std::span<float> image, int columns, int rows, const Mirroring& mirror);

/// PixelSpacing (between rows, between columns), 0.05 to 50 mm.
[[nodiscard]] std::vector<double> read_pixel_spacing(const DicomItem& root);

}  // namespace xingu
