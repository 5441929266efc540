// SPDX-License-Identifier: Apache-2.0
#include "dose/tank.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/philox.h"
#include "dose/dose_engine.h"
#include "dose/field_fluence.h"
#include "dose/tank_output.h"

namespace xingu {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

const MaterialTable& materials() {
  static const MaterialTable table = MaterialTable::shipped();
  return table;
}

/// Water everywhere, a dose that is known in closed form: what a tank needs of an engine, without its physics.
class AnalyticEngine final : public DoseEngine {
 public:
  [[nodiscard]] Volume<float> compute(const DensityImage& image, const BeamGeometry& geometry,
                                      const FluenceMap& fluence, const Grid& grid) const override {
    Volume<float> dose(grid);
    const double surface = image.density.grid().lower().y();
    for (int z = 0; z < grid.nz(); ++z) {
      for (int y = 0; y < grid.ny(); ++y) {
        for (int x = 0; x < grid.nx(); ++x) {
          const Vec3 p = grid.centre(x, y, z);
          const double spread = geometry.sad_mm / (geometry.sad_mm + p.y());
          const bool is_open = std::abs(p.x() * spread) < 0.5 * fluence.nx * fluence.pixel_mm;
          dose.at(x, y, z) =
              is_open ? static_cast<float>(1e-11 * std::exp(-0.005 * (p.y() - surface)) * spread * spread) : 0.0F;
        }
      }
    }
    return dose;
  }
  [[nodiscard]] std::string description() const override { return "analytic"; }
};

TEST(Tank, files_that_are_shipped_are_the_references_geometries) {
  for (const char* name : {"water-10x10", "water-2x2", "slab-5x5"}) {
    const TankSetup setup = load_tank(name, materials());
    EXPECT_EQ(setup.tank.name, name);
    EXPECT_EQ(setup.field.ssd_mm, 900.0);
    EXPECT_EQ(setup.field.sad_mm, 1000.0);
    EXPECT_TRUE(setup.field.machine.empty());
    EXPECT_EQ(setup.depth_dose.edges_mm.front(), 0.0);
    EXPECT_EQ(setup.depth_dose.edges_mm.back(), 300.0);
    EXPECT_GE(setup.profiles.size(), 4U);
  }
  const TankSetup slab = load_tank("slab-5x5", materials());
  ASSERT_EQ(slab.tank.parts.size(), 2U);
  EXPECT_EQ(slab.tank.parts[1].material, "lung");
  EXPECT_EQ(slab.field.field_mm[0], 50.0);
}

TEST(Tank, image_puts_every_layer_at_its_depth) {
  const TankSetup slab = load_tank("slab-5x5", materials());
  const DensityImage image = tank_image(slab.tank, 900.0, 1000.0, 2.5);
  const Grid& grid = image.density.grid();
  EXPECT_EQ(grid.size, (std::array<int, 3>{120, 120, 120}));
  EXPECT_NEAR(grid.lower().y(), -100.0, 1e-9);
  EXPECT_NEAR(grid.upper().y(), 200.0, 1e-9);
  EXPECT_NEAR(grid.lower().x(), -150.0, 1e-9);
  const auto at_depth = [&](double depth) {
    const int y = static_cast<int>((depth - 100.0 - grid.lower().y()) / grid.spacing.y());
    return std::pair(image.density.at(60, y, 60), image.material_names[image.material.at(60, y, 60)]);
  };
  EXPECT_EQ(at_depth(29), std::pair(1.0F, std::string("water")));
  EXPECT_EQ(at_depth(31), std::pair(1.85F, std::string("cortical_bone_icrp")));
  EXPECT_EQ(at_depth(49), std::pair(1.85F, std::string("cortical_bone_icrp")));
  EXPECT_EQ(at_depth(51), std::pair(0.26F, std::string("lung")));
  EXPECT_EQ(at_depth(119), std::pair(0.26F, std::string("lung")));
  EXPECT_EQ(at_depth(121), std::pair(1.0F, std::string("water")));
}

TEST(Tank, image_keeps_the_mass_of_boxes_that_cut_voxels) {
  const TankSetup setup = parse_tank(
      "grid_mm = 4\n[tank]\nwidth_mm=40\nlength_mm=48\ndepth_mm=30\nmaterial='water'\n"
      "[[box]]\nx_mm=[-3.3,9.1]\ny_mm=[-2,7.7]\ndepth_mm=[4.1,13]\nmaterial='titanium'\n",
      "t.toml", materials());
  for (const double grid_mm : {1.0, 3.0, 4.0, 10.0}) {
    const DensityImage image = tank_image(setup.tank, 900, 1000, grid_mm);
    const auto values = image.density.values();
    const double mass = std::accumulate(values.begin(), values.end(), 0.0) * image.density.grid().voxel_volume_mm3();
    EXPECT_NEAR(mass, 40.0 * 48 * 30 + (4.54 - 1.0) * 12.4 * 9.7 * 8.9, 0.5) << grid_mm;
  }
}

TEST(Tank, beam_runs_down_the_depth_axis_and_meets_the_surface_at_the_ssd) {
  const BeamGeometry beam = tank_beam(1000.0);
  EXPECT_LT((beam.direction_P() - Vec3(0, 1, 0)).norm(), 1e-12);
  EXPECT_LT((beam.X_PB.rotation().col(0) - Vec3(1, 0, 0)).norm(), 1e-12);
  EXPECT_LT((beam.X_PB.rotation().col(1) - Vec3(0, 0, 1)).norm(), 1e-12);
  const DensityImage image = tank_image(load_tank("water-2x2", materials()).tank, 900, 1000, 10);
  EXPECT_NEAR(image.density.grid().lower().y() - beam.source_P().y(), 900.0, 1e-9);
}

TEST(BoxMean, agrees_with_sampling_many_points) {
  Grid grid;
  grid.size = {5, 4, 3};
  grid.origin = Vec3(1, 2, 3);
  grid.spacing = Vec3(1.5, 2.0, 2.5);
  Volume<float> volume(grid);
  const Philox random(5, 5);
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    volume[i] = static_cast<float>(random.uniform(i));
  }
  const Vec3 lower(-1.0, 1.3, 2.2);
  const Vec3 upper(4.4, 6.9, 9.0);
  double sum = 0.0;
  constexpr int n = 60;
  for (int i = 0; i < n * n * n; ++i) {
    const Vec3 u((i % n + 0.5) / n, (i / n % n + 0.5) / n, (i / (n * n) + 0.5) / n);
    const Vec3 c = grid.coordinates(lower + u.cwiseProduct(upper - lower));
    const auto voxel = [&](int a) { return static_cast<int>(std::floor(c[a] + 0.5)); };
    sum += grid.contains(voxel(0), voxel(1), voxel(2)) ? static_cast<double>(volume.at(voxel(0), voxel(1), voxel(2)))
                                                       : 0.0;
  }
  EXPECT_NEAR(box_mean(volume, lower, upper), sum / (n * n * n), 0.01);
  EXPECT_NEAR(box_mean(volume, grid.lower(), grid.upper()),
              std::accumulate(volume.values().begin(), volume.values().end(), 0.0) / 60.0, 1e-6);
}

