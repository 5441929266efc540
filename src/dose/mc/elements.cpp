// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/elements.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "dose/csv_table.h"

namespace xingu::mc {
namespace {

struct Nuclide {
  std::string_view symbol;
  int atomic_number;
  double atomic_mass;
};

constexpr std::array nuclides = {Nuclide{"H", 1, 1.008},    Nuclide{"C", 6, 12.011},   Nuclide{"N", 7, 14.007},
                                 Nuclide{"O", 8, 15.999},   Nuclide{"Na", 11, 22.990}, Nuclide{"Mg", 12, 24.305},
                                 Nuclide{"Al", 13, 26.982}, Nuclide{"Si", 14, 28.085}, Nuclide{"P", 15, 30.974},
                                 Nuclide{"S", 16, 32.06},   Nuclide{"Cl", 17, 35.45},  Nuclide{"Ar", 18, 39.95},
                                 Nuclide{"K", 19, 39.098},  Nuclide{"Ca", 20, 40.078}, Nuclide{"Ti", 22, 47.867},
                                 Nuclide{"Fe", 26, 55.845}, Nuclide{"Ni", 28, 58.693}, Nuclide{"Cu", 29, 63.546},
                                 Nuclide{"I", 53, 126.904}, Nuclide{"W", 74, 183.84},  Nuclide{"Pb", 82, 207.2}};

using Elements = std::map<std::string, Element, std::less<>>;

Elements read_elements() {
  const CsvTable table = CsvTable::read(find_shipped("data/electron_shells.csv"));
  const std::size_t symbol = table.column("element");
  const std::size_t electrons = table.column("electrons");
  const std::size_t binding = table.column("binding_eV");
  Elements elements;
  for (std::size_t row = 0; row < table.num_rows(); ++row) {
    const std::string& name = table.text(row, symbol);
    const auto nuclide = std::ranges::find(nuclides, name, &Nuclide::symbol);
    XINGU_REQUIRE(nuclide != nuclides.end(), "{}: '{}' is not an element that Xingu knows; correct the row",
                  table.name(), name);
    Element& element = elements[name];
    element.atomic_number = nuclide->atomic_number;
    element.atomic_mass = nuclide->atomic_mass;
    element.shells.push_back({table.number(row, electrons), table.number(row, binding)});
    XINGU_REQUIRE(element.shells.back().electrons > 0 && element.shells.back().binding_eV > 0,
                  "{}: a shell of {} has no electrons or no binding energy; correct the row", table.name(), name);
  }
  for (const auto& [name, element] : elements) {
    double sum = 0.0;
    for (const Element::Shell& shell : element.shells) {
      sum += shell.electrons;
    }
    XINGU_REQUIRE(std::abs(sum - element.atomic_number) < 1e-9,
                  "{}: the shells of {} hold {} electrons, not {}; correct them", table.name(), name, sum,
                  element.atomic_number);
  }
  return elements;
}

}  // namespace

const Element& element_data(std::string_view symbol) {
  static const Elements elements = read_elements();
  const auto found = elements.find(symbol);
  if (found == elements.end()) {
    std::string known;
    for (const auto& [name, element] : elements) {
      known += (known.empty() ? "" : ", ") + name;
    }
    fail_input("element '{}' has no electron data (Monte Carlo cannot transport through it); use one of {}", symbol,
               known);
  }
  return found->second;
}

double electrons_per_mass(const Material& material) {
  double sum = 0.0;
  for (const Material::Part& part : material.composition) {
    const Element& element = element_data(part.element);
    sum += part.mass_fraction * element.atomic_number / element.atomic_mass;
  }
  return sum;
}

}  // namespace xingu::mc
