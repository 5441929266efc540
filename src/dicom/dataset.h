// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/tags.h"

class DcmItem;
class DcmElement;
class DcmDataset;

namespace xingu {

/// A data set or an item of a sequence, for reading. A view: valid while its DicomDataset lives. What is wrong in a
/// file is an InputError that names file and tag. Not safe to use from several threads at once.
class DicomItem {
 public:
  struct File;
  DicomItem(DcmItem* item, const File* file) : item_(item), file_(file) {}

  /// Present, even if empty.
  [[nodiscard]] bool is_present(const Tag& tag) const;
  /// Present and not empty.
  [[nodiscard]] bool has(const Tag& tag) const;
  /// Text without padding, in UTF-8; empty where the element is absent.
  [[nodiscard]] std::string text(const Tag& tag) const;
  /// The values between the backslashes.
  [[nodiscard]] std::vector<std::string> texts(const Tag& tag) const;
  /// Numbers of a DS, IS or binary element; empty where absent. @throws InputError if one is not a finite number or
  /// there are more than `limit`.
  [[nodiscard]] std::vector<double> numbers(const Tag& tag, std::size_t limit = 16) const;
  /// The 16-bit words of an OW element, at most `limit`; empty where absent. @throws InputError if there are more.
  [[nodiscard]] std::vector<std::uint16_t> words(const Tag& tag, std::size_t limit) const;
  [[nodiscard]] std::optional<double> number(const Tag& tag) const;
  [[nodiscard]] std::optional<std::int64_t> integer(const Tag& tag) const;
  /// The same, but absence is an error; `why` says what the value is needed for.
  [[nodiscard]] double required_number(const Tag& tag, std::string_view why) const;
  [[nodiscard]] std::int64_t required_integer(const Tag& tag, std::string_view why) const;
  [[nodiscard]] std::vector<double> required_numbers(const Tag& tag, std::size_t count, std::string_view why) const;
  /// Items of a sequence; empty where absent.
  [[nodiscard]] std::vector<DicomItem> items(const Tag& tag) const;
  /// First item of a sequence, if there is one.
  [[nodiscard]] std::optional<DicomItem> first_item(const Tag& tag) const;

  /// fail(tag::rows, "is 0 (an image needs rows); export it again")
  [[noreturn]] void fail(const Tag& tag, std::string_view complaint) const;
  [[nodiscard]] const std::string& file_name() const;

 private:
  [[nodiscard]] DcmElement* find(const Tag& tag) const;
  [[nodiscard]] std::string raw_text(const Tag& tag, DcmElement* element) const;

  DcmItem* item_;
  const File* file_;
};

enum class LoadExtent {
  header,  ///< everything before the pixel data
  whole
};

/// A DICOM file in memory; large values stay on disk until they are asked for. The skeleton is checked first
/// (check_file_structure), so memory and time are bounded by a small multiple of the file, or of what it inflates to.
class DicomDataset {
 public:
  /// @throws InputError if the file is not DICOM, is damaged or is beyond the bounds.
  [[nodiscard]] static DicomDataset load(const std::filesystem::path& path, LoadExtent extent);
  /// The same, or nothing where the file is not DICOM at all.
  [[nodiscard]] static std::optional<DicomDataset> load_if_dicom(const std::filesystem::path& path, LoadExtent extent);
  ~DicomDataset();
  DicomDataset(DicomDataset&&) noexcept;
  DicomDataset& operator=(DicomDataset&&) noexcept;

  [[nodiscard]] DicomItem root() const;
  [[nodiscard]] const std::string& transfer_syntax_uid() const;
  [[nodiscard]] std::uint64_t file_bytes() const;
  /// For the pixel decoder.
  [[nodiscard]] DcmDataset& dcmtk() const;

 private:
  struct Impl;
  explicit DicomDataset(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// DCMTK's global state: its own messages are switched off, its decoders registered. Cheap to call again.
/// @throws EnvironmentError if its data dictionary is not installed.
void prepare_dcmtk();

/// Decimal text to a finite number, or nothing: surrounding blanks are allowed, anything else is not.
[[nodiscard]] std::optional<double> parse_decimal(std::string_view text);

}  // namespace xingu
