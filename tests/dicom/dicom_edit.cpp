// SPDX-License-Identifier: Apache-2.0
#include "dicom_edit.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpls/djencode.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "dicom/dataset.h"
#include "dicom/pixel_data.h"

namespace xingu::test {

struct DicomEdit::Impl {
  DcmFileFormat format;
};

namespace {

void require(const OFCondition& status) {
  if (status.bad()) {
    throw std::runtime_error(status.text());
  }
}

DcmTagKey key(const Tag& tag) { return {tag.group, tag.element}; }

void register_encoders() {
  static const bool is_done = [] {
    prepare_dcmtk();
    DJEncoderRegistration::registerCodecs();
    DJLSEncoderRegistration::registerCodecs();
    DcmRLEEncoderRegistration::registerCodecs();
    return true;
  }();
  static_cast<void>(is_done);
}

}  // namespace

DicomEdit::DicomEdit(const std::filesystem::path& path) : path_(path), impl_(std::make_unique<Impl>()) {
  register_encoders();
  require(impl_->format.loadFile(path.c_str()));
  require(impl_->format.loadAllDataIntoMemory());
}

DicomEdit::~DicomEdit() = default;

DcmItem& DicomEdit::item(const Way& way) const {
  DcmItem* result = impl_->format.getDataset();
  for (const auto& [tag, index] : way) {
    require(result->findOrCreateSequenceItem(key(tag), result, index));
  }
  return *result;
}

DicomEdit& DicomEdit::set(const Way& way, const Tag& tag, const std::string& value) {
  require(item(way).putAndInsertString(key(tag), value.c_str()));
  return *this;
}

DicomEdit& DicomEdit::remove(const Way& way, const Tag& tag) {
  require(item(way).findAndDeleteElement(key(tag)));
  return *this;
}

DicomEdit& DicomEdit::repeat_item(const Way& way, const Tag& sequence, int index) {
  DcmSequenceOfItems* items = nullptr;
  require(item(way).findAndGetSequence(key(sequence), items));
  require(items->append(new DcmItem(*items->getItem(static_cast<unsigned long>(index)))));
  return *this;
}

std::string DicomEdit::get(const Tag& tag) const {
  OFString value;
  require(impl_->format.getDataset()->findAndGetOFStringArray(key(tag), value));
  return value.c_str();
}

std::vector<std::int16_t> DicomEdit::pixels() const {
  const Uint16* words = nullptr;
  unsigned long count = 0;
  require(impl_->format.getDataset()->findAndGetUint16Array(DCM_PixelData, words, &count));
  return {words, words + count};
}

DicomEdit& DicomEdit::set_pixels(const std::vector<std::int16_t>& pixels) {
  require(impl_->format.getDataset()->putAndInsertUint16Array(
      DCM_PixelData, reinterpret_cast<const Uint16*>(pixels.data()), pixels.size()));
  return *this;
}

DicomEdit& DicomEdit::mirror(bool along_x, bool along_y) {
  DcmDataset& dataset = *impl_->format.getDataset();
  Uint16 rows = 0;
  Uint16 columns = 0;
  require(dataset.findAndGetUint16(DCM_Rows, rows));
  require(dataset.findAndGetUint16(DCM_Columns, columns));
  std::array<Float64, 2> spacing{};
  std::array<Float64, 3> position{};
  for (unsigned long i = 0; i < 3; ++i) {
    require(dataset.findAndGetFloat64(DCM_ImagePositionPatient, position[i], i));
    if (i < 2) {
      require(dataset.findAndGetFloat64(DCM_PixelSpacing, spacing[i], i));
    }
  }
  const auto before = pixels();
  std::vector<std::int16_t> after(before.size());
  for (std::size_t y = 0; y < rows; ++y) {
    for (std::size_t x = 0; x < columns; ++x) {
      const std::size_t from_y = along_y ? rows - 1U - y : y;
      const std::size_t from_x = along_x ? columns - 1U - x : x;
      after[y * columns + x] = before[from_y * columns + from_x];
    }
  }
  if (along_x) {
    position[0] += (columns - 1) * spacing[1];
  }
  if (along_y) {
    position[1] += (rows - 1) * spacing[0];
  }
  set(tag::image_position,
      std::to_string(position[0]) + "\\" + std::to_string(position[1]) + "\\" + std::to_string(position[2]));
  set(tag::image_orientation, std::string(along_x ? "-1\\0\\0" : "1\\0\\0") + (along_y ? "\\0\\-1\\0" : "\\0\\1\\0"));
  return set_pixels(after);
}

void DicomEdit::save(const std::filesystem::path& path, const std::string& transfer_syntax_uid) {
  const DcmXfer syntax(transfer_syntax_uid.c_str());
  DcmDataset& dataset = *impl_->format.getDataset();
  if (syntax.getXfer() == EXS_JPEG2000LosslessOnly && dataset.getOriginalXfer() != syntax.getXfer()) {
    save_jpeg2000(path, {});
    return;
  }
  require(dataset.chooseRepresentation(syntax.getXfer(), nullptr));
  if (!dataset.canWriteXfer(syntax.getXfer())) {
    throw std::runtime_error(std::string("cannot write ") + syntax.getXferName());
  }
  require(impl_->format.saveFile(path.c_str(), syntax.getXfer(), EET_UndefinedLength));
}

void DicomEdit::save_jpeg2000(const std::filesystem::path& path, const Jpeg2000Coding& coding,
                              std::size_t fragment_bytes) {
  DcmDataset& dataset = *impl_->format.getDataset();
  const DicomDataset file = DicomDataset::load(path_, LoadExtent::header);
  const PixelLayout layout = read_pixel_layout(file.root(), 1 << 24);
  const auto stored = pixels();
  std::string stream = encode_jpeg2000({stored.begin(), stored.end()}, layout, coding);
  const std::size_t step = fragment_bytes > 0 ? fragment_bytes : stream.size();
  auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelData, EVR_OB));
  require(sequence->insert(new DcmPixelItem(DcmTag(DCM_PixelItemTag, EVR_OB))));  // an empty table of offsets
  for (std::size_t begin = 0; begin < stream.size(); begin += step) {
    std::string part = stream.substr(begin, step);
    part.resize(part.size() + part.size() % 2);
    auto item = std::make_unique<DcmPixelItem>(DcmTag(DCM_PixelItemTag, EVR_OB));
    require(item->putUint8Array(reinterpret_cast<const Uint8*>(part.data()), part.size()));
    require(sequence->insert(item.release()));
  }
  const E_TransferSyntax syntax = coding.wavelet == Wavelet::reversible ? EXS_JPEG2000LosslessOnly : EXS_JPEG2000;
  auto pixel_data = std::make_unique<DcmPixelData>(DCM_PixelData);
  pixel_data->putOriginalRepresentation(syntax, nullptr, sequence.release());
  require(dataset.insert(pixel_data.release(), OFTrue));
  require(impl_->format.saveFile(path.c_str(), syntax, EET_UndefinedLength));
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace xingu::test
