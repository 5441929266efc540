// SPDX-License-Identifier: Apache-2.0
#include "plan/aperture_refinement.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "base/philox.h"
#include "plan/segment_columns.h"
#include "plan/synthetic_case.h"

namespace xingu {
namespace {

BeamModel head(std::size_t pairs, double width, double gap = 0.0, double transmission = 0.0) {
  BeamModel model;
  MultileafCollimator& mlc = model.mlc;
  for (std::size_t i = 0; i <= pairs; ++i) {
    mlc.boundaries_mm.push_back(width * (static_cast<double>(i) - 0.5 * static_cast<double>(pairs)));
  }
  mlc.min_gap_mm = gap;
  mlc.transmission = transmission;
  return model;
}

double objective_of(const InfluenceMatrix& matrix, const Objective& objective, const MultileafCollimator& mlc,
                    const std::vector<PlannedBeam>& beams) {
  std::vector<float> mu;
  for (const PlannedBeam& beam : beams) {
    for (const Segment& segment : beam.segments) {
      mu.push_back(static_cast<float>(segment.mu));
    }
  }
  std::vector<float> dose(matrix.num_rows());
  segment_matrix(matrix, beams, mlc.transmission).multiply(mu, dose);
  return objective.value(dose);
}

/// A film under bare beamlets, 5 mm wide: a sample sees one beamlet, and the objective asks it for a dose of its own.
struct Film {
  static constexpr int columns = 8;
  InfluenceMatrix matrix{columns * 2};
  PlanProblem problem;
  std::vector<ObjectiveSpec> specs;

