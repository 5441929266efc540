// SPDX-License-Identifier: Apache-2.0
#include "dicom/dataset.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dcspchrs.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <mutex>

#include "base/error.h"
#include "base/text.h"
#include "dicom/file_structure.h"

namespace xingu {
namespace fs = std::filesystem;

struct DicomItem::File {
  std::string name;
  std::string character_set;
  mutable std::unique_ptr<DcmSpecificCharacterSet> converter;
};

struct DicomDataset::Impl {
  DcmFileFormat format;
  DicomItem::File file;
  std::string transfer_syntax_uid;
  std::uint64_t bytes = 0;
};

namespace {

constexpr std::uint32_t max_text_bytes = 1U << 20;
constexpr std::uint32_t max_number_bytes = 256U << 20;

DcmTagKey key(const Tag& tag) { return {tag.group, tag.element}; }

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\0' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find('\\', begin);
    parts.push_back(trimmed(text.substr(begin, end == std::string_view::npos ? end : end - begin)));
    if (end == std::string_view::npos) {
      return parts;
    }
    begin = end + 1;
  }
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80 && c != 0x1b; });
}

std::string latin1_to_utf8(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      result += c;
    } else {
      result += static_cast<char>(0xc0 | (code >> 6));
      result += static_cast<char>(0x80 | (code & 0x3f));
    }
  }
  return result;
}

/// What cannot be converted is read as Latin-1, which never fails and loses nothing.
std::string to_utf8(std::string_view text, const std::string& character_set,
                    std::unique_ptr<DcmSpecificCharacterSet>& converter) {
  if (is_ascii(text) || character_set == "ISO_IR 192") {
    return std::string(text);
  }
  if (character_set.empty() || character_set == "ISO_IR 100") {
    return latin1_to_utf8(text);
  }
  if (!converter) {
    converter = std::make_unique<DcmSpecificCharacterSet>();
    static_cast<void>(converter->selectCharacterSet(OFString(character_set.c_str())));
  }
  OFString converted;
  if (*converter && converter->convertString(OFString(text.data(), text.size()), converted, "\\^=").good()) {
    return {converted.data(), converted.size()};
  }
  return latin1_to_utf8(text);
}

template <class Value, class Get>
std::vector<double> binary_numbers(DcmElement* element, Get get) {
  Value* values = nullptr;
  if ((element->*get)(values).bad() || values == nullptr) {
    return {};
  }
  const std::size_t count = element->getLengthField() / sizeof(Value);
  return std::vector<double>(values, values + count);
}

bool is_text_vr(DcmEVR vr) {
  switch (vr) {
    case EVR_AE:
    case EVR_AS:
    case EVR_CS:
    case EVR_DA:
    case EVR_DS:
    case EVR_DT:
    case EVR_IS:
    case EVR_LO:
    case EVR_LT:
    case EVR_PN:
    case EVR_SH:
    case EVR_ST:
    case EVR_TM:
    case EVR_UC:
    case EVR_UI:
    case EVR_UR:
    case EVR_UT:
      return true;
    default:
      return false;
  }
}

OFCondition parse_file(const fs::path& path, LoadExtent extent, DcmFileFormat& format) {
  constexpr Uint32 keep_on_disk_above = 1U << 20;
  return extent == LoadExtent::header
             ? format.loadFileUntilTag(path.c_str(), EXS_Unknown, EGL_noChange, keep_on_disk_above, ERM_autoDetect,
                                       DCM_PixelData)
             : format.loadFile(path.c_str(), EXS_Unknown, EGL_noChange, keep_on_disk_above, ERM_autoDetect);
}

/// Values are copied: the bytes need not outlive the call.
OFCondition parse_inflated(const std::string& bytes, LoadExtent extent, DcmDataset& data) {
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  stream.setEos();
  data.transferInit();
  const OFCondition status =
      extent == LoadExtent::header
          ? data.readUntilTag(stream, EXS_LittleEndianExplicit, EGL_noChange, DCM_MaxReadLength, DCM_PixelData)
          : data.read(stream, EXS_LittleEndianExplicit, EGL_noChange, DCM_MaxReadLength);
  data.transferEnd();
  return status;
}

}  // namespace

void prepare_dcmtk() {
  static std::once_flag once;
  std::call_once(once, [] {
    dcmEnableUnknownVRConversion.set(OFTrue);  // long values that had to be written as UN (PS3.5 §6.2.2)
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
    DcmRLEDecoderRegistration::registerCodecs();
  });
  if (!dcmDataDict.isDictionaryLoaded()) {
    throw EnvironmentError(
        "DCMTK's data dictionary is missing (implicit DICOM cannot be read); install libdcmtk17 or set DCMDICTPATH");
  }
}

