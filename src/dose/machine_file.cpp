// SPDX-License-Identifier: Apache-2.0
#include "dose/machine_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "base/toml_file.h"

namespace xingu {
namespace {

double positive(const TomlTable& table, std::string_view key) {
  const double value = table.number(key);
  if (!(value > 0)) {
    table.fail(key, "is not positive; correct it");
  }
  return value;
}

double within(const TomlTable& table, std::string_view key, double fallback, double lowest, double highest) {
  const double value = table.number(key, fallback);
  if (!(value >= lowest && value <= highest)) {
    table.fail(key, fmt::format("is {} (outside {} to {}); correct it", value, lowest, highest));
  }
  return value;
}

/// As within, of a key that must be there.
double needed_within(const TomlTable& table, std::string_view key, double lowest, double highest) {
  static_cast<void>(table.number(key));
  return within(table, key, lowest, lowest, highest);
}

std::vector<double> two_numbers(const TomlTable& table, std::string_view key) {
  std::vector<double> values = table.numbers(key);
  if (values.size() != 2) {
    table.fail(key, fmt::format("has {} numbers (two are needed); write [a, b]", values.size()));
  }
  return values;
}

AngleInterval read_interval(const TomlTable& table, std::string_view key) {
  const std::vector<double> ends = two_numbers(table, key);
  if (!(ends[0] <= ends[1] && ends[1] - ends[0] <= 360.0)) {
    table.fail(key,
               "is not an interval of at most 360 degrees (from must not exceed to); write [-110, 110] to cross zero");
  }
  return {ends[0], ends[1]};
}

/// A curve over the radius at the isocentre plane, given over the angle from the axis.
LinearCurve read_curve(const TomlTable& beam, std::string_view key, double sad_mm, double constant) {
  const auto table = beam.optional_table(key);
  if (!table) {
    return {{0.0}, {constant}};
  }
  LinearCurve curve;
  for (const double angle_deg : table->numbers("angle_deg")) {
    if (!(angle_deg >= 0 && angle_deg < 45) ||
        (!curve.x.empty() && sad_mm * std::tan(angle_deg * 0.017453292519943295) <= curve.x.back())) {
      table->fail("angle_deg", "does not ascend from 0 to below 45 (the curve would be ambiguous); sort it");
    }
    curve.x.push_back(sad_mm * std::tan(angle_deg * 0.017453292519943295));
  }
  curve.y = table->numbers("value");
  if (curve.x.empty() || curve.y.size() != curve.x.size()) {
    table->fail("value", fmt::format("has {} values for {} angles; give one for each", curve.y.size(), curve.x.size()));
  }
  return curve;
}

OutputReference read_reference(const TomlTable& table) {
  OutputReference reference;
  // 0.01 is what accelerators are set to; a figure in cGy is 100 times that
  reference.dose_Gy_per_mu = needed_within(table, "dose_Gy_per_MU", 0.0005, 0.2);
  reference.ssd_mm = positive(table, "ssd_mm");
  reference.depth_mm = positive(table, "depth_mm");
  reference.field_mm = positive(table, "field_mm");
  return reference;
}

BeamModel read_beam(const TomlTable& table, const std::string& name) {
  BeamModel beam;
  beam.name = name;
  beam.spectrum = load_spectrum(table.text("spectrum", "fff-6mv"));
  beam.nominal_energy_MV = within(table, "nominal_energy_MV", 6.0, 1.0, 25.0);
  beam.has_flattening_filter = table.flag("flattening_filter", false);
  beam.sad_mm = table.has("sad_mm") ? positive(table, "sad_mm") : 800.0;
  if (table.has("focal_spot_sigma_mm")) {
    const std::vector<double> sigma = two_numbers(table, "focal_spot_sigma_mm");
    constexpr double largest_mm = 10.0;  // a cobalt source's
    if (!(sigma[0] >= 0 && sigma[1] >= 0 && sigma[0] <= largest_mm && sigma[1] <= largest_mm)) {
      table.fail("focal_spot_sigma_mm",
                 fmt::format("is {} and {} (outside 0 to {}); give millimetres", sigma[0], sigma[1], largest_mm));
    }
    beam.focal_sigma_x_mm = sigma[0];
    beam.focal_sigma_y_mm = sigma[1];
  }
  beam.collimator_distance_mm = within(table, "collimator_distance_mm", 0.0, 0.0, beam.sad_mm);
  beam.profile = read_curve(table, "profile", beam.sad_mm, 1.0);
  if (!std::ranges::all_of(beam.profile.y, [](double v) { return v > 0; }) ||
      std::abs(beam.profile.at(0.0) - 1.0) > 1e-9) {
    table.fail("profile", "is not positive with 1 on the axis (fluence is relative to the axis); correct it");
  }
  beam.softening = read_curve(table, "softening", beam.sad_mm, 0.0);
  if (const auto extra = table.optional_table("extra_focal")) {
    beam.extra_focal.fraction = within(*extra, "fraction", 0.0, 0.0, 0.5);
    beam.extra_focal.sigma_mm = positive(*extra, "sigma_mm");
    beam.extra_focal.distance_mm = positive(*extra, "distance_mm");
    if (!(beam.extra_focal.distance_mm < beam.collimator_distance_mm)) {
      extra->fail("distance_mm",
                  "is not above the leaves (they could not shadow it); it must be less than "
                  "collimator_distance_mm");
    }
  }
  beam.reference = read_reference(table.table("reference"));
  return beam;
}

MultileafCollimator read_mlc(const TomlTable& table) {
  MultileafCollimator mlc;
  const std::vector<double> counts = table.numbers("leaf_pairs");
  const std::vector<double> widths = table.numbers("leaf_width_mm");
  if (counts.empty() || counts.size() != widths.size()) {
    table.fail("leaf_width_mm",
               fmt::format("has {} values for {} groups of leaves; give one for each", widths.size(), counts.size()));
  }
  mlc.boundaries_mm.push_back(0.0);
  for (std::size_t group = 0; group < counts.size(); ++group) {
    if (!(counts[group] >= 1 && counts[group] <= 1000 && counts[group] == std::floor(counts[group]))) {
      table.fail("leaf_pairs", "has a count that is not a whole number from 1 to 1000; correct it");
    }
    constexpr double narrowest_mm = 1.0;
    constexpr double widest_mm = 50.0;
    if (!(widths[group] >= narrowest_mm && widths[group] <= widest_mm)) {
      table.fail("leaf_width_mm", fmt::format("has a width of {} (outside {} to {}); give millimetres at the isocentre",
                                              widths[group], narrowest_mm, widest_mm));
    }
    const double start = mlc.boundaries_mm.back();
    for (int leaf = 1; leaf <= static_cast<int>(counts[group]); ++leaf) {
      mlc.boundaries_mm.push_back(start + leaf * widths[group]);
    }
  }
  const double half = 0.5 * mlc.boundaries_mm.back();
  for (double& boundary : mlc.boundaries_mm) {
    boundary -= half;
  }
  mlc.max_position_mm = positive(table, "max_position_mm");
  mlc.max_span_mm = within(table, "max_span_mm", 2.0 * mlc.max_position_mm, 0.0, 2.0 * mlc.max_position_mm);
  mlc.min_gap_mm = within(table, "min_gap_mm", 0.0, 0.0, 50.0);
  mlc.transmission = within(table, "transmission", 0.0, 0.0, 0.5);
  mlc.tip_offset_mm = within(table, "tip_offset_mm", 0.0, -5.0, 5.0);
  mlc.min_segment_mu = within(table, "min_segment_MU", 1.0, 0.0, 1000.0);
  return mlc;
}

RoomLimits read_room(const TomlTable& table) {
  RoomLimits room;
  room.gantry = read_interval(table, "gantry_deg");
  room.couch = read_interval(table, "couch_deg");
  for (const TomlTable& sector : table.tables("forbidden")) {
    room.forbidden.push_back(
        {read_interval(sector, "gantry_deg"), read_interval(sector, "couch_deg"), sector.text("because")});
  }
  room.dose_rate_MU_per_min = positive(table, "dose_rate_MU_per_min");
  room.gantry_speed_deg_per_s = positive(table, "gantry_speed_deg_per_s");
  room.couch_speed_deg_per_s = positive(table, "couch_speed_deg_per_s");
  room.leaf_speed_mm_per_s = positive(table, "leaf_speed_mm_per_s");
  room.beam_setup_s = within(table, "beam_setup_s", 2.0, 0.0, 600.0);
  return room;
}

MachineDescription read_machine(const TomlTable& file) {
  MachineDescription machine;
  const TomlTable head = file.table("machine");
  machine.name = head.text("name");
  if (machine.name.find_first_not_of(" \t") == std::string::npos) {
    head.fail("name", "is empty (plans and reports name their machine); give it the folder's name");
  }
  machine.description = head.text("description", "");
  machine.beam = read_beam(file.table("beam"), machine.name);
  if (const auto mlc = file.optional_table("mlc")) {
    machine.beam.mlc = read_mlc(*mlc);
  }
  machine.room = read_room(file.table("room"));
  static_cast<void>(file.has("mechanics"));  // axes and collision shapes: read by the machine library
  file.finish();
  return machine;
}

}  // namespace

bool AngleInterval::contains(double angle_deg) const {
  constexpr double tolerance_deg = 1e-6;  // angles come out of trigonometry
  const double above = std::remainder(angle_deg - from_deg, 360.0);
  const double offset = above < -tolerance_deg ? above + 360.0 : above;
  return offset <= to_deg - from_deg + tolerance_deg || offset - 360.0 >= -tolerance_deg;
}

std::optional<std::string> RoomLimits::refusal(const RoomAngles& angles) const {
  if (!gantry.contains(angles.gantry_deg)) {
    return fmt::format("gantry {:.1f} deg is outside {:g} to {:g}", angles.gantry_deg, gantry.from_deg, gantry.to_deg);
  }
  if (!couch.contains(angles.couch_deg)) {
    return fmt::format("couch {:.1f} deg is outside {:g} to {:g}", angles.couch_deg, couch.from_deg, couch.to_deg);
  }
  for (const ForbiddenSector& sector : forbidden) {
    if (sector.gantry.contains(angles.gantry_deg) && sector.couch.contains(angles.couch_deg)) {
      return fmt::format("gantry {:.1f} with couch {:.1f} deg: {}", angles.gantry_deg, angles.couch_deg,
                         sector.because);
    }
  }
  return std::nullopt;
}

MachineDescription parse_machine(std::string_view text, const std::string& name) {
  return read_machine(TomlTable::parse(text, name));
}

std::filesystem::path find_machine(std::string_view name_or_path) {
  namespace fs = std::filesystem;
  const fs::path path = name_or_path;
  if (name_or_path.ends_with(".toml")) {
    return find_shipped(path);
  }
  const std::vector<KnownMachine> known = known_machines();
  const auto named = std::ranges::find(known, name_or_path, &KnownMachine::name);
  if (named != known.end()) {
    return named->file;
  }
  std::error_code error;
  if (fs::is_regular_file(path / "machine.toml", error)) {
    return path / "machine.toml";
  }
  XINGU_REQUIRE(!fs::is_directory(path, error) || path.empty(),
                "{}: the folder holds no machine.toml (it is no machine); name a folder that does", path.string());
  std::vector<std::string> names;
  for (const KnownMachine& machine : known) {
    if (!machine.is_hidden) {
      names.push_back(machine.name);
    }
  }
  const std::string nearest = nearest_name(name_or_path, names);
  fail_input(
      "{}: there is no such machine, neither a name nor a folder nor a TOML file (machines: {}); {}",
      printable(name_or_path), fmt::join(names, ", "),
      nearest.empty() ? std::string("'xingu machine list' lists them") : fmt::format("did you mean '{}'?", nearest));
}

std::vector<KnownMachine> known_machines() {
  namespace fs = std::filesystem;
  std::vector<KnownMachine> result;
  for (const fs::path& folder : find_all_shipped("machines")) {
    std::error_code error;
    std::vector<KnownMachine> found;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      const std::string name = entry.path().filename().string();
      const fs::path file = entry.path() / "machine.toml";
      if (fs::is_regular_file(file, error)) {
        found.push_back({name, file, std::ranges::find(result, name, &KnownMachine::name) != result.end()});
      }
    }
    std::ranges::move(found, std::back_inserter(result));
  }
  std::ranges::stable_sort(result, {}, [](const KnownMachine& m) { return std::pair(m.name, m.is_hidden); });
  return result;
}

MachineDescription load_machine(std::string_view name_or_path) {
  return read_machine(TomlTable::read(find_machine(name_or_path)));
}

}  // namespace xingu