  explicit Film(const PlannedBeam& planted) {
    InfluenceMatrix::Beam beam{5.0, {}, InfluenceBlock(columns * 2)};
    for (std::uint32_t i = 0; i < columns * 2; ++i) {
      beam.block.append_column(std::vector<MatrixEntry>{{i, 1.0F}});
      beam.beamlets.push_back({-17.5F + 5.0F * static_cast<float>(i % columns), i < columns ? -2.5F : 2.5F});
      const std::string name = fmt::format("pixel {}", i);
      problem.points.position_mm.emplace_back(0, 0, 0);
      problem.points.volume_mm3.push_back(1.0F);
      problem.target_distance_mm.push_back(0.0F);
      problem.groups.push_back({name, {i}, {1.0F}});
      double dose = 0.0;
      for (const Segment& segment : planted.segments) {
        dose += segment.mu * opening_of(segment, planted.leaf_boundaries_mm, beam.beamlets.back(), 5.0);
      }
      for (const ObjectiveKind kind : {ObjectiveKind::underdose, ObjectiveKind::overdose}) {
        specs.push_back({.structure = name, .kind = kind, .weight = 1.0, .dose_Gy = dose});
      }
    }
    matrix.append(std::move(beam));
  }
};

PlannedBeam planted_beam(const MultileafCollimator& mlc) {
  PlannedBeam beam;
  beam.leaf_boundaries_mm = mlc.boundaries_mm;
  beam.segments = {{{-12.7, -8.3}, {11.4, 3.2}, 30.0}};
  return beam;
}

/// A film whose doses one aperture of two pairs can give, and that aperture to begin from.
class PlantedAperture : public testing::Test {
 protected:
  const BeamModel model = head(2, 5.0);
  const MultileafCollimator& mlc = model.mlc;
  const PlannedBeam planted = planted_beam(mlc);
  const Film film{planted};
  const Objective objective{film.specs, film.problem};
  std::vector<PlannedBeam> beams{planted};
};

TEST_F(PlantedAperture, is_found_again) {
  beams[0].segments[0].left_mm = {-15.0, -5.0};
  beams[0].segments[0].right_mm = {5.0, 7.0};
  const double before = objective_of(film.matrix, objective, mlc, beams);
  ApertureRefinementOptions options;
  options.objective_tolerance = 1e-9;
  options.max_iterations = 500;
  const ApertureRefinement result = refine_apertures(film.matrix, objective, model, 1.0, beams, options);
  EXPECT_NEAR(result.objective_before, before, 1e-4 * before);
  EXPECT_LT(result.objective_after, 1e-5 * before);
  EXPECT_NEAR(result.objective_after, objective_of(film.matrix, objective, mlc, beams), 1e-5 * before);
  for (std::size_t pair = 0; pair < 2; ++pair) {
    EXPECT_NEAR(beams[0].segments[0].left_mm[pair], planted.segments[0].left_mm[pair], 0.05);
    EXPECT_NEAR(beams[0].segments[0].right_mm[pair], planted.segments[0].right_mm[pair], 0.05);
  }
}

TEST_F(PlantedAperture, has_the_mu_of_all_fractions) {
  beams[0].segments[0].mu = 3.0;
  const ApertureRefinement result = refine_apertures(film.matrix, objective, model, 10.0, beams);
  EXPECT_LT(result.objective_before, 1e-6);
  EXPECT_EQ(beams[0].segments[0].left_mm, planted.segments[0].left_mm);
  EXPECT_EQ(beams[0].segments[0].mu, 3.0);
}

/// One segment for each beam of a synthetic case: the target's outline, with tips put aside at random.
std::vector<PlannedBeam> rough_segments(const test::SyntheticCase& synthetic, const MultileafCollimator& mlc,
                                        double mu) {
  std::vector<PlannedBeam> beams(synthetic.matrix.num_beams());
  const Philox random(7, 0);
  std::uint64_t draw = 0;
  for (std::size_t b = 0; b < beams.size(); ++b) {
    const InfluenceMatrix::Beam& beam = synthetic.matrix.beam(b);
    beams[b].leaf_boundaries_mm = mlc.boundaries_mm;
    Segment segment{std::vector<double>(mlc.num_pairs(), 0.0), std::vector<double>(mlc.num_pairs(), mlc.min_gap_mm),
                    mu};
    for (std::size_t pair = 0; pair < mlc.num_pairs(); ++pair) {
      const double middle = 0.5 * (mlc.boundaries_mm[pair] + mlc.boundaries_mm[pair + 1]);
      double low = std::numeric_limits<double>::infinity();
      double high = -low;
      for (const Beamlet& beamlet : beam.beamlets) {
        if (std::abs(static_cast<double>(beamlet.y_mm) - middle) < 2.5) {
          low = std::min(low, static_cast<double>(beamlet.x_mm) - 2.5);
          high = std::max(high, static_cast<double>(beamlet.x_mm) + 2.5);
        }
      }
      if (low < high) {
        segment.left_mm[pair] = low + 10.0 * random.uniform(draw++);
        segment.right_mm[pair] = std::max(segment.left_mm[pair] + mlc.min_gap_mm, high - 10.0 * random.uniform(draw++));
      }
    }
    beams[b].segments = {segment, segment};
    beams[b].segments[1].mu = 0.5 * mu;
  }
  return beams;
}

TEST(ApertureRefinement, lowers_the_objective_within_gap_and_raster_whatever_the_number_of_threads) {
  const test::SyntheticCase synthetic = test::synthetic_case({.num_beams = 5});
  const Objective objective(synthetic.objectives, synthetic.problem);
  const BeamModel model = head(40, 5.0, 2.0, 0.01);
  const MultileafCollimator& mlc = model.mlc;
  const std::vector<PlannedBeam> rough = rough_segments(synthetic, mlc, 150.0);
  std::vector<std::vector<PlannedBeam>> refined;
  for (const int threads : {1, 4}) {
    set_num_threads(threads);
    refined.push_back(rough);
    const ApertureRefinement result = refine_apertures(synthetic.matrix, objective, model, 1.0, refined.back());
    EXPECT_LT(result.objective_after, 0.9 * result.objective_before);
    EXPECT_NEAR(objective_of(synthetic.matrix, objective, mlc, refined.back()), result.objective_after,
                2e-3 * result.objective_after);
  }
  set_num_threads(0);
  for (std::size_t b = 0; b < rough.size(); ++b) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const Beamlet& beamlet : synthetic.matrix.beam(b).beamlets) {
      low = std::min(low, static_cast<double>(beamlet.x_mm) - 2.5);
      high = std::max(high, static_cast<double>(beamlet.x_mm) + 2.5);
    }
    for (std::size_t s = 0; s < 2; ++s) {
      const Segment& segment = refined[0][b].segments[s];
      EXPECT_EQ(segment.left_mm, refined[1][b].segments[s].left_mm);
      EXPECT_EQ(segment.right_mm, refined[1][b].segments[s].right_mm);
      for (std::size_t pair = 0; pair < mlc.num_pairs(); ++pair) {
        EXPECT_GE(segment.right_mm[pair] - segment.left_mm[pair], 2.0 - 1e-9);
        EXPECT_GE(segment.left_mm[pair], std::min(low, rough[b].segments[s].left_mm[pair]));
        EXPECT_LE(segment.right_mm[pair], std::max(high, rough[b].segments[s].right_mm[pair]));
      }
    }
  }
}

TEST(ApertureRefinement, ends_as_low_as_a_search_over_all_positions_of_one_pair) {
  const BeamModel model = head(1, 10.0);
  const MultileafCollimator& mlc = model.mlc;
  PlannedBeam wanted;
  wanted.leaf_boundaries_mm = mlc.boundaries_mm;
  wanted.segments = {{{-11.0}, {6.5}, 20.0}, {{-3.0}, {12.0}, 10.0}};  // which one segment cannot give
  const Film film(wanted);
  const Objective objective(film.specs, film.problem);
  std::vector<PlannedBeam> beams{wanted};
  const auto value = [&](double left, double right) {
    beams[0].segments = {{{left}, {right}, 25.0}};
    return objective_of(film.matrix, objective, mlc, beams);
  };
  double lowest = std::numeric_limits<double>::infinity();
  for (double left = -20.0; left < 0.0; left += 0.25) {
    for (double right = 0.0; right <= 20.0; right += 0.25) {
      lowest = std::min(lowest, value(left, right));
    }
  }
  beams[0].segments = {{{-15.0}, {15.0}, 25.0}};
  ApertureRefinementOptions options;
  options.objective_tolerance = 1e-7;
  const ApertureRefinement result = refine_apertures(film.matrix, objective, model, 1.0, beams, options);
  EXPECT_LE(result.objective_after, 1.02 * lowest);
}

}  // namespace
}  // namespace xingu
