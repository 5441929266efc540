// SPDX-License-Identifier: Apache-2.0
#include "dicom/jpeg2000.h"

#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/text.h"

namespace xingu {
namespace {

// Markers of ISO/IEC 15444-1, table A.2.
constexpr unsigned start_of_stream = 0xff4f;
constexpr unsigned image_and_tile_size = 0xff51;
constexpr unsigned coding_style = 0xff52;
constexpr unsigned coding_style_of_component = 0xff53;
constexpr unsigned start_of_tile_part = 0xff90;
constexpr unsigned start_of_data = 0xff93;
constexpr unsigned end_of_stream = 0xffd9;

constexpr std::uint64_t most_pixels = std::uint64_t{1} << 24;
constexpr std::uint64_t most_tiles = 4096;
constexpr std::uint64_t most_precincts_of_tile = std::uint64_t{1} << 17;
constexpr std::uint64_t most_packets = std::uint64_t{1} << 22;
constexpr int most_bits = 16;
constexpr unsigned most_levels = 32;

std::uint64_t divided_up(std::uint64_t value, std::uint64_t by) { return (value + by - 1) / by; }

[[noreturn]] void fail_boxes(std::string_view complaint) {
  fail_input("has a JPEG 2000 code stream in JP2 boxes {}; export it again", complaint);
}

std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) {
    value = value << 8 | byte;
  }
  return value;
}

/// A box of a JP2 file, I.4: length and type, then its content.
struct Box {
  std::string_view type;
  std::span<const std::uint8_t> content;
};

/// Takes the first box off; a length of 0 reaches to the end, one of 1 stands in eight bytes after the type.
Box take_box(std::span<const std::uint8_t>& rest) {
  if (rest.size() < 8) {
    fail_boxes("that end too early (the image is cut off)");
  }
  const Box box{{reinterpret_cast<const char*>(rest.data()) + 4, 4}, {}};
  std::uint64_t length = big_endian(rest.first(4));
  std::size_t header = 8;
  if (length == 1 && rest.size() >= 16) {
    length = big_endian(rest.subspan(8, 8));
    header = 16;
  } else if (length == 0) {
    length = rest.size();
  }
  if (length < header || length > rest.size()) {
    fail_boxes("that do not fit (the image is damaged)");
  }
  const auto whole = rest.first(length);
  rest = rest.subspan(length);
  return {box.type, whole.subspan(header)};
}

/// Markers and lengths of a code stream: what it will make a decoder do, without doing it.
class CodeStreamWalk {
 public:
  explicit CodeStreamWalk(std::span<const std::uint8_t> stream) : bytes_(stream) {
    require(u16(0) == start_of_stream && u16(2) == image_and_tile_size, "does not begin as one");
    read_size();
    position_ = 4 + u16(4);
    read_segments(bytes_.size(), start_of_tile_part);
    require(num_precincts_ > 0, "states no coding style");
  }

  [[nodiscard]] bool is_irreversible() const { return is_irreversible_; }

  void require_layout(const PixelLayout& layout) const {
    XINGU_REQUIRE(
        width_ == static_cast<std::uint64_t>(layout.columns) && height_ == static_cast<std::uint64_t>(layout.rows),
        "has a JPEG 2000 code stream of {} x {} pixels but {} and {} say {} x {} (nobody can tell which is "
        "right); export it again",
        width_, height_, to_string(tag::columns), to_string(tag::rows), layout.columns, layout.rows);
    XINGU_REQUIRE(width_ * height_ <= most_pixels,
                  "has a JPEG 2000 code stream of {} pixels (more than {} are not unpacked); crop the image",
                  width_ * height_, most_pixels);
    XINGU_REQUIRE(num_bits_ <= std::min(layout.bits_allocated, most_bits),
                  "has a JPEG 2000 code stream of {} bits a pixel (at most {} fit); export it again", num_bits_,
                  std::min(layout.bits_allocated, most_bits));
    XINGU_REQUIRE(
        is_signed_ == layout.is_signed,
        "has a JPEG 2000 code stream of {} values but {} says {} (readers disagree on what such pixels mean); "
        "export it again",
        is_signed_ ? "signed" : "unsigned", to_string(tag::pixel_representation),
        layout.is_signed ? "signed" : "unsigned");
  }

