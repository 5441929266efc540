// SPDX-License-Identifier: Apache-2.0
#include "dose/material_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <numeric>

#include "base/error.h"
#include "dose/attenuation.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

MaterialTable read_text(const std::string& text) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "materials.toml";
  std::ofstream(path) << text;
  return MaterialTable::read(path);
}

TEST(MaterialTable, ships_every_material_that_images_name) {
  const MaterialTable table = MaterialTable::shipped();
  for (const char* name :
       {"air", "water", "lung", "adipose", "soft_tissue", "cartilage", "cortical_bone", "titanium"}) {
    EXPECT_EQ(table[table.index_of(name)].name, name);
  }
}

TEST(MaterialTable, has_normalised_fractions_of_elements_with_cross_sections) {
  const MaterialTable table = MaterialTable::shipped();
  const PhotonCrossSections cross_sections = PhotonCrossSections::shipped();
  for (const Material& material : table.materials()) {
    double sum = 0.0;
    for (const Material::Part& part : material.composition) {
      sum += part.mass_fraction;
      EXPECT_NO_THROW((void)cross_sections.of_element(part.element, 1.0)) << material.name;
    }
    EXPECT_NEAR(sum, 1.0, 1e-12) << material.name;
    EXPECT_GT(material.density_g_cm3, 0.0) << material.name;
    EXPECT_FALSE(material.source.empty()) << material.name;
  }
}

// Bragg additivity over Z/A: the electrons per gram that NIST prints beside these compositions (NISTIR 5632, table 2).
TEST(MaterialTable, has_the_published_electrons_per_gram) {
  const std::map<std::string, double> z_over_a{
      {"H", 1 / 1.008},    {"C", 6 / 12.011},   {"N", 7 / 14.007},   {"O", 8 / 15.999},   {"Na", 11 / 22.990},
      {"Mg", 12 / 24.305}, {"P", 15 / 30.974},  {"S", 16 / 32.06},   {"Cl", 17 / 35.45},  {"Ar", 18 / 39.948},
      {"K", 19 / 39.098},  {"Ca", 20 / 40.078}, {"Ti", 22 / 47.867}, {"Cu", 29 / 63.546},
  };
  const std::map<std::string, double> published{
      {"air", 0.49919},     {"water", 0.55508},       {"lung", 0.55048},
      {"adipose", 0.55579}, {"soft_tissue", 0.54996}, {"cortical_bone", 0.51478},
      {"pmma", 0.53937},    {"titanium", 0.45961},    {"cortical_bone_icrp", 0.52130}};
  const MaterialTable table = MaterialTable::shipped();
  for (const auto& [name, expected] : published) {
    double sum = 0.0;
    for (const Material::Part& part : table.at(name).composition) {
      sum += part.mass_fraction * z_over_a.at(part.element);
    }
    EXPECT_NEAR(sum, expected, 0.0006 * expected) << name;
  }
}

TEST(MaterialTable, offers_the_nearest_name_for_one_it_does_not_know) {
  const MaterialTable table = MaterialTable::shipped();
  EXPECT_THAT([&] { (void)table.index_of("soft_tisue"); },
              ThrowsMessage<InputError>(HasSubstr("did you mean 'soft_tissue'")));
  EXPECT_THAT([&] { (void)table.index_of("zzz"); }, ThrowsMessage<InputError>(HasSubstr("use one of")));
}

TEST(MaterialTable, refuses_fractions_that_do_not_sum_to_one) {
  EXPECT_THAT([] { (void)read_text("[x]\nsource='s'\ndensity_g_cm3=1\ncomposition={H=0.5,O=0.4}\n"); },
              ThrowsMessage<InputError>(HasSubstr("sums to 0.9")));
  EXPECT_THROW((void)read_text("[x]\nsource='s'\ndensity_g_cm3=0\ncomposition={H=1.0}\n"), InputError);
  EXPECT_THROW((void)read_text("[x]\nsource='s'\ndensity_g_cm3=1\ncomposition={H=1.0}\nmean_excitation_ev=3\n"),
               InputError);
  EXPECT_THROW((void)read_text(""), InputError);
}

}  // namespace
}  // namespace xingu
