// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dicom/pixel_data.h"

namespace xingu {

/// The JPEG 2000 code stream of a frame. DICOM wants it bare (PS3.5 A.4.4), but some exporters leave it in the boxes of
/// a JP2 file (ISO/IEC 15444-1 annex I): the first code stream in them.
struct EmbeddedStream {
  std::span<const std::uint8_t> bytes;  ///< a view into the frame
  bool is_boxed = false;
};

/// @throws InputError without file name if the boxes are damaged, hold no code stream, or say that its values are
/// entries of a palette. Cost O(boxes).
[[nodiscard]] EmbeddedStream find_code_stream(std::span<const std::uint8_t> frame);

/// Whether a JPEG 2000 code stream uses the 9-7 wavelet, which loses (ISO/IEC 15444-1 annex A.6.1); the 5-3 wavelet
/// loses nothing but what its encoder left out on purpose.
/// @throws InputError without file name if the main header is damaged. Cost O(main header).
[[nodiscard]] bool is_jpeg2000_irreversible(std::span<const std::uint8_t> stream);

/// The samples of one frame from its bare JPEG 2000 code stream (ISO/IEC 15444-1; one component), [rows, columns]. What
/// the stream says of itself must agree with `layout`: size, one component, sign, no more bits than are allocated and
/// at most 16; and no value may need more bits than are stored.
///
/// The skeleton of markers and lengths is walked over first, so that a hostile stream is refused before memory is taken
/// for its pixels: at most 2^24 pixels, 4096 tiles (none of them missing), 2^17 precincts in a tile and 2^22 packets in
/// all, and an end marker. So decoding takes less than 1.5 GiB and seconds, and 8 bytes a pixel for what encoders
/// write.
/// @throws InputError without file name: "has a JPEG 2000 code stream that …". Safe to call concurrently.
[[nodiscard]] std::vector<std::int32_t> decode_jpeg2000(std::span<const std::uint8_t> stream,
                                                        const PixelLayout& layout);

}  // namespace xingu
