// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/water_ratio.h"

#include <gmock/gmock.h>

#include <cmath>

#include "base/error.h"
#include "dose/mc/constants.h"
#include "dose/mc/elements.h"

namespace xingu::mc {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// ICRU Report 37, eq. 2.6, without the density effect, per electron of the medium, in arbitrary units.
double loss_per_electron(double kinetic_MeV, double mean_excitation_eV) {
  const double t = kinetic_MeV / electron_rest_MeV;
  const double i = 1e-6 * mean_excitation_eV / electron_rest_MeV;
  const double beta2 = t * (t + 2.0) / ((t + 1.0) * (t + 1.0));
  return std::log(t * t * (t + 2.0) / (2.0 * i * i)) + 1.0 - beta2 +
         (t * t / 8.0 - (2.0 * t + 1.0) * std::log(2.0)) / ((t + 1.0) * (t + 1.0));
}

TEST(WaterRatio, is_one_in_water_and_the_ratio_of_electrons_and_their_losses_in_bone) {
  const MaterialTable materials = MaterialTable::shipped();
  const WaterRatio ratio(materials, {"water", "cortical_bone_icrp"});
  WaterRatio::ByMaterial at{};
  ratio.at(0.1F, at);  // where the density effect is nothing yet
  EXPECT_EQ(at[0], 1.0F);
  const double expected = electrons_per_mass(materials.at("water")) /
                          electrons_per_mass(materials.at("cortical_bone_icrp")) *
                          loss_per_electron(0.1, *materials.at("water").mean_excitation_eV) /
                          loss_per_electron(0.1, *materials.at("cortical_bone_icrp").mean_excitation_eV);
  EXPECT_NEAR(at[1], expected, 1e-3);
}

TEST(WaterRatio, stays_what_it_is_at_the_ends_of_its_energies) {
  const WaterRatio ratio(MaterialTable::shipped(), {"lung"});
  WaterRatio::ByMaterial low{};
  WaterRatio::ByMaterial lower{};
  ratio.at(0.010F, low);
  ratio.at(0.001F, lower);
  EXPECT_EQ(low[0], lower[0]);
}

TEST(WaterRatio, needs_a_material_with_data) {
  EXPECT_THAT(([] { return WaterRatio(MaterialTable::shipped(), {"unobtainium"}); }),
              ThrowsMessage<InputError>(HasSubstr("unobtainium")));
}

}  // namespace
}  // namespace xingu::mc
