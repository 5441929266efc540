// SPDX-License-Identifier: Apache-2.0
#include "geometry/mha.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/philox.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

using testing::HasSubstr;

class Mha : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "volume.mha"; }

  std::string refusal_of(const std::string& content) {
    std::ofstream(file(), std::ios::binary) << content;
    try {
      static_cast<void>(read_mha(file()));
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

 private:
  test::TemporaryFolder folder_;
};

std::string with(const std::string& header, const std::string& data = std::string(24, '\0')) {
  return "ObjectType = Image\nNDims = 3\n" + header + "ElementDataFile = LOCAL\n" + data;
}

TEST_F(Mha, comes_back_bit_for_bit) {
  Grid grid;
  grid.size = {5, 3, 4};
  grid.spacing = {0.1, 2.5, 1.0 / 3.0};
  grid.origin = {-123.456789, 7e-3, 1e3};
  Volume<float> volume(grid);
  const Philox random(1, 2);
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    volume[i] = static_cast<float>(100 * random.uniform(i) - 30);
  }
  write_mha(file(), volume);
  const Volume<float> again = read_mha(file());
  EXPECT_TRUE(again.grid() == grid);
  EXPECT_TRUE(std::ranges::equal(again.values(), volume.values()));
}

TEST_F(Mha, reads_integers_and_big_endian_data) {
  write_file(file(), with("DimSize = 2 1 1\nElementSpacing = 1 1 2\nElementType = MET_SHORT\n",
                          std::string("\xfe\xff\x01\x02", 4)));
  EXPECT_EQ(read_mha(file())[0], -2);
  EXPECT_EQ(read_mha(file())[1], 513);
  write_file(file(),
             with("BinaryDataByteOrderMSB = True\nDimSize = 2 1 1\nElementSpacing = 1 1 2\nElementType = MET_USHORT\n",
                  std::string("\xff\xfe\x01\x02", 4)));
  EXPECT_EQ(read_mha(file())[0], 65534);
  EXPECT_EQ(read_mha(file())[1], 258);
}

TEST_F(Mha, refuses_what_it_cannot_trust_in_one_sentence) {
  const std::string good = "DimSize = 3 2 1\nElementSpacing = 1 1 2\nElementType = MET_FLOAT\n";
  EXPECT_EQ(refusal_of(with(good)), "");
  EXPECT_THAT(refusal_of(""), HasSubstr("not a MetaImage"));
  EXPECT_THAT(refusal_of(std::string(200000, 'x')), HasSubstr("not a MetaImage"));
  EXPECT_THAT(refusal_of(with(good, std::string(23, '\0'))), HasSubstr("holds 23 bytes"));
  EXPECT_THAT(refusal_of(with("DimSize = 60000 60000 60000\nElementSpacing = 1 1 2\nElementType = MET_FLOAT\n")),
              HasSubstr("crop"));
  EXPECT_THAT(refusal_of(with("DimSize = -3 2 1\nElementSpacing = 1 1 2\nElementType = MET_FLOAT\n")),
              HasSubstr("DimSize"));
  EXPECT_THAT(refusal_of(with("DimSize = 3 2\nElementSpacing = 1 1 2\nElementType = MET_FLOAT\n")),
              HasSubstr("3 numbers"));
  EXPECT_THAT(refusal_of(with("DimSize = 3 2 1\nElementSpacing = 0 1 2\nElementType = MET_FLOAT\n")),
              HasSubstr("voxel size"));
  EXPECT_THAT(refusal_of(with("DimSize = 3 2 1\nElementSpacing = nan 1 2\nElementType = MET_FLOAT\n")),
              HasSubstr("numbers"));
  EXPECT_THAT(refusal_of(with("CompressedData = True\n" + good)), HasSubstr("CompressedData"));
  EXPECT_THAT(refusal_of(with("TransformMatrix = 0 1 0 1 0 0 0 0 1\n" + good)), HasSubstr("identity"));
  EXPECT_THAT(refusal_of(with("DimSize = 3 2 1\nElementSpacing = 1 1 2\nElementType = MET_STRING\n")),
              HasSubstr("MET_STRING"));
  EXPECT_THAT(refusal_of("NDims = 3\n" + good + "ElementDataFile = /etc/passwd\n"), HasSubstr("not followed"));
  EXPECT_THAT(refusal_of(with(good, std::string(24, '\xff'))), HasSubstr("not finite"));
}

TEST_F(Mha, survives_mutated_headers) {
  const std::string good = with("Offset = 1 2 3\nDimSize = 3 2 1\nElementSpacing = 1 1 2\nElementType = MET_FLOAT\n");
  const Philox random(9, 9);
  for (std::uint64_t i = 0; i < 300; ++i) {
    std::string bad = good;
    for (std::uint64_t k = 0; k < 3; ++k) {
      bad[static_cast<std::size_t>(random.uniform(6 * i + 2 * k) * static_cast<double>(bad.size()))] =
          static_cast<char>(256 * random.uniform(6 * i + 2 * k + 1));
    }
    EXPECT_NO_FATAL_FAILURE(static_cast<void>(refusal_of(bad)));
  }
}

}  // namespace
}  // namespace xingu