std::optional<double> parse_decimal(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
  }
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

void DicomItem::fail(const Tag& tag, std::string_view complaint) const {
  throw InputError(fmt::format("{}: {} {}", file_->name, to_string(tag), complaint));
}

const std::string& DicomItem::file_name() const { return file_->name; }

DcmElement* DicomItem::find(const Tag& tag) const {
  DcmElement* element = nullptr;
  return item_->findAndGetElement(key(tag), element).good() ? element : nullptr;
}

bool DicomItem::is_present(const Tag& tag) const { return find(tag) != nullptr; }

bool DicomItem::has(const Tag& tag) const {
  DcmElement* element = find(tag);
  return element != nullptr && !element->isEmpty(OFTrue);
}

std::string DicomItem::raw_text(const Tag& tag, DcmElement* element) const {
  if (element->getLengthField() >
      (is_text_vr(element->getVR()) && element->getVR() != EVR_DS ? max_text_bytes : max_number_bytes)) {
    fail(tag, "is longer than any value of its kind (the file is damaged); export it again");
  }
  if (!is_text_vr(element->getVR())) {
    fail(tag, fmt::format("has the value representation {} but should be text (the file is damaged); export it again",
                          DcmVR(element->getVR()).getVRName()));
  }
  char* value = nullptr;
  Uint32 length = 0;
  if (element->getString(value, length).bad()) {
    fail(tag, "cannot be read (the file is damaged); export it again");
  }
  return value == nullptr ? std::string() : std::string(value, length);
}

std::string DicomItem::text(const Tag& tag) const {
  DcmElement* element = find(tag);
  if (element == nullptr || element->getLengthField() == 0) {
    return {};
  }
  const std::string raw = raw_text(tag, element);
  return to_utf8(trimmed(raw), file_->character_set, file_->converter);
}

std::vector<std::string> DicomItem::texts(const Tag& tag) const {
  const std::string all = text(tag);
  if (all.empty()) {
    return {};
  }
  const auto parts = split(all);
  return {parts.begin(), parts.end()};
}

std::vector<double> DicomItem::numbers(const Tag& tag, std::size_t limit) const {
  DcmElement* element = find(tag);
  if (element == nullptr || element->getLengthField() == 0) {
    return {};
  }
  std::vector<double> values;
  if (element->getLengthField() > max_number_bytes) {
    fail(tag, "is longer than any value of its kind (the file is damaged); export it again");
  }
  switch (element->getVR()) {
    case EVR_US:
    case EVR_xs:
      values = binary_numbers<Uint16>(element, &DcmElement::getUint16Array);
      break;
    case EVR_SS:
      values = binary_numbers<Sint16>(element, &DcmElement::getSint16Array);
      break;
    case EVR_UL:
      values = binary_numbers<Uint32>(element, &DcmElement::getUint32Array);
      break;
    case EVR_SL:
      values = binary_numbers<Sint32>(element, &DcmElement::getSint32Array);
      break;
    case EVR_FL:
      values = binary_numbers<Float32>(element, &DcmElement::getFloat32Array);
      break;
    case EVR_FD:
      values = binary_numbers<Float64>(element, &DcmElement::getFloat64Array);
      break;
    default: {
      const std::string raw = raw_text(tag, element);
      if (trimmed(raw).empty()) {
        return {};
      }
      for (const std::string_view part : split(raw)) {
        const auto value = parse_decimal(part);
        if (!value) {
          fail(tag, fmt::format("holds '{}', which is not a number; export it again", printable(part, 32)));
        }
        values.push_back(*value);
        if (values.size() > limit) {
          break;
        }
      }
    }
  }
  if (values.size() > limit) {
    fail(tag, fmt::format("has more than {} values (the file is damaged); export it again", limit));
  }
  for (const double value : values) {
    if (!std::isfinite(value)) {
      fail(tag, "is not a finite number; export it again");
    }
  }
  return values;
}

std::vector<std::uint16_t> DicomItem::words(const Tag& tag, std::size_t limit) const {
  DcmElement* element = find(tag);
  if (element == nullptr || element->getLengthField() == 0) {
    return {};
  }
  if (element->getLengthField() / sizeof(Uint16) > limit) {
    fail(tag, fmt::format("has more than {} words (the file is damaged); export it again", limit));
  }
  Uint16* values = nullptr;
  if (element->getUint16Array(values).bad() || values == nullptr) {
    fail(tag, "does not hold 16-bit words (they are what is read here); export it again");
  }
  return {values, values + element->getLengthField() / sizeof(Uint16)};
}

