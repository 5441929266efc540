// SPDX-License-Identifier: Apache-2.0
#include "dose/influence_calculator.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/parallel.h"
#include "dose/beamlet_layout.h"
#include "support/test_paths.h"
#include "support/thread_ranks.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;

class InfluenceCalculatorTest : public ::testing::Test {
 protected:
  InfluenceCalculatorTest() {
    Grid grid;
    grid.size = {30, 30, 30};
    grid.spacing = Vec3::Constant(5.0);
    grid.origin = Vec3(-72.5, -72.5, -72.5);
    image_ = {Volume<float>(grid, 1.0F), Volume<std::uint8_t>(grid, 0), {"water"}};
    for (int z = 0; z < 30; ++z) {
      for (int y = 0; y < 30; ++y) {
        for (int x = 0; x < 30; ++x) {
          samples_.position_mm.push_back(grid.centre(x, y, z).cast<float>());
          samples_.volume_mm3.push_back(125.0F);
        }
      }
    }
    const std::vector<Eigen::Vector3f> target{{-6, 0, 0}, {6, 0, 0}, {0, 6, 0}, {0, 0, 6}};
    for (const Vec3& direction : {Vec3(0, 1, 0), Vec3(1, 0, 0), Vec3(0.6, 0, 0.8)}) {
      const BeamGeometry geometry =
          beam_geometry(room_angles(direction, PatientPosition::hfs), PatientPosition::hfs, Vec3::Zero(), 800.0);
      beams_.push_back({geometry, lay_beamlets(target, geometry, 5.0, 2.5)});
    }
  }

  [[nodiscard]] InfluenceCalculator::Config config() const {
    InfluenceCalculator::Config result;
    result.beamlet.quality = ConeQuality::draft;
    result.beamlet.slab_mm = 5.0;
    return result;
  }

  static std::shared_ptr<const PhotonPhysics> physics() {
    static const auto instance =
        std::make_shared<const PhotonPhysics>(std::vector<double>{1.0, 3.0}, std::vector<double>{0.6, 0.4},
                                              PointKernels::read(find_shipped("data/kernels/water_point_kernels.csv")),
                                              PhotonCrossSections::shipped(), MaterialTable::shipped());
    return instance;
  }

  [[nodiscard]] InfluenceMatrix compute(const InfluenceCalculator::Config& config) const {
    return InfluenceCalculator(physics(), image_, samples_, config).compute(beams_);
  }

  /// The root's matrix of several ranks.
  [[nodiscard]] InfluenceMatrix compute_with(int num_ranks, const InfluenceCalculator::Config& config) const {
    std::optional<InfluenceMatrix> matrix;
    test::ThreadRanks::run(num_ranks, [&](Ranks& ranks) {
      InfluenceCalculator::Config own = config;
      own.ranks = &ranks;
      InfluenceMatrix computed = compute(own);
      if (ranks.is_root()) {
        matrix.emplace(std::move(computed));
      } else {
        EXPECT_EQ(computed.num_columns(), 0U);
      }
    });
    return std::move(*matrix);
  }

  [[nodiscard]] std::vector<float> dose(const InfluenceMatrix& matrix) const {
    const std::vector<float> x(matrix.num_columns(), 1.0F);
    std::vector<float> result(matrix.num_rows());
    matrix.multiply(x, result);
    return result;
  }

  static double sum(const std::vector<float>& values) {
    double total = 0.0;
    for (const float v : values) {
      total += static_cast<double>(v);
    }
    return total;
  }

  DensityImage image_;
  SamplePoints samples_;
  std::vector<InfluenceBeam> beams_;
};

TEST_F(InfluenceCalculatorTest, keeps_the_expected_dose_when_it_thins_out_small_entries) {
  auto exact = config();
  exact.threshold = 1e-7;
  auto thinned = config();
  thinned.threshold = 2e-2;
  const InfluenceMatrix full = compute(exact);
  const InfluenceMatrix sparse = compute(thinned);
  EXPECT_LT(sparse.num_nonzeros(), full.num_nonzeros() / 3);
  const double expected = sum(dose(full));
  EXPECT_NEAR(sum(dose(sparse)), expected, 0.01 * expected);
}

