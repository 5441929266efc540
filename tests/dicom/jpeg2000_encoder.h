// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dicom/pixel_data.h"

namespace xingu::test {

enum class Wavelet { reversible, irreversible };
enum class Container { none, jp2_boxes };

struct Jpeg2000Coding {
  Wavelet wavelet = Wavelet::reversible;
  int tile = 0;        ///< side in pixels; 0 for one tile
  int num_levels = 3;  ///< of the wavelet
  int num_layers = 1;  ///< of quality; the last one is whole
  int precinct = 0;    ///< side in pixels; 0 for the largest there is
  int num_components = 1;
  Container container = Container::none;
};

/// One frame by OpenJPEG: the bare code stream, or a JP2 file around it. Samples have layout.bits_stored bits and its
/// sign; further components are copies of the first. Throws on any failure.
[[nodiscard]] std::string encode_jpeg2000(const std::vector<std::int32_t>& samples, const PixelLayout& layout,
                                          const Jpeg2000Coding& coding = {});

}  // namespace xingu::test