TEST(Tank, scores_are_the_means_of_a_known_dose) {
  TankSetup setup = load_tank("water-10x10", materials());
  const DensityImage image = tank_image(setup.tank, 900, 1000, 2.5);
  const FluenceMap fluence =
      field_fluence(ideal_point_source(monoenergetic(1.0), 1000.0), FieldRectangle{-50, 50, -50, 50}).total();
  const Volume<float> dose = AnalyticEngine().compute(image, tank_beam(1000), fluence, image.density.grid());
  const TankScores scores = score_tank(dose, setup, -100.0);
  ASSERT_EQ(scores.depth_dose.size(), setup.depth_dose.edges_mm.size() - 1);
  for (const TankScore& s : scores.depth_dose) {
    const double depth = 0.5 * (s.depth_mm[0] + s.depth_mm[1]);
    const double expected = 1e-11 * std::exp(-0.005 * depth) * std::pow(1000 / (900 + depth), 2);
    EXPECT_NEAR(s.dose / expected, 1.0, 0.01) << depth;
  }
  ASSERT_EQ(scores.profiles.size(), setup.profiles.size());
  const auto& profile = scores.profiles[2];  // at 100 mm depth, the isocentre plane
  EXPECT_GT(profile[3].dose, 0.9 * profile[0].dose);
  EXPECT_EQ(profile.back().dose, 0.0);
}