  /// From the first tile part to the end marker. @throws InputError if a tile is missing or a part is cut off
  void read_tile_parts() {
    std::size_t end = bytes_.size();
    while (end > position_ && bytes_[end - 1] == 0) {
      --end;  // a fragment has an even length
    }
    require(end >= position_ + 2 && u16(end - 2) == end_of_stream, "has no end (the image is cut off)");
    end -= 2;
    std::vector<bool> has_tile(num_tiles_);
    while (position_ < end) {
      require(u16(position_) == start_of_tile_part && u16(position_ + 2) == 10, "has rubbish between its tiles");
      const std::uint64_t tile = u16(position_ + 4);
      const std::uint64_t length = u32(position_ + 6);
      const std::uint64_t part_end = length == 0 ? end : position_ + length;
      require(tile < num_tiles_ && part_end <= end, "has a tile that does not fit (the image is damaged)");
      has_tile[tile] = true;
      position_ += 12;
      read_segments(part_end, start_of_data);
      position_ = part_end;
    }
    require(std::ranges::find(has_tile, false) == has_tile.end(), "lacks a tile (the image is cut off)");
  }

 private:
  static void require(bool is_so, const char* complaint) {
    XINGU_REQUIRE(is_so, "has a JPEG 2000 code stream that {}; export it again", complaint);
  }

  [[nodiscard]] std::uint32_t u8(std::size_t at) const {
    require(at < bytes_.size(), "ends in its headers (the image is cut off)");
    return bytes_[at];
  }
  [[nodiscard]] std::uint32_t u16(std::size_t at) const { return u8(at) << 8 | u8(at + 1); }
  [[nodiscard]] std::uint32_t u32(std::size_t at) const { return u16(at) << 16 | u16(at + 2); }

  /// SIZ, A.5.1: the image is [XOsiz, Xsiz) × [YOsiz, Ysiz) of a reference grid that tiles cover.
  void read_size() {
    const std::uint64_t x0 = u32(16);
    const std::uint64_t y0 = u32(20);
    const std::uint64_t x1 = u32(8);
    const std::uint64_t y1 = u32(12);
    tile_width_ = u32(24);
    tile_height_ = u32(28);
    const std::uint64_t tiles_x0 = u32(32);
    const std::uint64_t tiles_y0 = u32(36);
    require(u16(40) == 1 && u16(4) == 41, "has more than one component (only grey images are read)");
    require(u8(43) == 1 && u8(44) == 1, "leaves out pixels (only whole images are read)");
    require(x1 > x0 && y1 > y0 && tiles_x0 <= x0 && tiles_y0 <= y0 && tile_width_ > x0 - tiles_x0 &&
                tile_height_ > y0 - tiles_y0,
            "has an impossible size (the image is damaged)");
    width_ = x1 - x0;
    height_ = y1 - y0;
    num_bits_ = static_cast<int>(u8(42) & 0x7f) + 1;
    is_signed_ = (u8(42) & 0x80) != 0;
    num_tiles_ = divided_up(x1 - tiles_x0, tile_width_) * divided_up(y1 - tiles_y0, tile_height_);
    require(num_tiles_ <= most_tiles, "has more tiles than any encoder makes");
    tile_width_ = std::min(tile_width_, width_);
    tile_height_ = std::min(tile_height_, height_);
  }

  /// Marker segments up to the marker that ends the header.
  void read_segments(std::uint64_t end, unsigned last) {
    for (;;) {
      require(position_ + 2 <= end, "ends in its headers (the image is cut off)");
      const unsigned marker = u16(position_);
      if (marker == last) {
        return;
      }
      const std::size_t length = u16(position_ + 2);
      require(marker > 0xff00 && length >= 2 && position_ + 2 + length <= end, "has damaged headers");
      if (marker == coding_style) {
        num_layers_ = std::max<std::uint64_t>(num_layers_, u16(position_ + 6));
        read_coding(position_ + 9, u8(position_ + 4));
      } else if (marker == coding_style_of_component) {
        read_coding(position_ + 6, u8(position_ + 5));
      }
      position_ += 2 + length;
    }
  }

