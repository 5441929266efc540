// SPDX-License-Identifier: Apache-2.0
#include "dicom/dataset_writer.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/files.h"
#include "dicom/dataset.h"

namespace xingu {

struct DicomFileWriter::Impl {
  DcmFileFormat format;
};

namespace {

DcmTagKey key(const Tag& tag) { return {tag.group, tag.element}; }

void require_written(const OFCondition& status, const Tag& tag) {
  if (status.bad()) {
    throw BrokenPromise(fmt::format("{} cannot be written: {}", to_string(tag), status.text()));
  }
}

}  // namespace

std::string decimal_string(double value) {
  XINGU_REQUIRE(std::isfinite(value),
                "a number to be written to DICOM is not finite (the file would be unreadable); report it");
  std::array<char, 64> buffer{};
  const auto shortest = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value == 0.0 ? 0.0 : value);
  std::string text(buffer.data(), shortest.ptr);
  for (int digits = 16; text.size() > 16 && digits > 0; --digits) {
    text = fmt::format("{:.{}g}", value, digits);
  }
  return text;
}

std::string fitting_text(std::string_view text, std::size_t limit) {
  std::string result;
  std::size_t letters = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool begins_letter = (byte & 0xc0) != 0x80;
    if (begins_letter && ++letters > limit) {
      break;
    }
    result += byte < 0x20 || byte == 0x7f || c == '\\' ? ' ' : c;
  }
  return result;
}

void ItemWriter::put(const Tag& tag, std::string_view text) {
  require_written(item_->putAndInsertString(key(tag), std::string(text).c_str()), tag);
}

void ItemWriter::put_empty(const Tag& tag) { require_written(item_->insertEmptyElement(key(tag)), tag); }

void ItemWriter::put(const Tag& tag, double value) { put(tag, std::span(&value, 1)); }

void ItemWriter::put(const Tag& tag, std::span<const double> values) {
  std::string text;
  for (const double value : values) {
    text += text.empty() ? "" : "\\";
    text += decimal_string(value);
  }
  put(tag, text);
}

void ItemWriter::put_floats(const Tag& tag, std::span<const double> values) {
  require_written(item_->putAndInsertFloat64Array(key(tag), values.data(), values.size()), tag);
}

ItemWriter ItemWriter::add_item(const Tag& sequence) {
  DcmItem* item = nullptr;
  require_written(item_->findOrCreateSequenceItem(key(sequence), item, -2), sequence);
  return ItemWriter(item);
}

void ItemWriter::put_pixels(std::span<const std::uint16_t> pixels) {
  require_written(item_->putAndInsertUint16Array(DCM_PixelData, pixels.data(), pixels.size()), tag::pixel_data);
}

void ItemWriter::put_pixels(std::span<const std::uint32_t> pixels) {
  put_pixels(std::span(reinterpret_cast<const std::uint16_t*>(pixels.data()), 2 * pixels.size()));
}

void ItemWriter::put_words(const Tag& tag, std::span<const std::uint16_t> words) {
  auto element = std::make_unique<DcmOtherByteOtherWord>(DcmTag(key(tag), EVR_OW));
  require_written(element->putUint16Array(words.data(), words.size()), tag);
  require_written(item_->insert(element.get(), OFTrue), tag);
  (void)element.release();  // the item owns it now
}

void ItemWriter::put_tag(const Tag& tag, const Tag& value) {
  require_written(item_->putAndInsertTagKey(key(tag), key(value)), tag);
}

DicomFileWriter::DicomFileWriter(std::string_view sop_class_uid, std::string_view sop_instance_uid)
    : impl_(std::make_unique<Impl>()) {
  prepare_dcmtk();
  root().put(tag::specific_character_set, "ISO_IR 192");
  root().put(tag::sop_class_uid, sop_class_uid);
  root().put(tag::sop_instance_uid, sop_instance_uid);
}

DicomFileWriter::~DicomFileWriter() = default;

ItemWriter DicomFileWriter::root() { return ItemWriter(impl_->format.getDataset()); }

void DicomFileWriter::save(const std::filesystem::path& path, WriteEncoding encoding) {
  const E_TransferSyntax syntax =
      encoding == WriteEncoding::explicit_little ? EXS_LittleEndianExplicit : EXS_LittleEndianImplicit;
  write_file_with(path, [&](const std::filesystem::path& temporary) {
    const OFCondition status =
        impl_->format.saveFile(temporary.c_str(), syntax, EET_ExplicitLength, EGL_recalcGL, EPD_noChange);
    if (status.bad()) {
      throw EnvironmentError(fmt::format("{}: could not be written ({}); check the folder and the free space",
                                         path.string(), status.text()));
    }
  });
}

}  // namespace xingu
