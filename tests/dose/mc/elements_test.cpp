// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/elements.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace xingu::mc {
namespace {

using ::testing::HasSubstr;

TEST(Elements, have_shells_for_every_material_that_ships) {
  const MaterialTable table = MaterialTable::shipped();
  for (const Material& material : table.materials()) {
    for (const Material::Part& part : material.composition) {
      const Element& element = element_data(part.element);
      double electrons = 0.0;
      for (const Element::Shell& shell : element.shells) {
        electrons += shell.electrons;
      }
      EXPECT_DOUBLE_EQ(electrons, element.atomic_number) << part.element;
      EXPECT_NEAR(element.atomic_mass / element.atomic_number, part.element == "H" ? 1.0 : 2.25, 0.4) << part.element;
    }
  }
}

TEST(Elements, are_bound_more_tightly_the_heavier_they_are) {
  double before = 0.0;
  for (const char* symbol : {"H", "C", "O", "Ca", "Ti", "Fe", "W"}) {
    const double innermost = element_data(symbol).shells.front().binding_eV;
    EXPECT_GT(innermost, before) << symbol;
    before = innermost;
  }
}

TEST(Elements, give_water_its_electrons_per_mass) {
  // Two electrons of hydrogen and eight of oxygen in 18.015 g/mol.
  EXPECT_NEAR(electrons_per_mass(MaterialTable::shipped().at("water")), 10.0 / 18.015, 1e-4);
}

TEST(Elements, refuse_an_element_without_shells_and_name_those_that_have) {
  try {
    (void)element_data("Xx");
    FAIL() << "no refusal";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'Xx' has no electron data"));
    EXPECT_THAT(error.what(), HasSubstr("Ca"));
  }
}

}  // namespace
}  // namespace xingu::mc