  /// Parameters of COD and COC, A.6.1: how many precincts and packets a decoder would have to hold.
  void read_coding(std::size_t at, unsigned style) {
    const unsigned num_levels = u8(at);
    require(num_levels <= most_levels, "has more wavelet levels than there are");
    is_irreversible_ = is_irreversible_ || u8(at + 4) == 0;
    std::uint64_t num_precincts = 0;
    for (unsigned resolution = 0; resolution <= num_levels; ++resolution) {
      const unsigned exponents = (style & 1) != 0 ? u8(at + 5 + resolution) : 0xff;
      const std::uint64_t step = std::uint64_t{1} << (num_levels - resolution);
      const auto along = [step](std::uint64_t tile, unsigned exponent) {
        return divided_up(divided_up(tile, step), std::uint64_t{1} << exponent) + 1;
      };
      num_precincts += along(tile_width_, exponents & 15) * along(tile_height_, exponents >> 4);
    }
    num_precincts_ = std::max(num_precincts_, num_precincts);
    require(num_precincts_ <= most_precincts_of_tile, "has more precincts than any encoder makes");
    require(num_precincts_ * num_layers_ * num_tiles_ <= most_packets, "has more packets than any encoder makes");
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
  std::uint64_t width_ = 0;
  std::uint64_t height_ = 0;
  std::uint64_t tile_width_ = 0;
  std::uint64_t tile_height_ = 0;
  std::uint64_t num_tiles_ = 0;
  std::uint64_t num_layers_ = 1;
  std::uint64_t num_precincts_ = 0;  ///< of a tile, from above; the most that any header asks for
  int num_bits_ = 0;
  bool is_signed_ = false;
  bool is_irreversible_ = false;
};

/// A stream that OpenJPEG reads from memory.
struct MemorySource {
  std::span<const std::uint8_t> bytes;
  std::size_t position = 0;

  static OPJ_SIZE_T read(void* buffer, OPJ_SIZE_T count, void* self) {
    auto& source = *static_cast<MemorySource*>(self);
    const std::size_t available = std::min<std::size_t>(count, source.bytes.size() - source.position);
    if (available == 0) {
      return static_cast<OPJ_SIZE_T>(-1);
    }
    std::memcpy(buffer, source.bytes.data() + source.position, available);
    source.position += available;
    return available;
  }
  static OPJ_OFF_T skip(OPJ_OFF_T count, void* self) {
    auto& source = *static_cast<MemorySource*>(self);
    const auto rest = static_cast<OPJ_OFF_T>(source.bytes.size() - source.position);
    const OPJ_OFF_T skipped = std::clamp(count, -static_cast<OPJ_OFF_T>(source.position), rest);
    source.position = static_cast<std::size_t>(static_cast<OPJ_OFF_T>(source.position) + skipped);
    return skipped == count ? skipped : -1;
  }
  static OPJ_BOOL seek(OPJ_OFF_T position, void* self) {
    auto& source = *static_cast<MemorySource*>(self);
    if (position < 0 || static_cast<std::uint64_t>(position) > source.bytes.size()) {
      return OPJ_FALSE;
    }
    source.position = static_cast<std::size_t>(position);
    return OPJ_TRUE;
  }
};

/// Keeps the first thing that the decoder has to say.
void keep_first(const char* text, void* complaint) {
  auto& first = *static_cast<std::string*>(complaint);
  if (first.empty()) {
    first = text;
  }
}

void ignore_message(const char* /*text*/, void* /*unused*/) {}

template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* object) const {
    Destroy(object);
  }
};
using Codec = std::unique_ptr<opj_codec_t, Destroyer<opj_destroy_codec>>;
using Stream = std::unique_ptr<opj_stream_t, Destroyer<opj_stream_destroy>>;
using Image = std::unique_ptr<opj_image_t, Destroyer<opj_image_destroy>>;