TEST(Tank, figures_are_those_of_a_parabola_about_the_maximum) {
  TankScores scores;
  for (double depth = 0; depth < 250; depth += 5) {
    const double middle = depth + 2.5;
    scores.depth_dose.push_back({{depth, depth + 5}, {-5, 5}, 1e-11 - 1e-16 * (middle - 14) * (middle - 14)});
  }
  const TankFigures figures = tank_figures(scores);
  EXPECT_NEAR(figures.dmax_mm, 14.0, 1e-6);
  EXPECT_NEAR(figures.pdd10.value(), 100 * (1 - 1e-5 * 86 * 86), 0.02);
  EXPECT_FALSE(tank_figures({{{{0, 2}, {0, 1}, 1.0}}, {}}).pdd10.has_value());
  EXPECT_THROW((void)tank_figures({}), InputError);
}

TEST(Tank, writes_tables_that_name_their_units_and_edges) {
  TankScores scores;
  scores.depth_dose = {{{0, 2}, {-5, 5}, 4e-12}, {{2, 4}, {-5, 5}, 8e-12}};
  scores.profiles = {{{{9, 11}, {0, 5}, 8e-12}, {{9, 11}, {5, 10}, 2e-12}}};
  const std::string depth = depth_dose_csv(scores, {"a tank"}, 0.0);
  EXPECT_THAT(depth, HasSubstr("# a tank\n"));
  EXPECT_THAT(depth, HasSubstr("dose_Gy_cm2_per_unit_axis_fluence_at_iso,percent_of_maximum\n"));
  EXPECT_THAT(depth, HasSubstr("1.0000,0.0000,2.0000,4.000000e-12,50.0000\n"));
  EXPECT_THAT(depth_dose_csv(scores, {}, 1e9), HasSubstr("8.000000e-12,100.0000,8.000000e-03\n"));
  EXPECT_THAT(profiles_csv(scores, {}, 0.0),
              HasSubstr("10.0000,9.0000,11.0000,7.5000,5.0000,10.0000,2.000000e-12,25.0000\n"));
  const std::string svg = tank_svg(scores, {"a <tank>"});
  EXPECT_THAT(svg, HasSubstr("depth / mm"));
  EXPECT_THAT(svg, HasSubstr("10⁻¹² Gy cm²"));
  EXPECT_THAT(svg, HasSubstr("a &lt;tank>"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("href")));
}

TEST(Tank, file_errors_name_the_key) {
  const auto parse = [](const std::string& text) { return [text] { (void)parse_tank(text, "t.toml", materials()); }; };
  EXPECT_THAT(parse("[tank]\nmaterial='watr'\n"), ThrowsMessage<InputError>(HasSubstr("tank.material")));
  EXPECT_THAT(parse("[tank]\nmaterial='water'\n[[layer]]\ndepth_mm=[5,2]\nmaterial='lung'\n"),
              ThrowsMessage<InputError>(HasSubstr("layer.depth_mm")));
  EXPECT_THAT(parse("[tank]\nmaterial='water'\n[field]\nfield_mm=[10]\n"),
              ThrowsMessage<InputError>(HasSubstr("field_mm")));
  EXPECT_THAT(parse("[tank]\nmaterial='water'\n[scoring]\ndepth_edges_mm=[0,2,1]\n"),
              ThrowsMessage<InputError>(HasSubstr("depth_edges_mm")));
  EXPECT_THAT(parse("[tank]\nmaterial='water'\nwidth_m=3\n"), ThrowsMessage<InputError>(HasSubstr("width_mm")));
}

TEST(Tank, without_stated_scoring_has_bins_of_the_grid) {
  TankSetup setup = parse_tank("grid_mm = 3\n[tank]\nmaterial='water'\n", "t.toml", materials());
  EXPECT_FALSE(setup.is_scoring_stated);
  EXPECT_EQ(setup.depth_dose.edges_mm.size(), 101U);
  EXPECT_EQ(setup.profiles.size(), 4U);
  setup.field.field_mm = {10, 10};
  score_by_default(setup);
  EXPECT_EQ(setup.depth_dose.half_width_mm, 2.5);
}

}  // namespace
}  // namespace xingu
