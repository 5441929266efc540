// SPDX-License-Identifier: Apache-2.0
// Reading of tank files.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/toml_file.h"
#include "dose/tank.h"

namespace xingu {
namespace {

double positive(const TomlTable& table, std::string_view key, double fallback) {
  const double value = table.number(key, fallback);
  if (!(value > 0)) {
    table.fail(key, "is not positive; correct it");
  }
  return value;
}

std::array<double, 2> read_range(const TomlTable& table, std::string_view key) {
  const std::vector<double> ends = table.numbers(key);
  if (ends.size() != 2 || !(ends[0] < ends[1])) {
    table.fail(key, "is not a range [from, to] with from below to (it holds nothing); correct it");
  }
  return {ends[0], ends[1]};
}

std::vector<double> read_edges(const TomlTable& table, std::string_view key) {
  std::vector<double> edges = table.numbers(key);
  const bool is_ascending = std::ranges::adjacent_find(edges, std::greater_equal<>()) == edges.end();
  if (edges.size() < 2 || !is_ascending) {
    table.fail(key, "does not ascend or has fewer than two edges (there is no bin to score in); correct it");
  }
  return edges;
}

/// Material and density; the density is the material's own where none is stated.
void read_filling(const TomlTable& table, const MaterialTable& materials, TankBox& box) {
  box.material = table.text("material");
  try {
    box.density_g_cm3 = materials.at(box.material).density_g_cm3;
  } catch (const InputError& error) {
    table.fail("material", error.what());
  }
  box.density_g_cm3 = positive(table, "density_g_cm3", box.density_g_cm3);
}

Tank read_block(const TomlTable& file, const std::string& name, const MaterialTable& materials) {
  const TomlTable table = file.table("tank");
  Tank tank;
  tank.name = table.text("name", name);
  const double half_width = 0.5 * positive(table, "width_mm", 300.0);
  const double half_length = 0.5 * positive(table, "length_mm", 300.0);
  tank.block.x_mm = {-half_width, half_width};
  tank.block.y_mm = {-half_length, half_length};
  tank.block.depth_mm = {0.0, positive(table, "depth_mm", 300.0)};
  read_filling(table, materials, tank.block);
  for (const TomlTable& layer : file.tables("layer")) {
    TankBox box = tank.block;
    box.depth_mm = read_range(layer, "depth_mm");
    read_filling(layer, materials, box);
    tank.parts.push_back(box);
  }
  for (const TomlTable& part : file.tables("box")) {
    TankBox box;
    box.x_mm = read_range(part, "x_mm");
    box.y_mm = read_range(part, "y_mm");
    box.depth_mm = read_range(part, "depth_mm");
    read_filling(part, materials, box);
    tank.parts.push_back(box);
  }
  return tank;
}

TankField read_field(const TomlTable& table) {
  TankField field;
  if (table.has("machine")) {
    field.machine = table.text("machine");
  } else {
    field.spectrum = table.text("spectrum", field.spectrum);
    field.sad_mm = positive(table, "sad_mm", field.sad_mm);
  }
  if (table.has("field_mm")) {
    const std::vector<double> sides = table.numbers("field_mm");
    if (sides.size() != 2 || !(sides[0] > 0 && sides[1] > 0)) {
      table.fail("field_mm", "is not two positive sides; write [100, 100]");
    }
    field.field_mm = {sides[0], sides[1]};
  }
  field.ssd_mm = positive(table, "ssd_mm", field.ssd_mm);
  return field;
}

TankSetup read_setup(const TomlTable& file, const std::string& name, const MaterialTable& materials) {
  TankSetup setup;
  setup.tank = read_block(file, name, materials);
  if (const auto field = file.optional_table("field")) {
    setup.field = read_field(*field);
  }
  setup.grid_mm = positive(file, "grid_mm", setup.grid_mm);
  score_by_default(setup);
  if (const auto scoring = file.optional_table("scoring")) {
    setup.is_scoring_stated = true;
    if (scoring->has("depth_edges_mm")) {
      setup.depth_dose.edges_mm = read_edges(*scoring, "depth_edges_mm");
    }
    setup.depth_dose.half_width_mm = positive(*scoring, "axis_half_width_mm", setup.depth_dose.half_width_mm);
    const std::vector<TomlTable> profiles = scoring->tables("profile");
    if (!profiles.empty()) {
      setup.profiles.clear();
    }
    for (const TomlTable& profile : profiles) {
      setup.profiles.push_back({read_range(profile, "depth_mm"), read_edges(profile, "edges_mm"),
                                positive(profile, "half_width_mm", setup.depth_dose.half_width_mm)});
    }
  }
  file.finish();
  return setup;
}

std::vector<double> even_edges(double low, double high, double step) {
  std::vector<double> edges;
  const int n = std::max(1, static_cast<int>(std::lround((high - low) / step)));
  for (int i = 0; i <= n; ++i) {
    edges.push_back(low + (high - low) * i / n);
  }
  return edges;
}

}  // namespace

void score_by_default(TankSetup& setup) {
  const TankBox& block = setup.tank.block;
  setup.depth_dose.edges_mm = even_edges(0.0, block.depth_mm[1], setup.grid_mm);
  setup.depth_dose.half_width_mm = std::min(5.0, 0.25 * std::min(setup.field.field_mm[0], setup.field.field_mm[1]));
  setup.profiles.clear();
  for (const double depth : {15.0, 50.0, 100.0, 200.0}) {
    const double low = depth - 0.5 * setup.grid_mm;
    if (low + setup.grid_mm <= block.depth_mm[1]) {
      setup.profiles.push_back({{low, low + setup.grid_mm},
                                even_edges(block.x_mm[0], block.x_mm[1], setup.grid_mm),
                                setup.depth_dose.half_width_mm});
    }
  }
}

TankSetup parse_tank(std::string_view text, const std::string& name, const MaterialTable& materials) {
  return read_setup(TomlTable::parse(text, name), name, materials);
}

TankSetup load_tank(std::string_view name_or_path, const MaterialTable& materials) {
  const std::filesystem::path path = name_or_path.ends_with(".toml")
                                         ? find_shipped(name_or_path)
                                         : find_shipped(fmt::format("data/tanks/{}.toml", name_or_path));
  return read_setup(TomlTable::read(path), path.stem().string(), materials);
}

}  // namespace xingu
