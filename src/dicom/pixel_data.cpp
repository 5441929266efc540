// SPDX-License-Identifier: Apache-2.0
#include "dicom/pixel_data.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cstring>
#include <span>

#include "base/error.h"
#include "dicom/jpeg2000.h"

namespace xingu {
namespace {

int bounded(const DicomItem& root, const Tag& tag, int lower, int upper, std::string_view why) {
  const std::int64_t value = root.required_integer(tag, why);
  if (value < lower || value > upper) {
    root.fail(tag, fmt::format("is {} but must lie in {}…{} ({}); export it again", value, lower, upper, why));
  }
  return static_cast<int>(value);
}

int bounded_or(const DicomItem& root, const Tag& tag, int fallback, int lower, int upper, std::string_view why) {
  return root.has(tag) ? bounded(root, tag, lower, upper, why) : fallback;
}

bool is_readable_compression(E_TransferSyntax syntax) {
  switch (syntax) {
    case EXS_JPEGProcess14:
    case EXS_JPEGProcess14SV1:
    case EXS_JPEGLSLossless:
    case EXS_RLELossless:
      return true;
    default:
      return false;
  }
}

void unpack(const DicomDataset& dataset) {
  const DcmXfer syntax(dataset.dcmtk().getOriginalXfer());
  if (!syntax.isEncapsulated()) {
    return;
  }
  const DicomItem root = dataset.root();
  if (!is_readable_compression(syntax.getXfer())) {
    root.fail(tag::transfer_syntax_uid,
              fmt::format("is {} (only JPEG lossless, JPEG-LS lossless, JPEG 2000 and RLE are unpacked); convert it "
                          "with gdcmconv --raw of the package libgdcm-tools",
                          syntax.getXferName()));
  }
  if (dataset.dcmtk().chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad() ||
      !dataset.dcmtk().canWriteXfer(EXS_LittleEndianExplicit)) {
    root.fail(tag::pixel_data, "cannot be unpacked (the compressed image is damaged); export it again");
  }
}

bool is_jpeg2000(E_TransferSyntax syntax) { return syntax == EXS_JPEG2000LosslessOnly || syntax == EXS_JPEG2000; }

/// The compressed frames of an image, each from its first byte to its last (PS3.5 A.4): all fragments where there is
/// one frame, else one fragment each. Views into the data set, but for a frame of several fragments.
class EncapsulatedFrames {
 public:
  EncapsulatedFrames(const DicomDataset& dataset, int num_frames) : root_(dataset.root()) {
    DcmElement* element = nullptr;
    DcmPixelSequence* sequence = nullptr;
    const E_TransferSyntax syntax = dataset.dcmtk().getOriginalXfer();
    if (dataset.dcmtk().findAndGetElement(DCM_PixelData, element).bad() || element->ident() != EVR_PixelData ||
        static_cast<DcmPixelData*>(element)->getEncapsulatedRepresentation(syntax, nullptr, sequence).bad() ||
        sequence == nullptr || sequence->card() < 2) {
      root_.fail(tag::pixel_data, "is missing (no image in the file); export it again");
    }
    const unsigned long num_fragments = sequence->card() - 1;  // the first item is a table of offsets
    if (num_frames == 1 && num_fragments > 1) {
      for (unsigned long i = 1; i <= num_fragments; ++i) {
        const auto part = fragment(*sequence, i);
        joined_.insert(joined_.end(), part.begin(), part.end());
      }
      frames_.emplace_back(joined_);
      return;
    }
    if (num_fragments != static_cast<unsigned long>(num_frames)) {
      root_.fail(tag::pixel_data, fmt::format("has {} fragments for {} frames (one each is read); export it again",
                                              num_fragments, num_frames));
    }
    for (unsigned long i = 1; i <= num_fragments; ++i) {
      frames_.push_back(fragment(*sequence, i));
    }
  }

  [[nodiscard]] const std::vector<std::span<const std::uint8_t>>& frames() const { return frames_; }

 private:
  [[nodiscard]] std::span<const std::uint8_t> fragment(DcmPixelSequence& sequence, unsigned long index) const {
    DcmPixelItem* item = nullptr;
    Uint8* bytes = nullptr;
    if (sequence.getItem(item, index).bad() || item->getUint8Array(bytes).bad()) {
      root_.fail(tag::pixel_data, "cannot be read (the image is damaged); export it again");
    }
    return {bytes, bytes == nullptr ? 0 : item->getLength()};
  }

