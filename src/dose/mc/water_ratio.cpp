// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/water_ratio.h"

#include "base/error.h"
#include "dose/mc/stopping_power.h"

namespace xingu::mc {
namespace {

constexpr double lowest_MeV = 0.010;
constexpr double highest_MeV = 20.0;
constexpr int num_nodes = 32;

}  // namespace

WaterRatio::WaterRatio(const MaterialTable& materials, const std::vector<std::string>& names)
    : energy_(lowest_MeV, highest_MeV, num_nodes), num_materials_(names.size()) {
  XINGU_EXPECT(num_materials_ <= TransportTables::max_materials);
  const CollisionStoppingPower water(materials.at("water"));
  std::vector<CollisionStoppingPower> of;
  for (const std::string& name : names) {
    of.emplace_back(materials.at(name));
  }
  for (int node = 0; node < num_nodes; ++node) {
    const double kinetic = energy_.value(node);
    const double in_water = water.unrestricted(kinetic, Charge::electron);
    for (std::size_t m = 0; m < num_materials_; ++m) {
      ratio_.push_back(
          names[m] == "water" ? 1.0F : static_cast<float>(in_water / of[m].unrestricted(kinetic, Charge::electron)));
    }
  }
}

void WaterRatio::at(float kinetic_MeV, ByMaterial& ratio) const {
  const LogGrid::Place place = energy_.place(kinetic_MeV);
  const float* low = &ratio_[static_cast<std::size_t>(place.node) * num_materials_];
  for (std::size_t m = 0; m < num_materials_; ++m) {
    ratio[m] = low[m] + place.part * (low[num_materials_ + m] - low[m]);
  }
}

}  // namespace xingu::mc
