// SPDX-License-Identifier: Apache-2.0
#include "plan/dose_metric.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "base/error.h"
#include "base/philox.h"

namespace xingu {
namespace {

TEST(DoseMetric, reads_each_form) {
  struct Case {
    const char* text;
    MetricKind kind;
    double at;
    const char* unit;
  };
  for (const Case& c :
       {Case{"D95%[Gy]", MetricKind::dose_at_percent, 95.0, "Gy"},
        Case{"D95%[%]", MetricKind::dose_at_percent, 95.0, "%"},
        Case{"D0.035cc[Gy]", MetricKind::dose_at_cc, 0.035, "Gy"},
        Case{"V20Gy[%]", MetricKind::volume_percent, 20.0, "%"}, Case{"V11.9Gy[cc]", MetricKind::volume_cc, 11.9, "cc"},
        Case{"CV9.1Gy[cc]", MetricKind::cold_volume_cc, 9.1, "cc"}, Case{"Mean[Gy]", MetricKind::mean, 0.0, "Gy"},
        Case{"Max[%]", MetricKind::max, 0.0, "%"}, Case{"Min[Gy]", MetricKind::min, 0.0, "Gy"},
        Case{"gEUD8[Gy]", MetricKind::geud, 8.0, "Gy"}, Case{"D5%/D95%", MetricKind::dose_ratio, 5.0, ""},
        Case{"Paddick", MetricKind::paddick, 0.0, ""}, Case{"GI", MetricKind::gradient_index, 0.0, ""},
        Case{"R50", MetricKind::r50, 0.0, ""}, Case{"Max@20mm[%]", MetricKind::max_beyond, 20.0, "%"}}) {
    const DoseMetric metric = DoseMetric::parse(c.text);
    EXPECT_EQ(metric.kind, c.kind) << c.text;
    EXPECT_DOUBLE_EQ(metric.at, c.at) << c.text;
    EXPECT_EQ(metric.unit(), c.unit) << c.text;
    EXPECT_EQ(metric.text, c.text);
  }
}

TEST(DoseMetric, refuses_what_it_cannot_measure) {
  for (const char* text :
       {"", "D", "D95", "D95%", "D95%[cc]", "D-1%[Gy]", "D101%[Gy]", "V20[%]", "V20Gy", "V20Gy[Gy]", "Mean",
        "Mean[Gy]x", "gEUD0[Gy]", "Dmax", "CV9Gy[%]", "Max@20[Gy]", "D5%/V95%", "D1e999%[Gy]"}) {
    EXPECT_THROW((void)DoseMetric::parse(text), InputError) << text;
  }
}

TEST(SortedDose, agrees_with_a_linear_dose_ramp) {
  std::vector<float> dose;
  std::vector<float> volume;
  for (int i = 0; i < 1000; ++i) {
    dose.push_back(static_cast<float>((i * 617) % 1000) * 0.05F);  // 0 … 49.95 Gy, shuffled
    volume.push_back(10.0F);
  }
  const SortedDose sorted(dose, volume);
  EXPECT_NEAR(sorted.volume_mm3(), 10000.0, 1e-9);
  EXPECT_NEAR(sorted.mean(), 24.975, 1e-5);
  EXPECT_NEAR(sorted.dose_at_volume(0.95 * 10000.0), 2.5, 1e-5);
  EXPECT_NEAR(sorted.dose_at_volume(0.0), 49.95, 1e-5);
  EXPECT_NEAR(sorted.dose_at_volume(1e9), 0.0, 1e-9);
  EXPECT_NEAR(sorted.volume_above(40.0 - 1e-4), 2000.0, 1e-9);
  EXPECT_NEAR(sorted.geud(1.0), sorted.mean(), 1e-5);
  EXPECT_NEAR(sorted.geud(200.0), sorted.max(), 2.0);
}

TEST(SortedDose, reads_a_dvh_with_its_doses_times_a_factor) {
  std::vector<Dvh::Sample> samples;
  for (int i = 0; i < 200; ++i) {
    samples.push_back({static_cast<float>(0.1 * i), 50.0F});
  }
  const auto dvh = std::make_shared<const Dvh>(samples, 1000.0);
  const SortedDose sorted(dvh, 1.5);
  EXPECT_NEAR(sorted.volume_mm3(), 10000.0, 1e-9) << "of what has a dose";
  EXPECT_NEAR(sorted.mean(), 1.5 * dvh->mean_gy(), 1e-9);
  EXPECT_NEAR(sorted.dose_at_percent(95), 1.5 * dvh->dose_at_percent(95), 1e-9);
  EXPECT_NEAR(sorted.dose_at_volume(100.0), 1.5 * dvh->dose_at_cc(0.1), 1e-9);
  EXPECT_NEAR(sorted.volume_above(15.0), 1000.0 * dvh->cc_at_dose(10.0), 1e-9);
  EXPECT_NEAR(sorted.geud(4.0), 1.5 * dvh->geud_gy(4.0), 1e-9);
  EXPECT_NEAR(sorted.max(), 1.5 * dvh->max_gy(), 1e-9);
  EXPECT_NEAR(sorted.min(), 1.5 * dvh->min_gy(), 1e-9);
  EXPECT_TRUE(SortedDose(std::make_shared<const Dvh>(std::vector<Dvh::Sample>(), 1000.0)).is_empty());
}

TEST(SortedDose, dose_and_volume_metrics_are_inverse) {
  const Philox random(1, 1);
  std::vector<float> dose;
  std::vector<float> volume;
  for (std::uint64_t i = 0; i < 500; ++i) {
    dose.push_back(static_cast<float>(30.0 * random.uniform(2 * i)));
    volume.push_back(static_cast<float>(0.5 + random.uniform(2 * i + 1)));
  }
  const SortedDose sorted(dose, volume);
  for (double v = 1.0; v < sorted.volume_mm3(); v += 7.3) {
    EXPECT_GE(sorted.volume_above(sorted.dose_at_volume(v)), v * (1.0 - 1e-12));
  }
  for (double d = 0.5; d < 29.0; d += 0.77) {
    double brute = 0.0;
    for (std::size_t i = 0; i < dose.size(); ++i) {
      brute += static_cast<double>(dose[i]) >= d ? volume[i] : 0.0F;
    }
    EXPECT_NEAR(sorted.volume_above(d), brute, 1e-6);
  }
}

TEST(DoseMetric, conformity_follows_its_definitions) {
  // Target: 100 mm³, 90 of them covered; body: 120 at the prescription, 300 at half of it.
  const SortedDose target(std::vector<float>{20.0F, 19.0F}, std::vector<float>{90.0F, 10.0F});
  const SortedDose body(std::vector<float>{20.0F, 12.0F, 1.0F}, std::vector<float>{120.0F, 180.0F, 5000.0F});
  MetricContext context;
  context.reference_Gy = 20.0;
  context.body = &body;
  EXPECT_NEAR(evaluate(DoseMetric::parse("Paddick"), target, context), 90.0 * 90.0 / (100.0 * 120.0), 1e-9);
  EXPECT_NEAR(evaluate(DoseMetric::parse("GI"), target, context), 2.5, 1e-9);
  EXPECT_NEAR(evaluate(DoseMetric::parse("R50"), target, context), 3.0, 1e-9);
  EXPECT_NEAR(evaluate(DoseMetric::parse("D100%[%]"), target, context), 95.0, 1e-5);
  context.body = nullptr;
  EXPECT_TRUE(std::isnan(evaluate(DoseMetric::parse("R50"), target, context)));
}

TEST(DoseMetric, isodoses_cut_voxels_where_the_dose_passes_and_follow_its_scale) {
  const Grid grid = covering_grid(Vec3::Constant(-30.0), Vec3::Constant(30.0), 4.0);
  Volume<float> dose(grid);
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        dose.at(x, y, z) = static_cast<float>(40.0 + grid.centre(x, y, z).x());  // a gray a millimetre
      }
    }
  }
  BodyIsodoses isodoses(dose, Volume<std::uint8_t>(grid, 1));
  const BodyIsodoses copy = isodoses;  // shares what is measured, not the scale
  const double face_mm2 = grid.ny() * grid.nz() * 16.0;
  const double end_mm = grid.centre(grid.nx() - 1, 0, 0).x() + 2.0;
  const auto above = [&](double dose_Gy) { return (end_mm - (dose_Gy - 40.0)) * face_mm2; };
  const double cut_mm3 =
      4.0 / 6.0 / 2.0 * face_mm2;  // half a sixth of a voxel; whole voxels would miss by up to two mm
  for (const double dose_Gy : {20.0, 25.5, 40.0, 51.0}) {
    EXPECT_NEAR(isodoses.volume_above(dose_Gy), above(dose_Gy), 1.001 * cut_mm3) << dose_Gy;
  }
  const SortedDose target(std::vector<float>{51.0F}, std::vector<float>{1000.0F});
  const MetricContext context{.reference_Gy = 51.0, .isodoses = &isodoses};
  EXPECT_NEAR(evaluate(DoseMetric::parse("GI"), target, context), above(25.5) / above(51.0), 0.05);
  isodoses.multiply(2.0);
  EXPECT_NEAR(isodoses.volume_above(102.0), above(51.0), 1.001 * cut_mm3);
}

TEST(DoseMetric, max_beyond_a_distance_looks_only_there) {
  const std::vector<float> dose{30.0F, 18.0F, 9.0F};
  const std::vector<float> distance{0.0F, 10.0F, 25.0F};
  const SortedDose target(std::vector<float>{30.0F}, std::vector<float>{1.0F});
  MetricContext context;
  context.reference_Gy = 25.0;
  context.body_dose_Gy = dose;
  context.body_distance_mm = distance;
  EXPECT_NEAR(evaluate(DoseMetric::parse("Max@20mm[%]"), target, context), 36.0, 1e-5);
  EXPECT_NEAR(evaluate(DoseMetric::parse("Max@10mm[Gy]"), target, context), 18.0, 1e-5);
}

TEST(DoseMetric, is_not_a_number_for_an_empty_structure) {
  EXPECT_TRUE(std::isnan(evaluate(DoseMetric::parse("Mean[Gy]"), SortedDose(), MetricContext())));
}

}  // namespace
}  // namespace xingu
