// SPDX-License-Identifier: Apache-2.0
#include "dicom/file_structure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "dicom_edit.h"
#include "small_patient.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Bytes of a little-endian explicit file, put together by hand.
class Bytes {
 public:
  Bytes() {
    text_ = std::string(128, '\0') + "DICM";
    element(0x0002, 0x0010, "UI", "1.2.840.10008.1.2.1\0");
  }
  Bytes& tag(unsigned group, unsigned element) { return u16(group).u16(element); }
  Bytes& u16(unsigned value) {
    text_ += static_cast<char>(value & 0xff);
    text_ += static_cast<char>(value >> 8);
    return *this;
  }
  Bytes& u32(std::uint32_t value) { return u16(value & 0xffff).u16(value >> 16); }
  Bytes& element(unsigned group, unsigned number, const char* vr, const std::string& value) {
    tag(group, number);
    text_ += vr;
    u16(static_cast<unsigned>(value.size()));
    text_ += value;
    return *this;
  }
  Bytes& sequence(unsigned group, unsigned number, std::uint32_t length) {
    tag(group, number);
    text_ += std::string("SQ\0\0", 4);
    return u32(length);
  }
  Bytes& item(std::uint32_t length) { return tag(0xfffe, 0xe000).u32(length); }
  Bytes& item_end() { return tag(0xfffe, 0xe00d).u32(0); }
  Bytes& sequence_end() { return tag(0xfffe, 0xe0dd).u32(0); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

constexpr std::uint32_t no_length = 0xffffffffU;

class FileStructure : public testing::Test {
 protected:
  DicomFileStructure check(const std::string& content) {
    std::ofstream(file_, std::ios::binary) << content;
    return check_file_structure(file_);
  }
  std::string refusal(const std::string& content) {
    try {
      static_cast<void>(check(content));
    } catch (const InputError& error) {
      return error.what();
    }
    return {};
  }
  test::TemporaryFolder root_;
  fs::path file_ = root_.path() / "file";
};

TEST_F(FileStructure, tells_other_files_from_dicom) {
  EXPECT_FALSE(check("").is_dicom);
  EXPECT_FALSE(check("a text").is_dicom);
  EXPECT_FALSE(check(std::string(5000, 'x')).is_dicom);
  EXPECT_FALSE(check(std::string(5000, '\0')).is_dicom);
  EXPECT_TRUE(check(Bytes().element(0x0008, 0x0060, "CS", "CT").text()).is_dicom);
}

TEST_F(FileStructure, counts_elements_and_items_of_nested_sequences) {
  Bytes bytes;
  bytes.sequence(0x3006, 0x0010, no_length).item(no_length).element(0x0020, 0x0052, "UI", "1.23");
  bytes.sequence(0x3006, 0x0012, 8 + 12).item(12).element(0x0008, 0x1155, "UI", "1.23").item_end().sequence_end();
  const DicomFileStructure structure = check(bytes.text());
  EXPECT_EQ(structure.transfer_syntax_uid, "1.2.840.10008.1.2.1");
  EXPECT_EQ(structure.num_objects, 8U);
}

TEST_F(FileStructure, accepts_files_without_preamble_or_meta_header) {
  const test::TemporaryFolder folder;
  test::write_small_patient(folder.path());
  std::ifstream in(folder.path() / "RS.dcm", std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  const std::size_t data = whole.find(std::string("\x08\x00\x05\x00", 4), 132);
  const DicomFileStructure structure = check(whole.substr(data));
  EXPECT_TRUE(structure.is_dicom);
  EXPECT_EQ(structure.transfer_syntax_uid, "1.2.840.10008.1.2");
}

TEST_F(FileStructure, refuses_lengths_beyond_file_or_item) {
  EXPECT_THAT(refusal(Bytes().element(0x0008, 0x0060, "CS", "CT").text().substr(0, 166)), HasSubstr("damaged"));
  EXPECT_THAT(refusal(Bytes().sequence(0x3006, 0x0010, 4000).text()),
              HasSubstr("(3006,0010) states 4000 bytes but 0 remain"));
  Bytes inner;
  inner.sequence(0x3006, 0x0010, 20).item(12).tag(0x0008, 0x1155).u16(0x4955).u16(400).u32(0);
  EXPECT_THAT(refusal(inner.text()), HasSubstr("(0008,1155) states 400 bytes but 4 remain"));
}

TEST_F(FileStructure, refuses_every_truncation_or_reads_less) {
  Bytes bytes;
  bytes.sequence(0x3006, 0x0010, no_length)
      .item(no_length)
      .element(0x0020, 0x0052, "UI", "1.23")
      .item_end()
      .sequence_end();
  for (std::size_t size = 132; size < bytes.text().size(); ++size) {
    EXPECT_NO_THROW(static_cast<void>(refusal(bytes.text().substr(0, size))));
  }
}

TEST_F(FileStructure, refuses_sequences_nested_too_deep) {
  Bytes bytes;
  for (int i = 0; i < 10000; ++i) {
    bytes.sequence(0x3006, 0x0010, no_length).item(no_length);
  }
  EXPECT_THAT(refusal(bytes.text()), HasSubstr("nested deeper than 32 sequences"));
}

TEST_F(FileStructure, refuses_unsorted_and_overfull_items) {
  Bytes unsorted;
  for (unsigned i = 5000; i > 0; --i) {
    unsorted.element(0x0009, i, "LO", "");
  }
  EXPECT_THAT(refusal(unsorted.text()), HasSubstr("unsorted"));
  Bytes full;
  for (unsigned i = 0; i < 30000; ++i) {
    full.element(0x0009, i, "LO", "");
  }
  EXPECT_THAT(refusal(full.text()), HasSubstr("too many"));
}

TEST_F(FileStructure, refuses_unknown_value_representations) {
  EXPECT_THAT(refusal(Bytes().element(0x0008, 0x0060, "ZZ", "CT").text()),
              HasSubstr("(0008,0060) has the value representation 'ZZ'"));
}

TEST_F(FileStructure, takes_trailing_zeros_as_padding) {
  EXPECT_TRUE(check(Bytes().element(0x0008, 0x0060, "CS", "CT").text() + std::string(3, '\0')).is_dicom);
}

}  // namespace
}  // namespace xingu