TEST_F(InfluenceCalculatorTest, gives_the_same_matrix_for_any_number_of_ranks) {
  const InfluenceMatrix alone = compute(config());
  for (const int num_ranks : {2, 5}) {
    const InfluenceMatrix shared = compute_with(num_ranks, config());
    ASSERT_EQ(shared.num_beams(), alone.num_beams());
    for (std::size_t b = 0; b < alone.num_beams(); ++b) {
      const InfluenceBlock::Arrays expected = alone.beam(b).block.arrays();
      const InfluenceBlock::Arrays arrays = shared.beam(b).block.arrays();
      EXPECT_EQ(arrays.rows, expected.rows);
      EXPECT_EQ(arrays.values, expected.values);
      EXPECT_EQ(arrays.scale, expected.scale);
      EXPECT_EQ(arrays.segment_start, expected.segment_start);
    }
  }
}

TEST_F(InfluenceCalculatorTest, keeps_large_entries_exactly) {
  auto exact = config();
  exact.threshold = 1e-7;
  auto thinned = config();
  thinned.threshold = 2e-2;
  const auto full = compute(exact).beam(0).block.column(0);
  const auto sparse = compute(thinned).beam(0).block.column(0);
  float largest = 0.0F;
  for (const MatrixEntry& e : full) {
    largest = std::max(largest, e.value);
  }
  std::size_t k = 0;
  for (const MatrixEntry& e : full) {
    if (e.value > 0.021F * largest) {
      while (k < sparse.size() && sparse[k].row < e.row) {
        ++k;
      }
      ASSERT_TRUE(k < sparse.size() && sparse[k].row == e.row);
      EXPECT_NEAR(sparse[k].value, e.value, largest / 60000);
    }
  }
}

TEST_F(InfluenceCalculatorTest, gives_the_same_bits_for_any_number_of_threads) {
  set_num_threads(1);
  const auto one = dose(compute(config()));
  set_num_threads(4);
  const auto four = dose(compute(config()));
  set_num_threads(0);
  EXPECT_EQ(one, four);
}

TEST_F(InfluenceCalculatorTest, takes_finished_beams_from_the_store) {
  const test::TemporaryFolder folder;
  auto stored = config();
  stored.store = folder.path();
  const auto first = dose(compute(stored));
  InfluenceCalculator again(physics(), image_, samples_, stored);
  const auto second = dose(again.compute(beams_));
  EXPECT_EQ(again.num_resumed(), beams_.size());
  EXPECT_EQ(first, second);
}

TEST_F(InfluenceCalculatorTest, computes_a_damaged_stored_beam_again) {
  const test::TemporaryFolder folder;
  auto stored = config();
  stored.store = folder.path();
  const auto first = dose(compute(stored));
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    fs::resize_file(entry.path(), fs::file_size(entry.path()) / 2);
  }
  InfluenceCalculator again(physics(), image_, samples_, stored);
  EXPECT_EQ(dose(again.compute(beams_)), first);
  EXPECT_EQ(again.num_resumed(), 0U);
}

TEST_F(InfluenceCalculatorTest, does_not_mistake_stored_beams_of_another_patient) {
  const test::TemporaryFolder folder;
  auto stored = config();
  stored.store = folder.path();
  static_cast<void>(compute(stored));
  image_.density[0] = 0.9F;
  InfluenceCalculator other(physics(), image_, samples_, stored);
  static_cast<void>(other.compute(beams_));
  EXPECT_EQ(other.num_resumed(), 0U);
}

TEST_F(InfluenceCalculatorTest, predicts_the_size_of_the_matrix) {
  InfluenceCalculator calculator(physics(), image_, samples_, config());
  const auto prediction = calculator.predict(beams_);
  const InfluenceMatrix matrix = calculator.compute(beams_);
  EXPECT_EQ(prediction.num_beamlets, matrix.num_columns());
  EXPECT_NEAR(prediction.bytes, static_cast<double>(matrix.num_bytes()),
              0.25 * static_cast<double>(matrix.num_bytes()));
}

TEST_F(InfluenceCalculatorTest, samples_more_coarsely_to_hold_the_memory_limit_and_says_so) {
  InfluenceCalculator unlimited(physics(), image_, samples_, config());
  auto limited_config = config();
  limited_config.memory_limit_bytes = 0.7 * unlimited.predict(beams_).bytes;
  InfluenceCalculator limited(physics(), image_, samples_, limited_config);
  const auto prediction = limited.predict(beams_);
  EXPECT_FALSE(prediction.note.empty());
  EXPECT_LE(prediction.bytes, limited_config.memory_limit_bytes);
}

TEST_F(InfluenceCalculatorTest, refuses_a_limit_that_cannot_be_held) {
  auto tiny = config();
  tiny.memory_limit_bytes = 1000;
  InfluenceCalculator calculator(physics(), image_, samples_, tiny);
  EXPECT_THROW(static_cast<void>(calculator.predict(beams_)), InputError);
}

}  // namespace
}  // namespace xingu