  DicomItem root_;
  std::vector<std::uint8_t> joined_;
  std::vector<std::span<const std::uint8_t>> frames_;
};

/// slope · sample + intercept of all frames, one held at a time beside the result.
std::vector<float> read_scaled_jpeg2000(const DicomDataset& dataset, const PixelLayout& layout, double slope,
                                        double intercept) {
  const EncapsulatedFrames compressed(dataset, layout.frames);
  std::vector<float> values;
  try {
    for (const auto frame : compressed.frames()) {
      for (const std::int32_t sample : decode_jpeg2000(find_code_stream(frame).bytes, layout)) {
        values.push_back(static_cast<float>(slope * sample + intercept));
      }
    }
  } catch (const InputError& error) {
    dataset.root().fail(tag::pixel_data, error.what());
  }
  return values;
}

template <class Stored>
void scale(std::span<const std::uint8_t> bytes, const PixelLayout& layout, double slope, double intercept,
           std::span<float> out) {
  const int shift = layout.high_bit + 1 - layout.bits_stored;
  const std::uint64_t mask = (std::uint64_t{1} << layout.bits_stored) - 1;
  const std::uint64_t sign = layout.is_signed ? std::uint64_t{1} << (layout.bits_stored - 1) : 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    Stored word;
    std::memcpy(&word, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    const std::uint64_t bits = (std::uint64_t{word} >> shift) & mask;
    const auto value = static_cast<std::int64_t>(bits ^ sign) - static_cast<std::int64_t>(sign);
    out[i] = static_cast<float>(slope * static_cast<double>(value) + intercept);
  }
}

/// The unpacked bytes in the machine's order.
std::span<const std::uint8_t> pixel_bytes(const DicomDataset& dataset, const PixelLayout& layout) {
  const DicomItem root = dataset.root();
  DcmElement* element = nullptr;
  if (dataset.dcmtk().findAndGetElement(DCM_PixelData, element).bad() || element == nullptr) {
    root.fail(tag::pixel_data, "is missing (no image in the file); export it again");
  }
  const std::size_t needed = layout.num_pixels() * static_cast<std::size_t>(layout.bits_allocated / 8);
  if (element->getLengthField() < needed) {
    root.fail(tag::pixel_data,
              fmt::format("has {} bytes but {} x {} x {} pixels need {} (the file is cut off); export it again",
                          element->getLengthField(), layout.columns, layout.rows, layout.frames, needed));
  }
  const std::uint8_t* data = nullptr;
  if (layout.bits_allocated == 32 && dataset.dcmtk().getOriginalXfer() == EXS_BigEndianExplicit) {
    root.fail(tag::pixel_data, "has 32 bits a pixel in big endian order (not read); convert it with dcmconv +te");
  }
  if (layout.bits_allocated == 8) {
    Uint8* bytes = nullptr;
    static_cast<void>(element->getUint8Array(bytes));
    data = bytes;
  }
  if (data == nullptr) {
    Uint16* words = nullptr;
    static_cast<void>(element->getUint16Array(words));
    data = reinterpret_cast<const std::uint8_t*>(words);
  }
  if (data == nullptr) {
    Uint8* bytes = nullptr;
    static_cast<void>(element->getUint8Array(bytes));
    data = bytes;
  }
  if (data == nullptr) {
    root.fail(tag::pixel_data, "cannot be read (the image is damaged); export it again");
  }
  return {data, needed};
}

}  // namespace

PixelLayout read_pixel_layout(const DicomItem& root, std::size_t max_pixels) {
  PixelLayout layout;
  layout.rows = bounded(root, tag::rows, 1, 8192, "the image's height");
  layout.columns = bounded(root, tag::columns, 1, 8192, "the image's width");
  layout.frames = bounded_or(root, tag::number_of_frames, 1, 1, 16384, "the number of images");
  if (layout.num_pixels() > max_pixels) {
    root.fail(tag::rows,
              fmt::format("and the frames make {} pixels (more than {} do not fit into memory); crop the image",
                          layout.num_pixels(), max_pixels));
  }
  static_cast<void>(bounded_or(root, tag::samples_per_pixel, 1, 1, 1, "only grey images are read"));
  layout.bits_allocated = bounded(root, tag::bits_allocated, 8, 32, "the size of a pixel");
  if (layout.bits_allocated % 8 != 0 || layout.bits_allocated == 24) {
    root.fail(tag::bits_allocated,
              fmt::format("is {} (only 8, 16 and 32 are read); export it again", layout.bits_allocated));
  }
  layout.bits_stored =
      bounded_or(root, tag::bits_stored, layout.bits_allocated, 1, layout.bits_allocated, "the bits in use");
  layout.high_bit = bounded_or(root, tag::high_bit, layout.bits_stored - 1, layout.bits_stored - 1,
                               layout.bits_allocated - 1, "the topmost bit in use");
  layout.is_signed = bounded_or(root, tag::pixel_representation, 0, 0, 1, "0 for unsigned, 1 for signed") == 1;
  return layout;
}

std::vector<float> read_scaled_pixels(const DicomDataset& dataset, const PixelLayout& layout, double slope,
                                      double intercept) {
  if (is_jpeg2000(dataset.dcmtk().getOriginalXfer())) {
    return read_scaled_jpeg2000(dataset, layout, slope, intercept);
  }
  unpack(dataset);
  const auto bytes = pixel_bytes(dataset, layout);
  std::vector<float> values(layout.num_pixels());
  switch (layout.bits_allocated) {
    case 8:
      scale<std::uint8_t>(bytes, layout, slope, intercept, values);
      break;
    case 16:
      scale<std::uint16_t>(bytes, layout, slope, intercept, values);
      break;
    default:
      scale<std::uint32_t>(bytes, layout, slope, intercept, values);
      break;
  }
  return values;
}

std::vector<std::string> packing_remarks(const DicomDataset& dataset, const PixelLayout& layout) {
  const DicomItem root = dataset.root();
  std::vector<std::string> remarks;
  bool has_loss = root.text(tag::lossy_image_compression) == "01";
  if (is_jpeg2000(dataset.dcmtk().getOriginalXfer())) {
    const EncapsulatedFrames compressed(dataset, layout.frames);
    try {
      const EmbeddedStream stream = find_code_stream(compressed.frames().front());
      has_loss = has_loss || is_jpeg2000_irreversible(stream.bytes);
      if (stream.is_boxed) {
        remarks.push_back(
            fmt::format("{} holds JPEG 2000 in JP2 boxes, where DICOM wants the bare code stream: read, but "
                        "other programs may refuse it",
                        to_string(tag::pixel_data)));
      }
    } catch (const InputError& error) {
      root.fail(tag::pixel_data, error.what());
    }
  }
  if (has_loss) {
    remarks.push_back(fmt::format("was compressed with loss, {}: its values are not quite what they were",
                                  to_string(tag::lossy_image_compression)));
  }
  return remarks;
}

}  // namespace xingu