std::optional<double> DicomItem::number(const Tag& tag) const {
  const auto values = numbers(tag);
  return values.empty() ? std::nullopt : std::optional(values.front());
}

std::optional<std::int64_t> DicomItem::integer(const Tag& tag) const {
  const auto value = number(tag);
  if (!value) {
    return std::nullopt;
  }
  if (*value != std::floor(*value) || std::abs(*value) > 9.0e15) {
    fail(tag, fmt::format("is {} but should be a whole number; export it again", *value));
  }
  return static_cast<std::int64_t>(*value);
}

double DicomItem::required_number(const Tag& tag, std::string_view why) const {
  const auto value = number(tag);
  if (!value) {
    fail(tag, fmt::format("is missing ({}); export it again with it", why));
  }
  return *value;
}

std::int64_t DicomItem::required_integer(const Tag& tag, std::string_view why) const {
  const auto value = integer(tag);
  if (!value) {
    fail(tag, fmt::format("is missing ({}); export it again with it", why));
  }
  return *value;
}

std::vector<double> DicomItem::required_numbers(const Tag& tag, std::size_t count, std::string_view why) const {
  auto values = numbers(tag, std::max<std::size_t>(count, 16));
  if (values.size() != count) {
    fail(tag, values.empty()
                  ? fmt::format("is missing ({}); export it again with it", why)
                  : fmt::format("has {} values instead of {} ({}); export it again", values.size(), count, why));
  }
  return values;
}

std::vector<DicomItem> DicomItem::items(const Tag& tag) const {
  DcmElement* element = find(tag);
  if (element == nullptr) {
    return {};
  }
  if (element->ident() != EVR_SQ) {
    if (element->getLengthField() == 0) {
      return {};
    }
    fail(tag, "is not a sequence (the file is damaged); export it again");
  }
  auto* sequence = static_cast<DcmSequenceOfItems*>(element);
  std::vector<DicomItem> result;
  for (DcmObject* object = sequence->nextInContainer(nullptr); object != nullptr;
       object = sequence->nextInContainer(object)) {
    result.emplace_back(static_cast<DcmItem*>(object), file_);
  }
  return result;
}

std::optional<DicomItem> DicomItem::first_item(const Tag& tag) const {
  const auto all = items(tag);
  return all.empty() ? std::nullopt : std::optional(all.front());
}

DicomDataset::DicomDataset(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DicomDataset::~DicomDataset() = default;
DicomDataset::DicomDataset(DicomDataset&&) noexcept = default;
DicomDataset& DicomDataset::operator=(DicomDataset&&) noexcept = default;

std::optional<DicomDataset> DicomDataset::load_if_dicom(const fs::path& path, LoadExtent extent) {
  prepare_dcmtk();
  std::error_code error;
  XINGU_REQUIRE(fs::is_regular_file(path, error), "{}: no such file; check the path", path.string());
  const DicomFileStructure structure = check_file_structure(path);
  if (!structure.is_dicom) {
    return std::nullopt;
  }
  auto impl = std::make_unique<Impl>();
  impl->file.name = path.string();
  impl->transfer_syntax_uid = structure.transfer_syntax_uid;
  impl->bytes = fs::file_size(path);
  const OFCondition status = structure.inflated
                                 ? parse_inflated(*structure.inflated, extent, *impl->format.getDataset())
                                 : parse_file(path, extent, impl->format);
  XINGU_REQUIRE(status.good(), "{}: cannot be read as DICOM ({}); export it again", path.string(), status.text());
  DicomDataset dataset(std::move(impl));
  dataset.impl_->file.character_set = dataset.root().text(tag::specific_character_set);
  return dataset;
}

DicomDataset DicomDataset::load(const fs::path& path, LoadExtent extent) {
  auto dataset = load_if_dicom(path, extent);
  XINGU_REQUIRE(dataset.has_value(), "{}: is not a DICOM file; check the path", path.string());
  return std::move(*dataset);
}

DicomItem DicomDataset::root() const { return {impl_->format.getDataset(), &impl_->file}; }
const std::string& DicomDataset::transfer_syntax_uid() const { return impl_->transfer_syntax_uid; }
std::uint64_t DicomDataset::file_bytes() const { return impl_->bytes; }
DcmDataset& DicomDataset::dcmtk() const { return *impl_->format.getDataset(); }

}  // namespace xingu