class Decoder {
 public:
  explicit Decoder(std::span<const std::uint8_t> stream)
      : source_{stream}, codec_(opj_create_decompress(OPJ_CODEC_J2K)), stream_(opj_stream_default_create(OPJ_TRUE)) {
    opj_stream_set_user_data(stream_.get(), &source_, nullptr);
    opj_stream_set_user_data_length(stream_.get(), stream.size());
    opj_stream_set_read_function(stream_.get(), MemorySource::read);
    opj_stream_set_skip_function(stream_.get(), MemorySource::skip);
    opj_stream_set_seek_function(stream_.get(), MemorySource::seek);
    opj_set_error_handler(codec_.get(), keep_first, &complaint_);
    opj_set_warning_handler(codec_.get(), ignore_message, nullptr);
    opj_set_info_handler(codec_.get(), ignore_message, nullptr);
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    require(opj_setup_decoder(codec_.get(), &parameters) == OPJ_TRUE &&
            opj_decoder_set_strict_mode(codec_.get(), OPJ_TRUE) == OPJ_TRUE);
  }

  Image decode() {
    opj_image_t* header = nullptr;
    const bool has_header = opj_read_header(stream_.get(), codec_.get(), &header) == OPJ_TRUE;
    Image image(header);
    require(has_header && opj_decode(codec_.get(), stream_.get(), image.get()) == OPJ_TRUE &&
            opj_end_decompress(codec_.get(), stream_.get()) == OPJ_TRUE);
    return image;
  }

 private:
  void require(bool is_so) const {
    XINGU_REQUIRE(is_so, "has a JPEG 2000 code stream that cannot be unpacked ({}); export it again",
                  complaint_.empty() ? "the image is damaged" : printable(trimmed(complaint_), 80));
  }

  static std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '.')) {
      text.pop_back();
    }
    return text;
  }

  MemorySource source_;
  std::string complaint_;
  Codec codec_;
  Stream stream_;
};

}  // namespace

EmbeddedStream find_code_stream(std::span<const std::uint8_t> frame) {
  const bool is_boxed = frame.size() >= 12 && std::memcmp(frame.data() + 4, "jP  \r\n\x87\n", 8) == 0;
  if (!is_boxed) {
    return {frame, false};
  }
  std::span<const std::uint8_t> rest = frame;
  while (!rest.empty()) {
    const Box box = take_box(rest);
    if (box.type == "jp2c") {
      return {box.content, true};
    }
    std::span<const std::uint8_t> inner = box.type == "jp2h" ? box.content : std::span<const std::uint8_t>();
    while (!inner.empty()) {
      if (take_box(inner).type == "pclr") {
        fail_boxes("with a palette (only grey images are read)");
      }
    }
  }
  fail_boxes("without the stream itself (the image is cut off)");
}

bool is_jpeg2000_irreversible(std::span<const std::uint8_t> stream) { return CodeStreamWalk(stream).is_irreversible(); }

std::vector<std::int32_t> decode_jpeg2000(std::span<const std::uint8_t> stream, const PixelLayout& layout) {
  CodeStreamWalk walk(stream);
  walk.require_layout(layout);
  walk.read_tile_parts();
  const Image image = Decoder(stream).decode();
  const opj_image_comp_t& samples = image->comps[0];
  const bool is_whole = samples.data != nullptr && samples.w == static_cast<OPJ_UINT32>(layout.columns) &&
                        samples.h == static_cast<OPJ_UINT32>(layout.rows);
  XINGU_REQUIRE(is_whole, "has a JPEG 2000 code stream that gives another image than it says; export it again");
  std::vector<std::int32_t> values(samples.data, samples.data + std::size_t{samples.w} * samples.h);
  const std::int64_t above = std::int64_t{1} << (layout.is_signed ? layout.bits_stored - 1 : layout.bits_stored);
  const auto [lowest, highest] = std::ranges::minmax(values);
  XINGU_REQUIRE(highest < above && lowest >= (layout.is_signed ? -above : 0),
                "has a JPEG 2000 code stream with values of {} to {}, which do not fit {} {} (nobody can tell which is "
                "right); export it again",
                lowest, highest, to_string(tag::bits_stored), layout.bits_stored);
  return values;
}

}  // namespace xingu
