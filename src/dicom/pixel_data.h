// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dicom/dataset.h"

namespace xingu {

/// How the pixels of a grey image lie in its file (DICOM PS3.3 C.7.6.3).
struct PixelLayout {
  int columns = 0;
  int rows = 0;
  int frames = 1;
  int bits_allocated = 16;
  int bits_stored = 16;
  int high_bit = 15;
  bool is_signed = false;

  [[nodiscard]] std::size_t num_pixels() const {
    return static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows) * static_cast<std::size_t>(frames);
  }
};

/// The layout as stated. Images of at most 8192 × 8192 pixels, 16 384 frames and `max_pixels` in all, one sample a
/// pixel, 8, 16 or 32 bits. @throws InputError naming the tag that is missing or out of bounds.
[[nodiscard]] PixelLayout read_pixel_layout(const DicomItem& root, std::size_t max_pixels);

/// slope · stored + intercept, [frames, rows, columns]; stored values are sign extended from bits_stored and unpacked
/// from JPEG lossless, JPEG-LS, JPEG 2000 or RLE where needed. @throws InputError if there are fewer pixels than
/// stated, the encoding is not one of these (as lossy JPEG), or what it says of itself is not what the tags say.
/// Memory: the packed file and 4 bytes a pixel, for JPEG 2000 twice that of one frame more.
[[nodiscard]] std::vector<float> read_scaled_pixels(const DicomDataset& dataset, const PixelLayout& layout,
                                                    double slope, double intercept);

/// What a person should know of how the pixels were packed, one sentence each without the file's name: that values were
/// lost, which the file says (0028,2110) or the wavelet of its JPEG 2000 code stream; that this stream lies in JP2
/// boxes, where DICOM wants it bare. @throws InputError as read_scaled_pixels.
[[nodiscard]] std::vector<std::string> packing_remarks(const DicomDataset& dataset, const PixelLayout& layout);

}  // namespace xingu
