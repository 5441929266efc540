// SPDX-License-Identifier: Apache-2.0
// Records in every WFDB signal format against the values that the WFDB library's rdsamp printed of them, as the
// wfdb-python project keeps them, and against the checksums of their headers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "ecg/formats/wfdb_record.h"
#include "ecg/wfdb_annotation.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

namespace fs = std::filesystem;

class WfdbReference : public testing::Test {
 protected:
  void SetUp() override {
    if (test::shared_dir().empty() || !fs::exists(folder())) {
      GTEST_SKIP() << test::shared_is_absent();
    }
  }
  static fs::path folder() { return test::shared_dir() / "data" / "ecg" / "wfdb"; }

  /// The numbers of an expected output, row by row; "-" is a missing value.
  static std::vector<std::vector<double>> expected(const std::string& name) {
    const fs::path path = folder() / "target-output" / name;
    FILE* pipe =
        popen(fmt::format("{} '{}'", path.extension() == ".gz" ? "gzip -dc" : "cat", path.string()).c_str(), "r");
    std::string text;
    std::vector<char> block(1 << 16);
    while (const std::size_t got = pipe == nullptr ? 0 : fread(block.data(), 1, block.size(), pipe)) {
      text.append(block.data(), got);
    }
    EXPECT_EQ(pipe == nullptr ? -1 : pclose(pipe), 0);
    std::vector<std::vector<double>> rows;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      rows.emplace_back();
      for (std::string word; words >> word;) {
        rows.back().push_back(word == "-" ? std::nan("") : std::stod(word));
      }
    }
    return rows;
  }

  /// Compares signals, in the given order, from a frame on, in steps or in physical units (printed with eight digits).
  static void expect_equal(const Recording& recording, const std::string& name, std::size_t first,
                           const std::vector<std::size_t>& signals, double tolerance_if_physical) {
    const auto rows = expected(name);
    ASSERT_FALSE(rows.empty());
    ASSERT_LE(first + rows.size(), recording.num_frames);
    std::size_t differing = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      ASSERT_EQ(rows[row].size(), signals.size());
      for (std::size_t k = 0; k < signals.size(); ++k) {
        const StoredSignal& signal = recording.signals[signals[k]];
        const std::int32_t sample = signal.samples[first + row];
        const double value = tolerance_if_physical > 0 ? physical_value(signal, sample) : sample;
        differing += std::abs(value - rows[row][k]) <= tolerance_if_physical ? 0U : 1U;
      }
    }
    EXPECT_EQ(differing, 0U) << name << " of " << rows.size() * signals.size();
  }
};

constexpr double printed = 0.51e-8;

TEST_F(WfdbReference, every_packed_format_equals_rdsamp) {
  expect_equal(read_wfdb(folder() / "binformats"), "record-1f.gz", 0, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 0);
}

TEST_F(WfdbReference, every_flac_format_equals_rdsamp) {
  expect_equal(read_wfdb(folder() / "flacformats"), "record-flac.gz", 0, {0, 1, 2}, 0);
}

TEST_F(WfdbReference, byte_offset_and_gains_equal_rdsamp) {
  const Recording recording = read_wfdb(folder() / "a103l");
  expect_equal(recording, "record-1b", 12500, {2, 0}, printed);
  expect_equal(recording, "record-1c", 20000, {0, 1}, 0);
}

TEST_F(WfdbReference, parts_of_records_equal_rdsamp) {
  expect_equal(read_wfdb(folder() / "100"), "record-2b", 1, {1}, 0);
  expect_equal(read_wfdb(folder() / "310derive"), "record-2d", 2, {0, 1}, 0);
  expect_equal(read_wfdb(folder() / "311derive"), "record-2e", 1, {0}, printed);
}

TEST_F(WfdbReference, several_signal_files_equal_rdsamp) {
  expect_equal(read_wfdb(folder() / "s0010_re"), "record-3b", 5000, {13, 0, 4, 8, 3}, printed);
}

TEST_F(WfdbReference, skew_shifts_one_signal_only) {
  const Recording plain = read_wfdb(folder() / "100");
  const Recording skewed = read_wfdb(folder() / "100skew");
  EXPECT_EQ(skewed.signals[0].samples, plain.signals[0].samples);
  const auto& late = skewed.signals[1].samples;
  EXPECT_TRUE(std::equal(late.begin(), late.end() - 3, plain.signals[1].samples.begin() + 3));
  EXPECT_EQ(late.back(), invalid_sample);
}

TEST_F(WfdbReference, every_record_has_the_checksums_of_its_header) {
  std::size_t records = 0;
  for (const auto& entry : fs::directory_iterator(folder())) {
    if (entry.path().extension() == ".hea") {
      EXPECT_THAT(read_wfdb(entry.path()).warnings, testing::IsEmpty()) << entry.path();
      ++records;
    }
  }
  EXPECT_EQ(records, 14U);
}

TEST_F(WfdbReference, annotations_equal_rdann) {
  const std::vector<Annotation> annotations = read_annotations(folder() / "100.atr");
  std::istringstream lines(read_file(folder() / "target-output" / "ann-1"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    ASSERT_LT(count, annotations.size());
    std::istringstream words(line);
    std::string time;
    std::int64_t sample = -1;
    char symbol = ' ';
    int subtype = -1;
    int channel = -1;
    int number = -1;
    std::string text;
    words >> time >> sample >> symbol >> subtype >> channel >> number >> text;
    const Annotation& found = annotations[count];
    EXPECT_EQ(found.sample, sample);
    EXPECT_EQ(annotation_symbol(found.code), symbol);
    EXPECT_EQ(found.subtype, subtype);
    EXPECT_EQ(found.channel, channel);
    EXPECT_EQ(found.number, number);
    EXPECT_EQ(found.text, text);
  }
  EXPECT_EQ(count, annotations.size());
}

TEST_F(WfdbReference, annotations_are_written_as_they_were_read) {
  for (const char* name : {"100.atr", "100.qrs"}) {
    const std::vector<Annotation> annotations = read_annotations(folder() / name);
    const std::string bytes = encode_annotations(annotations);
    const auto* const begin = reinterpret_cast<const unsigned char*>(bytes.data());
    EXPECT_TRUE(parse_annotations({begin, bytes.size()}, name) == annotations) << name;
  }
}

}  // namespace
}  // namespace xingu::ecg
