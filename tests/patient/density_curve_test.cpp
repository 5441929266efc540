// SPDX-License-Identifier: Apache-2.0
#include "patient/density_curve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const char* const materials = R"(
[[material]]
name = "air"
from_hu = -2000
z_over_a = 0.4992
[[material]]
name = "soft_tissue"
from_hu = -100
z_over_a = 0.55
)";

std::string message_of(const std::string& toml) {
  try {
    static_cast<void>(DensityCurve::parse(toml, "curve.toml"));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(DensityCurve, ships_a_curve_that_never_falls) {
  const DensityCurve curve = DensityCurve::shipped();
  double before = 0.0;
  for (int hu = -1100; hu <= 3200; ++hu) {
    ASSERT_GE(curve.density(hu), before) << hu;
    before = curve.density(hu);
  }
}

TEST(DensityCurve, ships_the_densities_of_the_literature) {
  const DensityCurve curve = DensityCurve::shipped();
  EXPECT_NEAR(curve.density(-1000), 0.00121, 1e-9);
  EXPECT_NEAR(curve.density(-741), 0.26, 0.02);  // lung, ICRU 44
  EXPECT_NEAR(curve.density(-100), 0.93, 0.01);  // adipose
  EXPECT_NEAR(curve.density(0), 1.018, 0.001);   // Schneider's line
  EXPECT_NEAR(curve.density(40), 1.05, 0.01);    // muscle
  EXPECT_NEAR(curve.density(102), 1.10, 0.005);  // cartilage
  EXPECT_NEAR(curve.density(1000), 1.017 + 0.592, 1e-6);
  EXPECT_NEAR(curve.density(1524), 1.92, 0.01);  // cortical bone
  EXPECT_NEAR(curve.density(3071), 4.51, 1e-9);  // titanium
}

TEST(DensityCurve, knows_the_file_that_it_is_of) {
  const DensityCurve shipped = DensityCurve::chosen({});
  EXPECT_EQ(shipped.file(), "data/ct_calibration.toml");
  const std::string text = read_file(test::source_dir() / shipped.file());
  EXPECT_EQ(shipped.hash(), hash_text(text));
  const DensityCurve same = DensityCurve::parse(text, "mine.toml");
  EXPECT_EQ(same.hash(), shipped.hash());
  EXPECT_EQ(same.words(), "'" + shipped.name() + "' (mine.toml)");
  EXPECT_THROW((void)DensityCurve::chosen("absent.toml"), InputError);
}

TEST(DensityCurve, names_its_materials_for_the_engines) {
  const DensityCurve curve = DensityCurve::shipped();
  EXPECT_THAT(curve.material_names(),
              ElementsAre("air", "lung", "adipose", "soft_tissue", "cartilage", "cortical_bone", "titanium", "water"));
  const auto name_at = [&](double hu) { return curve.material_names()[curve.material(hu)]; };
  EXPECT_EQ(name_at(-5000), "air");
  EXPECT_EQ(name_at(-1000), "air");
  EXPECT_EQ(name_at(-700), "lung");
  EXPECT_EQ(name_at(-100), "adipose");
  EXPECT_EQ(name_at(40), "soft_tissue");
  EXPECT_EQ(name_at(120), "cartilage");
  EXPECT_EQ(name_at(800), "cortical_bone");
  EXPECT_EQ(name_at(3071), "titanium");
}

TEST(DensityCurve, finds_the_ct_number_of_a_density) {
  const DensityCurve curve = DensityCurve::shipped();
  for (const double hu : {-999.0, -500.0, -50.0, 10.0, 60.0, 500.0, 2900.0}) {
    EXPECT_NEAR(curve.hu_of_density(curve.density(hu)), hu, 1e-6);
  }
  EXPECT_EQ(curve.hu_of_density(0.0), -1000);
  EXPECT_EQ(curve.hu_of_density(20.0), 3000);
  EXPECT_EQ(curve.material_names()[curve.material_of_density(4.5)], "titanium");
  EXPECT_EQ(curve.material_names()[curve.material_of_density(1.0)], "soft_tissue");
}

TEST(DensityCurve, turns_electron_density_into_mass_density) {
  const DensityCurve curve = DensityCurve::shipped();
  EXPECT_NEAR(curve.density_of_electron_density(1.04), 1.04 * 0.5551 / 0.55, 1e-3);
  EXPECT_NEAR(curve.density_of_electron_density(1.695), 1.695 * 0.5551 / 0.5148, 1e-3);
  EXPECT_NEAR(curve.density_of_electron_density(3.735), 4.51, 0.02);  // titanium
}

TEST(DensityCurve, refuses_a_curve_that_falls) {
  const std::string toml =
      "name = 'x'\n[density]\nhu = [-1000, 100, 101, 2000]\ng_cm3 = [0.001, 1.1199, 1.0762, 2.2]\n" +
      std::string(materials);
  EXPECT_THAT(message_of(toml), HasSubstr("falls from 1.1199 at 100 HU to 1.0762 at 101 HU"));
}

TEST(DensityCurve, refuses_what_is_not_a_curve) {
  const auto with = [](const char* density) { return std::string("name = 'x'\n[density]\n") + density + materials; };
  EXPECT_EQ(message_of(with("hu = [-1000, 0]\ng_cm3 = [0.0, 1.0]\n")), "");
  EXPECT_THAT(message_of(with("hu = [-1000, 0]\ng_cm3 = [0.0]\n")), HasSubstr("1 values for 2"));
  EXPECT_THAT(message_of(with("hu = [0, 0]\ng_cm3 = [0.0, 1.0]\n")), HasSubstr("does not ascend"));
  EXPECT_THAT(message_of(with("hu = [-1000, 0]\ng_cm3 = [-0.1, 1.0]\n")), HasSubstr("between 0 and 25"));
  EXPECT_THAT(message_of(with("hu = [-1000, 0]\ng_cm = [-0.1, 1.0]\n")), HasSubstr("g_cm3"));
  EXPECT_THAT(message_of("name = 'x'\n[density]\nhu = [-1000, 0]\ng_cm3 = [0, 1]\n"), HasSubstr("materials"));
  EXPECT_THAT(message_of(with("hu = [-1000, 0]\ng_cm3 = [0.0, 1.0]\ncolour = 1\n")), HasSubstr("colour"));
}

TEST(DensityCurve, refuses_numbers_that_are_no_hounsfield_units_and_densities_in_another_unit) {
  const auto curve = [](const std::string& points) { return "name = 'x'\n[density]\n" + points + materials; };
  EXPECT_THAT(message_of(curve("hu = [24, 1024, 2624]\ng_cm3 = [0.001, 1.0, 1.96]\n")),
              AllOf(HasSubstr("gives 0 HU a density of 0.001 g/cm³"), HasSubstr("without the offset of 1000 or 1024")));
  EXPECT_THAT(message_of(curve("hu = [-1000, 0, 1600]\ng_cm3 = [1.2, 1000, 1960]\n")), HasSubstr("g_cm3"));
  EXPECT_THAT(message_of(curve("hu = [-100, 0, 1600]\ng_cm3 = [0.93, 1.0, 1.96]\n")),
              AllOf(HasSubstr("gives -1000 HU a density of 0.93 g/cm³"), HasSubstr("begin the curve with air")));
  EXPECT_EQ(message_of(curve("hu = [-1024, 30, 1600]\ng_cm3 = [0.0, 1.03, 1.96]\n")), "");
}

TEST(DensityCurve, suggests_the_nearest_material) {
  const DensityCurve curve = DensityCurve::shipped();
  try {
    static_cast<void>(curve.material_index("soft_tisue", "here"));
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'soft_tissue'"));
  }
}

}  // namespace
}  // namespace xingu
